//! The public pages of a demo: readers of this machine are answered, and a courier writes the mails that they ask for, until a
//! person ends it. No schedule runs.

use std::{collections::HashSet, sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::{net::TcpListener, sync::Notify, time::sleep};

use super::command_courier::courier_alone;
use crate::{
    base::shutdown::Shutdown,
    config::Config,
    delivery::rules::State,
    mailing::{Letterhead, Transport},
    store::{Mail, Store},
    time::clock::Clock,
    web::public::{self, PublicSite},
};

/// Interval between looks at what was written.
const INTERVAL: Duration = Duration::from_millis(200);
/// Maximum number of mails looked at.
const MAILS: i64 = 1000;

/// A demo whose edition is released.
#[derive(Debug)]
pub struct DemoPages<'a> {
    /// Its store
    pub store: &'a Store,
    /// The clock
    pub clock: &'a Clock,
    /// The name under which its courier works
    pub owner: &'a str,
    /// The sender's part of its mails
    pub letterhead: Letterhead,
    /// Where its mails go
    pub transport: Transport,
}

impl DemoPages<'_> {
    /// Answers readers until `stop` resolves. Each mail that was written meanwhile is told once.
    ///
    /// # Errors
    /// The config has no pages, the store breaks, or `on_mail` fails.
    pub async fn answer(
        self,
        config: &Config,
        listener: TcpListener,
        stop: impl Future<Output = std::io::Result<&'static str>>,
        mut on_mail: impl FnMut(&Mail) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let DemoPages { store, clock, owner, letterhead, transport } = self;
        let (vitals, queued) = (Arc::default(), Arc::new(Notify::new()));
        let site = PublicSite::new(config, store, clock, &vitals, &queued).context("the config has no [web.public]")?;
        let (trigger, shutdown) = Shutdown::channel();
        let courier = courier_alone(store, clock, owner, letterhead, transport);
        let courier = tokio::spawn(courier.run(queued, shutdown.clone()));
        let pages = tokio::spawn(public::answer(listener, Arc::new(site), shutdown));
        let mut told: HashSet<_> = HashSet::new();
        for mail in sent(store).await? {
            told.insert(mail.id);
        }
        let watch = async {
            loop {
                sleep(INTERVAL).await;
                for mail in sent(store).await? {
                    if told.insert(mail.id) {
                        on_mail(&mail)?;
                    }
                }
            }
        };
        let ended = tokio::select! {
            broken = watch => broken,
            signal = stop => signal.map(drop).context("signals cannot be received"),
        };
        trigger.request();
        pages.await?;
        courier.await?;
        ended
    }
}

async fn sent(store: &Store) -> anyhow::Result<Vec<Mail>> {
    Ok(store.outbox().mails(None, Some(State::Sent), None, MAILS).await?)
}
