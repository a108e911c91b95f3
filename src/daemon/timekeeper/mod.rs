//! The heartbeat and the ledger of occurrences: finds which slot is due, claims it, has its edition made and records how it
//! ended. When a slot is due is in `time::schedule`; how an edition is made, in `edition`.

mod agenda;
mod alarm;
mod clock_check;
mod config_change;
mod edition_maker;
mod finished_attempt;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep},
};
pub use tokio_cron_scheduler::JobSchedulerError;
use tokio_cron_scheduler::{Job, JobScheduler};
use tracing::{error, info, warn};

pub use self::{agenda::Agenda, config_change::ConfigChange};
use self::{clock_check::ClockReading, edition_maker::EditionMaker};
use crate::{
    base::{ids::ScheduleId, shutdown::Shutdown},
    config,
    edition::EditionSpec,
    monitoring::{operator_mail::OperatorMailer, vitals::Vitals},
    store::{Error, Lease, OccurrenceKind, Step, Store},
    time::{
        clock::Clock,
        schedule::{self, LATE_AFTER, Outcome, ScheduledOccurrence, SkippedOccurrence},
    },
};

/// Maximum time between two ticks if the heartbeat stops: the machine slept, or its clock was set.
const FALLBACK: Duration = Duration::from_secs(30);
/// Lease of an occurrence. One that has not ended by then belongs to a process that is gone.
const LEASE: TimeDelta = TimeDelta::minutes(15);
/// Interval between looks at what other processes did.
const OTHERS_INTERVAL: Duration = Duration::from_secs(5);
/// Maximum number of schedules served in one tick; if more are due, the next tick follows at once.
const BATCH: usize = 100;
/// Maximum number of schedules whose next slot is logged at the start.
const LISTED: usize = 20;

/// A schedule with what its editions are made from.
#[derive(Debug)]
pub struct PlannedSchedule {
    /// When an edition is due
    pub schedule: Arc<config::Schedule>,
    /// What its editions are made from
    pub spec: Arc<EditionSpec>,
}

/// Claims slots as they fall due and has their editions made.
pub struct Timekeeper {
    /// The ledger
    pub store: Store,
    /// The time
    pub clock: Clock,
    /// A clock that shows an earlier time is not believed at once: no edition was ever made then
    pub earliest: DateTime<Utc>,
    /// This process' random id
    pub owner: String,
    /// Is nobody else at work on this store?
    pub alone: bool,
    /// The schedules. An edition that is being made keeps what it began with
    pub planned: Vec<Arc<PlannedSchedule>>,
    /// The number of the config's activation
    pub activation: i64,
    /// Where operators are told of editions that are not sent
    pub operator_mailer: OperatorMailer,
    /// Tells the courier that there is something to send
    pub queued: Arc<Notify>,
    /// Where it shows that it is alive, and which schedules are overdue
    pub vitals: Arc<Vitals>,
}

/// The outcome of a tick for one schedule, for the log.
struct Served {
    schedule: ScheduleId,
    claimed: Vec<(DateTime<Utc>, bool)>,
    passed: Vec<SkippedOccurrence>,
}

impl Timekeeper {
    /// Watches until the shutdown. Editions that are being made are finished first. What comes by `changes` is in force
    /// from then on.
    ///
    /// # Errors
    /// If the heartbeat cannot be started.
    pub async fn run(
        mut self,
        mut changes: mpsc::Receiver<ConfigChange>,
        shutdown: Shutdown,
    ) -> Result<(), JobSchedulerError> {
        let beat = Arc::new(Notify::new());
        let heartbeat = JobScheduler::new().await?;
        let wake = beat.clone();
        let every_second = Job::new_repeated_async(Duration::from_secs(1), move |_, _| {
            let wake = wake.clone();
            Box::pin(async move { wake.notify_one() })
        })?;
        heartbeat.add(every_second).await?;
        heartbeat.start().await?;
        let mut agenda = Agenda::default();
        while !shutdown.is_requested() {
            self.tick(&mut agenda).await;
            if agenda.more_due {
                if let Ok(change) = changes.try_recv() {
                    self.apply(change, &mut agenda).await;
                }
                continue;
            }
            tokio::select! {
                () = beat.notified() => {}
                () = sleep(FALLBACK) => {}
                Some(ended) = agenda.making.join_next_with_id() => self.collect(&mut agenda, ended),
                Some(change) = changes.recv() => self.apply(change, &mut agenda).await,
                () = shutdown.requested() => {}
            }
        }
        while let Some(ended) = agenda.making.join_next_with_id().await {
            self.collect(&mut agenda, ended);
        }
        // What was claimed and not begun is anybody's again at once.
        if let Err(problem) = self.store.ledger().let_go(&self.owner).await {
            error!(%problem, "slots that were claimed but not begun stay claimed until their lease ends");
        }
        let mut heartbeat = heartbeat;
        heartbeat.shutdown().await
    }

