//! A person to whom all happened that can happen is erased while the daemon is at work: no file, no mail in the maildir and no
//! line of the log holds their address, as it is or encoded. What stays elsewhere is named.

use std::{fs, io::ErrorKind, path::Path};

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::{
    free_port,
    intake::{Lmtp, waits_until, with_crlf},
    public::{Pages, public_house},
    public_joining::{filled, link},
    public_leaving::{active, subscribe, token_of},
};

const GERD: &str = "gerd@erased.example";

/// Does a file hold the address, in whatever case, as it is or in base64 lines?
fn holds(bytes: &[u8]) -> bool {
    let names = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_ascii_lowercase().contains(GERD);
    let text = String::from_utf8_lossy(bytes);
    // Each mail has one or more blocks of base64, whose lines belong together.
    let mut blocks = vec![String::new()];
    for line in text.lines() {
        let is_base64 =
            !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
        match (is_base64, blocks.last_mut()) {
            (true, Some(block)) => block.push_str(line),
            _ => blocks.push(String::new()),
        }
    }
    names(bytes) || blocks.iter().filter_map(|block| BASE64_STANDARD.decode(block).ok()).any(|block| names(&block))
}

/// The files in a folder that hold the address. A file that is written anew bears another name for a moment, and is not counted
/// under that: it is seen under its own.
fn holding(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            holding(&path, found);
            continue;
        }
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => panic!("{}: {error}", path.display()),
        };
        if holds(&bytes) && path.extension().is_none_or(|end| end != "part") {
            found.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
}

#[test]
fn nothing_is_left_of_a_person_to_whom_all_happened() {
    let (house, port) = (public_house(), free_port());
    house.change_settings("[replies]\n", &format!("[replies]\nlmtp = \"127.0.0.1:{port}\"\n"));
    house.change_settings("# bounce_mailbox", "bounce_mailbox");
    subscribe(&house, "other@example.net", "en");
    house.done(&["send", "green-economy"]);
    let mut pages = Pages::start(&house);
    // They join, and get the latest edition.
    assert_eq!(pages.post("/green-economy/join", &filled(&pages, "Gerd@Erased.example")).status, 200);
    let confirm = link(&house, &pages, "Gerd@erased.example", "/c/");
    assert_eq!(pages.post(&confirm, "lang=de").status, 200);
    let mails = || {
        let mut found = Vec::new();
        holding(&house.path("reports"), &mut found);
        found.len()
    };
    waits_until("the edition is there", || mails() == 2);
    let token = token_of(&house, "Gerd@Erased.example");
    // They write, and the operators get it; they leave by mail, and get an answer; their mailbox is gone; an operator adds a
    // word.
    let mut client = Lmtp::greeted(port);
    let letter = "From: Gerd <GERD@erased.example>\r\nSubject: Grüße von Gerd@erased.example\r\n\r\nIch, gerd@ERASED.example, frage.\r\n";
    assert_eq!(
        client.deliver("gerd@erased.example", &["brief@greenbrief.dev"], letter.as_bytes()),
        ["250 2.0.0 taken"]
    );
    let leave = with_crlf("leave-token-qq");
    let to = format!("unsubscribe+{token}@greenbrief.dev");
    assert_eq!(client.deliver("gerd@erased.example", &[&to], leave.as_bytes()), ["250 2.0.0 taken"]);
    let mails_of = house.objects(&["deliveries", "list", "--address", GERD]);
    let edition = mails_of.iter().find(|mail| mail["kind"] == "edition").unwrap();
    let id = edition["message_id"].as_str().unwrap().trim_matches(['<', '>']).to_owned();
    let bounce = with_crlf("qmail-no-mailbox").replace("green-economy.12.345.k3x9@example.org", &id);
    assert_eq!(client.deliver("", &["bounce@greenbrief.dev"], bounce.as_bytes()), ["250 2.0.0 taken"]);
    house.done(&["subscribers", "suppress", GERD, "--reason", "550 <Gerd@ERASED.example> unknown"]);
    assert_eq!(pages.post("/leave/green-economy", "lang=de&address=gerd%40erased.example").status, 200);
    waits_until("the operators have the letter, and they an answer", || mails() >= 4);
    let mut found = Vec::new();
    holding(&house.path("var"), &mut found);
    assert!(!found.is_empty());

    let told = house.done(&["subscribers", "forget", GERD, "--yes"]);
    assert!(told.starts_with("gerd@erased.example is erased: 1 subscription, "), "{told}");
    assert!(
        told.contains("1 mail about the person went to operator@greenbrief.dev: copies stay in those mailboxes."),
        "{told}"
    );
    let mut found = Vec::new();
    for folder in ["var", "reports"] {
        holding(&house.path(folder), &mut found);
    }
    assert_eq!(found, [""; 0], "{told}");
    assert!(!holds(pages.serve.log().as_bytes()), "{}", pages.serve.log());
    assert_eq!(pages.serve.end(), Some(0));
    // What the daemon wrote at its end.
    holding(&house.path("var"), &mut found);
    assert_eq!(found, [""; 0]);
    assert!(!holds(pages.serve.log().as_bytes()), "{}", pages.serve.log());
}

