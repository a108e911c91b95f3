//! Mistakes in a template: all of them at once, each once, at its place, with a hint; whatever the text is, no panic.

mod bounds;
mod key_messages;
mod laid_out;
mod mail;
mod moves;
mod own_paragraphs;
mod periods;
mod phrases;
mod places;
mod since;
mod told;

use std::collections::BTreeMap;

use greenbrief::{
    base::{language::Language, problem::Problems},
    document::{
        brief::{Block, Brief, CalloutKind, Emphasis, Inline, Style, Template, Theme},
        layout,
    },
};
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
        ("en.md", r#"{{ latest("ahk_invest_more") }}"#, r#"{{ fig("vw_bve_us", "2024") }}"#),
        ("en.md", r#"{{ fig("ahk_n", survey)|full }}"#, r#"{{ fig("vw_bev_cn", "1999") }}"#),
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
        ("blocks.toml", "form = \"lines\"", "form = \"line\""),
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

/// A brief with these words and nothing else; the shipped blocks.
fn written(language: Language, body: &str) -> Result<Brief, Problems> {
    let mut files = template().files;
    let text = format!("+++\nheadline = \"Headline\"\nsubject = \"Subject\"\n+++\n{body}");
    files.insert(format!("{language}.md"), text.into_bytes());
    let template = Template::from_files("t", files)?;
    let problems = template.check(&snapshot(), &frame(), &[language]);
    problems.into_result(())?;
    template.fill(&snapshot(), language, &frame()).map(|filled| filled.brief)
}

/// What is told of these words.
fn told(body: &str) -> String {
    written(Language::En, body).unwrap_err().to_string()
}

fn word(text: &str) -> Inline {
    Inline::Text { text: text.to_owned(), emphasis: Emphasis::None }
}

fn paragraph(text: Vec<Inline>) -> Block {
    Block::Paragraph { style: Style::Body, text }
}

#[test]
fn footnotes_are_numbered_by_their_first_mark() {
    let brief = written(
        Language::En,
        "One[^b], other[^a] and again[^b].\n\n[^a]: The *first* note.\n[^b]: See {{ fig(\"vw_bev_cn\", \"2024\") }}.\n\n- item[^c]\n\n[^c]: Last.\n",
    )
    .unwrap();
    let Block::Paragraph { text, .. } = &brief.blocks[0] else { panic!("{:?}", brief.blocks) };
    let marks: Vec<&Inline> = text.iter().filter(|i| matches!(i, Inline::Footnote(_))).collect();
    assert_eq!(marks, [&Inline::Footnote(1), &Inline::Footnote(2), &Inline::Footnote(1)]);
    assert_eq!(brief.footnotes.len(), 3);
    assert_eq!(brief.footnotes[0], [word("See 207,400."), Inline::Cite(vec![1, 2])]);
    assert_eq!(brief.footnotes[2], [word("Last.")]);
    assert_eq!(brief.sources.len(), 2);
}

#[test]
fn a_figure_in_a_link_has_its_source() {
    let body = "Some [took {{ fig(\"vw_bev_cn\", \"2025\") }}](https://example.org). More.\n";
    let brief = written(Language::En, body).unwrap();
    let Block::Paragraph { text, .. } = &brief.blocks[0] else { panic!("{:?}", brief.blocks) };
    assert!(matches!(&text[1], Inline::Link { text, .. } if text == "took 115,500"), "{text:?}");
    assert!(matches!(&text[3], Inline::Cite(numbers) if !numbers.is_empty()), "{text:?}");
    assert_eq!((&text[2], &text[4]), (&word("."), &word(" More.")));
}

#[test]
fn call_outs_quotations_and_notes_are_kept_apart() {
    let body = "Start.\n\n> [!TIP]\n> Do it.\n>\n> - one\n> - other\n\n> [!important]\n> Mind it.\n\n> [!warning]\n> Careful.\n\n> [!note]\n> Small.\n\n> Somebody said so.\n>\n> — Who it was\n";
    let words = [
        (Language::En, ["Tip", "Important", "Warning"]),
        (Language::De, ["Tipp", "Wichtig", "Warnung"]),
        (Language::Zh, ["提示", "重要", "注意"]),
    ];
    for (language, titles) in words {
        let brief = written(language, body).unwrap();
        let [_, tip, important, warning, note, quote] = &brief.blocks[..] else { panic!("{:?}", brief.blocks) };
        for (block, (wanted, name)) in [tip, important, warning]
            .iter()
            .zip([CalloutKind::Tip, CalloutKind::Important, CalloutKind::Warning].iter().zip(titles))
        {
            let Block::Callout { kind, title, .. } = block else { panic!("{block:?}") };
            assert_eq!((kind, title.as_str()), (wanted, name));
        }
        let Block::Callout { blocks, .. } = tip else { panic!() };
        assert!(matches!(&blocks[..], [Block::Paragraph { .. }, Block::List { items, .. }] if items.len() == 2));
        assert_eq!(note, &Block::Paragraph { style: Style::Note, text: vec![word("Small.")] });
        let who = Block::Paragraph { style: Style::Attribution, text: vec![word("— Who it was")] };
        assert_eq!(quote, &Block::Quote(vec![paragraph(vec![word("Somebody said so.")]), who]));
    }
}

#[test]
fn a_cross_reference_says_the_number_wherever_the_figure_stands() {
    let body = "See {{ ref(\"nev\") }} and {{ ref(\"deliveries\") }}.\n\n```chart markets\ntitle = \"T {{ ref(\"nev\") }}\"\n```\n\n```chart nev\ntitle = \"N\"\n```\n\n```table deliveries\ncaption = \"D\"\n```\n";
    let names = [
        (Language::En, "Figure 2", "Table 1"),
        (Language::De, "Abbildung 2", "Tabelle 1"),
        (Language::Zh, "图2", "表1"),
    ];
    // A TOML text in single quotes, since the reference holds double ones.
    let body = body.replace("\"T {{", "'T {{").replace("}}\"", "}}'");
    for (language, figure, table) in names {
        let brief = written(language, &body).unwrap();
        let reference = |text: &str, to: &str| Inline::Reference { text: text.to_owned(), to: to.to_owned() };
        let Block::Paragraph { text, .. } = &brief.blocks[0] else { panic!() };
        assert_eq!(text[1], reference(figure, "nev"));
        assert_eq!(text[3], reference(table, "deliveries"));
        let Block::Chart(chart) = &brief.blocks[1] else { panic!() };
        assert_eq!(chart.title, format!("T {figure}"));
        let Block::Chart(chart) = &brief.blocks[2] else { panic!() };
        assert_eq!((&*chart.number, &*chart.anchor), (figure, "nev"));
    }
}

#[test]
fn lists_hold_paragraphs_and_lists() {
    let brief = written(Language::En, "- one\n\n  more of one\n  - deeper\n    1. deepest\n- other\n").unwrap();
    let Block::List { ordered: false, items } = &brief.blocks[0] else { panic!() };
    assert_eq!(items[0].text, [word("one")]);
    assert_eq!(items[0].children[0], paragraph(vec![word("more of one")]));
    let Block::List { items: deeper, .. } = &items[0].children[1] else { panic!() };
    assert!(matches!(&deeper[0].children[..], [Block::List { ordered: true, .. }]));
    assert_eq!(items[1].text, [word("other")]);
}

#[test]
fn what_markdown_cannot_say_here_is_told_at_its_place() {
    let told = told(
        "# First\n\n#### Fourth\n\n{% if true %}\nSome `code` and ![picture](a.png), <b>bold</b>, [here](#there).\n{% endif %}\n\n---\n\n    indented\n\n<div>x</div>\n\n| a | b |\n|---|---|\n| c | d |\n\n> [!caution]\n> No.\n\n> [!tipp]\n> Yes.\n\n- item\n\n  > [!tip]\n  > no\n\n  > quoted\n\n  ### Heading\n\n  ```chart nev\n  ```\n",
    );
    insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("markdown-problems", told);
    });
}

