//! The mail of an edition in one language: what is in it, and how that is written as text; as HTML it is written by
//! `mail_html`. The message around it (headers, attachment) is built in
//! `delivery::mail`.

use unicode_width::UnicodeWidthStr;

use super::{
    Block, Chart, Inline, KeyFigure, Theme,
    mail_html::{CHART_SOURCE, MailHead, MailHtml, plain},
    mail_table::ValueTable,
    markdown::Part,
    markers::{CHART, IMPRINT, KEY_FIGURES, KEY_MESSAGES, NEXT, SINCE},
    numbering, translations,
};
use crate::base::language::Language;

/// The mail of an edition in one language; the same for every recipient.
#[derive(Debug, Clone, PartialEq)]
pub struct MailText {
    /// One line.
    pub subject: String,
    /// What an inbox shows beside the subject.
    pub preheader: String,
    /// The `text/plain` part.
    pub text: String,
    /// The `text/html` part. If it shows a chart, its picture is still to be put there: see [`MailText::show_chart`].
    pub html: String,
    /// The chart that it shows.
    pub chart: Option<Chart>,
}

impl MailText {
    /// Puts the picture of the chart where it belongs: the address from which it is loaded. Without one the mail shows none; its
    /// values stand there all the same.
    pub fn show_chart(&mut self, source: Option<&str>) {
        self.chart = None;
        let before = format!("<img src=\"{CHART_SOURCE}\"");
        let Some(from) = self.html.find(&before) else { return };
        match source {
            Some(source) => self.html = self.html.replacen(&before, &format!("<img src=\"{source}\""), 1),
            None => {
                let length = self.html.get(from..).and_then(|rest| rest.find('>')).map_or(0, |end| end + 1);
                self.html.replace_range(from..from + length, "");
            }
        }
    }
}

/// Maximum width of a line of the text part, in terminal cells (RFC 5322 recommends at most 78).
const WIDTH: usize = 76;

/// What a mail repeats of its brief.
#[derive(Debug, Clone, Copy)]
pub(super) struct Repeated<'a> {
    pub head: MailHead<'a>,
    /// What stands before all else in an edition that supersedes another.
    pub correction: &'a [Vec<Inline>],
    pub key_messages: &'a [Vec<Inline>],
    pub key_figures: &'a [KeyFigure],
    /// What has changed since the last edition; empty if nothing has.
    pub since: &'a [Block],
    /// The chart that the mail shows, if it has a place for one.
    pub chart: Option<&'a Chart>,
    /// When the next edition is due.
    pub next: Option<&'a [Inline]>,
}

/// Writes the mail. In `parts`, a paragraph that is the marker of the key figures, the changes or the imprint is replaced by
/// them.
pub(super) fn write(
    (language, theme): (Language, &Theme),
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
    let (mut text, mut html) = (String::new(), MailHtml::new(language, theme));
    let (mut shown, mut linked) = (None, false);
    for line in repeated.correction {
        text.push_str(&wrapped(&with_urls(line), "", ""));
        text.push('\n');
        html.paragraph(line);
    }
    text.push_str(&wrapped(repeated.head.headline, "", ""));
    text.push('\n');
    for block in blocks.collect::<Vec<_>>().iter() {
        match block {
            Block::Paragraph { text: inlines, .. } if plain(inlines).trim() == KEY_MESSAGES => {
                text.push_str(&listed(repeated.key_messages.iter().map(|it| with_urls(it))));
                html.key_messages(repeated.key_messages);
            }
            Block::Paragraph { text: inlines, .. } if plain(inlines).trim() == KEY_FIGURES => {
                text.push_str(&listed(repeated.key_figures.iter().map(|it| in_one_line(it, language))));
                html.key_figures(repeated.key_figures);
            }
            Block::Paragraph { text: inlines, .. } if plain(inlines).trim() == CHART => {
                if let Some(chart) = repeated.chart {
                    text.push_str(&chart_as_text(chart, language));
                    html.chart(chart);
                    shown = Some(chart.clone());
                }
            }
            Block::Paragraph { text: inlines, .. } if plain(inlines).trim() == NEXT => {
                if let Some(next) = repeated.next {
                    text.push_str(&wrapped(&with_urls(next), "", ""));
                    text.push('\n');
                    html.paragraph(next);
                }
            }
            Block::Paragraph { text: inlines, .. } if plain(inlines).trim() == IMPRINT => {
                text.push_str(&links_as_text(repeated.head));
                linked = true;
                text.push_str("-- \n");
                text.extend(imprint.iter().map(|line| format!("{}\n", with_urls(line))));
                html.imprint(imprint);
            }
            Block::Paragraph { text: inlines, .. } | Block::Heading { text: inlines, .. } => {
                text.push_str(&wrapped(&with_urls(inlines), "", ""));
                text.push('\n');
                html.paragraph(inlines);
            }
            Block::KeyMessages(messages) => {
                text.push_str(&listed(messages.iter().map(|it| with_urls(it))));
                html.key_messages(messages);
            }
            Block::List { items, .. } => {
                text.push_str(&listed(items.iter().map(|it| with_urls(&it.text))));
                html.list(items.iter().map(|item| &item.text[..]));
            }
            Block::Tiles(_)
            | Block::Table(_)
            | Block::Chart(_)
            | Block::Timeline(_)
            | Block::Callout { .. }
            | Block::Quote(_) => {}
        }
    }
    if !linked {
        text.push_str(&links_as_text(repeated.head));
    }
    let preheader = html.preheader().to_owned();
    let html = html.finish(subject, repeated.head);
    MailText { subject: subject.to_owned(), preheader, text: format!("{}\n", text.trim_end()), html, chart: shown }
}

