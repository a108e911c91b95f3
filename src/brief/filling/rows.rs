//! What stands in rows: tiles, tables and the timeline.

use super::{Filler, Texts, cite};
use crate::{
    brief::{Block, Cell, Column, Milestone, Row, Table, Tile, Trace, dates, expressions::Form, numbers, phrases},
    figures::{Citation, Direction, Period, Unit, UnitKind},
    language::Language,
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

    pub(super) fn table(&mut self, texts: &Texts<'_>) -> Option<Block> {
        let language = self.language();
        let periods: Vec<Period> = texts
            .shared
            .get("columns")
            .and_then(toml::Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|v| v.as_str()?.parse().ok())
            .collect();
        let with_change = texts.shared.get("change").and_then(toml::Value::as_bool) == Some(true);
        let rows = texts.shared.get("row").and_then(toml::Value::as_array).cloned().unwrap_or_default();
        let series = |row: &toml::Value| row.get("series").and_then(toml::Value::as_str).unwrap_or_default().to_owned();
        let units: Vec<Unit> = rows.iter().filter_map(|row| self.unit(&series(row))).collect();
        let common = units
            .first()
            .filter(|first| first.kind != UnitKind::Percent && units.iter().all(|u| u.id == first.id))
            .cloned();
        let plain = |text: String| Cell { text, cites: Vec::new(), strong: false };
        let head = Some(self.text(texts, "head")).filter(|head| !head.is_empty());
        let head = head.unwrap_or_else(|| (*phrases::SERIES.get(language)).to_owned());
        let mut columns = vec![Column { head, numeric: false }];
        columns.extend(periods.iter().map(|p| Column { head: dates::short(*p, language), numeric: true }));
        if let (true, Some(last)) = (with_change, periods.last()) {
            let against = dates::short(last.year_before(), language);
            columns.push(Column { head: phrases::CHANGE.get(language).replace("{p}", &against), numeric: true });
        }
        let mut citations: Vec<Citation> = Vec::new();
        let mut lines = Vec::new();
        for row in &rows {
            let name = series(row);
            let key = row.get("key").and_then(toml::Value::as_str).unwrap_or_default();
            // Reports an unknown series.
            let Some(figure) = self.shared.figure(&name, None, None) else { continue };
            let id = figure.observation.series.clone();
            let mut cells = vec![plain(self.named(texts, key, &name))];
            for period in &periods {
                cells.push(plain(match self.snapshot.observation(&id, *period, None) {
                    None => "–".to_owned(),
                    Some(observation) => {
                        self.print(observation);
                        for citation in observation.sources.iter().take(1) {
                            if !citations.contains(citation) {
                                citations.push(citation.clone());
                            }
                        }
                        let mut figure = figure.clone();
                        figure.observation = observation.clone();
                        figure.form = if figure.unit.kind == UnitKind::Percent { Form::Full } else { Form::Bare };
                        figure.text()
                    }
                }));
            }
            if let (true, Some(last)) = (with_change, periods.last()) {
                let change = self.snapshot.change(&id, *last, None);
                cells.push(plain(
                    change.map_or_else(
                        || "–".to_owned(),
                        |c| numbers::change(c.value, c.unit, true, self.scope.writing()),
                    ),
                ));
            }
            lines.push(Row::Body(cells));
        }
        self.tables += 1;
        let number = phrases::TABLE.get(language).replace("{n}", &self.tables.to_string());
        let mut caption = format!("{number}  {}", self.text(texts, "caption"));
        if let Some(unit) = common.filter(|_| language != Language::Zh) {
            caption.push_str(&format!(" ({})", unit.label.get(language)));
        }
        let notes = self.notes(texts, &citations);
        Some(Block::Table(Table { caption, anchor: texts.id.clone(), columns, rows: lines, notes }))
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
