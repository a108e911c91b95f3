//! The timeline: milestones on a rail, a list whose labels are the dates.

use super::{
    compose::Composer,
    document::Kind,
    text::{Paragraph, Setting},
};
use crate::document::brief::{Emphasis, Inline, Milestone};

pub(super) fn place(page: &mut Composer<'_>, milestones: &[Milestone]) {
    let theme = page.flow.theme.clone();
    let setting = |page: &Composer<'_>, width: f32, strong: bool| Setting {
        leading: 1.38,
        hyphenate: true,
        ..page.setting(theme.body_size - 0.4, strong, width)
    };
    let dates: Vec<Paragraph> = milestones
        .iter()
        .map(|m| page.set.set(&m.date, &Setting { hyphenate: false, ..setting(page, 200.0, true) }))
        .collect();
    let first = dates.iter().map(|d| d.width).fold(60.0, f32::max) + 26.0;
    let list = page.flow.node(0, Kind::L);
    page.flow.space(3.0);
    let count = milestones.len();
    for (index, (milestone, date)) in milestones.iter().zip(&dates).enumerate() {
        let mut text = vec![Inline::Text { text: milestone.text.clone(), emphasis: Emphasis::None }];
        if !milestone.cites.is_empty() {
            text.push(Inline::Cite(milestone.cites.clone()));
        }
        let setting = setting(page, page.flow.width() - first, false);
        let (body, links) = page.inline(&text, &setting);
        let height = body.height() + 3.5;
        page.flow.need(height);
        let (x, y) = (page.flow.left(), page.flow.y);
        let middle = y + theme.body_size * 0.66;
        // The rail, and a dot on it.
        let (from, to) = (if index == 0 { middle } else { y }, if index + 1 == count { middle } else { y + height });
        page.flow.fill(x + 4.0, from, 1.0, to - from, theme.grid);
        page.flow.fill(x + 2.0, middle - 2.5, 5.0, 5.0, theme.accent);
        let item = page.flow.node(list, Kind::LI);
        let label = page.flow.node(item, Kind::Lbl);
        page.flow.paragraph_at(date, x + 16.0, y, label, &Vec::new(), theme.accent);
        let content = page.flow.node(item, Kind::LBody);
        page.flow.paragraph_at(&body, x + first, y, content, &links, theme.text);
        page.flow.y = y + height;
    }
    page.flow.y += 6.0;
}
