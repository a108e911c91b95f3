//! `replies read` and `list`, as a mail server or an operator calls them.

use std::{
    fs,
    io::Write,
    process::{Output, Stdio},
};

use super::{House, public_leaving::token_of};
use crate::replies::case;

/// Hands a mail over on standard input.
fn piped(house: &House, words: &[&str], mail: &[u8]) -> Output {
    let mut command = house.command(words);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(mail).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_mail_is_read_from_a_file_and_from_standard_input() {
    let house = House::new();
    house.done(&["subscribers", "add", "reader@example.net", "--language", "de"]);
    house.done(&["send", "green-economy"]);
    let mails = house.objects(&["deliveries", "list"]);
    let id = mails[0]["message_id"].as_str().unwrap().trim_matches(['<', '>']).to_owned();
    let bounce = String::from_utf8(case("postfix-mailbox-full-headers")).unwrap();
    let bounce = bounce.replace("green-economy.12.345.k3x9@example.org", &id);
    fs::write(house.path("bounce.eml"), &bounce).unwrap();
    let file = house.path("bounce.eml").display().to_string();

    let text = house.done(&["replies", "read", &file]);
    assert!(text.contains(": bounce, reader@example.net, mail 1 of green-economy/1 by its message id\n"), "{text}");
    assert!(text.contains("\n  it has no token of ours, and anybody can write that: noted, nothing follows\n  552 5.2.2 Mailbox full\n"), "{text}");
    let again = house.objects(&["replies", "read", &file]).remove(0);
    assert_eq!(again["is_new"], false);
    let parts = ["kind", "status", "outcome"].map(|key| again[key].as_str().unwrap());
    assert_eq!(
        parts,
        ["bounce", "5.2.2", "it has no token of ours, and anybody can write that: noted, nothing follows"]
    );

    let leave = String::from_utf8(case("leave-nothing")).unwrap();
    let subject = format!("Subject: unsubscribe {}\n", token_of(&house, "reader@example.net"));
    let leave = leave.replace("@example.org", "@greenbrief.dev").replace("Subject: Please\n", &subject);
    let done = piped(&house, &["replies", "read"], leave.as_bytes());
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success() && text.contains("-: leave, reader@example.net\n  left green-economy"), "{text}");
    assert!(text.ends_with("wait: `greenbrief serve` sends them.\n"), "{text}");
    assert_eq!(house.objects(&["subscribers", "list"])[0]["state"], "ended");

    let listed = house.objects(&["replies", "list"]);
    let kinds: Vec<_> = listed.iter().map(|reply| reply["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["leave", "bounce"]);
    assert_eq!(house.objects(&["replies", "list", "--kind", "bounce", "--address", "Reader@example.net"]).len(), 1);
    assert!(house.done(&["replies", "list", "--kind", "complaint"]).contains("No such mail came back."));
    assert!(house.done(&["replies", "list"]).starts_with("NUMBER  READ (UTC)"));
}

#[test]
fn what_cannot_be_read_is_told() {
    let house = House::new();
    house.done(&["subscribers", "add", "reader@example.net", "--language", "de"]);
    assert!(house.refused(&["replies", "read", "absent.eml"]).contains("absent.eml cannot be read: No such file"));
    let empty = piped(&house, &["replies", "read"], b"");
    assert_eq!(empty.status.code(), Some(4));
    let told = String::from_utf8(empty.stderr).unwrap();
    assert!(told.contains("-: the mail is empty"), "{told}");
    let wrong = house.command(&["replies", "list", "--kind", "bounced"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    let told = String::from_utf8(wrong.stderr).unwrap();
    assert!(told.contains("the kinds are bounce, delayed, delivered, complaint, report"), "{told}");
}

#[test]
fn a_bounce_of_fifty_megabytes_takes_little() {
    let house = House::new();
    house.done(&["subscribers", "add", "reader@example.net", "--language", "de"]);
    let mut mail = case("netease-not-found");
    mail.extend(b"0123456789abcde\n".repeat(50_000_000 / 16));
    let done = piped(&house, &["--format", "json", "replies", "read", "--sender", "<>"], &mail[..9_000_000]);
    assert!(done.status.success(), "{done:?}");
    fs::write(house.path("large.eml"), &mail).unwrap();
    let verdict = house.objects(&["replies", "read", &house.path("large.eml").display().to_string()]).remove(0);
    assert_eq!((verdict["kind"].as_str(), verdict["status"].as_str()), (Some("bounce"), Some("")));
}

#[test]
fn what_came_back_is_seen_where_one_looks() {
    let house = House::new();
    for reader in ["gone@example.net", "angry@example.net"] {
        house.done(&["subscribers", "add", reader, "--language", "de"]);
    }
    house.done(&["send", "green-economy"]);
    assert!(house.done(&["subscribers", "list", "--suppressed"]).contains("No address is suppressed."));
    for (name, reader) in [("dsn-without-verp", "gone@example.net"), ("arf-without-verp", "angry@example.net")] {
        let mail = String::from_utf8(case(name)).unwrap().replace("LEAVETOKEN", &token_of(&house, reader));
        let done = piped(&house, &["replies", "read"], mail.as_bytes());
        assert!(done.status.success(), "{done:?}");
    }
    let shown = house.done(&["deliveries", "show", "1"]);
    assert!(shown.contains("\nbounced    ") && shown.contains(", gone 5.1.1: 550 5.1.1 No such user\n"), "{shown}");
    assert!(shown.contains(", bounce: suppressed: gone: 550 5.1.1 No such user"), "{shown}");
    let shown = house.objects(&["deliveries", "show", "2"]).remove(0);
    assert_eq!((&shown["bounce"], &shown["came_back"][0]["kind"]), (&serde_json::Value::Null, &"complaint".into()));
    let shown = house.done(&["editions", "show", "green-economy/1"]);
    assert!(shown.contains("\nbounced    1 gone\ncame back  1 bounce, 1 complaint"), "{shown}");
    let shown = house.done(&["subscribers", "show", "gone@example.net"]);
    assert!(shown.contains("\n  bounced ") && shown.contains("\ncame back 1: bounce on "), "{shown}");
    let export = house.objects(&["subscribers", "export", "angry@example.net"]).remove(0);
    assert_eq!(export["came_back"][0]["kind"], "complaint");
    let listed = house.done(&["subscribers", "list", "--suppressed"]);
    let rows: Vec<_> = listed.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(rows, ["ADDRESS", "angry@example.net", "gone@example.net"], "{listed}");
    let listed = house.objects(&["subscribers", "list", "--suppressed"]);
    assert_eq!(listed[1]["reason"], "gone: 550 5.1.1 No such user");
    let wrong = house.command(&["subscribers", "list", "--suppressed", "--language", "de"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
}
