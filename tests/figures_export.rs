//! What is exported is read back the same, in both layouts: figures, vintages and sources, whatever they hold.

use chrono::NaiveDate;
use greenbrief::{
    base::language::PerLanguage,
    figures::{
        Bounds, Citation, Dataset, Dimension, Event, Observation, Period, Published, Publisher, Quality, Series,
        SeriesId, Status, Unit, UnitKind,
        export::{self, Layout},
        import::{self, ImportFile, ImportTerms},
        shipped,
    },
};
use proptest::prelude::*;
use rust_decimal::Decimal;

/// The dataset as files.
fn files(data: &Dataset, layout: Layout) -> Vec<ImportFile> {
    let file = |name: &str, bytes: Vec<u8>| ImportFile { name: name.to_owned(), bytes };
    let observations = [layout.head(), layout.rows(data, data.observations.values().flatten())].concat();
    vec![
        file("units.csv", export::units(data)),
        file("series.csv", export::series(data)),
        file(layout.file(), observations),
        file("events.csv", export::events(data)),
        file("publishers.csv", export::publishers(data)),
    ]
}

fn read_back(files: &[ImportFile]) -> Dataset {
    let nothing = Dataset::default();
    import::read(files, &ImportTerms::new(&nothing, NaiveDate::MAX)).unwrap_or_else(|told| panic!("{told}")).data
}

#[test]
fn the_shipped_figures_are_exported_and_read_back() {
    let data = shipped::dataset().unwrap();
    for layout in Layout::ALL {
        assert_eq!(read_back(&files(&data, layout)), data, "{layout}");
    }
    // What they have no columns for is not invented: the first columns are those of data/.
    let rows = String::from_utf8(Layout::Own.rows(&data, data.observations.values().flatten())).unwrap();
    let shipped = include_str!("../data/observations.csv");
    let mut wanted: Vec<String> = shipped.lines().skip(1).map(|line| format!("{line},,,,,")).collect();
    let mut rows: Vec<&str> = rows.lines().collect();
    wanted.sort();
    rows.sort_unstable();
    assert_eq!(rows, wanted);
}

#[test]
fn sdmx_csv_has_the_columns_of_its_version_2() {
    let data = shipped::dataset().unwrap();
    let one = data.observations[&SeriesId::new("vw_bev_cn").unwrap()].first().unwrap();
    let text = String::from_utf8([Layout::Sdmx.head(), Layout::Sdmx.rows(&data, [one])].concat()).unwrap();
    let mut lines = text.lines();
    assert_eq!(
        lines.next().unwrap(),
        "STRUCTURE[|],STRUCTURE_ID,ACTION,FREQ,REF_AREA,SERIES,TIME_PERIOD,VINTAGE,OBS_VALUE,UNIT_MEASURE,UNIT_MULT,\
         OBS_STATUS,RESTATED,PUBLISHER[],CARRIER[],PUBLISHED_ON[],URL[],QUALITY[],SOURCE_TITLE[],PAGE[],QUOTE[],\
         READ_ON[],EVIDENCE[]"
    );
    let row = lines.next().unwrap();
    let begins = "dataflow,GREENBRIEF:FIGURES(1.0),I,A,CN,vw_bev_cn,";
    assert!(row.starts_with(begins) && row.contains(",vehicles,0,"), "{row}");
}

/// A file of SDMX-CSV with one row, over the shipped figures; what is told of it.
fn told(change: impl Fn(&str) -> String) -> String {
    let data = shipped::dataset().unwrap();
    let mut one = data.observations[&SeriesId::new("vw_bev_cn").unwrap()][0].clone();
    (one.value, one.vintage) = (Decimal::from(100_000), Published::parse("2026-11-01").unwrap());
    let text = String::from_utf8([Layout::Sdmx.head(), Layout::Sdmx.rows(&data, [&one])].concat()).unwrap();
    let file = ImportFile { name: "s.csv".to_owned(), bytes: change(&text).into_bytes() };
    match import::read(&[file], &ImportTerms::new(&data, crate::moment().date_naive())) {
        Ok(read) => format!("{} read", read.data.observations.values().flatten().count()),
        Err(problems) => problems.to_string(),
    }
}

