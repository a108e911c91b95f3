//! Looking at the web addresses that citations name: which are there, which moved, and which are dead. What comes of each look is
//! kept at once, so that a run that ends early is gone on with. How a server is asked is in `looking`.

mod looking;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
};
use tracing::info;
use url::Url;

use self::looking::{Looker, PRODUCT, host_of};
use super::{SERIES_AT_A_TIME, known_series};
use crate::{
    actions::{Actor, Error, Installation, Result},
    base::{
        tls::TlsClient,
        web_request::{Reach, WebClient},
    },
    figures::{
        Known, Period, SeriesId, View,
        links::{LinkRecord, LinkResult, Look},
    },
};

/// Maximum number of hosts that are asked at a time.
const HOSTS_AT_A_TIME: usize = 8;

/// Which links are looked at.
#[derive(Debug)]
pub struct LinksRequest<'a> {
    /// Those of these series, whenever they were looked at; those of all series that are due, if none is named
    pub series: &'a [String],
    /// Also those that are not due
    pub all: bool,
    /// At most so many: those that were looked at longest ago
    pub limit: usize,
    /// How servers are asked
    pub access: LinkAccess,
}

/// How servers are asked.
#[derive(Debug, Clone, Copy)]
pub struct LinkAccess {
    /// Which addresses may be asked
    pub reach: Reach,
    /// Pause between two requests to a host
    pub pause: Duration,
    /// Timeout for one request
    pub timeout: Duration,
}

impl LinkAccess {
    /// Servers of the public internet, each once a second at most.
    pub const PUBLIC: LinkAccess =
        LinkAccess { reach: Reach::PUBLIC, pause: Duration::from_secs(1), timeout: Duration::from_secs(10) };
}

/// A link of a series that is not simply there.
#[derive(Debug, Serialize)]
pub struct CitedLink {
    /// The series
    pub series: SeriesId,
    /// The periods whose values cite it
    pub periods: Vec<Period>,
    /// The address
    pub url: String,
    /// What is known of it
    #[serde(flatten)]
    pub known: LinkRecord,
}

/// What is known of the links after a run.
#[derive(Debug, Serialize)]
pub struct LinksReport {
    /// Those that are not simply there, the dead ones first
    #[serde(skip)]
    pub cited: Vec<CitedLink>,
    /// Number of addresses that the series cite
    pub links: usize,
    /// How many were looked at in this run
    pub looked_at: usize,
    /// How many were to be looked at, and were not, for the limit or for their host
    pub left: usize,
    /// How many are there
    pub ok: usize,
    /// How many moved for good
    pub moved: usize,
    /// How many may not be looked at by a program
    pub refused: usize,
    /// How many are gone
    pub gone: usize,
    /// How many have no server that answers
    pub failed: usize,
    /// How many were never looked at
    pub unknown: usize,
}

impl LinksReport {
    /// How many are dead by the last look at them.
    pub const fn dead(&self) -> usize {
        self.gone + self.failed
    }
}

/// Who cites an address.
type Citers = BTreeMap<SeriesId, BTreeSet<Period>>;

/// Looks at links. `on_look` is given how many were looked at, and how many are to be.
///
/// # Errors
/// There is no such series, no server answers, the system trusts no certificate authority, or the store is away.
pub async fn look_at_links(
    installation: &Installation,
    actor: &Actor,
    request: &LinksRequest<'_>,
    mut on_look: impl FnMut(usize, usize),
) -> Result<LinksReport> {
    let cited = cited_links(installation, request.series).await?;
    let store = installation.store().await?;
    let mut known = store.figures().links().await?;
    known.retain(|url, _| cited.contains_key(url));
    let now = installation.now();
    let is_wanted = |url: &String| {
        request.all || !request.series.is_empty() || known.get(url).is_none_or(|record| record.is_due(now))
    };
    let mut due: Vec<String> = cited.keys().filter(|url| is_wanted(url)).cloned().collect();
    due.sort_by_key(|url| known.get(url).map(|record| record.looked_at));
    let wanted = due.len();
    due.truncate(request.limit);
    let all = due.len();
    info!(by = %actor, links = all, "links are looked at");

    let client = WebClient {
        reach: request.access.reach,
        tls: TlsClient::system().context("no server can be asked by https")?,
        user_agent: user_agent(installation),
        timeout: request.access.timeout,
    };
    let looker = Arc::new(Looker::new(client, request.access.pause));
    let mut looks = begin_to_look(Arc::clone(&looker), due);
    let (mut looked_at, mut waiting) = (0, Vec::new());
    on_look(0, all);
    while let Some((url, look)) = looks.next().await {
        waiting.push((url, look));
        looked_at += 1;
        on_look(looked_at, all);
        // That this machine is cut off says nothing of a link.
        if looker.may_be_cut_off() {
            continue;
        }
        for (url, look) in waiting.drain(..) {
            let record = store.figures().keep_look(&url, look, installation.now()).await?;
            known.insert(url, record);
        }
    }
    if let Some((url, look)) = waiting.first() {
        return Err(cut_off(url, look));
    }
    Ok(report(&cited, &known, looked_at, wanted))
}

