//! The arguments of `figures`.

use std::path::PathBuf;

use clap::Subcommand;

use super::values::{decimal_mark, vintage};
use crate::{
    cli::candidates,
    figures::{Period, Published, import::DecimalMark},
};

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
    /// List all series with their latest value
    List,
    /// Show one series with all values, vintages and sources, also withdrawn ones
    Show {
        /// The series' id
        #[arg(add = candidates::series())]
        series: String,
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
