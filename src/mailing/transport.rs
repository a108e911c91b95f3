//! How mails leave, as the config says: by which relays and how fast, or into a folder. What is known of a relay while a
//! courier runs is in `daemon::courier`.

use std::{collections::HashMap, path::PathBuf};

use crate::{
    config::{self, Config, Secret},
    delivery::{
        mail::session::{Login, Password, Relay, Timeouts, Tls, TlsClient, TlsError},
        rules::{Limits, Rate, WarmUp},
    },
};

/// How mails leave.
#[derive(Debug)]
pub enum Transport {
    /// As `.eml` files in this folder, one for each mail.
    Folder(PathBuf),
    /// To mail servers.
    Smtp(Smtp),
}

/// Mail servers, and how fast mails go to them.
#[derive(Debug)]
pub struct Smtp {
    /// The relays, at least one
    pub routes: Vec<Route>,
    /// Encrypts connections and checks certificates
    pub tls_client: TlsClient,
    /// Maximum number of mails on one connection
    pub mails_per_connection: u32,
    /// Maximum rate over all relays
    pub rate: Option<Rate>,
    /// Limits for each recipient domain that is not listed
    pub each_domain: Limits,
    /// Limits for listed domains, by domain in lower case
    pub domains: HashMap<String, Limits>,
    /// The ramp of a sender that is new
    pub warm_up: Option<WarmUp>,
}

/// A relay and its share of the mails.
#[derive(Debug)]
pub struct Route {
    /// Its name in logs and metrics
    pub name: String,
    /// The server
    pub relay: Relay,
    /// Maximum number of connections at a time
    pub connections: usize,
    /// Its weight among the relays; 0: used only while no other can be reached
    pub weight: u32,
}

impl Transport {
    /// Maximum number of connections over all relays.
    pub fn connections(&self) -> usize {
        match self {
            Transport::Folder(_) => 1,
            Transport::Smtp(smtp) => smtp.routes.iter().map(|route| route.connections.max(1)).sum(),
        }
    }

    /// Reads the transport from the config.
    ///
    /// # Errors
    /// If the certificates of this machine cannot be read.
    pub fn of(config: &Config) -> Result<Transport, TlsError> {
        let first = match &config.mail.transport {
            config::Transport::Folder => return Ok(Transport::Folder(config.paths.outbox())),
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
            warm_up: pace.warm_up,
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
                // A config without its secrets is not sent with: `Config::secrets` says so first.
                password: Password::new(login.password.as_ref().map_or("", Secret::expose)),
            }),
            helo: smtp.helo.clone(),
            timeouts: Timeouts::default(),
        },
        connections: smtp.connections,
        weight: smtp.weight,
    }
}

impl Smtp {
    /// One server, without limits on the rate.
    pub fn one(relay: Relay, tls_client: TlsClient, connections: usize) -> Smtp {
        let route = Route { name: config::FIRST_RELAY.to_owned(), relay, connections, weight: 1 };
        Smtp {
            routes: vec![route],
            tls_client,
            mails_per_connection: 100,
            rate: None,
            each_domain: Limits::default(),
            domains: HashMap::new(),
            warm_up: None,
        }
    }
}
