//! The arguments of `figures`.

use std::{num::NonZeroUsize, path::PathBuf};

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use super::values::{count, day, decimal_mark, layout, part, vintage};
use crate::{
    actions::{figures::export::Part, given_knowledge::GivenKnowledge},
    base::reason::reason,
    cli::candidates,
    figures::{Period, Published, export::Layout, import::DecimalMark},
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
    /// Write figures as files that an import reads back the same: units, series, observations and events, or observations as
    /// SDMX-CSV 2.0. What is withdrawn is not among them
    Export {
        /// Only these series, without the events; a * at the end stands for any ending
        #[arg(value_name = "SERIES", add = candidates::series())]
        series: Vec<String>,
        /// A folder that is new or empty, for a file of each part [default: one part, to standard output]
        #[arg(long, value_name = "DIR", conflicts_with = "part")]
        out: Option<PathBuf>,
        /// What is written to standard output: units, series, observations or events
        #[arg(long, value_name = "PART", value_parser = part(), hide_possible_values = true, default_value = "observations")]
        part: Part,
        /// The layout of observations: own, as in data/observations.csv, or sdmx, which is SDMX-CSV 2.0
        #[arg(long, value_name = "LAYOUT", value_parser = layout(), hide_possible_values = true, default_value = "own")]
        layout: Layout,
        /// The clocks
        #[command(flatten)]
        clocks: Clocks,
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
        #[arg(long, value_name = "TEXT", value_parser = reason, default_value = "")]
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
    /// Check figures: what is missing, contradictory, impossible or unlikely in them. With --brief, what its next edition would
    /// print, by the rules of its gate and against its last edition
    Check {
        /// Only what is about these series
        #[arg(add = candidates::series())]
        series: Vec<String>,
        /// The brief
        #[arg(long, value_name = "BRIEF", add = candidates::briefs())]
        brief: Option<String>,
    },
    /// Show what was read for the values of a period: title, page, words, day, and the file if one is kept
    Evidence {
        /// The series' id
        #[arg(add = candidates::series())]
        series: String,
        /// The period, such as 2025, 2026-Q3 or 2024/25
        period: Period,
        /// Write the files that are kept into this folder, each under its SHA-256
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// The clocks
        #[command(flatten)]
        clocks: Clocks,
    },
    /// Keep files that were read, as evidence: prints the SHA-256 that a source names in the column evidence
    Keep {
        /// The files, of 64 MiB at most each
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Look at the web addresses that citations name: which are there, which moved, which are dead. Each host is asked by one
    /// request a second at most, and its robots.txt is obeyed. Exit 1 if some are dead
    Links {
        /// Only those of these series, whenever they were looked at [default: all that were not looked at for 6 days, or were
        /// found dead for the first time on an earlier day]
        #[arg(add = candidates::series())]
        series: Vec<String>,
        /// Also those that were looked at within 6 days
        #[arg(long)]
        all: bool,
        /// At most so many, those that were looked at longest ago; a further run goes on
        #[arg(long, value_name = "COUNT", default_value = "500", value_parser = count)]
        limit: NonZeroUsize,
    },
    /// Show where a series is used: in which lines and languages of which briefs' templates, and in which of the newest
    /// 100 editions
    Uses {
        /// The series' id
        #[arg(add = candidates::series())]
        series: String,
    },
    /// Find out where a wrong value went: every edition, language and page on which it stands, or something that follows from it,
    /// and how many readers it reached. Drafts the commands that correct those editions
    Wrong {
        /// The series' id
        #[arg(add = candidates::series())]
        series: String,
        /// The period, such as 2025, 2026-Q3 or 2024/25
        period: Period,
        /// Only this vintage, as `figures show` prints it: 2025-01-14, 2025-01 or unknown
        #[arg(value_parser = vintage)]
        vintage: Option<Published>,
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
        #[arg(long, value_name = "TEXT", value_parser = reason)]
        reason: String,
    },
}
