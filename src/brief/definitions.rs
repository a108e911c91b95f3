//! What `blocks.toml` and the fenced blocks of a text may hold: every key, its type and its words. What a block becomes
//! is in `filling`; whether a series or an event is there is asked there too.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{characters, template::toml_problem};
use crate::{
    figures::Period,
    problem::{Place, Problem, Problems, Source},
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

/// A key, what it may hold, and whether it must be there.
struct Field(&'static str, Shape, bool);

const ROW: &[Field] = &[Field("key", Shape::Text, true), Field("series", Shape::Text, true)];
const TILES: &[Field] = &[
    Field("kind", Shape::Text, true),
    Field(
        "tile",
        Shape::Rows(&[
            Field("key", Shape::Text, true),
            Field("series", Shape::Text, true),
            Field("period", Shape::Period, false),
            Field("change", Shape::Flag, false),
            Field("as_known", Shape::Day, false),
        ]),
        true,
    ),
];
const CHART: &[Field] = &[
    Field("kind", Shape::Text, true),
    Field("form", Shape::Words(&["bars", "columns", "lines", "dots"]), true),
    Field("series", Shape::Texts, false),
    Field("from", Shape::Text, false),
    Field("to", Shape::Text, false),
    Field("periods", Shape::Periods, false),
    Field("detail", Shape::Words(&["change"]), false),
    Field("row", Shape::Rows(ROW), false),
];
const TABLE: &[Field] = &[
    Field("kind", Shape::Text, true),
    Field("columns", Shape::Periods, true),
    Field("change", Shape::Flag, false),
    Field("row", Shape::Rows(ROW), true),
];
const TIMELINE: &[Field] = &[
    Field("kind", Shape::Text, true),
    Field("order", Shape::Words(&["asc", "desc"]), false),
    Field("events", Shape::Texts, true),
];
const KINDS: [(&str, &[Field]); 4] = [("tiles", TILES), ("chart", CHART), ("table", TABLE), ("timeline", TIMELINE)];

/// The keys of a fenced block of that kind; `labels` and `names` hold one text a key.
fn texts(kind: &str) -> &'static [&'static str] {
    match kind {
        "tiles" => &["labels"],
        "chart" => &["title", "subtitle", "note", "names"],
        "table" => &["caption", "head", "note", "names"],
        _ => &[],
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
                    check_text(key.get_ref(), value, place, &mut problems);
                }
            }
            _ if matches!(name, "names" | "labels") => {
                let what = format!("`{name}` holds one text a key");
                problems.push(Problem::error(what).at(place(value.span())).hint(format!("write {name}.key = \"…\"")));
            }
            _ => check_text(name, value, place, &mut problems),
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

fn check_text(key: &str, value: &Spanned<DeValue<'_>>, place: &dyn Fn(Range<usize>) -> Place, problems: &mut Problems) {
    let Some(words) = text(value) else {
        let what = format!("`{key}` is a text");
        return problems.push(Problem::error(what).at(place(value.span())).hint("it stands in quotes"));
    };
    // TOML refuses such characters as they are, but not as `\u202e`.
    for c in words.chars() {
        if let Some(why) = characters::refused(c) {
            problems.push(characters::problem(c, why, place(value.span())));
        }
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
        match KINDS.iter().find(|(known, _)| *known == word) {
            Some((_, fields)) => self.table(&format!("the {word} `{name}`"), at, block, fields),
            None => {
                let problem =
                    Problem::error(format!("`{word}` is no kind of block")).at(self.source.place(kind.span()));
                self.problems.push(problem.did_you_mean(word, KINDS.iter().map(|(known, _)| *known)));
            }
        }
    }

    fn table(&mut self, what: &str, at: Range<usize>, table: &DeTable<'_>, fields: &[Field]) {
        for (key, value) in table {
            match fields.iter().find(|Field(name, ..)| key.get_ref() == name) {
                Some(Field(name, shape, _)) => self.shape(name, shape, value),
                None => {
                    let problem = Problem::error(format!("unknown key `{}` in {what}", key.get_ref()))
                        .at(self.source.place(key.span()));
                    self.problems.push(problem.did_you_mean(key.get_ref(), fields.iter().map(|Field(name, ..)| *name)));
                }
            }
        }
        for Field(name, _, needed) in fields {
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
