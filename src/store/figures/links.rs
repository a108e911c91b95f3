//! What came of looking at links: a row for each web address, found by the SHA-256 of its text, since an index takes no text of any
//! length.

use chrono::{DateTime, Utc};
use sqlx::{Any, AnyPool, Row, Transaction, any::AnyRow};

use crate::{
    figures::links::{DeadLinks, LinkRecord, Look},
    store::{
        Result,
        blobs::sha256,
        columns::{micros, time, word},
    },
};

/// All links that were looked at; only those that count as dead if that is asked for.
pub(super) async fn all(pool: &AnyPool, only_dead: bool) -> Result<DeadLinks> {
    let query = if only_dead { "SELECT * FROM link WHERE confirmed_at IS NOT NULL" } else { "SELECT * FROM link" };
    let rows = sqlx::query(query).fetch_all(pool).await?;
    rows.iter().map(|row| Ok((row.try_get("url")?, record(row)?))).collect()
}

/// Keeps what came of a look. Returns all that is known of the link then.
pub(super) async fn keep(
    tx: &mut Transaction<'_, Any>,
    url: &str,
    look: Look,
    at: DateTime<Utc>,
) -> Result<LinkRecord> {
    let key = sha256(url.as_bytes());
    let row = sqlx::query("SELECT * FROM link WHERE sha256 = $1").bind(key.clone()).fetch_optional(&mut **tx).await?;
    let before = row.as_ref().map(record).transpose()?;
    let after = LinkRecord::after(before.as_ref(), look, at);
    sqlx::query(
        "INSERT INTO link (sha256, url, looked_at, result, detail, moved_to, dead_since, dead_looks, confirmed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (sha256) DO UPDATE SET looked_at = excluded.looked_at, result = excluded.result,
             detail = excluded.detail, moved_to = excluded.moved_to, dead_since = excluded.dead_since,
             dead_looks = excluded.dead_looks, confirmed_at = excluded.confirmed_at",
    )
    .bind(key)
    .bind(url.to_owned())
    .bind(micros(after.looked_at))
    .bind(after.look.result.word())
    .bind(after.look.detail.clone())
    .bind(after.look.moved_to.clone())
    .bind(after.dead_since.map(micros))
    .bind(after.dead_looks)
    .bind(after.confirmed_at.map(micros))
    .execute(&mut **tx)
    .await?;
    Ok(after)
}

fn record(row: &AnyRow) -> Result<LinkRecord> {
    let time_of = |column: &str| row.try_get::<Option<i64>, _>(column)?.map(time).transpose();
    Ok(LinkRecord {
        looked_at: time(row.try_get("looked_at")?)?,
        look: Look { result: word(row, "result")?, detail: row.try_get("detail")?, moved_to: row.try_get("moved_to")? },
        dead_since: time_of("dead_since")?,
        dead_looks: row.try_get("dead_looks")?,
        confirmed_at: time_of("confirmed_at")?,
    })
}
