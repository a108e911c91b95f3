//! A calendar's file: its title, what it builds on, its days, the years that an authority publishes, and files of
//! iCalendar. All of it is optional; an empty file is a calendar without days off.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    ops::RangeInclusive,
    path::Path,
};

use chrono::{Datelike, NaiveDate};

use crate::{
    base::{
        language::PerLanguage,
        problem::{Place, Problem},
    },
    config::reading::{
        loader::{Loader, ParsedFile},
        paths::resolve,
        problem_sink::ProblemSink,
        table_reader::TableReader,
    },
    time::calendar::{self, Calendar, Day, Notice, YEARS, ics, is_weekend},
};

/// The longest title and the longest name of a day, in characters.
pub(in crate::config) const LONGEST_NAME: usize = 200;

/// A calendar as its file has it.
pub(in crate::config) struct Written {
    pub(in crate::config) id: String,
    title: String,
    file: String,
    /// The ids of other calendars.
    pub(in crate::config) include: Vec<String>,
    days: BTreeMap<NaiveDate, Day>,
    /// The days that are published, if years are.
    known: Option<RangeInclusive<NaiveDate>>,
    notices: Vec<Notice>,
    english: BTreeMap<String, PerLanguage<Option<String>>>,
}

impl Written {
    /// What it says over what the calendars say on which it builds.
    pub(in crate::config) fn built_on(self, parts: &[&Calendar]) -> Calendar {
        let base = calendar::combine(&self.id, parts);
        let mut known = base.known().clone();
        if let Some(own) = self.known {
            known = *known.start().max(own.start())..=*known.end().min(own.end());
        }
        let everything = NaiveDate::MIN..=NaiveDate::MAX;
        let mut named: BTreeMap<NaiveDate, Day> =
            base.named(everything).map(|(date, day)| (date, day.clone())).collect();
        named.extend(self.days);
        let mut notices = base.notices.clone();
        notices.extend(self.notices);
        notices.sort_by(|a, b| (b.year, a.published).cmp(&(a.year, b.published)));
        let mut whole =
            Calendar::new(self.id, named, known).with_translations(self.english).with_translations_of(&base);
        (whole.title, whole.file, whole.notices) = (self.title, Some(self.file), notices);
        whole
    }
}

/// The id of another calendar, and where it is named.
pub(in crate::config) type Include = (String, Place);

/// Reads a file: what it builds on, and all of it; nothing if something is wrong with it, which was reported then.
pub(in crate::config) fn read(
    id: &str,
    path: &Path,
    document: &ParsedFile,
    loader: &mut Loader<'_>,
) -> (Vec<Include>, Option<Written>) {
    // Of a broken file it cannot be said what is missing in it or wrong.
    let (own, mut broken) = (ProblemSink::default(), !document.whole);
    let sink = &own;
    let mut root = TableReader::new(&document.table, "", document.origin.place(0..0), sink);
    let title = root.text("title").map_or_else(|| id.to_owned(), |given| given.text.trim().to_owned());
    let mut include: Vec<Include> = Vec::new();
    for given in root.texts("include").unwrap_or_default() {
        if include.iter().any(|(id, _)| id == given.text) {
            sink.push(given.error(format!("`{}` appears here a second time", given.text)));
        } else {
            include.push((given.text.to_owned(), given.place()));
        }
    }
    let mut days = Dated::default();
    let (known, notices) = years(root.rows("years"), &mut days, sink);
    let mut days = days.0.into_iter().map(|(date, (day, _))| (date, day)).collect::<BTreeMap<_, _>>();
    for given in root.texts("ics").unwrap_or_default() {
        let folder = path.parent().unwrap_or(Path::new(""));
        let file = resolve(folder, given.text);
        let role = format!("calendars/{id}/{}", given.text);
        let Some((origin, true)) = loader.named(&file, &role, &given.place()) else {
            broken = true;
            continue;
        };
        let (found, problems) = ics::read(origin.text(), &title, &|range| origin.place(range));
        days.extend(found.into_iter().map(|(date, name)| (date, Day::Holiday(name))));
        problems.0.into_iter().for_each(|problem| sink.push(problem));
    }
    let mut own_days = Dated::default();
    for row in root.rows("days") {
        own_days.row(row, sink);
    }
    days.extend(own_days.0.into_iter().map(|(date, (day, _))| (date, day)));
    let english = root.section("english").map(|section| english(section, &days, sink)).unwrap_or_default();
    root.finish();
    if document.whole {
        let problems = own.into_problems();
        broken |= problems.has_errors();
        problems.0.into_iter().for_each(|problem| loader.sink.push(problem));
    }
    let file = document.origin.name().to_owned();
    let ids = include.iter().map(|(id, _)| id.clone()).collect();
    let written = || Written { id: id.to_owned(), title, file, include: ids, days, known, notices, english };
    let written = (!broken).then(written);
    (include, written)
}

