//! `check` passes what `build` can make, and nothing else: each brief is laid out in each language.

use std::{collections::BTreeMap, sync::Arc};

use chrono::TimeDelta;
use greenbrief::{
    base::{language::Language, problem::Problems},
    document::brief::{LeaveLinks, PdfComes, Template},
    edition::{self, EditionSpec},
    figures::checks::GateRules,
    figures::{Period, Published, SeriesId, Snapshot},
    time::schedule::IfUnchanged,
};

use super::with;
use crate::{frame, moment, snapshot, template};

fn spec(files: BTreeMap<String, Vec<u8>>) -> EditionSpec {
    EditionSpec {
        brief: "green-economy".to_owned(),
        title: frame().title,
        timezone: chrono_tz::Tz::Europe__Berlin,
        languages: Language::ALL.to_vec(),
        template: Arc::new(Template::from_files("t", files).unwrap()),
        imprint: frame().imprint,
        privacy_url: None,
        leave: LeaveLinks::both("mailto:leave@example.org"),
        editions_url: None,
        pdf: PdfComes::Attached,
        appearances: Vec::new(),
        domain: "example.org".to_owned(),
        give_up_after: TimeDelta::hours(24),
        quiet_hours: None,
        approvals: 0,
        gate: GateRules::default(),
        if_unchanged: IfUnchanged::Send,
        reports: "reports".into(),
        keeps_reports: true,
        config: Arc::default(),
        supersedes: None,
        since: None,
        signing_key: None,
    }
}

/// What the check says, after making sure that building says the same.
fn checked(files: BTreeMap<String, Vec<u8>>, snapshot: &Snapshot) -> String {
    let spec = spec(files);
    let frame = spec.frame(None, moment());
    let found = spec.check(snapshot, &frame);
    let built = edition::typeset(&spec.template, snapshot, &spec.languages, &frame);
    let built = built.map(|versions| versions.len()).map_err(|error| error.downcast::<Problems>().unwrap());
    match built {
        Ok(languages) => assert!(languages == 3 && !found.has_errors(), "{found}"),
        Err(told) => {
            let told: Vec<String> = told.0.iter().map(ToString::to_string).collect();
            let found: Vec<String> = found.0.iter().map(ToString::to_string).collect();
            assert!(told.iter().all(|told| found.contains(told)), "{told:#?}\n{found:#?}");
        }
    }
    found.to_string()
}

/// The line in which these words stand, from 1.
fn line_of(files: &BTreeMap<String, Vec<u8>>, name: &str, words: &str) -> usize {
    let text = std::str::from_utf8(&files[name]).unwrap();
    text.lines().position(|line| line.contains(words)).unwrap() + 1
}

#[test]
fn the_shipped_brief_passes() {
    assert_eq!(checked(template().files, &snapshot()), "");
}

#[test]
fn a_character_without_a_glyph_has_its_place() {
    for (name, before, after, character, column) in [
        ("en.md", "## Risks\n", "## Risks 😀\n", "😀 (U+1F600)", 10),
        ("de.md", "## Risiken\n", "## Risiken שלום\n", "ש (U+05E9)", 12),
        ("zh.md", "## 风险\n", "## 风险龍\n", "龍 (U+9F8D)", 6),
        ("zh.md", "head = \"市场\"", "head = \"市场經\"", "經 (U+7D93)", 11),
        ("zh.md", "head = \"市场\"", "head = \"\\u7d93\"", "經 (U+7D93)", 11),
        ("en.md", "## Risks\n", "## Risks &#x1F600;\n", "😀 (U+1F600)", 13),
    ] {
        let files = with(&[(name, before, after)]);
        let line = line_of(&files, name, after.trim_end());
        let text = checked(files, &snapshot());
        let told =
            [format!("no shipped font has the character {character}\n"), format!("--> t/{name}:{line}:{column}\n")];
        assert!(told.iter().all(|told| text.contains(told)), "{told:?}\n{text}");
    }
}

