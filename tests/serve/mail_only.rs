//! Readers who have nothing but mail, and a daemon without any public page: they join, confirm, read and leave.

use std::{fs, time::Instant};

use super::{
    House,
    intake::{Lmtp, house, started, waits_until},
    public_leaving::{active, subscribe, token_of},
};
use crate::replies::case;

/// A house whose brief can be joined by mail, with an edition that was sent to nobody.
fn open_house() -> (House, u16) {
    let (house, port) = house();
    house.change("# public = \"off\" ", "public = \"link\" #");
    let sent = house.run(&["send", "green-economy", "--allow-empty"]);
    assert_eq!(sent.code, 0, "{}{}", sent.out, sent.err);
    (house, port)
}

fn mail(from: &str, more: &str, text: &str) -> Vec<u8> {
    format!("From: {from}\r\nMessage-ID: <1.{}@mx.example.net>\r\n{more}\r\n{text}\r\n", text.len()).into_bytes()
}

/// The mails to somebody that went out, in their order.
fn mails_to(house: &House, who: &str) -> Vec<String> {
    let names = house.outbox();
    let texts = names.iter().map(|name| fs::read_to_string(house.path(&format!("reports/outbox/{name}"))).unwrap());
    texts.filter(|text| text.contains(&format!("\r\nTo: {who}\r\n"))).collect()
}

fn header<'a>(mail: &'a str, name: &str) -> Option<&'a str> {
    let head = mail.split("\r\n\r\n").next().unwrap();
    head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
}

/// The text of a mail as an answer quotes it, each line behind a sign.
fn quoted(mail: &str) -> String {
    let parsed = mail_parser::MessageParser::default().parse(mail.as_bytes()).unwrap();
    parsed.body_text(0).unwrap().lines().map(|line| format!("> {line}\r\n")).collect()
}

fn outcome(house: &House) -> String {
    house.objects(&["replies", "list", "--last", "1"])[0]["outcome"].as_str().unwrap().to_owned()
}

