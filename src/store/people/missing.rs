//! Who is subscribed in the store that a restore sets aside, and is not in the backup: they came after it. They are not carried
//! over, since the backup may have been put back because of them; a list of them is written that can be imported.

use std::{
    collections::HashSet,
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;
use sqlx::Row;

use super::super::{
    Error, Result, Store,
    dialect::sql,
    store_files::{create_private, rename_to_new},
};
use crate::people::subscribers::SubscriptionState;

/// Number of rows that are read at a time.
const PAGE: i64 = 1000;
/// Where the consent of those comes from of whom nothing else is known.
const CONSENT: &str = "subscribed before the restore";
/// Number of those who are named at once.
const FIRST: usize = 3;

/// Subscriptions that the backup does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Their number
    pub subscriptions: u64,
    /// The first few addresses
    pub first: Vec<String>,
    /// The list of all, with the columns that `subscribers import` reads
    pub list: PathBuf,
}

impl Missing {
    /// Gives the list another name, which must be free.
    pub(in crate::store) fn move_to(self, list: &Path) -> Result<Missing> {
        rename_to_new(&self.list, list).map_err(failed(list))?;
        Ok(Missing { list: list.to_owned(), ..self })
    }
}

/// Writes the active subscriptions of `before` that `store` has in no state to a new file, which only its owner may read. Those
/// who left are none of them: that was carried over. `None` if there are none; then there is no file.
pub(super) async fn missing(before: &Store, store: &Store, list: &Path) -> Result<Option<Missing>> {
    let mut found: Option<(Missing, BufWriter<fs::File>)> = None;
    let mut after = 0_i64;
    loop {
        let rows = sqlx::query(
            "SELECT s.id, u.address, u.address_key, s.brief, s.language, COALESCE((SELECT c.text FROM subscription_move m
             JOIN consent_source c ON c.id = m.source WHERE m.subscription = s.id ORDER BY m.id DESC LIMIT 1), $4)
             FROM subscription s
             JOIN subscriber u ON u.id = s.subscriber
             WHERE s.id > $1 AND s.state = $2 ORDER BY s.id LIMIT $3",
        )
        .bind(after)
        .bind(SubscriptionState::Active.code())
        .bind(PAGE)
        .bind(CONSENT)
        .fetch_all(&before.pool)
        .await?;
        let Some(last) = rows.last() else { break };
        after = last.try_get(0)?;
        let keys = rows.iter().map(|row| row.try_get(2)).collect::<sqlx::Result<Vec<String>>>()?;
        let known = known(store, &keys).await?;
        for (row, key) in rows.iter().zip(keys) {
            let [address, brief, language]: [String; 3] = [row.try_get(1)?, row.try_get(3)?, row.try_get(4)?];
            let consent: String = row.try_get(5)?;
            if known.contains(&(key, brief.clone())) {
                continue;
            }
            let (missing, file) = match &mut found {
                Some(found) => found,
                None => found.insert(begin(list)?),
            };
            let line = [&address, &language, &brief, &consent].map(|field| quoted(field)).join(",");
            writeln!(file, "{line}\r").map_err(failed(list))?;
            missing.subscriptions += 1;
            if missing.first.len() < FIRST {
                missing.first.push(address);
            }
        }
    }
    let Some((missing, mut file)) = found else { return Ok(None) };
    file.flush().and_then(|()| file.get_ref().sync_all()).map_err(failed(list))?;
    Ok(Some(missing))
}

/// The subscriptions of these people, in any state.
async fn known(store: &Store, keys: &[String]) -> Result<HashSet<(String, String)>> {
    let keys = serde_json::to_string(keys).map_err(|error| Error::Corrupt(error.to_string()))?;
    let rows = sqlx::query(sql(format!(
        "SELECT u.address_key, s.brief FROM subscriber u JOIN subscription s ON s.subscriber = u.id
         WHERE u.address_key IN (SELECT value FROM {})",
        store.dialect.elements()
    )))
    .bind(keys)
    .fetch_all(&store.pool)
    .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

fn begin(list: &Path) -> Result<(Missing, BufWriter<fs::File>)> {
    let mut file = BufWriter::new(create_private(list).map_err(failed(list))?);
    file.write_all(b"address,language,brief,consent\r\n").map_err(failed(list))?;
    Ok((Missing { subscriptions: 0, first: Vec::new(), list: list.to_owned() }, file))
}

/// A field of CSV (RFC 4180): a local part may hold commas and quotes.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', ';', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> Error + Copy + use<'_> {
    move |error| Error::File { path: path.display().to_string(), error }
}
