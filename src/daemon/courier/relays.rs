//! The ways on which mails leave: the relays with what is known of each, or the folder. Which mail goes by which is in
//! `turns`; what is said to a server in `carry`.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, futures::Notified},
    time::Instant,
};
use tracing::{info, warn};

use super::count::Count;
use crate::{
    config::{self, Config},
    delivery::{
        mail::session::{Login, Password, Relay, Timeouts, Tls, TlsClient, TlsError},
        rules::{Limits, Rate},
    },
};

/// How mails leave.
#[derive(Debug)]
pub enum Transport {
    /// One `.eml` file a mail, in this folder.
    Folder(PathBuf),
    /// To servers.
    Smtp(Smtp),
}

/// To which servers, and how fast.
#[derive(Debug)]
pub struct Smtp {
    /// At least one
    pub routes: Vec<Route>,
    /// Whose certificates they may show
    pub tls_client: TlsClient,
    /// After so many mails a connection is ended and another one opened
    pub mails_per_connection: u32,
    /// Over all relays
    pub rate: Option<Rate>,
    /// For each domain of recipients that is not listed
    pub each_domain: Limits,
    /// For those that are, by the domain in lower case
    pub domains: HashMap<String, Limits>,
}

/// A relay and its share.
#[derive(Debug)]
pub struct Route {
    /// What it is called in logs
    pub name: String,
    /// Where it is
    pub relay: Relay,
    /// Connections at a time
    pub connections: usize,
    /// Its share of the mails; 0: only while no other can be reached
    pub weight: u32,
}

impl Transport {
    /// How many mails can be under way at a time.
    pub(super) fn connections(&self) -> usize {
        match self {
            Transport::Folder(_) => 1,
            Transport::Smtp(smtp) => smtp.routes.iter().map(|route| route.connections.max(1)).sum(),
        }
    }

    /// As the config says.
    ///
    /// # Errors
    /// If the machine's certificates cannot be read.
    pub fn of(config: &Config) -> Result<Transport, TlsError> {
        let first = match &config.mail.transport {
            config::Transport::Folder => return Ok(Transport::Folder(config.paths.reports.join("outbox"))),
            config::Transport::Smtp(first) => first,
        };
        let further = config.mail.relays.iter().map(|(name, relay)| (name.as_str(), relay));
        let routes = [(config::FIRST_RELAY, first)].into_iter().chain(further).map(|(name, smtp)| route(name, smtp));
        let pace = &config.mail.pace;
        let rate = |rate: config::Rate| Rate::new(rate.mails, rate.per);
        let listed = pace.domains.iter().map(|(domain, own)| {
            let connections = own.connections.or(pace.domain_connections);
            (domain.clone(), Limits { connections, rate: own.rate.map(rate) })
        });
        Ok(Transport::Smtp(Smtp {
            routes: routes.collect(),
            tls_client: TlsClient::system()?,
            mails_per_connection: pace.mails_per_connection,
            rate: pace.rate.map(rate),
            each_domain: Limits { connections: pace.domain_connections, rate: None },
            domains: listed.collect(),
        }))
    }
}

fn route(name: &str, smtp: &config::Smtp) -> Route {
    Route {
        name: name.to_owned(),
        relay: Relay {
            host: smtp.host.clone(),
            port: smtp.port,
            tls: match smtp.tls {
                config::Tls::Implicit => Tls::Implicit,
                config::Tls::Starttls => Tls::Starttls,
                config::Tls::None => Tls::None,
            },
            login: smtp.login.as_ref().map(|login| Login {
                username: login.username.clone(),
                password: Password::new(login.password.expose()),
            }),
            helo: smtp.helo.clone(),
            timeouts: Timeouts::default(),
        },
        connections: smtp.connections,
        weight: smtp.weight,
    }
}

impl Smtp {
    /// To one server, as fast as it takes mails.
    pub fn one(relay: Relay, tls_client: TlsClient, connections: usize) -> Smtp {
        let route = Route { name: config::FIRST_RELAY.to_owned(), relay, connections, weight: 1 };
        Smtp {
            routes: vec![route],
            tls_client,
            mails_per_connection: 100,
            rate: None,
            each_domain: Limits::default(),
            domains: HashMap::new(),
        }
    }
}

