//! A small proof of work, so that a form costs a machine something that a person does not notice. It needs nobody else, and
//! nothing is kept: the challenge is a function of a secret, the brief and the time.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use ring::{
    digest::{SHA256, digest},
    hmac,
};

/// Number of zero bits with which the digest has to begin: 65,536 digests at the mean, some tenths of a second in a browser.
pub const BITS: u32 = 16;
/// The time that a challenge is one and the same.
const WINDOW: TimeDelta = TimeDelta::minutes(10);
/// For so many windows a challenge is taken: a form may stay open for two hours.
const WINDOWS: i64 = 12;
/// Maximum length of what a form gives as challenge and as nonce, in bytes.
const MAX_FIELD: usize = 64;

/// What challenges are made from. Nobody outside knows it.
#[derive(Clone)]
pub struct FormSecret(hmac::Key);

impl FormSecret {
    /// A secret from random text.
    pub fn new(random: &str) -> FormSecret {
        FormSecret(hmac::Key::new(hmac::HMAC_SHA256, random.as_bytes()))
    }
}

impl fmt::Debug for FormSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormSecret")
    }
}

/// What a form gives its reader's browser to work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge(String);

/// What a form's work is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Done.
    Done,
    /// There is none: a browser without JavaScript, or a form on somebody else's page.
    Missing,
    /// It is wrong, forged or too old.
    Bad,
}

impl Challenge {
    /// The challenge of a brief's form at this time: `WINDOW.MAC`, in ASCII.
    pub fn new(secret: &FormSecret, brief: &str, now: DateTime<Utc>) -> Challenge {
        Challenge::of_window(secret, brief, now.timestamp().div_euclid(WINDOW.num_seconds()))
    }

    fn of_window(secret: &FormSecret, brief: &str, window: i64) -> Challenge {
        let tag = hmac::sign(&secret.0, format!("greenbrief form\0{brief}\0{window}").as_bytes());
        let mac: String = tag.as_ref().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        Challenge(format!("{window}.{mac}"))
    }

    /// As it stands in the form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Judges what a form brings. Its work is a nonce with which the SHA-256 of `CHALLENGE:ADDRESS:NONCE`, in UTF-8, begins
    /// with [`BITS`] zero bits; the address is the field as it was sent, so that each address needs its own work.
    pub fn judge(
        secret: &FormSecret,
        brief: &str,
        (challenge, nonce): (&str, &str),
        address: &str,
        now: DateTime<Utc>,
    ) -> Work {
        if nonce.is_empty() {
            return Work::Missing;
        }
        if challenge.len() > MAX_FIELD || nonce.len() > MAX_FIELD {
            return Work::Bad;
        }
        let window = challenge.split_once('.').and_then(|(window, _)| window.parse::<i64>().ok());
        let current = now.timestamp().div_euclid(WINDOW.num_seconds());
        let Some(window) = window.filter(|window| (current - WINDOWS + 1..=current).contains(window)) else {
            return Work::Bad;
        };
        // What a challenge holds is no secret of anybody: it is compared as any text.
        if Challenge::of_window(secret, brief, window).0 != challenge {
            return Work::Bad;
        }
        if zero_bits(challenge, address, nonce) >= BITS { Work::Done } else { Work::Bad }
    }

    /// Does the work for an address, as the script of the form does it.
    pub fn solve(&self, address: &str) -> String {
        let mut nonce = 0u64;
        while zero_bits(&self.0, address, &nonce.to_string()) < BITS {
            nonce += 1;
        }
        nonce.to_string()
    }
}

fn zero_bits(challenge: &str, address: &str, nonce: &str) -> u32 {
    let found = digest(&SHA256, format!("{challenge}:{address}:{nonce}").as_bytes());
    let mut bits = 0;
    for byte in found.as_ref() {
        bits += byte.leading_zeros();
        if *byte != 0 {
            break;
        }
    }
    bits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_793_491_200 + minutes * 60, 0).unwrap()
    }

    #[test]
    fn work_is_good_for_one_address_one_brief_and_two_hours() {
        let secret = FormSecret::new("secret");
        let challenge = Challenge::new(&secret, "green-economy", at(0));
        let nonce = challenge.solve("anna@example.org");
        let judge = |secret: &FormSecret, brief: &str, address: &str, minutes| {
            Challenge::judge(secret, brief, (challenge.as_str(), &nonce), address, at(minutes))
        };
        for minutes in [0, 9, 60, 119] {
            assert_eq!(judge(&secret, "green-economy", "anna@example.org", minutes), Work::Done, "{minutes}");
        }
        for minutes in [-1, 120, 100_000] {
            assert_eq!(judge(&secret, "green-economy", "anna@example.org", minutes), Work::Bad, "{minutes}");
        }
        assert_eq!(judge(&secret, "hydrogen", "anna@example.org", 0), Work::Bad);
        assert_eq!(judge(&secret, "green-economy", "bernd@example.org", 0), Work::Bad);
        assert_eq!(judge(&FormSecret::new("other"), "green-economy", "anna@example.org", 0), Work::Bad);
        assert_eq!(format!("{secret:?}"), "FormSecret");
    }

    #[test]
    fn a_form_without_work_is_told_from_one_with_bad_work() {
        let secret = FormSecret::new("secret");
        let challenge = Challenge::new(&secret, "b", at(0));
        let judge = |challenge: &str, nonce: &str| Challenge::judge(&secret, "b", (challenge, nonce), "a@b.org", at(0));
        assert_eq!(judge(challenge.as_str(), ""), Work::Missing);
        assert_eq!(judge("", ""), Work::Missing);
        for (challenge, nonce) in [("", "1"), ("x.y", "1"), ("9223372036854775807.a", "1"), (challenge.as_str(), "x")] {
            assert_eq!(judge(challenge, nonce), Work::Bad, "{challenge} {nonce}");
        }
        assert_eq!(judge(challenge.as_str(), &"1".repeat(65)), Work::Bad);
    }

    /// The script of the form computes the same: the digest of `a:b:c` is known.
    #[test]
    fn the_digest_is_that_of_the_three_fields() {
        // printf 'c:a@b.org:20' | sha256sum: 00e1…
        assert_eq!(zero_bits("c", "a@b.org", "20"), 8);
    }

    proptest! {
        #[test]
        fn no_field_panics_or_passes_by_chance(challenge in ".{0,80}", nonce in ".{1,80}", address in ".{0,40}", minutes in -1_000_000i64..1_000_000) {
            let secret = FormSecret::new("secret");
            prop_assert_eq!(Challenge::judge(&secret, "b", (&challenge, &nonce), &address, at(minutes)), Work::Bad);
        }

    }

    proptest! {
        // Each case does the work.
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn a_changed_challenge_is_none(at_byte in 0usize..30, to in "[0-9a-f.]") {
            let secret = FormSecret::new("secret");
            let challenge = Challenge::new(&secret, "b", at(0));
            let mut changed = challenge.as_str().to_owned();
            let at_byte = at_byte % changed.len();
            changed.replace_range(at_byte..=at_byte, &to);
            prop_assume!(changed != challenge.as_str());
            let nonce = Challenge(changed.clone()).solve("a@b.org");
            prop_assert_eq!(Challenge::judge(&secret, "b", (&changed, &nonce), "a@b.org", at(0)), Work::Bad);
        }
    }
}
