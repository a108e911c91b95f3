//! Words of another language than the text's, and abbreviations: what a screen reader is told of them, and their letters.

use greenbrief::{
    base::language::Language,
    document::{
        brief::{Block, Brief, Emphasis, Inline, Style},
        html,
        layout::document::{Item, StructureType},
    },
};

use super::{
    lay_out,
    sample::{sample, words},
};

fn phrase(text: &str, language: Option<&'static str>, means: Option<&str>) -> Inline {
    Inline::Phrase { text: text.into(), emphasis: Emphasis::None, language, means: means.map(str::to_owned) }
}

fn brief(language: Language, text: Vec<Inline>) -> Brief {
    Brief { blocks: vec![Block::Paragraph { style: Style::Body, text }], sources: Vec::new(), ..sample(language) }
}

fn paper() -> Brief {
    let text = vec![
        words("The paper "),
        phrase("经济参考报", Some("zh"), None),
        words(" counts, and so does 统计局; the "),
        phrase("IW", Some("de"), Some("Institut der deutschen Wirtschaft")),
        words(" and "),
        phrase("BYD", Some("en"), Some("Build Your Dreams")),
        words(" do not."),
    ];
    brief(Language::En, text)
}

#[test]
fn a_screen_reader_is_told_the_language_and_the_long_form() {
    let document = lay_out(&paper());
    let spans = document.nodes.iter().filter(|node| node.kind == StructureType::Span);
    let told: Vec<_> = spans.map(|span| (span.language, span.means.as_deref())).collect();
    let wanted = [
        (Some("zh"), None),
        (Some("zh"), None),
        (Some("de"), Some("Institut der deutschen Wirtschaft")),
        // The text's own language is not said again.
        (None, Some("Build Your Dreams")),
    ];
    assert_eq!(told, wanted);
    crate::conforms(&document, "phrases");
}

#[test]
fn foreign_words_have_the_letters_of_their_language() {
    let faces = |brief: &Brief, wanted: &str| -> Vec<usize> {
        let document = lay_out(brief);
        let runs = document.pages.iter().flat_map(|page| &page.items);
        let runs = runs.filter_map(|item| if let Item::Text(run) = item { Some(run) } else { None });
        let is = |glyph: &greenbrief::document::layout::document::Glyph, text: &str| {
            text.get(glyph.start..glyph.end).is_some_and(|part| wanted.contains(part) && !part.is_empty())
        };
        runs.filter(|run| run.glyphs.iter().any(|glyph| is(glyph, &run.text))).map(|run| run.face).collect()
    };
    // Q stands nowhere else in the brief.
    let plain = faces(&brief(Language::Zh, vec![words("大众Q汽车")]), "Q");
    let marked = faces(&brief(Language::Zh, vec![words("大众"), phrase("Q", Some("de"), None), words("汽车")]), "Q");
    let german = faces(&brief(Language::De, vec![words("Q")]), "Q");
    assert_eq!(marked, german);
    assert_ne!(marked, plain);
}

#[test]
fn the_text_on_the_web_says_the_same() {
    let text = html::text(&paper());
    for wanted in [
        "<span lang=\"zh\">经济参考报</span>",
        "<abbr title=\"Institut der deutschen Wirtschaft\" lang=\"de\">IW</abbr>",
        "<abbr title=\"Build Your Dreams\" lang=\"en\">BYD</abbr>",
    ] {
        assert!(text.contains(wanted), "{text}");
    }
}
