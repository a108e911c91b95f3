//! Encrypted connections from clients: TLS 1.2 or newer by rustls with ring, with a certificate and its private key. Where the
//! two come from, and what is spoken over the connection, is not here; `tls` has the client's side.

use std::{fmt, io, sync::Arc};

use ring::digest::{Context, SHA256};
use tokio::io::{AsyncRead, AsyncWrite};
pub use tokio_rustls::server::TlsStream;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::ring as provider,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

/// The server's side of TLS: the certificate that it shows, and the key that proves it. Cheap to clone; two are equal if they
/// were made from the same bytes.
#[derive(Clone)]
pub struct TlsServer {
    config: Arc<ServerConfig>,
    digest: [u8; 32],
}

/// Why there is no [`TlsServer`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsServerError {
    /// There is no certificate in the text, or one that cannot be read.
    #[error("it holds no certificate in PEM")]
    NoCertificate,
    /// There is no private key in the text, or one that cannot be read.
    #[error("it holds no private key in PEM")]
    NoKey,
    /// The key needs a passphrase.
    #[error("its key is encrypted with a passphrase")]
    EncryptedKey,
    /// They are no pair.
    #[error("its key does not belong to the certificate")]
    NoPair,
    /// rustls takes neither.
    #[error("{0}")]
    Other(String),
}

impl TlsServer {
    /// Reads a certificate, with those that lead to its authority behind it, and its private key, both in PEM.
    ///
    /// # Errors
    /// If one of them cannot be read, or they are no pair.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<TlsServer, TlsServerError> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificates).collect();
        let chain = chain.map_err(|_| TlsServerError::NoCertificate)?;
        if chain.is_empty() {
            return Err(TlsServerError::NoCertificate);
        }
        let is_encrypted = String::from_utf8_lossy(key).contains("ENCRYPTED");
        let private = PrivateKeyDer::from_pem_slice(key);
        let private =
            private.map_err(|_| if is_encrypted { TlsServerError::EncryptedKey } else { TlsServerError::NoKey })?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsServerError::Other(error.to_string()))?
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => TlsServerError::NoPair,
                rustls::Error::InvalidCertificate(_) => TlsServerError::NoCertificate,
                other => TlsServerError::Other(other.to_string()),
            })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let mut digest = Context::new(&SHA256);
        digest.update(&certificates.len().to_be_bytes());
        digest.update(certificates);
        digest.update(key);
        let digest = digest.finish().as_ref().try_into().unwrap_or_default();
        Ok(TlsServer { config: Arc::new(config), digest })
    }

    /// Does the TLS handshake over an open connection.
    ///
    /// # Errors
    /// If the client wants nothing that is offered, or the handshake breaks off.
    pub async fn accept<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> io::Result<TlsStream<S>> {
        TlsAcceptor::from(self.config.clone()).accept(stream).await
    }
}

impl PartialEq for TlsServer {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for TlsServer {}

impl fmt::Debug for TlsServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsServer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_and_a_key_that_are_a_pair_are_taken() {
        let one = rcgen::generate_simple_self_signed(["brief.example.org".to_owned()]).unwrap();
        let other = rcgen::generate_simple_self_signed(["brief.example.org".to_owned()]).unwrap();
        let (certificate, key) = (one.cert.pem(), one.signing_key.serialize_pem());
        let taken = TlsServer::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
        assert_eq!(TlsServer::from_pem(certificate.as_bytes(), key.as_bytes()), Ok(taken.clone()));
        let second = TlsServer::from_pem(other.cert.pem().as_bytes(), other.signing_key.serialize_pem().as_bytes());
        assert_ne!(second, Ok(taken));
        let broken = certificate.replace("MII", "AAA");
        for (certificate, key, why) in [
            (certificate.as_str(), other.signing_key.serialize_pem().as_str(), TlsServerError::NoPair),
            ("", &key, TlsServerError::NoCertificate),
            (&key, &key, TlsServerError::NoCertificate),
            (&broken, &key, TlsServerError::NoCertificate),
            (&certificate, "", TlsServerError::NoKey),
            (&certificate, &certificate, TlsServerError::NoKey),
            (
                &certificate,
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
                TlsServerError::EncryptedKey,
            ),
        ] {
            assert_eq!(TlsServer::from_pem(certificate.as_bytes(), key.as_bytes()), Err(why));
        }
    }
}