#[test]
fn what_cannot_be_read_of_sdmx_csv_is_told() {
    assert_eq!(told(str::to_owned), "1 read");
    assert_eq!(told(|text| text.replace(",I,A,", ",,A,")), "1 read", "without an action");
    assert_eq!(told(|text| text.replace("STRUCTURE[|]", "STRUCTURE[;]")), "1 read");
    for (from, to, wanted) in [
        (
            "GREENBRIEF:FIGURES(1.0)",
            "ESTAT:NA_MAIN(1.6.0)",
            "error: `ESTAT:NA_MAIN(1.6.0)` is another structure\n --> s.csv:2:10\n",
        ),
        (",I,A,", ",D,A,", "error: an import deletes nothing\n --> s.csv:2:34\n"),
        (",vehicles,0,", ",gw,0,", "error: `gw` is not the unit of vw_bev_cn: that is vehicles\n"),
        // The last cell of the row is empty: so it is the second that is wrong.
        ("dataflow", "dataflow,x", "error: `x` is another structure\n --> s.csv:2:10\n"),
        (
            ",report,",
            ",report|report,",
            "error: `PUBLISHER[]` has 1 values here; another column of the sources has 2\n",
        ),
        ("TIME_PERIOD", "PERIOD", "error: unknown column `PERIOD`"),
        (",100000,", ",1e309,", "error: `1e309` is not a number\n"),
    ] {
        let told = told(|text| text.replace(from, to));
        assert!(told.contains(wanted), "{wanted}\n{told}");
    }
}

/// A text that a cell may hold: trimmed, without control characters.
fn text() -> impl Strategy<Value = String> {
    let odd = proptest::sample::select(vec![
        "a", "Ü", "数", "|", "\"", ",", ";", "\n", " ", "=1+1", "'", "|\"|", "\\", "🙂", "-", "e\u{301}",
    ]);
    proptest::collection::vec(odd, 1..6)
        .prop_map(|parts| parts.concat().trim().to_owned())
        .prop_map(|text| if text.is_empty() { "x".to_owned() } else { text })
}

/// Titles, definitions and names are lines.
fn line() -> impl Strategy<Value = String> {
    text().prop_map(|text| text.replace(['\n', '\r', '\t'], " "))
}

fn texts() -> impl Strategy<Value = PerLanguage<String>> {
    (line(), line(), line()).prop_map(|(en, de, zh)| PerLanguage { en, de, zh })
}

fn published() -> impl Strategy<Value = Published> {
    let codes = ["", "2024-02", "2024-02-29", "1999-12-31", "2025-01", "2025-06-30"];
    proptest::sample::select(codes.to_vec()).prop_map(|code| Published::parse(code).unwrap())
}

fn period() -> impl Strategy<Value = Period> {
    let all = [
        "2024",
        "2024-H2",
        "2024-Q3",
        "2024-06",
        "2024-06-30",
        "2024/25",
        "1999/00",
        "2024-01/2024-04",
        "2024-11/2025-01",
    ];
    proptest::sample::select(all.to_vec()).prop_map(|text| text.parse().unwrap())
}

fn citation() -> impl Strategy<Value = Citation> {
    let some = || proptest::option::of(text());
    let urls =
        proptest::option::of(proptest::sample::select(vec!["https://example.org/a,b;c|d", "http://x.org/?q=%22"]));
    let read_on = proptest::option::of(
        (1..800i32)
            .prop_map(|days| NaiveDate::from_yo_opt(2020 + days / 365, 1 + (days % 365).unsigned_abs()).unwrap()),
    );
    let evidence = proptest::option::of("[0-9a-f]{64}");
    let read = (some(), some(), some(), read_on, evidence);
    (line(), proptest::option::of(line()), published(), urls, any::<bool>(), read).prop_map(
        |(publisher, carrier, published, url, copy, read)| {
            let (title, page, quote, read_on, evidence) = read;
            let quality = if copy { Quality::Copy } else { Quality::Report };
            let url = url.map(str::to_owned);
            Citation { publisher, carrier, published, url, quality, title, page, quote, read_on, evidence }
        },
    )
}

