//! What `blocks.toml` and the fenced blocks of a text may hold: every key, its type and its words. What a block becomes
//! is in `filling`; whether a series or an event is there is asked there too.

use std::{collections::BTreeMap, ops::Range};

use serde_json::{Value, json};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{ChartForm, Rows, characters, toml_problem::toml_problem};
use crate::{
    base::problem::{Place, Problem, Problems, Source},
    figures::Period,
};

/// What a key may hold.
enum Shape {
    Text,
    Flag,
    Words(&'static [&'static str]),
    Period,
    Day,
    Texts,
    Periods,
    Rows(&'static [Field]),
    /// A year as a text, or `latest`
    Year,
    /// `true`, or the first year as a text
    Spark,
    /// True, or a list of texts.
    Summands,
}

/// A key, what it may hold, whether it must be there, and what it is for: said where an editor completes it.
struct Field(&'static str, Shape, bool, &'static str);

const ROW: &[Field] = &[
    Field("key", Shape::Text, true, "The row's name in the texts of each language."),
    Field("series", Shape::Text, true, "The series it shows."),
];
/// A row of a table is a series, the head of a group or a total: see `table_rows`.
const TABLE_ROW: &[Field] = &[
    Field("key", Shape::Text, false, "The row's name in the texts of each language."),
    Field("series", Shape::Text, false, "The series it shows."),
    Field("group", Shape::Text, false, "A head over the rows that follow, by its name in the texts."),
    Field("total", Shape::Summands, false, "The sum of the rows since the last group, or of those with these keys."),
];
const TILES: &[Field] = &[
    Field("kind", Shape::Text, true, "What the block is."),
    Field(
        "tile",
        Shape::Rows(&[
            Field("key", Shape::Text, true, "The tile's name in the texts of each language."),
            Field("series", Shape::Text, true, "The series whose value it shows."),
            Field("period", Shape::Period, false, "The period of the value; the latest unless given."),
            Field("change", Shape::Flag, false, "The change on the period before, too."),
            Field("as_known", Shape::Day, false, "The value as it was known on that day, not as restated later."),
            Field("spark", Shape::Spark, false, "A small line of the years before; a text is its first year."),
        ]),
        true,
        "The tiles, in their order.",
    ),
];
const CHART: &[Field] = &[
    Field("kind", Shape::Text, true, "What the block is."),
    Field("form", Shape::Words(ChartForm::WORDS), true, "How the values are drawn."),
    Field("series", Shape::Texts, false, "The series drawn over the periods."),
    Field("from", Shape::Year, false, "The first year of the series; the first there is unless given."),
    Field("to", Shape::Year, false, "Their last year, or \"latest\"."),
    Field("periods", Shape::Periods, false, "The periods drawn; two for a slope."),
    Field("detail", Shape::Words(&["change"]), false, "What stands beside each value."),
    Field("row", Shape::Rows(ROW), false, "The rows, in their order."),
];
const TABLE: &[Field] = &[
    Field("kind", Shape::Text, true, "What the block is."),
    Field("columns", Shape::Periods, true, "The periods, a column each."),
    Field("change", Shape::Flag, false, "The change on the period before, too."),
    Field("as_known", Shape::Day, false, "As the values were known on that day."),
    Field("row", Shape::Rows(TABLE_ROW), true, "The rows, in their order."),
];
const TIMELINE: &[Field] = &[
    Field("kind", Shape::Text, true, "What the block is."),
    Field("order", Shape::Words(&["asc", "desc"]), false, "The oldest or the newest first."),
    Field("events", Shape::Texts, true, "The events, by their ids."),
];
const KINDS: [(&str, &[Field], &str); 4] = [
    ("tiles", TILES, "Key figures on tiles."),
    ("chart", CHART, "A chart: rows at one period, or series over periods."),
    ("table", TABLE, "A table: rows by periods."),
    ("timeline", TIMELINE, "Milestones with their dates."),
];
const KEY_FIGURES: &str = "The tiles that the mail repeats, by their keys.";

/// The keys of a fenced block of that kind; `labels` and `names` hold one text a key.
fn texts(kind: &str) -> &'static [&'static str] {
    match kind {
        "tiles" => &["labels"],
        "chart" => &["title", "subtitle", "note", "names"],
        "table" => &["caption", "head", "note", "names"],
        _ => &[],
    }
}

