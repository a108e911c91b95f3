//! The check of `blocks.toml`: every key and its value, and how the values of a block fit together.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Field, KINDS, MOST_COUNTED, Shape, text};
use crate::{
    base::{
        problem::{Place, Problem, Problems, Source},
        toml_limits,
    },
    document::brief::{ChartForm, Rows, toml_problem::toml_problem},
    figures::Period,
};

/// Every problem of `blocks.toml`.
pub(in crate::document::brief) fn check(source: &Source) -> Problems {
    let mut problems = Problems::new();
    if let Some((at, problem)) = toml_limits::exceeded(source.text()) {
        return problem.at(source.place(at)).into();
    }
    let (document, errors) = DeTable::parse_recoverable(source.text());
    if !errors.is_empty() {
        problems.extend(errors.iter().map(|error| toml_problem(error, source, 0)));
        return problems;
    }
    let mut check = Check { source, problems };
    for (name, value) in document.get_ref() {
        match value.get_ref() {
            _ if name.get_ref() == "key_figures" => check.shape("key_figures", &Shape::Texts, value),
            _ if name.get_ref() == "mail_chart" => {
                check.shape("mail_chart", &Shape::Text, value);
                check.mail_chart(document.get_ref(), value);
            }
            DeValue::Table(block) => check.block(name.get_ref(), name.span(), block),
            _ => check.wrong(name.span(), format!("unknown key `{}`", name.get_ref()), "a block is a table: [name]"),
        }
    }
    check.problems
}

pub(super) struct Check<'a> {
    pub source: &'a Source,
    pub problems: Problems,
}

