//! Shaping and line breaking: styled text becomes lines of placed glyphs. parley does the work; here its ligatures are
//! joined to their text, soft hyphens at a line's end are drawn and their width reserved, and a character that no font
//! has becomes a problem.

use std::{collections::BTreeSet, ops::Range, sync::Mutex};

use parley::{
    Alignment, AlignmentOptions, FontContext, FontFamily, FontStyle, FontWeight, Layout, LayoutContext, LineHeight,
    OverflowWrap, StyleProperty,
};

use super::{
    document::{Glyph, Run},
    drawing::Measure,
    fonts::{Face, Fonts},
    hyphenation,
};
use crate::{
    language::Language,
    problem::{Problem, Problems},
};

const SOFT_HYPHEN: char = '\u{ad}';

/// How a stretch of text looks, beside the paragraph's own style.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Look {
    /// Semi-bold.
    pub strong: bool,
    /// Italic; Chinese has none and uses semi-bold.
    pub italic: bool,
    /// Smaller, for a citation.
    pub small: bool,
    /// Whose mark it is: 0 is nobody's, n is the n-th mark of the paragraph.
    pub mark: u16,
}

/// Text with looks.
#[derive(Debug, Clone, Default)]
pub struct Text {
    string: String,
    spans: Vec<(Range<usize>, Look)>,
}

impl Text {
    /// Text with one look.
    pub fn plain(text: &str) -> Text {
        let mut all = Text::default();
        all.push(text, Look::default());
        all
    }

    /// Adds `text`. Control characters but the line break are dropped: they have no glyph and no meaning in print.
    pub fn push(&mut self, text: &str, look: Look) {
        let start = self.string.len();
        self.string.extend(text.chars().filter(|c| *c == '\n' || !c.is_control()));
        if look != Look::default() && self.string.len() > start {
            self.spans.push((start..self.string.len(), look));
        }
    }

    /// Adds `text` with soft hyphens where a word of `language` may be broken.
    pub fn push_hyphenated(&mut self, text: &str, look: Look, language: Language) {
        self.push(&hyphenation::hyphenate(text, language), look);
    }

    /// Is there nothing to show?
    pub fn is_empty(&self) -> bool {
        self.string.trim().is_empty()
    }
}

/// Which edge lines keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// Left
    Start,
    /// Right
    End,
}

/// How a paragraph is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// Size in points.
    pub size: f32,
    /// From baseline to baseline, in points.
    pub leading: f32,
    /// Semi-bold.
    pub strong: bool,
    /// How wide lines may be.
    pub width: f32,
    /// Which edge they keep to.
    pub edge: Edge,
}

/// A line of a paragraph.
#[derive(Debug, Clone)]
pub struct Line {
    /// The baseline, from the line's top.
    pub baseline: f32,
    /// Its height.
    pub height: f32,
    /// How far it reaches, from the left edge.
    pub width: f32,
    /// Its pieces from left to right.
    pub pieces: Vec<Piece>,
}

/// A run at its place in a line.
#[derive(Debug, Clone)]
pub struct Piece {
    /// From the paragraph's left edge.
    pub x: f32,
    /// Above the baseline (a mark over a letter).
    pub rise: f32,
    /// Whose mark it is, see `Look::mark`.
    pub mark: u16,
    /// The glyphs.
    pub run: Run,
}

/// Set text.
#[derive(Debug, Clone, Default)]
pub struct Paragraph {
    /// Its lines.
    pub lines: Vec<Line>,
}

impl Paragraph {
    /// The height of all its lines.
    pub fn height(&self) -> f32 {
        self.lines.iter().map(|line| line.height).sum()
    }

    /// The reach of its longest line.
    pub fn width(&self) -> f32 {
        self.lines.iter().map(|line| line.width).fold(0.0, f32::max)
    }
}

/// Sets text in one language and remembers what no font could show.
pub struct Shaper {
    fonts: &'static Fonts,
    language: Language,
    tools: Option<Box<Tools>>,
    missing: BTreeSet<(char, String)>,
}

/// What parley needs and is slow to make anew.
struct Tools {
    fonts: FontContext,
    layouts: LayoutContext<u16>,
    layout: Layout<u16>,
}

/// Tools not in use. Whoever lays out takes one set and puts it back; more exist only while more threads lay out.
static IDLE: Mutex<Vec<Box<Tools>>> = Mutex::new(Vec::new());

impl Drop for Shaper {
    fn drop(&mut self) {
        if let (Some(tools), Ok(mut idle)) = (self.tools.take(), IDLE.lock()) {
            idle.push(tools);
        }
    }
}

