//! `pause --all` and `resume`.

use super::{context::Context, ending::Ending};
use crate::{
    actions::pause::{self, PausedAll},
    base::plural::counted,
};

/// `pause --all`.
pub(super) async fn pause(context: &Context, reason: &str) -> anyhow::Result<Ending> {
    let done = pause::pause_all(&context.installation()?, &context.actor(), reason).await?;
    context.output.result(&done, || text(&done))?;
    Ok(Ending::Done)
}

fn text(PausedAll { paused, was_paused, unanswered }: &PausedAll) -> String {
    let mut lines = vec![if *was_paused {
        format!("Everything is {} already; nothing changes.", paused.pause)
    } else {
        "Sending and all schedules are paused; `greenbrief resume` ends that.".to_owned()
    }];
    if paused.taken_back > 0 {
        lines.push(format!("{} on the way, not written yet, wait again.", counted(paused.taken_back, "mail")));
    }
    if paused.at_the_dot > 0 {
        let mails = counted(paused.at_the_dot, "mail");
        let then = match unanswered {
            0 => "its answers are recorded".to_owned(),
            unanswered => format!("{unanswered} of them wait for its answer, which is still recorded"),
        };
        lines.push(format!("{mails} had been given to the server at that moment: {then}."));
    }
    lines.join("\n")
}

/// `resume`.
pub(super) async fn resume(context: &Context) -> anyhow::Result<Ending> {
    let resumed = pause::resume_all(&context.installation()?, &context.actor()).await?;
    context.output.result(&resumed, || match &resumed.waited {
        Some(why) if resumed.schedules_waited => {
            format!("mails are sent again, and schedules run (they waited: {why})")
        }
        Some(why) => format!("mails are sent again (they waited: {why})"),
        None => "nothing was waiting".to_owned(),
    })?;
    Ok(Ending::Done)
}
