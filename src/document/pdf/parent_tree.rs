//! The parent tree while it grows (ISO 32000-1, 14.7.4.4).

use lopdf::ObjectId;

/// Leads from the keys of pages and annotations to their structure elements.
pub(super) struct ParentTree {
    /// Keys rise. A page's entry is the list of the elements of its marked content.
    pub entries: Vec<(i64, ObjectId)>,
    /// The key of the next annotation; pages have the keys below the first.
    pub next_key: i64,
}

impl ParentTree {
    /// Adds an annotation's element and returns the annotation's key.
    pub fn add(&mut self, element: ObjectId) -> i64 {
        let key = self.next_key;
        self.entries.push((key, element));
        self.next_key += 1;
        key
    }
}
