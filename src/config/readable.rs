//! The config as far as it can be read, so that a mistake in one part does not stop those who need another.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use crate::{
    base::problem::{Problem, Problems, Severity},
    config::{briefs::Brief, calendars, environment::DATABASE_URL, model::Config, part::Part, settings::store::Store},
    time::calendar::Calendar,
};

/// A config in which some parts may be wrong. Each part is given only to those who ask for it, and refused with its problems
/// if it is wrong.
#[derive(Debug, Clone)]
pub struct ReadableConfig {
    pub(super) file: PathBuf,
    pub(super) store: Option<Store>,
    /// The file is no TOML as a whole: what is known of it was read from single sections.
    pub(super) is_salvaged: bool,
    pub(super) briefs: BTreeMap<String, Brief>,
    pub(super) calendars: BTreeMap<String, Arc<Calendar>>,
    /// All of it, if the settings could be read
    pub(super) whole: Option<Config>,
    /// What is wrong, in the order of the files
    pub(super) found: Vec<(Part, Problem)>,
}

impl From<Config> for ReadableConfig {
    /// A config in which nothing is wrong.
    fn from(config: Config) -> ReadableConfig {
        ReadableConfig {
            file: config.file.clone(),
            store: Some(config.store.clone()),
            is_salvaged: false,
            briefs: config.briefs.clone(),
            calendars: config.calendars.clone(),
            whole: Some(config),
            found: Vec::new(),
        }
    }
}

impl ReadableConfig {
    /// The whole config and its warnings, if nothing is wrong with these parts. What is wrong with others is a warning.
    ///
    /// # Errors
    /// Every problem.
    pub fn for_parts(self, parts: &[Part]) -> Result<(Config, Problems), Problems> {
        let problems = self.problems(parts);
        match self.whole {
            Some(config) if !problems.has_errors() => Ok((config, problems)),
            _ if problems.has_errors() => Err(problems),
            // Cannot be: what the whole needs is missing only with a problem.
            _ => Err(Problem::error(format!("{} cannot be read", self.file.display())).into()),
        }
    }

    /// Everything that is wrong; what concerns none of these parts is a warning.
    pub fn problems(&self, parts: &[Part]) -> Problems {
        let problems = self.found.iter().map(|(part, problem)| match parts.contains(part) {
            true => problem.clone(),
            false => Problem { severity: Severity::Warning, ..problem.clone() },
        });
        Problems(problems.collect())
    }

    /// Which store was taken, if the config is no TOML as a whole.
    pub fn salvaged_store(&self) -> Option<Problem> {
        let store = self.store.as_ref().filter(|_| self.is_salvaged)?;
        Some(
            Problem::warning(format!("the store is taken to be {}", store.shown()))
                .hint(format!("only parts of {} can be read", self.file.display())),
        )
    }

    /// Is one of these parts wrong?
    ///
    /// # Errors
    /// Their problems.
    pub fn require(&self, parts: &[Part]) -> Result<(), Problems> {
        let wanted = self.found.iter().filter(|(part, _)| parts.contains(part));
        let mut problems = Problems(wanted.map(|(_, problem)| problem.clone()).collect());
        if parts.contains(&Part::Store) && self.store.is_none() {
            if !problems.has_errors() {
                problems.extend(self.found.iter().map(|(_, problem)| problem.clone()).filter(is_error));
            }
            problems.push(self.no_store());
        }
        problems.into_result(())
    }

    fn no_store(&self) -> Problem {
        Problem::error(format!(
            "which store is meant cannot be said for certain as long as {} is wrong",
            self.file.display()
        ))
        .hint(format!("name it: --set store.url=sqlite:PATH, or the environment variable {DATABASE_URL}"))
    }

    /// What is to be said to somebody who needs only these parts, and goes on: their warnings, and once that there are
    /// mistakes elsewhere.
    pub fn warnings(&self, needed: &[Part]) -> Problems {
        let is_needed = |(part, _): &&(Part, Problem)| needed.contains(part);
        let mut warnings: Problems =
            Problems(self.found.iter().filter(is_needed).map(|(_, problem)| problem.clone()).collect());
        warnings.0.retain(|problem| !is_error(problem));
        let mut elsewhere = self.found.iter().filter(|found| !is_needed(found) && is_error(&found.1));
        let Some((_, first)) = elsewhere.next() else { return warnings };
        let more = match elsewhere.count() {
            0 => String::new(),
            1 => "; `greenbrief check` tells this mistake and another one".to_owned(),
            more => format!("; `greenbrief check` tells this mistake and {more} others"),
        };
        let store = match &self.store {
            // A key that is misspelt may have been to name another one.
            Some(store) if needed.contains(&Part::Store) => format!(" with the store {}", store.shown()),
            _ => String::new(),
        };
        let told = Problem { severity: Severity::Warning, ..first.clone() };
        warnings.push(told.hint(format!("this command does not need that, and goes on{store}{more}")));
        warnings
    }

    /// The store.
    ///
    /// # Errors
    /// It cannot be said which one is meant.
    pub fn store(&self) -> Result<&Store, Problems> {
        self.require(&[Part::Store])?;
        self.store.as_ref().ok_or_else(|| self.no_store().into())
    }

    /// Is the store known from a file that is no TOML as a whole? Then none is made where there is none.
    pub const fn is_salvaged(&self) -> bool {
        self.is_salvaged
    }

    /// The briefs, some of whose schedules may be missing.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn briefs(&self) -> Result<&BTreeMap<String, Brief>, Problems> {
        self.require(&[Part::Paths, Part::Briefs])?;
        Ok(&self.briefs)
    }

    /// The briefs with all their schedules.
    ///
    /// # Errors
    /// What is wrong with them, or with a calendar.
    pub fn briefs_with_schedules(&self) -> Result<&BTreeMap<String, Brief>, Problems> {
        self.require(&[Part::Paths, Part::Briefs, Part::Schedules, Part::Calendars])?;
        Ok(&self.briefs)
    }

    /// Those briefs and schedules that can be read, whatever is wrong with others.
    pub const fn readable_briefs(&self) -> &BTreeMap<String, Brief> {
        &self.briefs
    }

    /// The calendars.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub fn calendars(&self) -> Result<&BTreeMap<String, Arc<Calendar>>, Problems> {
        self.require(&[Part::Paths, Part::Calendars])?;
        Ok(&self.calendars)
    }

    /// The calendar with this id.
    ///
    /// # Errors
    /// There is none; the problem says which there are.
    pub fn calendar(&self, id: &str) -> Result<&Calendar, Problems> {
        let all = self.calendars()?;
        let unknown = || calendars::unknown(id, all.keys().map(String::as_str)).into();
        all.get(id).map(Arc::as_ref).ok_or_else(unknown)
    }

    /// The config; its briefs, schedules, calendars, templates and secrets may be wrong.
    ///
    /// # Errors
    /// What is wrong with its other parts.
    pub fn settings(&self) -> Result<&Config, Problems> {
        self.require(&[Part::Paths, Part::Store, Part::Settings])?;
        let broken = || Problem::error(format!("{} cannot be read", self.file.display())).into();
        self.whole.as_ref().ok_or_else(broken)
    }
}

fn is_error(problem: &Problem) -> bool {
    problem.severity == Severity::Error
}
