//! `preview`: a brief in a browser while its template is written. Serves the page, and prints a line for each build.

use anyhow::{Context as _, bail};
use chrono::{DateTime, Local, Utc};
use serde::Serialize;

use super::{context::Context, ending::Ending, serve};
use crate::{
    actions::preview::{BuildReport, Preview, PreviewEvent, PreviewRequest},
    base::{
        plural::counted,
        problem::{Problem, Problems},
    },
    web::preview,
};

pub(super) async fn run(context: &Context, request: PreviewRequest, port: Option<u16>) -> anyhow::Result<Ending> {
    let (output, brief) = (context.output, request.brief.clone());
    let preview = Preview::open(context.config_source(), context.clock.clone(), request)?;
    let listener = preview::bind(port).await.map_err(|error| {
        let port = port.unwrap_or_default();
        Problems::from(
            Problem::error(format!("port {port} of this machine is not available: {error}"))
                .hint("another preview may be using it; without `--port` a free one is used"),
        )
    })?;
    let started = Started { brief: &brief, url: format!("http://{}/", listener.local_addr()?) };
    output.result(&started, || format!("Preview of {brief} at {} — Ctrl-C ends", started.url))?;
    let mut server = tokio::spawn(preview::serve(listener, preview.channel()));
    let print = |event| match event {
        PreviewEvent::Built(report) => output.result(&report, || line(&report, context.now())),
        PreviewEvent::Failed(error) => {
            output.problems(&Problem::error(format!("{error:#}")).into());
            Ok(())
        }
    };
    tokio::select! {
        ended = &mut server => bail!("the preview's page is no longer served: {ended:?}"),
        broken = preview.run(print) => broken?,
        signal = serve::stop() => { signal.context("signals cannot be received")?; }
    }
    server.abort();
    Ok(Ending::Done)
}

#[derive(Serialize)]
struct Started<'a> {
    brief: &'a str,
    url: String,
}

/// One line, with the place of the first problem; the page shows all.
fn line(report: &BuildReport, now: DateTime<Utc>) -> String {
    let built = report.languages.iter().map(|built| format!("{} {}", built.language, counted(built.pages, "page")));
    let mut parts: Vec<String> = built.collect();
    if let Some(first) = report.problems.0.first() {
        let counts = [(report.errors, "error"), (report.warnings, "warning")];
        let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| counted(*count, word));
        let place =
            first.place.as_ref().map_or_else(String::new, |at| format!("{}:{}:{} ", at.file, at.line, at.column));
        parts.push(format!("{}: {place}{}", counts.collect::<Vec<_>>().join(" and "), first.what));
    }
    let time = now.with_timezone(&Local).format("%H:%M:%S");
    format!("{time}  {:>4} ms  {}", report.milliseconds, parts.join(", "))
}
