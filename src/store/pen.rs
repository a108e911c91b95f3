//! What the courier's leases and moves are written with. On SQLite that is one connection, kept for them: there is one
//! writer at a time anyway, who finds it busy sleeps for milliseconds before it looks again, and what a connection has read
//! it reads again after another one wrote. On PostgreSQL it is any of the pool's.

use sqlx::{Any, AnyConnection, Connection as _, pool::PoolConnection};
use tokio::sync::MutexGuard;

use super::{Result, Store, prepare_connection, sqlite_address};

pub(super) enum Pen<'a> {
    /// Its users wait for each other here, and go on at once.
    Kept(MutexGuard<'a, Option<AnyConnection>>),
    Lent(PoolConnection<Any>),
}

impl Store {
    pub(super) async fn pen(&self) -> Result<Pen<'_>> {
        let Some(file) = &self.file else { return Ok(Pen::Lent(self.pool.acquire().await?)) };
        let mut kept = self.pen.lock().await;
        if kept.is_none() {
            let mut new = AnyConnection::connect(&sqlite_address(file)).await?;
            prepare_connection(&mut new, self.dialect).await?;
            *kept = Some(new);
        }
        Ok(Pen::Kept(kept))
    }

    /// Ends the kept one.
    pub(super) async fn put_pen_down(&self) {
        if let Some(kept) = self.pen.lock().await.take() {
            // What was committed stays, however it ends.
            let _ = kept.close().await;
        }
    }
}

impl Pen<'_> {
    pub fn connection(&mut self) -> Result<&mut AnyConnection> {
        match self {
            Pen::Lent(lent) => Ok(lent),
            Pen::Kept(kept) => kept.as_mut().ok_or(sqlx::Error::PoolClosed.into()),
        }
    }

    /// After an error nobody knows how the connection stands: the next one gets a new one.
    pub fn after<T>(self, done: Result<T>) -> Result<T> {
        if let (Pen::Kept(mut kept), Err(_)) = (self, &done) {
            *kept = None;
        }
        done
    }
}