#[test]
fn a_reader_joins_confirms_reads_and_leaves_without_any_page() {
    let (house, port) = open_house();
    let mut serve = started(&house);
    let mut client = Lmtp::greeted(port);
    let taken = ["250 2.0.0 taken"];
    let asks = mail("Anna <anna@example.net>", "Subject: \r\n", "");
    let to = "subscribe+green-economy.de@greenbrief.dev";
    assert_eq!(client.deliver("anna@example.net", &[to], &asks), taken);
    assert_eq!(outcome(&house), "asked whether they want green-economy in de");
    waits_until("a confirmation mail", || mails_to(&house, "anna@example.net").len() == 1);
    let asked = mails_to(&house, "anna@example.net").remove(0);
    let confirm = header(&asked, "Reply-To").unwrap().to_owned();
    assert!(confirm.starts_with("confirm+c") && confirm.ends_with("@greenbrief.dev"), "{asked}");
    assert!(asked.contains(&format!("\r\n\r\n{confirm}\r\n")), "{asked}");
    // No page is named but that of the imprint, and nothing else is advertised.
    assert_eq!(asked.matches("http").count(), asked.matches("https://greenbrief.dev/privacy").count(), "{asked}");
    assert!(asked.contains("Damit erkl=C3=A4ren Sie: "), "{asked}");
    // Nobody is asked twice a day, whoever asks.
    let again = mail("anna@example.net", "", "please!");
    assert_eq!(client.deliver("bot@example.com", &[to], &again), taken);
    assert_eq!(outcome(&house), "asked within a day already: nothing follows");
    // A program that answers confirms nothing, by whatever sign it is known.
    for (sender, more) in [
        ("", "Subject: Re: Bitte\r\n"),
        ("anna@example.net", "Auto-Submitted: auto-replied\r\n"),
        ("anna@example.net", "Precedence: bulk\r\n"),
        ("anna@example.net", "X-Auto-Response-Suppress: All\r\n"),
        ("anna@example.net", "Subject: Abwesenheitsnotiz: Bitte best=?utf-8?q?=C3=A4?=tigen\r\n"),
    ] {
        let away = mail("anna@example.net", more, "Ich bin bis Montag nicht da.");
        assert_eq!(client.deliver(sender, &[&confirm], &away), taken);
        assert_eq!(outcome(&house), "a program answered: nothing follows", "{more}");
    }
    // Nor does what may be a no, wherever it stands, or anything else that a person or an unmarked program writes.
    let quoted = quoted(&asked);
    let (no, unclear) = ("it holds a no, and may mean something else", "it is neither empty nor says yes alone");
    for (why, text) in [
        (no, format!("Ich bin bis zum 7. Dezember nicht im Haus.\r\n\r\n{quoted}")),
        (no, "Keine Ahnung, was ist das?".to_owned()),
        (no, "Ja. Aber nein, doch.".to_owned()),
        (unclear, format!("Ich bin bis zum 7. Dezember im Haus nur selten zu erreichen.\r\n\r\n{quoted}")),
        (unclear, format!("Ihre Anfrage ist eingegangen, Vorgang 4711.\r\n\r\n{quoted}")),
        (unclear, "Wer sind Sie?".to_owned()),
    ] {
        let says = mail("anna@example.net", "Subject: Re: Bitte\r\n", &text);
        assert_eq!(client.deliver("anna@example.net", &[&confirm], &says), taken);
        assert_eq!(outcome(&house), format!("forwarded to the operators: {why}"), "{text}");
    }
    let forged = confirm.replace("+c", "+ca");
    let other = mail("anna@example.net", "", "ja, gern");
    assert_eq!(client.deliver("anna@example.net", &[&forged], &other), taken);
    assert!(outcome(&house).starts_with("forwarded to the operators: "), "{}", outcome(&house));
    assert_eq!(active(&house), 0);

    let begun = Instant::now();
    let yes = mail("anna@work.example", "Subject: Re: Bitte\r\n", &format!("{quoted}\r\n\r\nJa, bitte!"));
    assert_eq!(client.deliver("anna@work.example", &[&confirm.to_uppercase()], &yes), taken);
    assert_eq!(active(&house), 1);
    assert!(outcome(&house).ends_with("; the latest edition goes out"), "{}", outcome(&house));
    waits_until("the latest edition", || mails_to(&house, "anna@example.net").len() == 2);
    let took = begun.elapsed();
    println!("the latest edition went out {took:?} after the answer");
    assert!(took.as_secs() < 10, "{took:?}");
    let mails = mails_to(&house, "anna@example.net");
    let edition = mails.into_iter().find(|mail| header(mail, "List-Unsubscribe").is_some()).unwrap();
    let proof = house.objects(&["subscribers", "show", "anna@example.net"])[0]["sign_ups"][0].clone();
    assert_eq!((&proof["way"], &proof["language"]), (&"mail".into(), &"de".into()), "{proof}");
    assert!(proof["confirmed_at"].is_string() && proof["mail_sha256"].as_str().unwrap().len() == 64, "{proof}");

    // The header's address alone ends it, and the text names it, too.
    let leave = header(&edition, "List-Unsubscribe").unwrap();
    let leave = leave.trim_start_matches("<mailto:").trim_end_matches('>').to_owned();
    assert!(leave.starts_with("unsubscribe+u") && leave.ends_with("@greenbrief.dev"), "{leave}");
    assert!(edition.replace("=\r\n", "").matches(&leave).count() > 1, "{edition}");
    let goes = mail("anna@example.net", "", "x");
    assert_eq!(client.deliver("anna@example.net", &[&leave], &goes), taken);
    assert_eq!(active(&house), 0);
    waits_until("the answer", || mails_to(&house, "anna@example.net").len() == 3);
    let answer = mails_to(&house, "anna@example.net").into_iter().find(|mail| mail.contains("auto-replied")).unwrap();
    assert_eq!(header(&answer, "In-Reply-To"), Some("<1.1@mx.example.net>"), "{answer}");

    // She comes back on the same day, and is asked again: once.
    for (text, expected) in [
        ("doch wieder", "asked whether they want green-economy in de"),
        ("bitte wieder", "asked within a day already: nothing follows"),
    ] {
        let comes_back = mail("anna@example.net", "", text);
        assert_eq!(client.deliver("anna@example.net", &[to], &comes_back), taken);
        assert_eq!(outcome(&house), expected);
    }
    waits_until("a second confirmation mail", || mails_to(&house, "anna@example.net").len() == 4);
    assert_eq!(serve.end(), Some(0));
}

