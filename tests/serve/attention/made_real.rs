//! Every state that needs a person, made real, and told by `status`, by the metrics and by a mail to the operators.

use std::{fs, net::TcpStream, process::Command, time::Duration};

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use greenbrief::{
    actions::status::status, config::ConfigSource, monitoring::attention::table::Code, time::clock::Clock,
};
use sqlx::{Connection, Executor};
use tokio::time::sleep;

use super::{
    super::{House, PATIENCE, Serve, free_port},
    living::{Left, Living, Way},
};
use crate::mail::server::{Answer, Answers, Running, Server, say};

/// Which test makes which states. A state that is not here fails `every_state_is_made_real`.
pub(super) const SCENARIOS: &[(&str, &[Code])] = &[
    ("what_a_person_did_and_forgot", &[Code::AllPaused, Code::SchedulePaused, Code::PingUnheard, Code::RepliesUnread]),
    ("a_restored_store_and_a_mistake_in_the_config", &[Code::RestoreHold, Code::ConfigRefused]),
    (
        "a_server_that_refuses_some",
        &[Code::ManyRefused, Code::DomainPaused, Code::MailsUnknown, Code::RelayAway, Code::OperatorMailFailed],
    ),
    ("a_server_that_refuses_us_and_one_that_puts_us_off", &[Code::EditionPaused, Code::ManyExpired]),
    ("a_server_that_says_nothing", &[Code::MailsStuck]),
    ("another_process_with_a_newer_config", &[Code::ConfigOutdated, Code::SlotNotBegun, Code::CalendarEnds]),
    ("a_slot_that_is_slept_through", &[Code::SlotMissed]),
    ("a_slot_that_comes_to_nothing", &[Code::SlotFailed, Code::ScheduleOverdue]),
    ("a_figure_that_is_withdrawn", &[Code::BriefWouldBeHeld, Code::EditionHeld]),
    ("a_process_that_is_stopped_and_one_that_is_killed", &[Code::DaemonSilent, Code::DaemonDown]),
    ("a_courier_that_hangs", &[Code::WorkerStuck]),
    ("a_damaged_store", &[Code::StoreUnreadable]),
    ("a_full_disk", &[Code::DiskLow, Code::StoreUnwritable]),
];

/// What cannot be seen so, and why.
pub(super) const NOT_SEEN: &[(Code, Way, &str)] = &[
    (Code::StoreUnwritable, Way::Status, "what the daemon cannot write down, another process cannot read"),
    (Code::WorkerStuck, Way::Mail, "what keeps the courier from its outbox here keeps the mail out of it, too"),
    (Code::StoreUnreadable, Way::Metric, "SQLite reads on from what it has; a daemon that notices ends"),
];

const READERS: [&str; 8] = [
    "one@many.example",
    "two@many.example",
    "three@many.example",
    "four@many.example",
    "five@many.example",
    "li@bad.example",
    "drop@example.net",
    "anna@example.net",
];

/// A house with these readers, whose schedule is due on no day that a test comes to.
fn house_with(readers: &[&str]) -> House {
    let house = House::new();
    let far = Utc::now() + TimeDelta::days(200);
    house.change("cron = \"0 7 * * Mon\"", &format!("cron = \"0 7 {} *\"", far.format("%-d %-m")));
    let people: String = readers.iter().map(|address| format!("{address},en\n")).collect();
    house.write("people.csv", &format!("address,language\n{people}"));
    if !readers.is_empty() {
        house.done(&["subscribers", "import", "people.csv"]);
    }
    house
}

async fn server(answers: Answers) -> Running {
    Server { answers, ..Server::default() }.start().await
}

