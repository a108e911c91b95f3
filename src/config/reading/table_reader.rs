//! A table read key by key: what has the wrong type is reported, and at the end what was never asked for (an unknown key)
//! and what was needed and is not there. Nothing stops at the first mistake.

use std::ops::Range;

use toml::value::Datetime;

use crate::{
    base::{
        backslash,
        characters::lost,
        problem::{Place, Problem},
    },
    config::reading::{
        problem_sink::ProblemSink,
        toml_tree::{Entry, Node, Table, Value},
    },
};

/// A text as it was given.
#[derive(Clone)]
pub(in crate::config) struct TextValue<'a> {
    pub(in crate::config) text: &'a str,
    node: &'a Node,
}

impl TextValue<'_> {
    pub(in crate::config) fn place(&self) -> Place {
        self.node.span.place()
    }

    /// Was it typed on the command line?
    pub(in crate::config) fn is_typed(&self) -> bool {
        self.node.typed.is_some()
    }

    /// An error at the text.
    pub(in crate::config) fn error(&self, what: impl Into<String>) -> Problem {
        Problem::error(what).at(self.place())
    }

    /// An error at a part of the text.
    pub(in crate::config) fn error_inside(&self, range: Range<usize>, what: impl Into<String>) -> Problem {
        Problem::error(what).at(self.node.span.inside(self.text, range))
    }
}

/// Reads one table.
pub(in crate::config) struct TableReader<'a> {
    table: &'a Table,
    /// Dotted, with the last dot; empty for the whole file.
    name: String,
    place: Place,
    sink: &'a ProblemSink,
    asked: Vec<&'static str>,
    missing: Vec<(&'static str, Problem)>,
    forbidden: Vec<&'static str>,
    any_key: bool,
}

