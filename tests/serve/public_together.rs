//! The pages of two processes on one PostgreSQL: what a reader begins at one goes on at the other, each limit holds for both
//! together, and who leaves by one gets nothing more from the other.

use std::{
    fs,
    time::{Duration, Instant},
};

use super::{
    House, PATIENCE, Serve, free_port,
    http::Answer,
    public::{Pages, public_house},
    public_joining::{filled_at, own_text, path_in},
    public_leaving::token_at,
};
use crate::{
    mail::server::{Answer as Step, Server},
    store::Place,
};

/// Two processes with the same files and a store that both use.
struct Together {
    url: String,
    /// What the links in mails name
    host: String,
    houses: [House; 2],
    pages: [Pages; 2],
}

impl Together {
    /// `None` if there is no server.
    fn start(name: &str, change: impl Fn(&House)) -> Option<Together> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let url = runtime.block_on(Place::postgres(name))?.url;
        let ports = [free_port(), free_port()];
        let host = format!("localhost:{}", ports[0]);
        let houses = [public_house(), public_house()];
        for house in &houses {
            house.change_settings("[web]\n", &format!("[web]\npublic.url = \"http://{host}\"\n"));
            change(house);
        }
        let serve = |number: usize| -> Serve {
            let listen = format!("web.public.listen=127.0.0.1:{}", ports[number]);
            let mut command = houses[number].command(&["serve", "--set", &listen]);
            Serve::start_with(command.env("GREENBRIEF_DATABASE_URL", &url))
        };
        run(&houses[0], &url, &["store", "migrate"]);
        let mut pages = [0, 1].map(|number| Pages { serve: serve(number), port: ports[number] });
        for pages in &mut pages {
            pages.serve.wait_for("readers are answered");
            pages.serve.wait_for("watching");
        }
        Some(Together { url, host, houses, pages })
    }

    fn ask(&self, number: usize, method: &str, path: &str, form: &str) -> Answer {
        let mut headers = format!("Host: {}\r\nX-Forwarded-For: 198.51.100.7\r\n", self.host);
        if method == "POST" {
            headers.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
        }
        self.pages[number].ask(method, path, &headers, form)
    }

    fn run(&self, words: &[&str]) -> String {
        run(&self.houses[0], &self.url, words)
    }

    fn addresses(&self, state: &str) -> Vec<String> {
        let rows = self.run(&["subscribers", "list", "--state", state, "--format", "json"]);
        let address = |line: &str| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["address"].as_str().map(str::to_owned)
        };
        rows.lines().filter_map(address).collect()
    }

    /// The mails to that reader, by whichever process they were sent.
    fn mails_to(&self, address: &str) -> Vec<String> {
        let to = format!("To: {address}\r\n");
        let read = |house: &House| {
            let read = |name: String| fs::read_to_string(house.path("reports/outbox").join(name)).unwrap();
            house.outbox().into_iter().map(read).filter(|mail| mail.contains(&to)).collect::<Vec<_>>()
        };
        self.houses.iter().flat_map(read).collect()
    }

    fn wait(&self, what: &str, is_so: impl Fn() -> bool) {
        let begun = Instant::now();
        while !is_so() {
            let logs = [0, 1].map(|number: usize| self.pages[number].serve.log());
            assert!(begun.elapsed() < PATIENCE, "never: {what}\n{}\n=====\n{}", logs[0], logs[1]);
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn end(mut self) {
        for pages in &mut self.pages {
            assert_eq!(pages.serve.end(), Some(0), "{}", pages.serve.log());
            assert!(!pages.serve.log().contains("newer config"), "{}", pages.serve.log());
        }
    }
}

/// Runs what must go well on that store.
fn run(house: &House, url: &str, words: &[&str]) -> String {
    let done = house.command(words).env("GREENBRIEF_DATABASE_URL", url).output().unwrap();
    let out = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{words:?}\n{out}{}", String::from_utf8_lossy(&done.stderr));
    out
}

#[test]
fn a_reader_joins_and_leaves_by_whichever_process_answers() {
    let Some(both) = Together::start("joining_together", |_| ()) else { return };
    both.run(&["subscribers", "add", "bernd@example.net", "--language", "de"]);
    both.run(&["send", "green-economy"]);
    // The form comes from one and goes to the other; so does the button.
    let form = filled_at(both.ask(0, "GET", "/green-economy?lang=de", "").text(), "anna@example.net");
    for number in [1, 0, 1] {
        assert_eq!(both.ask(number, "POST", "/green-economy/join", &form).status, 200);
    }
    both.wait("one confirmation", || !both.mails_to("anna@example.net").is_empty());
    let pending = both.addresses("pending");
    assert_eq!(pending, ["anna@example.net"]);
    let mail = own_text(&both.mails_to("anna@example.net").remove(0));
    let path = path_in(&mail, &format!("http://{}/c/", both.host), "/c/");
    assert_eq!(both.ask(0, "GET", &path, "").status, 200);
    for number in [1, 0, 1] {
        assert_eq!(both.ask(number, "POST", &path, "lang=de").status, 200);
    }
    // The latest edition comes once, and of the three sign-ups there was one mail.
    both.wait("the first edition", || both.mails_to("anna@example.net").len() >= 2);
    assert_eq!(both.addresses("active").len(), 2);
    // She leaves by one; the other knows at once.
    let token = token_at(&both.url, "anna@example.net");
    let path = format!("/u/{token}");
    let left = both.ask(0, "POST", &path, "List-Unsubscribe=One-Click");
    assert_eq!(left.status, 200, "{}", left.text());
    let again = both.ask(1, "GET", &path, "");
    assert!(again.text().contains("bereits abbestellt"), "{}", again.text());
    both.run(&["send", "green-economy"]);
    both.wait("the second edition", || both.mails_to("bernd@example.net").len() == 2);
    assert_eq!(both.mails_to("anna@example.net").len(), 2, "a confirmation and one edition");
    both.end();
}

#[test]
fn who_leaves_by_one_process_gets_nothing_from_the_other_that_sends() {
    const READERS: usize = 60;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    // It takes half a second for each mail.
    let slow = vec![(".", Step::Drip(b"250 ok\r\n".to_vec(), 60))];
    let mut server = runtime.block_on(Server { answers: slow, ..Server::default() }.start());
    let smtp = format!("transport = \"smtp\"\nhost = \"127.0.0.1\"\ntls = \"none\"\nport = {}", server.port);
    let change = |house: &House| house.change_settings("transport = \"folder\"", &smtp);
    let Some(both) = Together::start("leaving_together", change) else { return };
    let rows: String = (0..READERS).map(|number| format!("r{number}@example.net,en\n")).collect();
    both.houses[0].write("readers.csv", &format!("address,language\n{rows}"));
    both.run(&["subscribers", "import", "readers.csv", "--consent", "asked"]);
    let leaving: Vec<(usize, String)> = (0..READERS)
        .rev()
        .step_by(3)
        .map(|number| (number, token_at(&both.url, &format!("r{number}@example.net"))))
        .collect();
    let mut sending = both.houses[0].command(&["send", "green-economy"]);
    let mut sending = sending.env("GREENBRIEF_DATABASE_URL", &both.url).spawn().unwrap();
    let mut got = [0; READERS];
    let mut hear = |got: &mut [usize; READERS]| {
        for mail in server.heard() {
            let Some((_, rest)) = mail.split_once("\nTo: r") else { continue };
            got[rest.split('@').next().unwrap().parse::<usize>().unwrap()] += 1;
        }
        got.iter().sum::<usize>()
    };
    let begun = Instant::now();
    while hear(&mut got) == 0 {
        assert!(begun.elapsed() < PATIENCE, "{}", both.pages[0].serve.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    // Every third reader leaves, by the processes in turn, while both send.
    let mut in_time = Vec::new();
    for (turn, (number, token)) in leaving.iter().enumerate() {
        let answer = both.ask(turn % 2, "POST", &format!("/u/{token}"), "lang=en&scope=this");
        assert_eq!(answer.status, 200, "{}", answer.text());
        hear(&mut got);
        if got[*number] == 0 && !answer.text().contains("may still arrive") {
            in_time.push(*number);
        }
    }
    assert!(in_time.len() > 5, "left while mails waited: {in_time:?}");
    sending.wait().unwrap();
    hear(&mut got);
    let late: Vec<&usize> = in_time.iter().filter(|number| got[**number] > 0).collect();
    assert!(late.is_empty(), "mailed after they had left: {late:?}");
    let stayed = (0..READERS).filter(|number| leaving.iter().all(|(left, _)| left != number));
    let wrong: Vec<usize> = stayed.filter(|number| got[*number] != 1).collect();
    assert!(wrong.is_empty() && got.iter().all(|mails| *mails <= 1), "once each: {got:?}");
    assert_eq!(both.addresses("active").len(), READERS - leaving.len());
    both.end();
}

#[test]
fn a_limit_holds_for_both_processes_together() {
    let Some(both) = Together::start("limits_together", |_| ()) else { return };
    // Without the form's work five an hour from one network.
    for number in 0..12 {
        let form = format!("language=de&address=r{number}%40example.net");
        let answer = both.ask(number % 2, "POST", "/green-economy/join", &form);
        assert_eq!(answer.status, 200, "everybody is told the same");
    }
    assert_eq!(both.addresses("pending").len(), 5);
    both.end();
}
