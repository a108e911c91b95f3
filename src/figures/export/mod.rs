//! Figures as files that `import` reads back the same: greenbrief's own CSV layout, or SDMX-CSV for observations. A store may
//! be large, so observations are written in parts, each as bytes that follow those before.

mod own;
mod sdmx;

pub use self::own::{events, publishers, series, units};
use super::{Dataset, Observation};
use crate::base::word_enum::word_enum;

word_enum! {
    "a layout";
    /// The layout of exported observations.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Layout {
        /// As in `data/observations.csv`
        Own = "own",
        /// SDMX-CSV 2.0
        Sdmx = "sdmx",
    }
}

impl Layout {
    /// The head of a file of observations.
    pub fn head(self) -> Vec<u8> {
        match self {
            Layout::Own => own::head(),
            Layout::Sdmx => sdmx::head(),
        }
    }

    /// Rows of observations. Units and series are looked up in the catalogue.
    pub fn rows<'a>(self, catalogue: &Dataset, observations: impl IntoIterator<Item = &'a Observation>) -> Vec<u8> {
        match self {
            Layout::Own => own::rows(observations),
            Layout::Sdmx => sdmx::rows(catalogue, observations),
        }
    }

    /// The name of a file of observations.
    pub const fn file(self) -> &'static str {
        match self {
            Layout::Own => "observations.csv",
            Layout::Sdmx => "observations.sdmx.csv",
        }
    }
}

/// Records as CSV.
fn written<R: IntoIterator<Item: AsRef<[u8]>>>(records: impl IntoIterator<Item = R>) -> Vec<u8> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    for record in records {
        // Writing to memory cannot fail.
        let _ = writer.write_record(record);
    }
    writer.into_inner().unwrap_or_default()
}
