//! The house plan, kept by a test: which room may import which, which room owns which library, a `//!` on every
//! file, and that every path named in the docs exists.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Room → the rooms it may import. `problem`, `language` and `sheet` are open to all.
const EDGES: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    (
        "cli",
        &[
            "archive",
            "brief",
            "calendar",
            "clock",
            "config",
            "courier",
            "daemon",
            "delivery",
            "edition",
            "figures",
            "layout",
            "mail",
            "operators",
            "pdf",
            "schedule",
            "store",
            "subscribers",
            "svg",
            "timekeeper",
            "watch",
            "web",
        ],
    ),
    (
        "daemon",
        &[
            "brief",
            "timekeeper",
            "courier",
            "config",
            "edition",
            "store",
            "figures",
            "clock",
            "retention",
            "operators",
            "monitor",
            "vitals",
            "watch",
            "web",
        ],
    ),
    ("timekeeper", &["edition", "schedule", "store", "config", "brief", "clock", "operators", "vitals"]),
    ("edition", &["figures", "brief", "layout", "pdf", "delivery", "schedule", "store", "archive"]),
    ("courier", &["mail", "delivery", "dkim", "store", "config", "clock", "operators", "vitals"]),
    ("operators", &["store", "delivery", "config"]),
    ("retention", &["store", "config"]),
    ("config", &["calendar", "schedule", "subscribers", "dkim", "delivery"]),
    ("figures", &[]),
    ("brief", &["figures"]),
    ("layout", &["brief"]),
    ("pdf", &["layout"]),
    ("svg", &["layout"]),
    ("web", &["monitor"]),
    ("monitor", &["vitals", "store", "config", "schedule", "delivery", "clock", "trust"]),
    ("vitals", &["delivery"]),
    ("trust", &[]),
    ("watch", &[]),
    ("schedule", &["calendar"]),
    ("calendar", &[]),
    ("subscribers", &[]),
    ("delivery", &[]),
    ("dkim", &[]),
    ("mail", &["delivery", "dkim", "archive", "trust"]),
    ("store", &["figures", "schedule", "subscribers", "delivery"]),
    ("archive", &[]),
    ("clock", &[]),
    ("problem", &[]),
    ("language", &[]),
    ("sheet", &[]),
];

const OPEN: &[&str] = &["problem", "language", "sheet"];

/// Library → the rooms that may name it.
const OWNERS: &[(&str, &[&str])] = &[
    ("printpdf", &["pdf"]),
    ("lopdf", &["pdf"]),
    ("flate2", &["pdf", "brief"]),
    ("foldhash", &["layout"]),
    ("png", &["brief"]),
    ("base64", &["svg", "dkim"]),
    ("crc32fast", &["svg"]),
    ("svgtypes", &["brief"]),
    ("usvg", &["brief"]),
    ("parley", &["layout"]),
    ("skrifa", &["layout", "svg"]),
    ("hypher", &["layout"]),
    ("axum", &["web"]),
    ("futures_util", &["web"]),
    ("notify", &["watch"]),
    ("subsetter", &["layout", "pdf"]),
    ("sqlx", &["store"]),
    ("lettre", &["mail"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("indicatif", &["cli"]),
    ("toml", &["config", "brief"]),
    ("minijinja", &["brief"]),
    ("pulldown_cmark", &["brief"]),
    ("icu_calendar", &["brief"]),
    ("icu_datetime", &["brief"]),
    ("icu_decimal", &["brief"]),
    ("tokio_cron_scheduler", &["timekeeper"]),
    ("croner", &["schedule", "config"]),
    ("tokio_rustls", &["trust"]),
    ("rustls_native_certs", &["trust"]),
    ("hyper", &["monitor"]),
    ("hyper_util", &["monitor"]),
    ("prometheus_client", &["monitor"]),
    ("sd_notify", &["monitor"]),
    ("rustls_pki_types", &["dkim"]),
    ("icalendar", &["calendar"]),
    ("rrule", &["calendar"]),
    ("idna", &["subscribers"]),
    ("unicode_normalization", &["subscribers"]),
    ("anyhow", &["main", "cli", "daemon", "edition"]),
];

fn top() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(String, PathBuf, String)> {
    let src = top().join("src");
    let mut found = Vec::new();
    files(&src, "rs", &mut found);
    found.sort();
    found
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&src).unwrap().to_string_lossy().into_owned();
            let room = inside.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            (room, path, text)
        })
        .collect()
}

/// The code of a file without comments, and without its unit tests (which stand last, behind `#[cfg(test)]`).
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The names that follow `crate::` (or `greenbrief::` in main), with grouped imports taken apart.
fn imports(code: &str, root: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    let flat: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
    for (at, _) in flat.match_indices(root) {
        let rest = &flat[at + root.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut name = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        rooms.insert(first(&name));
                        name.clear();
                        continue;
                    }
                    _ => {}
                }
                name.push(c);
            }
            rooms.insert(first(&name));
        } else {
            rooms.insert(first(rest));
        }
    }
    rooms.remove("");
    rooms
}

fn first(path: &str) -> String {
    path.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

#[test]
fn a_room_imports_only_what_the_plan_allows() {
    let mut wrong = Vec::new();
    for (room, path, text) in sources() {
        if room == "lib" {
            continue;
        }
        let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{}: the room `{room}` is not in the plan", path.display()));
            continue;
        };
        let root = if room == "main" { "greenbrief::" } else { "crate::" };
        for to in imports(&code(&text), root) {
            if to != room && !OPEN.contains(&&*to) && !allowed.contains(&&*to) {
                wrong.push(format!("{}: {room} → {to} is not an allowed arrow", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_library_is_named_only_by_its_owner() {
    let mut wrong = Vec::new();
    for (room, path, text) in sources() {
        let code = code(&text);
        for (library, owners) in OWNERS {
            let named = code
                .match_indices(&format!("{library}::"))
                .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':'));
            if named && !owners.contains(&&*room) {
                wrong.push(format!("{}: {library} belongs to {owners:?}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_lives_there() {
    let mut found = Vec::new();
    for folder in ["src", "tests", "benches", "examples"] {
        if top().join(folder).is_dir() {
            files(&top().join(folder), "rs", &mut found);
        }
    }
    let silent: Vec<_> = found.iter().filter(|path| !fs::read_to_string(path).unwrap().starts_with("//!")).collect();
    assert!(silent.is_empty(), "without a //! line: {silent:?}");
}

#[test]
fn every_path_that_the_docs_name_exists() {
    let mut docs = vec![top().join("README.md"), top().join("src/lib.rs")];
    if top().join("docs").is_dir() {
        files(&top().join("docs"), "md", &mut docs);
    }
    let mut missing = Vec::new();
    for doc in docs {
        let text = fs::read_to_string(&doc).unwrap();
        for word in text.split('`').skip(1).step_by(2) {
            let known = [
                "src/",
                "config/",
                "templates/",
                "data/",
                "fonts/",
                "scripts/",
                "tests/",
                "benches/",
                "examples/",
                "docs/",
                "migrations/",
                "packaging/",
            ];
            let plain = !word.contains(['<', '*', ' ', '{', '…']);
            if plain && known.iter().any(|start| word.starts_with(start)) && !top().join(word).exists() {
                missing.push(format!("{}: {word}", doc.display()));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}
