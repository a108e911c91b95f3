//! The gate from outside: what the checks hold is not sent, is shown with its reasons, and is settled by two commands; what
//! becomes of an edition without news.

use std::fs;

use greenbrief::store::{AtWork, Store};
use mail_parser::MimeHeaders;

use super::{House, PATIENCE, Serve};

const HEAD: &str = "series,period,vintage,value,status,publisher,carrier,published_on,url,quality\n";
/// 98 billion cars.
const ABSURD: &str =
    "vw_bev_cn,2026,2026-11-20,98000000000,final,Volkswagen Group,,2026-11-20,https://example.org/a,report\n";

fn house() -> House {
    let house = House::new();
    house.done(&["figures", "import", "--shipped"]);
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    house.done(&["subscribers", "add", "bernd@example.net", "--language", "de"]);
    house
}

#[test]
fn a_held_edition_is_released_as_it_is_by_who_says_why() {
    let house = house();
    house.write("absurd.csv", &format!("{HEAD}{ABSURD}"));
    house.done(&["figures", "import", "absurd.csv"]);

    let checked = house.run(&["figures", "check", "--brief", "green-economy"]);
    assert_eq!(checked.code, 5, "{}{}", checked.out, checked.err);
    assert!(checked.out.contains("hold  implausible  vw_bev_cn 2026 is 98,000,000,000, "), "{}", checked.out);
    let found = house.run(&["figures", "check", "vw_bev_cn", "--format", "json"]);
    assert_eq!(found.code, 1, "{}{}", found.out, found.err);
    let first = &found.objects()[0];
    assert_eq!((&first["check"], &first["verdict"]), (&"implausible".into(), &"hold".into()));
    assert_eq!((&first["series"][0], &first["periods"][0]), (&"vw_bev_cn".into(), &"2026".into()));

    let sent = house.run(&["send", "green-economy"]);
    assert_eq!(sent.code, 5, "{}{}", sent.out, sent.err);
    for wanted in [
        "error: implausible: vw_bev_cn 2026 is 98,000,000,000",
        "green-economy/1 is held: nothing was sent",
        "`greenbrief editions release green-economy/1 --reason TEXT` sends it as it is",
        "`greenbrief editions discard green-economy/1 --reason TEXT` drops it",
    ] {
        assert!(sent.err.contains(wanted), "{wanted}\n{}", sent.err);
    }
    assert_eq!(house.outbox(), Vec::<String>::new());
    let listed = house.done(&["editions", "list"]);
    assert!(listed.contains("green-economy/1  held") && listed.contains("implausible: vw_bev_cn 2026"), "{listed}");
    let status = house.run(&["status"]);
    assert_eq!(status.code, 1);
    assert!(status.out.contains("editions release green-economy/1 --reason TEXT"), "{}", status.out);
    house.done(&["editions", "export", "green-economy/1", "--out", "pages"]);
    assert!(house.names("pages").iter().any(|name| name.ends_with(".pdf")), "{:?}", house.names("pages"));

    // Nobody has it yet, and it would go out with the value.
    let told = house.done(&["figures", "wrong", "vw_bev_cn", "2026"]);
    assert!(told.contains("green-economy/1  en  98000000000 of 2026-11-20 on page"), "{told}");
    assert!(told.contains(": held, nothing sent\n"), "{told}");
    let drops = "What is held went to nobody; this drops it:\ngreenbrief editions discard green-economy/1 --reason ";
    assert!(told.contains(drops), "{told}");

    // The figures change meanwhile; what is released is what was held.
    house.done(&["figures", "withdraw", "vw_bev_cn", "2026", "2026-11-20", "--reason", "no such number"]);
    assert!(
        house.refused(&["editions", "release", "green-economy/1", "--reason", " "]).contains("a decision has a reason")
    );
    let released = house.done(&["editions", "release", "green-economy/1", "--reason", "a drill"]);
    assert!(released.contains("green-economy/1 is released to 2 subscribers"), "{released}");
    assert_eq!(house.outbox().len(), 3, "two readers, and the operators");
    let shown = house.done(&["editions", "show", "green-economy/1"]);
    assert!(shown.contains("green-economy/1  released") && shown.contains("released by tester: a drill"), "{shown}");
    let text = house
        .outbox()
        .iter()
        .map(|name| fs::read_to_string(house.path("reports/outbox").join(name)).unwrap())
        .collect::<String>();
    assert!(text.contains("98"), "the held figures went out");
    let again = house.refused(&["editions", "release", "green-economy/1", "--reason", "twice"]);
    assert!(again.contains("green-economy/1 is released: it was released by tester: a drill"), "{again}");
    assert!(house.names("reports/green-economy/1").len() == 3, "{:?}", house.names("reports/green-economy/1"));
}

