//! The commands of figures as an operator types them: imports that are refused or told of, from files and from standard
//! input; a wrong value withdrawn; where a series is used.

use std::{fs, process::Stdio};

use super::{House, SOON};

const HEAD: &str = "series,period,vintage,value,status,publisher,carrier,published_on,url,quality\n";

#[test]
fn figures_are_taken_all_or_none() {
    let house = House::new();
    house.done(&["figures", "import", "--shipped"]);
    let row = |value: &str| {
        format!(
            "{HEAD}vw_bev_world,2022,2024-02-01,{value},final,Volkswagen Group,,2024-02-01,https://example.org/a,report\n"
        )
    };
    house.write("new.csv", &row("900000"));
    let told = house.done(&["figures", "import", "new.csv", "--dry-run"]);
    assert!(told.ends_with("1 new, 0 changed, 0 unchanged (nothing was imported)\n"), "{told}");
    assert!(house.done(&["figures", "import", "new.csv"]).ends_with("1 new, 0 changed, 0 unchanged\n"));
    assert!(house.done(&["figures", "import", "new.csv"]).ends_with("0 new, 0 changed, 1 unchanged\n"));
    house.write("new.csv", &row("900001"));
    let told = house.refused(&["figures", "import", "new.csv"]);
    assert!(
        told.contains("vw_bev_world 2022 (2024-02-01) would change: 900000 → 900001\n --> new.csv:2:30\n"),
        "{told}"
    );
    assert!(told.contains("`--replace` puts 900001 in its place"), "{told}");
    let told = house.done(&["figures", "import", "new.csv", "--replace"]);
    assert!(told.contains("900000 → 900001") && told.ends_with("0 new, 1 changed, 0 unchanged\n"), "{told}");
    let told = house.objects(&["figures", "import", "new.csv"]);
    assert_eq!(told[0]["unchanged"], 1);
    house.write("new.csv", &row("900002"));
    let told = house.objects(&["figures", "import", "new.csv", "--replace", "--dry-run"]);
    let changed = serde_json::json!({
        "kind": "observation", "id": "vw_bev_world", "period": "2022", "vintage": "2024-02-01", "before": "900001",
        "after": "900002",
    });
    assert_eq!(told[0]["changed"], serde_json::json!([changed]));

    // Sources that an import takes away are told.
    house.write(
        "new.csv",
        &format!("{HEAD}vw_bev_world,2024,2025-01-14,744800,final,Volkswagen Group,,2025-01-14,,report\n"),
    );
    let told = house.done(&["figures", "import", "new.csv", "--dry-run"]);
    assert!(told.contains("changed    observation vw_bev_world 2024 (2025-01-14): 2 sources → 1 source\n"), "{told}");

    let before = house.done(&["figures", "show", "vw_bev_world"]);
    let bad = format!(
        "{}vw_bev_world,2023,2024-02-12,1000000,final,,,,,report\nvw_bev_wolrd,2023,2024-01-12,1,final,X,,2024-01-12,,report\nvw_bev_world,20x3,2034,many,final,X,,2034,,report\n",
        row("900002")
    );
    house.write("bad.csv", &bad);
    let told = house.refused(&["figures", "import", "bad.csv"]);
    for place in ["bad.csv:3:", "bad.csv:4:", "bad.csv:5:"] {
        assert!(told.contains(place), "{place}\n{told}");
    }
    assert!(told.contains("did you mean `vw_bev_world`?"), "{told}");
    assert_eq!(house.done(&["figures", "show", "vw_bev_world"]), before, "nothing has changed");
    assert!(house.refused(&["figures", "show", "vw_bev_wrld"]).contains("did you mean `vw_bev_world`?"));
    assert!(house.mistaken(&["figures", "import", "none.csv"]).contains("none.csv cannot be read"));
}

