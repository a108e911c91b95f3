//! The command line as clap reads it: commands, flags and the texts of `--help`. What a command does is in the file
//! of its name.
//!
//! Long, since it is the text of all help: what a person reads there stands in one place.

use std::{num::NonZeroUsize, path::PathBuf};

use chrono::NaiveDate;
use chrono_tz::Tz;
use clap::{
    Args, Parser, Subcommand, ValueEnum,
    builder::{NonEmptyStringValueParser, PossibleValue},
};

use super::candidates;
use crate::{
    actions::{config::FileKind, given_time::GivenTime},
    base::ids::{EditionName, MailId},
    base::language::Language,
    config::ConfigSource,
    delivery::rules::State,
    figures::{Period, Published, import::DecimalMark},
    people::{subscribers::SubscriptionState, tokens::KeyId},
    store::EditionState,
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
    /// store is temporary, and nothing is sent
    Demo {
        /// Where the PDFs and mails go
        #[arg(long, value_name = "DIR", default_value = "reports/demo")]
        out: PathBuf,
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
    /// Build the PDFs of a brief as a draft: no number, nothing sent
    Build {
        /// The brief's id
        #[arg(add = candidates::briefs())]
        brief: String,
        /// Only this language (may be repeated)
        #[arg(long = "language", value_name = "L", value_parser = language)]
        languages: Vec<Language>,
        /// As if it were this time: the date printed, and the figures known by then [default: now]
        #[arg(long, value_name = "TIME")]
        at: Option<GivenTime>,
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
        #[arg(long, value_name = "ADDRESS")]
        to: Vec<String>,
    },
    /// Send no further mail of an edition, at once
    Stop {
        /// The edition
        #[arg(value_name = "BRIEF/N", add = candidates::editions())]
        edition: EditionName,
    },
    /// Send nothing more and claim no slot, at once and for every process on this store, until `resume`. The
    /// catch-up of each schedule decides whether slots that pass meanwhile are made up
    Pause {
        /// Pause everything; required, so that nobody pauses by mistake
        #[arg(long, required = true)]
        all: bool,
        /// The reason, shown by `status`
        #[arg(long, value_name = "TEXT", default_value = "")]
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
    /// What became of each mail
    #[command(subcommand)]
    Deliveries(Deliveries),
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
    /// variable, the default), as TOML that reads as the same config. Secrets are masked. Exit 1 if the config has a
    /// problem
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

/// `mail …`
#[derive(Debug, Subcommand)]
pub enum MailCommand {
    /// Send a short mail and report each step
    Test {
        /// The recipient
        address: String,
        /// The relay to use: the NAME of its table `mail.relays.NAME`, or `first` for the one of `mail` itself
        #[arg(long, value_name = "NAME")]
        relay: Option<String>,
    },
    /// Print the DNS records with which others check the signatures of mails, as lines of a zone file
    Dkim,
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
        calendar: String,
        /// The year [default: this one and the next]
        #[arg(value_parser = clap::value_parser!(i32).range(1990..=2100))]
        year: Option<i32>,
    },
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
        #[arg(long, value_name = "MARK", value_parser = decimal_mark, conflicts_with = "shipped")]
        decimal: Option<DecimalMark>,
    },
    /// List all series with their latest value
    List,
    /// Show one series with all values, vintages and sources, also withdrawn ones
    Show {
        /// The series' id
        series: String,
    },
    /// Show where a series is used: in which lines and languages of which briefs' templates, and in which of the newest
    /// 100 editions
    Uses {
        /// The series' id
        series: String,
    },
    /// Withdraw a wrong observation: it counts for nothing that is built from now on. Nothing is deleted, and editions that
    /// were made keep it. A corrected value is imported as a vintage of its own, or with --again under the same one
    Withdraw {
        /// The series' id
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

/// `subscribers …`
#[derive(Debug, Subcommand)]
pub enum Subscribers {
    /// Subscribe an address
    Add {
        /// The address
        address: String,
        /// The language of the mails
        #[arg(long, value_name = "L", value_parser = language)]
        language: Language,
        /// The brief [default: the only one]
        #[arg(long, value_name = "BRIEF", add = candidates::briefs())]
        brief: Option<String>,
        /// The reader has left and asks for it again
        #[arg(long, requires = "reason")]
        again: bool,
        /// Why they are subscribed again, such as `wrote on 3 May`; it is recorded
        #[arg(long, value_name = "TEXT", requires = "again", value_parser = NonEmptyStringValueParser::new())]
        reason: Option<String>,
    },
    /// Subscribe the people in a CSV file, all or none: with columns for address, language and, if there are several briefs,
    /// brief. Separators (`,`, `;`, tab), names of columns (`E-Mail`, `Sprache`, `邮箱`) and languages (`deutsch`, `中文`)
    /// are understood as spreadsheets write them; further columns are left out. Who has left stays away
    Import {
        /// The file, in UTF-8; `-` is standard input
        file: PathBuf,
        /// The brief of rows that name none [default: the only one]
        #[arg(long, value_name = "BRIEF", add = candidates::briefs())]
        brief: Option<String>,
        /// The language of rows that name none
        #[arg(long, value_name = "L", value_parser = language)]
        language: Option<Language>,
        /// Only print what would change
        #[arg(long)]
        dry_run: bool,
        /// Import the rows without a mistake, and write the others into this new file, each with the reason
        #[arg(long, value_name = "REJECTS.csv")]
        skip_bad: Option<PathBuf>,
        /// Subscribe readers who have left, too: they ask for it again
        #[arg(long, requires = "reason")]
        again: bool,
        /// Why they are subscribed again; it is recorded
        #[arg(long, value_name = "TEXT", requires = "again", value_parser = NonEmptyStringValueParser::new())]
        reason: Option<String>,
    },
    /// List subscriptions
    List {
        /// Only those to this brief
        #[arg(long, value_name = "BRIEF", add = candidates::briefs())]
        brief: Option<String>,
        /// Only those in this state: active, ended
        #[arg(long, value_name = "S", value_parser = subscription_state)]
        state: Option<SubscriptionState>,
        /// Only those in this language
        #[arg(long, value_name = "L", value_parser = language)]
        language: Option<Language>,
    },
    /// End the subscriptions of an address. It stays away: no import subscribes it again
    #[command(group = clap::ArgGroup::new("who").required(true))]
    Remove {
        /// The address
        #[arg(group = "who")]
        address: Option<String>,
        /// The reader of the mail with this token: the one in the subject of the mail with which they ask to leave
        #[arg(long, value_name = "TOKEN", group = "who")]
        token: Option<String>,
        /// All addresses in this file, or none: one a line, or CSV with a column of addresses; `-` is standard input
        #[arg(long, value_name = "FILE", group = "who")]
        file: Option<PathBuf>,
        /// Only from this brief [default: from all, those to come included]
        #[arg(long, value_name = "BRIEF", add = candidates::briefs())]
        brief: Option<String>,
        /// Why; it is recorded
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
}

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

/// `editions …`
#[derive(Debug, Subcommand)]
pub enum Editions {
    /// List the newest editions
    List {
        /// Only those of this brief
        #[arg(long, value_name = "BRIEF", add = candidates::briefs())]
        brief: Option<String>,
        /// Only those in this state: making, held, failed, released, stopped
        #[arg(long, value_name = "S", value_parser = edition_state)]
        state: Option<EditionState>,
        /// Maximum number of editions
        #[arg(long, value_name = "N", default_value = "50", value_parser = count)]
        last: NonZeroUsize,
    },
    /// Show one edition: how far its mails have come, and why some did not go
    Show {
        /// The edition
        #[arg(value_name = "BRIEF/N", add = candidates::editions())]
        edition: EditionName,
    },
    /// Write what the readers of an edition got, and the figures that it was made from, into a folder: each PDF, each mail's
    /// text and HTML, the frozen figures as JSON, and a manifest with the SHA-256 of each file. No reader's address is in it
    Export {
        /// The edition
        #[arg(value_name = "BRIEF/N")]
        edition: EditionName,
        /// A folder that is new or empty
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Send an edition's refused or unknown mails again, with the same Message-ID, but not to readers who have left
    Resend {
        /// The edition
        #[arg(value_name = "BRIEF/N", add = candidates::editions())]
        edition: EditionName,
        /// Those that were refused for good, or those that may have arrived; then a reader may get the mail twice
        #[arg(long, value_name = "STATE")]
        only: ResendOnly,
        /// Only print how many
        #[arg(long)]
        dry_run: bool,
    },
    /// Go on with an edition that is paused because the mail server refused us, and with the domains that did
    Resume {
        /// The edition
        #[arg(value_name = "BRIEF/N", add = candidates::editions())]
        edition: EditionName,
        /// Only with mails to this domain, which refused us
        #[arg(long, value_name = "DOMAIN")]
        domain: Option<String>,
    },
}

/// Which mails are sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ResendOnly {
    /// Refused for good
    Failed,
    /// Nobody knows whether they arrived
    Unknown,
}

impl From<ResendOnly> for State {
    fn from(only: ResendOnly) -> State {
        match only {
            ResendOnly::Failed => State::Failed,
            ResendOnly::Unknown => State::Unknown,
        }
    }
}

/// `deliveries …`
#[derive(Debug, Subcommand)]
pub enum Deliveries {
    /// List mails with their state and the server's last reply
    List {
        /// Only those of this edition
        #[arg(long, value_name = "BRIEF/N", add = candidates::editions())]
        edition: Option<EditionName>,
        /// Only those in this state: pending, claimed, dot_written, sent, deferred, failed, unknown, cancelled, expired
        #[arg(long, value_name = "S", value_parser = state)]
        state: Option<State>,
        /// Only those of this brief
        #[arg(long, value_name = "BRIEF", conflicts_with = "edition", add = candidates::briefs())]
        brief: Option<String>,
        /// Only those to this address
        #[arg(long, value_name = "ADDRESS")]
        address: Option<String>,
        /// Only the newest, at most so many
        #[arg(long, value_name = "N", value_parser = count)]
        last: Option<NonZeroUsize>,
    },
    /// Show all that is known of one mail
    Show {
        /// Its number, as `deliveries list` shows it
        #[arg(value_parser = mail_id)]
        id: MailId,
    },
    /// Record what became of unknown mails, after asking the other side
    #[command(group = clap::ArgGroup::new("what").required(true))]
    Settle {
        /// Their numbers, as `deliveries list` shows them
        #[arg(required_unless_present = "edition", value_name = "ID", value_parser = mail_id)]
        ids: Vec<MailId>,
        /// All unknown mails of this edition. Without --yes they are only counted
        #[arg(long, value_name = "BRIEF/N", conflicts_with = "ids")]
        edition: Option<EditionName>,
        /// Do it
        #[arg(long, requires = "edition")]
        yes: bool,
        /// They arrived
        #[arg(long, group = "what")]
        sent: bool,
        /// They did not arrive: they are sent again, with the same Message-ID
        #[arg(long, group = "what")]
        not_sent: bool,
    },
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
    /// Begin a new store where one was and is lost; what is left of it is kept
    New,
    /// Migrate the database to this version's schema
    Migrate,
}

/// `tokens …`
#[derive(Debug, Subcommand)]
pub enum TokensCommand {
    /// List the keys: which one signs, and which are accepted
    List,
    /// Make a new key, which signs from now on. Mails that are sent already stay good: their key is accepted until it is
    /// retired
    Rotate,
    /// Accept the tokens of a key no longer, for ever: who clicks a link of its mails is led to the form for their address
    Retire {
        /// The key's id
        #[arg(value_name = "KEY")]
        id: KeyId,
    },
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE, such as store.url=sqlite:/tmp/try.db".to_owned()),
    }
}

fn language(text: &str) -> Result<Language, String> {
    text.parse().map_err(|error: crate::base::language::UnknownLanguage| error.to_string())
}

fn subscription_state(text: &str) -> Result<SubscriptionState, String> {
    text.parse().map_err(|error: crate::base::word_enum::UnknownWord| error.to_string())
}

fn edition_state(text: &str) -> Result<EditionState, String> {
    text.parse().map_err(|error: crate::base::word_enum::UnknownWord| error.to_string())
}

fn decimal_mark(text: &str) -> Result<DecimalMark, String> {
    text.parse().map_err(|error: crate::base::word_enum::UnknownWord| error.to_string())
}

fn vintage(text: &str) -> Result<Published, String> {
    if text == Published::UNKNOWN {
        return Ok(Published::Unknown);
    }
    let known = Published::parse(text).filter(|published| *published != Published::Unknown);
    known.ok_or_else(|| format!("write 2025-01-14, 2025-01 or {}", Published::UNKNOWN))
}

fn state(text: &str) -> Result<State, String> {
    text.parse().map_err(|error: crate::base::word_enum::UnknownWord| error.to_string())
}

fn count(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "write a whole number from 1".to_owned())
}

fn mail_id(text: &str) -> Result<MailId, String> {
    text.parse().map_err(|_| "write the number of a mail, as `deliveries list` shows it".to_owned())
}

fn day(text: &str) -> Result<NaiveDate, String> {
    let is_full = text.len() == 10;
    let day = is_full.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten();
    day.ok_or_else(|| "write a day as YEAR-MONTH-DAY, such as 2026-12-07".to_owned())
}

/// A name that fits a line of the log and of the ledger.
fn actor_name(text: &str) -> Result<String, String> {
    let name = text.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err("write a name in one line, such as anna".to_owned());
    }
    Ok(name.to_owned())
}

fn zone(text: &str) -> Result<Tz, String> {
    text.parse().map_err(|_| "write the IANA name of a place, such as Asia/Shanghai".to_owned())
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
