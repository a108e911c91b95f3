//! `calendar list` and `calendar show`.

use super::{context::Context, ending::Ending};
use crate::actions::calendars::{self, CalendarDays};

pub(super) fn list(context: &Context) -> anyhow::Result<Ending> {
    let installation = context.installation()?;
    let rows = calendars::list(&installation)?;
    context.output.table(&["CALENDAR", "TITLE", "KNOWN FROM", "UNTIL", "FILE"], &rows, |row| {
        vec![
            row.calendar.to_owned(),
            row.title.to_owned(),
            row.known_from.to_string(),
            row.known_until.to_string(),
            row.file.unwrap_or("computed").to_owned(),
        ]
    })?;
    Ok(Ending::Done)
}

pub(super) fn show(context: &Context, id: &str, year: Option<i32>) -> anyhow::Result<Ending> {
    let (installation, output) = (context.installation()?, context.output);
    let CalendarDays { calendar, named, unknown, notices } = calendars::show(&installation, id, year)?;
    output.say(format!("{}: {}", calendar.id, calendar.title))?;
    output.table(&["DATE", "DAY", "", "NAME", ""], &named, |row| {
        vec![
            row.date.to_string(),
            row.weekday.clone(),
            if row.day == "holiday" { "off" } else { "work" }.to_owned(),
            row.name.to_owned(),
            row.en.unwrap_or_default().to_owned(),
        ]
    })?;
    for days in &unknown {
        output.result(days, || days.why.clone())?;
    }
    for row in &notices {
        let notice = row.notice;
        output.result(row, || format!("{}: {}, {}, {}", notice.year, notice.number, notice.published, notice.url))?;
    }
    Ok(Ending::Done)
}
