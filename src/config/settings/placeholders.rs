//! Values that still stand in `greenbrief.toml` as it is shipped, or as the documentation writes them: with them mails would
//! name nobody, and no answer would reach anybody. Whether that matters is asked when mails leave the machine.

use crate::{
    base::problem::{Problem, Problems},
    config::reading::toml_tree::{Node, Table, Value},
};

/// The sections that tell readers and servers who we are.
const SECTIONS: [&str; 3] = ["mail", "imprint", "operators"];
/// Domains that are reserved for examples (RFC 2606 §3).
const DOMAINS: [&str; 3] = ["example.org", "example.com", "example.net"];
/// Further words of the shipped files.
const WORDS: [&str; 3] = ["Example Street", "Example Office", "YOUR-ID"];

/// One error for each value that is a placeholder.
pub(in crate::config) fn find(table: &Table) -> Problems {
    let mut problems = Problems::new();
    for section in SECTIONS {
        if let Some(entry) = table.get(section) {
            look_at(&entry.node, section, &mut problems);
        }
    }
    problems
}

fn look_at(node: &Node, key: &str, problems: &mut Problems) {
    match &node.value {
        Value::Text(text) if is_placeholder(text) => problems.push(
            Problem::error(format!("`{key}` is still an example"))
                .at(node.span.place())
                .hint("put your own here: mails leave the machine with transport = \"smtp\""),
        ),
        Value::List(items) => items.iter().for_each(|item| look_at(item, key, problems)),
        Value::Table(table) => {
            table.0.iter().for_each(|entry| look_at(&entry.node, &format!("{key}.{}", entry.key), problems));
        }
        _ => {}
    }
}

fn is_placeholder(text: &str) -> bool {
    let in_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let lower = text.to_ascii_lowercase();
    let names = lower.split(|c: char| !in_name(c) && c != '.').map(|name| name.trim_end_matches('.'));
    let is_example = |name: &str| {
        // The whole top-level domain is reserved, too (RFC 2606 §2).
        name.ends_with(".example")
            || DOMAINS.iter().any(|domain| {
                name.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
            })
    };
    WORDS.iter().any(|word| text.contains(word)) || names.into_iter().any(is_example)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shipped_to_be_replaced_is_told_from_what_only_looks_like_it() {
        for text in [
            "Green Economy Brief <brief@example.org>",
            "brief@mail.example.com",
            "https://example.org/privacy",
            "Example Street 1, 10115 Berlin, Germany",
            "smtp.example.net.",
            "brief@office.example",
            "https://hc.ping.dev/YOUR-ID",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in [
            "brief@myexample.org",
            "brief@example.org.cn",
            "https://greenbrief.dev/example",
            "example",
            "Beispielstraße 1",
            "brief@counter-example.com",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