/// Asks to join by mail, and returns the address at which the mail that asks back is confirmed.
fn asked_back(house: &House, client: &mut Lmtp, who: &str) -> (String, String) {
    let asks = mail(who, &format!("X-N: {who}\r\n"), "");
    assert_eq!(client.deliver(who, &["subscribe+green-economy.de@greenbrief.dev"], &asks), ["250 2.0.0 taken"]);
    let asked = || mails_to(house, who).into_iter().find(|mail| mail.contains("\r\nReply-To: confirm+c"));
    waits_until("a confirmation mail", || asked().is_some());
    let asked = asked().unwrap();
    (header(&asked, "Reply-To").unwrap().to_owned(), quoted(&asked))
}

#[test]
fn a_no_to_the_mail_that_asks_ends_the_request() {
    let (house, port) = open_house();
    let mut serve = started(&house);
    let mut client = Lmtp::greeted(port);
    let taken = ["250 2.0.0 taken"];
    for (n, (subject, text)) in [
        ("Re: Bitte", "Nein, danke"),
        ("Re: Bitte bestätigen", "Das war ich nicht!\r\n\r\nQUOTED"),
        ("Re: Bitte bestätigen", "QUOTED\r\n\r\nNon merci"),
        ("", "拒绝"),
        ("Re: Bitte bestätigen", "Take me off your list\r\nQUOTED"),
        ("Abmelden", ""),
        ("unsubscribe", "x"),
    ]
    .into_iter()
    .enumerate()
    {
        let who = format!("anna{n}@example.net");
        let (confirm, quoted) = asked_back(&house, &mut client, &who);
        let text = text.replace("QUOTED", &quoted);
        let no = mail(&who, &format!("Subject: {subject}\r\nX-Who: {who}\r\n"), &text);
        assert_eq!(client.deliver(&who, &[&confirm], &no), taken);
        let done = outcome(&house);
        assert!(done.starts_with("said no to green-economy by the token c"), "{text}: {done}");
        assert!(done.contains(": the request is over"), "{text}: {done}");
        waits_until("it is answered", || mails_to(&house, &who).iter().any(|mail| mail.contains("Verstanden: Wir")));
        // Said twice, delivered twice, or taken back: nothing changes, and nobody is answered again.
        let again = mail(&who, &format!("X-Who: {who}\r\n"), "nein!");
        for mail in [&no, &again] {
            assert_eq!(client.deliver(&who, &[&confirm], mail), taken);
        }
        assert!(outcome(&house).ends_with(": it was over before"), "{}", outcome(&house));
        let yes = mail(&who, &format!("X-Who: {who}\r\n"), "ja, gern");
        assert_eq!(client.deliver(&who, &[&confirm], &yes), taken);
        assert_eq!(outcome(&house), "forwarded to the operators: they have left since they asked");
        assert_eq!(mails_to(&house, &who).len(), 2, "{who}");
    }
    assert_eq!(active(&house), 0);
    // No list brings in who said no.
    fs::write(house.path("list.csv"), "address,language\nanna0@example.net,de\n").unwrap();
    let list = house.path("list.csv").display().to_string();
    assert!(house.done(&["subscribers", "import", &list, "--consent", "fair"]).contains("1 reader has left"));
    let shown = house.done(&["subscribers", "show", "anna0@example.net"]);
    assert!(shown.contains("said no to the mail that asked"), "{shown}");
    assert_eq!(serve.end(), Some(0));
}

