//! The HTML of an edition's mail: one column in the brief's colours, in the light and in the dark. What is in it is chosen in
//! `mail_text`, which writes the same as text.
//!
//! Mail programs know little of HTML, so it is plain: tables that stand for boxes, styles at each element, and one style sheet in
//! the head for the dark and for links, which a program may leave out. Nothing is loaded from anywhere.
//!
//! - Outlook for Windows renders with Word: it needs `bgcolor`, the width of a table of its own (in a comment that only it reads),
//!   and no `max-width`.
//! - Gmail leaves a style sheet out whole if it is longer than 8192 characters; it and Outlook turn colours into dark ones
//!   themselves: every text has its ground at the same element or at the cell around it, so that both are turned together.
//! - Apple Mail and others obey `color-scheme` and `prefers-color-scheme`.

use super::{Direction, Inline, KeyFigure, Theme};
use crate::base::language::Language;

/// Maximum number of characters that an inbox shows beside the subject.
const PREHEADER: usize = 140;
/// A text that is shorter is a greeting.
const GREETING: usize = 40;

/// Families that a reader's machine may have; no mail brings a font.
const FONTS: &str = "'IBM Plex Sans','Segoe UI',-apple-system,Helvetica,Arial,'Noto Sans SC','PingFang SC','Microsoft YaHei',sans-serif";

/// The head of a mail.
#[derive(Debug, Clone, Copy)]
pub(super) struct MailHead<'a> {
    /// The brief's name.
    pub title: &'a str,
    /// `No. 12`.
    pub edition: &'a str,
    /// As printed.
    pub date: &'a str,
    /// The finding.
    pub headline: &'a str,
    /// The edition's page, if it has one: the words of the link and its address.
    pub page: Option<(&'a str, &'a str)>,
}

/// A mail that is being written.
pub(super) struct MailHtml<'a> {
    language: Language,
    theme: &'a Theme,
    body: String,
    /// What stands at the end, below the button.
    imprint: String,
    preheader: String,
}

impl<'a> MailHtml<'a> {
    pub fn new(language: Language, theme: &'a Theme) -> MailHtml<'a> {
        MailHtml { language, theme, body: String::new(), imprint: String::new(), preheader: String::new() }
    }

    /// A paragraph. The first one that says something stands beside the subject in an inbox.
    pub fn paragraph(&mut self, text: &[Inline]) {
        let words = plain(text);
        if self.preheader.is_empty() && words.chars().count() > GREETING {
            self.preheader = shortened(&words);
        }
        self.body.push_str(&format!("<p style=\"margin:0 0 16px\">{}</p>\n", marked(text)));
    }

    /// A list.
    pub fn list<'b>(&mut self, items: impl Iterator<Item = &'b [Inline]>) {
        self.body.push_str("<ul style=\"margin:0 0 16px;padding-left:20px\">");
        for item in items {
            self.body.push_str(&format!("<li>{}</li>", marked(item)));
        }
        self.body.push_str("</ul>\n");
    }

    /// The key figures, each in a box of its own.
    pub fn key_figures(&mut self, figures: &[KeyFigure]) {
        let theme = self.theme;
        let [accent, tile, muted, text] = [theme.accent, theme.tile, theme.muted, theme.text].map(hex);
        for (nth, KeyFigure { label, value, change }) in figures.iter().enumerate() {
            let below = if nth + 1 == figures.len() { 20 } else { 8 };
            let change = change.as_ref().map_or_else(String::new, |change| {
                let arrow = match change.direction {
                    Direction::Up => "▲ ",
                    Direction::Flat => "",
                    Direction::Down => "▼ ",
                };
                // The words behind it say the same.
                let arrow = format!("<span aria-hidden=\"true\">{arrow}</span>");
                let words = escaped(&change.text);
                format!("<br><span class=\"ink\" style=\"font-size:15px;color:{text}\">{arrow}{words}</span>")
            });
            self.body.push_str(&format!(
                "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
                 style=\"margin:0 0 {below}px\"><tr><td class=\"tile\" bgcolor=\"{tile}\" style=\"padding:10px 16px;background:{tile};\
                 border-left:4px solid {accent};line-height:1.4\"><span class=\"muted\" style=\"font-size:15px;color:{muted}\">{}\
                 </span><br><strong class=\"accent\" style=\"font-size:26px;line-height:1.3;color:{accent}\">{}</strong>{change}\
                 </td></tr></table>\n",
                escaped(label),
                escaped(value)
            ));
        }
    }

    /// The imprint. Each of its links is a line that a finger can touch (44 px: WCAG 2.2, 2.5.5).
    /// The link to `above` is the button above it.
    pub fn imprint(&mut self, lines: &[Vec<Inline>], above: Option<&str>) {
        let (muted, grid) = (hex(self.theme.muted), hex(self.theme.grid));
        self.imprint.push_str(&format!(
            "<div class=\"muted\" style=\"border-top:1px solid {grid};padding-top:12px;font-size:14px;color:{muted}\">"
        ));
        for line in lines {
            match &line[..] {
                [Inline::Link { url, .. }] if Some(url.as_str()) == above => {}
                [Inline::Link { text, url }] => self.imprint.push_str(&format!(
                    "<div><a href=\"{}\" style=\"display:inline-block;padding:11px 0;font-size:16px\">{}</a></div>",
                    escaped(url),
                    escaped(text)
                )),
                line => self.imprint.push_str(&format!("<div>{}</div>", marked(line))),
            }
        }
        self.imprint.push_str("</div>\n");
    }

