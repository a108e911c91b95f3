//! What the fuzzer of forms calls, and the tests with its corpus: any octets as the body of a form on the public pages. They
//! are read without a panic and within bounds; a form of ours has each field once; and what is taken for an address is one
//! that cannot carry a header, a second address or a command.

#![allow(dead_code, reason = "each user of this file calls one or all of the functions")]

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use greenbrief::{
    people::{
        joining::{Challenge, FormSecret, Work},
        subscribers::Address,
        tokens::purpose_of,
    },
    web::public::form::{Form, MOST_FIELDS},
};

static SECRET: LazyLock<FormSecret> = LazyLock::new(|| FormSecret::new("fuzz"));

/// The fields of the form to join.
const OURS: [&str; 6] = ["address", "challenge", "lang", "language", "nonce", "website"];

/// A body as it comes in.
pub fn forms(bytes: &[u8]) {
    joins(bytes);
}

/// Whether it is a form to join with an address that is taken.
pub fn joins(bytes: &[u8]) -> bool {
    let form = Form::read(bytes);
    assert!(form.fields().len() <= MOST_FIELDS);
    let is_ours = form.is_ours(&OURS);
    for (name, value) in form.fields() {
        if is_ours {
            assert_eq!(form.get(name), Some(value), "one value");
        }
        let _ = purpose_of(value);
    }
    let given = form.get("address").unwrap_or_default();
    let (challenge, nonce) = (form.get("challenge").unwrap_or_default(), form.get("nonce").unwrap_or_default());
    let now: DateTime<Utc> = DateTime::UNIX_EPOCH;
    let work = Challenge::judge(&SECRET, "green-economy", (challenge, nonce), given, now);
    assert_eq!(work == Work::Missing, nonce.is_empty());
    let Ok(address) = Address::parse(given.trim()) else { return false };
    let text = address.as_str();
    assert!(text.matches('@').count() >= 1 && text.len() <= 320, "{text:?}");
    assert!(!text.contains(|c: char| c.is_control() || c.is_whitespace() || "<>,;".contains(c)), "{text:?}");
    assert_eq!(Address::parse(text).map(|again| again.key().to_owned()).as_deref(), Ok(address.key()), "one form");
    is_ours
}