impl Check<'_> {
    pub fn wrong(&mut self, at: Range<usize>, what: impl Into<String>, hint: &str) {
        self.problems.push(Problem::error(what).at(self.source.place(at)).hint(hint));
    }

    /// The mail shows a chart that is there.
    fn mail_chart(&mut self, document: &DeTable<'_>, value: &Spanned<DeValue<'_>>) {
        let Some(wanted) = text(value) else { return };
        let is_chart = |block: &Spanned<DeValue<'_>>| match block.get_ref() {
            DeValue::Table(block) => block.get("kind").and_then(text) == Some("chart"),
            _ => false,
        };
        let charts: Vec<&str> =
            document.iter().filter(|(_, block)| is_chart(block)).map(|(name, _)| name.get_ref().as_ref()).collect();
        if !charts.contains(&wanted) {
            let problem = Problem::error(format!("blocks.toml has no chart `{wanted}`"));
            self.problems.push(problem.at(self.source.place(value.span())).did_you_mean(wanted, charts));
        }
    }

    fn block(&mut self, name: &str, at: Range<usize>, block: &DeTable<'_>) {
        let kind = block.get("kind");
        let Some(kind) = kind else {
            return self.wrong(
                at,
                format!("`{name}` has no kind"),
                "write kind = \"tiles\", \"chart\", \"table\" or \"timeline\"",
            );
        };
        let word = text(kind).unwrap_or_default();
        match KINDS.iter().find(|known| known.word == word) {
            Some(kind) => {
                self.table(&format!("the {word} `{name}`"), at.clone(), block, kind.fields);
                match word {
                    "table" => self.table_rows(block),
                    "chart" => self.chart(name, at, block),
                    _ => {}
                }
            }
            None => {
                let problem =
                    Problem::error(format!("`{word}` is no kind of block")).at(self.source.place(kind.span()));
                self.problems.push(problem.did_you_mean(word, KINDS.iter().map(|known| known.word)));
            }
        }
    }

    /// Checks what a chart and its form ask for: something to show, no more of it than can be told apart, and the number
    /// of periods where the form fixes it.
    fn chart(&mut self, name: &str, at: Range<usize>, block: &DeTable<'_>) {
        let count = |key: &str| match block.get(key).map(Spanned::get_ref) {
            Some(DeValue::Array(items)) => Some(items.len()),
            _ => None,
        };
        let place = |key: &str| block.get(key).map_or(at.clone(), Spanned::span);
        let key = if block.contains_key("row") { "row" } else { "series" };
        if !block.contains_key(key) {
            let hint = "write series = [\"one\", \"two\"], or [[block.row]] with key and series";
            self.wrong(at.clone(), format!("the chart `{name}` has neither `series` nor `row`"), hint);
        }
        let periods = count("periods");
        if key == "row" && periods.is_none() {
            self.wrong(at.clone(), format!("the chart `{name}` has rows, but no `periods`"), "periods = [\"2024\"]");
        }
        // An unknown form is reported by `shape`; what it asks for is not known.
        let Some(Ok(form)) = block.get("form").and_then(text).map(str::parse::<ChartForm>) else { return };
        let facts = form.facts();
        self.chart_options(name, block, form);
        if let Some(fixed) = facts.periods
            && periods != Some(fixed.count)
            && periods.is_some()
        {
            let what = format!("{}, `{name}` has {}", fixed.rule, periods.unwrap_or(0));
            self.wrong(place("periods"), what, "periods = [\"2021\", \"2025\"]");
        }
        // Rows that are labels are told apart by their names; their periods are the series.
        let series = if key == "row" && facts.rows == Rows::Labels { "periods" } else { key };
        let most = facts.max_series;
        if let Some(found) = count(series).filter(|found| *found > most) {
            let what = format!("the chart `{name}` has {found} {series}; at most {most} can be told apart");
            let first = match block.get(series).map(Spanned::get_ref) {
                Some(DeValue::Array(items)) => items.get(most).map(Spanned::span),
                _ => None,
            };
            self.wrong(first.unwrap_or_else(|| place(series)), what, "split it, or make a table of it");
        }
    }

    fn table(&mut self, what: &str, at: Range<usize>, table: &DeTable<'_>, fields: &[Field]) {
        for (key, value) in table {
            match fields.iter().find(|field| key.get_ref() == field.name) {
                Some(field) => self.shape(field.name, &field.shape, value),
                None => {
                    let problem = Problem::error(format!("unknown key `{}` in {what}", key.get_ref()))
                        .at(self.source.place(key.span()));
                    self.problems.push(problem.did_you_mean(key.get_ref(), fields.iter().map(|field| field.name)));
                }
            }
        }
        for Field { name, .. } in fields.iter().filter(|field| field.required) {
            if !table.contains_key(*name) {
                self.wrong(at.clone(), format!("{what} lacks `{name}`"), "docs: see the shipped blocks.toml");
            }
        }
    }

    /// Checks a number of periods.
    fn count(&mut self, key: &str, value: &DeValue<'_>, at: Range<usize>) {
        let above_0 = format!("`{key}` is a whole number above 0");
        let DeValue::Integer(number) = value else {
            return self.wrong(at, above_0, "write the number of periods without quotes, such as 5");
        };
        match i128::from_str_radix(&number.as_str().replace('_', ""), number.radix()) {
            Ok(..=0) => {
                self.wrong(at, above_0, "write the number of periods, such as 5, or delete the line to ask for none");
            }
            Ok(number) if number <= MOST_COUNTED.into() => {}
            _ => {
                let what = format!("`{key}` is at most {MOST_COUNTED}, and this is {}", number.as_str());
                self.wrong(at, what, "no series has so many periods: write fewer, such as 5");
            }
        }
    }

    fn shape(&mut self, key: &str, shape: &Shape, value: &Spanned<DeValue<'_>>) {
        let at = value.span();
        match (shape, value.get_ref()) {
            (Shape::Text, DeValue::String(_)) | (Shape::Flag, DeValue::Boolean(_)) => {}
            (Shape::Spark, DeValue::Boolean(_)) => {}
            (Shape::Spark, DeValue::String(year)) if is_year(year) => {}
            (Shape::Count, value) => self.count(key, value, at),
            (Shape::Year, DeValue::String(year)) if is_year(year) || year == "latest" => {}
            (Shape::Year, _) => self.wrong(at, format!("`{key}` is a year"), "write \"2021\", or \"latest\""),
            (Shape::Spark, _) => {
                self.wrong(
                    at,
                    format!("`{key}` is true, false or the first year"),
                    "spark = true, or spark = \"2020\"",
                );
            }
            (Shape::Flag, _) => self.wrong(at, format!("`{key}` is true or false"), "without quotes"),
            (Shape::Words(words), DeValue::String(word)) if !words.contains(&&**word) => {
                let problem = Problem::error(format!("`{word}` is no {key}")).at(self.source.place(at));
                self.problems.push(problem.did_you_mean(word, words.iter().copied()));
            }
            (Shape::Words(_), DeValue::String(_)) => {}
            (Shape::Period, DeValue::String(word)) => self.period(word, at),
            (Shape::Day, DeValue::String(word)) => {
                if word.parse::<chrono::NaiveDate>().is_err() {
                    self.wrong(at, format!("`{word}` is not a day"), "write 2025-03-04");
                }
            }
            (Shape::Text | Shape::Words(_) | Shape::Period | Shape::Day, _) => {
                self.wrong(at, format!("`{key}` is a text"), "it stands in quotes");
            }
            (Shape::Summands, DeValue::Boolean(true)) => {}
            (Shape::Texts | Shape::Periods | Shape::Summands, DeValue::Array(items)) => {
                for item in items {
                    match (text(item), shape) {
                        (Some(word), Shape::Periods) => self.period(word, item.span()),
                        (Some(_), _) => {}
                        (None, _) => self.wrong(item.span(), format!("`{key}` holds texts"), "each stands in quotes"),
                    }
                }
            }
            (Shape::Texts | Shape::Periods, _) => {
                self.wrong(at, format!("`{key}` is a list of texts"), "[\"one\", \"two\"]");
            }
            (Shape::Summands, _) => {
                self.wrong(
                    at,
                    format!("`{key}` is true or a list of keys"),
                    "total = true, or total = [\"cn\", \"us\"]",
                );
            }
            (Shape::Table(fields), DeValue::Table(table)) => self.table(&format!("`{key}`"), at, table, fields),
            (Shape::Table(fields), _) => {
                let keys: Vec<String> = fields.iter().map(|field| format!("{} = \"…\"", field.name)).collect();
                self.wrong(at, format!("`{key}` is a table"), &format!("{key} = {{ {} }}", keys.join(", ")));
            }
            (Shape::Names, DeValue::String(_)) => {}
            (Shape::Names, DeValue::Array(items)) if !items.is_empty() => {
                for item in items.iter().filter(|item| text(item).is_none()) {
                    self.wrong(item.span(), format!("`{key}` holds texts"), "each stands in quotes");
                }
            }
            (Shape::Names, _) => {
                self.wrong(at, format!("`{key}` is a text or a list of texts"), "\"one\", or [\"one\", \"two\"]");
            }
            (Shape::Rows(fields), DeValue::Array(items)) => {
                for item in items {
                    match item.get_ref() {
                        DeValue::Table(row) => self.table(&format!("a {key}"), item.span(), row, fields),
                        _ => {
                            self.wrong(item.span(), format!("a {key} is a table"), "[[block.row]] with its keys below")
                        }
                    }
                }
            }
            (Shape::Rows(_), _) => {
                self.wrong(at, format!("`{key}` is a list of tables"), &format!("[[block.{key}]] with its keys below"));
            }
        }
    }

    /// Checks the rows of a table together: each is a series, a group or a total, and a total has rows above it.
    fn table_rows(&mut self, block: &DeTable<'_>) {
        let rows = block.get("row").and_then(|rows| rows.get_ref().as_array());
        let mut above: Vec<&str> = Vec::new();
        let mut since_group = 0;
        for (at, row) in rows.into_iter().flatten().filter_map(|row| Some((row.span(), row.get_ref().as_table()?))) {
            let key = row.get("key").and_then(text);
            match (row.get("series"), row.get("group"), row.get("total")) {
                (None, Some(_), None) => {
                    since_group = 0;
                    if let Some(key) = row.get("key") {
                        self.wrong(key.span(), "a group has no `key`", "its text is names.NAME: group = \"NAME\"");
                    }
                    continue;
                }
                (Some(_), None, None) => since_group += 1,
                (None, None, Some(total)) => self.total(total, &above, since_group),
                (None, None, None) => {
                    self.wrong(at, "a row lacks `series`", "or it has `group` or `total` in its place");
                    continue;
                }
                _ => {
                    self.wrong(at, "a row is a series, a group or a total", "make two rows of it");
                    continue;
                }
            }
            match key {
                Some(key) => above.push(key),
                // A key that is no text was reported above.
                None if row.contains_key("key") => {}
                None => self.wrong(at, "a row lacks `key`", "its name is names.KEY in the text's block"),
            }
        }
    }

    fn total(&mut self, total: &Spanned<DeValue<'_>>, above: &[&str], since_group: usize) {
        match total.get_ref() {
            DeValue::Boolean(true) if since_group == 0 => {
                let hint = "it adds up the series since the last group; others are named: total = [\"cn\", \"us\"]";
                self.wrong(total.span(), "there is no row to add up", hint);
            }
            DeValue::Array(items) if items.is_empty() => {
                self.wrong(total.span(), "there is no row to add up", "name them: total = [\"cn\", \"us\"]");
            }
            DeValue::Array(items) => {
                for item in items {
                    // Similar names are looked for at each of them.
                    if self.problems.is_full() {
                        break;
                    }
                    if let Some(key) = text(item).filter(|key| !above.contains(key)) {
                        let problem = Problem::error(format!("no row `{key}` stands above this total"));
                        let problem = problem.at(self.source.place(item.span()));
                        self.problems.push(problem.did_you_mean(key, above.iter().copied()));
                    }
                }
            }
            // Reported by `shape`: it is no list.
            _ => {}
        }
    }

    fn period(&mut self, word: &str, at: Range<usize>) {
        if let Err(error) = word.parse::<Period>() {
            let text = error.to_string();
            let (what, hint) = text.split_once("; ").unwrap_or((&text, "write 2024"));
            self.wrong(at, what, hint);
        }
    }
}

