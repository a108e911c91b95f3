//! What a series is said to be: a part of one more dimension, what it goes on after a break, and how its publisher is called.

use chrono::NaiveDate;
use greenbrief::{
    base::language::Language,
    figures::{
        Dataset, Observation, Period, SeriesId, Snapshot,
        checks::{self, Check, GateRules, Subject},
        import::{self, ImportTerms},
        shipped,
    },
};

use super::{file, today};

const SERIES: &str = "id,title_en,title_de,title_zh,definition_en,definition_de,definition_zh,geography,unit,publisher,\
                      change_of,dimension,predecessor\n";

/// A file of these series: id, definition, dimension and predecessor.
fn read(rows: &[(&str, &str, &str, &str)]) -> Result<Dataset, String> {
    let rows = rows.iter().map(|(id, defined, dimension, before)| {
        format!("{id},A,B,C,{defined},{defined},{defined},DE,twh,VW,,{dimension},{before}\n")
    });
    let text = SERIES.to_owned() + &rows.collect::<String>();
    let existing = shipped::dataset().unwrap();
    let read = import::read(&[file("series.csv", text.as_bytes())], &ImportTerms::new(&existing, today()));
    read.map(|read| read.data).map_err(|problems| problems.to_string())
}

fn id(text: &str) -> SeriesId {
    SeriesId::new(text).unwrap()
}

#[test]
fn a_series_has_one_more_dimension_and_says_what_it_goes_on() {
    let data = read(&[("old", "Until 2020", "", ""), ("new", "Since 2021", "technology=wind_onshore", "old")]).unwrap();
    let new = &data.series[&id("new")];
    assert_eq!(new.dimension.as_ref().unwrap().to_string(), "technology=wind_onshore");
    assert_eq!(new.predecessor, Some(id("old")));
    assert_eq!(data.successor(&id("old")).unwrap().id, id("new"));

    let told = read(&[("new", "Since 2021", "wind onshore", "")]).unwrap_err();
    assert!(told.starts_with("error: `wind onshore` is no dimension\n --> series.csv:2:"), "{told}");
    assert!(told.contains("= hint: write what it is and which part, as in `powertrain=battery`: "), "{told}");
    let told = read(&[("new", "Since 2021", "", "odl")]).unwrap_err();
    assert!(told.starts_with("error: unknown series `odl`\n --> series.csv:2:"), "{told}");
    // Nobody sees a break that no definition tells.
    let told = read(&[("old", "The same", "", ""), ("new", "The same", "", "old")]).unwrap_err();
    assert!(
        told.starts_with("error: `new` is defined as `old` is, which it goes on after a break\n --> series.csv:3:")
    );
    assert!(
        told.contains("= hint: say in `definition` what is measured otherwise since, or which base it has\n"),
        "{told}"
    );
    let told = read(&[("new", "Since 2021", "", "new")]).unwrap_err();
    assert!(told.starts_with("error: `new` cannot go on itself\n"), "{told}");
    let told = read(&[("a", "One", "", "b"), ("b", "Two", "", "c"), ("c", "Three", "", "a")]).unwrap_err();
    assert!(told.contains("error: the predecessors of `a` come back to `a`\n --> series.csv:2:"), "{told}");
    assert_eq!(told.matches("error: ").count(), 3, "{told}");
}

#[test]
fn what_a_file_has_no_column_for_stays_and_what_a_series_is_of_does_not_change_unasked() {
    let existing = shipped::dataset().unwrap();
    let shipped = include_str!("../../data/series.csv");
    let short = |text: &str| {
        // Without its last two columns.
        let mut rows = csv::Reader::from_reader(shipped.as_bytes());
        let mut out = csv::Writer::from_writer(Vec::new());
        let cut = |row: &csv::StringRecord| row.iter().take(11).map(str::to_owned).collect::<Vec<_>>();
        out.write_record(cut(rows.headers().unwrap())).unwrap();
        for row in rows.records().map(Result::unwrap).filter(|row| row[0] == *"vw_bev_world") {
            out.write_record(cut(&row)).unwrap();
        }
        String::from_utf8(out.into_inner().unwrap()).unwrap().replace(",World,", text)
    };
    let read = |text: &str, replace: bool| {
        let terms = ImportTerms { replace, ..ImportTerms::new(&existing, today()) };
        import::read(&[file("series.csv", text.as_bytes())], &terms)
    };
    let data = read(&short(",World,"), false).unwrap().data;
    assert_eq!(data.series[&id("vw_bev_world")], existing.series[&id("vw_bev_world")]);
    let told = read(&short(",EU,"), false).unwrap_err().to_string();
    assert!(told.starts_with("error: the geography of `vw_bev_world` would change: World → EU\n --> series.csv:2:"));
    assert!(told.contains("= hint: if it was wrong from the beginning, `--replace` mends it"), "{told}");
    let after = read(&short(",EU,"), true).unwrap().data;
    let told = existing.compare_catalogue(&after);
    assert_eq!(told.changed[0].columns, ["geography"]);
}

