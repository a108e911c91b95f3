//! The heartbeat and the ledger of occurrences: which slot is due, claim it, have its edition made, record what became
//! of it. When a slot is due is in `schedule`; what an edition is, in `edition`.

mod alarm;
mod keeping;
mod making;
mod news;
mod pulse;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep},
};
use tokio_cron_scheduler::{Job, JobScheduler};
use tracing::{error, info, warn};

pub use self::{keeping::Keeping, news::News};
use self::{making::Maker, pulse::Beat};
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

/// Without the heartbeat we look by ourselves after this time: the machine slept, or its clock was set.
const FALLBACK: Duration = Duration::from_secs(30);
/// An occurrence that is begun and not ended after this time belongs to a process that is gone.
const LEASE: TimeDelta = TimeDelta::minutes(15);
/// So often it is looked what other processes did.
const OTHERS: Duration = Duration::from_secs(5);
/// How many schedules are served in one look; if more are due, the next look follows at once.
const BATCH: usize = 100;
/// Of so many schedules it is said at the start when each is due next.
const SHOWN: usize = 20;

/// A schedule with what its editions are made from.
#[derive(Debug)]
pub struct Planned {
    /// When
    pub schedule: Arc<config::Schedule>,
    /// What
    pub order: Arc<EditionSpec>,
}

/// Watches the schedules.
pub struct Timekeeper {
    /// The ledger
    pub store: Store,
    /// The time
    pub clock: Clock,
    /// A clock that shows less is not believed at once: no edition was ever made then
    pub earliest: DateTime<Utc>,
    /// This process' random id
    pub owner: String,
    /// Is nobody else at work on this store?
    pub alone: bool,
    /// What to watch. What is being made goes on with what it began with
    pub planned: Vec<Arc<Planned>>,
    /// The number of the config's activation
    pub activation: i64,
    /// Where operators are told of editions that are not sent
    pub operator_mailer: OperatorMailer,
    /// Tells the courier that there is something to send
    pub queued: Arc<Notify>,
    /// Where it shows that it is alive, and which schedules are overdue
    pub vitals: Arc<Vitals>,
}

/// What a look found of one schedule, for the log.
struct Found {
    schedule: ScheduleId,
    claimed: Vec<(DateTime<Utc>, bool)>,
    passed: Vec<SkippedOccurrence>,
}

impl Timekeeper {
    /// Watches until the shutdown. Editions that are being made are finished first. What comes by `news` is in force
    /// from then on.
    ///
    /// # Errors
    /// If the heartbeat cannot be started.
    pub async fn run(
        mut self,
        mut news: mpsc::Receiver<News>,
        shutdown: Shutdown,
    ) -> Result<(), tokio_cron_scheduler::JobSchedulerError> {
        let beat = Arc::new(Notify::new());
        let heartbeat = JobScheduler::new().await?;
        let wake = beat.clone();
        let every_second = Job::new_repeated_async(Duration::from_secs(1), move |_, _| {
            let wake = wake.clone();
            Box::pin(async move { wake.notify_one() })
        })?;
        heartbeat.add(every_second).await?;
        heartbeat.start().await?;
        let mut keeping = Keeping::default();
        while !shutdown.is_requested() {
            self.tick(&mut keeping).await;
            if keeping.more {
                if let Ok(news) = news.try_recv() {
                    self.hear(news, &mut keeping).await;
                }
                continue;
            }
            tokio::select! {
                () = beat.notified() => {}
                () = sleep(FALLBACK) => {}
                Some(ended) = keeping.making.join_next_with_id() => self.collect(&mut keeping, ended),
                Some(news) = news.recv() => self.hear(news, &mut keeping).await,
                () = shutdown.requested() => {}
            }
        }
        while let Some(ended) = keeping.making.join_next_with_id().await {
            self.collect(&mut keeping, ended);
        }
        // What was claimed and not begun is anybody's again at once.
        if let Err(problem) = self.store.ledger().let_go(&self.owner).await {
            error!(%problem, "what was claimed and not begun stays so until its lease is over");
        }
        let mut heartbeat = heartbeat;
        heartbeat.shutdown().await
    }

