//! Shaping and line breaking by parley: faces, weights and spacing of every stretch of a text, and lines that leave room
//! for the hyphen of a broken word.

use std::{ops::Range, sync::Mutex};

use parley::{
    FontContext, FontFamily, FontStyle, FontWeight, Layout, LayoutContext, LineHeight, OverflowWrap, StyleProperty,
};

use super::{
    autospace,
    clusters::clusters,
    invisible::{SOFT_HYPHEN, is_visible},
    justification,
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

/// Room for the hyphen of a broken word, over the size of the text.
const HYPHEN: f32 = 0.4;
/// How much narrower a line is made at most, over the size of the text.
const TIGHT: f32 = 1.0;
/// Maximum number of lines of a paragraph that are broken anew for the punctuation at their end.
const MAX_TRIES: usize = 64;

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
    /// overflow with it is broken again, narrower; and it knows no punctuation that is half as wide at a line's end, so a
    /// line that has room for one is broken again, wider.
    pub fn break_lines(&mut self, text: &str, style: &ParagraphStyle, language: Language) {
        let is_justified = justification::is_justified(style, language);
        // Blocks in blocks may leave no width at all; parley wants some.
        let width = style.width.max(1.0);
        let mut rooms: Vec<Room> = Vec::new();
        let mut tries = 0;
        loop {
            let mut breaker = self.layout.break_lines();
            // No line may be wider than this.
            breaker.state_mut().set_layout_max_advance(width + style.size * (0.5 + TIGHT));
            let mut line = 0;
            loop {
                let more = match rooms.get(line) {
                    Some(Room::ForHyphen) => -style.size * HYPHEN,
                    Some(Room::ForHalf) => style.size * 0.5,
                    Some(Room::Tight) => style.size * (0.5 + TIGHT),
                    Some(Room::Tried) | None => 0.0,
                };
                breaker.state_mut().set_line_max_advance((width + more).max(1.0));
                if breaker.break_next().is_none() {
                    break;
                }
                line += 1;
            }
            breaker.finish();
            let wanted = |index: usize| {
                let line = self.layout.get(index)?;
                let room = rooms.get(index).copied();
                if let Some(Room::ForHalf | Room::Tight) = room {
                    let slack = match room {
                        Some(Room::Tight) => slack(&line, text, width, style.size).0,
                        _ => 0.0,
                    };
                    return (end(&line, text, style.size) > width + slack + 0.01).then_some(Room::Tried);
                }
                let next = self.layout.get(index + 1)?;
                let is_broken = text.get(line.text_range()).is_some_and(|part| part.ends_with(SOFT_HYPHEN));
                match room {
                    Some(Room::ForHyphen | Room::ForHalf | Room::Tight) => None,
                    _ if is_broken && line.metrics().advance + style.size * HYPHEN > width => Some(Room::ForHyphen),
                    Some(Room::Tried) => None,
                    None => {
                        let may = is_justified && tries < MAX_TRIES;
                        may.then(|| taking(&line, &next, text, (width, style.size))).flatten()
                    }
                }
            };
            let Some((index, room)) = (0..line).find_map(|index| Some((index, wanted(index)?))) else { return };
            // Each time the room of a further line is settled, since it hangs on the lines before alone: this ends.
            tries += usize::from(matches!(room, Room::ForHalf | Room::Tight));
            rooms.truncate(index);
            rooms.resize(index, Room::Tried);
            rooms.push(room);
        }
    }
}

/// The width in which a line is broken, other than that of its paragraph.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Room {
    /// Narrower, for the hyphen of a broken word.
    ForHyphen,
    /// Wider, since the punctuation at its end becomes half as wide.
    ForHalf,
    /// Wider still, since all its punctuation becomes narrower: what then fits would leave it loose.
    Tight,
    /// That of the paragraph; what it could have had besides did not help.
    Tried,
}

/// Returns where a line ends that was broken wider, its last punctuation half as wide.
fn end(line: &parley::layout::Line<'_, Markup>, text: &str, size: f32) -> f32 {
    let metrics = line.metrics();
    let part = |range: Range<usize>| text.get(range).unwrap_or_default();
    let clusters = line.runs().flat_map(|run| run.clusters().map(|cluster| (cluster.text_range(), cluster.advance())));
    let shown = clusters.filter(|(range, _)| part(range.clone()).chars().any(is_visible));
    let half = shown
        .last()
        .filter(|(range, advance)| justification::is_closing(part(range.clone())) && *advance > size * 0.75);
    metrics.advance - metrics.hanging_advance - half.map_or(0.0, |_| size * 0.5)
}

/// Returns how much narrower a line can become, and whether it is loose as it stands.
fn slack(line: &parley::layout::Line<'_, Markup>, text: &str, width: f32, size: f32) -> (f32, bool) {
    let metrics = line.metrics();
    let room = width - metrics.advance + metrics.hanging_advance;
    justification::slack(text.get(line.text_range()).unwrap_or_default(), room, size)
}

/// Returns the room in which the line would hold what the next one begins with, up to its first punctuation, which is then half as
/// wide; `None` if it would in none.
fn taking(
    line: &parley::layout::Line<'_, Markup>,
    next: &parley::layout::Line<'_, Markup>,
    text: &str,
    (width, size): (f32, f32),
) -> Option<Room> {
    let metrics = line.metrics();
    let room = width - metrics.advance + metrics.hanging_advance;
    let (slack, is_loose) = slack(line, text, width, size);
    let most = if is_loose { room + slack.min(size * TIGHT) } else { room };
    let mut taken = 0.0;
    for cluster in next.runs().flat_map(|run| run.clusters()) {
        let part = text.get(cluster.text_range()).unwrap_or_default();
        taken += cluster.advance();
        // A mark that others follow is half as wide already.
        let half = if justification::is_closing(part) && cluster.advance() > size * 0.75 { size * 0.5 } else { 0.0 };
        if taken - half > most {
            return None;
        }
        if half > 0.0 {
            return Some(if taken - half <= room { Room::ForHalf } else { Room::Tight });
        }
    }
    None
}