#[test]
fn figures_come_from_standard_input_and_are_bounded() {
    use std::io::Write as _;
    let house = House::new();
    let import = |bytes: &[u8]| {
        let mut command = house.command(&["figures", "import", "-"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        let done = child.wait_with_output().unwrap();
        (done.status.code(), String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap())
    };
    // The store is new: it takes the shipped figures first, so that the file's series is known.
    let (code, told) =
        import(format!("{HEAD}vw_bev_cn,2022,2023-01-12,155700,final,VW,,2023-01-12,,report\n").as_bytes());
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("The store took the 545 shipped figures with their names first"), "{told}");
    assert!(told.ends_with("1 new, 0 changed, 0 unchanged\n"), "{told}");
    let (code, told) =
        import(format!("{HEAD}vw_bev_cn,2022,2023-01-12,155.700,final,VW,,2023-01-12,,report\n").as_bytes());
    assert_eq!(code, Some(3));
    assert!(
        told.contains("error: `155.700` is no count: vehicles are whole numbers\n --> standard input:2:27\n"),
        "{told}"
    );
    // What never ends is read only so far, and what is too large is not read.
    fs::File::create(house.path("large.csv")).unwrap().set_len((1 << 30) + 1).unwrap();
    let told = house.mistaken(&["figures", "import", "large.csv"]);
    assert_eq!(told, "error: large.csv is larger than 1 GiB\n   = hint: import it in parts\n");
    let told = house.mistaken(&["figures", "import", "/dev/zero"]);
    assert!(told.contains("/dev/zero"), "{told}");
}

#[test]
fn a_new_store_has_the_shipped_figures_whoever_fills_it_first() {
    let house = House::new();
    house.write("new.csv", &format!("{HEAD}vw_bev_cn,2022,2023-01-12,155700,final,VW,,2023-01-12,,report\n"));
    let told = house.done(&["figures", "import", "new.csv", "--dry-run"]);
    assert!(told.starts_with("The store would take the 545 shipped figures"), "{told}");
    house.done(&["figures", "import", "new.csv"]);
    assert_eq!(house.objects(&["figures", "list"]).len(), 100);
    house.done(&["check"]);
    let mut serve = house.serve(&[]);
    serve.wait_for("watching");
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
    assert!(!serve.log().contains("this version ships other figures"), "{}", serve.log());
    let rows = house.objects(&["figures", "show", "vw_bev_cn"]);
    assert!(rows.iter().any(|row| row["value"] == "155700"), "{rows:?}");
    let told = house.done(&["figures", "import", "--shipped"]);
    assert!(told.ends_with("0 new, 0 changed, 545 unchanged\n"), "{told}");
}

#[test]
fn a_wrong_figure_is_withdrawn_and_may_come_back() {
    let house = House::new();
    let withdraw = |vintage: &'static str| {
        ["figures", "withdraw", "vw_bev_cn", "2025", vintage, "--reason", "not the Group", "--as", "anna"]
    };
    assert!(house.refused(&withdraw("2026-01-21")).contains("there is no store yet"));
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    house.done(&["send", "green-economy"]);
    let told = house.refused(&withdraw("2026-01-22"));
    assert!(
        told.contains("vw_bev_cn has no value for 2025 in the vintage 2026-01-22")
            && told.contains("vintages of 2025: 2026-01-21"),
        "{told}"
    );
    assert_eq!(house.run(&withdraw("soon")).code, 2);
    assert!(
        house
            .refused(&["figures", "withdraw", "vw_bev_cn", "2025", "2026-01-21", "--reason", " "])
            .contains("needs a reason")
    );
    let told = house.done(&withdraw("2026-01-21"));
    assert!(
        told.starts_with(
            "vw_bev_cn 2025 (2026-01-21): 115500 is withdrawn; vw_bev_cn has no value for 2025 any more\n"
        ),
        "{told}"
    );
    // Its change would be printed beside a dash.
    let change = "\nIts change is printed still: vw_bev_yoy_cn 2025 (2026-01-21) is -44.3. `greenbrief figures withdraw \
                  vw_bev_yoy_cn 2025 2026-01-21 --reason TEXT` withdraws it.";
    assert!(told.contains(change), "{told}");
    let told = house.refused(&withdraw("2026-01-21"));
    assert!(told.contains("is withdrawn already"), "{told}");
    // It does not count, and it is not gone.
    let list = house.objects(&["figures", "list"]);
    let latest = list.iter().find(|row| row["series"] == "vw_bev_cn").unwrap();
    assert_eq!((&latest["period"], &latest["value"]), (&"2024".into(), &"207400".into()));
    let shown = house.done(&["figures", "show", "vw_bev_cn"]);
    let line = shown.lines().find(|line| line.starts_with("2025")).unwrap();
    assert!(
        line.contains("115500") && line.contains("withdrawn") && line.contains("https://www.penzcentrum.hu/"),
        "{shown}"
    );
    assert!(
        shown.contains("\n2025 (2026-01-21): 115500 was withdrawn by anna on 20")
            && shown.contains(": not the Group\n"),
        "{shown}"
    );
    let rows = house.objects(&["figures", "show", "vw_bev_cn"]);
    let gone = rows.last().unwrap();
    assert_eq!((&gone["counts"], &gone["vintage"]), (&false.into(), &"2026-01-21".into()));
    assert_eq!(
        (&gone["withdrawals"][0]["by"], &gone["withdrawals"][0]["reason"]),
        (&"anna".into(), &"not the Group".into())
    );
    assert!(gone["sources"][0]["url"].as_str().unwrap().starts_with("https://"), "{gone}");
    let unknown = rows.iter().find(|row| row["period"] == "2024").unwrap();
    assert_eq!(unknown["vintage"], serde_json::Value::Null);

    // The shipped figures again: all but that one.
    let told = house.run(&["figures", "import", "--shipped"]);
    assert!(told.out.ends_with("0 new, 0 changed, 544 unchanged, 1 withdrawn observation left out\n"), "{}", told.out);
    assert!(
        told.err.contains("was withdrawn by anna on 20") && told.err.contains(" --> data/observations.csv:"),
        "{}",
        told.err
    );
    // The edition keeps what it was made with.
    let uses = house.objects(&["figures", "uses", "vw_bev_cn"]);
    assert_eq!(
        (&uses[0]["editions"][0]["edition"], &uses[0]["editions"][0]["latest"]["value"]),
        (&"green-economy/1".into(), &"115500".into())
    );
    // A start does not bring it back; a person does.
    let mut serve = house.serve(&[]);
    serve.wait_for("watching");
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
    assert!(!serve.log().contains("this version ships other figures"), "{}", serve.log());
    house.done(&["figures", "import", "--shipped", "--again", "--as", "bernd"]);
    let shown = house.done(&["figures", "show", "vw_bev_cn"]);
    assert!(shown.contains("; it counts again since bernd on 20"), "{shown}");
    assert!(shown.lines().any(|line| line.starts_with("2025") && line.contains("final")), "{shown}");
    // A value without a date has a word for its vintage.
    let told = house.run(&["figures", "withdraw", "vw_bev_us", "2024", "unknown", "--reason", "a copy"]);
    assert!(told.out.starts_with("vw_bev_us 2024 (unknown): 49400 is withdrawn"), "{}", told.out);
    // The brief cannot be made without it: that is said at once.
    assert_eq!(told.code, 1, "{}", told.out);
    let needs = "\nBut green-economy needs it: its next edition would be held, ";
    assert!(
        told.out.contains(needs) && told.out.contains(" errors, the first templates/green-economy/"),
        "{}",
        told.out
    );
    assert_eq!(house.run(&["send", "green-economy"]).code, 5);
    assert!(
        house
            .refused(&["figures", "withdraw", "vw_bev_uk", "2024", "unknown", "--reason", "x"])
            .contains("there is no series `vw_bev_uk`")
    );
}