    /// One look at the time: what is due is claimed, and its making begun.
    pub async fn tick(&mut self, keeping: &mut Keeping) {
        while let Some(ended) = keeping.making.try_join_next_with_id() {
            self.collect(keeping, ended);
        }
        match self.look(keeping).await {
            Ok(()) => {
                if std::mem::take(&mut keeping.away) {
                    info!("the schedules are watched again");
                }
            }
            Err(problem) => {
                keeping.more = false;
                if !std::mem::replace(&mut keeping.away, true) {
                    error!(%problem, "the ledger cannot be read or written; tried again every second");
                }
                self.alarms_without_ledger(keeping);
            }
        }
        self.vitals.timekeeper_looked(Instant::now());
    }

    /// Waits until everything is made that was begun, and what waited for it.
    pub async fn settle(&mut self, keeping: &mut Keeping) {
        while let Some(ended) = keeping.making.join_next_with_id().await {
            self.collect(keeping, ended);
            self.tick(keeping).await;
        }
    }

    async fn look(&mut self, keeping: &mut Keeping) -> Result<(), Error> {
        keeping.more = false;
        let now = self.clock.now();
        match keeping.pulse.feel(now, Instant::now(), self.earliest) {
            Beat::Steady => {}
            Beat::Forward(by) => {
                info!(
                    seconds = by.num_seconds(),
                    "the clock went forward, or the machine slept: what was missed is made up, or not, as catch_up says"
                );
            }
            Beat::Back(by) => {
                warn!(seconds = by.num_seconds(), "the clock went back: nothing that ran runs again");
            }
            Beat::Doubtful(why) => {
                warn!(time = %now, "{why}: nothing is claimed before the next look shows it, too");
                return Ok(());
            }
        }
        if let Some(pause) = self.store.on_hold().await?.paused {
            if !keeping.paused {
                warn!(%pause, "no slot is claimed until `greenbrief resume`");
                // A schedule that is new begins now all the same, else nothing of the pause would be made up.
                self.store.schedules().activate_all(&timings(&self.planned), now).await?;
                for id in std::mem::take(&mut keeping.overdue) {
                    self.vitals.overdue(&id, false);
                }
                keeping.paused = true;
            }
            return Ok(());
        }
        if std::mem::take(&mut keeping.paused) {
            info!("the schedules go on; slots that passed meanwhile are made up, or not, as their catch_up says");
        }
        if !keeping.primed {
            keeping.prime(self, now).await?;
        }
        if keeping.checked.is_none_or(|at| at.elapsed() > OTHERS) && !self.ask_others(now, keeping).await? {
            return self.alarms(now, keeping).await;
        }
        let mut found = Vec::new();
        for _ in 0..BATCH {
            let Some((time, index)) = keeping.due(now) else { break };
            match self.serve(index, now, keeping).await {
                Ok(one) => found.extend(one),
                Err(problem) => {
                    keeping.again(index, time);
                    tell(&found);
                    return Err(problem);
                }
            }
        }
        keeping.more = keeping.is_due(now);
        tell(&found);
        if !std::mem::replace(&mut keeping.introduced, true) {
            self.say_what_is_next(now);
        }
        self.say_which_calendars_end(now, keeping);
        self.begin(keeping).await?;
        self.alarms(now, keeping).await
    }

    /// Looks for a newer config, and takes over what others left. False if nothing may be claimed.
    async fn ask_others(&self, now: DateTime<Utc>, keeping: &mut Keeping) -> Result<bool, Error> {
        if self.store.activations().newest_number().await? > self.activation {
            if !std::mem::replace(&mut keeping.outdated, true) {
                warn!("another process activated a newer config: this one claims nothing more until it has that, too");
            }
            return Ok(false);
        }
        let lease = Lease { owner: &self.owner, now, length: LEASE };
        for occurrence in self.store.ledger().take_over(&lease, self.alone && keeping.checked.is_none()).await? {
            if occurrence.kind != OccurrenceKind::Scheduled {
                // Who asked for it knows that the command broke off, and asks again if it is still wanted.
                self.store.ledger().record(&occurrence, Outcome::Failed, "the command was broken off", now).await?;
                continue;
            }
            let (schedule, slot) = (occurrence.schedule.as_str(), occurrence.slot);
            if occurrence.actor.is_empty() {
                info!(schedule, %slot, "an edition that was broken off is begun again");
            } else {
                info!(schedule, %slot, by = occurrence.actor, "a slot of a pause is made up");
            }
            keeping.wait(occurrence);
        }
        keeping.checked = Some(Instant::now());
        Ok(true)
    }

