//! The heartbeat and the ledger of occurrences: which slot is due, claim it, have its edition made, record what became
//! of it. When a slot is due is in `schedule`; what an edition is, in `edition`.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep},
};
use tokio_cron_scheduler::{Job, JobScheduler};
use tracing::{error, info, warn};

use crate::{
    brief::Template,
    clock::Clock,
    config::{self, Config},
    edition::{self, Made, Order},
    language::Language,
    operators::Desk,
    schedule::{self, Outcome, Slot},
    store::{Lease, Occurrence, OccurrenceKind, Step, Store},
    vitals::Vitals,
};

/// Without the heartbeat we look by ourselves after this time: the machine slept, or its clock was set.
const FALLBACK: Duration = Duration::from_secs(30);
/// An occurrence that is begun and not ended after this time belongs to a process that is gone.
const LEASE: TimeDelta = TimeDelta::minutes(15);
/// What may pass (a full disk, a database that is away) is tried again after this time.
const AGAIN: Duration = Duration::from_secs(15);

/// What an edition of a brief is made from, as the config says. What only a schedule has (quiet hours) is not in it.
pub fn order(config: &Config, brief: &config::Brief, template: Arc<Template>, languages: &[Language]) -> Order {
    let mut imprint = Vec::new();
    if let Some(given) = &config.imprint {
        imprint.push((given.name.clone(), None));
        imprint.push((given.address.clone(), None));
        imprint.push((given.contact.clone(), contact_url(&given.contact)));
    }
    let leave = config.mail.unsubscribe_mailbox.as_ref().unwrap_or(&config.mail.from_address);
    Order {
        brief: brief.id.clone(),
        title: brief.title.clone(),
        timezone: brief.timezone,
        languages: languages.to_vec(),
        template,
        imprint,
        privacy_url: config.imprint.as_ref().and_then(|imprint| imprint.privacy_url.clone()),
        unsubscribe: format!("mailto:{}?subject=unsubscribe%20{}", leave.ascii(), brief.id),
        domain: config.mail.from_address.domain().to_owned(),
        give_up_after: brief.give_up_after,
        quiet_hours: None,
        reports: config.paths.reports.clone(),
        config: config.sources.iter().map(|(name, bytes)| (name.clone(), bytes.clone())).collect(),
    }
}

/// A link for a contact that is an address or a page.
fn contact_url(contact: &str) -> Option<String> {
    if contact.starts_with("https://") || contact.starts_with("http://") {
        Some(contact.to_owned())
    } else {
        (contact.contains('@') && !contact.contains(char::is_whitespace)).then(|| format!("mailto:{contact}"))
    }
}

/// A schedule with what its editions are made from.
#[derive(Debug)]
pub struct Planned {
    /// When
    pub schedule: config::Schedule,
    /// What
    pub order: Order,
}

/// Watches the schedules.
pub struct Timekeeper {
    /// The ledger
    pub store: Store,
    /// The time
    pub clock: Clock,
    /// This process' random id
    pub owner: String,
    /// Is nobody else at work on this store?
    pub alone: bool,
    /// What to watch
    pub planned: Vec<Planned>,
    /// The number of the config's activation
    pub activation: i64,
    /// Where operators are told of editions that are not sent
    pub desk: Desk,
    /// Tells the courier that there is something to send
    pub queued: Arc<Notify>,
    /// Where it shows that it is alive, and which schedules are overdue
    pub vitals: Arc<Vitals>,
}

