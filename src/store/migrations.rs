//! The schema's versions. Each file in `migrations/` leads to the version of its number; a version that was released is
//! never changed.

use chrono::{DateTime, Utc};
use sqlx::{Any, Executor, Row};

use super::{
    Error, Result, Store,
    dialect::{Dialect, sql},
    figures::earlier,
    store_files::{exists, free_name},
};

/// The file after which the figures of before are copied.
const IMPORTS: &str = include_str!("../../migrations/0019_imports.sql");

const FILES: [&str; 32] = [
    include_str!("../../migrations/0001_begin.sql"),
    include_str!("../../migrations/0002_operators.sql"),
    include_str!("../../migrations/0003_quiet.sql"),
    include_str!("../../migrations/0004_schedules.sql"),
    include_str!("../../migrations/0005_config.sql"),
    include_str!("../../migrations/0006_figures.sql"),
    include_str!("../../migrations/0007_people.sql"),
    include_str!("../../migrations/0008_domains.sql"),
    include_str!("../../migrations/0009_given.sql"),
    include_str!("../../migrations/0010_tokens.sql"),
    include_str!("../../migrations/0011_joining.sql"),
    include_str!("../../migrations/0012_replies.sql"),
    include_str!("../../migrations/0013_archive.sql"),
    include_str!("../../migrations/0014_answers.sql"),
    include_str!("../../migrations/0015_forwarded.sql"),
    include_str!("../../migrations/0016_problems.sql"),
    include_str!("../../migrations/0017_moves.sql"),
    include_str!("../../migrations/0018_withdrawn.sql"),
    IMPORTS,
    include_str!("../../migrations/0020_imports_end.sql"),
    include_str!("../../migrations/0021_mailboxes.sql"),
    include_str!("../../migrations/0022_asked.sql"),
    include_str!("../../migrations/0023_withdrawals.sql"),
    include_str!("../../migrations/0024_decisions.sql"),
    include_str!("../../migrations/0025_approvals.sql"),
    include_str!("../../migrations/0026_made_of.sql"),
    include_str!("../../migrations/0027_corrections.sql"),
    include_str!("../../migrations/0028_read_as.sql"),
    include_str!("../../migrations/0029_shares.sql"),
    include_str!("../../migrations/0030_links.sql"),
    include_str!("../../migrations/0031_pages_of.sql"),
    include_str!("../../migrations/0032_attached.sql"),
];

/// The schema that this program writes.
pub const SCHEMA: i64 = FILES.len() as i64;

/// The schema's version before and after it was brought up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchemaVersions {
    /// 0 if there was no schema.
    pub before: i64,
    /// The version that the store has now.
    pub after: i64,
}

impl Store {
    /// Makes or changes the schema if that is allowed.
    pub(super) async fn prepare(&self, may_change: bool, now: DateTime<Utc>) -> Result<SchemaVersions> {
        let found = self.version().await?;
        if found > SCHEMA {
            return Err(Error::Newer { found, known: SCHEMA });
        }
        if found == SCHEMA {
            return Ok(SchemaVersions { before: found, after: found });
        }
        if found > 0 {
            if !may_change {
                return Err(Error::Older { found, known: SCHEMA });
            }
            if let Some(file) = self.file() {
                let stamp = now.format("%Y%m%dT%H%M%SZ");
                // Several processes may begin at a time.
                let copy = free_name(&file.with_extension(format!("schema-{found}.{stamp}.db")), exists);
                self.copy_to(&copy).await?;
            }
        }
        let mut tx = self.begin().await?;
        if self.dialect == Dialect::Postgres {
            // Two processes that start on an empty database: one makes the schema, the other waits and finds it.
            tx.execute("SELECT pg_advisory_xact_lock(7236478023)").await?;
        }
        tx.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY)").await?;
        let found: i64 = sqlx::query("SELECT COALESCE(MAX(version), 0) FROM schema_version")
            .fetch_one(&mut *tx)
            .await?
            .try_get(0)?;
        for (version, text) in (1..).zip(FILES).filter(|(version, _)| *version > found) {
            let text_is_imports = text == IMPORTS;
            let text: String = self.dialect.schema(text).lines().filter(|line| !line.starts_with("--")).collect();
            for statement in text.split(';').filter(|statement| !statement.trim().is_empty()) {
                tx.execute(sql(statement.to_owned())).await?;
            }
            if text_is_imports {
                earlier::copy(&mut tx).await?;
            }
            sqlx::query("INSERT INTO schema_version (version) VALUES ($1)").bind(version).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(SchemaVersions { before: found, after: SCHEMA })
    }

    /// Returns the version of the schema; 0 for an empty database. Refuses a database with tables of something else, so that
    /// ours never end up among them.
    pub(super) async fn version(&self) -> Result<i64> {
        let tables = tables(&self.pool, self.dialect).await?;
        if tables.is_empty() {
            return Ok(0);
        }
        if is_foreign(&tables) {
            return Err(Error::Foreign(self.place()));
        }
        let row = sqlx::query("SELECT COALESCE(MAX(version), 0) FROM schema_version").fetch_one(&self.pool).await?;
        Ok(row.try_get(0)?)
    }
}

/// The names of all tables.
pub(super) async fn tables<'a>(from: impl Executor<'a, Database = Any>, dialect: Dialect) -> sqlx::Result<Vec<String>> {
    let query = match dialect {
        Dialect::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite^_%' ESCAPE '^'"
        }
        Dialect::Postgres => "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = current_schema()",
    };
    sqlx::query(query).fetch_all(from).await?.iter().map(|row| row.try_get(0)).collect()
}

/// Do these tables belong to something else?
pub(super) fn is_foreign(tables: &[String]) -> bool {
    !tables.is_empty() && !tables.iter().any(|table| table == "schema_version")
}
