//! The arguments of `mail`, `store`, `config` and `signing`: what an installation consists of.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum, builder::PossibleValue};

use super::values::address;
use crate::{actions::config::FileKind, cli::candidates};

/// `mail …`
#[derive(Debug, Subcommand)]
pub enum MailCommand {
    /// Send a short mail and report each step
    Test {
        /// The recipient
        #[arg(value_parser = address)]
        address: String,
        /// The relay to use: the NAME of its table `mail.relays.NAME`, or `first` for the one of `mail` itself
        #[arg(long, value_name = "NAME", add = candidates::relays())]
        relay: Option<String>,
    },
    /// Print the DNS records with which others check the signatures of mails, as lines of a zone file
    Dkim,
}

/// `store …`
#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Write a consistent copy to a new file; the daemon may be running
    Backup {
        /// The file to write; it must not exist yet
        file: PathBuf,
    },
    /// Replace the store with a backup. Unfinished mails become unknown, and sending waits for `resume`
    Restore {
        /// The backup. None to go on with what is there: on PostgreSQL after pg_restore, on SQLite after its file was
        /// put back by other means
        file: Option<PathBuf>,
    },
    /// Begin a store where there is none, or a new one where one was and is lost; what is left of it is kept
    New,
    /// Migrate the database to this version's schema
    Migrate,
}

/// `config …`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the JSON Schema of a kind of file, with which an editor completes keys and marks mistakes
    Schema {
        /// The kind of file
        #[arg(required_unless_present = "out")]
        kind: Option<FileKind>,
        /// Write all of them as files KIND.schema.json
        #[arg(long, value_name = "DIR", conflicts_with = "kind")]
        out: Option<PathBuf>,
    },
    /// Print the config in force: each key with its value and its origin (a line of a file, --set, an environment
    /// variable, the default), as TOML that reads as the same config. Secrets are masked. Exit 3 if the config has a
    /// mistake
    Show {
        /// Only this file: greenbrief, briefs/ID or calendars/ID
        #[arg(value_name = "FILE")]
        file: Option<String>,
        /// Write it as a whole config into a folder that has none; secrets that stand in the config are put in by hand
        #[arg(long, value_name = "DIR", conflicts_with = "file")]
        out: Option<PathBuf>,
    },
}

impl ValueEnum for FileKind {
    fn value_variants<'a>() -> &'a [FileKind] {
        &FileKind::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            FileKind::Greenbrief => ("greenbrief", "greenbrief.toml"),
            FileKind::Brief => ("brief", "briefs/ID.toml"),
            FileKind::Calendar => ("calendar", "calendars/ID.toml"),
            FileKind::Theme => ("theme", "theme.toml of a template"),
            FileKind::Blocks => ("blocks", "blocks.toml of a template"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

/// `signing …`
#[derive(Debug, Subcommand)]
pub enum SigningCommand {
    /// Make a private key in a new file that nobody else may read, and print its public half
    New {
        /// The file, which must not exist
        file: PathBuf,
    },
    /// Print the public half of the config's key in PEM, as it is published
    Key,
}
