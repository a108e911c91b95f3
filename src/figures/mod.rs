//! The figures: what is measured (series), its values with vintage and sources (observation), milestones (event).
//! Exact decimals, no floating point. How a figure is written in a sentence is in `brief`; where it is kept, in `store`.

mod change;
pub mod checks;
pub mod import;
mod import_report;
mod model;
mod period;
pub mod shipped;
mod snapshot;

pub use change::{Change, ChangeUnit, Direction, compared};
pub use import_report::{ImportItem, ImportReport};
pub use model::{Citation, Event, Observation, Published, Quality, Series, SeriesId, Status, Unit, UnitKind};
pub use period::{BadPeriod, Period};
pub use snapshot::{AsKnown, Dataset, Snapshot};
