//! Mails that come back to a running daemon: by LMTP from a client that writes what it likes, and out of a maildir.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpStream},
    time::{Duration, Instant},
};

use super::{
    House, PATIENCE, Serve, free_port,
    public_leaving::{active, subscribe, token_of},
};
use crate::replies::case;

const MAIL: &str = "From: reader@example.net\r\nSubject: hello\r\n\r\nhello\r\n";

/// A house whose daemon takes mails at this port.
pub(super) fn house() -> (House, u16) {
    let (house, port) = (House::new(), free_port());
    house.change_settings("[replies]\n", &format!("[replies]\nlmtp = \"127.0.0.1:{port}\"\n"));
    house.change_settings("# bounce_mailbox", "bounce_mailbox");
    house.change_settings(
        "# reply_to = \"Example Office <office@greenbrief.dev>\"",
        "reply_to = \"office@greenbrief.dev\" #",
    );
    (house, port)
}

pub(super) fn started(house: &House) -> Serve {
    let mut serve = house.serve(&[]);
    serve.wait_for("mails that come back are taken by LMTP");
    serve
}

/// A client.
pub(super) struct Lmtp(BufReader<TcpStream>);

impl Lmtp {
    fn connect(port: u16) -> Lmtp {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut client = Lmtp(BufReader::new(stream));
        let greeting = client.answer();
        assert!(greeting.starts_with("220 localhost LMTP"), "{greeting}");
        client
    }

    pub fn greeted(port: u16) -> Lmtp {
        let mut client = Lmtp::connect(port);
        assert_eq!(client.ask("LHLO mail.example.org").lines().count(), 5);
        client
    }

    pub fn write(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).unwrap();
    }

    /// All lines of an answer; empty if the server has gone.
    pub fn answer(&mut self) -> String {
        let mut answer = String::new();
        loop {
            let begin = answer.len();
            if self.0.read_line(&mut answer).unwrap_or(0) == 0 || answer.as_bytes().get(begin + 3) != Some(&b'-') {
                return answer.replace("\r\n", "\n").trim_end().to_owned();
            }
        }
    }

    pub fn ask(&mut self, line: &str) -> String {
        self.write(format!("{line}\r\n").as_bytes());
        self.answer()
    }

    /// Hands a mail over, with one answer for each recipient.
    pub fn deliver(&mut self, sender: &str, recipients: &[&str], mail: &[u8]) -> Vec<String> {
        assert!(self.ask(&format!("MAIL FROM:<{sender}>")).starts_with("250 "));
        for recipient in recipients {
            let answer = self.ask(&format!("RCPT TO:<{recipient}>"));
            assert!(answer.starts_with("250 2.1.5"), "{recipient}: {answer}");
        }
        assert!(self.ask("DATA").starts_with("354 "));
        self.write(mail);
        self.write(b"\r\n.\r\n");
        recipients.iter().map(|_| self.answer()).collect()
    }
}

/// A mail of the corpus as a mail server hands it over.
pub(super) fn with_crlf(name: &str) -> String {
    let mail = String::from_utf8(case(name)).unwrap();
    mail.lines().map(|line| format!("{line}\r\n")).collect()
}

