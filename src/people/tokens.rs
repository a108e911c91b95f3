//! Tokens: short texts in links and addresses of mails, by which a reader leaves, confirms or changes a subscription, and
//! by which a bounce says which mail it is about. Whoever has the token may do what it is for, and nothing else: it is
//! signed (HMAC-SHA-256, RFC 2104, truncated to 96 bits) for one purpose, one store and one row. Pure: the keys are kept
//! by `store`, the random numbers come from outside.
//!
//! A token is [`LENGTH`] characters of the base32 alphabet (RFC 4648 §6) in lower case: mail servers may change the case of
//! an address and cut what stands before its `@` at 64 octets. The first is the purpose's letter; 32 hold the signature
//! (12 octets) and the subject (8 octets); the last four name the key. All tokens are equally long, so that one can be put
//! in the place of another in a mail that is encoded already.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use ring::{hmac, rand::SecureRandom};
use subtle::ConstantTimeEq as _;

use crate::base::word_enum::word_enum;

/// Number of characters of every token.
pub const LENGTH: usize = 1 + PAYLOAD + KEY_ID;
/// Stands for the token for leaving where a text is written for all readers; no key makes it. It is put in by `delivery::mail`.
pub const PLACEHOLDER: &str = "uthisreadersowntokentobeputinhere2345";
/// The same for the token with which a reader changes what they get.
pub const PREFERENCES_PLACEHOLDER: &str = "pthisreadersowntokentobeputinhere2345";
/// Number of characters of a token that logs show.
const SHOWN: usize = 6;
/// Number of characters of a key's id.
const KEY_ID: usize = 4;
/// Number of octets of the signature.
const SIGNATURE: usize = 12;
/// Number of characters of signature and subject.
const PAYLOAD: usize = (SIGNATURE + SUBJECT) * 8 / 5;
/// Number of octets of the subject.
const SUBJECT: usize = 8;
/// Number of octets of a key's secret: those of the hash (RFC 2104 §3).
const SECRET: usize = 32;
/// What is signed by this program and is no token begins otherwise.
const DOMAIN: &[u8] = b"greenbrief token 1\0";
/// RFC 4648 §6, in lower case.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Number of bits of a subject's row.
const ROW_BITS: u32 = 40;
/// Number of bits of the check that stands beside it.
const CHECK_BITS: u32 = 24;

word_enum! {
    "a purpose of tokens";
    /// What a token is for.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum Purpose {
        /// Ends a subscription. The subject is the subscription.
        Leave = "leave",
        /// Says which mail came back. The subject is the mail.
        Bounce = "bounce",
        /// Confirms what was asked for. The subject is the request.
        Confirm = "confirm",
        /// Shows and changes a subscription. The subject is the subscription.
        Preferences = "preferences",
        /// Shows the draft of an edition. The subject is the link that was made.
        Draft = "draft",
    }
}

impl Purpose {
    /// The first character of its tokens.
    pub const fn letter(self) -> char {
        match self {
            Purpose::Leave => 'u',
            Purpose::Bounce => 'b',
            Purpose::Confirm => 'c',
            Purpose::Preferences => 'p',
            Purpose::Draft => 'd',
        }
    }

    fn of_letter(letter: char) -> Option<Purpose> {
        Purpose::ALL.into_iter().find(|purpose| purpose.letter() == letter)
    }
}

/// A row of the store that a token is about: its number, and a check of when the row was made. A database may give a number
/// again, after the row was erased or an earlier state of the store was restored; a token of the row before is then not
/// about the new one, which the check tells in all but one of 16 million cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subject {
    row: i64,
    check: u32,
}

impl Subject {
    /// The row with this number (below 2⁴⁰), which was made at `made`.
    pub fn new(row: i64, made: DateTime<Utc>) -> Subject {
        // Fibonacci hashing: rows of near times differ in the bits that are kept.
        let mixed = made.timestamp_micros().cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let check = u32::try_from(mixed >> (64 - CHECK_BITS)).unwrap_or_default();
        Subject { row: row & ((1 << ROW_BITS) - 1), check }
    }

    /// The row's number. Only the row that [`Subject::is`] says yes to is meant.
    pub const fn row(self) -> i64 {
        self.row
    }

    /// Is it about the row with this number that was made then?
    pub fn is(self, row: i64, made: DateTime<Utc>) -> bool {
        self.row == row && self == Subject::new(row, made)
    }

    fn octets(self) -> [u8; SUBJECT] {
        ((self.row.cast_unsigned() << CHECK_BITS) | u64::from(self.check)).to_be_bytes()
    }

    fn of_octets(octets: [u8; SUBJECT]) -> Subject {
        let both = u64::from_be_bytes(octets);
        let check = u32::try_from(both & ((1 << CHECK_BITS) - 1)).unwrap_or_default();
        Subject { row: (both >> CHECK_BITS).cast_signed(), check }
    }
}

