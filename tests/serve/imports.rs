//! Imports by their numbers, as an operator meets them: listed, told beforehand, undone; figures as they were known; and what
//! an edition freezes of them.

use std::fs;

use greenbrief::{
    actions::Installation,
    base::problem::Problems,
    config::ConfigSource,
    edition::{FoundFigures, figures_for},
    figures::{Known, SeriesId, Snapshot},
    time::clock::Clock,
};

use super::House;

const HEAD: &str = "series,period,vintage,value,status,publisher,carrier,published_on,url,quality\n";

fn row(period: &str, vintage: &str, value: &str) -> String {
    format!("vw_bev_cn,{period},{vintage},{value},final,VW,,{vintage},https://example.org/a,report\n")
}

#[test]
fn a_withdrawal_and_its_end_are_undone_without_a_loss() {
    let house = House::new();
    house.done(&["figures", "import", "--shipped"]);
    house.write("new.csv", &format!("{HEAD}{}", row("2026-Q1", "2026-04-10", "38000")));
    house.done(&["figures", "import", "new.csv"]);
    house.done(&["figures", "withdraw", "vw_bev_cn", "2026-Q1", "2026-04-10", "--reason", "a typing mistake"]);
    house.done(&["figures", "import", "new.csv", "--again"]);
    house.write("newer.csv", &format!("{HEAD}{}", row("2026-Q1", "2026-04-10", "38500")));
    house.done(&["figures", "import", "newer.csv", "--replace"]);
    // What import 4 brought back was changed since: without that, the newer value would be withdrawn with the old one.
    let told = house.refused(&["figures", "undo", "4"]);
    assert!(
        told.contains("import 5 changed vw_bev_cn 2026-Q1") && told.contains("`greenbrief figures undo 5`"),
        "{told}"
    );
    assert!(house.done(&["figures", "show", "vw_bev_cn"]).contains("38500"));
    house.done(&["figures", "undo", "5"]);
    house.done(&["figures", "undo", "4"]);
    let shown = house.done(&["figures", "show", "vw_bev_cn"]);
    assert!(shown.contains("withdrawn"), "{shown}");
    // Import 4 is undone, and ended nothing: the withdrawal can be undone, too.
    let told = house.done(&["figures", "undo", "3"]);
    assert!(told.starts_with("import 3 is undone by import 8: 0 gone, 1 back"), "{told}");
    let shown = house.done(&["figures", "show", "vw_bev_cn"]);
    assert!(
        shown.lines().filter(|line| line.contains("withdrawn")).all(|line| line.contains("it counts again")),
        "{shown}"
    );
}

