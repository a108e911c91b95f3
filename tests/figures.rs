//! Importing figures from outside: every mistake with its place, the texts of the messages, and what is read right.

mod checks;
mod kinds;
mod mutations;
mod relations;

use chrono::{DateTime, NaiveDate, Utc};
use greenbrief::figures::{
    Dataset, Observation, Published, SeriesId, Withdrawal, WithdrawalEnd, Withdrawn,
    import::{self, DecimalMark, ImportFile, ImportTerms},
    shipped,
};

const HEAD: &str = "series,period,vintage,value,status,publisher,carrier,published_on,url,quality\n";

fn file(name: &str, bytes: &[u8]) -> ImportFile {
    ImportFile { name: name.to_owned(), bytes: bytes.to_vec() }
}

fn today() -> NaiveDate {
    crate::moment().date_naive()
}

fn read(bytes: Vec<u8>) -> Result<Dataset, String> {
    let existing = shipped::dataset().unwrap();
    let read = import::read(&[file("new.csv", &bytes)], &ImportTerms::new(&existing, today()));
    read.map(|read| read.data).map_err(|problems| problems.to_string())
}

fn problems(text: &str) -> String {
    read(text.as_bytes().to_vec()).unwrap_err()
}

/// What a person is asked to look at, over the shipped figures and these files.
fn warnings(files: &[&str]) -> String {
    let existing = shipped::dataset().unwrap();
    let files: Vec<_> = files.iter().map(|text| file("new.csv", text.as_bytes())).collect();
    import::read(&files, &ImportTerms::new(&existing, today())).unwrap().to_look_at.to_string()
}

/// A row of observations in the order of the head.
fn row(series: &str, period: &str, vintage: &str, value: &str) -> String {
    format!("{series},{period},{vintage},{value},final,VW,,{vintage},,report\n")
}

#[test]
fn every_mistake_is_shown_at_once() {
    let text = format!(
        "{HEAD}vw_bev_wrld,2024,2025-01-14,\"744,800\",final,VW,,2025-01-14,ftp://x,report\nvw_bev_cn,2024-13,,1,finall,VW,,soon,,copy\n"
    );
    let shown = problems(&text);
    for wanted in [
        "error: `744,800` is not a number\n --> new.csv:2:29\n",
        "= hint: write 744800 if the comma separates thousands, 744.800 if it is the decimal mark",
        "error: `ftp://x` is not a web address",
        "error: `2024-13` is not a period\n --> new.csv:3:11\n",
        "= hint: did you mean `final`?",
        "error: `soon` is not a date",
    ] {
        assert!(shown.contains(wanted), "{wanted}\n\n{shown}");
    }
}

#[test]
fn unknown_series_and_columns_get_a_hint() {
    let text = format!("{HEAD}vw_bev_wrld,2024,2025-01-14,744800,final,VW,,2025-01-14,,report\n");
    assert!(problems(&text).contains("error: unknown series `vw_bev_wrld`\n --> new.csv:2:1"));
    assert!(problems(&text).contains("did you mean `vw_bev_world`?"));
    let many = problems(&format!("{text}{}{}", row("vw_bev_wrld", "2023", "", "1"), row("other", "2024", "", "1")));
    assert_eq!(many.matches("error: ").count(), 2, "one for each series: {many}");
    assert!(many.contains("unknown series `vw_bev_wrld`, which 2 rows name"), "{many}");
    assert!(
        many.contains("a series is added by a file of series, imported before this one or with it: id,title_en,"),
        "{many}"
    );
    let text = HEAD.replace("period", "perriod");
    assert!(
        problems(&text).contains("unknown column `perriod`")
            && problems(&text).contains("the column `period` is missing")
    );
}

