//! `plan --against`: one result for each schedule and brief that differs.

use serde::Serialize;

use super::{context::Context, ending::Ending};
use crate::{
    actions::{
        given_time::GivenTime,
        plan_against::{ComparisonQuery, compare},
    },
    base::{ids::ScheduleId, plural::counted},
    config::difference::{Ahead, Change, Detail, ScheduleChange, in_words},
};

/// A schedule that differs, for programs.
#[derive(Serialize)]
struct ScheduleRow<'a> {
    schedule: &'a ScheduleId,
    change: Change,
    what: Vec<String>,
    details: &'a [Detail],
    before: &'a [Ahead],
    after: &'a [Ahead],
}

/// A brief that differs, for programs.
#[derive(Serialize)]
struct BriefRow<'a> {
    brief: &'a str,
    what: Vec<String>,
    details: &'a [Detail],
}

/// Exit code 0 if nothing differs and 1 if something does, as with diff(1).
pub(super) async fn run(
    context: &Context,
    mut query: ComparisonQuery,
    from: Option<GivenTime>,
) -> anyhow::Result<Ending> {
    let installation = context.installation()?;
    let zone = installation.timezone_for(&[from], query.brief.as_deref(), query.schedule.as_deref())?;
    query.from = from.map(|from| from.begin(zone));
    let comparison = compare(&installation, &query).await?;
    let difference = &comparison.difference;
    for change in &difference.schedules {
        let ScheduleChange { id, change: kind, what, before, after } = change;
        let row = ScheduleRow { schedule: id, change: *kind, what: in_words(what), details: what, before, after };
        context.output.result(&row, || text(&row))?;
    }
    for brief in &difference.briefs {
        let row = BriefRow { brief: &brief.id, what: in_words(&brief.what), details: &brief.what };
        context.output.result(&row, || format!("brief {}: {}", row.brief, row.what.join(", ")))?;
    }
    let (against, is_same) = (&comparison.against, comparison.is_same());
    context.output.say(if is_same {
        format!("Against {against}, no brief or schedule differs.")
    } else {
        let schedules = counted(difference.schedules.len(), "schedule");
        let briefs = counted(difference.briefs.len(), "brief");
        format!("Against {against}: {schedules} and {briefs} with another definition.")
    })?;
    Ok(if is_same { Ending::Done } else { Ending::Attention })
}

fn text(row: &ScheduleRow<'_>) -> String {
    let mut lines = vec![format!("{} is {}: {}", row.schedule, row.change.word(), row.what.join("; "))];
    for (head, ahead) in [("before", row.before), ("after", row.after)] {
        for (nth, ahead) in ahead.iter().enumerate() {
            let head = if nth == 0 { head } else { "" };
            let fate = if ahead.runs { "" } else { "  (no edition)" };
            let note = if ahead.note.is_empty() { String::new() } else { format!("  {}", ahead.note) };
            lines.push(format!("  {head:<6}  {}{fate}{note}", ahead.local));
        }
    }
    lines.join("\n")
}
