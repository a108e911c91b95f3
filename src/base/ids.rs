//! The ids by which editions, schedules, mails and occurrences are known, as types: each prints itself and is read back.
//! What they identify is in `store` and `config`; how they are bound to SQL is in `store` too.

use std::{borrow::Borrow, fmt, num::ParseIntError, ops::Deref, str::FromStr};

use serde::{Serialize, Serializer};

/// A row's number in one table of the store: a number in JSON, and in the logs.
macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// The id of the row with this number, whether or not there is one.
            pub const fn new(row: i64) -> $name {
                $name(row)
            }

            /// The row's number.
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<$name, ParseIntError> {
                text.parse().map($name)
            }
        }
    };
}

row_id! {
    /// A mail in the outbox. People know a mail by it: `deliveries show 17`. Ids rise in the order of enqueueing.
    MailId
}
row_id! {
    /// An edition within the store. People know it by its [`EditionName`].
    EditionId
}
row_id! {
    /// An occurrence in the ledger.
    OccurrenceId
}

/// The name of an edition, as people write it: `green-economy/12`. A string in JSON.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EditionName {
    /// The brief's id.
    pub brief: String,
    /// Counts per brief, from 1.
    pub number: i64,
}

/// A text that is not `BRIEF/N` with `N` from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write BRIEF/N, such as green-economy/12")]
pub struct InvalidEditionName;

impl EditionName {
    /// `green-economy.12`: for Message-IDs, which must not change.
    pub fn dotted(&self) -> String {
        format!("{}.{}", self.brief, self.number)
    }
}

impl fmt::Display for EditionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.brief, self.number)
    }
}

impl FromStr for EditionName {
    type Err = InvalidEditionName;

    fn from_str(text: &str) -> Result<EditionName, InvalidEditionName> {
        let (brief, number) = text.split_once('/').ok_or(InvalidEditionName)?;
        match number.parse() {
            Ok(number @ 1..) => Ok(EditionName { brief: brief.to_owned(), number }),
            _ => Err(InvalidEditionName),
        }
    }
}

impl Serialize for EditionName {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// The id of a schedule: `BRIEF/SCHEDULE`, such as `green-economy/weekly`. What a person asks for by hand stands in the
/// ledger under its brief alone: an id without a schedule. It reads as a `str`, and is a string in JSON.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ScheduleId(String);

impl ScheduleId {
    /// The id of a brief's schedule.
    pub fn new(brief: &str, schedule: &str) -> ScheduleId {
        ScheduleId(format!("{brief}/{schedule}"))
    }

    /// The id for what a person asks for by hand.
    pub fn of_brief(brief: &str) -> ScheduleId {
        ScheduleId(brief.to_owned())
    }

    /// `BRIEF/SCHEDULE`, or `BRIEF`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The brief's id.
    pub fn brief(&self) -> &str {
        self.0.split_once('/').map_or(&self.0, |(brief, _)| brief)
    }

    /// The name that the schedule has within its brief; the brief's id if there is no schedule.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or(&self.0, |(_, name)| name)
    }

    /// The id with another character in the place of the `/`, for file names and Message-IDs.
    pub fn joined_by(&self, separator: char) -> String {
        self.0.replace('/', separator.encode_utf8(&mut [0; 4]))
    }
}

impl Deref for ScheduleId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ScheduleId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for ScheduleId {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for ScheduleId {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for ScheduleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for ScheduleId {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<ScheduleId, Self::Err> {
        Ok(ScheduleId(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_editions_name_is_read_as_it_is_printed() {
        let name: EditionName = "green-economy/12".parse().unwrap();
        assert_eq!((name.brief.as_str(), name.number), ("green-economy", 12));
        assert_eq!(name.to_string(), "green-economy/12");
        assert_eq!(serde_json::to_string(&name).unwrap(), "\"green-economy/12\"");
        for wrong in ["green-economy", "green-economy/0", "green-economy/-1", "green-economy/x", "a/b/1", ""] {
            let problem = wrong.parse::<EditionName>().unwrap_err();
            assert_eq!(problem.to_string(), "write BRIEF/N, such as green-economy/12", "{wrong}");
        }
    }

    #[test]
    fn a_schedules_id_knows_its_brief() {
        let weekly = ScheduleId::new("green-economy", "weekly");
        assert_eq!(weekly, *"green-economy/weekly");
        assert_eq!((weekly.brief(), weekly.name()), ("green-economy", "weekly"));
        assert_eq!(weekly.joined_by('.'), "green-economy.weekly");
        assert_eq!("green-economy/weekly".parse(), Ok(weekly));
        let by_hand = ScheduleId::of_brief("green-economy");
        assert_eq!((by_hand.brief(), by_hand.name()), ("green-economy", "green-economy"));
    }

    #[test]
    fn a_row_id_is_a_number_in_text_and_in_json() {
        let mail: MailId = "17".parse().unwrap();
        assert_eq!((mail.get(), mail.to_string().as_str()), (17, "17"));
        assert_eq!(serde_json::to_string(&mail).unwrap(), "17");
        assert!("seventeen".parse::<MailId>().is_err());
    }
}
