//! The ping that an outside monitor waits for (a dead man's switch): one HTTP request now and then, as long as all is
//! well. It is bounded in time and size, and goes straight, past proxies. Its URL is a secret and stands in no message.

use std::{fmt, sync::Arc, time::Duration};

use hyper::{
    Request, Uri,
    client::conn::http1,
    header::{HOST, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    task::JoinSet,
    time::{sleep, timeout},
};
use tracing::{debug, info, warn};

use crate::{
    base::{
        shutdown::Shutdown,
        tls::{TlsClient, TlsError},
    },
    config::Secret,
    monitoring::health::Monitor,
};

/// Timeout for one ping, from resolving the host to the status of its answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Maximum size of an answer's head, in bytes; the rest is not read.
const MAX_HEAD: usize = 64 * 1024;
/// Maximum interval until the next try while not all is well, or after a ping that failed.
const RETRY: Duration = Duration::from_secs(10);

/// Why there can be no ping.
#[derive(Debug, thiserror::Error)]
pub enum PingerError {
    /// There is no host to ask.
    #[error("the URL of the ping names no host")]
    Url,
    /// The system's certificate authorities cannot be had.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Pings one URL.
pub struct Pinger {
    host: String,
    port: u16,
    /// Host and port as the request names them
    authority: String,
    /// Path and query
    target: String,
    /// `None`: not encrypted
    tls_client: Option<TlsClient>,
}

impl Pinger {
    /// For this URL, with the certificate authorities that this system trusts.
    ///
    /// # Errors
    /// The URL names no host, or the system trusts no authority.
    pub fn new(url: &Secret) -> Result<Pinger, PingerError> {
        let uri: Uri = url.expose().parse().map_err(|_| PingerError::Url)?;
        let (Some(host), Some(authority)) = (uri.host(), uri.authority()) else { return Err(PingerError::Url) };
        let encrypted = uri.scheme_str() == Some("https");
        Ok(Pinger {
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 }),
            authority: authority.to_string(),
            target: uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
            tls_client: encrypted.then(TlsClient::system).transpose()?,
        })
    }

    /// Pings once.
    ///
    /// # Errors
    /// Returns why the monitor did not get it. The URL is not in the text.
    pub async fn ping(&self) -> Result<(), String> {
        let status = timeout(PATIENCE, self.ask()).await.map_err(|_| "no answer in time".to_owned())??;
        if (200..300).contains(&status) { Ok(()) } else { Err(format!("the monitor answered {status}")) }
    }

    /// The status of the answer.
    async fn ask(&self) -> Result<u16, String> {
        let stream = TcpStream::connect((&*self.host, self.port)).await;
        let stream = stream.map_err(|error| format!("no connection to the monitor: {error}"))?;
        match &self.tls_client {
            None => self.answer(stream).await,
            Some(tls_client) => {
                let stream = tls_client.encrypt(&self.host, stream).await;
                self.answer(stream.map_err(|error| format!("no encrypted connection to the monitor: {error}"))?).await
            }
        }
    }

    async fn answer(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Result<u16, String> {
        let request = Request::get(&*self.target)
            .header(HOST, &*self.authority)
            .header(USER_AGENT, concat!("greenbrief/", env!("CARGO_PKG_VERSION")))
            .body(String::new());
        let request = request.map_err(|_| "this is not a URL".to_owned())?;
        let broken = |_: hyper::Error| "the monitor's answer cannot be read".to_owned();
        let (mut sender, connection) =
            http1::Builder::new().max_buf_size(MAX_HEAD).handshake(TokioIo::new(stream)).await.map_err(broken)?;
        // Ends with this call, at the latest.
        let mut carrying = JoinSet::new();
        carrying.spawn(connection);
        Ok(sender.send_request(request).await.map_err(broken)?.status().as_u16())
    }

    /// Pings at this interval while all is well, until the shutdown. Logs once what keeps it from pinging, and when that is
    /// over.
    pub async fn run(self, monitor: Arc<Monitor>, every: Duration, shutdown: Shutdown) {
        let mut last = Try::None;
        loop {
            let now = match monitor.check_well().await {
                Err(why) => Try::NotWell(why),
                Ok(()) => match self.ping().await {
                    Ok(()) => Try::Heard,
                    Err(why) => Try::Unheard(why),
                },
            };
            now.log_after(&last);
            match &now {
                Try::Heard => monitor.ping_failing(None),
                Try::Unheard(why) => monitor.ping_failing(Some(why)),
                Try::None | Try::NotWell(_) => {}
            }
            // Until it was ready for the first time it is only starting.
            let starting = last == Try::None && matches!(now, Try::NotWell(_));
            let pause = if now == Try::Heard { every } else { every.min(RETRY) };
            if !starting {
                last = now;
            }
            tokio::select! {
                () = sleep(if starting { pause.min(Duration::from_secs(1)) } else { pause }) => {}
                () = shutdown.requested() => return,
            }
        }
    }
}

impl fmt::Debug for Pinger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pinger")
    }
}

/// The result of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Try {
    /// There was none yet
    None,
    /// The monitor answered
    Heard,
    /// The monitor did not answer, and why
    Unheard(String),
    /// No ping was sent, since not all is well, and why
    NotWell(String),
}

impl Try {
    fn log_after(&self, before: &Try) {
        match (self, before) {
            (Try::Heard, Try::None) => info!("the outside monitor hears from us"),
            (Try::Heard, Try::Unheard(_) | Try::NotWell(_)) => info!("the outside monitor hears from us again"),
            (Try::Unheard(why), Try::None | Try::Heard | Try::NotWell(_)) => {
                warn!(why, "the outside monitor does not hear from us; retrying");
            }
            (Try::NotWell(why), Try::Heard | Try::Unheard(_)) => {
                warn!(why, "no ping to the outside monitor: not all is well");
            }
            (Try::NotWell(why), Try::NotWell(other)) if why != other => {
                warn!(why, "still no ping to the outside monitor: not all is well");
            }
            (now, _) => debug!(?now, "checked whether all is well"),
        }
    }
}
