//! Text becomes lines of glyphs: shaping and line breaking by parley, and what parley leaves to its user: ligature
//! components, the hyphen at a break, the space beside Chinese, missing glyphs. Where a line may be broken is in
//! `hyphenation` and `breaks`, where lines stand on a page in `flow`.

mod ready;
#[cfg(test)]
mod tests;

use std::{
    ops::Range,
    sync::{Arc, Mutex},
};

use parley::{
    FontContext, FontFamily, FontStyle, FontWeight, Layout, LayoutContext, LineHeight, OverflowWrap, StyleProperty,
};

use self::ready::Ready;
use super::{
    autospace,
    document::Glyph,
    drawing::Measure,
    fonts::{Fonts, fonts},
    hyphenation,
    kept::{Kept, Key},
    missing::Missing,
};
use crate::{
    base::{language::Language, problem::Problems},
    document::brief::Family,
};

const SOFT_HYPHEN: char = '\u{ad}';

/// A citation's size to that of its text, and the size below which a number is not read any more, in points.
const CITE: f32 = 0.68;
const SMALLEST: f32 = 6.0;

/// Marks that Noto Sans SC draws as wide as a Han, as Chinese wants them and no other language.
const WIDE_MARKS: [char; 6] = ['‘', '’', '“', '”', '…', '—'];

/// How a stretch of text differs from its paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// 1 + index of the link it belongs to; 0 for none.
    pub link: u16,
    /// A citation: smaller and raised.
    pub cite: bool,
}

/// A stretch of text with its looks.
#[derive(Debug, Clone)]
pub struct Span {
    /// Bytes of the text
    pub range: Range<usize>,
    /// Link and citation
    pub mark: Mark,
    /// Semi-bold
    pub strong: bool,
    /// Italic, where the script has one
    pub italic: bool,
}

/// What is to be set.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Size in points
    pub size: f32,
    /// Semi-bold throughout
    pub strong: bool,
    /// Lines are at most so wide
    pub width: f32,
    /// Line height over size
    pub leading: f32,
    /// Break words
    pub hyphenate: bool,
    /// Set to the right edge
    pub right: bool,
    /// The family of English and German text
    pub family: Family,
}

/// A paragraph in lines.
#[derive(Debug, Clone)]
pub struct Paragraph {
    /// The lines
    pub lines: Vec<Line>,
    /// The text they show
    pub text: Arc<str>,
    /// The width of its widest line
    pub width: f32,
}

impl Paragraph {
    /// All lines together.
    pub fn height(&self) -> f32 {
        self.lines.iter().map(|line| line.height).sum()
    }
}

/// A line.
#[derive(Debug, Clone)]
pub struct Line {
    /// From its top to its baseline
    pub baseline: f32,
    /// Its height
    pub height: f32,
    /// What stands on it
    pub runs: Vec<LineRun>,
}

/// Glyphs of one face and one mark.
#[derive(Debug, Clone)]
pub struct LineRun {
    /// Index of the face
    pub face: usize,
    /// Size
    pub size: f32,
    /// From the line's left edge
    pub x: f32,
    /// Above the baseline: a mark over a letter
    pub rise: f32,
    /// Link and citation
    pub mark: Mark,
    /// The glyphs
    pub glyphs: Vec<Glyph>,
    /// A hyphen at a break
    pub hyphen: bool,
}

/// Sets text in one language; keeps what can be used again between paragraphs, and the problems it met.
pub struct Setter {
    fonts: &'static Fonts,
    tools: Option<Tools>,
    language: Language,
    /// In which charts measure their words.
    pub family: Family,
    missing: Missing,
}

/// What parley keeps between paragraphs; slow to make anew (3 ms).
struct Tools {
    context: FontContext,
    scratch: LayoutContext<Mark>,
    layout: Layout<Mark>,
    kept: Kept,
}

/// Tools at rest. A setter takes one and puts it back; there are as many as threads have set text at once.
static AT_REST: Mutex<Vec<Tools>> = Mutex::new(Vec::new());

impl Drop for Setter {
    fn drop(&mut self) {
        if let (Some(tools), Ok(mut rest)) = (self.tools.take(), AT_REST.lock()) {
            rest.push(tools);
        }
    }
}