#[test]
fn an_import_has_a_number_and_is_undone() {
    let house = House::new();
    house.done(&["figures", "import", "--shipped"]);
    house.write(
        "new.csv",
        &format!("{HEAD}{}{}", row("2025", "2026-01-20", "155000"), row("2026-Q1", "2026-04-10", "38000")),
    );
    house.done(&["figures", "import", "new.csv"]);
    house.write("new.csv", &format!("{HEAD}{}", row("2025", "2026-01-20", "155500")));
    let told = house.done(&["figures", "import", "new.csv", "--replace", "--dry-run"]);
    let wanted = "revised    observation vw_bev_cn 2025 (2026-01-20): 155000 → 155500 (+0.3 %)\n\
                  gone       observation vw_bev_cn 2026-Q1 (2026-04-10): 38000 stays in the store\n\
                  0 new, 1 changed, 0 unchanged, 1 gone from the files";
    assert_eq!(told, format!("{wanted} (nothing was imported)\n"));
    assert_eq!(house.done(&["figures", "imports"]).lines().count(), 3, "a head and two imports");
    let told = house.done(&["figures", "import", "new.csv", "--replace"]);
    assert_eq!(told, format!("{wanted}\n"), "in the same words");

    let told = house.refused(&["figures", "undo", "2"]);
    assert_eq!(
        told,
        "error: import 2 cannot be undone: what came later stands on it\n   = hint: import 3 changed vw_bev_cn 2025\n   \
         = hint: undo first what is newer: `greenbrief figures undo 3`\n"
    );
    let told = house.done(&["figures", "undo", "3", "--reason", "read from the wrong column"]);
    assert_eq!(told, "import 3 is undone by import 4: 1 gone, 1 back\n");
    assert!(house.done(&["figures", "show", "vw_bev_cn"]).contains("155000"));
    let told = house.refused(&["figures", "undo", "3"]);
    assert!(told.starts_with("error: import 3 was undone already, by import 4\n"), "{told}");
    assert!(house.refused(&["figures", "undo", "9"]).starts_with("error: there is no import 9\n"));
    house.done(&["figures", "undo", "2"]);
    let listed = house.objects(&["figures", "imports"]);
    let table = house.done(&["figures", "imports"]);
    assert!(table.starts_with("IMPORT  ") && table.contains("UNCHANGED  BACK  GONE  NOTE"), "{table}");
    let told: Vec<_> = listed.iter().filter(|it| it["number"].is_i64()).collect();
    let told: Vec<String> = told
        .iter()
        .map(|it| format!("{} {} {} {}", it["number"], it["kind"].as_str().unwrap(), it["in_force"], it["undid"]))
        .collect();
    assert_eq!(
        told,
        ["5 undo true 2", "4 undo true 3", "3 file false null", "2 file false null", "1 shipped true null"]
    );
    let counts = |it: &serde_json::Value| {
        ["new", "revised", "unchanged", "back", "gone"].map(|count| it[count].as_i64().unwrap())
    };
    // As the table has them: of what undoes an import, what counts again and what does not any more.
    assert_eq!(counts(&listed[1]), [0, 0, 0, 1, 1], "{}", listed[1]);
    assert_eq!(counts(&listed[2]), [0, 1, 0, 0, 0], "{}", listed[2]);
    assert_eq!(listed[2]["files"][0]["name"], "new.csv");
    assert_eq!(listed[2]["files"][0]["sha256"].as_str().unwrap().len(), 64);
    // What was known is known still.
    let command = ["figures", "show", "vw_bev_cn", "--as-known"];
    for (number, wanted) in [(1_i64, None), (2, Some("155000")), (3, Some("155500")), (4, Some("155000")), (5, None)] {
        let told = house.done(&[&command[..], &[&*number.to_string()]].concat());
        let shown = ["155000", "155500"].into_iter().find(|value| told.contains(value));
        assert_eq!(shown, wanted, "{number}\n{told}");
    }
    let told = house.done(&[&command[..], &["2", "--as-published", "2026-03-31"]].concat());
    assert!(told.contains("155000") && !told.contains("38000"), "{told}");
}

/// A time is told as it was read: which zone was meant is not to be guessed.
#[test]
fn a_time_before_the_first_import_is_said_to_be_one() {
    let house = House::new();
    house.done(&["figures", "import", "--shipped"]);
    let table = house.done(&["figures", "imports"]);
    let at = table.lines().nth(1).unwrap().split_once(" UTC").unwrap().0;
    let at = &at[at.len() - "2026-11-30 14:04:22".len()..];
    let learned = chrono::NaiveDateTime::parse_from_str(at, "%F %T").unwrap().and_utc();
    let local = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&chrono_tz::Europe::Berlin);
    let first = local(learned).format("%F %T %Z").to_string();
    // Read in the zone of the brief, what was copied without its zone lies before the import.
    let wanted = format!(
        "nothing was known at {}: the first import was at {first}\n",
        chrono::NaiveDateTime::parse_from_str(at, "%F %T")
            .unwrap()
            .and_local_timezone(chrono_tz::Europe::Berlin)
            .earliest()
            .unwrap()
            .format("%F %T %Z")
    );
    let told = house.run(&["figures", "list", "--as-known", at]);
    assert!(told.code == 0 && told.out.is_empty(), "{}", told.out);
    assert!(told.err.starts_with(&format!("warning: {wanted}")), "{}", told.err);
    let told = house.refused(&["figures", "show", "vw_bev_cn", "--as-known", at]);
    assert!(told.starts_with(&format!("error: {wanted}")), "{told}");
    let early = local(learned - chrono::TimeDelta::seconds(1)).format("%F %T %Z").to_string();
    let instant = (learned - chrono::TimeDelta::seconds(1)).format("%FT%TZ").to_string();
    let told = house.refused(&["figures", "show", "vw_bev_cn", "--as-known", &instant]);
    assert!(
        told.starts_with(&format!("error: nothing was known at {early}: the first import was at {first}\n")),
        "{told}"
    );
    // As it is printed it is read.
    for time in [format!("{at} UTC"), format!("{at}Z")] {
        assert!(house.done(&["figures", "show", "vw_bev_cn", "--as-known", &time]).contains("115500"), "{time}");
        assert!(house.done(&["figures", "list", "--as-known", &time]).contains("vw_bev_cn"), "{time}");
    }
}