#[test]
fn the_uses_of_a_series_are_listed() {
    let house = House::new();
    let told = house.done(&["figures", "uses", "de_cn_exports"]);
    assert!(told.starts_with("de_cn_exports  "), "{told}");
    let text = fs::read_to_string(house.path("templates/green-economy/blocks.toml")).unwrap();
    let line = text.lines().position(|line| line.contains("\"de_cn_exports\"")).unwrap() + 1;
    let row = told.lines().find(|row| row.contains("blocks.toml")).unwrap();
    assert!(row.contains(&format!("templates/green-economy/blocks.toml:{line} ")), "{told}");
    assert!(row.contains("en, de, zh") && row.ends_with("trade"), "{told}");
    assert!(told.contains("templates/green-economy/en.md:") && told.contains("No edition was made with it."), "{told}");
    // A mistake elsewhere in the template does not hide them.
    house.write("templates/green-economy/theme.toml", "[");
    let uses = house.objects(&["figures", "uses", "de_cn_exports"]);
    assert_eq!(uses[0]["series"], "de_cn_exports");
    assert!(uses[0]["templates"].as_array().unwrap().len() > 5, "{uses:?}");
    let told = house.done(&["figures", "uses", "eu_ets_de_auction"]);
    assert!(told.contains("No template names it.") && told.contains("No edition was made with it."), "{told}");
    assert!(house.refused(&["figures", "uses", "de_cn_export"]).contains("did you mean `de_cn_exports`?"));
}

