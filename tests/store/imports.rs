//! Imports have numbers, and what the store knew at any moment can be asked; an import is undone as if it had never been.

use chrono::{DateTime, NaiveDate, Utc};
use greenbrief::{
    figures::{Dataset, ImportKind, ImportedFile, Known, NewImport, Observation, Published, SeriesId, View, shipped},
    store::{NewWithdrawal, Obstacle, Store, Undone, WithdrawalOutcome},
};
use rust_decimal::Decimal;
use sqlx::Executor as _;

use super::{Place, minutes, now};

fn new(kind: ImportKind, at: DateTime<Utc>) -> NewImport<'static> {
    NewImport { by: "anna", at, kind, files: &[], reason: "" }
}

fn only(observation: &Observation) -> Dataset {
    let mut data = Dataset::default();
    data.observations.insert(observation.series.clone(), vec![observation.clone()]);
    data
}

fn id(text: &str) -> SeriesId {
    SeriesId::new(text).unwrap()
}

async fn known(store: &Store, minute: i64) -> Dataset {
    let view = View { published: None, known: Known::At(now() + minutes(minute)) };
    store.figures().dataset_as(view).await.unwrap()
}

/// A new store: at minute 0 it takes what is shipped, at 10 a value is corrected in place, at 20 one is new, at 30 one is
/// withdrawn.
async fn grown(store: &Store) -> Vec<Dataset> {
    let figures = store.figures();
    let file = ImportedFile { name: "a.csv".to_owned(), sha256: "ab".repeat(32), bytes: 7 };
    let begun = NewImport { files: &[file], ..new(ImportKind::Shipped, now()) };
    figures.import(&shipped::dataset().unwrap(), &begun).await.unwrap();
    let mut states = vec![figures.dataset().await.unwrap()];
    let mut one = states[0].observations[&id("vw_bev_world")][0].clone();
    one.value += Decimal::ONE;
    one.sources.truncate(1);
    let report = figures.import(&only(&one), &new(ImportKind::File, now() + minutes(10))).await.unwrap();
    assert_eq!((report.import, report.count_new(), report.count_changed()), (Some(2), 0, 1));
    states.push(figures.dataset().await.unwrap());
    let later = Observation { vintage: Published::parse("2026-11-01").unwrap(), value: Decimal::TEN, ..one.clone() };
    figures.import(&only(&later), &new(ImportKind::File, now() + minutes(20))).await.unwrap();
    states.push(figures.dataset().await.unwrap());
    let why = NewWithdrawal { by: "bernd", at: now() + minutes(30), reason: "typed wrong" };
    let done = figures.withdraw(&one.series, one.period, one.vintage, why).await.unwrap();
    assert_eq!(done, WithdrawalOutcome::Withdrawn { value: one.value, import: 4 });
    states.push(figures.dataset().await.unwrap());
    states
}

pub async fn tell_what_was_known(place: &Place) {
    let store = place.open().await;
    let states = grown(&store).await;
    assert_eq!(known(&store, -1).await, Dataset::default());
    for (minute, state) in [(0, 0), (9, 0), (10, 1), (15, 1), (20, 2), (29, 2), (30, 3), (99, 3)] {
        assert!(known(&store, minute).await == states[state], "minute {minute}");
    }
    for (number, state) in (1..).zip(&states) {
        let view = View { published: None, known: Known::Import(number) };
        assert_eq!(store.figures().dataset_as(view).await.unwrap(), *state);
    }
    // The other clock: what was published by a day, as the store knew it at each moment.
    let day = NaiveDate::from_ymd_opt(2026, 10, 31).unwrap();
    let view = View { published: Some(day), known: Known::At(now() + minutes(25)) };
    let published = store.figures().dataset_as(view).await.unwrap();
    let all = &published.observations[&id("vw_bev_world")];
    assert!(all.iter().all(|it| it.vintage.counts_from().is_none_or(|from| from <= day)));
    assert_eq!(all[0].value, states[2].observations[&id("vw_bev_world")][0].value);
    // A part of the figures is what it is of all.
    let one = [id("vw_bev_world")].into();
    let part = store.figures().dataset_of(view, &one).await.unwrap();
    assert_eq!((part.observations.len(), &part.observations[&id("vw_bev_world")]), (1, all));
    assert_eq!(part.series, published.series);
    // The withdrawal was not known before it was.
    let before = View { published: None, known: Known::Import(3) };
    assert!(store.figures().withdrawn_as(before).await.unwrap().is_empty());
    assert_eq!(store.figures().withdrawn().await.unwrap().len(), 1);
    // A clock that is set back does not change the order.
    let late = new(ImportKind::File, now() - minutes(500));
    store.figures().import(&Dataset::default(), &late).await.unwrap();
    let records = store.figures().imports(2).await.unwrap();
    assert_eq!((records[0].number, records[0].at), (5, records[1].at));
    store.close().await;
}