impl Tools {
    fn shape(&mut self, ready: &Ready, setting: &Setting, language: Language) {
        let noto = language == Language::Zh || setting.family == Family::Noto;
        let families = if noto { "Noto Sans SC, IBM Plex Sans" } else { "IBM Plex Sans, Noto Sans SC" };
        let (regular, strong) = (FontWeight::new(400.0), FontWeight::new(600.0));
        let mut builder = self.scratch.ranged_builder(&mut self.context, &ready.text, 1.0, false);
        builder.push_default(StyleProperty::FontFamily(FontFamily::Source(families.into())));
        builder.push_default(StyleProperty::FontSize(setting.size));
        builder.push_default(StyleProperty::LineHeight(LineHeight::FontSizeRelative(setting.leading)));
        // A word longer than its line is broken rather than run out of the page.
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::BreakWord));
        if setting.strong {
            builder.push_default(StyleProperty::FontWeight(strong));
        }
        if noto && language != Language::Zh {
            for (at, mark) in ready.text.match_indices(WIDE_MARKS) {
                builder
                    .push(StyleProperty::FontFamily(FontFamily::Source("IBM Plex Sans".into())), at..at + mark.len());
            }
        }
        for gap in &ready.gaps {
            builder.push(StyleProperty::LetterSpacing(setting.size * autospace::GAP), gap.clone());
        }
        for span in &ready.spans {
            builder.push(StyleProperty::Brush(span.mark), span.range.clone());
            if span.mark.cite {
                let size = (setting.size * CITE).max(SMALLEST).min(setting.size);
                builder.push(StyleProperty::FontSize(size), span.range.clone());
                builder.push(StyleProperty::FontWeight(regular), span.range.clone());
            }
            if span.strong || (span.italic && noto) {
                builder.push(StyleProperty::FontWeight(strong), span.range.clone());
            } else if span.italic {
                builder.push(StyleProperty::FontStyle(FontStyle::Italic), span.range.clone());
            }
        }
        builder.build_into(&mut self.layout, &ready.text);
    }

    /// Breaks into lines; parley reserves no room for the hyphen of a soft hyphen, so a line that would overflow with
    /// it is broken again, narrower.
    fn break_lines(&mut self, text: &str, setting: &Setting) {
        let hyphen = setting.size * 0.4;
        let mut narrow: Vec<bool> = Vec::new();
        loop {
            let mut breaker = self.layout.break_lines();
            breaker.state_mut().set_layout_max_advance(setting.width);
            let mut line = 0;
            loop {
                let less = if narrow.get(line) == Some(&true) { hyphen } else { 0.0 };
                breaker.state_mut().set_line_max_advance((setting.width - less).max(1.0));
                if breaker.break_next().is_none() {
                    break;
                }
                line += 1;
            }
            breaker.finish();
            let count = self.layout.len();
            let over = self.layout.lines().enumerate().position(|(index, line)| {
                index + 1 < count
                    && narrow.get(index) != Some(&true)
                    && text.get(line.text_range()).is_some_and(|part| part.ends_with(SOFT_HYPHEN))
                    && line.metrics().advance + hyphen > setting.width
            });
            // Each time a further line is made narrow and stays so: this ends.
            let Some(index) = over else { return };
            narrow.truncate(index);
            narrow.resize(index, false);
            narrow.push(true);
        }
    }
}

impl Setter {
    /// A setter for text in `language`.
    pub fn new(language: Language) -> Setter {
        let fonts = fonts();
        let rest = AT_REST.lock().ok().and_then(|mut rest| rest.pop());
        let tools = rest.unwrap_or_else(|| Tools {
            context: fonts.context.clone(),
            scratch: LayoutContext::new(),
            layout: Layout::new(),
            kept: Kept::default(),
        });
        Setter { fonts, tools: Some(tools), language, family: Family::Plex, missing: Missing::default() }
    }

    /// What was wrong with the texts so far.
    pub fn problems(&mut self) -> Problems {
        std::mem::take(&mut self.missing).problems()
    }