#[test]
fn nothing_of_a_person_is_left_in_the_maildir_but_what_nobody_has_read() {
    let house = public_house();
    let folder = house.path("Maildir");
    house.change_settings("[replies]\n", &format!("[replies]\nmaildir = \"{}\"\n", folder.display()));
    for name in ["new", "cur", "tmp"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    subscribe(&house, GERD, "de");
    subscribe(&house, "other@example.net", "en");
    let body = "Anna schrieb an gerd@erased.example, und er antwortet nicht.\r\n";
    let lines: String =
        BASE64_STANDARD.encode(body).as_bytes().chunks(40).map(|line| String::from_utf8_lossy(line) + "\r\n").collect();
    let head = "From: Anna <anna@other.example>\r\nTo: brief@greenbrief.dev\r\n";
    for (name, mail) in [
        (
            "1",
            "From: Gerd <GERD@erased.example>\r\nTo: brief@greenbrief.dev\r\nSubject: Frage\r\n\r\nWann?\r\n"
                .to_owned(),
        ),
        ("2", format!("{head}Subject: a\r\nContent-Transfer-Encoding: base64\r\n\r\n{lines}")),
        ("3", format!("{head}Subject: =?utf-8?Q?f=C3=BCr_gerd=40erased.example?=\r\n\r\nx\r\n")),
        (
            "4",
            format!(
                "{head}Subject: a\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nan gerd=40era=\r\nsed.example\r\n"
            ),
        ),
        ("5", format!("{head}Subject: a\r\n\r\nan gerda@erased.example.net\r\n")),
    ] {
        fs::write(folder.join("new").join(name), mail).unwrap();
    }
    let mut serve = house.serve(&[]);
    waits_until("all are read", || house.names("Maildir/cur").len() == 5);
    assert_eq!(serve.end(), Some(0));
    // Nobody has read these: the one may say no for Anna.
    fs::write(folder.join("new/6"), format!("{head}Subject: unsubscribe\r\n\r\nas gerd@erased.example did\r\n"))
        .unwrap();
    fs::write(folder.join("new/7"), "Return-Path: <Gerd@erased.example>\r\nSubject: b\r\n\r\nb\r\n").unwrap();

    let told = house.done(&["subscribers", "forget", GERD, "--yes"]);
    assert!(told.contains(", 5 maildir files\n"), "{told}");
    // One subscription, one note that it began, and no refusal: what ends it is not counted as known.
    assert!(told.contains("1 subscription, 1 history entry, 0 requests, 0 refusals, "), "{told}");
    let unread = folder.join("new/6");
    assert!(told.contains(&format!("is not read yet: {}. Run this again", unread.display())), "{told}");
    assert_eq!(house.names("Maildir/cur"), ["5:2,S"]);
    assert_eq!(house.names("Maildir/new"), ["6"]);
    let mut serve = house.serve(&[]);
    waits_until("it is read", || house.names("Maildir/cur").len() == 2);
    assert_eq!(serve.end(), Some(0));
    let told = house.done(&["subscribers", "forget", GERD, "--yes"]);
    assert!(told.contains("1 maildir file"), "{told}");
    assert_eq!(house.names("Maildir/cur"), ["5:2,S"]);
    let mut found = Vec::new();
    for name in ["var", "reports", "Maildir"] {
        holding(&house.path(name), &mut found);
    }
    found.retain(|name| name != "5:2,S");
    assert_eq!(found, [""; 0]);
}

#[test]
fn what_stays_with_a_provider_is_named() {
    let house = public_house();
    let imap = "[replies]\nimap = { host = \"imap.example.org\", username = \"brief@example.org\" }\n";
    house.change_settings("[replies]\n", imap);
    fs::write(house.path("config/imap-password"), "secret").unwrap();
    subscribe(&house, GERD, "de");
    let told = house.done(&["subscribers", "forget", GERD, "--yes"]);
    let named = "greenbrief deletes no mail in the folder INBOX of brief@example.org at imap.example.org: search it";
    assert!(told.contains(named), "{told}");
}

#[test]
fn who_has_a_longer_address_keeps_everything() {
    let house = public_house();
    let folder = house.path("Maildir");
    house.change_settings("[replies]\n", &format!("[replies]\nmaildir = \"{}\"\n", folder.display()));
    for name in ["new", "cur", "tmp"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    let others = ["agerd@erased.example", "x.gerd@erased.example", "gerd@erased.example.org"];
    for address in [GERD].into_iter().chain(others) {
        subscribe(&house, address, "en");
    }
    for (number, address) in others.iter().enumerate() {
        house.write(
            "question.eml",
            &format!("From: {address}\r\nTo: brief@greenbrief.dev\r\nSubject: a\r\n\r\nWhen?\r\n"),
        );
        house.done(&["replies", "read", "question.eml"]);
        let token = token_of(&house, address);
        let no = format!("From: {address}\r\nTo: unsubscribe+{token}@greenbrief.dev\r\nSubject: b\r\n\r\nb\r\n");
        fs::write(folder.join("new").join(number.to_string()), no).unwrap();
    }
    let named = format!("Subject: b\r\nFrom: \"for {GERD}\"\r\n <zed@other.example>\r\n\r\nb\r\n");
    fs::write(folder.join("new/zed"), named).unwrap();

    let told = house.done(&["subscribers", "forget", GERD, "--yes"]);
    assert!(told.contains(", 0 maildir files") && !told.contains("still holds"), "{told}");
    assert_eq!(house.names("Maildir/new"), ["0", "1", "2", "zed"]);
    let told = house.objects(&["replies", "list"]);
    let mut writers: Vec<&str> = told.iter().map(|reply| reply["address"].as_str().unwrap()).collect();
    writers.sort_unstable();
    assert_eq!(writers, [others[0], others[2], others[1]]);
    let mails = house.objects(&["deliveries", "list", "--address", "operator@greenbrief.dev"]);
    assert_eq!(mails.len(), 3);
    for reply in &told {
        let (id, address) = (reply["id"].to_string(), reply["address"].as_str().unwrap());
        let shown = house.done(&["replies", "show", &id]);
        assert!(shown.contains(&format!("{address} wrote a mail.")), "{shown}");
        assert_eq!(house.objects(&["subscribers", "show", address])[0]["subscriptions"][0]["state"], "active");
    }
    // What nobody had read is done.
    let mut serve = house.serve(&[]);
    waits_until("all are read", || house.names("Maildir/new").is_empty());
    assert_eq!(serve.end(), Some(0));
    assert_eq!(active(&house), 0);
}
