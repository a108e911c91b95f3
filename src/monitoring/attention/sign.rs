//! The daemon's sign of life in the store: that it runs, and what needs a person that only it knows. `status`, which is
//! another process, reads it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Attention, table::Code};
use crate::store::{Error, Setting, Store};

/// Maximum age of a sign, after which its daemon counts as gone or hanging. It writes one a minute.
const FRESH: TimeDelta = TimeDelta::minutes(5);

/// What a daemon wrote last. A daemon that ends in good order takes it away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaemonSign {
    /// When
    pub at: DateTime<Utc>,
    /// What only it knew
    pub attention: Vec<Attention>,
}

/// As it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    at: DateTime<Utc>,
    attention: Vec<KeptAttention>,
}

#[derive(Serialize, Deserialize)]
struct KeptAttention {
    code: String,
    about: String,
    text: String,
    since: Option<DateTime<Utc>>,
}

impl DaemonSign {
    /// Reads it; `None` if no daemon runs, or another version of the program wrote it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn read(store: &Store) -> Result<Option<DaemonSign>, Error> {
        let kept = store.setting(Setting::Daemon).await?;
        let Some(Kept { at, attention }) = kept.and_then(|text| serde_json::from_str(&text).ok()) else {
            return Ok(None);
        };
        let read = |kept: KeptAttention| {
            let KeptAttention { code, about, text, since } = kept;
            // One that this version does not know is left out.
            Some(Attention { code: code.parse().ok()?, about, text, since })
        };
        Ok(Some(DaemonSign { at, attention: attention.into_iter().filter_map(read).collect() }))
    }

    /// Writes it.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn write(&self, store: &Store) -> Result<(), Error> {
        let keep = |attention: &Attention| KeptAttention {
            code: attention.code.word().to_owned(),
            about: attention.about.clone(),
            text: attention.text.clone(),
            since: attention.since,
        };
        let kept = Kept { at: self.at, attention: self.attention.iter().map(keep).collect() };
        let text = serde_json::to_string(&kept).map_err(|error| Error::Corrupt(error.to_string()))?;
        store.set(Setting::Daemon, Some(&text)).await
    }

    /// Takes it away: the daemon ends.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn take_away(store: &Store) -> Result<(), Error> {
        store.set(Setting::Daemon, None).await
    }

    /// What the sign, and the lock of the store, say to another process: the daemon's own states while it is fresh, else that
    /// no daemon runs or that it hangs. `serving`: a process has the courier's lock, if that can be known.
    pub fn seen_from_outside(
        sign: Option<DaemonSign>,
        serving: Option<bool>,
        undone: Undone,
        now: DateTime<Utc>,
    ) -> Vec<Attention> {
        let seen = |sign: &DaemonSign| sign.at.format("%F %T UTC").to_string();
        let undone = undone.in_words();
        match (serving, sign) {
            (Some(false), Some(sign)) => {
                let mut text = format!("no daemon runs: the last one ended without a word after {}", seen(&sign));
                for undone in undone {
                    text += "; ";
                    text += &undone;
                }
                vec![Attention::new(Code::DaemonDown, "", text).since(sign.at)]
            }
            (Some(false), None) if !undone.is_empty() => {
                let text = format!("no daemon runs; {}", undone.join("; "));
                vec![Attention::new(Code::DaemonDown, "", text)]
            }
            (Some(false) | None, None) => Vec::new(),
            (_, Some(sign)) if now - sign.at > FRESH => {
                let text = format!("the daemon has written no sign of life into the store since {}", seen(&sign));
                vec![Attention::new(Code::DaemonSilent, "", text).since(sign.at)]
            }
            (_, Some(sign)) => sign.attention,
            (Some(true), None) => Vec::new(),
        }
    }
}

/// What nobody does while no daemon runs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Undone {
    /// Number of mails that a courier has still to do with
    pub waiting: i64,
    /// Readers were given addresses of pages that `serve` answers
    pub pages: bool,
    /// Mails come back that `serve` reads
    pub replies: bool,
}

impl Undone {
    /// Each in words, what waits first.
    fn in_words(self) -> Vec<String> {
        let mut found = Vec::new();
        match self.waiting {
            ..=0 => {}
            1 => found.push("1 mail waits to be sent".to_owned()),
            waiting => found.push(format!("{waiting} mails wait to be sent")),
        }
        if self.pages {
            found.push("the pages for readers, with which they leave, are not answered".to_owned());
        }
        if self.replies {
            found.push("mails that come back, also those of readers who leave, are not read".to_owned());
        }
        found
    }
}
