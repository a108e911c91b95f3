//! What is seen before it happens: what an edit changes, and what an edition would do.

use std::fs;

use super::{House, SOON};

const BRIEF: &str = "config/briefs/green-economy.toml";

fn weekday(object: &serde_json::Value) -> &str {
    &object["local"].as_str().unwrap()[..3]
}

#[test]
fn an_edit_is_compared_with_what_it_is_made_from_and_with_what_runs() {
    let house = House::new();
    assert!(house.refused(&["plan", "--against", "running"]).contains("there is no store yet"));
    let mut serve = house.serve(&[]);
    serve.wait_for("watching");
    assert_eq!(serve.end(), Some(0));
    let same = house.done(&["plan", "--against", "running"]);
    assert!(same.starts_with("Against activation 1 of ") && same.contains("no brief or schedule differs"), "{same}");

    // A copy of the config alone: no templates stand beside it.
    super::copy(&house.path("config"), &house.path("before/config"));
    assert_eq!(house.run(&["plan", "--against", "before"]).code, 0);
    let text = fs::read_to_string(house.path(BRIEF)).unwrap();
    let text = text.replace("0 7 * * Mon", "0 7 * * Thu") + "\n[schedules.yearly]\ncron = \"0 7 1 12 *\"\n";
    house.write(BRIEF, &text);
    for against in ["running", "before", "before/config/greenbrief.toml"] {
        let told = house.run(&["plan", "--against", against, "--format", "json"]);
        assert_eq!(told.code, 1, "{}{}", told.out, told.err);
        let [weekly, yearly] = &told.objects()[..] else { panic!("{}", told.out) };
        assert_eq!(
            (weekly["schedule"].as_str(), weekly["change"].as_str()),
            (Some("green-economy/weekly"), Some("retimed"))
        );
        assert_eq!(
            (yearly["schedule"].as_str(), yearly["change"].as_str()),
            (Some("green-economy/yearly"), Some("added"))
        );
        let detail = &weekly["details"][0];
        assert_eq!(
            (&detail["code"], &detail["cron_before"], &detail["cron"]),
            (&"rule_changed".into(), &"0 7 * * Mon".into(), &"0 7 * * Thu".into())
        );
        assert_eq!(
            weekly["what"][0],
            "from At 07:00 on Monday (Europe/Berlin) to At 07:00 on Thursday (Europe/Berlin)"
        );
        assert_eq!(
            (&yearly["details"][0]["code"], &weekly["after"][0]["remarks"]),
            (&"rule".into(), &serde_json::json!([]))
        );
        let days = |side: &str| weekly[side].as_array().unwrap().iter().map(weekday).collect::<Vec<_>>();
        assert_eq!((days("before"), days("after")), (vec!["Mon"; 3], vec!["Thu"; 3]));
        assert_eq!((yearly["before"].as_array().unwrap().len(), yearly["after"].as_array().unwrap().len()), (0, 3));
    }
    let only = house.run(&["plan", "--against", "running", "--schedule", "yearly"]);
    assert!(only.out.contains("green-economy/yearly is added") && !only.out.contains("weekly"), "{}", only.out);
    let from = ["plan", "--against", "before", "--schedule", "weekly", "--from", "2026-12-01T00:00:00Z"];
    let told = house.run(&from).out;
    assert_eq!(
        told,
        "green-economy/weekly is retimed: from At 07:00 on Monday (Europe/Berlin) to At 07:00 on Thursday (Europe/Berlin)
  before  Mon 2026-12-07 07:00:00 +01:00
          Mon 2026-12-14 07:00:00 +01:00
          Mon 2026-12-21 07:00:00 +01:00
  after   Thu 2026-12-03 07:00:00 +01:00
          Thu 2026-12-10 07:00:00 +01:00
          Thu 2026-12-17 07:00:00 +01:00
Against before/config/greenbrief.toml: 1 schedule and 0 briefs with another definition.
"
    );
    // What has no templates can be compared, what has mistakes cannot.
    fs::write(house.path("before").join(BRIEF), "timezone = \"CST\"").unwrap();
    assert!(house.mistaken(&["plan", "--against", "before"]).contains("unknown time zone `CST`"));
    assert!(house.mistaken(&["plan", "--against", "templates"]).contains("there is no greenbrief.toml in templates"));
}