#[test]
fn broken_footnotes_and_references_are_told_at_their_place() {
    let told = told(
        "{{ ref(\"delivries\") }} {{ ref(\"seed\") }}: one[^a], other[^lost], more\\[^meant].\n\n## Heading[^h]\n\n[^a]: First.\n[^a]: Second.\n\n[^b]: Marked nowhere.\n\n[^h]: One.\n\n    More.\n\n```table deliveries\ncaption = \"D\"\n```\n",
    );
    insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("footnote-problems", told);
    });
}

#[test]
fn each_of_two_fences_has_its_own_place() {
    let told = told(
        "```chart nev\ntitle = \"One\"\nnmae = \"x\"\n```\n\n{% if false %}\n```chart nev\n```\n{% endif %}\n```chart nev\nsubtitle = \"Other\"\nnames.cn_nev_sale = \"x\"\nnames.cn_nev_sales = true\n```\n\n```chart nev\ntitle = \"One\"\nsubtitle = \"{{ latest(\"cn_nev_sales\").period }}\" x\n```\n",
    );
    insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("fence-problems", told);
    });
}

#[test]
fn characters_that_show_nothing_are_reported() {
    let told = told(
        "a\u{0}b \u{202e}c&#x2066;d {{ \"\\u0007\" }} \u{e000}\n\n```chart nev\ntitle = \"x\\u202ey\"\n```\n\n```chart trade\ntitle = \"\\ud800\"\n```\n",
    );
    insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("character-problems", told);
    });
}

