//! A cron rule as text: parsed, checked, and refused with the place of the mistake. Its civil times are computed by croner;
//! which instants those are is decided in `rule`.

use std::{
    collections::VecDeque,
    fmt,
    ops::Range,
    str::FromStr,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use hashlink::LruCache;

use super::fields;

/// Maximum length of a rule, in bytes: twice what a list of every minute and every hour needs.
const MAX_TEXT: usize = 512;

/// Number of parsed rules in the cache.
const CACHED: usize = 64;

/// Rules used most recently, as parsed by croner, which holds a byte for every year up to 9999: ten kilobytes a rule, a
/// hundred megabytes for ten thousand schedules, most of which are used once a week. Parsing one takes microseconds.
static PATTERNS: LazyLock<Mutex<LruCache<Arc<str>, Arc<croner::Cron>>>> =
    LazyLock::new(|| Mutex::new(LruCache::new(CACHED)));

/// The nicknames of rules, with what they stand for.
const NICKNAMES: &[(&str, &str)] = &[
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * SUN"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// A rule that names civil times, at least one of them from 1970 to 5000. Two are equal if their texts are.
///
/// Five fields (minute, hour, day of the month, month, weekday), six with seconds before them, seven with a year behind;
/// `L`, `LW`, `15W`, `MON#1`, `FRI#L`; `@daily` and its like. A day and a weekday together mean either, as in Vixie cron;
/// `+MON` means both.
#[derive(Clone)]
pub struct Cron {
    text: Arc<str>,
    fixed: bool,
    weekdays: bool,
}

/// A mistake in a cron rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct BadCron {
    /// What is wrong, in one sentence without a full stop.
    pub what: String,
    /// How to mend it, without a full stop.
    pub hint: String,
    /// The bytes of the text that are wrong, at character boundaries; the whole text if nothing narrower is known.
    pub span: Range<usize>,
}

impl Cron {
    /// Parses a rule.
    ///
    /// # Errors
    /// Returns the first mistake from the left. A rule that never fires, such as `0 0 31 2 *`, is one.
    pub fn parse(text: &str) -> Result<Cron, BadCron> {
        let bad = |span: Range<usize>, what: String, hint: &str| BadCron { what, hint: hint.to_owned(), span };
        let whole = 0..text.len();
        if text.len() > MAX_TEXT {
            let what = format!("this rule has {} bytes; at most {MAX_TEXT} are read", text.len());
            return Err(bad(whole, what, "make several schedules of it"));
        }
        if let Some((at, c)) = text.char_indices().find(|(_, c)| !matches!(c, ' ' | '\t' | '!'..='~')) {
            let shown = if c.is_control() { format!("U+{:04X}", u32::from(c)) } else { c.to_string() };
            let hint = "a rule is written with digits, `*` `,` `-` `/` and English names such as Mon and Jan";
            return Err(bad(at..at + c.len_utf8(), format!("`{shown}` is not allowed in a cron rule"), hint));
        }
        let lead = text.len() - text.trim_start().len();
        let trimmed = text.trim();
        if trimmed.is_empty() {
            let hint = "for example `0 7 * * Mon`, Mondays at 07:00: minute, hour, day, month, weekday";
            return Err(bad(whole, "the rule is empty".to_owned(), hint));
        }
        if let Some(bad) = zone_before(trimmed, lead) {
            return Err(bad);
        }
        let Some(plain) = plain(trimmed) else {
            let known: Vec<&str> = NICKNAMES.iter().map(|(name, _)| *name).collect();
            let what = format!("`{trimmed}` is not a rule that greenbrief knows");
            return Err(bad(lead..lead + trimmed.len(), what, &format!("known here: {}", known.join(", "))));
        };
        let words = words(plain, lead);
        let Some(fields) = fields::fields(words.len()) else {
            let what = match words.len() {
                1 => "this rule has one field; it needs five".to_owned(),
                count => format!(
                    "this rule has {count} fields; it needs five, or six with seconds, or seven with seconds and a year"
                ),
            };
            return Err(bad(whole, what, "the order is minute, hour, day, month, weekday: `0 7 * * Mon`"));
        };
        for (field, (word, at)) in fields.iter().zip(&words) {
            field.check(word, *at).map_err(|bad| match words.len() {
                6 | 7 => BadCron {
                    hint: format!("{}; a rule of {} fields begins with seconds", bad.hint, words.len()),
                    ..bad
                },
                _ => bad,
            })?;
        }
        let pattern = croner::Cron::from_str(plain).map_err(|error| {
            let what = error.to_string();
            // croner does not say which field it means: it is the one that is refused alone among stars.
            let (name, span) = (0..words.len())
                .find_map(|index| refused_alone(&words, fields, index))
                .unwrap_or(("rule", whole.clone()));
            bad(span, format!("croner refuses this {name}: {}", what.trim_end_matches('.')), "see `0 7 * * Mon`")
        })?;
        let start = chrono::DateTime::UNIX_EPOCH.naive_utc();
        if pattern.find_next_occurrence(&start, true).is_err() {
            let from =
                words.get(words.len().saturating_sub(if words.len() == 7 { 4 } else { 3 })).map_or(lead, |w| w.1);
            let hint = "no year from 1970 to 5000 has such a day; `L` is the last day of a month, whichever it is";
            return Err(bad(from..lead + trimmed.len(), "this rule never fires".to_owned(), hint));
        }
        let fixed = fields
            .iter()
            .zip(&words)
            .filter(|(field, _)| matches!(field.name, "minute" | "hour"))
            .all(|(field, (word, _))| !field.is_wild(word));
        let weekdays = fields
            .iter()
            .zip(&words)
            .any(|(field, (word, _))| field.name == fields::WEEKDAY.name && !matches!(*word, "*" | "?"));
        let text: Arc<str> = trimmed.into();
        cache(&text, Arc::new(pattern));
        Ok(Cron { text, fixed, weekdays })
    }

    /// The rule as written, without surrounding space.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// One English sentence, for `plan`: “At 07:00 on Monday”. The time zone is not in it.
    pub fn describe(&self) -> String {
        let words: Vec<&str> = plain(&self.text).unwrap_or_default().split_whitespace().collect();
        self.pattern().map_or_else(|| self.text.to_string(), |pattern| super::description::describe(&pattern, &words))
    }

    /// Are minute and hour free of wildcards (`*`, `*/n`, a range over the whole field)? Then each nominal civil time fires
    /// once, whatever the clock does; otherwise the rule follows real time.
    pub const fn is_fixed(&self) -> bool {
        self.fixed
    }

    /// Does the rule name days of the week?
    pub const fn names_weekdays(&self) -> bool {
        self.weekdays
    }

    /// Number of civil times that the rule names on each of its days.
    pub fn times_a_day(&self) -> usize {
        let words: Vec<&str> = plain(&self.text).unwrap_or_default().split_whitespace().collect();
        let fields = fields::fields(words.len()).unwrap_or_default();
        let of_day = fields.iter().zip(&words).filter(|(field, _)| matches!(field.name, "second" | "minute" | "hour"));
        of_day.map(|(field, word)| field.count(word)).product()
    }

    /// Are there more than `count` of its civil times in less than `length`? Examines the first 40 + 3 × `count` of them from
    /// 2024 on, or from 1970 if there are none.
    pub fn is_denser(&self, count: usize, length: TimeDelta) -> bool {
        let from = |date: Option<NaiveDate>| date.and_then(|date| self.next(date.and_time(NaiveTime::MIN), true));
        let first = from(NaiveDate::from_ymd_opt(2024, 1, 1)).or_else(|| from(NaiveDate::from_ymd_opt(1970, 1, 1)));
        let mut recent = VecDeque::with_capacity(count + 1);
        for time in std::iter::successors(first, |time| self.next(*time, false)).take(40 + 3 * count) {
            recent.push_back(time);
            if recent.len() > count && recent.pop_front().is_some_and(|oldest| time - oldest < length) {
                return true;
            }
        }
        false
    }

    /// The rule as parsed by croner, which accepted this text before: never `None`.
    fn pattern(&self) -> Option<Arc<croner::Cron>> {
        if let Some(cached) = PATTERNS.lock().unwrap_or_else(PoisonError::into_inner).get(&self.text) {
            return Some(cached.clone());
        }
        let pattern = Arc::new(croner::Cron::from_str(plain(&self.text)?).ok()?);
        cache(&self.text, pattern.clone());
        Some(pattern)
    }

    /// The first civil time that the rule names after `from`, or at it if `inclusive`.
    pub(super) fn next(&self, from: NaiveDateTime, inclusive: bool) -> Option<NaiveDateTime> {
        self.pattern()?.find_next_occurrence(&from, inclusive).ok()
    }

    /// The last civil time that the rule names, up to and including `until`.
    pub(super) fn last(&self, until: NaiveDateTime) -> Option<NaiveDateTime> {
        self.pattern()?.find_previous_occurrence(&until, true).ok()
    }

    /// Does the rule name this civil time?
    pub(super) fn names(&self, civil: NaiveDateTime) -> bool {
        self.pattern().is_some_and(|pattern| pattern.is_time_matching(&civil).unwrap_or(false))
    }
}

fn cache(text: &Arc<str>, pattern: Arc<croner::Cron>) {
    PATTERNS.lock().unwrap_or_else(PoisonError::into_inner).insert(text.clone(), pattern);
}

/// The problem of a rule that begins with a time zone, as other crons take it.
fn zone_before(rule: &str, lead: usize) -> Option<BadCron> {
    let (word, rest) = rule.split_once([' ', '\t']).unwrap_or((rule, ""));
    let (name, zone) = word.split_once('=')?;
    if !name.eq_ignore_ascii_case("TZ") && !name.eq_ignore_ascii_case("CRON_TZ") {
        return None;
    }
    Some(BadCron {
        what: format!("`{word}` does not belong in a rule: the time zone has a key of its own"),
        hint: format!("write timezone = \"{zone}\" below it, and here the rule alone: cron = \"{}\"", rest.trim()),
        span: lead..lead + word.len(),
    })
}

/// The rule with a nickname replaced by what it stands for. `None` if there is no such nickname.
fn plain(text: &str) -> Option<&str> {
    if !text.starts_with('@') {
        return Some(text);
    }
    NICKNAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, plain)| *plain)
}

