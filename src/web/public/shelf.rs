//! Files of editions that are being read: each is in memory once, however many readers take it at a time, and the last ones
//! stay for a while. What they are and who may see them is not here.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::Semaphore;

use crate::store::{Error, Store};

/// So many bytes stay in memory though nobody reads them at the moment.
const KEPT: usize = 16 << 20;
/// So many files are read from the store at a time: the courier needs its connections.
const READERS: usize = 2;

/// The files that are lent, and the last ones that were.
pub(super) struct Shelf {
    files: Mutex<Files>,
    reading: Semaphore,
}

#[derive(Default)]
struct Files {
    lent: HashMap<String, Weak<[u8]>>,
    /// The newest last
    kept: VecDeque<Arc<[u8]>>,
    bytes: usize,
}

impl Shelf {
    pub fn new() -> Shelf {
        Shelf { files: Mutex::default(), reading: Semaphore::new(READERS) }
    }

    /// The bytes with this key.
    pub async fn file(&self, store: &Store, key: &str) -> Result<Arc<[u8]>, Error> {
        if let Some(file) = self.lent(key) {
            return Ok(file);
        }
        // Never closed.
        let _permit = self.reading.acquire().await;
        // Another reader may have asked for it meanwhile.
        if let Some(file) = self.lent(key) {
            return Ok(file);
        }
        let file: Arc<[u8]> = store.blob(key).await?.into();
        self.files.lock().unwrap_or_else(PoisonError::into_inner).keep(key, &file);
        Ok(file)
    }

    fn lent(&self, key: &str) -> Option<Arc<[u8]>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).lent.get(key)?.upgrade()
    }
}

impl Files {
    fn keep(&mut self, key: &str, file: &Arc<[u8]>) {
        self.lent.retain(|_, file| file.strong_count() > 0);
        self.lent.insert(key.to_owned(), Arc::downgrade(file));
        self.kept.push_back(file.clone());
        self.bytes += file.len();
        while self.bytes > KEPT
            && let Some(oldest) = self.kept.pop_front()
        {
            self.bytes -= oldest.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_stays_while_somebody_has_it_and_the_last_ones_a_while_longer() {
        let mut files = Files::default();
        let large: Arc<[u8]> = vec![0; KEPT].into();
        files.keep("a", &large);
        files.keep("b", &Arc::from(&b"small"[..]));
        // Too much together: the older one is not kept any more, but it is lent.
        assert_eq!((files.kept.len(), files.bytes), (1, 5));
        assert!(files.lent.get("a").unwrap().upgrade().is_some());
        drop(large);
        files.keep("c", &Arc::from(&b"other"[..]));
        assert!(!files.lent.contains_key("a") && files.lent.contains_key("b"));
    }
}
