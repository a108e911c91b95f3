//! Tiles and the timeline.

use super::{BlockTexts, Filler, cite, periods::with_gaps};
use crate::{
    base::{language::Language, problem::Problem},
    document::brief::{
        Block, Milestone, Sparkline, Tile, TileChange, block_keys, dates,
        move_words::PERIOD,
        numbers,
        scope::Asked,
        translations,
        values::{Figure, marked_provisional},
    },
    figures::{Observation, Period, Status},
};

impl Filler<'_> {
    pub(super) fn tiles(&mut self, texts: &BlockTexts<'_>) -> Option<Block> {
        let mut tiles = Vec::new();
        for (nth, entry) in texts.shared.get("tile").and_then(toml::Value::as_array).into_iter().flatten().enumerate() {
            let word = |key: &str| entry.get(key).and_then(toml::Value::as_str);
            let (key, series) = (word("key").unwrap_or_default(), word("series").unwrap_or_default());
            let pinned = word("as_known").and_then(|day| day.parse().ok());
            let number = nth.to_string();
            let path = |key| [&*texts.id, "tile", &*number, key];
            let (of_series, of_period, of_change) = (path("series"), path("period"), path("change"));
            let asked = Asked::Keys { series: &of_series, period: &of_period, change: &of_change };
            let Some(figure) = self.shared.figure(asked, series, word("period"), pinned) else { continue };
            self.check_history(texts, &figure.observation, pinned);
            let mut provisional = figure.is_provisional();
            self.print(&figure.observation);
            let mut citations = figure.observation.sources.clone();
            let mut change_text = None;
            if entry.get("change").and_then(toml::Value::as_bool) == Some(true)
                && let Some(change) =
                    self.shared.change(asked, series, &figure.observation.period.to_string(), None, pinned)
            {
                provisional |= change.provisional;
                let against = dates::against(change.against, self.language());
                let words =
                    translations::ON.get(self.language()).replace("{c}", &change.text()).replace("{p}", &against);
                change_text = Some(TileChange { direction: change.direction, text: words });
                for citation in &change.cites {
                    if change.published && !citations.contains(citation) {
                        citations.push(citation.clone());
                    }
                }
            }
            // The period of the value that is shown, whichever that is by now.
            let period = dates::period(figure.observation.period, self.language());
            let label = self.named(texts, key, series).replace(PERIOD, &period);
            let label = marked_provisional(label, provisional, self.language());
            let spark = entry.get("spark").and_then(|spark| self.spark(texts, nth, spark, &figure, pinned, &label));
            for citation in spark.iter().flat_map(|(_, shown)| shown).flat_map(|o| o.sources.first()) {
                if !citations.contains(citation) {
                    citations.push(citation.clone());
                }
            }
            self.tile_sources.extend(citations);
            let tile = Tile {
                label,
                value: figure.text(),
                unit: String::new(),
                change: change_text,
                spark: spark.map(|(spark, _)| spark),
            };
            self.tiles.push((key.to_owned(), tile.clone()));
            tiles.push(tile);
        }
        Some(Block::Tiles(tiles))
    }

    /// The course of a tile's figure: its series up to the figure's own period, from the first year if one is named. Also
    /// returns the observations that it shows.
    fn spark(
        &mut self,
        texts: &BlockTexts<'_>,
        nth: usize,
        wanted: &toml::Value,
        figure: &Figure,
        pinned: Option<chrono::NaiveDate>,
        label: &str,
    ) -> Option<(Sparkline, Vec<Observation>)> {
        let language = self.language();
        let from = match wanted {
            toml::Value::Boolean(true) => i32::MIN,
            toml::Value::String(year) => year.parse().ok()?,
            // Reported by the check of blocks.toml.
            _ => return None,
        };
        let (id, last) = (&figure.observation.series, figure.observation.period);
        let value = |period: &Period| self.snapshot.observation(id, *period, pinned);
        let known = self.snapshot.periods(id).into_iter().filter(|period| {
            period.year() >= from
                && *period <= last
                && period.frequency() == last.frequency()
                && value(period).is_some()
        });
        let periods = with_gaps(known.collect());
        let shown: Vec<Observation> = periods.iter().filter_map(value).cloned().collect();
        let (Some(first), true) = (periods.first(), shown.len() > 1) else {
            let place = block_keys::place(&self.shared.source, &[&texts.id, "tile", &nth.to_string(), "spark"]);
            let problem = Problem::error(format!("a line needs two values, `{id}` has one up to {last}"))
                .hint("name an earlier year, or leave `spark` out");
            self.problems.push(match place {
                Some(place) => problem.at(place),
                None => problem,
            });
            return None;
        };
        shown.iter().for_each(|observation| self.print(observation));
        let values = periods.iter().map(|period| {
            let value = value(period).map(|o| {
                let number = numbers::bare(o.value, &figure.unit, self.scope.writing());
                marked_provisional(number, o.status == Status::Provisional, language)
            });
            let value = value.unwrap_or_else(|| (*translations::NO_VALUE.get(language)).to_owned());
            format!("{} {value}", dates::short(*period, language))
        });
        let (colon, comma) = if language == Language::Zh { ("：", "，") } else { (": ", ", ") };
        let spark = Sparkline {
            values: periods.iter().map(|period| value(period).map(|o| o.value)).collect(),
            first: dates::short(*first, language),
            last: dates::short(last, language),
            alt: format!("{label}{colon}{}", values.collect::<Vec<_>>().join(comma)),
        };
        Some((spark, shown))
    }

    pub(super) fn timeline(&mut self, texts: &BlockTexts<'_>) -> Option<Block> {
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
        for (nth, id) in wanted.iter().enumerate() {
            self.snapshot.data.recorder.event(id);
            match self.snapshot.data.events.iter().find(|event| event.id == *id) {
                // An event in the future of the snapshot is not a milestone yet.
                Some(event) if event.date.begins() > Some(self.snapshot.as_known) => {}
                Some(event) => events.push(event),
                None => {
                    if self.problems.is_full() {
                        break;
                    }
                    let path = [&*texts.id, "events", &*nth.to_string()];
                    let known = self.snapshot.data.known_events();
                    let problem = Problem::error(format!("unknown event `{id}`")).did_you_mean(id, known);
                    self.problems.push(problem.at(block_keys::nearest_place(&self.shared.source, &path)));
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
