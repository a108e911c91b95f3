//! A chart on the page: its finding as title, measure and period under it, the drawing, the notes. The geometry of the
//! drawing is in `chart`.

use super::{
    chart, chart_values,
    compose::Composer,
    document::{StructureType, Target},
    drawing::{Anchor, Drawing, Ink, Shape, Tone},
    geometry::Rect,
    linked_paragraph::Links,
    table::{place_notes, set_note},
    text::{Paragraph, ParagraphStyle},
};
use crate::{
    base::problem::Problem,
    document::brief::{Block, Chart, Theme},
};

/// A chart whose texts are set and whose drawing is made.
pub(super) struct SetFigure {
    title: Paragraph,
    subtitle: Paragraph,
    drawing: Drawing,
    notes: Vec<(Paragraph, Links)>,
    place: FigurePlace,
}

/// How much of the width a chart takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FigurePlace {
    /// All of it.
    Whole,
    /// Half of it, with another chart in the other half.
    Paired,
    /// Half of it, with its words in the other half.
    Alone,
}

const GAP: f32 = 5.0;
/// Space below a drawing.
const UNDER: f32 = 3.0;
/// Distance between the two halves.
const GUTTER: f32 = 18.0;

impl SetFigure {
    fn height(&self) -> f32 {
        let notes: f32 = self.notes.iter().map(|(note, _)| note.height()).sum();
        let words = self.title.height() + self.subtitle.height() + GAP + notes;
        let drawing = self.drawing.height + UNDER;
        if self.place == FigurePlace::Alone { words.max(drawing) } else { words + drawing }
    }
}

impl FigurePlace {
    fn of(chart: &Chart) -> FigurePlace {
        if chart.options.half { FigurePlace::Alone } else { FigurePlace::Whole }
    }

    /// The width of the words and of the drawing.
    fn width(self, composer: &Composer<'_>) -> f32 {
        let whole = composer.flow.width();
        if self == FigurePlace::Whole { whole } else { (whole - GUTTER) / 2.0 }
    }
}

/// Whether two blocks are charts that stand beside each other.
pub(super) fn are_halves(block: &Block, next: &Block) -> bool {
    matches!((block, next), (Block::Chart(a), Block::Chart(b)) if a.options.half && b.options.half)
}

/// Returns the height of a chart with the space above it; 0 if it cannot be drawn, which `place` reports.
pub(super) fn height(composer: &mut Composer<'_>, chart: &Chart) -> f32 {
    let space = composer.flow.theme.spacing.block;
    let known = composer.set_figures.remove(&key(chart));
    let Ok(figure) = known.map_or_else(|| set(composer, chart, FigurePlace::of(chart)), Ok) else { return 0.0 };
    let height = space + figure.height();
    // It is placed soon, or asked for again.
    composer.set_figures.insert(key(chart), figure);
    height
}

/// By which a chart of the brief is known while it is composed: its place in memory, since nothing else need be its own.
fn key(chart: &Chart) -> *const Chart {
    std::ptr::from_ref(chart)
}

/// The same of two charts beside each other.
pub(super) fn pair_height(composer: &mut Composer<'_>, pair: [&Chart; 2]) -> f32 {
    let space = composer.flow.theme.spacing.block;
    let heights = pair.map(|chart| set(composer, chart, FigurePlace::Paired).map_or(0.0, |set| set.height()));
    space + heights.into_iter().fold(0.0, f32::max)
}

fn set(composer: &mut Composer<'_>, chart: &Chart, place: FigurePlace) -> Result<SetFigure, Box<Problem>> {
    let theme = composer.flow.theme.clone();
    let width = place.width(composer);
    let title = format!("{}  {}", chart.number, chart.title);
    let style = ParagraphStyle { leading: 1.3, ..composer.style(theme.body_size + 0.4, true, width) };
    let title = composer.titled(&title, &style);
    let style = ParagraphStyle { leading: 1.35, ..composer.style(theme.small_size, false, width) };
    let subtitle = composer.titled(&chart.subtitle, &style);
    let drawing = chart::draw(chart, width, composer.writing(), &mut composer.set)?;
    let notes = chart.notes.iter().map(|note| set_note(composer, note, width)).collect();
    Ok(SetFigure { title, subtitle, drawing, notes, place })
}