    /// Looks at the time once: claims what is due and starts making it.
    pub async fn tick(&mut self, agenda: &mut Agenda) {
        while let Some(ended) = agenda.making.try_join_next_with_id() {
            self.collect(agenda, ended);
        }
        match self.serve_what_is_due(agenda).await {
            Ok(()) => {
                self.vitals.store_failing("timekeeper", None, self.clock.now());
                if std::mem::take(&mut agenda.ledger_unreachable) {
                    info!("the schedules are watched again");
                }
            }
            Err(problem) => {
                agenda.more_due = false;
                self.vitals.store_failing("timekeeper", Some(&problem.to_string()), self.clock.now());
                if !std::mem::replace(&mut agenda.ledger_unreachable, true) {
                    error!(%problem, "the ledger cannot be read or written; retrying every second");
                }
                self.check_overdue_without_ledger(agenda);
            }
        }
        self.vitals.timekeeper_looked(Instant::now());
    }

    /// Waits until everything that was started is made, and what waited for it.
    pub async fn settle(&mut self, agenda: &mut Agenda) {
        while let Some(ended) = agenda.making.join_next_with_id().await {
            self.collect(agenda, ended);
            self.tick(agenda).await;
        }
    }

    async fn serve_what_is_due(&mut self, agenda: &mut Agenda) -> Result<(), Error> {
        agenda.more_due = false;
        let now = self.clock.now();
        if !self.clock_is_believed(now, agenda) {
            return Ok(());
        }
        if self.is_paused(now, agenda).await? {
            return Ok(());
        }
        if !agenda.primed {
            agenda.prime(self, now).await?;
        }
        if agenda.checked.is_none_or(|at| at.elapsed() > OTHERS_INTERVAL)
            && !self.take_over_from_others(now, agenda).await?
        {
            return self.check_overdue(now, agenda).await;
        }
        let mut found = Vec::new();
        for _ in 0..BATCH {
            let Some((time, index)) = agenda.due(now) else { break };
            match self.serve(index, now, agenda).await {
                Ok(one) => found.extend(one),
                Err(problem) => {
                    agenda.again(index, time);
                    log_served(&found);
                    return Err(problem);
                }
            }
        }
        agenda.more_due = agenda.is_due(now);
        log_served(&found);
        if !std::mem::replace(&mut agenda.next_logged, true) {
            self.log_next_slots(now);
        }
        self.warn_of_calendar_ends(now, agenda);
        self.start_waiting(agenda).await?;
        self.check_overdue(now, agenda).await
    }

    /// Compares the clock with the monotonic one, and logs jumps. Returns false if the next tick has to confirm the time.
    fn clock_is_believed(&self, now: DateTime<Utc>, agenda: &mut Agenda) -> bool {
        match agenda.clock_check.check(now, Instant::now(), self.earliest) {
            ClockReading::Steady => {}
            ClockReading::Forward(by) => {
                info!(
                    seconds = by.num_seconds(),
                    "the clock went forward, or the machine slept: missed slots are made up, or not, as catch_up says"
                );
            }
            ClockReading::Back(by) => {
                warn!(seconds = by.num_seconds(), "the clock went back: nothing runs twice");
            }
            ClockReading::Doubtful(why) => {
                warn!(time = %now, "{why}: nothing is claimed until the next look confirms it");
                return false;
            }
        }
        true
    }

