//! `serve` against Postfix's smtp-sink: what arrives is read by Python's mail parser, and the PDFs by poppler.

use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command},
    time::Duration,
};

use serde_json::Value;

use super::{House, SOON};

/// A mail server that keeps what it takes; ended with the test.
struct Sink {
    child: Child,
    port: u16,
    dump: PathBuf,
}

impl Sink {
    fn start(house: &House) -> Sink {
        let port = super::free_port();
        let folder = house.path("sink");
        fs::create_dir(&folder).unwrap();
        // As root it changes to another user, who must get there.
        for path in [house.path(""), folder.clone()] {
            fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        }
        let found = ["/usr/sbin/smtp-sink", "/usr/local/sbin/smtp-sink"].iter().find(|path| Path::new(path).exists());
        let mut command = Command::new(found.unwrap_or(&"smtp-sink"));
        if std::os::unix::fs::MetadataExt::uid(&fs::metadata(&folder).unwrap()) == 0 {
            command.args(["-u", "postfix"]);
        }
        let dump = folder.join("mails");
        let child = command.arg("-D").arg(&dump).args([&format!("127.0.0.1:{port}"), "100"]).spawn().unwrap();
        let sink = Sink { child, port, dump };
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return sink;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("smtp-sink does not answer on port {port}");
    }

    fn words(&self) -> Vec<String> {
        let port = format!("mail.port={}", self.port);
        ["mail.transport=smtp", "mail.host=127.0.0.1", "mail.tls=none", &port]
            .iter()
            .flat_map(|word| ["--set".to_owned(), (*word).to_owned()])
            .collect()
    }