/// As `--set` has it, to send by this server.
fn by(server: &Running) -> Vec<String> {
    let sets = ["mail.transport=smtp", "mail.host=127.0.0.1", "mail.tls=none"].map(str::to_owned);
    sets.into_iter().chain([format!("mail.port={}", server.port)]).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_did_and_forgot() {
    let house = house_with(&[]);
    // Nobody listens there.
    let settings = house.path("config/greenbrief.toml");
    let text = fs::read_to_string(&settings).unwrap();
    let ping = text.replace("# ping = \"https://hc.greenbrief.dev/YOUR-ID\"", "ping = \"http://127.0.0.1:1/\" #");
    assert_ne!(text, ping);
    let ping = ping.replace("[replies]\n", "[replies]\nmaildir = \"nowhere\"\n");
    fs::write(settings, ping).unwrap();
    let mut living = Living::begin("what_a_person_did_and_forgot", house, Utc::now(), &[]).await;
    living.is_told(Code::PingUnheard, "the outside monitor does not hear from us: no connection").await;
    living.is_told(Code::RepliesUnread, "mails that come back are not taken in by maildir: ").await;
    living.command(0, &["schedules", "pause", "weekly", "--as", "anna"]).await;
    living.is_told(Code::SchedulePaused, "green-economy/weekly is paused by anna since 20").await;
    living.command(0, &["pause", "--all", "--as", "bernd", "--reason", "a wrong figure"]).await;
    living.is_told(Code::AllPaused, "nothing is sent and no slot is claimed: paused by bernd since 20").await;
    living.passes(TimeDelta::hours(13));
    // Nothing goes to readers; what goes to the operators says so.
    living.is_mailed(Code::AllPaused, "attention.all-paused.", "a wrong figure").await;
    living.is_mailed(Code::SchedulePaused, "attention.schedule-paused.green-economy.weekly.", "by anna").await;
    living.is_mailed(Code::PingUnheard, "attention.ping-unheard.", "does not hear from us").await;
    living.is_mailed(Code::RepliesUnread, "attention.replies-unread.maildir.", "cannot be read: No such file").await;
    living.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_store_and_a_mistake_in_the_config() {
    let house = house_with(&["anna@example.net"]);
    house.done(&["store", "backup", "kept.db"]);
    house.done(&["store", "restore", "kept.db"]);
    let name = "a_restored_store_and_a_mistake_in_the_config";
    let mut living = Living::begin(name, house, Utc::now(), &[]).await;
    living.is_told(Code::RestoreHold, "nothing is sent: the store was restored from a backup").await;
    living.house.change("[schedules.weekly]\n", "[schedules.weekly]\nevery = \"Monday\"\n");
    living.is_told(Code::ConfigRefused, "1 error, the first ").await;
    living.is_mailed(Code::ConfigRefused, "config.", "unknown key `schedules.weekly.every`").await;
    living.passes(TimeDelta::hours(13));
    living.is_mailed(Code::RestoreHold, "attention.restore-hold.", "restored from a backup").await;
    living.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_refuses_some() {
    let house = house_with(&READERS);
    let settings = house.path("config/greenbrief.toml");
    let text = fs::read_to_string(&settings).unwrap();
    let operators = text
        .replace("email = [\"operator@greenbrief.dev\"]", "email = [\"ops@greenbrief.dev\", \"gone@greenbrief.dev\"]");
    assert_ne!(text, operators);
    fs::write(settings, operators).unwrap();
    let server = server(vec![
        ("RCPT TO:<one@", say("550 5.1.1 no such user")),
        ("RCPT TO:<two@", say("550 5.1.1 no such user")),
        ("RCPT TO:<three@", say("550 5.1.1 no such user")),
        ("RCPT TO:<four@", say("550 5.1.1 no such user")),
        ("RCPT TO:<five@", say("550 5.1.1 no such user")),
        ("RCPT TO:<li@", say("550 5.7.26 unauthenticated")),
        ("RCPT TO:<gone@", say("550 5.1.1 no such user")),
        ("To: drop@", Answer::Close),
    ])
    .await;
    // Nobody listens at the second, which has the larger share.
    let second = ["host=127.0.0.1", "tls=none", "port=1", "weight=5"].map(|set| format!("mail.relays.second.{set}"));
    let sets = [by(&server), second.into()].concat();
    let mut living = Living::begin("a_server_that_refuses_some", house, Utc::now(), &sets).await.at_server(server);
    living.command(1, &["send", "green-economy"]).await;
    living.is_told(Code::ManyRefused, "5 of 8 mails of green-economy/1 were refused for good").await;
    living
        .is_told(Code::DomainPaused, "bad.example refuses green-economy/1, 1 mail wait: refused at RCPT TO: 550 5.7.26")
        .await;
    living.is_told(Code::MailsUnknown, "1 mail may have gone out or not, nobody can say").await;
    living.is_told(Code::RelayAway, "the relay second cannot be reached").await;
    living.is_mailed(Code::ManyRefused, "attention.many-refused.green-economy.1.", "--only failed").await;
    living.is_mailed(Code::DomainPaused, "refuses.green-economy.1.bad.example.", "550 5.7.26").await;
    living.is_mailed(Code::MailsUnknown, "attention.mails-unknown.", "deliveries settle").await;
    living.is_told(Code::OperatorMailFailed, "the last: refused at RCPT TO: 550 5.1.1 no such user").await;
    living.passes(TimeDelta::minutes(11));
    living.is_mailed(Code::RelayAway, "attention.relay-away.second.", "the relay second cannot be reached").await;
    living.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_refuses_us_and_one_that_puts_us_off() {
    let house = house_with(&READERS[..5]);
    let server = server(vec![
        ("RCPT TO:<operator@", say("250 2.1.5 ok")),
        ("RCPT", say("550 5.7.1 blocked")),
        ("DATA", say("354 go on")),
    ])
    .await;
    let name = "a_server_that_refuses_us_and_one_that_puts_us_off";
    let sets = by(&server);
    let mut living = Living::begin(name, house, Utc::now(), &sets).await.at_server(server);
    living.command(1, &["send", "green-economy"]).await;
    living
        .is_told(Code::EditionPaused, "green-economy/1 is paused and 5 mails wait: refused at RCPT TO: 550 5.7.1")
        .await;
    living.is_mailed(Code::EditionPaused, "paused.green-economy.1.", "550 5.7.1 blocked").await;
    living.server.as_ref().unwrap().tell(vec![
        ("RCPT TO:<operator@", say("250 2.1.5 ok")),
        ("RCPT", say("451 4.3.0 later")),
        ("DATA", say("354 go on")),
    ]);
    living.command(1, &["send", "green-economy"]).await;
    living.passes(TimeDelta::hours(25));
    living.is_told(Code::ManyExpired, "5 of 5 mails of green-economy/2 were given up").await;
    living.is_mailed(Code::ManyExpired, "attention.many-expired.green-economy.2.", "give_up_after").await;
    living.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_says_nothing() {
    let readers: Vec<String> = (0..30).map(|number| format!("reader{number}@example.net")).collect();
    let house = house_with(&readers.iter().map(String::as_str).collect::<Vec<_>>());
    let server = server(vec![("RCPT TO:<reader", Answer::Hang)]).await;
    let sets = by(&server);
    let mut living = Living::begin("a_server_that_says_nothing", house, Utc::now(), &sets).await.at_server(server);
    // It waits for the mails until it is told not to.
    let mut send =
        living.house.command(&["send", "green-economy"]).stdout(std::process::Stdio::null()).spawn().unwrap();
    let begun = std::time::Instant::now();
    while living.store.outbox().tally(None).await.unwrap().all() < 30 {
        assert!(begun.elapsed() < PATIENCE && send.try_wait().unwrap().is_none());
        sleep(Duration::from_millis(50)).await;
    }
    send.kill().unwrap();
    send.wait().unwrap();
    living.passes(TimeDelta::minutes(31));
    living.is_told(Code::MailsStuck, "30 mails wait, the first since 20").await;
    living.is_queued("attention.mails-stuck.").await;
    // The mail to the operators waits with the others, until the server is itself again.
    living.server.as_ref().unwrap().tell(Vec::new());
    living.server.as_ref().unwrap().cut();
    living.is_mailed(Code::MailsStuck, "attention.mails-stuck.", "none was sent for half an hour").await;
    living.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_with_a_newer_config() {
    let house = House::new();
    house.change("cron = \"0 7 * * Mon\"", "cron = \"0 7 * * *\"\ntimezone = \"UTC\"");
    house.change("# calendar = \"DE-BW\"", "calendar = \"CN\"");
    house.change("# on_holiday = \"run\"", "on_holiday = \"skip\"");
    house.change("# calendar_unknown = \"run\"", "calendar_unknown = \"run\"");
    let source = ConfigSource { file: house.path("config/greenbrief.toml"), overrides: Vec::new() };
    let (config, _) = source.load().unwrap();
    // Ten days before the end of the shipped calendar, ten minutes before a slot.
    let end = config.calendar("CN").unwrap().known_until();
    let begin = end.and_hms_opt(6, 50, 0).unwrap().and_utc() - TimeDelta::days(10);
    let mut living = Living::begin("another_process_with_a_newer_config", house, begin, &[]).await;
    living.is_told(Code::CalendarEnds, &format!("the calendar CN ends with {end}")).await;
    living.is_mailed(Code::CalendarEnds, "attention.calendar-ends.CN.", &end.to_string()).await;
    // What a second daemon does at its start; on SQLite it would not get the lock.
    living.store.activations().activate("another", living.clock.now()).await.unwrap();
    living.is_told(Code::ConfigOutdated, "another process activated a newer config").await;
    assert!(living.answers("/health/ready", 503).await.contains("newer config"));
    living.passes(TimeDelta::minutes(14));
    living.is_told(Code::SlotNotBegun, "has passed: it has not been begun").await;
    living.passes(TimeDelta::minutes(3));
    living.is_mailed(Code::ConfigOutdated, "attention.config-outdated.", "claims nothing").await;
    living.is_mailed(Code::SlotNotBegun, "attention.slot-not-begun.green-economy.weekly.", "07:00:00 UTC").await;
    living.end().await;
}

/// A house with a slot a day at 07:00 UTC, and the time ten minutes before the next.
fn daily() -> (House, DateTime<Utc>) {
    let house = House::new();
    house.change("cron = \"0 7 * * Mon\"", "cron = \"0 7 * * *\"\ntimezone = \"UTC\"");
    house.change("# alarm_after = \"2h\"", "alarm_after = \"14h\"");
    house.change("# catch_up_window = \"12h\"", "catch_up_window = \"1h\"");
    (house, (Utc::now() + TimeDelta::days(1)).with_hour(6).unwrap().with_minute(50).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_that_is_slept_through() {
    let (house, begin) = daily();
    let mut living = Living::begin("a_slot_that_is_slept_through", house, begin, &[]).await;
    living.passes(TimeDelta::hours(2));
    living.is_told(Code::SlotMissed, "green-economy/weekly was missed at ").await;
    living.is_mailed(Code::SlotMissed, "missed.green-economy.weekly.", "makes an edition now").await;
    living.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_that_comes_to_nothing() {
    let (house, begin) = daily();
    let server = server(Vec::new()).await;
    let sets = by(&server);
    let mut living = Living::begin("a_slot_that_comes_to_nothing", house, begin, &sets).await.at_server(server);
    // The PDFs cannot be written, for longer than an edition is tried.
    living.house.write("reports", "");
    living.passes(TimeDelta::minutes(15));
    let begun = std::time::Instant::now();
    let weekly = greenbrief::base::ids::ScheduleId::new("green-economy", "weekly");
    while living.store.ledger().newest(Some(&weekly), 1).await.unwrap().is_empty() {
        assert!(begun.elapsed() < PATIENCE);
        sleep(Duration::from_millis(50)).await;
    }
    living.passes(TimeDelta::hours(1));
    living.is_told(Code::SlotFailed, "green-economy/weekly failed at ").await;
    living.is_mailed(Code::SlotFailed, "failed.", "was not made").await;
    living.passes(TimeDelta::hours(14));
    living.is_told(Code::ScheduleOverdue, "is overdue: failed").await;
    living.is_mailed(Code::ScheduleOverdue, "overdue.green-economy.weekly.", "is not released").await;
    living.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_figure_that_is_withdrawn() {
    let house = House::new();
    house.change("cron = \"0 7 * * Mon\"", "cron = \"0 7 * * *\"\ntimezone = \"UTC\"");
    let begin = (Utc::now() + TimeDelta::days(1)).with_hour(6).unwrap().with_minute(50).unwrap();
    let mut living = Living::begin("a_figure_that_is_withdrawn", house, begin, &[]).await;
    let withdraw = ["figures", "withdraw", "vw_bev_cn", "2024", "unknown", "--reason", "not the Group"];
    living.command(1, &withdraw).await;
    living.is_told(Code::BriefWouldBeHeld, "the next edition of green-economy would be held: ").await;
    living.is_mailed(Code::BriefWouldBeHeld, "attention.brief-would-be-held.green-economy.", "would be held").await;
    living.passes(TimeDelta::minutes(11));
    living.is_told(Code::EditionHeld, "green-economy/1 is held: ").await;
    living.is_mailed(Code::EditionHeld, "held.green-economy.1", "was not sent").await;
    living.end().await;
}

/// What `status` says at a time, of a config as it stands.
async fn seen_at(house: &House, sets: &[String], ahead: TimeDelta, code: Code) -> String {
    let overrides = sets.iter().map(|set| set.split_once('=').unwrap());
    let overrides = overrides.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let source = ConfigSource { file: house.path("config/greenbrief.toml"), overrides };
    let found = status(&source, &Clock::starting_at(Utc::now() + ahead), &|_| ()).await.unwrap().attention;
    found.iter().find(|found| found.code == code).unwrap_or_else(|| panic!("no {code}: {found:?}")).text.clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_stopped_and_one_that_is_killed() {
    let mut left = Left::of("a_process_that_is_stopped_and_one_that_is_killed");
    let house = house_with(&READERS[6..]);
    let port = free_port();
    let listen = format!("web.listen=127.0.0.1:{port}");
    // Nobody takes its mails.
    let sets = ["mail.transport=smtp", "mail.host=127.0.0.1", "mail.port=1", "mail.tls=none", &listen];
    let mut serve = house.serve(&sets.iter().flat_map(|set| ["--set", *set]).collect::<Vec<_>>());
    serve.wait_for("watching");
    let mut send = house.command(&["send", "green-economy"]);
    assert_eq!(send.output().unwrap().status.code(), Some(1), "{}", serve.log());
    let signal = |name: &str| {
        let kill = format!("kill -{name} {}", serve.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    };
    // It is there and has the store, but it does nothing: its monitor hears nothing, and its sign grows old.
    signal("STOP");
    let url = [format!("store.url=sqlite:{}", house.path("var/greenbrief.db").display())];
    let text = seen_at(&house, &url, TimeDelta::minutes(10), Code::DaemonSilent).await;
    assert!(text.starts_with("the daemon has written no sign of life into the store since 20"), "{text}");
    left.seen(Code::DaemonSilent, Way::Status);
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    std::io::Write::write_all(&mut stream, b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").unwrap();
    assert!(std::io::Read::read(&mut stream, &mut [0; 9]).is_err(), "nobody answers");
    left.seen(Code::DaemonSilent, Way::Metric);
    signal("CONT");
    serve.child.kill().unwrap();
    serve.child.wait().unwrap();
    let text = seen_at(&house, &url, TimeDelta::zero(), Code::DaemonDown).await;
    assert!(text.starts_with("no daemon runs: the last one ended without a word after 20"), "{text}");
    assert!(text.ends_with("; 2 mails wait to be sent"), "{text}");
    left.seen(Code::DaemonDown, Way::Status);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    left.seen(Code::DaemonDown, Way::Metric);
    left.none();
}

/// Another writer keeps the courier waiting; only tokio's clock is set forward, by which it is measured.
#[tokio::test]
async fn a_courier_that_hangs() {
    let house = house_with(&[]);
    let mut living = Living::begin("a_courier_that_hangs", house, Utc::now(), &[]).await;
    let file = living.house.path("var/greenbrief.db");
    let mut other = sqlx::SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap();
    other.execute("PRAGMA busy_timeout = 15000").await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    // The courier looks once a second.
    sleep(Duration::from_millis(1500)).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(130)).await;
    tokio::time::resume();
    living.is_counted(Code::WorkerStuck).await;
    assert!(living.answers("/health/live", 503).await.contains("has not looked for 1"));
    // What the daemon found meanwhile is written down as soon as it can be.
    other.execute("COMMIT").await.unwrap();
    living.is_in_status(Code::WorkerStuck, "has not looked for 1").await;
    living.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_store() {
    let mut left = Left::of("a_damaged_store");
    let house = house_with(&["anna@example.net"]);
    house.write("var/greenbrief.db", &"this is no database ".repeat(100));
    // A command that was not done with it may have left what SQLite reads instead.
    for beside in ["wal", "shm"] {
        let _ = fs::remove_file(house.path(&format!("var/greenbrief.db-{beside}")));
    }
    assert_eq!(house.codes(), ["store-unreadable"]);
    left.seen(Code::StoreUnreadable, Way::Status);
    left.none();
}

/// A file system of its own, in which nothing but the database is. Who may not mount may so in a user namespace.
#[cfg(feature = "real-parts")]
#[test]
fn a_full_disk() {
    let mut left = Left::of("a_full_disk");
    let house = house_with(&["anna@example.net"]);
    let port = free_port();
    let script = r#"
        mount -t tmpfs -o size=20m tmpfs var || exit 99
        "$0" "$@" subscribers add anna@example.net --language en --consent fair || exit 98
        "$0" "$@" status --format json > status.json
        "$0" "$@" serve &
        while :; do
            test -e fill && { rm fill; dd if=/dev/zero of=var/fill bs=64k 2>/dev/null; touch filled; }
            test -e free && { rm free var/fill; }
            test -e end && { kill -TERM $!; wait $!; exit; }
            sleep 0.1
        done
    "#;
    let mut command = Command::new("unshare");
    command.args(["-rmpf", "--kill-child", "sh", "-c", script, env!("CARGO_BIN_EXE_greenbrief")]);
    command.args(["--set", &format!("web.listen=127.0.0.1:{port}")]);
    command.current_dir(house.path("")).env("USER", "tester");
    let mut serve = Serve::start(command);
    serve.wait_for("monitors are answered");
    let mut watched = super::Watched { serve, port };
    watched.until(Code::DiskLow, 1);
    left.seen(Code::DiskLow, Way::Metric);
    let told = fs::read_to_string(house.path("status.json")).unwrap();
    assert!(
        told.contains("\"code\":\"disk-low\"") && told.contains("MB are left on the disk of var/greenbrief.db"),
        "{told}"
    );
    left.seen(Code::DiskLow, Way::Status);
    let mail = super::mailed(&house, "attention.disk-low.", &watched.serve);
    assert!(mail.contains("MB are left on the disk of") && mail.contains("\r\nstore: "), "{mail}");
    left.seen(Code::DiskLow, Way::Mail);
    // Nothing fits any more.
    house.write("fill", "");
    watched.until(Code::StoreUnwritable, 1);
    left.seen(Code::StoreUnwritable, Way::Metric);
    assert_eq!(super::get(port, "/health/ready").text(), "the store cannot be written\n");
    house.write("free", "");
    watched.until(Code::StoreUnwritable, 0);
    house.write("end", "");
    let begun = std::time::Instant::now();
    while watched.serve.child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < PATIENCE, "{}", watched.serve.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    left.none();
}

#[test]
fn every_state_is_made_real() {
    let text = include_str!("made_real.rs");
    for (name, _) in SCENARIOS {
        assert!(text.contains(&format!("fn {name}() {{")), "no test {name}");
    }
    for code in Code::ALL {
        let made = SCENARIOS.iter().filter(|(_, codes)| codes.contains(&code)).count();
        assert_eq!(made, 1, "{code} is made real by {made} tests: SCENARIOS needs one");
    }
}
