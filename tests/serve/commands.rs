//! The commands, one after the other as an operator types them: what they print for people and for programs, what they
//! refuse and how they say so.

use std::fs;

use chrono::{TimeDelta, Utc};
use greenbrief::{base::ids::ScheduleId, store::Store};

use super::House;

#[test]
fn plan_tells_programs_exactly_this() {
    let house = House::new();
    let row = |utc: &str, local: &str| {
        serde_json::json!({
            "brief": "green-economy", "schedule": "weekly", "slot_utc": utc, "due_utc": utc, "local": local,
            "timezone": "Europe/Berlin", "runs": true, "uncertain": false, "note": "At 07:00 on Monday",
            "cron": "0 7 * * Mon", "remarks": [], "tzdata": chrono_tz::IANA_TZDB_VERSION,
        })
    };
    let first = row("2026-10-19T05:00:00Z", "Mon 2026-10-19 07:00:00 +02:00");
    let second = row("2026-10-26T06:00:00Z", "Mon 2026-10-26 07:00:00 +01:00");
    assert_eq!(house.objects(&["plan", "--next", "2", "--from", "2026-10-17T00:00:00Z"]), [first.clone(), second]);
    let words = [
        "plan",
        "--from",
        "2026-10-17T00:00:00Z",
        "--to",
        "2026-10-20T00:00:00Z",
        "--schedule",
        "weekly",
        "--zone",
        "Asia/Shanghai",
    ];
    let mut there = first;
    there["zone"] = "Mon 2026-10-19 13:00:00 +08:00".into();
    assert_eq!(house.objects(&words), [there]);
    let text = house.done(&words);
    assert!(text.contains("Asia/Shanghai") && text.contains("Mon 2026-10-19 13:00:00 +08:00"), "{text}");
    assert!(house.refused(&["plan", "--schedule", "weakly"]).contains("did you mean `weekly`?"));
    house.change("0 7 * * Mon", "30 2 * * *");
    let text = house.done(&["plan", "--next", "2", "--from", "2026-03-28T12:00:00+01:00"]);
    assert!(
        text.contains("02:30 does not exist that day (clocks go forward): sent at the first moment after"),
        "{text}"
    );
    house.change("# jitter = \"0s\"  ", "jitter = \"10m\" #");
    house.change("# dst_gap = \"after\"", "dst_gap = \"skip\"");
    house.change("# dst_overlap = \"first\"", "dst_overlap = \"both\"");
    let rows = house.objects(&["plan", "--next", "2", "--from", "2026-03-28T12:00:00+01:00"]);
    assert_eq!((&rows[0]["runs"], &rows[0]["outcome"]), (&false.into(), &"skipped-gap".into()));
    assert!(
        rows[1]["note"].as_str().unwrap().contains("by which it falls between 02:30:00 and 02:39:59"),
        "{}",
        rows[1]
    );
    let rows = house.objects(&["plan", "--next", "2", "--from", "2026-10-24T12:00:00+02:00"]);
    assert_eq!(
        (&rows[0]["slot_utc"], &rows[1]["slot_utc"]),
        (&"2026-10-25T00:30:00Z".into(), &"2026-10-25T01:30:00Z".into())
    );
    assert!(rows[1]["note"].as_str().unwrap().contains("this is the second time"), "{}", rows[1]);
    assert_eq!(
        rows[1]["remarks"][0],
        serde_json::json!({ "code": "clock_repeats", "time": "02:30", "pass": 2, "both": true })
    );
    assert_eq!(
        (&rows[0]["remarks"][1]["code"], &rows[0]["remarks"][1]["seconds"]),
        (&"jitter".into(), &jitter(&rows[0]))
    );
    house.change("# paused = false", "paused = true #");
    let text = house.done(&["plan", "--next", "1"]);
    assert!(text.contains("paused in config/briefs/green-economy.toml:"), "{text}");
    let paused = &house.objects(&["plan", "--next", "1"])[0]["paused"];
    assert_eq!((&paused["what"], &paused["file"]), (&"config".into(), &"config/briefs/green-economy.toml".into()));
    assert!(text.contains(&format!("Time zones: IANA {}.", chrono_tz::IANA_TZDB_VERSION)), "{text}");
    assert!(!house.path("var").exists(), "a plan needs no store");
}