/// Days and where they stand.
#[derive(Default)]
struct Dated(BTreeMap<NaiveDate, (Day, Place)>);

impl Dated {
    /// Reads `{ date, until, kind, name }`; gives the days' first and last.
    fn row(&mut self, row: TableReader<'_>, sink: &ProblemSink) -> Option<(NaiveDate, NaiveDate, Place)> {
        let mut row = row;
        row.need("date", "date = 2027-01-04");
        row.need("name", "name = \"Betriebsferien\"");
        let first = row.date("date").filter(|(date, place)| in_range(*date, place, sink));
        let last = row.date("until").filter(|(date, place)| in_range(*date, place, sink));
        let name = row.text("name").filter(|given| {
            let fits = given.text.chars().count() <= LONGEST_NAME;
            if !fits {
                sink.push(given.error(format!("this name is longer than {LONGEST_NAME} characters")));
            }
            fits
        });
        let name = name.map(|given| given.text.trim().to_owned());
        let works = match row.text("kind") {
            None => Some(false),
            Some(given) => match given.text {
                "off" => Some(false),
                "work" => Some(true),
                other => {
                    let problem = given.error("this is none of \"off\", \"work\"");
                    sink.push(problem.did_you_mean(other, ["off", "work"]));
                    None
                }
            },
        };
        row.finish();
        let ((first, place), name, works) = (first?, name?, works?);
        let last = match last {
            Some((last, place)) if last < first => {
                let what = format!("the last day, {last}, is before the first, {first}");
                sink.push(Problem::error(what).at(place).hint("`until` is the last day, and part of it"));
                return None;
            }
            last => last.map_or(first, |(last, _)| last),
        };
        for date in first.iter_days().take_while(|date| *date <= last) {
            let day = match (works, is_weekend(date)) {
                (false, _) => Day::Holiday(name.clone()),
                (true, true) => Day::MakeUp(name.clone()),
                (true, false) => Day::Workday,
            };
            match self.0.entry(date) {
                Entry::Vacant(entry) => drop(entry.insert((day, place.clone()))),
                Entry::Occupied(entry) => {
                    let what = format!("{date} appears in this file a second time");
                    let other = entry.get().1.line;
                    sink.push(Problem::error(what).at(place).hint(format!("it is in line {other} as well: keep one")));
                    return None;
                }
            }
        }
        Some((first, last, place))
    }
}

/// Is the date one that calendars know?
fn in_range(date: NaiveDate, place: &Place, sink: &ProblemSink) -> bool {
    let inside = calendar::range().contains(&date);
    if !inside {
        let what = format!("{date} is outside of the years {} to {}", YEARS.start(), YEARS.end());
        sink.push(Problem::error(what).at(place.clone()));
    }
    inside
}

