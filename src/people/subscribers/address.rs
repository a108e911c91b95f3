//! A mail address: which texts are accepted, the form in the envelope, and the form by which addresses are compared.
//!
//! Unicode: the text is kept in NFC, so that a `ü` typed as one character or as two looks and compares the same. NFKC would
//! change what the person typed (`①` to `1`) and is not applied to the shown form. For the envelope, UTS 46 applies it to
//! the domain; the local part is ASCII, which neither form changes.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use idna::{
    AsciiDenyList,
    uts46::{DnsLength, Hyphens, Uts46},
};
use unicode_normalization::UnicodeNormalization;

use crate::base::characters::lost;

/// Maximum length of the local part, in bytes (RFC 5321 §4.5.3.1.1).
const MAX_LOCAL: usize = 64;
/// Maximum length of an address, in bytes: a path of 256 with its angle brackets (RFC 5321 §4.5.3.1.3).
const MAX_ADDRESS: usize = 254;
/// Maximum length of a text that is examined, in bytes.
const MAX_TEXT: usize = 1000;

/// The address of one mailbox, without a name beside it. Addresses are compared and ordered by their keys.
#[derive(Clone)]
pub struct Address {
    typed: String,
    ascii: String,
    key: String,
}

/// The error for a text that is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct BadAddress {
    /// What is wrong, in one sentence without a full stop.
    pub what: String,
    /// How to fix it, without a full stop.
    pub hint: String,
}

impl Address {
    /// Reads an address `local@domain` of at most 254 bytes. The local part is an ASCII dot-atom (RFC 5321 §4.1.2) of at most
    /// 64 bytes, the domain follows IDNA. Spaces around the address are dropped.
    ///
    /// # Errors
    /// If the text is not an address. Line breaks, control and invisible characters are refused wherever they stand.
    pub fn parse(text: &str) -> Result<Address, BadAddress> {
        if text.len() > MAX_TEXT {
            return Err(bad(format!("{} bytes are not an address", text.len()), "an address has at most 254 bytes"));
        }
        if let Some(c) = text.chars().find(|c| c.is_control() || is_invisible(*c)) {
            let what = if matches!(c, '\r' | '\n') {
                "an address holds no line break".to_owned()
            } else {
                format!("an address holds no invisible character (U+{:04X})", u32::from(c))
            };
            return Err(bad(what, "type it again instead of copying it"));
        }
        if let Some(refusal) = text.chars().find_map(lost) {
            return Err(bad(refusal.what(), refusal.hint));
        }
        // What is ASCII is in NFC.
        let typed: String = if text.is_ascii() { text.trim().to_owned() } else { text.trim().nfc().collect() };
        if typed.is_empty() {
            return Err(bad("the address is empty", "for example name@example.org"));
        }
        no_list_or_name(&typed)?;
        let Some((local, domain)) = typed.rsplit_once('@') else {
            let hint = if typed.contains('\u{ff20}') {
                "its `＠` is the full-width one; type the plain `@`"
            } else {
                "for example name@example.org"
            };
            return Err(bad(format!("`{}` has no @", shortened(&typed)), hint));
        };
        check_local(local)?;
        let domain = domain_in_ascii(domain)?;
        let ascii = format!("{local}@{domain}");
        if ascii.len() > MAX_ADDRESS {
            let what = format!("this address has {} bytes; at most {MAX_ADDRESS} can be mailed to", ascii.len());
            return Err(bad(what, "a domain counts as it is sent, in its xn-- form"));
        }
        let key = ascii.to_ascii_lowercase();
        Ok(Address { typed, ascii, key })
    }

    /// The address as it was typed, in NFC, without space around it.
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// The address with its domain in ASCII, for the envelope and the headers.
    pub fn ascii(&self) -> &str {
        &self.ascii
    }

