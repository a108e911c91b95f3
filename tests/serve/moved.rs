//! A "no" that comes in another way than it is meant to: about a mail from before a change of address, in octets that were read
//! before, in a mail that looks otherwise than ours wrote it. Nothing of it is lost, and nothing else ends.

use std::fs;

use chrono::Utc;
use greenbrief::store::{Confirmation, Confirming, NewSignUp, Store};

use super::{
    House,
    public_leaving::{active, subscribe, token_of},
};
use crate::{
    replies::case,
    store::joining::{asked, confirmation},
};

/// The reader of one address confirms another one.
fn moves(house: &House, id: i64, from: &str, to: &str) {
    let url = format!("sqlite:{}", house.path("var/greenbrief.db").display());
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let store = Store::open(&url, Utc::now()).await.unwrap();
        let own = store.people().subscriptions_of(from).await.unwrap().remove(0);
        let (subscriber, moves) = (Some(own.subscriber), vec![own.brief.clone()]);
        let new = NewSignUp { subscriber, moves, now: Utc::now(), ..asked(id, to, &own.brief, "") };
        store.people().sign_up(new).await.unwrap();
        let done = store.people().confirm(Confirmation { now: Utc::now(), ..confirmation(id, 0) }).await.unwrap();
        assert!(matches!(done, Confirming::Now { .. }), "{done:?}");
        store.close().await;
    });
}

/// Hands a mail over as a pipe does; returns what came of it.
fn read(house: &House, mail: &str) -> String {
    fs::write(house.path("read.eml"), mail).unwrap();
    house.done(&["replies", "read", &house.path("read.eml").display().to_string()])
}

fn suppressed(house: &House) -> Vec<String> {
    let all = house.objects(&["subscribers", "list", "--suppressed"]);
    all.iter().map(|one| one["address"].as_str().unwrap().to_owned()).collect()
}

/// A complaint with that token, about the mail with that Message-ID if it is named.
fn complaint(token: &str, id: Option<&str>) -> String {
    let mail = String::from_utf8(case("arf-without-verp")).unwrap().replace("LEAVETOKEN", token);
    match id {
        Some(id) => mail.replace("Message-ID: <redacted@example.net>", &format!("Message-ID: {id}")),
        None => mail,
    }
}

#[test]
fn a_complaint_about_a_mail_to_the_old_address_ends_what_moved_and_suppresses_the_old() {
    // An address that nobody knew; one that was known; and where the id is blacked out as well.
    for (is_known, names_id) in [(false, true), (false, false), (true, true), (true, false)] {
        let house = House::new();
        let (old, new) = ("old@example.net", "new@elsewhere.example");
        subscribe(&house, old, "en");
        if is_known {
            subscribe(&house, new, "de");
        }
        house.done(&["send", "green-economy"]);
        let id = house.objects(&["deliveries", "list", "--address", old])[0]["message_id"].as_str().unwrap().to_owned();
        let token = token_of(&house, old);
        moves(&house, 601, old, new);
        house.done(&["send", "green-economy"]);
        let id = names_id.then_some(&*id);
        let told = read(&house, &complaint(&token, id));
        assert!(told.contains("the reader had gone to another address, and left it there"), "{told}");
        assert_eq!((active(&house), suppressed(&house)), (0, vec![old.to_owned()]), "{is_known} {names_id}");
        let shown = house.done(&["subscribers", "show", new]);
        assert!(
            shown.contains("by reader: complaint: ") && shown.contains("(about a mail to o…@example.net)"),
            "{shown}"
        );
        // The same once more, as a provider writes it anew.
        read(&house, &complaint(&token, id).replace("Subject: Abuse report", "Subject: Abuse report 2"));
        assert_eq!((active(&house), suppressed(&house)), (0, vec![old.to_owned()]));
        let edition = house.objects(&["editions", "show", "green-economy/1"]).remove(0);
        assert!(edition.to_string().contains("\"complaint\":1"), "{edition}");
    }
}

#[test]
fn a_complaint_about_a_mail_that_is_not_kept_ends_the_subscription() {
    let house = House::new();
    subscribe(&house, "anna@example.net", "en");
    let token = token_of(&house, "anna@example.net");
    let told = read(&house, &complaint(&token, Some("<forgotten@example.net>")));
    assert!(told.contains("left green-economy: complaint about a mail that is not kept any more"), "{told}");
    assert_eq!(active(&house), 0);
}