/// The jitter of a planned occurrence, from its times.
fn jitter(row: &serde_json::Value) -> serde_json::Value {
    let time = |key: &str| row[key].as_str().unwrap().parse::<chrono::DateTime<Utc>>().unwrap();
    (time("due_utc") - time("slot_utc")).num_seconds().into()
}

#[test]
fn plan_tells_what_days_off_do() {
    let house = House::new();
    house.change("# calendar = \"DE-BW\"", "calendar = \"DE-BW\"");
    house.change("# on_holiday = \"run\"", "on_holiday = \"next-workday\"");
    // Easter Monday is 29 March 2027, one day after the clocks go forward.
    let rows = house.objects(&["plan", "--next", "2", "--from", "2027-03-25T00:00:00Z"]);
    assert_eq!(
        (&rows[0]["slot_utc"], &rows[0]["due_utc"]),
        (&"2027-03-29T05:00:00Z".into(), &"2027-03-30T05:00:00Z".into())
    );
    let note = rows[0]["note"].as_str().unwrap();
    assert!(note.contains("moved from Mon 2027-03-29 to Tue 2027-03-30: Ostermontag is a day off (DE-BW)"), "{note}");
    assert_eq!(rows[1]["due_utc"], "2027-04-05T05:00:00Z");
    let why = "Ostermontag is a day off (DE-BW)";
    assert_eq!(
        rows[0]["remarks"],
        serde_json::json!([{ "code": "moved", "from": "2027-03-29", "to": "2027-03-30", "why": why }])
    );
    house.change("on_holiday = \"next-workday\"", "on_holiday = \"skip\"");
    let rows = house.objects(&["plan", "--next", "1", "--from", "2027-03-25T00:00:00Z"]);
    assert_eq!((&rows[0]["runs"], &rows[0]["outcome"]), (&false.into(), &"skipped-holiday".into()));
    // China's days are published year by year: beyond them nothing is guessed, and somebody is told ahead.
    house.change("calendar = \"DE-BW\"", "calendar = \"CN\"");
    let rows = house.objects(&["plan", "--next", "1", "--from", "2049-01-01T00:00:00Z"]);
    assert_eq!((&rows[0]["runs"], &rows[0]["uncertain"]), (&true.into(), &true.into()));
    let uncertain = &rows[0]["remarks"][0];
    assert_eq!((&uncertain["code"], &uncertain["calendar"]), (&"uncertain".into(), &"CN".into()));
    let note = rows[0]["note"].as_str().unwrap();
    assert!(note.contains("uncertain: calendar CN unknown after 20"), "{note}");
    house.change("# calendar_unknown = \"run\"", "calendar_unknown = \"skip\"");
    let rows = house.objects(&["plan", "--next", "1", "--from", "2049-01-01T00:00:00Z"]);
    assert_eq!(rows[0]["outcome"], "skipped-holiday");
}

#[test]
fn schedules_are_listed_paused_and_resumed() {
    let house = House::new();
    let list = house.objects(&["schedules", "list"]);
    assert_eq!((&list[0]["schedule"], &list[0]["state"]), (&"green-economy/weekly".into(), &"active".into()));
    assert!(house.refused(&["schedules", "pause", "weekly"]).contains("there is no store yet"));
    house.done(&["figures", "import", "--shipped"]);
    let told = house.done(&["schedules", "pause", "weekly", "--as", "anna"]);
    assert!(told.starts_with("green-economy/weekly is paused: no edition is made for its slots"), "{told}");
    let told = house.done(&["schedules", "pause", "green-economy/weekly"]);
    assert!(told.contains("is paused by anna since 2"), "{told}");
    let list = house.done(&["schedules", "list"]);
    assert!(list.contains("paused by anna since 2") && list.contains("At 07:00 on Monday"), "{list}");
    assert!(house.done(&["schedules", "history", "weekly"]).contains("Nothing was due yet."));
    let told = house.done(&["schedules", "resume", "weekly", "--catch-up"]);
    assert!(told.contains("goes on (it was paused by anna since 2") && told.contains("0 slots are made up"), "{told}");
    assert!(house.done(&["schedules", "resume", "weekly"]).contains("was not paused by a person"));
    // What the config pauses, the config resumes.
    house.change("# paused = false", "paused = true #");
    let told = house.mistaken(&["schedules", "resume", "weekly"]);
    assert!(told.contains("green-economy/weekly is paused by the config, not by a person"), "{told}");
    assert!(told.contains("config/briefs/green-economy.toml:4") && told.contains("^^^^"), "{told}");
    assert!(house.done(&["schedules", "list"]).contains("paused in config/briefs/green-economy.toml:"));
    assert!(house.refused(&["schedules", "history", "monthly"]).contains("there is no schedule `monthly`"));
}

