//! The daemon's life: an edition on schedule, one daemon a store, commands beside it, a good end, a start again.

use std::{thread::sleep, time::Duration};

use greenbrief::actions::prepare::prepare;

use super::{House, SOON, Serve};

const PEOPLE: &str = "address,language\nanna@example.net,en\nbernd@example.net,de\nchen@example.net,zh\n";

#[test]
fn an_edition_on_schedule_reaches_everybody_once() {
    let house = House::new();
    house.write("people.csv", PEOPLE);
    house.done(&["subscribers", "import", "people.csv"]);
    house.due_in(SOON);
    let mut serve = house.serve(&[]);
    serve.wait_for("greenbrief 0.1.0 serves");
    let second = house.refused(&["serve"]);
    assert!(second.contains("another `greenbrief serve` is at work on"), "{second}");
    serve.wait_for("the outbox is quiet");

    let pdfs = ["de", "en", "zh"].map(|language| format!("green-economy-1-{language}.pdf"));
    assert_eq!(house.names("reports/green-economy/1"), pdfs);
    let mails = house.names("reports/outbox");
    assert_eq!(mails.len(), 3, "{mails:?}");
    assert!(mails.iter().all(|name| name.starts_with("green-economy.1.") && name.ends_with(".eml")), "{mails:?}");
    let status = house.done(&["status"]);
    assert!(status.contains("green-economy/1  released  3 sent"), "{status}");
    assert!(status.contains("Nothing needs a person."), "{status}");

    // A manual edition beside the daemon is sent by the daemon.
    let told = house.done(&["send", "green-economy"]);
    assert_eq!(
        told,
        "green-economy/2 is released to 3 subscribers\nThe daemon sends it.\n3 sent: written into the folder reports/outbox\n"
    );
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
    assert!(serve.log().trim_end().ends_with("ended"), "{}", serve.log());

    // Started again it does nothing twice.
    let mut again = house.serve(&[]);
    again.wait_for("greenbrief 0.1.0 serves");
    sleep(Duration::from_millis(1500));
    assert_eq!(again.end(), Some(0));
    assert_eq!(house.objects(&["editions", "list"]).len(), 2);
    let mails = house.objects(&["deliveries", "list"]);
    assert_eq!(mails.len(), 6);
    assert!(mails.iter().all(|mail| mail["state"] == "sent" && mail["attempts"] == 1), "{mails:?}");
    assert_eq!(house.names("reports/outbox").len(), 6);
}

/// As an environment file has it whose line was emptied.
#[test]
fn an_empty_level_of_the_log_is_none() {
    let house = House::new();
    let mut command = house.command(&["serve"]);
    command.env("GREENBRIEF_LOG", "");
    let mut serve = Serve::start(command);
    serve.wait_for("greenbrief 0.1.0 serves");
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
    assert!(!serve.log().contains("DEBUG") && serve.log().contains("INFO"), "{}", serve.log());
}

#[test]
fn after_a_stop_the_log_begins_with_what_was_missed() {
    let house = House::new();
    house.change("cron = \"0 7 * * Mon\"", "cron = \"*/2 * * * * *\"");
    let mut serve = house.serve(&[]);
    serve.wait_for("watching");
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
    assert!(!serve.log().contains("slots were missed"), "a new schedule misses nothing: {}", serve.log());
    sleep(Duration::from_secs(7));
    let mut again = house.serve(&[]);
    again.wait_for("watching");
    let log = again.log();
    let at = |text: &str| log.find(text).unwrap_or_else(|| panic!("{text}\n{log}"));
    assert!(at("slots were missed while the daemon was not at work") < at("a slot passes without an edition"), "{log}");
    assert!(at("outcome=\"skipped-catch-up\"") < at("an edition is due"), "{log}");
    assert!(at("an edition is due") < at("watching"), "{log}");
    assert_eq!(again.end(), Some(0), "{}", again.log());
    let history = house.done(&["schedules", "history", "weekly"]);
    assert!(history.contains("a newer slot was due"), "{history}");
}

