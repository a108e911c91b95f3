//! `editions resend`: asks on a terminal before mails are sent again.

use std::io::{self, IsTerminal, Write};

use super::{arguments::ResendOnly, context::Context, ending::Ending};
use crate::{
    actions::editions::{self, Resent},
    base::{ids::EditionName, plural::counted},
    delivery::rules::State,
};

pub(super) async fn run(
    context: &Context,
    edition: &EditionName,
    only: ResendOnly,
    dry_run: bool,
) -> anyhow::Result<Ending> {
    let (installation, actor, only) = (context.installation()?, context.actor(), State::from(only));
    let output = context.output;
    let on_terminal = io::stdin().is_terminal() && io::stdout().is_terminal() && !output.is_json();
    if on_terminal && !dry_run {
        let would = editions::resend(&installation, &actor, edition, only, true).await?;
        let mails = counted(would.again, "mail");
        if would.again > 0 && !confirm(&format!("Send {mails} of {} again?{}", would.edition, warning(only)))? {
            output.say("Nothing was changed.")?;
            return Ok(Ending::Refused);
        }
    }
    let resent = editions::resend(&installation, &actor, edition, only, dry_run).await?;
    output.result(&resent, || text(&resent))?;
    if resent.is_paused && !dry_run {
        output.say(format!("{0} is paused: `greenbrief editions resume {0}` lets them go.", resent.edition))?;
    }
    Ok(Ending::Done)
}

fn text(resent: &Resent) -> String {
    let mails = counted(resent.again, "mail");
    let mut text = match (resent.again, resent.dry_run) {
        (0, _) => format!("no {} mail of {} is to be sent again", resent.only, resent.edition),
        (_, true) => format!("{mails} of {} would be sent again{}", resent.edition, warning(resent.only)),
        (1, false) => format!("{mails} of {} waits to be sent again{}", resent.edition, warning(resent.only)),
        (_, false) => format!("{mails} of {} wait to be sent again{}", resent.edition, warning(resent.only)),
    };
    if resent.left_out > 0 {
        text += &format!(
            "\n{} left out: the reader has left, or the address is suppressed",
            counted(resent.left_out, "mail")
        );
    }
    if resent.dry_run {
        text += "\nNothing was changed.";
    }
    text
}

/// What a person must know before sending mails again that may have arrived.
fn warning(only: State) -> &'static str {
    if only == State::Unknown { " (readers who already have it get it twice)" } else { "" }
}

pub(super) fn confirm(question: &str) -> io::Result<bool> {
    print!("{question} [y/N] ");
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
