//! The mail of an edition as text and HTML in one language. The message around it (headers, attachment) is built in
//! `delivery::mail`.

use unicode_width::UnicodeWidthStr;

use super::{
    Block, Inline, KeyFigure,
    markdown::Part,
    markers::{IMPRINT, KEY_FIGURES, SINCE},
    numbering,
};
use crate::base::language::Language;

/// The mail of an edition in one language; the same for every recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailText {
    /// One line.
    pub subject: String,
    /// The `text/plain` part.
    pub text: String,
    /// The `text/html` part.
    pub html: String,
}

/// Maximum width of a line of the text part, in terminal cells.
const WIDTH: usize = 72;

/// What a mail repeats of its brief.
#[derive(Debug, Clone, Copy)]
pub(super) struct Repeated<'a> {
    pub key_figures: &'a [KeyFigure],
    /// What has changed since the last edition; empty if nothing has.
    pub since: &'a [Block],
}

/// Writes the mail. In `parts`, a paragraph that is the marker of the key figures, the changes or the imprint is replaced by
/// them.
pub(super) fn write(
    language: Language,
    subject: &str,
    parts: Vec<Part>,
    repeated: Repeated<'_>,
    imprint: &[Vec<Inline>],
) -> MailText {
    // A mail has no list of sources; figures are cited in the PDF.
    let blocks = numbering::blocks(parts, language, &mut |_| Vec::new()).into_iter().flat_map(|block| match &block {
        Block::Paragraph { text, .. } if plain(text).trim() == SINCE => repeated.since.to_vec(),
        _ => vec![block],
    });
    let (mut text, mut html) = (String::new(), String::new());
    let colon = if language == Language::Zh { "：" } else { ": " };
    for block in blocks.collect::<Vec<_>>().iter() {
        match block {
            Block::Paragraph { text: inlines, .. } if plain(inlines).trim() == KEY_FIGURES => {
                html.push_str("<ul style=\"padding-left:1.2em\">");
                for figure in repeated.key_figures {
                    text.push_str(&wrapped(&format!("{}{colon}{}", figure.label, figure.value), "- ", "  "));
                    html.push_str(&format!(
                        "<li>{}{colon}<strong>{}</strong></li>",
                        escaped(&figure.label),
                        escaped(&figure.value)
                    ));
                }
                html.push_str("</ul>\n");
                text.push('\n');
            }
            Block::Paragraph { text: inlines, .. } if plain(inlines).trim() == IMPRINT => {
                text.push_str("-- \n");
                html.push_str(
                    "<p style=\"color:#525c66;font-size:85%;border-top:1px solid #dde1e6;padding-top:.8em\">",
                );
                for (index, line) in imprint.iter().enumerate() {
                    text.push_str(&format!("{}\n", with_urls(line)));
                    html.push_str(if index > 0 { "<br>" } else { "" });
                    html.push_str(&marked(line));
                }
                html.push_str("</p>\n");
            }
            Block::Paragraph { text: inlines, .. } | Block::Heading { text: inlines, .. } => {
                text.push_str(&wrapped(&with_urls(inlines), "", ""));
                text.push('\n');
                html.push_str(&format!("<p>{}</p>\n", marked(inlines)));
            }
            Block::List { items, .. } => {
                html.push_str("<ul>");
                for item in items {
                    text.push_str(&wrapped(&with_urls(&item.text), "- ", "  "));
                    html.push_str(&format!("<li>{}</li>", marked(&item.text)));
                }
                html.push_str("</ul>\n");
                text.push('\n');
            }
            Block::Tiles(_)
            | Block::Table(_)
            | Block::Chart(_)
            | Block::Timeline(_)
            | Block::Callout { .. }
            | Block::Quote(_) => {}
        }
    }
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n<body style=\"font-family:'IBM Plex Sans','Noto Sans SC',sans-serif;color:#1a1f24;line-height:1.5;max-width:38em\">\n{html}</body>\n</html>\n",
        language.tag(),
        escaped(subject)
    );
    MailText { subject: subject.to_owned(), text: format!("{}\n", text.trim_end()), html }
}

fn plain(text: &[Inline]) -> String {
    text.iter()
        .map(|inline| match inline {
            Inline::Text { text, .. } | Inline::Link { text, .. } | Inline::Reference { text, .. } => text.as_str(),
            Inline::Cite(_) | Inline::Footnote(_) => "",
            Inline::Break => "\n",
        })
        .collect()
}

fn with_urls(text: &[Inline]) -> String {
    text.iter()
        .map(|inline| match inline {
            Inline::Text { text, .. } | Inline::Reference { text, .. } => text.clone(),
            Inline::Link { text, url } if text == url || url.strip_prefix("mailto:") == Some(text) => text.clone(),
            Inline::Link { text, url } => format!("{text} <{url}>"),
            Inline::Cite(_) | Inline::Footnote(_) => String::new(),
            Inline::Break => "\n".to_owned(),
        })
        .collect()
}

fn marked(text: &[Inline]) -> String {
    text.iter()
        .map(|inline| match inline {
            Inline::Text { text, emphasis: super::Emphasis::Strong } => format!("<strong>{}</strong>", escaped(text)),
            Inline::Text { text, .. } | Inline::Reference { text, .. } => escaped(text),
            Inline::Link { text, url } => format!("<a href=\"{}\">{}</a>", escaped(url), escaped(text)),
            Inline::Cite(_) | Inline::Footnote(_) => String::new(),
            Inline::Break => "<br>".to_owned(),
        })
        .collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Breaks a text into lines of at most `WIDTH` cells: at spaces, and between Han characters except before closing
/// punctuation.
fn wrapped(text: &str, first: &str, rest: &str) -> String {
    let mut out = String::new();
    for paragraph in text.split('\n') {
        let (mut line, mut lead) = (first.to_owned(), first);
        let mut word = String::new();
        let mut chars = paragraph.chars().peekable();
        while let Some(c) = chars.next() {
            word.push(c);
            let wide = |c: char| unicode_width::UnicodeWidthChar::width(c) == Some(2);
            let closing = |c: &char| "，。；：、”》）！？".contains(*c);
            let ends = c == ' '
                || ((wide(c) || chars.peek().is_some_and(|next| wide(*next)))
                    && !chars.peek().is_some_and(closing)
                    && !"“《（".contains(c))
                || chars.peek().is_none();
            if ends {
                if line.width() + word.trim_end().width() > WIDTH && line != lead {
                    out.push_str(line.trim_end());
                    out.push('\n');
                    line = rest.to_owned();
                    lead = rest;
                }
                line.push_str(&word);
                word.clear();
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
