//! The check of a fenced block: its keys, and that each name and label belongs to something in the block.

use std::{borrow::Cow, collections::BTreeSet, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{text, text_keys};
use crate::{
    base::{
        characters::refusal,
        problem::{Place, Problem, Problems},
    },
    document::brief::characters,
};

/// Every problem of `body`, the TOML of a fenced block. `shared` is the same block in `blocks.toml`; `place` leads from
/// bytes of `body` to their place in the file.
pub(in crate::document::brief) fn check_texts(
    kind: &str,
    body: &str,
    shared: &toml::Table,
    place: &dyn Fn(Range<usize>) -> Place,
) -> Problems {
    let mut problems = Problems::new();
    let (document, _) = DeTable::parse_recoverable(body);
    let known = names_of(shared);
    for (key, value) in document.get_ref() {
        let name = &**key.get_ref();
        match value.get_ref() {
            _ if !text_keys(kind).contains(&name) => {
                let problem = Problem::error(format!("unknown key `{name}` in this {kind}")).at(place(key.span()));
                problems.push(problem.did_you_mean(name, text_keys(kind).iter().copied()));
            }
            DeValue::Table(named) if matches!(name, "names" | "labels") => {
                for (key, value) in named {
                    check_name(name, key, &known, place, &mut problems);
                    check_text(key.get_ref(), value, body, place, &mut problems);
                }
            }
            _ if matches!(name, "names" | "labels") => {
                let what = format!("`{name}` holds one text a key");
                problems.push(Problem::error(what).at(place(value.span())).hint(format!("write {name}.key = \"…\"")));
            }
            _ => check_text(name, value, body, place, &mut problems),
        }
    }
    problems
}

/// What names and labels can name in a block: its rows, tiles, groups and series.
fn names_of(shared: &toml::Table) -> BTreeSet<&str> {
    let lists = shared.values().filter_map(toml::Value::as_array).flatten();
    lists
        .flat_map(|entry| {
            let named = ["key", "series", "group"].into_iter().filter_map(|key| entry.get(key)?.as_str());
            named.chain(entry.as_str())
        })
        .collect()
}

/// Checks that a name or label belongs to something in the block.
fn check_name(
    group: &str,
    key: &Spanned<Cow<'_, str>>,
    known: &BTreeSet<&str>,
    place: &dyn Fn(Range<usize>) -> Place,
    problems: &mut Problems,
) {
    let name = &**key.get_ref();
    if !known.contains(&name) && !problems.is_full() {
        let problem = Problem::error(format!("`{group}.{name}` names nothing of this block")).at(place(key.span()));
        problems.push(problem.did_you_mean(name, known.iter().copied()));
    }
}

fn check_text(
    key: &str,
    value: &Spanned<DeValue<'_>>,
    body: &str,
    place: &dyn Fn(Range<usize>) -> Place,
    problems: &mut Problems,
) {
    let Some(words) = text(value) else {
        let what = format!("`{key}` is a text");
        return problems.push(Problem::error(what).at(place(value.span())).hint("it stands in quotes"));
    };
    let literal = body.get(value.span()).unwrap_or_default();
    problems.extend(characters::check_escapes(words, literal, &place(value.span()), refusal));
}