#[test]
fn a_no_of_who_had_confirmed_ends_the_subscription_and_more_words_reach_a_person() {
    let (house, port) = open_house();
    let mut serve = started(&house);
    let mut client = Lmtp::greeted(port);
    let taken = ["250 2.0.0 taken"];
    let (anna, bernd) = ("anna@example.net", "bernd@example.net");
    let (confirm, quoted) = asked_back(&house, &mut client, anna);
    assert_eq!(client.deliver(anna, &[&confirm], &mail(anna, "", "ja")), taken);
    assert_eq!(active(&house), 1);
    assert_eq!(client.deliver(anna, &[&confirm], &mail(anna, "", &format!("Noch nicht.\r\n{quoted}"))), taken);
    // "noch" may mean anything: a person looks. "nicht" alone does not.
    assert_eq!((active(&house), outcome(&house).starts_with("forwarded to the operators: it holds")), (1, true));
    assert_eq!(client.deliver(anna, &[&confirm], &mail(anna, "", &format!("Nein.\r\n{quoted}"))), taken);
    assert!(outcome(&house).starts_with("left green-economy with a no by the token c"), "{}", outcome(&house));
    assert_eq!(active(&house), 0);
    // Who asks something as well is heard, and has said no all the same.
    let (confirm, _) = asked_back(&house, &mut client, bernd);
    let asks = mail(bernd, "Subject: Re: Bitte\r\n", "Nein danke. Woher haben Sie meine Adresse?");
    assert_eq!(client.deliver(bernd, &[&confirm], &asks), taken);
    let done = outcome(&house);
    assert!(done.contains("the request is over") && done.ends_with("forwarded to the operators"), "{done}");
    let told =
        || mails_to(&house, "operator@greenbrief.dev").into_iter().any(|mail| mail.contains("with a no, and was told"));
    waits_until("a person is told", told);
    // Of who was subscribed by a list and is asked by a form, too.
    let (carl, to) = ("carl@example.net", "subscribe+green-economy.de@greenbrief.dev");
    subscribe(&house, carl, "de");
    assert_eq!(client.deliver(carl, &[to], &mail(carl, "X-N: 1\r\n", "")), taken);
    waits_until("carl is asked", || !mails_to(&house, carl).is_empty());
    let confirm = header(&mails_to(&house, carl)[0], "Reply-To").unwrap().to_owned();
    assert_eq!(client.deliver(carl, &[&confirm], &mail(carl, "", "Das will ich nicht mehr.")), taken);
    assert_eq!(active(&house), 0);
    assert_eq!(serve.end(), Some(0));
}

#[test]
fn a_brief_that_is_not_open_is_joined_by_no_mail_and_a_person_is_told_why() {
    let (house, port) = house();
    let mut serve = started(&house);
    let mut client = Lmtp::greeted(port);
    let mut ask = |tag: &str, text: &str| {
        let to = format!("subscribe+{tag}@greenbrief.dev");
        let asks = mail("anna@example.net", "", text);
        assert_eq!(client.deliver("anna@example.net", &[&to], &asks), ["250 2.0.0 taken"]);
        outcome(&house)
    };
    let off = "forwarded to the operators: nobody joins it without you: public = \"off\"";
    assert_eq!(ask("green-economy.de", "1"), off);
    assert_eq!(ask("hydrogen.de", "22"), "forwarded to the operators: there is no such brief");
    house.change("# public = \"off\" ", "public = \"public\" #");
    serve.wait_for("a new config is in force");
    assert_eq!(ask("green-economy.fr", "333"), "forwarded to the operators: it is not written in that language");
    // Without a language it is the first of the brief.
    assert_eq!(ask("Green-Economy", "4444"), "asked whether they want green-economy in en");
    // Where an alias knows no plus sign, the only brief that is open is meant.
    let bare = mail("bernd@example.net", "To: subscribe@greenbrief.dev\r\n", "");
    assert_eq!(client.deliver("bernd@example.net", &["subscribe@greenbrief.dev"], &bare), ["250 2.0.0 taken"]);
    assert_eq!(outcome(&house), "asked whether they want green-economy in en");
    let told: Vec<_> = mails_to(&house, "operator@greenbrief.dev");
    assert!(mails_to(&house, "anna@example.net").len() <= 1, "{told:?}");
    waits_until("three are told", || mails_to(&house, "operator@greenbrief.dev").len() == 3);
    assert_eq!(serve.end(), Some(0));
}

