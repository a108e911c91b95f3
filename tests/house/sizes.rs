//! A long file says why at its beginning, and a long function in the comment above it: the word “Long” with a reason.

use std::{fs, path::Path};

use super::{files, sources, top};

/// Lines of a file, unit tests included.
const FILE: usize = 500;
/// Lines of a function, from its name to its last brace.
const FUNCTION: usize = 80;

/// The functions of a file with their length and the comment above them. rustfmt puts the last brace below the first
/// letter of the function.
fn functions(text: &str) -> Vec<(String, usize, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let start = line.trim_start();
        let Some((before, name)) = start.split_once("fn ") else { continue };
        let is_head = before.split_whitespace().all(|word| {
            matches!(word, "async" | "const" | "unsafe" | "extern") || word.starts_with("pub") || word.ends_with(')')
        });
        if !is_head || name.starts_with(|c: char| !c.is_ascii_alphabetic()) {
            continue;
        }
        if line.ends_with('}') {
            continue;
        }
        let end = format!("{}}}", &line[..line.len() - start.len()]);
        let Some(length) = lines[at..].iter().position(|line| *line == end) else { continue };
        let above = lines[..at].iter().rev().take_while(|line| line.trim_start().starts_with(['/', '#', ']']));
        let name = name.split(['(', '<']).next().unwrap_or_default().to_owned();
        found.push((name, length + 1, above.copied().collect::<Vec<_>>().join("\n")));
    }
    found
}

fn named(path: &Path) -> String {
    path.strip_prefix(top()).unwrap().display().to_string()
}

#[test]
fn the_lines_of_functions_are_counted() {
    let text = "/// Long.\n#[test]\nfn a() {\n    fn b() {\n    }\n    let f = |x| {\n        x\n    };\n}\n\nimpl X {\n    pub(super) async fn c(\n        x: u8,\n    ) -> u8 {\n        x\n    }\n}\n";
    let found = functions(text);
    let short: Vec<_> =
        found.iter().map(|(name, length, above)| (name.as_str(), *length, above.contains("Long"))).collect();
    assert_eq!(short, [("a", 7, true), ("b", 2, false), ("c", 5, false)]);
}

#[test]
fn a_long_file_says_why() {
    let mut found = Vec::new();
    for folder in ["src", "tests", "benches", "examples", "fuzz"] {
        files(&top().join(folder), "rs", &mut found);
    }
    let mut wrong = Vec::new();
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        let head: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
        if text.lines().count() > FILE && !head.concat().contains("Long") {
            wrong.push((named(&path), text.lines().count()));
        }
    }
    assert!(wrong.is_empty(), "no reason at their beginning (“Long, since …”): {wrong:#?}");
}

#[test]
fn a_long_function_says_why() {
    let mut wrong = Vec::new();
    for (_, path, text) in sources() {
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        if path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs") {
            continue;
        }
        for (name, length, above) in functions(text) {
            if length > FUNCTION && !above.contains("Long") {
                wrong.push((format!("{}: {name}", named(&path)), length));
            }
        }
    }
    assert!(wrong.is_empty(), "no reason in the comment above them (“Long, since …”): {wrong:#?}");
}