#[test]
fn two_values_of_one_vintage_are_a_contradiction() {
    let row = |value: &str, status: &str, carrier: &str| {
        format!("vw_bev_us,2030,,{value},{status},VW,{carrier},2026-01-01,,report\n")
    };
    let shown = problems(&format!("{HEAD}{}{}", row("1", "final", "a"), row("2", "final", "b")));
    assert!(
        shown.contains("vw_bev_us 2030 is 2 here and 1 in an earlier row of the same vintage\n --> new.csv:3:17\n"),
        "{shown}"
    );
    let shown = problems(&format!("{HEAD}{}{}", row("1", "final", "a"), row("1", "provisional", "b")));
    assert!(shown.contains("vw_bev_us 2030 has another status in an earlier row of the same vintage"), "{shown}");
    let shown = problems(&format!("{HEAD}{}{}", row("1", "final", "a"), row("1", "final", "a")));
    assert!(
        shown.contains("the same source of the same value appears here a second time\n --> new.csv:3:25\n"),
        "{shown}"
    );
}

#[test]
fn odd_files_are_read_right_or_refused_with_the_place() {
    let head = HEAD.replace("quality\n", "quality,quote\n");
    let quoted = format!("\u{feff}{head}vw_bev_us,2030,,1,final,VW,,,,copy,\"one\ntwo\"\n");
    let data = read(quoted.into_bytes()).unwrap();
    let id = SeriesId::new("vw_bev_us").unwrap();
    assert_eq!(data.observations[&id][0].sources[0].quote.as_deref(), Some("one\ntwo"));
    // Names of publishers and carriers are lines of characters that show.
    let told = read(format!("{HEAD}vw_bev_us,2030,,1,final,\"VW\nGroup\",,,,copy\n").into_bytes()).unwrap_err();
    assert!(told.starts_with("error: `publisher` has a line break\n --> new.csv:2:"), "{told}");
    let told = read(format!("{HEAD}vw_bev_us,2030,,1,final,VW,R\u{202e}Q,,,copy\n").into_bytes()).unwrap_err();
    assert!(told.starts_with("error: the character U+202E cannot stand in a text: "), "{told}");
    let told = read(format!("{HEAD}vw_bev_us,2030,,1,final,{},,,,copy\n", "x".repeat(201)).into_bytes()).unwrap_err();
    assert!(told.starts_with("error: `publisher` has 201 characters, and a name has at most 200\n"), "{told}");
    let latin1 = read(b"series,period\nvw,\xe4\n".to_vec()).unwrap_err();
    assert!(latin1.contains("this file is not UTF-8\n --> new.csv:2:4"), "{latin1}");
    let long =
        read(format!("{HEAD}vw_bev_us,2030,,1,final,{},,,,copy\n", "x".repeat(1_000_000)).into_bytes()).unwrap_err();
    assert!(long.contains("this field has 1000000 bytes; at most 10000 are read\n --> new.csv:2:"), "{long}");
    assert!(long.len() < 1000);
    let short = read(format!("{HEAD}vw_bev_us,2030\n").into_bytes()).unwrap_err();
    assert!(short.contains("this row has 2 fields; the head has 10"), "{short}");
    assert!(read(Vec::new()).unwrap_err().contains("new.csv is empty"));
}

#[test]
fn a_character_lost_in_a_wrong_encoding_is_told_at_its_place() {
    let text = format!(
        "{HEAD}vw_bev_us,2030,,1,final,\"VW, N\u{fffd}rnberg\",,,,copy\nvw_bev_us,2031,,1,final,VW\u{fffd},,,,copy\n"
    );
    let told = problems(&text);
    assert_eq!(
        told.split("\n\n").next().unwrap(),
        "error: the character U+FFFD cannot stand in a text: it stands for one that was lost when the text was read in a \
         wrong encoding\n --> new.csv:2:31\n   |\n \
         2 | vw_bev_us,2030,,1,final,\"VW, N\u{fffd}rnberg\",,,,copy\n   |                               ^\n   \
         = hint: write the lost character again, or save the original file as UTF-8"
    );
    assert!(told.contains(" --> new.csv:3:27\n"), "{told}");
    assert_eq!(told.matches("error: ").count(), 2, "{told}");
}

