//! Mistakes in a template: all of them at once, each once, at its place, with a hint; whatever the text is, no panic.

use std::collections::BTreeMap;

use greenbrief::{brief::Template, language::Language, problem::Problems};
use proptest::prelude::*;

use crate::{frame, snapshot, template};

/// The shipped template with words in its files replaced.
fn with(changes: &[(&str, &str, &str)]) -> BTreeMap<String, Vec<u8>> {
    let mut files = template().files;
    for (name, before, after) in changes {
        let text = String::from_utf8(files[*name].clone()).unwrap();
        assert!(text.contains(before), "{name} holds no {before}");
        files.insert((*name).to_owned(), text.replacen(before, after, 1).into_bytes());
    }
    files
}

fn problems(files: BTreeMap<String, Vec<u8>>) -> Problems {
    match Template::from_files("templates/green-economy", files) {
        Ok(template) => template.check(&snapshot(), &frame(), &Language::ALL),
        Err(problems) => problems,
    }
}

#[test]
fn every_mistake_is_told_once_at_its_place() {
    let files = with(&[
        ("en.md", r#"{{ fig("vw_bev_us", "2024") }}"#, r#"{{ fig("vw_bve_us", "2024") }}"#),
        ("en.md", r#"{{ fig("vw_bev_cn", "2024") }}"#, r#"{{ fig("vw_bev_cn", "1999") }}"#),
        (
            "en.md",
            "## Risks\n",
            "## Risks\n\nAbout 500 of [[2024]] and three say {{ 744800 }}, {{ fig(\"vw_bev_cn\" }} and {{ nothing }}.\n",
        ),
        ("en.md", "head = \"Market\"", "hed = \"Market\""),
        ("de.md", "```timeline milestones", "```timeline milestnes"),
        ("zh.md", "headline = ", "headlin = "),
        ("mail.de.md", "subject = ", "subjekt = "),
        ("blocks.toml", "series = \"vw_bev_world\"\nperiod", "series = \"vw_bev_wrld\"\nperiod"),
        ("blocks.toml", "change = true", "chnge = true"),
        ("blocks.toml", "form = \"bars\"", "form = \"bar\""),
        ("blocks.toml", "\"bmw_catl_contract\"", "\"bmw_catl_contrct\""),
        ("blocks.toml", "columns = [\"2021\"", "columns = [2021"),
    ]);
    insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("template-problems", problems(files).to_string());
    });
}

#[test]
fn blocks_that_are_not_toml_and_files_that_are_not_utf8_are_told_together() {
    let mut files = with(&[("blocks.toml", "[seed]", "[seed")]);
    files.insert("en.md".into(), b"+++\nheadline = '\xff'\n+++\n".to_vec());
    let text = problems(files).to_string();
    assert!(text.contains("error: this file is not UTF-8\n --> templates/green-economy/en.md:2:13"), "{text}");
    assert!(text.contains("templates/green-economy/blocks.toml:"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever stands in the files is filled or refused.
    #[test]
    fn no_text_brings_it_down(
        at in 0.0f64..1.0,
        junk in prop_oneof![
            "[\\[\\]{}%\"'`=\n+ a-z0-9\u{e000}-\u{e010}]{0,40}",
            ".{0,40}",
            Just("{% for x in range(3) %}".to_owned()),
            Just("{% endif %}".to_owned()),
            Just("```chart markets\n".to_owned()),
        ],
        name in prop_oneof![Just("en.md"), Just("mail.en.md"), Just("blocks.toml")],
    ) {
        let mut files = template().files;
        let text = String::from_utf8(files[name].clone()).unwrap();
        let cut = text.floor_char_boundary((text.len() as f64 * at) as usize);
        let (before, after) = text.split_at(cut);
        files.insert(name.to_owned(), format!("{before}{junk}{after}").into_bytes());
        if let Ok(template) = Template::from_files("templates/green-economy", files) {
            let _ = template.fill(&snapshot(), Language::En, &frame());
        }
    }
}
