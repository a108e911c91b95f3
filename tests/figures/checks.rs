//! Each check tripped by a case, with its message: the golden table is the specification. And what the checks say of the
//! shipped figures, which hold nothing, and of their real revisions.

use std::{collections::BTreeSet, fmt::Write as _};

use chrono::NaiveDate;
use greenbrief::figures::{
    Bounds, Dataset, Observation, Period, Published, Quality, SeriesId, Snapshot,
    checks::{self, Check, Finding, GateRules, LastEdition, Subject, Verdict},
    shipped,
};
use rust_decimal::Decimal;

use super::today;

pub(super) fn id(text: &str) -> SeriesId {
    SeriesId::new(text).unwrap()
}

fn period(text: &str) -> Period {
    text.parse().unwrap()
}

pub(super) fn snapshot_of(data: Dataset, as_known: NaiveDate) -> Snapshot {
    Snapshot::new(as_known, data)
}

/// What is found in figures that follow on others; all of them are looked at.
pub(super) fn found(now: &Snapshot, last: Option<&Snapshot>) -> Vec<Finding> {
    let last = last.map(|snapshot| LastEdition { name: "green-economy/1", snapshot, printed: None });
    checks::run(&Subject { snapshot: now, printed: None, last, dead_links: None }, &GateRules::default())
}

fn set(data: &mut Dataset, series: &str, of: &str, value: &str) {
    let all = data.observations.get_mut(&id(series)).unwrap();
    let newest = all.iter_mut().filter(|it| it.period == period(of)).max_by_key(|it| it.vintage.counts_from());
    newest.unwrap().value = value.parse().unwrap();
}

fn add(data: &mut Dataset, series: &str, of: &str, vintage: &str, value: &str) {
    let all = data.observations.get_mut(&id(series)).unwrap();
    let vintage = Published::parse(vintage).unwrap();
    let new = Observation { period: period(of), vintage, value: value.parse().unwrap(), ..all[0].clone() };
    all.push(new);
    all.sort_by_key(|it| (it.period, it.vintage.counts_from()));
}

fn drop(data: &mut Dataset, series: &str, of: &str) {
    data.observations.get_mut(&id(series)).unwrap().retain(|it| it.period != period(of));
}

struct Case {
    name: &'static str,
    check: Check,
    today: &'static str,
    change: fn(&mut Dataset),
}

const fn case(check: Check, name: &'static str, change: fn(&mut Dataset)) -> Case {
    Case { name, check, today: "2026-11-23", change }
}

const CASES: &[Case] = &[
    case(Check::Missing, "a value that was printed is gone", |data| drop(data, "vw_bev_world", "2021")),
    case(Check::Missing, "a series that is asked for is not there", |data| {
        data.missing.insert("vw_bev_wrld".into(), "vw_bev_world".into());
    }),
    case(Check::Gap, "a year between two others", |data| drop(data, "vw_total_world", "2023")),
    Case { today: "2027-06-01", ..case(Check::Stale, "the newest value is older than its rhythm allows", |_| {}) },
    Case {
        today: "2027-02-02",
        ..case(Check::Stale, "a rhythm in the file of series", |data| {
            data.series.get_mut(&id("de_cn_trade")).unwrap().rhythm = Some(30);
        })
    },
    case(Check::Computed, "a printed change that does not follow", |data| {
        set(data, "vw_bev_yoy_world", "2024", "-4.3")
    }),
    case(Check::Vintages, "a printed change that rests on a revised base", |_| {}),
    case(Check::Vintages, "a change over tables of different revision", |data| {
        drop(data, "de_cn_imports_yoy", "2025");
    }),
    case(Check::Vintages, "an older vintage than was printed", |data| {
        let all = data.observations.get_mut(&id("catl_share")).unwrap();
        all.retain(|it| it.period != period("2022") || it.vintage != Published::parse("2024-02-07").unwrap());
    }),
    case(Check::Parts, "imports and exports, and their total", |data| set(data, "de_cn_trade", "2025", "261.8")),
    case(Check::Parts, "regions and the world", |data| set(data, "vw_bev_row", "2025", "62900")),
    case(Check::Parts, "regions that are known are more than the world", |data| {
        set(data, "vw_bev_eu", "2024", "647900")
    }),
    case(Check::Kind, "a decimal in a count", |data| set(data, "vw_bev_cn", "2024", "207.4")),
    case(Check::Kind, "a share above 100", |data| set(data, "catl_share", "2024", "379")),
    case(Check::Kind, "points that are printed as per cent", |data| {
        set(data, "ahk_price_pressure_change", "2025/26", "15.4");
    }),
    case(Check::Kind, "another unit than before", |data| {
        data.series.get_mut(&id("de_us_trade")).unwrap().unit = "eur_m".to_owned();
    }),
    case(Check::Implausible, "98 billion vehicles", |data| add(data, "vw_bev_cn", "2026", "2026-11-20", "98000000000")),
    case(Check::Implausible, "a decimal point in a share", |data| set(data, "byd_share", "2024", "1.72")),
    case(Check::Implausible, "outside the bounds of its series", |data| {
        let (lowest, highest) = (Decimal::ZERO, Decimal::from(900_000));
        data.series.get_mut(&id("vw_bev_world")).unwrap().bounds = Some(Bounds { lowest, highest });
    }),
    case(Check::Jump, "a first digit", |data| set(data, "vw_total_world", "2023", "3240000")),
    case(Check::Revised, "a value that was restated", |data| add(data, "byd_share", "2024", "2026-10-01", "16.9")),
    case(Check::Revised, "a value that changed under its vintage", |data| set(data, "byd_share", "2022", "13.8")),
    case(Check::Copied, "a year that was filled in twice", |data| set(data, "cn_nev_prod", "2023", "7058000")),
    case(Check::Copied, "one series under the name of another, in thousands", |data| {
        let values = data.observations[&id("vw_total_world")].clone();
        let value = |it: &Observation| Observation {
            series: id("vw_total_cn"),
            value: it.value / Decimal::from(1000),
            ..it.clone()
        };
        data.observations.insert(id("vw_total_cn"), values.iter().map(value).collect());
    }),
    case(Check::Copied, "two series exchanged", |data| {
        let [first, second] = ["de_solar_twh", "de_wind_twh"].map(|name| data.observations.remove(&id(name)).unwrap());
        data.observations.insert(id("de_solar_twh"), second);
        data.observations.insert(id("de_wind_twh"), first);
    }),
    case(Check::Evidence, "a value that was seen in a copy only", |data| {
        for source in &mut data.observations.get_mut(&id("byd_share")).unwrap()[0].sources {
            source.quality = Quality::Copy;
        }
    }),
];

