//! An edition that waits for a person: how it is settled, and its release as it was held.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use tracing::info;

use super::{finished_pdfs::write_pdfs, spec::EditionSpec};
use crate::{
    base::{ids::EditionName, problem::Problem},
    store::{Edition, HeldRelease, MessageIds, Store},
};

/// How a held edition is settled, a sentence for each way.
pub fn how_to_settle(name: &EditionName, is_made: bool) -> Vec<String> {
    let discard = format!("`greenbrief editions discard {name} --reason TEXT` drops it");
    if is_made {
        let release = format!("`greenbrief editions release {name} --reason TEXT` sends it as it is");
        let pages = format!(
            "`greenbrief editions export {name} --out DIR` writes its pages; with public pages, `greenbrief editions share {name}` prints a link to them"
        );
        return vec![release, discard, pages];
    }
    let brief = &name.brief;
    vec![format!("It cannot be made as it is: mend that, then `greenbrief send {brief}` makes another one"), discard]
}

/// That an edition waits for people, as its brief says.
pub(super) fn to_approve(edition: &Edition, approvals: u32) -> Problem {
    let people = counted_people(approvals);
    Problem::error(format!("{} waits for {people} to release it", edition.name()))
        .hint("`[release]` of its brief says so; an approval is for these PDFs, and for no others")
}

fn counted_people(count: u32) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

/// Releases an edition that its gate held, with the figures, PDFs and texts that were kept. `why` says who decided it, and for
/// what reason. Returns the number of its mails; `None` if it is not held any more.
///
/// # Errors
/// The store or the folder for PDFs cannot be written.
pub async fn release_held(
    store: &Store,
    spec: &EditionSpec,
    edition: &Edition,
    why: &str,
    now: DateTime<Utc>,
) -> anyhow::Result<Option<u64>> {
    let texts = store.editions().texts(edition.id).await.context("its texts cannot be read back")?;
    write_pdfs(spec, edition, &texts)?;
    let quiet = spec.quiet_hours.map_or_else(Vec::new, |hours| hours.spans(now, now + spec.give_up_after));
    let store_id = store.setting(crate::store::Setting::StoreId).await?.unwrap_or_default();
    let release = HeldRelease {
        why,
        message_ids: MessageIds { domain: &spec.domain, store_id: &store_id },
        now,
        give_up_after: spec.give_up_after,
        quiet: &quiet,
    };
    let mails = store.editions().release_held(edition, &release).await.context("the edition cannot be released")?;
    if let Some(deliveries) = mails {
        info!(edition = edition.name().to_string(), deliveries, why, "a held edition is released");
    }
    Ok(mails)
}
