//! Everything that an operator should know, and what of it needs a person.

use std::{borrow::Cow, collections::BTreeMap};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    Error, Installation, Result,
    editions::shown_state,
    plan::{Pauses, PlanQuery, PlannedOccurrence, coming},
    progress::Progress,
};
use crate::{
    base::{ids::ScheduleId, plural::counted, problem::Problems},
    config::{Brief, Config, ConfigSource, Part, Schedule},
    monitoring::attention::{
        Attention,
        of_store::of_store,
        sign::{DaemonSign, Undone},
        table::Code,
    },
    store::{OnHold, RefusedConfig, Store, Tally},
    time::clock::Clock,
};

/// Number of coming occurrences shown.
const COMING: usize = 5;
/// Number of editions shown, from the newest.
const NEWEST: i64 = 3;

/// Everything that an operator should know.
#[derive(Debug, Serialize)]
pub struct Status {
    /// The next occurrences
    pub next: Vec<PlannedOccurrence>,
    /// Schedules whose edition is not released although `alarm_after` has passed
    pub overdue: Vec<ScheduleId>,
    /// What needs a person
    pub attention: Vec<Attention>,
    /// All mails
    pub mails: Tally,
    /// How far all mails have come. Without anybody who sends, no time is left
    pub progress: Option<Progress>,
    /// How fast they go, or when they will, in words; `None` if none waits, or if it is known that nobody sends
    #[serde(skip)]
    pub pace: Option<String>,
    /// Why nothing is sent, if so
    pub on_hold: OnHold,
    /// The newest editions, in words
    pub newest: Vec<String>,
    /// A daemon or a `send` is at work on the store. On PostgreSQL that is not known
    pub serving: Option<bool>,
    /// The config in the files, if a daemon refuses it
    pub config_refused: Option<RefusedConfig>,
    /// There is a store
    pub has_store: bool,
    /// A daemon has put a config into force, now or earlier
    #[serde(skip)]
    pub has_activation: bool,
    /// Why the store cannot be read, if so
    #[serde(skip)]
    pub store_problem: Option<Error>,
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

/// The store, as far as it was found.
enum Found<'a> {
    Nothing,
    Store(&'a Store),
    /// It cannot be opened, and why
    Unreadable(Error),
}

/// The status of the installation that this config describes. A store that cannot be read is what needs a person most. The
/// problems of the config go to `on_config` as soon as they are known.
///
/// # Errors
/// The config is wrong and there is no store.
pub async fn status(source: &ConfigSource, clock: &Clock, on_config: &dyn Fn(&Problems)) -> Result<Status> {
    let installation = Installation::new(source.read(), clock.clone());
    let mut problems = installation.config.problems(Part::WITHOUT_SECRETS);
    if problems.has_errors() && !installation.has_store()? {
        // There is nothing to show beside them.
        return Err(Error::Files(problems));
    }
    problems.extend(installation.config.salvaged_store());
    on_config(&problems);
    let found = match installation.found_store().await {
        Ok(Some(store)) => {
            if let Some(second) = store.second_name() {
                on_config(&super::error::as_warning(&second).into());
            }
            Found::Store(store)
        }
        Ok(None) => Found::Nothing,
        Err(problem) => Found::Unreadable(problem),
    };
    let briefs = match installation.known_briefs().await {
        Err(_) if matches!(found, Found::Unreadable(_)) => Cow::Owned(BTreeMap::new()),
        briefs => briefs?,
    };
    let settings = installation.config.settings().ok();
    Ok(of_briefs(&briefs, settings, found, problems, installation.now()).await)
}

async fn of_briefs(
    briefs: &BTreeMap<String, Brief>,
    settings: Option<&Config>,
    found: Found<'_>,
    config_problems: Problems,
    now: DateTime<Utc>,
) -> Status {
    let mut status = Status {
        next: Vec::new(),
        overdue: Vec::new(),
        attention: Vec::new(),
        mails: Tally::default(),
        progress: None,
        pace: None,
        on_hold: OnHold::default(),
        newest: Vec::new(),
        serving: None,
        config_refused: None,
        has_store: !matches!(found, Found::Nothing),
        has_activation: false,
        store_problem: None,
        config_problems,
    };
    let (mut pauses, mut unreadable) = (Pauses::default(), None);
    match found {
        Found::Nothing => {}
        Found::Unreadable(problem) => unreadable = Some(problem),
        Found::Store(store) => match status.read(briefs, settings, store, now).await {
            Ok(found) => pauses = found,
            Err(problem) => unreadable = Some(problem),
        },
    }
    status.next = coming(briefs, &PlanQuery { next: COMING, ..PlanQuery::default() }, &pauses, now);
    if let Some(problem) = unreadable {
        let text = format!("the store cannot be read: {problem}");
        status.attention.insert(0, Attention::new(Code::StoreUnreadable, "", text));
        status.store_problem = Some(problem);
    }
    // No daemon may have looked at the files yet.
    let is_told = status.attention.iter().any(|attention| attention.code == Code::ConfigRefused);
    if status.config_problems.has_errors() && !is_told {
        let text = match (status.has_activation, status.serving) {
            (false, _) => "has mistakes, and none was in force before: `greenbrief serve` does not start with it",
            (true, Some(false)) => "has mistakes: `greenbrief serve` does not start with it",
            (true, _) => "has mistakes; what was in force before stays in force",
        };
        status.attention.push(Attention::new(Code::ConfigRefused, "", format!("the config in the files {text}")));
    }
    status
}

impl Status {
    /// Everything that the store tells. Returns the pauses that hold.
    async fn read(
        &mut self,
        briefs: &BTreeMap<String, Brief>,
        settings: Option<&Config>,
        store: &Store,
        now: DateTime<Utc>,
    ) -> Result<Pauses> {
        self.read_process(store).await?;
        self.read_mails(store, now).await?;
        self.read_editions(store, now).await?;
        self.read_attention(briefs, settings, store, now).await?;
        Ok(Pauses::read(store).await?)
    }