/// `[[years]]`: what an authority has published. Outside of them nothing is known.
fn years(
    rows: Vec<TableReader<'_>>,
    days: &mut Dated,
    sink: &ProblemSink,
) -> (Option<RangeInclusive<NaiveDate>>, Vec<Notice>) {
    let mut found: BTreeMap<i32, (NaiveDate, Option<Place>, Place)> = BTreeMap::new();
    let mut notices = Vec::new();
    for row in rows {
        let mut row = row;
        row.need("year", "year = 2027");
        row.need("notices", "notices = [{ number = \"…\", published = 2026-11-04, url = \"https://…\" }]");
        row.need("days", "days = [{ date = 2027-01-01, name = \"…\" }]");
        let place = row.place_of("year").unwrap_or_else(|| row.place().clone());
        let year = row.whole("year", i64::from(*YEARS.start())..=i64::from(*YEARS.end()));
        let year = year.and_then(|year| i32::try_from(year).ok());
        let until = row.date("known_until");
        let place_of_notices = row.place_of("notices");
        let rows = row.rows("notices");
        if let Some(place) = place_of_notices.filter(|_| rows.is_empty()) {
            let problem = Problem::error("`years.notices` is empty").at(place);
            sink.push(problem.hint("say where the year is published: nobody can look up what has no source"));
        }
        notices.extend(rows.into_iter().filter_map(|notice| read_notice(notice, year.unwrap_or_default())));
        for day in row.rows("days") {
            let Some((first, last, place)) = days.row(day, sink) else { continue };
            // A notice may begin with days of the December before.
            let near = |date: NaiveDate, year| date.year() == year || date.year() == year - 1 && date.month() == 12;
            if let Some(year) = year.filter(|year| !near(first, *year) || !near(last, *year)) {
                let problem = Problem::error(format!("this is not a day of {year}, nor of the December before"));
                sink.push(problem.at(place).hint("put it below its year"));
            }
        }
        row.finish();
        let Some((year, end)) = year.and_then(|year| Some((year, NaiveDate::from_ymd_opt(year, 12, 31)?))) else {
            continue;
        };
        let (end, shortened) = match until {
            Some((date, place)) if date.year() != year => {
                sink.push(Problem::error(format!("this is not a day of {year}")).at(place));
                (end, None)
            }
            Some((date, place)) => (date, Some(place)),
            None => (end, None),
        };
        match found.entry(year) {
            Entry::Vacant(entry) => drop(entry.insert((end, shortened, place))),
            Entry::Occupied(_) => {
                sink.push(Problem::error(format!("{year} appears in this file a second time")).at(place))
            }
        }
    }
    let Some((first, last)) = found.keys().next().copied().zip(found.keys().next_back().copied()) else {
        return (None, notices);
    };
    for (year, (_, shortened, place)) in &found {
        if *year != first && !found.contains_key(&(year - 1)) {
            let problem = Problem::error(format!("{} is missing: years follow each other", year - 1));
            sink.push(
                problem.at(place.clone()).hint("nothing is guessed between two years: put it in, or begin later"),
            );
        }
        if let Some(place) = shortened.as_ref().filter(|_| *year != last) {
            let problem = Problem::error(format!("`known_until` ends {year}, but {} is published", year + 1));
            sink.push(problem.at(place.clone()).hint("only the last year has it: take it out here"));
        }
    }
    let known = NaiveDate::from_ymd_opt(first, 1, 1).zip(found.get(&last).map(|(end, ..)| *end));
    (known.map(|(first, last)| first..=last), notices)
}

fn read_notice(row: TableReader<'_>, year: i32) -> Option<Notice> {
    let mut row = row;
    row.need("published", "published = 2026-11-04");
    let number = row.needed_text("number", "number = \"国办发明电〔2026〕1号\"").map(|given| given.text.to_owned());
    let published = row.date("published").map(|(date, _)| date);
    let url = row.needed_text("url", "url = \"https://…\"").map(|given| given.text.to_owned());
    row.finish();
    Some(Notice { year, number: number?, published: published?, url: url? })
}

/// `[english]`: what days are called in English, by their own names.
fn english(
    section: TableReader<'_>,
    days: &BTreeMap<NaiveDate, Day>,
    sink: &ProblemSink,
) -> BTreeMap<String, PerLanguage<Option<String>>> {
    let mut section = section;
    let names: BTreeSet<&str> = days
        .values()
        .filter_map(|day| match day {
            Day::Holiday(name) | Day::MakeUp(name) => Some(name.as_str()),
            Day::Workday | Day::Weekend | Day::Unknown => None,
        })
        .collect();
    let mut found = BTreeMap::new();
    for (entry, given) in section.named_texts() {
        let name = &entry.key;
        if !names.contains(name.as_str()) {
            let problem = Problem::error(format!("no day of this file is called `{name}`")).at(entry.span.place());
            sink.push(problem.hint("write it as the day's `name` has it, or take it out"));
        }
        found.insert(name.clone(), PerLanguage { en: Some(given.text.to_owned()), de: None, zh: None });
    }
    section.finish();
    found
}
