//! `editions release` and `discard`: what a person decides about an edition that its gate held.

use super::{context::Context, ending::Ending, send::see_through, serve};
use crate::{
    actions::{
        held_edition::{self, ApprovedEdition, HeldOutcome},
        send::Released,
    },
    base::{ids::EditionName, problem::Problems},
};

/// `editions release`.
pub(super) async fn release(context: &Context, edition: &EditionName, reason: &str) -> anyhow::Result<Ending> {
    serve::logs(context.global.format, "warn");
    let installation = context.installation()?;
    let done = held_edition::release(&installation, &context.actor(), edition, reason).await?;
    let (edition, deliveries, sender) = match done {
        HeldOutcome::Released { edition, deliveries, sender } => (*edition, deliveries, sender),
        HeldOutcome::Approved(approved) => {
            context.output.result(&approved, || waits(&approved))?;
            return Ok(Ending::Done);
        }
    };
    let released = Released { edition, deliveries, warnings: Problems::new() };
    let all_sent = see_through(context, &installation, sender, &[released]).await?;
    Ok(if all_sent { Ending::Done } else { Ending::Attention })
}

fn waits(approved: &ApprovedEdition) -> String {
    let ApprovedEdition { edition, approvals, needed } = approved;
    let by: Vec<&str> = approvals.iter().map(|approval| approval.by.as_str()).collect();
    format!(
        "{edition} is approved by {} of {needed} people ({}): it goes out once another one releases it",
        approvals.len(),
        by.join(", ")
    )
}

/// `editions discard`.
pub(super) async fn discard(context: &Context, edition: &EditionName, reason: &str) -> anyhow::Result<Ending> {
    let done = held_edition::discard(&context.installation()?, &context.actor(), edition, reason).await?;
    context.output.result(&done, || {
        format!("{} is discarded: nothing of it is sent, and its number stays ({})", done.edition, done.why)
    })?;
    Ok(Ending::Done)
}
