//! Seeded mistakes in the shipped figures: which check catches each kind, and how many go through.
//! `GREENBRIEF_MUTATIONS=1000 cargo test --test all -- --nocapture mutations` prints the table for 1,000.

use std::collections::{BTreeMap, BTreeSet};

use greenbrief::figures::{
    Dataset, Observation, SeriesId, Snapshot,
    checks::{Check, Finding, Verdict},
    shipped,
};
use rust_decimal::Decimal;

use super::{
    checks::{found, snapshot_of},
    today,
};

/// As many as `GREENBRIEF_MUTATIONS` says, else these.
const MUTATIONS: usize = 140;
/// Of each kind, and of all, at least so many per cent are caught once there was an edition.
const LEAST_CAUGHT: usize = 95;

/// xorshift64*: the same numbers everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(drawn).unwrap() % bound
    }
}

const KINDS: [&str; 7] =
    ["a dropped row", "a digit", "the decimal point", "a unit", "two series exchanged", "a stale vintage", "a rebase"];

/// Makes a mistake; `false` if these dice make none.
fn mutate(kind: &str, data: &mut Dataset, dice: &mut Dice) -> bool {
    let names: Vec<SeriesId> = data.observations.keys().cloned().collect();
    let series = names[dice.below(names.len())].clone();
    let count = data.observations[&series].len();
    let at = dice.below(count);
    let all = data.observations.get_mut(&series).unwrap();
    match kind {
        "a dropped row" => {
            all.remove(at);
        }
        "a digit" => {
            let text = all[at].value.to_string();
            let digits: Vec<usize> = text.match_indices(|c: char| c.is_ascii_digit()).map(|(at, _)| at).collect();
            let place = digits[dice.below(digits.len())];
            let digit = u8::try_from(dice.below(10)).unwrap() + b'0';
            let mut bytes = text.clone().into_bytes();
            bytes[place] = digit;
            let changed: Decimal = String::from_utf8(bytes).unwrap().parse().unwrap();
            if changed == all[at].value {
                return false;
            }
            all[at].value = changed;
        }
        "the decimal point" => {
            let factor = Decimal::from([10, 100, 1000][dice.below(3)]);
            let is_more = dice.below(2) == 0;
            let value = all[at].value;
            if value.is_zero() {
                return false;
            }
            all[at].value = if is_more { value * factor } else { value / factor };
        }
        "a unit" => {
            let units: Vec<String> = data.units.keys().cloned().collect();
            let unit = units[dice.below(units.len())].clone();
            let of = data.series.get_mut(&series).unwrap();
            if of.unit == unit {
                return false;
            }
            of.unit = unit;
        }
        "two series exchanged" => {
            let other = names[dice.below(names.len())].clone();
            if other == series {
                return false;
            }
            let (first, second) = (data.observations[&series].clone(), data.observations[&other].clone());
            let as_of = |all: Vec<Observation>, id: &SeriesId| {
                all.into_iter().map(|it| Observation { series: id.clone(), ..it }).collect::<Vec<_>>()
            };
            data.observations.insert(series.clone(), as_of(second, &series));
            data.observations.insert(other.clone(), as_of(first, &other));
        }
        "a stale vintage" => {
            let newest = all.iter().rposition(|it| all.iter().filter(|other| other.period == it.period).count() > 1);
            match newest {
                Some(newest) => {
                    all.remove(newest);
                }
                None => return false,
            }
        }
        _ => {
            let factor = Decimal::new(102 + i64::try_from(dice.below(30)).unwrap(), 2);
            for it in all.iter_mut().skip(at) {
                it.value = (it.value * factor).round_dp(it.value.scale());
            }
        }
    }
    true
}

type Seen = BTreeSet<(Check, String)>;

fn seen(findings: &[Finding]) -> Seen {
    findings.iter().map(|finding| (finding.check, finding.text.clone())).collect()
}

fn first_new<'a>(findings: &'a [Finding], known: &Seen) -> Option<&'a Finding> {
    findings.iter().find(|finding| !known.contains(&(finding.check, finding.text.clone())))
}

#[derive(Default)]
struct Caught {
    all: usize,
    held: usize,
    warned: usize,
    alone: usize,
    by: BTreeMap<String, usize>,
    through: Vec<String>,
}

#[test]
fn mistakes_and_what_catches_them() {
    let before: Snapshot = snapshot_of(shipped::dataset().unwrap(), today());
    let known = seen(&found(&before, Some(&before)));
    let known_alone = seen(&found(&before, None));
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut table: BTreeMap<&str, Caught> = BTreeMap::new();
    let mut made = 0;
    let wanted = std::env::var("GREENBRIEF_MUTATIONS").map_or(MUTATIONS, |count| count.parse().unwrap());
    while made < wanted {
        let kind = KINDS[made % KINDS.len()];
        let mut data = before.data.clone();
        if !mutate(kind, &mut data, &mut dice) {
            continue;
        }
        made += 1;
        let now = snapshot_of(data, today());
        let row = table.entry(kind).or_default();
        row.all += 1;
        row.alone += usize::from(first_new(&found(&now, None), &known_alone).is_some());
        let told = found(&now, Some(&before));
        match first_new(&told, &known) {
            Some(finding) => {
                *row.by.entry(finding.check.to_string()).or_default() += 1;
                if finding.verdict == Verdict::Hold { row.held += 1 } else { row.warned += 1 }
            }
            None => row.through.push(difference(&before.data, &now.data)),
        }
    }
    let (mut all, mut caught) = (0, 0);
    println!("{:<22} {:>5} {:>5} {:>6} {:>8} {:>10}  by", "mistake", "made", "held", "warned", "through", "without*");
    for (kind, row) in &table {
        let by: Vec<String> = row.by.iter().map(|(check, count)| format!("{check} {count}")).collect();
        let through = row.all - row.held - row.warned;
        println!(
            "{kind:<22} {:>5} {:>5} {:>6} {through:>8} {:>10}  {}",
            row.all,
            row.held,
            row.warned,
            row.alone,
            by.join(", ")
        );
        for example in row.through.iter().take(3) {
            println!("    went through: {example}");
        }
        all += row.all;
        caught += row.held + row.warned;
    }
    println!("* caught without a last edition to compare with");
    assert!(caught * 100 >= all * LEAST_CAUGHT, "{caught} of {all}");
}

/// The first row that differs.
fn difference(before: &Dataset, after: &Dataset) -> String {
    for (id, was) in &before.observations {
        let is = &after.observations[id];
        if let Some(row) = was.iter().find(|row| !is.contains(row)) {
            let now = is.iter().find(|it| it.identity() == row.identity()).map(|it| it.value.to_string());
            return format!(
                "{id} {} ({}): {} → {}",
                row.period,
                row.vintage,
                row.value,
                now.unwrap_or("gone".to_owned())
            );
        }
    }
    "a series".to_owned()
}
