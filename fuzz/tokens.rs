//! What the fuzzer of tokens calls, and the tests with its corpus: any bytes are handed in as a token. Nothing may panic, and
//! only what was issued is accepted: each token has one form, but for the case of its letters.

#![allow(dead_code, reason = "each user of this file calls one or all of the functions")]

use std::{str::FromStr as _, sync::LazyLock};

use greenbrief::people::tokens::{KeyId, KeySecret, LENGTH, Purpose, Token, TokenKey, TokenKeys, key_of, purpose_of};

/// The key that signed the good tokens of the corpus, and one that was retired.
static KEYS: LazyLock<TokenKeys> = LazyLock::new(|| {
    let id = |text| KeyId::from_str(text).unwrap_or_else(|wrong| unreachable!("{wrong}"));
    let key = TokenKey::new(id("k3x5"), &KeySecret::ZERO, "0af3");
    let Some(keys) = TokenKeys::new([key], vec![id("gone")]) else { unreachable!("there is a key") };
    keys
});

/// A token as it comes in: behind `/u/`, before an `@`, in a subject.
pub fn tokens(bytes: &[u8]) {
    accepted(bytes);
}

/// The number of purposes for which it is accepted: one or none.
pub fn accepted(bytes: &[u8]) -> usize {
    let text = String::from_utf8_lossy(bytes);
    let mut accepted = 0;
    for purpose in Purpose::ALL {
        if let Ok(subject) = KEYS.verify(purpose, &text) {
            accepted += 1;
            let issued = KEYS.issue(purpose, subject);
            assert_eq!(issued.as_str(), text.to_ascii_lowercase(), "one form");
            assert!(text.len() == LENGTH && purpose_of(&text) == Ok(purpose) && key_of(&text).is_ok());
        }
    }
    assert!(accepted <= 1, "one purpose");
    let shown = Token::shown(&text);
    assert!(shown.chars().count() <= 7 && !shown.contains(char::is_control));
    accepted
}
