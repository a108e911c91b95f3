//! The checks between figures: what is there twice, references to units and series that do not exist, and what would change
//! or come back without being asked for. Whether a value can be is asked in `plausibility`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    ImportTerms, ReadFigures,
    imported::{Files, Imported, Placed, ReadObservation, SeriesRow, SourcedValue, Spot},
    plausibility,
};
use crate::{
    base::{
        csv_table::MAX_PROBLEMS,
        plural::counted,
        problem::{Problem, Problems},
    },
    figures::{
        Dataset, Dimension, Event, Observation, Period, Published, Publisher, Series, SeriesId, Unit, UnitKind, columns,
    },
};

/// What tells an observation from all others.
type Identity = (SeriesId, Period, Published);

/// All that was read as a dataset, with warnings. Problems are those between figures, also of figures that are there.
pub(super) fn check(imported: Imported, terms: &ImportTerms<'_>, problems: &mut Problems) -> ReadFigures {
    let mut checked = Checked {
        data: Dataset::default(),
        terms,
        files: Files(imported.files),
        once: BTreeMap::new(),
        observations: HashMap::new(),
        unknown: BTreeMap::new(),
        left_out: BTreeMap::new(),
        problems,
        told: 0,
    };
    imported.units.into_iter().for_each(|unit| checked.unit(unit));
    checked.series(imported.series);
    imported.values.into_iter().for_each(|value| checked.value(value));
    imported.events.into_iter().for_each(|event| checked.event(event));
    imported.publishers.into_iter().for_each(|publisher| checked.publisher(publisher));
    checked.unknown_series();
    checked.changed_values();
    if let Some(more) = checked.told.checked_sub(MAX_PROBLEMS).filter(|more| *more > 0) {
        checked
            .problems
            .push(Problem::error(format!("there are {more} more problems like these")).hint("mend these first"));
    }
    let values = checked.observations.into_values().collect();
    let to_look_at = plausibility::check(&checked.data, terms, values, &checked.files, checked.problems);
    let mut left_out: Vec<_> = checked.left_out.into_values().flatten().collect();
    left_out.sort_by_key(|problem| problem.place.as_ref().map(|place| (place.file.clone(), place.line)));
    // Merging sorts observations and events.
    ReadFigures { data: Dataset::default().merge(checked.data), left_out: Problems(left_out), to_look_at }
}

struct Checked<'a> {
    data: Dataset,
    terms: &'a ImportTerms<'a>,
    files: Files,
    /// The latest cell of each unit, series and event, by kind and id.
    once: BTreeMap<(&'static str, String), Spot>,
    observations: HashMap<Identity, ReadObservation>,
    /// Series that do not exist: the first row that names each, and the number of rows.
    unknown: BTreeMap<SeriesId, (Spot, usize)>,
    /// Withdrawn observations that stay away, with the warning that says so unless they are refused.
    left_out: BTreeMap<Identity, Option<Problem>>,
    problems: &'a mut Problems,
    /// Number of problems that were found; at most [`MAX_PROBLEMS`] of them are kept.
    told: usize,
}