impl Timekeeper {
    /// Watches until `stop` becomes true. An edition that is being made is finished first.
    ///
    /// # Errors
    /// If the heartbeat cannot be started.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) -> Result<(), tokio_cron_scheduler::JobSchedulerError> {
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
        while !*stop.borrow() {
            self.tick(&mut keeping).await;
            tokio::select! {
                () = beat.notified() => {}
                () = sleep(FALLBACK) => {}
                _ = stop.changed() => {}
            }
        }
        let mut heartbeat = heartbeat;
        heartbeat.shutdown().await
    }

    /// One look at the time: everything that is due is done.
    pub async fn tick(&mut self, keeping: &mut Keeping) {
        match self.look(keeping).await {
            Ok(()) => {
                if std::mem::take(&mut keeping.away) {
                    info!("the schedules are watched again");
                }
            }
            Err(problem) => {
                if !std::mem::replace(&mut keeping.away, true) {
                    error!(%problem, "the ledger cannot be read or written; tried again every second");
                }
            }
        }
        let now = self.clock.now();
        for Planned { schedule, .. } in &self.planned {
            self.vitals.overdue(&schedule.id, keeping.is_overdue(schedule, now));
        }
        self.vitals.timekeeper_looked(Instant::now());
    }

    async fn look(&mut self, keeping: &mut Keeping) -> Result<(), crate::store::Error> {
        let now = self.clock.now();
        if let Some(pause) = self.store.on_hold().await?.paused {
            if !keeping.paused {
                warn!(%pause, "no slot is claimed until `greenbrief resume`");
                // A schedule that is new begins now all the same, else nothing of the pause would be made up.
                for Planned { schedule, .. } in &self.planned {
                    self.store.schedule(&schedule.id, &timing(schedule), now).await?;
                }
                keeping.paused = true;
            }
            return Ok(());
        }
        if std::mem::take(&mut keeping.paused) {
            info!("the schedules go on; slots that passed meanwhile are made up, or not, as their catch_up says");
        }
        if keeping.checked.is_none_or(|at| at.elapsed() > Duration::from_secs(5)) {
            if self.store.newest_activation().await? > self.activation {
                if !std::mem::replace(&mut keeping.outdated, true) {
                    warn!(
                        "another process activated a newer config: this one claims nothing more until it is restarted"
                    );
                }
                return Ok(());
            }
            let lease = Lease { owner: &self.owner, now, length: LEASE };
            for occurrence in self.store.take_over(&lease, self.alone && keeping.checked.is_none()).await? {
                if occurrence.kind == OccurrenceKind::Manual {
                    // Who asked for it knows that the command broke off, and asks again if it is still wanted.
                    self.store.record(&occurrence, Outcome::Failed, "the command was broken off", now).await?;
                    continue;
                }
                info!(schedule = occurrence.schedule, slot = %occurrence.slot, "an edition that was broken off is begun again");
                keeping.open.push(Open { occurrence, again: None });
            }
            keeping.checked = Some(Instant::now());
        }
        for index in 0..self.planned.len() {
            self.look_at(index, now, keeping).await?;
        }
        let ready = |open: &Open| open.again.is_none_or(|again| again <= Instant::now());
        let (begin, wait): (Vec<Open>, Vec<Open>) = std::mem::take(&mut keeping.open).into_iter().partition(ready);
        keeping.open = wait;
        for open in begin {
            self.vitals.timekeeper_makes(Instant::now());
            if let Some(again) = self.make(open.occurrence).await {
                keeping.open.push(again);
            }
        }
        Ok(())
    }

    /// Is a slot of this schedule due?
    async fn look_at(
        &self,
        index: usize,
        now: DateTime<Utc>,
        keeping: &mut Keeping,
    ) -> Result<(), crate::store::Error> {
        let Some(Planned { schedule, .. }) = self.planned.get(index) else { return Ok(()) };
        if keeping.next.get(&schedule.id).is_some_and(|next| next.is_none_or(|next| now < next)) {
            return Ok(());
        }
        let state = self.store.schedule(&schedule.id, &timing(schedule), now).await?;
        let due = schedule::due(&schedule.rule, state.cursor, now, schedule.catch_up_window);
        let paused = match (&schedule.paused, state.paused) {
            (Some(place), _) => Some(format!("paused in {}:{}", place.file, place.line)),
            (None, Some(since)) => Some(format!("paused by a person since {}", since.format("%F %T UTC"))),
            (None, None) => None,
        };
        let mut settled: Vec<(Slot, Outcome, String)> = due
            .skipped
            .iter()
            .map(|slot| (*slot, Outcome::SkippedCatchUp, "a newer slot was due, or it was too late".to_owned()))
            .collect();
        if let Some((_, _, reason)) = settled.first_mut().filter(|_| due.skipped_more) {
            reason.push_str("; more before it passed in the same way and are not named");
        }
        let missed = settled.last().map(|(slot, ..)| slot.utc).filter(|_| due.run.is_none() && paused.is_none());
        let mut claim = None;
        if let Some(run) = &due.run {
            match paused {
                Some(reason) => settled.push((run.slot, Outcome::Paused, reason)),
                None => claim = Some(&run.slot),
            }
        }
        if claim.is_some() || !settled.is_empty() {
            let step = Step { schedule: &schedule.id, from: state.cursor, to: due.cursor, claim, settled: &settled };
            let lease = Lease { owner: &self.owner, now, length: LEASE };
            for (slot, outcome, reason) in &settled {
                warn!(schedule = schedule.id, slot = %slot.utc, outcome = outcome.word(), reason, "a slot passes without an edition");
            }
            if let Some(occurrence) = self.store.advance(&step, &lease).await? {
                let late = due.run.as_ref().is_some_and(|run| run.late);
                info!(schedule = schedule.id, slot = %occurrence.slot, late, "an edition is due");
                keeping.open.push(Open { occurrence, again: None });
            }
            if let Some(slot) = missed {
                let hours = schedule.catch_up_window.num_minutes() as f64 / 60.0;
                let text = format!(
                    "{} of {slot} was missed: nobody was there to make it within {hours} hours.\n\
                     `greenbrief send {}` makes an edition now, if one is still wanted.\n",
                    schedule.id,
                    schedule.id.split('/').next().unwrap_or_default(),
                );
                let key = format!("missed.{}.{}", schedule.id.replace('/', "."), slot.timestamp());
                self.tell_operators(&format!("{} was missed", schedule.id), &text, &key).await;
            }
        }
        keeping.next.insert(schedule.id.clone(), schedule.rule.next(now.max(due.cursor)).map(|slot| slot.utc));
        Ok(())
    }

    /// Has an occurrence's edition made. What may pass comes back, to be tried again.
    async fn make(&self, occurrence: Occurrence) -> Option<Open> {
        let Some(order) = self.order_of(&occurrence) else {
            let reason = format!("there is no schedule {} any more", occurrence.schedule);
            return self.give_up(occurrence, &reason).await;
        };
        let now = self.clock.now();
        let late = now - occurrence.slot > TimeDelta::seconds(60);
        let ending = if late {
            (Outcome::Late, "made up: nobody was there in time, or it took several attempts")
        } else {
            (Outcome::Ran, "")
        };
        let planned = self.planned.iter().find(|planned| planned.schedule.id == occurrence.schedule);
        let alarm = planned.is_some_and(|planned| now - occurrence.slot > planned.schedule.alarm_after);
        match edition::make(&self.store, order, &occurrence, ending, now).await {
            Ok(Made::Released { edition, deliveries }) => {
                self.queued.notify_one();
                if alarm {
                    let name = format!("{}/{}", edition.brief, edition.number);
                    let text = format!(
                        "{name} was due at {} and was released at {now}, to {deliveries} subscribers.\n",
                        occurrence.slot
                    );
                    let key = format!("late.{}", occurrence.id);
                    self.tell_operators(&format!("{name} was released late"), &text, &key).await;
                }
            }
            Ok(Made::TakenOver) => warn!(schedule = occurrence.schedule, "another process took this edition over"),
            Ok(Made::Held { edition, problems }) => {
                let name = format!("{}/{}", edition.brief, edition.number);
                error!(
                    edition = name,
                    problems = problems.0.len(),
                    first = problems.0.first().map(|p| p.what.as_str()),
                    "held: nothing was sent"
                );
                let text = format!("{name} was not sent: the figures or the template did not pass.\n\n{problems}\n");
                self.tell_operators(
                    &format!("{name} is held"),
                    &text,
                    &format!("held.{}.{}", edition.brief, edition.number),
                )
                .await;
            }
            Err(problem) => {
                let window = planned.map_or(TimeDelta::hours(12), |planned| planned.schedule.catch_up_window);
                let reason = format!("{problem:#}");
                if now - occurrence.slot > window.max(TimeDelta::minutes(5)) {
                    return self.give_up(occurrence, &reason).await;
                }
                error!(schedule = occurrence.schedule, slot = %occurrence.slot, reason, "the edition could not be made; tried again");
                if alarm {
                    // Queued once, by its Message-ID, however often it is tried.
                    let text = format!(
                        "{} of {} is not released yet: {reason}\nIt is tried again.\n",
                        occurrence.schedule, occurrence.slot
                    );
                    let key = format!("overdue.{}", occurrence.id);
                    self.tell_operators(&format!("{} is overdue", occurrence.schedule), &text, &key).await;
                }
                return Some(Open { occurrence, again: Some(Instant::now() + AGAIN) });
            }
        }
        None
    }

    async fn give_up(&self, occurrence: Occurrence, reason: &str) -> Option<Open> {
        error!(schedule = occurrence.schedule, slot = %occurrence.slot, reason, "given up: no edition");
        match self.store.record(&occurrence, Outcome::Failed, reason, self.clock.now()).await {
            Ok(_) => {
                let text = format!("{} of {} was not made: {reason}\n", occurrence.schedule, occurrence.slot);
                self.tell_operators(
                    &format!("{} failed", occurrence.schedule),
                    &text,
                    &format!("failed.{}", occurrence.id),
                )
                .await;
                None
            }
            Err(_) => Some(Open { occurrence, again: Some(Instant::now() + AGAIN) }),
        }
    }

    fn order_of(&self, occurrence: &Occurrence) -> Option<&Order> {
        self.planned.iter().find(|planned| planned.schedule.id == occurrence.schedule).map(|planned| &planned.order)
    }

    async fn tell_operators(&self, subject: &str, text: &str, key: &str) {
        match self.desk.tell(subject, text, key, self.clock.now()).await {
            Ok(()) => self.queued.notify_one(),
            Err(problem) => error!(%problem, "the operators could not be told"),
        }
    }
}