pub async fn are_undone_in_turn(place: &Place) {
    let store = place.open().await;
    let states = grown(&store).await;
    let undo = async |number, minute| {
        let kind = new(ImportKind::Undo, now() + minutes(minute));
        store.figures().undo(number, &kind).await.unwrap()
    };
    assert_eq!(undo(99, 40).await, Undone::Unknown);
    // The withdrawal stands on the value that import 2 corrected.
    let stands = Obstacle { import: 4, example: "vw_bev_world 2022".to_owned(), things: 1 };
    let Undone::Stands(found) = undo(2, 40).await else { panic!("it was undone") };
    assert_eq!((found[0].import, found[0].things, found.len()), (stands.import, stands.things, 1), "{found:?}");
    assert!(found[0].example.starts_with("vw_bev_world "), "{found:?}");
    assert_eq!(store.figures().dataset().await.unwrap(), states[3], "nothing has changed");
    assert_eq!(undo(4, 41).await, Undone::Done { import: 5, gone: 0, back: 1 });
    assert_eq!(store.figures().dataset().await.unwrap(), states[2]);
    assert_eq!(undo(4, 42).await, Undone::Already(5));
    // Import 3 does not stand on it: it brought another vintage.
    assert_eq!(undo(2, 43).await, Undone::Done { import: 6, gone: 1, back: 1 });
    assert_eq!(undo(3, 44).await, Undone::Done { import: 7, gone: 1, back: 0 });
    assert_eq!(store.figures().dataset().await.unwrap(), states[0]);
    // An undo is undone, and what was known between stays known.
    assert_eq!(undo(6, 45).await, Undone::Done { import: 8, gone: 1, back: 1 });
    assert_eq!(store.figures().dataset().await.unwrap(), states[1]);
    for (minute, state) in [(10, 1), (20, 2), (30, 3), (41, 2), (44, 0), (45, 1)] {
        assert!(known(&store, minute).await == states[state], "minute {minute}");
    }
    let records = store.figures().imports(99).await.unwrap();
    let told: Vec<_> = records.iter().rev().map(|it| (it.number, it.in_force, it.undone_by, it.undid)).collect();
    assert_eq!(
        told,
        [
            (1, true, None, None),
            (2, true, Some(6), None),
            (3, false, Some(7), None),
            (4, false, Some(5), None),
            (5, true, None, Some(4)),
            (6, false, Some(8), Some(2)),
            (7, true, None, Some(3)),
            (8, true, None, Some(6)),
        ]
    );
    assert_eq!(records[7].files[0].name, "a.csv");
    // Import 2 stands again, and can be undone again; import 1 only when nothing stands on it.
    assert!(matches!(undo(1, 46).await, Undone::Stands(_)));
    assert_eq!(undo(2, 47).await, Undone::Done { import: 9, gone: 1, back: 1 });
    assert!(matches!(undo(1, 48).await, Undone::Done { import: 10, back: 0, .. }));
    assert_eq!(store.figures().dataset().await.unwrap(), Dataset::default());
    store.close().await;
}

