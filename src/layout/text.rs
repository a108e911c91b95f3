//! Text becomes lines of glyphs: shaping and line breaking by parley, hyphenation by the language's patterns, and what
//! parley leaves to its user: ligature components, the hyphen at a break, missing glyphs. Where lines stand on a page
//! is in `flow`.

use std::{ops::Range, sync::Arc};

use hypher::Lang;
use parley::{
    Alignment, AlignmentOptions, FontContext, FontFamily, FontStyle, FontWeight, Layout, LayoutContext, LineHeight,
    StyleProperty,
};

use super::{
    document::Glyph,
    drawing::Measure,
    fonts::{Fonts, fonts},
};
use crate::{
    language::Language,
    problem::{Problem, Problems},
};

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
    context: FontContext,
    scratch: LayoutContext<Mark>,
    layout: Layout<Mark>,
    language: Language,
    /// Characters that no face has.
    pub problems: Problems,
}

impl Setter {
    /// A setter for text in `language`.
    pub fn new(language: Language) -> Setter {
        let fonts = fonts();
        Setter {
            fonts,
            context: fonts.context.clone(),
            scratch: LayoutContext::new(),
            layout: Layout::new(),
            language,
            problems: Problems::new(),
        }
    }

    /// Plain text in lines.
    pub fn set(&mut self, text: &str, setting: &Setting) -> Paragraph {
        self.set_spans(text, &[], setting)
    }

    /// Text with spans in lines. `spans` are in order and do not overlap.
    pub fn set_spans(&mut self, text: &str, spans: &[Span], setting: &Setting) -> Paragraph {
        let (text, spans) =
            if setting.hyphenate { hyphenate(text, spans, self.language) } else { (text.to_owned(), spans.to_vec()) };
        let families = match self.language {
            Language::Zh => "Noto Sans SC, IBM Plex Sans",
            _ => "IBM Plex Sans, Noto Sans SC",
        };
        let mut builder = self.scratch.ranged_builder(&mut self.context, &text, 1.0, false);
        builder.push_default(StyleProperty::FontFamily(FontFamily::Source(families.into())));
        builder.push_default(StyleProperty::FontSize(setting.size));
        builder.push_default(StyleProperty::LineHeight(LineHeight::FontSizeRelative(setting.leading)));
        if setting.strong {
            builder.push_default(StyleProperty::FontWeight(FontWeight::new(600.0)));
        }
        for span in &spans {
            builder.push(StyleProperty::Brush(span.mark), span.range.clone());
            if span.mark.cite {
                builder.push(StyleProperty::FontSize(setting.size * 0.68), span.range.clone());
                builder.push(StyleProperty::FontWeight(FontWeight::new(400.0)), span.range.clone());
            }
            if span.strong || (span.italic && self.language == Language::Zh) {
                builder.push(StyleProperty::FontWeight(FontWeight::new(600.0)), span.range.clone());
            } else if span.italic {
                builder.push(StyleProperty::FontStyle(FontStyle::Italic), span.range.clone());
            }
        }
        builder.build_into(&mut self.layout, &text);
        self.break_lines(&text, setting);
        let align = if setting.right { Alignment::End } else { Alignment::Start };
        self.layout.align(align, AlignmentOptions::default());
        self.collect(&text, setting)
    }

    /// Breaks into lines; parley reserves no room for the hyphen of a soft hyphen, so a line that would overflow with
    /// it is broken again, narrower.
    fn break_lines(&mut self, text: &str, setting: &Setting) {
        let hyphen = setting.size * 0.4;
        let mut narrow: Vec<bool> = Vec::new();
        self.layout.break_all_lines(Some(setting.width));
        while text.contains('\u{ad}') {
            let count = self.layout.len();
            let overflow = self.layout.lines().enumerate().position(|(index, line)| {
                index + 1 < count
                    && narrow.get(index) != Some(&true)
                    && text.get(line.text_range()).is_some_and(|part| part.ends_with('\u{ad}'))
                    && line.metrics().advance + hyphen > setting.width
            });
            let Some(index) = overflow else { break };
            narrow.truncate(index);
            narrow.resize(index, false);
            narrow.push(true);
            let mut breaker = self.layout.break_lines();
            breaker.state_mut().set_layout_max_advance(setting.width);
            let mut line = 0;
            loop {
                let room = if narrow.get(line) == Some(&true) { setting.width - hyphen } else { setting.width };
                breaker.state_mut().set_line_max_advance(room);
                if breaker.break_next().is_none() {
                    break;
                }
                line += 1;
            }
            breaker.finish();
        }
    }