/// A value that is published again is a vintage of its own; what it was before is said beside it.
#[test]
fn a_restated_value_is_told_with_the_earlier_one() {
    let house = House::new();
    house.write(
        "new.csv",
        &format!("{HEAD}{}{}", row("2025", "2026-03-10", "125500"), row("2024", "2026-03-10", "207400")),
    );
    let told = house.done(&["figures", "import", "new.csv", "--dry-run"]);
    let line = "new        observation vw_bev_cn 2025 (2026-03-10): 125500, was 115500 in the vintage 2026-01-21\n";
    assert!(told.contains(line), "{told}");
    assert!(told.contains("observation vw_bev_cn 2024 (2026-03-10): 207400\n"), "the same value: {told}");
    let done = &house.objects(&["figures", "import", "new.csv"])[0];
    let earlier: Vec<_> = done["new"].as_array().unwrap().iter().filter_map(|it| it.get("earlier")).collect();
    assert_eq!(earlier, [&serde_json::json!({ "value": "115500", "vintage": "2026-01-21" })]);
}

/// What an edition of the brief would freeze, and the figures that were read for it.
async fn frozen(house: &House) -> (Snapshot, FoundFigures, Problems) {
    let source = ConfigSource { file: house.path("config/greenbrief.toml"), overrides: Vec::new() };
    let url = format!("sqlite:{}", house.path("var/greenbrief.db").display());
    let source = ConfigSource { overrides: vec![("store.url".to_owned(), url)], ..source };
    let now = crate::moment();
    let installation = Installation::new(source.read(), Clock::starting_at(now));
    let spec = installation.edition_spec(installation.brief("green-economy").unwrap(), &[]).unwrap();
    let frame = spec.frame(None, now);
    let store = installation.store().await.unwrap();
    let found = figures_for(store, Known::Now, vec![spec.draft(now)]).await.unwrap();
    let snapshot = Snapshot::new(frame.date, found.data.only(&found.asked));
    let whole = Snapshot::new(frame.date, installation.figures().await.unwrap());
    let told = spec.check(&snapshot, &frame);
    assert_eq!(told.to_string(), spec.check(&whole, &frame).to_string(), "it is told the same");
    store.close().await;
    (snapshot, found, told)
}

