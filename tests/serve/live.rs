//! A config that changes while `serve` runs: what is taken, what is refused, and what goes on as it began.

use std::{
    fs,
    os::unix::fs::symlink,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use chrono::{DateTime, Datelike, Utc};

use super::{House, PATIENCE, Serve, http::get};

const PEOPLE: &str = "address,language\nanna@example.net,en\nbernd@example.net,de\nchen@example.net,zh\n";
const BRIEF: &str = "config/briefs/green-economy.toml";

fn serves(house: &House, more: &[&str]) -> Serve {
    let mut serve = house.serve(more);
    serve.wait_for("watching");
    serve
}

pub(super) fn hang_up(serve: &Serve) {
    let kill = format!("kill -HUP {}", serve.child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// How often the log says it.
fn count(serve: &Serve, text: &str) -> usize {
    serve.log().matches(text).count()
}

fn next(house: &House) -> DateTime<Utc> {
    house.objects(&["plan", "--next", "1"])[0]["slot_utc"].as_str().unwrap().parse().unwrap()
}

#[test]
fn monday_becomes_thursday_while_an_edition_is_sent() {
    let house = House::new();
    let people: String = (0..240).map(|number| format!("reader{number}@example.net,en\n")).collect();
    house.write("people.csv", &format!("address,language\n{people}"));
    house.done(&["subscribers", "import", "people.csv"]);
    let mut serve = serves(&house, &[]);
    // The daemon sends it: while it does, the operator edits.
    let mut send = house.command(&["send", "green-economy"]).spawn().unwrap();
    let begun = Instant::now();
    while house.outbox().is_empty() {
        assert!(begun.elapsed() < PATIENCE, "{}", serve.log());
        sleep(Duration::from_millis(5));
    }
    house.change("cron = \"0 7 * * Mon\"", "cron = \"0 7 * * Thu\"");
    // And another sender's name, for which the courier is relieved.
    let settings = house.path("config/greenbrief.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, text.replace("from = \"Green Economy Brief <", "from = \"Other Brief <")).unwrap();
    serve.wait_for("a schedule is retimed");
    serve.wait_for("mails follow the new config");
    assert_eq!(send.wait().unwrap().code(), Some(0), "{}", serve.log());
    let log = serve.log();
    assert!(log.contains("schedule=\"green-economy/weekly\"") && log.contains("Thursday"), "{log}");
    assert!(log.contains("next=\"Thu ") && log.contains("07:00:00"), "{log}");
    assert!(log.contains("other sections have changed sections=\"mail\""), "{log}");
    assert_eq!(next(&house).weekday(), chrono::Weekday::Thu);
    // Each reader has one mail.
    let mails = house.objects(&["deliveries", "list"]);
    assert_eq!(mails.len(), 240);
    assert!(mails.iter().all(|mail| mail["state"] == "sent" && mail["attempts"] == 1), "{mails:?}");
    assert_eq!(house.outbox().len(), 240);
    assert!(house.objects(&["schedules", "history", "weekly"]).is_empty(), "nothing fires retroactively");
    // The next ones are from the other sender.
    house.done(&["send", "green-economy"]);
    let newest = house.outbox().into_iter().find(|name| name.starts_with("green-economy.2.")).unwrap();
    let mail = fs::read_to_string(house.path("reports/outbox").join(newest)).unwrap();
    assert!(mail.contains("From: Other Brief\r\n"), "{mail:.600}");
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
}

#[test]
fn fifty_edits_in_a_second_end_with_the_last() {
    let house = House::new();
    let mut serve = serves(&house, &[]);
    let text = fs::read_to_string(house.path(BRIEF)).unwrap();
    let begun = Instant::now();
    for minute in 0..50 {
        let cron = format!("cron = \"{minute} 7 * * Mon\"");
        // Renamed into place as editors do: half a file would be refused, rightly.
        house.write("brief.part", &text.replace("cron = \"0 7 * * Mon\"", &cron));
        fs::rename(house.path("brief.part"), house.path(BRIEF)).unwrap();
        sleep(Duration::from_millis(20));
    }
    // One is taken after 300 ms of rest, which a busy machine may make of the pause between two.
    let most = 2 + begun.elapsed().as_millis() / 300;
    serve.wait_for("07:49:00");
    let taken = count(&serve, "a new config is in force");
    assert!((1..=most).contains(&(taken as u128)), "{taken}\n{}", serve.log());
    assert_eq!(count(&serve, "config is refused"), 0, "{}", serve.log());
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
}

#[test]
fn a_broken_file_leaves_the_last_good_config_in_force_until_it_is_mended() {
    let house = House::new();
    let port = super::free_port();
    let mut serve = serves(&house, &["--set", &format!("web.listen=127.0.0.1:{port}")]);
    let metric = |name: &str| -> f64 {
        let answer = get(port, "/metrics");
        let line = answer.text().lines().find_map(|line| line.strip_prefix(&format!("{name} "))).map(str::to_owned);
        line.unwrap().parse().unwrap()
    };
    let loaded = metric("greenbrief_config_loaded_timestamp_seconds");
    assert_eq!(metric("greenbrief_config_problems"), 0.0);
    let good = fs::read_to_string(house.path(BRIEF)).unwrap();
    // Half of it, as a file is that is just being written; and once more the same.
    let half = &good[..good.find("cron = ").unwrap() + 9];
    fs::write(house.path(BRIEF), half).unwrap();
    serve.wait_for("the config is refused: the last good one stays in force");
    fs::write(house.path(BRIEF), half).unwrap();
    hang_up(&serve);
    sleep(Duration::from_secs(3));
    assert_eq!(count(&serve, "the config is refused: the last"), 1, "{}", serve.log());
    assert!(serve.log().contains("green-economy.toml:"), "{}", serve.log());
    assert!(metric("greenbrief_config_problems") >= 1.0);
    assert_eq!(metric("greenbrief_config_loaded_timestamp_seconds"), loaded);
    // `status` knows both: what is wrong, and what the daemon does meanwhile.
    let status = house.run(&["status"]);
    assert_eq!(status.code, 1, "{}", status.out);
    assert!(status.err.contains("green-economy.toml"), "{}", status.err);
    assert!(status.out.contains("has been refused") && status.out.contains("green-economy/weekly"), "{}", status.out);

    fs::write(house.path(BRIEF), good.replace("0 7 * * Mon", "0 8 * * Tue")).unwrap();
    serve.wait_for("the config is good again");
    serve.wait_for("08:00:00");
    assert_eq!(metric("greenbrief_config_problems"), 0.0);
    assert!(metric("greenbrief_config_loaded_timestamp_seconds") > loaded);
    let status = house.done(&["status"]);
    assert!(status.contains("Nothing needs a person."), "{status}");
    let told = house.objects(&["deliveries", "list"]);
    let told: Vec<_> = told.iter().filter(|mail| mail["kind"] == "operator").collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
}

#[test]
fn a_file_that_is_removed_and_put_back_is_gone_and_new() {
    let house = House::new();
    let mut serve = serves(&house, &[]);
    let good = fs::read_to_string(house.path(BRIEF)).unwrap();
    fs::remove_file(house.path(BRIEF)).unwrap();
    serve.wait_for("a schedule is removed");
    // As editors do that write beside it and rename.
    fs::write(house.path("config/briefs/part"), &good).unwrap();
    fs::rename(house.path("config/briefs/part"), house.path(BRIEF)).unwrap();
    serve.wait_for("a schedule is added");
    assert!(house.objects(&["schedules", "history", "weekly"]).is_empty());
    // A roll-back has a number of its own.
    let numbers: Vec<String> = serve
        .log()
        .lines()
        .filter_map(|line| line.split("activation=").nth(1))
        .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect())
        .collect();
    assert_eq!(numbers, ["1", "2", "3"], "{}", serve.log());
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
}

/// As a ConfigMap is mounted: every file is a link through `..data`, which is swapped by a rename.
#[test]
fn a_swapped_link_is_an_edit() {
    let house = House::new();
    let good = fs::read_to_string(house.path(BRIEF)).unwrap();
    let briefs = house.path("config/briefs");
    fs::remove_dir_all(&briefs).unwrap();
    let mount = |version: &str, text: &str| {
        fs::create_dir_all(briefs.join(version)).unwrap();
        fs::write(briefs.join(version).join("green-economy.toml"), text).unwrap();
        symlink(version, briefs.join("..data_tmp")).unwrap();
        fs::rename(briefs.join("..data_tmp"), briefs.join("..data")).unwrap();
    };
    mount("..one", &good);
    symlink("..data/green-economy.toml", briefs.join("green-economy.toml")).unwrap();
    let mut serve = serves(&house, &[]);
    mount("..two", &good.replace("0 7 * * Mon", "0 7 * * Thu"));
    fs::remove_dir_all(briefs.join("..one")).unwrap();
    serve.wait_for("a schedule is retimed");
    mount("..three", &good.replace("0 7 * * Mon", "0 9 * * Fri"));
    serve.wait_for("09:00:00");
    assert_eq!(count(&serve, "config is refused"), 0, "{}", serve.log());
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
}

#[test]
fn at_sighup_everything_is_read_anew() {
    let house = House::new();
    let mut serve = serves(&house, &[]);
    hang_up(&serve);
    serve.wait_for("the config was reloaded: nothing has changed");
    assert_eq!(count(&serve, "a new config is in force"), 0, "{}", serve.log());
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
}

#[test]
fn a_key_that_is_replaced_signs_from_then_on() {
    let house = House::new();
    let key =
        |name: &str| fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mail/keys/").to_owned() + name).unwrap();
    let settings = house.path("config/greenbrief.toml");
    let text = fs::read_to_string(&settings).unwrap();
    let signed = "[mail]\ndkim.brief2026.key_file = \"dkim.pem\"\n";
    fs::write(&settings, text.replacen("[mail]\n", signed, 1)).unwrap();
    fs::write(house.path("config/dkim.pem"), key("rsa-pkcs8.pem")).unwrap();
    let mut serve = serves(&house, &[]);
    // As a program does that puts new secrets beside the old ones and then in their place.
    fs::write(house.path("config/new.pem"), key("ed25519.pem")).unwrap();
    fs::rename(house.path("config/new.pem"), house.path("config/dkim.pem")).unwrap();
    serve.wait_for("mails follow the new config");
    house.write("people.csv", PEOPLE);
    house.done(&["subscribers", "import", "people.csv"]);
    house.due_in(6);
    serve.wait_for("the outbox is quiet");
    let outbox = house.path("reports/outbox");
    let mails = house.outbox();
    assert_eq!(mails.len(), 3, "{}", serve.log());
    for mail in mails {
        assert!(fs::read_to_string(outbox.join(&mail)).unwrap().contains("a=ed25519-sha256;"), "{mail}");
    }
    // One that cannot sign is not taken.
    fs::write(house.path("config/dkim.pem"), "no key").unwrap();
    serve.wait_for("the last good one stays in force");
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
}

#[test]
fn the_next_edition_is_made_from_the_new_template() {
    let house = House::new();
    house.write("people.csv", PEOPLE);
    house.done(&["subscribers", "import", "people.csv"]);
    let mut serve = serves(&house, &[]);
    let mail = house.path("templates/green-economy/mail.en.md");
    let text = fs::read_to_string(&mail).unwrap();
    fs::write(&mail, format!("{text}\nA line that is new.\n")).unwrap();
    serve.wait_for("its template has changed");
    // The schedule's own edition, not one by another process.
    house.due_in(6);
    serve.wait_for("the outbox is quiet");
    let mails: Vec<String> = house.outbox();
    assert_eq!(mails.len(), 3, "{}", serve.log());
    let all: String =
        mails.iter().map(|name| fs::read_to_string(house.path("reports/outbox").join(name)).unwrap()).collect();
    assert!(all.contains("A line that is new."), "{}", serve.log());
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
}

#[test]
fn what_takes_a_new_start_is_told_and_the_rest_is_taken() {
    let house = House::new();
    let mut serve = serves(&house, &[]);
    let settings = house.path("config/greenbrief.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, text.replace("# url = \"sqlite:../var/greenbrief.db\"", "url = \"sqlite:../other.db\""))
        .unwrap();
    house.change("0 7 * * Mon", "0 7 * * Thu");
    serve.wait_for("restart to apply it");
    serve.wait_for("a schedule is retimed");
    assert!(
        serve.log().contains("store.url is still sqlite:var/greenbrief.db, not sqlite:other.db"),
        "{}",
        serve.log()
    );
    assert!(!house.path("other.db").exists());
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
}

/// Templates that ran for ever, or took the process with them.
const RUNAWAYS: [&str; 4] = [
    "{% set ns = namespace(x=[1,2,3]) %}{% for i in range(40) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x|length }}",
    "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(40) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}",
    "{% set ns = namespace(x=\"x\") %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
    "{{ NOT }}",
];

#[test]
fn a_template_that_would_run_for_ever_is_refused_and_later_edits_are_taken() {
    let house = House::new();
    let mut serve = serves(&house, &[]);
    let path = house.path("templates/green-economy/en.md");
    let good = fs::read_to_string(&path).unwrap();
    for (nth, runaway) in RUNAWAYS.into_iter().enumerate() {
        let runaway = runaway.replace("NOT", &format!("{} 1", "not ".repeat(50_000).replace("not not ", "not not\n")));
        fs::write(&path, format!("{good}\n{runaway}\n")).unwrap();
        let begun = Instant::now();
        while count(&serve, "the config is refused: the last") <= nth {
            assert!(begun.elapsed() < PATIENCE, "{nth}: {}", serve.log());
            sleep(Duration::from_millis(50));
        }
        fs::write(&path, &good).unwrap();
        let begun = Instant::now();
        while count(&serve, "the config is good again") <= nth {
            assert!(begun.elapsed() < PATIENCE, "{nth}: {}", serve.log());
            sleep(Duration::from_millis(50));
        }
    }
    fs::write(&path, format!("{good}\nOne line more.\n")).unwrap();
    serve.wait_for("a new config is in force");
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
}

#[test]
fn an_edit_that_no_font_can_show_is_refused() {
    let house = House::new();
    let mut serve = serves(&house, &[]);
    let path = house.path("templates/green-economy/zh.md");
    let good = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{good}\n龍\n")).unwrap();
    serve.wait_for("the config is refused: the last good one stays in force");
    assert!(serve.log().contains("no shipped font has the character 龍 (U+9F8D)"), "{}", serve.log());
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
}
