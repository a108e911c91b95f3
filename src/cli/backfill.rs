//! `backfill`: lists the slots and, with `--yes`, has them built or sent.

use std::process::ExitCode;

use super::{context::Context, send::see_through, serve};
use crate::actions::{
    Installation,
    backfill::{self, BackfillRange, MadeUp, NotMadeUp, PastSlot},
};

pub(super) async fn run(context: &Context, range: &BackfillRange, yes: bool, send: bool) -> anyhow::Result<ExitCode> {
    if send {
        serve::logs(context.global.format, "warn");
    }
    let installation = context.installation()?;
    let slots = backfill::slots(&installation, range).await?;
    context.output.table(&["SLOT (UTC)", "LOCAL TIME", "SCHEDULE", "LEDGER", "BACKFILL"], &slots, |row| {
        vec![
            row.slot_utc.format("%F %T").to_string(),
            row.local.clone(),
            row.schedule.to_string(),
            row.ledger.map_or_else(|| "nothing".to_owned(), |outcome| outcome.to_string()),
            row.why.clone(),
        ]
    })?;
    if !slots.iter().any(|slot| slot.wanted) {
        context.output.say("Nothing is to be made up.")?;
        return Ok(ExitCode::SUCCESS);
    }
    match (yes, send) {
        (false, _) => {
            context.output.say("Nothing was made. --yes builds drafts of these; --yes --send makes and sends them.")?;
            Ok(ExitCode::SUCCESS)
        }
        (true, false) => build_drafts(context, &installation, &range.brief, &slots).await,
        (true, true) => make_and_send(context, &installation, &range.brief, &slots).await,
    }
}

async fn build_drafts(
    context: &Context,
    installation: &Installation,
    brief: &str,
    slots: &[PastSlot],
) -> anyhow::Result<ExitCode> {
    let output = context.output;
    backfill::build_drafts(installation, brief, slots, |pdf| {
        output.result(pdf, || format!("{}  {} pages", pdf.path, pdf.pages))
    })
    .await?;
    output.say("These are drafts: nothing was recorded, nothing sent.")?;
    Ok(ExitCode::SUCCESS)
}

async fn make_and_send(
    context: &Context,
    installation: &Installation,
    brief: &str,
    slots: &[PastSlot],
) -> anyhow::Result<ExitCode> {
    let (output, mut all_made) = (context.output, true);
    let MadeUp { released, sender } =
        backfill::send(installation, &context.actor(), brief, slots, |problem| match problem {
            NotMadeUp::Elsewhere(local) => output.say(format!("{local}: another command makes it up")),
            NotMadeUp::Held { edition, problems } => {
                all_made = false;
                output.problems(&problems);
                output.say(format!("{edition} is held: nothing was sent"))
            }
        })
        .await?;
    let all_sent = see_through(context, installation, sender, &released).await?;
    Ok(if all_made && all_sent { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
