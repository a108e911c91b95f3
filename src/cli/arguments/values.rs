//! Values that are typed as words: each is read, or it is said how it is written.

use std::{num::NonZeroUsize, str::FromStr};

use chrono::NaiveDate;
use chrono_tz::Tz;
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};

use crate::{
    actions::{figures::export::Part, subscribers::ListedState},
    base::{
        ids::MailId,
        language::{Language, UnknownLanguage},
        reason::reason,
        word_enum::UnknownWord,
    },
    delivery::rules::State,
    figures::{Published, export::Layout, import::DecimalMark},
    people::subscribers::Address,
    store::EditionState,
};

/// The words of an enum. A text that is none of them is refused with all that are.
fn one_of<T: Clone + Send + Sync + FromStr<Err = UnknownWord> + 'static, const N: usize>(
    all: [T; N],
    word: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.map(word)).try_map(|word| word.parse())
}

pub(super) fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE, such as store.url=sqlite:/tmp/try.db".to_owned()),
    }
}

/// Reads an address for its mistakes; the action reads it again.
pub(super) fn address(text: &str) -> Result<String, String> {
    match Address::parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(bad) => Err(format!("{} ({})", bad.what, bad.hint)),
    }
}

pub(super) fn language(text: &str) -> Result<Language, String> {
    text.parse().map_err(|error: UnknownLanguage| error.to_string())
}

/// A reason that must be given.
pub(super) fn needed_reason() -> impl TypedValueParser<Value = String> {
    NonEmptyStringValueParser::new().try_map(|text| reason(&text))
}

/// A reason in a language: `de=TEXT`.
pub(super) fn in_language(text: &str) -> Result<(Language, String), String> {
    match text.split_once('=') {
        Some((code, text)) => Ok((language(code.trim())?, reason(text)?)),
        None => Err("write LANGUAGE=TEXT, such as de=\"Ein falscher Wert\"".to_owned()),
    }
}

pub(super) fn listed_state() -> impl TypedValueParser<Value = ListedState> {
    one_of(ListedState::ALL, ListedState::word)
}

pub(super) fn edition_state() -> impl TypedValueParser<Value = EditionState> {
    one_of(EditionState::ALL, EditionState::word)
}

pub(super) fn decimal_mark() -> impl TypedValueParser<Value = DecimalMark> {
    one_of(DecimalMark::ALL, DecimalMark::word)
}

pub(super) fn part() -> impl TypedValueParser<Value = Part> {
    one_of(Part::ALL, Part::word)
}

pub(super) fn layout() -> impl TypedValueParser<Value = Layout> {
    one_of(Layout::ALL, Layout::word)
}

pub(super) fn vintage(text: &str) -> Result<Published, String> {
    if text == Published::UNKNOWN {
        return Ok(Published::Unknown);
    }
    let known = Published::parse(text).filter(|published| *published != Published::Unknown);
    known.ok_or_else(|| format!("write 2025-01-14, 2025-01 or {}", Published::UNKNOWN))
}

pub(super) fn state() -> impl TypedValueParser<Value = State> {
    one_of(State::ALL, State::word)
}

pub(super) fn count(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "write a whole number from 1".to_owned())
}

pub(super) fn mail_id(text: &str) -> Result<MailId, String> {
    text.parse().map_err(|_| "write the number of a mail, as `deliveries list` shows it".to_owned())
}

pub(super) fn day(text: &str) -> Result<NaiveDate, String> {
    let is_full = text.len() == 10;
    let day = is_full.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten();
    day.ok_or_else(|| "write a day as YEAR-MONTH-DAY, such as 2026-12-07".to_owned())
}

/// A name that fits a line of the log and of the ledger.
pub(super) fn actor_name(text: &str) -> Result<String, String> {
    let name = text.trim();
    if name.is_empty() || name.contains('\n') {
        return Err("write a name in one line, such as anna".to_owned());
    }
    reason(name).map_err(|why| format!("{why}; write a name such as anna"))
}

pub(super) fn zone(text: &str) -> Result<Tz, String> {
    text.parse().map_err(|_| "write the IANA name of a place, such as Asia/Shanghai".to_owned())
}
