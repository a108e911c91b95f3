//! `editions diff`: what differs between two editions, in words.

use super::{context::Context, ending::Ending};
use crate::{
    actions::edition_diff::{ChangedFile, ComparedEdition, EditionDifference, FileChange, diff},
    base::ids::EditionName,
    figures::{Aspect, EntryDifference, FigureDifference, KnownValue, Status, revision},
};

pub(super) async fn run(context: &Context, editions: [&EditionName; 2]) -> anyhow::Result<Ending> {
    let found = diff(&context.installation()?, editions).await?;
    context.output.result(&found, || text(&found))?;
    Ok(Ending::Done)
}

fn text(found: &EditionDifference) -> String {
    let EditionDifference { before, after, figures, files } = found;
    let mut lines = vec![format!("{} → {}", compared(before), compared(after))];
    lines.extend(figures.entries.iter().map(entry));
    lines.extend(figures.figures.iter().map(figure));
    lines.extend(files.iter().map(file));
    if before.program != after.program {
        lines.push(format!("changed    program {} → {}", before.program, after.program));
    }
    if found.is_empty() {
        lines.push("Nothing differs.".to_owned());
    }
    lines.join("\n")
}

fn compared(edition: &ComparedEdition) -> String {
    let ComparedEdition { edition, as_known, import, .. } = edition;
    let import = import.map_or_else(String::new, |import| format!(", after import {import}"));
    format!("{edition} (published by {as_known}{import})")
}

fn entry(entry: &EntryDifference) -> String {
    let EntryDifference { kind, id, aspects } = entry;
    let words: Vec<&str> = aspects.iter().map(|aspect| word(*aspect)).collect();
    match aspects.as_slice() {
        [Aspect::Added] => format!("used       {kind} {id}"),
        [Aspect::Removed] => format!("not used   {kind} {id}"),
        _ => format!("changed    {kind} {id}: {}", words.join(", ")),
    }
}

fn word(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::Added => "used",
        Aspect::Removed => "not used",
        Aspect::Title => "title",
        Aspect::Definition => "definition",
        Aspect::Unit => "unit",
        Aspect::Details => "details",
    }
}

fn figure(figure: &FigureDifference) -> String {
    let FigureDifference { series, period, before, after } = figure;
    match (before, after) {
        (Some(before), Some(after)) if before.value != after.value => {
            let by = revision(before.value, after.value).map_or_else(String::new, |by| format!(" ({by})"));
            format!("revised    {series} {period}: {} → {}{by}", known(before), known(after))
        }
        (Some(before), Some(after)) => {
            let (from, to) = (status(before.status), status(after.status));
            format!("changed    {series} {period}: {}, {from} → {to}", known(after))
        }
        (None, Some(after)) => format!("new        {series} {period}: {}", known(after)),
        (Some(before), None) => format!("gone       {series} {period}: {}", known(before)),
        (None, None) => format!("{series} {period}"),
    }
}

fn known(value: &KnownValue) -> String {
    format!("{} ({})", value.value, value.vintage)
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Final => "final",
        Status::Provisional => "provisional",
        Status::Restated => "restated",
    }
}

fn file(file: &ChangedFile) -> String {
    let what = match file.change {
        FileChange::Added => "added      ",
        FileChange::Changed => "changed    ",
        FileChange::Removed => "removed    ",
    };
    format!("{what}{}", file.name)
}
