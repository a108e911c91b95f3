//! Text becomes lines of glyphs. parley shapes and breaks lines; this room adds what parley leaves to its user: ligature
//! components, the hyphen of a broken word, the space beside Chinese, missing glyphs. Where lines stand on a page is in
//! `flow`.

mod autospace;
mod clusters;
mod composition;
mod hyphenation;
mod invisible;
mod justification;
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

use std::hash::BuildHasher;

pub use self::{
    composition::composed,
    paragraph::{Line, LineRun, Markup, Paragraph, ParagraphStyle, Span},
};
use self::{
    hyphenation::ProperNames,
    invisible::SOFT_HYPHEN,
    justification::Filling,
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

/// Maximum number of amounts of a paragraph that are broken before their unit.
const MAX_LOOSENED: usize = 24;

/// Sets text in one language. Keeps what can be used again between paragraphs, and the problems that it met.
pub struct Typesetter {
    fonts: &'static Fonts,
    tools: Option<ShapingTools>,
    language: Language,
    /// The family in which charts measure their words.
    pub family: Family,
    /// The names in which no word is broken, and a number by which they are told from others.
    names: ProperNames,
    names_key: u64,
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
        Typesetter {
            fonts,
            tools,
            language,
            family: Family::Plex,
            names: ProperNames::default(),
            names_key: 0,
            missing: MissingGlyphs::default(),
        }
    }

    /// Breaks no word in these names.
    pub fn keep_whole(&mut self, names: &[String]) {
        self.names = ProperNames::new(names);
        self.names_key = foldhash::quality::FixedState::default().hash_one(&self.names);
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
        let key = CacheKey::new(text, spans, style, (self.language, self.names_key));
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
        let mut prepared = self.prepared(text, spans, style, style.hyphenate);
        let mut tries = 0;
        loop {
            if let Some(tools) = self.tools.as_mut() {
                tools.shape(&prepared, style, self.language);
                tools.break_lines(&prepared.text, style, self.language);
            }
            let (lines, loose, width) = self.lines(&prepared, style);
            // An amount that does not fit its line whole is broken before its unit, if nothing else fills the line.
            if tries == MAX_LOOSENED || !loose.into_iter().any(|end| prepared.loosen(end)) {
                let text = &*prepared.text;
                self.missing.refuse(text);
                self.missing.note_unset(text, &lines, self.fonts);
                return Paragraph { lines, text: text.into(), width };
            }
            tries += 1;
        }
    }

    fn prepared(&self, text: &str, spans: &[Span], style: &ParagraphStyle, hyphenate: bool) -> PreparedText {
        let families = shaping::families(self.language, style.family);
        PreparedText::new(text, spans, families, hyphenate.then_some(&self.names), self.language)
    }

    /// The widths between which a column of this text can be chosen.
    pub fn widths(&mut self, text: &str, spans: &[Span], style: &ParagraphStyle) -> ContentWidths {
        let prepared = self.prepared(text, spans, style, false);
        let Some(tools) = self.tools.as_mut() else { return ContentWidths::default() };
        tools.shape(&prepared, style, self.language);
        let widths = tools.layout.calculate_content_widths();
        ContentWidths { min: widths.min, max: widths.max }
    }

    /// The lines as they were broken, the ends of those that could not be filled evenly, and the width of the widest.
    fn lines(&mut self, prepared: &PreparedText, style: &ParagraphStyle) -> (Vec<Line>, Vec<usize>, f32) {
        let Typesetter { fonts, tools, missing, language, .. } = self;
        let text = &*prepared.text;
        let height = style.size * style.leading;
        // The same baseline for every script: the Latin face's middle in the line.
        let baseline = height * 0.5 + style.size * 0.36;
        let (mut lines, mut loose, mut width) = (Vec::new(), Vec::new(), 0.0_f32);
        let Some(tools) = tools else { return (lines, loose, width) };
        let count = tools.layout.len();
        let is_justified = justification::is_justified(style, *language);
        for (index, line) in tools.layout.lines().enumerate() {
            let mut builder = LineBuilder::new(fonts, text, missing);
            for run in line.runs() {
                builder.run(&run);
            }
            let words = text.get(line.text_range()).unwrap_or_default();
            if index + 1 < count && words.ends_with(SOFT_HYPHEN) {
                builder.hyphen();
            }
            builder.close(&prepared.gaps, style.size * autospace::GAP);
            let mut runs = builder.runs;
            let is_whole = index + 1 == count || words.ends_with('\n');
            if is_justified && (!is_whole || reach(text, &runs) > style.width) {
                justification::halve_end(text, &mut runs, fonts);
                let filling = match is_whole && reach(text, &runs) <= style.width {
                    true => Filling::Even,
                    false => justification::fill(text, &mut runs, style.width, style.size),
                };
                if filling == Filling::Loose {
                    loose.push(line.text_range().end);
                }
            }
            let reach = reach(text, &runs);
            if style.right {
                runs.iter_mut().for_each(|run| run.x += style.width - reach);
            }
            width = width.max(reach);
            lines.push(Line { baseline, height, runs });
        }
        if lines.is_empty() {
            lines.push(Line { baseline, height, runs: Vec::new() });
        }
        (lines, loose, width)
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
            justify: false,
            family: self.family,
        };
        self.set(text, &style).width
    }

    fn lines(&mut self, text: &str, size: f32, strong: bool, room: f32) -> Vec<String> {
        let style = ParagraphStyle {
            size,
            strong,
            width: room,
            leading: 1.2,
            hyphenate: false,
            right: false,
            justify: false,
            family: self.family,
        };
        // Only words wider than the room are broken.
        let mut broken = String::with_capacity(text.len());
        for word in text.split_inclusive(' ') {
            let wide = self.widths(word, &[], &style).min > room;
            let mut from = 0;
            let wide = wide && verbatim::words(word).is_empty();
            for at in if wide { hyphenation::hyphens(word, self.language, &self.names) } else { Vec::new() } {
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