#[test]
fn a_name_that_tells_no_format_is_read_as_csv() {
    for name in ["data/new.csv", "NEW.CSV", "new.txt", "new", "new.csv.old", "/dev/stdin"] {
        let existing = shipped::dataset().unwrap();
        let read = import::read(&[file(name, HEAD.as_bytes())], &ImportTerms::new(&existing, today()));
        assert!(read.is_ok(), "{name}");
    }
}

#[test]
fn an_import_says_what_is_new_changed_and_unchanged() {
    let data = shipped::dataset().unwrap();
    let again = data.compare(&data);
    assert_eq!((again.new.len(), again.changed.len()), (0, 0));
    assert_eq!(again.unchanged, 14 + 100 + 328 + 28 + 75);
    assert_eq!(Dataset::default().compare(&data).new.len(), again.unchanged);
    assert_eq!(Dataset::default().merge(data.clone()), data);
}

#[test]
fn a_first_figure_has_two_sources_and_one_vintage() {
    let data = shipped::dataset().unwrap();
    for series in ["vw_bev_world", "vw_bev_us", "vw_bev_cn", "vw_bev_yoy_world", "vw_bev_yoy_us", "vw_bev_yoy_cn"] {
        let first =
            data.observations[&SeriesId::new(series).unwrap()].iter().find(|o| o.period.to_string() == "2024").unwrap();
        assert_eq!(first.sources.len(), 2, "{series}");
        assert!(
            first.sources.iter().any(|s| s.carrier.as_deref() == Some("Global Times (GT Voice commentary)")),
            "{series}"
        );
    }
}

#[test]
fn a_count_is_whole_and_never_below_none() {
    let text = [
        HEAD.to_owned(),
        row("vw_bev_cn", "2022", "2023-01-12", "155.700"),
        row("vw_bev_cn", "2022", "2023-01-13", "\"98.000\""),
        row("vw_bev_cn", "2022", "2023-01-14", "98.0"),
        row("vw_bev_cn", "2022", "2023-01-15", "98.25"),
        row("vw_bev_cn", "2022", "2023-01-16", "-5"),
    ];
    let shown = problems(&text.concat());
    for wanted in [
        "error: `155.700` is no count: vehicles are whole numbers\n --> new.csv:2:27\n",
        "| vw_bev_cn,2022,2023-01-12,155.700,final,VW,,2023-01-12,,report\n   |                           ^^^^^^^\n",
        "= hint: if the point separates thousands, write 155700: nothing stands between them",
        "error: `98.000` is no count: vehicles are whole numbers\n --> new.csv:3:27\n",
        "write 98000: nothing",
        "error: `98.0` is no count: vehicles are whole numbers\n --> new.csv:4:27\n",
        "= hint: write 98\n",
        "error: `98.25` is no count: vehicles are whole numbers\n --> new.csv:5:27\n",
        "a number that is not whole needs a unit of another kind",
        "error: `-5` is no count: vehicles are never fewer than none\n --> new.csv:6:27\n",
    ] {
        assert!(shown.contains(wanted), "{wanted}\n\n{shown}");
    }
    assert_eq!(shown.matches("error: ").count(), 5, "{shown}");
    // A measured quantity may have decimals.
    read(format!("{HEAD}{}", row("cn_pv_added", "2024", "2025-01-21", "277.17")).into_bytes()).unwrap();
}

