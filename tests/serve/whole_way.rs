//! The whole way of a reader, with nothing made up: a browser that fills in the form, Postfix that carries the mails, Dovecot
//! out of which they are read by IMAP, and the mail provider's one click. It prints how long each step took.

use std::{path::Path, process::Command, time::Instant};

use serde_json::{Value, json};

use super::{
    House, PATIENCE, Serve,
    browser::Browser,
    dovecot::{Dovecot, PASSWORD},
    free_port,
    http::{Answer, exchange},
    intake::waits_until,
    postfix::Postfix,
    public::public_house,
    public_leaving::{active, subscribe},
};

/// How what comes back gets to us.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum WayIn {
    Lmtp,
    Imap,
}

/// The pages for readers.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Pages {
    None,
    Plain,
    Encrypted,
}

/// A daemon with pages, a mail server and mailboxes.
pub(super) struct World {
    pub house: House,
    pub serve: Serve,
    pub dovecot: Dovecot,
    pub postfix: Postfix,
    pub web: u16,
    /// Where the pages are
    pub url: String,
}

impl World {
    /// Everything runs, and one edition went to a first reader, `first@example.net`.
    pub fn start(way: WayIn, pages: Pages, readers: &[&str]) -> World {
        let house = public_house();
        let readers: Vec<&str> = readers.iter().copied().chain(["first", "operator"]).collect();
        let dovecot = Dovecot::start(&readers);
        let (web, lmtp) = (free_port(), free_port());
        let postfix = Postfix::start(&dovecot, (way == WayIn::Lmtp).then_some(lmtp));
        let url = format!("{}://localhost:{web}", if pages == Pages::Encrypted { "https" } else { "http" });
        if pages != Pages::None {
            let mut keys = format!("public.url = \"{url}\"\npublic.listen = \"127.0.0.1:{web}\"\n");
            if pages == Pages::Encrypted {
                keys += "public.certificate_file = \"web.pem\"\npublic.key_file = \"web.key\"\n";
                std::fs::copy(dovecot.authority(), house.path("config/web.pem")).unwrap();
                house.write_secret("config/web.key", &dovecot.key());
            }
            house.change_settings("[web]\n", &format!("[web]\n{keys}"));
        }
        house.change_settings("# bounce_mailbox", "bounce_mailbox");
        let relay = format!("transport = \"smtp\"\nhost = \"127.0.0.1\"\ntls = \"none\"\nport = {}\n", postfix.port);
        house.change_settings("transport = \"folder\"", &format!("{relay}#"));
        let replies = match way {
            WayIn::Lmtp => format!("[replies]\nlmtp = \"127.0.0.1:{lmtp}\"\n"),
            WayIn::Imap => format!(
                "[replies]\nimap.host = \"localhost\"\nimap.port = {}\nimap.username = \"replies\"\n\
                 imap.password_file = \"imap-password\"\n",
                dovecot.imaps
            ),
        };
        house.change_settings("[replies]\n", &replies);
        house.write_secret("config/imap-password", PASSWORD);
        subscribe(&house, "first@example.net", "en");
        let mut command = house.command(&["serve"]);
        command.env("SSL_CERT_FILE", dovecot.authority());
        let mut serve = Serve::start(command);
        if pages != Pages::None {
            serve.wait_for("readers are answered");
        }
        serve.wait_for(match way {
            WayIn::Lmtp => "mails that come back are taken by LMTP",
            WayIn::Imap => "mails that come back are read by IMAP",
        });
        let world = World { house, serve, dovecot, postfix, web, url };
        world.house.done(&["send", "green-economy"]);
        world.mail("first", 1);
        world
    }

