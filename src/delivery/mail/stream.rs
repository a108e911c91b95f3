//! The bytes of a connection, plain or encrypted. The certificate authorities are in `base::tls`; when TLS begins is
//! decided in `handshake`.

use std::{
    io::{self, IoSlice},
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf},
    net::TcpStream,
};

use crate::base::tls::{TlsClient, TlsStream};

/// A TCP stream, plain or encrypted.
pub(super) enum SmtpStream {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
    /// Given up, or in the middle of a TLS handshake
    Closed,
}

impl SmtpStream {
    /// Encrypts from here on. A handshake that fails or is dropped leaves the stream closed.
    pub(super) async fn encrypt(&mut self, host: &str, tls_client: &TlsClient) -> io::Result<()> {
        let SmtpStream::Plain(stream) = mem::replace(self, SmtpStream::Closed) else {
            return Err(io::Error::other("encrypted already, or closed"));
        };
        *self = SmtpStream::Encrypted(Box::new(tls_client.encrypt(host, stream).await?));
        Ok(())
    }

    pub(super) async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            SmtpStream::Plain(stream) => stream.read(buffer).await,
            SmtpStream::Encrypted(stream) => stream.read(buffer).await,
            SmtpStream::Closed => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Reads what has arrived already, without waiting; `None` if nothing has.
    pub(super) async fn read_available(&mut self, buffer: &mut [u8]) -> Option<io::Result<usize>> {
        let mut buffer = ReadBuf::new(buffer);
        std::future::poll_fn(|context| Poll::Ready(self.poll(context, &mut buffer))).await
    }

    fn poll(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Option<io::Result<usize>> {
        let polled = match self {
            SmtpStream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            SmtpStream::Encrypted(stream) => Pin::new(&mut **stream).poll_read(context, buffer),
            SmtpStream::Closed => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        };
        match polled {
            Poll::Pending => None,
            Poll::Ready(read) => Some(read.map(|()| buffer.filled().len())),
        }
    }

    pub(super) async fn write(&mut self, mut parts: &mut [IoSlice<'_>]) -> io::Result<()> {
        while !parts.is_empty() {
            let written = match self {
                SmtpStream::Plain(stream) => stream.write_vectored(parts).await?,
                SmtpStream::Encrypted(stream) => stream.write_vectored(parts).await?,
                SmtpStream::Closed => return Err(io::ErrorKind::NotConnected.into()),
            };
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            IoSlice::advance_slices(&mut parts, written);
        }
        match self {
            SmtpStream::Encrypted(stream) => stream.flush().await,
            SmtpStream::Plain(_) | SmtpStream::Closed => Ok(()),
        }
    }

    pub(super) async fn shutdown(&mut self) -> io::Result<()> {
        match self {
            SmtpStream::Plain(stream) => stream.shutdown().await,
            SmtpStream::Encrypted(stream) => stream.shutdown().await,
            SmtpStream::Closed => Ok(()),
        }
    }
}