#[test]
fn a_share_lies_between_0_and_100_unless_its_series_says_otherwise() {
    let text = format!(
        "{HEAD}{}{}{}",
        row("catl_share", "2025", "2026-02-01", "3920"),
        row("catl_share", "2024", "2026-02-01", "-1"),
        // The printed change of another series is no share.
        row("vw_bev_yoy_eu", "2025", "2026-02-01", "165.9"),
    );
    let shown = problems(&text);
    assert!(
        shown.contains("error: `3920` is no share: catl_share lies between 0 and 100 %\n --> new.csv:2:28\n"),
        "{shown}"
    );
    assert!(shown.contains("error: `-1` is no share"), "{shown}");
    assert!(
        shown.contains(
            "if `catl_share` is a change or a rate, its row in a file of series says so: `any` in the column `range`"
        ),
        "{shown}"
    );
    assert_eq!(shown.matches("error: ").count(), 2, "{shown}");
    let head = "id,title_en,title_de,title_zh,definition_en,definition_de,definition_zh,geography,unit,publisher,change_of,range\n";
    let series =
        |range: &str| format!("{head}growth,Growth,Wachstum,增长,Of all,Von allem,全部,CN,percent,NBS,,{range}\n");
    let values =
        format!("{HEAD}{}{}", row("growth", "2024", "2025-01-01", "250"), row("growth", "2025", "2026-01-01", "-4"));
    let existing = shipped::dataset().unwrap();
    let read = |range: &str| {
        let files = [file("s.csv", series(range).as_bytes()), file("v.csv", values.as_bytes())];
        import::read(&files, &ImportTerms::new(&existing, today()))
    };
    let taken = read("any").unwrap();
    assert!(taken.data.series[&SeriesId::new("growth").unwrap()].any_value);
    assert_eq!(taken.to_look_at.to_string(), "", "it may change its sign");
    assert!(read("").is_err());
    assert!(read("all").unwrap_err().to_string().contains("`all` is no range"));
}

#[test]
fn nothing_was_published_tomorrow() {
    let (later, soon) = ("2062-01-14", (today() + chrono::Days::new(1)).to_string());
    let month = today().format("%Y-%m").to_string();
    let text = format!(
        "{HEAD}{}vw_bev_us,2030,,1,final,VW,,{later},,report\n{}{}",
        row("vw_bev_us", "2029", later, "1"),
        // In the east, tomorrow has begun; a month counts from its last day, and has begun.
        row("vw_bev_us", "2024", &soon, "49500"),
        row("vw_bev_eu", "2024", &month, "447901"),
    );
    let shown = problems(&text);
    let today = today();
    for wanted in [
        format!("error: `2062-01-14` is in the future: today is {today}\n --> new.csv:2:16\n"),
        format!("error: `2062-01-14` is in the future: today is {today}\n --> new.csv:3:29\n"),
        "= hint: a value counts from the day on which it was published: import it then".to_owned(),
    ] {
        assert!(shown.contains(&wanted), "{wanted}\n\n{shown}");
    }
    assert!(!shown.contains("new.csv:4") && !shown.contains("new.csv:5"), "{shown}");
}

#[test]
fn a_value_far_from_its_neighbour_is_told() {
    let one = |series: &str, period: &str, vintage: &str, value: &str| {
        warnings(&[&format!("{HEAD}{}", row(series, period, vintage, value))])
    };
    // The last period, the next one, and an earlier vintage.
    let told = one("vw_bev_cn", "2026", "2026-11-01", "1155000");
    assert_eq!(
        told,
        "warning: vw_bev_cn 2026 is 1155000; it was 115500 in 2025: 10 times as much\n --> new.csv:2:27\n   |\n \
         2 | vw_bev_cn,2026,2026-11-01,1155000,final,VW,,2026-11-01,,report\n   |                           ^^^^^^^\n   \
         = hint: look at the decimal mark, the unit (vehicles) and the row; nothing is to be done if all are right"
    );
    let told = one("vw_bev_cn", "2020", "2026-11-01", "9270");
    assert!(told.starts_with("warning: vw_bev_cn 2020 is 9270; it was 92700 in 2021: one part in 10\n"), "{told}");
    let told = one("vw_bev_cn", "2025", "2026-11-01", "1");
    assert!(told.contains("is 1; it was 115500 in the vintage 2026-01-21: one part in 115500"), "{told}");
    let told = one("vw_bev_cn", "2026", "2026-11-01", "0");
    assert!(told.contains("vw_bev_cn 2026 is 0; it was 115500 in 2025"), "{told}");
    assert!(told.contains("a value that is not published yet is a gap, not a zero"), "{told}");
    let told = one("de_cn_imports", "2026", "2026-11-01", "-170.6");
    assert!(told.contains("de_cn_imports 2026 is -170.6;") && told.contains(": the sign changes"), "{told}");
    // Foreign direct investment had both signs before; a change may be anything; five times as much is not more.
    assert_eq!(one("de_fdi_cn_iw", "2025", "2026-11-01", "-7"), "");
    assert_eq!(one("vw_bev_yoy_us", "2025", "2026-11-01", "45.7"), "");
    assert_eq!(one("vw_bev_cn", "2026", "2026-11-01", "577500"), "");
    // A file of its own is compared within itself, and what is there already is not told again.
    let twice = format!("{HEAD}{}{}", row("vw_bev_row", "2019", "", "100"), row("vw_bev_row", "2020", "", "1000"));
    assert!(warnings(&[&twice]).contains("vw_bev_row 2020 is 1000; it was 100 in 2019: 10 times as much"));
    let data = include_str!("../data/observations.csv");
    assert_eq!(warnings(&[data]), "");
    let told = one("vw_bev_cn", "2028", "2026-11-01", "115500");
    assert!(
        told.starts_with(
            "warning: vw_bev_cn 2028 was published on 2026-11-01, before that period began\n --> new.csv:2:16\n"
        ),
        "{told}"
    );
    // However many there are, a hundred are told.
    let days: String =
        (0..300).map(|n| row("cn_ets_close", &format!("{}-01-01", 1600 + n), "", ["1", "1000"][n % 2])).collect();
    let told = warnings(&[&format!("{HEAD}{days}")]);
    assert_eq!(told.matches("warning: ").count(), 101, "{told}");
    assert!(told.ends_with("more values to look at"), "{told}");
}

