//! What lives on from a subscription whose reader went to another address: a "no" in an old mail is one to what came of it.

use sqlx::{Any, Row, Transaction};

use super::super::Result;
use crate::people::subscribers::SubscriptionState::{Active, Ended};

/// How a move to another address is recorded.
pub(super) const CHANGED: &str = "changed the address";
/// Maximum number of moves that are followed.
const MOVES: usize = 100;

/// The subscriptions from this one to the one that lives on from it: itself alone if it is in force or never moved.
pub(super) async fn line_of(tx: &mut Transaction<'_, Any>, subscription: i64) -> Result<Vec<i64>> {
    let mut line = vec![subscription];
    while let Some(last) = line.last().copied().filter(|_| line.len() < MOVES) {
        let row =
            sqlx::query("SELECT moved_to FROM subscription WHERE id = $1 AND state = $2 AND moved_to IS NOT NULL")
                .bind(last)
                .bind(Ended.code())
                .fetch_optional(&mut **tx)
                .await?;
        match row.map(|row| row.try_get(0)).transpose()? {
            Some(next) if !line.contains(&next) => line.push(next),
            _ => break,
        }
    }
    Ok(line)
}

/// The key of the address to which a subscription goes, and its brief.
pub(super) async fn place_of(tx: &mut Transaction<'_, Any>, subscription: i64) -> Result<Option<(String, String)>> {
    let row = sqlx::query(
        "SELECT u.address_key, s.brief FROM subscription s JOIN subscriber u ON u.id = s.subscriber WHERE s.id = $1",
    );
    let row = row.bind(subscription).fetch_optional(&mut **tx).await?;
    row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
}

/// What lives on at other addresses from the subscriptions of an address to a brief or to all: active ones, each with its
/// address' key and its brief.
pub(super) async fn lives_on(
    tx: &mut Transaction<'_, Any>,
    key: &str,
    brief: Option<&str>,
) -> Result<Vec<(String, String)>> {
    let brief = brief.unwrap_or_default().to_owned();
    let moved = sqlx::query(
        "SELECT s.moved_to FROM subscription s JOIN subscriber u ON u.id = s.subscriber
         WHERE u.address_key = $1 AND s.moved_to IS NOT NULL AND ($2 = '' OR s.brief = $2)",
    );
    // Of who was given another address, all is there.
    let renamed = sqlx::query(
        "SELECT s.id FROM former_address f JOIN subscription s ON s.subscriber = f.subscriber
         JOIN subscription_move m ON m.subscription = s.id AND m.at = f.until_at AND m.way = $3
         WHERE f.address_key = $1 AND ($2 = '' OR s.brief = $2)",
    );
    let mut rows = moved.bind(key.to_owned()).bind(brief.clone()).fetch_all(&mut **tx).await?;
    rows.extend(renamed.bind(key.to_owned()).bind(brief).bind(CHANGED).fetch_all(&mut **tx).await?);
    let mut found = Vec::new();
    for row in rows {
        let Some(last) = line_of(tx, row.try_get(0)?).await?.pop() else { continue };
        let row = sqlx::query(
            "SELECT u.address_key, s.brief FROM subscription s JOIN subscriber u ON u.id = s.subscriber
             WHERE s.id = $1 AND s.state = $2",
        );
        if let Some(row) = row.bind(last).bind(Active.code()).fetch_optional(&mut **tx).await? {
            let one: (String, String) = (row.try_get(0)?, row.try_get(1)?);
            if one.0 != key && !found.contains(&one) {
                found.push(one);
            }
        }
    }
    Ok(found)
}