/// A list, and an empty line below it; nothing if it has no items.
fn listed(items: impl Iterator<Item = String>) -> String {
    let list: String = items.map(|item| wrapped(&item, "- ", "  ")).collect();
    if list.is_empty() { list } else { list + "\n" }
}

/// The buttons of the HTML, a line each.
fn links_as_text(head: MailHead<'_>) -> String {
    let lines: String = head.links.iter().map(|link| format!("{} <{}>\n", link.words, link.url)).collect();
    if lines.is_empty() { lines } else { format!("{lines}\n") }
}

/// What a chart says, its values in columns. How a value looks in the picture is not said: the text has none.
fn chart_as_text(chart: &Chart, language: Language) -> String {
    let mut text = [&chart.title, &chart.subtitle].map(|line| wrapped(line, "", "")).concat();
    text.push('\n');
    for line in ValueTable::of(chart).lines(WIDTH) {
        // Columns fit, and must stay where they are.
        let is_sentence = line.width() > WIDTH;
        text.push_str(&if is_sentence { wrapped(&line, "", "  ") } else { format!("{line}\n") });
    }
    for note in chart.notes.iter().map(|note| with_urls(note)).filter(|it| !it.trim().is_empty()) {
        let looks = translations::PROVISIONAL_LOOKS.get(language);
        let note = looks.iter().fold(note, |note, look| note.replace(look, ""));
        text.push('\n');
        text.push_str(&wrapped(note.trim_end(), "", ""));
    }
    text.push('\n');
    text
}

/// `World, 2025: 983,100 (+32.0% on 2024)`.
fn in_one_line(figure: &KeyFigure, language: Language) -> String {
    let KeyFigure { label, value, change } = figure;
    match (change, language) {
        (Some(change), Language::Zh) => format!("{label}：{value}（{}）", change.text),
        (None, Language::Zh) => format!("{label}：{value}"),
        (Some(change), _) => format!("{label}: {value} ({})", change.text),
        (None, _) => format!("{label}: {value}"),
    }
}

fn with_urls(text: &[Inline]) -> String {
    text.iter()
        .map(|inline| match inline {
            Inline::Text { text, .. }
            | Inline::Phrase { text, .. }
            | Inline::Reference { text, .. }
            | Inline::Source { text, .. } => text.clone(),
            Inline::Link { text, url } if text == url || url.strip_prefix("mailto:") == Some(text) => text.clone(),
            Inline::Link { text, url } => format!("{text} <{url}>"),
            Inline::Cite(_) | Inline::Footnote(_) => String::new(),
            Inline::Break => "\n".to_owned(),
        })
        .collect()
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
            // A day stays with its month: `1. Dezember`.
            let is_day = word.strip_suffix(". ").is_some_and(|day| day.ends_with(|c: char| c.is_ascii_digit()));
            let ends = (c == ' ' && !is_day)
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