#[tokio::test(flavor = "multi_thread")]
async fn status_tells_what_is_overdue() {
    let house = House::new();
    house.done(&["figures", "import", "--shipped"]);
    house.done(&["status"]);
    // A daemon ran until two weeks ago, and never since.
    let store =
        Store::open(&format!("sqlite:{}", house.path("var/greenbrief.db").display()), Utc::now()).await.unwrap();
    let then = Utc::now() - TimeDelta::days(14);
    store
        .schedules()
        .activate(&ScheduleId::new("green-economy", "weekly"), "Europe/Berlin 0 7 * * Mon", then)
        .await
        .unwrap();
    store.close().await;
    let told = house.run(&["status"]);
    assert_eq!(told.code, 1);
    assert!(
        told.out.contains("green-economy/weekly of 2") && told.out.contains("is overdue: it has not been begun"),
        "{}",
        told.out
    );
    let object = &house.run(&["status", "--format", "json"]).objects()[0];
    assert_eq!(object["overdue"], serde_json::json!(["green-economy/weekly"]));
    assert_eq!(house.objects(&["schedules", "list"])[0]["state"], "overdue");
    // What is paused is not; that it is paused is what remains to be seen.
    house.done(&["schedules", "pause", "weekly"]);
    let told = house.run(&["status"]);
    assert!(!told.out.contains("overdue") && told.out.contains("schedule-paused: "), "{}", told.out);
}