#[test]
fn a_rehearsal_tells_everything_and_does_nothing() {
    let house = House::new();
    let people: String =
        (0..90).map(|n| format!("r{n}@{}.example,en\n", if n % 3 == 0 { "slow" } else { "fast" })).collect();
    house.write("people.csv", &format!("address,language\n{people}li@example.net,zh\n"));
    house.done(&["subscribers", "import", "people.csv"]);
    let at = ["--at", "2026-11-30T07:00:00+01:00"];
    let rehearse = |more: &[&str]| {
        let words: Vec<&str> =
            ["rehearse", "green-economy"].into_iter().chain(at).chain(more.iter().copied()).collect();
        house.objects(&words)
    };
    let [en, de, zh, all] = &rehearse(&["--out", "drafts"])[..] else { panic!() };
    assert_eq!((&en["recipients"], &de["recipients"], &zh["recipients"]), (&90.into(), &0.into(), &1.into()));
    assert!(en["pages"].as_u64().unwrap() >= 1, "{en}");
    let size = |of: &serde_json::Value, name: &str| of[name].as_u64().unwrap();
    assert!(size(en, "largest_mail") > size(en, "pdf_bytes"), "{en}");
    assert!(
        size(en, "mail_bytes") > 89 * size(en, "pdf_bytes") && size(en, "mail_bytes") <= 90 * size(en, "largest_mail")
    );
    assert_eq!(house.names("drafts"), ["de", "en", "zh"].map(|language| format!("green-economy-draft-{language}.pdf")));
    assert_eq!(all["draft"], true);
    assert_eq!(all["relays"], serde_json::json!([{ "relay": "folder", "mails": 91 }]));
    assert_eq!(
        (&all["first_mail"], &all["last_mail"]),
        (&"2026-11-30T06:00:00Z".into(), &"2026-11-30T06:00:00Z".into())
    );

    // A mail's size is the one that it will have, but for its number.
    house.done(&["send", "green-economy", at[0], at[1]]);
    let outbox = house.path("reports/outbox");
    let sent: u64 = house.outbox().iter().map(|name| fs::metadata(outbox.join(name)).unwrap().len()).sum();
    assert!(sent.abs_diff(size(all, "mail_bytes")) < 91 * 200, "{sent} {all}");
    assert_eq!(house.objects(&["editions", "list"]).len(), 1, "a rehearsal is no edition");

    // With two relays, a rate, a slow domain and quiet hours.
    let settings = fs::read_to_string(house.path("config/greenbrief.toml")).unwrap();
    let smtp = "transport = \"smtp\"\nhost = \"127.0.0.1\"\ntls = \"none\"\nweight = 2";
    let more = "\n[mail.relays.second]\nhost = \"127.0.0.2\"\ntls = \"none\"\n[mail.domains.\"slow.example\"]\nrate = \"30 per hour\"\n";
    house.write("config/greenbrief.toml", &(settings.replace("transport = \"folder\"", smtp) + more));
    house.change("cron = \"0 7 * * Mon\"", "cron = \"0 7 * * Mon\"\nquiet_hours = \"07:30-09:00\"");
    let told = rehearse(&["--schedule", "weekly"]);
    let all = told.last().unwrap();
    // Thirty an hour, the first at once: half an hour before the quiet, half an hour less two minutes behind it.
    assert_eq!(all["last_mail"], "2026-11-30T08:28:00Z", "{all}");
    let mails = |nth: usize| all["relays"][nth]["mails"].as_u64().unwrap();
    assert_eq!((mails(0), mails(1)), (61, 31), "{all}");
    assert_eq!(all["notes"], serde_json::json!([]));
    let text = house.done(&["rehearse", "green-economy", "--schedule", "weekly", "--at", "2026-12-01T07:00:00+01:00"]);
    assert!(text.contains("Draft of green-economy/weekly") && text.contains("has no slot at that time"), "{text}");

    // A sender that is new.
    let settings = fs::read_to_string(house.path("config/greenbrief.toml")).unwrap();
    let ramp = "\n[mail.warm_up]\nbegins = 2026-11-30\nfirst_day = 20\ngrowth = 50\ndays = 9\n";
    house.write("config/greenbrief.toml", &(settings + ramp));
    let told = rehearse(&[]);
    let all = told.last().unwrap();
    let days = |mails: &str| format!("warm-up: of the {mails}");
    let late = "would be given up before, as give_up_after says";
    assert_eq!(
        all["notes"],
        serde_json::json!([
            days(&format!(
                "60 mails to fast.example go 20 on 2026-11-30, 30 on 2026-12-01, 10 on 2026-12-02; 10 of them {late}"
            )),
            days("30 mails to slow.example go 20 on 2026-11-30, 10 on 2026-12-01"),
        ])
    );
    let fast = serde_json::json!({
        "code": "warm_up", "domain": "fast.example", "mails": 60, "given_up": 10, "days": [
            { "day": "2026-11-30", "mails": 20 }, { "day": "2026-12-01", "mails": 30 }, { "day": "2026-12-02", "mails": 10 },
        ],
    });
    assert_eq!(all["remarks"][0], fast);
    assert_eq!(all["last_mail"], "2026-12-02T00:00:00Z");
    let other = ["rehearse", "green-economy", "--schedule", "weekly", "--at", "2026-12-01T07:00:00+01:00"];
    let told = house.objects(&other);
    let no_slot = serde_json::json!({ "code": "no_slot", "schedule": "green-economy/weekly" });
    assert_eq!(told.last().unwrap()["remarks"][0], no_slot);

    // What would be held is told, and not made.
    let file = house.path("templates/green-economy/en.md");
    fs::write(&file, fs::read_to_string(&file).unwrap() + "\n\nSales rose by 12 percent.\n").unwrap();
    let held = house.run(&["rehearse", "green-economy", at[0], at[1]]);
    assert_eq!(held.code, 5);
    assert!(held.out.contains("would be held") && held.err.contains("en.md:"), "{}{}", held.out, held.err);
}