#[test]
fn a_character_lost_in_a_wrong_encoding_is_told_in_every_file() {
    let mut files = with(&[
        ("en.md", "## Risks\n", "## Risks of \u{fffd}l\n\nMore &#xfffd;l.\n"),
        ("mail.en.md", "The key figures", "The k\u{fffd}y figures"),
        ("blocks.toml", "key_figures", "# f\u{fffd}r alle\nkey_figures"),
    ]);
    for name in ["de.md", "mail.zh.md"] {
        let text = std::str::from_utf8(&files[name]).unwrap();
        let subject = text.lines().find(|line| line.starts_with("subject = ")).unwrap();
        let text = text.replace(subject, "subject = \"\\ufffd\"");
        files.insert(name.to_owned(), text.into_bytes());
    }
    let lost = "error: the character U+FFFD cannot stand in a text: it stands for one that was lost when the text was \
                read in a wrong encoding\n";
    let hint = "= hint: write the lost character again, or save the original file as UTF-8";
    let text = problems(files).to_string();
    let line = |name: &str, words: &str| {
        let files = template().files;
        let text = std::str::from_utf8(&files[name]).unwrap();
        text.lines().position(|line| line.contains(words)).unwrap() + 1
    };
    let wanted = [
        ("en.md", line("en.md", "## Risks"), 13, "^"),
        ("en.md", line("en.md", "## Risks") + 2, 1, "^^^^^^^^^^^^^^^"),
        ("de.md", line("de.md", "subject = "), 1, "^^^^^^^"),
        ("mail.zh.md", line("mail.zh.md", "subject = "), 1, "^^^^^^^"),
        ("mail.en.md", line("mail.en.md", "The key figures"), 6, "^"),
        ("blocks.toml", line("blocks.toml", "key_figures"), 4, "^"),
    ];
    for (name, line, column, caret) in wanted {
        let place = format!(" --> templates/green-economy/{name}:{line}:{column}\n");
        let told = text.split("\n\n").find(|told| told.starts_with(lost) && told.contains(&place));
        let told = told.unwrap_or_else(|| panic!("{place}\n{text}"));
        assert!(told.ends_with(hint) && told.contains(&format!(" {caret}\n")), "{told}");
    }
    assert_eq!(text.matches("error: ").count(), wanted.len(), "{text}");
}

#[test]
fn a_character_lost_in_a_wrong_encoding_is_told_in_the_theme() {
    let alt = |text: &str| {
        let logo = format!("[logo]\nfile = \"logo.svg\"\nalt = {{ en = \"{text}\", de = \"b\", zh = \"c\" }}\n");
        let picture = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><path d=\"M0 0H9V9\"/></svg>";
        let mut files = template().files;
        files.insert("theme.toml".into(), logo.into_bytes());
        files.insert("logo.svg".into(), picture.into());
        problems(files).to_string()
    };
    // Any other character is left to the author, as in a comment.
    for fine in ["a", "a\u{202e}b", "a\\u202eb"] {
        assert_eq!(alt(fine), "");
    }
    for (text, place, caret) in [("a\u{fffd}", "3:16", "^"), ("a\\ufffd", "3:14", "^^^^^^^^^")] {
        let told = alt(text);
        let wanted = format!(
            "error: the character U+FFFD cannot stand in a text: it stands for one that was lost when the text was read \
             in a wrong encoding\n --> templates/green-economy/theme.toml:{place}\n"
        );
        assert!(told.starts_with(&wanted) && told.contains(&format!(" {caret}\n")), "{told}");
        assert_eq!(told.matches("error: ").count(), 1, "{told}");
    }
}

#[test]
fn a_mail_holds_less() {
    let files = with(&[(
        "mail.en.md",
        "The key figures",
        "> quoted\n\n> [!tip]\n> tip\n\n```chart nev\n```\n\n- a\n  - b\n\nText[^a], {{ ref(\"nev\") }}.\n\n[^a]: note\n\nThe key figures",
    )]);
    let told = problems(files).to_string();
    let whats: Vec<&str> = told.lines().filter(|line| line.starts_with("error")).collect();
    assert_eq!(
        whats,
        [
            "error: a quotation cannot stand in a mail",
            "error: a call-out cannot stand in a mail",
            "error: a fenced block cannot stand in a mail",
            "error: a list in a list cannot stand in a mail",
            "error: a footnote cannot stand in a mail",
            "error: no chart or table `nev` stands in this text",
            "error: a footnote cannot stand in a mail",
        ]
    );
}