    fn collect(&mut self, text: &str, setting: &Setting) -> Paragraph {
        let whole: Arc<str> = text.into();
        let count = self.layout.len();
        let mut lines = Vec::with_capacity(count);
        let mut width = 0.0_f32;
        for (index, line) in self.layout.lines().enumerate() {
            let metrics = line.metrics();
            let mut x = metrics.offset;
            let mut runs: Vec<LineRun> = Vec::new();
            for run in line.runs() {
                let face = self.fonts.by_blob.get(&run.font().data.id()).copied().unwrap_or(0);
                let mut open = false;
                for cluster in run.visual_clusters() {
                    let range = cluster.text_range();
                    let part = text.get(range.clone()).unwrap_or_default();
                    if cluster.is_ligature_continuation() {
                        if let Some(glyph) = runs.last_mut().and_then(|run| run.glyphs.last_mut()) {
                            glyph.end = range.end;
                        }
                        continue;
                    }
                    if part == "\u{ad}" {
                        continue;
                    }
                    let mark = cluster.style().brush;
                    if !open || runs.last().is_some_and(|run| run.mark != mark) {
                        runs.push(LineRun { face, size: run.font_size(), x, mark, glyphs: Vec::new(), hyphen: false });
                        open = true;
                    }
                    for (nth, glyph) in cluster.glyphs().enumerate() {
                        if glyph.id == 0 && !part.chars().all(|c| c.is_whitespace() || c.is_control()) {
                            let c = part.chars().next().unwrap_or_default();
                            self.problems.push(
                                Problem::error(format!(
                                    "no shipped font has the character {c} (U+{:04X})",
                                    u32::from(c)
                                ))
                                .hint(format!("it stands in “{}”", around(text, range.start))),
                            );
                        }
                        let end = if nth == 0 { range.end } else { range.start };
                        if let Some(run) = runs.last_mut() {
                            run.glyphs.push(Glyph {
                                id: glyph.id as u16,
                                advance: glyph.advance,
                                start: range.start,
                                end,
                            });
                        }
                        x += glyph.advance;
                    }
                }
            }
            let broken = text.get(line.text_range()).is_some_and(|part| part.ends_with('\u{ad}'));
            if broken
                && index + 1 < count
                && let Some(last) = runs.last()
            {
                let (face, size, mark) = (last.face, last.size, last.mark);
                let id = self.fonts.faces.get(face).map_or(0, |face| face.hyphen);
                let advance = self
                    .fonts
                    .faces
                    .get(face)
                    .and_then(|f| f.advances.get(usize::from(id)))
                    .map_or(0.0, |a| f32::from(*a) * size / 1000.0);
                runs.push(LineRun {
                    face,
                    size,
                    x,
                    mark,
                    hyphen: true,
                    glyphs: vec![Glyph { id, advance, start: 0, end: 0 }],
                });
                x += advance;
            }
            width = width.max(x - metrics.offset);
            let height = setting.size * setting.leading;
            // The same baseline for every script: the Latin face's middle in the line.
            lines.push(Line { baseline: height * 0.5 + setting.size * 0.36, height, runs });
        }
        if lines.is_empty() {
            let height = setting.size * setting.leading;
            lines.push(Line { baseline: height * 0.5 + setting.size * 0.36, height, runs: Vec::new() });
        }
        Paragraph { lines, text: whole, width }
    }
}

impl Measure for Setter {
    fn width(&mut self, text: &str, size: f32, strong: bool) -> f32 {
        let setting = Setting { size, strong, width: 10_000.0, leading: 1.2, hyphenate: false, right: false };
        self.set(text, &setting).width
    }
}

/// Some words around a byte, for a hint.
fn around(text: &str, at: usize) -> String {
    let before: Vec<char> = text.get(..at).unwrap_or_default().chars().rev().take(12).collect();
    let after: String = text.get(at..).unwrap_or_default().chars().take(12).collect();
    before.into_iter().rev().collect::<String>() + &after
}

/// The text with soft hyphens at the places where its words may be broken, and the spans moved along.
fn hyphenate(text: &str, spans: &[Span], language: Language) -> (String, Vec<Span>) {
    let patterns = match language {
        Language::En => Lang::English,
        Language::De => Lang::German,
        Language::Zh => return (text.to_owned(), spans.to_vec()),
    };
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    // For each soft hyphen put in, the byte of the old text before which it stands.
    let mut put: Vec<usize> = Vec::new();
    let mut word = 0..0;
    let flush = |word: &Range<usize>, out: &mut String, put: &mut Vec<usize>| {
        let letters = text.get(word.clone()).unwrap_or_default();
        if letters.chars().count() < 7 || letters.contains('\u{ad}') || letters.chars().all(char::is_uppercase) {
            out.push_str(letters);
            return;
        }
        let mut at = word.start;
        for (nth, syllable) in hypher::hyphenate(letters, patterns).enumerate() {
            if nth > 0 {
                out.push('\u{ad}');
                put.push(at);
            }
            out.push_str(syllable);
            at += syllable.len();
        }
    };
    for (at, c) in text.char_indices() {
        if c.is_alphabetic() || c == '\u{ad}' {
            if word.is_empty() {
                word = at..at;
            }
            word.end = at + c.len_utf8();
        } else {
            flush(&word, &mut out, &mut put);
            word = 0..0;
            out.push(c);
        }
    }
    flush(&word, &mut out, &mut put);
    let moved = |at: usize| at + put.iter().take_while(|p| **p < at).count() * '\u{ad}'.len_utf8();
    let spans = spans.iter().map(|s| Span { range: moved(s.range.start)..moved(s.range.end), ..s.clone() }).collect();
    (out, spans)
}
