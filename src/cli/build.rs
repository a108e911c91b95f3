//! `build`: writes the PDFs and tells each.

use super::{context::Context, ending::Ending};
use crate::{
    actions::{
        build::{BuildRequest, build},
        given_knowledge::GivenKnowledge,
        given_time::GivenTime,
    },
    base::plural::counted,
};

pub(super) async fn run(
    context: &Context,
    mut request: BuildRequest,
    at: Option<GivenTime>,
    as_known: Option<GivenKnowledge>,
) -> anyhow::Result<Ending> {
    let installation = context.installation()?;
    let zone = installation.timezone(Some(&request.brief), None)?;
    let mut slot = None;
    if let Some(given) = as_known {
        (request.known, slot) = installation.known(&given, zone).await?;
    } else if let Some(at) = at {
        request.known = installation.known_at(at, zone).await?;
    }
    request.at = match (at, slot) {
        (None, Some(slot)) => Some(slot),
        (at, _) => Some(installation.time_for(&request.brief, at)?),
    };
    let (pdfs, warnings) = build(&installation, &request).await?;
    context.output.problems(&warnings);
    for pdf in pdfs {
        context.output.result(&pdf, || {
            format!(
                "{}  {}  {} kB  sha256 {}",
                pdf.path,
                counted(pdf.pages, "page"),
                pdf.bytes.div_ceil(1000),
                pdf.sha256
            )
        })?;
    }
    Ok(Ending::Done)
}