/// Sets a chart, or reports why it cannot be drawn.
fn set_or_report(composer: &mut Composer<'_>, chart: &Chart, place: FigurePlace) -> Option<SetFigure> {
    match set(composer, chart, place) {
        Ok(set) => Some(set),
        Err(problem) => {
            let problem = match &chart.written {
                Some(place) => problem.at(place.clone()),
                None => *problem,
            };
            composer.problem(problem, &chart.title);
            None
        }
    }
}

pub(super) fn place(composer: &mut Composer<'_>, chart: &Chart) {
    let known = composer.set_figures.remove(&key(chart));
    let set = known.map_or_else(|| set_or_report(composer, chart, FigurePlace::of(chart)), Some);
    let Some(set) = set else { return };
    let space = composer.flow.theme.spacing.block;
    composer.flow.space(space);
    composer.flow.need(set.height());
    let left = composer.flow.left();
    place_at(composer, chart, &set, left);
    composer.flow.y += space;
}

/// Places two charts beside each other.
pub(super) fn place_pair(composer: &mut Composer<'_>, pair: [&Chart; 2]) {
    let set = pair.map(|chart| set_or_report(composer, chart, FigurePlace::Paired));
    let space = composer.flow.theme.spacing.block;
    composer.flow.space(space);
    composer.flow.need(set.iter().flatten().map(SetFigure::height).fold(0.0, f32::max));
    let (mut x, top, mut end) = (composer.flow.left(), composer.flow.y, composer.flow.y);
    for (chart, set) in pair.into_iter().zip(&set) {
        let Some(set) = set else { continue };
        composer.flow.y = top;
        let first = composer.flow.nodes.len();
        place_at(composer, chart, set, x);
        composer.flow.arrive_at(Target::Anchor(chart.anchor.clone()), first);
        end = composer.flow.y.max(end);
        x += FigurePlace::Paired.width(composer) + GUTTER;
    }
    composer.flow.y = end + space;
}

/// Places a chart at the pen, its left edge at `x`.
fn place_at(composer: &mut Composer<'_>, chart: &Chart, set: &SetFigure, x: f32) {
    let theme = composer.flow.theme.clone();
    let width = set.place.width(composer);
    let figure = composer.flow.node(0, StructureType::Figure);
    let top = composer.flow.y;
    let caption = composer.flow.node(figure, StructureType::Caption);
    // Title and subtitle are two paragraphs, so that they are not read as one sentence.
    let title = composer.flow.node(caption, StructureType::P);
    composer.flow.paragraph(&set.title, x, title, &Vec::new(), theme.text);
    let subtitle = composer.flow.node(caption, StructureType::P);
    composer.flow.paragraph(&set.subtitle, x, subtitle, &Vec::new(), theme.muted);
    composer.flow.y += GAP;
    composer.flow.content(figure);
    let words = composer.flow.y;
    let is_alone = set.place == FigurePlace::Alone;
    let (drawing_x, drawing_y) = if is_alone { (x + width + GUTTER, top) } else { (x, words) };
    paint(composer, &set.drawing, drawing_x, drawing_y);
    let drawn = drawing_y + set.drawing.height + UNDER;
    composer.flow.y = if is_alone { words } else { drawn };
    let area = Rect { left: x, top, right: drawing_x + width, bottom: drawn.max(words) };
    if let Some(node) = composer.flow.nodes.get_mut(figure) {
        node.alt = Some(chart_values::description(composer.brief, chart));
        node.area = Some(area);
    }
    chart_values::place(composer, chart);
    place_notes(composer, &set.notes, x);
    composer.flow.y = composer.flow.y.max(drawn);
}