/// No server has answered.
fn cut_off(url: &str, look: &Look) -> Error {
    let what = format!("no server has answered, so nothing is known of any link: {url}: {}", look.detail);
    Error::Failed(anyhow::anyhow!("{what}; is this machine on the internet, without a proxy?"))
}

/// The addresses that values in force cite, with who does; of these series, or of all if none is named.
async fn cited_links(installation: &Installation, series: &[String]) -> Result<BTreeMap<String, Citers>> {
    let catalogue = installation.catalogue(Known::Now).await?;
    let mut ids = Vec::new();
    for id in series {
        ids.push(known_series(&catalogue, id)?.id.clone());
    }
    if series.is_empty() {
        ids.extend(catalogue.series.keys().cloned());
    }
    let mut cited: BTreeMap<String, Citers> = BTreeMap::new();
    for ids in ids.chunks(SERIES_AT_A_TIME) {
        let found = installation.observations(View::NOW, &ids.iter().cloned().collect()).await?;
        for observation in found.values().flatten() {
            for url in observation.sources.iter().filter_map(|source| source.url.as_ref()) {
                let citers = cited.entry(url.clone()).or_default();
                citers.entry(observation.series.clone()).or_default().insert(observation.period);
            }
        }
    }
    Ok(cited)
}

/// How the program calls itself, with where its operators are found as far as the config says it.
fn user_agent(installation: &Installation) -> String {
    let name = format!("{PRODUCT}/{}", env!("CARGO_PKG_VERSION"));
    let Ok(config) = installation.settings() else { return name };
    let page = config.public_web.as_ref().map(|web| web.url.link("/"));
    match page.or_else(|| config.operators.first().map(|address| address.ascii().to_owned())) {
        Some(contact) => format!("{name} (+{contact})"),
        None => name,
    }
}

/// Looks that are under way. They end with this.
struct Looks {
    done: mpsc::Receiver<(String, Look)>,
    _hosts: JoinSet<()>,
}

impl Looks {
    /// The next look that is done; `None` after the last.
    async fn next(&mut self) -> Option<(String, Look)> {
        self.done.recv().await
    }
}

/// Begins to look at links, several hosts at a time, and at the links of a host one by one.
fn begin_to_look(looker: Arc<Looker>, links: Vec<String>) -> Looks {
    let mut by_host: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for link in links {
        let host = Url::parse(&link).map_or_else(|_| String::new(), |url| host_of(&url).to_owned());
        by_host.entry(host).or_default().push(link);
    }
    let (send, done) = mpsc::channel(HOSTS_AT_A_TIME);
    let places = Arc::new(Semaphore::new(HOSTS_AT_A_TIME));
    let mut hosts = JoinSet::new();
    for links in by_host.into_values() {
        let (looker, send, places) = (Arc::clone(&looker), send.clone(), Arc::clone(&places));
        hosts.spawn(async move {
            // It is never closed.
            let _place = places.acquire_owned().await;
            for link in links {
                if let Some(look) = looker.look(&link).await
                    && send.send((link, look)).await.is_err()
                {
                    return;
                }
            }
        });
    }
    Looks { done, _hosts: hosts }
}

fn report(
    cited: &BTreeMap<String, Citers>,
    known: &BTreeMap<String, LinkRecord>,
    looked_at: usize,
    wanted: usize,
) -> LinksReport {
    let count = |result| known.values().filter(|record| record.look.result == result).count();
    let mut not_there = Vec::new();
    for (url, citers) in cited {
        let Some(record) = known.get(url).filter(|record| record.look.result != LinkResult::Ok) else { continue };
        for (series, periods) in citers {
            let (series, periods) = (series.clone(), periods.iter().copied().collect());
            not_there.push(CitedLink { series, periods, url: url.clone(), known: record.clone() });
        }
    }
    let order = |since: Option<DateTime<Utc>>| (since.is_none(), since);
    not_there.sort_by(|one, other| {
        let key = |it: &CitedLink| (order(it.known.dead_since), it.known.look.result);
        key(one).cmp(&key(other)).then_with(|| (&one.series, &one.url).cmp(&(&other.series, &other.url)))
    });
    LinksReport {
        cited: not_there,
        links: cited.len(),
        looked_at,
        left: wanted - looked_at,
        ok: count(LinkResult::Ok),
        moved: count(LinkResult::Moved),
        refused: count(LinkResult::Refused),
        gone: count(LinkResult::Gone),
        failed: count(LinkResult::Failed),
        unknown: cited.len() - known.len(),
    }
}