#[test]
fn each_of_several_characters_has_its_place() {
    let files = with(&[("en.md", "## Risks\n", "## Risks 😀\n\nא\n"), ("de.md", "## Risiken\n", "## Risiken 😀\n")]);
    let (en, de) = (line_of(&files, "en.md", "## Risks 😀"), line_of(&files, "de.md", "## Risiken 😀"));
    let text = checked(files, &snapshot());
    for place in [format!("t/en.md:{en}:10\n"), format!("t/en.md:{}:1\n", en + 2), format!("t/de.md:{de}:12\n")] {
        assert!(text.contains(&place), "{place}\n{text}");
    }
    assert_eq!(text.matches("error: ").count(), 3, "{text}");
}

#[test]
fn a_character_from_the_figures_says_where_it_comes_from() {
    let mut figures = snapshot();
    let event = figures.data.events.iter_mut().find(|event| event.id == "catl_vw_mou").unwrap();
    event.title.zh.push('龍');
    let text = checked(template().files, &figures);
    assert!(text.starts_with("error: no shipped font has the character 龍 (U+9F8D)\n --> t/zh.md:1:1\n"), "{text}");
    assert!(text.contains("hint: 龍 comes from the title of the event `catl_vw_mou`"), "{text}");
}

#[test]
fn a_table_of_many_columns_has_its_place_in_each_language() {
    for columns in [14, 40] {
        let years: Vec<String> = (0..columns).map(|year| format!("\"{}\"", 1986 + year)).collect();
        let files = with(&[(
            "blocks.toml",
            "columns = [\"2021\", \"2022\", \"2023\", \"2024\", \"2025\"]",
            &format!("columns = [{}]", years.join(", ")),
        )]);
        let text = checked(files, &snapshot());
        // Chinese numbers are the shortest.
        let languages = if columns == 14 { &["en", "de"][..] } else { &["en", "de", "zh"] };
        for language in languages {
            let told = format!("too wide for the page\n  --> t/{language}.md:");
            assert!(text.contains(&told), "{language} {columns}: {text}");
        }
        assert!(text.contains(" | ```table deliveries\n"), "{text}");
    }
}

#[test]
fn a_chart_of_many_positions_has_its_place() {
    let mut figures = snapshot();
    let all = figures.data.observations.get_mut(&SeriesId::new("de_cn_imports").unwrap()).unwrap();
    let first = all.first().unwrap().clone();
    for year in 1960..2026 {
        let mut more = first.clone();
        more.period = Period::Year(year);
        more.vintage = Published::Unknown;
        all.push(more);
    }
    all.sort_by_key(|observation| (observation.period, observation.vintage));
    let text = checked(
        with(&[("blocks.toml", "from = \"2018\"\nto = \"latest\"", "from = \"1960\"\nto = \"latest\"")]),
        &figures,
    );
    for language in ["en", "de", "zh"] {
        let told = format!("this chart has 66 positions; at most 60 can be read\n  --> t/{language}.md:");
        assert!(text.contains(&told), "{told}\n{text}");
    }
}

#[test]
fn a_character_that_shows_nothing_is_told_once() {
    let mute = ['\u{180e}', '\u{17b5}', '\u{2061}', '\u{feff}', '\u{2063}'];
    let works = ["Donau\u{ad}dampf", "a/\u{200b}b", "1\u{2060}%", "電\u{fe00}", "Auf\u{200c}lage"];
    let mut files = template().files;
    let body = mute.map(|c| format!("Wo{c}rd and wo{c}rd again.")).join("\n\n") + "\n\n" + &works.join(" ");
    files.insert("en.md".into(), format!("+++\nheadline = \"H\"\nsubject = \"S\"\n+++\n{body}\n").into_bytes());
    let template = Template::from_files("t", files).unwrap();
    let told = template.check(&snapshot(), &frame(), &[Language::En]).to_string();
    for (nth, c) in mute.iter().enumerate() {
        let code = format!("U+{:04X}", u32::from(*c));
        let place = format!("--> t/en.md:{}:3\n", 5 + 2 * nth);
        let warning = format!("warning: the character {code} shows nothing, and is in no text that is copied\n");
        assert_eq!(told.matches(&warning).count(), 1, "{told}");
        assert!(told.contains(&place), "{place}\n{told}");
    }
    let others = ["U+00AD", "U+200B", "U+2060", "U+FE00", "U+200C"];
    assert!(others.iter().all(|code| !told.contains(&format!("the character {code}"))), "{told}");
}