/// A series, a unit and an event have versions, too, and a series that is used cannot go.
pub async fn keep_every_version(place: &Place) {
    let store = place.open().await;
    let mut small = Dataset::default();
    let data = shipped::dataset().unwrap();
    let series = data.series[&id("vw_bev_world")].clone();
    small.units.insert(series.unit.clone(), data.units[&series.unit].clone());
    small.series.insert(series.id.clone(), series.clone());
    let figures = store.figures();
    figures.import(&small, &new(ImportKind::File, now())).await.unwrap();
    let mut renamed = small.clone();
    renamed.series.get_mut(&series.id).unwrap().title.en = "Another title".to_owned();
    let report = figures.import(&renamed, &new(ImportKind::File, now() + minutes(1))).await.unwrap();
    assert_eq!((report.count_new(), report.count_changed(), report.unchanged), (0, 1, 1));
    let value = only(&data.observations[&series.id][0]);
    figures.import(&value, &new(ImportKind::File, now() + minutes(2))).await.unwrap();
    assert_eq!(known(&store, 0).await.series[&series.id], series);
    assert_eq!(known(&store, 1).await.series[&series.id].title.en, "Another title");
    let undo = async |number| figures.undo(number, &new(ImportKind::Undo, now() + minutes(3))).await.unwrap();
    let Undone::Stands(found) = undo(1).await else { panic!("it was undone") };
    assert_eq!(found.iter().map(|it| it.import).collect::<Vec<_>>(), [3, 2], "{found:?}");
    assert_eq!(undo(2).await, Undone::Done { import: 4, gone: 1, back: 1 });
    assert_eq!(figures.dataset().await.unwrap().series[&series.id], series);
    store.close().await;
}

/// More series than a report lists, and as many values: all are there, and an undo is not slow for it.
pub async fn hold_more_than_a_report_lists(place: &Place) {
    const SERIES: usize = 2_500;
    let store = place.open().await;
    let shipped = shipped::dataset().unwrap();
    let model = shipped.series[&id("vw_bev_world")].clone();
    let value = shipped.observations[&model.id][0].clone();
    let mut many = Dataset::default();
    many.units.insert(model.unit.clone(), shipped.units[&model.unit].clone());
    for nth in 0..SERIES {
        let name = id(&format!("many_{nth}"));
        many.series.insert(name.clone(), greenbrief::figures::Series { id: name.clone(), ..model.clone() });
        many.observations.insert(name.clone(), vec![Observation { series: name, ..value.clone() }]);
    }
    let figures = store.figures();
    let report = figures.import(&many, &new(ImportKind::File, now())).await.unwrap();
    assert_eq!((report.count_new(), report.new.len() < SERIES), (2 * SERIES + 1, true));
    assert_eq!(figures.dataset().await.unwrap(), many);
    let again = figures.import(&many, &new(ImportKind::File, now() + minutes(1))).await.unwrap();
    assert_eq!((again.count_new(), again.count_changed(), again.unchanged), (0, 0, 2 * SERIES + 1));
    let undone = figures.undo(1, &new(ImportKind::Undo, now() + minutes(2))).await.unwrap();
    assert_eq!(undone, Undone::Done { import: 3, gone: 2 * SERIES as i64 + 1, back: 0 });
    assert_eq!(figures.dataset().await.unwrap(), Dataset::default());
    store.close().await;
}

/// The statements of the schema before imports were numbered.
fn earlier_schema(is_sqlite: bool) -> Vec<String> {
    let files = [
        include_str!("../../migrations/0001_begin.sql"),
        include_str!("../../migrations/0002_operators.sql"),
        include_str!("../../migrations/0003_quiet.sql"),
        include_str!("../../migrations/0004_schedules.sql"),
        include_str!("../../migrations/0005_config.sql"),
        include_str!("../../migrations/0006_figures.sql"),
        include_str!("../../migrations/0007_people.sql"),
        include_str!("../../migrations/0008_domains.sql"),
        include_str!("../../migrations/0009_given.sql"),
        include_str!("../../migrations/0010_tokens.sql"),
        include_str!("../../migrations/0011_joining.sql"),
        include_str!("../../migrations/0012_replies.sql"),
    ];
    let (key, bytes) = match is_sqlite {
        true => ("INTEGER PRIMARY KEY", "BLOB"),
        false => ("BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", "BYTEA"),
    };
    let mut statements = vec!["CREATE TABLE schema_version (version BIGINT PRIMARY KEY)".to_owned()];
    for (version, text) in (1..).zip(files) {
        let text = text.replace("{id}", key).replace("{bytes}", bytes);
        let text: String = text.lines().filter(|line| !line.starts_with("--")).collect();
        statements.extend(text.split(';').filter(|it| !it.trim().is_empty()).map(str::to_owned));
        statements.push(format!("INSERT INTO schema_version (version) VALUES ({version})"));
    }
    let words = "'{\"en\":\"{n}\",\"de\":\"{n}\",\"zh\":\"{n}\"}'";
    let source = "'IW', NULL, '2025-01-14', 'https://iwd.de/a', 'report'";
    statements.extend([
        format!("INSERT INTO unit VALUES ('eur_bn', 'money', 9, {words}, {words}, 8)"),
        format!("INSERT INTO series VALUES ('fdi', {words}, {words}, 'CN', 'eur_bn', 'IW', NULL, 1)"),
        format!("INSERT INTO event VALUES ('founded', '2024-06', {words}, {source})"),
        "INSERT INTO observation (id, series, period, vintage, value, status) VALUES
         (7, 'fdi', '2023', '2024-01-14', '10.50', 'final'), (9, 'fdi', '2024', '', '7', 'provisional'),
         (12, 'fdi', '2022', '2024-01', '3', 'restated')"
            .to_owned(),
        format!(
            "INSERT INTO citation VALUES (7, 0, {source}), (7, 1, 'BMF', 'IW', '', NULL, 'copy'), (9, 0, {source}),
            (12, 0, {source})"
        ),
        "INSERT INTO withdrawal (observation, value, at, actor, reason, ended_at, ended_by) VALUES
         (9, '7', 1000000, 'anna', 'a guess', NULL, NULL), (12, '3', 2000000, 'bernd', 'no', 3000000, 'clara')"
            .to_owned(),
    ]);
    statements
}