#[test]
fn serve_ends_well_while_it_still_starts() {
    let house = House::new();
    // A server that takes the connection and says nothing: the start waits for it.
    let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("store.url=postgres://127.0.0.1:{}/none", mute.local_addr().unwrap().port());
    let mut serve = house.serve(&["--set", &url]);
    let _taken = mute.accept().unwrap();
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
    serve.wait_for("ended before it had started");
}

#[test]
fn serve_starts_only_with_what_smtp_needs() {
    let house = House::new();
    let config = std::fs::read_to_string(house.path("config/greenbrief.toml")).unwrap();
    let bare = config.replace("privacy_url", "# privacy_url").replace("unsubscribe_mailbox", "# unsubscribe_mailbox");
    house.write("config/greenbrief.toml", &bare);
    let smtp = ["--set", "mail.transport=smtp", "--set", "mail.host=127.0.0.1", "--set", "mail.tls=none"];
    let told = house.mistaken(&["serve", smtp[0], smtp[1], smtp[2], smtp[3], smtp[4], smtp[5]]);
    assert!(told.contains("`imprint.privacy_url` is missing"), "{told}");
    assert!(told.contains("`mail.unsubscribe_mailbox` is missing"), "{told}");
    assert!(!house.path("var").exists(), "nothing is made by what is refused");
}

#[test]
fn serve_shows_what_is_wrong_in_a_template() {
    let house = House::new();
    let file = house.path("templates/green-economy/en.md");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(file, format!("{text}\n\nSales rose by 12 percent.\n")).unwrap();
    let told = house.mistaken(&["serve"]);
    assert!(told.contains("en.md:") && told.contains("12"), "{told}");
}

#[test]
fn a_mail_server_that_is_away_is_waited_for() {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    house.due_in(SOON);
    // Nobody listens on port 1.
    let words = ["mail.transport=smtp", "mail.host=127.0.0.1", "mail.tls=none", "mail.port=1"];
    let words: Vec<&str> = words.iter().flat_map(|word| ["--set", word]).collect();
    let mut serve = house.serve(&words);
    serve.wait_for("the outbox is quiet");
    let mails = house.objects(&["deliveries", "list", "--state", "deferred"]);
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0]["due"].is_string() && mails[0]["reply"].as_str().unwrap().contains("connect"), "{mails:?}");
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
}

/// Figures that a person changed, or that another version shipped, are not overwritten by a start.
#[tokio::test]
async fn an_upgrade_changes_no_figure_unasked() {
    use greenbrief::{
        figures::{ImportKind, NewImport, shipped},
        store::{Setting, Store},
    };

    let folder = tempfile::tempdir().unwrap();
    let now = crate::moment();
    let store = Store::open(&format!("sqlite:{}", folder.path().join("a.db").display()), now).await.unwrap();
    prepare(&store, "id", now).await.unwrap();
    assert_eq!(
        store.figures().dataset().await.unwrap(),
        shipped::dataset().unwrap(),
        "an empty store takes what is shipped"
    );

    let new = NewImport { by: "anna", at: now, kind: ImportKind::File, files: &[], reason: "" };
    let mut other = shipped::dataset().unwrap();
    for observation in other.observations.values_mut().flatten().take(1) {
        observation.value += rust_decimal::Decimal::ONE;
    }
    store.figures().import(&other, &new).await.unwrap();
    store.set(Setting::ShippedFigures, Some("what an older version shipped")).await.unwrap();
    prepare(&store, "id", now).await.unwrap();
    assert_eq!(store.figures().dataset().await.unwrap(), other, "nothing is applied unasked");
    let seen = store.setting(Setting::ShippedFigures).await.unwrap();
    assert_eq!(seen.as_deref(), Some("what an older version shipped"), "and it is announced again at the next start");

    store.figures().import(&shipped::dataset().unwrap(), &new).await.unwrap();
    prepare(&store, "id", now).await.unwrap();
    assert_eq!(store.setting(Setting::ShippedFigures).await.unwrap(), Some(shipped::hash()));
}
