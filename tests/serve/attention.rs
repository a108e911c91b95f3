//! What needs a person, each state made real: `status` shows it with its code in text and JSON, and says what to do; a daemon
//! shows it in its metrics, to the outside monitor, and by mail where mail can go.

mod living;
mod made_real;
mod unserved;

use std::{fs, path::Path, process::Command, time::Duration};

use chrono::{TimeDelta, Utc};
use greenbrief::{
    base::ids::ScheduleId,
    monitoring::attention::{
        sign::DaemonSign,
        table::{Code, Mail},
    },
    store::Store,
};
use sqlx::{Connection, Executor, SqliteConnection};

use super::{House, PATIENCE, Serve, free_port, http::get};
use crate::mail::server::{Answers, Running, Server, say};

use self::made_real::{NOT_SEEN, SCENARIOS};

const PEOPLE: &str = "address,language\nanna@example.net,en\nbernd@example.net,de\nchen@example.net,zh\n";

impl House {
    /// The codes that `status` shows. Text, JSON and exit code must agree.
    fn codes(&self) -> Vec<String> {
        let (text, json) = (self.run(&["status"]), self.run(&["status", "--format", "json"]));
        let object = serde_json::from_str(json.out.lines().next().unwrap_or_default());
        let object: serde_json::Value = object.unwrap_or_else(|_| panic!("{}{}", json.out, json.err));
        let mut codes = Vec::new();
        for attention in object["attention"].as_array().unwrap() {
            let word = |key: &str| attention[key].as_str().unwrap().to_owned();
            let line = format!("  {}: {}; {}\n", word("code"), word("text"), word("remedy"));
            assert!(text.out.contains(&line), "{line}\n{}", text.out);
            codes.push(word("code"));
        }
        let broken = codes.iter().any(|code| code == "store-unreadable");
        let ended = if broken { text.code > 1 } else { text.code == i32::from(!codes.is_empty()) };
        assert!(ended, "{}: {}", text.code, text.out);
        assert_eq!(text.out.contains("Nothing needs a person."), codes.is_empty(), "{}", text.out);
        codes
    }

    async fn raw(&self) -> SqliteConnection {
        SqliteConnection::connect(&format!("sqlite:{}", self.path("var/greenbrief.db").display())).await.unwrap()
    }

    async fn execute(&self, statement: &str) {
        let mut raw = self.raw().await;
        raw.execute(sqlx::AssertSqlSafe(statement.to_owned())).await.unwrap();
        raw.close().await.unwrap();
    }

    async fn store(&self) -> Store {
        Store::open(&format!("sqlite:{}", self.path("var/greenbrief.db").display()), Utc::now()).await.unwrap()
    }

    /// The schedule came into force that long ago, and no daemon has looked since.
    async fn begun_ago(&self, timing: &str, ago: TimeDelta) {
        let (store, id) = (self.store().await, ScheduleId::new("green-economy", "weekly"));
        store.schedules().activate(&id, timing, Utc::now() - ago).await.unwrap();
        store.close().await;
    }

    /// An edition to three readers, sent into the folder.
    fn with_edition() -> House {
        let house = House::new();
        house.write("people.csv", PEOPLE);
        house.done(&["subscribers", "import", "people.csv"]);
        house.done(&["send", "green-economy"]);
        house
    }

    /// Sends an edition to these addresses by such a server.
    fn send_by(&self, port: u16, addresses: &[&str], more: &[&str]) -> super::Told {
        let people: String = addresses.iter().map(|address| format!("{address},en\n")).collect();
        self.write("people.csv", &format!("address,language\n{people}"));
        self.done(&["subscribers", "import", "people.csv"]);
        let port = format!("mail.port={port}");
        let sets = ["mail.transport=smtp", "mail.host=127.0.0.1", "mail.tls=none", &port];
        let sets = sets.iter().chain(more).flat_map(|set| ["--set", *set]);
        self.run(&["send", "green-economy"].into_iter().chain(sets).collect::<Vec<_>>())
    }
}

