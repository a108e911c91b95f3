//! Every reader's mail, made only to be measured.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context as _;
use chrono::{DateTime, Utc};

use super::RehearsedLanguage;
use crate::{
    base::language::Language,
    config::Config,
    delivery::mail::message::Recipient,
    edition::EditionSpec,
    mailing::Letterhead,
    people::tokens::PLACEHOLDER,
    store::{EditionText, Setting, Store},
};

/// Number of readers read at a time.
const PAGE: i64 = 5_000;

/// Makes every reader's mail and adds its size to the row of its language. Returns the number of mails to each domain.
pub(super) async fn measure_mails(
    config: &Config,
    store: &Store,
    spec: &EditionSpec,
    texts: &[EditionText],
    at: DateTime<Utc>,
    rows: &mut [RehearsedLanguage],
) -> anyhow::Result<HashMap<String, u64>> {
    let letterhead = Letterhead::of(config);
    let mut contents = BTreeMap::new();
    for text in texts {
        contents.insert(text.language, letterhead.encode_edition(text, Some(&spec.brief))?);
    }
    let store_id = store.setting(Setting::StoreId).await?.unwrap_or_default();
    // What a signature adds is the same for all, and signing each would take long.
    let mut signature_sizes: BTreeMap<Language, usize> = BTreeMap::new();
    let (mut mails_per_domain, mut after) = (HashMap::new(), 0);
    loop {
        let page = store.people().recipients(&spec.brief, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.subscription;
        for reader in page {
            let (Some(content), Some(row)) =
                (contents.get(&reader.language), rows.iter_mut().find(|row| row.language == reader.language))
            else {
                continue;
            };
            let message_id = format!("<{}.0.{}.{store_id}@{}>", spec.brief, reader.subscriber, spec.domain);
            // A token of no reader: only its length counts.
            let ways = letterhead.ways_to_leave(PLACEHOLDER);
            let recipient = Recipient {
                to: &reader.address,
                message_id: &message_id,
                date: at,
                leave_url: ways.url.as_deref(),
                unsubscribe: ways.mailto.as_deref(),
                tokens: None,
            };
            let head = content.head(&recipient).with_context(|| format!("the mail to {}", reader.address))?.len();
            let signatures = match signature_sizes.get(&reader.language) {
                Some(size) => *size,
                None => {
                    let size = content.signed_head(&recipient, &letterhead.signers)?.len() - head;
                    signature_sizes.insert(reader.language, size);
                    size
                }
            };
            let size = head + signatures + content.size();
            row.recipients += 1;
            row.mail_bytes += size as u64;
            row.largest_mail = row.largest_mail.max(size);
            let domain = reader.address.rsplit('@').next().unwrap_or_default().to_lowercase();
            *mails_per_domain.entry(domain).or_insert(0) += 1;
        }
    }
    Ok(mails_per_domain)
}