    /// The whole page.
    pub fn finish(self, subject: &str, head: MailHead<'_>) -> String {
        let (language, theme) = (self.language, self.theme);
        let [accent, second, text] =
            [theme.accent, theme.category.get(1).copied().unwrap_or(theme.accent), theme.text].map(hex);
        let on_band = hex(Theme::text_on(theme.accent));
        let leading = if language == Language::Zh { "1.7" } else { "1.5" };
        let button = head.page.map_or_else(String::new, |(words, url)| {
            format!(
                "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 20px\"><tr>\
                 <td class=\"button\" bgcolor=\"{accent}\" style=\"background:{accent};border-radius:4px\"><a class=\"on\" \
                 href=\"{}\" style=\"display:inline-block;padding:12px 20px;color:{on_band};font-weight:bold;\
                 text-decoration:none\">{}</a></td></tr></table>\n",
                escaped(url),
                escaped(words)
            )
        });
        // What stands behind the preheader in an inbox would be the beginning of the mail once more.
        let filling = "&#8203;&nbsp;".repeat(80);
        format!(
            "<!DOCTYPE html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>{subject}</title>\n\
             <style>\n{style}</style>\n</head>\n\
             <body class=\"page\" style=\"margin:0;padding:0;background:#eef1f4\">\n\
             <div style=\"display:none;max-height:0;overflow:hidden\">{preheader}{filling}</div>\n\
             <table role=\"presentation\" class=\"page\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
             bgcolor=\"#eef1f4\" style=\"background:#eef1f4\"><tr><td align=\"center\">\n\
             <!--[if mso]><table role=\"presentation\" width=\"600\"><tr><td><![endif]-->\n\
             <table role=\"presentation\" class=\"sheet\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
             bgcolor=\"#ffffff\" style=\"max-width:600px;background:#ffffff;text-align:left;font-family:{FONTS}\">\n\
             <tr><td class=\"band\" bgcolor=\"{accent}\" style=\"padding:20px 20px 18px;background:{accent};color:{on_band};\
             border-bottom:4px solid {second}\">\
             <p style=\"margin:0 0 10px;font-size:15px;line-height:1.4;color:{on_band}\"><strong>{title}</strong> · {edition} · \
             {date}</p>\
             <h1 style=\"margin:0;font-size:22px;line-height:1.35;color:{on_band}\">{headline}</h1></td></tr>\n\
             <tr><td class=\"sheet ink\" bgcolor=\"#ffffff\" style=\"padding:20px;background:#ffffff;color:{text};font-size:16px;\
             line-height:{leading}\">\n{body}{button}{imprint}</td></tr>\n</table>\n\
             <!--[if mso]></td></tr></table><![endif]-->\n</td></tr></table>\n</body>\n</html>\n",
            tag = language.tag(),
            subject = escaped(subject),
            style = style(theme),
            preheader = escaped(&self.preheader),
            title = escaped(head.title),
            edition = escaped(head.edition),
            date = escaped(head.date).replace(' ', "&nbsp;"),
            headline = escaped(head.headline),
            body = self.body,
            imprint = self.imprint,
        )
    }
}

/// Links, and the dark.
fn style(theme: &Theme) -> String {
    let accent = hex(theme.accent);
    format!(
        ":root {{ color-scheme: light dark; supported-color-schemes: light dark; }}\n\
         a {{ color: {accent}; }}\nli {{ margin: 0 0 8px; }}\n\
         @media (prefers-color-scheme: dark) {{\n\
         .page {{ background: #101418 !important; }}\n.sheet {{ background: #1b2127 !important; }}\n\
         .tile {{ background: #262e36 !important; border-left-color: #7fb4e0 !important; }}\n\
         .band, .button {{ background: #16324d !important; }}\n.band, .band p, .band h1, a.on {{ color: #ffffff !important; }}\n\
         .ink {{ color: #e6eaee !important; }}\n.muted {{ color: #b6c0ca !important; border-top-color: #3a444e !important; }}\n\
         .accent, a {{ color: #9cc8ee !important; }}\n}}\n"
    )
}

fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// As much of a text as an inbox shows, up to the end of a word.
fn shortened(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= PREHEADER {
        return text;
    }
    let start: String = text.chars().take(PREHEADER).collect();
    // Chinese has no blanks: a word ends anywhere.
    let end = start.rfind(' ').filter(|end| *end > start.len() / 2).unwrap_or(start.len());
    format!("{}…", start.get(..end).unwrap_or(&start))
}

/// The words of a text, without marks and citations.
pub(super) fn plain(text: &[Inline]) -> String {
    text.iter()
        .map(|inline| match inline {
            Inline::Text { text, .. } | Inline::Link { text, .. } | Inline::Reference { text, .. } => text.as_str(),
            Inline::Cite(_) | Inline::Footnote(_) => "",
            Inline::Break => "\n",
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
