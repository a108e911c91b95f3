//! `plan`: the coming occurrences as a table.

use chrono_tz::IANA_TZDB_VERSION;

use super::{context::Context, ending::Ending};
use crate::actions::{
    given_time::GivenTime,
    plan::{self, PlanQuery},
};

/// `from` and `to` are read in the zone of the brief or schedule that is asked for.
pub(super) async fn run(
    context: &Context,
    mut query: PlanQuery,
    from: Option<GivenTime>,
    to: Option<GivenTime>,
) -> anyhow::Result<Ending> {
    let installation = context.installation()?;
    let zone = installation.timezone_for(&[from, to], query.brief.as_deref(), query.schedule.as_deref())?;
    query.from = from.map(|from| from.begin(zone));
    query.to = to.map(|to| to.end(zone));
    let (coming, warnings) = plan::plan(&installation, &query).await?;
    context.output.problems(&warnings);
    let mut head = vec!["LOCAL TIME", "ZONE", "UTC"];
    head.extend(query.zone.map(|zone| zone.name()));
    head.extend(["SCHEDULE", "NOTE"]);
    context.output.table(&head, &coming, |row| {
        let mut cells = vec![row.local.clone(), row.timezone.to_owned(), row.due_utc.format("%F %T").to_string()];
        cells.extend(row.zone.clone());
        cells.extend([format!("{}/{}", row.brief, row.schedule), row.note.clone()]);
        cells
    })?;
    if coming.is_empty() {
        context.output.say("Nothing is planned: no schedule is due in that time.")?;
    }
    context.output.say(format!("Time zones: IANA {IANA_TZDB_VERSION}."))?;
    Ok(Ending::Done)
}
