//! A chart on the page: its finding as title, measure and period under it, the drawing, the notes. The geometry of the
//! drawing is in `chart`.

use super::{
    chart,
    compose::Composer,
    document::Kind,
    drawing::{Anchor, Drawing, Ink, Shape},
    flow::Links,
    table::{place_notes, set_note},
    text::{Paragraph, Setting},
};
use crate::{
    base::problem::Problem,
    document::brief::{Chart, Theme},
};

/// A chart whose texts are set and whose shapes have their places.
struct Set {
    title: Paragraph,
    subtitle: Paragraph,
    drawing: Drawing,
    notes: Vec<(Paragraph, Links)>,
}

const GAP: f32 = 5.0;

impl Set {
    fn height(&self) -> f32 {
        let notes: f32 = self.notes.iter().map(|(note, _)| note.height()).sum();
        self.title.height() + self.subtitle.height() + GAP + self.drawing.height + 3.0 + notes
    }
}

/// How much room a chart needs, the space above it included; 0 if it cannot be drawn, which `place` reports.
pub(super) fn height(page: &mut Composer<'_>, chart: &Chart) -> f32 {
    let space = page.flow.theme.spacing.block;
    set(page, chart).map_or(0.0, |set| space + set.height())
}

fn set(page: &mut Composer<'_>, chart: &Chart) -> Result<Set, Box<Problem>> {
    let theme = page.flow.theme.clone();
    let width = page.flow.width();
    let title = format!("{}  {}", chart.number, chart.title);
    let title = page.set.set(&title, &Setting { leading: 1.3, ..page.setting(theme.body_size + 0.4, true, width) });
    let subtitle =
        page.set.set(&chart.subtitle, &Setting { leading: 1.35, ..page.setting(theme.small_size, false, width) });
    let drawing = chart::draw(chart, width, page.writing(), &mut page.set)?;
    let notes = chart.notes.iter().map(|note| set_note(page, note)).collect();
    Ok(Set { title, subtitle, drawing, notes })
}

pub(super) fn place(page: &mut Composer<'_>, chart: &Chart) {
    let set = match set(page, chart) {
        Ok(set) => set,
        Err(problem) => {
            let problem = match &chart.written {
                Some(place) => problem.at(place.clone()),
                None => *problem,
            };
            return page.problem(problem, &chart.title);
        }
    };
    let theme = page.flow.theme.clone();
    let (left, width) = (page.flow.left(), page.flow.width());
    page.flow.space(theme.spacing.block);
    page.flow.need(set.height());
    let figure = page.flow.node(0, Kind::Figure);
    let top = page.flow.y;
    let caption = page.flow.node(figure, Kind::Caption);
    page.flow.paragraph(&set.title, left, caption, &Vec::new(), theme.text);
    page.flow.paragraph(&set.subtitle, left, caption, &Vec::new(), theme.muted);
    page.flow.y += GAP;
    page.flow.content(figure);
    let y = page.flow.y;
    paint(page, &set.drawing, left, y);
    page.flow.y += set.drawing.height + 3.0;
    let area = [left, top, left + width, page.flow.y];
    if let Some(node) = page.flow.nodes.get_mut(figure) {
        node.alt = Some(chart.alt.clone());
        node.area = Some(area);
    }
    place_notes(page, &set.notes);
    page.flow.y += theme.spacing.block;
}

/// A drawing with its top left corner at this place; it belongs to what is open.
pub(super) fn paint(page: &mut Composer<'_>, drawing: &Drawing, x0: f32, y0: f32) {
    let theme = page.flow.theme.clone();
    for shape in &drawing.shapes {
        match shape {
            Shape::Rect { x, y, w, h, ink } => page.flow.shape(x0 + x, y0 + y, *w, *h, color(&theme, *ink)),
            Shape::Line { points, width, dash, ink } => {
                let points = points.iter().map(|(x, y)| (x0 + x, y0 + y)).collect();
                page.flow.stroke(points, *width, *dash, color(&theme, *ink));
            }
            Shape::Mark { mark, x, y, r, ink, filled } => {
                let centre = (x0 + x, y0 + y);
                page.flow.polygon(mark.corners(centre, *r), color(&theme, *ink));
                if !filled {
                    page.flow.polygon(mark.corners(centre, r - 1.1), color(&theme, Ink::Paper));
                }
            }
        }
    }
    for label in &drawing.labels {
        let setting = Setting {
            size: label.size,
            strong: label.strong,
            width: 10_000.0,
            leading: 1.2,
            hyphenate: false,
            right: false,
            family: theme.text_font,
        };
        let text = page.set.set(&label.text, &setting);
        let x = match label.anchor {
            Anchor::Start => label.x,
            Anchor::Middle => label.x - text.width / 2.0,
            Anchor::End => label.x - text.width,
        };
        if let Some(line) = text.lines.first() {
            page.flow.runs(&text, &line.runs, x0 + x, y0 + label.y, color(&theme, label.ink));
        }
    }
}

fn color(theme: &Theme, ink: Ink) -> [u8; 3] {
    let light = |c: [u8; 3]| c.map(|v| v + (255 - v) / 2);
    let category = |n: u8| theme.category.get(usize::from(n)).copied().unwrap_or(theme.accent);
    match ink {
        Ink::Text => theme.text,
        Ink::Muted => theme.muted,
        Ink::Category(n) => category(n),
        Ink::CategoryLight(n) => light(category(n)),
        Ink::CategoryText(n) => Theme::legible_text(category(n), PAPER),
        Ink::On(n) => Theme::text_on(category(n)),
        Ink::OnLight(n) => Theme::text_on(light(category(n))),
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
            for n in 0..4 {
                let is_read = |ink, ground| {
                    let (ink, ground) = (color(&theme, ink), color(&theme, ground));
                    assert_eq!(Theme::legible_text(ink, ground), ink, "{category:?} {n}");
                };
                is_read(Ink::On(n), Ink::Category(n));
                is_read(Ink::OnLight(n), Ink::CategoryLight(n));
                is_read(Ink::CategoryText(n), Ink::Paper);
            }
        }
    }
}
