//! `pause`, `resume` and `editions resume`: a person holds everything up, and lets it go on.

use std::process::ExitCode;

use serde::Serialize;

use super::{context::Context, output::counted, progress::after_the_dots};
use crate::{base::ids::EditionName, delivery::rules::State, store::Pause};

/// `pause --all`: nothing passes any more, for every process on this store.
pub(super) async fn pause(context: &Context, reason: &str) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let store = context.needed_store(&config).await?;
    let pause = Pause { by: context.actor(), since: context.now(), reason: reason.trim().to_owned() };
    let paused = store.pause(pause.clone()).await?;
    let left = if paused.at_the_dot > 0 { after_the_dots(&store, None).await?.of(State::DotWritten) } else { 0 };
    context.output.result(&paused, || {
        let mut lines = vec![if paused.pause == pause {
            "Sending and all schedules are paused; `greenbrief resume` ends that.".to_owned()
        } else {
            format!("Everything is {} already; that stays.", paused.pause)
        }];
        if paused.taken_back > 0 {
            lines.push(format!("{} on the way, not written yet, wait again.", counted(paused.taken_back, "mail")));
        }
        if paused.at_the_dot > 0 {
            let mails = counted(paused.at_the_dot, "mail");
            let then = match left {
                0 => "what it said is noted".to_owned(),
                left => format!("{left} of them wait for its answer, which is still noted"),
            };
            lines.push(format!("{mails} had been given to the server at that moment: {then}."));
        }
        lines.join("\n")
    })?;
    Ok(ExitCode::SUCCESS)
}

#[derive(Serialize)]
struct Resumed {
    /// Why sending waited; nothing if it did not
    waited: Option<String>,
}

/// `resume`: sending waited for a person, who says go on.
pub(super) async fn resume(context: &Context) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let store = context.needed_store(&config).await?;
    let was = store.resume().await?;
    let resumed = Resumed { waited: was.why() };
    context.output.result(&resumed, || match &resumed.waited {
        Some(why) if was.paused.is_some() => format!("mails are sent again, and schedules run (they waited: {why})"),
        Some(why) => format!("mails are sent again (they waited: {why})"),
        None => "nothing was waiting".to_owned(),
    })?;
    Ok(ExitCode::SUCCESS)
}

#[derive(Serialize)]
struct EditionResumed {
    edition: EditionName,
    /// Why it was paused; nothing if it was not
    waited: Option<String>,
    /// Mails that were put aside meanwhile
    back: u64,
}

/// `editions resume`.
pub(super) async fn edition(context: &Context, edition: &EditionName) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let store = context.needed_store(&config).await?;
    let edition = context.edition(&store, edition).await?;
    let (was, back) = store.resume_edition(&edition, context.now()).await?;
    let name = edition.name();
    let resumed = EditionResumed { edition: name, waited: was.map(|pause| pause.why), back };
    context.output.result(&resumed, || match &resumed.waited {
        Some(why) => format!("{} is sent again (it waited: {why})", resumed.edition),
        None if back > 0 => {
            format!("{} is sent again: {} were still put aside", resumed.edition, counted(back, "mail"))
        }
        None => format!("{} was not paused", resumed.edition),
    })?;
    Ok(ExitCode::SUCCESS)
}