    /// What the daemon does, and what holds everything up.
    async fn read_process(&mut self, store: &Store) -> Result<()> {
        self.serving = store.is_served()?;
        self.config_refused = store.activations().refused().await?;
        self.has_activation = store.activations().newest_number().await? > 0;
        self.on_hold = store.on_hold().await?;
        Ok(())
    }

    /// What needs a person: what the store tells, and what the daemon wrote down, or that none runs.
    async fn read_attention(
        &mut self,
        briefs: &BTreeMap<String, Brief>,
        settings: Option<&Config>,
        store: &Store,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let schedules: Vec<&Schedule> =
            briefs.values().flat_map(|brief| &brief.schedules).map(|schedule| &**schedule).collect();
        let sign = DaemonSign::read(store).await?;
        // Before a daemon has served for the first time, nobody misses one.
        let missed = settings.filter(|_| self.has_activation);
        let undone = Undone {
            waiting: self.mails.open(),
            pages: missed.is_some_and(|config| config.public_web.as_ref().is_some_and(|web| web.listen.is_some())),
            replies: missed.is_some_and(|config| config.replies.are_read()),
        };
        self.attention = DaemonSign::seen_from_outside(sign, self.serving, undone, now);
        self.attention.extend(of_store(store, &schedules, now).await?);
        let overdue = self.attention.iter().filter(|attention| attention.code == Code::ScheduleOverdue);
        self.overdue = overdue.filter_map(|attention| attention.about.parse().ok()).collect();
        Ok(())
    }

    /// The newest editions.
    async fn read_editions(&mut self, store: &Store, now: DateTime<Utc>) -> Result<()> {
        let is_due = store.outbox().next_due().await?.is_none_or(|due| due <= now);
        for edition in store.editions().newest(None, NEWEST).await? {
            let tally = store.outbox().tally(Some(edition.id)).await?;
            let progress = Progress::new(&tally, store.outbox().rate(Some(edition.id), now).await?);
            // When mails are due is said of all of them together.
            let pace =
                progress.pace().filter(|_| self.serving != Some(false) && (is_due || progress.seconds_left.is_some()));
            let pace = pace.map_or_else(String::new, |pace| format!("  {pace}"));
            self.newest.push(format!("{}  {}  {tally}{pace}", edition.name(), shown_state(&edition)));
        }
        Ok(())
    }

    /// All mails.
    async fn read_mails(&mut self, store: &Store, now: DateTime<Utc>) -> Result<()> {
        self.mails = store.outbox().tally(None).await?;
        let mut progress = Progress::new(&self.mails, store.outbox().rate(None, now).await?);
        if self.serving == Some(false) {
            progress.seconds_left = None;
        } else {
            let due = store.outbox().next_due().await?.filter(|due| *due > now);
            self.pace = match due.filter(|_| progress.waiting > 0 && progress.seconds_left.is_none()) {
                Some(due) => {
                    let due = due.format("%F %T UTC");
                    Some(format!("{} waiting, the next is due at {due}", counted(progress.waiting, "mail")))
                }
                None => progress.pace(),
            };
        }
        self.progress = Some(progress);
        Ok(())
    }
}