#[test]
fn a_value_does_not_change_under_its_vintage_unasked() {
    let text = format!(
        "{HEAD}{}{}",
        row("vw_bev_cn", "2025", "2026-01-21", "115600"),
        // As often, with another number of decimals.
        row("cn_pv_added", "2023", "2024-01-26", "216.880"),
    );
    let existing = shipped::dataset().unwrap();
    let files = [file("new.csv", text.as_bytes())];
    let shown = import::read(&files, &ImportTerms::new(&existing, today())).unwrap_err().to_string();
    for wanted in [
        "error: vw_bev_cn 2025 (2026-01-21) would change: 115500 → 115600\n --> new.csv:2:27\n",
        "= hint: if 115500 is wrong, `--replace` puts 115600 in its place",
    ] {
        assert!(shown.contains(wanted), "{wanted}\n\n{shown}");
    }
    let terms = ImportTerms { replace: true, ..ImportTerms::new(&existing, today()) };
    import::read(&files, &terms).unwrap();
    // What is no count cannot take a value's place: only what to write is said.
    let typed = format!("{HEAD}{}", row("vw_bev_cn", "2025", "2026-01-21", "126.500"));
    let files = [file("new.csv", typed.as_bytes())];
    let shown = import::read(&files, &ImportTerms::new(&existing, today())).unwrap_err().to_string();
    assert!(shown.contains("write 126500: nothing stands between them"), "{shown}");
    assert!(!shown.contains("--replace") && shown.matches("error: ").count() == 1, "{shown}");
    // Neither does the meaning of all values.
    let head =
        "id,title_en,title_de,title_zh,definition_en,definition_de,definition_zh,geography,unit,publisher,change_of\n";
    let units = "id,kind,exponent,pattern_en,pattern_de,pattern_zh,label_en,label_de,label_zh,zh_label_exponent\n";
    let files = [
        file("s.csv", format!("{head}cn_pv_added,PV,PV,PV,New,Neu,新增,CN,gwh,NEA,\n").as_bytes()),
        file("u.csv", format!("{units}twh,quantity,3,{{n}} TWh,{{n}} TWh,{{n}} TWh,TWh,TWh,TWh,0\n").as_bytes()),
    ];
    let shown = import::read(&files, &ImportTerms::new(&existing, today())).unwrap_err().to_string();
    assert!(shown.contains("error: the unit of `cn_pv_added` would change: gw → gwh\n --> s.csv:2:36\n"), "{shown}");
    assert!(shown.contains("error: the unit `twh` would have another kind or exponent\n --> u.csv:2:1\n"), "{shown}");
    import::read(&files, &terms).unwrap();
}

