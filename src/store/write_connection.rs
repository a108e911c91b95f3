//! The connection on which the courier's leases and moves are written. On SQLite it is one connection, kept for them: there
//! is one writer at a time anyway, a writer that finds the file busy sleeps for milliseconds before it looks again, and a
//! connection reads anew what it had read once another one wrote. On PostgreSQL it is any connection of the pool.

use sqlx::{Any, AnyConnection, Connection as _, pool::PoolConnection};
use tokio::sync::MutexGuard;

use super::{Result, Store, prepare_connection, sqlite_file::sqlite_address};

pub(super) enum WriteConnection<'a> {
    /// SQLite's. Its users wait for each other here, and go on at once.
    Kept(MutexGuard<'a, Option<AnyConnection>>),
    /// One of the pool's.
    Pooled(PoolConnection<Any>),
}

impl Store {
    pub(super) async fn writer(&self) -> Result<WriteConnection<'_>> {
        let Some(file) = &self.file else { return Ok(WriteConnection::Pooled(self.pool.acquire().await?)) };
        let mut kept = self.kept_writer.lock().await;
        if kept.is_none() {
            let mut new = AnyConnection::connect(&sqlite_address(file)).await?;
            prepare_connection(&mut new, self.dialect).await?;
            *kept = Some(new);
        }
        Ok(WriteConnection::Kept(kept))
    }

    pub(super) async fn close_writer(&self) {
        if let Some(kept) = self.kept_writer.lock().await.take() {
            // What was committed stays, however it ends.
            let _ = kept.close().await;
        }
    }
}

impl WriteConnection<'_> {
    pub fn connection(&mut self) -> Result<&mut AnyConnection> {
        match self {
            WriteConnection::Pooled(pooled) => Ok(pooled),
            WriteConnection::Kept(kept) => kept.as_mut().ok_or(sqlx::Error::PoolClosed.into()),
        }
    }

    /// Gives the connection back. After an error its state is not known: the next user gets a new one.
    pub fn release<T>(self, done: Result<T>) -> Result<T> {
        if let (WriteConnection::Kept(mut kept), Err(_)) = (self, &done) {
            *kept = None;
        }
        done
    }
}
