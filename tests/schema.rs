//! The schemas of `theme.toml` and `blocks.toml`: the files beside the templates say what the program checks, and the
//! shipped template follows them.

use std::{fs, path::PathBuf};

use greenbrief::brief::{blocks_schema, theme_schema};
use serde_json::{Value, json};

fn templates() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("templates")
}

/// With `GREENBRIEF_ACCEPT=1` the files are written.
#[test]
fn the_files_say_what_the_program_checks() {
    for (name, schema) in [("theme.schema.json", theme_schema()), ("blocks.schema.json", blocks_schema())] {
        let path = templates().join(name);
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        if std::env::var_os("GREENBRIEF_ACCEPT").is_some() {
            fs::write(&path, &text).unwrap();
        }
        assert!(
            fs::read_to_string(&path).unwrap_or_default() == text,
            "{name} is old: GREENBRIEF_ACCEPT=1 rewrites it"
        );
    }
}

/// What of a value does not follow its schema (the words of draft-07 that are used here, but `pattern`).
fn wrong(at: &str, value: &Value, schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut must = |holds: bool, word: &str| {
        if !holds {
            found.push(format!("{at}: {word}"));
        }
    };
    let Value::Object(words) = schema else { panic!("{at}: no schema") };
    for (word, says) in words {
        match word.as_str() {
            "$schema" | "title" | "description" | "default" | "pattern" => {}
            "type" => must(
                match says.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "number" => value.is_number(),
                    "integer" => value.is_i64(),
                    other => panic!("{other}"),
                },
                word,
            ),
            "const" => must(value == says, word),
            "enum" => must(says.as_array().unwrap().contains(value), word),
            "minimum" => must(value.as_f64() >= says.as_f64(), word),
            "maximum" => must(value.as_f64() <= says.as_f64(), word),
            "minItems" => must(value.as_array().map(Vec::len) >= says.as_u64().map(|n| n as usize), word),
            "maxItems" => must(value.as_array().map(Vec::len) <= says.as_u64().map(|n| n as usize), word),
            "required" => {
                must(says.as_array().unwrap().iter().all(|key| value.get(key.as_str().unwrap()).is_some()), word)
            }
            "oneOf" => {
                let fit = says.as_array().unwrap().iter().filter(|one| wrong(at, value, one).is_empty());
                must(fit.count() == 1, word);
            }
            "properties" | "additionalProperties" | "items" => {}
            other => panic!("the word {other} is not checked here"),
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        found.extend(wrong(&format!("{at}[{index}]"), item, &schema["items"]));
    }
    for (key, item) in value.as_object().into_iter().flatten() {
        let at = format!("{at}.{key}");
        match (schema.pointer(&format!("/properties/{key}")), &schema["additionalProperties"]) {
            (Some(schema), _) | (None, schema @ Value::Object(_)) => found.extend(wrong(&at, item, schema)),
            (None, Value::Bool(false)) => found.push(format!("{at}: unknown")),
            // Nothing is said of it here: another word says it.
            (None, _) => {}
        }
    }
    found
}

fn shipped(name: &str) -> Value {
    let text = fs::read_to_string(templates().join("green-economy").join(name)).unwrap();
    let schema = name.replace(".toml", ".schema.json");
    assert!(text.starts_with(&format!("#:schema ../{schema}\n")), "{name} does not name its schema");
    serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap()
}

#[test]
fn the_shipped_template_follows_its_schemas() {
    assert_eq!(wrong("theme", &shipped("theme.toml"), &theme_schema()), Vec::<String>::new());
    assert_eq!(wrong("blocks", &shipped("blocks.toml"), &blocks_schema()), Vec::<String>::new());
}

#[test]
fn what_the_program_refuses_the_schemas_refuse() {
    let theme = |section: &str, key: &str, value: Value| {
        let mut theme = shipped("theme.toml");
        theme[section][key] = value;
        wrong("theme", &theme, &theme_schema())
    };
    assert_eq!(theme("colors", "acent", json!("#000000")), ["theme.colors.acent: unknown"]);
    assert_eq!(theme("sizes", "body", json!(60.0)), ["theme.sizes.body: maximum"]);
    assert_eq!(theme("page", "columns", json!(3)), ["theme.page.columns: enum"]);
    assert_eq!(theme("fonts", "text", json!("Arial")), ["theme.fonts.text: enum"]);
    assert_eq!(theme("colors", "categories", json!(["#000000"])), ["theme.colors.categories: minItems"]);
    let blocks = |change: fn(&mut Value)| {
        let mut blocks = shipped("blocks.toml");
        change(&mut blocks);
        wrong("blocks", &blocks, &blocks_schema())
    };
    assert_eq!(blocks(|blocks| blocks["markets"]["form"] = json!("pie")), ["blocks.markets: oneOf"]);
    assert_eq!(blocks(|blocks| blocks["seed"]["tile"][0]["chnge"] = json!(true)), ["blocks.seed: oneOf"]);
    assert_eq!(blocks(|blocks| blocks["trade"]["kind"] = json!("map")), ["blocks.trade: oneOf"]);
    assert_eq!(blocks(|blocks| blocks["key_figures"] = json!("world")), ["blocks.key_figures: type"]);
}

/// A key without words would be no help where an editor completes it.
#[test]
fn every_key_says_what_it_is_for() {
    fn silent(at: &str, schema: &Value, found: &mut Vec<String>) {
        if let Some(Value::Object(keys)) = schema.get("properties") {
            for (key, schema) in keys {
                let at = format!("{at}.{key}");
                // The languages of a text are.
                let plain = ["en", "de", "zh"].contains(&key.as_str());
                if !plain && schema["description"].as_str().is_none_or(|words| words.len() < 8) {
                    found.push(at.clone());
                }
                silent(&at, schema, found);
                silent(&at, &schema["items"], found);
            }
        }
        for one in schema.pointer("/additionalProperties/oneOf").and_then(Value::as_array).into_iter().flatten() {
            silent(at, one, found);
        }
    }
    let mut found = Vec::new();
    silent("theme", &theme_schema(), &mut found);
    silent("blocks", &blocks_schema(), &mut found);
    assert_eq!(found, Vec::<String>::new());
}