#[test]
fn what_was_never_made_is_made_up_by_a_person() {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    let days = ["--from", "2026-06-01", "--to", "2026-06-14"];
    let words = |more: &[&'static str]| [&["backfill", "green-economy"], &days[..], more].concat();
    let rows = house.objects(&words(&[]));
    assert_eq!(rows.len(), 2);
    assert_eq!((&rows[0]["slot_utc"], &rows[0]["wanted"]), (&"2026-06-01T05:00:00Z".into(), &true.into()));
    assert!(house.done(&words(&[])).contains("Nothing was made. --yes builds drafts"));
    assert_eq!(house.names("reports"), [""; 0]);
    let built = house.done(&words(&["--yes"]));
    assert!(built.contains("nothing was recorded, nothing sent"), "{built}");
    let drafts = house.names("reports/green-economy/backfill");
    assert_eq!(drafts.len(), 6, "{drafts:?}");
    assert_eq!(drafts[0], "green-economy-weekly-2026-06-01T050000Z-de.pdf");
    assert_eq!(house.objects(&["editions", "list"]).len(), 0);
    assert_eq!(house.run(&words(&["--send"])).code, 2, "--send asks for --yes, too");
    let sent = house.done(&words(&["--yes", "--send"]));
    assert!(sent.contains("green-economy/1 is released to 1 subscriber\ngreen-economy/2 is released"), "{sent}");
    assert_eq!(house.outbox().len(), 2);
    let rows = house.objects(&words(&["--yes", "--send"]));
    assert!(rows.iter().all(|row| row["why"] == "left out: it was made up before (late)"), "{rows:?}");
    let history = house.done(&["schedules", "history", "weekly"]);
    assert!(history.contains("backfill") && history.contains("made up by a person (by tester)"), "{history}");
    let told = house.refused(&["backfill", "green-economy", "--from", "2026-06-14", "--to", "2026-06-01"]);
    assert!(told.contains("--from 2026-06-14 is after --to 2026-06-01"), "{told}");
    let told = house.refused(&["backfill", "green-economy", "--from", "2016-06-14", "--to", "2026-06-01"]);
    assert!(told.contains("there are more than 100 slots"), "{told}");
}

#[test]
fn nothing_is_made_by_looking() {
    let house = House::new();
    for words in
        [["status"].as_slice(), &["check"], &["editions", "list"], &["deliveries", "list"], &["subscribers", "list"]]
    {
        house.done(words);
    }
    assert!(
        house.done(&["status"]).contains("there is no store yet: `greenbrief serve` or `greenbrief send` makes one")
    );
    assert_eq!(
        house.done(&["editions", "list"]),
        "There are no editions yet: `greenbrief plan` shows when the next is due.\n"
    );
    assert_eq!(house.objects(&["deliveries", "list"]), [0; 0]);
    // An empty list is told from a store that is not there, or not where it is looked for.
    for words in [["subscribers", "list"], ["editions", "list"], ["deliveries", "list"], ["replies", "list"]] {
        let told = house.run(&words).err;
        assert_eq!(
            told,
            "warning: there is no store yet at var/greenbrief.db\n   = hint: `greenbrief serve` or `greenbrief send` makes one\n"
        );
    }
    assert_eq!(house.objects(&["status"])[0]["has_store"], false);
    assert!(house.refused(&["store", "backup", "b.db"]).contains("there is no store yet"));
    assert!(!house.path("var").exists());
}

#[test]
fn one_address_is_one_subscriber_however_it_is_typed() {
    let house = House::new();
    let add = |address: &str, language: &str| house.done(&["subscribers", "add", address, "--language", language]);
    assert_eq!(add("Anna@Example.net", "en"), "Anna@Example.net gets green-economy in en\n");
    assert_eq!(add("anna@example.net", "en"), "anna@example.net already gets green-economy in en\n");
    assert_eq!(add("ANNA@EXAMPLE.NET", "de"), "ANNA@EXAMPLE.NET gets green-economy in de from now on\n");
    // The same domain composed, decomposed, and as it goes over the wire.
    assert_eq!(add("b@gr\u{fc}n.example", "de"), "b@grün.example gets green-economy in de\n");
    assert_eq!(add("b@gru\u{308}n.example", "de"), "b@grün.example already gets green-economy in de\n");
    assert!(add("B@xn--grn-ioa.example", "de").contains("already gets"));
    assert_eq!(house.objects(&["subscribers", "list"]).len(), 2);

    house.write("people.csv", "address,language\nanna@example.net,de\nb@gr\u{fc}n.example,zh\nchen@example.net,zh\n");
    assert_eq!(house.done(&["subscribers", "import", "people.csv"]), "1 new, 1 changed, 1 unchanged\n");
    house.write(
        "bad.csv",
        "address,language\ndora@example.net,en\nno-at-sign,en\nemil@example.net,fr\nDora@example.net,de\n",
    );
    let told = house.mistaken(&["subscribers", "import", "bad.csv"]);
    for place in ["bad.csv:3:1", "bad.csv:4:", "bad.csv:5:1"] {
        assert!(told.contains(place), "{place}\n{told}");
    }
    assert_eq!(house.objects(&["subscribers", "list"]).len(), 3, "all rows or none");

    assert_eq!(
        house.done(&["subscribers", "remove", "Chen@example.net"]),
        "Chen@example.net gets no further mail: 1 subscription ended\n"
    );
    assert!(house.refused(&["subscribers", "remove", "chen@example.net"]).contains("has no active subscription"));
    // An address that never was here may be mistyped; if it is not, that is said.
    let refused = house.refused(&["subscribers", "remove", "never@example.net"]);
    assert!(
        refused.contains("has no active subscription\n") && refused.contains("`--record` writes down"),
        "{refused}"
    );
    assert_eq!(
        house.done(&["subscribers", "remove", "never@example.net", "--record", "--reason", "wrote before we did"]),
        "never@example.net was not subscribed, and stays away from imports, too\n"
    );
    assert!(
        house.refused(&["subscribers", "add", "never@example.net", "--language", "en"]).contains("wrote before we did")
    );
    let people = [&["subscribers", "list"][..], &["subscribers", "list", "--state", "pending"]];
    let others = [&["subscribers", "remove", "anna@example.net"][..], &["editions", "list"], &["deliveries", "list"]];
    for command in people.into_iter().chain(others) {
        let told = house.refused(&[command, &["--brief", "green-econmy"]].concat());
        assert_eq!(told, "error: there is no brief `green-econmy`\n   = hint: did you mean `green-economy`?\n");
    }
    let usage = house.run(&["subscribers", "add", "--help"]).out;
    assert!(usage.contains("<ADDRESS> --language <L> --consent <TEXT>\n"), "{usage}");
    let list = house.done(&["subscribers", "list"]);
    let chen = list.lines().find(|line| line.starts_with("chen@example.net")).unwrap();
    assert!(chen.contains("ended"), "{list}");
    for wrong in ["", "anna", "a b@example.net", "a@example.net\nBcc: b@example.net", "a@", "@b"] {
        let told = house.fails_with(2, &["subscribers", "add", wrong, "--language", "en"]);
        assert!(told.starts_with("error: invalid value ") && told.contains(" ("), "{wrong}: {told}");
    }
}

#[test]
fn an_edition_by_hand_its_rehearsal_and_its_test() {
    let house = House::new();
    for (address, language) in [("anna@example.net", "en"), ("bernd@example.net", "de"), ("bea@example.net", "de")] {
        house.done(&["subscribers", "add", address, "--language", language]);
    }
    let rows = house.objects(&["send", "green-economy", "--dry-run"]);
    let told: Vec<_> = rows.iter().map(|row| (row["language"].as_str().unwrap(), row["recipients"].as_i64())).collect();
    assert_eq!(told, [("en", Some(1)), ("de", Some(2)), ("zh", Some(0))]);
    assert!(house.done(&["send", "green-economy", "--dry-run"]).ends_with("Nothing was sent.\n"));
    assert!(!house.path("reports").exists());

    let tests = house.objects(&["send", "green-economy", "--to", "me@example.net"]);
    assert_eq!(tests.len(), 3, "one in each language");
    assert_eq!(house.outbox().len(), 3);
    let test =
        fs::read_to_string(house.path(tests[0]["reply"].as_str().unwrap().trim_start_matches("written to "))).unwrap();
    assert!(
        test.contains("Subject: =?utf-8?b?W1Rlc3Rd") && test.contains("To: me@example.net\r\n"),
        "{}",
        &test[..600]
    );
    assert_eq!(house.objects(&["editions", "list"]).len(), 0, "a test has no number");

    assert_eq!(
        house.done(&["send", "green-economy"]),
        "green-economy/1 is released to 3 subscribers\n3 sent: written into the folder reports/outbox\n"
    );
    assert_eq!(house.outbox().len(), 6);
    let list = house.objects(&["editions", "list"]);
    assert_eq!(
        (&list[0]["number"], &list[0]["state"], &list[0]["mails"]["sent"]),
        (&1.into(), &"released".into(), &3.into())
    );
    let show = house.done(&["editions", "show", "green-economy/1"]);
    assert!(show.starts_with("green-economy/1  released\nslot ") && show.contains("mails      3 sent"), "{show}");
    assert_eq!(house.objects(&["deliveries", "list", "--edition", "green-economy/1", "--state", "sent"]).len(), 3);
    assert_eq!(house.done(&["deliveries", "list", "--state", "failed"]), "There are no such mails.\n");
    let told = house.refused(&["stop", "green-economy/1", "--as", "Anna"]);
    assert!(told.contains("green-economy/1 is finished: all its 3 mails went out; there is nothing to stop"), "{told}");

    assert!(house.refused(&["send", "green-econmy"]).contains("did you mean `green-economy`?"));
    assert!(house.refused(&["stop", "green-economy/7"]).contains("`greenbrief editions list` shows all editions"));
    let told = house.done(&["mail", "test", "me@example.net"]);
    assert!(told.starts_with("transport: folder, ") && told.contains("to me@example.net: written to "), "{told}");
}

#[test]
fn a_stopped_edition_sends_nothing_more() {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    // Nobody listens on port 1: the mail stays where it is.
    let smtp = ["mail.transport=smtp", "mail.host=127.0.0.1", "mail.tls=none", "mail.port=1"];
    let mut words = vec!["send", "green-economy"];
    words.extend(smtp.iter().flat_map(|word| ["--set", word]));
    let told = house.run(&words);
    assert_eq!(told.code, 1, "{}{}", told.out, told.err);
    assert!(told.out.ends_with("1 deferred\n"), "{}", told.out);
    assert!(
        told.err.contains("nothing takes the mails of green-economy/1, 1 mail wait: broken at connecting"),
        "{}",
        told.err
    );
    let told = house.done(&["stop", "green-economy/1", "--reason", "a wrong figure", "--as", "anna"]);
    assert_eq!(told, "green-economy/1 is stopped: 1 mail cancelled; in all 1 cancelled\n");
    let told = house.done(&["editions", "show", "green-economy/1"]);
    assert!(told.contains("\nreason     stopped by anna: a wrong figure\n"), "{told}");
}

#[test]
fn an_unknown_mail_is_settled_by_a_person() {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    house.done(&["subscribers", "add", "bernd@example.net", "--language", "de"]);
    let smtp = ["mail.transport=smtp", "mail.host=127.0.0.1", "mail.tls=none", "mail.port=1"];
    let mut words = vec!["send", "green-economy"];
    words.extend(smtp.iter().flat_map(|word| ["--set", word]));
    assert_eq!(house.run(&words).code, 1);
    house.done(&["store", "backup", "kept.db"]);
    house.done(&["store", "restore", "kept.db"]);
    house.done(&["resume"]);
    assert_eq!(house.run(&["status"]).code, 1);
    assert_eq!(house.objects(&["deliveries", "list", "--state", "unknown"]).len(), 2);
    assert_eq!(house.done(&["deliveries", "settle", "1", "--sent", "--as", "Anna"]), "1 is recorded as sent\n");
    assert_eq!(house.done(&["deliveries", "settle", "2", "--not-sent"]), "2 waits to be sent again\n");
    let list = house.objects(&["deliveries", "list"]);
    assert_eq!((&list[0]["state"], &list[0]["reply"]), (&"sent".into(), &"sent, says Anna".into()));
    assert_eq!(list[1]["state"], "pending");
    assert!(house.refused(&["deliveries", "settle", "1", "--sent"]).contains("mail 1 is not unknown"));
    assert_eq!(house.run(&["deliveries", "settle", "1"]).code, 2);
    // The other one waits, and nobody is there to send it.
    let status = house.run(&["status"]);
    assert!(
        status.code == 1 && status.out.contains("daemon-down: no daemon runs; 1 mail waits to be sent"),
        "{}",
        status.out
    );
    assert!(!status.out.contains("unknown: "), "{}", status.out);
}

#[test]
fn a_backup_comes_back_and_waits_for_a_person() {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    house.done(&["store", "backup", "kept.db"]);
    house.done(&["subscribers", "add", "bernd@example.net", "--language", "de"]);
    house.write("broken.db", "this is no database, only a text that is long enough to be read as one");
    let told = house.mistaken(&["store", "restore", "broken.db"]);
    assert!(told.contains("broken.db is not a greenbrief store"), "{told}");
    assert_eq!(house.objects(&["subscribers", "list"]).len(), 2, "what was there is untouched");
    assert!(house.mistaken(&["store", "restore", "none.db"]).contains("there is no file none.db"));
    assert!(house.refused(&["store", "restore"]).contains("name the backup"));

    let told = house.done(&["store", "restore", "kept.db"]);
    assert!(told.contains("what was there is kept in var/greenbrief.db.before-restore."), "{told}");
    assert_eq!(house.objects(&["subscribers", "list"]).len(), 1);
    let status = house.run(&["status"]);
    assert_eq!(status.code, 1);
    assert!(status.out.contains("`greenbrief resume` ends that"), "{}", status.out);
    assert!(house.refused(&["send", "green-economy"]).contains("sending waits"));
    // What comes is marked, with the time of the restore.
    let why = "the store was restored from a backup on 20";
    let wait = format!("its mails wait for `greenbrief resume`: {why}");
    assert!(status.out.contains(&wait) && status.out.contains(&format!("nothing is sent: {why}")), "{}", status.out);
    let planned = &house.objects(&["plan", "--next", "1"])[0];
    assert!(planned["runs"] == true && planned["mails_wait"].as_str().unwrap().starts_with(why), "{planned}");
    let since = |status: &serde_json::Value| status["on_hold"]["restored_since"].clone();
    let told = house.run(&["status", "--format", "json"]);
    let before = since(&told.objects()[0]);
    assert!(before.as_str().unwrap().starts_with("20"), "{before}");
    // Nor does a daemon that begins later count anew.
    let mut serve = house.serve(&[]);
    serve.wait_for("watching");
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
    assert_eq!(since(&house.run(&["status", "--format", "json"]).objects()[0]), before);
    let told = house.done(&["resume"]);
    assert!(told.starts_with(&format!("mails are sent again (they waited: {why}")), "{told}");
    assert_eq!(house.objects(&["plan", "--next", "1"])[0]["mails_wait"], serde_json::Value::Null);
    assert_eq!(house.done(&["resume"]), "nothing was waiting\n");
    assert_eq!(
        house.done(&["store", "migrate"]),
        format!("the store has schema {} already\n", greenbrief::store::SCHEMA)
    );
    house.done(&["status"]);
    #[cfg(unix)]
    for name in ["kept.db", "var/greenbrief.db"] {
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(house.path(name)).unwrap().permissions());
        assert_eq!(mode & 0o077, 0, "{name} is its owner's only: {mode:o}");
    }
}

