//! The maps are whole: every file says what lives there, the table of each wing names its rooms, and every path that the
//! docs name exists.

use std::{fs, path::PathBuf};

use super::{EDGES, WINGS, files, top};

/// Docs of people who come to the repository. Those of `docs/` and the map in `src/lib.rs` are read as well.
const DOCS: &[&str] =
    &["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "tests/README.md", "data/README.md", "src/lib.rs"];

/// What a path of the repository begins with.
const FOLDERS: &[&str] = &[
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
    "fuzz/",
    "migrations/",
    "packaging/",
];

/// The `//!` lines of a file.
fn head(path: PathBuf) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines().take_while(|line| line.starts_with("//!")).collect::<Vec<_>>().join("\n")
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
fn the_map_names_every_wing_and_each_wing_its_rooms() {
    let mut missing = Vec::new();
    let map = head(top().join("src/lib.rs"));
    for wing in WINGS.iter().filter(|wing| **wing != "main") {
        if !map.contains(&format!("[`{wing}`]")) {
            missing.push(format!("src/lib.rs: {wing}"));
        }
    }
    for (wing, room) in EDGES.iter().filter_map(|(room, _)| room.split_once("::")) {
        let file = format!("src/{wing}/mod.rs");
        if !head(top().join(&file)).contains(&format!("[`{room}`]")) {
            missing.push(format!("{file}: {room}"));
        }
    }
    assert!(missing.is_empty(), "not in the table of\n{}", missing.join("\n"));
}

#[test]
fn every_path_that_the_docs_name_exists() {
    let mut docs: Vec<PathBuf> = DOCS.iter().map(|doc| top().join(doc)).collect();
    files(&top().join("docs"), "md", &mut docs);
    let mut missing = Vec::new();
    for doc in docs {
        let text = fs::read_to_string(&doc).unwrap_or_else(|error| panic!("{}: {error}", doc.display()));
        for word in text.split('`').skip(1).step_by(2) {
            let plain = !word.contains(['<', '*', ' ', '{', '…']);
            if plain && FOLDERS.iter().any(|start| word.starts_with(start)) && !top().join(word).exists() {
                missing.push(format!("{}: {word}", doc.display()));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}