/// The JSON Schema of `blocks.toml` (draft-07, which TOML editors read).
pub fn schema() -> Value {
    let blocks = KINDS.iter().map(|(kind, fields, says)| {
        let mut block = object(fields, says);
        if let Some(slot) = block.pointer_mut("/properties/kind") {
            *slot = json!({ "const": kind, "description": says });
        }
        block
    });
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "blocks.toml of a greenbrief template",
        "description": "What all languages of a brief share: which figures each block shows and in what form.",
        "type": "object",
        "properties": { "key_figures": Shape::Texts.schema(KEY_FIGURES) },
        "additionalProperties": { "oneOf": blocks.collect::<Vec<_>>() },
    })
}

fn object(fields: &[Field], says: &str) -> Value {
    let keys: BTreeMap<&str, Value> =
        fields.iter().map(|Field(name, shape, _, says)| (*name, shape.schema(says))).collect();
    let needed: Vec<&str> = fields.iter().filter(|field| field.2).map(|field| field.0).collect();
    json!({ "type": "object", "description": says, "properties": keys, "required": needed, "additionalProperties": false })
}

impl Shape {
    fn schema(&self, says: &str) -> Value {
        let text = || json!({ "type": "string" });
        let mut schema = match self {
            Shape::Text | Shape::Period => text(),
            Shape::Flag => json!({ "type": "boolean" }),
            Shape::Words(words) => json!({ "type": "string", "enum": words }),
            Shape::Day => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
            Shape::Texts | Shape::Periods => json!({ "type": "array", "items": text() }),
            Shape::Rows(fields) => json!({ "type": "array", "items": object(fields, says) }),
            Shape::Year => json!({ "type": "string", "pattern": "^([0-9]{4}|latest)$" }),
            Shape::Spark => json!({ "oneOf": [{ "type": "boolean" }, { "type": "string", "pattern": "^[0-9]{4}$" }] }),
            Shape::Summands => {
                json!({ "oneOf": [{ "type": "boolean", "enum": [true] }, { "type": "array", "items": text() }] })
            }
        };
        if let Value::Object(schema) = &mut schema {
            schema.insert("description".to_owned(), json!(says));
        }
        schema
    }
}

/// Every problem of a fenced block's texts, which are TOML. `shared` is what `blocks.toml` says of the block, `place`
/// the way from bytes of the texts to the file.
pub(super) fn check_texts(
    kind: &str,
    body: &str,
    shared: &toml::Table,
    place: &dyn Fn(Range<usize>) -> Place,
) -> Problems {
    let mut problems = Problems::new();
    let (document, _) = DeTable::parse_recoverable(body);
    for (key, value) in document.get_ref() {
        let name = &**key.get_ref();
        match value.get_ref() {
            _ if !texts(kind).contains(&name) => {
                let problem = Problem::error(format!("unknown key `{name}` in this {kind}")).at(place(key.span()));
                problems.push(problem.did_you_mean(name, texts(kind).iter().copied()));
            }
            DeValue::Table(named) if matches!(name, "names" | "labels") => {
                for (key, value) in named {
                    check_name(name, key, shared, place, &mut problems);
                    check_text(key.get_ref(), value, body, place, &mut problems);
                }
            }
            _ if matches!(name, "names" | "labels") => {
                let what = format!("`{name}` holds one text a key");
                problems.push(Problem::error(what).at(place(value.span())).hint(format!("write {name}.key = \"…\"")));
            }
            _ => check_text(name, value, body, place, &mut problems),
        }
    }
    problems
}

/// A name or label is for a row, a tile or a series of the block.
fn check_name(
    group: &str,
    key: &Spanned<std::borrow::Cow<'_, str>>,
    shared: &toml::Table,
    place: &dyn Fn(Range<usize>) -> Place,
    problems: &mut Problems,
) {
    let lists = shared.values().filter_map(toml::Value::as_array).flatten();
    let known: Vec<&str> = lists
        .flat_map(|entry| {
            let named = ["key", "series", "group"].into_iter().filter_map(|key| entry.get(key)?.as_str());
            named.chain(entry.as_str())
        })
        .collect();
    let name = &**key.get_ref();
    if !known.contains(&name) {
        let problem = Problem::error(format!("`{group}.{name}` names nothing of this block")).at(place(key.span()));
        problems.push(problem.did_you_mean(name, known));
    }
}

fn check_text(
    key: &str,
    value: &Spanned<DeValue<'_>>,
    body: &str,
    place: &dyn Fn(Range<usize>) -> Place,
    problems: &mut Problems,
) {
    let Some(words) = text(value) else {
        let what = format!("`{key}` is a text");
        return problems.push(Problem::error(what).at(place(value.span())).hint("it stands in quotes"));
    };
    let literal = body.get(value.span()).unwrap_or_default();
    problems.extend(characters::check_escapes(words, literal, &place(value.span())));
}

