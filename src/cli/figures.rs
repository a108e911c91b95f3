//! `figures import`, `imports`, `undo`, `list`, `show`, `uses` and `withdraw`; `check`, `export`, `evidence`, `keep`, `links`
//! and `wrong` have files of their own.

use super::{
    arguments::{Clocks, Figures},
    context::Context,
    ending::Ending,
    figures_check, figures_evidence, figures_export, figures_links, figures_wrong,
    output::Output,
};
use crate::{
    actions::{
        Installation,
        figures::{
            self, ListedSeries, SeriesValues, Shown, ShownObservation,
            export::ExportRequest,
            import::{ImportOutcome, ImportRequest, ImportSource, import_from},
            imports::{UndoneImport, imports, undo},
            uses::{EditionUse, SeriesUses, TemplateUse, uses},
            withdraw::{ChangeLeft, WithdrawalRequest, WithdrawnObservation, withdraw},
        },
        given_knowledge::GivenKnowledge,
        given_time::GivenTime,
    },
    base::{language::Language, plural::counted},
    figures::{Citation, ImportKind, ImportRecord, Quality, Status},
};

/// Maximum number of new items that an import names: a first import brings hundreds.
const NEW_SHOWN: usize = 20;

/// Runs a command of figures. Long, since each command has its arm here.
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
        Figures::Export { series, out, part, layout, clocks } => {
            let shown = shown(&installation, clocks).await?;
            let request = ExportRequest { series, shown: &shown, layout: *layout };
            figures_export::run((context, &installation), &request, out.as_deref(), *part).await?;
        }
        Figures::Keep { files } => figures_evidence::run_keep((context, &installation), files).await?,
        Figures::Evidence { series, period, out, clocks } => {
            let shown = shown(&installation, clocks).await?;
            figures_evidence::run((context, &installation), (series, *period), &shown, out.as_deref()).await?;
        }
        Figures::Imports { limit } => {
            let limit = i64::try_from(limit.get()).unwrap_or(i64::MAX);
            show_imports(output, &imports(&installation, limit).await?)?;
        }
        Figures::Undo { import, reason } => {
            let done = undo(&installation, &context.actor(), *import, reason).await?;
            output.result(&done, || undo_text(&done))?;
        }
        Figures::Check { series, brief } => {
            return figures_check::run((context, &installation), series, brief.as_deref()).await;
        }
        Figures::Links { series, all, limit } => {
            return figures_links::run((context, &installation), series, *all, *limit).await;
        }
        Figures::List { clocks } => {
            let shown = shown(&installation, clocks).await?;
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
            let rows = figures::list(&installation, &shown).await?;
            output.table(&["SERIES", "LATEST", "VALUE", "UNIT", "VALUES", "UNDATED", "TITLE"], &rows, cells)?;
        }
        Figures::Show { series, clocks } => {
            let shown = shown(&installation, clocks).await?;
            show(output, &figures::show(&installation, series, &shown).await?)?;
        }
        Figures::Uses { series } => {
            let found = uses(&installation, series).await?;
            if output.is_json() { output.result(&found, String::new)? } else { show_uses(output, &found)? }
        }
        Figures::Wrong { series, period, vintage } => {
            return figures_wrong::run(output, &installation, series, *period, *vintage).await;
        }
        Figures::Withdraw { series, period, vintage, reason } => {
            let request = WithdrawalRequest { series, period: *period, vintage: *vintage, reason };
            let done = withdraw(&installation, &context.actor(), &request).await?;
            output.result(&done, || withdrawal_text(&done))?;
            if !done.would_be_held.is_empty() {
                return Ok(Ending::Attention);
            }
        }
    }
    Ok(Ending::Done)
}

/// What a withdrawal did, what stands beside it still, and who cannot do without the value.
fn withdrawal_text(done: &WithdrawnObservation) -> String {
    let WithdrawnObservation { series, period, vintage, value, .. } = done;
    let instead = done.instead.as_ref().map_or_else(
        || format!("{series} has no value for {period} any more"),
        |other| format!("{} (vintage {}) counts instead", other.value, other.vintage),
    );
    let mut text = format!(
        "{series} {period} ({vintage}): {value} is withdrawn; {instead}\nEditions that were made with it keep it: `greenbrief figures uses {series}` lists them."
    );
    for ChangeLeft { series, vintage, value } in &done.changes_left {
        text += &format!(
            "\nIts change is printed still: {series} {period} ({vintage}) is {value}. `greenbrief figures withdraw {series} {period} {vintage} --reason TEXT` withdraws it."
        );
    }
    for held in &done.would_be_held {
        text += &format!(
            "\nBut {} needs it: its next edition would be held, {}, the first {}. Import a value, or change the template.",
            held.brief,
            counted(held.errors, "error"),
            held.first
        );
    }
    text
}

/// A value with the word that it is provisional, if it is.
fn marked(value: &str, status: Status) -> String {
    if status == Status::Provisional { format!("{value} (provisional)") } else { value.to_owned() }
}

