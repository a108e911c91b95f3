//! `docs/templates.md`: each of its examples is built, and the picture beside it is the one that the program makes of it.

use std::{collections::BTreeMap, fs, path::PathBuf};

use greenbrief::{
    brief::Template,
    language::Language,
    layout::{
        self,
        document::{Document, Item, Kind, Node, Page},
    },
    svg,
};

use crate::{frame, snapshot};

/// What stands between `<!-- example: NAME -->` and its picture.
struct Example {
    name: String,
    blocks: String,
    text: String,
    picture: String,
}

/// The contents of a fence of this kind. A fence of Markdown may hold fences: it ends where a line of three backticks
/// follows one.
fn fence(part: &str, kind: &str) -> String {
    let Some((_, rest)) = part.split_once(&format!("```{kind}\n")) else { return String::new() };
    let end = if kind == "markdown" { rest.rfind("```\n\n![").unwrap() } else { rest.find("```\n").unwrap() };
    rest[..end].to_owned()
}

fn examples() -> Vec<Example> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs");
    let text = fs::read_to_string(folder.join("templates.md")).unwrap();
    let mut found = Vec::new();
    for part in text.split("<!-- example: ").skip(1) {
        let (name, rest) = part.split_once(" -->").unwrap();
        let picture = rest.split_once("](pictures/").unwrap().1.split_once(')').unwrap().0;
        let example = &rest[..rest.find("](pictures/").unwrap()];
        found.push(Example {
            name: name.to_owned(),
            blocks: fence(example, "toml"),
            text: fence(example, "markdown"),
            picture: picture.to_owned(),
        });
    }
    found
}

/// The first page between title band and list of sources, footnotes right under it.
fn excerpt(mut document: Document) -> Document {
    let heading = |level, title: &str| {
        let mut headings = document.outline.iter().rev();
        headings.find(|item| item.level == level && (title.is_empty() || item.title == title)).map(|item| item.node)
    };
    let (first, last) = (heading(1, "").unwrap(), heading(2, "Sources"));
    let is_note = |mut node: usize| loop {
        match &document.nodes[node] {
            Node { kind: Kind::Note, .. } => return true,
            Node { kind: Kind::Document, .. } => return false,
            other => node = other.parent,
        }
    };
    // Groups of what is painted together, with the node that they belong to.
    let mut groups: Vec<(Option<usize>, Vec<Item>)> = Vec::new();
    for item in std::mem::take(&mut document.pages[0].items) {
        match (&item, groups.last_mut()) {
            (Item::Content { node, .. }, _) => groups.push((Some(*node), vec![item])),
            (Item::Artifact { .. }, _) | (_, None) => groups.push((None, vec![item])),
            (_, Some((_, group))) => group.push(item),
        }
    }
    let from = groups.iter().rposition(|(node, _)| *node == Some(first)).unwrap() + 1;
    let to = groups.iter().position(|(node, _)| node.is_some() && *node == last).unwrap_or(groups.len());
    let (mut body, mut notes) = (Vec::new(), Vec::new());
    let mut background = Vec::new();
    for (node, items) in groups.drain(from..to) {
        match node {
            None => background.extend(items),
            Some(node) => {
                let part = if is_note(node) { &mut notes } else { &mut body };
                part.append(&mut background);
                part.extend(items);
            }
        }
    }
    let bottom = body.iter().filter_map(|item| Some(reach(item)?.1)).fold(0.0, f32::max);
    let top = notes.iter().filter_map(|item| Some(reach(item)?.0)).fold(f32::MAX, f32::min);
    for item in &mut notes {
        shift(item, bottom + 16.0 - top);
    }
    body.extend(notes);
    document.pages[0] = Page { items: body, ..Page::default() };
    document.places.clear();
    document
}

/// Where an item begins and ends, from the top.
fn reach(item: &Item) -> Option<(f32, f32)> {
    match item {
        Item::Text(run) => Some((run.y - run.size, run.y)),
        Item::Fill { points, .. } | Item::Stroke { points, .. } => {
            let ys = || points.iter().map(|point| point.1);
            Some((ys().fold(f32::MAX, f32::min), ys().fold(0.0, f32::max)))
        }
        _ => None,
    }
}

fn shift(item: &mut Item, by: f32) {
    match item {
        Item::Text(run) => run.y += by,
        Item::Fill { points, .. } | Item::Stroke { points, .. } => points.iter_mut().for_each(|point| point.1 += by),
        _ => {}
    }
}

#[test]
fn every_example_builds_and_its_picture_is_what_comes_of_it() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/pictures");
    let found = examples();
    assert!(found.len() > 10, "{}", found.len());
    for example in &found {
        let front = "+++\nheadline = \"h\"\nsubject = \"s\"\n+++\n";
        let mail = "+++\nsubject = \"s\"\n+++\n\n{{ key_figures }}\n";
        let files = BTreeMap::from([
            ("en.md".to_owned(), format!("{front}{}", example.text).into_bytes()),
            ("mail.en.md".to_owned(), mail.as_bytes().to_vec()),
            ("blocks.toml".to_owned(), example.blocks.clone().into_bytes()),
        ]);
        let template =
            Template::from_files("docs/templates.md", files).unwrap_or_else(|p| panic!("{}: {p}", example.name));
        let problems = template.check(&snapshot(), &frame(), &[Language::En]);
        assert!(problems.is_empty(), "{}: {problems}", example.name);
        let mut brief = template.fill(&snapshot(), Language::En, &frame()).unwrap().brief;
        // Only what the example shows.
        brief.imprint.lines.clear();
        let picture = svg::crop(&excerpt(layout::lay_out(&brief, &template.theme).unwrap()), 0, 8.0);
        let path = folder.join(&example.picture);
        if std::env::var_os("GREENBRIEF_ACCEPT").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &picture).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == picture, "{}: GREENBRIEF_ACCEPT=1 makes the picture anew; look at it", example.name);
    }
}