    /// The mails of a reader, as their program reads them.
    pub fn mails(&self, reader: &str) -> Vec<Value> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/serve/read_mailbox.py");
        let mut command = Command::new("python3");
        command.arg(script).arg(self.dovecot.imaps.to_string()).arg(self.dovecot.authority());
        let done = command.args([reader, PASSWORD]).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The mail with this number, from 1 on, as soon as it is there.
    pub fn mail(&self, reader: &str, number: usize) -> Value {
        let begun = Instant::now();
        while self.dovecot.mails(reader).len() < number {
            assert!(begun.elapsed() < PATIENCE, "no mail {number}\n{}\n{}", self.serve.log(), self.postfix.log());
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        self.mails(reader).remove(number - 1)
    }

    /// Asks the pages as a program does.
    pub fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
            self.web,
            body.len()
        );
        exchange(self.web, (head + body).as_bytes())
    }

    /// The path of the page that a link of a mail leads to.
    pub fn path(&self, mail: &Value, page: &str) -> String {
        let start = &self.url;
        let links =
            mail["links"].as_array().unwrap().iter().filter_map(|link| link.as_str()?.strip_prefix(start.as_str()));
        let mut found: Vec<&str> = links.filter(|path| path.starts_with(page)).collect();
        found.dedup();
        assert_eq!(found.len(), 1, "{mail}");
        found[0].to_owned()
    }

    /// What a mail provider gets that clicks for its reader (RFC 8058).
    fn one_click(&self, path: &str) -> String {
        let script = "import ssl, sys, urllib.request\n\
            trust = ssl.create_default_context(cafile=sys.argv[2])\n\
            ask = urllib.request.Request(sys.argv[1], b'List-Unsubscribe=One-Click')\n\
            print(urllib.request.urlopen(ask, context=trust).status, end='')\n";
        let mut command = Command::new("python3");
        command.args(["-c", script, &format!("{}{path}", self.url)]).arg(self.dovecot.authority());
        let done = command.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    /// A reader writes a mail; their mail server hands it over.
    pub fn write(&self, from: &str, to: &str, subject: &str) {
        let script = "import smtplib, sys, email.utils\n\
            port, sender, to, subject = sys.argv[1:]\n\
            head = f'From: <{sender}>\\r\\nTo: <{to}>\\r\\nSubject: {subject}\\r\\n'\n\
            head += f'Message-ID: {email.utils.make_msgid()}\\r\\nDate: {email.utils.formatdate()}\\r\\n'\n\
            smtplib.SMTP('127.0.0.1', int(port)).sendmail(sender, [to], head + '\\r\\n')\n";
        let done =
            Command::new("python3").args(["-c", script, &self.postfix.port.to_string(), from, to, subject]).output();
        let done = done.unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// Waits until all that was to be sent lies in the mailboxes.
    fn settles(&self) {
        waits_until("the outbox is empty", || {
            let open = ["pending", "claimed", "deferred", "dot_written"];
            let mails = self.house.objects(&["deliveries", "list"]);
            mails.iter().all(|mail| !open.contains(&mail["state"].as_str().unwrap()))
        });
        waits_until("Postfix has handed on everything", || self.postfix.is_empty());
    }
}

/// Says how long each step took.
struct Steps {
    began: Instant,
    last: Instant,
}

impl Steps {
    fn start(title: &str) -> Steps {
        println!("{title}");
        Steps { began: Instant::now(), last: Instant::now() }
    }

    fn done(&mut self, what: &str) {
        println!("  {:7.3} s  {what}", self.last.elapsed().as_secs_f64());
        self.last = Instant::now();
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        println!("  {:7.3} s  in all", self.began.elapsed().as_secs_f64());
    }
}

impl Browser {
    /// Types into a field and presses keys as a person does.
    fn type_into(&self, selector: &str, text: &str) {
        let id = self.element(selector);
        self.call("POST", &format!("/element/{id}/value"), &json!({ "text": text }));
    }

    fn press_button(&self, selector: &str) {
        let id = self.element(selector);
        self.call("POST", &format!("/element/{id}/click"), &json!({}));
    }

    fn element(&self, selector: &str) -> String {
        let found = self.call("POST", "/element", &json!({ "using": "css selector", "value": selector }));
        found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned()
    }
}

/// The address and the subject of the mail by which a reader leaves, as List-Unsubscribe names them.
fn by_mail(header: &str) -> (String, String) {
    let (_, url) = header.split_once("<mailto:").unwrap();
    let url = url.split('>').next().unwrap();
    let (address, subject) = url.split_once("?subject=").unwrap_or((url, ""));
    (address.to_owned(), subject.replace("%20", " "))
}

fn header<'a>(mail: &'a Value, name: &str) -> &'a str {
    mail["headers"][name].as_str().unwrap_or_default()
}