#[test]
fn mails_are_signed_once_there_is_a_key() {
    let house = House::new();
    let told = house.refused(&["mail", "dkim"]);
    assert!(told.contains("no key is configured") && told.contains("key_file = \"dkim.pem\""), "{told}");
    for key in ["rsa-pkcs1", "ed25519"] {
        let path = house.path("config").join(format!("{key}.pem"));
        fs::copy(format!("{}/tests/mail/keys/{key}.pem", env!("CARGO_MANIFEST_DIR")), &path).unwrap();
        #[cfg(unix)]
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
    let keys = ["--set", "mail.dkim.one.key_file=rsa-pkcs1.pem", "--set", "mail.dkim.two.key_file=ed25519.pem"];
    let with_keys = |words: &[&'static str]| [words, &keys].concat();
    let records = house.done(&with_keys(&["mail", "dkim"]));
    let lines: Vec<&str> = records.lines().collect();
    assert!(lines[0].starts_with("one._domainkey.greenbrief.dev. IN TXT \"v=DKIM1; k=rsa; p=MIIBIjAN"), "{lines:?}");
    assert!(lines[1].starts_with("two._domainkey.greenbrief.dev. IN TXT \"v=DKIM1; k=ed25519; p="), "{lines:?}");
    let rows = house.objects(&with_keys(&["mail", "dkim"]));
    assert_eq!(rows.len(), 2);
    for (row, line) in rows.iter().zip(lines) {
        let strings: Vec<&str> = row["strings"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
        assert!(strings.iter().all(|string| string.len() <= 255));
        assert_eq!(strings.concat(), row["text"].as_str().unwrap());
        assert_eq!(line, format!("{}. IN TXT \"{}\"", row["name"].as_str().unwrap(), strings.join("\" \"")));
    }

    house.done(&["subscribers", "add", "anna@example.net", "--language", "de"]);
    house.done(&with_keys(&["send", "green-economy"]));
    let told = house.done(&with_keys(&["mail", "test", "me@example.net"]));
    assert!(told.contains("signed: two._domainkey.greenbrief.dev, ed25519-sha256\n"), "{told}");
    let read = |name: &String| fs::read_to_string(house.path("reports/outbox").join(name)).unwrap();
    let mails: Vec<String> = house.outbox().iter().map(read).collect();
    assert_eq!(mails.len(), 2);
    for mail in &mails {
        let (head, _) = mail.split_once("\r\n\r\n").unwrap();
        let head = head.replace("\r\n ", " ");
        let mut lines = head.lines();
        for algorithm in ["rsa", "ed25519"] {
            let line = lines.next().unwrap();
            assert!(line.starts_with(&format!("DKIM-Signature: v=1; a={algorithm}-sha256; ")), "{head}");
        }
        assert!(lines.next().unwrap().starts_with("From: "), "{head}");
    }
    #[cfg(feature = "real-parts")]
    {
        let mails: Vec<Vec<u8>> = mails.into_iter().map(String::into_bytes).collect();
        for (name, told) in crate::mail::signatures::verifiers::verdicts(&house.path(""), &records, &mails) {
            assert_eq!(told, [(); 2].map(|()| serde_json::json!({ "one": "pass", "two": "pass" })), "{name}");
        }
    }
}
