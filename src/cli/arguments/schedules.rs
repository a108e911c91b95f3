//! The arguments of `schedules` and `calendar`.

use std::num::NonZeroUsize;

use clap::Subcommand;

use super::values::count;
use crate::cli::candidates;

/// `schedules …`
#[derive(Debug, Subcommand)]
pub enum Schedules {
    /// List all schedules: when each is due next, what became of its last slot, who paused it
    List,
    /// Make no edition for its slots until `schedules resume`
    Pause {
        /// `brief/schedule`, or its name alone
        #[arg(value_name = "ID", add = candidates::schedules())]
        id: String,
    },
    /// Go on. Slots that passed meanwhile stay without an edition
    Resume {
        /// `brief/schedule`, or its name alone
        #[arg(value_name = "ID", add = candidates::schedules())]
        id: String,
        /// Make them up after all, as the schedule's catch_up and catch_up_window say
        #[arg(long)]
        catch_up: bool,
    },
    /// Show what became of each slot, newest first
    History {
        /// `brief/schedule`, or its name alone
        #[arg(value_name = "ID", add = candidates::schedules())]
        id: String,
        /// Maximum number of slots
        #[arg(long, value_name = "N", default_value = "50", value_parser = count)]
        last: NonZeroUsize,
    },
}

/// `calendar …`
#[derive(Debug, Subcommand)]
pub enum CalendarCommand {
    /// List all calendars: Germany's (DE, and DE-BW and so on for its Länder) are computed, the others are files in
    /// config/calendars/, such as CN and your own
    List,
    /// Show the days off of a calendar, and the weekend days on which people work to make up for them. Days that are not
    /// published yet are shown as unknown, never guessed
    Show {
        /// The calendar's id, such as DE-BW
        #[arg(add = candidates::calendars())]
        calendar: String,
        /// The year [default: this one and the next]
        #[arg(value_parser = clap::value_parser!(i32).range(1990..=2100))]
        year: Option<i32>,
    },
}
