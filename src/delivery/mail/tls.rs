//! The stream that is plain or encrypted. The certificate authorities are in `base::tls`; when TLS begins is decided in `hello`.

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

/// A connection, plain or encrypted.
pub(super) enum Wire {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
    /// Given up, or in the middle of a handshake
    Closed,
}

impl Wire {
    /// Encrypts from here on. A handshake that fails or is dropped leaves the wire closed.
    pub(super) async fn encrypt(&mut self, host: &str, tls_client: &TlsClient) -> io::Result<()> {
        let Wire::Plain(stream) = mem::replace(self, Wire::Closed) else {
            return Err(io::Error::other("encrypted already, or closed"));
        };
        *self = Wire::Encrypted(Box::new(tls_client.encrypt(host, stream).await?));
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