#[test]
fn a_reader_joins_reads_and_leaves_by_browser_mail_server_and_mailbox() {
    for way in [WayIn::Lmtp, WayIn::Imap] {
        let mut world = World::start(way, Pages::Encrypted, &["anna"]);
        let browser = Browser::start();
        let home = world.url.clone();
        let mut steps = Steps::start(match way {
            WayIn::Lmtp => "by pages; what comes back is taken by LMTP",
            WayIn::Imap => "by pages; what comes back is read by IMAP",
        });
        browser.open(&format!("{home}/green-economy?lang=de"));
        steps.done("the form is open");
        browser.type_into("#join input[name=address]", "anna@example.net");
        browser.press_button("#join button");
        browser.wait("document.querySelector('.done') !== null");
        steps.done("the address is typed, the button pressed, the form answered");
        let asks = world.mail("anna", 1);
        steps.done("the mail that asks is read by IMAP");
        assert!(header(&asks, "list-unsubscribe").is_empty() && asks["attachments"] == json!([]), "{asks}");
        assert_eq!(active(&world.house), 1);
        browser.open(&format!("{home}{}", world.path(&asks, "/c/")));
        assert_eq!(active(&world.house), 1);
        browser.press_button("main button");
        browser.wait("document.querySelector('.done') !== null");
        steps.done("its link is open, the button pressed, the page answered");
        let edition = world.mail("anna", 2);
        steps.done("the last edition is read by IMAP");
        assert_eq!(active(&world.house), 2);
        assert!(header(&edition, "subject").starts_with("Grüne Wirtschaft: "), "{edition}");
        assert_eq!(edition["attachments"].as_array().unwrap().len(), 1);
        assert_eq!(header(&edition, "list-unsubscribe-post"), "List-Unsubscribe=One-Click");
        let one_click = world.path(&edition, "/u/");
        assert!(header(&edition, "list-unsubscribe").starts_with(&format!("<{home}{one_click}>,")), "{edition}");
        steps.done("(looked at)");
        let status = world.one_click(&one_click);
        steps.done("one click: answered (with the start of the program that clicks)");
        assert_eq!((status.as_str(), active(&world.house)), ("200", 1));
        // The next edition goes to the other reader alone.
        world.house.done(&["send", "green-economy"]);
        world.mail("first", 2);
        steps.done("the next edition is made, sent, and in the other mailbox");
        world.settles();
        assert_eq!((world.mails("anna").len(), world.mails("first").len()), (2, 2));
        // The other leaves by mail, and is answered.
        let edition = world.mails("first").remove(1);
        let (leave, subject) = by_mail(header(&edition, "list-unsubscribe"));
        steps.done("(looked at)");
        world.write("first@example.net", &leave, &subject);
        waits_until("the other has left", || active(&world.house) == 0);
        steps.done("a mail to the address to leave is in force");
        let answer = world.mail("first", 3);
        steps.done("its answer is read by IMAP");
        assert!(header(&answer, "subject").starts_with("You have left "), "{answer}");
        assert!(header(&answer, "auto-submitted").starts_with("auto-"), "{answer}");
        drop(steps);
        assert_eq!(world.house.run(&["send", "green-economy"]).code, 4);
        world.settles();
        assert_eq!((world.mails("anna").len(), world.mails("first").len()), (2, 3));
        if way == WayIn::Imap {
            assert_eq!(world.dovecot.unread_and_read("replies"), (0, 1));
        }
        assert_eq!(world.serve.end(), Some(0));
    }
}

#[test]
fn a_reader_joins_reads_and_leaves_by_mail_alone() {
    for way in [WayIn::Lmtp, WayIn::Imap] {
        let mut world = World::start(way, Pages::None, &["anna"]);
        let mut steps = Steps::start(match way {
            WayIn::Lmtp => "by mail alone; what comes back is taken by LMTP",
            WayIn::Imap => "by mail alone; what comes back is read by IMAP",
        });
        world.write("anna@example.net", "subscribe+green-economy.de@greenbrief.dev", "");
        let asks = world.mail("anna", 1);
        steps.done("a mail to the address to join is answered by one that asks");
        assert_eq!(active(&world.house), 1);
        world.write("anna@example.net", &token_address(&asks, "confirm"), "Ja");
        waits_until("she has joined", || active(&world.house) == 2);
        steps.done("her answer is in force");
        let edition = world.mail("anna", 2);
        steps.done("the last edition is read by IMAP");
        assert!(header(&edition, "subject").starts_with("Grüne Wirtschaft: "), "{edition}");
        assert_eq!(edition["attachments"].as_array().unwrap().len(), 1);
        world.write("anna@example.net", &token_address(&edition, "unsubscribe"), "");
        waits_until("she has left", || active(&world.house) == 1);
        steps.done("a mail to the address to leave is in force");
        let answer = world.mail("anna", 3);
        steps.done("its answer is read by IMAP");
        assert!(header(&answer, "subject").ends_with(" ist abbestellt"), "{answer}");
        world.house.done(&["send", "green-economy"]);
        world.mail("first", 2);
        steps.done("the next edition is made, sent, and in the other mailbox");
        drop(steps);
        world.settles();
        assert_eq!((world.mails("anna").len(), world.mails("first").len()), (3, 2));
        assert_eq!(world.serve.end(), Some(0));
    }
}

