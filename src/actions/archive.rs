//! The archive of editions as readers see it: which went out, what each is called, its neighbours. What was made before there
//! was an archive is told by what the store has of it: the mail's subject and the PDF.

use chrono::{DateTime, Utc};

use super::public_plan::in_force;
use crate::{
    base::language::Language,
    config::Brief,
    document::brief::{dates, issue},
    store::{ArchivePart, ArchivedEdition, ArchivedPdf, Error, Store},
};

/// An edition in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveEntry {
    /// Its number
    pub number: i64,
    /// Its language
    pub language: Language,
    /// Its finding; of an old one the subject of its mail
    pub headline: String,
    /// One sentence; of an old one empty
    pub summary: String,
    /// `No. 12`, in its language
    pub issue: String,
    /// Its date, in its language
    pub date: String,
    /// When it was released
    pub released: DateTime<Utc>,
    /// Its PDF
    pub pdf: ArchivedPdf,
    /// Its other files; `None` if it is an old one
    pub files: Option<ArchiveFiles>,
    /// The number of the edition that corrects it
    pub superseded_by: Option<i64>,
    /// The number of the edition that it corrects
    pub corrects: Option<i64>,
    /// When it was released or, if that came later, superseded
    pub changed: DateTime<Utc>,
}

/// The keys of an edition's files, each packed as gzip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveFiles {
    /// The whole text as HTML, a fragment
    pub html: String,
    /// The first page as SVG
    pub picture: String,
    /// The figures as CSV
    pub figures: String,
}

/// What there is under a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// No edition that went out in this language
    Nothing,
    /// One that went out and was withdrawn or stopped since
    Withdrawn {
        /// The day, in its language, if it was withdrawn
        on: Option<String>,
        /// The newest edition that is there
        newest: Option<i64>,
    },
    /// An edition
    Edition(Box<ArchiveEntry>),
}

/// What stands around an edition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Around {
    /// The languages it went out in
    pub languages: Vec<Language>,
    /// The one before it in its language
    pub earlier: Option<i64>,
    /// The one after it
    pub later: Option<i64>,
}

/// The newest editions of a brief in one language, the newest first, up to `limit`; with `before`, those with a lower number.
///
/// # Errors
/// The store breaks.
pub async fn newest(
    store: &Store,
    brief: &Brief,
    language: Language,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<ArchiveEntry>, Error> {
    let part = before.map_or(ArchivePart::Newest, ArchivePart::Before);
    let found = store.editions().archived(&brief.id, language, part, limit).await?;
    Ok(found.into_iter().map(|edition| entry(brief, edition)).collect())
}

/// When these editions, the newest of a brief, last became others: with the last that appeared, was superseded or was withdrawn. Of a brief
/// without any that was when its config came into force.
///
/// # Errors
/// The store breaks.
pub async fn changed(
    store: &Store,
    brief: &Brief,
    editions: &[ArchiveEntry],
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, Error> {
    let last = editions.iter().map(|edition| edition.changed).max();
    match last.max(store.editions().last_withdrawn(&brief.id).await?) {
        Some(changed) => Ok(changed),
        None => Ok(in_force(store, &brief.id, now).await?.1),
    }
}

/// The edition with this number in this language.
///
/// # Errors
/// The store breaks.
pub async fn find(store: &Store, brief: &Brief, number: i64, language: Language) -> Result<Found, Error> {
    let found = store.editions().archived(&brief.id, language, ArchivePart::Number(number), 1).await?;
    Ok(match found.into_iter().next() {
        Some(edition) => Found::Edition(Box::new(entry(brief, edition))),
        None => match store.editions().taken_back(&brief.id, number).await? {
            None => Found::Nothing,
            Some(at) => {
                let day = |at: DateTime<Utc>| dates::day(at.with_timezone(&brief.timezone).date_naive(), language);
                let newest = store.editions().archived(&brief.id, language, ArchivePart::Newest, 1).await?;
                Found::Withdrawn { on: at.map(day), newest: newest.first().map(|edition| edition.number) }
            }
        },
    })
}

/// What stands around an edition.
///
/// # Errors
/// The store breaks.
pub async fn around(store: &Store, brief: &Brief, edition: &ArchiveEntry) -> Result<Around, Error> {
    let editions = store.editions();
    let next = async |part| {
        let found = editions.archived(&brief.id, edition.language, part, 1).await?;
        Ok::<_, Error>(found.first().map(|next| next.number))
    };
    let (earlier, later) =
        (next(ArchivePart::Before(edition.number)).await?, next(ArchivePart::After(edition.number)).await?);
    Ok(Around { languages: editions.languages(&brief.id, edition.number).await?, earlier, later })
}

fn entry(brief: &Brief, edition: ArchivedEdition) -> ArchiveEntry {
    let ArchivedEdition { number, language, released, pdf, superseded_by, superseded_at, corrects, .. } = edition;
    let changed = superseded_at.map_or(released, |at| at.max(released));
    match edition.page {
        Some(page) => ArchiveEntry {
            number,
            language,
            headline: page.headline,
            summary: page.summary,
            issue: page.issue,
            date: page.date,
            released,
            pdf,
            files: Some(ArchiveFiles { html: page.html, picture: page.picture, figures: page.figures }),
            superseded_by,
            corrects,
            changed,
        },
        None => ArchiveEntry {
            number,
            language,
            headline: edition.subject,
            summary: String::new(),
            issue: issue(number, language),
            date: dates::day(edition.slot.with_timezone(&brief.timezone).date_naive(), language),
            released,
            pdf,
            files: None,
            superseded_by,
            corrects,
            changed,
        },
    }
}