#[tokio::test]
async fn an_edition_freezes_what_it_uses() {
    let house = House::new();
    house.done(&["figures", "import", "--shipped"]);
    let (before, _, _) = frozen(&house).await;
    let head =
        "id,title_en,title_de,title_zh,definition_en,definition_de,definition_zh,geography,unit,publisher,change_of\n";
    house.write("series.csv", &format!("{head}others,Others,Andere,其他,Rest,Rest,其余,CN,vehicles,VW,\n"));
    let days = (0..3_000).map(|day| chrono::NaiveDate::from_ymd_opt(2010, 1, 1).unwrap() + chrono::Days::new(day));
    let rows: String = days.map(|day| format!("others,{day},2026-01-01,7,final,VW,,2026-01-01,,report\n")).collect();
    house.write("others.csv", &format!("{HEAD}{rows}"));
    house.done(&["figures", "import", "series.csv", "others.csv"]);
    let (after, found, _) = frozen(&house).await;
    assert_eq!(before.to_bytes().unwrap().len(), after.to_bytes().unwrap().len());
    assert_eq!(before, after);
    // Nor does a draft: it names the snapshot that its edition would have.
    let at = chrono::Utc::now().format("%FT%TZ").to_string();
    let draft = |known| {
        let command = ["build", "green-economy", "--language", "en", "--at", &at, "--as-known", known];
        house.objects(&command)[0]["sha256"].as_str().unwrap().to_owned()
    };
    assert_eq!(draft("1"), draft("2"));
    let others = SeriesId::new("others").unwrap();
    assert!(found.data.series.contains_key(&others) && !found.data.observations.contains_key(&others));
    // What is asked for and is not there stays so, with the name that was perhaps meant.
    let text = fs::read_to_string(house.path("templates/green-economy/en.md")).unwrap();
    house.write("templates/green-economy/en.md", &format!("{text}\n{{{{ latest(\"vw_bev_wrld\") }}}}\n"));
    let (wrong, _, told) = frozen(&house).await;
    assert_eq!(wrong.data.missing["vw_bev_wrld"], "vw_bev_world");
    assert!(told.to_string().contains("did you mean `vw_bev_world`?"), "{told}");
}

/// The figures of an edition are built again after new imports, by its name and by the time at which it was frozen.
#[test]
fn an_edition_is_built_again_as_it_was() {
    let house = House::new();
    house.done(&["figures", "import", "--shipped"]);
    house.done(&["send", "green-economy", "--allow-empty"]);
    let shown = house.done(&["editions", "show", "green-economy/1"]);
    let taken = shown.split_once(", taken ").unwrap().1;
    assert!(taken.contains(" UTC after import 1\n"), "{shown}");
    let frozen_at = taken.split_once(" UTC").unwrap().0.replacen(' ', "T", 1) + "Z";
    let sha = |words: &[&str]| {
        let command = [&["build", "green-economy", "--language", "en"], words].concat();
        house.objects(&command)[0]["sha256"].as_str().unwrap().to_owned()
    };
    let [by_name, by_time] = [&["--as-known", "green-economy/1"], &["--at", &*frozen_at]].map(|words| sha(words));
    // A later second, since times are told in seconds.
    std::thread::sleep(std::time::Duration::from_secs(2));
    let shipped = house.done(&["figures", "show", "vw_bev_cn"]);
    let line = shipped.lines().find(|line| line.starts_with("2025 ")).unwrap();
    let vintage = line.split_whitespace().nth(2).unwrap();
    house.write("new.csv", &format!("{HEAD}{}", row("2025", vintage, "116000")));
    house.done(&["figures", "import", "new.csv", "--replace"]);
    assert_eq!(sha(&["--as-known", "green-economy/1"]), by_name);
    assert_eq!(sha(&["--at", &frozen_at]), by_time);
    assert_ne!(sha(&["--at", &frozen_at, "--as-known", "2"]), by_time, "the import changes what is printed");
    // What is withdrawn or undone later was known then.
    house.run(&["figures", "withdraw", "vw_bev_cn", "2025", vintage, "--reason", "a test"]);
    assert_eq!(sha(&["--as-known", "1", "--at", &frozen_at]), by_time);
    let told = house.refused(&["build", "green-economy", "--as-known", "2020-01-01"]);
    let wanted =
        "error: the store knew no figures then\n   = hint: `greenbrief figures imports` lists when it learned which\n";
    assert_eq!(told, wanted);
    let told = house.refused(&["build", "green-economy", "--as-known", "9"]);
    assert_eq!(told, "error: there is no import 9\n   = hint: `greenbrief figures imports` lists them\n");
}

/// Who takes all figures back has none, and is told so before the next edition.
#[test]
fn a_store_whose_figures_are_taken_back_is_not_filled_behind_its_back() {
    let house = House::new();
    house.done(&["figures", "import", "--shipped"]);
    house.done(&["figures", "undo", "1"]);
    assert!(house.run(&["figures", "list"]).out.is_empty());
    for command in [&["build", "green-economy"][..], &["check"], &["send", "green-economy", "--allow-empty"]] {
        let ended = house.run(command);
        assert!(ended.code != 0 && ended.err.contains("unknown series"), "{command:?} {}", ended.err);
    }
}