impl<'a> TableReader<'a> {
    /// Reads `table`, which stands at `place` and is called `name` (empty for the whole file).
    pub(in crate::config) fn new(table: &'a Table, name: &str, place: Place, sink: &'a ProblemSink) -> TableReader<'a> {
        let name = if name.is_empty() { String::new() } else { format!("{name}.") };
        TableReader {
            table,
            name,
            place,
            sink,
            asked: Vec::new(),
            missing: Vec::new(),
            forbidden: Vec::new(),
            any_key: false,
        }
    }

    /// What the table is called; empty for the whole file.
    pub(in crate::config) fn name(&self) -> &str {
        self.name.trim_end_matches('.')
    }

    /// The entry of a key, of whatever type.
    pub(in crate::config) fn get(&mut self, key: &'static str) -> Option<&'a Entry> {
        self.asked.push(key);
        self.table.get(key)
    }

    /// A key that must not be there and is not offered as one that is known.
    pub(in crate::config) fn forbidden(&mut self, key: &'static str) -> Option<&'a Entry> {
        self.forbidden.push(key);
        self.table.get(key)
    }

    /// A key that has to be there: `example` is a line that shows how it is written.
    pub(in crate::config) fn need(&mut self, key: &'static str, example: &str) {
        if self.table.get(key).is_none() {
            let what = format!("`{}{key}` is missing", self.name);
            self.missing.push((key, Problem::error(what).at(self.place.clone()).hint(format!("write {example}"))));
        }
    }

    fn wrong(&self, key: &str, node: &Node, wanted: &str) {
        let what = format!("`{}{key}` must be {wanted}, not {}", self.name, node.value.kind());
        self.sink.push(Problem::error(what).at(node.span.place()));
    }

    fn as_text(&self, key: &str, node: &'a Node, wanted: &str) -> Option<TextValue<'a>> {
        let text = match (&node.value, &node.typed) {
            (Value::Text(text), _) => text,
            (Value::Whole(_) | Value::Float | Value::Boolean(_), Some(typed)) => typed,
            _ => {
                self.wrong(key, node, wanted);
                return None;
            }
        };
        let given = TextValue { text, node };
        if text.trim().is_empty() {
            self.sink.push(given.error(format!("`{}{key}` is empty", self.name)));
            return None;
        }
        if let Some(bad) = text.chars().find(|c| c.is_control()) {
            let what = match bad {
                '\n' | '\r' => format!("`{}{key}` holds a line break", self.name),
                bad => format!("`{}{key}` holds the control character U+{:04X}", self.name, u32::from(bad)),
            };
            let problem = given.error(what).hint("it is one line of text");
            // `"C:\\temp"` holds a tab.
            let written = node.span.source();
            let is_path = written.starts_with('"') && !written.starts_with("\"\"\"") && written.contains('\\');
            self.sink.push(if is_path { problem.hint(backslash::SINGLE_QUOTES) } else { problem });
            return None;
        }
        // Those that stand in a file as they are were found when the whole file was read.
        let is_new = |c: char| node.typed.is_some() || !node.span.source().contains(c);
        if let Some((at, refusal)) = text.char_indices().find_map(|(at, c)| Some((at, lost(c)?)).filter(|_| is_new(c)))
        {
            let range = at..at + char::REPLACEMENT_CHARACTER.len_utf8();
            self.sink.push(given.error_inside(range, refusal.what()).hint(refusal.hint));
            return None;
        }
        Some(given)
    }

    /// A text: one line, not empty.
    pub(in crate::config) fn text(&mut self, key: &'static str) -> Option<TextValue<'a>> {
        let entry = self.get(key)?;
        self.as_text(key, &entry.node, "text in quotes")
    }

    /// A text that says a length of time.
    pub(in crate::config) fn length(&mut self, key: &'static str) -> Option<TextValue<'a>> {
        let entry = self.get(key)?;
        self.as_text(key, &entry.node, "a length of time in quotes, such as \"12h\" or \"90 days\"")
    }

    /// A text that says so many in a time.
    pub(in crate::config) fn rate(&mut self, key: &'static str) -> Option<TextValue<'a>> {
        let entry = self.get(key)?;
        self.as_text(key, &entry.node, "a rate in quotes, such as \"60 per minute\"")
    }

    /// A text that has to be there.
    pub(in crate::config) fn needed_text(&mut self, key: &'static str, example: &str) -> Option<TextValue<'a>> {
        self.need(key, example);
        self.text(key)
    }

    /// `true` or `false`, and where it stands.
    pub(in crate::config) fn boolean(&mut self, key: &'static str) -> Option<(bool, Place)> {
        let node = &self.get(key)?.node;
        match node.value {
            Value::Boolean(yes) => Some((yes, node.span.place())),
            _ => {
                self.wrong(key, node, "true or false without quotes");
                None
            }
        }
    }

    /// A date, or a date and a time, without quotes; and where it stands.
    pub(in crate::config) fn time(&mut self, key: &'static str) -> Option<(Datetime, Place)> {
        let node = &self.get(key)?.node;
        match node.value {
            Value::Time(time) if time.date.is_some() => Some((time, node.span.place())),
            _ => {
                self.wrong(
                    key,
                    node,
                    "a date or a date with a time, without quotes: 2026-12-01 or 2026-12-01T07:00:00",
                );
                None
            }
        }
    }

    /// One of a few words; `default` if it is not there. None if it is no such word.
    pub(in crate::config) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        default: T,
        words: &[(&str, T)],
    ) -> Option<T> {
        let Some(entry) = self.get(key) else { return Some(default) };
        let known: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        let known = known.join(", ");
        let given = self.as_text(key, &entry.node, &format!("one of {known}"))?;
        let found = words.iter().find(|(word, _)| *word == given.text).map(|(_, value)| *value);
        if found.is_none() {
            let problem = given.error(format!("this is none of {known}"));
            self.sink.push(problem.did_you_mean(given.text, words.iter().map(|(word, _)| *word)));
        }
        found
    }

    /// A whole number from `range`.
    pub(in crate::config) fn whole(&mut self, key: &'static str, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        let node = &self.get(key)?.node;
        match node.value {
            Value::Whole(Some(number)) if range.contains(&number) => Some(number),
            Value::Whole(_) => {
                let what = format!("`{}{key}` must be from {} to {}", self.name, range.start(), range.end());
                self.sink.push(Problem::error(what).at(node.span.place()));
                None
            }
            _ => {
                self.wrong(key, node, "a whole number without quotes");
                None
            }
        }
    }

    /// A date without a time of day, and where it stands.
    pub(in crate::config) fn date(&mut self, key: &'static str) -> Option<(chrono::NaiveDate, Place)> {
        let node = &self.get(key)?.node;
        let date = match node.value {
            Value::Time(time) if time.time.is_none() && time.offset.is_none() => time.date,
            _ => None,
        };
        let date =
            date.and_then(|day| chrono::NaiveDate::from_ymd_opt(day.year.into(), day.month.into(), day.day.into()));
        if date.is_none() {
            self.wrong(key, node, "a date without quotes, such as 2027-01-04");
        }
        Some((date?, node.span.place()))
    }

    /// Several texts, or one without brackets. An empty list is `Some`.
    pub(in crate::config) fn texts(&mut self, key: &'static str) -> Option<Vec<TextValue<'a>>> {
        let node = &self.get(key)?.node;
        match &node.value {
            Value::List(items) => Some(items.iter().filter_map(|item| self.as_text(key, item, "texts")).collect()),
            _ => Some(vec![self.as_text(key, node, "text in quotes, or a list of them")?]),
        }
    }

    /// The place of a key's value.
    pub(in crate::config) fn place_of(&self, key: &str) -> Option<Place> {
        Some(self.table.get(key)?.node.span.place())
    }

    /// A table below this one.
    pub(in crate::config) fn section(&mut self, key: &'static str) -> Option<TableReader<'a>> {
        let entry = self.get(key)?;
        self.below(entry)
    }

    /// The tables of a list, each written as [[key]] or in braces.
    pub(in crate::config) fn rows(&mut self, key: &'static str) -> Vec<TableReader<'a>> {
        let Some(entry) = self.get(key) else { return Vec::new() };
        let name = format!("{}{key}", self.name);
        let Value::List(nodes) = &entry.node.value else {
            self.wrong(key, &entry.node, &format!("a list of tables: [[{name}]]"));
            return Vec::new();
        };
        let read = |node: &'a Node| match &node.value {
            Value::Table(table) => Some(TableReader::new(table, &name, node.span.place(), self.sink)),
            _ => {
                self.wrong(key, node, &format!("a list of tables: [[{name}]]"));
                None
            }
        };
        nodes.iter().filter_map(read).collect()
    }

    /// The texts of this table, whose keys are names that people choose.
    pub(in crate::config) fn named_texts(&mut self) -> Vec<(&'a Entry, TextValue<'a>)> {
        self.any_key = true;
        let read = |entry: &'a Entry| Some((entry, self.as_text(&entry.key, &entry.node, "text in quotes")?));
        self.table.0.iter().filter_map(read).collect()
    }

    /// Where the table stands.
    pub(in crate::config) fn place(&self) -> &Place {
        &self.place
    }

    fn below(&self, entry: &'a Entry) -> Option<TableReader<'a>> {
        let name = format!("{}{}", self.name, entry.key);
        match &entry.node.value {
            Value::Table(table) => Some(TableReader::new(table, &name, entry.span.place(), self.sink)),
            _ => {
                self.wrong(&entry.key, &entry.node, &format!("a table: [{name}]"));
                None
            }
        }
    }

    /// The tables below this one, whose keys are names that people choose.
    pub(in crate::config) fn named(&mut self) -> Vec<(&'a Entry, TableReader<'a>)> {
        self.any_key = true;
        self.table.0.iter().filter_map(|entry| Some((entry, self.below(entry)?))).collect()
    }

    /// Reports what was never asked for, and what is missing. A key that was only misspelt is not missing as well.
    pub(in crate::config) fn finish(self) {
        let TableReader { table, name, sink, asked, mut missing, forbidden, any_key, .. } = self;
        let known = |entry: &Entry| any_key || asked.contains(&&*entry.key) || forbidden.contains(&&*entry.key);
        for entry in table.0.iter().filter(|entry| !known(entry)) {
            let typed = format!("{name}{}", entry.key);
            let kind = if matches!(entry.node.value, Value::Table(_)) { "section" } else { "key" };
            let near = |key: &str| strsim::damerau_levenshtein(&entry.key, key) <= (key.chars().count() / 3).max(1);
            missing.retain(|(key, _)| !near(key));
            let problem = Problem::error(format!("unknown {kind} `{typed}`")).at(entry.span.place());
            // On a command line a key is typed with all its dots.
            let lead = if entry.node.typed.is_some() { &*name } else { "" };
            let offered: Vec<String> = asked.iter().map(|key| format!("{lead}{key}")).collect();
            let near = asked.iter().zip(&offered).find(|(key, _)| near(key)).map(|(_, offer)| offer);
            sink.push(match near {
                Some(_) if lead.is_empty() => problem.did_you_mean(&entry.key, asked.iter().copied()),
                Some(offer) => problem.hint(format!("did you mean `{offer}`?")),
                None => problem.hint(format!("known here: `{}`", offered.join("`, `"))),
            });
        }
        for (_, problem) in missing {
            sink.push(problem);
        }
    }
}
