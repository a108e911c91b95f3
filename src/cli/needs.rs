//! What each command needs of the config. A mistake in a part that a command does not need is told once, as a warning, and
//! the command goes on: above all, nothing that a person can write wrongly stops those that stop sending.

use super::arguments::{Command, ConfigCommand, Editions, Figures, RepliesCommand, SigningCommand, Subscribers};
use crate::config::Part;

/// Nothing is read.
const NOTHING: &[Part] = &[];
/// The store, wherever it is named.
const STORE: &[Part] = &[Part::Store];
/// The store, and which briefs there are.
const BRIEFS: &[Part] = &[Part::Store, Part::Paths, Part::Briefs];
/// The store, and the folder with the mails that are files.
const FILES: &[Part] = &[Part::Store, Part::Paths];
const CALENDARS: &[Part] = &[Part::Paths, Part::Calendars];
/// When editions are due.
const PLAN: &[Part] = &[Part::Paths, Part::Briefs, Part::Schedules, Part::Calendars];
/// When editions are due, and what became of earlier ones.
const SCHEDULES: &[Part] = &[Part::Store, Part::Paths, Part::Briefs, Part::Schedules, Part::Calendars];
/// What an edition is made from.
const EDITION: &[Part] = &[Part::Store, Part::Paths, Part::Settings, Part::Briefs, Part::Templates];
/// What editions of the slots of schedules are made from. Secrets are asked for when no daemon is there to send.
const ALL_BUT_SECRETS: &[Part] = Part::WITHOUT_SECRETS;
/// Our mailboxes and the operators.
const REPLIES: &[Part] = &[Part::Store, Part::Paths, Part::Settings];
/// The key that PDFs are signed with.
const SIGNING: &[Part] = &[Part::Paths, Part::Settings, Part::Secrets, Part::SecretAccess];
/// What mails are sent by.
const MAIL: &[Part] = &[Part::Store, Part::Paths, Part::Settings, Part::Secrets, Part::SecretAccess];
/// What mails are sent by, and what an edition is made from.
const TEST_EDITION: &[Part] =
    &[Part::Store, Part::Paths, Part::Settings, Part::Briefs, Part::Templates, Part::Secrets, Part::SecretAccess];

impl Command {
    /// The parts of the config that the command uses.
    pub(super) const fn needs(&self) -> &'static [Part] {
        match self {
            Command::Serve => Part::ALL,
            Command::Check => Part::CHECKABLE,
            Command::Demo { .. }
            | Command::Completions { .. }
            | Command::Signing(SigningCommand::New { .. })
            | Command::Verify { key: Some(_), .. }
            | Command::Man { .. }
            | Command::Config(ConfigCommand::Schema { .. }) => NOTHING,
            Command::Config(ConfigCommand::Show { .. }) | Command::Preview { .. } => ALL_BUT_SECRETS,
            Command::Subscribers(Subscribers::Add { .. } | Subscribers::Import { .. })
            | Command::Editions(Editions::Resend { .. }) => BRIEFS,
            Command::Editions(Editions::Correct { .. }) => EDITION,
            Command::Subscribers(Subscribers::Forget { .. }) => FILES,
            Command::Figures(Figures::Check { brief: Some(_), .. }) => EDITION,
            Command::Editions(Editions::Release { .. }) => ALL_BUT_SECRETS,
            Command::Status
            | Command::Stop { .. }
            | Command::Pause { .. }
            | Command::Resume
            | Command::Schedules(_)
            | Command::Figures(_)
            | Command::Subscribers(_)
            | Command::Editions(_)
            | Command::Deliveries(_)
            | Command::Replies(RepliesCommand::List { .. } | RepliesCommand::Show { .. })
            | Command::Store(_)
            | Command::Tokens(_) => STORE,
            Command::Calendar(_) => CALENDARS,
            Command::Plan { against: None, .. } => PLAN,
            Command::Plan { against: Some(_), .. } | Command::Backfill { yes: false, .. } => SCHEDULES,
            Command::Backfill { yes: true, .. } | Command::Rehearse { schedule: Some(_), .. } => ALL_BUT_SECRETS,
            Command::Build { .. } | Command::New { .. } | Command::Rehearse { schedule: None, .. } => EDITION,
            Command::Send { to, .. } => {
                if to.is_empty() {
                    EDITION
                } else {
                    TEST_EDITION
                }
            }
            Command::Replies(RepliesCommand::Read { .. }) => REPLIES,
            Command::Mail(_) => MAIL,
            Command::Signing(SigningCommand::Key) | Command::Verify { key: None, .. } => SIGNING,
        }
    }
}
