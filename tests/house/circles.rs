//! No circle of files: which file names which, by its `use` lines and paths, with re-exports followed to the file that
//! defines a name. A `mod.rs` holds what the files of its folder share, and they may name it. Methods that an `impl` in
//! another file adds to a type are not seen.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use super::{code, files, top};

/// Files that need each other, with the reason. None other may.
const ALLOWED: &[(&[&str], &str)] = &[
    (
        &[
            "src/document/layout/chart_values.rs",
            "src/document/layout/compose.rs",
            "src/document/layout/figure.rs",
            "src/document/layout/inline_text.rs",
            "src/document/layout/page_ends.rs",
            "src/document/layout/pull_figure.rs",
            "src/document/layout/table/mod.rs",
            "src/document/layout/table/columns.rs",
            "src/document/layout/table_of_contents.rs",
            "src/document/layout/tiles.rs",
            "src/document/layout/timeline.rs",
        ],
        "a block may hold blocks: compose sets each kind, and each kind has what it holds composed",
    ),
    (
        &["src/document/layout/flow.rs", "src/document/layout/galley.rs", "src/document/layout/footnotes.rs"],
        "a page that is full changes what stands on it: flow breaks, footnotes take room, the galley gives it",
    ),
];

/// The name in use, and its path.
type Uses = Vec<(String, Vec<String>)>;

struct Module {
    file: String,
    uses: Uses,
    /// Paths in the code beside the `use` lines.
    named: Vec<Vec<String>>,
}

/// Every path of a `use` tree: `a::{b, c::d as e}` is `b` → a::b and `e` → a::c::d.
fn leaves(tree: &str, before: &[String], found: &mut Uses) {
    let tree = tree.trim();
    if let Some((path, group)) = tree.split_once('{').filter(|(path, _)| path.is_empty() || path.ends_with("::")) {
        let path: Vec<String> =
            before.iter().cloned().chain(path.split("::").filter(|s| !s.is_empty()).map(str::to_owned)).collect();
        let (mut depth, mut from) = (0, 0);
        let group = group.strip_suffix('}').unwrap_or(group);
        for (at, c) in group.char_indices().chain([(group.len(), ',')]) {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    leaves(&group[from..at], &path, found);
                    from = at + 1;
                }
                _ => {}
            }
        }
    } else if !tree.is_empty() {
        let (path, name) = tree.split_once(" as ").map_or((tree, None), |(path, name)| (path, Some(name)));
        let mut path: Vec<String> = before.iter().cloned().chain(path.split("::").map(str::to_owned)).collect();
        if path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let name = name.map_or_else(|| path.last().cloned().unwrap_or_default(), str::to_owned);
        found.push((name, path));
    }
}

/// The modules of `src/`, by their path.
fn modules() -> BTreeMap<Vec<String>, Module> {
    let mut paths = Vec::new();
    files(&top().join("src"), "rs", &mut paths);
    paths
        .into_iter()
        .filter(|path| !path.ends_with("main.rs") && !path.ends_with("lib.rs"))
        .map(|path| {
            let file = path.strip_prefix(top()).unwrap().to_str().unwrap().to_owned();
            let mut name: Vec<String> = file[4..file.len() - 3].split('/').map(str::to_owned).collect();
            if name.last().is_some_and(|last| last == "mod") {
                name.pop();
            }
            let text = code(&fs::read_to_string(&path).unwrap());
            let (mut uses, mut named) = (Uses::new(), Vec::new());
            for statement in text.split(';') {
                let found = statement.rfind("use ").filter(|at| {
                    let line = statement[..*at].rsplit('\n').next().unwrap_or_default().trim();
                    line.is_empty() || line.starts_with("pub")
                });
                if let Some(at) = found {
                    let tree: Vec<&str> = statement[at + 4..].split_whitespace().collect();
                    leaves(&tree.join(" "), &[], &mut uses);
                }
                // Paths in the code: whatever is joined by `::`.
                let rest = found.map_or(statement, |at| &statement[..at]);
                let words = rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'));
                named.extend(words.filter(|word| word.contains("::")).map(|word| {
                    word.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>()
                }));
            }
            (name, Module { file, uses, named })
        })
        .collect()
}

/// The file that defines what a path means that stands in a module; `None` for what is not of this crate.
fn defined_in<'a>(
    modules: &'a BTreeMap<Vec<String>, Module>,
    from: &[String],
    path: &[String],
    depth: usize,
) -> Option<&'a str> {
    let mut at = from.to_vec();
    let mut path = path;
    match path.first()?.as_str() {
        "crate" => (at, path) = (Vec::new(), &path[1..]),
        "self" => path = &path[1..],
        "super" => {
            while path.first().is_some_and(|part| part == "super") {
                at.pop();
                path = &path[1..];
            }
        }
        first => {
            let child: Vec<String> = at.iter().cloned().chain([first.to_owned()]).collect();
            let used = modules[from].uses.iter().any(|(name, _)| name == first);
            if !modules.contains_key(&child) && !used {
                return None;
            }
        }
    }
    for (index, part) in path.iter().enumerate() {
        let child: Vec<String> = at.iter().cloned().chain([part.clone()]).collect();
        if modules.contains_key(&child) {
            at = child;
            continue;
        }
        // A name that this module only hands on.
        let module = modules.get(&at)?;
        let handed_on = module.uses.iter().find(|(name, _)| name == part).filter(|_| depth < 8);
        return match handed_on {
            Some((_, target)) => {
                let target: Vec<String> = target.iter().chain(&path[index + 1..]).cloned().collect();
                defined_in(modules, &at, &target, depth + 1)
            }
            None => Some(&module.file),
        };
    }
    modules.get(&at).map(|module| module.file.as_str())
}

#[test]
fn no_files_need_each_other() {
    let modules = modules();
    let mut needs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, module) in &modules {
        let of_uses = module.uses.iter().map(|(_, path)| path);
        let found = needs.entry(&module.file).or_default();
        for path in of_uses.chain(&module.named) {
            let own_folders =
                |file: &&str| file.strip_suffix("mod.rs").is_some_and(|folder| module.file.starts_with(folder));
            found.extend(defined_in(&modules, name, path, 0).filter(|file| *file != module.file && !own_folders(file)));
        }
    }
    let reach: BTreeMap<&str, BTreeSet<&str>> = needs
        .keys()
        .map(|start| {
            let (mut seen, mut open) = (BTreeSet::new(), vec![*start]);
            while let Some(file) = open.pop() {
                open.extend(needs[file].iter().filter(|next| seen.insert(**next)));
            }
            (*start, seen)
        })
        .collect();
    let mut wrong = BTreeSet::new();
    for (file, seen) in reach.iter().filter(|(file, seen)| seen.contains(*file)) {
        let circle: Vec<&str> = seen.iter().copied().filter(|other| reach[other].contains(file)).collect();
        if !ALLOWED.iter().any(|(allowed, _)| circle.iter().all(|file| allowed.contains(file))) {
            let ties: Vec<String> = circle
                .iter()
                .map(|file| {
                    let to: Vec<_> = needs[file].iter().filter(|to| circle.contains(to)).copied().collect();
                    format!("\n  {file} → {}", to.join(", "))
                })
                .collect();
            wrong.insert(ties.concat());
        }
    }
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "these files need each other:{}", wrong.join("\nand:"));
}
