//! What the pages show: the config that is in force, with the store. The server asks for it anew at each request, so that an
//! edit of the config is seen at once.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Notify;

use super::{afterwards::Afterwards, packing::Packed, shelf::Shelf};
use crate::{
    actions::joining::Joining,
    base::language::Language,
    config::{Brief, Config, PublicWeb, Visibility},
    monitoring::vitals::Vitals,
    store::Store,
    time::clock::Clock,
};

/// The pages of a config that has `[web.public]`, with a store and a clock. Its config can be replaced while it is served.
pub struct PublicSite {
    current: RwLock<Arc<Site>>,
    pub(super) packed: Packed,
}

/// The pages as one config says it.
pub(super) struct Site {
    pub config: Config,
    pub web: PublicWeb,
    pub store: Store,
    pub clock: Clock,
    /// Counts who asks to join
    pub vitals: Arc<Vitals>,
    /// Tells the courier that there is something to send
    pub queued: Arc<Notify>,
    /// Files of editions
    pub shelf: Arc<Shelf>,
    /// What is done once a request is answered
    pub afterwards: Afterwards,
}

impl PublicSite {
    /// `None` if the config has no such pages.
    pub fn new(
        config: &Config,
        store: &Store,
        clock: &Clock,
        vitals: &Arc<Vitals>,
        queued: &Arc<Notify>,
    ) -> Option<PublicSite> {
        let (web, config) = (config.public_web.clone()?, config.clone());
        let (store, clock, vitals, queued) = (store.clone(), clock.clone(), vitals.clone(), queued.clone());
        let (shelf, afterwards) = (Arc::new(Shelf::new()), Afterwards::new());
        let site = Site { config, web, store, clock, vitals, queued, shelf, afterwards };
        Some(PublicSite { current: RwLock::new(Arc::new(site)), packed: Packed::default() })
    }

    /// From now on the pages are as this config says. If it has none, they stay as they are: a listener ends with the daemon.
    pub fn replace(&self, config: &Config) {
        let Some(web) = config.public_web.clone() else { return };
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let Site { store, clock, vitals, queued, shelf, afterwards, .. } = &**current;
        let (store, clock, vitals, queued) = (store.clone(), clock.clone(), vitals.clone(), queued.clone());
        let (config, shelf, afterwards) = (config.clone(), shelf.clone(), afterwards.clone());
        *current = Arc::new(Site { config, web, store, clock, vitals, queued, shelf, afterwards });
    }

    /// The pages as they are now.
    pub(super) fn current(&self) -> Arc<Site> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Site {
    /// Who publishes: the name of the imprint, or that of the host.
    pub fn publisher(&self) -> &str {
        self.config.imprint.as_ref().map_or_else(|| self.web.url.authority(), |imprint| &imprint.name)
    }

    /// What it takes to let readers join.
    pub fn joining(&self) -> Joining<'_> {
        Joining::of(&self.config, &self.store)
    }

    /// The briefs that are listed.
    pub fn listed(&self) -> impl Iterator<Item = &Brief> {
        self.config.briefs.values().filter(|brief| brief.public == Visibility::Public)
    }

    /// A brief that has pages.
    pub fn shown(&self, id: &str) -> Option<&Brief> {
        self.config.briefs.get(id).filter(|brief| brief.public != Visibility::Off)
    }

    /// The title of a brief in a language; its id if the config knows it no more.
    pub fn title(&self, id: &str, language: Language) -> String {
        self.config.briefs.get(id).map_or_else(|| id.to_owned(), |brief| brief.title.get(language).clone())
    }
}
