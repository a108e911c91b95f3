//! The mail of an edition: what it shows is the same as text and as HTML, it loads nothing, and it can be read in the light, in
//! the dark, and where a mail program turns its colours round.

use chrono::NaiveDate;
use greenbrief::{
    base::language::Language,
    delivery::mail::message::{self, Attachment, Content},
    document::brief::{Filled, Frame, MailFacts, MailText, PdfComes, Template},
    edition::draw_chart,
    figures::{SeriesId, Status},
};
use mail_parser::{MessageParser, MimeHeaders};
use roxmltree::{Document, Node};

use super::with;
use crate::{frame, snapshot, template};

/// A frame whose mail says all that it can.
fn whole_frame() -> Frame {
    let url = "https://briefs.example.org/green-economy".to_owned();
    let day = NaiveDate::from_ymd_opt(2026, 12, 7).unwrap();
    let next = Language::ALL.map(|language| (language, day)).into();
    let mail = MailFacts { next, languages: Language::ALL.to_vec(), pdf: PdfComes::Both };
    Frame { edition: Some(12), editions_url: Some(url), mail, ..frame() }
}

fn mail(language: Language) -> MailText {
    template().fill(&snapshot(), language, &whole_frame()).unwrap().mail
}

/// The body as XML, whose own empty elements are closed.
fn body(html: &str) -> String {
    let (_, body) = html.split_once("</head>\n").unwrap();
    let (body, _) = body.split_once("</html>").unwrap();
    let body = match body.split_once("<img ") {
        Some((before, rest)) => format!("{before}<img {}", rest.replacen('>', "/>", 1)),
        None => body.to_owned(),
    };
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
        // Its one picture is a part of the mail.
        assert_eq!((html.matches("<img ").count(), html.matches("<img src=\"cid:chart\" ").count()), (1, 1));
        for forbidden in ["<script", "<link", "url(", "@import", "<iframe", "<form"] {
            assert!(!html.contains(forbidden), "{language}: {forbidden}");
        }
        let style = html.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        assert!(html.len() < 60_000 && style.len() < 8192, "{} {}", html.len(), style.len());
        assert!(html.starts_with("<!DOCTYPE html>") && html.contains(&format!("<html lang=\"{}\">", language.tag())));
        assert_eq!(html.matches("<h1").count(), 1);
        let inbox = html.split_once("overflow:hidden\">").unwrap().1.split_once("&#8203;").unwrap().0;
        assert!(numbers(inbox).len() > 1 && inbox.chars().count() <= 141, "{inbox}");
        // Its page, its PDF and its other languages.
        for file in ["en", "de", "zh", &format!("{language}.pdf")] {
            assert!(html.contains(&format!("href=\"https://briefs.example.org/green-economy/12/{file}\"")), "{html}");
        }
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

#[test]
fn the_text_part_has_all_that_the_html_has_in_lines_of_at_most_76_cells() {
    let said = [
        (Language::En, "The next edition is due on Monday, 7 December 2026.", "This edition as PDF <"),
        (
            Language::De,
            "Die nächste Ausgabe erscheint voraussichtlich am Montag, 7. Dezember",
            "Diese Ausgabe als PDF <",
        ),
        (Language::Zh, "下一期预计于2026年12月7日星期一发布。", "本期PDF <"),
    ];
    for (language, next, pdf) in said {
        let mail = mail(language);
        let flat = mail.text.replace('\n', " ");
        assert!(flat.contains(next), "{flat}");
        assert!(mail.html.contains(next), "{next}");
        assert!(flat.contains(pdf), "{flat}");
        let chart = mail.chart.as_ref().unwrap();
        let shown = shown(&mail.html).concat();
        for text in [&chart.title, &chart.subtitle] {
            assert!(flat.contains(&**text) || language == Language::Zh, "{text}: {flat}");
            assert!(shown.contains(&**text), "{text}");
        }
        for point in chart.series.iter().flat_map(|series| &series.points).flatten() {
            assert!(flat.contains(&point.told) && shown.contains(&point.told), "{}", point.told);
        }
        let without = |line: &&str| !line.contains("https://");
        let widest = mail.text.lines().filter(without).map(unicode_width::UnicodeWidthStr::width).max().unwrap();
        assert!(widest <= 76, "{widest}");
    }
    // A first edition without schedule or pages says nothing of either.
    let bare = template().fill(&snapshot(), Language::En, &frame()).unwrap().mail;
    assert!(!bare.text.contains("next edition") && !bare.html.contains("class=\"button\""));
}

#[test]
fn the_chart_is_the_first_of_the_brief_or_the_one_that_is_named() {
    let chart = |edits: &[(&str, &str, &str)]| {
        let template = Template::from_files("templates/green-economy", with(edits)).map_err(|it| it.to_string())?;
        template
            .fill(&snapshot(), Language::En, &frame())
            .map(|filled| filled.mail.chart.map(|chart| chart.anchor))
            .map_err(|problems| problems.to_string())
    };
    let named = |name: &str| format!("mail_chart = \"{name}\"\nkey_figures");
    assert_eq!(chart(&[]).unwrap().as_deref(), Some("markets"));
    assert_eq!(chart(&[("blocks.toml", "key_figures", &named("trade"))]).unwrap().as_deref(), Some("trade"));
    assert_eq!(chart(&[("mail.en.md", "{{ chart }}", "")]).unwrap(), None);
    let wrong = chart(&[("blocks.toml", "key_figures", &named("trad"))]).unwrap_err();
    assert!(wrong.contains("blocks.toml has no chart `trad`") && wrong.contains("did you mean `trade`?"), "{wrong}");
    let table = chart(&[("blocks.toml", "key_figures", &named("deliveries"))]).unwrap_err();
    assert!(table.contains("blocks.toml has no chart `deliveries`"), "{table}");
    let beside = chart(&[("mail.en.md", "{{ chart }}", "See {{ chart }}")]).unwrap_err();
    assert!(beside.contains("`{{ chart }}` cannot stand in a line with other words"), "{beside}");
    let in_brief = chart(&[("en.md", "## Risks", "{{ chart }}\n\n{{ next }}\n\n## Risks")]).unwrap_err();
    assert!(in_brief.contains("`{{ chart }}` cannot stand in a brief"), "{in_brief}");
    assert!(in_brief.contains("`{{ next }}` cannot stand in a brief"), "{in_brief}");
}

#[test]
fn a_line_of_reference_stands_in_the_table_and_in_the_text() {
    let filled = |name: &str| {
        let files = with(&[
            ("blocks.toml", "key_figures", "mail_chart = \"trade\"\nkey_figures"),
            (
                "blocks.toml",
                "from = \"2018\"",
                "from = \"2018\"\nreference = { series = \"de_us_trade\", period = \"2024\" }",
            ),
            ("en.md", "names.de_cn_imports", &format!("reference = \"{name}\"\nnames.de_cn_imports")),
        ]);
        let template = Template::from_files("templates/green-economy", files).unwrap();
        let told = template.check(&snapshot(), &frame(), &[Language::En]).to_string();
        (template.fill(&snapshot(), Language::En, &frame()).unwrap(), told)
    };
    let (Filled { mail, brief, .. }, told) = filled("United States, {p}");
    let chart = mail.chart.as_ref().unwrap();
    let label = &chart.options.reference.as_ref().unwrap().label;
    let (name, value) = label.split_once(": ").unwrap();
    assert!(label.starts_with("United States, 2024: 25"), "{label}");
    let line = mail.text.lines().find(|line| line.starts_with(name)).unwrap();
    assert!(line.ends_with(value) || line.contains(&format!("  {value}")), "{line}");
    assert!(mail.html.contains(&format!(">{name}</th>")) && mail.html.contains(&format!(">{value}</td>")));
    assert!(!told.contains("this line is called"), "{told}");
    assert!(brief.blocks.len() > 10);
    // A name that says another year than that of its value.
    let (_, told) = filled("United States, [[2023]]");
    assert!(
        told.contains("warning: this line is called “United States, 2023”, and its value is for 2024\n  --> templates/green-economy/en.md:")
            && told.contains("= hint: write {p} where the name says when, or period = \"2023\" in blocks.toml"),
        "{told}"
    );
}

#[test]
fn the_text_does_not_say_how_a_provisional_value_looks() {
    let mut snapshot = snapshot();
    let sales = SeriesId::new("cn_nev_sales").unwrap();
    for observation in snapshot.data.observations.get_mut(&sales).unwrap() {
        observation.status = Status::Provisional;
    }
    let files = with(&[("blocks.toml", "key_figures", "mail_chart = \"nev\"\nkey_figures")]);
    let template = Template::from_files("templates/green-economy", files).unwrap();
    for (language, looks, said) in [
        (Language::En, " (lighter)", "provisional"),
        (Language::De, " (heller)", "vorläufig"),
        (Language::Zh, "（浅色）", "为初步数据"),
    ] {
        let mail = template.fill(&snapshot, language, &frame()).unwrap().mail;
        assert!(mail.html.contains(looks), "the picture shows it: {}", mail.html);
        assert!(!mail.text.contains(looks) && mail.text.contains(said), "{}", mail.text);
    }
}

#[test]
fn a_reference_in_a_mail_is_told_what_to_do() {
    let files = with(&[("mail.en.md", "Dear reader,", "Dear reader, see {{ ref(\"nev\") }}.")]);
    let template = Template::from_files("templates/green-economy", files).unwrap();
    let told = template.check(&snapshot(), &frame(), &[Language::En]).to_string();
    assert!(
        told.contains(
            "error: no chart or table `nev` stands in this text\n --> templates/green-economy/mail.en.md:4:21\n"
        ) && told.contains(
            "= hint: a mail has no figures and tables to refer to: say it in words, and leave `ref` to the brief"
        ),
        "{told}"
    );
}

#[test]
fn the_picture_is_a_part_of_its_own_beside_the_html() {
    for language in Language::ALL {
        let Filled { brief, mut mail, .. } = template().fill(&snapshot(), language, &whole_frame()).unwrap();
        let mut without = mail.clone();
        without.show_chart(None);
        assert!(!without.html.contains("<img") && without.html.contains("<th scope=\"row\""));
        draw_chart(&mut mail, &brief, &template().theme);
        assert!(mail.chart.is_none() && mail.html.contains("<img src=\"data:image/png;base64,iVBORw0KGgo"));
        let pdf = Attachment { name: "b.pdf", ascii_name: "b.pdf", mime: "application/pdf", bytes: b"%PDF" };
        let content = Content {
            from: "Brief <brief@example.org>",
            subject: &mail.subject,
            text: &mail.text,
            html: &mail.html,
            attachments: &[pdf],
            language: language.tag(),
            ..Content::default()
        };
        let encoded = message::encode(&content).unwrap();
        let bytes = [encoded.head(&recipient()).unwrap(), encoded.plain_body().into_owned()].concat();
        let message = MessageParser::default().parse(&bytes).unwrap();
        // mixed (alternative (text, related (HTML, picture)), file)
        let kinds: Vec<String> = message
            .parts
            .iter()
            .map(|part| {
                part.content_type().map_or_else(String::new, |kind| {
                    format!("{}/{}", kind.c_type, kind.c_subtype.as_deref().unwrap_or_default())
                })
            })
            .collect();
        let nested =
            ["multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"];
        assert_eq!(kinds[..6], nested, "{kinds:?}");
        let html = message.body_html(0).unwrap();
        let picture = &message.parts[5];
        let id = picture.content_id().unwrap();
        assert!(html.contains(&format!("<img src=\"cid:{id}\"")) && !html.contains("data:"), "{id}");
        assert!(id.ends_with("@example.org"), "{id}");
        let png = picture.contents();
        assert!(png.starts_with(b"\x89PNG") && png.len() < 40_000, "{}", png.len());
        // 960 pixels from left to right, for 480 of a page.
        assert_eq!(png[16..20], 960_u32.to_be_bytes());
    }
}

fn recipient() -> message::Recipient<'static> {
    message::Recipient {
        to: "anna@example.net",
        message_id: "<1@example.org>",
        date: crate::moment(),
        leave_url: None,
        unsubscribe: None,
        tokens: None,
    }
}
