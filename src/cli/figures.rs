//! `figures import`, `list`, `show`, `uses` and `withdraw`.

use super::{arguments::Figures, context::Context, ending::Ending, output::Output};
use crate::{
    actions::figures::{
        self, ListedSeries, SeriesValues, ShownObservation,
        import::{ImportOutcome, ImportRequest, ImportSource, import_from},
        uses::{EditionUse, SeriesUses, TemplateUse, uses},
        withdraw::{WithdrawalRequest, withdraw},
    },
    base::{language::Language, plural::counted},
    figures::{Citation, Quality, Series, Status},
};

/// Maximum number of new items that an import names: a first import brings hundreds.
const NEW_SHOWN: usize = 20;

pub(super) async fn run(context: &Context, command: &Figures) -> anyhow::Result<Ending> {
    let (installation, output) = (context.installation()?, context.output);
    match command {
        Figures::Import { files, shipped, dry_run, replace, again, decimal } => {
            let source = if *shipped { ImportSource::Shipped } else { ImportSource::Files(files) };
            let request =
                ImportRequest { source, dry_run: *dry_run, replace: *replace, again: *again, decimal: *decimal };
            let done = import_from(&installation, &context.actor(), &request).await?;
            output.problems(&done.warnings);
            output.result(&done, || import_text(&done))?;
        }
        Figures::List => {
            let cells = |row: &ListedSeries| {
                vec![
                    row.series.to_string(),
                    row.period.clone(),
                    marked(&row.value, row.status),
                    row.unit.clone(),
                    row.values.to_string(),
                    if row.undated > 0 { row.undated.to_string() } else { String::new() },
                    row.title.clone(),
                ]
            };
            let rows = figures::list(&installation).await?;
            output.table(&["SERIES", "LATEST", "VALUE", "UNIT", "VALUES", "UNDATED", "TITLE"], &rows, cells)?;
        }
        Figures::Show { series } => {
            let SeriesValues { series, observations } = figures::show(&installation, series).await?;
            show(output, &series, &observations)?;
        }
        Figures::Uses { series } => {
            let found = uses(&installation, series).await?;
            if output.is_json() { output.result(&found, String::new)? } else { show_uses(output, &found)? }
        }
        Figures::Withdraw { series, period, vintage, reason } => {
            let request = WithdrawalRequest { series, period: *period, vintage: *vintage, reason };
            let done = withdraw(&installation, &context.actor(), &request).await?;
            output.result(&done, || {
                let held = done.would_be_held.iter().map(|held| {
                    format!(
                        "\nBut {} needs it: its next edition would be held, {}, the first {}. Import a value, or change the template.",
                        held.brief,
                        counted(held.errors, "error"),
                        held.first
                    )
                });
                let instead = done.instead.as_ref().map_or_else(
                    || format!("{} has no value for {} any more", done.series, done.period),
                    |other| format!("{} (vintage {}) counts instead", other.value, other.vintage),
                );
                format!(
                    "{} {} ({}): {} is withdrawn; {instead}\nEditions that were made with it keep it: `greenbrief figures uses {}` lists them.{}",
                    done.series,
                    done.period,
                    done.vintage,
                    done.value,
                    done.series,
                    held.collect::<String>()
                )
            })?;
            if !done.would_be_held.is_empty() {
                return Ok(Ending::Attention);
            }
        }
    }
    Ok(Ending::Done)
}

/// A value with the word that it is provisional, if it is.
fn marked(value: &str, status: Status) -> String {
    if status == Status::Provisional { format!("{value} (provisional)") } else { value.to_owned() }
}

/// A series with a line for each source of each value.
fn show(output: Output, series: &Series, observations: &[ShownObservation]) -> anyhow::Result<()> {
    if output.is_json() {
        return observations.iter().try_for_each(|shown| output.result(shown, String::new));
    }
    output.say(format!("{}\n{}  {}  by {}", series.title.en, series.geography, series.unit, series.publisher))?;
    if !series.definition.en.is_empty() {
        output.say(&series.definition.en)?;
    }
    let rows: Vec<Vec<String>> = observations.iter().flat_map(observation_rows).collect();
    output.table(
        &["PERIOD", "VALUE", "VINTAGE", "STATUS", "QUALITY", "SOURCE", "PUBLISHED", "URL"],
        &rows,
        Vec::clone,
    )?;
    for shown in observations {
        for record in &shown.withdrawals {
            let what = format!(
                "{} ({}): {} was withdrawn by {} on {}: {}",
                shown.observation.period,
                shown.observation.vintage,
                record.value,
                record.by,
                record.at.format("%F"),
                record.reason
            );
            let again = record.ended.as_ref();
            let again = again.map(|end| format!("; imported again by {} on {}", end.by, end.at.format("%F")));
            output.say(what + &again.unwrap_or_default())?;
        }
    }
    Ok(())
}

