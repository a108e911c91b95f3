//! The courier over a real store and a server that does what it is told: whatever goes wrong, no mail is lost, none is
//! sent twice, and the store says what became of each.

mod bounces;
mod campaigns;
#[cfg(target_os = "linux")]
mod dot_journal;
mod faults;
mod folder;
mod guarantees;
mod leaving;
mod operators;
mod outages;
mod pace;
mod refusals;
mod relays;

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use greenbrief::{
    base::{
        language::Language,
        shutdown::{Shutdown, ShutdownTrigger},
    },
    config::AfterEdition,
    daemon::courier::Courier,
    delivery::{
        mail::session::{Relay, Timeouts},
        rules::{DeliveryGuarantee, State},
    },
    mailing::{Letterhead, Smtp, Transport},
    monitoring::operator_mail::OperatorMailer,
    people::{subscribers::Address, tokens::PLACEHOLDER},
    store::{Edition, EditionText, Lease, MadeOn, Mail, MessageIds, NewEdition, Release, Store, Tally},
    time::{
        clock::Clock,
        schedule::{Outcome, QuietSpan},
    },
};
use tokio::{
    sync::Notify,
    task::JoinHandle,
    time::{Instant, sleep},
};

use crate::mail::server::Running;

const LOOK: Duration = Duration::from_millis(10);
const PATIENCE: Duration = Duration::from_secs(40);

/// A store with its clock.
struct Office {
    store: Store,
    clock: Clock,
    folder: tempfile::TempDir,
    guarantee: DeliveryGuarantee,
    /// When the operators get a mail on an edition
    after: AfterEdition,
}

/// A courier at work.
struct Working {
    trigger: ShutdownTrigger,
    task: JoinHandle<()>,
    wake: Arc<Notify>,
}

fn address(number: usize) -> Address {
    Address::parse(&format!("reader{number:04}@example.net")).unwrap()
}

fn relay(port: u16, time: Duration) -> Relay {
    Relay { timeouts: each(time), ..crate::mail::relay(port) }
}

