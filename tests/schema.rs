//! The schemas of the files that people write: the files beside the config say what the program checks, what is shipped
//! follows them, and typical mistakes do not. That they say what the reader says is in `schema/reader.rs`; what
//! `config show` prints, which is made from the same table, in `schema/shown.rs`.

mod reader;
mod shown;

use std::{fs, path::PathBuf};

use greenbrief::{
    config::{self, Kind},
    document::brief::{blocks_schema, theme_schema},
};
use serde_json::{Map, Value, json};

fn top() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn schemas() -> [(&'static str, Value); 5] {
    [
        ("greenbrief", config::schema(Kind::Settings)),
        ("brief", config::schema(Kind::Brief)),
        ("calendar", config::schema(Kind::Calendar)),
        ("theme", theme_schema()),
        ("blocks", blocks_schema()),
    ]
}

/// With `GREENBRIEF_ACCEPT=1` the files are written.
#[test]
fn the_files_say_what_the_program_checks() {
    for (name, schema) in schemas() {
        let path = top().join(format!("config/schemas/{name}.schema.json"));
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        if std::env::var_os("GREENBRIEF_ACCEPT").is_some() {
            fs::write(&path, &text).unwrap();
        }
        assert!(
            fs::read_to_string(&path).unwrap_or_default() == text,
            "{name} is old: GREENBRIEF_ACCEPT=1 rewrites it"
        );
        assert!(jsonschema::meta::is_valid(&schema), "{name} is no schema");
        assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#", "{name}");
    }
}

/// What of a value does not follow its schema: where, and the word of the schema.
fn wrong(value: &Value, schema: &Value) -> Vec<String> {
    let validator = jsonschema::options().should_validate_formats(true).build(schema).unwrap();
    let words =
        validator.iter_errors(value).map(|error| format!("{}: {}", error.instance_path(), error.kind().keyword()));
    let mut words: Vec<String> = words.collect();
    words.sort();
    words
}

/// As an editor sees TOML: dates are texts.
fn as_json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => json!(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(yes) => json!(yes),
        toml::Value::Datetime(time) => json!(time.to_string()),
        toml::Value::Array(items) => items.iter().map(as_json).collect(),
        toml::Value::Table(table) => {
            Value::Object(table.iter().map(|(key, value)| (key.clone(), as_json(value))).collect::<Map<_, _>>())
        }
    }
}

