//! The fenced blocks of a template are filled: tiles, charts, tables and the timeline, with what all languages share
//! from `blocks.toml` and the language's own texts from the fence; and the list of sources, numbered by first citation.

use rust_decimal::Decimal;

use super::{
    Attachment, Block, Cell, Chart, ChartKind, Column, Emphasis, Inline, KeyFigure, Milestone, Point, SourceEntry,
    Table, Template, Tile, Trace, dates, definitions,
    expressions::{self, Form, Scope},
    markdown::{self, Part},
    numbers, phrases,
};
use crate::{
    figures::{Citation, Direction, Observation, Period, Published, Quality, SeriesId, Snapshot, Unit, UnitKind},
    language::Language,
    problem::{Problem, Problems},
};

pub(super) struct Filler<'a> {
    scope: &'a Scope,
    /// The same for what stands in blocks.toml: its problems have their places there.
    shared: Scope,
    template: &'a Template,
    snapshot: &'a Snapshot,
    cited: Vec<Citation>,
    figures: usize,
    tables: usize,
    tiles: Vec<(String, Tile)>,
    pub problems: Problems,
}

/// A chart's series before it is written: its name, and an observation with its change for each label.
type Found = (String, Vec<Option<(Observation, String)>>);

/// What a fence says in one language, and what all languages share.
struct Texts<'a> {
    own: toml::Table,
    shared: &'a toml::Table,
    id: String,
}

impl Texts<'_> {
    fn nested(&self, group: &str, key: &str) -> Option<String> {
        Some(self.own.get(group)?.get(key)?.as_str()?.to_owned())
    }
}

