//! `editions share`.

use super::{context::Context, ending::Ending};
use crate::{
    actions::edition_share,
    base::{ids::EditionName, plural::counted},
};

/// Makes a link.
pub(super) async fn share(context: &Context, edition: &EditionName, days: u16) -> anyhow::Result<Ending> {
    let done = edition_share::share(&context.installation()?, &context.actor(), edition, days).await?;
    context.output.result(&done, || {
        format!(
            "{}\nshows the draft of {} to everybody who has this link, until {}",
            done.url,
            done.edition,
            done.ends.format("%F %T UTC")
        )
    })?;
    Ok(Ending::Done)
}

/// Ends all links.
pub(super) async fn end(context: &Context, edition: &EditionName) -> anyhow::Result<Ending> {
    let done = edition_share::end(&context.installation()?, &context.actor(), edition).await?;
    let count = usize::try_from(done.ended).unwrap_or(usize::MAX);
    context.output.result(&done, || match done.ended {
        0 => format!("no link to a draft of {} is good", done.edition),
        _ => format!("{} to the draft of {} ended", counted(count, "link"), done.edition),
    })?;
    Ok(Ending::Done)
}