impl Shaper {
    /// For text in `language`.
    pub fn new(language: Language) -> Shaper {
        let fonts = Fonts::load();
        let idle = IDLE.lock().ok().and_then(|mut idle| idle.pop());
        let tools = idle.unwrap_or_else(|| {
            Box::new(Tools { fonts: fonts.context(), layouts: LayoutContext::new(), layout: Layout::new() })
        });
        Shaper { fonts, language, tools: Some(tools), missing: BTreeSet::new() }
    }

    /// The language of the text.
    pub fn language(&self) -> Language {
        self.language
    }

    /// One problem for each character that no font has, with the text in which it stood.
    pub fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        let mut told = BTreeSet::new();
        for (missing, text) in &self.missing {
            if told.insert(*missing) {
                problems.push(
                    Problem::error(format!(
                        "no font has the character `{missing}` (U+{:04X}) in \u{201c}{text}\u{201d}",
                        *missing as u32
                    ))
                    .hint("write it another way; the fonts hold Latin, Greek and the Chinese of GB 2312 and the General Standard table"),
                );
            }
        }
        problems
    }

    /// Breaks `text` into lines.
    pub fn set(&mut self, text: &Text, setting: &Setting) -> Paragraph {
        let Some(tools) = self.tools.as_mut() else { return Paragraph::default() };
        shape(tools, text, setting, self.language);
        let hyphen = self.hyphen_width(setting);
        let Some(tools) = self.tools.as_mut() else { return Paragraph::default() };
        break_lines(&mut tools.layout, &text.string, setting.width, hyphen);
        self.collect(&text.string, setting)
    }

    /// On one line, however long.
    pub fn set_line(&mut self, text: &Text, setting: &Setting) -> Paragraph {
        self.set(text, &Setting { width: f32::MAX, edge: Edge::Start, ..*setting })
    }

    /// The widest of its words and its width on one line.
    pub fn widths(&mut self, text: &Text, setting: &Setting) -> (f32, f32) {
        let Some(tools) = self.tools.as_mut() else { return (0.0, 0.0) };
        shape(tools, text, setting, self.language);
        let widths = tools.layout.calculate_content_widths();
        (widths.min, widths.max)
    }

    /// Room for a hyphen at a line's end.
    fn hyphen_width(&self, setting: &Setting) -> f32 {
        let face = if setting.strong { Face::PlexSemiBold } else { Face::PlexRegular };
        let metrics = self.fonts.metrics(face);
        f32::from(metrics.advance(metrics.hyphen)) * setting.size / f32::from(metrics.units)
    }

    fn collect(&mut self, text: &str, setting: &Setting) -> Paragraph {
        let Shaper { fonts, tools, missing, .. } = self;
        let Some(tools) = tools.as_ref() else { return Paragraph::default() };
        let count = tools.layout.len();
        let mut lines = Vec::with_capacity(count);
        for (index, line) in tools.layout.lines().enumerate() {
            let mut builder = LineBuilder { fonts, text, pieces: Vec::new(), x: 0.0 };
            for run in line.runs() {
                builder.run(&run, missing);
            }
            if index + 1 < count && text.get(line.text_range()).is_some_and(|t| t.ends_with(SOFT_HYPHEN)) {
                builder.hyphen();
            }
            let LineBuilder { mut pieces, .. } = builder;
            let width = visible_end(&pieces);
            if setting.edge == Edge::End && setting.width < f32::MAX {
                for piece in &mut pieces {
                    piece.x += setting.width - width;
                }
            }
            let reach = visible_end(&pieces);
            // Every line has the same height, whatever font it falls back to: the baseline is put where the main
            // font would have it.
            lines.push(Line {
                baseline: setting.leading / 2.0 + setting.size * 0.35,
                height: setting.leading,
                width: reach,
                pieces,
            });
        }
        Paragraph { lines }
    }
}

impl Measure for Shaper {
    fn width(&mut self, text: &str, size: f32, strong: bool) -> f32 {
        let setting = Setting { size, leading: size, strong, width: f32::MAX, edge: Edge::Start };
        self.set(&Text::plain(text), &setting).width()
    }
}

/// Where the last glyph that shows something ends: spaces at a line's end do not count.
fn visible_end(pieces: &[Piece]) -> f32 {
    let mut end = 0.0;
    for piece in pieces {
        let mut x = piece.x;
        for glyph in &piece.run.glyphs {
            x += glyph.advance;
            let text = piece.run.text.get(glyph.start as usize..glyph.end as usize).unwrap_or_default();
            if glyph.stands_for || !text.chars().all(|c| c == ' ' || c == '\u{3000}') || text.is_empty() {
                end = x;
            }
        }
    }
    end
}

