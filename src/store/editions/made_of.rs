//! What an edition was made of: the files of template and config by the SHA-256 of their bytes, which are kept, the fonts, and
//! the program.

use serde::Serialize;
use sqlx::Row;

use super::Editions;
use crate::{base::ids::EditionId, store::Result};

/// What a new edition is made on, beside the program's version.
#[derive(Debug, Clone, Copy, Default)]
pub struct MadeOn<'a> {
    /// The architecture that the program runs on, such as `x86_64`.
    pub architecture: &'a str,
    /// The SHA-256 of the fonts.
    pub fonts: &'a str,
}

/// What an edition was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MadeOf {
    /// The program's version.
    pub program: String,
    /// The architecture that it ran on; `None` of an edition from before this was kept.
    pub architecture: Option<String>,
    /// The SHA-256 of the fonts; `None` as well.
    pub fonts: Option<String>,
    /// The files, by name: `template/en.md`, `config/…`, and what surrounds the figures.
    pub files: Vec<KeptFile>,
}

/// A file that an edition was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptFile {
    /// Its name.
    pub name: String,
    /// The SHA-256 of its bytes, which are a blob.
    pub sha256: String,
    /// Its size in bytes.
    pub bytes: i64,
}

impl Editions<'_> {
    /// Returns what an edition was made of.
    pub async fn made_of(self, edition: EditionId) -> Result<MadeOf> {
        let row = sqlx::query("SELECT program, architecture, fonts FROM edition WHERE id = $1")
            .bind(edition)
            .fetch_one(&self.store.pool)
            .await?;
        let files = sqlx::query(
            "SELECT i.name, i.sha256, CAST(LENGTH(b.bytes) AS BIGINT) FROM edition_input i
             JOIN blob b ON b.sha256 = i.sha256 WHERE i.edition = $1 ORDER BY i.name",
        )
        .bind(edition)
        .fetch_all(&self.store.pool)
        .await?;
        let known = |text: String| (!text.is_empty()).then_some(text);
        let file = |row: &sqlx::any::AnyRow| {
            Ok(KeptFile { name: row.try_get(0)?, sha256: row.try_get(1)?, bytes: row.try_get(2)? })
        };
        Ok(MadeOf {
            program: row.try_get(0)?,
            architecture: known(row.try_get(1)?),
            fonts: known(row.try_get(2)?),
            files: files.iter().map(file).collect::<Result<_>>()?,
        })
    }
}