/// What the timekeeper remembers between two looks.
#[derive(Debug, Default)]
pub struct Keeping {
    /// When each schedule is due next
    next: HashMap<String, Option<DateTime<Utc>>>,
    /// Occurrences that are ours and not ended
    open: Vec<Open>,
    /// When others' occurrences were looked at last
    checked: Option<Instant>,
    outdated: bool,
    paused: bool,
    away: bool,
}

impl Keeping {
    /// Is an edition of the schedule not released although its time to raise an alarm is over? Also known while the
    /// ledger cannot be read: then the slot is not taken.
    fn is_overdue(&self, schedule: &config::Schedule, now: DateTime<Utc>) -> bool {
        let late = |slot: DateTime<Utc>| now - slot > schedule.alarm_after;
        let open = self.open.iter().map(|open| &open.occurrence);
        let begun =
            open.filter(|occurrence| occurrence.schedule == schedule.id).any(|occurrence| late(occurrence.slot));
        let waits = self.paused || self.outdated || schedule.paused.is_some();
        let missed = !waits && self.next.get(&schedule.id).copied().flatten().is_some_and(late);
        begun || missed
    }
}

#[derive(Debug)]
struct Open {
    occurrence: Occurrence,
    again: Option<Instant>,
}

/// What decides when a schedule is due: if it changes, the schedule begins anew.
fn timing(schedule: &config::Schedule) -> String {
    format!("{} {}", schedule.rule.timezone.name(), schedule.rule.cron.text())
}