impl<'a> Filler<'a> {
    pub fn new(scope: &'a Scope, template: &'a Template, snapshot: &'a Snapshot) -> Filler<'a> {
        let shared = Scope { source: template.source("blocks.toml"), ..scope.clone() };
        Filler {
            scope,
            shared,
            template,
            snapshot,
            cited: Vec::new(),
            figures: 0,
            tables: 0,
            tiles: Vec::new(),
            problems: Problems::new(),
        }
    }

    fn language(&self) -> Language {
        self.scope.language
    }

    /// All blocks in reading order, which is the order of citation numbers.
    pub fn blocks(&mut self, parts: Vec<Part>) -> Vec<Block> {
        let mut blocks = Vec::new();
        for (index, part) in parts.into_iter().enumerate() {
            match part {
                Part::Fence { info, body } => blocks.extend(self.fence(&info, &body)),
                part => {
                    let made =
                        markdown::number(vec![part], &mut |cites| cite(&mut self.cited, cites), &mut |_, _| None);
                    blocks.extend(made.into_iter().map(|block| match block {
                        // Only the very first paragraph leads.
                        Block::Paragraph { style: super::Style::Lead, text } if index > 0 => {
                            Block::Paragraph { style: super::Style::Body, text }
                        }
                        other => other,
                    }));
                }
            }
        }
        blocks
    }

    fn problem(&mut self, what: impl Into<String>, hint: &str, info: &str) {
        let source = &self.scope.source;
        let at = source.text().find(&format!("```{info}")).unwrap_or(0);
        let problem = Problem::error(what).at(source.place(at..at + 3 + info.len()));
        self.problems.push(if hint.is_empty() { problem } else { problem.hint(hint) });
    }

    fn fence(&mut self, info: &str, body: &str) -> Option<Block> {
        let mut words = info.split_whitespace();
        let (kind, id) = (words.next().unwrap_or_default(), words.next().unwrap_or_default().to_owned());
        let own: toml::Table = match body.parse() {
            Ok(own) => own,
            Err(error) => {
                self.problem(
                    format!("this block is not TOML: {}", error.message()),
                    "texts stand in quotes: title = \"…\"",
                    info,
                );
                return None;
            }
        };
        let Some(shared) = self.template.blocks.get(&id).and_then(toml::Value::as_table) else {
            let known = self.template.blocks.iter().filter(|(_, v)| v.is_table()).map(|(k, _)| k.as_str());
            let source = &self.scope.source;
            let at = source.text().find(&format!("```{info}")).unwrap_or(0);
            let problem =
                Problem::error(format!("blocks.toml has no block `{id}`")).at(source.place(at..at + 3 + info.len()));
            self.problems.push(problem.did_you_mean(&id, known));
            return None;
        };
        let is = shared.get("kind").and_then(toml::Value::as_str).unwrap_or_default();
        if is != kind {
            self.problem(format!("`{id}` is {is} in blocks.toml, {kind} here"), "write the same kind in both", info);
            return None;
        }
        for key in own.keys().filter(|key| !definitions::texts(kind).contains(&key.as_str())) {
            let source = &self.scope.source;
            let fence = source.text().find(&format!("```{info}")).unwrap_or(0);
            let rest = source.text().get(fence..).unwrap_or_default();
            let at = fence + rest.find(&format!("\n{key}")).map_or(0, |at| at + 1);
            let problem = Problem::error(format!("unknown key `{key}` in this {kind}"));
            let problem = problem.at(source.place(at..at + key.len()));
            self.problems.push(problem.did_you_mean(key, definitions::texts(kind).iter().copied()));
        }
        let texts = Texts { own, shared, id };
        match kind {
            "tiles" => self.tiles(&texts),
            "chart" => self.chart(&texts, info),
            "table" => self.table(&texts),
            "timeline" => self.timeline(&texts),
            _ => {
                self.problem(
                    format!("`{kind}` is no kind of block"),
                    "known here: tiles, chart, table, timeline",
                    info,
                );
                None
            }
        }
    }

    /// A text of the fence with its markers resolved; its citations are dropped, since the block cites by itself.
    fn text(&self, texts: &Texts<'_>, key: &str) -> String {
        let raw = texts.own.get(key).and_then(toml::Value::as_str).unwrap_or_default();
        expressions::resolved(raw, &self.scope.gathered())
    }

    fn named(&self, texts: &Texts<'_>, key: &str, series: &str) -> String {
        let raw = texts
            .nested("labels", key)
            .or_else(|| texts.nested("names", key))
            .or_else(|| texts.nested("names", series));
        match raw {
            Some(raw) => expressions::resolved(&raw, &self.scope.gathered()),
            None => SeriesId::new(series)
                .and_then(|id| self.snapshot.data.series.get(&id))
                .map_or_else(|| series.to_owned(), |s| s.title.get(self.language()).clone()),
        }
    }

    fn cite(&mut self, citations: &[Citation]) -> Vec<usize> {
        cite(&mut self.cited, citations)
    }

    fn print(&self, observation: &Observation) {
        self.scope.gathered().printed.push(observation.clone());
    }

    fn tiles(&mut self, texts: &Texts<'_>) -> Option<Block> {
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
            };
            self.tiles.push((key.to_owned(), tile.clone()));
            tiles.push(tile);
        }
        Some(Block::Tiles(tiles))
    }

    fn unit(&self, series: &str) -> Option<Unit> {
        let id = SeriesId::new(series)?;
        self.snapshot.data.units.get(&self.snapshot.data.series.get(&id)?.unit).cloned()
    }

    fn chart(&mut self, texts: &Texts<'_>, info: &str) -> Option<Block> {
        let language = self.language();
        let form = texts.shared.get("form").and_then(toml::Value::as_str).unwrap_or_default();
        let kind = match form {
            "bars" => ChartKind::Bars,
            "columns" => ChartKind::Columns,
            "lines" => ChartKind::Lines,
            "dots" => ChartKind::Dots,
            // Told where blocks.toml is checked.
            _ => return None,
        };
        let mut citations: Vec<Citation> = Vec::new();
        let mut note = |observation: &Observation| {
            for citation in observation.sources.iter().take(1) {
                if !citations.contains(citation) {
                    citations.push(citation.clone());
                }
            }
        };
        let direct = matches!(kind, ChartKind::Bars | ChartKind::Dots);
        let strings = |key: &str| -> Vec<String> {
            texts
                .shared
                .get(key)
                .and_then(toml::Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|v| v.as_str().map(str::to_owned))
                .collect()
        };
        // Which observations stand where: label → one a series.
        let mut labels = Vec::new();
        let mut found: Vec<Found> = Vec::new();
        let first_series;
        if let Some(rows) = texts.shared.get("row").and_then(toml::Value::as_array) {
            let periods = strings("periods");
            let detail = texts.shared.get("detail").and_then(toml::Value::as_str) == Some("change");
            let mut first = String::new();
            for (nth, period) in periods.iter().enumerate() {
                let mut points = Vec::new();
                for row in rows {
                    let word = |key: &str| row.get(key).and_then(toml::Value::as_str).unwrap_or_default();
                    if first.is_empty() {
                        first = word("series").to_owned();
                    }
                    if nth == 0 {
                        labels.push(self.named(texts, word("key"), word("series")));
                    }
                    let figure = self.shared.figure(word("series"), Some(period), None);
                    points.push(figure.map(|figure| {
                        note(&figure.observation);
                        let id = &figure.observation.series;
                        let change =
                            if detail { self.snapshot.change(id, figure.observation.period, None) } else { None };
                        for observation in change.iter().flat_map(|c| &c.rests_on) {
                            note(observation);
                        }
                        let detail = change.map_or(String::new(), |c| numbers::change(c.value, c.unit, true, language));
                        (figure.observation, detail)
                    }));
                }
                let name = period.parse().map_or_else(|_| period.clone(), |p: Period| dates::short(p, language));
                found.push((name, points));
            }
            first_series = first;
        } else {
            let series = strings("series");
            let word =
                |key: &str| texts.shared.get(key).and_then(toml::Value::as_str).and_then(|t| t.parse::<i32>().ok());
            let (from, to) = (word("from").unwrap_or(i32::MIN), word("to").unwrap_or(i32::MAX));
            let ids: Vec<SeriesId> = series
                .iter()
                .filter_map(|name| self.shared.figure(name, None, None).map(|f| f.observation.series))
                .collect();
            let mut periods: Vec<Period> = ids
                .iter()
                .flat_map(|id| self.snapshot.periods(id))
                .filter(|p| (from..=to).contains(&p.year()))
                .collect();
            if let (Some(first), Some(last)) = (periods.iter().min().copied(), periods.iter().max().copied())
                && periods.iter().all(|p| matches!(p, Period::Year(_)))
            {
                // A year without any value is a gap that is seen.
                periods.extend((first.year()..=last.year()).map(Period::Year));
            }
            periods.sort();
            periods.dedup();
            labels = periods.iter().map(|p| dates::short(*p, language)).collect();
            for (id, name) in ids.iter().zip(&series) {
                let points = periods
                    .iter()
                    .map(|period| {
                        let observation = self.snapshot.observation(id, *period, None)?;
                        note(observation);
                        Some((observation.clone(), String::new()))
                    })
                    .collect();
                found.push((self.named(texts, name, name), points));
            }
            first_series = series.first().cloned().unwrap_or_default();
        }
        let unit = self.unit(&first_series)?;
        let largest =
            found.iter().flat_map(|(_, points)| points).flatten().map(|(o, _)| o.value.abs()).max().unwrap_or_default();
        let (exponent, axis_unit) = axis(largest, &unit, language);
        let series: Vec<(String, Vec<Option<Point>>)> = found
            .into_iter()
            .map(|(name, points)| {
                let points = points
                    .into_iter()
                    .map(|point| {
                        let (observation, detail) = point?;
                        self.print(&observation);
                        let label = match unit.kind {
                            UnitKind::Percent => numbers::full(observation.value, &unit, language),
                            _ if direct => numbers::bare(observation.value, &unit, language),
                            _ if language == Language::Zh => numbers::ungrouped(shifted(observation.value, exponent)),
                            _ => numbers::plain(shifted(observation.value, exponent), language),
                        };
                        let provisional = observation.status == crate::figures::Status::Provisional;
                        Some(Point { value: observation.value, label, detail, provisional })
                    })
                    .collect();
                (name, points)
            })
            .collect();
        self.figures += 1;
        let title = self.text(texts, "title");
        if title.is_empty() {
            self.problem(format!("the chart `{}` has no title", texts.id), "title = \"…\" says the finding", info);
        }
        let number = phrases::FIGURE.get(language).replace("{n}", &self.figures.to_string());
        let alt = alt(&title, &labels, &series, if direct { "" } else { &axis_unit }, language);
        let notes = self.notes(texts, &citations);
        let chart = Chart {
            kind,
            subtitle: self.text(texts, "subtitle"),
            title,
            number,
            alt,
            labels,
            series,
            axis_exponent: exponent,
            axis_unit,
            notes,
        };
        Some(Block::Chart(chart))
    }

    /// The author's note, then the source line.
    fn notes(&mut self, texts: &Texts<'_>, citations: &[Citation]) -> Vec<Vec<Inline>> {
        let word = |text: String| Inline::Text { text, emphasis: Emphasis::None };
        let note = self.text(texts, "note");
        let mut line = Vec::new();
        if !note.is_empty() {
            line.push(word(format!("{note} ")));
        }
        if !citations.is_empty() {
            let label = if citations.len() == 1 { phrases::SOURCE } else { phrases::SOURCES };
            line.push(word((*label.get(self.language())).to_owned()));
            line.push(Inline::Cite(self.cite(citations)));
        }
        vec![line]
    }

    fn table(&mut self, texts: &Texts<'_>) -> Option<Block> {
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
                    change.map_or_else(|| "–".to_owned(), |c| numbers::change(c.value, c.unit, true, language)),
                ));
            }
            lines.push(cells);
        }
        self.tables += 1;
        let number = phrases::TABLE.get(language).replace("{n}", &self.tables.to_string());
        let mut caption = format!("{number}  {}", self.text(texts, "caption"));
        if let Some(unit) = common.filter(|_| language != Language::Zh) {
            caption.push_str(&format!(" ({})", unit.label.get(language)));
        }
        let notes = self.notes(texts, &citations);
        Some(Block::Table(Table { caption, columns, rows: lines, notes }))
    }

    fn timeline(&mut self, texts: &Texts<'_>) -> Option<Block> {
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

    /// The three figures that the mail repeats.
    pub fn key_figures(&self) -> Vec<KeyFigure> {
        let wanted = self.template.blocks.get("key_figures").and_then(toml::Value::as_array);
        wanted
            .into_iter()
            .flatten()
            .filter_map(|key| {
                let (_, tile) = self.tiles.iter().find(|(name, _)| Some(name.as_str()) == key.as_str())?;
                let value = match (&tile.change, self.language()) {
                    (Some((_, change)), Language::Zh) => format!("{}（{change}）", tile.value),
                    (Some((_, change)), _) => format!("{} ({change})", tile.value),
                    (None, _) => tile.value.clone(),
                };
                Some(KeyFigure { label: tile.label.clone(), value })
            })
            .collect()
    }

    /// The numbered list of sources.
    pub fn sources(&self) -> Vec<SourceEntry> {
        let language = self.language();
        self.cited
            .iter()
            .map(|citation| {
                let who = match &citation.carrier {
                    Some(carrier) if *carrier != citation.publisher => {
                        phrases::VIA.get(language).replace("{a}", &citation.publisher).replace("{b}", carrier)
                    }
                    _ => citation.publisher.clone(),
                };
                let when = match citation.published {
                    Published::Unknown => (*phrases::UNDATED.get(language)).to_owned(),
                    Published::Month { year, month } => dates::period(Period::Month(year, month), language),
                    Published::Day(day) => dates::day(day, language),
                };
                let comma = if language == Language::Zh { "，" } else { ", " };
                let remark = if citation.quality == Quality::Copy {
                    (*phrases::COPY.get(language)).to_owned()
                } else {
                    String::new()
                };
                SourceEntry { text: format!("{who}{comma}{when}"), url: citation.url.clone(), remark }
            })
            .collect()
    }

    /// Every figure that was printed, as CSV.
    pub fn attachment(&self, printed: &[Observation]) -> Attachment {
        let mut rows: Vec<&Observation> = printed.iter().collect();
        rows.sort_by(|a, b| (&a.series, a.period, a.vintage).cmp(&(&b.series, b.period, b.vintage)));
        rows.dedup();
        let mut writer = csv::Writer::from_writer(Vec::new());
        // Writing to memory does not fail.
        let _ = writer.write_record([
            "series",
            "period",
            "value",
            "unit",
            "vintage",
            "publisher",
            "carrier",
            "published_on",
            "url",
            "quality",
        ]);
        for o in rows {
            let unit = self.snapshot.data.series.get(&o.series).map_or("", |s| s.unit.as_str());
            for s in &o.sources {
                let quality = if s.quality == Quality::Copy { "copy" } else { "report" };
                let _ = writer.write_record([
                    o.series.as_str(),
                    &o.period.to_string(),
                    &o.value.to_string(),
                    unit,
                    &o.vintage.code(),
                    &s.publisher,
                    s.carrier.as_deref().unwrap_or(""),
                    &s.published.code(),
                    s.url.as_deref().unwrap_or(""),
                    quality,
                ]);
            }
        }
        Attachment {
            name: "figures.csv".to_owned(),
            mime: "text/csv".to_owned(),
            description: (*phrases::ATTACHMENT.get(self.language())).to_owned(),
            bytes: writer.into_inner().unwrap_or_default(),
        }
    }
}