#[test]
fn a_held_edition_is_discarded_and_a_brief_decides_what_holds() {
    let house = house();
    house.write("absurd.csv", &format!("{HEAD}{ABSURD}"));
    house.done(&["figures", "import", "absurd.csv"]);
    assert_eq!(house.run(&["send", "green-economy"]).code, 5);
    let told = house.done(&["editions", "discard", "green-economy/1", "--reason", "a typing mistake"]);
    assert!(told.contains("green-economy/1 is discarded"), "{told}");
    let shown = house.done(&["editions", "show", "green-economy/1"]);
    assert!(shown.contains("green-economy/1  discarded") && shown.contains("by tester: a typing mistake"), "{shown}");
    assert_eq!(house.run(&["status"]).out.matches("edition-held").count(), 0);
    let refused = house.refused(&["editions", "release", "green-economy/1", "--reason", "after all"]);
    assert!(refused.contains("green-economy/1 is discarded"), "{refused}");
    assert!(
        house.refused(&["editions", "discard", "green-economy/7", "--reason", "x"]).contains("there is no edition")
    );

    // By the brief's own rules it goes out, with a warning.
    house.change("[title]", "[gate]\nimplausible = \"warn\"\n\n[title]");
    let sent = house.run(&["send", "green-economy"]);
    assert_eq!(sent.code, 0, "{}{}", sent.out, sent.err);
    let checked = house.done(&["figures", "check", "vw_bev_cn", "--brief", "green-economy"]);
    assert!(checked.contains("warn  implausible  vw_bev_cn 2026 is 98,000,000,000"), "{checked}");
    assert_eq!(house.outbox().len(), 3, "two readers, and the operators");
    house.change("implausible = \"warn\"", "implausible = \"stop\"\nwarmth = \"hold\"");
    let told = house.run(&["check"]).err;
    assert!(told.contains("this is none of \"hold\", \"warn\", \"pass\"") && told.contains("warmth"), "{told}");
}

