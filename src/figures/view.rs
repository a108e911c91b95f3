//! Which figures are meant, by both clocks: when a value was published, and when the store learned it.

use chrono::{DateTime, NaiveDate, Utc};

/// What the store is asked to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Known {
    /// All that it knows now.
    #[default]
    Now,
    /// What it knew at this time: the imports up to then, and nothing that came later.
    At(DateTime<Utc>),
    /// What it knew after the import with this number.
    Import(i64),
}

/// The figures by both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct View {
    /// Values that were published later do not count; `None` if all do.
    pub published: Option<NaiveDate>,
    /// What the store knew.
    pub known: Known,
}

impl View {
    /// All that the store knows now, whenever it was published.
    pub const NOW: View = View { published: None, known: Known::Now };
}
