//! Key messages: a list at the beginning of a text, which stands below the headline and in the mail.

use greenbrief::{
    base::language::Language,
    document::{
        brief::{Block, Brief, Inline, Style, Template},
        layout,
    },
};

use super::{word, written};
use crate::{frame, snapshot};

/// The key messages of a text in words, and the style of the paragraph behind them.
fn beginning(body: &str) -> (Vec<String>, Option<Style>) {
    let brief = written(Language::En, body).unwrap();
    let words = |text: &Vec<Inline>| {
        text.iter().map(|it| if let Inline::Text { text, .. } = it { &**text } else { "[]" }).collect::<String>()
    };
    let messages: Vec<String> = brief.key_messages().iter().map(words).collect();
    let lead =
        brief.blocks.iter().find_map(|it| if let Block::Paragraph { style, .. } = it { Some(*style) } else { None });
    (messages, lead)
}

#[test]
fn a_list_at_the_beginning_is_the_key_messages() {
    let text = "- China took {{ fig(\"vw_bev_cn\", \"2025\") }}.\n- Second.\n\nThe lead.\n\nMore.\n";
    assert_eq!(beginning(text), (vec!["China took 115,500.[]".to_owned(), "Second.".to_owned()], Some(Style::Lead)));
    // Too many, numbered, nested or later, they are a list.
    for (list, style) in [
        ("- a\n- b\n- c\n- d\n- e\n- f\n\nText.", Style::Body),
        ("1. a\n2. b\n\nText.", Style::Body),
        ("- a\n  - b\n\nText.", Style::Body),
        ("Text.\n\n- a\n- b\n", Style::Lead),
    ] {
        assert_eq!(beginning(list), (vec![], Some(style)), "{list}");
    }
}

#[test]
fn they_are_read_as_a_list_between_headline_and_lead() {
    let brief: Brief = written(Language::En, "- Es regnet.\n- Es schneit.\n\nVorspann.\n").unwrap();
    assert_eq!(brief.key_messages(), [vec![word("Es regnet.")], vec![word("Es schneit.")]]);
    let document = layout::lay_out(&brief, &Default::default()).unwrap();
    let kinds: Vec<String> = document.nodes.iter().map(|node| format!("{:?}", node.kind)).collect();
    let from = kinds.iter().position(|kind| kind == "H1").unwrap();
    assert_eq!(kinds[from + 1..from + 9], ["L", "LI", "Lbl", "LBody", "LI", "Lbl", "LBody", "P"], "{kinds:?}");
}

fn template(brief: &str, mail: &str) -> Template {
    let brief = format!("+++\nheadline = \"h\"\nsubject = \"s\"\n+++\n{brief}\n");
    let mail = format!("+++\nsubject = \"s\"\n+++\n{mail}\n");
    let files = [("en.md", brief), ("mail.en.md", mail), ("blocks.toml", String::new())];
    let files = files.map(|(name, text)| (name.to_owned(), text.into_bytes()));
    Template::from_files("t", files.into()).unwrap()
}

#[test]
fn a_mail_repeats_them_without_their_sources() {
    let text = "- China took {{ fig(\"vw_bev_cn\", \"2025\") }}.\n- Second.\n\nText.";
    let filled =
        template(text, "{{ key_messages }}\n\n{{ imprint }}").fill(&snapshot(), Language::En, &frame()).unwrap();
    assert!(filled.mail.text.contains("\n- China took 115,500.\n- Second.\n"), "{}", filled.mail.text);
    assert!(filled.mail.html.contains(">China took 115,500.</li>"), "{}", filled.mail.html);
    assert_eq!(filled.mail.preheader, "China took 115,500.");
}

#[test]
fn a_brief_without_them_leaves_nothing_in_its_mail() {
    let template = template("Text.\n\n- a\n- b", "Dear reader,\n\n{{ key_messages }}\n\nAll the best");
    let mail = template.fill(&snapshot(), Language::En, &frame()).unwrap().mail;
    assert!(mail.text.contains("Dear reader,\n\nAll the best") && !mail.html.contains("<ul"), "{}", mail.text);
}