#[test]
fn the_same_octets_after_the_reader_came_back_are_another_no() {
    let house = House::new();
    let anna = "anna@example.net";
    subscribe(&house, anna, "en");
    let leaves = format!("To: unsubscribe+{}@greenbrief.dev\r\n\r\n", token_of(&house, anna));
    let answers = || {
        let mails = house.objects(&["deliveries", "list"]);
        mails.iter().filter(|mail| mail["kind"] == "answer").count()
    };
    for round in 1..=3 {
        assert!(read(&house, &leaves).contains("left green-economy"), "{round}");
        // The mail server did not hear the answer, and brings it again.
        for _ in 0..2 {
            read(&house, &leaves);
            assert_eq!((active(&house), answers(), house.objects(&["replies", "list"]).len()), (0, round, round));
        }
        house.done(&["subscribers", "add", anna, "--language", "en", "--again", "--reason", "asked"]);
        assert_eq!(active(&house), 1);
    }
}

#[test]
fn an_operator_who_removes_or_suppresses_the_old_address_is_told_of_the_new_one() {
    let house = House::new();
    let (old, new) = ("old@example.net", "new@elsewhere.example");
    subscribe(&house, old, "en");
    moves(&house, 611, old, new);
    let day = Utc::now().format("%F");
    let told = house.done(&["subscribers", "suppress", old, "--reason", "phoned"]);
    let goes_on = format!(
        "\ngreen-economy has gone to {new} since {day}, and goes on there: `greenbrief subscribers suppress {new}`"
    );
    assert!(told.contains(&goes_on), "{told}");
    assert_eq!(active(&house), 1);
    let told = house.done(&["subscribers", "remove", old, "--reason", "phoned"]);
    let ended =
        format!("1 subscription ended\nThe subscription to green-economy that moved to {new} on {day} ended, too.\n");
    assert!(told.ends_with(&ended), "{told}");
    assert_eq!(active(&house), 0);
    assert!(house.done(&["subscribers", "show", new]).contains("phoned (with o…@example.net, where it had come from)"));
}

