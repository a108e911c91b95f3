//! Looks at what needs a person while the daemon runs: logs what is new, writes to the operators as the table of states says,
//! and keeps the daemon's sign in the store.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{sync::Notify, time::sleep};
use tracing::{error, info, warn};

use crate::{
    config::Config,
    monitoring::{
        attention::{
            Attention, SeenAttention,
            sign::DaemonSign,
            table::{Code, Mail},
        },
        health::Monitor,
        operator_mail::OperatorMailer,
    },
    store::Store,
    time::clock::Clock,
};

/// Interval between looks.
const INTERVAL: Duration = Duration::from_secs(5);
/// Interval between two signs that say the same.
const SIGN_EVERY: TimeDelta = TimeDelta::seconds(60);

/// Looks, and tells.
pub(super) struct AttentionWatch {
    pub store: Store,
    pub clock: Clock,
    pub monitor: Arc<Monitor>,
    pub operator_mailer: OperatorMailer,
    /// Tells the courier that there is something to send
    pub queued: Arc<Notify>,
}

/// What was told so far.
#[derive(Default)]
struct Told {
    logged: BTreeSet<(Code, String)>,
    mailed: BTreeSet<String>,
    sign: Option<DaemonSign>,
}

impl AttentionWatch {
    pub fn of(config: &Config, store: &Store, clock: &Clock, monitor: &Arc<Monitor>, queued: &Arc<Notify>) -> Self {
        AttentionWatch {
            store: store.clone(),
            clock: clock.clone(),
            monitor: monitor.clone(),
            operator_mailer: OperatorMailer::of(config, store),
            queued: queued.clone(),
        }
    }

    /// Never returns. It can be restarted at any time: what was mailed is known by its Message-ID.
    pub async fn run(self) {
        let mut told = Told::default();
        loop {
            // The others have looked before.
            sleep(INTERVAL).await;
            let now = self.clock.now();
            self.write_sign(now, &mut told).await;
            let seen = self.monitor.attention().await;
            log(&seen, &mut told);
            for seen in &seen {
                self.mail(seen, now, &mut told).await;
            }
        }
    }

    /// Writes the sign if it says something new, or the last one is old.
    async fn write_sign(&self, now: DateTime<Utc>, told: &mut Told) {
        let sign = DaemonSign { at: now, attention: self.monitor.own_attention().await };
        let known =
            |last: &DaemonSign| last.attention == sign.attention && now - last.at < SIGN_EVERY && now >= last.at;
        if told.sign.as_ref().is_some_and(known) {
            return;
        }
        match sign.write(&self.store).await {
            Ok(()) => {
                self.monitor.store_failing(None);
                told.sign = Some(sign);
            }
            Err(problem) => {
                self.monitor.store_failing(Some(&problem.to_string()));
                told.sign = None;
            }
        }
    }

    /// Writes to the operators, once for each time that a state begins to hold.
    async fn mail(&self, SeenAttention { attention, first_seen }: &SeenAttention, now: DateTime<Utc>, told: &mut Told) {
        let since = attention.since.unwrap_or(*first_seen);
        let is_time = match attention.code.row().mail {
            Mail::After(lasting) => now - *first_seen >= lasting,
            Mail::Recalled(lasting) => now - since >= lasting,
            Mail::Own | Mail::Impossible => false,
        };
        let Attention { code, about, text, .. } = attention;
        let about: String =
            about.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '.' }).collect();
        let key = format!("attention.{code}.{about}.{}", since.timestamp()).replace("..", ".");
        if !is_time || told.mailed.contains(&key) {
            return;
        }
        let body = format!(
            "{text}.\n\nWhat to do: {}.\n\n`greenbrief status` shows where things stand ({code}).\n",
            attention.remedy()
        );
        match self.operator_mailer.notify(&subject(attention), &body, &key, now).await {
            Ok(()) => {
                told.mailed.insert(key);
                self.queued.notify_one();
            }
            Err(problem) => error!(%problem, %code, "the operators could not be notified"),
        }
    }
}

/// The subject of a mail: the state and what it is about.
fn subject(Attention { code, about, .. }: &Attention) -> String {
    let code = code.word().replace('-', " ");
    if about.is_empty() {
        format!("{code}: a person is needed")
    } else {
        format!("{about}: {code}, a person is needed")
    }
}

/// Logs what is new, and what is over.
fn log(seen: &[SeenAttention], told: &mut Told) {
    let now: BTreeSet<(Code, String)> =
        seen.iter().map(|seen| (seen.attention.code, seen.attention.about.clone())).collect();
    for SeenAttention { attention: Attention { code, about, text, .. }, .. } in seen {
        // What is mailed where it is found is logged there, too.
        if code.row().mail != Mail::Own && !told.logged.contains(&(*code, about.clone())) {
            warn!(%code, about, text, "a person is needed");
        }
    }
    for (code, about) in told.logged.difference(&now).filter(|(code, _)| code.row().mail != Mail::Own) {
        info!(%code, about, "a person is no longer needed");
    }
    told.logged = now;
}