/// Paints a drawing with its top left corner at this place. It belongs to the marked content that is begun.
pub(super) fn paint(composer: &mut Composer<'_>, drawing: &Drawing, x0: f32, y0: f32) {
    let theme = composer.flow.theme.clone();
    for shape in &drawing.shapes {
        match shape {
            Shape::Rect { x, y, w, h, ink } => composer.flow.shape(x0 + x, y0 + y, *w, *h, color(&theme, *ink)),
            Shape::Area { points, ink } => {
                let points = points.iter().map(|(x, y)| (x0 + x, y0 + y)).collect();
                composer.flow.polygon(points, color(&theme, *ink));
            }
            Shape::Line { points, width, dash, ink } => {
                let points = points.iter().map(|(x, y)| (x0 + x, y0 + y)).collect();
                composer.flow.stroke(points, *width, *dash, color(&theme, *ink));
            }
            Shape::Marker { mark, x, y, r, ink, filled } => {
                let centre = (x0 + x, y0 + y);
                composer.flow.polygon(mark.corners(centre, *r), color(&theme, *ink));
                if !filled {
                    composer.flow.polygon(mark.corners(centre, r - 1.1), color(&theme, Ink::Paper));
                }
            }
        }
    }
    for label in &drawing.labels {
        let style = ParagraphStyle {
            size: label.size,
            strong: label.strong,
            width: 10_000.0,
            leading: 1.2,
            hyphenate: false,
            right: false,
            justify: false,
            family: theme.text_font,
        };
        let text = composer.set.set(&label.text, &style);
        let x = match label.anchor {
            Anchor::Start => label.x,
            Anchor::Middle => label.x - text.width / 2.0,
            Anchor::End => label.x - text.width,
        };
        if let Some(line) = text.lines.first() {
            composer.flow.runs(&text, &line.runs, x0 + x, y0 + label.y, color(&theme, label.ink));
        }
    }
}

fn color(theme: &Theme, ink: Ink) -> [u8; 3] {
    let lighter = |c: [u8; 3], by: u16| c.map(|v| v + (u16::from(255 - v) * by / 100) as u8);
    let light = |c: [u8; 3]| c.map(|v| v + (255 - v) / 2);
    let series = |tone: Tone| match tone {
        Tone::Category(n) => theme.category.get(usize::from(n)).copied().unwrap_or(theme.accent),
        Tone::Quiet => theme.quiet(),
    };
    match ink {
        Ink::Text => theme.text,
        Ink::Muted => theme.muted,
        Ink::Series(tone) => series(tone),
        Ink::SeriesLight(tone) => light(series(tone)),
        Ink::SeriesBand(tone) => lighter(series(tone), 82),
        Ink::SeriesText(Tone::Quiet) => theme.muted,
        Ink::SeriesText(tone) => Theme::legible_text(series(tone), PAPER),
        Ink::On(tone) => Theme::text_on(series(tone)),
        Ink::OnLight(tone) => Theme::text_on(light(series(tone))),
        Ink::Grid => theme.grid,
        Ink::Axis => theme.rule,
        Ink::Paper => PAPER,
    }
}

const PAPER: [u8; 3] = [255; 3];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_can_be_read_on_every_colour_and_in_every_colour() {
        let mut theme = Theme::default();
        let dull = [[128; 3], [255, 255, 0], [119, 119, 119], [255; 3]];
        for category in [theme.category, dull] {
            theme.category = category;
            for tone in (0..4).map(Tone::Category).chain([Tone::Quiet]) {
                let is_read = |ink, ground| {
                    let (ink, ground) = (color(&theme, ink), color(&theme, ground));
                    assert_eq!(Theme::legible_text(ink, ground), ink, "{category:?} {tone:?}");
                };
                is_read(Ink::On(tone), Ink::Series(tone));
                is_read(Ink::OnLight(tone), Ink::SeriesLight(tone));
                is_read(Ink::SeriesText(tone), Ink::Paper);
            }
        }
    }
}
