//! A preview of a brief while its template is written: whenever a file is saved, the draft is made again in each language
//! and published on a [`PreviewChannel`]. How it is shown, and to whom, the caller decides.

mod channel;
mod draft;
mod inputs;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde::Serialize;
use tokio::{task::spawn_blocking, time::sleep};

pub use self::channel::{DraftMail, DraftPages, LanguageState, PageImage, PreviewChannel, PreviewState};
use self::{
    draft::{Draft, DraftPdf},
    inputs::{InputReader, PreviewInputs},
};
use super::{Error, Installation, Result, given_time::GivenTime};
use crate::{
    base::{
        file_watcher::FileWatcher,
        language::Language,
        problem::{Problem, Problems, Severity},
    },
    config::{ConfigSource, Part},
    time::clock::Clock,
};

/// Wait between the language that is viewed and the others. Meanwhile the browser has the processors to itself.
const PAUSE_AFTER_VIEWED: Duration = Duration::from_millis(120);

/// The brief and languages to preview.
#[derive(Debug)]
pub struct PreviewRequest {
    /// The brief's id
    pub brief: String,
    /// The languages; all of the brief's if there are none
    pub languages: Vec<Language>,
    /// The date printed, and the day up to which figures are known; the time of each build if it is not given
    pub at: Option<GivenTime>,
}

/// What a running preview reports.
#[derive(Debug)]
pub enum PreviewEvent {
    /// A build is done, with or without mistakes; its report lists them.
    Built(BuildReport),
    /// Something broke that the writer of the template cannot mend. What is published only refers to the terminal, so the
    /// caller has to print it.
    Failed(anyhow::Error),
}

/// The result of one build of all languages.
#[derive(Debug, Serialize)]
pub struct BuildReport {
    /// Duration from the save to the last language
    pub milliseconds: u128,
    /// The languages that have a PDF
    pub languages: Vec<BuiltLanguage>,
    /// Number of errors
    pub errors: usize,
    /// Number of warnings
    pub warnings: usize,
    /// Errors and warnings, each once
    pub problems: Problems,
}

/// A language whose PDF was made.
#[derive(Debug, Serialize)]
pub struct BuiltLanguage {
    /// The language
    pub language: Language,
    /// Its number of pages
    pub pages: usize,
    /// The PDF's size
    pub bytes: usize,
}

impl BuildReport {
    fn new(started: Instant, languages: Vec<BuiltLanguage>, problems: Problems) -> BuildReport {
        let problems = problems.each_once();
        let errors = problems.0.iter().filter(|problem| problem.severity == Severity::Error).count();
        let warnings = problems.0.len() - errors;
        BuildReport { milliseconds: started.elapsed().as_millis(), languages, errors, warnings, problems }
    }
}

/// A preview of one brief; [`run`](Preview::run) makes it.
pub struct Preview {
    source: ConfigSource,
    clock: Clock,
    request: PreviewRequest,
    channel: Arc<PreviewChannel>,
}

impl Preview {
    /// Opens a preview. A mistake in a file that exists is no reason to refuse it: it is published, to be mended.
    ///
    /// # Errors
    /// There is no such brief, or no config.
    pub fn open(source: ConfigSource, clock: Clock, request: PreviewRequest) -> Result<Preview> {
        match source.read().for_parts(Part::WITHOUT_SECRETS) {
            Ok((config, _)) => {
                Installation::new(config, clock.clone()).brief(&request.brief)?;
            }
            Err(problems) if !source.file.exists() => return Err(Error::Files(problems)),
            Err(_) => {}
        }
        let channel = Arc::new(PreviewChannel::new(&request.brief));
        Ok(Preview { source, clock, request, channel })
    }

    /// The channel that the preview is published on.
    pub fn channel(&self) -> Arc<PreviewChannel> {
        self.channel.clone()
    }

    /// Makes the draft now, and again whenever a file that it is made from changes. Ends only by an error.
    ///
    /// # Errors
    /// The files cannot be watched, or `on_event` fails.
    pub async fn run(&self, mut on_event: impl FnMut(PreviewEvent) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let (mut watcher, mut reader) = (FileWatcher::new(), InputReader::default());
        let mut last = None;
        loop {
            let started = Instant::now();
            let read = match reader.read(self, &mut watcher).await? {
                Ok(inputs) => Ok(Arc::new(inputs)),
                Err(Error::Files(problems) | Error::Refused(problems)) => Err(problems),
                Err(Error::Failed(error)) => {
                    on_event(PreviewEvent::Failed(error))?;
                    Err(Problem::error("the figures cannot be read").hint("the terminal says why").into())
                }
            };
            // Not after a save that changed nothing, or of a file that does not matter.
            if last.as_ref() != Some(&read) {
                let report = match &read {
                    Ok(inputs) => self.build(inputs, &watcher, started, &mut on_event).await?,
                    Err(problems) => {
                        self.channel.mark_all_stale(problems.clone());
                        Some(BuildReport::new(started, Vec::new(), problems.clone()))
                    }
                };
                last = report.is_some().then_some(read);
                if let Some(report) = report {
                    on_event(PreviewEvent::Built(report))?;
                }
            }
            watcher.changed().await?;
        }
    }

    /// Makes each language, the one that is viewed first. Returns `None` if a file was saved before all were made.
    async fn build(
        &self,
        inputs: &Arc<PreviewInputs>,
        watcher: &FileWatcher,
        started: Instant,
        on_event: &mut impl FnMut(PreviewEvent) -> anyhow::Result<()>,
    ) -> anyhow::Result<Option<BuildReport>> {
        let (spec, channel) = (&inputs.spec, &self.channel);
        let titles: Vec<(Language, String)> =
            spec.languages.iter().map(|language| (*language, spec.title.get(*language).clone())).collect();
        channel.set_languages(&titles, inputs.warnings.clone());
        let at = inputs.at.unwrap_or_else(|| self.clock.now());
        let (mut built, mut problems) = (Vec::new(), inputs.warnings.clone());
        let viewed = channel.viewed_language();
        let mut languages = spec.languages.clone();
        languages.sort_by_key(|language| Some(*language) != viewed);
        for (nth, language) in languages.into_iter().enumerate() {
            if nth == 1 {
                sleep(PAUSE_AFTER_VIEWED).await;
                if watcher.has_pending_events() {
                    return Ok(None);
                }
            }
            let (inputs, pages_channel, now) = (inputs.clone(), channel.clone(), self.clock.now());
            let make = move || {
                let on_pages = |pages| {
                    pages_channel.publish_pages(language, DraftPages::new(pages, started.elapsed(), now));
                };
                let on_mail = |mail| pages_channel.publish_mail(language, DraftMail::new(&inputs.from, mail));
                draft::make(&inputs, language, at, on_pages, on_mail)
            };
            let made = spawn_blocking(make).await.map_err(anyhow::Error::from);
            let Draft { pdf, problems: found } = match made.and_then(|made| made) {
                Ok(draft) => draft,
                Err(error) => {
                    on_event(PreviewEvent::Failed(error))?;
                    let problem = Problem::error(format!("the pages in {language} could not be made"));
                    Draft { pdf: None, problems: problem.hint("the terminal says why").into() }
                }
            };
            if let Some(DraftPdf { pages, bytes }) = &pdf {
                built.push(BuiltLanguage { language, pages: *pages, bytes: bytes.len() });
            }
            channel.finish_language(language, pdf.map(|pdf| pdf.bytes), found.clone());
            problems.extend(found);
            if watcher.has_pending_events() {
                return Ok(None);
            }
        }
        Ok(Some(BuildReport::new(started, built, problems)))
    }
}
