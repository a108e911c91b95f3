//! Editions as evidence: what one was made of, the same bytes made again, and an edition that corrects another.

use std::fs;

use super::{
    House,
    public_archive::{in_store, wait_until, with_edition},
};

/// A house with an edition that five readers might have.
fn sent() -> House {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    house.done(&["send", "green-economy"]);
    house
}

#[test]
fn an_edition_is_made_again_from_what_was_kept() {
    let house = sent();
    let shown = house.done(&["editions", "show", "green-economy/1"]);
    for line in
        ["\nmade on    ", "\nfonts      ", "/briefs/green-economy.toml\n", "  template/en.md\n", "  frame.json\n"]
    {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    // The template is another one since, and so are the figures.
    let told = "templates/green-economy/en.md";
    let text = fs::read_to_string(house.path(told)).unwrap();
    house.write(told, &text.replacen("headline = \"", "headline = \"Changed: ", 1));
    house.done(&["figures", "withdraw", "cn_ets_close", "2022-12", "unknown", "--reason", "wrong"]);
    let rebuilt = house.done(&["editions", "rebuild", "green-economy/1", "--out", "again"]);
    assert!(
        rebuilt.starts_with("green-economy/1 was made by greenbrief ")
            && rebuilt.ends_with("Every byte is the same.\n"),
        "{rebuilt}"
    );
    assert_eq!(rebuilt.matches("  the same bytes, ").count(), 3, "{rebuilt}");
    for language in ["en", "de", "zh"] {
        let name = format!("green-economy-1-{language}.pdf");
        let bytes = |folder: &str| fs::read(house.path(folder).join(&name)).unwrap();
        assert_eq!(bytes("again"), bytes("reports/green-economy/1"));
    }
    let object = &house.objects(&["editions", "rebuild", "green-economy/1"])[0];
    assert_eq!((&object["verdict"], object["languages"].as_array().map(Vec::len)), (&"bytes".into(), Some(3)));

    // Another version promises text and figures only; the same one promises bytes.
    in_store(
        &house,
        "UPDATE edition_text SET pdf = (SELECT pdf FROM edition_text WHERE language = 'de') WHERE language = 'en'",
    );
    let told = house.run(&["editions", "rebuild", "green-economy/1"]);
    assert_eq!(told.code, 1, "{}{}", told.out, told.err);
    assert!(told.out.ends_with("green-economy/1 comes out otherwise than it was sent.\n"), "{}", told.out);
    assert!(told.out.contains(": the same text, the same list of figures\n"), "{}", told.out);
    in_store(&house, "UPDATE edition SET program = '0.0.1'");
    let told = house.done(&["editions", "rebuild", "green-economy/1"]);
    assert!(told.starts_with("green-economy/1 was made by greenbrief 0.0.1 on "), "{told}");
    assert!(
        told.contains("\nit is made again by greenbrief ") && told.contains(": text and figures are compared\n"),
        "{told}"
    );
    assert!(told.ends_with("Text and figures are the same.\n"), "{told}");
    in_store(&house, "UPDATE edition_text SET subject = 'Another' WHERE language = 'zh'");
    let told = house.run(&["editions", "rebuild", "green-economy/1"]);
    assert_eq!(told.code, 1, "{}", told.out);
    assert!(told.out.contains(", another mail\n"), "{}", told.out);

    // One from before this was kept, one that was not released, and none at all.
    in_store(&house, "DELETE FROM edition_input WHERE name = 'frame.json'");
    let refused = house.refused(&["editions", "rebuild", "green-economy/1"]);
    let missing = "of it was not kept what its pages say beside template and figures: title, imprint and links\n";
    assert!(
        refused.starts_with("error: green-economy/1 cannot be made again: ") && refused.contains(missing),
        "{refused}"
    );
    in_store(&house, "DELETE FROM edition_input");
    let refused = house.refused(&["editions", "rebuild", "green-economy/1"]);
    assert!(refused.contains("of it was not kept the files of its template, and what its pages say"), "{refused}");
    assert!(house.refused(&["editions", "rebuild", "green-economy/2"]).contains("no edition green-economy/2"));
}

/// The mails that an edition has, by address.
fn mails(house: &House, edition: &str) -> Vec<String> {
    let mails = house.objects(&["deliveries", "list", "--edition", edition]);
    let mut addresses: Vec<String> = mails.iter().map(|mail| mail["address"].as_str().unwrap().to_owned()).collect();
    addresses.sort();
    addresses
}

#[test]
fn a_correction_goes_to_three_of_five() {
    let house = House::new();
    let add = |who: &str, language: &str| {
        house.done(&["subscribers", "add", &format!("{who}@example.net"), "--language", language])
    };
    for (who, language) in [("anna", "en"), ("bernd", "de"), ("chen", "zh"), ("dora", "de")] {
        add(who, language);
    }
    house.done(&["send", "green-economy"]);
    house.done(&["subscribers", "remove", "dora@example.net"]);
    add("erik", "en");
    let words = [
        "editions",
        "correct",
        "green-economy/1",
        "--reason",
        "A value was wrong.",
        "--reason-in",
        "de=Ein Wert war falsch.",
    ];
    let refused = house.refused(&["editions", "correct", "green-economy/1", "--reason", " "]);
    assert!(refused.starts_with("error: a correction has a reason, which its readers are told\n"), "{refused}");
    let usage =
        house.fails_with(2, &["editions", "correct", "green-economy/1", "--reason", "x", "--reason-in", "fr=Faux"]);
    assert!(usage.contains("`fr` is not a language greenbrief writes"), "{usage}");

    // What would go to how many; nothing is made.
    let dry = house.done(&[&words[..], &["--dry-run"]].concat());
    assert!(dry.starts_with("A correction of green-economy/1 would go to 3 of the 4 readers who have it:\n"), "{dry}");
    assert!(
        dry.contains("\nde  1 × ") && dry.contains(" kB: Korrektur: ") && dry.contains("\n    Ein Wert war falsch.\n"),
        "{dry}"
    );
    assert!(dry.ends_with("Nothing was sent.\n"), "{dry}");
    assert!(!house.done(&["editions", "list"]).contains("green-economy/2"));

    let done = house.done(&words);
    assert!(
        done.contains("green-economy/2 supersedes green-economy/1\ngreen-economy/2 is released to 3 subscribers\n"),
        "{done}"
    );
    assert_eq!(mails(&house, "green-economy/2"), ["anna@example.net", "bernd@example.net", "chen@example.net"]);
    let shown = house.done(&["editions", "show", "green-economy/1"]);
    assert!(
        shown.contains("\nsuperseded green-economy/2: ") && shown.contains(" UTC by tester: A value was wrong.\n"),
        "{shown}"
    );
    let shown = house.done(&["editions", "show", "green-economy/2"]);
    assert!(shown.contains("\ncorrects   green-economy/1: "), "{shown}");

    // Its first page and its mail say so, in the reader's language.
    house.done(&["editions", "export", "green-economy/2", "--out", "out"]);
    for (language, subject, what, why) in [
        ("en", "Correction: ", "This edition replaces No. 1 of ", "Reason: A value was wrong."),
        ("de", "Korrektur: ", "Diese Ausgabe ersetzt Nr. 1 vom ", "Grund: Ein Wert war falsch."),
        ("zh", "更正：", "本期取代", "更正原因：A value was wrong."),
    ] {
        let mail = fs::read_to_string(house.path(&format!("out/green-economy-2-{language}.txt"))).unwrap();
        assert!(mail.starts_with(what) && mail.contains(why), "{mail}");
        let html = fs::read_to_string(house.path(&format!("out/green-economy-2-{language}.html"))).unwrap();
        assert!(html.contains(&format!("<title>{subject}")) && html.contains(why), "{html}");
    }
    let first = house.objects(&["editions", "rebuild", "green-economy/2"]);
    assert_eq!(first[0]["verdict"], "bytes");

    // Each edition is superseded once, and is not sent again; the correction may be corrected.
    let refused = house.refused(&words);
    assert!(refused.starts_with("error: green-economy/1 is superseded already, by green-economy/2\n"), "{refused}");
    let refused = house.refused(&["editions", "resend", "green-economy/1", "--only", "unknown"]);
    assert!(
        refused.starts_with("error: green-economy/1 is superseded by green-economy/2: it is not sent again\n"),
        "{refused}"
    );
    in_store(&house, "UPDATE mail SET state = 6 WHERE address = 'anna@example.net'");
    let refused = house.refused(&["deliveries", "settle", "1", "--not-sent"]);
    assert!(refused.contains("green-economy/1 is superseded by green-economy/2: it is not sent again\n"), "{refused}");
    let refused = house.refused(&["deliveries", "settle", "--edition", "green-economy/1", "--not-sent", "--yes"]);
    assert!(refused.contains("green-economy/1 is superseded by green-economy/2: it is not sent again\n"), "{refused}");
    let dry = house.done(&["editions", "correct", "green-economy/2", "--reason", "x", "--dry-run"]);
    assert!(dry.starts_with("A correction of green-economy/2 would go to 3 of the 3 readers"), "{dry}");
    for who in ["anna", "bernd", "chen"] {
        house.done(&["subscribers", "remove", &format!("{who}@example.net")]);
    }
    let refused = house.refused(&["editions", "correct", "green-economy/2", "--reason", "x"]);
    assert!(
        refused.starts_with("error: 3 readers had green-economy/2, and none of them is subscribed any more\n"),
        "{refused}"
    );
}

#[test]
fn an_edition_that_still_goes_out_is_stopped_before_it_is_corrected() {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    let relay = ["mail.transport=smtp", "mail.host=127.0.0.1", "mail.tls=none", "mail.port=1"];
    let mut words = vec!["send", "green-economy"];
    words.extend(relay.iter().flat_map(|word| ["--set", word]));
    assert!(house.run(&words).out.contains("1 deferred"));
    let correct = ["editions", "correct", "green-economy/1", "--reason", "x"];
    let refused = house.refused(&correct);
    assert!(refused.starts_with("error: 1 mail of green-economy/1 still wait"), "{refused}");
    assert!(refused.contains("`greenbrief stop green-economy/1` keeps them back"), "{refused}");
    house.done(&["stop", "green-economy/1"]);
    let refused = house.refused(&correct);
    assert_eq!(refused, "error: green-economy/1 has reached nobody: there is nothing to correct\n");
}

#[test]
fn a_value_that_was_withdrawn_does_not_hold_the_correction() {
    let house = House::new();
    house.done(&["figures", "import", "--shipped"]);
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    let head = "series,period,vintage,value,status,publisher,carrier,published_on,url,quality";
    let row = "vw_bev_cn,2026,2026-11-20,120000,final,Volkswagen Group,,2026-11-20,https://example.org/a,report";
    house.write("wrong.csv", &format!("{head}\n{row}\n"));
    house.done(&["figures", "import", "wrong.csv"]);
    house.done(&["send", "green-economy"]);
    house.done(&["figures", "withdraw", "vw_bev_cn", "2026", "2026-11-20", "--reason", "no such number"]);
    // The next edition misses it; the correction is made because of that.
    let held = house.run(&["send", "green-economy"]);
    assert!(held.code == 5 && held.err.contains("missing: vw_bev_cn 2026 is not there any more"), "{}", held.err);
    house.done(&["editions", "discard", "green-economy/2", "--reason", "a correction goes out instead"]);
    let words = ["editions", "correct", "green-economy/1", "--reason", "A value was wrong."];
    let dry = house.done(&[&words[..], &["--dry-run"]].concat());
    assert!(dry.starts_with("A correction of green-economy/1 would go to 1 of the 1 readers"), "{dry}");
    let done = house.done(&words);
    assert!(done.contains("green-economy/3 supersedes green-economy/1\n"), "{done}");
    // What cannot be holds it all the same, and the dry run says so.
    house.write("absurd.csv", &format!("{head}\n{}\n", row.replace("120000", "98000000000").replace("-20,", "-21,")));
    house.done(&["figures", "import", "absurd.csv"]);
    let words = ["editions", "correct", "green-economy/3", "--reason", "A value was wrong."];
    let dry = house.run(&[&words[..], &["--dry-run"]].concat());
    assert!(
        dry.code != 0 && dry.err.contains("implausible: vw_bev_cn 2026 is 98,000,000,000"),
        "{}{}",
        dry.out,
        dry.err
    );
    let held = house.run(&words);
    assert!(held.code == 5 && held.err.contains("green-economy/4 is held"), "{}", held.err);
}

#[test]
fn the_page_of_a_superseded_edition_leads_to_its_correction() {
    let (house, pages) = with_edition();
    house.done(&["editions", "correct", "green-economy/1", "--reason", "A value was wrong."]);
    wait_until(&pages, "/green-economy/2/de", 200);
    for (code, words) in [
        ("en", "This edition is superseded by a correction, No. 2."),
        ("de", "Diese Ausgabe ist durch eine Korrektur ersetzt, Nr. 2."),
        ("zh", "本期已被更正后的第2期取代"),
    ] {
        for path in [format!("/green-economy/1/{code}"), format!("/green-economy/1/{code}.html")] {
            let page = pages.get(&path);
            assert!(page.text().contains(words), "{path}\n{}", page.text());
            assert!(page.text().contains(&format!("href=\"/green-economy/2/{code}\"")), "{path}\n{}", page.text());
        }
        let page = pages.get(&format!("/green-economy/2/{code}"));
        assert!(!page.text().contains(words), "{}", page.text());
    }
    let text = pages.get("/green-economy/2/de.html");
    assert!(text.text().contains("Diese Ausgabe ersetzt Nr. 1 vom "), "{}", text.text());

    // Wherever editions are listed.
    for (code, corrects, superseded, title, corrected) in [
        ("en", "corrects No. 1", "superseded by No. 2, which see", " (superseded by No. 2)", " (corrects No. 1)"),
        ("de", "korrigiert Nr. 1", "ersetzt durch Nr. 2, siehe dort", " (ersetzt durch Nr. 2)", " (korrigiert Nr. 1)"),
        ("zh", "更正第1期", "已由第2期取代，请参阅该期", "（已由第2期取代）", "（更正第1期）"),
    ] {
        let listed = pages.get(&format!("/green-economy/archive?lang={code}"));
        let link = |number: u32, words: &str| format!("<a href=\"/green-economy/{number}/{code}\">{words}</a>");
        for wanted in [link(1, corrects), link(2, superseded)] {
            assert!(listed.text().contains(&wanted), "{wanted}\n{}", listed.text());
        }
        let atom = pages.get(&format!("/green-economy/{code}.atom"));
        let titles: Vec<&str> =
            atom.text().split("<title>").skip(2).filter_map(|it| it.split("</title>").next()).collect();
        assert!(
            matches!(titles[..], [newer, older] if newer.ends_with(corrected) && older.ends_with(title)),
            "{titles:?}"
        );
        let json = pages.get(&format!("/green-economy/{code}.json")).json();
        let title_of = |at: usize| json["items"][at]["title"].as_str().unwrap().to_owned();
        assert!(title_of(0).ends_with(corrected) && title_of(1).ends_with(title), "{json}");
        assert_eq!(json["items"][1]["date_modified"], json["items"][0]["date_published"], "{json}");
    }
    assert_eq!(pages.get("/.well-known/greenbrief-key").status, 404, "no key is configured");
    let listed = house.done(&["editions", "list"]);
    assert!(listed.contains("; corrects green-economy/1\n"), "{listed}");
    assert!(listed.contains("; superseded by green-economy/2\n"), "{listed}");
    let first = &house.objects(&["editions", "list"])[1];
    assert_eq!(first["superseded_by"], "green-economy/2", "{first}");
}

#[test]
fn a_wrong_value_is_found_wherever_it_went() {
    let house = House::new();
    assert!(house.refused(&["figures", "wrong", "vw_bev_cn", "2025"]).contains("there is no store yet"));
    for (who, language) in [("anna", "en"), ("ben", "en"), ("carla", "de")] {
        house.done(&["subscribers", "add", &format!("{who}@example.net"), "--language", language]);
    }
    house.done(&["send", "green-economy"]);
    in_store(&house, "UPDATE mail SET state = 6 WHERE address = 'ben@example.net'");
    let found = &house.objects(&["figures", "wrong", "vw_bev_cn", "2025"])[0];
    let languages = found["editions"][0]["languages"].as_array().unwrap();
    assert_eq!((found["editions"].as_array().map(Vec::len), languages.len()), (Some(1), 3), "{found}");
    for (code, sent, unknown) in [("en", 1, 1), ("de", 1, 0), ("zh", 0, 0)] {
        let one = languages.iter().find(|one| one["language"] == code).unwrap();
        assert_eq!((&one["sent"], &one["unknown"]), (&sent.into(), &unknown.into()), "{one}");
        assert_eq!(
            (&one["value"], &one["vintage"], &one["printed"]),
            (&"115500".into(), &"2026-01-21".into(), &true.into())
        );
        assert_eq!(one["pages"][0], 1, "the headline tells of it: {one}");
        assert!(one["pages"].as_array().unwrap().len() < 5, "{one}");
    }
    // The draft works as it stands.
    let told = house.done(&["figures", "wrong", "vw_bev_cn", "2025", "2026-01-21"]);
    assert!(
        told.contains("\ngreen-economy/1  en  115500 of 2026-01-21 on page") && told.contains(": 1 sent, 1 unknown\n"),
        "{told}"
    );
    let draft = told.lines().last().unwrap();
    assert!(draft.contains(", 2025: 115500 war falsch.' ") && draft.ends_with(" --dry-run"), "{draft}");
    let draft = draft.replacen("greenbrief", env!("CARGO_BIN_EXE_greenbrief"), 1);
    let done = house
        .bare(&[])
        .get_current_dir()
        .map(|folder| std::process::Command::new("sh").args(["-c", &draft]).current_dir(folder).output().unwrap());
    let done = String::from_utf8(done.unwrap().stdout).unwrap();
    assert!(
        done.starts_with("A correction of green-economy/1 would go to 3 of the 3 readers who have it:\n"),
        "{done}"
    );
    assert!(done.contains(", 2025: 115500 was wrong.\n"), "{done}");

    // A superseded edition needs no correction; that one has the value, too.
    house.done(&["editions", "correct", "green-economy/1", "--reason", "x"]);
    let told = house.done(&["figures", "wrong", "vw_bev_cn", "2025"]);
    assert!(told.contains("\ngreen-economy/1 is superseded by green-economy/2\n"), "{told}");
    assert_eq!(told.matches("\ngreenbrief editions correct green-economy/2 ").count(), 1, "{told}");
    assert!(!told.contains("greenbrief editions correct green-economy/1 "), "{told}");
    // One from before this was kept is found all the same.
    in_store(&house, "DELETE FROM edition_input WHERE name = 'frame.json'");
    assert_eq!(
        house.objects(&["figures", "wrong", "vw_bev_cn", "2025"])[0]["editions"][0]["languages"][0]["pages"][0],
        1
    );

    for (words, said) in [
        (["vw_bev_cnn", "2025"], "there is no series `vw_bev_cnn`"),
        (["vw_bev_cn", "1999"], "no edition was frozen with a value of vw_bev_cn for 1999\n"),
    ] {
        let refused = house.refused(&[&["figures", "wrong"][..], &words].concat());
        assert!(refused.contains(said), "{refused}");
    }
}

/// What readers are told to have changed rests on the edition before, which may be erased since.
#[test]
fn what_has_changed_is_frozen_with_an_edition() {
    let house = sent();
    let first = "Since the last edition (No. 1 of ";
    let changed =
        "Revised: German companies that plan to invest more in China within two years (annual survey), 2025/26: ";
    let head = "series,period,vintage,value,status,publisher,carrier,published_on,url,quality\n";
    let row = "ahk_invest_more,2025/26,2026-11-20,52,final,AHK,,2026-11-20,https://example.org/a,report\n";
    house.write("new.csv", &format!("{head}{row}"));
    house.done(&["figures", "import", "new.csv"]);
    house.done(&["send", "green-economy"]);
    house.done(&["send", "green-economy"]);
    let mail = |number: u32| {
        let folder = format!("out-{number}");
        if !house.path(&folder).exists() {
            house.done(&["editions", "export", &format!("green-economy/{number}"), "--out", &folder]);
        }
        let text = fs::read_to_string(house.path(&format!("{folder}/green-economy-{number}-en.txt"))).unwrap();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(!mail(1).contains("Since the last edition"), "{}", mail(1));
    assert!(mail(2).contains(first) && mail(2).contains(changed), "{}", mail(2));
    assert!(!mail(3).contains("Since the last edition"), "{}", mail(3));
    // A correction is compared with what its readers have.
    house.write("new.csv", &format!("{head}{}", row.replace("2026-11-20,52", "2026-11-21,54")));
    house.done(&["figures", "import", "new.csv"]);
    house.done(&["editions", "correct", "green-economy/3", "--reason", "A value was wrong."]);
    assert!(mail(4).contains("Since the last edition (No. 3 of ") && mail(4).contains(changed), "{}", mail(4));
    assert!(mail(4).contains("52% → 54% (+2 percentage points)"), "{}", mail(4));

    in_store(&house, "DELETE FROM edition_page WHERE edition = (SELECT id FROM edition WHERE number = 1)");
    for edition in ["green-economy/2", "green-economy/4"] {
        assert_eq!(house.objects(&["editions", "rebuild", edition])[0]["verdict"], "bytes", "{edition}");
    }
    // Of one from before an archive was kept nothing is known.
    house.done(&["build", "green-economy", "--since", "green-economy/1"]);
    let refused = house.refused(&["build", "green-economy", "--since", "green-economy/9"]);
    assert!(refused.starts_with("error: there is no edition green-economy/9\n"), "{refused}");
    let refused = house.refused(&["build", "green-economy", "--since", "plain/1"]);
    let wanted = "error: plain/1 is no edition of green-economy, which is built\n   = hint: the newest editions of \
                  green-economy are green-economy/4, green-economy/3, green-economy/2, green-economy/1\n";
    assert_eq!(refused, wanted);
}
