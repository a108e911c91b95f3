//! Mails that come back and are read by IMAP out of Dovecot.

use super::{
    House, Serve,
    dovecot::{Dovecot, PASSWORD},
    imap::reading_house,
    intake::waits_until,
    public_leaving::{active, subscribe, token_of},
};
use crate::replies::case;

const MAIL: &str = "From: reader@example.net\nTo: brief@greenbrief.dev\nSubject: hello\n\nhello\n";

fn started(house: &House, server: &Dovecot) -> Serve {
    let mut command = house.command(&["serve"]);
    command.env("SSL_CERT_FILE", server.authority());
    Serve::start(command)
}

fn status(house: &House) -> String {
    house.run(&["status"]).out
}

#[test]
fn readers_leave_by_mail_out_of_a_mailbox_and_each_mail_is_marked_once_that_is_committed() {
    for (tls, port) in [("implicit", None), ("starttls", Some(()))] {
        let server = Dovecot::start(&[]);
        let house = reading_house(port.map_or(server.imaps, |()| server.imap), &format!("imap.tls = \"{tls}\"\n"));
        for address in ["anna@example.net", "bernd@example.net"] {
            subscribe(&house, address, "de");
        }
        let to = |address: &str| format!("unsubscribe+{}@greenbrief.dev", token_of(&house, address));
        let leave = |address: &str| format!("From: <{address}>\nTo: <{}>\nSubject:\n\n", to(address));
        // One is there before the daemon, the other comes while it waits for news.
        server.deliver(&to("anna@example.net"), &leave("anna@example.net"));
        let mut serve = started(&house, &server);
        serve.wait_for("mails that come back are read by IMAP");
        waits_until("the first is read", || server.unread_and_read("replies") == (0, 1));
        assert_eq!(active(&house), 1);
        server.deliver(&to("bernd@example.net"), &leave("bernd@example.net"));
        waits_until("the second is read", || server.unread_and_read("replies") == (0, 2));
        assert_eq!(active(&house), 0);
        assert_eq!(serve.end(), Some(0));
        assert!(!serve.log().contains(PASSWORD), "{}", serve.log());
        // Read again, nothing follows from it.
        let log = house.objects(&["replies", "list"]);
        assert_eq!(log.len(), 2, "{log:?}");
    }
}

#[test]
fn what_cannot_be_taken_stays_unread_and_is_told_once() {
    let server = Dovecot::start(&[]);
    let house = reading_house(server.imaps, "");
    let operators = "[operators]\nemail = [\"operator@greenbrief.dev\"]\nafter_edition = false #";
    house.change_settings(operators, "# nobody #");
    server.deliver("brief@greenbrief.dev", MAIL);
    server.deliver("brief@greenbrief.dev", &String::from_utf8(case("auto-outlook")).unwrap());
    server.put("replies", "1800000000.large", &[MAIL.as_bytes(), &b"x\n".repeat(5_000_000)].concat());
    let mut serve = started(&house, &server);
    waits_until("one is read", || server.unread_and_read("replies") == (2, 1));
    waits_until("a person is told", || {
        status(&house).contains("2 mails in the folder `INBOX` cannot be taken, such as UID")
    });
    // A person can be told now: what was written to us goes there, what is too large stays.
    house.change_settings("# nobody #", operators);
    waits_until("another is read", || server.unread_and_read("replies") == (1, 2));
    waits_until("a person is told", || {
        status(&house).contains("1 mail in the folder `INBOX` cannot be taken, such as UID")
    });
    let log = serve.log();
    assert_eq!(log.matches("why=\"a mail is longer than 10000000 octets\"").count(), 2, "once for each config: {log}");
    assert_eq!(serve.end(), Some(0));
}

#[test]
fn a_mailbox_that_cannot_be_read_is_told_and_an_edit_mends_it() {
    let server = Dovecot::start(&[]);
    server.deliver("brief@greenbrief.dev", MAIL);
    let house = reading_house(server.imaps, "imap.folder = \"Nowhere\"\n");
    let mut serve = started(&house, &server);
    waits_until("the folder", || {
        status(&house).contains("the folder `Nowhere` cannot be opened: Mailbox doesn't exist")
    });
    house.write_secret("config/imap-password", "hunter2\n");
    house.change_settings("imap.folder = \"Nowhere\"\n", "");
    waits_until("the password", || {
        status(&house).contains("the login of `replies` is refused: Authentication failed.")
    });
    house.write_secret("config/imap-password", PASSWORD);
    waits_until("it is read", || server.unread_and_read("replies") == (0, 1));
    waits_until("nobody is needed", || !status(&house).contains("replies-unread"));
    house.change_settings("imap.host = \"localhost\"", "imap.host = \"127.0.0.1\"");
    waits_until("the name", || status(&house).contains("the server's certificate is for localhost, not for 127.0.0.1"));
    house.change_settings("imap.host", "# imap.host");
    for key in ["imap.port", "imap.username", "imap.password_file"] {
        house.change_settings(&format!("\n{key}"), &format!("\n# {key}"));
    }
    waits_until("nothing is to be read", || !status(&house).contains("replies-unread"));
    assert_eq!(serve.end(), Some(0));
    let log = serve.log();
    assert!(!log.contains(PASSWORD) && !log.contains("hunter2"), "{log}");
    // Without the authority nothing is said to the server.
    let house = reading_house(server.imaps, "");
    let mut serve = house.serve(&[]);
    serve.wait_for("no mails are read by IMAP; trying again");
    assert!(serve.log().contains("no authority that this machine trusts vouches"), "{}", serve.log());
    assert_eq!(serve.end(), Some(0));
}