pub(super) fn waits_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn readers_leave_by_mail_and_each_is_answered_once_in_their_language() {
    let (house, port) = house();
    for (address, language) in [("anna@example.net", "en"), ("bernd@example.net", "de"), ("chen@example.net", "zh")] {
        subscribe(&house, address, language);
    }
    // Their mails wait: nobody listens on port 1.
    let relay = ["mail.transport=smtp", "mail.host=127.0.0.1", "mail.tls=none", "mail.port=1"];
    let words: Vec<&str> =
        ["send", "green-economy"].into_iter().chain(relay.iter().flat_map(|word| ["--set", word])).collect();
    assert_eq!(house.run(&words).code, 1);
    house.done(&["pause", "--all", "--reason", "test"]);
    let [anna, bernd, chen] =
        ["anna@example.net", "bernd@example.net", "chen@example.net"].map(|address| token_of(&house, address));
    let mut serve = started(&house);
    let to = |token: &str| format!("unsubscribe+{token}@greenbrief.dev");
    let mut client = Lmtp::greeted(port);
    // The same octets for two readers are two requests; the case of an address says nothing.
    let qq = with_crlf("leave-token-qq");
    let answers = client.deliver("10001@qq.example", &[&to(&anna), &to(&bernd.to_uppercase())], qq.as_bytes());
    assert_eq!(answers, ["250 2.0.0 taken"; 2]);
    // It is in force when the answer comes.
    assert_eq!(active(&house), 1);
    // A mail without a word; and one by a program, which gets no answer.
    assert_eq!(client.deliver("", &[&to(&chen)], b""), ["554 5.6.0 the mail is empty"]);
    let auto = with_crlf("leave-token-auto");
    assert_eq!(client.deliver("", &[&to(&chen)], auto.as_bytes()), ["250 2.0.0 taken"]);
    assert_eq!(active(&house), 0);
    // Again, in the same octets and in others.
    for mail in [qq.as_str(), "Subject:\r\n\r\n"] {
        assert_eq!(client.deliver("a@example.net", &[&to(&anna)], mail.as_bytes()), ["250 2.0.0 taken"]);
    }
    let mails = house.objects(&["deliveries", "list"]);
    let states: Vec<_> =
        mails.iter().filter(|mail| mail["kind"] == "edition").map(|mail| mail["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["cancelled"; 3]);
    house.done(&["resume"]);
    waits_until("two answers are sent", || house.outbox().len() == 2);
    let mut answers: Vec<_> = house
        .objects(&["deliveries", "list"])
        .iter()
        .filter(|mail| mail["kind"] == "answer")
        .map(|mail| ["address", "language", "subject"].map(|key| mail[key].as_str().unwrap_or_default().to_owned()))
        .map(|[address, language, _]| (address, language))
        .collect();
    answers.sort();
    assert_eq!(answers, [("anna@example.net".into(), "en".into()), ("bernd@example.net".into(), "de".into())]);
    let texts: String = house
        .outbox()
        .iter()
        .map(|name| fs::read_to_string(house.path(&format!("reports/outbox/{name}"))).unwrap())
        .collect();
    assert!(
        texts.contains("You no longer get =E2=80=9CGreen Economy Brief=E2=80=9D.")
            && texts.contains("Sie erhalten =E2=80=9EGr"),
        "{texts}"
    );
    assert_eq!(texts.matches("Auto-Submitted: auto-replied\r\n").count(), 2, "{texts}");
    let answered = "In-Reply-To: <returned.1@mx.example.net>\r\nReferences: <returned.1@mx.example.net>\r\n";
    assert_eq!(texts.matches(answered).count(), 2, "{texts}");
    let outcomes: Vec<_> = house
        .objects(&["replies", "list"])
        .iter()
        .map(|reply| reply["outcome"].as_str().unwrap().split(" by the token").next().unwrap().to_owned())
        .collect();
    assert_eq!(
        outcomes,
        ["had left green-economy before,", "left green-economy", "left green-economy", "left green-economy"]
    );
    assert_eq!(serve.end(), Some(0));
}

#[test]
fn only_our_mailboxes_take_mails_and_a_bounce_is_read_at_once() {
    let (house, port) = house();
    subscribe(&house, "gone@example.net", "de");
    house.done(&["send", "green-economy"]);
    let mut serve = started(&house);
    let mut client = Lmtp::greeted(port);
    assert!(client.ask("MAIL FROM:<>").starts_with("250 "));
    for known in [
        "brief@greenbrief.dev",
        "Brief@GreenBrief.dev",
        "office@greenbrief.dev",
        "unsubscribe@greenbrief.dev",
        "subscribe+green-economy.de@greenbrief.dev",
        "bounce+b234@greenbrief.dev",
    ] {
        assert!(client.ask(&format!("RCPT TO:<{known}>")).starts_with("250 2.1.5"), "{known}");
    }
    for unknown in ["operator@greenbrief.dev", "brief@example.org", "bouncer@greenbrief.dev", "postmaster", "a b@c"] {
        let answer = client.ask(&format!("RCPT TO:<{unknown}>"));
        assert!(answer.starts_with("550 5.1.1") || answer.starts_with("501 5.1.7"), "{unknown}: {answer}");
    }
    assert!(client.ask("RSET").starts_with("250 "));
    let mails = house.objects(&["deliveries", "list"]);
    let id = mails[0]["message_id"].as_str().unwrap().trim_matches(['<', '>']).to_owned();
    let bounce = with_crlf("qmail-no-mailbox").replace("green-economy.12.345.k3x9@example.org", &id);
    let begun = Instant::now();
    assert_eq!(client.deliver("", &["bounce@greenbrief.dev"], bounce.as_bytes()), ["250 2.0.0 taken"]);
    let took = begun.elapsed();
    let read = house.objects(&["replies", "list"]).remove(0);
    // Without a token of ours anybody could have written it.
    assert!(read["outcome"].as_str().unwrap().contains("noted, nothing follows"), "{read}");
    println!("a bounce was read {took:?} after MAIL");
    // Again: taken, and nothing follows.
    assert_eq!(client.deliver("", &["bounce@greenbrief.dev"], bounce.as_bytes()), ["250 2.0.0 taken"]);
    assert_eq!(house.objects(&["replies", "list"]).len(), 1);
    assert!(client.ask("QUIT").starts_with("221 "));
    assert_eq!(serve.end(), Some(0));
}

#[test]
fn a_mail_that_cannot_be_taken_stays_with_the_mail_server() {
    let (house, port) = house();
    let operators = "[operators]\nemail = [\"operator@greenbrief.dev\"]\nafter_edition = false #";
    house.change_settings(operators, "# nobody #");
    let mut serve = started(&house);
    let mut client = Lmtp::greeted(port);
    let answer = client.deliver("reader@example.net", &["brief@greenbrief.dev"], MAIL.as_bytes()).remove(0);
    assert!(answer.starts_with("451 4.3.5 nobody is named"), "{answer}");
    waits_until("a person is told", || house.run(&["status"]).out.contains("replies-unread"));
    house.change_settings("# nobody #", operators);
    serve.wait_for("a new config is in force");
    let again = || {
        let mut client = Lmtp::greeted(port);
        client.deliver("reader@example.net", &["brief@greenbrief.dev"], MAIL.as_bytes()).remove(0)
    };
    waits_until("it is taken", || again() == "250 2.0.0 taken");
    assert_eq!(house.objects(&["replies", "list"])[0]["outcome"], "forwarded to the operators");
    waits_until("nobody is needed", || !house.run(&["status"]).out.contains("replies-unread"));
    assert_eq!(serve.end(), Some(0));
}

#[test]
fn no_octets_break_the_listener_and_no_mail_hides_in_another() {
    let (house, port) = house();
    let mut serve = started(&house);
    let data = |client: &mut Lmtp| {
        assert!(client.ask("MAIL FROM:<a@example.net>").starts_with("250 "));
        assert!(client.ask("RCPT TO:<brief@greenbrief.dev>").starts_with("250 "));
        assert!(client.ask("DATA").starts_with("354 "));
    };
    // What some servers take for an end is none, and the mail is refused with what seemed to follow it.
    for end in ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r\n", "\r.\r", "\r\n.\r\r\n"] {
        let mut client = Lmtp::greeted(port);
        data(&mut client);
        client.write(
            format!("Subject: a\r\n\r\nb{end}MAIL FROM:<>\r\nRCPT TO:<brief@greenbrief.dev>\r\nDATA\r\n").as_bytes(),
        );
        client.write(b"Subject: hidden\r\n\r\nc\r\n.\r\n");
        let answer = client.answer();
        assert!(answer.starts_with("550 5.6.0 lines end with CR LF"), "{}: {answer}", end.escape_debug());
        assert!(client.ask("QUIT").starts_with("221 "), "{}", end.escape_debug());
    }
    // Commands in the wrong order, too long, without an end, and all at once.
    let mut client = Lmtp::connect(port);
    for (line, code) in [
        ("MAIL FROM:<>", "503 5.5.1"),
        ("EHLO a", "500 5.5.1"),
        ("LHLO a", "250-PIPELINING"),
        ("RCPT TO:<brief@greenbrief.dev>", "503 5.5.1"),
        ("DATA", "503 5.5.1"),
        ("MAIL FROM:<> SIZE=99999999", "552 5.3.4"),
        (&"x".repeat(100_000), "500 5.5.6"),
        ("NOOP", "250 2.0.0"),
    ] {
        let answer = client.ask(line);
        assert!(answer.starts_with(code), "{}: {answer}", &line[..line.len().min(40)]);
    }
    client.write(
        b"MAIL FROM:<>\r\nRCPT TO:<nobody@greenbrief.dev>\r\nRCPT TO:<brief@greenbrief.dev>\r\nNOOP\r\nRSET\r\n",
    );
    let answers: Vec<String> = (0..5).map(|_| client.answer()[..3].to_owned()).collect();
    assert_eq!(answers, ["250", "550", "250", "250", "250"]);
    client.write(b"NOOP\nNOOP\r\n");
    assert!(client.answer().starts_with("521 5.5.2"));
    assert_eq!(client.answer(), "");
    // Five megabytes that do not end are answered as well, whoever writes them without reading.
    let mut client = Lmtp::greeted(port);
    client.write(&vec![b'x'; 5_000_000]);
    assert!(client.answer().starts_with("421 4.7.0 localhost does not wait"));
    assert_eq!(client.answer(), "");
    // A mail that is too large is read to its end, and the next one is taken.
    let mut client = Lmtp::greeted(port);
    data(&mut client);
    let line = [b"a".repeat(998), b"\r\n".to_vec()].concat();
    for _ in 0..10_001 {
        client.write(&line);
    }
    client.write(b".\r\n");
    assert!(client.answer().starts_with("552 5.3.4"));
    // Whoever goes in the middle of a mail has handed over none.
    data(&mut client);
    client.write(b"Subject: half\r\n\r\n");
    client.0.get_mut().shutdown(Shutdown::Write).unwrap();
    let mut rest = Vec::new();
    client.0.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, b"");
    let mut noise = 88_172_645_463_325_252_u64;
    for round in 0..40 {
        let bytes: Vec<u8> = (0..3_000)
            .map(|_| {
                noise ^= noise << 13;
                noise ^= noise >> 7;
                noise ^= noise << 17;
                noise.to_le_bytes()[0]
            })
            .collect();
        let mut client = Lmtp::connect(port);
        if round % 2 == 0 {
            client.write(b"LHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<brief@greenbrief.dev>\r\nDATA\r\n");
        }
        let _ = client.0.get_mut().write_all(&bytes);
    }
    assert_eq!(house.objects(&["replies", "list"]).len(), 0);
    assert!(!serve.log().contains("panicked"), "{}", serve.log());
    // A client that only waits does not hold up the end.
    let mut waiting = Lmtp::greeted(port);
    assert_eq!(serve.end(), Some(0));
    assert!(waiting.answer().starts_with("421 4.3.2"));
}

