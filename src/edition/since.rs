//! The edition with which another one is compared for its readers: what it printed is frozen with the later one.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use tracing::warn;

use super::{FRAME, gate::MOST_FIGURES, spec::EditionSpec};
use crate::{
    base::gzip,
    document::brief::{EarlierEdition, Frame},
    store::{Edition, Error, Store},
};

impl EditionSpec {
    /// Compares the edition of `slot` with the last one that was released for an earlier slot or, if it supersedes one, with
    /// that. Without a store, or if there is none, it is compared with nothing.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn compared(self, store: Option<&Store>, slot: DateTime<Utc>) -> anyhow::Result<EditionSpec> {
        // A template that never names the place has none.
        let Some(store) = store.filter(|_| self.template.words().contains("since")) else { return Ok(self) };
        let editions = store.editions();
        let earlier = match &self.supersedes {
            Some(correction) => match editions.name(correction.edition).await? {
                Some(name) => editions.named(&name).await?,
                None => None,
            },
            None => editions.last_released_before(&self.brief, slot).await?,
        };
        self.compared_with(store, earlier).await
    }

    /// Compares it with this edition.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn compared_with(self, store: &Store, earlier: Option<Edition>) -> anyhow::Result<EditionSpec> {
        let since = match earlier {
            Some(earlier) => self.printed_by(store, &earlier).await?,
            None => None,
        };
        Ok(EditionSpec { since, ..self })
    }

    /// What an edition printed; `None` of one from before there was an archive.
    async fn printed_by(&self, store: &Store, edition: &Edition) -> anyhow::Result<Option<EarlierEdition>> {
        let mut lists = Vec::new();
        for (_, key) in store.editions().figures(edition.id).await? {
            // The gate tells of what is damaged; a store that is away is asked again.
            let unpacked = match store.blob(&key).await {
                Ok(packed) => gzip::unpack(&packed, MOST_FIGURES).map_err(|error| error.to_string()),
                Err(Error::Corrupt(why)) => Err(why),
                Err(error) => return Err(error).with_context(|| format!("{} cannot be read", edition.name())),
            };
            match unpacked {
                Ok(list) => lists.push(list),
                Err(why) => {
                    warn!(
                        edition = edition.name().to_string(),
                        why, "what it printed cannot be read: no changes are told"
                    );
                    return Ok(None);
                }
            }
        }
        let date = self.as_known(edition.slot);
        let read = || EarlierEdition::read(edition.number, date, lists.iter().map(Vec::as_slice));
        Ok((!lists.is_empty()).then(read))
    }

    /// Compares it with what it was frozen with, be it by an attempt that was interrupted.
    pub(super) async fn as_frozen(&self, store: &Store, edition: &Edition) -> anyhow::Result<EditionSpec> {
        let inputs = store.editions().inputs(edition.id).await?;
        let Some((_, key)) = inputs.iter().find(|(name, _)| name == FRAME) else { return Ok(self.clone()) };
        let frame = store.blob(key).await.context("what surrounds the figures cannot be read back")?;
        let frame: Frame = serde_json::from_slice(&frame).context("what surrounds the figures cannot be read back")?;
        Ok(EditionSpec { since: frame.since, ..self.clone() })
    }
}