fn shape(tools: &mut Tools, text: &Text, setting: &Setting, language: Language) {
    let (regular, strong) = (FontWeight::new(400.0), FontWeight::new(600.0));
    let families = match language {
        Language::Zh => "Noto Sans SC, IBM Plex Sans",
        Language::En | Language::De => "IBM Plex Sans, Noto Sans SC",
    };
    let mut builder = tools.layouts.ranged_builder(&mut tools.fonts, &text.string, 1.0, false);
    builder.push_default(StyleProperty::FontFamily(FontFamily::Source(families.into())));
    builder.push_default(StyleProperty::FontSize(setting.size));
    builder.push_default(StyleProperty::LineHeight(LineHeight::Absolute(setting.leading)));
    builder.push_default(StyleProperty::FontWeight(if setting.strong { strong } else { regular }));
    // A word longer than its line is broken rather than run out of the page.
    builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::BreakWord));
    for (range, look) in &text.spans {
        let slanted = look.italic && language != Language::Zh;
        if look.strong || (look.italic && !slanted) {
            builder.push(StyleProperty::FontWeight(strong), range.clone());
        }
        if slanted {
            builder.push(StyleProperty::FontStyle(FontStyle::Italic), range.clone());
        }
        if look.small {
            builder.push(StyleProperty::FontSize(setting.size * SMALL), range.clone());
        }
        if look.mark > 0 {
            builder.push(StyleProperty::Brush(look.mark), range.clone());
        }
    }
    builder.build_into(&mut tools.layout, &text.string);
}

/// The size of a citation, as a share of the text's.
const SMALL: f32 = 0.78;

/// Breaks into lines no wider than `width`, the hyphens of soft hyphens included. parley does not reserve their width,
/// so a line that would run over is broken again with less room.
fn break_lines(layout: &mut Layout<u16>, text: &str, width: f32, hyphen: f32) {
    let mut narrow: Vec<bool> = Vec::new();
    loop {
        let mut breaker = layout.break_lines();
        breaker.state_mut().set_layout_max_advance(width);
        let mut index = 0;
        loop {
            let less = if narrow.get(index).copied().unwrap_or(false) { hyphen } else { 0.0 };
            breaker.state_mut().set_line_max_advance((width - less).max(1.0));
            if breaker.break_next().is_none() {
                break;
            }
            index += 1;
        }
        breaker.finish();
        if !text.contains(SOFT_HYPHEN) {
            return;
        }
        let count = layout.len();
        let over = layout.lines().enumerate().position(|(index, line)| {
            index + 1 < count
                && !narrow.get(index).copied().unwrap_or(false)
                && text.get(line.text_range()).is_some_and(|t| t.ends_with(SOFT_HYPHEN))
                && line.metrics().advance + hyphen > width
        });
        // `narrow` grows or gets one more true each time and there are finitely many lines: this ends.
        let Some(index) = over else { return };
        narrow.truncate(index);
        narrow.resize(index, false);
        narrow.push(true);
    }
}

/// Collects the glyphs of one line.
struct LineBuilder<'a> {
    fonts: &'static Fonts,
    text: &'a str,
    pieces: Vec<Piece>,
    x: f32,
}

impl LineBuilder<'_> {
    fn run(&mut self, run: &parley::layout::Run<'_, u16>, missing: &mut BTreeSet<(char, String)>) {
        let Some(face) = self.fonts.face(run.font().data.id()) else { return };
        let mut fresh = true;
        for cluster in run.visual_clusters() {
            let range = cluster.text_range();
            let source = self.text.get(range.clone()).unwrap_or_default();
            if cluster.is_ligature_continuation() {
                // The ligature's glyph stands for this text too.
                if let Some(piece) = self.pieces.last_mut() {
                    piece.run.text.extend(source.chars().filter(|c| *c != SOFT_HYPHEN));
                    let end = piece.run.text.len() as u32;
                    if let Some(glyph) = piece.run.glyphs.last_mut() {
                        glyph.end = end;
                    }
                }
                continue;
            }
            if source.chars().all(is_unseen) {
                continue;
            }
            let mark = cluster.style().brush;
            let mut first = true;
            for glyph in cluster.glyphs() {
                if glyph.id == 0 {
                    if let Some(character) = source.chars().find(|c| !is_unseen(*c)) {
                        missing.insert((character, excerpt(self.text, range.start)));
                    }
                    self.x += glyph.advance;
                    continue;
                }
                let placed = glyph.x.abs() > 0.01 || glyph.y.abs() > 0.01;
                if fresh || placed || self.pieces.last().is_none_or(|piece| piece.mark != mark) {
                    self.pieces.push(Piece {
                        x: self.x + glyph.x,
                        rise: -glyph.y,
                        mark,
                        run: Run { face, size: run.font_size(), glyphs: Vec::new(), text: String::new() },
                    });
                }
                // After a glyph that was moved, the pen goes on from where it would have been.
                fresh = placed;
                self.x += glyph.advance;
                let Some(piece) = self.pieces.last_mut() else { continue };
                let start = piece.run.text.len() as u32;
                if first {
                    piece.run.text.extend(source.chars().filter(|c| *c != SOFT_HYPHEN));
                }
                first = false;
                let end = piece.run.text.len() as u32;
                piece.run.glyphs.push(Glyph {
                    id: glyph.id as u16,
                    advance: glyph.advance,
                    start,
                    end,
                    stands_for: false,
                });
            }
        }
    }

    /// Draws the hyphen of a soft hyphen at the line's end; its text stays the soft hyphen, so that copied words join.
    fn hyphen(&mut self) {
        let Some(last) = self.pieces.last() else { return };
        let (face, size, mark) = (last.run.face, last.run.size, last.mark);
        let metrics = self.fonts.metrics(face);
        let advance = f32::from(metrics.advance(metrics.hyphen)) * size / f32::from(metrics.units);
        let text = String::from(SOFT_HYPHEN);
        let glyph = Glyph { id: metrics.hyphen, advance, start: 0, end: text.len() as u32, stands_for: true };
        self.pieces.push(Piece {
            x: self.x,
            rise: 0.0,
            mark,
            run: Run { face, size, glyphs: vec![glyph], text },
        });
        self.x += advance;
    }
}

