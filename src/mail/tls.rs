//! Encryption by rustls with ring, TLS 1.2 or newer: whom we trust, and the stream that is plain or encrypted. When TLS
//! begins is decided in `hello`.

use std::{
    io::{self, IoSlice},
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
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
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Trust")
    }
}

/// A connection, plain or encrypted.
pub(super) enum Wire {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
    /// Given up, or in the middle of a handshake
    Closed,
}

impl Wire {
    /// Encrypts from here on. A handshake that fails or is dropped leaves the wire closed.
    pub(super) async fn encrypt(&mut self, host: &str, trust: &Trust) -> io::Result<()> {
        let Wire::Plain(stream) = mem::replace(self, Wire::Closed) else {
            return Err(io::Error::other("encrypted already, or closed"));
        };
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let stream = TlsConnector::from(Arc::clone(&trust.0)).connect(name, stream).await?;
        *self = Wire::Encrypted(Box::new(stream));
        Ok(())
    }

    pub(super) async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Wire::Plain(stream) => stream.read(buffer).await,
            Wire::Encrypted(stream) => stream.read(buffer).await,
            Wire::Closed => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// What has come already, without waiting: none if nothing has.
    pub(super) async fn peek(&mut self, buffer: &mut [u8]) -> Option<io::Result<usize>> {
        let mut buffer = ReadBuf::new(buffer);
        std::future::poll_fn(|context| Poll::Ready(self.poll(context, &mut buffer))).await
    }

    fn poll(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Option<io::Result<usize>> {
        let polled = match self {
            Wire::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Wire::Encrypted(stream) => Pin::new(&mut **stream).poll_read(context, buffer),
            Wire::Closed => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        };
        match polled {
            Poll::Pending => None,
            Poll::Ready(read) => Some(read.map(|()| buffer.filled().len())),
        }
    }

    pub(super) async fn write(&mut self, mut parts: &mut [IoSlice<'_>]) -> io::Result<()> {
        while !parts.is_empty() {
            let written = match self {
                Wire::Plain(stream) => stream.write_vectored(parts).await?,
                Wire::Encrypted(stream) => stream.write_vectored(parts).await?,
                Wire::Closed => return Err(io::ErrorKind::NotConnected.into()),
            };
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            IoSlice::advance_slices(&mut parts, written);
        }
        match self {
            Wire::Encrypted(stream) => stream.flush().await,
            Wire::Plain(_) | Wire::Closed => Ok(()),
        }
    }

    pub(super) async fn shutdown(&mut self) -> io::Result<()> {
        match self {
            Wire::Plain(stream) => stream.shutdown().await,
            Wire::Encrypted(stream) => stream.shutdown().await,
            Wire::Closed => Ok(()),
        }
    }
}