    /// The ASCII form in lower case, which no two subscribers share. RFC 5321 (§2.4) allows `Anna@` and `anna@` to be two
    /// mailboxes, but no provider does so.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The domain in ASCII and lower case.
    pub fn domain(&self) -> &str {
        self.key.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// An address of which only the first character and the domain are shown: `a…@example.net`. Who has it recognises it.
pub fn masked(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}…@{domain}")
}

/// Checks that the text is a single address, without a name or a link.
fn no_list_or_name(typed: &str) -> Result<(), BadAddress> {
    if typed.contains(['<', '>', '"']) {
        let inner = typed.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(inner, _)| inner.trim());
        let hint = match inner.filter(|inner| inner.contains('@')) {
            Some(inner) => format!("write only the address: {inner}"),
            None => "write only the address, without a name, brackets or quotes".to_owned(),
        };
        return Err(bad("only the address belongs here, without a name beside it", hint));
    }
    if typed.len() > 7 && typed.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("mailto:")) {
        return Err(bad("this is a link, not an address", "leave out `mailto:`"));
    }
    if typed.contains([',', ';', '\u{ff0c}', '\u{ff1b}']) {
        return Err(bad("this is more than one address, or holds a comma", "one address at a time"));
    }
    if typed.matches('@').count() > 1 {
        return Err(bad(format!("`{}` has more than one @", shortened(typed)), "one address at a time"));
    }
    if typed.contains(char::is_whitespace) {
        return Err(bad(format!("`{}` holds a space", shortened(typed)), "an address has none"));
    }
    Ok(())
}

/// Checks that the local part is an ASCII dot-atom (RFC 5322 §3.2.3).
fn check_local(local: &str) -> Result<(), BadAddress> {
    if local.is_empty() {
        return Err(bad("there is nothing before the @", "for example name@example.org"));
    }
    if local.len() > MAX_LOCAL {
        let what = format!("the part before the @ has {} bytes; at most {MAX_LOCAL} can be mailed to", local.len());
        return Err(bad(what, "look at the address again"));
    }
    if let Some(c) = local.chars().find(|c| !c.is_ascii()) {
        let what = format!("the part before the @ holds `{c}`");
        return Err(bad(what, "few mail servers take letters beyond ASCII there; ask for another address of theirs"));
    }
    let atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if let Some(c) = local.chars().find(|c| !atext(*c)) {
        return Err(bad(
            format!("the part before the @ holds `{c}`"),
            "letters, digits, dots and -_+ are allowed there",
        ));
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        let what = format!("the dots in `{local}@` are misplaced");
        return Err(bad(what, "a dot goes between two other characters"));
    }
    Ok(())
}

fn domain_in_ascii(domain: &str) -> Result<String, BadAddress> {
    let shown = shortened(domain);
    if domain.is_empty() {
        return Err(bad("there is nothing after the @", "for example name@example.org"));
    }
    if domain.starts_with('[') {
        return Err(bad("an address by IP number is not mailed to", "use the name of the mail domain"));
    }
    if domain.ends_with('.') {
        return Err(bad(format!("the domain `{shown}` ends in a dot"), "leave it out"));
    }
    let ascii = Uts46::new()
        .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify)
        .map_err(|_| {
            bad(
                format!("`{shown}` is not a domain"),
                "look for a typing error: letters, digits, hyphens, and dots between",
            )
        })?
        .into_owned();
    let last = ascii.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad(format!("`{shown}` is a number, not a domain"), "use the name of the mail domain"));
    }
    if last.len() == ascii.len() && ascii != "localhost" {
        return Err(bad(
            format!("the domain `{shown}` has no dot"),
            format!("the whole domain is needed, such as {ascii}.org"),
        ));
    }
    Ok(ascii)
}

/// Characters that are not visible and that IDNA partly drops, so that the address would not be the one that is read.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// The text, shortened for a message.
fn shortened(text: &str) -> String {
    if text.chars().count() <= 60 { text.to_owned() } else { text.chars().take(59).chain(['…']).collect() }
}

fn bad(what: impl Into<String>, hint: impl Into<String>) -> BadAddress {
    BadAddress { what: what.into(), hint: hint.into() }
}

impl PartialEq for Address {
    fn eq(&self, other: &Address) -> bool {
        self.key == other.key
    }
}

