//! The HTML of an edition's mail: one column in the brief's colours, in the light and in the dark. What is in it is chosen in
//! `mail_text`, which writes the same as text.
//!
//! Mail programs know little of HTML, so it is plain: tables that stand for boxes, styles at each element, and one style sheet in
//! the head for the dark and for links, which a program may leave out. Nothing is loaded from anywhere.
//!
//! - Outlook for Windows renders with Word: it needs `bgcolor`, the width of a table of its own (in a comment that only it reads),
//!   and no `max-width`.
//! - Gmail leaves a style sheet out whole if it is longer than 8192 characters (hteumeuleu/email-bugs, issue 90); it and Outlook turn colours into dark ones
//!   themselves: every text has its ground at the same element or at the cell around it, so that both are turned together.
//! - Apple Mail and others obey `color-scheme` and `prefers-color-scheme`.

use super::{Chart, Direction, Inline, KeyFigure, Theme, mail_facts::MailLink, mail_table::ValueTable, translations};
use crate::base::language::Language;

/// What the picture of a chart is loaded from until it is drawn.
pub(super) const CHART_SOURCE: &str = "cid:chart";
/// Largest width of that picture: its words are then as large as the text.
const PICTURE: usize = 480;

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
    /// Where the edition can be read, the page first; empty if it has none.
    pub links: &'a [MailLink],
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

    /// What an inbox shows beside the subject.
    pub fn preheader(&self) -> &str {
        &self.preheader
    }

    /// A paragraph. The first one that says something stands beside the subject in an inbox.
    pub fn paragraph(&mut self, text: &[Inline]) {
        let words = plain(text);
        if self.preheader.is_empty() && words.chars().count() > GREETING {
            self.preheader = shortened(&words);
        }
        self.body.push_str(&format!("<p style=\"margin:0 0 16px\">{}</p>\n", marked(text)));
    }

    /// What a reader should remember. The first is what an inbox shows, if nothing stands before it.
    pub fn key_messages(&mut self, messages: &[Vec<Inline>]) {
        let Some(first) = messages.first() else { return };
        if self.preheader.is_empty() {
            self.preheader = shortened(&plain(first));
        }
        self.body.push_str("<ul style=\"margin:0 0 20px;padding-left:20px;font-weight:600\">");
        for message in messages {
            self.body.push_str(&format!("<li style=\"margin:0 0 6px\">{}</li>", marked(message)));
        }
        self.body.push_str("</ul>\n");
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

    /// A chart: its title, its measure, its picture and the values in a table. The picture is white, also in the dark: a light card
    /// with a margin of its own.
    ///
    /// Outlook takes the picture's width from its attribute (blog.jmwhite.co.uk, “Solving DPI scaling issues with HTML email in
    /// Outlook”), all others from the style, which lets it shrink on a telephone.
    pub fn chart(&mut self, chart: &Chart) {
        let [muted, text, grid] = [self.theme.muted, self.theme.text, self.theme.grid].map(hex);
        let of = chart.subtitle.trim_end_matches(['.', '。']);
        let alt = translations::CHART_PICTURE.get(self.language).replace("{s}", of);
        self.body.push_str(&format!(
            "<h2 class=\"ink\" style=\"margin:24px 0 2px;font-size:18px;line-height:1.35;color:{text}\">{}</h2>\n\
             <p class=\"muted\" style=\"margin:0 0 10px;font-size:15px;color:{muted}\">{}</p>\n\
             <img src=\"{CHART_SOURCE}\" width=\"{PICTURE}\" alt=\"{}\" style=\"display:block;width:100%;max-width:{PICTURE}px;\
             height:auto;border:0;border-radius:4px\">\n",
            escaped(&chart.title),
            escaped(&chart.subtitle),
            escaped(&alt)
        ));
        let ValueTable { head, rows } = ValueTable::of(chart);
        let side = |column: usize| if column == 0 { "left" } else { "right" };
        let line = |column: usize| {
            let before = if column == 0 { 0 } else { 10 };
            format!("padding:5px 0 5px {before}px;border-bottom:1px solid {grid};vertical-align:top")
        };
        self.body.push_str(
            "<table width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:8px 0 8px;font-size:14px;\
             line-height:1.4;border-collapse:collapse\">\n<tr>"
        );
        for (column, cell) in head.iter().enumerate() {
            let (side, line, cell) = (side(column), line(column), escaped(cell));
            self.body.push_str(&format!(
                "<th scope=\"col\" class=\"muted line\" align=\"{side}\" style=\"{line};text-align:{side};font-weight:normal;\
                 color:{muted}\">{cell}</th>"
            ));
        }
        self.body.push_str("</tr>\n");
        for row in &rows {
            self.body.push_str("<tr>");
            for (column, cell) in row.iter().enumerate() {
                let (side, line, cell) = (side(column), line(column), escaped(cell));
                let (tag, scope) = if column == 0 { ("th", " scope=\"row\"") } else { ("td", "") };
                self.body.push_str(&format!(
                    "<{tag}{scope} class=\"ink line\" align=\"{side}\" style=\"{line};text-align:{side};font-weight:normal;\
                     color:{text}\">{cell}</{tag}>"
                ));
            }
            self.body.push_str("</tr>\n");
        }
        self.body.push_str("</table>\n");
        for note in chart.notes.iter().map(|note| marked(note)).filter(|it| !it.trim().is_empty()) {
            self.body.push_str(&format!(
                "<p class=\"muted\" style=\"margin:0 0 8px;font-size:14px;color:{muted}\">{}</p>\n",
                note.trim()
            ));
        }
        self.body.push_str("<p style=\"margin:0;font-size:8px;line-height:8px\">&nbsp;</p>\n");
    }

    /// The imprint. Each of its links is a line that a finger can touch (44 px: WCAG 2.2, 2.5.5).
    pub fn imprint(&mut self, lines: &[Vec<Inline>]) {
        let (muted, grid) = (hex(self.theme.muted), hex(self.theme.grid));
        self.imprint.push_str(&format!(
            "<div class=\"muted\" style=\"border-top:1px solid {grid};padding-top:12px;font-size:14px;color:{muted}\">"
        ));
        for line in lines {
            match &line[..] {
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

    /// The links as buttons: the first is filled, the others have a frame. A cell with a colour and a link with its padding inside
    /// is what every program shows as a button, Outlook too, which leaves out the round corners.
    fn buttons(&self, links: &[MailLink]) -> String {
        let (accent, on_accent) = (hex(self.theme.accent), hex(Theme::text_on(self.theme.accent)));
        let mut out = String::new();
        for (nth, link) in links.iter().enumerate() {
            let below = if nth + 1 == links.len() { 20 } else { 10 };
            let (class, ground, frame, ink, inside) = match nth {
                0 => ("button", accent.as_str(), accent.as_str(), on_accent.as_str(), "on"),
                _ => ("sheet frame", "#ffffff", accent.as_str(), accent.as_str(), "accent"),
            };
            out.push_str(&format!(
                "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 {below}px\"><tr>\
                 <td class=\"{class}\" bgcolor=\"{ground}\" style=\"background:{ground};border:1px solid {frame};border-radius:4px\">\
                 <a class=\"{inside}\" href=\"{}\"{} style=\"display:inline-block;padding:11px 20px;color:{ink};font-weight:bold;\
                 text-decoration:none\">{}</a></td></tr></table>\n",
                escaped(&link.url),
                tagged(link, self.language),
                escaped(link.words)
            ));
        }
        out
    }

    /// The whole page.
    pub fn finish(self, subject: &str, head: MailHead<'_>) -> String {
        let (language, theme) = (self.language, self.theme);
        let [accent, second, text] =
            [theme.accent, theme.category.get(1).copied().unwrap_or(theme.accent), theme.text].map(hex);
        let on_band = hex(Theme::text_on(theme.accent));
        let leading = if language == Language::Zh { "1.7" } else { "1.5" };
        let button = self.buttons(head.links);
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

/// The tag of the words of a link, where they are in another language.
fn tagged(link: &MailLink, language: Language) -> String {
    if link.language == language { String::new() } else { format!(" lang=\"{}\"", link.language.tag()) }
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
         .ink {{ color: #e6eaee !important; }}\n.muted {{ color: #b6c0ca !important; border-color: #3a444e !important; }}\n\
         .line {{ border-color: #3a444e !important; }}\n.frame {{ border-color: #7fb4e0 !important; }}\n\
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
            Inline::Text { text, .. }
            | Inline::Phrase { text, .. }
            | Inline::Link { text, .. }
            | Inline::Reference { text, .. }
            | Inline::Source { text, .. } => text.as_str(),
            Inline::Cite(_) | Inline::Footnote(_) => "",
            Inline::Break => "\n",
        })
        .collect()
}

fn marked(text: &[Inline]) -> String {
    text.iter()
        .map(|inline| match inline {
            Inline::Text { text, emphasis: super::Emphasis::Strong } => format!("<strong>{}</strong>", escaped(text)),
            Inline::Text { text, .. } | Inline::Reference { text, .. } | Inline::Source { text, .. } => escaped(text),
            Inline::Phrase { text, emphasis, language, .. } => {
                let text = escaped(text);
                let text = if *emphasis == super::Emphasis::Strong { format!("<strong>{text}</strong>") } else { text };
                language.map_or_else(|| text.clone(), |language| format!("<span lang=\"{language}\">{text}</span>"))
            }
            Inline::Link { text, url } => format!("<a href=\"{}\">{}</a>", escaped(url), escaped(text)),
            Inline::Cite(_) | Inline::Footnote(_) => String::new(),
            Inline::Break => "<br>".to_owned(),
        })
        .collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