/// A value that the shipped brief prints.
const WITHDRAW: [&str; 7] = ["figures", "withdraw", "vw_bev_cn", "2024", "unknown", "--reason", "not the Group"];

/// A brief of one sentence and no figure.
fn write_plain_brief(house: &House) {
    fs::create_dir_all(house.path("templates/plain")).unwrap();
    house.write("templates/plain/blocks.toml", "");
    house.write(
        "templates/plain/en.md",
        "+++\nheadline = \"Open\"\nsubject = \"An office\"\n+++\nThe office is open.\n",
    );
    let mail = "+++\nsubject = \"Open\"\n+++\n\nThe office is open. {{ unsubscribe }}\n\n{{ imprint }}\n";
    house.write("templates/plain/mail.en.md", mail);
    let brief = fs::read_to_string(house.path("config/briefs/green-economy.toml")).unwrap();
    let brief = brief.replace("template = \"green-economy\"", "template = \"plain\"");
    house.write("config/briefs/plain.toml", &brief.replace("[\"en\", \"de\", \"zh\"]", "[\"en\"]"));
}

#[test]
fn a_start_without_a_figure_holds_its_brief_and_goes_on_with_the_others() {
    let house = House::new();
    write_plain_brief(&house);
    house.done(&["subscribers", "add", "anna@example.net", "--brief", "plain", "--language", "en"]);
    let mut serve = house.serve(&[]);
    serve.wait_for("watching");
    assert_eq!(house.run(&WITHDRAW).code, 1);
    assert_eq!(serve.end(), Some(0), "{}", serve.log());

    // The machine was switched off and on. Both briefs are due.
    house.due_in(SOON);
    write_plain_brief(&house);
    let mut serve = house.serve(&[]);
    serve.wait_for("on hold: it cannot be made with the figures there are; everything else goes on");
    assert!(serve.log().contains("templates/green-economy/"), "{}", serve.log());
    let status = house.run(&["status"]);
    assert!(status.out.contains("the next edition of green-economy would be held: "), "{}", status.out);
    serve.wait_for("held: nothing was sent");
    serve.wait_for("released edition=\"plain/1\" deliveries=1");

    // What holds the edition is kept, each with its place.
    let shown = house.done(&["editions", "show", "green-economy/1"]);
    let errors: Vec<&str> = shown.split("\n\n").filter(|part| part.starts_with("error: ")).collect();
    assert!(errors.len() > 1 && shown.contains(&format!("\nheld by    {} errors; ", errors.len())), "{shown}");
    assert!(
        errors.iter().all(|error| error.contains(" --> templates/green-economy/") && error.contains('^')),
        "{shown}"
    );
    let shown = &house.objects(&["editions", "show", "green-economy/1"])[0];
    let problems = shown["problems"].as_array().unwrap();
    assert_eq!(problems.iter().filter(|problem| problem["severity"] == "error").count(), errors.len());
    assert!(problems[0]["place"]["line"].as_u64() > Some(0), "{shown}");

    // An edit that has nothing to do with it is taken.
    house.change("en = \"Green Economy Brief\"", "en = \"Green Economy Letter\"");
    serve.wait_for("a new config is in force");
    assert_eq!(serve.end(), Some(0), "{}", serve.log());

    // Its template was never in force like this: a mistake is refused.
    let text = fs::read_to_string(house.path("templates/green-economy/en.md")).unwrap();
    house.write("templates/green-economy/en.md", &format!("{text}\n{{{{ fig(\"vw_bev_cm\", \"2024\") }}}}\n"));
    let told = house.mistaken(&["serve"]);
    assert!(told.contains("did you mean `vw_bev_cn`?"), "{told}");

    // Once the value is there again, nothing is on hold.
    house.write("templates/green-economy/en.md", &text);
    house.done(&["figures", "import", "--shipped", "--again"]);
    let mut serve = house.serve(&[]);
    serve.wait_for("watching");
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
    assert!(!serve.log().contains("on hold"), "{}", serve.log());
}

#[test]
fn a_first_start_without_a_figure_is_refused() {
    let house = House::new();
    house.done(&["figures", "import", "--shipped"]);
    assert_eq!(house.run(&WITHDRAW).code, 1);
    let told = house.mistaken(&["serve"]);
    assert!(told.contains("vw_bev_cn") && told.contains(" --> templates/green-economy/"), "{told}");
}