#[test]
fn three_hundred_people_write_and_no_operator_is_flooded() {
    let (house, port) = house();
    let mut serve = started(&house);
    let mut client = Lmtp::greeted(port);
    for n in 0..300 {
        let from = format!("flood{n}@example.net");
        let writes = mail(&from, "Subject: hello\r\n", &format!("my question is number {n}."));
        assert_eq!(client.deliver(&from, &["brief@greenbrief.dev"], &writes), ["250 2.0.0 taken"]);
    }
    waits_until("ten are told", || mails_to(&house, "operator@greenbrief.dev").len() == 10);
    let kept = house.objects(&["replies", "list", "--last", "1"]).remove(0);
    assert_eq!(kept["outcome"], "kept for the operators, who are told within the hour");
    let text = house.done(&["replies", "show", &kept["id"].to_string()]);
    assert!(
        text.contains("flood299@example.net wrote a mail.") && text.contains("\n> my question is number 299."),
        "{text}"
    );
    let own = house.done(&["subscribers", "export", "flood299@example.net"]);
    assert!(own.contains("\"text\": \"my question is number 299.\\n\""), "{own}");
    let told = mails_to(&house, "operator@greenbrief.dev");
    assert_eq!(told.len(), 10);
    // An operator who presses "reply" answers whoever wrote.
    assert!(told.iter().all(|mail| mail.contains("\r\nReply-To: flood")), "{}", told[0]);
    // Each names what shows it.
    let shows = told[0].replace("=\r\n", "");
    let name = shows.split("greenbrief replies show ").nth(1).unwrap().lines().next().unwrap().trim().to_owned();
    assert!(house.done(&["replies", "show", &name]).contains("\n> my question is number "), "{name}");
    assert!(house.refused(&["replies", "show", "zzzzzzzz"]).contains("no mail with the number zzzzzzzz came back"));
    assert!(house.refused(&["replies", "show", "9999"]).contains("no mail with the number 9999 came back"));
    assert_eq!(serve.end(), Some(0));
}

#[test]
fn a_reader_without_a_mail_at_hand_is_sent_the_way_to_leave() {
    let (house, port) = house();
    subscribe(&house, "anna@example.net", "de");
    let mut serve = started(&house);
    let mut client = Lmtp::greeted(port);
    let mut writes = |from: &str, to: &str, text: &str| {
        let asks = mail(from, "Subject: unsubscribe green-economy\r\n", text);
        assert_eq!(client.deliver(from, &[to], &asks), ["250 2.0.0 taken"]);
        outcome(&house)
    };
    let mailbox = "unsubscribe@greenbrief.dev";
    assert_eq!(writes("anna@example.net", mailbox, ""), "the links to leave go to that address");
    assert_eq!(active(&house), 1);
    // Once a day; and a person looks at who is not known, and at who says more.
    assert_eq!(writes("anna@example.net", mailbox, "again"), "forwarded to the operators");
    assert_eq!(writes("nobody@example.net", mailbox, "out"), "forwarded to the operators");
    assert_eq!(writes("anna@example.net", mailbox, &"why? ".repeat(100)), "forwarded to the operators");
    waits_until("the links", || mails_to(&house, "anna@example.net").len() == 1);
    let links = mails_to(&house, "anna@example.net").remove(0);
    let token = token_of(&house, "anna@example.net");
    assert!(links.replace("=\r\n", "").contains(&format!("\r\nunsubscribe+{token}@greenbrief.dev\r\n")), "{links}");
    assert!(writes("anna@example.net", &format!("unsubscribe+{token}@greenbrief.dev"), "").starts_with("left "));
    assert_eq!(active(&house), 0);
    assert!(mails_to(&house, "nobody@example.net").is_empty());
    assert_eq!(serve.end(), Some(0));
}

#[test]
fn who_forges_a_sender_ends_nobodys_subscription() {
    let (house, port) = house();
    subscribe(&house, "victim@example.net", "en");
    house.done(&["send", "green-economy"]);
    let id = house.objects(&["deliveries", "list"])[0]["message_id"].as_str().unwrap().to_owned();
    let stem = id.trim_matches(['<', '>']).split('@').next().unwrap().to_owned();
    let mut serve = started(&house);
    let mut client = Lmtp::greeted(port);
    // The words stand in each mail, and its numbers are small.
    for (n, subject) in [
        format!("unsubscribe {stem}"),
        format!("Re: unsubscribe <{stem}@greenbrief.dev>"),
        "unsubscribe".to_owned(),
        "退订".to_owned(),
    ]
    .into_iter()
    .enumerate()
    {
        for to in ["brief@greenbrief.dev", "unsubscribe@greenbrief.dev"] {
            let forged = mail("victim@example.net", &format!("Subject: {subject}\r\nX-N: {n}\r\n"), to);
            assert_eq!(client.deliver("victim@example.net", &[to], &forged), ["250 2.0.0 taken"]);
            let first = n == 0 && to.starts_with("brief");
            let wanted = if first { "the links to leave go to that address" } else { "forwarded to the operators" };
            assert_eq!(outcome(&house), wanted, "{subject} {to}");
            assert_eq!(active(&house), 1, "{subject} {to}");
        }
    }
    let is_one = || mails_to(&house, "victim@example.net").iter().filter(|mail| mail.contains("unsubscribe+u")).count();
    waits_until("the links", || is_one() == 2);
    assert_eq!(serve.end(), Some(0));
}

