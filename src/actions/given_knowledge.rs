//! What the store is asked to know, as a person writes it: a time, an import, or an edition whose figures are meant.

use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::{
    Installation, Result,
    given_time::{GivenTime, InvalidTime},
};
use crate::{
    actions::figures::imports::no_import,
    base::{ids::EditionName, problem::Problem},
    figures::Known,
};

/// A moment of the clock by which the store learns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GivenKnowledge {
    /// What it knew at this time; at the end of a day.
    Time(GivenTime),
    /// What it knew after the import with this number.
    Import(i64),
    /// What this edition was frozen with.
    Edition(EditionName),
}

/// A text that is none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{InvalidTime}, the number of an import (3), or an edition (green-economy/3) whose figures are meant")]
pub struct InvalidKnowledge;

impl FromStr for GivenKnowledge {
    type Err = InvalidKnowledge;

    fn from_str(text: &str) -> std::result::Result<GivenKnowledge, InvalidKnowledge> {
        let number = text.parse::<u32>().map(|number| GivenKnowledge::Import(number.into()));
        let time = number.or_else(|_| text.parse().map(GivenKnowledge::Time));
        time.or_else(|_: InvalidTime| text.parse().map(GivenKnowledge::Edition)).map_err(|_| InvalidKnowledge)
    }
}

impl Installation {
    /// What is meant, and the slot of the edition if one is named. A time without an offset is one of this zone.
    ///
    /// # Errors
    /// There is no such import or edition.
    pub async fn known(&self, given: &GivenKnowledge, zone: Tz) -> Result<(Known, Option<DateTime<Utc>>)> {
        match given {
            GivenKnowledge::Time(time) => Ok((Known::At(last_moment(*time, zone)), None)),
            GivenKnowledge::Import(number) => {
                let newest = match self.found_store().await? {
                    Some(store) => store.figures().newest_import().await?,
                    None => 0,
                };
                if !(1..=newest).contains(number) {
                    return Err(no_import(*number).into());
                }
                Ok((Known::Import(*number), None))
            }
            GivenKnowledge::Edition(name) => {
                let edition = self.edition(name).await?;
                let known = edition.import.map_or(Known::At(edition.snapshot_at), Known::Import);
                Ok((known, Some(edition.slot)))
            }
        }
    }

    /// That the store knew nothing at this time, which was before its first import: with the time as it was read. `None` if it
    /// knew something, or has no figures at all.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn nothing_known(&self, given: &GivenKnowledge, zone: Tz) -> Result<Option<Problem>> {
        let GivenKnowledge::Time(time) = given else { return Ok(None) };
        let Some(store) = self.found_store().await? else { return Ok(None) };
        let at = last_moment(*time, zone);
        if store.figures().import_of(Known::At(at)).await? > 0 {
            return Ok(None);
        }
        // The newest comes first. What was there before imports were numbered has no time, and was always known.
        let first = store.figures().imports(i64::MAX).await?.last().and_then(|first| first.at);
        let local = |at: DateTime<Utc>| at.with_timezone(&zone).format("%F %T %Z").to_string();
        Ok(first.map(|first| {
            Problem::error(format!("nothing was known at {}: the first import was at {}", local(at), local(first)))
                .hint("`greenbrief figures imports` lists what the store learned, and when")
        }))
    }

    /// What the store knew at a past time, for a brief that is built as if it were that time. All that it knows now if the time
    /// is to come, or if the store had no figures yet: a brief for a day before the installation shows what was published then.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn known_at(&self, time: GivenTime, zone: Tz) -> Result<Known> {
        let at = last_moment(time, zone);
        let Some(store) = self.found_store().await?.filter(|_| at < self.now()) else { return Ok(Known::Now) };
        let had_any = store.figures().import_of(Known::At(at)).await? > 0;
        Ok(if had_any { Known::At(at) } else { Known::Now })
    }
}

/// The last moment that is meant by a time: of the day, or of the second, as times are shown without their fractions.
fn last_moment(time: GivenTime, zone: Tz) -> DateTime<Utc> {
    time.end(zone) + TimeDelta::microseconds(999_999)
}
