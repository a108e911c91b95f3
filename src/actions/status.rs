//! Everything that an operator should know, and what of it needs a person.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    Error, Installation, Result,
    editions::shown_state,
    plan::{PlanQuery, PlannedOccurrence, coming},
    progress::Progress,
};
use crate::{
    base::{ids::ScheduleId, plural::counted, problem::Problems},
    config::{Brief, ConfigSource, Part},
    delivery::rules::State,
    monitoring::overdue::{Survey, calendar_ends},
    store::{self, EditionState, OnHold, RefusedConfig, Store, Tally},
    time::{clock::Clock, schedule::Outcome},
};

/// Number of coming occurrences shown.
const COMING: usize = 5;
/// Number of editions examined, from the newest.
const EXAMINED: i64 = 20;
/// Number of editions shown, from the newest.
const NEWEST: usize = 3;

/// Everything that an operator should know.
#[derive(Debug, Serialize)]
pub struct Status {
    /// The next occurrences
    pub next: Vec<PlannedOccurrence>,
    /// Schedules whose edition is not released although `alarm_after` has passed
    pub overdue: Vec<ScheduleId>,
    /// What needs a person, in words
    pub attention: Vec<String>,
    /// All mails
    pub mails: Tally,
    /// How far all mails have come
    pub progress: Option<Progress>,
    /// Why nothing is sent, if so
    pub on_hold: OnHold,
    /// The newest editions, in words
    pub newest: Vec<String>,
    /// A daemon or a `send` is at work on the store. On PostgreSQL that is not known
    pub serving: Option<bool>,
    /// The config in the files, if a daemon refuses it
    pub config_refused: Option<RefusedConfig>,
    /// There is a store
    #[serde(skip)]
    pub has_store: bool,
    /// What is wrong with the config in the files, or its warnings. If it is wrong, the rest is about the config that the
    /// daemon keeps in force
    #[serde(skip)]
    pub config_problems: Problems,
}

impl Status {
    /// A person has to do something.
    pub fn needs_person(&self) -> bool {
        !self.attention.is_empty() || self.config_problems.has_errors()
    }
}

/// The status of the installation that this config describes. The problems of the config go to `on_config` as soon as they
/// are known, since the store may fail after that.
///
/// # Errors
/// The config is wrong and there is no store, or the store cannot be read.
pub async fn status(source: &ConfigSource, clock: &Clock, on_config: &dyn Fn(&Problems)) -> Result<Status> {
    let installation = Installation::new(source.read(), clock.clone());
    let mut problems = installation.config.problems(Part::WITHOUT_SECRETS);
    let url = installation.store_url()?;
    if problems.has_errors() && !Store::is_there(url) {
        // There is nothing to show beside them.
        return Err(Error::Files(problems));
    }
    problems.extend(installation.config.salvaged_store());
    on_config(&problems);
    let store = installation.found_store().await?;
    let briefs = installation.known_briefs().await?;
    of_briefs(&briefs, store, problems, installation.now()).await
}

async fn of_briefs(
    briefs: &BTreeMap<String, Brief>,
    store: Option<&Store>,
    config_problems: Problems,
    now: DateTime<Utc>,
) -> Result<Status> {
    let mut status = Status {
        next: coming(briefs, &PlanQuery { next: COMING, ..PlanQuery::default() }, now),
        overdue: Vec::new(),
        attention: Vec::new(),
        mails: Tally::default(),
        progress: None,
        on_hold: OnHold::default(),
        newest: Vec::new(),
        serving: None,
        config_refused: None,
        has_store: store.is_some(),
        config_problems,
    };
    if let Some(store) = store {
        status.read_process(store).await?;
        status.read_schedules(briefs, store, now).await?;
        status.read_editions(store, now).await?;
        status.read_mails(store, now).await?;
    }
    Ok(status)
}

