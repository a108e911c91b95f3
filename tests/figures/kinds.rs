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
        let snapshot = Snapshot { as_known: today(), data };
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