impl Office {
    async fn open() -> Office {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("s.db").display());
        Office::over(&url, folder).await
    }

    async fn over(url: &str, folder: tempfile::TempDir) -> Office {
        let clock = Clock::starting_at(crate::moment());
        let store = Store::open(url, clock.now()).await.unwrap();
        store.id("office").await.unwrap();
        Office { store, clock, folder, guarantee: DeliveryGuarantee::default(), after: AfterEdition::Never }
    }

    /// An edition with a delivery to each of so many readers.
    async fn release(&self, readers: usize) -> Edition {
        self.release_to(&(0..readers).map(address).collect::<Vec<_>>()).await
    }

    /// One that is quiet at times.
    async fn release_with(&self, readers: usize, quiet: &[QuietSpan]) -> Edition {
        self.release_edition(&(0..readers).map(address).collect::<Vec<_>>(), quiet).await
    }

    /// An edition with a delivery to each of these, and to all who subscribed before.
    async fn release_to(&self, all: &[Address]) -> Edition {
        self.release_edition(all, &[]).await
    }

    async fn release_edition(&self, all: &[Address], quiet: &[QuietSpan]) -> Edition {
        let now = self.clock.now();
        let rows = all.iter().map(|address| (address, Language::De, "brief"));
        self.store.people().subscribe_all(rows, now, || ()).await.unwrap();
        let lease = Lease { owner: "maker", now, length: TimeDelta::minutes(5) };
        let nonce = now.timestamp_micros().to_string();
        let occurrence = self.store.ledger().manual_occurrence("brief", now, &nonce, "test", &lease).await.unwrap();
        let new = NewEdition {
            brief: "brief",
            snapshot: b"{}",
            import: 0,
            inputs: &[],
            above: 0,
            now,
            program: "test",
            made_on: MadeOn::default(),
            correction: None,
        };
        let edition = self.store.editions().freeze(&occurrence, &new).await.unwrap();
        let text = EditionText {
            language: Language::De,
            subject: "Grüne Wirtschaft Nr. 12".into(),
            text: format!("Guten Tag\n.\nAbbestellen: https://briefs.example.org/u/{PLACEHOLDER}\n"),
            html: format!("<p>Grüße! <a href=\"https://briefs.example.org/u/{PLACEHOLDER}\">Abbestellen</a></p>"),
            pdf_name: "Grüne-Wirtschaft.pdf".into(),
            pdf_ascii_name: "brief.pdf".into(),
            pdf: vec![b'%'; 20_000],
            pages: 1,
            attached: true,
        };
        let release = Release {
            occurrence: &occurrence,
            outcome: Outcome::Ran,
            reason: "",
            message_ids: MessageIds { domain: "example.org", store_id: "office" },
            now,
            give_up_after: TimeDelta::hours(24),
            quiet,
            pages: &[],
        };
        let mails = self.store.editions().release(&edition, &[text], &release).await.unwrap();
        assert!(mails >= Some(all.len() as u64));
        edition
    }

    fn start(&self, owner: &str, transport: Transport) -> Working {
        self.start_with(owner, transport, None)
    }

    /// As `start`, with a mailbox for bounces.
    fn start_with(&self, owner: &str, transport: Transport, bounce: Option<&str>) -> Working {
        let courier = Courier {
            store: self.store.clone(),
            clock: self.clock.clone(),
            owner: owner.to_owned(),
            alone: true,
            letterhead: Letterhead {
                from: "Brief <brief@example.org>".into(),
                sender: "bounce@example.org".into(),
                bounce: bounce.map(str::to_owned),
                reply_to: None,
                unsubscribe: Some("leave@example.org".into()),
                leaves_by_address: false,
                leave_url: Some("https://briefs.example.org/u/".into()),
                domain: "example.org".into(),
                signers: Vec::new(),
            },
            transport,
            guarantee: self.guarantee,
            operator_mailer: self.operator_mailer(),
            vitals: Arc::default(),
        };
        let (trigger, shutdown) = Shutdown::channel();
        let wake = Arc::new(Notify::new());
        Working { trigger, task: tokio::spawn(courier.run(wake.clone(), shutdown)), wake }
    }

    fn operator_mailer(&self) -> OperatorMailer {
        let operators = vec!["desk@example.org".to_owned()];
        OperatorMailer::new(self.store.clone(), operators, "example.org".to_owned(), self.after)
    }

    fn smtp(&self, port: u16, connections: usize) -> Working {
        // Long enough for a machine that does other things too.
        self.smtp_within(port, connections, Duration::from_secs(10))
    }

    fn smtp_within(&self, port: u16, connections: usize, time: Duration) -> Working {
        let smtp = Smtp::one(relay(port, time), crate::mail::nobody(), connections);
        self.start("courier", Transport::Smtp(smtp))
    }

    async fn tally(&self) -> Tally {
        self.store.outbox().tally(None).await.unwrap()
    }

    async fn mails(&self) -> Vec<Mail> {
        self.store.outbox().mails(None, None, None, 10_000).await.unwrap()
    }

    /// Until no mail is on its way or waits for its first turn.
    async fn quiet(&self) {
        let moving = [State::Pending, State::Claimed, State::DotWritten];
        let begun = Instant::now();
        loop {
            let tally = self.tally().await;
            if moving.iter().all(|state| tally.of(*state) == 0) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "mails still move: {tally:?}");
            sleep(LOOK).await;
        }
    }

    /// Until all are sent; the clock is set forward as often as a retry needs it.
    async fn all_sent(&self, working: &Working) {
        let begun = Instant::now();
        loop {
            let tally = self.tally().await;
            if tally.of(State::Sent) == tally.all() {
                return;
            }
            let odd = self.store.outbox().mails(None, Some(State::Unknown), None, 10).await.unwrap();
            assert!(begun.elapsed() < PATIENCE && odd.is_empty(), "some mails are not sent: {tally:?}, {odd:?}");
            if tally.of(State::Deferred) > 0 {
                self.clock.jump(TimeDelta::minutes(3));
                working.wake.notify_one();
            }
            sleep(20 * LOOK).await;
        }
    }
}

/// So much for each answer.
fn each(time: Duration) -> Timeouts {
    Timeouts { greeting: time, command: time, data: time, dot: time, ..Timeouts::default() }
}

impl Working {
    async fn end(self) {
        self.trigger.request();
        self.task.await.unwrap();
    }
}

/// Looks every few milliseconds.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "it never came: {what}");
        sleep(LOOK).await;
    }
}

/// What a server took: whole mails, as they came; all other lines too.
#[derive(Default)]
struct Heard {
    mails: Vec<String>,
    lines: Vec<String>,
}

impl Heard {
    fn more(&mut self, running: &mut Running) -> usize {
        for text in running.heard() {
            if text.ends_with("\r\n.\r\n") { self.mails.push(text) } else { self.lines.push(text) }
        }
        self.mails.len()
    }

    fn count(&self, verb: &str) -> usize {
        self.lines.iter().filter(|line| line.starts_with(verb)).count()
    }

    /// Each mail's Message-ID, sorted: the same one twice is a mail sent twice.
    fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self
            .mails
            .iter()
            .map(|mail| mail.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap())
            .collect();
        ids.sort_unstable();
        ids
    }

    fn assert_each_once(&self, mails: usize) {
        let ids = self.ids();
        assert_eq!(ids.len(), mails);
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "a mail was sent twice: {ids:?}");
    }
}
