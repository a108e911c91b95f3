//! What stands in rows: tiles and the timeline. Tables have a file of their own.

use super::{Filler, Texts, cite};
use crate::{
    brief::{Block, Milestone, Tile, Trace, dates, phrases},
    figures::Direction,
    problem::Problem,
};

impl Filler<'_> {
    pub(super) fn tiles(&mut self, texts: &Texts<'_>) -> Option<Block> {
        let mut tiles = Vec::new();
        for entry in texts.shared.get("tile").and_then(toml::Value::as_array).into_iter().flatten() {
            let word = |key: &str| entry.get(key).and_then(toml::Value::as_str);
            let (key, series) = (word("key").unwrap_or_default(), word("series").unwrap_or_default());
            let pinned = word("as_known").and_then(|day| day.parse().ok());
            let Some(figure) = self.shared.figure(series, word("period"), pinned) else { continue };
            self.print(&figure.observation);
            let mut citations = figure.observation.sources.clone();
            let mut change_text = None;
            if entry.get("change").and_then(toml::Value::as_bool) == Some(true)
                && let Some(change) = self.shared.change(series, &figure.observation.period.to_string(), None, pinned)
            {
                let trace = match change.direction {
                    Direction::Up => Trace::Up,
                    Direction::Flat => Trace::Flat,
                    Direction::Down => Trace::Down,
                };
                let against = dates::period(change.against, self.language());
                let words = phrases::ON.get(self.language()).replace("{c}", &change.text()).replace("{p}", &against);
                change_text = Some((trace, words));
                for citation in &change.cites {
                    if change.printed_only && !citations.contains(citation) {
                        citations.push(citation.clone());
                    }
                }
            }
            let cites = self.cite(&citations);
            let tile = Tile {
                label: self.named(texts, key, series),
                value: figure.text(),
                unit: String::new(),
                change: change_text,
                cites,
                spark: None,
            };
            self.tiles.push((key.to_owned(), tile.clone()));
            tiles.push(tile);
        }
        Some(Block::Tiles(tiles))
    }

    pub(super) fn timeline(&mut self, texts: &Texts<'_>) -> Option<Block> {
        let language = self.language();
        let wanted: Vec<String> = texts
            .shared
            .get("events")
            .and_then(toml::Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|v| v.as_str().map(str::to_owned))
            .collect();
        let mut events = Vec::new();
        for id in &wanted {
            match self.snapshot.data.events.iter().find(|event| event.id == *id) {
                // What had not happened by then is no milestone yet.
                Some(event) if event.date.begins() > Some(self.snapshot.as_known) => {}
                Some(event) => events.push(event),
                None => {
                    let source = &self.shared.source;
                    let at = source.text().find(&format!("\"{id}\"")).map_or(0, |at| at + 1);
                    let known: Vec<&str> = self.snapshot.data.events.iter().map(|event| event.id.as_str()).collect();
                    self.problems.push(
                        Problem::error(format!("unknown event `{id}`"))
                            .at(source.place(at..at + id.len()))
                            .did_you_mean(id, known),
                    );
                }
            }
        }
        events.sort_by_key(|event| event.date);
        if texts.shared.get("order").and_then(toml::Value::as_str) == Some("desc") {
            events.reverse();
        }
        let milestones = events
            .into_iter()
            .map(|event| Milestone {
                date: dates::period(event.date, language),
                text: event.title.get(language).clone(),
                cites: cite(&mut self.cited, std::slice::from_ref(&event.source)),
            })
            .collect();
        Some(Block::Timeline(milestones))
    }
}
