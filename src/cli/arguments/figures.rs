//! The arguments of `figures`.

use std::{num::NonZeroUsize, path::PathBuf};

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use super::values::{count, day, decimal_mark, vintage};
use crate::{
    actions::given_knowledge::GivenKnowledge,
    cli::candidates,
    figures::{Period, Published, import::DecimalMark},
};

/// The two clocks of figures.
#[derive(Debug, Args)]
pub struct Clocks {
    /// Only what was published by this day, as the publishers date it: a day has no zone
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub as_published: Option<NaiveDate>,
    /// As the store knew it at this time, after this import (N), or when this edition (BRIEF/N) was frozen [default: now]. A
    /// time without an offset is in the zone of the briefs; "2026-11-30 14:04:22 UTC" is as `figures imports` prints it
    #[arg(long, value_name = "TIME")]
    pub as_known: Option<GivenKnowledge>,
}

/// `figures …`
#[derive(Debug, Subcommand)]
pub enum Figures {
    /// Import figures from CSV files, all or none; the head of a file says what it holds. A value that cannot be is refused,
    /// one that is far from its neighbours gets a warning
    Import {
        /// The files; - is standard input
        #[arg(required_unless_present = "shipped")]
        files: Vec<PathBuf>,
        /// Import the figures that come with this version
        #[arg(long, conflicts_with = "files")]
        shipped: bool,
        /// Only print what would change
        #[arg(long)]
        dry_run: bool,
        /// Let values change under their vintage, and series their unit; without it that is refused
        #[arg(long)]
        replace: bool,
        /// Let observations count again that were withdrawn; without it they are left out
        #[arg(long)]
        again: bool,
        /// The decimal mark of all numbers, comma or point; a file separated by semicolons or tabs does not tell it
        #[arg(long, value_name = "MARK", value_parser = decimal_mark(), hide_possible_values = true, conflicts_with = "shipped")]
        decimal: Option<DecimalMark>,
    },
    /// List the imports, the newest first: every change of the figures has a number
    Imports {
        /// At most so many
        #[arg(long, value_name = "COUNT", default_value = "50", value_parser = count)]
        limit: NonZeroUsize,
    },
    /// Undo an import: everything is as it was before it, as a new import. What came later and stands on it is undone first.
    /// Editions that were made with it keep it
    Undo {
        /// The number of the import, as `figures imports` shows it
        import: i64,
        /// The reason, which is kept
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// List all series with their latest value
    List {
        /// The clocks
        #[command(flatten)]
        clocks: Clocks,
    },
    /// Show one series with all values, vintages and sources, also withdrawn ones
    Show {
        /// The series' id
        #[arg(add = candidates::series())]
        series: String,
        /// The clocks
        #[command(flatten)]
        clocks: Clocks,
    },
    /// Show where a series is used: in which lines and languages of which briefs' templates, and in which of the newest
    /// 100 editions
    Uses {
        /// The series' id
        #[arg(add = candidates::series())]
        series: String,
    },
    /// Withdraw a wrong observation: it counts for nothing that is built from now on. Nothing is deleted, and editions that
    /// were made keep it. A corrected value is imported as a vintage of its own, or with --again under the same one
    Withdraw {
        /// The series' id
        #[arg(add = candidates::series())]
        series: String,
        /// The period, such as 2025, 2026-Q3 or 2024/25
        period: Period,
        /// The vintage as `figures show` prints it: 2025-01-14, 2025-01 or unknown
        #[arg(value_parser = vintage)]
        vintage: Published,
        /// The reason, which is kept
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}