/// Every problem of `blocks.toml`.
pub(super) fn check(source: &Source) -> Problems {
    let mut problems = Problems::new();
    let (document, errors) = DeTable::parse_recoverable(source.text());
    if !errors.is_empty() {
        problems.extend(errors.iter().map(|error| toml_problem(error, source, 0)));
        return problems;
    }
    let mut check = Check { source, problems };
    for (name, value) in document.get_ref() {
        match value.get_ref() {
            _ if name.get_ref() == "key_figures" => check.shape("key_figures", &Shape::Texts, value),
            DeValue::Table(block) => check.block(name.get_ref(), name.span(), block),
            _ => check.wrong(name.span(), format!("unknown key `{}`", name.get_ref()), "a block is a table: [name]"),
        }
    }
    check.problems
}

struct Check<'a> {
    source: &'a Source,
    problems: Problems,
}

impl Check<'_> {
    fn wrong(&mut self, at: Range<usize>, what: impl Into<String>, hint: &str) {
        self.problems.push(Problem::error(what).at(self.source.place(at)).hint(hint));
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
        match KINDS.iter().find(|(known, ..)| *known == word) {
            Some((_, fields, _)) => {
                self.table(&format!("the {word} `{name}`"), at.clone(), block, fields);
                match word {
                    "table" => self.table_rows(block),
                    "chart" => self.chart(name, at, block),
                    _ => {}
                }
            }
            None => {
                let problem =
                    Problem::error(format!("`{word}` is no kind of block")).at(self.source.place(kind.span()));
                self.problems.push(problem.did_you_mean(word, KINDS.iter().map(|(known, ..)| *known)));
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
        // What the form asks is not known of an unknown one, which is an error of its own.
        let Some(Ok(form)) = block.get("form").and_then(text).map(str::parse::<ChartForm>) else { return };
        let facts = form.facts();
        if let Some(fixed) = facts.periods
            && periods != Some(fixed.count)
            && (key == "series" || periods.is_some())
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
            match fields.iter().find(|Field(name, ..)| key.get_ref() == name) {
                Some(Field(name, shape, ..)) => self.shape(name, shape, value),
                None => {
                    let problem = Problem::error(format!("unknown key `{}` in {what}", key.get_ref()))
                        .at(self.source.place(key.span()));
                    self.problems.push(problem.did_you_mean(key.get_ref(), fields.iter().map(|Field(name, ..)| *name)));
                }
            }
        }
        for Field(name, _, needed, _) in fields {
            if *needed && !table.contains_key(*name) {
                self.wrong(at.clone(), format!("{what} lacks `{name}`"), "docs: see the shipped blocks.toml");
            }
        }
    }

    fn shape(&mut self, key: &str, shape: &Shape, value: &Spanned<DeValue<'_>>) {
        let at = value.span();
        match (shape, value.get_ref()) {
            (Shape::Text, DeValue::String(_)) | (Shape::Flag, DeValue::Boolean(_)) => {}
            (Shape::Spark, DeValue::Boolean(_)) => {}
            (Shape::Spark, DeValue::String(year)) if is_year(year) => {}
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

    /// What the rows of a table have to do with each other: each is one thing, and a total has rows above it.
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
                // A key that is no text was told already.
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
                    if let Some(key) = text(item).filter(|key| !above.contains(key)) {
                        let problem = Problem::error(format!("no row `{key}` stands above this total"));
                        let problem = problem.at(self.source.place(item.span()));
                        self.problems.push(problem.did_you_mean(key, above.iter().copied()));
                    }
                }
            }
            // Told already: it is no list.
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

/// The place of what stands under these keys in `blocks.toml`; a number is an index of a list.
pub(super) fn place(source: &Source, path: &[&str]) -> Option<Place> {
    let (document, _) = DeTable::parse_recoverable(source.text());
    let (first, rest) = path.split_first()?;
    let (key, mut value) = document.get_ref().get_key_value(*first)?;
    if rest.is_empty() {
        return Some(source.place(key.span()));
    }
    for step in rest {
        value = match value.get_ref() {
            DeValue::Table(table) => table.get(*step)?,
            DeValue::Array(items) => items.get(step.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(source.place(value.span()))
}

fn text<'a>(value: &'a Spanned<DeValue<'_>>) -> Option<&'a str> {
    match value.get_ref() {
        DeValue::String(text) => Some(text),
        _ => None,
    }
}
