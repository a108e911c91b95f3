//! The text of the mail that operators get when an edition is over. Pure.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use super::reasons::ReasonGroup;
use crate::{
    base::{ids::EditionName, plural::counted},
    delivery::rules::State,
    store::{Edition, EditionState, Tally},
};

/// The states whose mails are listed by reason.
pub(super) const EXPLAINED: [State; 4] = [State::Failed, State::Unknown, State::Deferred, State::Expired];
/// Maximum number of addresses named for each reason.
pub(super) const ADDRESSES: usize = 20;
/// Maximum number of reasons listed, so that a server with a new reason each time does not make the mail endless.
const REASONS: usize = 30;

/// The report on an edition that is over.
pub(super) struct EditionReport<'a> {
    pub edition: &'a Edition,
    pub tally: &'a Tally,
    /// When the last of its mails was sent, refused or given up
    pub ended: Option<DateTime<Utc>>,
    pub refused: Vec<ReasonGroup>,
    /// The folder into which mails are written, if no server sends them
    pub folder: Option<&'a Path>,
}

impl EditionReport<'_> {
    /// `green-economy/12: 1,200 of 1,204 sent`
    pub fn subject(&self) -> String {
        let sent = self.tally.of(State::Sent);
        let name = self.name();
        match (self.edition.state, sent == self.tally.all()) {
            (EditionState::Stopped, _) => format!("{name} was stopped: {sent} of {} sent", self.tally.all()),
            (_, true) => format!("{name}: all {sent} sent"),
            (_, false) => format!("{name}: {sent} of {} sent", self.tally.all()),
        }
    }

    fn name(&self) -> EditionName {
        self.edition.name()
    }

    pub fn text(&self) -> String {
        let mut text = format!("{} is over.\n\n", self.name());
        let sent = match self.folder {
            Some(folder) => format!("sent: written into the folder {}", folder.display()),
            None => "sent: the server took them".to_owned(),
        };
        let counts = [
            (State::Sent, sent.as_str()),
            (State::Failed, "failed: refused for good"),
            (State::Unknown, "unknown: they may have gone out or not, nobody can say"),
            (State::Expired, "expired: not sent in the time in which it was worth it"),
            (State::Cancelled, "cancelled: the reader left, the address is suppressed, or the edition was stopped"),
            (State::Deferred, "deferred: refused for now, and their time is over"),
        ];
        let mut told = 0;
        for (state, what) in counts {
            let count = self.tally.of(state);
            told += count;
            if count > 0 || state == State::Sent {
                text += &format!("{count:>9}  {what}\n");
            }
        }
        let rest = self.tally.all() - told;
        if rest > 0 {
            text += &format!("{rest:>9}  waiting still, although their time is over\n");
        }
        text += &format!("{:>9}  in all\n", self.tally.all());
        if let (Some(released), Some(ended)) = (self.edition.released, self.ended) {
            let took = took(ended - released);
            text += &format!("\nReleased {}, the last mail {took} later.\n", released.format("%F %T UTC"));
        }
        if !self.edition.reason.is_empty() {
            text += &format!("{}: {}.\n", self.edition.state, self.edition.reason);
        }
        if let Some(pause) = &self.edition.paused {
            text += &format!("Paused since {}: {}\n", pause.since.format("%F %T UTC"), pause.why);
        }
        for group in self.refused.iter().take(REASONS) {
            text += &format!("\n{} {}: {}\n  the first: {}\n", group.count, group.state, group.reason, group.example);
            for address in &group.addresses {
                text += &format!("  {address}\n");
            }
            let more = group.count.saturating_sub(u64::try_from(group.addresses.len()).unwrap_or(0));
            if more > 0 {
                text += &format!("  and {more} more\n");
            }
        }
        if self.refused.len() > REASONS {
            text += &format!("\nand {} besides\n", counted(self.refused.len() - REASONS, "reason"));
        }
        text + &self.advice()
    }

    /// Returns what the operators should do, and with which command.
    fn advice(&self) -> String {
        let (name, mut lines) = (self.name(), Vec::new());
        if self.tally.of(State::Unknown) > 0 {
            lines.push(format!(
                "Ask the mail server's log about those that are unknown, and say what you found:\n\
                 \x20 greenbrief deliveries list --edition {name} --state unknown\n\
                 \x20 greenbrief deliveries settle ID --sent (or --not-sent)"
            ));
        }
        if self.tally.of(State::Failed) > 0 {
            lines.push(format!(
                "If those that failed were not to blame, such as for a wrong setting of the mail server, send them again:\n\
                 \x20 greenbrief editions resend {name} --only failed"
            ));
        }
        if lines.is_empty() { "\nNothing is left to do.\n".to_owned() } else { format!("\n{}\n", lines.join("\n\n")) }
    }
}

/// `2 h 5 min`, `40 s`.
fn took(length: TimeDelta) -> String {
    match length.num_seconds().max(0) {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}