/// The address with a token that a mail names.
fn token_address(mail: &Value, mailbox: &str) -> String {
    let text = mail.to_string();
    let (_, rest) = text.split_once(&format!("{mailbox}+")).unwrap_or_else(|| panic!("no {mailbox}+TOKEN@ in {text}"));
    let token: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    format!("{mailbox}+{token}@greenbrief.dev")
}

/// Every row of the store, by table, but those that say how the daemon is.
fn states(house: &House) -> serde_json::Map<String, Value> {
    let script = "import json, sqlite3, sys\n\
        store = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True)\n\
        tables = [name for name, in store.execute(\"SELECT name FROM sqlite_master WHERE type = 'table'\")]\n\
        rows = lambda name: sorted(repr(row) for row in store.execute(f'SELECT * FROM \"{name}\"'))\n\
        print(json.dumps({name: rows(name) for name in tables if name != 'meta'}))\n";
    let done = Command::new("python3").args(["-c", script]).arg(house.path("var/greenbrief.db")).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

#[test]
fn a_scanner_that_follows_every_link_changes_nothing() {
    let rounds: usize = std::env::var("GREENBRIEF_SCANS").ok().and_then(|count| count.parse().ok()).unwrap_or(10);
    let mut world = World::start(WayIn::Lmtp, Pages::Plain, &["anna"]);
    let browser = Browser::start();
    browser.open(&format!("{}/green-economy?lang=en", world.url));
    browser.type_into("#join input[name=address]", "anna@example.net");
    browser.press_button("#join button");
    browser.wait("document.querySelector('.done') !== null");
    let mails = [world.mail("anna", 1), world.mail("first", 1)];
    world.settles();
    let before = states(&world.house);
    let start = world.url.clone();
    let links: Vec<&str> =
        mails.iter().flat_map(|mail| mail["links"].as_array().unwrap()).filter_map(Value::as_str).collect();
    let paths: Vec<&str> = links.iter().filter_map(|link| link.strip_prefix(&start)).collect();
    for page in ["/c/", "/u/"] {
        assert!(paths.iter().any(|path| path.starts_with(page)), "{page}: {links:?}");
    }
    let mut statuses = std::collections::BTreeMap::<(String, u16), usize>::new();
    for _ in 0..rounds {
        for path in &paths {
            for method in ["GET", "HEAD"] {
                for headers in
                    ["User-Agent: scanner\r\n", "Purpose: prefetch\r\nSec-Purpose: prefetch\r\nCookie: a=b\r\n"]
                {
                    let status = world.ask(method, path, headers, "").status;
                    let page: String = path.chars().take(3).collect();
                    *statuses.entry((format!("{method} {page}…"), status)).or_default() += 1;
                }
            }
        }
    }
    world.settles();
    let after = states(&world.house);
    let differ: Vec<&String> = before.keys().filter(|table| before.get(*table) != after.get(*table)).collect();
    assert_eq!(differ, [""; 0]);
    let asked: usize = statuses.values().sum();
    println!("{} links in 2 mails, {} of them pages of ours; {asked} requests: {statuses:?}", links.len(), paths.len());
    let rows: usize = before.values().map(|rows| rows.as_array().unwrap().len()).sum();
    println!("before and after the same: {rows} rows of {} tables", before.len());
    assert!(statuses.keys().all(|(_, status)| *status == 200), "{statuses:?}");
    // What a person presses still works.
    let confirm = paths.iter().find(|path| path.starts_with("/c/")).unwrap();
    assert_eq!(
        world.ask("POST", confirm, "Content-Type: application/x-www-form-urlencoded\r\n", "lang=en").status,
        200
    );
    assert_eq!(active(&world.house), 2);
    assert_eq!(world.serve.end(), Some(0));
}