impl Checked<'_> {
    fn problem(&mut self, spot: &Spot, problem: Problem) {
        if self.told < MAX_PROBLEMS {
            self.problems.push(self.files.at(spot, problem));
        }
        self.told += 1;
    }

    /// Notes where a thing stands; a second one of the same id is a problem.
    fn once(&mut self, kind: &'static str, id: &str, spot: &Spot) {
        let Some(first) = self.once.insert((kind, id.to_owned()), spot.clone()) else { return };
        let problem = Problem::error(format!("the {kind} `{id}` appears here a second time"));
        let first = self.files.place(&first).map(|first| format!("the first is in {}:{}", first.file, first.line));
        self.problem(spot, problem.hint(first.unwrap_or_default()));
    }

    fn has_series(&self, id: &SeriesId) -> bool {
        self.data.series.contains_key(id) || self.terms.existing.series.contains_key(id)
    }

    fn unit(&mut self, Placed { thing, spot }: Placed<Unit>) {
        self.once("unit", &thing.id, &spot);
        let before = self.terms.existing.units.get(&thing.id);
        if !self.terms.replace
            && before.is_some_and(|before| (before.kind, before.exponent) != (thing.kind, thing.exponent))
        {
            let what = format!("the unit `{}` would have another kind or exponent", thing.id);
            let problem = Problem::error(what)
                .hint("all values in this unit would mean something else: give the new one an id of its own")
                .hint("if the unit was wrong from the beginning, `--replace` mends it");
            self.problem(&spot, problem);
        }
        self.data.units.insert(thing.id.clone(), thing);
    }

    /// All series, then their references: a series may stand below one that names it.
    fn series(&mut self, rows: Vec<Placed<SeriesRow>>) {
        let (mut references, mut circles) = (Vec::new(), Vec::new());
        for Placed { thing: row, spot } in rows {
            let row = self.kept(row);
            self.meaning_of(&row);
            let SeriesRow { series, unit_spot, predecessor_spot, parts_spot, named, .. } = row;
            self.once("series", series.id.as_str(), &spot);
            self.unit_of(&series, &unit_spot);
            references.extend(named);
            circles.push((series.id.clone(), predecessor_spot, parts_spot));
            self.data.series.insert(series.id.clone(), series);
        }
        for (of, spot) in references {
            if !self.has_series(&of) {
                let known = self.data.series.keys().chain(self.terms.existing.series.keys()).map(SeriesId::as_str);
                let problem = Problem::error(format!("unknown series `{of}`")).did_you_mean(of.as_str(), known);
                self.problem(&spot, problem);
            }
        }
        for (id, predecessor, parts) in circles {
            for (problem, spot) in [(self.predecessor_of(&id), predecessor), (self.parts_of(&id), parts)] {
                if let Some(problem) = problem {
                    self.problem(&spot, problem);
                }
            }
        }
    }

    /// What a file has no column for stays as it is.
    fn kept(&self, mut row: SeriesRow) -> SeriesRow {
        let Some(before) = self.terms.existing.series.get(&row.series.id) else { return row };
        let series = &mut row.series;
        for column in &row.absent {
            match *column {
                "dimension" => series.dimension.clone_from(&before.dimension),
                "predecessor" => series.predecessor.clone_from(&before.predecessor),
                "range" => (series.any_value, series.bounds) = (before.any_value, before.bounds),
                "parts" => series.parts.clone_from(&before.parts),
                "rhythm" => series.rhythm = before.rhythm,
                "licence" => series.licence.clone_from(&before.licence),
                _ => {}
            }
        }
        row
    }

    /// Refuses another geography or dimension of a series that has values: they would be told of something else.
    fn meaning_of(&mut self, row: &SeriesRow) {
        let (after, existing) = (&row.series, self.terms.existing);
        let Some(before) = existing.series.get(&after.id).filter(|_| !self.terms.replace) else { return };
        let values = existing.observations.get(&after.id).map_or(0, Vec::len);
        if values == 0 {
            return;
        }
        let said = |dimension: &Option<Dimension>| dimension.as_ref().map_or("none".to_owned(), ToString::to_string);
        let dimension = (said(&before.dimension), said(&after.dimension));
        let geography = (before.geography.clone(), after.geography.clone());
        for (what, (before, after), spot) in
            [("geography", geography, &row.geography_spot), ("dimension", dimension, &row.dimension_spot)]
        {
            // One that had none gets its first.
            if before != after && before != "none" {
                let what = format!("the {what} of `{}` would change: {before} → {after}", row.series.id);
                let problem = Problem::error(what)
                    .hint(format!(
                        "its {} would be told of something else: that is a series of its own",
                        counted(values as u64, "value")
                    ))
                    .hint("if it was wrong from the beginning, `--replace` mends it");
                self.problem(spot, problem);
            }
        }
    }

    /// The problem of a total that is a part of itself.
    fn parts_of(&self, id: &SeriesId) -> Option<Problem> {
        let mut seen = BTreeSet::new();
        let mut next: Vec<&SeriesId> = self.series_of(id)?.parts.iter().collect();
        while let Some(part) = next.pop() {
            if part == id {
                return Some(
                    Problem::error(format!("`{id}` would be a part of itself")).hint("name what it is made of"),
                );
            }
            if seen.insert(part) {
                next.extend(self.series_of(part).into_iter().flat_map(|series| &series.parts));
            }
        }
        None
    }

    fn series_of(&self, id: &SeriesId) -> Option<&Series> {
        self.data.series.get(id).or_else(|| self.terms.existing.series.get(id))
    }

    /// The problem of a series that goes on another one: which comes back to itself, or does not say what is different.
    fn predecessor_of(&self, id: &SeriesId) -> Option<Problem> {
        let series = self.series_of(id)?;
        let first = series.predecessor.as_ref()?;
        let mut seen = BTreeSet::from([id]);
        let mut next = Some(first);
        while let Some(before) = next {
            if !seen.insert(before) {
                let what = if first == id {
                    format!("`{id}` cannot go on itself")
                } else {
                    format!("the predecessors of `{id}` come back to `{before}`")
                };
                return Some(Problem::error(what).hint("the predecessor is the series that ended at a break"));
            }
            next = self.series_of(before).and_then(|series| series.predecessor.as_ref());
        }
        let before = self.series_of(first)?;
        let is_same = (&series.definition, &series.unit) == (&before.definition, &before.unit);
        is_same.then(|| {
            Problem::error(format!("`{id}` is defined as `{first}` is, which it goes on after a break"))
                .hint("say in `definition` what is measured otherwise since, or which base it has")
                .hint("without a break it is the same series: give the values to it")
        })
    }

    /// Checks the unit of a series. Another unit is never suggested: gigawatts are no megawatts.
    fn unit_of(&mut self, series: &Series, spot: &Spot) {
        let existing = self.terms.existing;
        if !self.data.units.contains_key(&series.unit) && !existing.units.contains_key(&series.unit) {
            let mut known: Vec<&str> =
                self.data.units.keys().chain(existing.units.keys()).map(String::as_str).collect();
            known.sort_unstable();
            known.dedup();
            let problem = Problem::error(format!("unknown unit `{}`", series.unit))
                .hint(format!("the units are: {}", known.join(", ")))
                .hint(format!(
                    "a unit is added by a file of units, imported before this one or with it: {}",
                    columns::units_head()
                ));
            self.problem(spot, problem);
        }
        let before = existing.series.get(&series.id).filter(|before| before.unit != series.unit);
        let values = existing.observations.get(&series.id).map_or(0, Vec::len);
        if let Some(before) = before.filter(|_| values > 0 && !self.terms.replace) {
            let what = format!("the unit of `{}` would change: {} → {}", series.id, before.unit, series.unit);
            let problem = Problem::error(what)
                .hint(format!(
                    "its {} would keep their numbers: a measure in another unit is a series of its own",
                    counted(values as u64, "value")
                ))
                .hint("if the unit was wrong from the beginning, `--replace` mends it");
            self.problem(spot, problem);
        }
    }

    /// Values of one series, period and vintage are one observation with several sources.
    fn value(&mut self, read: SourcedValue) {
        if !self.has_series(&read.series) {
            let (_, rows) = self.unknown.entry(read.series).or_insert((read.spots.series, 0));
            *rows += 1;
            return;
        }
        self.unit_of_value(&read);
        if self.stays_away(&read) {
            return;
        }
        let identity = (read.series.clone(), read.period, read.vintage);
        let all = self.data.observations.entry(read.series.clone()).or_default();
        let Some(first) = self.observations.get(&identity) else {
            let noted = ReadObservation {
                series: read.series.clone(),
                index: all.len(),
                value_spot: read.spots.value,
                vintage_spot: read.spots.vintage,
            };
            self.observations.insert(identity, noted);
            all.push(Observation {
                series: read.series,
                period: read.period,
                vintage: read.vintage,
                value: read.value,
                status: read.status,
                sources: vec![read.source],
            });
            return;
        };
        let Some(first) = all.get_mut(first.index) else { return };
        if first.value != read.value {
            let what = format!(
                "{} {} is {} here and {} in an earlier row of the same vintage",
                read.series, read.period, read.value, first.value
            );
            let hint = "rows of one series, period and vintage are sources of one value; a later value is a vintage of its own";
            self.problem(&read.spots.value, Problem::error(what).hint(hint));
        } else if first.status != read.status {
            let what =
                format!("{} {} has another status in an earlier row of the same vintage", read.series, read.period);
            self.problem(
                &read.spots.series,
                Problem::error(what).hint("the status belongs to the value, not to a source"),
            );
        } else if first.sources.contains(&read.source) {
            let what = "the same source of the same value appears here a second time";
            self.problem(&read.spots.publisher, Problem::error(what));
        } else {
            first.sources.push(read.source);
        }
    }

    /// A row that says its unit says that of its series.
    fn unit_of_value(&mut self, read: &SourcedValue) {
        let (Some(unit), Some(spot)) = (&read.unit, &read.spots.unit) else { return };
        let series = self.data.series.get(&read.series).or_else(|| self.terms.existing.series.get(&read.series));
        if let Some(series) = series.filter(|series| series.unit != *unit) {
            let problem = Problem::error(format!("`{unit}` is not the unit of {}: that is {}", series.id, series.unit));
            self.problem(spot, problem.hint("a measure in another unit is a series of its own"));
        }
    }

    /// Whether the observation is withdrawn and stays so. With the value that was withdrawn it is left out, which is told once;
    /// with another value it is refused, since a person means to mend it.
    fn stays_away(&mut self, read: &SourcedValue) -> bool {
        let is_it = |gone: &Observation| {
            gone.series == read.series && gone.period == read.period && gone.vintage == read.vintage
        };
        let mut withdrawn = self.terms.withdrawn.iter().filter(|withdrawn| withdrawn.is_open());
        let Some(gone) = withdrawn.find(|withdrawn| is_it(&withdrawn.observation)).filter(|_| !self.terms.again) else {
            return false;
        };
        let (observation, record) = (&gone.observation, &gone.withdrawal);
        let identity = (read.series.clone(), read.period, read.vintage);
        let is_same = observation.value == read.value;
        if is_same && self.left_out.contains_key(&identity) {
            return true;
        }
        let what = format!(
            "{} {} ({}) was withdrawn by {} on {}: {}",
            read.series,
            read.period,
            read.vintage,
            record.by,
            record.at.format("%F"),
            record.reason
        );
        let warning = is_same.then(|| {
            let problem = Problem::warning(what.clone() + "; it is left out").hint("`--again` lets it count again");
            self.files.at(&read.spots.value, problem)
        });
        if warning.is_none() {
            let problem = Problem::error(what)
                .hint(format!(
                    "`--again` lets it count again, with {} in the place of {}",
                    read.value, observation.value
                ))
                .hint("a value that was published later is a vintage of its own");
            self.problem(&read.spots.value, problem);
        }
        self.left_out.insert(identity, warning);
        true
    }

    fn publisher(&mut self, Placed { thing, spot }: Placed<Publisher>) {
        self.once("publisher", &thing.id, &spot);
        self.data.publishers.insert(thing.id.clone(), thing);
    }

    fn event(&mut self, Placed { thing, spot }: Placed<Event>) {
        self.once("event", &thing.id, &spot);
        self.data.events.push(thing);
    }

    /// One problem for each series that does not exist, however many rows name it.
    fn unknown_series(&mut self) {
        let mut unknown: Vec<_> = std::mem::take(&mut self.unknown).into_iter().collect();
        unknown.sort_by_key(|(_, (spot, _))| spot.order());
        let more = unknown.len().saturating_sub(MAX_PROBLEMS);
        for (id, (spot, rows)) in unknown.into_iter().take(MAX_PROBLEMS) {
            let known = self.data.series.keys().chain(self.terms.existing.series.keys()).map(SeriesId::as_str);
            let rows = if rows > 1 { format!(", which {rows} rows name") } else { String::new() };
            let problem =
                Problem::error(format!("unknown series `{id}`{rows}")).did_you_mean(id.as_str(), known).hint(format!(
                    "a series is added by a file of series, imported before this one or with it: {}",
                    columns::series_head()
                ));
            self.problem(&spot, problem);
        }
        self.told += more;
    }

    /// Whether values of the series are whole numbers.
    fn is_count(&self, id: &SeriesId) -> bool {
        let existing = self.terms.existing;
        let unit = self.data.series.get(id).or_else(|| existing.series.get(id)).map(|series| &series.unit);
        let unit = unit.and_then(|unit| self.data.units.get(unit).or_else(|| existing.units.get(unit)));
        unit.is_some_and(|unit| unit.kind == UnitKind::Count)
    }

    /// A value never changes under its vintage unasked.
    fn changed_values(&mut self) {
        if self.terms.replace {
            return;
        }
        let mut changed = Vec::new();
        for (id, observations) in &self.data.observations {
            let is_count = self.is_count(id);
            let there = self.terms.existing.observations.get(id).into_iter().flatten();
            let there: HashMap<_, _> = there.map(|before| ((before.period, before.vintage), before.value)).collect();
            // What is no count takes no value's place: `plausibility` says what to write.
            for observation in observations.iter().filter(|it| !is_count || it.value.scale() == 0) {
                let Some(before) = there.get(&(observation.period, observation.vintage)) else { continue };
                let identity = (id.clone(), observation.period, observation.vintage);
                if let Some(read) = self.observations.get(&identity).filter(|_| *before != observation.value) {
                    changed.push((read.value_spot.clone(), *before, observation.value, identity));
                }
            }
        }
        changed.sort_by_key(|(spot, ..)| spot.order());
        let more = changed.len().saturating_sub(MAX_PROBLEMS);
        for (spot, before, after, (series, period, vintage)) in changed.into_iter().take(MAX_PROBLEMS) {
            let problem = Problem::error(format!("{series} {period} ({vintage}) would change: {before} → {after}"))
                .hint(
                    "a value that was published later is a vintage of its own: `vintage` is the day of its publication",
                )
                .hint(format!("if {before} is wrong, `--replace` puts {after} in its place"));
            self.problem(&spot, problem);
        }
        self.told += more;
    }
}