impl Eq for Address {}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Address) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Address {
    fn cmp(&self, other: &Address) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&self.typed).finish()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.typed)
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Address, BadAddress> {
        Address::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap_or_else(|bad| panic!("{text}: {bad}"))
    }

    #[test]
    fn forms_of_an_address() {
        let typed = address(" Anna.Müller+news@Bu\u{308}cher.Example ".replace("ü", "ue").as_str());
        assert_eq!(typed.as_str(), "Anna.Mueller+news@Bücher.Example");
        assert_eq!(typed.ascii(), "Anna.Mueller+news@xn--bcher-kva.example");
        assert_eq!(typed.key(), "anna.mueller+news@xn--bcher-kva.example");
        assert_eq!(typed.domain(), "xn--bcher-kva.example");
        assert_eq!(typed.to_string(), typed.as_str());
        assert_eq!(address("info@straße.de").domain(), "xn--strae-oqa.de");
        assert_eq!(address("root@localhost").domain(), "localhost");
        assert_eq!(address("a@中国科学院.中国").domain(), "xn--fiqs8s1vd653b033a.xn--fiqs8s");
    }

    #[test]
    fn one_mailbox_is_one_key_however_it_is_typed() {
        for (one, other) in [
            ("a@bücher.de", "A@BÜCHER.DE"),
            ("a@bücher.de", "a@bu\u{308}cher.de"),
            ("a@bücher.de", "a@xn--bcher-kva.de"),
            ("a@example.org", "a@ｅｘａｍｐｌｅ.org"),
            ("a@例子.中国", "a@例子。中国"),
        ] {
            assert_eq!(address(one), address(other), "{one} {other}");
        }
        assert_ne!(address("a+1@example.org"), address("a@example.org"));
        assert_ne!(address("a.b@example.org"), address("ab@example.org"));
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_hint() {
        for (text, hint) in [
            ("", "for example"),
            ("anna", "for example"),
            ("anna＠example.org", "full-width"),
            ("@example.org", "for example"),
            ("anna@", "for example"),
            ("Anna <anna@example.org>", "write only the address: anna@example.org"),
            ("\"anna\"@example.org", "without a name"),
            ("mailto:anna@example.org", "mailto:"),
            ("a@example.org, b@example.org", "one address"),
            ("a@example.org；b@example.org", "one address"),
            ("a@b@example.org", "one address"),
            ("an na@example.org", "none"),
            ("anna@example.org\n", "again"),
            ("anna@example.org\r\nBcc: b@example.org", "again"),
            ("an\u{200b}na@example.org", "again"),
            ("anna@exam\u{ad}ple.org", "again"),
            ("m\u{fffd}ller@example.org", "as UTF-8"),
            ("an\u{0}na@example.org", "again"),
            ("müller@example.org", "few mail servers"),
            ("小李@example.org", "few mail servers"),
            (".anna@example.org", "between"),
            ("an..na@example.org", "between"),
            ("an(na)@example.org", "letters"),
            ("anna@example", "example.org"),
            ("anna@example.org.", "leave it out"),
            ("anna@exa_mple.org", "typing error"),
            ("anna@-example.org", "typing error"),
            ("anna@example..org", "typing error"),
            ("anna@[192.0.2.1]", "name"),
            ("anna@192.0.2.1", "name"),
            ("anna@xn--zzzzzz99999.org", "typing error"),
        ] {
            let bad = Address::parse(text).expect_err(text);
            assert!(bad.hint.contains(hint), "{text}: {} | {}", bad.what, bad.hint);
        }
    }

    #[test]
    fn an_address_is_masked() {
        for (address, shown) in [
            ("anna.müller@example.net", "a…@example.net"),
            ("a@example.net", "a…@example.net"),
            ("Info@bücher.example", "I…@bücher.example"),
            ("no address", "n…@"),
        ] {
            assert_eq!(masked(address), shown);
        }
    }

    #[test]
    fn lengths_are_those_of_smtp() {
        assert!(Address::parse(&format!("{}@example.org", "a".repeat(64))).is_ok());
        assert!(Address::parse(&format!("{}@example.org", "a".repeat(65))).is_err());
        let label = "d".repeat(62);
        let domain = format!("{label}.{label}.{label}");
        let fits = format!("{}@{domain}.de", "a".repeat(254 - domain.len() - 4));
        assert_eq!(address(&fits).ascii().len(), 254);
        assert!(Address::parse(&format!("a{fits}")).is_err());
        assert!(Address::parse(&format!("a@{}.org", "d".repeat(64))).is_err());
        assert!(Address::parse(&"a@".repeat(1_000_000)).is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_taken_is_safe(text in prop_oneof!["\\PC{0,30}", "[a-zé.]{0,8}@[a-zü。.-]{0,12}", ".{0,20}@.{0,10}"]) {
            if let Ok(address) = Address::parse(&text) {
                let safe = |c: char| c.is_ascii_graphic() && !"<>\"(),:;[]\\".contains(c);
                prop_assert!(address.ascii().chars().all(safe), "{}", address.ascii());
                prop_assert!(!address.as_str().contains(char::is_whitespace));
                prop_assert_eq!(Address::parse(address.ascii()).unwrap(), address.clone());
                prop_assert_eq!(Address::parse(address.as_str()).unwrap(), address);
            }
        }
    }
}
