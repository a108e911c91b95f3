//! A value as TOML writes it for people, and as JSON has it for programs.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::config::reading::toml_tree::{Node, Value};

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// In quotes.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// True or false.
    Flag(bool),
    /// A date or a time, as it was written.
    Time(String),
    /// In square brackets.
    List(Vec<Literal>),
    /// In braces.
    Table(Vec<(String, Literal)>),
}

impl Literal {
    /// What stands there.
    pub(in crate::config) fn of(node: &Node) -> Literal {
        match &node.value {
            Value::Text(text) => Literal::Text(text.clone()),
            Value::Whole(Some(number)) => Literal::Whole(*number),
            Value::Boolean(yes) => Literal::Flag(*yes),
            Value::Time(time) => Literal::Time(time.to_string()),
            Value::List(nodes) => Literal::List(nodes.iter().map(Literal::of).collect()),
            Value::Table(table) => {
                Literal::Table(table.0.iter().map(|entry| (entry.key.clone(), Literal::of(&entry.node))).collect())
            }
            // No key holds one: it was a text then, on a command line.
            Value::Whole(None) | Value::Float => Literal::Text(node.typed.clone().unwrap_or_default()),
        }
    }
}

/// A key as TOML writes it: in quotes where it must be.
pub(in crate::config) fn key(name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if plain { name.to_owned() } else { quoted(name) }
}

/// A basic string (TOML 1.0).
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

impl fmt::Display for Literal {
    /// One line; a list of tables has a line for each of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Text(text) => f.write_str(&quoted(text)),
            Literal::Whole(number) => write!(f, "{number}"),
            Literal::Flag(yes) => write!(f, "{yes}"),
            Literal::Time(time) => f.write_str(time),
            Literal::List(items) if items.iter().any(|item| matches!(item, Literal::Table(_))) => {
                f.write_str("[\n")?;
                items.iter().try_for_each(|item| writeln!(f, "  {item},"))?;
                f.write_str("]")
            }
            Literal::List(items) => {
                let items: Vec<String> = items.iter().map(Literal::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Literal::Table(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|(name, value)| format!("{} = {value}", key(name))).collect();
                write!(f, "{{ {} }}", entries.join(", "))
            }
        }
    }
}

impl Serialize for Literal {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Literal::Text(text) | Literal::Time(text) => to.serialize_str(text),
            Literal::Whole(number) => to.serialize_i64(*number),
            Literal::Flag(yes) => to.serialize_bool(*yes),
            Literal::List(items) => to.collect_seq(items),
            Literal::Table(entries) => {
                let mut map = to.serialize_map(Some(entries.len()))?;
                entries.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
                map.end()
            }
        }
    }
}
