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
            brief.strings.range.replace("{a}", &least.label).replace("{b}", &most.label)
        }
        (Some(only), _) => only.label.clone(),
        _ => String::new(),
    };
    let (colon, comma, stop, end) = match brief.language {
        Language::Zh => ("：", "，", "。", "。"),
        _ => (": ", ", ", ". ", "."),
    };
    let measured: Vec<&str> = [&*chart.axis_unit, &*range].into_iter().filter(|words| !words.is_empty()).collect();
    let title = chart.title.trim_end_matches(['.', '。']);
    format!("{}{colon}{}{stop}{title}{end}", chart.form.name(brief.language), measured.join(comma))
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
        cell(composer, row, StructureType::THRow, label);
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
    if point.detail.is_empty() { point.label.clone() } else { format!("{} ({})", point.label, point.detail) }
}

/// Adds an element whose content is empty, and which is read as these words.
fn cell(composer: &mut Composer<'_>, parent: usize, kind: StructureType, words: &str) {
    let node = composer.flow.node(parent, kind);
    composer.flow.content(node);
    if let Some(node) = composer.flow.nodes.get_mut(node) {
        node.actual = Some(words.to_owned());
    }
}
