//! The command line as clap reads it: commands, flags and the texts of `--help`. What a command does is in the file
//! of its name. The commands that have commands of their own stand in files beside this one, values typed as words in
//! `values`.

mod editions;
mod figures;
mod installation;
mod replies;
mod schedules;
mod subscribers;
mod values;

use std::{num::NonZeroUsize, path::PathBuf};

use chrono::NaiveDate;
use chrono_tz::Tz;
use clap::{Args, Parser, Subcommand, ValueEnum};

use self::values::{actor_name, address, assignment, count, day, language, zone};
pub use self::{
    editions::{Deliveries, Editions, ResendOnly},
    figures::{Clocks, Figures},
    installation::{ConfigCommand, MailCommand, SigningCommand, StoreCommand},
    replies::RepliesCommand,
    schedules::{CalendarCommand, Schedules},
    subscribers::{Subscribers, TokensCommand},
};
use super::candidates;
use crate::{
    actions::given_knowledge::GivenKnowledge,
    actions::given_time::GivenTime,
    base::language::Language,
    base::{ids::EditionName, reason::reason},
    config::ConfigSource,
};

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
                  Then `greenbrief check`, `greenbrief plan`, and `greenbrief serve`.\n\n\
                  TIME is a day (2026-12-07), a time in the brief's zone (\"2026-12-07 07:00\"), or one with its offset\n\
                  (2026-12-07T07:00:00+01:00, RFC 3339). BRIEF/N is an edition, such as green-economy/12.\n\n\
                  Exit codes: 0 done; 1 done, and something is left to a person; 2 wrong usage; 3 a mistake in a file\n\
                  (config, template, figures, a list); 4 refused as things are; 5 held by the gate; 6 something broke\n\
                  (store, disk, server). With --format json the last object says the same: {\"end\":\"held\",\"exit_code\":5}."
)]
pub struct Arguments {
    /// Flags that every command takes
    #[command(flatten)]
    pub global: Global,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The head of [`Global`] in `--help`.
const GLOBAL: &str = "Global options";

/// Flags before or after the command.
#[derive(Debug, Args)]
pub struct Global {
    /// The config file; paths in it are relative to it
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "GREENBRIEF_CONFIG",
        default_value = ConfigSource::DEFAULT_FILE,
        help_heading = GLOBAL
    )]
    pub config: PathBuf,
    /// Override a key of greenbrief.toml, such as `--set store.url=sqlite:/tmp/try.db` (may be repeated; never a secret)
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = assignment, help_heading = GLOBAL)]
    pub set: Vec<(String, String)>,
    /// text for people, json for programs: one object a line, the last one says how the command ended
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text", help_heading = GLOBAL)]
    pub format: Format,
    /// The name under which the ledger records this [default: who called sudo, else the user of the operating system]
    #[arg(long = "as", global = true, value_name = "NAME", value_parser = actor_name, help_heading = GLOBAL)]
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
    /// Make one edition now from what is built in, for three sample subscribers: PDFs and mails in reports/demo/. Its
    /// store is temporary, and nothing is sent. With --web the pages for readers are shown on this machine until Ctrl-C
    Demo {
        /// Where the PDFs and mails go
        #[arg(long, value_name = "DIR", default_value = "reports/demo")]
        out: PathBuf,
        /// Show the pages for readers, with this edition in the archive
        #[arg(long)]
        web: bool,
        /// The pages' port [default: a free one]
        #[arg(long, value_name = "PORT", requires = "web")]
        port: Option<u16>,
    },
    /// Run until SIGTERM or Ctrl-C: make editions on schedule and send them. Changes to config, calendars
    /// and templates are applied when the files change, and at SIGHUP. Logs go to standard error, as JSON with --format
    /// json; GREENBRIEF_LOG sets the level (such as `debug`)
    Serve,
    /// Everything an operator should know, on one screen; exit 1 if something needs a person
    Status,
    /// Check config, templates and figures: every problem with its place; exit 1 if there is an error
    Check,
    /// List the coming occurrences in local time, UTC and words, and say why one is moved, skipped or uncertain
    Plan {
        /// Maximum number of occurrences
        #[arg(long, value_name = "N", default_value = "10", value_parser = count)]
        next: NonZeroUsize,
        /// Only those after this time [default: now]
        #[arg(long, value_name = "TIME")]
        from: Option<GivenTime>,
        /// Only those up to this time
        #[arg(long, value_name = "TIME")]
        to: Option<GivenTime>,
        /// Only this brief
        #[arg(long, value_name = "BRIEF", add = candidates::briefs())]
        brief: Option<String>,
        /// Only this schedule: `brief/schedule`, or its name alone
        #[arg(long, value_name = "S", add = candidates::schedules())]
        schedule: Option<String>,
        /// Show the time in this zone as well, such as Asia/Shanghai
        #[arg(long, value_name = "ZONE", value_parser = zone)]
        zone: Option<Tz>,
        /// Compare this config with another one (its file or folder), or with what the daemon has in force (`running`):
        /// schedules that are new, gone, retimed or moved, with the next three times of each before and after; exit 0 if
        /// nothing differs, 1 if something does
        #[arg(long, value_name = "PATH", conflicts_with_all = ["next", "to", "zone"])]
        against: Option<PathBuf>,
    },
    /// The schedules: the state of each, and what became of its slots
    #[command(subcommand)]
    Schedules(Schedules),
    /// Make up slots of the past. Without --yes they are only listed; they do not count as runs of the schedule
    Backfill {
        /// The brief's id
        #[arg(add = candidates::briefs())]
        brief: String,
        /// First day, in the schedule's zone
        #[arg(long, value_name = "DATE", value_parser = day)]
        from: NaiveDate,
        /// Last day
        #[arg(long, value_name = "DATE", value_parser = day)]
        to: NaiveDate,
        /// Only this schedule: `brief/schedule`, or its name alone
        #[arg(long, value_name = "S", add = candidates::schedules())]
        schedule: Option<String>,
        /// Build their PDFs, as drafts without a number
        #[arg(long)]
        yes: bool,
        /// Make them as numbered editions and send each to the brief's subscribers
        #[arg(long, requires = "yes")]
        send: bool,
    },
    /// Make a brief like another one: its config, texts, mails and blocks, with a comment where to write. It builds at once, its
    /// schedules are paused, and no file is written over
    New {
        /// The id of the new brief: lower-case letters, digits and hyphens
        brief: String,
        /// The brief that it is made like
        #[arg(long, value_name = "BRIEF", add = candidates::briefs())]
        like: String,
        /// Its languages, such as `en,de` [default: all of the other brief's]
        #[arg(long, value_name = "L,…", value_delimiter = ',', value_parser = language)]
        languages: Vec<Language>,
    },
    /// Build the PDFs of a brief as a draft: no number, nothing sent
    Build {
        /// The brief's id
        #[arg(add = candidates::briefs())]
        brief: String,
        /// Only this language (may be repeated)
        #[arg(long = "language", value_name = "L", value_parser = language)]
        languages: Vec<Language>,
        /// As if it were this time: the date printed, and the figures published and known to the store by then [default: now]
        #[arg(long, value_name = "TIME")]
        at: Option<GivenTime>,
        /// As the store knew the figures at this time, after this import (N), or when this edition (BRIEF/N) was frozen
        /// [default: the time of --at, if the store had figures then]. Without --at an edition is built for its own slot
        #[arg(long, value_name = "TIME")]
        as_known: Option<GivenKnowledge>,
        /// Tell what has changed since this edition (BRIEF/N), where the template has a place for it [default: the last one
        /// that was released for an earlier time]
        #[arg(long, value_name = "BRIEF/N", add = candidates::editions())]
        since: Option<EditionName>,
        /// Where to write BRIEF-LANGUAGE.pdf [default: the folder for reports]
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Show a brief in a browser while its template is written: each save of template, theme or config is on screen at
    /// once, with every problem and its place. Only this machine can connect; Ctrl-C ends it
    Preview {
        /// The brief's id
        #[arg(add = candidates::briefs())]
        brief: String,
        /// Only this language (may be repeated)
        #[arg(long = "language", value_name = "L", value_parser = language)]
        languages: Vec<Language>,
        /// The port; 0 picks a free one [default: 4747, or a free one if that is taken]
        #[arg(long, value_name = "N")]
        port: Option<u16>,
        /// As if it were this time: the date printed, and the figures known by then [default: now]
        #[arg(long, value_name = "TIME")]
        at: Option<GivenTime>,
    },
    /// Do all that an edition at this time would do, except send it: the gate, the PDFs, the size of each reader's mail,
    /// when the mails would go and by which relay. Nothing is stored; exit 5 if it would be held
    Rehearse {
        /// The brief's id
        #[arg(add = candidates::briefs())]
        brief: String,
        /// Time of the edition
        #[arg(long, value_name = "TIME")]
        at: GivenTime,
        /// Make it as this schedule of the brief does: its languages, its quiet hours, its calendar
        #[arg(long, value_name = "S", add = candidates::schedules())]
        schedule: Option<String>,
        /// Write the PDFs into this folder
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Make an edition now and send it to the brief's subscribers; takes no slot of a schedule
    Send {
        /// The brief's id
        #[arg(add = candidates::briefs())]
        brief: String,
        /// The date printed, and the figures known by then [default: now]
        #[arg(long, value_name = "TIME")]
        at: Option<GivenTime>,
        /// Only print what would be sent, and to how many
        #[arg(long, conflicts_with = "to")]
        dry_run: bool,
        /// Send a test to this address alone, marked `[Test]` and without a number; nothing is recorded (may be repeated)
        #[arg(long, value_name = "ADDRESS", value_parser = address)]
        to: Vec<String>,
        /// Make the edition, with its number, even if nobody is subscribed
        #[arg(long, conflicts_with_all = ["to", "dry_run"])]
        allow_empty: bool,
    },
    /// Send no further mail of an edition, at once
    Stop {
        /// The edition
        #[arg(value_name = "BRIEF/N", add = candidates::editions())]
        edition: EditionName,
        /// The reason, which is kept and shown by `editions show`
        #[arg(long, value_name = "TEXT", value_parser = reason, default_value = "")]
        reason: String,
    },
    /// Send nothing more and claim no slot, at once and for every process on this store, until `resume`. The
    /// catch-up of each schedule decides whether slots that pass meanwhile are made up
    Pause {
        /// Pause everything; required, so that nobody pauses by mistake
        #[arg(long, required = true)]
        all: bool,
        /// The reason, shown by `status`
        #[arg(long, value_name = "TEXT", value_parser = reason, default_value = "")]
        reason: String,
    },
    /// Go on after `pause --all`, or once a restored backup has been checked
    Resume,
    /// The mail server
    #[command(subcommand)]
    Mail(MailCommand),
    /// The calendars of days off that schedules may name
    #[command(subcommand)]
    Calendar(CalendarCommand),
    /// The figures
    #[command(subcommand)]
    Figures(Figures),
    /// The people who get the brief
    #[command(subcommand)]
    Subscribers(Subscribers),
    /// The numbered editions
    #[command(subcommand)]
    Editions(Editions),
    /// Tell whether a PDF is what was signed, with any byte of it changed or not: offline, without config and store if a key is
    /// named. Exit 1 if it is not
    Verify {
        /// The PDF
        file: PathBuf,
        /// The file with the public key in PEM, as its publisher shows it [default: the public half of the config's key]
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
    },
    /// The key that PDFs of editions are signed with
    #[command(subcommand)]
    Signing(SigningCommand),
    /// What became of each mail
    #[command(subcommand)]
    Deliveries(Deliveries),
    /// What comes back by mail: bounces, complaints, requests to leave, answers
    #[command(subcommand)]
    Replies(RepliesCommand),
    /// The database
    #[command(subcommand)]
    Store(StoreCommand),
    /// The keys that sign the tokens in links and addresses of mails, by which readers leave
    #[command(subcommand)]
    Tokens(TokensCommand),
    /// The config in force, and the schemas of the files that people write
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the completions for a shell: commands, flags, and the ids of briefs, schedules and editions. Such as
    /// `greenbrief completions bash > /etc/bash_completion.d/greenbrief`
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page: `greenbrief man | man -l -`
    Man {
        /// Write a page for each command into a folder, such as /usr/local/share/man/man1
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
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
        let words = ["greenbrief", "plan", "--set", "store.url=sqlite:a.db", "--set", "mail.port=25"];
        assert_eq!(Arguments::try_parse_from(words).unwrap().global.set.len(), 2);
    }
}
