//! Shaping and line breaking by parley: faces, weights and spacing of every stretch of a text, and lines that leave room
//! for the hyphen of a broken word.

use std::sync::Mutex;

use parley::{
    FontContext, FontFamily, FontStyle, FontWeight, Layout, LayoutContext, LineHeight, OverflowWrap, StyleProperty,
};

use super::{
    autospace,
    clusters::clusters,
    invisible::SOFT_HYPHEN,
    paragraph::{Markup, ParagraphStyle, Span},
    paragraph_cache::ParagraphCache,
    preparation::PreparedText,
};
use crate::{
    base::language::Language,
    document::{
        brief::Family,
        layout::fonts::{Fonts, fonts},
    },
};

/// Size of a citation over that of its text.
const CITATION_SCALE: f32 = 0.68;
/// Minimum size of a citation in points: a smaller number cannot be read.
const MIN_CITATION_SIZE: f32 = 6.0;

/// Punctuation that Noto Sans SC draws as wide as a Han character, as Chinese wants it and no other language.
const WIDE_MARKS: [char; 6] = ['‘', '’', '“', '”', '…', '—'];

/// The families that a text is set in, in the order in which they are asked for a character.
pub(super) fn families(language: Language, family: Family) -> [Family; 2] {
    if language == Language::Zh || family == Family::Noto {
        [Family::Noto, Family::Plex]
    } else {
        [Family::Plex, Family::Noto]
    }
}

/// The same for words of another language than the text's.
fn of_foreign(language: &str) -> [Family; 2] {
    if language == "zh" { [Family::Noto, Family::Plex] } else { [Family::Plex, Family::Noto] }
}

/// The name by which parley knows a family.
const fn name(family: Family) -> &'static str {
    match family {
        Family::Plex => "IBM Plex Sans",
        Family::Noto => "Noto Sans SC",
    }
}

/// What parley keeps between paragraphs. Making it anew takes 3 ms.
pub(super) struct ShapingTools {
    context: FontContext,
    scratch: LayoutContext<Markup>,
    pub layout: Layout<Markup>,
    pub cache: ParagraphCache,
}

/// Tools not in use. A typesetter takes one and puts it back, so there are as many as threads ever set text at once.
static IDLE_TOOLS: Mutex<Vec<ShapingTools>> = Mutex::new(Vec::new());

impl ShapingTools {
    /// Takes idle tools, or makes new ones.
    pub fn take(fonts: &Fonts) -> ShapingTools {
        let idle = IDLE_TOOLS.lock().ok().and_then(|mut idle| idle.pop());
        idle.unwrap_or_else(|| ShapingTools {
            context: fonts.context.clone(),
            scratch: LayoutContext::new(),
            layout: Layout::new(),
            cache: ParagraphCache::default(),
        })
    }

    /// Leaves the tools to whoever sets text next.
    pub fn put_back(self) {
        if let Ok(mut idle) = IDLE_TOOLS.lock() {
            idle.push(self);
        }
    }

    /// Shapes a text; the glyphs are in `layout`, not yet in lines.
    pub fn shape(&mut self, prepared: &PreparedText, style: &ParagraphStyle, language: Language) {
        let noto = language == Language::Zh || style.family == Family::Noto;
        let wide_mark = |at: usize| prepared.text.get(at..).is_some_and(|rest| rest.starts_with(WIDE_MARKS));
        let foreign: Vec<&Span> = prepared.spans.iter().filter(|span| span.markup.language.is_some()).collect();
        let foreign = |at: usize| foreign.iter().find(|span| span.range.contains(&at))?.markup.language;
        let is_narrowed = |at: usize| noto && language != Language::Zh && wide_mark(at) && foreign(at) != Some("zh");
        let families = families(language, style.family);
        let (regular, strong) = (FontWeight::new(400.0), FontWeight::new(600.0));
        let mut builder = self.scratch.ranged_builder(&mut self.context, &prepared.text, 1.0, false);
        let both = families.map(name).join(", ");
        builder.push_default(StyleProperty::FontFamily(FontFamily::Source(both.into())));
        builder.push_default(StyleProperty::FontSize(style.size));
        builder.push_default(StyleProperty::LineHeight(LineHeight::FontSizeRelative(style.leading)));
        // A word longer than its line is broken rather than run out of the page.
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::BreakWord));
        if style.strong {
            builder.push_default(StyleProperty::FontWeight(strong));
        }
        if noto && language != Language::Zh {
            for (at, mark) in prepared.text.match_indices(WIDE_MARKS) {
                builder.push(
                    StyleProperty::FontFamily(FontFamily::Source(name(Family::Plex).into())),
                    at..at + mark.len(),
                );
            }
        }
        for span in &prepared.spans {
            if let Some(language) = span.markup.language {
                let both = of_foreign(language).map(name).join(", ");
                builder.push(StyleProperty::FontFamily(FontFamily::Source(both.into())), span.range.clone());
            }
        }
        let order = |at: usize| match foreign(at) {
            _ if is_narrowed(at) => [Family::Plex, Family::Noto],
            Some(language) => of_foreign(language),
            None => families,
        };
        for cluster in clusters(&prepared.text, order, fonts()) {
            if let Some(family) = cluster.family {
                builder.push(StyleProperty::FontFamily(FontFamily::Source(name(family).into())), cluster.range);
            }
        }
        for gap in &prepared.gaps {
            builder.push(StyleProperty::LetterSpacing(style.size * autospace::GAP), gap.clone());
        }
        for span in &prepared.spans {
            builder.push(StyleProperty::Brush(span.markup), span.range.clone());
            if span.markup.cite {
                let size = (style.size * CITATION_SCALE).max(MIN_CITATION_SIZE).min(style.size);
                builder.push(StyleProperty::FontSize(size), span.range.clone());
                builder.push(StyleProperty::FontWeight(regular), span.range.clone());
            }
            if span.strong || (span.italic && noto) {
                builder.push(StyleProperty::FontWeight(strong), span.range.clone());
            } else if span.italic {
                builder.push(StyleProperty::FontStyle(FontStyle::Italic), span.range.clone());
            }
        }
        builder.build_into(&mut self.layout, &prepared.text);
    }

    /// Breaks the shaped text into lines. parley reserves no room for the hyphen of a soft hyphen, so a line that would
    /// overflow with it is broken again, narrower.
    pub fn break_lines(&mut self, text: &str, style: &ParagraphStyle) {
        let hyphen = style.size * 0.4;
        // Blocks in blocks may leave no width at all; parley wants some.
        let width = style.width.max(1.0);
        let mut narrow: Vec<bool> = Vec::new();
        loop {
            let mut breaker = self.layout.break_lines();
            breaker.state_mut().set_layout_max_advance(width);
            let mut line = 0;
            loop {
                let less = if narrow.get(line) == Some(&true) { hyphen } else { 0.0 };
                breaker.state_mut().set_line_max_advance((width - less).max(1.0));
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
                    && line.metrics().advance + hyphen > width
            });
            // Each time a further line is made narrow and stays so: this ends.
            let Some(index) = over else { return };
            narrow.truncate(index);
            narrow.resize(index, false);
            narrow.push(true);
        }
    }
}