    /// Returns whether a person has paused everything.
    async fn is_paused(&self, now: DateTime<Utc>, agenda: &mut Agenda) -> Result<bool, Error> {
        if let Some(pause) = self.store.on_hold().await?.paused {
            if !agenda.paused {
                warn!(%pause, "no slot is claimed until `greenbrief resume`");
                // A schedule that is new begins now all the same, else nothing of the pause would be made up.
                self.store.schedules().activate_all(&timings(&self.planned), now).await?;
                for id in std::mem::take(&mut agenda.overdue) {
                    self.vitals.overdue(&id, false);
                }
                agenda.paused = true;
            }
            return Ok(true);
        }
        if std::mem::take(&mut agenda.paused) {
            info!("the schedules go on; slots that passed meanwhile are made up, or not, as their catch_up says");
        }
        Ok(false)
    }

    /// Checks for a newer config, and takes over what other processes left. Returns false if nothing may be claimed.
    async fn take_over_from_others(&self, now: DateTime<Utc>, agenda: &mut Agenda) -> Result<bool, Error> {
        if self.store.activations().newest_number().await? > self.activation {
            if !std::mem::replace(&mut agenda.outdated, true) {
                warn!(
                    "another process activated a newer config: this one claims nothing more until it has loaded that, too"
                );
            }
            return Ok(false);
        }
        let lease = Lease { owner: &self.owner, now, length: LEASE };
        for occurrence in self.store.ledger().take_over(&lease, self.alone && agenda.checked.is_none()).await? {
            if occurrence.kind != OccurrenceKind::Scheduled {
                // Who asked for it knows that the command broke off, and asks again if it is still wanted.
                self.store.ledger().record(&occurrence, Outcome::Failed, "the command was interrupted", now).await?;
                continue;
            }
            let (schedule, slot) = (occurrence.schedule.as_str(), occurrence.slot);
            if occurrence.actor.is_empty() {
                info!(schedule, %slot, "an interrupted edition is begun again");
            } else {
                info!(schedule, %slot, by = occurrence.actor, "a slot that passed during a pause is made up");
            }
            agenda.wait(occurrence);
        }
        agenda.checked = Some(Instant::now());
        Ok(true)
    }

    /// Claims the due slots of a schedule, and records those that pass without an edition.
    async fn serve(&self, index: usize, now: DateTime<Utc>, agenda: &mut Agenda) -> Result<Option<Served>, Error> {
        let Some(PlannedSchedule { schedule, .. }) = self.planned.get(index).map(Arc::as_ref) else { return Ok(None) };
        let timetable = schedule.timetable();
        let state = self.store.schedules().activate(&schedule.id, &schedule.timing(), now).await?;
        let mut due = schedule::due(&timetable, state.cursor, now);
        let paused = match (&schedule.paused, state.paused) {
            (Some(place), _) => Some(format!("paused in {}:{}", place.file, place.line)),
            (None, Some(pause)) => Some(pause.to_string()),
            (None, None) => None,
        };
        let missed = due.skipped.iter().rfind(|passed| passed.outcome == Outcome::SkippedCatchUp);
        let missed = missed.filter(|_| due.run.is_empty() && paused.is_none()).map(|passed| passed.occurrence.slot.utc);
        if let Some(reason) = paused {
            let run = std::mem::take(&mut due.run).into_iter();
            due.skipped.extend(run.map(|occurrence| SkippedOccurrence {
                occurrence,
                outcome: Outcome::Paused,
                reason: reason.clone(),
            }));
        }
        let next = timetable.next(now.max(due.cursor));
        if due.run.is_empty() && due.skipped.is_empty() {
            agenda.plan(index, schedule, next.as_ref());
            return Ok(None);
        }
        let step = Step {
            schedule: &schedule.id,
            from: state.cursor,
            to: due.cursor,
            run: &due.run,
            passed: &due.skipped,
            overlap: schedule.overlap,
        };
        let lease = Lease { owner: &self.owner, now, length: LEASE };
        let advanced = self.store.ledger().advance(&step, &lease).await?;
        agenda.plan(index, schedule, next.as_ref());
        let Some(advanced) = advanced else { return Ok(None) };
        let mut found = Served { schedule: schedule.id.clone(), claimed: Vec::new(), passed: due.skipped };
        found.passed.extend(advanced.overlapped);
        for occurrence in advanced.claimed {
            found.claimed.push((occurrence.slot, now - occurrence.due > LATE_AFTER));
            agenda.wait(occurrence);
        }
        if let Some(slot) = missed {
            let why = found.passed.last().map_or("", |passed| passed.reason.as_str());
            let text = format!(
                "{} of {slot} was missed: {why}.\n\
                 `greenbrief send {}` makes an edition now, if one is still wanted.\n",
                schedule.id,
                schedule.id.brief(),
            );
            let key = format!("missed.{}.{}", schedule.id.joined_by('.'), slot.timestamp());
            self.maker().tell_operators(&format!("{} was missed", schedule.id), &text, &key).await;
        }
        Ok(Some(found))
    }

