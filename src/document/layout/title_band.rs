//! The front matter: the title band of the first page, with the brief's title, its issuer, edition, date and headline.

use super::{
    compose::Composer,
    document::{PAGE_WIDTH, StructureType},
    inline_text::plain,
    picture,
    text::{Markup, Paragraph, ParagraphStyle, Span},
};
use crate::base::language::Language;

impl Composer<'_> {
    /// Paints title, edition and headline on the accent colour, and puts the pen below.
    pub fn title_band(&mut self) {
        let theme = self.flow.theme.clone();
        let (left, width) = (self.flow.left(), self.flow.width());
        let family = theme.heading_font;
        let title = self.title(width * 0.6);
        let side = ParagraphStyle { right: true, ..self.style(theme.body_size, false, width * 0.4) };
        let side = self.set.set(&format!("{} · {}", self.brief.edition, self.brief.date), &side);
        let headline =
            self.headline(&ParagraphStyle { leading: 1.22, family, ..self.style(theme.h1_size, true, width) });
        let top = 40.0 + picture::logo_height(&theme);
        let height = top + title.height() + 14.0 + headline.height() + 26.0;
        self.flow.fill(0.0, 0.0, PAGE_WIDTH, height, theme.accent);
        let second = theme.category.get(1).copied().unwrap_or(theme.accent);
        self.flow.fill(0.0, height, PAGE_WIDTH, 4.0, second);
        picture::logo(self);
        let white = [255, 255, 255];
        let node = self.flow.node(0, StructureType::P);
        self.flow.paragraph_at(&title, left, top, node, &Vec::new(), white);
        let node = self.flow.node(0, StructureType::P);
        self.flow.paragraph_at(&side, left + width * 0.6, top + 1.0, node, &Vec::new(), white);
        let node = self.flow.node(0, StructureType::H1);
        self.flow.y = top + title.height() + 14.0;
        self.flow.outline(1, self.brief.headline.clone(), node);
        self.flow.paragraph_at(&headline, left, self.flow.y, node, &Vec::new(), white);
        self.flow.y = height + 4.0 + 20.0;
    }

    /// Sets the brief's title, and behind it who issues the brief, if both fit on a line.
    fn title(&mut self, width: f32) -> Paragraph {
        let family = self.flow.theme.heading_font;
        let size = self.flow.theme.lead_size;
        let title = self.brief.title.clone();
        let alone = self.set.set(&title, &ParagraphStyle { family, ..self.style(size, true, width) });
        if let Some(issuer) = self.issuer().filter(|issuer| *issuer != title) {
            let words = format!("{title} · {issuer}");
            let strong = Span { range: 0..title.len(), markup: Markup::default(), strong: true, italic: false };
            let style = ParagraphStyle { family, ..self.style(size, false, width) };
            let both = self.set.set_spans(&words, &[strong], &style);
            if both.lines.len() == 1 {
                return both;
            }
        }
        alone
    }

    /// Who issues the brief: the first line of its imprint.
    pub fn issuer(&self) -> Option<String> {
        self.brief.imprint.lines.first().map(|line| plain(line)).filter(|name| !name.is_empty())
    }

    /// Sets the headline in as few lines as it needs, all of about the same length, so that no word is alone in the last.
    /// Chinese has no spaces between words; there a line must end with punctuation to be shortened.
    fn headline(&mut self, style: &ParagraphStyle) -> Paragraph {
        let (text, language) = (&self.brief.headline, self.brief.language);
        let full = self.titled(text, style);
        let lines = full.lines.len();
        if lines < 2 {
            return full;
        }
        let mean = self.titled(text, &ParagraphStyle { width: f32::MAX, ..style.clone() }).width / lines as f32;
        (1u8..=25)
            .map(|step| mean * (1.0 + 0.04 * f32::from(step)))
            .take_while(|width| *width < style.width)
            .map(|width| self.titled(text, &ParagraphStyle { width, ..style.clone() }))
            .find(|even| even.lines.len() == lines && (language != Language::Zh || ends_with_marks(even)))
            .unwrap_or(full)
    }
}

/// Returns whether every line but the last ends with punctuation.
fn ends_with_marks(paragraph: &Paragraph) -> bool {
    let before = paragraph.lines.split_last().map_or(&[][..], |(_, lines)| lines);
    before.iter().all(|line| {
        let glyphs = line.runs.iter().flat_map(|run| &run.glyphs);
        let end = glyphs.map(|glyph| glyph.end).max().and_then(|end| paragraph.text.get(..end));
        end.is_some_and(|text| text.trim_end().ends_with(['，', '：', '；', '、', '。', '！', '？', '》', '”']))
    })
}
