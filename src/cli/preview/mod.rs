//! `preview`: a brief in a browser while its template is written. Reads what it is made from, makes each language, puts
//! it on the web page's board, tells one line, and waits for the next save.

mod inputs;
mod proof;

use std::{
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use chrono::{DateTime, Local, Utc};
use serde::Serialize;
use tokio::{task::spawn_blocking, time::sleep};

use self::{
    inputs::{Inputs, Reader},
    proof::{Made, Written},
};
use super::{context::Context, output::Output, serve};
use crate::{
    base::{
        file_watcher::FileWatcher,
        language::Language,
        plural::counted,
        problem::{Problem, Problems, Severity},
    },
    web::preview::{self, Board, Proof},
};

/// Between the language that is looked at and the others.
const PAUSE: Duration = Duration::from_millis(120);

/// The brief and languages to show.
pub(super) struct Wanted {
    pub brief: String,
    /// All of the brief's if there are none
    pub languages: Vec<Language>,
    /// Now if it is not given
    pub at: Option<DateTime<Utc>>,
}

pub(super) async fn run(context: &Context, wanted: &Wanted, port: Option<u16>) -> anyhow::Result<ExitCode> {
    begin(context, wanted)?;
    let listener = preview::bind(port).await.map_err(|error| {
        let port = port.unwrap_or_default();
        Problems::from(
            Problem::error(format!("port {port} of this machine is not available: {error}"))
                .hint("another preview may be using it; without `--port` a free one is used"),
        )
    })?;
    let started = Started { brief: &wanted.brief, url: format!("http://{}/", listener.local_addr()?) };
    context.output.result(&started, || format!("Preview of {} at {} — Ctrl-C ends", wanted.brief, started.url))?;
    let board = Arc::new(Board::new(&wanted.brief));
    let mut server = tokio::spawn(preview::serve(listener, board.clone()));
    tokio::select! {
        ended = &mut server => bail!("the preview's page is no longer served: {ended:?}"),
        broken = follow(context, wanted, &board) => broken?,
        signal = serve::stop() => { signal.context("signals cannot be received")?; }
    }
    server.abort();
    Ok(ExitCode::SUCCESS)
}

/// A wrong name is said at once. What is wrong in a file that is there is shown in the page, to be mended.
fn begin(context: &Context, wanted: &Wanted) -> Result<(), Problems> {
    match context.read_config() {
        Ok((config, _)) => context.brief(&config, &wanted.brief).map(|_| ()),
        Err(problems) if !context.global.config.exists() => Err(problems),
        Err(_) => Ok(()),
    }
}

#[derive(Serialize)]
struct Started<'a> {
    brief: &'a str,
    url: String,
}

/// Builds whenever something changes, without end.
async fn follow(context: &Context, wanted: &Wanted, board: &Arc<Board>) -> anyhow::Result<()> {
    let (mut watcher, mut reader) = (FileWatcher::new(), Reader::default());
    let mut last = None;
    loop {
        let begun = Instant::now();
        let read = reader.read(context, wanted, &mut watcher).await?.map(Arc::new);
        // A save that changes nothing, or of a file that does not matter.
        if last.as_ref() != Some(&read) {
            let report = match &read {
                Ok(inputs) => build(context, wanted, inputs, &watcher, board, begun).await?,
                Err(problems) => {
                    board.broken(problems.clone());
                    Some(Report::new(begun, Vec::new(), problems.clone()))
                }
            };
            last = report.is_some().then_some(read);
            if let Some(report) = report {
                report.tell(context.output, context.now())?;
            }
        }
        watcher.changed().await?;
    }
}

/// Makes each language, the one that is looked at first. Nothing if a newer save came before all were made.
async fn build(
    context: &Context,
    wanted: &Wanted,
    inputs: &Arc<Inputs>,
    watcher: &FileWatcher,
    board: &Arc<Board>,
    begun: Instant,
) -> anyhow::Result<Option<Report>> {
    let order = &inputs.order;
    let titles: Vec<(Language, String)> =
        order.languages.iter().map(|language| (*language, order.title.get(*language).clone())).collect();
    board.languages(&titles, inputs.warnings.clone());
    let at = wanted.at.unwrap_or_else(|| context.now());
    let (mut built, mut problems) = (Vec::new(), inputs.warnings.clone());
    let seen = board.seen();
    let mut languages = order.languages.clone();
    languages.sort_by_key(|language| Some(*language) != seen);
    for (nth, language) in languages.into_iter().enumerate() {
        if nth == 1 {
            // The browser has the processors to itself while it paints what is looked at.
            sleep(PAUSE).await;
            if watcher.has_pending_events() {
                return Ok(None);
            }
        }
        let (work, early, now) = (inputs.clone(), board.clone(), context.now());
        let make = move || {
            proof::make(&work, language, at, |pages| early.show(language, Proof::new(pages, begun.elapsed(), now)))
        };
        let made = spawn_blocking(make).await.map_err(anyhow::Error::from);
        let Made { written, found } = match made.and_then(|made| made) {
            Ok(made) => made,
            Err(error) => {
                context.output.problems(&Problem::error(format!("{error:#}")).into());
                let problem = Problem::error(format!("the pages in {language} could not be made"));
                Made { written: None, found: problem.hint("the terminal says why").into() }
            }
        };
        if let Some(Written { pages, pdf }) = &written {
            built.push(Built { language, pages: *pages, bytes: pdf.len() });
        }
        board.put(language, written.map(|written| written.pdf), found.clone());
        problems.extend(found);
        if watcher.has_pending_events() {
            return Ok(None);
        }
    }
    Ok(Some(Report::new(begun, built, problems)))
}

/// The result of a build.
#[derive(Serialize)]
struct Report {
    /// From the save to the last language
    milliseconds: u128,
    languages: Vec<Built>,
    errors: usize,
    warnings: usize,
    problems: Problems,
}

#[derive(Serialize)]
struct Built {
    language: Language,
    pages: usize,
    bytes: usize,
}

impl Report {
    fn new(begun: Instant, languages: Vec<Built>, problems: Problems) -> Report {
        let problems = problems.each_once();
        let errors = problems.0.iter().filter(|problem| problem.severity == Severity::Error).count();
        let warnings = problems.0.len() - errors;
        Report { milliseconds: begun.elapsed().as_millis(), languages, errors, warnings, problems }
    }

    /// One line, with the place of the first problem; the page shows all.
    fn tell(&self, output: Output, now: DateTime<Utc>) -> anyhow::Result<()> {
        output.result(self, || {
            let built =
                self.languages.iter().map(|built| format!("{} {}", built.language, counted(built.pages, "page")));
            let mut parts: Vec<String> = built.collect();
            if let Some(first) = self.problems.0.first() {
                let of = [(self.errors, "error"), (self.warnings, "warning")];
                let count = of.iter().filter(|(count, _)| *count > 0).map(|(count, word)| counted(*count, word));
                let place = first
                    .place
                    .as_ref()
                    .map_or_else(String::new, |at| format!("{}:{}:{} ", at.file, at.line, at.column));
                parts.push(format!("{}: {place}{}", count.collect::<Vec<_>>().join(" and "), first.what));
            }
            let time = now.with_timezone(&Local).format("%H:%M:%S");
            format!("{time}  {:>4} ms  {}", self.milliseconds, parts.join(", "))
        })
    }
}
