//! The arguments of `subscribers` and `tokens`: who gets the brief, and how they leave.

use std::path::PathBuf;

use clap::Subcommand;

use super::values::{address, language, listed_state, needed_reason};
use crate::{
    actions::subscribers::ListedState,
    base::{language::Language, reason::reason},
    cli::candidates,
    people::tokens::KeyId,
};

/// `subscribers …`
#[derive(Debug, Subcommand)]
pub enum Subscribers {
    /// Subscribe an address
    #[command(
        override_usage = "greenbrief subscribers add [OPTIONS] <ADDRESS> --language <L> --consent <TEXT>\n       \
                                greenbrief subscribers add [OPTIONS] <ADDRESS> --language <L> --again --reason <TEXT>"
    )]
    Add {
        /// The address
        #[arg(value_parser = address)]
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
        #[arg(long, value_name = "TEXT", requires = "again", value_parser = needed_reason())]
        reason: Option<String>,
        /// Where their consent comes from, such as `form at the fair of 2026`; it is recorded. Needed, but with `--again`
        #[arg(long, value_name = "TEXT", value_parser = needed_reason())]
        consent: Option<String>,
    },
    /// Subscribe the people in a CSV file, all or none: with columns for address, language and, if there are several briefs,
    /// brief. Separators (`,`, `;`, tab), names of columns (`E-Mail`, `Sprache`, `邮箱`) and languages (`deutsch`, `中文`)
    /// are understood as spreadsheets write them; further columns are left out. Who has left stays away, and a language that
    /// the reader chose stays as it is
    Import {
        /// The file, in UTF-8; `-` is standard input
        file: PathBuf,
        /// The brief of rows that name none [default: the only one]
        #[arg(long, value_name = "BRIEF", add = candidates::briefs())]
        brief: Option<String>,
        /// The language of rows that name none
        #[arg(long, value_name = "L", value_parser = language)]
        language: Option<Language>,
        /// Only print what would change, and whose language
        #[arg(long)]
        dry_run: bool,
        /// Import the rows without a mistake, and write the others into this new file, each with the reason
        #[arg(long, value_name = "REJECTS.csv")]
        skip_bad: Option<PathBuf>,
        /// Subscribe readers who have left, too: they ask for it again
        #[arg(long, requires = "reason")]
        again: bool,
        /// Why they are subscribed again; it is recorded
        #[arg(long, value_name = "TEXT", requires = "again", value_parser = needed_reason())]
        reason: Option<String>,
        /// Where the consent of rows that say nothing comes from, such as `form at the fair of 2026`; it is recorded. A column
        /// `consent` says it row by row
        #[arg(long, value_name = "TEXT", value_parser = needed_reason())]
        consent: Option<String>,
    },
    /// List subscriptions
    List {
        /// Only those to this brief
        #[arg(long, value_name = "BRIEF", add = candidates::briefs())]
        brief: Option<String>,
        /// Only those in this state: active; suppressed: subscribed, but nothing is mailed there; ended; or pending: who asked
        /// to join or to change the address, and has not confirmed
        #[arg(long, value_name = "S", value_parser = listed_state(), hide_possible_values = true)]
        state: Option<ListedState>,
        /// Only those in this language
        #[arg(long, value_name = "L", value_parser = language)]
        language: Option<Language>,
        /// The addresses to which nothing is mailed whatever they are subscribed to, since when and why
        #[arg(long, conflicts_with_all = ["brief", "state", "language"])]
        suppressed: bool,
    },
    /// End the subscriptions of an address, and what it asked for and has not confirmed. It stays away: no import subscribes it
    /// again
    #[command(group = clap::ArgGroup::new("who").required(true))]
    Remove {
        /// The address
        #[arg(group = "who")]
        #[arg(value_parser = address)]
        address: Option<String>,
        /// The reader of the mail with this token: the one in the subject of the mail with which they ask to leave, or in the
        /// link of the mail that they got; the whole subject or link will do. It ends the subscription that it names
        #[arg(long, value_name = "TOKEN", group = "who")]
        token: Option<String>,
        /// All addresses in this file, or none: one a line, or CSV with a column of addresses; `-` is standard input
        #[arg(long, value_name = "FILE", group = "who")]
        file: Option<PathBuf>,
        /// Only from this brief [default: from all, those to come included; by a token the one that it names]
        #[arg(long, value_name = "BRIEF", add = candidates::briefs())]
        brief: Option<String>,
        /// Record it, too, if the address is not subscribed: no import subscribes it then, as with `--file`
        #[arg(long, conflicts_with_all = ["token", "file"])]
        record: bool,
        /// Why; it is recorded
        #[arg(long, value_name = "TEXT", value_parser = reason, default_value = "")]
        reason: String,
    },
    /// Show all that is known of an address: subscriptions and their history, consent, what it left, mails
    Show {
        /// The address
        #[arg(value_parser = address)]
        address: String,
    },
    /// Print all that is known of an address as one JSON object, for the person whose address it is
    Export {
        /// The address
        #[arg(value_parser = address)]
        address: String,
    },
    /// Erase all that is known of an address and of its person's former ones: subscriptions, history, consent, mails, `.eml`
    /// files, mails in the maildir that is read. A hash by a secret key stays, so that no import brings it back
    Forget {
        /// The address
        #[arg(value_parser = address)]
        address: String,
        /// Do not ask. Needed where nobody can be asked: without a terminal
        #[arg(long)]
        yes: bool,
    },
    /// Mail nothing to an address any more, whatever subscription it has or gets
    Suppress {
        /// The address
        #[arg(value_parser = address)]
        address: String,
        /// Why; it is recorded
        #[arg(long, value_name = "TEXT", value_parser = needed_reason())]
        reason: String,
    },
    /// Mail to an address again that was suppressed: by an operator, since it bounced, or after a complaint. What has ended
    /// since stays ended
    Unsuppress {
        /// The address
        #[arg(value_parser = address)]
        address: String,
        /// Why; it is recorded
        #[arg(long, value_name = "TEXT", value_parser = needed_reason())]
        reason: String,
    },
}

/// `tokens …`
#[derive(Debug, Subcommand)]
pub enum TokensCommand {
    /// List the keys: which one signs, and which are accepted
    List,
    /// Make a new key, which signs from now on. Mails that are sent already stay good: their key is accepted until it is
    /// retired
    Rotate,
    /// Accept the tokens of a key no longer, for ever: a link of its mails ends nothing any more, and says how to leave by mail
    Retire {
        /// The key's id
        #[arg(value_name = "KEY")]
        id: KeyId,
    },
}
