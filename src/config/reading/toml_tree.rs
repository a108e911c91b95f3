//! TOML as a tree in which every key and value knows where it stands, with what `--set` says put over it. What the keys
//! mean is not here.

use std::{collections::HashSet, ops::Range, sync::Arc};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
    value::Datetime,
};

use crate::{
    base::{backslash, characters::refusal, problem::Problem, toml_limits},
    config::reading::{
        origin::{Origin, Span},
        problem_sink::ProblemSink,
    },
};

/// A value with its span.
pub(in crate::config) struct Node {
    pub(in crate::config) value: Value,
    pub(in crate::config) span: Span,
    /// What was typed, if it was typed on a command line: `--set mail.username=007` is a text.
    pub(in crate::config) typed: Option<String>,
}

/// A TOML value.
pub(in crate::config) enum Value {
    Text(String),
    /// `None`: beyond 64 bits.
    Whole(Option<i64>),
    Float,
    Boolean(bool),
    Time(Datetime),
    List(Vec<Node>),
    Table(Table),
}

impl Value {
    /// What it is, for "must be …, not …".
    pub(in crate::config) const fn kind(&self) -> &'static str {
        match self {
            Value::Text(_) => "text",
            Value::Whole(_) => "a whole number",
            Value::Float => "a number with a point",
            Value::Boolean(_) => "true or false",
            Value::Time(_) => "a date or time",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

/// A key and its value.
pub(in crate::config) struct Entry {
    pub(in crate::config) key: String,
    pub(in crate::config) span: Span,
    pub(in crate::config) node: Node,
}

impl Entry {
    /// Is it a table with this key?
    pub(in crate::config) fn has(&self, key: &str) -> bool {
        matches!(&self.node.value, Value::Table(table) if table.get(key).is_some())
    }
}

/// The entries of a table by key.
#[derive(Default)]
pub(in crate::config) struct Table(pub(in crate::config) Vec<Entry>);

impl Table {
    pub(in crate::config) fn get(&self, key: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.key == key)
    }

    /// Puts a value at a dotted key, over what stands there; tables on the way are made.
    fn put(&mut self, path: &[(&str, Span)], node: Node) {
        let Some(((key, span), rest)) = path.split_first() else { return };
        let at = match self.0.iter().position(|entry| entry.key == *key) {
            Some(at) => at,
            None => {
                let node = Node { value: Value::Table(Table::default()), span: span.clone(), typed: None };
                self.0.push(Entry { key: (*key).to_owned(), span: span.clone(), node });
                self.0.len() - 1
            }
        };
        let Some(entry) = self.0.get_mut(at) else { return };
        if rest.is_empty() {
            *entry = Entry { key: (*key).to_owned(), span: span.clone(), node };
            return;
        }
        if !matches!(entry.node.value, Value::Table(_)) {
            entry.node = Node { value: Value::Table(Table::default()), span: span.clone(), typed: None };
        }
        if let Value::Table(table) = &mut entry.node.value {
            table.put(rest, node);
        }
    }
}

/// The tree of a file, and whether all of it could be read: what is wrong with the syntax is reported, and from then on
/// nothing can be said about what is missing. Of a text beyond [`toml_limits`] nothing is read.
pub(in crate::config) fn parse(origin: &Arc<Origin>, sink: &ProblemSink) -> (Table, bool) {
    if let Some((at, problem)) = toml_limits::exceeded(origin.text()) {
        sink.push(problem.at(origin.place(at)));
        return (Table::default(), false);
    }
    let (table, errors) = DeTable::parse_recoverable(origin.text());
    let line_ends: Vec<usize> = origin.text().match_indices('\n').map(|(at, _)| at).collect();
    let mut lines = HashSet::new();
    // TOML's reader only says that it expected something else.
    let controls = origin.text().char_indices().filter(|(_, c)| c.is_control() && *c != '\r');
    for (at, refusal) in controls.filter_map(|(at, c)| Some((at, refusal(c)?))) {
        if sink.is_full() {
            break;
        }
        if lines.insert(line_ends.partition_point(|end| *end < at)) {
            let problem = Problem::error(refusal.what()).hint(refusal.hint);
            sink.push(problem.hint(zeros_hint(origin.text())).at(origin.place(at..at + 1)));
        }
    }
    for error in &errors {
        let range = error.span().unwrap_or(0..0);
        // One mistake makes the reader stumble several times; the first of a line is the one to mend.
        if !lines.insert(line_ends.partition_point(|end| *end < range.start)) {
            continue;
        }
        if sink.is_full() {
            break;
        }
        let place = origin.place(range);
        let mut problem = Problem::error(format!("this is not TOML: {}", error.message()));
        if error.message().starts_with("duplicate key") {
            problem = Problem::error("this key appears here a second time").hint("keep one of the two");
        }
        if let Some(hint) = backslash::hint(&place.source) {
            problem = problem.hint(hint);
        }
        sink.push(problem.at(place));
    }
    (convert_table(table.get_ref(), origin, 0), errors.is_empty())
}

/// What a file that is full of zeros once was.
fn zeros_hint(text: &str) -> &'static str {
    let zeros = text.bytes().filter(|byte| *byte == 0).count();
    if zeros * 4 > text.len() {
        "a file of zeros was never written to its end, or is UTF-16: take it from a backup, or save it as UTF-8"
    } else {
        ""
    }
}

