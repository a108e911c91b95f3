//! `demo --web`: the pages with the demo's edition, joining by them, and nothing left at the end.

use std::{
    fs,
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::Value;

use super::{
    http::{Answer, exchange},
    public_joining::{hidden, nonce, own_text},
};

struct Demo {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Demo {
    /// The next object that has this key.
    fn next(&mut self, key: &str) -> Value {
        loop {
            let line = self.lines.next().unwrap().unwrap();
            let value: Value = serde_json::from_str(&line).unwrap();
            if value.get(key).is_some() {
                return value;
            }
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ask(port: u16, method: &str, path: &str, form: &str) -> Answer {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}",
        form.len()
    );
    exchange(port, request.as_bytes())
}

#[test]
fn the_demo_shows_its_pages_and_a_reader_joins_there() {
    let (folder, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_greenbrief"));
    command.args(["--format", "json", "demo", "--web"]).current_dir(folder.path()).env("TMPDIR", temporary.path());
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut demo = Demo { child, lines };
    let started = demo.next("url");
    let url = started["url"].as_str().unwrap().to_owned();
    let port: u16 = url.rsplit(':').next().unwrap().parse().unwrap();
    assert_eq!(started["edition"], format!("{url}/green-economy/1"));
    let page = ask(port, "GET", "/green-economy/1/zh", "");
    assert!(page.status == 200 && page.text().contains("第1期"), "{}", page.text());
    assert!(ask(port, "GET", "/", "").text().contains("Green Economy Brief"));
    // No config was put into force here: what changed last is the edition.
    for path in ["/green-economy/plan.ics", "/green-economy/en.atom"] {
        let answer = ask(port, "GET", path, "");
        assert!(answer.status == 200 && !answer.text().contains("1970"), "{}", answer.text());
    }
    // The links of the sample mails lead there, too.
    let mail = fs::read_to_string(folder.path().join("reports/demo/outbox/green-economy.1.1.demo.eml")).unwrap();
    assert!(mail.contains(&format!("List-Unsubscribe: <{url}/u/")), "{mail}");
    // Joining: the form, the mail that becomes a file, the button, and the edition.
    let form = ask(port, "GET", "/green-economy?lang=de", "");
    let challenge = hidden(form.text(), "challenge");
    let nonce = nonce(challenge, "dora@example.net");
    let filled = format!("lang=de&language=de&challenge={challenge}&nonce={nonce}&website=&address=dora%40example.net");
    assert_eq!(ask(port, "POST", "/green-economy/join", &filled).status, 200);
    let written = demo.next("path");
    assert_eq!(written["address"], "dora@example.net");
    let mail = fs::read_to_string(folder.path().join(written["path"].as_str().unwrap())).unwrap();
    let text = own_text(&mail);
    let (_, rest) = text.split_once(&format!("{url}/c/")).unwrap();
    let token: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    let done = ask(port, "POST", &format!("/c/{token}"), "");
    assert!(done.status == 200, "{}", done.text());
    let written = demo.next("path");
    let mail = fs::read_to_string(folder.path().join(written["path"].as_str().unwrap())).unwrap();
    assert!(mail.contains("To: dora@example.net\r\n") && mail.contains("application/pdf"), "{written}");
    let ended = Command::new("kill").args(["-INT", &demo.child.id().to_string()]).status().unwrap();
    assert!(ended.success() && demo.child.wait().unwrap().success());
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}
