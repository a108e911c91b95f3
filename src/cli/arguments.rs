//! The command line as clap reads it: commands, flags and the texts of `--help`. What a command does is in the file
//! of its name.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::language::Language;

/// Cited figures on China–Germany green-economy cooperation: a PDF brief in English, German and Chinese, on schedule,
/// by mail.
#[derive(Debug, Parser)]
#[command(
    name = "greenbrief",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Try `greenbrief demo` first: it needs no config and sends nothing.\n\
                  TIME is RFC 3339, such as 2026-12-01T07:00:00+01:00.\n\
                  Exit codes: 0 done, 1 a problem was found, 2 wrong usage."
)]
pub struct Arguments {
    /// Flags that every command takes
    #[command(flatten)]
    pub global: Global,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// Flags before or after the command.
#[derive(Debug, Args)]
pub struct Global {
    /// text for people, json (one object a line) for programs
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
}

/// How output is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// The commands, in the order of `--help`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// One edition now, from the built-in figures and template: PDFs and three sample mails in reports/demo/. Nothing
    /// is sent.
    Demo {
        /// Where the PDFs and mails go
        #[arg(long, value_name = "DIR", default_value = "reports/demo")]
        out: PathBuf,
    },
    /// Check templates and figures: every problem with its place; exit 1 if there is an error
    Check {
        /// The folder with a template folder for each brief
        #[arg(long, value_name = "DIR", default_value = "templates")]
        templates: PathBuf,
        /// Figures to check instead of the built-in ones: CSV files, each known by its head (may be repeated)
        #[arg(long, value_name = "FILE")]
        figures: Vec<PathBuf>,
    },
    /// Build the PDFs of a brief as a draft: no number, nothing sent
    Build {
        /// The brief's id: its folder under the templates
        brief: String,
        /// Only this language (may be repeated)
        #[arg(long = "language", value_name = "L", value_parser = language)]
        languages: Vec<Language>,
        /// As if it were then: the date printed, and the figures known by then
        #[arg(long, value_name = "TIME", value_parser = time)]
        at: Option<DateTime<Utc>>,
        /// Where to write BRIEF-LANGUAGE.pdf
        #[arg(long, value_name = "DIR", default_value = "reports")]
        out: PathBuf,
        /// The folder with a template folder for each brief
        #[arg(long, value_name = "DIR", default_value = "templates")]
        templates: PathBuf,
    },
    /// The figures that come with the program
    #[command(subcommand)]
    Figures(Figures),
}

/// `figures …`
#[derive(Debug, Subcommand)]
pub enum Figures {
    /// All series with their latest value
    List,
    /// One series with all values, vintages and sources
    Show {
        /// The series' id
        series: String,
    },
}

fn language(text: &str) -> Result<Language, String> {
    text.parse().map_err(|error: crate::language::UnknownLanguage| error.to_string())
}

fn time(text: &str) -> Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| "write RFC 3339 with its offset, such as 2026-12-01T07:00:00+01:00".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn global_flags_stand_before_or_after() {
        for words in [
            ["greenbrief", "--format", "json", "demo"].as_slice(),
            ["greenbrief", "demo", "--format", "json"].as_slice(),
        ] {
            assert_eq!(Arguments::try_parse_from(words).unwrap().global.format, Format::Json);
        }
    }
}
