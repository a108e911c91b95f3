//! `editions resend`: a person has an edition's refused or unknown mails sent again.

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use serde::Serialize;

use super::{arguments::Only, context::Context, output::counted};
use crate::{
    base::{
        ids::EditionName,
        problem::{Problem, Problems},
    },
    delivery::rules::State,
    store::{EditionState, Resend},
};

#[derive(Serialize)]
struct Told {
    edition: EditionName,
    only: State,
    /// Mails that wait to be sent again, or would
    again: u64,
    /// Their reader left or the address is suppressed
    left_out: u64,
    dry_run: bool,
}

pub(super) async fn run(
    context: &Context,
    edition: &EditionName,
    only: Only,
    dry_run: bool,
) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let store = context.needed_store(&config).await?;
    let edition = context.edition(&store, edition).await?;
    let name = edition.name();
    match edition.state {
        EditionState::Released => {}
        EditionState::Stopped => {
            let problem = Problem::error(format!("{name} was stopped: none of its mails is sent again"));
            let hint = format!("`greenbrief send {}` makes and sends a new edition", edition.brief);
            return Err(Problems::from(problem.hint(hint)).into());
        }
        state => return Err(Problems::from(Problem::error(format!("{name} is {state}: it has no mails"))).into()),
    }
    let give_up_after = context.brief(&config, &edition.brief)?.give_up_after;
    let (only, by, now) = (State::from(only), context.actor(), context.now());
    let resend = |dry_run| Resend { edition: &edition, only, by: &by, now, give_up_at: now + give_up_after, dry_run };
    let output = context.output;
    let asked = io::stdin().is_terminal() && io::stdout().is_terminal() && !output.is_json();
    if asked && !dry_run {
        let would = store.resend(&resend(true)).await?;
        if would.again > 0 && !yes(&format!("Send {} of {name} again?{}", counted(would.again, "mail"), doubt(only)))? {
            output.say("Nothing was changed.")?;
            return Ok(ExitCode::FAILURE);
        }
    }
    let done = store.resend(&resend(dry_run)).await?;
    let told = Told { edition: name, only, again: done.again, left_out: done.left_out, dry_run };
    output.result(&told, || text(&told))?;
    if edition.paused.is_some() && !dry_run {
        output.say(format!("{0} is paused: `greenbrief editions resume {0}` lets them go.", told.edition))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn text(told: &Told) -> String {
    let mails = counted(told.again, "mail");
    let mut line = match (told.again, told.dry_run) {
        (0, _) => format!("no {} mail of {} is to be sent again", told.only, told.edition),
        (_, true) => format!("{mails} of {} would be sent again{}", told.edition, doubt(told.only)),
        (1, false) => format!("{mails} of {} waits to be sent again{}", told.edition, doubt(told.only)),
        (_, false) => format!("{mails} of {} wait to be sent again{}", told.edition, doubt(told.only)),
    };
    if told.left_out > 0 {
        line += &format!(
            "\n{} left out: the reader has left, or the address is suppressed",
            counted(told.left_out, "mail")
        );
    }
    if told.dry_run {
        line += "\nNothing was changed.";
    }
    line
}

/// What a person must know of mails that may have arrived.
fn doubt(only: State) -> &'static str {
    if only == State::Unknown { " (whoever has got it already gets it twice)" } else { "" }
}

/// Asks on the terminal.
fn yes(question: &str) -> io::Result<bool> {
    print!("{question} [y/N] ");
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