#[test]
fn no_other_unit_is_suggested_for_an_unknown_one() {
    let head =
        "id,title_en,title_de,title_zh,definition_en,definition_de,definition_zh,geography,unit,publisher,change_of\n";
    let shown = problems(&format!("{head}power,Power,Leistung,功率,Of all,Von allem,全部,CN,mw,NEA,vw_bev_wrld\n"));
    assert!(shown.contains("error: unknown unit `mw`\n --> new.csv:2:48\n"), "{shown}");
    assert!(shown.contains("^^\n"), "{shown}");
    assert!(shown.contains("= hint: the units are: cny_t, companies, eur_bn, eur_m, eur_t, gw, gwh, gwh_a, mt, percent, points, points_m, twh, vehicles\n"), "{shown}");
    assert!(
        shown.contains("a unit is added by a file of units, imported before this one or with it: id,kind,exponent,"),
        "{shown}"
    );
    assert!(!shown.contains("did you mean `gw`"), "{shown}");
    assert!(shown.contains("error: unknown series `vw_bev_wrld`\n --> new.csv:2:55\n"), "{shown}");
}

#[test]
fn what_was_withdrawn_comes_back_only_if_it_is_asked_for() {
    let data = shipped::dataset().unwrap();
    let id = SeriesId::new("vw_bev_cn").unwrap();
    let day: DateTime<Utc> = "2026-11-20T09:00:00Z".parse().unwrap();
    let observation: Observation =
        data.observations[&id].iter().find(|it| it.vintage == Published::parse("2026-01-21").unwrap()).unwrap().clone();
    let withdrawal = Withdrawal {
        value: observation.value,
        by: "anna".into(),
        at: day,
        reason: "not the Group".into(),
        ended: None,
    };
    let mut withdrawn = [Withdrawn { observation, withdrawal }];
    let existing = data.without([&withdrawn[0].observation]);
    let row = |value: &str| {
        let text =
            format!("{HEAD}{}{}", row("vw_bev_cn", "2025", "2026-01-21", value), row("vw_bev_us", "2023", "", "71000"));
        [file("new.csv", text.as_bytes())]
    };
    let terms = ImportTerms { withdrawn: &withdrawn, ..ImportTerms::new(&existing, today()) };
    // The same value is left out, and the rest is taken.
    let read = import::read(&row("115500"), &terms).unwrap();
    assert_eq!(read.data.observations.keys().map(SeriesId::as_str).collect::<Vec<_>>(), ["vw_bev_us"]);
    assert_eq!(
        read.left_out.to_string().lines().take(2).collect::<Vec<_>>().join("\n"),
        "warning: vw_bev_cn 2025 (2026-01-21) was withdrawn by anna on 2026-11-20: not the Group; it is left out\n --> new.csv:2:27"
    );
    // Another value under the same vintage means that a person mends it.
    let told = import::read(&row("115600"), &terms).unwrap_err().to_string();
    assert!(
        told.contains("error: vw_bev_cn 2025 (2026-01-21) was withdrawn by anna on 2026-11-20: not the Group\n"),
        "{told}"
    );
    assert!(told.contains("`--again` lets it count again, with 115600 in the place of 115500"), "{told}");
    for value in ["115500", "115600"] {
        let read = import::read(&row(value), &ImportTerms { again: true, ..terms }).unwrap();
        assert_eq!(read.data.observations[&id][0].value.to_string(), value);
    }
    // A withdrawal that has ended is history.
    withdrawn[0].withdrawal.ended = Some(WithdrawalEnd { by: "bernd".into(), at: day });
    let terms = ImportTerms { withdrawn: &withdrawn, ..ImportTerms::new(&existing, today()) };
    assert!(import::read(&row("115500"), &terms).unwrap().left_out.is_empty());
}