async fn server(answers: Answers) -> Running {
    Server { answers, ..Server::default() }.start().await
}

const MINUTELY: &str = "*/5 * * * *";

#[tokio::test(flavor = "multi_thread")]
async fn slots_that_nobody_serves_are_seen_at_once() {
    let house = House::new();
    house.done(&["figures", "import", "--shipped"]);
    assert_eq!(house.codes(), [""; 0]);
    house.change("0 7 * * Mon", MINUTELY);
    house.begun_ago(&format!("Europe/Berlin {MINUTELY}"), TimeDelta::minutes(20)).await;
    assert_eq!(house.codes(), ["slot-not-begun"]);
    // Once alarm_after is over, too.
    house.execute("UPDATE schedule SET cursor_at = cursor_at - 10800000000").await;
    assert_eq!(house.codes(), ["schedule-overdue"]);
    // What passed is recorded: the newest slot was missed, or its edition could not be made.
    let slot = Utc::now().timestamp_micros();
    house.execute(&format!("UPDATE schedule SET cursor_at = {slot}")).await;
    for (outcome, code) in [("failed", "slot-failed"), ("skipped-catch-up", "slot-missed")] {
        house.execute("DELETE FROM occurrence").await;
        house
            .execute(&format!(
                "INSERT INTO occurrence (schedule, kind, slot_utc, nonce, due_utc, outcome, reason, actor, attempt, claimed_at)
                 VALUES ('green-economy/weekly', 'scheduled', {slot}, '', {slot}, '{outcome}', 'so', '', 0, {slot})"
            ))
            .await;
        assert_eq!(house.codes(), [code]);
    }
    // A person makes up for it.
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    house.done(&["send", "green-economy"]);
    assert_eq!(house.codes(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_a_person_paused_is_seen_in_plan_and_status() {
    let house = House::new();
    house.done(&["figures", "import", "--shipped"]);
    house.done(&["schedules", "pause", "weekly", "--as", "anna"]);
    assert_eq!(house.codes(), ["schedule-paused"]);
    for (object, list) in [("plan", ""), ("status", "next")] {
        let told = house.run(&[object, "--format", "json"]);
        let first: serde_json::Value = serde_json::from_str(told.out.lines().next().unwrap()).unwrap();
        let first = if list.is_empty() { &first } else { &first[list][0] };
        assert_eq!((&first["runs"], &first["outcome"]), (&false.into(), &"paused".into()), "{first}");
        assert!(first["reason"].as_str().unwrap().starts_with("paused by anna since 20"), "{first}");
        let text = house.run(&[object]).out;
        assert!(text.contains("paused by anna since 20") && text.contains(": nothing will be sent"), "{text}");
    }
    // So is one that stands in the config: but that is no news to anybody.
    house.done(&["schedules", "resume", "weekly"]);
    house.change("# paused = false", "paused = true #");
    assert_eq!(house.codes(), [""; 0]);
    assert_eq!(house.objects(&["plan", "--next", "1"])[0]["runs"], false);
    assert!(house.done(&["status"]).contains("paused in config/briefs/green-economy.toml:"));
    // And everything that a person paused.
    house.change("paused = true #", "# paused = false");
    house.done(&["pause", "--all", "--as", "anna"]);
    assert_eq!(house.codes(), ["all-paused"]);
    assert_eq!(house.objects(&["plan", "--next", "1"])[0]["runs"], false);
    // A store that cannot be read keeps nobody from the times.
    house.write("var/greenbrief.db", &"this is no database ".repeat(100));
    let told = house.run(&["plan", "--next", "1"]);
    assert!(told.code == 0 && told.err.contains("whether a person pauses a schedule is not known"), "{}", told.err);
    assert_eq!(house.codes(), ["store-unreadable"]);
}

#[test]
fn status_says_why_several_slots_come_on_one_day() {
    let house = House::new();
    house.change("0 7 * * Mon", "0 7 * * *");
    let day = |ahead| Utc::now().date_naive() + TimeDelta::days(ahead);
    let off = format!("[[days]]\ndate = {}\nuntil = {}\nname = \"Inventory\"\n", day(1), day(4));
    house.write("config/calendars/works.toml", &off);
    house.change("# calendar = \"DE-BW\"", "calendar = \"works\"");
    house.change("# on_holiday = \"run\"", "on_holiday = \"next-workday\"");
    let (status, plan) = (house.done(&["status"]), house.objects(&["plan", "--next", "5"]));
    assert!(status.matches("Inventory is a day off (works)").count() >= 2, "{status}");
    for planned in plan {
        let word = |key: &str| planned[key].as_str().unwrap().to_owned();
        let line = format!("  {}  green-economy/weekly  Europe/Berlin  {}\n", word("local"), word("note"));
        assert!(status.contains(&line), "{line}\n{status}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_mail_server_says_is_seen() {
    let readers: Vec<String> = (0..8).map(|number| format!("reader{number}@example.net")).collect();
    let readers: Vec<&str> = readers.iter().map(String::as_str).collect();

    // No server: the mails wait, and no daemon is there to try again.
    let house = House::new();
    assert_eq!(house.send_by(1, &readers[..1], &[]).code, 1);
    assert_eq!(house.codes(), ["daemon-down", "relay-away"]);

    // A server that refuses our login.
    let house = House::new();
    let refuses = server(vec![("greeting", say("554 5.7.1 go away"))]).await;
    assert_eq!(house.send_by(refuses.port, &readers[..1], &[]).code, 1);
    assert_eq!(house.codes(), ["daemon-down", "relay-away"]);

    // One that refuses many readers, each for their own sake.
    let house = House::new();
    let refuses = server(
        ["RCPT TO:<reader1@", "RCPT TO:<reader2@", "RCPT TO:<reader3@", "RCPT TO:<reader4@", "RCPT TO:<reader5@"]
            .map(|step| (step, say("550 5.1.1 no such user")))
            .into(),
    )
    .await;
    assert_eq!(house.send_by(refuses.port, &readers, &[]).code, 1);
    assert_eq!(house.codes(), ["many-refused"]);
    house.execute("UPDATE mail SET state = 8 WHERE state = 5").await;
    assert_eq!(house.codes(), ["many-expired"]);

    // One domain that refuses us, and how it goes on.
    let house = House::new();
    let refuses = server(vec![("RCPT TO:<li@", say("550 5.7.26 unauthenticated"))]).await;
    let told = house.send_by(refuses.port, &["li@bad.example", "anna@example.net"], &[]);
    assert_eq!(told.code, 1, "{}{}", told.out, told.err);
    let line = "bad.example refuses green-economy/1, 1 mail wait: refused at RCPT TO: 550 5.7.26 unauthenticated";
    assert!(told.err.contains(line), "{}", told.err);
    assert_eq!(house.codes(), ["daemon-down", "domain-paused"]);
    let status = house.run(&["status"]).out;
    assert!(status.contains("`greenbrief editions resume green-economy/1 --domain bad.example`"), "{status}");
    let show = house.done(&["editions", "show", "green-economy/1"]);
    assert!(show.contains("refused by bad.example since 20"), "{show}");
    let mail = house.objects(&["deliveries", "list"]).into_iter().find(|mail| mail["address"] == "li@bad.example");
    assert_eq!(mail.unwrap()["state"], "deferred");
    let told = house.done(&["editions", "resume", "green-economy/1", "--domain", "bad.example"]);
    assert!(told.starts_with("green-economy/1 goes to bad.example again (it waited: refused at RCPT TO"), "{told}");
    let told = house.done(&["editions", "resume", "green-economy/1", "--domain", "bad.example"]);
    assert_eq!(told, "bad.example was not paused for green-economy/1\n");

    // One that refuses us for all.
    let house = House::new();
    let refuses = server(vec![("MAIL", say("550 5.7.1 blocked"))]).await;
    assert_eq!(house.send_by(refuses.port, &readers, &[]).code, 1);
    assert_eq!(house.codes(), ["daemon-down", "edition-paused"]);

    // An alarm that reaches nobody.
    let house = House::new();
    let config = fs::read_to_string(house.path("config/greenbrief.toml")).unwrap();
    let operator = config.lines().find_map(|line| line.strip_prefix("email = ")).unwrap().replace(['"', '[', ']'], "");
    let operator = operator.split_whitespace().next().unwrap().trim_matches(',').to_owned();
    let step: &'static str = Box::leak(format!("RCPT TO:<{operator}").into_boxed_str());
    let refuses = server(vec![(step, say("550 5.1.1 no such user"))]).await;
    assert_eq!(house.send_by(refuses.port, &["anna@example.net"], &["operators.after_edition=true"]).code, 0);
    assert_eq!(house.codes(), ["operator-mail-failed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_is_gone_or_hangs_is_seen() {
    let house = House::with_edition();
    let mut serve = house.serve(&[]);
    serve.wait_for("serves");
    assert_eq!(house.codes(), [""; 0]);
    // It hangs: its last sign is old, and it has the store.
    let sign = DaemonSign { at: Utc::now() - TimeDelta::minutes(10), attention: Vec::new() };
    let mut seen = Vec::new();
    // It goes on with its signs, and one of them may come in between.
    for _ in 0..5 {
        let store = house.store().await;
        sign.write(&store).await.unwrap();
        store.close().await;
        seen = house.codes();
        if !seen.is_empty() {
            break;
        }
    }
    assert_eq!(seen, ["daemon-silent"]);
    // It is killed.
    serve.child.kill().unwrap();
    serve.child.wait().unwrap();
    assert_eq!(house.codes(), ["daemon-down"]);
    assert!(house.run(&["status"]).out.contains("no daemon runs: the last one ended without a word after 20"));
    // One that ends in good order leaves nothing to do.
    let mut serve = house.serve(&[]);
    serve.wait_for("watching");
    assert_eq!(house.codes(), [""; 0]);
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
    assert_eq!(house.codes(), [""; 0]);
}

/// A daemon with its metrics.
struct Watched {
    serve: Serve,
    port: u16,
}

impl Watched {
    fn start(house: &House, more: &[&str]) -> Watched {
        let port = free_port();
        let listen = format!("web.listen=127.0.0.1:{port}");
        let mut serve = house.serve(&[&["--set", &listen], more].concat());
        serve.wait_for("monitors are answered");
        Watched { serve, port }
    }

    /// Waits until the metric of this state says so much.
    fn until(&self, code: Code, count: u32) {
        let line = format!("greenbrief_attention{{code=\"{code}\"}} {count}.0\n");
        let begun = std::time::Instant::now();
        loop {
            let answer = get(self.port, "/metrics");
            if answer.text().contains(&line) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{line}{}\n{}", answer.text(), self.serve.log());
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

/// Waits until the operators have a mail of that name in the folder, and returns it.
fn mailed(house: &House, name: &str, serve: &Serve) -> String {
    let begun = std::time::Instant::now();
    loop {
        if let Some(file) = house.outbox().into_iter().find(|file| file.starts_with(name)) {
            return fs::read_to_string(house.path("reports/outbox").join(file)).unwrap();
        }
        assert!(begun.elapsed() < PATIENCE, "{name}: {:?}\n{}", house.outbox(), serve.log());
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_shows_what_needs_a_person_and_writes_to_the_operators_once() {
    let house = House::with_edition();
    house.execute("UPDATE mail SET state = 6 WHERE id = 1").await;
    house.begun_ago("Europe/Berlin 0 7 * * Mon", TimeDelta::hours(1)).await;
    house.done(&["schedules", "pause", "weekly", "--as", "anna"]);
    // Somebody paused it yesterday and went home.
    house.execute("UPDATE schedule SET paused_at = paused_at - 86400000000").await;
    let mut watched = Watched::start(&house, &[]);
    watched.until(Code::MailsUnknown, 1);
    watched.until(Code::SchedulePaused, 1);
    watched.until(Code::AllPaused, 0);
    let mail = mailed(&house, "attention.mails-unknown.", &watched.serve);
    assert!(mail.contains("\r\nSubject: greenbrief: mails unknown: a person is needed\r\n"), "{mail}");
    assert!(
        mail.contains("1 mail may have gone out or not") && mail.contains("What to do: `greenbrief deliv"),
        "{mail}"
    );
    let mail = mailed(&house, "attention.schedule-paused.green-economy.weekly.", &watched.serve);
    assert!(mail.contains("`greenbrief schedules resume green-economy/weekly` ends that"), "{mail}");
    watched.serve.wait_for("a person is needed code=schedule-paused");
    // After another start nobody is told again.
    assert_eq!(watched.serve.end(), Some(0), "{}", watched.serve.log());
    let again = Watched::start(&house, &[]);
    again.until(Code::MailsUnknown, 1);
    std::thread::sleep(Duration::from_secs(7));
    let mails: Vec<String> = house.outbox().into_iter().filter(|name| name.starts_with("attention.")).collect();
    assert_eq!(mails.len(), 2, "{mails:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_config_that_is_refused_is_seen_also_if_no_daemon_has_looked() {
    let house = House::with_edition();
    let mut watched = Watched::start(&house, &[]);
    // Asked just before, the answer is kept for seconds; but not beyond what the daemon itself has found.
    watched.until(Code::ConfigRefused, 0);
    house.change("0 7 * * Mon", "0 7 * * Montag");
    while !watched.serve.log().contains("the config is refused") {
        get(watched.port, "/metrics");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(get(watched.port, "/metrics").text().contains("greenbrief_attention{code=\"config-refused\"} 1.0\n"));
    assert_eq!(house.codes(), ["config-refused"]);
    assert!(house.run(&["status"]).out.contains("config-refused: the config has been refused since 20"));
    house.execute("DELETE FROM meta WHERE key = 'config_refused'").await;
    assert_eq!(house.codes(), ["config-refused"]);
    let in_files = |house: &House| {
        let told = house.run(&["status"]).out;
        told.lines().find(|line| line.contains("config-refused: ")).unwrap_or(&told).trim().to_owned()
    };
    let told = in_files(&house);
    assert!(told.contains("has mistakes; what was in force before stays in force; "), "{told}");
    house.change("0 7 * * Montag", "0 7 * * Mon");
    watched.serve.wait_for("the config is good again");
    assert!(get(watched.port, "/metrics").text().contains("greenbrief_attention{code=\"config-refused\"} 0.0\n"));
    // However many mistakes there are, the first of them is named.
    let settings = house.path("config/greenbrief.toml");
    let text = fs::read_to_string(&settings).unwrap();
    let keys: String = (0..1_500).map(|number| format!("k{number} = 1\n")).collect();
    fs::write(&settings, keys + &text).unwrap();
    watched.serve.wait_for("first=\"config/greenbrief.toml:1:1: unknown key `k0`\"");
    fs::write(&settings, text).unwrap();
    while watched.serve.log().matches("the config is good again").count() < 2 {
        watched.serve.wait_for("the config is good again");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(watched.serve.end(), Some(0), "{}", watched.serve.log());
    // Without a daemon, and where none ever ran, nothing is in force.
    house.change("0 7 * * Mon", "0 7 * * Montag");
    let told = in_files(&house);
    assert!(told.contains("has mistakes: `greenbrief serve` does not start with it; "), "{told}");
    let house = House::with_edition();
    house.change("0 7 * * Mon", "0 7 * * Montag");
    let told = in_files(&house);
    assert!(told.contains("has mistakes, and none was in force before: `greenbrief serve` does not start"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_be_written_makes_the_daemon_unready() {
    let house = House::with_edition();
    let port = free_port();
    let script = "trap '' XFSZ; exec \"$0\" serve --set web.listen=127.0.0.1:$1";
    let mut command = Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_greenbrief"), &port.to_string()]);
    command.current_dir(house.path("")).env("USER", "tester");
    let mut serve = Serve::start(command);
    serve.wait_for("monitors are answered");
    let mut watched = Watched { serve, port };
    watched.until(Code::StoreUnwritable, 0);
    let longest = |octets: &str| {
        let pid = watched.serve.child.id().to_string();
        let limit = format!("--fsize={octets}:unlimited");
        assert!(Command::new("prlimit").args(["--pid", &pid, &limit]).status().unwrap().success());
    };
    // As on a full disk: nothing can be written. The next sign finds it, even if nothing is due.
    longest("4096");
    watched.until(Code::StoreUnwritable, 1);
    let answer = get(port, "/health/ready");
    assert_eq!((answer.status, answer.text()), (503, "the store cannot be written\n"));
    longest("unlimited");
    watched.until(Code::StoreUnwritable, 0);
    assert_eq!(get(port, "/health/ready").status, 200);
    assert_eq!(watched.serve.end(), Some(0), "{}", watched.serve.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_in_the_middle_of_a_campaign_writes_few_lines() {
    let house = House::new();
    let people: String = (0..150).map(|number| format!("reader{number}@example.net,de\n")).collect();
    house.write("people.csv", &format!("address,language\n{people}"));
    house.done(&["subscribers", "import", "people.csv"]);
    let late = crate::mail::server::Answer::Late(Vec::new(), 100, b"250 2.0.0 queued\r\n".to_vec());
    let mut running = server(vec![(".", late)]).await;
    house.due_in(super::SOON);
    let port = format!("mail.port={}", running.port);
    let sets = ["mail.transport=smtp", "mail.host=127.0.0.1", "mail.tls=none", "mail.connections=4", &port];
    let mut serve = house.serve(&sets.iter().flat_map(|set| ["--set", *set]).collect::<Vec<_>>());
    let begun = std::time::Instant::now();
    let mut heard = 0;
    while heard < 10 {
        heard += running.heard().iter().filter(|text| text.ends_with("\r\n.\r\n")).count();
        assert!(begun.elapsed() < PATIENCE, "{}", serve.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    house.done(&["pause", "--all"]);
    serve.wait_for("were taken back by a pause, a stop or another courier");
    tokio::time::sleep(Duration::from_secs(2)).await;
    let log = serve.log();
    let about_mails = log.lines().filter(|line| line.contains("mail=") || line.contains("mails=")).count();
    assert!(about_mails <= 3, "{about_mails}\n{log}");
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
    // None was lost by it.
    let mails = house.objects(&["deliveries", "list"]);
    assert!(mails.iter().all(|mail| mail["state"] == "sent" || mail["state"] == "pending"), "{mails:?}");
}

#[test]
fn the_manual_and_the_alerts_know_every_state() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let manual = fs::read_to_string(docs.join("operating.md")).unwrap();
    let row = |code: &Code| manual.lines().find(|line| line.starts_with(&format!("| `{code}` |")));
    for code in Code::ALL {
        let row = row(&code).unwrap_or_else(|| panic!("docs/operating.md has no row for `{code}`"));
        let by_mail = match code.row().mail {
            Mail::Own => "at once".to_owned(),
            Mail::After(after) if after.is_zero() => "at once".to_owned(),
            Mail::After(after) => format!("after {} min", after.num_minutes()),
            Mail::Recalled(after) => format!("after {} h", after.num_hours()),
            Mail::Impossible => "–".to_owned(),
        };
        assert!(row.contains(&format!("| {by_mail} |")), "{row}: {by_mail}");
    }
    let alerts = fs::read_to_string(docs.join("alerts.yml")).unwrap();
    assert!(alerts.contains("greenbrief_attention"), "one alert is for all of them");
}