/// The words of a rule, each with the byte at which it begins; the rule itself begins at `lead`.
fn words(text: &str, lead: usize) -> Vec<(&str, usize)> {
    let mut at = 0;
    text.split_whitespace()
        .map(|word| {
            let from = at + text.get(at..).and_then(|rest| rest.find(word)).unwrap_or(0);
            at = from + word.len();
            (word, lead + from)
        })
        .collect()
}

/// The name and place of the field `index`, if croner refuses it alone among stars.
fn refused_alone(
    words: &[(&str, usize)],
    fields: &[&fields::Field],
    index: usize,
) -> Option<(&'static str, Range<usize>)> {
    let mut alone = vec!["*"; words.len()];
    let (word, at) = *words.get(index)?;
    *alone.get_mut(index)? = word;
    croner::Cron::from_str(&alone.join(" "))
        .is_err()
        .then(|| (fields.get(index).map_or("field", |f| f.name), at..at + word.len()))
}

impl PartialEq for Cron {
    fn eq(&self, other: &Cron) -> bool {
        self.text == other.text
    }
}

impl Eq for Cron {}

impl fmt::Debug for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cron").field(&self.text).finish()
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl FromStr for Cron {
    type Err = BadCron;

    fn from_str(text: &str) -> Result<Cron, BadCron> {
        Cron::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is marked as wrong, and the hint.
    fn refused(text: &str) -> (String, String) {
        let bad = Cron::parse(text).expect_err(text);
        (text[bad.span].to_owned(), bad.hint)
    }

    #[test]
    fn what_is_wrong_is_marked_and_mended() {
        for (text, marked, hint) in [
            ("", "", "for example"),
            ("   ", "   ", "for example"),
            ("0 7 * *", "0 7 * *", "the order is"),
            ("*/0 * * * *", "0", "`*/15`"),
            ("*/90 * * * *", "90", "0 to 59"),
            ("5/10 * * * *", "5/10", "`*/10`"),
            ("0,,5 * * * *", "", "1,15"),
            ("60 7 * * *", "60", "0 to 59"),
            ("  0 24 * * *", "24", "midnight is 0"),
            ("0 22-6 * * *", "22-6", "`22-23,0-6`"),
            ("MON 7 * * *", "MON", "the order is"),
            ("0 7 * MON *", "MON", "the order is"),
            ("0 7 * * Monday", "Monday", "`Mon`"),
            ("0 7 * * FRI-MON", "FRI-MON", "`Fri-Sun,Mon`"),
            ("0 7 * * MON#6", "6", "`Mon#5`"),
            ("0 7 * * MONTUE", "MONTUE", "`Mon`"),
            ("0 7 * * L", "L", "`Fri#L`"),
            ("0 7 * * *,1", "*,1", "alone"),
            ("0 7 15W3 * *", "15W3", "`15W`"),
            ("0 7 L,LW * *", "L,LW", "two schedules"),
            ("0 7 32 * *", "32", "`L`"),
            ("0 7 * * 星期一", "星", "English names"),
            ("0 7 * * ſun", "ſ", "English names"),
            ("0 7\n* * *", "\n", "English names"),
            ("0 0 31 2 *", "31 2 *", "`L`"),
            ("0 0 1-7 * +MON#5", "1-7 * +MON#5", "no year"),
            ("0 0 0 1 1 * 1960", "1 1 * 1960", "1970"),
            ("0 0 1 1 * 2027", "2027", "begins with seconds"),
            ("@daly", "@daly", "@daily"),
            ("@reboot", "@reboot", "@daily"),
        ] {
            let (found, said) = refused(text);
            assert_eq!(found, marked, "{text}");
            assert!(said.contains(hint), "{text}: {said}");
        }
        assert!(Cron::parse(&"* ".repeat(60)).is_err());
        assert!(Cron::parse(&"9".repeat(100_000)).is_err());
        assert!(Cron::parse("99999999999999999999 7 * * *").is_err());
    }

    #[test]
    fn a_wildcard_in_minute_or_hour_follows_real_time() {
        for fixed in ["30 2 * * *", "30 2,14 * * *", "0-30 9-17 * * *", "* 30 2 * * *", "@daily", "0 7 */2 * *"] {
            assert!(Cron::parse(fixed).unwrap().is_fixed(), "{fixed}");
        }
        for wild in
            ["*/15 * * * *", "0 * * * *", "* 2 * * *", "0 */2 * * *", "0 0-23/2 * * *", "0-59 2 * * *", "@hourly"]
        {
            assert!(!Cron::parse(wild).unwrap().is_fixed(), "{wild}");
        }
    }

    #[test]
    fn what_is_written_is_kept() {
        let cron = Cron::parse(" 0 7 * * mon ").unwrap();
        assert_eq!(cron.text(), "0 7 * * mon");
        assert_eq!(cron, "0 7 * * mon".parse().unwrap());
        assert_ne!(cron, "0 7 * * 1".parse().unwrap());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            if let Err(bad) = Cron::parse(&text) {
                prop_assert!(text.get(bad.span).is_some());
            }
        }

        #[test]
        fn no_text_of_cron_characters_panics(
            text in prop::collection::vec("[0-9*/,#LW?+-]{1,5}|MON|fri|JAN|[0-9]{1,2}|\\*", 3..8)
        ) {
            let text = text.join(" ");
            match Cron::parse(&text) {
                Ok(cron) => prop_assert!(!cron.describe().is_empty()),
                Err(bad) => prop_assert!(text.get(bad.span).is_some()),
            }
        }
    }
}
