//! How fast mails go: `[mail]`'s rate and how long a connection is used, and what holds for single domains of recipients,
//! in `[mail.domains."NAME"]`. The rules are in `delivery`.

use std::collections::BTreeMap;

use super::{DomainPace, Pace, Rate, mail::is_label, rates, reader::Reader, settings::Surroundings, tree::Entry};
use crate::base::problem::Problem;

/// More mails at once than relays have connections in all are no limit.
pub(super) const MOST: i64 = 1000;
/// The most mails over one connection.
pub(super) const MOST_MAILS: i64 = 10_000;

pub(super) fn read(section: &mut Reader<'_>, around: &Surroundings<'_>) -> Pace {
    let mails = section.whole("mails_per_connection", 1..=MOST_MAILS);
    let domains = section.section("domains").map_or_else(BTreeMap::new, |domains| {
        let mut domains = domains;
        let found = domains.named().into_iter().filter_map(|(entry, table)| domain(entry, table, around)).collect();
        domains.finish();
        found
    });
    Pace {
        mails_per_connection: mails.and_then(|mails| u32::try_from(mails).ok()).unwrap_or(100),
        rate: rate(section, around),
        domain_connections: connections(section, "domain_connections"),
        domains,
    }
}

fn domain(entry: &Entry, table: Reader<'_>, around: &Surroundings<'_>) -> Option<(String, DomainPace)> {
    let mut table = table;
    let name = entry.key.to_ascii_lowercase();
    let is_domain = name.contains('.') && name.len() <= 253 && name.split('.').all(is_label);
    if !is_domain {
        let hint = if name.contains('@') {
            "write what stands behind the @, such as [mail.domains.\"qq.com\"]"
        } else {
            "write a name in quotes, such as [mail.domains.\"qq.com\"]; one in other letters in its xn-- form"
        };
        let what = format!("`{}` is no domain", entry.key);
        around.sink.push(Problem::error(what).at(entry.spot.place()).hint(hint));
        // Without quotes its dots make tables, of which nothing more need be said.
        return None;
    }
    let pace = DomainPace { connections: connections(&mut table, "connections"), rate: rate(&mut table, around) };
    table.finish();
    Some((name, pace))
}

fn connections(section: &mut Reader<'_>, key: &'static str) -> Option<usize> {
    section.whole(key, 1..=MOST).and_then(|number| usize::try_from(number).ok())
}

fn rate(section: &mut Reader<'_>, around: &Surroundings<'_>) -> Option<Rate> {
    let given = section.rate("rate")?;
    match rates::parse(given.text) {
        Ok(rate) => Some(rate),
        Err(bad) => {
            around.sink.push(given.error_inside(bad.span, bad.what).hint(bad.hint));
            None
        }
    }
}