#[test]
fn lists_and_quotations_of_a_thousand_levels_are_a_problem() {
    let steps: String = (0..1000).map(|depth| format!("{}- x\n", "  ".repeat(depth))).collect();
    assert!(
        told(&steps).starts_with("error: this list is nested deeper than 8 levels\n  --> t/en.md:13:17\n"),
        "{}",
        told(&steps)
    );
    assert!(told(&format!("{}x\n", "- ".repeat(1000))).starts_with("error: this list is nested deeper than 8 levels"));
    let quoted = told(&format!("{}x\n", "> ".repeat(1000)));
    assert!(quoted.starts_with("error: a quotation cannot stand in a quotation\n --> t/en.md:5:3\n"), "{quoted}");
    let eight: String = (0..8).map(|depth| format!("{}- x\n", "  ".repeat(depth))).collect();
    assert!(written(Language::En, &eight).is_ok());
    // Emphasis and links do not nest blocks; they must not exhaust the stack either.
    let _ = written(Language::En, &format!("{}x{}\n", "*".repeat(5000), "*".repeat(5000)));
    let _ = written(Language::En, &format!("{}x{}\n", "[".repeat(5000), "](https://a.b)".repeat(5000)));
}

#[test]
fn expressions_that_would_not_end_are_reported() {
    let too_much = "error: the expressions of this text do too much\n --> t/en.md:5:";
    let hint = "= hint: a loop goes around too often, or a text grows too long: write it out";
    let double = "{% set a = a ~ a %}".repeat(30);
    for body in [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}x\n",
        "{% for a in range(99999) %}{% for b in range(99999) %}words\n{% endfor %}{% endfor %}\n",
        &format!("{{% set a = 'xxxxxxxx' %}}{double}{{{{ a }}}}\n"),
    ] {
        let text = told(body);
        assert!(text.starts_with(too_much) && text.contains(hint), "{text}");
    }
    assert!(written(Language::En, "{% for a in range(1000) %}words {% endfor %}\n").is_ok());
}

#[test]
fn a_text_of_nothing_but_openings_is_read_at_once() {
    // Each was looked for to the end of the text.
    assert!(written(Language::En, &format!("{}x\n", "[[ ".repeat(20_000))).is_ok());
    for open in ["{{ ", "{% ", "{# "] {
        let text = told(&format!("{}x\n", open.repeat(20_000)));
        let first = text.lines().next().unwrap();
        let long = "error: this expression has more than 400 words and signs";
        assert!(first.starts_with("error: this expression cannot be read: ") || first == long, "{first}");
    }
    // Jinja counts columns in 16 bits.
    let text = told(&format!("{}x\n", "{{ ".repeat(50_000)));
    assert!(text.starts_with("error: this line has more than 65000 characters\n"), "{}", text.lines().next().unwrap());
    assert!(text.len() < 1_000 && text.contains("break it into several"), "{} bytes", text.len());
}

#[test]
fn a_brief_of_more_than_five_hundred_pages_is_reported() {
    for (columns, paragraphs) in [(1, 5_000), (2, 10_000)] {
        let brief = written(Language::En, &"Words.\n\n".repeat(paragraphs)).unwrap();
        // Few lines a page.
        let theme = Theme { body_size: 16.0, margin_bottom: 500.0, columns, ..template().theme };
        let text = layout::lay_out(&brief, &theme).unwrap_err().to_string();
        assert_eq!(
            text, "error: this brief has more than 500 pages\n   = hint: make it shorter, or several briefs of it",
            "{columns}"
        );
    }
}

#[test]
fn words_that_no_line_holds_are_broken() {
    for word in
        ["x".repeat(10_000), "Donaudampf".repeat(1_000), "中".repeat(10_000), format!("e{}", "\u{301}".repeat(10_000))]
    {
        let brief = written(Language::En, &format!("{word}\n")).unwrap();
        let document = layout::lay_out(&brief, &template().theme).unwrap();
        assert!((1..20).contains(&document.pages.len()), "{}", document.pages.len());
    }
    for word in ["שלום مرحبا", "😀 👩‍👩‍👧 🇩🇪"] {
        let brief = written(Language::En, &format!("{word}\n")).unwrap();
        let text = layout::lay_out(&brief, &template().theme).unwrap_err().to_string();
        assert!(text.starts_with("error: no shipped font has the characters "), "{text}");
    }
}

#[test]
fn line_ends_of_windows_mean_the_same() {
    let body = "One.\n\n```chart nev\ntitle = \"N\"\n```\n";
    let mut files = template().files;
    for text in files.values_mut() {
        *text = String::from_utf8(text.clone()).unwrap().replace('\n', "\r\n").into_bytes();
    }
    assert!(problems(files).is_empty());
    assert!(written(Language::En, &body.replace('\n', "\r\n")).is_ok());
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
