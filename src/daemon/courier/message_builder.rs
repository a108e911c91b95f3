//! Makes the messages of claimed mails. The content that all readers of an edition and language share is encoded once and
//! cached while it is being sent. If signatures take long, messages are made ahead on threads of their own.

use std::{collections::VecDeque, sync::Arc};

use ring::rand::SystemRandom;
use tokio::{
    sync::Mutex,
    task::spawn_blocking,
    time::{Duration, Instant},
};
use tracing::warn;

use super::{
    message::{Message, MessageError, SharedContent},
    signing::{SigningJob, SigningPool},
};
use crate::{
    base::{ids::EditionId, language::Language},
    delivery::{dkim::Signer, mail::message::EncodedMessage},
    mailing::Letterhead,
    people::tokens::TokenKeys,
    store::{Claim, Store},
    time::clock::Clock,
};

/// Maximum number of contents in the cache, each an edition in one language.
const CACHE_SIZE: usize = 8;
/// Number of messages given to a signing thread at a time: each time the thread may have to be woken.
const BATCH_SIZE: usize = 16;
/// Time after which the keys of tokens are read again: another process may have made a new one.
const KEYS_AGE: Duration = Duration::from_secs(10);

pub(super) struct MessageBuilder {
    store: Store,
    clock: Clock,
    letterhead: Arc<Letterhead>,
    /// The keys of tokens, and when they were read
    keys: Mutex<Option<(Instant, Arc<TokenKeys>)>>,
    cache: Mutex<VecDeque<((EditionId, Language), EncodedMessage)>>,
    /// If signatures take long
    signing: Option<SigningPool>,
}

impl MessageBuilder {
    pub fn new(store: Store, clock: Clock, letterhead: Letterhead) -> MessageBuilder {
        let letterhead = Arc::new(letterhead);
        let signing = letterhead.signers.iter().any(Signer::takes_long).then(|| SigningPool::start(&letterhead));
        let signing = signing.transpose().unwrap_or_else(|problem| {
            warn!(%problem, "no thread could be started to sign mails ahead: each is signed just before it is sent");
            None
        });
        MessageBuilder { store, clock, letterhead, keys: Mutex::default(), cache: Mutex::default(), signing }
    }

    /// Are messages made ahead? A signature with RSA (0.25 ms) takes long enough to hold up other work on the async threads;
    /// one with Ed25519 (0.01 ms) does not.
    pub const fn works_ahead(&self) -> bool {
        self.signing.is_some()
    }

    /// Has the messages of these jobs made, in order.
    pub async fn make_ahead(&self, jobs: Vec<SigningJob>) {
        let Some(signing) = &self.signing else { return };
        let mut batch = Vec::with_capacity(BATCH_SIZE);
        for job in jobs {
            if job.is_abandoned() {
                continue;
            }
            match self.content(&job.claim).await {
                Ok(content) => batch.push((job, content)),
                Err(error) => job.finish(Err(error)),
            }
            if batch.len() >= BATCH_SIZE {
                signing.sign(std::mem::replace(&mut batch, Vec::with_capacity(BATCH_SIZE)));
            }
        }
        if !batch.is_empty() {
            signing.sign(batch);
        }
    }

    /// Makes one message here and now.
    pub async fn build(&self, claim: &Claim) -> Result<Message, MessageError> {
        let content = self.content(claim).await?;
        Ok(Message::of(claim, &self.letterhead, content)?)
    }

    async fn content(&self, claim: &Claim) -> Result<SharedContent, MessageError> {
        match (claim.edition, &claim.own) {
            (Some(edition), _) => Ok(SharedContent {
                encoded: self.edition_content(edition, claim).await?,
                keys: Some(self.token_keys().await?),
            }),
            (None, Some(own)) => {
                let pages = match own.pages_of {
                    Some(edition) => self.store.editions().texts(edition).await?,
                    None => Vec::new(),
                };
                let encoded = self.letterhead.encode_own(claim.kind, own, &pages, claim.language)?;
                Ok(SharedContent { encoded, keys: None })
            }
            (None, None) => Err(MessageError::NoText),
        }
    }

    /// The keys of tokens, which are made if there are none yet.
    async fn token_keys(&self) -> Result<Arc<TokenKeys>, MessageError> {
        let mut kept = self.keys.lock().await;
        if let Some((read, keys)) = &*kept
            && read.elapsed() < KEYS_AGE
        {
            return Ok(keys.clone());
        }
        let keys = Arc::new(self.store.token_keys().keys(&SystemRandom::new(), self.clock.now()).await?);
        *kept = Some((Instant::now(), keys.clone()));
        Ok(keys)
    }

    /// Gets the content of an edition from the cache. The first task that misses it encodes it, away from the async
    /// threads; the others wait.
    async fn edition_content(&self, edition: EditionId, claim: &Claim) -> Result<EncodedMessage, MessageError> {
        let key = (edition, claim.language);
        let mut cache = self.cache.lock().await;
        if let Some((_, content)) = cache.iter().find(|(cached, _)| *cached == key) {
            return Ok(content.clone());
        }
        let text = self.store.editions().text(edition, claim.language).await?.ok_or(MessageError::NoText)?;
        let (letterhead, brief) = (self.letterhead.clone(), claim.brief.clone());
        let encode = spawn_blocking(move || letterhead.encode_edition(&text, brief.as_deref()));
        let content = encode.await.map_err(|error| MessageError::Broken(error.to_string()))??;
        cache.truncate(CACHE_SIZE - 1);
        cache.push_front((key, content.clone()));
        Ok(content)
    }
}
