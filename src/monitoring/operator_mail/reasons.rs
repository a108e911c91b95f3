//! An edition's mails grouped by the reason for which they did not go.

use std::collections::BTreeMap;

use crate::{
    base::ids::EditionId,
    delivery::rules::{Reason, State},
    store::{Error, Store},
};

/// Number of replies that are read at a time.
const PAGE: i64 = 5_000;

/// Mails of an edition in one state that failed for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonGroup {
    /// Their state
    pub state: State,
    /// What the server said, or what broke
    pub reason: Reason,
    /// Number of mails
    pub count: u64,
    /// The addresses of the first of them
    pub addresses: Vec<String>,
    /// Whole reply to the first of them
    pub example: String,
}

/// Returns the edition's mails in these states, grouped by reason, the largest group of each state first, with up to `most`
/// addresses each. Reads page by page: a million refusals take only the memory of their reasons.
///
/// # Errors
/// Fails if the database does.
pub async fn group_by_reason(
    store: &Store,
    edition: EditionId,
    states: &[State],
    most: usize,
) -> Result<Vec<ReasonGroup>, Error> {
    let mut found: BTreeMap<(State, Reason), ReasonGroup> = BTreeMap::new();
    for state in states {
        let mut after = None;
        loop {
            let page = store.outbox().replies(edition, *state, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for reply in page {
                let reason = Reason::of(&reply.reply);
                let group = found.entry((*state, reason.clone())).or_insert_with(|| ReasonGroup {
                    state: *state,
                    reason,
                    count: 0,
                    addresses: Vec::new(),
                    example: reply.reply,
                });
                group.count += 1;
                if group.addresses.len() < most {
                    group.addresses.push(reply.address);
                }
            }
        }
    }
    let mut groups: Vec<ReasonGroup> = found.into_values().collect();
    groups.sort_by_key(|group| (group.state, std::cmp::Reverse(group.count)));
    Ok(groups)
}