    /// Claims what is due of a schedule, and records what passes.
    async fn serve(&self, index: usize, now: DateTime<Utc>, keeping: &mut Keeping) -> Result<Option<Found>, Error> {
        let Some(Planned { schedule, .. }) = self.planned.get(index).map(Arc::as_ref) else { return Ok(None) };
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
            keeping.plan(index, schedule, next.as_ref());
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
        keeping.plan(index, schedule, next.as_ref());
        let Some(advanced) = advanced else { return Ok(None) };
        let mut found = Found { schedule: schedule.id.clone(), claimed: Vec::new(), passed: due.skipped };
        found.passed.extend(advanced.overlapped);
        for occurrence in advanced.claimed {
            found.claimed.push((occurrence.slot, now - occurrence.due > LATE_AFTER));
            keeping.wait(occurrence);
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

    /// Begins what may be begun: as many at once as the machine has cores, those that were due first before others; of one
    /// schedule one after the other, unless its `overlap` allows more.
    async fn begin(&self, keeping: &mut Keeping) -> Result<(), Error> {
        let mut waiting = std::mem::take(&mut keeping.open);
        waiting.sort_by_key(|open| (open.occurrence.due, open.occurrence.id));
        let mut looked_at = BTreeSet::new();
        let mut waiting = waiting.into_iter();
        while let Some(open) = waiting.next() {
            let planned = match keeping.began_with.get(&open.occurrence.id) {
                Some(planned) => planned.as_ref(),
                None => keeping.index.get(&open.occurrence.schedule).and_then(|index| self.planned.get(*index)),
            };
            let planned = planned.cloned();
            let first = looked_at.insert(open.occurrence.schedule.clone());
            let alone = planned.as_ref().is_some_and(|planned| planned.schedule.overlap != schedule::Overlap::Allow);
            let earlier = if alone && first {
                match self.store.ledger().has_earlier(&open.occurrence).await {
                    Ok(earlier) => earlier,
                    Err(problem) => {
                        keeping.open.push(open);
                        keeping.open.extend(waiting);
                        return Err(problem);
                    }
                }
            } else {
                alone
            };
            if earlier || open.again.is_some_and(|again| again > Instant::now()) {
                keeping.open.push(open);
                continue;
            }
            let Ok(permit) = keeping.permits.clone().try_acquire_owned() else {
                keeping.open.push(open);
                keeping.open.extend(waiting);
                break;
            };
            let maker = self.maker();
            let occurrence = open.occurrence.clone();
            let task = keeping.making.spawn(async move {
                let ended = maker.make(open.occurrence, planned).await;
                drop(permit);
                ended
            });
            keeping.tasks.insert(task.id(), occurrence);
        }
        Ok(())
    }

    fn maker(&self) -> Maker {
        Maker {
            store: self.store.clone(),
            clock: self.clock.clone(),
            operator_mailer: self.operator_mailer.clone(),
            queued: self.queued.clone(),
        }
    }

    /// What comes, once at the start.
    fn say_what_is_next(&self, now: DateTime<Utc>) {
        for planned in self.planned.iter().take(SHOWN) {
            let schedule = &planned.schedule;
            let next = schedule
                .timetable()
                .next(now)
                .map(|next: ScheduledOccurrence| next.due.with_timezone(&schedule.rule.timezone));
            let next = next.map(|next| next.to_rfc3339());
            info!(schedule = schedule.id.as_str(), cron = schedule.rule.cron.text(), next, "watching");
        }
        if self.planned.len() > SHOWN {
            info!(more = self.planned.len() - SHOWN, "watching; `greenbrief plan` shows them all");
        }
    }
}

fn timings(planned: &[Arc<Planned>]) -> Vec<(&ScheduleId, String)> {
    planned.iter().map(|planned| (&planned.schedule.id, planned.schedule.timing())).collect()
}

/// Says what a look found. What was missed comes first, and as a whole, so that nobody has to gather it.
fn tell(found: &[Found]) {
    let late = found.iter().flat_map(|found| &found.claimed).filter(|(_, late)| *late).count();
    let missed = found.iter().flat_map(|found| &found.passed).filter(|p| p.outcome == Outcome::SkippedCatchUp).count();
    if late + missed > 0 {
        warn!(made_up = late, passed = missed, "slots were missed while nobody was there");
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
