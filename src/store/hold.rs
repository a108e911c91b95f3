//! The holds on the whole store: a restore, or a person's pause of everything. Pauses are decided elsewhere; here they are
//! kept, and no mail gets past them. The pause of one edition is in `editions`.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::Row;

use super::{
    Error, Result, Setting, Store,
    columns::{time, to_json},
    outbox::{Claimed, take_claims_back},
    settings,
};
use crate::delivery::rules::State;

/// Name of the advisory lock that keeps a pause and the gate of a mail one after the other on PostgreSQL. SQLite has one
/// writer anyway.
pub(super) const GATE: &str = "gate";

/// A person paused everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// The person who pauses.
    pub by: String,
    /// When the pause began.
    pub since: DateTime<Utc>,
    /// The reason in that person's words; may be empty.
    pub reason: String,
}

impl fmt::Display for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "paused by {} since {}", self.by, self.since.format("%F %T UTC"))?;
        if self.reason.is_empty() { Ok(()) } else { write!(f, ": {}", self.reason) }
    }
}

/// Why nothing is sent, if that is so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OnHold {
    /// The store was restored, and a person looks at it first. Schedules run.
    pub restored: Option<String>,
    /// Since when `restored` holds, if that is known.
    pub restored_since: Option<DateTime<Utc>>,
    /// A person paused everything, schedules included.
    pub paused: Option<Pause>,
}

impl OnHold {
    /// All reasons in words; `None` if nothing is on hold.
    pub fn why(&self) -> Option<String> {
        let paused = self.paused.as_ref().map(Pause::to_string);
        let all: Vec<String> = self.why_restored().into_iter().chain(paused).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// Why mails wait after a restore, in words; `None` if they do not.
    pub fn why_restored(&self) -> Option<String> {
        let since = self.restored_since.map_or_else(String::new, |since| since.format(" on %F at %T UTC").to_string());
        self.restored.as_ref().map(|reason| format!("{reason}{since}"))
    }
}

/// The result of pausing everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Paused {
    /// The pause that holds now: an earlier one stays.
    pub pause: Pause,
    /// Mails that were with a courier and not written; they wait again.
    pub taken_back: u64,
    /// Mails whose final dot may be written: the server's reply to them is still noted.
    pub at_the_dot: i64,
}

impl Store {
    /// Pauses everything, for every process on this store. When this returns, no further mail passes the gate.
    ///
    /// # Errors
    /// The store cannot be written; then nothing is paused.
    pub async fn pause(&self, pause: Pause) -> Result<Paused> {
        let mut tx = self.begin().await?;
        self.one_at_a_time(&mut tx, GATE).await?;
        let before = settings::read(&mut tx, Setting::Pause).await?.and_then(|text| serde_json::from_str(&text).ok());
        let pause = match before {
            Some(before) => before,
            None => {
                settings::write(&mut tx, Setting::Pause, &to_json(&pause)?).await?;
                pause
            }
        };
        let taken_back = take_claims_back(self, &mut tx, Claimed::All, &pause.to_string(), pause.since).await?;
        let row = sqlx::query("SELECT COUNT(*) FROM mail WHERE state = $1")
            .bind(State::DotWritten.code())
            .fetch_one(&mut *tx)
            .await?;
        let at_the_dot = row.try_get(0)?;
        tx.commit().await?;
        Ok(Paused { pause, taken_back, at_the_dot })
    }

    /// Returns why nothing is sent now.
    pub async fn on_hold(&self) -> Result<OnHold> {
        let restored = self.setting(Setting::Hold).await?;
        let since = self.setting(Setting::HoldSince).await?.filter(|_| restored.is_some());
        let restored_since = since.and_then(|text| time(text.parse().ok()?).ok());
        let paused = self.setting(Setting::Pause).await?;
        Ok(OnHold { restored, restored_since, paused: paused.map(|text| read_pause(&text)).transpose()? })
    }

    /// Ends what holds everything up. Returns what that was.
    pub async fn resume(&self) -> Result<OnHold> {
        let was = self.on_hold().await?;
        self.set(Setting::Pause, None).await?;
        self.set(Setting::Hold, None).await?;
        self.set(Setting::HoldSince, None).await?;
        Ok(was)
    }
}

fn read_pause(text: &str) -> Result<Pause> {
    serde_json::from_str(text).map_err(|error| Error::Corrupt(format!("the pause: {error}")))
}
