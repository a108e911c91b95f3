//! `editions correct`: an edition that supersedes another one, or what it would send.

use super::{context::Context, ending::Ending, send, serve};
use crate::actions::{
    edition_correct::{CorrectionPlan, CorrectionRequest, correct, dry_run},
    send::SendOutcome,
};

pub(super) async fn run(context: &Context, request: CorrectionRequest<'_>, is_dry_run: bool) -> anyhow::Result<Ending> {
    let installation = context.installation()?;
    if is_dry_run {
        let plan = dry_run(&installation, &context.actor(), request).await?;
        context.output.problems(&plan.warnings);
        context.output.result(&plan, || text(&plan))?;
        return Ok(Ending::Done);
    }
    serve::logs(context.global.format, "warn");
    match correct(&installation, &context.actor(), request).await? {
        SendOutcome::Released(released, sender) => {
            context.output.say(format!("{} supersedes {}", released.edition.name(), request.edition))?;
            let all_sent = send::see_through(context, &installation, sender, &[*released]).await?;
            Ok(if all_sent { Ending::Done } else { Ending::Attention })
        }
        SendOutcome::Held { edition, problems, is_made } => {
            send::tell_held(context, edition, problems, is_made)?;
            Ok(Ending::Held)
        }
    }
}

fn text(plan: &CorrectionPlan) -> String {
    let CorrectionPlan { supersedes, have_it, recipients, languages, .. } = plan;
    let mut lines =
        vec![format!("A correction of {supersedes} would go to {recipients} of the {have_it} readers who have it:")];
    for mail in languages {
        lines.push(format!(
            "{}  {} × {} pages, {} kB: {}",
            mail.language,
            mail.recipients,
            mail.pages,
            mail.bytes.div_ceil(1000),
            mail.subject
        ));
        lines.push(format!("    {}", mail.reason));
    }
    lines.push("Nothing was sent.".to_owned());
    lines.join("\n")
}