/// Two editions with an import, a withdrawal and a change of the template between them.
#[test]
fn two_editions_are_compared_in_words() {
    let house = House::new();
    house.done(&["figures", "import", "--shipped"]);
    let send = || house.done(&["send", "green-economy", "--allow-empty"]);
    send();
    send();
    let [one, two, three] = ["green-economy/1", "green-economy/2", "green-economy/3"];
    let told = house.done(&["editions", "diff", one, two]);
    assert!(told.starts_with("green-economy/1 (published by ") && told.ends_with("\nNothing differs.\n"), "{told}");
    let shipped = house.done(&["figures", "show", "vw_bev_cn"]);
    let line = shipped.lines().find(|line| line.starts_with("2025 ")).unwrap();
    let [value, vintage] = [1, 2].map(|nth| line.split_whitespace().nth(nth).unwrap());
    let rows = [row("2025", "2026-11-01", "116000"), row("2026-Q1", "2026-04-10", "38000")].concat();
    house.write("new.csv", &format!("{HEAD}{rows}"));
    house.done(&["figures", "import", "new.csv"]);
    let text = fs::read_to_string(house.path("templates/green-economy/de.md")).unwrap();
    house.write("templates/green-economy/de.md", &format!("{text}\n"));
    send();
    let told = house.done(&["editions", "diff", two, three]);
    let (head, rest) = told.split_once('\n').unwrap();
    assert!(head.contains(", after import 1) → green-economy/3 (") && head.ends_with(", after import 2)"), "{told}");
    let by = greenbrief::figures::revision(value.parse().unwrap(), 116_000.into()).unwrap();
    assert_eq!(
        rest,
        format!(
            "revised    vw_bev_cn 2025: {value} ({vintage}) → 116000 (2026-11-01) ({by})\n\
             new        vw_bev_cn 2026-Q1: 38000 (2026-04-10)\n\
             changed    template/de.md\n"
        )
    );
    let back = house.objects(&["editions", "diff", three, two]);
    assert_eq!(back[0]["figures"][1]["after"], serde_json::Value::Null, "{back:?}");
    assert_eq!(back[0]["files"], serde_json::json!([{ "name": "template/de.md", "change": "changed" }]));
    let told = house.refused(&["editions", "diff", one, "green-economy/9"]);
    assert!(told.contains("green-economy/9"), "{told}");
}

/// The very same files bring nothing right after their import. Whatever changed the figures since is looked at again.
#[test]
fn the_same_files_again_are_compared_once_more_only_after_a_change() {
    let house = House::new();
    house.done(&["figures", "import", "--shipped"]);
    let first = format!("{HEAD}{}{}", row("2025", "2026-01-20", "155000"), row("2026-Q1", "2026-04-10", "38000"));
    house.write("new.csv", &first);
    let import = |more: &[&str]| house.done(&[&["figures", "import", "new.csv"], more].concat());
    assert!(import(&[]).ends_with("2 new, 0 changed, 0 unchanged\n"));
    let same = "0 new, 0 changed, 2 unchanged";
    assert_eq!(import(&["--dry-run"]), format!("{same} (nothing was imported)\n"));
    assert_eq!(import(&[]), format!("{same}\n"));
    assert_eq!(import(&[]), format!("{same}\n"));
    assert_eq!(house.objects(&["figures", "imports"])[0]["files"][0]["name"], "new.csv", "each is recorded");
    // Read otherwise, or by another name.
    assert_eq!(import(&["--decimal", "point"]), format!("{same}\n"));
    // What an undo took away comes back.
    house.done(&["figures", "undo", "2"]);
    assert!(import(&[]).ends_with("2 new, 0 changed, 0 unchanged\n"));
    // What was withdrawn is told, each time.
    house.done(&["figures", "withdraw", "vw_bev_cn", "2026-Q1", "2026-04-10", "--reason", "read wrong"]);
    for _ in 0..2 {
        let told = house.run(&["figures", "import", "new.csv"]);
        let left_out = "0 new, 0 changed, 1 unchanged, 1 withdrawn observation left out\n";
        assert!(told.out.ends_with(left_out), "{}", told.out);
        assert!(told.err.contains("was withdrawn by"), "{}", told.err);
    }
    assert!(import(&["--again"]).contains("1 new, "));
    assert_eq!(import(&[]), format!("{same}\n"));
    // What is gone from the files is told, each time.
    house.write("new.csv", &format!("{HEAD}{}", row("2025", "2026-01-20", "155000")));
    for _ in 0..2 {
        assert!(import(&[]).ends_with("0 new, 0 changed, 1 unchanged, 1 gone from the files\n"));
    }
}