/// A series with a line for each source of each value.
fn show(output: Output, shown: &SeriesValues) -> anyhow::Result<()> {
    let SeriesValues { series, successor, observations } = shown;
    if output.is_json() {
        return observations.iter().try_for_each(|shown| output.result(shown, String::new));
    }
    output.say(format!("{}\n{}  {}  by {}", series.title.en, series.geography, series.unit, series.publisher))?;
    if !series.definition.en.is_empty() {
        output.say(&series.definition.en)?;
    }
    if let Some(dimension) = &series.dimension {
        output.say(dimension.to_string())?;
    }
    if let Some(before) = &series.predecessor {
        output.say(format!("Goes on {before} after a break: values of both are not compared."))?;
    }
    if let Some(successor) = successor {
        output.say(format!("Ended at a break: {successor} goes on with it."))?;
    }
    let rows: Vec<Vec<String>> = observations.iter().flat_map(observation_rows).collect();
    output.table(
        &["PERIOD", "VALUE", "VINTAGE", "STATUS", "QUALITY", "SOURCE", "PUBLISHED", "URL"],
        &rows,
        Vec::clone,
    )?;
    figures_evidence::say_what_was_read(output, observations)?;
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
            let again = again.map(|end| format!("; it counts again since {} on {}", end.by, end.at.format("%F")));
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
            "The store {taken} the {shipped_first} shipped figures with their names first: it had never taken them."
        ));
    }
    for item in report.new.iter().take(NEW_SHOWN) {
        let earlier = item.earlier.as_ref();
        let earlier = earlier.map(|was| format!(", was {} in the vintage {}", was.value, was.vintage));
        lines.push(format!("new        {item}: {}{}", item.after, earlier.unwrap_or_default()));
    }
    if report.count_new() > NEW_SHOWN {
        lines.push(format!("new        and {} more", report.count_new() - NEW_SHOWN));
    }
    for item in &report.changed {
        let before = item.before.as_deref().unwrap_or_default();
        let values = match &item.sources {
            _ if item.is_revised() => {
                let by = item.revised_by().map_or_else(String::new, |by| format!(" ({by})"));
                lines.push(format!("revised    {item}: {before} → {}{by}", item.after));
                continue;
            }
            _ if before != item.after => {
                let columns = item.columns.iter().map(|column| format!(", {column}")).collect::<String>();
                format!("{before} → {}{columns}", item.after)
            }
            _ if !item.columns.is_empty() => format!("another {}", item.columns.join(", ")),
            Some(sources) => {
                format!("{} → {}", counted(sources.before, "source"), counted(sources.after, "source"))
            }
            None => "other details".to_owned(),
        };
        lines.push(format!("changed    {item}: {values}"));
    }
    if report.unlisted.changed > 0 {
        lines.push(format!("changed    and {} more", report.unlisted.changed));
    }
    for item in report.gone.iter().take(NEW_SHOWN) {
        lines.push(format!("gone       {item}: {} stays in the store", item.after));
    }
    if report.count_gone() > NEW_SHOWN {
        lines.push(format!("gone       and {} more", report.count_gone() - NEW_SHOWN));
    }
    let gone =
        if report.count_gone() > 0 { format!(", {} gone from the files", report.count_gone()) } else { String::new() };
    let left_out = if *left_out > 0 {
        format!(", {} left out", counted(*left_out, "withdrawn observation"))
    } else {
        String::new()
    };
    let nothing = if *dry_run { " (nothing was imported)" } else { "" };
    lines.push(format!(
        "{} new, {} changed, {} unchanged{gone}{left_out}{nothing}",
        report.count_new(),
        report.count_changed(),
        report.unchanged
    ));
    lines.join("\n")
}

/// Which figures are meant, by both clocks. A time without an offset is one of the config's zone.
async fn shown(installation: &Installation, clocks: &Clocks) -> anyhow::Result<Shown> {
    let published = clocks.as_published;
    let Some(given) = &clocks.as_known else { return Ok(Shown { published, ..Shown::default() }) };
    let time = if let GivenKnowledge::Time(time) = given { Some(*time) } else { None };
    let mut zone = installation.timezone_for(&[time], None, None)?;
    if time.is_some_and(GivenTime::has_offset) {
        // It is one instant in any zone, but shown in that of the briefs if they have one.
        zone = installation.timezone(None, None).unwrap_or(zone);
    }
    let known = installation.known(given, zone).await?.0;
    Ok(Shown { published, known, nothing: installation.nothing_known(given, zone).await? })
}

fn show_imports(output: Output, records: &[ImportRecord]) -> anyhow::Result<()> {
    // The names of files may be long: they stand last.
    output.table(
        &["IMPORT", "AT", "BY", "KIND", "NEW", "REVISED", "UNCHANGED", "BACK", "GONE", "NOTE", "FILES"],
        records,
        |record| {
            let at = record.at.map_or_else(|| "before imports".to_owned(), |at| at.format("%F %T UTC").to_string());
            let files: Vec<String> = record
                .files
                .iter()
                .map(|file| format!("{} ({})", file.name, file.sha256.get(..12).unwrap_or(&file.sha256)))
                .collect();
            let counts = [record.new, record.revised, record.unchanged, record.back, record.gone];
            let [new, revised, unchanged, back, gone] = counts.map(|count| count.to_string());
            let none = String::new;
            let counts = match record.kind {
                ImportKind::Undo => [none(), none(), none(), back, gone],
                ImportKind::Withdrawal => [none(), none(), none(), none(), gone],
                _ => [new, revised, unchanged, none(), none()],
            };
            let mut notes = Vec::new();
            notes.extend(record.undid.map(|undid| format!("undoes {undid}")));
            notes.extend(record.undone_by.filter(|_| !record.in_force).map(|by| format!("undone by {by}")));
            notes.extend(Some(record.reason.clone()).filter(|reason| !reason.is_empty()));
            let mut cells = vec![record.number.to_string(), at, record.by.clone(), record.kind.to_string()];
            cells.extend(counts);
            cells.extend([notes.join(": "), files.join(", ")]);
            cells
        },
    )
}

fn undo_text(done: &UndoneImport) -> String {
    let text =
        format!("import {} is undone by import {}: {} gone, {} back", done.undid, done.import, done.gone, done.back);
    if done.editions.is_empty() {
        return text;
    }
    let editions: Vec<String> = done.editions.iter().map(ToString::to_string).collect();
    format!("{text}\nEditions that were made with it keep it: {}", editions.join(", "))
}
