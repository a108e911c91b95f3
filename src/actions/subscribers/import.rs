//! A list of subscribers is imported: read once to check it, and once more to take it, so that a list of a million rows
//! takes no more memory than a short one.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Serialize;
use tracing::info;

use super::{Actor, Installation, Result, rejects::Rejects};
use crate::{
    actions::Error,
    base::{
        csv_table::CsvInput,
        language::Language,
        plural::counted,
        problem::{Problem, Problems},
    },
    config::Brief,
    people::subscribers::{self, CheckedList, ListOptions, SubscriberList},
    store::{self, ComeBack, Given, LanguageChange, Subscribing},
};

/// Maximum size of a list, in bytes.
const MAX_LIST: u64 = 256 << 20;

/// A list to be imported.
#[derive(Debug)]
pub struct ImportRequest<'a> {
    /// The file; `-` is standard input
    pub file: &'a Path,
    /// The brief of rows that name none
    pub brief: Option<&'a str>,
    /// The language of rows that name none
    pub language: Option<Language>,
    /// Why readers who have left are subscribed again
    pub again: Option<&'a str>,
    /// Where the consent of rows that say nothing comes from
    pub consent: Option<&'a str>,
    /// Only tell what would change
    pub dry_run: bool,
    /// Take the rows without a mistake, and write the others to this new file
    pub skip_bad: Option<&'a Path>,
}

/// The outcome of [`import`].
#[derive(Debug, Serialize)]
pub struct Imported {
    /// Numbers of subscriptions
    #[serde(flatten)]
    pub subscriptions: store::Subscribed,
    /// Rows below the head
    pub rows: u64,
    /// Rows that were not taken
    pub rejected: u64,
    /// The file that holds them
    pub rejects: Option<PathBuf>,
    /// Rows whose brief is not written in their language: they get nothing until it is
    pub unwritten: u64,
    /// Columns that were not read
    pub columns_left_out: Vec<String>,
    /// Nothing was changed
    pub dry_run: bool,
    /// After a dry run: subscriptions whose language would change, the first thousand
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<LanguageChange>>,
}

/// How far an import has come.
#[derive(Debug, Clone, Copy)]
pub enum ImportProgress {
    /// The file is being checked, so many bytes of `all`.
    Checked {
        /// Bytes that were read
        bytes: u64,
        /// The size of the file
        all: u64,
    },
    /// Its rows are being taken.
    Taken {
        /// Rows that are done
        rows: u64,
        /// Rows of the file
        all: u64,
    },
}

/// Subscribes the people in a CSV file: all or none, or with `skip_bad` those whose row has no mistake.
///
/// # Errors
/// The file cannot be read or, without `skip_bad`, a row has a mistake; then nothing has changed.
pub async fn import(
    installation: &Installation,
    actor: &Actor,
    request: &ImportRequest<'_>,
    mut on_progress: impl FnMut(ImportProgress) + Send,
) -> Result<Imported> {
    if let Some(rejects) = request.skip_bad {
        Rejects::refuse_existing(rejects)?;
    }
    let briefs: Vec<&str> = installation.config.briefs()?.keys().map(String::as_str).collect();
    let brief = match (request.brief, briefs.as_slice()) {
        (Some(brief), _) => Some(installation.brief(brief)?.id.as_str()),
        (None, [only]) => Some(*only),
        (None, _) => None,
    };
    let options =
        ListOptions { briefs: &briefs, brief, language: request.language, consent: request.consent.or(request.again) };
    let mut input = CsvInput::open(request.file, MAX_LIST).map_err(Error::of_file)?;
    let name = input.name().to_owned();
    let all = input.size();
    let checked = subscribers::check(&mut input, options, |bytes| on_progress(ImportProgress::Checked { bytes, all }))
        .map_err(Error::of_file)?;
    if checked.bad > 0 && request.skip_bad.is_none() && !request.dry_run {
        return Err(Error::of_file(refused(&name, checked, None)));
    }
    let given = Given { actor: actor.name(), way: "import", consent: options.consent.unwrap_or_default() };
    let come_back = request.again.map(|reason| ComeBack { actor: actor.name(), reason });
    let found = installation.found_store().await?;
    let written = installation.config.briefs()?;
    let mut taking = Taking { checked: &checked, name: &name, options, request, written, unwritten: 0, on_progress };
    let (subscriptions, changes) = match (request.dry_run, found) {
        (false, _) => {
            let people = installation.store().await?.people();
            let subscribing = people.subscribing(come_back, installation.now()).await?.given(given);
            taking.take(&mut input, subscribing.keeping_choices()).await?
        }
        (true, Some(store)) => {
            let subscribing = store.people().trying(come_back, installation.now()).await?;
            taking.take(&mut input, subscribing.keeping_choices()).await?
        }
        // Where there is no store, nobody is known.
        (true, None) => {
            (store::Subscribed { new: checked.rows - checked.bad, ..store::Subscribed::default() }, Vec::new())
        }
    };
    let unwritten = taking.unwritten;
    if checked.bad > 0 && request.skip_bad.is_none() {
        return Err(Error::of_file(refused(&name, checked, Some(subscriptions))));
    }
    if !request.dry_run {
        let store::Subscribed { new, again, changed, unchanged, kept, left, .. } = subscriptions;
        let (rejected, reason) = (checked.bad, request.again);
        info!(by = %actor, new, again, changed, unchanged, kept, left, rejected, reason, "subscribers are imported");
    }
    let rejects = request.skip_bad.filter(|_| checked.bad > 0 && !request.dry_run).map(Path::to_owned);
    Ok(Imported {
        subscriptions,
        rows: checked.rows,
        rejected: checked.bad,
        rejects,
        unwritten,
        columns_left_out: checked.left_out,
        dry_run: request.dry_run,
        changes: request.dry_run.then_some(changes),
    })
}

