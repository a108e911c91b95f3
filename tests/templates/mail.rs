//! The mail of an edition: what it shows is the same as text and as HTML, it loads nothing, and it can be read in the light, in
//! the dark, and where a mail program turns its colours round.

use greenbrief::{
    base::language::Language,
    document::brief::{Frame, MailText},
};
use roxmltree::{Document, Node};

use crate::{frame, snapshot, template};

fn mail(language: Language) -> MailText {
    let url = "https://briefs.example.org/green-economy".to_owned();
    let frame = Frame { edition: Some(12), editions_url: Some(url), ..frame() };
    template().fill(&snapshot(), language, &frame).unwrap().mail
}

/// The body as XML, whose own empty elements are closed.
fn body(html: &str) -> String {
    let (_, body) = html.split_once("</head>\n").unwrap();
    let (body, _) = body.split_once("</html>").unwrap();
    body.replace("<br>", "<br/>").replace("&nbsp;", "\u{a0}")
}

/// What a reader sees of HTML, in pieces.
fn shown(html: &str) -> Vec<String> {
    let body = body(html);
    let document = Document::parse(&body).unwrap();
    let is_hidden = |node: &Node<'_, '_>| node.ancestors().any(|it| style(&it, "display").as_deref() == Some("none"));
    let texts = document.descendants().filter(|node| node.is_text() && !is_hidden(node));
    texts.map(|node| node.text().unwrap().to_owned()).collect()
}

/// A property of the style at an element.
fn style(node: &Node<'_, '_>, name: &str) -> Option<String> {
    let all = node.attribute("style")?.split(';');
    all.filter_map(|one| one.split_once(':')).find(|(key, _)| key.trim() == name).map(|(_, value)| value.to_owned())
}

/// The numbers of a text, with their marks inside.
fn numbers(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_ascii_digit() && !".,\u{202f}\u{a0}".contains(c));
    let parts = parts.map(|part| part.trim_matches(|c: char| !c.is_ascii_digit()));
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The text part without the addresses that stand behind the words of links.
fn without_addresses(text: &str) -> String {
    let mut kept = String::new();
    for (nth, part) in text.split('<').enumerate() {
        kept += if nth == 0 { part } else { part.split_once('>').map_or(part, |(_, rest)| rest) };
    }
    kept
}

#[test]
fn every_number_of_the_html_stands_in_the_text_and_the_other_way_round() {
    for language in Language::ALL {
        let mail = mail(language);
        let html: Vec<String> = shown(&mail.html).iter().flat_map(|text| numbers(text)).collect();
        let text = numbers(&without_addresses(&mail.text));
        assert!(html.len() > 10, "{html:?}");
        // The number of the edition stands in its band, and its date.
        let missing: Vec<&String> = html.iter().filter(|number| !text.contains(number)).collect();
        assert!(missing.iter().all(|number| ["12", "23", "2026", "11"].contains(&number.as_str())), "{missing:?}");
        let missing: Vec<&String> = text.iter().filter(|number| !html.contains(number)).collect();
        assert_eq!(missing, Vec::<&String>::new(), "{language}");
    }
}

#[test]
fn it_loads_nothing_is_small_and_says_something_in_an_inbox() {
    for language in Language::ALL {
        let html = mail(language).html;
        for forbidden in ["<img", "<script", "<link", "url(", "@import", "<iframe", "<form"] {
            assert!(!html.contains(forbidden), "{language}: {forbidden}");
        }
        let style = html.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        assert!(html.len() < 60_000 && style.len() < 8192, "{} {}", html.len(), style.len());
        assert!(html.starts_with("<!DOCTYPE html>") && html.contains(&format!("<html lang=\"{}\">", language.tag())));
        assert_eq!(html.matches("<h1").count(), 1);
        let inbox = html.split_once("overflow:hidden\">").unwrap().1.split_once("&#8203;").unwrap().0;
        assert!(numbers(inbox).len() > 1 && inbox.chars().count() <= 141, "{inbox}");
        assert!(html.contains(&format!("href=\"https://briefs.example.org/green-economy/12/{language}\"")), "{html}");
    }
}

fn luminance([r, g, b]: [f64; 3]) -> f64 {
    let linear = |c: f64| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

/// WCAG 2.2, 1.4.3.
fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn color(hex: &str) -> [f64; 3] {
    [1, 3, 5].map(|at| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0)
}

/// As a mail program makes the dark of a light page: light becomes dark, and a hue stays.
fn turned_round([r, g, b]: [f64; 3]) -> [f64; 3] {
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    [r, g, b].map(|part| part + 1.0 - most - least)
}

/// The value of a property in the rule of the style sheet's dark part whose selectors have this one.
fn in_the_dark(html: &str, selector: &str, name: &str) -> [f64; 3] {
    let dark = html.split_once("prefers-color-scheme: dark) {").unwrap().1;
    let rules = dark.split('}').filter_map(|rule| rule.split_once('{'));
    let mut found = rules.filter(|(selectors, _)| selectors.split(',').any(|one| one.trim() == selector));
    let value = found.find_map(|(_, rule)| {
        rule.split(';').filter_map(|one| one.split_once(':')).find(|(key, _)| key.trim() == name)
    });
    color(value.unwrap_or_else(|| panic!("{selector} {name}")).1.trim())
}

#[test]
fn it_can_be_read_in_the_light_in_the_dark_and_turned_round() {
    for language in Language::ALL {
        let html = mail(language).html;
        let body = body(&html);
        let document = Document::parse(&body).unwrap();
        let mut seen = 0;
        for text in document.descendants().filter(|node| node.is_text() && !node.text().unwrap().trim().is_empty()) {
            let of = |name: &str| text.ancestors().find_map(|it| style(&it, name));
            let (Some(ink), Some(ground)) = (of("color"), of("background")) else { continue };
            let (light, dark) = ([color(&ink), color(&ground)], [&ink, &ground].map(|it| turned_round(color(it))));
            for [ink_is, ground_is] in [light, dark] {
                let ratio = contrast(ink_is, ground_is);
                assert!(ratio >= 4.5, "{ink} on {ground}: {ratio:.2}: {:?}", text.text());
            }
            seen += 1;
        }
        assert!(seen > 20, "{seen}");
        for (ink, ground) in [
            (".ink", ".sheet"),
            (".muted", ".sheet"),
            (".accent", ".sheet"),
            ("a", ".sheet"),
            (".ink", ".tile"),
            (".muted", ".tile"),
            (".accent", ".tile"),
            (".band h1", ".band"),
            ("a.on", ".button"),
        ] {
            let ratio = contrast(in_the_dark(&html, ink, "color"), in_the_dark(&html, ground, "background"));
            assert!(ratio >= 4.5, "{ink} on {ground}: {ratio:.2}");
        }
    }
}