    /// The mails, by the address they went to.
    fn mails(&self) -> Vec<Value> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/serve/read_mails.py");
        let done =
            Command::new("python3").arg(script).arg(&self.dump).arg(self.dump.parent().unwrap()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let mut mails: Vec<Value> =
            String::from_utf8(done.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        mails.sort_by_key(|mail| mail["To"].to_string());
        mails
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The PDF's text without spaces and line breaks: a number may be broken anywhere.
fn text_of(pdf: &str) -> String {
    let done = Command::new("pdftotext").args(["-enc", "UTF-8", pdf, "-"]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn three_languages_arrive_as_they_were_meant() {
    let house = House::new();
    house.write("people.csv", "address,language\nanna@example.net,en\nbernd@example.net,de\nchen@example.net,zh\n");
    house.done(&["subscribers", "import", "people.csv"]);
    let sink = Sink::start(&house);
    house.due_in(SOON);
    let words = sink.words();
    let mut serve = house.serve(&words.iter().map(String::as_str).collect::<Vec<_>>());
    serve.wait_for("the outbox is quiet");
    assert_eq!(serve.end(), Some(0), "{}", serve.log());

    let mails = sink.mails();
    let ledger = house.objects(&["deliveries", "list"]);
    assert_eq!((mails.len(), ledger.len()), (3, 3));
    // Address, language, in the subject, the file's name, a decimal mark and the newest figure in its language.
    let expected = [
        ("anna@example.net", "en", "Green Economy Brief: ", "Green-Economy-Brief-No-1-", "44.3", "983,100"),
        ("bernd@example.net", "de", "Grüne Wirtschaft: ", "Grüne-Wirtschaft-Nr-1-", "44,3", "983.100"),
        ("chen@example.net", "zh-Hans", "绿色经济简报：", "绿色经济简报-第1期-", "44.3", "98.31万"),
    ];
    for ((mail, row), (to, language, subject, file, growth, deliveries)) in mails.iter().zip(&ledger).zip(expected) {
        let header = |name: &str| mail[name].as_str().unwrap_or_else(|| panic!("no {name} in {mail}")).to_owned();
        assert_eq!(mail["defects"], serde_json::json!([]));
        assert_eq!(header("To"), to);
        assert_eq!(header("Content-Language"), language);
        assert!(header("Subject").starts_with(subject), "{}", header("Subject"));
        assert_eq!(header("From"), "Green Economy Brief <brief@greenbrief.dev>");
        assert_eq!(header("List-Id"), "<green-economy.greenbrief.dev>");
        assert_eq!(header("Auto-Submitted"), "auto-generated");
        assert_eq!(header("Message-ID"), row["message_id"].as_str().unwrap());
        assert!(header("Message-ID").ends_with("@greenbrief.dev>"));
        assert!(header("Date").ends_with(" +0000"));
        let unsubscribe = header("List-Unsubscribe");
        assert!(unsubscribe.starts_with("<mailto:unsubscribe@greenbrief.dev?subject=unsubscribe%20u"), "{unsubscribe}");
        assert_eq!((&row["state"], &row["address"]), (&"sent".into(), &to.into()));
        assert!(row["reply"].as_str().unwrap().starts_with("250 "), "{row}");

        assert_eq!(mail["parts"], serde_json::json!(["text/plain", "text/html", "image/png", "application/pdf"]));
        let text = header("text");
        for part in [&text, &header("html")] {
            assert!(part.contains(deliveries) && part.contains(growth), "{part}");
            assert!(part.contains("Ringstraße 1") && part.contains("unsubscribe@greenbrief.dev"), "{part}");
        }
        assert!(!text.contains("{{") && !text.contains("</"), "{text}");
        let attached = mail["files"].as_array().unwrap();
        assert_eq!(attached.len(), 1);
        let name = attached[0]["name"].as_str().unwrap();
        assert!(name.starts_with(file) && name.ends_with(".pdf"), "{name}");
        let path = attached[0]["path"].as_str().unwrap();
        let pdf = text_of(path);
        assert!(pdf.contains(deliveries) && pdf.contains(growth), "{to}: {pdf}");
        let language = row["language"].as_str().unwrap();
        let archived = house.path(&format!("reports/green-economy/1/green-economy-1-{language}.pdf"));
        assert_eq!(fs::read(path).unwrap(), fs::read(archived).unwrap(), "the archived PDF is the one that was sent");
    }
}

#[test]
fn a_test_tells_each_step() {
    let house = House::new();
    let sink = Sink::start(&house);
    let words = sink.words();
    let words: Vec<&str> =
        ["mail", "test", "me@example.net"].into_iter().chain(words.iter().map(String::as_str)).collect();
    let told = house.done(&words);
    let port = sink.port;
    assert!(told.starts_with(&format!("transport: smtp, 127.0.0.1:{port}, TLS ")), "{told}");
    assert!(told.contains("connected, without a login\n"), "{told}");
    assert!(told.contains("from brief@greenbrief.dev to me@example.net: 250 "), "{told}");
}

#[test]
fn a_test_goes_by_the_relay_that_is_named() {
    let house = House::new();
    let sink = Sink::start(&house);
    let port = format!("mail.relays.second.port={}", sink.port);
    // Nobody listens at the first.
    let set = [
        "mail.transport=smtp",
        "mail.host=127.0.0.1",
        "mail.tls=none",
        "mail.port=1",
        "mail.relays.second.host=127.0.0.1",
        "mail.relays.second.tls=none",
        &port,
    ];
    let words = |words: &[&'static str]| {
        words.iter().copied().chain(set.iter().flat_map(|word| ["--set", *word])).map(str::to_owned).collect::<Vec<_>>()
    };
    let test = |relay| words(&["mail", "test", "me@example.net", "--relay", relay]);
    fn short(words: &[String]) -> Vec<&str> {
        words.iter().map(String::as_str).collect()
    }
    let told = house.done(&short(&test("second")));
    let port = sink.port;
    assert!(told.starts_with(&format!("relay: second\ntransport: smtp, 127.0.0.1:{port}, TLS none\n")), "{told}");
    assert!(told.contains("from brief@greenbrief.dev to me@example.net: 250 "), "{told}");
    for by_first in [words(&["mail", "test", "me@example.net"]), test("first")] {
        assert!(house.broken(&short(&by_first)).contains("broken at connecting: 127.0.0.1:1"), "{by_first:?}");
    }
    let told = house.refused(&short(&test("secund")));
    assert!(told.contains("there is no relay `secund`") && told.contains("did you mean `second`?"), "{told}");
    let told = house.refused(&["mail", "test", "me@example.net", "--relay", "second"]);
    assert!(told.contains("mails become files in a folder: no relay is used"), "{told}");
}
