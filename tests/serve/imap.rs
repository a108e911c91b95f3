//! Mails that come back and are read by IMAP: from a server that does what no good one does. Dovecot is asked in
//! `imap_dovecot`.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use super::{House, Serve, free_port, intake::waits_until};

/// What a server does when it is asked for a mail.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// It goes in the middle of it.
    Cut,
    /// It announces 2 GB.
    Huge,
    /// It says a line that does not end.
    Endless,
    /// It says that something else went wrong.
    Refuses,
    /// It does as it should.
    Nothing,
}

const MAIL: &str = "From: reader@example.net\r\nTo: brief@greenbrief.dev\r\nSubject: hello\r\n\r\nhello\r\n";

/// A server with one mail. At each connection it does the next of these; after the last, the last.
struct Server {
    port: u16,
    /// The commands that it heard, and how often it was connected to
    heard: Arc<Mutex<(Vec<String>, usize)>>,
}

impl Server {
    fn start(faults: &'static [Fault]) -> Server {
        let port = free_port();
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let heard = Arc::new(Mutex::new((Vec::new(), 0)));
        let server = Server { port, heard: heard.clone() };
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let number = heard.lock().unwrap().1;
                heard.lock().unwrap().1 += 1;
                let fault = faults[number.min(faults.len() - 1)];
                // Whoever hangs up ends it.
                let _ = talk(stream, fault, &heard);
            }
        });
        server
    }

    fn heard(&self, command: &str) -> usize {
        self.heard.lock().unwrap().0.iter().filter(|line| line.contains(command)).count()
    }
}

fn talk(stream: TcpStream, fault: Fault, heard: &Mutex<(Vec<String>, usize)>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream);
    lines.get_mut().write_all(b"* OK [CAPABILITY IMAP4rev1 IDLE] ready\r\n")?;
    let mut is_seen = heard.lock().unwrap().0.iter().any(|line| line.contains("STORE"));
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        heard.lock().unwrap().0.push(line.trim_end().to_owned());
        let tag = line.split(' ').next().unwrap_or_default().to_owned();
        let out = lines.get_mut();
        if line.contains("SEARCH") {
            out.write_all(if is_seen { b"* SEARCH\r\n" } else { b"* SEARCH 7\r\n" })?;
        } else if line.contains("RFC822.SIZE") {
            out.write_all(b"* 1 FETCH (UID 7 RFC822.SIZE 100)\r\n")?;
        } else if line.contains("BODY.PEEK[]") {
            match fault {
                Fault::Cut => return out.write_all(b"* 1 FETCH (UID 7 BODY[] {100}\r\nSubject: ha"),
                Fault::Huge => {
                    out.write_all(b"* 1 FETCH (UID 7 BODY[] {2147483648}\r\n")?;
                    loop {
                        out.write_all(&[b'x'; 65_536])?;
                    }
                }
                Fault::Endless => loop {
                    out.write_all(&[b'x'; 65_536])?;
                },
                Fault::Refuses => {
                    out.write_all(format!("{tag} NO [SERVERBUG] it is broken\r\n").as_bytes())?;
                    continue;
                }
                Fault::Nothing => {
                    out.write_all(format!("* 1 FETCH (UID 7 BODY[] {{{}}}\r\n{MAIL})\r\n", MAIL.len()).as_bytes())?;
                }
            }
        } else if line.contains("CAPABILITY") {
            out.write_all(b"* CAPABILITY IMAP4rev1 IDLE\r\n")?;
        } else if line.contains("STORE") {
            is_seen = true;
        } else if line.contains("IDLE") {
            out.write_all(b"+ idling\r\n")?;
            let mut done = String::new();
            lines.read_line(&mut done)?;
            assert_eq!(done, "DONE\r\n");
        } else if line.contains("LOGOUT") {
            out.write_all(b"* BYE\r\n")?;
        }
        lines.get_mut().write_all(format!("{tag} OK [READ-WRITE] done\r\n").as_bytes())?;
    }
}

