//! Languages that readers chose: by a form, by a mail or on the page of their subscription. No list changes them; an operator
//! who names one reader does.

use serde::Serialize;
use sqlx::{Any, Row, Transaction};

use super::{
    super::{
        Result,
        dialect::{Dialect, sql},
    },
    batches::{BATCH, is_kept, places},
    history::READER,
};
use crate::base::language::Language;

/// Maximum number of changes that are told of a list.
pub(super) const MAX_CHANGES: usize = 1000;

/// A subscription whose language a list would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LanguageChange {
    /// The address as it stands in the list
    pub address: String,
    /// The brief's id
    pub brief: String,
    /// The language before
    pub from: Language,
    /// The language that the list says
    pub to: Language,
}

/// Those of at most [`BATCH`] active subscriptions whose last move their reader made. A language changes with a move only: so
/// it is the reader's word, which they gave or confirmed.
pub(super) async fn chosen_by_readers(
    tx: &mut Transaction<'_, Any>,
    dialect: Dialect,
    subscriptions: impl ExactSizeIterator<Item = i64>,
) -> Result<Vec<i64>> {
    let count = subscriptions.len();
    debug_assert!(count <= BATCH, "a batch is written at once");
    let mut query = sqlx::query(sql(format!(
        "SELECT m.subscription FROM subscription_move m WHERE m.actor = '{READER}' AND m.id IN
         (SELECT MAX(l.id) FROM subscription_move l WHERE l.subscription IN {} GROUP BY l.subscription)",
        places(dialect, 1, count, |_| None)
    )));
    for subscription in subscriptions {
        query = query.bind(subscription);
    }
    let rows = query.persistent(is_kept(dialect, count)).fetch_all(&mut **tx).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