#[test]
fn every_token_of_a_mail_ends_what_it_names() {
    let (house, port) = house();
    let readers = ["anna@example.net", "bernd@example.net", "chen@example.net", "dora@example.net", "emil@example.net"];
    for reader in readers {
        subscribe(&house, reader, "en");
    }
    let tokens = readers.map(|reader| token_of(&house, reader));
    let to = |token: &str| format!("unsubscribe+{token}@greenbrief.dev");
    let bad = to(&format!("u{}", "a".repeat(36)));
    // On standard input, where only the headers say to whom it went: two that are good, behind one that is not.
    let both = mail("a@example.net", &format!("To: {bad}, {}\r\nCc: {}\r\n", to(&tokens[0]), to(&tokens[1])), "");
    fs::write(house.path("both.eml"), &both).unwrap();
    let told = house.done(&["replies", "read", &house.path("both.eml").display().to_string()]);
    assert_eq!(told.matches("left green-economy by the token ").count(), 2, "{told}");
    assert_eq!(active(&house), 3);
    // Beside a token in the address there may be one in the subject.
    let mut serve = started(&house);
    let mut client = Lmtp::greeted(port);
    let subject = mail("a@example.net", &format!("Subject: unsubscribe {}\r\n", tokens[2]), "");
    assert_eq!(client.deliver("a@example.net", &[&bad], &subject), ["250 2.0.0 taken"]);
    assert_eq!(active(&house), 2);
    // An alias took away what stood behind the plus sign, or led to another of our mailboxes.
    for (recipient, token) in [("unsubscribe@greenbrief.dev", &tokens[3]), ("brief@greenbrief.dev", &tokens[4])] {
        let before = active(&house);
        let aliased = mail("a@example.net", &format!("To: <{}>\r\n", to(token)), "");
        assert_eq!(client.deliver("a@example.net", &[recipient], &aliased), ["250 2.0.0 taken"]);
        assert_eq!(active(&house), before - 1, "{recipient}");
    }
    waits_until("each is answered", || readers.iter().all(|reader| mails_to(&house, reader).len() == 1));
    assert_eq!(serve.end(), Some(0));
}

/// A mail with a part for programs, as a complaint or a mail server's report has it.
fn report(more: &str, kind: &str, part: &str) -> Vec<u8> {
    let head = format!(
        "{more}MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type={}; boundary=b\r\n",
        kind.trim_start_matches("message/")
    );
    let parts = format!("--b\r\nContent-Type: {kind}\r\n\r\n{part}\r\n--b--");
    mail("reader@example.net", &head, &parts)
}

#[test]
fn a_no_counts_whatever_the_mail_looks_like_but_no_server_says_it() {
    let (house, port) = house();
    let readers = ["anna@example.net", "bernd@example.net", "chen@example.net"];
    for reader in readers {
        subscribe(&house, reader, "en");
    }
    let [anna, bernd, chen] = readers.map(|reader| format!("unsubscribe+{}@greenbrief.dev", token_of(&house, reader)));
    let mut serve = started(&house);
    let mut client = Lmtp::greeted(port);
    let status = "Final-Recipient: rfc822; x@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n";
    // What a mail server reports, from the null sender, is nobody's no.
    let dsn = report("", "message/delivery-status", status);
    assert_eq!(client.deliver("", &[&anna], &dsn), ["250 2.0.0 taken"]);
    assert_eq!((outcome(&house).as_str(), active(&house)), ("about no mail of ours: nothing follows", 3));
    // The same from a sender; and a complaint, from whomever.
    let dsn = report("X-N: 2\r\n", "message/delivery-status", status);
    assert_eq!(client.deliver("anna@example.net", &[&anna], &dsn), ["250 2.0.0 taken"]);
    assert_eq!(active(&house), 2);
    let abuse = report("", "message/feedback-report", "Feedback-Type: abuse\r\nVersion: 1\r\n");
    assert_eq!(client.deliver("", &[&bernd], &abuse), ["250 2.0.0 taken"]);
    assert_eq!(active(&house), 1);
    // A program that leaves for its reader may have no sender either, and gets no answer.
    let empty = mail("chen@example.net", "Subject: Undelivered Mail\r\n", "");
    assert_eq!(client.deliver("", &[&chen], &empty), ["250 2.0.0 taken"]);
    assert_eq!(active(&house), 0);
    assert!(house.objects(&["subscribers", "list", "--suppressed"]).is_empty());
    assert_eq!(serve.end(), Some(0));
}