/// The numbers of these sources in the list, which grows by those that are new.
fn cite(cited: &mut Vec<Citation>, citations: &[Citation]) -> Vec<usize> {
    let mut numbers: Vec<usize> = citations
        .iter()
        .map(|citation| match cited.iter().position(|known| known == citation) {
            Some(at) => at + 1,
            None => {
                cited.push(citation.clone());
                cited.len()
            }
        })
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// The power of ten of an axis' numbers, relative to the series' unit, and the words for it.
fn axis(largest: Decimal, unit: &Unit, language: Language) -> (i32, String) {
    let label = unit.label.get(language);
    if unit.kind == UnitKind::Percent {
        return (0, label.clone());
    }
    if language == Language::Zh && unit.zh_label_exponent > 0 {
        return (unit.zh_label_exponent as i32 - unit.exponent as i32, label.clone());
    }
    if unit.exponent > 0 {
        return (0, label.clone());
    }
    let powers: &[u32] = if language == Language::Zh { &[8, 4] } else { &[6, 3] };
    let power = powers
        .iter()
        .copied()
        .find(|power| 10i64.checked_pow(*power).is_some_and(|scale| largest >= Decimal::from(scale)));
    let power = power.filter(|_| largest >= Decimal::from(10_000)).unwrap_or(0);
    (power as i32, phrases::scaled(power, label, language))
}

/// The exact value in units of ten to `exponent`.
fn shifted(value: Decimal, exponent: i32) -> Decimal {
    let scale = Decimal::from(10i64.checked_pow(exponent.unsigned_abs()).unwrap_or(1));
    let moved = if exponent < 0 { value.checked_mul(scale) } else { value.checked_div(scale) };
    moved.unwrap_or(value).normalize()
}

/// The finding, then every number: what a reader hears who does not see the chart.
fn alt(
    title: &str,
    labels: &[String],
    series: &[(String, Vec<Option<Point>>)],
    unit: &str,
    language: Language,
) -> String {
    let (colon, comma, stop, open, close) = match language {
        Language::Zh => ("：", "，", "。", "（", "）"),
        _ => (": ", ", ", ". ", " (", ")"),
    };
    let mut text = format!("{title}{stop}");
    if !unit.is_empty() {
        text.push_str(&format!("{unit}{stop}"));
    }
    for (name, points) in series {
        let told: Vec<String> = labels
            .iter()
            .zip(points)
            .map(|(label, point)| match point {
                Some(point) if point.detail.is_empty() => format!("{label} {}", point.label),
                Some(point) => format!("{label} {}{open}{}{close}", point.label, point.detail),
                None => format!("{label} {}", phrases::NO_VALUE.get(language)),
            })
            .collect();
        text.push_str(&format!("{name}{colon}{}{stop}", told.join(comma)));
    }
    text.trim_end().to_owned()
}