/// The mail to the operators about a held edition, as soon as it is there.
fn mail_about_held(house: &House, serve: &Serve) -> String {
    let begun = std::time::Instant::now();
    loop {
        let texts: Vec<String> = house
            .outbox()
            .iter()
            .map(|name| fs::read_to_string(house.path("reports/outbox").join(name)).unwrap())
            .collect();
        if let Some(mail) = texts.into_iter().find(|text| text.contains("is held")) {
            return mail;
        }
        assert!(begun.elapsed() < PATIENCE, "{}", serve.log());
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

/// The mail brings the pages of the draft, as they would go out.
fn bring_the_pages(house: &House, mail: &str) {
    let words = mail.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("Its PDFs are attached as they would go out."), "{words}");
    house.done(&["editions", "export", "green-economy/1", "--out", "pages"]);
    let names = house.names("pages").into_iter().filter(|name| name.ends_with(".pdf"));
    let mut pages: Vec<Vec<u8>> = names.map(|name| fs::read(house.path("pages").join(name)).unwrap()).collect();
    let parsed = mail_parser::MessageParser::default().parse(mail.as_bytes()).unwrap();
    let mut attached: Vec<Vec<u8>> = parsed.attachments().map(|part| part.contents().to_vec()).collect();
    assert!(parsed.attachments().all(|part| part.attachment_name().unwrap().starts_with("draft-")), "{words}");
    pages.sort();
    attached.sort();
    assert!(pages == attached && pages.len() == 3, "{} and {}", pages.len(), attached.len());
}

#[test]
fn the_operators_are_told_of_what_a_command_held_too() {
    let house = house();
    house.write("absurd.csv", &format!("{HEAD}{ABSURD}"));
    house.done(&["figures", "import", "absurd.csv"]);
    let mut serve = house.serve(&[]);
    serve.wait_for("watching");
    assert_eq!(house.run(&["send", "green-economy"]).code, 5);
    let mail = mail_about_held(&house, &serve);
    let words = mail.split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in ["tester had it made.", "vw_bev_cn 2026 is", "editions release green-economy/1"] {
        assert!(words.contains(wanted), "{wanted}\n{mail}");
    }
    assert_eq!(house.outbox().len(), 1, "no reader gets anything");
    bring_the_pages(&house, &mail);
}

#[test]
fn the_operators_get_the_reasons_and_the_commands_of_a_held_slot() {
    let house = house();
    house.write("absurd.csv", &format!("{HEAD}{ABSURD}"));
    house.done(&["figures", "import", "absurd.csv"]);
    house.due_in(super::SOON);
    let mut serve = house.serve(&[]);
    serve.wait_for("held: nothing was sent");
    let mail = mail_about_held(&house, &serve);
    let words = mail.split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in
        ["vw_bev_cn 2026 is 98,000,000,000", "editions release green-economy/1", "editions discard green-economy/1"]
    {
        assert!(words.contains(wanted), "{wanted}\n{mail}");
    }
    assert_eq!(house.outbox().len(), 1, "no reader gets anything");
    bring_the_pages(&house, &mail);
}

#[test]
fn without_news_a_schedule_skips_or_holds() {
    let house = house();
    assert_eq!(house.run(&["send", "green-economy"]).code, 0);
    house.change("# paused = false", "if_unchanged = \"skip\" #");
    house.due_in(super::SOON);
    let mut serve = house.serve(&[]);
    serve.wait_for("no edition: nothing has changed");
    serve.end();
    let history = house.done(&["schedules", "history", "green-economy/weekly"]);
    assert!(
        history.contains("skipped-unchanged")
            && history.contains("nothing that it prints has changed since green-economy/1"),
        "{history}"
    );
    let listed = house.done(&["editions", "list"]);
    assert!(!listed.contains("green-economy/2"), "{listed}");
    assert_eq!(house.outbox().len(), 2);
}

/// Whoever was at work when it was released ends before it has sent it.
#[tokio::test(flavor = "multi_thread")]
async fn who_released_an_edition_sends_it_if_the_daemon_goes_away() {
    let house = house();
    let url = format!("sqlite:{}", house.path("var/greenbrief.db").display());
    let store = Store::open(&url, chrono::Utc::now()).await.unwrap();
    let mut lock = store.lock_courier().unwrap().expect("nobody has it");
    lock.tell(AtWork::Command);
    let mut send = house.command(&["send", "green-economy"]);
    let send = send.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let begun = std::time::Instant::now();
    while store.outbox().tally(None).await.unwrap().all() < 2 {
        assert!(begun.elapsed() < PATIENCE, "nothing was released");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    drop(lock);
    store.close().await;
    let ended = send.wait_with_output().unwrap();
    let out = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success() && out.contains("Another command is at work on this store: it sends it."), "{out}");
    assert!(out.contains("2 sent: written into the folder"), "{out}");
    assert_eq!(house.outbox().len(), 2);
}

#[test]
fn two_people_release_an_edition_where_the_brief_asks_for_them() {
    let house = house();
    house.change("[title]", "[release]\napprovals = 2\n\n[title]");
    let sent = house.run(&["send", "green-economy"]);
    assert_eq!(sent.code, 5, "{}{}", sent.out, sent.err);
    assert!(sent.err.contains("green-economy/1 waits for 2 people to release it"), "{}", sent.err);
    let release = |name: &'static str| ["editions", "release", "green-economy/1", "--reason", "read it", "--as", name];
    let told = house.done(&release("anna"));
    assert!(told.contains("green-economy/1 is approved by 1 of 2 people (anna)"), "{told}");
    assert!(house.refused(&release("anna")).contains("anna has approved green-economy/1 already: 1 of 2"));
    for same in ["ANNA", "an-na", "an\u{200b}na"] {
        assert!(house.refused(&release(same)).contains("has approved green-economy/1 already: 1 of 2"), "{same}");
    }
    assert_eq!(house.outbox(), Vec::<String>::new());
    assert!(house.done(&["editions", "show", "green-economy/1"]).contains("by anna: read it"));
    assert!(house.done(&release("bernd")).contains("is released to 2 subscribers"));
    assert_eq!(house.outbox().len(), 3, "two readers, and the operators");
}