#[test]
fn a_maildir_is_read_and_what_is_no_mail_stays_there() {
    let house = House::new();
    let folder = house.path("Maildir");
    house.change_settings("[replies]\n", &format!("[replies]\nmaildir = \"{}\"\n", folder.display()));
    let mut serve = house.serve(&[]);
    serve.wait_for("mails that come back are read from a maildir");
    // It is not there yet.
    waits_until("a person is told", || house.run(&["status"]).out.contains("replies-unread"));
    for name in ["new", "cur", "tmp"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    let put = |name: &str, mail: &[u8]| {
        fs::write(folder.join("tmp").join(name), mail).unwrap();
        fs::rename(folder.join("tmp").join(name), folder.join("new").join(name)).unwrap();
    };
    put("2.empty", b"\n");
    put("1.person", MAIL.as_bytes());
    put("3.auto", &case("auto-outlook"));
    waits_until("two are seen", || house.names("Maildir/cur") == ["1.person:2,S", "3.auto:2,S"]);
    assert_eq!(house.names("Maildir/new"), ["2.empty"]);
    waits_until("a person is told", || {
        house.run(&["status"]).out.contains("1 mail in the maildir cannot be taken, such as")
    });
    assert_eq!(serve.log().matches("a mail in the maildir is not taken").count(), 1, "{}", serve.log());
    let kinds: Vec<_> =
        house.objects(&["replies", "list"]).iter().map(|reply| reply["kind"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["auto-reply", "person"]);
    fs::remove_file(folder.join("new/2.empty")).unwrap();
    waits_until("nobody is needed", || !house.run(&["status"]).out.contains("replies-unread"));
    assert_eq!(serve.end(), Some(0));
}

/// Postfix's own client, several sessions at a time.
#[cfg(feature = "real-parts")]
#[test]
fn postfix_hands_over_twenty_mails_and_one_answer_goes_out() {
    use std::{path::Path, process::Command};

    let (house, port) = house();
    subscribe(&house, "anna@example.net", "en");
    let token = token_of(&house, "anna@example.net");
    let mut serve = started(&house);
    let found = ["/usr/sbin/smtp-source", "/usr/local/sbin/smtp-source"].iter().find(|path| Path::new(path).exists());
    let to = format!("unsubscribe+{token}@greenbrief.dev");
    let done = Command::new(found.unwrap_or(&"smtp-source"))
        .args(["-L", "-s", "5", "-m", "20", "-M", "mail.example.net", "-f", "anna@example.net", "-t", &to])
        .arg(format!("127.0.0.1:{port}"))
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(active(&house), 0);
    let outcomes = house.objects(&["replies", "list"]);
    let left = outcomes.iter().filter(|reply| reply["outcome"].as_str().unwrap().starts_with("left green-economy"));
    assert_eq!(left.count(), 1, "{outcomes:?}");
    waits_until("the answer is sent", || house.outbox().len() == 1);
    assert_eq!(serve.end(), Some(0));
}
