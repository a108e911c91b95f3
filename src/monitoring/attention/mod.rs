//! What needs a person. `status`, the metrics, the ping and the operators' mail all show what is found here, and nothing else.
//!
//! [`table`] has the states, [`of_store`] and [`of_process`] find those that hold, [`sign`] hands what only the daemon knows
//! to `status`.

pub mod of_process;
pub mod of_store;
pub mod sign;
pub mod table;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer, ser::SerializeStruct};

use self::table::Code;

/// A state that holds and needs a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attention {
    /// Which state
    pub code: Code,
    /// What it is about: a schedule `BRIEF/SCHEDULE`, an edition `BRIEF/N`, an edition and a domain, a relay, or empty
    pub about: String,
    /// What holds, in words, without what to do
    pub text: String,
    /// Since when, if that is known
    pub since: Option<DateTime<Utc>>,
}

/// A state that needs a person, as this daemon has seen it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenAttention {
    /// The state
    pub attention: Attention,
    /// When this daemon saw it first
    pub first_seen: DateTime<Utc>,
}

impl Attention {
    /// A state that holds since an unknown time.
    pub fn new(code: Code, about: impl Into<String>, text: impl Into<String>) -> Attention {
        Attention { code, about: about.into(), text: text.into(), since: None }
    }

    /// The same, since then.
    #[must_use]
    pub fn since(mut self, since: impl Into<Option<DateTime<Utc>>>) -> Attention {
        self.since = since.into();
        self
    }

    /// What a person does about it.
    pub fn remedy(&self) -> String {
        self.code.remedy(&self.about)
    }
}

impl Serialize for Attention {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut object = to.serialize_struct("Attention", 5)?;
        object.serialize_field("code", &self.code)?;
        object.serialize_field("about", &self.about)?;
        object.serialize_field("text", &self.text)?;
        object.serialize_field("since", &self.since)?;
        object.serialize_field("remedy", &self.remedy())?;
        object.end()
    }
}
