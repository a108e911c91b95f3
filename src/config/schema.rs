//! The JSON Schemas of the config files, made from the table of their keys: by them an editor completes keys, shows what
//! they are for and marks what is wrong. They say what one file can say of itself; that a calendar is there or a mail
//! address is one, only reading tells.

use chrono_tz::TZ_VARIANTS;
use serde_json::{Map, Value, json};

use crate::{
    base::language::Language,
    config::{
        keys::{BRIEF, CALENDAR, DefaultValue, Holds, Key, SETTINGS},
        values::{durations, rates},
    },
};

/// A kind of config file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `greenbrief.toml`
    Settings,
    /// `briefs/ID.toml`
    Brief,
    /// `calendars/ID.toml`
    Calendar,
}

/// The JSON Schema of a kind of file (draft-07, which TOML editors read).
pub fn schema(kind: Kind) -> Value {
    let (title, says, keys) = match kind {
        Kind::Settings => ("greenbrief.toml", "What all briefs share. Paths are relative to the file.", SETTINGS),
        Kind::Brief => ("A brief of greenbrief", "What is made, in which languages, and when.", BRIEF),
        Kind::Calendar => ("A calendar of greenbrief", "Days off, and days on which people work instead.", CALENDAR),
    };
    let mut schema = table(keys);
    put(&mut schema, "$schema", json!("http://json-schema.org/draft-07/schema#"));
    put(&mut schema, "title", json!(title));
    put(&mut schema, "description", json!(says));
    if kind == Kind::Brief {
        put(&mut schema, "definitions", json!({ "zone": { "type": "string", "enum": zones() } }));
    }
    schema
}

fn zones() -> Vec<&'static str> {
    TZ_VARIANTS.iter().map(|zone| zone.name()).collect()
}

fn put(schema: &mut Value, word: &str, says: Value) {
    if let Value::Object(words) = schema {
        words.insert(word.to_owned(), says);
    }
}

fn table(keys: &[Key]) -> Value {
    let properties: Map<String, Value> = keys.iter().map(|key| (key.name.to_owned(), key_schema(key))).collect();
    let needed: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !needed.is_empty() {
        put(&mut schema, "required", json!(needed));
    }
    let has = |name: &str| keys.iter().any(|key| key.name == name);
    if has("transport") {
        let smtp = json!({ "properties": { "transport": { "const": "smtp" } }, "required": ["transport"] });
        put(&mut schema, "if", smtp);
        put(&mut schema, "then", json!({ "required": ["host"] }));
    }
    if has("ping_file") {
        put(&mut schema, "not", json!({ "required": ["ping", "ping_file"] }));
    }
    schema
}

fn key_schema(key: &Key) -> Value {
    let mut schema = key.holds.schema();
    put(&mut schema, "description", json!(key.description));
    match key.default {
        DefaultValue::Nothing | DefaultValue::Derived(_) => {}
        DefaultValue::Text(text) => put(&mut schema, "default", json!(text)),
        DefaultValue::Whole(number) => put(&mut schema, "default", json!(number)),
        DefaultValue::Flag(yes) => put(&mut schema, "default", json!(yes)),
    }
    schema
}

/// A text that is one line and not empty.
fn line() -> Value {
    json!({ "type": "string", "minLength": 1, "pattern": "^[^\\x00-\\x1f\\x7f]*$" })
}

/// Several, or one without brackets.
fn one_or_several(one: Value) -> Value {
    json!({ "oneOf": [one.clone(), { "type": "array", "items": one }] })
}

impl Holds {
    fn schema(&self) -> Value {
        let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
        match self {
            Holds::Text(pattern, most) => {
                let mut schema = pattern.map_or_else(line, text);
                if let Some(most) = most {
                    put(&mut schema, "maxLength", json!(most));
                }
                schema
            }
            Holds::Path => line(),
            Holds::Database => text("^\\s*(sqlite:[^?#]+|postgres(ql)?://.+)$"),
            Holds::Secret => text("^\\s*https?://[!-~]+\\s*$"),
            Holds::Words(words) => json!({ "type": "string", "enum": words }),
            Holds::FlagOr(words) => {
                let all: Vec<Value> =
                    [json!(true), json!(false)].into_iter().chain(words.iter().map(|word| json!(word))).collect();
                json!({ "enum": all })
            }
            Holds::Flag => json!({ "type": "boolean" }),
            Holds::Whole(from, to) => json!({ "type": "integer", "minimum": from, "maximum": to }),
            Holds::Length => text(&durations::pattern()),
            Holds::Rate => text(&rates::pattern()),
            // An editor sees a date of TOML as its text.
            Holds::Date => json!({ "type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
            Holds::Time => text("^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+([Zz]|[+-][0-9]{2}:[0-9]{2})?)?$"),
            Holds::Zone => json!({ "allOf": [{ "$ref": "#/definitions/zone" }] }),
            Holds::Languages => {
                let one = json!({ "type": "string", "enum": Language::ALL.map(Language::code) });
                let several = json!({ "type": "array", "items": one.clone(), "minItems": 1, "uniqueItems": true });
                json!({ "oneOf": [one, several] })
            }
            Holds::Texts | Holds::Paths => one_or_several(line()),
            Holds::Table(keys) => table(keys),
            Holds::Named(pattern, keys) => {
                json!({ "type": "object", "propertyNames": { "pattern": pattern }, "additionalProperties": table(keys) })
            }
            Holds::NamedTexts => json!({ "type": "object", "additionalProperties": line() }),
            Holds::Rows(keys) => json!({ "type": "array", "items": table(keys) }),
        }
    }
}
