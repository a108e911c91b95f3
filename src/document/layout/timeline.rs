//! The timeline: milestones on a rail, a list whose labels are the dates.

use super::{
    compose::Composer,
    document::StructureType,
    text::{Paragraph, ParagraphStyle},
};
use crate::document::brief::{Emphasis, Inline, Milestone};

pub(super) fn place(composer: &mut Composer<'_>, milestones: &[Milestone]) {
    let theme = composer.flow.theme.clone();
    let style = |composer: &Composer<'_>, width: f32, strong: bool| ParagraphStyle {
        leading: 1.38,
        hyphenate: true,
        ..composer.style(theme.body_size - 0.4, strong, width)
    };
    let dates: Vec<Paragraph> = milestones
        .iter()
        .map(|m| composer.set.set(&m.date, &ParagraphStyle { hyphenate: false, ..style(composer, 200.0, true) }))
        .collect();
    let first = dates.iter().map(|d| d.width).fold(60.0, f32::max) + 26.0;
    let list = composer.flow.node(0, StructureType::LDescribed);
    composer.flow.space(3.0);
    let count = milestones.len();
    for (index, (milestone, date)) in milestones.iter().zip(&dates).enumerate() {
        let mut text = vec![Inline::Text { text: milestone.text.clone(), emphasis: Emphasis::None }];
        if !milestone.cites.is_empty() {
            text.push(Inline::Cite(milestone.cites.clone()));
        }
        let style = style(composer, composer.flow.width() - first, false);
        let (body, links) = composer.inline(&text, &style);
        let height = body.height() + 3.5;
        composer.flow.need(height);
        let (x, y) = (composer.flow.left(), composer.flow.y);
        let middle = y + theme.body_size * 0.66;
        // The rail, and a dot on it.
        let (from, to) = (if index == 0 { middle } else { y }, if index + 1 == count { middle } else { y + height });
        composer.flow.fill(x + 4.0, from, 1.0, to - from, theme.grid);
        composer.flow.fill(x + 2.0, middle - 2.5, 5.0, 5.0, theme.accent);
        let item = composer.flow.node(list, StructureType::LI);
        let label = composer.flow.node(item, StructureType::Lbl);
        composer.flow.paragraph_at(date, x + 16.0, y, label, &Vec::new(), theme.accent);
        let content = composer.flow.node(item, StructureType::LBody);
        composer.flow.paragraph_at(&body, x + first, y, content, &links, theme.text);
        composer.flow.y = y + height;
    }
    composer.flow.y += 6.0;
}
