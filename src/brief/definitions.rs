//! What `blocks.toml` and the fenced blocks of a text may hold: every key, its type and its words. What a block becomes
//! is in `filling`; whether a series or an event is there is asked there too.

use std::{collections::BTreeMap, ops::Range};

use serde_json::{Value, json};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::template::toml_problem;
use crate::{
    figures::Period,
    problem::{Problem, Problems, Source},
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
}

/// A key, what it may hold, whether it must be there, and what it is for: said where an editor completes it.
struct Field(&'static str, Shape, bool, &'static str);

const ROW: &[Field] = &[
    Field("key", Shape::Text, true, "The row's name in the texts of each language."),
    Field("series", Shape::Text, true, "The series it shows."),
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
        ]),
        true,
        "The tiles, in their order.",
    ),
];
const CHART: &[Field] = &[
    Field("kind", Shape::Text, true, "What the block is."),
    Field("form", Shape::Words(&["bars", "columns", "lines", "dots"]), true, "How the values are drawn."),
    Field("series", Shape::Texts, false, "The series drawn over the periods."),
    Field("from", Shape::Text, false, "The first period."),
    Field("to", Shape::Text, false, "The last period, or \"latest\"."),
    Field("periods", Shape::Periods, false, "The periods drawn for each row."),
    Field("detail", Shape::Words(&["change"]), false, "What stands beside each value."),
    Field("row", Shape::Rows(ROW), false, "The rows, in their order."),
];
const TABLE: &[Field] = &[
    Field("kind", Shape::Text, true, "What the block is."),
    Field("columns", Shape::Periods, true, "The periods, a column each."),
    Field("change", Shape::Flag, false, "The change on the period before, too."),
    Field("row", Shape::Rows(ROW), true, "The rows, in their order."),
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
pub(super) fn texts(kind: &str) -> &'static [&'static str] {
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
        };
        if let Value::Object(schema) = &mut schema {
            schema.insert("description".to_owned(), json!(says));
        }
        schema
    }
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
            Some((_, fields, _)) => self.table(&format!("the {word} `{name}`"), at, block, fields),
            None => {
                let problem =
                    Problem::error(format!("`{word}` is no kind of block")).at(self.source.place(kind.span()));
                self.problems.push(problem.did_you_mean(word, KINDS.iter().map(|(known, ..)| *known)));
            }
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
            (Shape::Texts | Shape::Periods, DeValue::Array(items)) => {
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

    fn period(&mut self, word: &str, at: Range<usize>) {
        if let Err(error) = word.parse::<Period>() {
            let text = error.to_string();
            let (what, hint) = text.split_once("; ").unwrap_or((&text, "write 2024"));
            self.wrong(at, what, hint);
        }
    }
}

fn text<'a>(value: &'a Spanned<DeValue<'_>>) -> Option<&'a str> {
    match value.get_ref() {
        DeValue::String(text) => Some(text),
        _ => None,
    }
}
