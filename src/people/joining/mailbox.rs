//! Which mailbox an address leads to, as far as it is known without asking: one person has many addresses by what they write
//! behind a plus sign, and a domain of one's own has any address at all. Only limits count by it: to whom a mail goes, and who
//! has left, is told by the address itself.

use psl::Type;

/// Providers at which signs in the local part, beside a plus sign, make no difference: their domains, the signs, and the domain
/// by which all are counted. Gmail's help says so of dots. Of Proton's dots, hyphens and underscores, and of a name being one
/// person's under all of its domains, others report what Proton wrote; its help is silent.
const WITHOUT_SIGNS: &[(&[&str], &[char], &str)] = &[
    (&["gmail.com", "googlemail.com"], &['.'], "gmail.com"),
    (&["proton.me", "protonmail.com", "protonmail.ch", "pm.me"], &['.', '-', '_'], "proton.me"),
];

/// Domains at which so many people have a mailbox that what they ask for is not one person's; in lower case.
const LARGE: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "outlook.de",
    "hotmail.com",
    "hotmail.de",
    "live.com",
    "live.de",
    "msn.com",
    "yahoo.com",
    "yahoo.de",
    "aol.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "gmx.de",
    "gmx.net",
    "gmx.at",
    "gmx.ch",
    "web.de",
    "t-online.de",
    "freenet.de",
    "posteo.de",
    "mailbox.org",
    "arcor.de",
    "online.de",
    "1und1.de",
    "vodafone.de",
    "proton.me",
    "protonmail.com",
    "protonmail.ch",
    "pm.me",
    "qq.com",
    "vip.qq.com",
    "foxmail.com",
    "163.com",
    "126.com",
    "yeah.net",
    "139.com",
    "189.cn",
    "sina.com",
    "sina.cn",
    "sohu.com",
    "aliyun.com",
    "tom.com",
    "wo.cn",
];

/// A mailbox, as limits count it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedMailbox {
    /// The address' key without what stands behind a plus sign, and without signs that make no difference at its provider.
    pub key: String,
    /// Something stands behind a plus sign.
    pub is_tagged: bool,
    /// The domain that somebody registered, without what they put before it; empty for a large provider's, which no limit
    /// counts.
    pub domain: String,
}

impl CountedMailbox {
    /// The mailbox of an address, by its key: its ASCII form in lower case.
    pub fn of(address_key: &str) -> CountedMailbox {
        let (local, domain) = address_key.rsplit_once('@').unwrap_or((address_key, ""));
        let (name, is_tagged) = match local.split_once('+') {
            // What begins with the sign has no name before it.
            Some((name, _)) if !name.is_empty() => (name, true),
            _ => (local, false),
        };
        let key = match WITHOUT_SIGNS.iter().find(|(domains, ..)| domains.contains(&domain)) {
            Some((_, signs, counted)) => format!("{}@{counted}", name.replace(*signs, "")),
            None => format!("{name}@{domain}"),
        };
        let domain = if LARGE.contains(&domain) { String::new() } else { registered(domain).to_owned() };
        CountedMailbox { key, is_tagged, domain }
    }
}

/// The part of a domain that somebody has registered, by the public suffix list: `example.co.uk` of `a.b.example.co.uk`.
/// Domains under which companies give names to everybody, such as those of dynamic DNS, are the companies': who may have any
/// number of such names must not get any number of mails sent.
fn registered(domain: &str) -> &str {
    let mut above = domain;
    loop {
        let Some(suffix) = psl::suffix(above.as_bytes()) else { return domain };
        let length = suffix.as_bytes().len();
        if suffix.typ() != Some(Type::Private) {
            let before = domain.len().checked_sub(length + 1).and_then(|end| domain.get(..end)).unwrap_or_default();
            let start = before.rfind('.').map_or(0, |dot| dot + 1);
            return domain.get(start..).unwrap_or(domain);
        }
        let private = above.len().checked_sub(length).and_then(|start| above.get(start..)).unwrap_or_default();
        let Some((_, rest)) = private.split_once('.') else { return domain };
        above = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_has_many_addresses() {
        for (address, key, domain) in [
            ("anna+1@example.net", "anna@example.net", "example.net"),
            ("anna+a+b@example.net", "anna@example.net", "example.net"),
            ("an.na@example.net", "an.na@example.net", "example.net"),
            ("+anna@example.net", "+anna@example.net", "example.net"),
            ("an.na+x@googlemail.com", "anna@gmail.com", ""),
            ("anna@gmail.com", "anna@gmail.com", ""),
            ("10001+x@qq.com", "10001@qq.com", ""),
            ("an.na_b-c+x@pm.me", "annabc@proton.me", ""),
            ("an-na@a.evil.example", "an-na@a.evil.example", "evil.example"),
        ] {
            let counted = CountedMailbox::of(address);
            assert_eq!((counted.key.as_str(), counted.domain.as_str()), (key, domain), "{address}");
            assert_eq!(counted.is_tagged, address != key && address.contains('+'), "{address}");
        }
    }

    #[test]
    fn names_that_one_can_have_without_end_are_one_domain() {
        for (domain, counted) in [
            ("evil.example", "evil.example"),
            ("a.evil.example", "evil.example"),
            ("a.b.evil.example", "evil.example"),
            ("a.evil.co.uk", "evil.co.uk"),
            ("evil.com.cn", "evil.com.cn"),
            ("a.evil.com.cn", "evil.com.cn"),
            ("a.xn--evil-gpa.de", "xn--evil-gpa.de"),
            ("a.evil.xn--55qx5d.cn", "evil.xn--55qx5d.cn"),
            // Anybody gets names under these.
            ("evil.duckdns.org", "duckdns.org"),
            ("a.evil.blogspot.com", "blogspot.com"),
            ("evil.s3.amazonaws.com", "amazonaws.com"),
            ("localhost", "localhost"),
            ("com", "com"),
            ("", ""),
        ] {
            assert_eq!(registered(domain), counted, "{domain}");
        }
    }
}