#[test]
fn every_near_variant_of_the_mail_to_leave_ends_it_and_a_question_does_not() {
    let house = House::new();
    let mailbox = "unsubscribe@greenbrief.dev";
    let mut readers = 0;
    let mut reader = || {
        readers += 1;
        let who = format!("reader{readers}@example.net");
        subscribe(&house, &who, "en");
        token_of(&house, &who)
    };
    let to = |token: &str| format!("unsubscribe+{token}@greenbrief.dev");
    let heads: [&dyn Fn(&str) -> String; 14] = [
        &|token| format!("To: brief@greenbrief.dev\nSubject: unsubscribe: {token}\n\nx"),
        &|token| format!("To: brief@greenbrief.dev\nSubject: Re: unsubscribe {token}\n\nx"),
        &|token| format!("To: brief@greenbrief.dev\nSubject: Unsubscribe={token}\n\nx"),
        &|token| format!("To: brief@greenbrief.dev\nSubject: unsubscribe%20{token}\n\nx"),
        &|token| format!("To: brief@greenbrief.dev\nSubject: AW: {token}\n\nx"),
        &|token| format!("To: {mailbox}\nSubject: unsubscribe\n\n{token}"),
        &|token| format!("To: {mailbox}\n\nunsubscribe {token}\n"),
        &|token| {
            format!(
                "To: {mailbox}\nSubject: Fwd: China and Germany\n\nPlease end this:\nhttps://briefs.example.org/u/{token}\n"
            )
        },
        &|token| format!("To: undisclosed-recipients:;\nBcc: {}\n\nx", to(token)),
        &|token| format!("To: a@example.net\nResent-To: {}\n\nx", to(token)),
        &|token| format!("To: a@example.net\nResent-Cc: {}\n\nx", to(token)),
        &|token| format!("To: a@example.net\nX-Original-To: {}\n\nx", to(token)),
        &|token| format!("To: a@example.net\nEnvelope-To: {}\n\nx", to(token)),
        &|token| format!("To: a@example.net\nDelivered-To: {}\n\nx", to(token)),
    ];
    for head in heads {
        let token = reader();
        let mail = format!("From: a@example.net\n{}\n", head(&token));
        let told = read(&house, &mail);
        assert!(told.contains("left green-economy by the token "), "{mail}{told}");
        assert_eq!(active(&house), 0, "{mail}");
    }
    // Two at once, in one subject; and by an operator, with the whole subject.
    let [one, two] = [reader(), reader()];
    let told =
        read(&house, &format!("From: a@example.net\nTo: {mailbox}\nSubject: unsubscribe {one} unsubscribe {two}\n\n"));
    assert_eq!((told.matches("left green-economy").count(), active(&house)), (2, 0), "{told}");
    let [one, two] = [reader(), reader()];
    let subject = format!("unsubscribe {one} unsubscribe%20{two}");
    let told = house.done(&["subscribers", "remove", "--token", &subject]);
    assert_eq!((told.matches(": 1 subscription ended\n").count(), active(&house)), (2, 0), "{told}");
    // One of several that is not good: nothing is done, and it says so.
    let [one, two] = [reader(), reader()];
    let told = house.refused(&["subscribers", "remove", "--token", &format!("{one} {two} {}", &one[..30])]);
    let shown = &one[..6];
    let wanted = format!(
        "nothing was done, of 3 tokens; token 3 (`{shown}…`): the token is cut off: it has 30 of 37 characters; the tokens 1 \
         and 2 are good"
    );
    assert!(told.contains(&wanted) && active(&house) == 2, "{told}");
    assert!(!told.contains(&*one), "{told}");
    // More tokens than are read: those leave, and a person reads the mail.
    let mut many = vec![to(&one)];
    many.extend((0..100).map(|n| to(&format!("made-up-{n}"))));
    let told = read(&house, &format!("From: many@example.net\nTo: {}\n\nx\n", many.join(",\n ")));
    let more = "; it holds more tokens than are read: forwarded to the operators";
    assert!(told.contains("left green-economy by the token ") && told.contains(more), "{told}");
    assert_eq!(active(&house), 1);
    // Not more: all of it is done.
    many.truncate(99);
    many.push(to(&two));
    let told = read(&house, &format!("From: many@example.net\nTo: {}\n\ny\n", many.join(",\n ")));
    assert!(told.contains("left green-economy by the token ") && !told.contains("forwarded"), "{told}");
    assert_eq!(active(&house), 0);
    // Our own mail, which a reader quotes who asks something, holds their token.
    let token = reader();
    for (n, (to, text)) in [
        ("brief@greenbrief.dev", format!("How do you count this?\n\n> To leave: https://briefs.example.org/u/{token}")),
        ("brief@greenbrief.dev", format!("How?\n\nhttps://briefs.example.org/u/{token}")),
        (
            mailbox,
            format!("How?\n\nOn Monday, Brief <brief@greenbrief.dev> wrote:\n\nhttps://briefs.example.org/u/{token}"),
        ),
        (mailbox, format!("Frage\n\n-----Ursprüngliche Nachricht-----\nVon: Brief\n\n{token}")),
    ]
    .into_iter()
    .enumerate()
    {
        read(&house, &format!("From: b{n}@example.net\nTo: {to}\nSubject: Re: Green Economy\n\n{text}\n"));
        assert_eq!(active(&house), 1, "{text}");
    }
}

#[test]
fn an_edition_that_waits_goes_out_at_the_new_address_once() {
    let house = House::new();
    let [old, other, new, both] =
        ["old@example.net", "other@example.net", "new@elsewhere.example", "both@elsewhere.example"];
    for who in [old, other, new, both] {
        subscribe(&house, who, "en");
    }
    // Known, and not subscribed.
    house.done(&["subscribers", "remove", new]);
    // Their mails wait: nobody listens on port 1.
    let relay = ["mail.transport=smtp", "mail.host=127.0.0.1", "mail.tls=none", "mail.port=1"];
    let words = ["send", "green-economy"].into_iter().chain(relay.iter().flat_map(|word| ["--set", word]));
    assert_eq!(house.run(&words.collect::<Vec<_>>()).code, 1);
    house.done(&["pause", "--all", "--reason", "test"]);
    moves(&house, 621, old, new);
    moves(&house, 622, other, both);
    let states = |who: &str| {
        let mails = house.objects(&["deliveries", "list", "--address", who]);
        let editions = mails.iter().filter(|mail| mail["kind"] == "edition");
        editions.map(|mail| mail["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((states(old), states(other)), (vec!["cancelled".to_owned()], vec!["cancelled".to_owned()]));
    // The one that had its own gets no second one.
    assert_eq!((states(new), states(both).len()), (vec!["pending".to_owned()], 1));
    // Back and forth: it waits where the reader is now, and nowhere else.
    moves(&house, 623, new, old);
    assert_eq!((states(new), states(old)), (vec!["cancelled".to_owned()], vec!["pending".to_owned()]));
}
