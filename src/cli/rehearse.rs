//! `rehearse`: shows what an occurrence at a time would do.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{context::Context, ending::Ending};
use crate::{
    actions::{
        given_time::GivenTime,
        rehearse::{Gate, Rehearsal, RehearsalRequest, pass_gate, rehearse},
    },
    base::{plural::counted, problem::Severity},
};

/// What a rehearsal finds out if the edition would be held, for programs.
#[derive(Serialize)]
struct WouldBeHeld<'a> {
    draft: bool,
    brief: &'a str,
    at: DateTime<Utc>,
    held: bool,
    errors: usize,
}

pub(super) async fn run(
    context: &Context,
    brief: &str,
    at: GivenTime,
    schedule: Option<String>,
    out: Option<PathBuf>,
) -> anyhow::Result<Ending> {
    let (installation, output) = (context.installation()?, context.output);
    let at = installation.time_for(brief, Some(at))?;
    let request = RehearsalRequest { brief: brief.to_owned(), at, schedule, out };
    let draft = match pass_gate(&installation, request).await? {
        Gate::Held(problems) => {
            output.problems(&problems);
            let errors = problems.0.iter().filter(|problem| problem.severity == Severity::Error).count();
            output.result(&WouldBeHeld { draft: true, brief, at, held: true, errors }, || {
                format!("The edition would be held: {}. Nothing would be sent.", counted(errors, "error"))
            })?;
            return Ok(Ending::Held);
        }
        Gate::Passed(draft) => *draft,
    };
    output.problems(&draft.warnings);
    let rehearsal = rehearse(&installation, draft).await?;
    output.table(
        &["LANGUAGE", "RECIPIENTS", "PAGES", "PDF KB", "LARGEST MAIL KB", "ALL MAILS KB", "SUBJECT"],
        &rehearsal.languages,
        |row| {
            vec![
                row.language.to_string(),
                row.recipients.to_string(),
                row.pages.to_string(),
                row.pdf_bytes.div_ceil(1000).to_string(),
                row.largest_mail.div_ceil(1000).to_string(),
                row.mail_bytes.div_ceil(1000).to_string(),
                row.subject.clone(),
            ]
        },
    )?;
    output.result(&rehearsal, || summary(&rehearsal))?;
    Ok(Ending::Done)
}

fn summary(rehearsal: &Rehearsal) -> String {
    let local = |time: DateTime<Utc>| time.with_timezone(&rehearsal.timezone).format("%a %F %T %:z").to_string();
    let mut lines: Vec<String> = rehearsal.languages.iter().filter_map(|row| row.path.clone()).collect();
    let name = rehearsal.schedule.as_ref().unwrap_or(&rehearsal.brief);
    lines.push(format!("Draft of {name} for {}: nothing was sent, and nothing was stored.", local(rehearsal.at)));
    lines.extend(rehearsal.notes.iter().map(|note| format!("But {note}.")));
    let (Some(first), Some(last)) = (rehearsal.first_mail, rehearsal.last_mail) else {
        lines.push("Nobody would get it: no reader has subscribed.".to_owned());
        return lines.join("\n");
    };
    let relays = rehearsal.relays.iter().map(|share| format!("{} {}", share.relay, share.mails));
    let way = match &rehearsal.folder {
        Some(folder) => format!("written into the folder {folder}"),
        None => format!("by {}", relays.collect::<Vec<_>>().join(", ")),
    };
    lines.push(format!(
        "{}, {} kB together, {way}: the first at {}, the last not before {}.",
        counted(i64::try_from(rehearsal.recipients).unwrap_or(i64::MAX), "mail"),
        rehearsal.mail_bytes.div_ceil(1000),
        local(first),
        local(last)
    ));
    if last > rehearsal.give_up_at {
        let until = local(rehearsal.give_up_at);
        lines.push(format!("But no mail goes after {until} (give_up_after): not all would be sent."));
    }
    lines.join("\n")
}
