//! The command line as clap reads it: commands, flags and the texts of `--help`. What a command does is in the file
//! of its name.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{delivery::State, language::Language};

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
                  TIME is RFC 3339, such as 2026-12-01T07:00:00+01:00. BRIEF/N is an edition, such as green-economy/12.\n\
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
    /// The main config file
    #[arg(long, global = true, value_name = "FILE", default_value = "config/greenbrief.toml", env = "GREENBRIEF_CONFIG")]
    pub config: PathBuf,
    /// Override a key of the main config file, such as store.url=sqlite:var/other.db; never a secret
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = pair)]
    pub sets: Vec<(String, String)>,
    /// text for people, json (one object a line) for programs
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
    /// Who does it, for the journal of manual acts; without it the OS user
    #[arg(long = "as", global = true, value_name = "NAME")]
    pub actor: Option<String>,
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
    /// One edition now, from the built-in figures, config and template: a throw-away store, three sample subscribers,
    /// PDFs and mails in reports/demo/. Nothing is sent.
    Demo {
        /// Where the PDFs and mails go
        #[arg(long, value_name = "DIR", default_value = "reports/demo")]
        out: PathBuf,
    },
    /// Run: watch the schedules, make editions, send mails. Ends cleanly on Ctrl-C and SIGTERM.
    Serve {
        /// Write the log as JSON, one object a line
        #[arg(long)]
        log_json: bool,
    },
    /// What runs next, and what needs a person; exit 1 if something does
    Status,
    /// Check config, templates and figures: every problem with its place; exit 1 if there is an error
    Check,
    /// The coming occurrences, in local time and UTC, with a sentence in words
    Plan {
        /// How many
        #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        next: u32,
        /// From then on, instead of from now on
        #[arg(long, value_name = "TIME", value_parser = time)]
        from: Option<DateTime<Utc>>,
        /// Only this brief
        #[arg(long, value_name = "BRIEF")]
        brief: Option<String>,
    },
    /// Build the PDFs of a brief as a draft: no number, nothing sent
    Build {
        /// The brief's id
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
    },
    /// A manual edition now, to its subscribers; with --to a test mail to any address
    Send {
        /// The brief's id
        brief: String,
        /// Test: mail only this address, marked [Test], no number, nobody recorded (may be repeated)
        #[arg(long = "to", value_name = "ADDRESS", conflicts_with = "dry_run")]
        to: Vec<String>,
        /// The language of a test mail; without it all of the brief's
        #[arg(long = "language", value_name = "L", value_parser = language, requires = "to")]
        languages: Vec<Language>,
        /// The date printed, instead of now
        #[arg(long, value_name = "TIME", value_parser = time)]
        at: Option<DateTime<Utc>>,
        /// Say what would be sent to whom, and send nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Stop an edition: no further mail of it goes out
    Stop {
        /// BRIEF/N
        #[arg(value_parser = edition)]
        edition: EditionName,
    },
    /// Go on sending after a restore paused it
    Resume,
    /// The mail transport
    #[command(subcommand)]
    Mail(Mail),
    /// The figures in the store
    #[command(subcommand)]
    Figures(Figures),
    /// Who receives which brief in which language
    #[command(subcommand)]
    Subscribers(Subscribers),
    /// Editions made so far
    #[command(subcommand)]
    Editions(Editions),
    /// What became of each mail
    #[command(subcommand)]
    Deliveries(Deliveries),
    /// The database
    #[command(subcommand)]
    Store(Store),
}

/// `mail …`
#[derive(Debug, Subcommand)]
pub enum Mail {
    /// Check the transport step by step and send a short test mail
    Test {
        /// To whom
        address: String,
    },
}

/// `figures …`
#[derive(Debug, Subcommand)]
pub enum Figures {
    /// Import CSV files: all or nothing
    Import {
        /// units.csv, series.csv, observations.csv, events.csv, in any order; each is known by its head
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// All series with their latest value
    List,
    /// One series with all values, vintages and sources
    Show {
        /// The series' id
        series: String,
    },
}

/// `subscribers …`
#[derive(Debug, Subcommand)]
pub enum Subscribers {
    /// Subscribe an address
    Add {
        /// The address
        address: String,
        /// en, de or zh
        #[arg(long, value_name = "L", value_parser = language)]
        language: Language,
        /// The brief's id; may be left out where there is only one
        #[arg(long, value_name = "BRIEF")]
        brief: Option<String>,
    },
    /// Subscribe the addresses of a CSV file with the columns address, language and, if wanted, brief
    Import {
        /// The file
        file: PathBuf,
    },
    /// All subscriptions
    List,
    /// End all subscriptions of an address
    Remove {
        /// The address
        address: String,
    },
}

/// `editions …`
#[derive(Debug, Subcommand)]
pub enum Editions {
    /// All editions
    List,
    /// One edition: documents, mails by state, times
    Show {
        /// BRIEF/N
        #[arg(value_parser = edition)]
        edition: EditionName,
    },
}

/// `deliveries …`
#[derive(Debug, Subcommand)]
pub enum Deliveries {
    /// Mails with their state and the server's last reply
    List {
        /// Only of this edition, BRIEF/N
        #[arg(long, value_parser = edition)]
        edition: Option<EditionName>,
        /// Only in this state
        #[arg(long, value_name = "S", value_parser = state)]
        state: Option<State>,
    },
}

/// `store …`
#[derive(Debug, Subcommand)]
pub enum Store {
    /// Write a copy of the database to a new file, while it is in use
    Backup {
        /// The new file
        file: PathBuf,
    },
    /// Put a backup in the database's place; unfinished mails become unknown and sending waits for `resume`
    Restore {
        /// A file that `store backup` wrote
        file: PathBuf,
    },
    /// Bring the database's tables to this version
    Migrate,
}

/// `BRIEF/N`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditionName {
    /// The brief's id
    pub brief: String,
    /// Its number
    pub number: i64,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE, such as store.url=sqlite:var/other.db".to_owned()),
    }
}

fn language(text: &str) -> Result<Language, String> {
    text.parse().map_err(|error: crate::language::UnknownLanguage| error.to_string())
}

fn state(text: &str) -> Result<State, String> {
    text.parse().map_err(|_| {
        let words: Vec<&str> = State::ALL.iter().map(|state| state.word()).collect();
        format!("it is one of {}", words.join(", "))
    })
}

fn time(text: &str) -> Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| "write RFC 3339 with its offset, such as 2026-12-01T07:00:00+01:00".to_owned())
}

fn edition(text: &str) -> Result<EditionName, String> {
    text.rsplit_once('/')
        .and_then(|(brief, number)| Some((brief, number.parse::<i64>().ok().filter(|number| *number > 0)?)))
        .filter(|(brief, _)| !brief.is_empty())
        .map(|(brief, number)| EditionName { brief: brief.to_owned(), number })
        .ok_or_else(|| "write BRIEF/N, such as green-economy/12".to_owned())
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
            ["greenbrief", "--format", "json", "plan"].as_slice(),
            ["greenbrief", "plan", "--format", "json"].as_slice(),
        ] {
            assert_eq!(Arguments::try_parse_from(words).unwrap().global.format, Format::Json);
        }
    }

    #[test]
    fn a_wrong_edition_says_how_to_write_it() {
        for words in ["green-economy", "green-economy/", "/3", "a/0", "a/x"] {
            let error = Arguments::try_parse_from(["greenbrief", "stop", words]).unwrap_err().to_string();
            assert!(error.contains("write BRIEF/N, such as green-economy/12"), "{error}");
        }
    }
}