/// All that is told of a list with mistakes; after a dry run, also what the rows without one would change.
fn refused(name: &str, checked: CheckedList, others: Option<store::Subscribed>) -> Problems {
    let CheckedList { rows, bad, mut problems, .. } = checked;
    let all = if (problems.0.len() as u64) < bad {
        format!("; the first {} are told", problems.0.len())
    } else {
        String::new()
    };
    let have = if bad == 1 { "has a mistake" } else { "have mistakes" };
    let what = format!("{bad} of {} of {name} {have}: nothing was imported{all}", counted(rows, "row"));
    let mut problem = Problem::error(what);
    if let Some(store::Subscribed { new, again, changed, unchanged, kept, left, suppressed }) = others {
        let mut told = format!("of the other {}: {new} new, {changed} changed, {unchanged} unchanged", rows - bad);
        for (count, word) in [
            (again, "again"),
            (kept, "keep the language that they chose themselves"),
            (left, "stay away, having left"),
            (suppressed, "suppressed"),
        ] {
            if count > 0 {
                told += &format!(", {count} {word}");
            }
        }
        problem = problem.hint(told);
    }
    problems.push(problem.hint(format!(
        "mend them, or import the other {} and get these in a file with the reason beside each: `--skip-bad REJECTS.csv`",
        rows - bad
    )));
    problems
}

/// The second reading.
struct Taking<'a, P> {
    checked: &'a CheckedList,
    name: &'a str,
    options: ListOptions<'a>,
    request: &'a ImportRequest<'a>,
    written: &'a BTreeMap<String, Brief>,
    /// Rows whose brief is not written in their language.
    unwritten: u64,
    on_progress: P,
}

impl<P: FnMut(ImportProgress) + Send> Taking<'_, P> {
    async fn take(
        &mut self,
        input: &mut CsvInput,
        mut subscribing: Subscribing<'_>,
    ) -> Result<(store::Subscribed, Vec<LanguageChange>)> {
        let changed = || Error::refused(format!("{} was changed while it was read: nothing was imported", self.name));
        let mut list = SubscriberList::new(self.name, input.reader()?, self.options).map_err(Error::of_file)?;
        let wants_rejects = self.checked.bad > 0 && !self.request.dry_run;
        let mut rejects = match self.request.skip_bad.filter(|_| wants_rejects) {
            Some(path) => Some(Rejects::create(path, list.written_head(), list.width(), list.separator())?),
            None => None,
        };
        let mut repeats = self.checked.repeats.iter().peekable();
        let (mut done, mut bad) = (0, 0);
        while let Some(row) = list.next_row()? {
            let repeat = repeats.next_if(|repeat| repeat.line == row.line);
            let problems = match (&row.subscriber, repeat) {
                (Ok(subscriber), None) => {
                    let consent = subscriber.consent.as_str();
                    let brief = self.written.get(subscriber.brief);
                    self.unwritten += u64::from(brief.is_some_and(|it| !it.languages.contains(&subscriber.language)));
                    subscribing.add_with(&subscriber.address, subscriber.language, subscriber.brief, consent).await?;
                    None
                }
                (Ok(_), Some(repeat)) => Some(row.repeated(repeat.first).into()),
                (Err(problems), _) => Some(problems.clone()),
            };
            if let Some(problems) = problems {
                bad += 1;
                if let Some(rejects) = &mut rejects {
                    rejects.add(row.written(), row.fields(), &problems)?;
                }
            }
            done += 1;
            if done % 1000 == 0 || done == self.checked.rows {
                (self.on_progress)(ImportProgress::Taken { rows: done, all: self.checked.rows });
            }
        }
        if (done, bad) != (self.checked.rows, self.checked.bad) {
            return Err(changed());
        }
        // Before the others are imported: a row that is nowhere cannot be mended.
        rejects.as_mut().map_or(Ok(()), Rejects::sync)?;
        let told = subscribing.commit_and_tell().await?;
        if let Some(rejects) = rejects {
            rejects.keep();
        }
        Ok(told)
    }
}
