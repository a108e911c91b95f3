//! Text becomes lines of glyphs. parley shapes and breaks lines; this room adds what parley leaves to its user: ligature
//! components, the hyphen of a broken word, the space beside Chinese, missing glyphs. Where lines stand on a page is in
//! `flow`.

mod autospace;
mod clusters;
mod composition;
mod hyphenation;
mod invisible;
mod line_breaks;
mod line_builder;
mod missing_glyphs;
mod paragraph;
mod paragraph_cache;
mod preparation;
mod shaping;
#[cfg(test)]
mod tests;
mod verbatim;

pub use self::{
    composition::composed,
    paragraph::{Line, LineRun, Markup, Paragraph, ParagraphStyle, Span},
};
use self::{
    invisible::SOFT_HYPHEN,
    line_builder::{LineBuilder, reach},
    missing_glyphs::MissingGlyphs,
    paragraph_cache::CacheKey,
    preparation::PreparedText,
    shaping::ShapingTools,
};
use super::{
    drawing::Measure,
    fonts::{Fonts, fonts},
};
use crate::{
    base::{language::Language, problem::Problems},
    document::brief::Family,
};

/// Sets text in one language. Keeps what can be used again between paragraphs, and the problems that it met.
pub struct Typesetter {
    fonts: &'static Fonts,
    tools: Option<ShapingTools>,
    language: Language,
    /// The family in which charts measure their words.
    pub family: Family,
    missing: MissingGlyphs,
}

/// How narrow and how wide a text can be.
#[derive(Debug, Clone, Copy, Default)]
pub struct ContentWidths {
    /// Width of the widest word.
    pub min: f32,
    /// Width of the longest line if nothing is broken.
    pub max: f32,
}

impl Typesetter {
    /// A typesetter for text in `language`.
    pub fn new(language: Language) -> Typesetter {
        let fonts = fonts();
        let tools = Some(ShapingTools::take(fonts));
        Typesetter { fonts, tools, language, family: Family::Plex, missing: MissingGlyphs::default() }
    }

    /// Takes the problems of the texts set so far.
    pub fn problems(&mut self) -> Problems {
        std::mem::take(&mut self.missing).problems()
    }

    /// Plain text in lines.
    pub fn set(&mut self, text: &str, style: &ParagraphStyle) -> Paragraph {
        self.set_spans(text, &[], style)
    }

    /// Text with spans in lines. `spans` are in order and do not overlap.
    pub fn set_spans(&mut self, text: &str, spans: &[Span], style: &ParagraphStyle) -> Paragraph {
        let key = CacheKey::new(text, spans, style, self.language);
        if let Some(known) = self.tools.as_mut().and_then(|tools| tools.cache.get(&key)) {
            return known;
        }
        let before = self.missing.met;
        let set = self.set_anew(text, spans, style);
        // Text with a problem is not cached, so that the problem is reported each time.
        if let Some(tools) = self.tools.as_mut().filter(|_| self.missing.met == before) {
            tools.cache.insert(key, set.clone());
        }
        set
    }

    fn set_anew(&mut self, text: &str, spans: &[Span], style: &ParagraphStyle) -> Paragraph {
        let prepared = self.prepared(text, spans, style, style.hyphenate);
        if let Some(tools) = self.tools.as_mut() {
            tools.shape(&prepared, style, self.language);
            tools.break_lines(&prepared.text, style);
        }
        self.collect(&prepared, style)
    }

    fn prepared(&self, text: &str, spans: &[Span], style: &ParagraphStyle, hyphenate: bool) -> PreparedText {
        let families = shaping::families(self.language, style.family);
        PreparedText::new(text, spans, families, hyphenate, self.language)
    }

    /// The widths between which a column of this text can be chosen.
    pub fn widths(&mut self, text: &str, spans: &[Span], style: &ParagraphStyle) -> ContentWidths {
        let prepared = self.prepared(text, spans, style, false);
        let Some(tools) = self.tools.as_mut() else { return ContentWidths::default() };
        tools.shape(&prepared, style, self.language);
        let widths = tools.layout.calculate_content_widths();
        ContentWidths { min: widths.min, max: widths.max }
    }

    fn collect(&mut self, prepared: &PreparedText, style: &ParagraphStyle) -> Paragraph {
        let Typesetter { fonts, tools, missing, .. } = self;
        let text = &*prepared.text;
        missing.refuse(text);
        let height = style.size * style.leading;
        // The same baseline for every script: the Latin face's middle in the line.
        let baseline = height * 0.5 + style.size * 0.36;
        let mut lines = Vec::new();
        let mut width = 0.0_f32;
        if let Some(tools) = tools {
            let count = tools.layout.len();
            for (index, line) in tools.layout.lines().enumerate() {
                let mut builder = LineBuilder::new(fonts, text, missing);
                for run in line.runs() {
                    builder.run(&run);
                }
                if index + 1 < count && text.get(line.text_range()).is_some_and(|part| part.ends_with(SOFT_HYPHEN)) {
                    builder.hyphen();
                }
                builder.close(&prepared.gaps, style.size * autospace::GAP);
                let mut runs = builder.runs;
                let reach = reach(text, &runs);
                if style.right {
                    runs.iter_mut().for_each(|run| run.x += style.width - reach);
                }
                width = width.max(reach);
                lines.push(Line { baseline, height, runs });
            }
        }
        missing.note_unset(text, &lines, fonts);
        if lines.is_empty() {
            lines.push(Line { baseline, height, runs: Vec::new() });
        }
        Paragraph { lines, text: text.into(), width }
    }
}

impl Drop for Typesetter {
    fn drop(&mut self) {
        if let Some(tools) = self.tools.take() {
            tools.put_back();
        }
    }
}

impl Measure for Typesetter {
    fn width(&mut self, text: &str, size: f32, strong: bool) -> f32 {
        let style = ParagraphStyle {
            size,
            strong,
            width: 10_000.0,
            leading: 1.2,
            hyphenate: false,
            right: false,
            family: self.family,
        };
        self.set(text, &style).width
    }

    fn lines(&mut self, text: &str, size: f32, strong: bool, room: f32) -> Vec<String> {
        let family = self.family;
        let style = ParagraphStyle { size, strong, width: room, leading: 1.2, hyphenate: false, right: false, family };
        // Only words wider than the room are broken.
        let mut broken = String::with_capacity(text.len());
        for word in text.split_inclusive(' ') {
            let wide = self.widths(word, &[], &style).min > room;
            let mut from = 0;
            let wide = wide && verbatim::words(word).is_empty();
            for at in if wide { hyphenation::hyphens(word, self.language) } else { Vec::new() } {
                broken.push_str(word.get(from..at).unwrap_or_default());
                broken.push(SOFT_HYPHEN);
                from = at;
            }
            broken.push_str(word.get(from..).unwrap_or_default());
        }
        let set = self.set(&broken, &style);
        let shown = |run: &LineRun| -> String {
            if run.hyphen {
                return "\u{2010}".to_owned();
            }
            run.glyphs.iter().filter_map(|glyph| set.text.get(glyph.start..glyph.end)).collect()
        };
        let lines = set.lines.iter().map(|line| line.runs.iter().map(shown).collect::<String>());
        lines.map(|line| line.replace(SOFT_HYPHEN, "").trim().to_owned()).filter(|line| !line.is_empty()).collect()
    }
}
