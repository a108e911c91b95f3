//! `backfill`: lists the slots and, with `--yes`, has them built or sent.

use super::{
    context::Context,
    ending::Ending,
    send::{see_through, tell_held},
    serve,
};
use crate::{
    actions::{
        Installation,
        backfill::{self, BackfillRange, MadeUp, NotMadeUp, PastSlot},
    },
    base::plural::counted,
};

pub(super) async fn run(context: &Context, range: &BackfillRange, yes: bool, send: bool) -> anyhow::Result<Ending> {
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
        return Ok(Ending::Done);
    }
    match (yes, send) {
        (false, _) => {
            context.output.say("Nothing was made. --yes builds drafts of these; --yes --send makes and sends them.")?;
            Ok(Ending::Done)
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
) -> anyhow::Result<Ending> {
    let output = context.output;
    backfill::build_drafts(installation, brief, slots, |pdf| {
        output.result(pdf, || format!("{}  {}", pdf.path, counted(pdf.pages, "page")))
    })
    .await?;
    output.say("These are drafts: nothing was recorded, nothing sent.")?;
    Ok(Ending::Done)
}

async fn make_and_send(
    context: &Context,
    installation: &Installation,
    brief: &str,
    slots: &[PastSlot],
) -> anyhow::Result<Ending> {
    let (output, mut some_held) = (context.output, false);
    let MadeUp { released, sender } =
        backfill::send(installation, &context.actor(), brief, slots, |problem| match problem {
            NotMadeUp::Elsewhere(local) => output.say(format!("{local}: another command makes it up")),
            NotMadeUp::Held { edition, problems, is_made } => {
                some_held = true;
                tell_held(context, edition, problems, is_made)
            }
        })
        .await?;
    let all_sent = see_through(context, installation, sender, &released).await?;
    Ok(match (some_held, all_sent) {
        (true, _) => Ending::Held,
        (false, true) => Ending::Done,
        (false, false) => Ending::Attention,
    })
}
