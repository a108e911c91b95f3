//! An edition's figures as a Frictionless Data Package (specs.frictionlessdata.io): a table for each language,
//! `datapackage.json` and a README. The tables are those that the PDFs carry.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::{
    base::{ids::EditionName, language::Language},
    store::sha256,
};

/// The table of one language.
#[derive(Debug)]
pub(super) struct Table {
    /// Its language.
    pub language: Language,
    /// The name of its file.
    pub name: String,
    /// Its bytes: CSV.
    pub bytes: Vec<u8>,
}

/// A column: its name, its type, and what it holds.
const FIELDS: [(&str, &str, &str); 20] = [
    ("series", "string", "The id of what is measured"),
    ("period", "string", "2024, 2024-H1, 2026-Q3, 2024-06, 2024-06-30, 2024/25 (a season) or 2024-01/2024-04"),
    ("value", "number", "The value, with the decimals that were published, in the unit of its row"),
    ("unit", "string", "The id of the unit: eur_bn is in billions of euros"),
    ("vintage", "string", "The day or month on which this value was published; empty if it is not known"),
    ("publisher", "string", "Who measured it; several sources are separated by |, the best first"),
    ("carrier", "string", "Who reported it, if it is another"),
    ("published_on", "string", "The day or month of the source"),
    ("url", "string", "The address of the source"),
    ("quality", "string", "report: it can be looked up; copy: it was seen in a copy"),
    ("status", "string", "final, provisional, or restated: it replaces the value of an earlier vintage"),
    ("title", "string", "What is measured, in the language of the table"),
    ("geography", "string", "Where"),
    ("standing", "string", "current, or superseded: a later vintage of the same period was known"),
    ("used_in", "string", "Where the brief prints it"),
    ("sources", "string", "The numbers of its sources in the brief's list"),
    ("licence", "string", "The licence of the values; empty if it is not known"),
    ("dimension", "string", "What else than its geography it is a part of: powertrain=battery"),
    ("predecessor", "string", "The series that it goes on after a break; values of both are not comparable"),
    ("place", "string", "The name of the place, in the language of the table"),
];

/// The words that a column may hold.
fn words(field: &str) -> Option<Value> {
    match field {
        "standing" => Some(json!(["current", "superseded"])),
        "status" => Some(json!(["final", "provisional", "restated"])),
        _ => None,
    }
}

/// The field of a column, known or not: tables of older editions have other columns.
fn field(name: &str) -> Value {
    let known = FIELDS.iter().find(|(known, ..)| *known == name);
    let (_, kind, description) = known.copied().unwrap_or(("", "string", ""));
    let mut field = json!({ "name": name, "type": kind });
    if let Some(object) = field.as_object_mut() {
        if !description.is_empty() {
            object.insert("description".to_owned(), description.into());
        }
        if let Some(words) = words(name) {
            object.insert("constraints".to_owned(), json!({ "enum": words }));
        }
    }
    field
}

/// What `datapackage.json` says.
pub(super) fn descriptor(edition: &EditionName, slot: DateTime<Utc>, title: &str, tables: &[Table]) -> Value {
    let resources: Vec<Value> = tables.iter().map(resource).collect();
    json!({
        "profile": "tabular-data-package",
        "name": edition.to_string().replace('/', "-"),
        "title": title,
        "description": "The figures that the edition prints, each with its sources. Who published a value has its rights: \
                        the column licence says what is known of them.",
        "created": slot.format("%FT%TZ").to_string(),
        "resources": resources,
    })
}

fn resource(table: &Table) -> Value {
    let head = table.bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let head = String::from_utf8_lossy(head);
    let fields: Vec<Value> = head.trim().split(',').map(field).collect();
    json!({
        "profile": "tabular-data-resource",
        "name": format!("figures-{}", table.language),
        "path": table.name,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": table.bytes.len(),
        "hash": format!("sha256:{}", sha256(&table.bytes)),
        "dialect": { "delimiter": ",", "lineTerminator": "\n", "quoteChar": "\"", "doubleQuote": true, "header": true },
        "schema": { "fields": fields, "missingValues": [""] },
    })
}

/// The README beside it.
pub(super) fn readme(edition: &EditionName, title: &str, tables: &[Table]) -> String {
    let mut text = format!(
        "# {title}\n\nThe figures that edition {edition} prints: one row a value, with its sources. `datapackage.json` \
         describes the tables as a [Data Package](https://specs.frictionlessdata.io/data-package/). They are those that the \
         PDFs carry; only titles and places are in the language of the table.\n\n| file | language |\n|---|---|\n"
    );
    for table in tables {
        text += &format!("| `{}` | {} |\n", table.name, table.language);
    }
    text += "\n| column | what it holds |\n|---|---|\n";
    for (name, _, description) in FIELDS {
        text += &format!("| {name} | {} |\n", description.replace('|', "\\|"));
    }
    text
}
