//! Editions as readers find them in the archive: those that went out. What an edition's page holds is made in `edition`; how it
//! is shown, the public pages decide.

use chrono::{DateTime, Utc};
use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::{EditionWithdrawal, Editions};
use crate::{
    base::{ids::EditionId, language::Language},
    delivery::rules::State,
    store::{
        Result, blobs,
        columns::{micros, time, word},
        dialect::sql,
        outbox::codes,
    },
};

/// What the archive keeps of an edition in one language beside its PDF. The three files are packed as gzip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditionPage {
    /// Its language.
    pub language: Language,
    /// The finding: the H1 of the PDF.
    pub headline: String,
    /// One sentence.
    pub summary: String,
    /// `No. 12`, as printed.
    pub issue: String,
    /// The date, as printed.
    pub date: String,
    /// The whole text as HTML, a fragment.
    pub html: Vec<u8>,
    /// The first page as SVG.
    pub picture: Vec<u8>,
    /// The figures as CSV, as they are in the PDF.
    pub figures: Vec<u8>,
}

/// An edition in one language, as the archive has it. Bytes are named by their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivedEdition {
    /// Its number.
    pub number: i64,
    /// Its language.
    pub language: Language,
    /// The slot that it was made for.
    pub slot: DateTime<Utc>,
    /// When it was released.
    pub released: DateTime<Utc>,
    /// The mail's subject.
    pub subject: String,
    /// The PDF.
    pub pdf: ArchivedPdf,
    /// `None` if it was made before there was an archive.
    pub page: Option<ArchivedPage>,
    /// The number of the edition by which it is superseded.
    pub superseded_by: Option<i64>,
    /// Since when.
    pub superseded_at: Option<DateTime<Utc>>,
    /// The number of the edition that it supersedes.
    pub corrects: Option<i64>,
}

/// The PDF of an archived edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivedPdf {
    /// The key of its bytes.
    pub key: String,
    /// Its size in bytes.
    pub bytes: i64,
    /// Number of pages.
    pub pages: i64,
    /// Its name.
    pub name: String,
    /// Its name in ASCII.
    pub ascii_name: String,
}

/// What stands on the first page, and the keys of the three files.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "see `EditionPage`")]
pub struct ArchivedPage {
    pub headline: String,
    pub summary: String,
    pub issue: String,
    pub date: String,
    pub html: String,
    pub picture: String,
    pub figures: String,
}

/// Which editions are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchivePart {
    /// The newest.
    Newest,
    /// Those with a lower number, the highest first.
    Before(i64),
    /// Those with a higher number, the lowest first.
    After(i64),
    /// The one with this number.
    Number(i64),
}