#[test]
fn no_total_is_a_part_of_itself() {
    let head = SERIES.replace("dimension,predecessor", "parts");
    let rows = "a,A,B,C,D,E,F,DE,twh,VW,,b c\nb,A,B,C,D,E,F,DE,twh,VW,,a\nc,A,B,C,D,E,F,DE,twh,VW,,\n";
    let existing = shipped::dataset().unwrap();
    let files = [file("series.csv", (head + rows).as_bytes())];
    let told = import::read(&files, &ImportTerms::new(&existing, today())).unwrap_err().to_string();
    assert!(told.starts_with("error: `a` would be a part of itself\n --> series.csv:2:"), "{told}");
    assert_eq!(told.matches("error: ").count(), 2, "{told}");
}

#[test]
fn every_series_says_what_it_counts() {
    let told = read(&[("new", "", "", "")]).unwrap_err();
    assert!(told.starts_with("error: the translation `definition_en` is missing\n --> series.csv:2:"), "{told}");
    assert!(told.contains("= hint: what a series counts, and what not, is said in all three languages\n"), "{told}");
}

/// The shipped figures with a second series that goes on `cn_nev_sales`, and has its values.
fn after_a_break(is_told: bool) -> Snapshot {
    let mut data = shipped::dataset().unwrap();
    let (old, new) = (id("cn_nev_sales"), id("cn_nev_sales_new"));
    let mut series = data.series[&old].clone();
    series.id = new.clone();
    series.predecessor = is_told.then(|| old.clone());
    data.series.insert(new.clone(), series);
    let values: Vec<Observation> =
        data.observations[&old].iter().map(|it| Observation { series: new.clone(), ..it.clone() }).collect();
    data.observations.insert(new, values);
    Snapshot::new(NaiveDate::from_ymd_opt(2035, 1, 1).unwrap(), data)
}

#[test]
fn a_series_that_ended_at_a_break_is_neither_stale_nor_copied() {
    let found = |is_told: bool, check: Check| {
        let snapshot = after_a_break(is_told);
        let all = checks::run(&Subject::all(&snapshot), &GateRules::default());
        let of = all.into_iter().filter(|finding| finding.check == check);
        of.map(|finding| finding.text).filter(|text| text.contains("cn_nev_sales ")).collect::<Vec<_>>()
    };
    let stale = found(false, Check::Stale);
    assert!(stale.iter().any(|text| text.starts_with("the newest value of cn_nev_sales is ")), "{stale:?}");
    assert_eq!(found(true, Check::Stale), Vec::<String>::new());
    let copied = found(false, Check::Copied);
    assert!(copied.iter().any(|text| text.contains("cn_nev_sales_new have the same digits")), "{copied:?}");
    assert_eq!(found(true, Check::Copied), Vec::<String>::new());
    // Values of both are never compared: what is before the break is not there.
    let snapshot = after_a_break(true);
    let first = *snapshot.periods(&id("cn_nev_sales_new")).first().unwrap();
    assert!(matches!(first, Period::Year(_)) && snapshot.change(&id("cn_nev_sales_new"), first, None).is_none());
}

#[test]
fn publishers_have_a_name_in_each_language() {
    let data = shipped::dataset().unwrap();
    let name = |language| data.publisher_name("National Energy Administration (NEA)", language);
    assert_eq!(name(Language::De), "Nationale Energiebehörde Chinas (NEA)");
    assert_eq!(name(Language::Zh), "国家能源局");
    assert_eq!(data.publisher_name("Nobody knows", Language::Zh), "Nobody knows");
    // Each of the shipped figures has one.
    let cited = data.observations.values().flatten().flat_map(|observation| &observation.sources);
    let cited = cited.chain(data.events.iter().map(|event| &event.source)).map(|source| &source.publisher);
    let mut missing: Vec<&String> = cited.filter(|name| !data.publishers.contains_key(*name)).collect();
    missing.sort();
    missing.dedup();
    assert_eq!(missing, ["SNE Research", "ZSW/BDEW"], "proper names in every language");

    let existing = Dataset::default();
    let terms = ImportTerms::new(&existing, today());
    let text =
        "publisher,name_en,name_de,name_zh\nNEA,NEA,,国家能源局\nNEA,NEA,NEA,国家能源局\nNEA,NEA,NEA,国家能源局\n";
    let told = import::read(&[file("publishers.csv", text.as_bytes())], &terms).unwrap_err().to_string();
    assert!(told.contains("error: the translation `name_de` is missing\n --> publishers.csv:2:9\n"), "{told}");
    assert!(
        told.contains("error: the publisher `NEA` appears here a second time\n --> publishers.csv:4:1\n"),
        "{told}"
    );
}
