//! `figures evidence` and `keep`, and what `figures show` says of what was read.

use std::path::{Path, PathBuf};

use super::{context::Context, output::Output};
use crate::{
    actions::{
        Installation,
        figures::{
            Shown, ShownObservation,
            evidence::{SourceEvidence, ValueEvidence, evidence, keep},
        },
    },
    figures::{Citation, Period, Quality},
};

/// `figures keep`.
pub(super) async fn run_keep(
    (context, installation): (&Context, &Installation),
    files: &[PathBuf],
) -> anyhow::Result<()> {
    let kept = keep(installation, &context.actor(), files).await?;
    for file in &kept {
        context.output.result(file, || format!("{}  {}", file.sha256, file.file.display()))?;
    }
    Ok(())
}

/// `figures evidence`.
pub(super) async fn run(
    (context, installation): (&Context, &Installation),
    (series, period): (&str, Period),
    shown: &Shown,
    folder: Option<&Path>,
) -> anyhow::Result<()> {
    for value in evidence(installation, series, period, shown, folder).await? {
        context.output.result(&value, || text(&value))?;
    }
    Ok(())
}

fn text(value: &ValueEvidence) -> String {
    let withdrawn = if value.counts { "" } else { ", withdrawn" };
    let head = format!("{} {} ({}): {}{withdrawn}", value.series, value.period, value.vintage, value.value);
    let mut lines = vec![head];
    for SourceEvidence { source, kept_bytes } in &value.sources {
        let mut line = |name: &str, text: &str| lines.push(format!("  {name:<10}{text}"));
        let carrier = source.carrier.as_ref().map_or_else(String::new, |carrier| format!(" via {carrier}"));
        let quality = if source.quality == Quality::Copy { ", a copy without a link" } else { "" };
        line("source", &format!("{}{carrier}, published {}{quality}", source.publisher, source.published));
        for (name, text) in
            [("title", &source.title), ("page", &source.page), ("quote", &source.quote), ("url", &source.url)]
        {
            if let Some(text) = text {
                line(name, text);
            }
        }
        if let Some(day) = source.read_on {
            line("read on", &day.to_string());
        }
        match (&source.evidence, kept_bytes) {
            (Some(hash), Some(bytes)) => line("evidence", &format!("{hash} (kept, {bytes} bytes)")),
            (Some(hash), None) => line("evidence", &format!("{hash} (not kept: `greenbrief figures keep FILE`)")),
            (None, _) => line("evidence", "none"),
        }
    }
    lines.join("\n")
}

/// What was read for the values of a series, a line for each source that says it.
pub(super) fn say_what_was_read(output: Output, observations: &[ShownObservation]) -> anyhow::Result<()> {
    for shown in observations {
        for source in &shown.observation.sources {
            let Some(what) = what_was_read(source) else { continue };
            let (period, vintage) = (shown.observation.period, shown.observation.vintage);
            output.say(format!("{period} ({vintage}), {}: {what}", source.publisher))?;
        }
    }
    Ok(())
}

fn what_was_read(source: &Citation) -> Option<String> {
    let evidence = source.evidence.as_ref().and_then(|hash| hash.get(..12));
    let parts = [
        source.title.as_ref().map(|title| format!("“{title}”")),
        source.page.clone(),
        source.quote.as_ref().map(|quote| format!("“{quote}”")),
        source.read_on.map(|day| format!("read on {day}")),
        evidence.map(|hash| format!("evidence {hash}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