fn dataset() -> impl Strategy<Value = Dataset> {
    let value = (any::<i32>(), 0..6u32).prop_map(|(digits, scale)| Decimal::new(digits.into(), scale));
    let status = proptest::sample::select(vec![Status::Final, Status::Provisional, Status::Restated]);
    let sources = proptest::collection::vec(citation(), 1..4);
    let observation = (0..3usize, period(), published(), value, status, sources);
    let event = (period(), texts(), citation());
    let series = proptest::collection::vec((texts(), texts(), text(), text(), proptest::option::of(text())), 3);
    let publisher = ("[A-Z][a-z]{1,6}", texts());
    let publishers = proptest::collection::vec(publisher, 0..4);
    let observations = proptest::collection::vec(observation, 0..12);
    (series, texts(), observations, proptest::collection::vec(event, 0..4), publishers).prop_map(
        |(series, label, observations, events, publishers)| {
            let mut data = Dataset::default();
            let id = |at: usize| SeriesId::new(&format!("s{at}")).unwrap();
            let pattern = PerLanguage { en: "{n} x".into(), de: "{n} x".into(), zh: "{n}个".into() };
            let unit =
                Unit { id: "u".into(), kind: UnitKind::Quantity, exponent: 3, pattern, label, zh_label_exponent: 4 };
            data.units.insert("u".into(), unit);
            let differs = series.first().map(|it| &it.1) != series.get(1).map(|it| &it.1);
            for (at, (title, definition, geography, publisher, licence)) in series.into_iter().enumerate() {
                let (unit, change_of) = ("u".into(), (at == 2).then(|| id(0)));
                let series = Series {
                    id: id(at),
                    title,
                    definition,
                    geography,
                    unit,
                    publisher,
                    change_of,
                    dimension: (at == 1).then(|| Dimension::parse("flow=exports").unwrap()),
                    // With its own definition.
                    predecessor: (at == 1 && differs).then(|| id(0)),
                    any_value: at == 1,
                    bounds: (at == 0)
                        .then(|| Bounds { lowest: (-i64::from(u32::MAX)).into(), highest: u32::MAX.into() }),
                    parts: if at == 2 { vec![id(0), id(1)] } else { Vec::new() },
                    rhythm: (at == 0).then_some(45),
                    licence,
                };
                data.series.insert(id(at), series);
            }
            for (at, period, vintage, value, status, mut sources) in observations {
                sources.dedup();
                let mut kept: Vec<Citation> = Vec::new();
                sources.into_iter().for_each(|it| {
                    if !kept.contains(&it) {
                        kept.push(it)
                    }
                });
                let all = data.observations.entry(id(at)).or_default();
                if !all.iter().any(|it| (it.period, it.vintage) == (period, vintage)) {
                    all.push(Observation { series: id(at), period, vintage, value, status, sources: kept });
                }
            }
            data.events = events
                .into_iter()
                .enumerate()
                .map(|(at, (date, title, source))| Event { id: format!("e{at}"), date, title, source })
                .collect();
            let publishers = publishers.into_iter().map(|(id, name)| (id.clone(), Publisher { id, name }));
            data.publishers = publishers.collect();
            // In the order of a dataset.
            Dataset::default().merge(data)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_figures_come_back_as_they_went(data in dataset()) {
        for layout in Layout::ALL {
            let files = files(&data, layout);
            prop_assert_eq!(&read_back(&files), &data, "{}", String::from_utf8_lossy(&files[2].bytes));
        }
    }
}