fn read(text: &str) -> Value {
    as_json(&toml::Value::Table(text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"))))
}

/// The shipped files, each with the name of its schema.
fn all_shipped() -> Vec<(&'static str, PathBuf)> {
    let top = top();
    vec![
        ("greenbrief", top.join("config/greenbrief.toml")),
        ("brief", top.join("config/briefs/green-economy.toml")),
        ("calendar", top.join("config/calendars/CN.toml")),
        ("theme", top.join("templates/green-economy/theme.toml")),
        ("blocks", top.join("templates/green-economy/blocks.toml")),
    ]
}

fn schema(name: &str) -> Value {
    schemas().into_iter().find(|(other, _)| *other == name).unwrap().1
}

/// The names of all keys of a schema, those of its tables included.
fn keys(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(object) => {
            for (word, value) in object {
                if word == "properties"
                    && let Some(properties) = value.as_object()
                {
                    found.extend(properties.keys().cloned());
                    properties.values().for_each(|value| keys(value, found));
                } else {
                    keys(value, found);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

/// A key that is off stands there with its default.
#[test]
fn every_key_stands_in_the_shipped_config() {
    for (name, file) in [("greenbrief", "config/greenbrief.toml"), ("brief", "config/briefs/green-economy.toml")] {
        let text = fs::read_to_string(top().join(file)).unwrap();
        let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
        let mut all = Vec::new();
        keys(&schema(name), &mut all);
        all.retain(|key| !words.contains(&key.as_str()));
        assert!(all.is_empty(), "{file} does not name {all:?}");
    }
}

#[test]
fn what_is_shipped_names_its_schemas_and_follows_them() {
    for (name, path) in all_shipped() {
        let text = fs::read_to_string(&path).unwrap();
        let named = text.lines().next().unwrap().strip_prefix("#:schema ").unwrap_or_else(|| panic!("{path:?}"));
        let file = path.parent().unwrap().join(named);
        assert_eq!(file.canonicalize().unwrap(), top().join(format!("config/schemas/{name}.schema.json")));
        assert_eq!(wrong(&read(&text), &schema(name)), Vec::<String>::new(), "{name}");
        // With every line that is off put on, too.
        let is_key = |line: &str| {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.\"".contains(c);
            line.strip_prefix("# ")
                .and_then(|line| line.split_once(" = "))
                .is_some_and(|(key, _)| key.chars().all(plain))
        };
        let on: Vec<&str> = text.lines().map(|line| if is_key(line) { &line[2..] } else { line }).collect();
        let on = on.join("\n");
        if name == "greenbrief" {
            assert!(on.contains("\nrelays.second.host = ") && on.contains("\ndomains.\"qq.com\".rate = "));
        }
        assert_eq!(wrong(&read(&on), &schema(name)), Vec::<String>::new(), "{name}");
    }
}

/// The mistakes of the file with these lines put in place of others.
fn mistakes(name: &str, changes: &[(&str, &str)]) -> Vec<String> {
    let path = all_shipped().into_iter().find(|(other, _)| *other == name).unwrap().1;
    let mut text = fs::read_to_string(path).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    wrong(&read(&text), &schema(name))
}

#[test]
fn typical_mistakes_in_the_config_are_marked() {
    let settings = |from: &str, to: &str| mistakes("greenbrief", &[(from, to)]);
    assert_eq!(settings("transport =", "trasport ="), ["/mail: additionalProperties"]);
    assert_eq!(settings("\"folder\"", "\"maildir\""), ["/mail/transport: enum"]);
    assert_eq!(settings("transport = \"folder\"", "transport = \"smtp\""), ["/mail: required"]);
    assert_eq!(settings("# port = 465", "port = \"465\""), ["/mail/port: type"]);
    assert_eq!(settings("# port = 465", "port = 70000"), ["/mail/port: maximum"]);
    assert_eq!(settings("# connections = 2", "connections = 0"), ["/mail/connections: minimum"]);
    assert_eq!(settings("# rate = \"600 per minute\"", "rate = \"fast\""), ["/mail/rate: pattern"]);
    assert_eq!(settings("# mails = \"365 days\"", "mails = \"a year\""), ["/retention/mails: pattern"]);
    assert_eq!(settings("# after_edition = true", "after_edition = \"never\""), ["/operators/after_edition: enum"]);
    assert_eq!(settings("# url = \"sqlite:", "url = \"mysql:"), ["/store/url: pattern"]);
    assert_eq!(settings("name = \"greenbrief\"", ""), ["/imprint: required"]);
    assert_eq!(settings("[mail]", "[mail]\npassword = \"x\""), ["/mail: additionalProperties"]);
    assert_eq!(
        settings("# dkim.brief2026.key_file", "dkim.brief2026.file"),
        ["/mail/dkim/brief2026: additionalProperties", "/mail/dkim/brief2026: required"]
    );
    let brief = |from: &str, to: &str| mistakes("brief", &[(from, to)]);
    assert_eq!(brief("\"Europe/Berlin\"", "\"Berlin\""), ["/timezone: enum"]);
    assert_eq!(brief("\"zh\"]", "\"cn\"]"), ["/languages: oneOf"]);
    assert_eq!(brief("\"24h\"", "\"24 hrs\""), ["/give_up_after: pattern"]);
    assert_eq!(brief("[schedules.weekly]", "[schedules.Weekly]"), ["/schedules: propertyNames"]);
    assert_eq!(
        brief("\ncron =", "\ncorn ="),
        ["/schedules/weekly: additionalProperties", "/schedules/weekly: required"]
    );
    assert_eq!(
        brief("# quiet_hours = \"none\"", "quiet_hours = \"at night\""),
        ["/schedules/weekly/quiet_hours: pattern"]
    );
    assert_eq!(brief("# paused = false", "paused = \"no\""), ["/schedules/weekly/paused: type"]);
    let calendar = |from: &str, to: &str| mistakes("calendar", &[(from, to)]);
    assert_eq!(calendar("kind = \"work\"", "kind = \"holiday\""), ["/years/0/days/1/kind: enum"]);
    assert_eq!(
        calendar("date = 2026-01-01", "date = \"1 January\""),
        ["/years/0/days/0/date: format", "/years/0/days/0/date: pattern"]
    );
    assert_eq!(calendar("year = 2026", "year = 26"), ["/years/0/year: minimum"]);
}

fn shipped(name: &str) -> Value {
    read(&fs::read_to_string(top().join("templates/green-economy").join(name)).unwrap())
}

#[test]
fn what_the_program_refuses_the_schemas_refuse() {
    let theme = |section: &str, key: &str, value: Value| {
        let mut theme = shipped("theme.toml");
        theme[section][key] = value;
        wrong(&theme, &theme_schema())
    };
    assert_eq!(theme("colors", "acent", json!("#000000")), ["/colors: additionalProperties"]);
    assert_eq!(theme("sizes", "body", json!(60.0)), ["/sizes/body: maximum"]);
    assert_eq!(theme("page", "columns", json!(3)), ["/page/columns: enum"]);
    assert_eq!(theme("fonts", "text", json!("Arial")), ["/fonts/text: enum"]);
    assert_eq!(theme("colors", "categories", json!(["#000000"])), ["/colors/categories: minItems"]);
    let blocks = |change: fn(&mut Value)| {
        let mut blocks = shipped("blocks.toml");
        change(&mut blocks);
        wrong(&blocks, &blocks_schema())
    };
    assert_eq!(blocks(|blocks| blocks["markets"]["form"] = json!("pie")), ["/markets: oneOf"]);
    assert_eq!(blocks(|blocks| blocks["seed"]["tile"][0]["chnge"] = json!(true)), ["/seed: oneOf"]);
    assert_eq!(blocks(|blocks| blocks["trade"]["kind"] = json!("map")), ["/trade: oneOf"]);
    assert_eq!(blocks(|blocks| blocks["key_figures"] = json!("world")), ["/key_figures: type"]);
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
        if let Some(inside) = schema.get("additionalProperties") {
            silent(&format!("{at}.*"), inside, found);
        }
        for one in schema.pointer("/additionalProperties/oneOf").and_then(Value::as_array).into_iter().flatten() {
            silent(at, one, found);
        }
    }
    let mut found = Vec::new();
    for (name, schema) in schemas() {
        silent(name, &schema, &mut found);
    }
    assert_eq!(found, Vec::<String>::new());
}
