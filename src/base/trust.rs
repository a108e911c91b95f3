//! Whom we trust: certificate authorities, and connections encrypted by rustls with ring, TLS 1.2 or newer. What is said
//! over them is in `mail` and `monitor`.

use std::{io, sync::Arc};

use tokio::net::TcpStream;
pub use tokio_rustls::client::TlsStream;
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

/// The certificate authorities whose word is taken for who a server is. A clone costs nothing.
#[derive(Clone)]
pub struct Trust(Arc<ClientConfig>);

/// Why there is nobody to trust.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The system has no certificates, or none that can be read.
    #[error("no certificate authorities were found on this system; install ca-certificates or set SSL_CERT_FILE{0}")]
    None(String),
    /// What was given is not PEM with certificates.
    #[error("the certificates cannot be read: {0}")]
    Unreadable(String),
}

impl Trust {
    /// Whom this system trusts; `SSL_CERT_FILE` and `SSL_CERT_DIR` say otherwise.
    ///
    /// # Errors
    /// No certificate could be read.
    pub fn system() -> Result<Trust, TrustError> {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(found.certs);
        if roots.is_empty() {
            let errors: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
            let why = if errors.is_empty() { String::new() } else { format!(" ({})", errors.join("; ")) };
            return Err(TrustError::None(why));
        }
        Trust::new(roots)
    }

    /// Only these authorities, as PEM. An empty text trusts nobody: enough for a relay without TLS.
    ///
    /// # Errors
    /// The text holds what is no certificate.
    pub fn with_roots(pem: &[u8]) -> Result<Trust, TrustError> {
        let unreadable = |error: &dyn std::fmt::Display| TrustError::Unreadable(error.to_string());
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            roots.add(certificate.map_err(|error| unreadable(&error))?).map_err(|error| unreadable(&error))?;
        }
        Trust::new(roots)
    }

    fn new(roots: RootCertStore) -> Result<Trust, TrustError> {
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| TrustError::Unreadable(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Trust(Arc::new(config)))
    }

    /// Encrypts a connection to this host, who has to show who it is.
    ///
    /// # Errors
    /// The host's name is none, it is not whom it should be, or the handshake broke off.
    pub async fn encrypt(&self, host: &str, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        TlsConnector::from(Arc::clone(&self.0)).connect(name, stream).await
    }
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Trust")
    }
}