impl Editions<'_> {
    /// Returns up to `limit` editions of a brief in one language that went out: released, not stopped or withdrawn since, and
    /// with a mail that was sent or none that waits.
    pub async fn archived(
        self,
        brief: &str,
        language: Language,
        part: ArchivePart,
        limit: i64,
    ) -> Result<Vec<ArchivedEdition>> {
        let (which, order, number) = match part {
            ArchivePart::Newest => ("e.number > $3", "DESC", 0),
            ArchivePart::Before(number) => ("e.number < $3", "DESC", number),
            ArchivePart::After(number) => ("e.number > $3", "ASC", number),
            ArchivePart::Number(number) => ("e.number = $3", "ASC", number),
        };
        let open = codes(State::ALL.into_iter().filter(|state| state.is_open()));
        let rows = sqlx::query(sql(format!(
            "SELECT e.number, e.slot_utc, e.released_at, t.language, t.subject, t.pdf, t.pdf_name, t.pdf_ascii_name,
             t.pages, CAST(LENGTH(b.bytes) AS BIGINT) AS pdf_bytes,
             p.headline, p.summary, p.issue, p.dated, p.html, p.picture, p.figures,
             (SELECT newer.number FROM correction c JOIN edition newer ON newer.id = c.edition WHERE c.in_force = e.id)
             AS superseded_by,
             (SELECT newer.released_at FROM correction c JOIN edition newer ON newer.id = c.edition
             WHERE c.in_force = e.id) AS superseded_at,
             (SELECT older.number FROM correction c JOIN edition older ON older.id = c.in_force WHERE c.edition = e.id)
             AS corrects
             FROM edition e JOIN edition_text t ON t.edition = e.id JOIN blob b ON b.sha256 = t.pdf
             LEFT JOIN edition_page p ON p.edition = e.id AND p.language = t.language
             WHERE e.brief = $1 AND t.language = $2 AND {which} AND e.state = 'released' AND e.withdrawn_at IS NULL
             AND (EXISTS (SELECT 1 FROM mail m WHERE m.state = {} AND m.edition = e.id)
             OR NOT EXISTS (SELECT 1 FROM mail m WHERE m.state IN ({open}) AND m.edition = e.id))
             ORDER BY e.number {order} LIMIT $4",
            State::Sent.code()
        )))
        .bind(brief.to_owned())
        .bind(language.code())
        .bind(number)
        .bind(limit)
        .fetch_all(&self.store.pool)
        .await?;
        rows.iter().map(archived).collect()
    }

    /// The key of the packed table of figures that an edition carries in one language; `None` if none was kept.
    pub async fn figures_table(self, edition: EditionId, language: Language) -> Result<Option<String>> {
        let row = sqlx::query("SELECT figures FROM edition_page WHERE edition = $1 AND language = $2")
            .bind(edition)
            .bind(language.code())
            .fetch_optional(&self.store.pool)
            .await?;
        row.map(|row| Ok(row.try_get(0)?)).transpose()
    }

    /// Was an edition with this number released, and then withdrawn, or stopped by a person? Returns when it was withdrawn;
    /// when it was stopped nobody noted.
    pub async fn taken_back(self, brief: &str, number: i64) -> Result<Option<Option<DateTime<Utc>>>> {
        let row = sqlx::query(
            "SELECT withdrawn_at FROM edition WHERE brief = $1 AND number = $2 AND released_at IS NOT NULL
             AND (state = 'stopped' OR withdrawn_at IS NOT NULL)",
        )
        .bind(brief.to_owned())
        .bind(number)
        .fetch_optional(&self.store.pool)
        .await?;
        row.map(|row| row.try_get::<Option<i64>, _>(0)?.map(time).transpose()).transpose()
    }

    /// Was any edition of a brief released, and then withdrawn, or stopped by a person?
    pub async fn any_taken_back(self, brief: &str) -> Result<bool> {
        let row = sqlx::query(
            "SELECT 1 FROM edition WHERE brief = $1 AND released_at IS NOT NULL
             AND (state = 'stopped' OR withdrawn_at IS NOT NULL) LIMIT 1",
        );
        Ok(row.bind(brief.to_owned()).fetch_optional(&self.store.pool).await?.is_some())
    }

    /// When an edition of a brief was withdrawn last, of those that still are.
    pub async fn last_withdrawn(self, brief: &str) -> Result<Option<DateTime<Utc>>> {
        let row = sqlx::query("SELECT MAX(withdrawn_at) FROM edition WHERE brief = $1")
            .bind(brief.to_owned())
            .fetch_one(&self.store.pool)
            .await?;
        row.try_get::<Option<i64>, _>(0)?.map(time).transpose()
    }

    /// Takes an edition out of the archive, or shows it again if there is no reason; `ended` is the line that is kept of the
    /// withdrawal that ends. Returns false if that is so already: then nothing changes.
    pub async fn withdraw(
        self,
        edition: EditionId,
        withdrawal: Option<&EditionWithdrawal>,
        ended: Option<&str>,
    ) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE edition SET withdrawn_at = $2, withdrawn_why = $3, withdrawn_before = withdrawn_before || $4
             WHERE id = $1 AND (withdrawn_at IS NULL) = (CAST($2 AS BIGINT) IS NOT NULL)",
        )
        .bind(edition)
        .bind(withdrawal.map(|withdrawal| micros(withdrawal.at)))
        .bind(withdrawal.map(|withdrawal| withdrawal.why.clone()))
        .bind(ended.map_or_else(String::new, |line| format!("{}\n", line.replace('\n', " "))))
        .execute(&self.store.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Returns what the archive keeps of an edition in one language.
    pub async fn page(self, edition: EditionId, language: Language) -> Result<Option<EditionPage>> {
        let row = sqlx::query("SELECT * FROM edition_page WHERE edition = $1 AND language = $2")
            .bind(edition)
            .bind(language.code())
            .fetch_optional(&self.store.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let key = |name: &str| row.try_get::<String, _>(name);
        Ok(Some(EditionPage {
            language,
            headline: key("headline")?,
            summary: key("summary")?,
            issue: key("issue")?,
            date: key("dated")?,
            html: self.store.blob(&key("html")?).await?,
            picture: self.store.blob(&key("picture")?).await?,
            figures: self.store.blob(&key("figures")?).await?,
        }))
    }

    /// Returns the languages of an edition.
    pub async fn languages(self, brief: &str, number: i64) -> Result<Vec<Language>> {
        let rows = sqlx::query(
            "SELECT t.language FROM edition_text t JOIN edition e ON e.id = t.edition WHERE e.brief = $1 AND e.number = $2",
        )
            .bind(brief.to_owned())
            .bind(number)
            .fetch_all(&self.store.pool)
            .await?;
        let found: Vec<Language> = rows.iter().map(|row| word(row, "language")).collect::<Result<_>>()?;
        Ok(Language::ALL.into_iter().filter(|language| found.contains(language)).collect())
    }
}

/// Keeps an edition's page within the transaction of its release.
pub(super) async fn write_page(tx: &mut Transaction<'_, Any>, edition: EditionId, page: &EditionPage) -> Result<()> {
    let html = blobs::keep(tx, &page.html).await?;
    let picture = blobs::keep(tx, &page.picture).await?;
    let figures = blobs::keep(tx, &page.figures).await?;
    sqlx::query(
        "INSERT INTO edition_page (edition, language, headline, summary, issue, dated, html, picture, figures)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(edition)
    .bind(page.language.code())
    .bind(page.headline.clone())
    .bind(page.summary.clone())
    .bind(page.issue.clone())
    .bind(page.date.clone())
    .bind(html)
    .bind(picture)
    .bind(figures)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) fn archived(row: &AnyRow) -> Result<ArchivedEdition> {
    let headline: Option<String> = row.try_get("headline")?;
    let page = match headline {
        None => None,
        Some(headline) => Some(ArchivedPage {
            headline,
            summary: row.try_get("summary")?,
            issue: row.try_get("issue")?,
            date: row.try_get("dated")?,
            html: row.try_get("html")?,
            picture: row.try_get("picture")?,
            figures: row.try_get("figures")?,
        }),
    };
    let slot = time(row.try_get("slot_utc")?)?;
    Ok(ArchivedEdition {
        number: row.try_get("number")?,
        language: word(row, "language")?,
        slot,
        released: row.try_get::<Option<i64>, _>("released_at")?.map_or(Ok(slot), time)?,
        subject: row.try_get("subject")?,
        pdf: ArchivedPdf {
            key: row.try_get("pdf")?,
            bytes: row.try_get("pdf_bytes")?,
            pages: row.try_get("pages")?,
            name: row.try_get("pdf_name")?,
            ascii_name: row.try_get("pdf_ascii_name")?,
        },
        page,
        superseded_by: row.try_get("superseded_by")?,
        superseded_at: row.try_get::<Option<i64>, _>("superseded_at")?.map(time).transpose()?,
        corrects: row.try_get("corrects")?,
    })
}