#[test]
fn many_rows_of_one_series_are_read_in_time() {
    let days = (0..30_000).map(|n| NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + chrono::Days::new(n));
    let text: String = days.map(|day| row("cn_ets_close", &day.to_string(), "", "50")).collect();
    let begun = std::time::Instant::now();
    assert_eq!(
        read(format!("{HEAD}{text}").into_bytes()).unwrap().observations.values().map(Vec::len).sum::<usize>(),
        30_000
    );
    // In a debug build on a busy machine; with a look at all others for each row it took minutes.
    assert!(begun.elapsed() < std::time::Duration::from_secs(60), "{:?}", begun.elapsed());
    let many = row("cn_ets_close", "2024", "", "50").repeat(100_001);
    assert!(
        problems(&format!("{HEAD}{many}"))
            .contains("new.csv has 100001 rows; at most 100000 are read\n   = hint: import it in parts")
    );
}

#[test]
fn the_decimal_mark_is_that_of_the_file() {
    let existing = shipped::dataset().unwrap();
    let text = format!("{HEAD}{}", row("cn_pv_added", "2024", "2025-01-21", "\"277,17\""));
    let told = problems(&text);
    assert!(told.contains("error: `277,17` is not a number\n --> new.csv:2:29\n"), "{told}");
    assert!(
        told.contains("write 277.17; if all numbers of the file are written like this, `--decimal comma` says so"),
        "{told}"
    );
    let terms = ImportTerms { decimal: Some(DecimalMark::Comma), ..ImportTerms::new(&existing, today()) };
    let taken = import::read(&[file("new.csv", text.as_bytes())], &terms).unwrap();
    assert_eq!(taken.data.observations[&SeriesId::new("cn_pv_added").unwrap()][0].value.to_string(), "277.17");
    // A file from a German spreadsheet: it does not tell its mark, so it is asked for, at the first number that has one.
    let head = HEAD.replace(',', ";");
    let semicolons = |value: &str| {
        format!(
            "{head}vw_bev_cn;2022;2023-01-12;155700;final;VW;;;;report\r\ncn_pv_added;2024;2025-01-21;{value};final;NEA;;;;report\r\n;;;;;;;;;\r\n"
        )
    };
    for text in [semicolons("277,17"), semicolons("277,17").replace(';', "\t"), semicolons("277.17")] {
        let told = problems(&text);
        assert!(
            told.starts_with("error: `277")
                && told.contains("` may be read in two ways: a file whose columns are separated by"),
            "{told}"
        );
        assert!(
            told.contains("\n --> new.csv:3:29\n")
                && told.contains("`--decimal comma` if 3,4 is three and four tenths"),
            "{told}"
        );
        assert_eq!(told.matches("error: ").count(), 1, "{told}");
        let point = ImportTerms { decimal: Some(DecimalMark::Point), ..terms };
        let read = |terms| import::read(&[file("new.csv", text.as_bytes())], terms);
        let (right, wrong) =
            if text.contains("277.17") { (read(&point), read(&terms)) } else { (read(&terms), read(&point)) };
        assert_eq!(
            right.unwrap().data.observations[&SeriesId::new("cn_pv_added").unwrap()][0].value.to_string(),
            "277.17"
        );
        wrong.unwrap_err();
    }
    read(semicolons("277").into_bytes()).unwrap();
    // A head of ten thousand columns is no head of figures.
    let wide: String = (0..10_000).map(|n| format!("c{n},")).collect();
    let told = problems(&wide);
    assert!(told.len() < 1000 && (told.contains("at most") || told.contains("has more than")), "{told}");
    // With the mark of the whole file given, the other one is none.
    let text = format!(
        "{HEAD}{}{}",
        row("cn_pv_added", "2024", "2025-01-21", "277.17"),
        row("vw_bev_cn", "2022", "2023-01-12", "\"155,700\"")
    );
    let told = import::read(&[file("new.csv", text.as_bytes())], &terms).unwrap_err().to_string();
    assert!(told.contains("error: `277.17` is not a number"), "{told}");
    assert!(told.contains("error: `155,700` is no count: vehicles are whole numbers"), "{told}");
    assert!(told.contains("if the comma separates thousands, write 155700"), "{told}");
}
