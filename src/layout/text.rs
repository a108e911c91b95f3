//! Text becomes lines of glyphs: shaping and line breaking by parley, hyphenation by the language's patterns, and what
//! parley leaves to its user: ligature components, the hyphen at a break, missing glyphs. Where lines stand on a page
//! is in `flow`.

use std::{
    ops::Range,
    sync::{Arc, Mutex},
};

use parley::{
    FontContext, FontFamily, FontStyle, FontWeight, Layout, LayoutContext, LineHeight, OverflowWrap, StyleProperty,
};

use super::{
    document::Glyph,
    drawing::Measure,
    fonts::{Fonts, fonts},
    hyphenation,
};
use crate::{
    brief::Family,
    language::Language,
    problem::{Problem, Problems},
};

const SOFT_HYPHEN: char = '\u{ad}';

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
    /// Characters that no face has.
    pub problems: Problems,
}

/// What parley keeps between paragraphs; slow to make anew (3 ms).
struct Tools {
    context: FontContext,
    scratch: LayoutContext<Mark>,
    layout: Layout<Mark>,
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
    fn shape(&mut self, text: &str, spans: &[Span], setting: &Setting, language: Language) {
        let noto = language == Language::Zh || setting.family == Family::Noto;
        let families = if noto { "Noto Sans SC, IBM Plex Sans" } else { "IBM Plex Sans, Noto Sans SC" };
        let (regular, strong) = (FontWeight::new(400.0), FontWeight::new(600.0));
        let mut builder = self.scratch.ranged_builder(&mut self.context, text, 1.0, false);
        builder.push_default(StyleProperty::FontFamily(FontFamily::Source(families.into())));
        builder.push_default(StyleProperty::FontSize(setting.size));
        builder.push_default(StyleProperty::LineHeight(LineHeight::FontSizeRelative(setting.leading)));
        // A word longer than its line is broken rather than run out of the page.
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::BreakWord));
        if setting.strong {
            builder.push_default(StyleProperty::FontWeight(strong));
        }
        for span in spans {
            builder.push(StyleProperty::Brush(span.mark), span.range.clone());
            if span.mark.cite {
                builder.push(StyleProperty::FontSize(setting.size * 0.68), span.range.clone());
                builder.push(StyleProperty::FontWeight(regular), span.range.clone());
            }
            if span.strong || (span.italic && noto) {
                builder.push(StyleProperty::FontWeight(strong), span.range.clone());
            } else if span.italic {
                builder.push(StyleProperty::FontStyle(FontStyle::Italic), span.range.clone());
            }
        }
        builder.build_into(&mut self.layout, text);
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
        });
        Setter { fonts, tools: Some(tools), language, family: Family::Plex, problems: Problems::new() }
    }

    /// Plain text in lines.
    pub fn set(&mut self, text: &str, setting: &Setting) -> Paragraph {
        self.set_spans(text, &[], setting)
    }

    /// Text with spans in lines. `spans` are in order and do not overlap.
    pub fn set_spans(&mut self, text: &str, spans: &[Span], setting: &Setting) -> Paragraph {
        let (text, spans) =
            if setting.hyphenate { hyphenate(text, spans, self.language) } else { (text.to_owned(), spans.to_vec()) };
        if let Some(tools) = self.tools.as_mut() {
            tools.shape(&text, &spans, setting, self.language);
            tools.break_lines(&text, setting);
        }
        self.collect(&text, setting)
    }

    /// The width of its widest word and of its longest line when nothing is broken.
    pub fn widths(&mut self, text: &str, spans: &[Span], setting: &Setting) -> (f32, f32) {
        let Some(tools) = self.tools.as_mut() else { return (0.0, 0.0) };
        tools.shape(text, spans, setting, self.language);
        let widths = tools.layout.calculate_content_widths();
        (widths.min, widths.max)
    }
    fn collect(&mut self, text: &str, setting: &Setting) -> Paragraph {
        let Setter { fonts, tools, problems, .. } = self;
        let whole: Arc<str> = text.into();
        let height = setting.size * setting.leading;
        // The same baseline for every script: the Latin face's middle in the line.
        let baseline = height * 0.5 + setting.size * 0.36;
        let mut lines = Vec::new();
        let mut width = 0.0_f32;
        if let Some(tools) = tools {
            let count = tools.layout.len();
            for (index, line) in tools.layout.lines().enumerate() {
                let mut builder = LineBuilder { fonts, text, problems, runs: Vec::new(), x: 0.0 };
                for run in line.runs() {
                    builder.run(&run);
                }
                if index + 1 < count && text.get(line.text_range()).is_some_and(|part| part.ends_with(SOFT_HYPHEN)) {
                    builder.hyphen();
                }
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
        Paragraph { lines, text: whole, width }
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
    problems: &'a mut Problems,
    runs: Vec<LineRun>,
    x: f32,
}

impl LineBuilder<'_> {
    fn run(&mut self, run: &parley::layout::Run<'_, Mark>) {
        let Some(face) = self.fonts.by_blob.get(&run.font().data.id()).copied() else { return };
        let mut fresh = true;
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
                    self.missing(part, range.start);
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

    fn missing(&mut self, part: &str, at: usize) {
        let Some(c) = part.chars().find(|c| !is_unseen(*c)) else { return };
        let what = format!("no shipped font has the character {c} (U+{:04X})", u32::from(c));
        let place = format!("it stands in “{}”", around(self.text, at));
        self.problems.push(Problem::error(what).hint(place));
    }
}

/// Characters that steer a line and show nothing: controls, soft hyphen, joiners, variation selectors.
fn is_unseen(c: char) -> bool {
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
            if self.widths(word, &[], &setting).0 > room {
                prepared.push_str(&hyphenation::hyphenate(word, self.language).0);
            } else {
                prepared.push_str(word);
            }
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

/// Some words around a byte, for a hint.
fn around(text: &str, at: usize) -> String {
    let before: Vec<char> = text.get(..at).unwrap_or_default().chars().rev().take(24).collect();
    let after = text.get(at..).unwrap_or_default().chars().take(25);
    before.into_iter().rev().chain(after).filter(|c| !is_unseen(*c)).collect()
}

/// The text with soft hyphens at the places where its words may be broken, and the spans moved along.
fn hyphenate(text: &str, spans: &[Span], language: Language) -> (String, Vec<Span>) {
    let (out, put) = hyphenation::hyphenate(text, language);
    let moved = |at: usize| at + put.partition_point(|before| *before < at) * SOFT_HYPHEN.len_utf8();
    let spans = spans.iter().map(|s| Span { range: moved(s.range.start)..moved(s.range.end), ..s.clone() }).collect();
    (out, spans)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(width: f32) -> Setting {
        Setting { size: 10.0, strong: false, width, leading: 1.4, hyphenate: true, right: false, family: Family::Plex }
    }

    /// The text that the glyphs stand for, a hyphen at a break as `-`.
    fn read(set: &Paragraph) -> String {
        let runs = set.lines.iter().flat_map(|line| &line.runs);
        runs.flat_map(|run| {
            run.glyphs.iter().map(|glyph| if run.hyphen { "-" } else { &set.text[glyph.start..glyph.end] })
        })
        .collect::<String>()
        .replace(SOFT_HYPHEN, "")
    }

    #[test]
    fn a_ligature_keeps_all_its_letters() {
        let mut setter = Setter::new(Language::En);
        let set = setter.set("office", &setting(400.0));
        assert_eq!(read(&set), "office");
        let glyphs = &set.lines[0].runs[0].glyphs;
        assert!(glyphs.len() < 6, "Plex has a ligature for fi");
        assert!(glyphs.iter().all(|glyph| glyph.end > glyph.start));
    }

    #[test]
    fn a_soft_hyphen_is_drawn_only_at_a_break_and_inside_the_measure() {
        let mut setter = Setter::new(Language::De);
        let text = "Wirtschaftszusammenarbeit Umweltschutz";
        assert_eq!(read(&setter.set(text, &setting(400.0))), text);
        for width in [40.0, 60.0, 70.0, 80.0, 95.0, 110.0] {
            let set = setter.set(text, &setting(width));
            assert!(set.lines.len() > 1 && read(&set).contains('-'), "{width}");
            assert!(set.width <= width + 0.01, "{} is wider than {width}", set.width);
        }
    }

    #[test]
    fn a_missing_character_is_named_with_its_text() {
        let mut setter = Setter::new(Language::En);
        setter.set("The sign \u{16a0} is a rune", &setting(400.0));
        assert_eq!(
            setter.problems.to_string(),
            "error: no shipped font has the character \u{16a0} (U+16A0)\n   = hint: it stands in “The sign \u{16a0} is a rune”"
        );
    }

    #[test]
    fn what_shows_nothing_needs_no_glyph() {
        let mut setter = Setter::new(Language::Zh);
        let set = setter.set("a\u{2060}b\tc\u{200b}d", &setting(400.0));
        assert!(setter.problems.is_empty(), "{}", setter.problems);
        assert_eq!(read(&set), "abcd");
    }

    #[test]
    fn lines_at_the_right_edge_end_there() {
        let mut setter = Setter::new(Language::Zh);
        let set =
            setter.set("大众汽车集团纯电动车全球销量为74.48万辆，喆堃。", &Setting { right: true, ..setting(100.0) });
        assert!(set.lines.len() > 1);
        for line in &set.lines {
            assert!((reach(&set.text, &line.runs) - 100.0).abs() < 0.01);
        }
    }
}