impl Status {
    /// What the daemon does, and what holds it up.
    async fn read_process(&mut self, store: &Store) -> Result<()> {
        // The lock is let go of at once. A daemon that starts at this very moment tries again.
        self.serving = store.file().map(|_| Ok::<_, store::Error>(store.lock_courier()?.is_none())).transpose()?;
        self.config_refused = store.activations().refused().await?;
        if let Some(refused) = &self.config_refused {
            self.attention.push(format!(
                "the config has been refused since {}: {}, the first {}; what was in force before stays in force",
                refused.at.format("%F %T UTC"),
                counted(refused.errors, "error"),
                refused.first
            ));
        }
        self.on_hold = store.on_hold().await?;
        if let Some(reason) = &self.on_hold.restored {
            self.attention.push(format!("nothing is sent: {reason}; `greenbrief resume` ends that"));
        }
        if let Some(pause) = &self.on_hold.paused {
            self.attention
                .push(format!("nothing is sent and no slot is claimed: {pause}; `greenbrief resume` ends that"));
        }
        Ok(())
    }

    /// Schedules that are overdue or failed, and calendars that end.
    async fn read_schedules(
        &mut self,
        briefs: &BTreeMap<String, Brief>,
        store: &Store,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let all = || briefs.values().flat_map(|brief| &brief.schedules);
        let survey = Survey::of(store, all().map(|schedule| &schedule.id)).await?;
        for schedule in all() {
            if self.on_hold.paused.is_none()
                && let Some(overdue) = survey.overdue(store, schedule, now).await?
            {
                let slot = overdue.slot.format("%F %T UTC");
                self.attention.push(format!("{} of {slot} is overdue: {}", schedule.id, overdue.why));
                self.overdue.push(schedule.id.clone());
                continue;
            }
            if let Some(last) = survey.newest(&schedule.id)
                && last.outcome == Some(Outcome::Failed)
            {
                let slot = last.slot.format("%F %T UTC");
                self.attention.push(format!("{} failed at {slot}: {}", schedule.id, last.reason));
            }
        }
        let ending: BTreeSet<String> = all().filter_map(|schedule| calendar_ends(schedule, now)).collect();
        self.attention.extend(ending);
        Ok(())
    }

    /// The newest editions, and those that are held or paused.
    async fn read_editions(&mut self, store: &Store, now: DateTime<Utc>) -> Result<()> {
        // A held edition is moot once a later one of its brief is released.
        let mut overtaken = HashSet::new();
        for edition in store.editions().newest(None, EXAMINED).await? {
            let name = edition.name();
            if edition.state == EditionState::Released {
                overtaken.insert(edition.brief.clone());
            }
            if edition.state == EditionState::Held && !overtaken.contains(&edition.brief) {
                self.attention.push(format!("{name} is held: {}", edition.reason));
            }
            if let Some(pause) = edition.pause() {
                let why = &pause.why;
                self.attention.push(format!("{name} is paused: {why}; `greenbrief editions resume {name}` goes on"));
            }
            if self.newest.len() < NEWEST {
                let tally = store.outbox().tally(Some(edition.id)).await?;
                let pace = Progress::new(&tally, store.outbox().rate(Some(edition.id), now).await?).pace();
                let pace = pace.map_or_else(String::new, |pace| format!("  {pace}"));
                self.newest.push(format!("{name}  {}  {tally}{pace}", shown_state(&edition)));
            }
        }
        Ok(())
    }

    /// All mails, and those whose fate nobody knows.
    async fn read_mails(&mut self, store: &Store, now: DateTime<Utc>) -> Result<()> {
        self.mails = store.outbox().tally(None).await?;
        self.progress = Some(Progress::new(&self.mails, store.outbox().rate(None, now).await?));
        let unknown = self.mails.of(State::Unknown);
        if unknown > 0 {
            self.attention.push(format!(
                "{} may have gone out or not, nobody can say: `greenbrief deliveries list --state unknown` names them, `deliveries settle` ends it",
                counted(unknown, "mail")
            ));
        }
        Ok(())
    }
}
