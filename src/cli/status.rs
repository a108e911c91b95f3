//! `status`: one screen; exit code 1 if something needs a person.

use super::{context::Context, ending::Ending};
use crate::actions::status::{Status, status};

pub(super) async fn run(context: &Context) -> anyhow::Result<Ending> {
    let on_config = |problems: &_| context.output.problems(problems);
    let status = status(&context.config_source(), &context.clock, &on_config).await?;
    context.output.result(&status, || text(&status))?;
    let needs_person = status.needs_person();
    if let Some(problem) = status.store_problem {
        return Err(problem.into());
    }
    Ok(if needs_person { Ending::Attention } else { Ending::Done })
}

fn text(status: &Status) -> String {
    let mut lines = vec!["Next".to_owned()];
    for coming in &status.next {
        lines.push(format!(
            "  {}  {}/{}  {}  {}",
            coming.local, coming.brief, coming.schedule, coming.timezone, coming.note
        ));
    }
    if status.next.is_empty() {
        lines.push("  nothing is planned".to_owned());
    }
    lines.push("Editions".to_owned());
    if !status.has_store {
        lines.push("  there is no store yet: `greenbrief serve` or `greenbrief send` makes one".to_owned());
    } else if status.newest.is_empty() {
        lines.push("  none yet".to_owned());
    }
    lines.extend(status.newest.iter().map(|line| format!("  {line}")));
    lines.push(format!("Mails\n  {}", status.mails));
    lines.extend(status.pace.iter().map(|pace| format!("  {pace}")));
    match status.serving {
        Some(true) => lines.push("Daemon\n  at work".to_owned()),
        Some(false) => lines.push("Daemon\n  not running here".to_owned()),
        None => {}
    }
    if status.attention.is_empty() {
        lines.push("Nothing needs a person.".to_owned());
    } else {
        lines.push("Needs a person".to_owned());
        for attention in &status.attention {
            lines.push(format!("  {}: {}; {}", attention.code, attention.text, attention.remedy()));
        }
    }
    lines.join("\n")
}
