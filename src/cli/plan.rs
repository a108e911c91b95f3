//! `plan`: the coming occurrences as a table.

use std::process::ExitCode;

use chrono_tz::IANA_TZDB_VERSION;

use super::context::Context;
use crate::actions::plan::{self, PlanQuery};

pub(super) fn run(context: &Context, query: &PlanQuery) -> anyhow::Result<ExitCode> {
    let coming = plan::plan(&context.installation()?, query)?;
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
    Ok(ExitCode::SUCCESS)
}
