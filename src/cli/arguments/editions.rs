//! The arguments of `editions` and `deliveries`: what became of each edition and of each mail.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{Subcommand, ValueEnum};

use super::values::{address, count, edition_state, in_language, mail_id, state};
use crate::{
    base::{
        ids::{EditionName, MailId},
        language::Language,
        reason::reason,
    },
    cli::candidates,
    delivery::rules::State,
    store::EditionState,
};

/// `editions …`
#[derive(Debug, Subcommand)]
pub enum Editions {
    /// List the newest editions
    List {
        /// Only those of this brief
        #[arg(long, value_name = "BRIEF", add = candidates::briefs())]
        brief: Option<String>,
        /// Only those in this state: making, held, failed, released, discarded, stopped
        #[arg(long, value_name = "S", value_parser = edition_state(), hide_possible_values = true)]
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
        #[arg(value_name = "BRIEF/N", add = candidates::editions())]
        edition: EditionName,
        /// A folder that is new or empty
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Show what differs between two editions: the figures that they were frozen with (new, revised, gone), template, config
    /// and program
    Diff {
        /// The edition to begin with
        #[arg(value_name = "BRIEF/N", add = candidates::editions())]
        before: EditionName,
        /// The other edition
        #[arg(value_name = "BRIEF/M", add = candidates::editions())]
        after: EditionName,
    },
    /// Make an edition again from what was kept of it (figures, template, what surrounds them), and compare: each PDF byte by
    /// byte with the one that its readers got or, if another version of the program made that, text and figures. Exit 1 if
    /// something differs that may not
    Rebuild {
        /// The edition
        #[arg(value_name = "BRIEF/N", add = candidates::editions())]
        edition: EditionName,
        /// A folder for the PDFs that are made
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Make and send an edition that supersedes another, of the figures that are known now: it says so on its first page and in
    /// the subject, with the reason, and goes to those to whom the other was sent, or may have been, and who have not left since
    Correct {
        /// The edition that is superseded
        #[arg(value_name = "BRIEF/N", add = candidates::editions())]
        edition: EditionName,
        /// The reason, which readers are told
        #[arg(long, value_name = "TEXT", value_parser = reason)]
        reason: String,
        /// The reason in the words of a language, such as de="Ein falscher Wert"
        #[arg(long, value_name = "LANGUAGE=TEXT", value_parser = in_language)]
        reason_in: Vec<(Language, String)>,
        /// Only print what would be sent, and to how many
        #[arg(long)]
        dry_run: bool,
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
    /// Take an edition that went out from the public archive: its addresses say that it was withdrawn, feeds leave it out, and
    /// nobody who joins gets it. Mails that still wait go out: `stop` keeps those back
    #[command(group = clap::ArgGroup::new("wish").required(true))]
    Withdraw {
        /// The edition
        #[arg(value_name = "BRIEF/N", add = candidates::editions())]
        edition: EditionName,
        /// The reason, which is kept; readers are not told
        #[arg(long, value_name = "TEXT", value_parser = reason, group = "wish")]
        reason: Option<String>,
        /// Show it again
        #[arg(long, group = "wish")]
        undo: bool,
    },
    /// Release an edition that its gate held, as it is: with the figures, PDFs and texts that it was held with, to those who are
    /// subscribed now. Who, when and why are kept
    Release {
        /// The edition
        #[arg(value_name = "BRIEF/N", add = candidates::editions())]
        edition: EditionName,
        /// The reason, which is kept
        #[arg(long, value_name = "TEXT", value_parser = reason)]
        reason: String,
    },
    /// Discard an edition that its gate held: nothing of it is ever sent, and its number stays. Who, when and why are kept
    Discard {
        /// The edition
        #[arg(value_name = "BRIEF/N", add = candidates::editions())]
        edition: EditionName,
        /// The reason, which is kept
        #[arg(long, value_name = "TEXT", value_parser = reason)]
        reason: String,
    },
    /// Make a link to the draft of an edition that its gate holds, for people who are to read it and have no account here: its
    /// pages, text and data, on the public pages. It ends by itself, and with the draft
    Share {
        /// The edition
        #[arg(value_name = "BRIEF/N", add = candidates::editions())]
        edition: EditionName,
        /// For how many days the link is good
        #[arg(long, value_name = "DAYS", default_value = "7", value_parser = clap::value_parser!(u16).range(1..=90))]
        days: u16,
        /// End all links to this draft instead
        #[arg(long, conflicts_with = "days")]
        end: bool,
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
        #[arg(long, value_name = "S", value_parser = state(), hide_possible_values = true)]
        state: Option<State>,
        /// Only those of this brief
        #[arg(long, value_name = "BRIEF", conflicts_with = "edition", add = candidates::briefs())]
        brief: Option<String>,
        /// Only those to this address
        #[arg(long, value_name = "ADDRESS", value_parser = address)]
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
        #[arg(long, value_name = "BRIEF/N", conflicts_with = "ids", add = candidates::editions())]
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