/// Characters that steer lines and show nothing.
fn is_unseen(c: char) -> bool {
    matches!(c, '\n' | SOFT_HYPHEN | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Some words around a byte position, to find the text again.
fn excerpt(text: &str, at: usize) -> String {
    let before: Vec<char> = text.get(..at).unwrap_or_default().chars().rev().take(24).collect();
    let after = text.get(at..).unwrap_or_default().chars().take(25);
    before.into_iter().rev().chain(after).filter(|c| !is_unseen(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(width: f32) -> Setting {
        Setting { size: 10.0, leading: 14.0, strong: false, width, edge: Edge::Start }
    }

    fn read(paragraph: &Paragraph) -> String {
        paragraph.lines.iter().flat_map(|l| &l.pieces).map(|p| p.run.text.as_str()).collect()
    }

    #[test]
    fn a_ligature_keeps_all_its_letters() {
        let mut shaper = Shaper::new(Language::En);
        let set = shaper.set(&Text::plain("office"), &setting(400.0));
        assert_eq!(read(&set), "office");
        let run = &set.lines[0].pieces[0].run;
        assert!(run.glyphs.len() < 6, "Plex has a ligature for fi");
        for glyph in &run.glyphs {
            assert!(glyph.end > glyph.start);
        }
    }

    #[test]
    fn a_soft_hyphen_is_drawn_only_at_a_break_and_inside_the_measure() {
        let mut shaper = Shaper::new(Language::De);
        let mut text = Text::default();
        text.push_hyphenated("Wirtschaftszusammenarbeit Umweltschutz", Look::default(), Language::De);
        let wide = shaper.set(&text, &setting(400.0));
        assert_eq!(read(&wide), "Wirtschaftszusammenarbeit Umweltschutz");
        for width in [40.0, 60.0, 70.0, 80.0, 95.0, 110.0] {
            let set = shaper.set(&text, &setting(width));
            assert!(set.lines.len() > 1);
            assert!(read(&set).contains(SOFT_HYPHEN), "{width}");
            for line in &set.lines {
                assert!(line.width <= width + 0.01, "{} is wider than {width}", line.width);
            }
        }
    }

    #[test]
    fn a_missing_character_is_named_with_its_text() {
        let mut shaper = Shaper::new(Language::En);
        shaper.set(&Text::plain("The sign \u{16a0} is a rune"), &setting(400.0));
        shaper.set(&Text::plain("Again \u{16a0}"), &setting(400.0));
        let problems = shaper.problems();
        assert_eq!(problems.0.len(), 1);
        assert_eq!(problems.0[0].what, "no font has the character `\u{16a0}` (U+16A0) in \u{201c}Again \u{16a0}\u{201d}");
    }

    #[test]
    fn chinese_breaks_between_characters_and_latin_falls_back() {
        let mut shaper = Shaper::new(Language::Zh);
        let set = shaper.set(&Text::plain("大众汽车集团纯电动车全球销量为74.48万辆，喆堃。"), &setting(100.0));
        assert!(set.lines.len() > 1);
        assert!(shaper.problems().is_empty());
        let end = shaper.set(&Text::plain("12"), &Setting { edge: Edge::End, ..setting(100.0) });
        assert!((end.lines[0].width - 100.0).abs() < 0.01);
    }
}
