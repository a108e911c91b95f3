//! The search for sentences that mix periods: “In 2024 CATL had 38 %, BYD 17 %” with BYD's value for 2025, which is there by
//! now. A value whose period the author did not write moves on when newer figures come in; the sentence around it must then
//! say which period it is for, or hold no other.

use std::ops::Range;

use super::{
    markers::{Insertion, Says, ValueOf, marked},
    sentences::sentences,
    source_map::Rendered,
};
use crate::base::problem::{Problem, Problems};

/// Warns of every value in this part of a rendered text that is for another period than its sentence says.
pub(super) fn check(rendered: &Rendered, insertions: &[Insertion], part: Range<usize>, problems: &mut Problems) {
    let Some(text) = rendered.text.get(part.clone()) else { return };
    for sentence in sentences(text) {
        let Some(words) = text.get(sentence.clone()) else { continue };
        let said: Vec<(Range<usize>, &Insertion)> =
            marked(words).filter_map(|(at, number)| Some((at, insertions.get(number)?))).collect();
        let values = said.iter().filter_map(|(at, insertion)| match &insertion.says {
            Says::Value(value) if value.moves => Some((at, value)),
            _ => None,
        });
        for (at, value) in values {
            let others = said.iter().map(|(_, insertion)| *insertion);
            if let Some(other) = contradiction(value, others) {
                let from = part.start + sentence.start;
                let place = rendered.place(from + at.start..from + at.end);
                let ValueOf { series, period, .. } = value;
                let what = format!("this sentence speaks of {other}, and the value of `{series}` is for {period}");
                let hint = format!(
                    "let the sentence say it, as in {{{{ latest(\"{series}\").period }}}}, or make two sentences; a period \
                     that stays is written: fig(\"{series}\", \"{period}\")"
                );
                problems.push(Problem::warning(what).at(place).hint(hint));
            }
        }
    }
}

/// The other period of which a sentence speaks beside this value, unless it says the value's own period.
fn contradiction<'a>(value: &ValueOf, said: impl Iterator<Item = &'a Insertion> + Clone) -> Option<String> {
    let own = |insertion: &Insertion| match &insertion.says {
        Says::Period(period) => *period == value.period,
        Says::Marked => years(&insertion.text).any(|year| year == value.period.year()),
        _ => false,
    };
    if said.clone().any(own) {
        return None;
    }
    let is_change = value.against.is_some();
    said.into_iter().find_map(|insertion| match &insertion.says {
        Says::Period(period) => Some(period.to_string()),
        // A change may be told beside an earlier year that is compared with.
        Says::Marked if !is_change => years(&insertion.text).next().map(|year| year.to_string()),
        Says::Value(other) if other.period != value.period && (other.moves || !is_change) => {
            Some(format!("`{}` for {}", other.series, other.period))
        }
        _ => None,
    })
}

/// The years in words such as `4 March 2025`, `2024/25` or `2025年2月`.
pub(super) fn years(words: &str) -> impl Iterator<Item = i32> {
    words
        .split(|c: char| !c.is_ascii_digit())
        .filter(|digits| digits.len() == 4)
        .filter_map(|digits| digits.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Period;

    fn insertion(says: Says, text: &str) -> Insertion {
        Insertion { text: text.to_owned(), says, ..Insertion::default() }
    }

    fn value(year: i32, against: Option<i32>, moves: bool) -> Insertion {
        let (period, against) = (Period::Year(year), against.map(Period::Year));
        insertion(Says::Value(ValueOf { series: format!("s{year}"), period, against, moves, newer: None }), "1")
    }

    fn mixed(said: &[Insertion]) -> Vec<String> {
        let values = said.iter().filter_map(|insertion| match &insertion.says {
            Says::Value(value) if value.moves => Some(value),
            _ => None,
        });
        values.filter_map(|value| contradiction(value, said.iter())).collect()
    }

    #[test]
    fn a_value_agrees_with_its_sentence() {
        let said = |year| insertion(Says::Period(Period::Year(year)), "");
        let marked = |words: &str| insertion(Says::Marked, words);
        let latest = |year| value(year, None, true);
        let change = |year: i32| value(year, Some(year - 1), true);
        let fixed = |year| value(year, None, false);
        // Alone, under its own year, or with others that are told by theirs.
        for fine in [
            vec![latest(2025)],
            vec![said(2025), latest(2025), change(2025)],
            vec![latest(2025), said(2025), latest(2024), said(2024)],
            vec![marked("2025年2月"), latest(2025)],
            vec![marked("2021"), change(2025)],
            vec![marked("2021/22"), fixed(2024)],
            vec![latest(2025), fixed(2025)],
            vec![change(2025), fixed(2021)],
        ] {
            assert_eq!(mixed(&fine), Vec::<String>::new(), "{fine:?}");
        }
        for (mix, told) in [
            (vec![said(2024), latest(2024), latest(2025)], vec!["2024"]),
            (vec![latest(2024), latest(2025)], vec!["`s2025` for 2025", "`s2024` for 2024"]),
            (vec![marked("March 2024"), latest(2025)], vec!["2024"]),
            (vec![fixed(2021), latest(2025)], vec!["`s2021` for 2021"]),
            (vec![said(2026), change(2025)], vec!["2026"]),
            (vec![said(2024), change(2025)], vec!["2024"]),
        ] {
            assert_eq!(mixed(&mix), told, "{mix:?}");
        }
    }
}