#[test]
fn each_check_is_tripped_by_a_case_with_its_message() {
    let before = snapshot_of(shipped::dataset().unwrap(), today());
    let mut table = String::new();
    for Case { name, check, today, change } in CASES {
        let mut data = shipped::dataset().unwrap();
        change(&mut data);
        let now = snapshot_of(data, today.parse().unwrap());
        let told = found(&now, Some(&before));
        let of_check: Vec<&Finding> = told.iter().filter(|finding| finding.check == *check).collect();
        assert!(!of_check.is_empty(), "{name}: {told:#?}");
        let known: BTreeSet<String> = found(&before, Some(&before)).into_iter().map(|finding| finding.text).collect();
        let is_new = |finding: &&&Finding| !known.contains(&finding.text);
        let shown = of_check.iter().find(is_new).unwrap_or(&of_check[0]);
        writeln!(table, "{name}\n  {:<5} {:<12} {}", shown.verdict, shown.check, shown.text).unwrap();
        for hint in &shown.hints {
            writeln!(table, "  {:18} {hint}", "").unwrap();
        }
    }
    insta::with_settings!({ snapshot_path => "../golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("figure-checks", table);
    });
}

#[test]
fn the_shipped_figures_hold_nothing() {
    let snapshot = snapshot_of(shipped::dataset().unwrap(), today());
    let told = found(&snapshot, Some(&snapshot));
    let mut table = String::new();
    for finding in &told {
        writeln!(table, "{:<5} {:<12} {}", finding.verdict, finding.check, finding.text).unwrap();
    }
    println!("{table}");
    assert!(told.iter().all(|finding| finding.verdict == Verdict::Warn), "{table}");
}

fn texts(snapshot: &Snapshot) -> BTreeSet<String> {
    found(snapshot, None).into_iter().map(|finding| finding.text).collect()
}

/// The shipped figures as each day of publication found them, each compared with the day before.
#[test]
fn no_real_revision_is_held() {
    let data = shipped::dataset().unwrap();
    let days: BTreeSet<NaiveDate> =
        data.observations.values().flatten().filter_map(|it| it.vintage.counts_from()).collect();
    let (mut looks, mut held, mut last) = (0, Vec::new(), None);
    for day in days {
        let now = snapshot_of(data.clone(), day);
        let holds = found(&now, last.as_ref()).into_iter().filter(|finding| finding.verdict == Verdict::Hold);
        let holds: Vec<String> = holds.map(|finding| format!("{day} {}: {}", finding.check, finding.text)).collect();
        looks += 1;
        // A person who has released an edition is not asked again.
        let known: BTreeSet<String> = last.as_ref().map_or_else(BTreeSet::new, texts);
        held.extend(holds.into_iter().filter(|text| !known.iter().any(|known| text.ends_with(known.as_str()))));
        last = Some(now);
    }
    println!("{looks} days of publication, {} holds\n{}", held.len(), held.join("\n"));
    // Destatis had revised 2020 by more than ever before when it printed the changes of 2021; there were 345 rows to look at.
    assert!(held.len() <= 2 && held.len() * 100 <= 345, "{looks} days: {held:#?}");
}