pub async fn begin_with_what_was_there(place: &Place) {
    let is_sqlite = place.url.starts_with("sqlite:");
    if let Some(file) = place.url.strip_prefix("sqlite:") {
        std::fs::create_dir_all(std::path::Path::new(file).parent().unwrap()).unwrap();
        std::fs::write(file, "").unwrap();
    }
    let raw = place.raw().await;
    for statement in earlier_schema(is_sqlite) {
        raw.execute(sqlx::AssertSqlSafe(statement)).await.unwrap();
    }
    raw.close().await;
    Store::migrate(&place.url, greenbrief::store::Surroundings::default(), now()).await.unwrap();
    let store = place.open().await;
    let data = store.figures().dataset().await.unwrap();
    assert_eq!((data.units.len(), data.series.len(), data.events.len()), (1, 1, 1));
    assert!(data.series[&id("fdi")].any_value);
    let all = &data.observations[&id("fdi")];
    let told: Vec<_> = all.iter().map(|it| (it.period.to_string(), it.value.to_string(), it.sources.len())).collect();
    assert_eq!(told, [("2022".to_owned(), "3".to_owned(), 1), ("2023".to_owned(), "10.50".to_owned(), 2)]);
    assert_eq!(all[1].sources[1].carrier.as_deref(), Some("IW"));
    let gone = store.figures().withdrawn().await.unwrap();
    assert_eq!(
        gone.iter().map(|it| (it.withdrawal.by.as_str(), it.is_open())).collect::<Vec<_>>(),
        [("anna", true), ("bernd", false)]
    );
    let first = &store.figures().imports(9).await.unwrap()[0];
    assert_eq!((first.number, first.kind, first.at, first.new), (1, ImportKind::Earlier, None, 6));
    // It has no time: it was known at every one.
    assert_eq!(known(&store, -9_999_999).await, data);
    let undo = store.figures().undo(1, &new(ImportKind::Undo, now())).await.unwrap();
    assert_eq!(undo, Undone::Earlier);
    // What comes next has the next number, and the same figures are the same.
    let report = store.figures().import(&data, &new(ImportKind::File, now())).await.unwrap();
    assert_eq!((report.import, report.count_new(), report.count_changed(), report.unchanged), (Some(2), 0, 0, 5));
    store.close().await;
}

/// Each on a new place.
macro_rules! stories {
    ($($name:ident),+) => {$(
        mod $name {
            use super::Place;

            #[tokio::test]
            async fn on_sqlite() {
                super::$name(&Place::sqlite()).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                if let Some(place) = Place::postgres(&format!("imports_{}", stringify!($name))).await {
                    super::$name(&place).await;
                }
            }
        }
    )+};
}

stories!(
    tell_what_was_known,
    are_undone_in_turn,
    keep_every_version,
    hold_more_than_a_report_lists,
    begin_with_what_was_there
);
