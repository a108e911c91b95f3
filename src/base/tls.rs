//! Encrypted connections to servers: TLS 1.2 or newer by rustls with ring, and the certificate authorities that vouch for
//! a server. The protocols spoken over them are in `delivery::mail` and `monitoring::monitor`.

use std::{io, sync::Arc};

use chrono::{DateTime, Utc};
use tokio::net::TcpStream;
pub use tokio_rustls::client::TlsStream;
use tokio_rustls::{
    TlsConnector,
    rustls::{
        CertificateError, ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    },
};

/// The client side of TLS, with the certificate authorities that it trusts. Cheap to clone.
#[derive(Clone)]
pub struct TlsClient(Arc<ClientConfig>);

/// Why there is no [`TlsClient`].
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The system has no readable certificates.
    #[error("no certificate authorities were found on this system; install ca-certificates or set SSL_CERT_FILE{0}")]
    None(String),
    /// The text is not PEM, or holds something that is no certificate.
    #[error("the certificates cannot be read: {0}")]
    Unreadable(String),
}

impl TlsClient {
    /// Trusts the authorities of this system, or those in `SSL_CERT_FILE` and `SSL_CERT_DIR` if they are set.
    ///
    /// # Errors
    /// [`TlsError::None`] if no certificate could be read.
    pub fn system() -> Result<TlsClient, TlsError> {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(found.certs);
        if roots.is_empty() {
            let errors: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
            let why = if errors.is_empty() { String::new() } else { format!(" ({})", errors.join("; ")) };
            return Err(TlsError::None(why));
        }
        TlsClient::new(roots)
    }

    /// Trusts only these authorities, given as PEM. An empty text trusts nobody, which is enough for a relay without TLS.
    ///
    /// # Errors
    /// [`TlsError::Unreadable`] if the text holds something that is no certificate.
    pub fn with_roots(pem: &[u8]) -> Result<TlsClient, TlsError> {
        let unreadable = |error: &dyn std::fmt::Display| TlsError::Unreadable(error.to_string());
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            roots.add(certificate.map_err(|error| unreadable(&error))?).map_err(|error| unreadable(&error))?;
        }
        TlsClient::new(roots)
    }

    fn new(roots: RootCertStore) -> Result<TlsClient, TlsError> {
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::Unreadable(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(TlsClient(Arc::new(config)))
    }

    /// Does the TLS handshake over an open connection. The server must present a certificate for `host`.
    ///
    /// # Errors
    /// If `host` is not a valid server name, the certificate is not accepted, or the handshake breaks off.
    pub async fn encrypt(&self, host: &str, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let connected = TlsConnector::from(Arc::clone(&self.0)).connect(name, stream).await;
        connected.map_err(|error| in_words(host, error))
    }
}

/// The error of a handshake; if a certificate was not accepted, why, and what to look at.
fn in_words(host: &str, error: io::Error) -> io::Error {
    let refused = match error.get_ref().and_then(|inner| inner.downcast_ref()) {
        Some(tokio_rustls::rustls::Error::InvalidCertificate(refused)) => refused,
        _ => return error,
    };
    let clock = "(if that is wrong, look at this machine's clock)";
    let what = match refused {
        CertificateError::NotValidForName => format!("the server's certificate is not for {host}"),
        CertificateError::NotValidForNameContext { presented, .. } => {
            // As in `DnsName("mail.example.org")`.
            let names: Vec<&str> = presented.iter().map(|name| name.split('"').nth(1).unwrap_or(name)).collect();
            format!("the server's certificate is for {}, not for {host}", names.join(", "))
        }
        CertificateError::Expired => format!("the server's certificate is out of date {clock}"),
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("the server's certificate is out of date since {} {clock}", day(*not_after))
        }
        CertificateError::NotValidYet => format!("the server's certificate is not valid yet {clock}"),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("the server's certificate is not valid before {} {clock}", day(*not_before))
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "no authority that this machine trusts vouches for the server's certificate (SSL_CERT_FILE names a file with \
             further ones)"
                .to_owned()
        }
        CertificateError::Revoked => "the server's certificate was revoked".to_owned(),
        other => format!("the server's certificate is not accepted: {other}"),
    };
    io::Error::new(error.kind(), what)
}

fn day(at: UnixTime) -> String {
    let at = i64::try_from(at.as_secs()).ok().and_then(|seconds| DateTime::<Utc>::from_timestamp(seconds, 0));
    at.map_or_else(|| "an unknown time".to_owned(), |at| at.format("%F %T UTC").to_string())
}

impl std::fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsClient")
    }
}