fn is_year(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The place of the value at this path of keys in `blocks.toml`; a number is an index into a list.
pub(in crate::document::brief) fn place(source: &Source, path: &[&str]) -> Option<Place> {
    bytes(source, path).map(|(range, _)| source.place(range))
}

/// The bytes of the value at this path, and whether it is a text.
fn bytes(source: &Source, path: &[&str]) -> Option<(Range<usize>, bool)> {
    let (document, _) = DeTable::parse_recoverable(source.text());
    let (first, rest) = path.split_first()?;
    let (key, mut value) = document.get_ref().get_key_value(*first)?;
    if rest.is_empty() {
        return Some((key.span(), false));
    }
    for step in rest {
        value = match value.get_ref() {
            DeValue::Table(table) => table.get(*step)?,
            DeValue::Array(items) => items.get(step.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some((value.span(), matches!(value.get_ref(), DeValue::String(_))))
}

/// The place of the value at this path or, if there is none, of what is nearest above it. Of a text its words are marked,
/// without the quotes.
pub(in crate::document::brief) fn nearest_place(source: &Source, path: &[&str]) -> Place {
    match (1..=path.len()).rev().find_map(|len| bytes(source, path.get(..len)?)) {
        Some((range, true)) if range.len() > 2 => source.place(range.start + 1..range.end - 1),
        Some((range, _)) => source.place(range),
        None => source.line(1),
    }
}