    /// Plain text in lines.
    pub fn set(&mut self, text: &str, setting: &Setting) -> Paragraph {
        self.set_spans(text, &[], setting)
    }

    /// Text with spans in lines. `spans` are in order and do not overlap.
    pub fn set_spans(&mut self, text: &str, spans: &[Span], setting: &Setting) -> Paragraph {
        let key = Key::new(text, spans, setting, self.language);
        if let Some(known) = self.tools.as_mut().and_then(|tools| tools.kept.get(&key)) {
            return known;
        }
        let before = self.missing.met;
        let set = self.set_anew(text, spans, setting);
        // Text with a problem is set again each time, so that it is told each time.
        if let Some(tools) = self.tools.as_mut().filter(|_| self.missing.met == before) {
            tools.kept.keep(key, set.clone());
        }
        set
    }

    fn set_anew(&mut self, text: &str, spans: &[Span], setting: &Setting) -> Paragraph {
        let ready = Ready::new(text, spans, setting.hyphenate, self.language);
        if let Some(tools) = self.tools.as_mut() {
            tools.shape(&ready, setting, self.language);
            tools.break_lines(&ready.text, setting);
        }
        self.collect(&ready, setting)
    }

    /// The width of its widest word and of its longest line when nothing is broken.
    pub fn widths(&mut self, text: &str, spans: &[Span], setting: &Setting) -> (f32, f32) {
        let Some(tools) = self.tools.as_mut() else { return (0.0, 0.0) };
        tools.shape(&Ready::new(text, spans, false, self.language), setting, self.language);
        let widths = tools.layout.calculate_content_widths();
        (widths.min, widths.max)
    }

    fn collect(&mut self, ready: &Ready, setting: &Setting) -> Paragraph {
        let Setter { fonts, tools, missing, .. } = self;
        let text = &*ready.text;
        missing.refuse(text);
        let height = setting.size * setting.leading;
        // The same baseline for every script: the Latin face's middle in the line.
        let baseline = height * 0.5 + setting.size * 0.36;
        let mut lines = Vec::new();
        let mut width = 0.0_f32;
        if let Some(tools) = tools {
            let count = tools.layout.len();
            for (index, line) in tools.layout.lines().enumerate() {
                let mut builder = LineBuilder { fonts, text, missing, runs: Vec::new(), x: 0.0, moved: false };
                for run in line.runs() {
                    builder.run(&run);
                }
                if index + 1 < count && text.get(line.text_range()).is_some_and(|part| part.ends_with(SOFT_HYPHEN)) {
                    builder.hyphen();
                }
                builder.close(&ready.gaps, setting.size * autospace::GAP);
                let mut runs = builder.runs;
                let reach = reach(text, &runs);
                if setting.right {
                    runs.iter_mut().for_each(|run| run.x += setting.width - reach);
                }
                width = width.max(reach);
                lines.push(Line { baseline, height, runs });
            }
        }
        if lines.is_empty() {
            lines.push(Line { baseline, height, runs: Vec::new() });
        }
        Paragraph { lines, text: text.into(), width }
    }
}

/// Where the last glyph ends that shows something: spaces at a line's end do not count.
fn reach(text: &str, runs: &[LineRun]) -> f32 {
    let mut end = 0.0;
    for run in runs {
        let mut x = run.x;
        for glyph in &run.glyphs {
            x += glyph.advance;
            let part = text.get(glyph.start..glyph.end).unwrap_or_default();
            if run.hyphen || part.chars().any(|c| !matches!(c, ' ' | '\u{3000}')) {
                end = x;
            }
        }
    }
    end
}

/// Collects the glyphs of one line.
struct LineBuilder<'a> {
    fonts: &'static Fonts,
    text: &'a str,
    missing: &'a mut Missing,
    runs: Vec<LineRun>,
    x: f32,
    /// Was the last glyph moved from the pen?
    moved: bool,
}

