//! The check of what a chart is asked for beyond its values: which forms can show it, and whether what is highlighted is there.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{check::Check, text};
use crate::{
    base::problem::Problem,
    document::brief::{ChartForm, MOST_HIGHLIGHTED},
    figures::Period,
};

/// Keys that only lines can show.
const OF_LINES: [&str; 3] = ["multiples", "forecast_from", "range"];

impl Check<'_> {
    /// Checks the options of a chart against its form and its series.
    pub(super) fn chart_options(&mut self, name: &str, block: &DeTable<'_>, form: ChartForm) {
        for key in OF_LINES.into_iter().filter(|_| form != ChartForm::Lines) {
            if let Some((written, _)) = block.get_key_value(key) {
                let what = format!("`{key}` is for lines, and the chart `{name}` has the form `{}`", form.word());
                self.wrong(written.span(), what, "write form = \"lines\", or delete this line");
            }
        }
        if let (ChartForm::Slope, Some((written, _))) = (form, block.get_key_value("reference")) {
            let what = format!("a slope has no axis for a line of reference, `{name}` asks for one");
            self.wrong(written.span(), what, "draw lines or columns, or delete this line");
        }
        let chosen: Vec<(&str, Range<usize>)> = match block.get("highlight") {
            None => return,
            Some(value) => match value.get_ref() {
                DeValue::Array(items) => items.iter().filter_map(|item| Some((text(item)?, item.span()))).collect(),
                _ => text(value).map(|name| (name, value.span())).into_iter().collect(),
            },
        };
        let known = shown(block);
        for (word, at) in &chosen {
            let is_period = word.parse::<Period>().is_ok();
            if !known.contains(word) && !is_period && !self.problems.is_full() {
                let problem = Problem::error(format!("the chart `{name}` shows no `{word}`"));
                self.problems.push(problem.at(self.source.place(at.clone())).did_you_mean(word, known.iter().copied()));
            }
        }
        let periods = chosen.iter().filter(|(word, _)| !known.contains(word) && word.parse::<Period>().is_ok());
        if let Some((_, at)) = periods.clone().next().filter(|_| periods.count() < chosen.len()) {
            let what = "`highlight` names either rows or series, or periods";
            self.wrong(at.clone(), what, "choose what the title speaks of");
        }
        if let Some((_, at)) = chosen.get(MOST_HIGHLIGHTED) {
            let what = format!("`highlight` names {}; at most {MOST_HIGHLIGHTED} can be told apart", chosen.len());
            self.wrong(at.clone(), what, "name what the title speaks of");
        }
    }
}

/// The names of what a chart shows: its rows' keys and series, and its series.
fn shown<'a>(block: &'a DeTable<'_>) -> Vec<&'a str> {
    let items = |key: &str| block.get(key).and_then(|value| value.get_ref().as_array()).into_iter().flatten();
    let of_row = |row: &'a Spanned<DeValue<'_>>| {
        let row = row.get_ref().as_table();
        ["key", "series"].into_iter().filter_map(move |key| text(row?.get(key)?))
    };
    items("row").flat_map(of_row).chain(items("series").filter_map(text)).collect()
}
