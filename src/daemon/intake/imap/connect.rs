//! How a connection to an IMAP server is made, and encrypted: TLS from the first byte, STARTTLS, or not at all on this
//! machine. The certificate authorities are in `base::tls`.

use std::{fmt, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::{Instant, timeout},
};

use super::{session::Session, wire::Fault};
use crate::{
    base::tls::TlsClient,
    config::{Imap, Tls},
};

/// Time to reach the server, over all its addresses.
const CONNECT_TIME: Duration = Duration::from_secs(30);
/// Time to encrypt.
const TLS_TIME: Duration = Duration::from_secs(30);

/// The octets of a connection, plain or encrypted.
pub(super) type Stream = Box<dyn Octets>;

pub(super) trait Octets: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Octets for S {}

impl fmt::Debug for dyn Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Octets")
    }
}

/// Connects and encrypts as the config asks, up to the login.
pub(super) async fn connect(mailbox: &Imap) -> Result<Session<Stream>, Fault> {
    let stream = reach(mailbox).await?;
    match mailbox.tls {
        Tls::Implicit => Session::greeted(encrypt(mailbox, stream).await?).await,
        Tls::Starttls => {
            let stream = Session::greeted(stream).await?.starttls().await?;
            Ok(Session::encrypted(encrypt(mailbox, stream).await?))
        }
        // The name may lead elsewhere than it seems to.
        Tls::None if stream.peer_addr().is_ok_and(|peer| peer.ip().to_canonical().is_loopback()) => {
            Session::greeted(Box::new(stream) as Stream).await
        }
        Tls::None => Err(Fault::broken("a password is not sent to another machine without TLS")),
    }
}

/// Connects to the first address that answers. The time is shared out among them, so that a silent one does not use up
/// that of the next.
async fn reach(mailbox: &Imap) -> Result<TcpStream, Fault> {
    let broken = |what: &dyn fmt::Display| Fault::broken(format!("it cannot be reached: {what}"));
    let end = Instant::now() + CONNECT_TIME;
    let found = timeout(CONNECT_TIME, lookup_host((&*mailbox.host, mailbox.port))).await;
    let found = found.map_err(|_| broken(&"its address was not found in time"))?;
    let addresses: Vec<SocketAddr> = found.map_err(|error| broken(&error))?.collect();
    let mut fault = broken(&"it has no address");
    for (tried, address) in addresses.iter().enumerate() {
        let share = end.saturating_duration_since(Instant::now());
        let share = share / u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        fault = match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                stream.set_nodelay(true).map_err(|error| broken(&error))?;
                return Ok(stream);
            }
            Ok(Err(error)) => broken(&format!("{address}: {error}")),
            Err(_) => broken(&format!("{address} did not answer in {share:?}")),
        };
    }
    Err(fault)
}

async fn encrypt(mailbox: &Imap, stream: TcpStream) -> Result<Stream, Fault> {
    let tls_client = TlsClient::system().map_err(|error| Fault::broken(error.to_string()))?;
    match timeout(TLS_TIME, tls_client.encrypt(&mailbox.host, stream)).await {
        Ok(Ok(stream)) => Ok(Box::new(stream)),
        Ok(Err(error)) => Err(Fault::broken(format!("it cannot be encrypted: {error}"))),
        Err(_) => Err(Fault::broken(format!("it cannot be encrypted: no handshake in {TLS_TIME:?}"))),
    }
}
