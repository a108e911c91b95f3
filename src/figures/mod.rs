//! Figures: series, their values with vintage and sources (observations), and milestones (events). Values are exact
//! decimals, never floating point. How a figure is written in a sentence is in `brief`; how it is stored, in `store`.

mod change;
pub mod checks;
mod frequency;
pub mod import;
mod import_report;
mod model;
mod period;
pub mod shipped;
mod snapshot;
mod withdrawal;

pub use change::{Change, ChangeUnit, Direction, compared};
pub use frequency::{BadFrequency, Frequency};
pub use import_report::{ImportItem, ImportReport, SourceCounts};
pub use model::{Citation, Event, Observation, Published, Quality, Series, SeriesId, Status, Unit, UnitKind};
pub use period::{BadPeriod, Period};
pub use snapshot::{AsKnown, Dataset, Snapshot};
pub use withdrawal::{Withdrawal, WithdrawalEnd, Withdrawn};