fn observation_rows(shown: &ShownObservation) -> Vec<Vec<String>> {
    let observation = &shown.observation;
    let status = match observation.status {
        _ if !shown.counts => "withdrawn",
        Status::Final => "final",
        Status::Provisional => "provisional",
        Status::Restated => "restated",
    };
    let value = [
        observation.period.to_string(),
        observation.value.to_string(),
        observation.vintage.to_string(),
        status.to_owned(),
    ];
    let source = |source: &Citation| {
        let quality = if source.quality == Quality::Copy { "copy" } else { "report" };
        let who = match &source.carrier {
            Some(carrier) => format!("{} via {carrier}", source.publisher),
            None => source.publisher.clone(),
        };
        [quality.to_owned(), who, source.published.to_string(), source.url.clone().unwrap_or_default()]
    };
    let firsts = std::iter::once(value).chain(std::iter::repeat_with(<[String; 4]>::default));
    firsts.zip(&observation.sources).map(|(first, from)| first.into_iter().chain(source(from)).collect()).collect()
}

fn show_uses(output: Output, found: &SeriesUses) -> anyhow::Result<()> {
    let words = |languages: &[Language]| {
        let codes: Vec<&str> = languages.iter().map(|language| language.code()).collect();
        if codes.is_empty() { "none".to_owned() } else { codes.join(", ") }
    };
    output.say(format!("{}  {}", found.series, found.title))?;
    if found.templates.is_empty() {
        output.say("No template names it.")?;
    }
    output.table(&["BRIEF", "PLACE", "LANGUAGES", "BLOCK"], &found.templates, |row: &TemplateUse| {
        let place = format!("{}:{}", row.file, row.line);
        vec![row.brief.clone(), place, words(&row.languages), row.block.clone().unwrap_or_default()]
    })?;
    if found.editions.is_empty() {
        output.say("No edition was made with it.")?;
    }
    output.table(
        &["EDITION", "STATE", "SLOT (UTC)", "LANGUAGES", "LATEST VALUE"],
        &found.editions,
        |row: &EditionUse| {
            let latest = row.latest.as_ref();
            let latest = latest.map(|it| {
                format!("{} in {} (vintage {})", marked(&it.value.to_string(), it.status), it.period, it.vintage)
            });
            vec![
                row.edition.to_string(),
                row.state.to_string(),
                row.slot.format("%F %R").to_string(),
                words(&row.languages),
                latest.unwrap_or_default(),
            ]
        },
    )
}

/// The result of an import, or of its rehearsal.
fn import_text(done: &ImportOutcome) -> String {
    let ImportOutcome { report, left_out, shipped_first, dry_run, .. } = done;
    let mut lines = Vec::new();
    if *shipped_first > 0 {
        let taken = if *dry_run { "would take" } else { "took" };
        lines.push(format!(
            "The store {taken} the {shipped_first} shipped figures, units and events first: it had never taken them."
        ));
    }
    for item in report.new.iter().take(NEW_SHOWN) {
        lines.push(format!("new        {item}: {}", item.after));
    }
    if report.new.len() > NEW_SHOWN {
        lines.push(format!("new        and {} more", report.new.len() - NEW_SHOWN));
    }
    for item in &report.changed {
        let before = item.before.as_deref().unwrap_or_default();
        let values = match &item.sources {
            _ if before != item.after => format!("{before} → {}", item.after),
            Some(sources) => {
                format!("{} → {}", counted(sources.before, "source"), counted(sources.after, "source"))
            }
            None => "other details".to_owned(),
        };
        lines.push(format!("changed    {item}: {values}"));
    }
    let left_out = if *left_out > 0 {
        format!(", {} left out", counted(*left_out, "withdrawn observation"))
    } else {
        String::new()
    };
    let nothing = if *dry_run { " (nothing was imported)" } else { "" };
    lines.push(format!(
        "{} new, {} changed, {} unchanged{left_out}{nothing}",
        report.new.len(),
        report.changed.len(),
        report.unchanged
    ));
    lines.join("\n")
}