#[test]
fn evidence_that_is_not_kept_is_warned_of_and_exported_once_it_is() {
    let house = House::new();
    house.done(&["figures", "import", "--shipped"]);
    house.write("page.txt", "what was read");
    let hash = "7a44b6e4cb657ca25f134a50e83769be524433327102367b6e0eff04413f3618";
    let (vintage, figure) = ("2026-01-21", "115500");
    let head = HEAD.replace("quality", "quality,evidence");
    let row = row("2025", vintage, figure).replace(",report\n", &format!(",report,{hash}\n"));
    house.write("read.csv", &format!("{head}{row}"));
    let wanted = format!(
        "warning: the evidence of vw_bev_cn 2025 ({vintage}) is not kept: no file has the SHA-256 {hash}\n   = hint: \
         `greenbrief figures keep FILE` keeps it\n"
    );
    for _ in 0..2 {
        let told = house.run(&["figures", "import", "read.csv"]);
        assert_eq!((told.code, told.err), (0, wanted.clone()));
    }
    assert_eq!(house.done(&["figures", "keep", "page.txt"]), format!("{hash}  page.txt\n"));
    assert_eq!(house.run(&["figures", "import", "read.csv"]).err, "");
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    house.done(&["send", "green-economy"]);
    house.done(&["editions", "export", "green-economy/1", "--out", "out"]);
    assert_eq!(house.names("out/evidence"), [hash]);
    assert_eq!(fs::read_to_string(house.path("out/evidence").join(hash)).unwrap(), "what was read");
}

/// Series whose files come one after the other: what stands on an import, although it is no value.
#[test]
fn an_undo_leaves_no_series_without_what_it_names_and_no_value_in_another_unit() {
    let house = House::new();
    house.done(&["figures", "import", "--shipped"]);
    let head = "id,title_en,title_de,title_zh,definition_en,definition_de,definition_zh,geography,unit,publisher,\
                change_of,predecessor\n";
    let series =
        |id: &str, unit: &str, before: &str| format!("{head}{id},A,B,C,{id},{id},{id},DE,{unit},VW,,{before}\n");
    let import = |name: &str, text: &str, options: &[&str]| {
        house.write(name, text);
        house.done(&[&["figures", "import", name], options].concat())
    };
    import("old.csv", &series("old", "gw", ""), &[]);
    import("new.csv", &series("new", "gw", "old"), &[]);
    let told = house.refused(&["figures", "undo", "2"]);
    assert!(told.contains("import 3 ") && told.contains("`greenbrief figures undo 3`"), "{told}");
    // What came under the new unit stays in it.
    import("old.csv", &series("old", "twh", ""), &[]);
    let value =
        |year: &str| format!("{HEAD}old,{year},2026-01-20,14,final,VW,,2026-01-20,https://example.org/a,report\n");
    import("values.csv", &value("2024"), &[]);
    let told = house.refused(&["figures", "undo", "4"]);
    assert!(told.contains("import 5 ") && told.contains("`greenbrief figures undo 5`"), "{told}");
    assert!(house.done(&["figures", "show", "old"]).contains("DE  twh  by VW"));
    for number in ["5", "4", "3", "2"] {
        house.done(&["figures", "undo", number]);
    }
    assert!(house.refused(&["figures", "show", "old"]).contains("there is no series `old`"));
}
