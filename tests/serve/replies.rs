//! `replies read` and `list`, as a mail server or an operator calls them.

use std::{
    fs,
    io::Write,
    process::{Output, Stdio},
};

use super::House;
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

    let leave = String::from_utf8(case("leave-subject")).unwrap();
    let stem = id.split('@').next().unwrap();
    let done = piped(&house, &["replies", "read"], leave.replace("green-economy.12.345.k3x9", stem).as_bytes());
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success() && text.contains("-: leave, reader@example.net\n  left green-economy"), "{text}");
    assert_eq!(house.objects(&["subscribers", "list"])[0]["state"], "ended");

    let listed = house.objects(&["replies", "list"]);
    let kinds: Vec<_> = listed.iter().map(|reply| reply["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["leave", "bounce"]);
    assert_eq!(house.objects(&["replies", "list", "--kind", "bounce", "--address", "Reader@example.net"]).len(), 1);
    assert!(house.done(&["replies", "list", "--kind", "complaint"]).contains("No such mail came back."));
    assert!(house.done(&["replies", "list"]).starts_with("READ (UTC)"));
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