    /// Starts making what waits: as many editions at once as the machine has cores, the earliest due first; those of one
    /// schedule one after the other, unless its `overlap` allows more.
    async fn start_waiting(&self, agenda: &mut Agenda) -> Result<(), Error> {
        let mut waiting = std::mem::take(&mut agenda.open);
        waiting.sort_by_key(|open| (open.occurrence.due, open.occurrence.id));
        let mut looked_at = BTreeSet::new();
        let mut waiting = waiting.into_iter();
        while let Some(open) = waiting.next() {
            let planned = match agenda.began_with.get(&open.occurrence.id) {
                Some(planned) => planned.as_ref(),
                None => agenda.index.get(&open.occurrence.schedule).and_then(|index| self.planned.get(*index)),
            };
            let planned = planned.cloned();
            let first = looked_at.insert(open.occurrence.schedule.clone());
            let alone = planned.as_ref().is_some_and(|planned| planned.schedule.overlap != schedule::Overlap::Allow);
            let earlier = if alone && first {
                match self.store.ledger().has_earlier(&open.occurrence).await {
                    Ok(earlier) => earlier,
                    Err(problem) => {
                        agenda.open.push(open);
                        agenda.open.extend(waiting);
                        return Err(problem);
                    }
                }
            } else {
                alone
            };
            if earlier || open.again.is_some_and(|again| again > Instant::now()) {
                agenda.open.push(open);
                continue;
            }
            let Ok(permit) = agenda.permits.clone().try_acquire_owned() else {
                agenda.open.push(open);
                agenda.open.extend(waiting);
                break;
            };
            let maker = self.maker();
            let occurrence = open.occurrence.clone();
            let task = agenda.making.spawn(async move {
                let ended = maker.make(open.occurrence, planned).await;
                drop(permit);
                ended
            });
            agenda.tasks.insert(task.id(), occurrence);
        }
        Ok(())
    }

    fn maker(&self) -> EditionMaker {
        EditionMaker {
            store: self.store.clone(),
            clock: self.clock.clone(),
            operator_mailer: self.operator_mailer.clone(),
            queued: self.queued.clone(),
        }
    }

    /// Logs the next slots, once at the start.
    fn log_next_slots(&self, now: DateTime<Utc>) {
        for planned in self.planned.iter().take(LISTED) {
            let schedule = &planned.schedule;
            let next = schedule
                .timetable()
                .next(now)
                .map(|next: ScheduledOccurrence| next.due.with_timezone(&schedule.rule.timezone));
            let next = next.map(|next| next.to_rfc3339());
            info!(schedule = schedule.id.as_str(), cron = schedule.rule.cron.text(), next, "watching");
        }
        if self.planned.len() > LISTED {
            info!(more = self.planned.len() - LISTED, "watching; `greenbrief plan` shows them all");
        }
    }
}

fn timings(planned: &[Arc<PlannedSchedule>]) -> Vec<(&ScheduleId, String)> {
    planned.iter().map(|planned| (&planned.schedule.id, planned.schedule.timing())).collect()
}

/// Logs what a tick did. The total of missed slots comes first, so that nobody has to count them.
fn log_served(found: &[Served]) {
    let late = found.iter().flat_map(|found| &found.claimed).filter(|(_, late)| *late).count();
    let missed = found.iter().flat_map(|found| &found.passed).filter(|p| p.outcome == Outcome::SkippedCatchUp).count();
    if late + missed > 0 {
        warn!(made_up = late, passed = missed, "slots were missed while the daemon was not at work");
    }
    for found in found {
        let schedule = found.schedule.as_str();
        for SkippedOccurrence { occurrence: coming, outcome, reason } in &found.passed {
            warn!(schedule, slot = %coming.slot.utc, outcome = outcome.word(), reason, "a slot passes without an edition");
        }
        for (slot, late) in &found.claimed {
            info!(schedule, %slot, late, "an edition is due");
        }
    }
}