/// A token. Only [`Token::as_str`] gives all of it: logs get its first characters, by which nobody can leave for another.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The whole token, for the link or address that it goes into.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What logs and messages may show of a text that somebody handed in as a token.
    pub fn shown(text: &str) -> String {
        let start: String = text.chars().take(SHOWN).map(|c| if c.is_control() { '?' } else { c }).collect();
        if text.chars().nth(SHOWN).is_some() { format!("{start}…") } else { start }
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Token::shown(&self.0))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({self})")
    }
}

/// The name of a key: four characters, the last of its tokens. Chosen at random, so that a key of another store has another
/// name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; KEY_ID]);

/// A text that is no id of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the id of a key is four of the characters a–z and 2–7, as `greenbrief tokens list` shows it")]
pub struct InvalidKeyId;

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.map(char::from).iter().collect::<String>())
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for KeyId {
    type Err = InvalidKeyId;

    fn from_str(text: &str) -> Result<KeyId, InvalidKeyId> {
        let lower = text.to_ascii_lowercase();
        let octets: [u8; KEY_ID] = lower.as_bytes().try_into().map_err(|_| InvalidKeyId)?;
        if octets.iter().all(|octet| ALPHABET.contains(octet)) { Ok(KeyId(octets)) } else { Err(InvalidKeyId) }
    }
}

impl serde::Serialize for KeyId {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// The secret of a key. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct KeySecret([u8; SECRET]);

impl KeySecret {
    /// No secret at all, for tokens that open nothing.
    pub const ZERO: KeySecret = KeySecret([0; SECRET]);

    /// As hexadecimal digits: for the store, and never for a message.
    pub fn expose(&self) -> String {
        self.0.iter().map(|octet| format!("{octet:02x}")).collect()
    }

    /// The secret that [`KeySecret::expose`] gave; `None` for any other text.
    pub fn read(hex: &str) -> Option<KeySecret> {
        let mut secret = [0; SECRET];
        if hex.len() != 2 * SECRET || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        for (octet, at) in secret.iter_mut().zip((0..).step_by(2)) {
            *octet = u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()?;
        }
        Some(KeySecret(secret))
    }
}

impl fmt::Debug for KeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The machine gives no random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system provides no random numbers")]
pub struct NoRandomNumbers;

/// Makes the id and the secret of a new key.
///
/// # Errors
/// The machine gives no random numbers.
pub fn random_key(random: &dyn SecureRandom) -> Result<(KeyId, KeySecret), NoRandomNumbers> {
    let (mut secret, mut id) = ([0; SECRET], [0; KEY_ID]);
    random.fill(&mut secret).and_then(|()| random.fill(&mut id)).map_err(|_| NoRandomNumbers)?;
    Ok((KeyId(id.map(letter)), KeySecret(secret)))
}

/// A key with which tokens are signed. `Debug` shows its id.
#[derive(Clone)]
pub struct TokenKey {
    id: KeyId,
    /// What every signature begins with: the domain and the store
    before: Vec<u8>,
    key: hmac::Key,
}

impl TokenKey {
    /// A key of the store with this id.
    pub fn new(id: KeyId, secret: &KeySecret, store: &str) -> TokenKey {
        let length = u32::try_from(store.len()).unwrap_or(u32::MAX).to_be_bytes();
        let before = [DOMAIN, &length, store.as_bytes(), &id.0].concat();
        TokenKey { id, before, key: hmac::Key::new(hmac::HMAC_SHA256, &secret.0) }
    }

    fn signature(&self, purpose: Purpose, subject: [u8; SUBJECT]) -> [u8; SIGNATURE] {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&self.before);
        context.update(purpose.letter().encode_utf8(&mut [0; 4]).as_bytes());
        context.update(&subject);
        let mut signature = [0; SIGNATURE];
        for (octet, signed) in signature.iter_mut().zip(context.sign().as_ref()) {
            *octet = *signed;
        }
        signature
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenKey({})", self.id)
    }
}

/// The keys of a store: the newest issues, all of them verify.
#[derive(Debug, Clone)]
pub struct TokenKeys {
    newest: TokenKey,
    older: Vec<TokenKey>,
    retired: Vec<KeyId>,
}

/// Why a text is not accepted as a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Its end is missing, as mail programs break links.
    #[error("the token is cut off: it has {0} of {LENGTH} characters")]
    Truncated(usize),
    /// It has characters that no token has, or too many.
    #[error("this is not a token: a token has {LENGTH} characters, each a letter or a digit from 2 to 7")]
    Malformed,
    /// It is a token, or looks like one, that was made for something else.
    #[error("the token is for another purpose: {}", .0.word())]
    AnotherPurpose(Purpose),
    /// Its key is not known: it is of another store, or of a newer state of this one.
    #[error("the token was made with the key {0}, which this store does not have: another installation made it")]
    UnknownKey(KeyId),
    /// Its key was retired.
    #[error("the token was made with the key {0}, which was retired")]
    RetiredKey(KeyId),
    /// Its signature is wrong: a character was changed, or somebody made it up.
    #[error("the token's signature is wrong: it was copied with a mistake, or nobody here made it")]
    Forged,
}

