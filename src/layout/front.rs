//! What stands before the blocks: the title band of the first page.

use super::{
    compose::Composer,
    document::{Kind, PAGE_WIDTH},
    picture,
    text::Setting,
};

impl Composer<'_> {
    /// Title, edition and headline on the accent's colour; the pen stands below.
    pub fn title_band(&mut self) {
        let theme = self.flow.theme.clone();
        let (left, width) = (self.flow.left(), self.flow.width());
        let family = theme.heading_font;
        let title = Setting { family, ..self.setting(theme.lead_size, true, width * 0.6) };
        let title = self.set.set(&self.brief.title, &title);
        let side = Setting { right: true, ..self.setting(theme.body_size, false, width * 0.4) };
        let side = self.set.set(&format!("{} · {}", self.brief.edition, self.brief.date), &side);
        let headline = Setting { leading: 1.22, family, ..self.setting(theme.h1_size, true, width) };
        let headline = self.set.set(&self.brief.headline, &headline);
        let top = 40.0 + picture::logo_height(&theme);
        let height = top + title.height() + 14.0 + headline.height() + 26.0;
        self.flow.fill(0.0, 0.0, PAGE_WIDTH, height, theme.accent);
        let second = theme.category.get(1).copied().unwrap_or(theme.accent);
        self.flow.fill(0.0, height, PAGE_WIDTH, 4.0, second);
        picture::logo(self);
        let white = [255, 255, 255];
        let node = self.flow.node(0, Kind::P);
        self.flow.paragraph_at(&title, left, top, node, &Vec::new(), white);
        let node = self.flow.node(0, Kind::P);
        self.flow.paragraph_at(&side, left + width * 0.6, top + 1.0, node, &Vec::new(), white);
        let node = self.flow.node(0, Kind::H1);
        self.flow.y = top + title.height() + 14.0;
        self.flow.outline(1, self.brief.headline.clone(), node);
        self.flow.paragraph_at(&headline, left, self.flow.y, node, &Vec::new(), white);
        self.flow.y = height + 4.0 + 20.0;
    }
}
