//! `figures links`.

use std::num::NonZeroUsize;

use indicatif::{ProgressBar, ProgressStyle};

use super::{context::Context, ending::Ending};
use crate::{
    actions::{
        Installation,
        figures::links::{CitedLink, LinkAccess, LinksReport, LinksRequest, look_at_links},
    },
    base::plural::counted,
    figures::Period,
};

pub(super) async fn run(
    (context, installation): (&Context, &Installation),
    series: &[String],
    all: bool,
    limit: NonZeroUsize,
) -> anyhow::Result<Ending> {
    // indicatif draws nothing where standard error is no terminal.
    let bar = ProgressBar::new(0).with_style(
        ProgressStyle::with_template("looking at links {bar:30} {pos}/{len}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let on_look = |done: usize, all: usize| {
        bar.set_length(u64::try_from(all).unwrap_or(u64::MAX));
        bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
    };
    let request = LinksRequest { series, all, limit: limit.get(), access: LinkAccess::PUBLIC };
    let report = look_at_links(installation, &context.actor(), &request, on_look).await?;
    bar.finish_and_clear();
    context.output.table(&["RESULT", "SINCE", "SERIES", "PERIODS", "LINK", "WHAT"], &report.cited, cells)?;
    context.output.result(&report, || summary(&report))?;
    Ok(if report.dead() > 0 { Ending::Attention } else { Ending::Done })
}

fn cells(cited: &CitedLink) -> Vec<String> {
    let periods: Vec<String> = cited.periods.iter().map(Period::to_string).collect();
    let moved = cited.known.look.moved_to.as_ref().map(|to| format!("its address is {to}"));
    vec![
        cited.known.look.result.to_string(),
        cited.known.dead_since.map_or_else(String::new, |since| since.format("%F").to_string()),
        cited.series.to_string(),
        periods.join(", "),
        cited.url.clone(),
        moved.unwrap_or_else(|| cited.known.look.detail.clone()),
    ]
}

fn summary(report: &LinksReport) -> String {
    let LinksReport { links, looked_at, left, ok, moved, refused, gone, failed, unknown, .. } = report;
    let mut text = format!("{}, {looked_at} looked at now: {ok} there", counted(*links, "link"));
    for (count, what) in [
        (moved, "moved"),
        (gone, "gone"),
        (failed, "failed"),
        (refused, "refused to programs"),
        (unknown, "not looked at yet"),
    ] {
        if *count > 0 {
            text.push_str(&format!(", {count} {what}"));
        }
    }
    if *left > 0 {
        text.push_str(&format!("\n{} left for the next run of `greenbrief figures links`", counted(*left, "link")));
    }
    text
}