impl LineBuilder<'_> {
    fn run(&mut self, run: &parley::layout::Run<'_, Mark>) {
        let Some(face) = self.fonts.by_blob.get(&run.font().data.id()).copied() else { return };
        // What parley parts for the space beside Chinese is one run to the PDF.
        let goes_on = |last: &LineRun| last.face == face && last.size == run.font_size() && last.rise == 0.0;
        let mut fresh = !self.runs.last().is_some_and(goes_on) || self.moved;
        for cluster in run.visual_clusters() {
            let range = cluster.text_range();
            let part = self.text.get(range.clone()).unwrap_or_default();
            if cluster.is_ligature_continuation() {
                // The ligature's glyph stands for this text too.
                if let Some(glyph) = self.runs.last_mut().and_then(|run| run.glyphs.last_mut()) {
                    glyph.end = range.end;
                }
                continue;
            }
            if part.chars().all(is_unseen) {
                continue;
            }
            let mark = cluster.style().brush;
            let mut first = true;
            for glyph in cluster.glyphs() {
                if glyph.id == 0 {
                    self.missing.note(part, self.text, range.start, self.fonts);
                    continue;
                }
                let moved = glyph.x.abs() > 0.01 || glyph.y.abs() > 0.01;
                if fresh || moved || self.runs.last().is_none_or(|run| run.mark != mark) {
                    self.runs.push(LineRun {
                        face,
                        size: run.font_size(),
                        x: self.x + glyph.x,
                        rise: -glyph.y,
                        mark,
                        glyphs: Vec::new(),
                        hyphen: false,
                    });
                }
                // After a glyph that was moved, the pen goes on from where it would have been.
                fresh = moved;
                self.moved = moved;
                self.x += glyph.advance;
                let end = if first { range.end } else { range.start };
                first = false;
                if let Some(run) = self.runs.last_mut() {
                    let id = glyph.id as u16;
                    run.glyphs.push(Glyph { id, advance: glyph.advance, start: range.start, end });
                }
            }
        }
    }

    /// Draws the hyphen of a soft hyphen at the line's end.
    fn hyphen(&mut self) {
        let Some(last) = self.runs.last() else { return };
        let (face, size, mark) = (last.face, last.size, last.mark);
        let Some(known) = self.fonts.faces.get(face) else { return };
        let units = known.advances.get(usize::from(known.hyphen)).copied().unwrap_or(0);
        let advance = f32::from(units) * size / 1000.0;
        let glyphs = vec![Glyph { id: known.hyphen, advance, start: 0, end: 0 }];
        self.runs.push(LineRun { face, size, x: self.x, rise: 0.0, mark, hyphen: true, glyphs });
        self.x += advance;
    }

    /// At a line's end stands no space beside Chinese.
    fn close(&mut self, gaps: &[Range<usize>], gap: f32) {
        let last = self.runs.last_mut().and_then(|run| run.glyphs.last_mut());
        if let Some(glyph) = last.filter(|glyph| gaps.binary_search_by_key(&glyph.end, |gap| gap.end).is_ok()) {
            glyph.advance -= gap;
        }
    }
}

/// Characters that steer a line and show nothing: controls, soft hyphen, joiners, variation selectors.
pub(super) fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, SOFT_HYPHEN | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

impl Measure for Setter {
    fn width(&mut self, text: &str, size: f32, strong: bool) -> f32 {
        let setting = Setting {
            size,
            strong,
            width: 10_000.0,
            leading: 1.2,
            hyphenate: false,
            right: false,
            family: self.family,
        };
        self.set(text, &setting).width
    }

    fn lines(&mut self, text: &str, size: f32, strong: bool, room: f32) -> Vec<String> {
        let family = self.family;
        let setting = Setting { size, strong, width: room, leading: 1.2, hyphenate: false, right: false, family };
        // Only words wider than the room are broken.
        let mut prepared = String::with_capacity(text.len());
        for word in text.split_inclusive(' ') {
            let wide = self.widths(word, &[], &setting).0 > room;
            let mut from = 0;
            for at in if wide { hyphenation::hyphens(word, self.language) } else { Vec::new() } {
                prepared.push_str(word.get(from..at).unwrap_or_default());
                prepared.push(SOFT_HYPHEN);
                from = at;
            }
            prepared.push_str(word.get(from..).unwrap_or_default());
        }
        let set = self.set(&prepared, &setting);
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