impl TokenKeys {
    /// The keys of a store, the newest first; `None` if there is none that may issue. `retired` names those that are not
    /// accepted any more.
    pub fn new(keys: impl IntoIterator<Item = TokenKey>, retired: Vec<KeyId>) -> Option<TokenKeys> {
        let mut keys = keys.into_iter();
        Some(TokenKeys { newest: keys.next()?, older: keys.collect(), retired })
    }

    /// Makes the token of a subject, the same each time.
    pub fn issue(&self, purpose: Purpose, subject: Subject) -> Token {
        let (key, octets) = (&self.newest, subject.octets());
        let mut text = String::with_capacity(LENGTH);
        text.push(purpose.letter());
        write_base32(&mut text, &key.signature(purpose, octets), &octets);
        text.extend(key.id.0.map(char::from));
        Token(text)
    }

    /// Returns what a token of this purpose is about. Upper case is read as lower case. How long the comparison of
    /// signatures takes does not tell where they differ.
    ///
    /// # Errors
    /// It is no token of this purpose by one of these keys.
    pub fn verify(&self, purpose: Purpose, text: &str) -> Result<Subject, TokenError> {
        let Parts { found, signature, subject, id } = read(text)?;
        if found != purpose {
            return Err(TokenError::AnotherPurpose(found));
        }
        let Some(key) = std::iter::once(&self.newest).chain(&self.older).find(|key| key.id == id) else {
            let retired = self.retired.contains(&id);
            return Err(if retired { TokenError::RetiredKey(id) } else { TokenError::UnknownKey(id) });
        };
        if bool::from(key.signature(purpose, subject).ct_eq(&signature)) {
            Ok(Subject::of_octets(subject))
        } else {
            Err(TokenError::Forged)
        }
    }
}

/// The purpose of a text that has the form of a token, whoever made it: for telling a token among other words.
///
/// # Errors
/// It has not: it is cut off, or is something else.
pub fn purpose_of(text: &str) -> Result<Purpose, TokenError> {
    read(text).map(|parts| parts.found)
}

/// The id of the key that a text says it was signed with.
///
/// # Errors
/// It has not the form of a token.
pub fn key_of(text: &str) -> Result<KeyId, TokenError> {
    read(text).map(|parts| parts.id)
}

/// A text in the form of a token, whose signature was not looked at.
struct Parts {
    found: Purpose,
    signature: [u8; SIGNATURE],
    subject: [u8; SUBJECT],
    id: KeyId,
}

fn read(text: &str) -> Result<Parts, TokenError> {
    // Nothing is copied of a text of any length.
    if text.len() > LENGTH || !text.is_ascii() {
        return Err(TokenError::Malformed);
    }
    let text = text.to_ascii_lowercase();
    let found = text.chars().next().and_then(Purpose::of_letter).ok_or(TokenError::Malformed)?;
    if !text.bytes().all(|octet| ALPHABET.contains(&octet)) {
        return Err(TokenError::Malformed);
    }
    if text.len() < LENGTH {
        return Err(TokenError::Truncated(text.len()));
    }
    let payload = text.get(1..=PAYLOAD).and_then(read_base32).ok_or(TokenError::Malformed)?;
    let id = text.get(1 + PAYLOAD..).and_then(|id| id.parse().ok()).ok_or(TokenError::Malformed)?;
    let (signature, subject) = payload.split_at(SIGNATURE);
    let parts = signature.try_into().ok().zip(subject.try_into().ok()).ok_or(TokenError::Malformed);
    parts.map(|(signature, subject)| Parts { found, signature, subject, id })
}

/// The character for the low five bits.
fn letter(bits: u8) -> u8 {
    ALPHABET.get(usize::from(bits & 31)).copied().unwrap_or(b'a')
}

/// Writes the octets, five to eight characters: their number is a multiple of five, so that nothing is left over.
fn write_base32(text: &mut String, signature: &[u8], subject: &[u8]) {
    let octets: Vec<u8> = [signature, subject].concat();
    for five in octets.chunks(5) {
        let bits = five.iter().fold(0u64, |bits, octet| bits << 8 | u64::from(*octet));
        let character = |at: u32| char::from(letter(u8::try_from(bits >> (35 - 5 * at) & 31).unwrap_or_default()));
        text.extend((0..8).map(character));
    }
}

fn read_base32(text: &str) -> Option<[u8; SIGNATURE + SUBJECT]> {
    let mut octets = Vec::with_capacity(SIGNATURE + SUBJECT);
    for eight in text.as_bytes().chunks(8) {
        let mut bits = 0u64;
        for character in eight {
            bits = bits << 5 | u64::try_from(ALPHABET.iter().position(|known| known == character)?).ok()?;
        }
        octets.extend_from_slice(bits.to_be_bytes().get(3..)?);
    }
    octets.try_into().ok()
}

#[cfg(test)]
mod tests;
