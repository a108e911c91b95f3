//! Figures: series, their values with vintage and sources (observations), and milestones (events). Values are exact
//! decimals, never floating point. How a figure is written in a sentence is in `brief`; how it is stored, in `store`.

mod asked;
mod change;
pub mod checks;
mod columns;
mod difference;
pub mod export;
mod frequency;
pub mod import;
mod import_record;
mod import_report;
pub mod links;
mod model;
mod part;
mod period;
mod places;
mod sdmx_cells;
pub mod shipped;
mod snapshot;
mod view;
mod withdrawal;
pub mod written_period;

pub use asked::{Asked, MissingNames, Recorder};
pub use change::{Change, ChangeUnit, Direction, compared};
pub use difference::{Aspect, EntryDifference, FigureDifference, KnownValue, SnapshotDifference};
pub use frequency::{BadFrequency, Frequency};
pub use import_record::{ImportKind, ImportRecord, ImportedFile, NewImport};
pub use import_report::{EarlierValue, ImportItem, ImportReport, MOST_ITEMS, SourceCounts, Unlisted, revision};
pub use model::{
    Bounds, Citation, Dimension, Event, Identity, Observation, Published, Publisher, Quality, Series, SeriesId, Status,
    Unit, UnitKind,
};
pub use period::{BadPeriod, Period};
pub use places::{place_name, place_names};
pub use snapshot::{AsKnown, Dataset, Snapshot};
pub use view::{Known, View};
pub use withdrawal::{Withdrawal, WithdrawalEnd, Withdrawn};