/// The tree of a part of a text that is TOML by itself; `None` if it is not.
pub(in crate::config) fn part(origin: &Arc<Origin>, range: Range<usize>) -> Option<Table> {
    let text = origin.text().get(range.clone())?;
    if toml_limits::exceeded(text).is_some() {
        return None;
    }
    let table = DeTable::parse(text).ok()?;
    Some(convert_table(table.get_ref(), origin, range.start))
}

fn convert_table(table: &DeTable<'_>, origin: &Arc<Origin>, offset: usize) -> Table {
    let span = |range: Range<usize>| Span { origin: origin.clone(), range: range.start + offset..range.end + offset };
    let entries = table.iter().map(|(key, value)| Entry {
        key: key.get_ref().to_string(),
        span: span(key.span()),
        node: convert(value, origin, offset),
    });
    let mut entries: Vec<Entry> = entries.collect();
    entries.sort_by_key(|entry| entry.span.range.start);
    Table(entries)
}

fn convert(value: &Spanned<DeValue<'_>>, origin: &Arc<Origin>, offset: usize) -> Node {
    let range = value.span();
    let span = Span { origin: origin.clone(), range: range.start + offset..range.end + offset };
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => Value::Whole(i64::from_str_radix(number.as_str(), number.radix()).ok()),
        DeValue::Float(_) => Value::Float,
        DeValue::Boolean(yes) => Value::Boolean(*yes),
        DeValue::Datetime(time) => Value::Time(*time),
        DeValue::Array(items) => Value::List(items.iter().map(|item| convert(item, origin, offset)).collect()),
        DeValue::Table(table) => Value::Table(convert_table(table, origin, offset)),
    };
    Node { value, span, typed: None }
}

/// The name of an override in problems.
pub(in crate::config) fn override_name(key: &str) -> String {
    format!("--set {key}=…")
}

/// Puts what the command line says over the tree. A value is a number, true or false, a list or a quoted text if it reads
/// as one in TOML, else the text as it was typed.
pub(in crate::config) fn set(table: &mut Table, key: &str, value: &str, sink: &ProblemSink) {
    let text = format!("{key}={value}");
    let origin = Origin::new(override_name(key), text);
    let span = |range: Range<usize>| Span { origin: origin.clone(), range };
    let mut path = Vec::new();
    let mut at = 0;
    for part in key.split('.') {
        let plain = !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if !plain {
            sink.push(
                Problem::error(format!("`{key}` is not a key of the config file"))
                    .at(span(0..key.len()).place())
                    .hint("a key is written with dots, such as `mail.from` or `store.url`"),
            );
            return;
        }
        path.push((part, span(at..at + part.len())));
        at += part.len() + 1;
    }
    let whole = span(key.len() + 1..key.len() + 1 + value.len());
    let mut node = match DeValue::parse(value) {
        Ok(parsed) if !matches!(parsed.get_ref(), DeValue::Datetime(_) | DeValue::Table(_)) => {
            convert(&parsed, &origin, key.len() + 1)
        }
        _ => Node { value: Value::Text(value.to_owned()), span: whole.clone(), typed: None },
    };
    node.span = whole;
    node.typed = Some(value.to_owned());
    // The caret of a wrong key shows the key as it was typed.
    if let Some(last) = path.last_mut() {
        last.1.range.start = 0;
    }
    table.put(&path, node);
}
