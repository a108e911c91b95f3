//! One request to a web server that somebody else's file names. It is bounded in time and size, goes straight, past proxies, and
//! only to addresses that may be reached. A redirect is told, not followed: its target is a request of its own.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    time::Duration,
};

pub use hyper::Method;
use hyper::{
    Request,
    body::{Body as _, Incoming},
    client::conn::http1,
    header::{ACCEPT, HOST, LOCATION, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    task::JoinSet,
    time::timeout,
};
use url::{Host, Position, Url};

use crate::base::{public_address::is_public, tls::TlsClient};

/// Maximum size of an answer's head, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// Which addresses may be asked.
#[derive(Debug, Clone, Copy)]
pub struct Reach(fn(IpAddr) -> bool);

impl Reach {
    /// Those of the public internet.
    pub const PUBLIC: Reach = Reach(is_public);

    /// Those that a function allows.
    pub const fn of(may_be_asked: fn(IpAddr) -> bool) -> Reach {
        Reach(may_be_asked)
    }
}

/// Asks web servers.
#[derive(Debug)]
pub struct WebClient {
    /// Which addresses may be asked
    pub reach: Reach,
    /// Whom to trust
    pub tls: TlsClient,
    /// How the program calls itself
    pub user_agent: String,
    /// Timeout for one request, from resolving the host to the end of what is read of the answer
    pub timeout: Duration,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status
    pub status: u16,
    /// Where a redirect leads to, as the server wrote it
    pub location: Option<String>,
    /// Its body, as far as it was to be read
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// It has another scheme than `http` and `https`, no host, or cannot be read.
    #[error("this is not a web address")]
    Url,
    /// The name has no address.
    #[error("{host} cannot be found: {error}")]
    Name {
        /// The name
        host: String,
        /// What the resolver says
        error: io::Error,
    },
    /// The host is at an address that may not be asked.
    #[error("{0} is not on the public internet")]
    OutOfReach(String),
    /// There was no answer in time.
    #[error("no answer within {} s", .0.as_secs_f32())]
    Timeout(Duration),
    /// Nobody takes the connection.
    #[error("no connection: {0}")]
    Connection(io::Error),
    /// The handshake of TLS broke off.
    #[error("no encrypted connection: {0}")]
    Tls(io::Error),
    /// The answer is not one of HTTP, or broke off.
    #[error("the answer cannot be read")]
    Answer,
}

impl WebClient {
    /// Asks once. No more of the body is read than this many bytes.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn ask(&self, method: Method, url: &Url, max_body: usize) -> Result<Answer, RequestError> {
        timeout(self.timeout, self.answer(method, url, max_body))
            .await
            .map_err(|_| RequestError::Timeout(self.timeout))?
    }

    async fn answer(&self, method: Method, url: &Url, max_body: usize) -> Result<Answer, RequestError> {
        let is_encrypted = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(RequestError::Url),
        };
        let host = host_of(url).ok_or(RequestError::Url)?;
        let addresses = self.addresses(url, &host).await?;
        let stream = TcpStream::connect(&*addresses).await.map_err(RequestError::Connection)?;
        let request = Request::builder()
            .method(method)
            .uri(&url[Position::BeforePath..Position::AfterQuery])
            .header(HOST, &url[Position::BeforeHost..Position::AfterPort])
            .header(USER_AGENT, &*self.user_agent)
            .header(ACCEPT, "*/*")
            .body(String::new())
            .map_err(|_| RequestError::Url)?;
        if is_encrypted {
            let stream = self.tls.encrypt(&host, stream).await.map_err(RequestError::Tls)?;
            exchange(stream, request, max_body).await
        } else {
            exchange(stream, request, max_body).await
        }
    }

    /// The addresses of the host that may be asked: the connection goes to one of these, whatever its name says a moment later.
    async fn addresses(&self, url: &Url, host: &str) -> Result<Vec<SocketAddr>, RequestError> {
        let port = url.port_or_known_default().ok_or(RequestError::Url)?;
        let unknown = |error| RequestError::Name { host: host.to_owned(), error };
        let found: Vec<SocketAddr> = lookup_host((host, port)).await.map_err(unknown)?.collect();
        let allowed: Vec<SocketAddr> = found.iter().copied().filter(|address| (self.reach.0)(address.ip())).collect();
        match (allowed.is_empty(), found.first()) {
            (false, _) => Ok(allowed),
            (true, Some(own)) if own.ip().to_string() == host => Err(RequestError::OutOfReach(host.to_owned())),
            (true, Some(own)) => Err(RequestError::OutOfReach(format!("{host} is at {}, which", own.ip()))),
            (true, None) => Err(unknown(io::Error::other("it has no address"))),
        }
    }
}

/// The host of a web address, an address of IPv6 without its brackets.
fn host_of(url: &Url) -> Option<String> {
    Some(match url.host()? {
        Host::Domain(name) => name.to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    })
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<String>,
    max_body: usize,
) -> Result<Answer, RequestError> {
    let broken = |_| RequestError::Answer;
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(MAX_HEAD).handshake(TokioIo::new(stream)).await.map_err(broken)?;
    // Ends with this call, at the latest.
    let mut carrying = JoinSet::new();
    carrying.spawn(connection);
    let answer = sender.send_request(request).await.map_err(broken)?;
    let location = answer.headers().get(LOCATION).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let status = answer.status().as_u16();
    Ok(Answer { status, location, body: beginning(answer.into_body(), max_body).await? })
}

/// The beginning of a body.
async fn beginning(mut body: Incoming, max: usize) -> Result<Vec<u8>, RequestError> {
    let mut read = Vec::new();
    while read.len() < max {
        let frame = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
        let Some(frame) = frame else { break };
        if let Ok(data) = frame.map_err(|_| RequestError::Answer)?.into_data() {
            read.extend_from_slice(&data);
        }
    }
    read.truncate(max);
    Ok(read)
}
