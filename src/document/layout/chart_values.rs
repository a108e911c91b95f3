//! What a screen reader meets of a chart: a description in place of the drawing, and its values as a table after it. The
//! table is in the structure alone: its cells hold nothing that is painted, and their words are their `ActualText`.

use super::{compose::Composer, document::StructureType};
use crate::{
    base::language::Language,
    document::brief::{Brief, Chart, Point},
};

/// The description of a chart: its form, its unit, the range of its values, its finding.
pub(super) fn description(brief: &Brief, chart: &Chart) -> String {
    let points = || chart.series.iter().flat_map(|series| &series.points).flatten();
    let ends = (points().min_by_key(|point| point.value), points().max_by_key(|point| point.value));
    let range = match ends {
        (Some(least), Some(most)) if least.value < most.value => {
            let (least, most) = alike(&least.told, &most.told, brief.language);
            brief.strings.range.replace("{a}", &least).replace("{b}", &most)
        }
        (Some(only), _) => only.told.clone(),
        _ => String::new(),
    };
    let (colon, comma, stop, end) = match brief.language {
        Language::Zh => ("：", "，", "。", "。"),
        _ => (": ", ", ", ". ", "."),
    };
    // A unit that stands at each value is not said before them.
    let unit = if range.ends_with(&chart.axis_unit) { "" } else { &*chart.axis_unit };
    let measured: Vec<&str> = [unit, &*range].into_iter().filter(|words| !words.is_empty()).collect();
    let title = chart.title.trim_end_matches(['.', '。']);
    // A line across the plot is no value of a series, and stands in no row of the table.
    let reference = chart.options.reference.as_ref().map_or(String::new(), |it| format!("{}{stop}", it.label));
    format!("{}{colon}{}{stop}{reference}{title}{end}", chart.form.name(brief.language), measured.join(comma))
}

/// Two values with as many decimals as each other: `81.3` and `192.0`.
fn alike(least: &str, most: &str, language: Language) -> (String, String) {
    let mark = if language == Language::De { ',' } else { '.' };
    let decimals = |label: &str| label.split_once(mark).map_or(0, |(_, rest)| digits(rest));
    let count = decimals(least).max(decimals(most));
    let filled = |label: &str| {
        let missing = count - decimals(label);
        // The digits end where a sign or a unit begins.
        let end = label.rfind(|c: char| c.is_ascii_digit()).map_or(0, |at| at + 1);
        let (number, unit) = label.split_at_checked(end).unwrap_or((label, ""));
        let mark = if missing > 0 && decimals(label) == 0 { mark.to_string() } else { String::new() };
        format!("{number}{mark}{}{unit}", "0".repeat(missing))
    };
    (filled(least), filled(most))
}

/// Number of digits at the beginning of a text.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// Adds the values as a table: a row a label, a column a series.
pub(super) fn place(composer: &mut Composer<'_>, chart: &Chart) {
    let brief = composer.brief;
    let strings = &brief.strings;
    let table = composer.flow.node(0, StructureType::Table);
    cell(composer, table, StructureType::Caption, &strings.values.replace("{n}", &chart.number));
    let head = composer.flow.node(table, StructureType::THead);
    let row = composer.flow.node(head, StructureType::TR);
    composer.flow.node(row, StructureType::TD);
    for series in &chart.series {
        cell(composer, row, StructureType::THColumn, &series.name);
    }
    if !chart.totals.is_empty() {
        cell(composer, row, StructureType::THColumn, &strings.total);
    }
    let body = composer.flow.node(table, StructureType::TBody);
    for (nth, label) in chart.labels.iter().enumerate() {
        let row = composer.flow.node(body, StructureType::TR);
        cell(composer, row, StructureType::THRow, &chart.options.told(label, nth));
        for series in &chart.series {
            let words = series.points.get(nth).and_then(Option::as_ref).map_or(strings.no_value.clone(), words);
            cell(composer, row, StructureType::TD, &words);
        }
        if let Some(total) = chart.totals.get(nth) {
            let total = if total.is_empty() { &strings.no_value } else { total };
            cell(composer, row, StructureType::TD, total);
        }
    }
}

/// A value, with what stands beside it.
fn words(point: &Point) -> String {
    if point.detail.is_empty() { point.told.clone() } else { format!("{} ({})", point.told, point.detail) }
}

/// Adds an element whose content is empty, and which is read as these words.
fn cell(composer: &mut Composer<'_>, parent: usize, kind: StructureType, words: &str) {
    let node = composer.flow.node(parent, kind);
    composer.flow.content(node);
    if let Some(node) = composer.flow.nodes.get_mut(node) {
        node.actual = Some(words.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_a_range_have_one_precision() {
        for (language, least, most, wanted) in [
            (Language::En, "81.3", "192", ("81.3", "192.0")),
            (Language::De, "81,3\u{a0}%", "1.192\u{a0}%", ("81,3\u{a0}%", "1.192,0\u{a0}%")),
            (Language::Zh, "20.74万", "5万", ("20.74万", "5.00万")),
            (Language::En, "7", "9", ("7", "9")),
        ] {
            assert_eq!(alike(least, most, language), (wanted.0.to_owned(), wanted.1.to_owned()));
        }
    }
}
