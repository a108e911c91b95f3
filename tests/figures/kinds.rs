//! Kinds of units and ways to write periods, as an import reads them.

use greenbrief::figures::{
    Dataset, Period, SeriesId, Snapshot,
    import::{self, ImportTerms},
    shipped,
};

use super::{HEAD, file, row, today};

/// A unit, a series and values of it, over the shipped figures.
fn of_kind(kind: &str, values: &[(&str, &str)]) -> Result<Dataset, String> {
    let existing = shipped::dataset().unwrap();
    let unit = format!(
        "id,kind,exponent,pattern_en,pattern_de,pattern_zh,label_en,label_de,label_zh,zh_label_exponent\n\
         made,{kind},0,{{n}} made,{{n}} made,{{n}}made,made,made,made,0\n"
    );
    let series = "id,title_en,title_de,title_zh,definition_en,definition_de,definition_zh,geography,unit,publisher,change_of\n\
                  made,Made,Made,Made,Made,Made,Made,DE,made,VW,\n";
    let rows: String = values.iter().map(|(period, value)| row("made", period, "2026-05-04", value)).collect();
    let files = [("units.csv", unit), ("series.csv", series.to_owned()), ("new.csv", format!("{HEAD}{rows}"))];
    let files = files.map(|(name, text)| file(name, text.as_bytes()));
    let read = import::read(&files, &ImportTerms::new(&existing, today()));
    read.map(|read| read.data).map_err(|problems| problems.to_string())
}

#[test]
fn shares_points_and_indices_are_kinds_of_units() {
    for (kind, fine, wrong, why) in [
        ("share", "37.4", "100.1", Some("`100.1` is no share: made lies between 0 and 100 %")),
        ("share", "0", "-1", Some("`-1` is no share: made lies between 0 and 100 %")),
        ("index", "123.4", "-0.1", Some("`-0.1` is no index: made is never below 0")),
        ("points", "-7.5", "140", None),
    ] {
        assert!(of_kind(kind, &[("2025", fine)]).is_ok(), "{kind} {fine}");
        match (of_kind(kind, &[("2025", wrong)]), why) {
            (Err(told), Some(why)) => assert!(told.contains(why), "{kind}: {told}"),
            (told, why) => assert_eq!(told.err(), why.map(str::to_owned), "{kind}"),
        }
    }
    let told = of_kind("shares", &[]).unwrap_err();
    assert!(told.contains("did you mean `share`?"), "{told}");
    // A share changes in points, an index in per cent.
    for (kind, wanted) in [("share", 10), ("points", 10), ("index", 25)] {
        let data = of_kind(kind, &[("2024", "40.0"), ("2025", "50.0")]).unwrap();
        let snapshot = Snapshot::new(today(), data);
        let change = snapshot.change(&SeriesId::new("made").unwrap(), Period::Year(2025), None).unwrap();
        assert_eq!(change.value, wanted.into(), "{kind}");
    }
}

#[test]
fn periods_are_read_as_publishers_write_them() {
    let rows =
        [("KW 7/2026", "1"), ("1. Halbjahr 2025", "2"), ("2025年1—11月", "3"), ("Q3 2025", "4"), ("2024/25", "5")];
    let data = of_kind("quantity", &rows).unwrap();
    let periods: Vec<String> = data.observations.values().flatten().map(|it| it.period.to_string()).collect();
    assert_eq!(periods, ["2024/25", "2025-H1", "2025-01/2025-11", "2025-Q3", "2026-W07"]);
    let told = of_kind("quantity", &[("03/04/2025", "1")]).unwrap_err();
    assert!(told.contains("error: `03/04/2025` is not a period\n --> new.csv:2:6\n"), "{told}");
    assert!(told.contains("hint: write 2024, ") && told.contains("; or as publishers do: KW 7/2026, "), "{told}");
}

/// A file of one series with this title in English and this definition in Chinese.
fn of_texts(title: &str, definition: &str) -> Result<Dataset, String> {
    let existing = shipped::dataset().unwrap();
    let series = format!(
        "id,title_en,title_de,title_zh,definition_en,definition_de,definition_zh,geography,unit,publisher,change_of\n\
         made,{title},Gemacht,做,Made,Gemacht,{definition},DE,vehicles,VW,\n"
    );
    let read = import::read(&[file("series.csv", series.as_bytes())], &ImportTerms::new(&existing, today()));
    read.map(|read| read.data).map_err(|problems| problems.to_string())
}

#[test]
fn titles_and_definitions_are_lines_of_characters_that_show() {
    assert!(of_texts(&"ä".repeat(200), "定义").is_ok());
    let wanted = "\
error: `title_en` has 201 characters, and a title has at most 200
 --> series.csv:2:6
";
    let told = of_texts(&"ä".repeat(201), "定义").unwrap_err();
    assert!(told.starts_with(wanted), "{told}");
    assert!(
        told.trim_end().ends_with("= hint: shorten it: a definition says what a series counts and what not"),
        "{told}"
    );
    assert!(of_texts("Made", &"定".repeat(201)).is_ok(), "only titles are so short");

    let told = of_texts("\"Made\nhere\"", "定义").unwrap_err();
    assert!(told.starts_with("error: `title_en` has a line break\n --> series.csv:2:11\n"), "{told}");
    assert!(told.trim_end().ends_with("= hint: write it on one line"), "{told}");
    let told = of_texts("Made", "定\u{2028}义").unwrap_err();
    assert!(told.starts_with("error: `definition_zh` has a line break\n --> series.csv:2:"), "{told}");
    let told = of_texts("Made\there", "定义").unwrap_err();
    assert!(told.starts_with("error: `title_en` has a tab\n --> series.csv:2:10\n"), "{told}");
    let told = of_texts("Ma\u{7}de", "定义").unwrap_err();
    assert!(told.starts_with("error: this field holds the control character U+0007\n --> series.csv:2:6\n"), "{told}");
    for (c, why) in [
        ('\u{202e}', "it turns the direction of the text around it, which then reads otherwise than it is written"),
        ('\u{e002}', "it is a private-use character, which no font shows"),
        ('\u{10fffd}', "it is a private-use character, which no font shows"),
    ] {
        let what = format!("error: the character U+{:04X} cannot stand in a text: {why}\n", u32::from(c));
        let told = of_texts(&format!("Ma{c}de"), "定义").unwrap_err();
        assert!(told.starts_with(&format!("{what} --> series.csv:2:8\n")), "{told}");
        assert!(told.contains("^\n") && told.contains("= hint: delete it; an editor may show it only"), "{told}");
        let told = of_texts("Made", &format!("定{c}义")).unwrap_err();
        assert!(told.starts_with(&format!("{what} --> series.csv:2:35\n")), "{told}");
        assert_eq!(told.matches("error: ").count(), 1, "{told}");
    }
}
