//! The JSON Schema of `blocks.toml`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Field, KEY_FIGURES, KINDS, MAIL_CHART, MOST_COUNTED, Shape};

/// The JSON Schema of `blocks.toml` (draft-07, which TOML editors read).
pub fn schema() -> Value {
    let blocks = KINDS.iter().map(|kind| {
        let mut block = object(kind.fields, kind.description);
        if let Some(slot) = block.pointer_mut("/properties/kind") {
            *slot = json!({ "const": kind.word, "description": kind.description });
        }
        block
    });
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "blocks.toml of a greenbrief template",
        "description": "What all languages of a brief share: which figures each block shows and in what form.",
        "type": "object",
        "properties": {
            "key_figures": Shape::Texts.schema(KEY_FIGURES),
            "mail_chart": Shape::Text.schema(MAIL_CHART),
        },
        "additionalProperties": { "oneOf": blocks.collect::<Vec<_>>() },
    })
}

fn object(fields: &[Field], description: &str) -> Value {
    let keys: BTreeMap<&str, Value> =
        fields.iter().map(|field| (field.name, field.shape.schema(field.description))).collect();
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    json!({
        "type": "object",
        "description": description,
        "properties": keys,
        "required": required,
        "additionalProperties": false,
    })
}

impl Shape {
    fn schema(&self, description: &str) -> Value {
        let text = || json!({ "type": "string" });
        let mut schema = match self {
            Shape::Text | Shape::Period => text(),
            Shape::Flag => json!({ "type": "boolean" }),
            Shape::Words(words) => json!({ "type": "string", "enum": words }),
            Shape::Count => json!({ "type": "integer", "minimum": 1, "maximum": MOST_COUNTED }),
            Shape::Day => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
            Shape::Texts | Shape::Periods => json!({ "type": "array", "items": text() }),
            Shape::Table(fields) => object(fields, description),
            Shape::Names => json!({ "oneOf": [text(), { "type": "array", "items": text(), "minItems": 1 }] }),
            Shape::Rows(fields) => json!({ "type": "array", "items": object(fields, description) }),
            Shape::Year => json!({ "type": "string", "pattern": "^([0-9]{4}|latest)$" }),
            Shape::Spark => json!({ "oneOf": [{ "type": "boolean" }, { "type": "string", "pattern": "^[0-9]{4}$" }] }),
            Shape::Summands => {
                json!({ "oneOf": [{ "type": "boolean", "enum": [true] }, { "type": "array", "items": text() }] })
            }
        };
        if let Value::Object(schema) = &mut schema {
            schema.insert("description".to_owned(), json!(description));
        }
        schema
    }
}
