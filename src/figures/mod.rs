//! The figures: what is measured (series), its values with vintage and sources (observation), milestones (event).
//! Exact decimals, no floating point. How a figure is written in a sentence is in `brief`; where it is kept, in `store`.

mod model;
mod period;
mod snapshot;

pub use model::{Citation, Event, Observation, Published, Quality, Series, SeriesId, Status, Unit, UnitKind};
pub use period::{BadPeriod, Period};
pub use snapshot::{AsKnown, Dataset, Snapshot};
