//! What the timekeeper does with schedules, seen from the ledger: it does what the plan says, whoever looks and whenever,
//! also at clock changes and when clocks are set; what is late is told; many schedules at once.
//!
//! Editions here have no language, so that making one costs next to nothing; what they hold is tested elsewhere.

mod alarms;
mod config_change;
mod fixtures;
mod many;
mod promise;
mod replicas;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use greenbrief::{
    base::language::PerLanguage,
    config::{AfterEdition, Schedule},
    daemon::timekeeper::{Agenda, PlannedSchedule, Timekeeper},
    document::brief::{LeaveLinks, PdfComes},
    edition::EditionSpec,
    figures::checks::GateRules,
    monitoring::{
        operator_mail::OperatorMailer,
        overdue::{Survey, overdue},
    },
    store::{Occurrence, Store},
    time::{
        clock::Clock,
        schedule::{CatchUp, Cron, IfUnchanged, OnHoliday, OnUnknown, Outcome, Overlap, Rule},
    },
};
use tokio::sync::Notify;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A schedule as a file with its rule alone would give it.
fn schedule(id: &str, cron: &str, zone: &str) -> Schedule {
    Schedule {
        id: id.parse().unwrap(),
        rule: Rule::new(Cron::parse(cron).unwrap(), zone.parse().unwrap()),
        languages: Vec::new(),
        starts: None,
        ends: None,
        calendar: None,
        on_holiday: OnHoliday::Run,
        calendar_unknown: OnUnknown::Run,
        jitter: TimeDelta::zero(),
        catch_up: CatchUp::Latest,
        catch_up_window: TimeDelta::hours(12),
        overlap: Overlap::Skip,
        alarm_after: TimeDelta::hours(2),
        quiet_hours: None,
        if_unchanged: IfUnchanged::Send,
        paused: None,
    }
}

/// A ledger of these schedules, which any number of processes look at.
struct Office {
    folder: tempfile::TempDir,
    store: Store,
    planned: Vec<Arc<PlannedSchedule>>,
    lives: u32,
}

impl Office {
    async fn new(schedules: Vec<Schedule>) -> Office {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        Office::at(&url, folder, schedules).await
    }

    async fn at(url: &str, folder: tempfile::TempDir, schedules: Vec<Schedule>) -> Office {
        let store = Store::open(url, DateTime::UNIX_EPOCH).await.unwrap();
        let template = Arc::new(crate::template());
        let planned = schedules.into_iter().map(|schedule| {
            let spec = EditionSpec {
                brief: schedule.id.split('/').next().unwrap().to_owned(),
                title: PerLanguage { en: "B".into(), de: "B".into(), zh: "B".into() },
                timezone: schedule.rule.timezone,
                languages: Vec::new(),
                template: template.clone(),
                imprint: Vec::new(),
                privacy_url: None,
                leave: LeaveLinks::both("mailto:leave@example.org"),
                editions_url: None,
                pdf: PdfComes::Attached,
                appearances: Vec::new(),
                domain: "example.org".to_owned(),
                give_up_after: TimeDelta::hours(24),
                quiet_hours: None,
                approvals: 0,
                gate: GateRules::default(),
                if_unchanged: IfUnchanged::Send,
                reports: folder.path().join("reports"),
                keeps_reports: true,
                config: Arc::default(),
                supersedes: None,
                since: None,
                signing_key: None,
            };
            Arc::new(PlannedSchedule { schedule: Arc::new(schedule), spec: Arc::new(spec) })
        });
        Office { planned: planned.collect(), folder, store, lives: 0 }
    }

    /// A process that begins at that time.
    fn life(&mut self, time: DateTime<Utc>) -> Life {
        self.lives += 1;
        let addresses = vec!["operator@example.org".to_owned()];
        let timekeeper = Timekeeper {
            store: self.store.clone(),
            clock: Clock::starting_at(time),
            earliest: DateTime::UNIX_EPOCH,
            owner: format!("life {}", self.lives),
            alone: false,
            planned: self.planned.clone(),
            activation: 0,
            operator_mailer: OperatorMailer::new(
                self.store.clone(),
                addresses,
                "example.org".to_owned(),
                AfterEdition::Never,
            ),
            queued: Arc::new(Notify::new()),
            vitals: Arc::default(),
        };
        Life { timekeeper, agenda: Agenda::default() }
    }

    /// The ledger of a schedule, in the order in which things were due.
    async fn ledger(&self, id: &str) -> Vec<Occurrence> {
        let mut all = self.store.ledger().newest(Some(&id.parse().unwrap()), 100_000).await.unwrap();
        all.sort_by_key(|occurrence| (occurrence.due, occurrence.slot));
        all
    }

    async fn outcomes(&self, id: &str) -> Vec<Option<Outcome>> {
        self.ledger(id).await.into_iter().map(|occurrence| occurrence.outcome).collect()
    }

    /// What the operators are told, oldest first.
    async fn told(&self) -> Vec<String> {
        let mails = self.store.outbox().mails(None, None, None, 1_000).await.unwrap();
        mails.into_iter().map(|mail| mail.message_id.split('@').next().unwrap_or_default().to_owned()).collect()
    }
}

/// A process.
struct Life {
    timekeeper: Timekeeper,
    agenda: Agenda,
}

impl Life {
    /// Its clock shows that time.
    fn set(&self, time: DateTime<Utc>) {
        self.timekeeper.clock.jump(time - self.timekeeper.clock.now());
    }

    /// It looks, and sees through what it began.
    async fn look(&mut self) {
        self.timekeeper.tick(&mut self.agenda).await;
        self.timekeeper.settle(&mut self.agenda).await;
        self.survey().await;
    }

    /// Who looks at all schedules finds of each what who looks at one does.
    async fn survey(&self) {
        let (store, now) = (&self.timekeeper.store, self.timekeeper.clock.now());
        let all = || self.timekeeper.planned.iter().map(|planned| &planned.schedule).take(5);
        // The ledger may be away.
        let Ok(survey) = Survey::of(store, all().map(|schedule| &schedule.id)).await else { return };
        for schedule in all() {
            let alone = overdue(store, schedule, now).await.unwrap();
            assert_eq!(survey.overdue(store, schedule, now).await.unwrap(), alone, "{} at {now}", schedule.id);
        }
    }

    async fn look_at(&mut self, time: DateTime<Utc>) {
        self.set(time);
        self.look().await;
    }

    fn overdue(&self) -> Vec<String> {
        self.timekeeper.vitals.now().overdue.into_iter().collect()
    }
}