/// How a station's mails leave.
pub(super) enum Way {
    Folder(PathBuf),
    Smtp(Relay, TlsClient),
}

/// One relay, or the folder, with what is known of it.
pub(super) struct Station {
    pub name: String,
    pub way: Way,
    /// Connections at a time
    pub connections: usize,
    pub weight: u32,
    /// Connections that are open, and those that are being opened
    pub connected: Count,
    pub connecting: Count,
    /// Mails that its connections have in hand
    pub in_hand: Count,
    away: Mutex<Away>,
    /// It was seen to answer out of order: nothing is said ahead to it
    unruly: AtomicBool,
    /// Wakes one of its connections that wait for a mail
    bell: Notify,
}

/// What is known of a server to which no connection can be opened.
#[derive(Default)]
struct Away {
    /// How often in a row that was found out
    times: u32,
    /// When it was found out last, and until when nothing is tried
    since: Option<(Instant, Instant)>,
    why: String,
}

impl Station {
    pub fn new(name: String, way: Way, connections: usize, weight: u32) -> Station {
        Station {
            name,
            way,
            connections: connections.max(1),
            weight,
            connected: Count::new(),
            connecting: Count::new(),
            in_hand: Count::new(),
            away: Mutex::default(),
            unruly: AtomicBool::new(false),
            bell: Notify::new(),
        }
    }

    /// All stations of a transport.
    pub fn all(transport: &Transport) -> Vec<Station> {
        match transport {
            Transport::Folder(path) => vec![Station::new("folder".to_owned(), Way::Folder(path.clone()), 1, 1)],
            Transport::Smtp(smtp) => smtp
                .routes
                .iter()
                .map(|route| {
                    let way = Way::Smtp(route.relay.clone(), smtp.tls_client.clone());
                    Station::new(route.name.clone(), way, route.connections, route.weight)
                })
                .collect(),
        }
    }

    /// A connection could not be opened and no other is: none is tried for a while, 1 s, 2 s, 4 s … 60 s. Attempts that
    /// began before that was known count as the same.
    pub fn went_away(&self, why: &str, began: Instant) {
        let mut away = self.lock();
        if away.since.is_some_and(|(since, _)| began <= since) {
            return;
        }
        if away.times == 0 {
            warn!(why, "the mail server cannot be reached; mails wait, or go by another");
        }
        let now = Instant::now();
        away.since = Some((now, now + pause(away.times)));
        away.times += 1;
        why.clone_into(&mut away.why);
    }

    /// Is it away, as far as the last attempt tells?
    pub fn was_away(&self) -> bool {
        self.lock().times > 0
    }

    /// Tells whether it had been away.
    pub fn came_back(&self) -> bool {
        let was_away = std::mem::take(&mut *self.lock()).times > 0;
        if was_away {
            info!("the mail server answers again");
        }
        was_away
    }

    /// Until when nothing is tried, if it is away, and why.
    pub fn away(&self) -> Option<(Instant, String)> {
        let away = self.lock();
        let (_, until) = away.since.filter(|(_, until)| *until > Instant::now())?;
        Some((until, away.why.clone()))
    }

    /// It answers out of order: from now on it is told the next thing only after its answer to the last.
    pub fn is_found_unruly(&self) {
        if !self.unruly.swap(true, Ordering::Relaxed) {
            warn!("the mail server answers out of order: each mail is said to it only after its answer to the last");
        }
    }

    pub fn is_unruly(&self) -> bool {
        self.unruly.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Away> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// There may be something to do for one of its connections.
    pub fn ring(&self) {
        self.bell.notify_one();
    }

    /// All of its connections are to look.
    pub fn ring_all(&self) {
        self.bell.notify_waiters();
    }

    /// Comes with the next ring since this call.
    pub fn heard(&self) -> Notified<'_> {
        self.bell.notified()
    }
}

/// 1 s, 2 s, 4 s … 60 s.
pub(super) fn pause(times: u32) -> Duration {
    Duration::from_secs((1 << times.min(6)).min(60))
}