/// A house whose daemon reads at this port.
pub(super) fn reading_house(port: u16, more: &str) -> House {
    let house = House::new();
    let settings = format!(
        "[replies]\nimap.host = \"localhost\"\nimap.port = {port}\nimap.username = \"replies\"\n\
         imap.password_file = \"imap-password\"\n{more}"
    );
    house.change_settings("[replies]\n", &settings);
    house.change_settings("# bounce_mailbox", "bounce_mailbox");
    house.write_secret("config/imap-password", "sesame-open-4711\n");
    house
}

fn taken(house: &House) -> usize {
    house.objects(&["replies", "list"]).len()
}

fn started(house: &House) -> Serve {
    house.serve(&["--set", "replies.imap.tls=none"])
}

#[test]
fn a_connection_that_breaks_loses_no_mail_and_marks_none() {
    for (faults, told) in [
        (&[Fault::Cut, Fault::Nothing][..], "it has closed the connection"),
        (&[Fault::Endless, Fault::Nothing], "it says more than can be an answer"),
    ] {
        let server = Server::start(faults);
        let house = reading_house(server.port, "");
        let mut serve = started(&house);
        serve.wait_for(told);
        waits_until("it is taken", || server.heard("UID STORE 7 +FLAGS.SILENT (\\Seen)") == 1);
        assert_eq!(taken(&house), 1);
        waits_until("nobody is needed", || !house.run(&["status"]).out.contains("replies-unread"));
        // It ends at once although it waits for news.
        assert_eq!(serve.end(), Some(0));
        assert!(server.heard("LOGOUT") >= 1);
        assert!(!serve.log().contains("panicked") && !serve.log().contains("sesame"), "{}", serve.log());
    }
}

#[test]
fn a_mail_that_grows_while_it_comes_is_left_and_not_asked_for_again() {
    let server = Server::start(&[Fault::Huge]);
    let house = reading_house(server.port, "");
    let mut serve = started(&house);
    serve.wait_for("a mail at the IMAP server is not taken");
    // The connection is lost with it; over the next one it is not asked for.
    waits_until("it waits for news", || server.heard("IDLE") == 1);
    assert_eq!((server.heard("BODY.PEEK[]"), server.heard("STORE"), taken(&house)), (1, 0, 0));
    let told = "1 mail in the folder `INBOX` cannot be taken, such as UID 7: a mail is longer than";
    waits_until("a person is told", || house.run(&["status"]).out.contains(told));
    assert_eq!(serve.end(), Some(0));
}

#[test]
fn a_mail_that_never_comes_is_left_for_those_behind_it() {
    for (fault, why) in
        [(Fault::Cut, "it has closed the connection"), (Fault::Refuses, "it refuses UID FETCH: it is broken")]
    {
        let server = Server::start(Box::leak(Box::new([fault])));
        let house = reading_house(server.port, "");
        let mut serve = started(&house);
        serve.wait_for("a mail at the IMAP server is not taken");
        waits_until("it waits for news", || server.heard("IDLE") == 1);
        assert_eq!((server.heard("BODY.PEEK[]"), server.heard("STORE"), taken(&house)), (3, 0, 0));
        let told = format!("1 mail in the folder `INBOX` cannot be taken, such as UID 7: {why}");
        waits_until("a person is told", || house.run(&["status"]).out.contains(&told));
        assert_eq!(serve.end(), Some(0));
    }
}

#[test]
fn a_server_that_hangs_does_not_hold_up_the_end() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let house = reading_house(listener.local_addr().unwrap().port(), "");
    let mut serve = started(&house);
    // It is connected to, and says nothing.
    let (_stream, _) = listener.accept().unwrap();
    assert_eq!(serve.end(), Some(0));
    assert!(!serve.log().contains("did not end in time"), "{}", serve.log());
}
