//! `docs/templates.md`: each of its examples is built, and the picture beside it is the one that the program makes of it.

use std::{collections::BTreeMap, fs, path::PathBuf};

use greenbrief::{
    base::language::Language,
    document::{
        brief::{ChartForm, Template, theme_schema},
        layout::{
            self,
            document::{Document, Item, Node, Page, StructureType},
        },
        svg,
    },
};

use crate::{frame, snapshot};

/// What stands between `<!-- example: NAME -->` and its picture.
struct Example {
    name: String,
    /// `theme.toml` if its first line says so, else `blocks.toml`.
    toml: String,
    text: String,
    picture: String,
}

/// The first line of an example that is a theme.
const THEME: &str = "# theme.toml\n";

const MAIL: &str = "+++\nsubject = \"s\"\n+++\n\n{{ key_figures }}\n";

/// A template of this text and this mail.
fn files(text: &str, mail: &str) -> BTreeMap<String, Vec<u8>> {
    let front = "+++\nheadline = \"The finding of the brief\"\nsubject = \"s\"\n+++\n";
    BTreeMap::from([
        ("en.md".to_owned(), format!("{front}{text}").into_bytes()),
        ("mail.en.md".to_owned(), mail.as_bytes().to_vec()),
        ("blocks.toml".to_owned(), Vec::new()),
    ])
}

/// The contents of a fence of this kind. A fence of Markdown may hold fences: it ends where a line of three backticks
/// follows one.
fn fence(part: &str, kind: &str) -> String {
    let Some((_, rest)) = part.split_once(&format!("```{kind}\n")) else { return String::new() };
    let end = if kind == "markdown" { rest.rfind("```\n\n![").unwrap() } else { rest.find("```\n").unwrap() };
    rest[..end].to_owned()
}

fn manual() -> String {
    fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/templates.md")).unwrap()
}

fn examples() -> Vec<Example> {
    let text = manual();
    let mut found = Vec::new();
    for part in text.split("<!-- example: ").skip(1) {
        let (name, rest) = part.split_once(" -->").unwrap();
        let picture = rest.split_once("](pictures/").unwrap().1.split_once(')').unwrap().0;
        let example = &rest[..rest.find("](pictures/").unwrap()];
        found.push(Example {
            name: name.to_owned(),
            toml: fence(example, "toml"),
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
            Node { kind: StructureType::Note, .. } => return true,
            Node { kind: StructureType::Document, .. } => return false,
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
    document.destinations.clear();
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
        let mut files = files(&example.text, MAIL);
        let name = if example.toml.starts_with(THEME) { "theme.toml" } else { "blocks.toml" };
        files.insert(name.to_owned(), example.toml.clone().into_bytes());
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

/// The two fences behind a mark: what is written, and what comes of it.
fn written_and_made(mark: &str, kind: &str) -> (String, String) {
    let text = manual();
    let (_, rest) = text.split_once(&format!("<!-- {mark} -->")).unwrap_or_else(|| panic!("no {mark}"));
    let fence = |kind: &str| {
        let (_, from) = rest.split_once(&format!("```{kind}\n")).unwrap();
        from.split_once("```\n").unwrap().0.to_owned()
    };
    (fence(kind), fence("text"))
}

#[test]
fn the_mail_is_what_comes_of_its_text() {
    let (mail, made) = written_and_made("mail", "markdown");
    let seed = "[seed]\nkind = \"tiles\"\n[[seed.tile]]\nkey = \"cn\"\nseries = \"vw_bev_cn\"\nchange = true\n";
    let mut files = files("```tiles seed\nlabels.cn = \"Battery-electric deliveries, China\"\n```\n", &mail);
    files.insert("blocks.toml".to_owned(), format!("key_figures = [\"cn\"]\n{seed}").into_bytes());
    let template = Template::from_files("docs/templates.md", files).unwrap_or_else(|problems| panic!("{problems}"));
    let problems = template.check(&snapshot(), &frame(), &[Language::En]);
    assert!(problems.is_empty(), "{problems}");
    let filled = template.fill(&snapshot(), Language::En, &frame()).unwrap();
    assert_eq!(made, format!("Subject: {}\n\n{}", filled.mail.subject, filled.mail.text));
    assert!(filled.mail.html.contains("<a href=\"mailto:leave@example.org\">unsubscribe here</a>"));
}

#[test]
fn a_colour_that_cannot_be_seen_is_refused_in_these_words() {
    let (theme, made) = written_and_made("refused: contrast", "toml");
    let mut files = files("Words.\n", MAIL);
    files.insert("theme.toml".to_owned(), theme.into_bytes());
    let problems = Template::from_files("my-brief", files).map(|_| ()).unwrap_err();
    assert_eq!(made.trim_end(), problems.to_string().trim_end());
}

/// Every key, as the schema has it: its default, and from where to where it goes.
#[test]
fn every_key_of_the_theme_is_documented() {
    let text = manual();
    let schema = theme_schema();
    let mut keys = 0;
    for (section, words) in schema["properties"].as_object().unwrap() {
        for (key, says) in words["properties"].as_object().unwrap() {
            let start = format!("| `{section}.{key}` | ");
            let row = text.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_else(|| panic!("no {start}"));
            let cells: Vec<&str> = row.split(" | ").collect();
            let default = says.get("default").map(|default| {
                let spaced = default.to_string().replace(",", ", ");
                format!("`{spaced}`")
            });
            assert_eq!(cells[0], default.as_deref().unwrap_or("none"), "{section}.{key}");
            if let (Some(least), Some(most)) = (says.get("minimum"), says.get("maximum")) {
                let (least, most) = (least.as_f64().unwrap(), most.as_f64().unwrap());
                assert_eq!(cells[1], format!("{least} to {most}"), "{section}.{key}");
            }
            keys += 1;
        }
    }
    assert_eq!(text.lines().filter(|line| line.starts_with("| `") && line.matches(" | ").count() == 3).count(), keys);
}

#[test]
fn every_form_of_a_chart_stands_in_the_table() {
    let text = manual();
    for word in ChartForm::WORDS {
        let row = text.lines().find(|line| line.starts_with("| `") && line.contains(&format!("`{word}`")));
        assert!(row.is_some(), "docs/templates.md has no row for `{word}` in its table of forms");
    }
}
