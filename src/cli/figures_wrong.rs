//! `figures wrong`: the editions that a wrong value reached, and the commands that correct them.

use super::{ending::Ending, output::Output};
use crate::{
    actions::{
        Installation,
        figures::wrong::{ReachedEdition, ReachedLanguage, WrongValue, wrong},
    },
    figures::{Period, Published},
    store::EditionState,
};

pub(super) async fn run(
    output: Output,
    installation: &Installation,
    series: &str,
    period: Period,
    vintage: Option<Published>,
) -> anyhow::Result<Ending> {
    let found = wrong(installation, series, period, vintage).await?;
    output.result(&found, || text(&found))?;
    Ok(Ending::Done)
}

fn text(found: &WrongValue) -> String {
    let WrongValue { series, title, period, editions, corrections, discards } = found;
    let mut lines = vec![format!("{series}, {period}: {title}")];
    for edition in editions {
        lines.extend(edition.languages.iter().map(|language| reached(edition, language)));
        lines.extend(edition.superseded_by.iter().map(|by| format!("{} is superseded by {by}", edition.edition)));
    }
    if editions.is_empty() {
        lines.push("No edition prints it, or anything that follows from it.".to_owned());
    }
    if !discards.is_empty() {
        lines.push("What is held went to nobody; this drops it:".to_owned());
        lines.extend(discards.iter().cloned());
    }
    if !corrections.is_empty() {
        lines.push(
            "Once the figures are mended, these show what a correction would send; without --dry-run they send it:"
                .to_owned(),
        );
        lines.extend(corrections.iter().cloned());
    }
    lines.join("\n")
}

fn reached(edition: &ReachedEdition, it: &ReachedLanguage) -> String {
    let pages = match it.pages.as_deref() {
        None => "pages that cannot be found out".to_owned(),
        Some([]) => "on no page".to_owned(),
        Some([one]) => format!("on page {one}"),
        Some(pages) => format!("on pages {}", pages.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    };
    let mail = if it.in_mail { " and in the mail" } else { "" };
    let how = if it.printed { "" } else { " (what follows from it)" };
    let unknown = if it.unknown > 0 { format!(", {} unknown", it.unknown) } else { String::new() };
    let readers = if edition.state == EditionState::Held {
        "held, nothing sent".to_owned()
    } else {
        format!("{} sent{unknown}", it.sent)
    };
    format!("{}  {}  {} of {} {pages}{mail}{how}: {readers}", edition.edition, it.language, it.value, it.vintage)
}