/// Hands over a report about a mail to somebody, found by the token in the mail that it brings back.
fn came_back(house: &House, name: &str, reader: &str) {
    let report = String::from_utf8(case(name)).unwrap().replace("LEAVETOKEN", &token_of(house, reader));
    fs::write(house.path("report.eml"), report).unwrap();
    house.done(&["replies", "read", &house.path("report.eml").display().to_string()]);
}

#[test]
fn who_is_suppressed_and_joins_again_is_not_lost() {
    let (house, port) = open_house();
    let (gone, angry, barred) = ("gone@example.net", "angry@example.net", "barred@example.net");
    for reader in [gone, angry] {
        subscribe(&house, reader, "en");
    }
    house.done(&["send", "green-economy"]);
    came_back(&house, "dsn-without-verp", gone);
    came_back(&house, "arf-without-verp", angry);
    house.done(&["subscribers", "suppress", barred, "--reason", "asked us to"]);
    // Who is subscribed and gets nothing is not shown as if they did, and it is said what ends that.
    let listed = house.done(&["subscribers", "list"]);
    let states: Vec<Vec<_>> = listed.lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(states.iter().any(|row| row[0] == gone && row[3] == "suppressed"), "{listed}");
    assert_eq!(house.objects(&["subscribers", "list"])[0]["suppressed"], "gone: 550 5.1.1 No such user");
    let ends =
        format!("\n  `greenbrief subscribers unsuppress {gone} --reason TEXT` ends that, and so does the reader");
    assert!(house.done(&["subscribers", "show", gone]).contains(&ends));
    assert!(
        house.done(&["subscribers", "show", angry]).contains("--reason TEXT` ends that; the reader alone does not")
    );

    let mut serve = started(&house);
    let mut client = Lmtp::greeted(port);
    for reader in [gone, angry, barred] {
        let asks = mail(reader, &format!("X-N: {reader}\r\n"), "");
        let to = "subscribe+green-economy.en@greenbrief.dev";
        assert_eq!(client.deliver(reader, &[to], &asks), ["250 2.0.0 taken"]);
        assert_eq!(outcome(&house), "asked whether they want green-economy in en", "the same for all");
    }
    let asked = |who: &str| mails_to(&house, who).into_iter().find(|mail| mail.contains("\r\nReply-To: confirm+c"));
    waits_until("whose mails came back is asked", || asked(gone).is_some());
    // The operators hear of the others, to whom nothing goes.
    let told = |who: &str| {
        let all = mails_to(&house, "operator@greenbrief.dev");
        all.iter().any(|mail| mail.contains(&format!("Subject: greenbrief: {who} wants to join and is suppressed")))
    };
    waits_until("the operators are told", || told(angry) && told(barred));
    assert!(!told(gone) && asked(angry).is_none() && asked(barred).is_none());
    // Whoever confirms shows that the mail came: that the address is gone is over, and the edition goes out.
    let before = mails_to(&house, gone).len();
    let confirm = header(&asked(gone).unwrap(), "Reply-To").unwrap().to_owned();
    assert_eq!(client.deliver(gone, &[&confirm], &mail(gone, "", "yes")), ["250 2.0.0 taken"]);
    assert!(outcome(&house).starts_with("confirmed green-economy"), "{}", outcome(&house));
    waits_until("a mail goes there again", || mails_to(&house, gone).len() > before);
    let shown = house.done(&["subscribers", "show", gone]);
    assert!(
        shown.contains("gone: 550 5.1.1 No such user, by reader: confirmed a mail that came to this address"),
        "{shown}"
    );
    let suppressed = house.objects(&["subscribers", "list", "--suppressed"]);
    let addresses: Vec<_> = suppressed.iter().map(|one| one["address"].as_str().unwrap()).collect();
    assert_eq!(addresses, [angry, barred]);
    assert_eq!(serve.end(), Some(0));
}
