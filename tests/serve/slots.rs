//! Which slots run, seen from the ledger, with a clock of our own: every life of the daemon is a timekeeper that looks
//! once and is then dropped, as if the process had been killed.

use std::{fs, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use greenbrief::{
    actions::{edition_spec::edition_spec, prepare::prepare},
    base::ids::ScheduleId,
    config,
    daemon::timekeeper::{Agenda, PlannedSchedule, Timekeeper},
    document::brief::Template,
    monitoring::operator_mail::OperatorMailer,
    store::{Lease, Store},
    time::{clock::Clock, schedule::Outcome},
};
use tokio::sync::Notify;

use super::House;

/// A house whose brief is small, with its ledger.
struct Ledger {
    house: House,
    store: Store,
    lives: u32,
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

impl Ledger {
    async fn new(cron: &str, timezone: &str) -> Ledger {
        let house = House::new();
        house.change("cron = \"0 7 * * Mon\"", &format!("cron = \"{cron}\"\ntimezone = \"{timezone}\""));
        house.change("languages = [\"en\", \"de\", \"zh\"]        #", "languages = [\"en\"] #");
        // One short page is made faster than the shipped ones.
        let folder = house.path("templates/green-economy");
        fs::remove_dir_all(&folder).unwrap();
        fs::create_dir(&folder).unwrap();
        house.write(
            "templates/green-economy/en.md",
            "+++\nheadline = \"A page\"\nsubject = \"A page\"\n+++\n\nA sentence.\n",
        );
        house.write("templates/green-economy/blocks.toml", "");
        let mail = "+++\nsubject = \"A mail\"\n+++\nA sentence. [Leave]({{ unsubscribe }}).\n\n{{ imprint }}\n";
        house.write("templates/green-economy/mail.en.md", mail);
        let url = format!("sqlite:{}", house.path("var/greenbrief.db").display());
        let store = Store::open(&url, at("2026-01-01T00:00:00Z")).await.unwrap();
        prepare(&store, "slots", at("2026-01-01T00:00:00Z")).await.unwrap();
        Ledger { house, store, lives: 0 }
    }

    /// A process that starts at that time.
    fn life(&mut self, time: &str) -> (Timekeeper, Agenda) {
        self.lives += 1;
        let (config, _) = config::load(&self.house.path("config/greenbrief.toml"), &[], &|_| None).unwrap();
        let brief = &config.briefs["green-economy"];
        let template = Arc::new(Template::load(&brief.template, &brief.languages).unwrap());
        let planned = brief.schedules.iter().map(|schedule| {
            let spec = edition_spec(&config, brief, template.clone(), &schedule.languages);
            Arc::new(PlannedSchedule { schedule: schedule.clone(), spec: Arc::new(spec) })
        });
        let timekeeper = Timekeeper {
            store: self.store.clone(),
            clock: Clock::starting_at(at(time)),
            earliest: at("2000-01-01T00:00:00Z"),
            owner: format!("life {}", self.lives),
            alone: true,
            planned: planned.collect(),
            activation: 0,
            operator_mailer: OperatorMailer::new(
                self.store.clone(),
                vec!["operator@example.org".to_owned()],
                "example.org".to_owned(),
                config::AfterEdition::Never,
            ),
            queued: Arc::new(Notify::new()),
            vitals: Arc::default(),
        };
        (timekeeper, Agenda::default())
    }

    /// A life that looks once at that time, and what the ledger holds then.
    async fn lived(&mut self, time: &str) -> Vec<(String, Outcome)> {
        let (mut timekeeper, mut agenda) = self.life(time);
        look(&mut timekeeper, &mut agenda).await;
        self.slots().await
    }

    /// Slots with their outcome, oldest first.
    async fn slots(&self) -> Vec<(String, Outcome)> {
        let mut all =
            self.store.ledger().newest(Some(&ScheduleId::new("green-economy", "weekly")), 1000).await.unwrap();
        all.reverse();
        all.into_iter()
            .map(|occurrence| (occurrence.slot.format("%F %T").to_string(), occurrence.outcome.unwrap()))
            .collect()
    }

    /// What the operators are told, oldest first.
    async fn told(&self) -> Vec<String> {
        let mails = self.store.outbox().mails(None, None, None, 100).await.unwrap();
        mails.into_iter().map(|mail| mail.message_id.split('@').next().unwrap_or_default().to_owned()).collect()
    }

    async fn editions(&self) -> usize {
        self.store.editions().newest(None, 1000).await.unwrap().len()
    }
}

/// One look, and what it began is seen through.
async fn look(timekeeper: &mut Timekeeper, agenda: &mut Agenda) {
    timekeeper.tick(agenda).await;
    timekeeper.settle(agenda).await;
}

fn told(slots: &[(&str, Outcome)]) -> Vec<(String, Outcome)> {
    slots.iter().map(|(slot, outcome)| ((*slot).to_owned(), *outcome)).collect()
}

#[tokio::test]
async fn of_missed_slots_the_latest_is_made_up_once() {
    let mut ledger = Ledger::new("0 * * * *", "UTC").await;
    assert_eq!(ledger.lived("2026-06-01T00:30:00Z").await, [], "a new schedule makes nothing up");
    let missed = told(&[
        ("2026-06-01 01:00:00", Outcome::SkippedCatchUp),
        ("2026-06-01 02:00:00", Outcome::SkippedCatchUp),
        ("2026-06-01 03:00:00", Outcome::SkippedCatchUp),
        ("2026-06-01 04:00:00", Outcome::SkippedCatchUp),
        ("2026-06-01 05:00:00", Outcome::Late),
    ]);
    assert_eq!(ledger.lived("2026-06-01T05:10:00Z").await, missed);
    assert_eq!(ledger.lived("2026-06-01T05:20:00Z").await, missed, "no slot twice after another restart");
    assert_eq!(ledger.editions().await, 1);
    let after = ledger.lived("2026-06-01T06:00:10Z").await;
    assert_eq!(after.last(), told(&[("2026-06-01 06:00:00", Outcome::Ran)]).last());
    assert_eq!(ledger.editions().await, 2);
}

#[tokio::test]
async fn a_slot_older_than_the_window_is_skipped() {
    let mut ledger = Ledger::new("0 7 * * *", "UTC").await;
    ledger.lived("2026-06-01T08:00:00Z").await;
    let skipped = told(&[("2026-06-02 07:00:00", Outcome::SkippedCatchUp)]);
    assert_eq!(ledger.lived("2026-06-02T19:00:01Z").await, skipped, "12 hours and a second");
    assert_eq!(ledger.editions().await, 0);
    assert_eq!(ledger.told().await, ["<missed.green-economy.weekly.1780383600.0.slots"]);
    let slots = ledger.lived("2026-06-03T18:59:58Z").await;
    assert_eq!(slots.last(), told(&[("2026-06-03 07:00:00", Outcome::Late)]).last(), "a little less than 12 hours");
    assert_eq!(ledger.told().await.get(1..).unwrap(), ["<late.2.0.slots"], "later than alarm_after");
    ledger.lived("2026-06-04T07:00:10Z").await;
    assert_eq!(ledger.told().await.len(), 2, "in time: nobody is told");
}

#[tokio::test]
async fn what_cannot_be_made_is_tried_again_and_told_once() {
    let mut ledger = Ledger::new("0 7 * * *", "UTC").await;
    ledger.lived("2026-06-01T06:00:00Z").await;
    // A file where the folder of the PDFs should be: nothing can be written.
    ledger.house.write("reports", "");
    let (mut timekeeper, mut agenda) = ledger.life("2026-06-01T07:00:01Z");
    look(&mut timekeeper, &mut agenda).await;
    assert_eq!(ledger.told().await, [""; 0], "in the first two hours nobody is told");
    for time in ["2026-06-01T09:00:10Z", "2026-06-01T09:10:00Z"] {
        let (mut timekeeper, mut agenda) = ledger.life(time);
        look(&mut timekeeper, &mut agenda).await;
        assert_eq!(ledger.told().await, ["<overdue.green-economy.weekly.1780297200.0.slots"]);
    }
    fs::remove_file(ledger.house.path("reports")).unwrap();
    assert_eq!(ledger.lived("2026-06-01T09:20:00Z").await, told(&[("2026-06-01 07:00:00", Outcome::Late)]));
    assert_eq!(ledger.told().await, ["<overdue.green-economy.weekly.1780297200.0.slots", "<late.1.0.slots"]);
    assert_eq!(ledger.editions().await, 1, "the same edition, with the number it had");
}

#[tokio::test]
async fn what_a_dead_process_claimed_is_made_by_the_next() {
    let mut ledger = Ledger::new("0 7 * * *", "UTC").await;
    ledger.lived("2026-06-01T06:00:00Z").await;
    let (timekeeper, _) = ledger.life("2026-06-01T07:00:00Z");
    let timetable = timekeeper.planned[0].schedule.timetable();
    let due = greenbrief::time::schedule::due(&timetable, at("2026-06-01T06:00:00Z"), at("2026-06-01T07:00:00Z"));
    let weekly = ScheduleId::new("green-economy", "weekly");
    let cursor = ledger.store.schedules().state(&weekly).await.unwrap().unwrap().cursor;
    let step = greenbrief::store::Step {
        schedule: &weekly,
        from: cursor,
        to: due.cursor,
        run: &due.run,
        passed: &[],
        overlap: greenbrief::time::schedule::Overlap::Skip,
    };
    let lease = Lease { owner: "dead", now: at("2026-06-01T07:00:00Z"), length: TimeDelta::minutes(15) };
    assert_eq!(ledger.store.ledger().advance(&step, &lease).await.unwrap().unwrap().claimed.len(), 1);
    let made = told(&[("2026-06-01 07:00:00", Outcome::Ran)]);
    assert_eq!(ledger.lived("2026-06-01T07:00:20Z").await, made);
    assert_eq!(ledger.lived("2026-06-01T07:00:40Z").await, made);
    assert_eq!(ledger.editions().await, 1);
}

#[tokio::test]
async fn a_paused_schedule_says_so_in_the_ledger() {
    let mut ledger = Ledger::new("0 7 * * *", "UTC").await;
    ledger.lived("2026-06-01T06:00:00Z").await;
    ledger.house.change("# paused = false", "paused = true #");
    let paused = told(&[("2026-06-01 07:00:00", Outcome::Paused)]);
    assert_eq!(ledger.lived("2026-06-01T07:00:05Z").await, paused);
    let occurrence = ledger.store.ledger().newest(None, 1).await.unwrap().remove(0);
    assert!(occurrence.reason.contains("green-economy.toml:"), "{}", occurrence.reason);
    // Going on makes nothing up.
    ledger.house.change("paused = true #", "# paused = false");
    assert_eq!(ledger.lived("2026-06-01T08:00:00Z").await, paused);
    assert_eq!(ledger.editions().await, 0);
}

#[tokio::test]
async fn another_time_in_the_config_begins_anew() {
    let mut ledger = Ledger::new("0 7 * * *", "UTC").await;
    ledger.lived("2026-06-01T06:00:00Z").await;
    ledger.house.change("cron = \"0 7 * * *\"", "cron = \"0 8 * * *\"");
    assert_eq!(ledger.lived("2026-06-01T09:00:00Z").await, []);
    assert_eq!(ledger.lived("2026-06-02T08:00:05Z").await, told(&[("2026-06-02 08:00:00", Outcome::Ran)]));
}

#[tokio::test]
async fn a_clock_that_is_set_back_fires_nothing_again() {
    let mut ledger = Ledger::new("0 * * * *", "UTC").await;
    let (mut timekeeper, mut agenda) = ledger.life("2026-06-01T00:59:50Z");
    look(&mut timekeeper, &mut agenda).await;
    timekeeper.clock.jump(TimeDelta::seconds(15));
    look(&mut timekeeper, &mut agenda).await;
    let once = told(&[("2026-06-01 01:00:00", Outcome::Ran)]);
    assert_eq!(ledger.slots().await, once);
    // Back by half an hour, and over the same slot again; and so for a process that starts meanwhile.
    timekeeper.clock.jump(TimeDelta::minutes(-30));
    look(&mut timekeeper, &mut agenda).await;
    assert_eq!(ledger.lived("2026-06-01T00:45:00Z").await, once);
    assert_eq!(ledger.lived("2026-06-01T01:00:01Z").await, once);
    timekeeper.clock.jump(TimeDelta::minutes(30));
    look(&mut timekeeper, &mut agenda).await;
    assert_eq!(ledger.slots().await, once);
    timekeeper.clock.jump(TimeDelta::hours(1));
    look(&mut timekeeper, &mut agenda).await;
    assert_eq!(ledger.slots().await.len(), 2, "the next one comes as ever");
    assert_eq!(ledger.editions().await, 2);
}

#[tokio::test]
async fn through_both_clock_changes_every_date_has_one_edition() {
    // Half past two does not exist on one of these days and comes twice on the other.
    for (from, days, slots) in [
        ("2026-03-27T22:00:00Z", 3, ["2026-03-28 01:30:00", "2026-03-29 01:00:00", "2026-03-30 00:30:00"]),
        ("2026-10-23T22:00:00Z", 3, ["2026-10-24 00:30:00", "2026-10-25 00:30:00", "2026-10-26 01:30:00"]),
    ] {
        let mut ledger = Ledger::new("30 2 * * *", "Europe/Berlin").await;
        let (mut timekeeper, mut agenda) = ledger.life(from);
        // A look every 20 minutes; a new process now and then.
        for turn in 0..days * 24 * 3 {
            if turn % 50 == 49 {
                let time = timekeeper.clock.now().to_rfc3339();
                (timekeeper, agenda) = ledger.life(&time);
            }
            look(&mut timekeeper, &mut agenda).await;
            timekeeper.clock.jump(TimeDelta::minutes(20));
        }
        let fired: Vec<String> = ledger.slots().await.into_iter().map(|(slot, _)| slot).collect();
        assert_eq!(fired, slots);
        assert_eq!(ledger.editions().await, 3);
    }
}

#[tokio::test]
async fn a_schedule_whose_edition_is_not_out_in_time_is_overdue() {
    let mut ledger = Ledger::new("0 7 * * *", "UTC").await;
    let overdue = |timekeeper: &Timekeeper| timekeeper.vitals.now().overdue.contains("green-economy/weekly");
    let (mut timekeeper, mut agenda) = ledger.life("2026-06-01T06:00:00Z");
    look(&mut timekeeper, &mut agenda).await;
    assert!(!overdue(&timekeeper));
    // Nowhere to put the PDFs.
    ledger.house.write("reports", "");
    for (time, is_overdue) in [("2026-06-01T07:00:05Z", false), ("2026-06-01T09:00:05Z", true)] {
        let (mut timekeeper, mut agenda) = ledger.life(time);
        look(&mut timekeeper, &mut agenda).await;
        assert_eq!(overdue(&timekeeper), is_overdue, "{time}");
    }
    fs::remove_file(ledger.house.path("reports")).unwrap();
    let (mut timekeeper, mut agenda) = ledger.life("2026-06-01T09:01:00Z");
    look(&mut timekeeper, &mut agenda).await;
    assert!(!overdue(&timekeeper));
    assert_eq!(ledger.slots().await, told(&[("2026-06-01 07:00:00", Outcome::Late)]));

    // It is known too if nobody can look into the ledger when the slot comes.
    ledger.store.close().await;
    timekeeper.clock.jump(TimeDelta::hours(23));
    look(&mut timekeeper, &mut agenda).await;
    assert!(!overdue(&timekeeper));
    timekeeper.clock.jump(TimeDelta::hours(2));
    look(&mut timekeeper, &mut agenda).await;
    assert!(overdue(&timekeeper));
    assert!(timekeeper.vitals.now().timekeeper.last.is_some(), "it looks all the same");
}