#[test]
fn warnings_are_told_wherever_an_edition_is_made() {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    let file = house.path("templates/green-economy/en.md");
    let mix = "\n\nIn {{ latest(\"irena_pv_added_de\").period }} Germany added {{ latest(\"irena_pv_added_de\") }}, Volkswagen sold {{ latest(\"vw_bev_cn\") }}.\n";
    fs::write(&file, fs::read_to_string(&file).unwrap() + mix).unwrap();
    let warning = "warning: this sentence speaks of 2024, and the value of `vw_bev_cn` is for 2025\n";
    let commands: [&[&str]; 4] = [
        &["build", "green-economy", "--out", "drafts"],
        &["send", "green-economy", "--dry-run"],
        &["rehearse", "green-economy", "--at", "2026-11-30T07:00:00+01:00"],
        &["send", "green-economy"],
    ];
    for command in commands {
        let told = house.run(command);
        assert_eq!(told.code, 0, "{command:?}\n{}", told.err);
        assert_eq!(told.err.matches(warning).count(), 1, "{command:?}\n{}", told.err);
    }
    // The daemon logs it, and tells the operators.
    house.due_in(SOON);
    let mut serve = house.serve(&[]);
    serve.wait_for("this sentence speaks of 2024, and the value of `vw_bev_cn` is for 2025");
    serve.wait_for("the outbox is quiet");
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
    let mails = house.outbox();
    let texts: Vec<String> =
        mails.iter().map(|name| fs::read_to_string(house.path("reports/outbox").join(name)).unwrap()).collect();
    let told = texts.iter().find(|text| text.contains("green-economy/2 was released with 1 warning"));
    assert!(told.is_some_and(|text| text.contains("this sentence speaks of 2024")), "{mails:?}");
}
