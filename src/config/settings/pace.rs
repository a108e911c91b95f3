//! How fast mails go: `[mail]`'s rate and how long a connection is used, and what holds for single domains of recipients,
//! in `[mail.domains."NAME"]`. The rules are in `delivery`.

use std::collections::BTreeMap;

use crate::{
    base::problem::Problem,
    config::{
        reading::{context::Context, table_reader::TableReader, toml_tree::Entry},
        values::{
            hostnames::is_label,
            rates::{self, Rate},
        },
    },
    delivery::rules::WarmUp,
};

/// How fast mails go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// After so many mails a connection is ended and another one opened, 1 to 10,000.
    pub mails_per_connection: u32,
    /// Over all relays; `None`: as fast as they take them.
    pub rate: Option<Rate>,
    /// How many mails at once to any one domain; `None`: as many as there are connections.
    pub domain_connections: Option<usize>,
    /// What holds for single domains of recipients instead; by the domain in lower case.
    pub domains: BTreeMap<String, DomainPace>,
    /// The ramp of a sender that is new.
    pub warm_up: Option<WarmUp>,
}

/// How fast mails go to one domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DomainPace {
    /// How many at once; `None`: as for any other.
    pub connections: Option<usize>,
    /// How many in a time; `None`: no limit.
    pub rate: Option<Rate>,
}

/// Maximum of a limit on mails at once. Relays never have more connections than that, so a higher one would not limit.
pub(in crate::config) const MOST: i64 = 1000;
/// Maxima and defaults of the ramp of a new sender: mails on its first day, growth a day in percent, days.
pub(in crate::config) const MOST_FIRST_DAY: i64 = 1_000_000;
pub(in crate::config) const MOST_GROWTH: i64 = 1_000;
pub(in crate::config) const MOST_WARM_UP_DAYS: i64 = 365;
pub(in crate::config) const DEFAULT_FIRST_DAY: u32 = 50;
pub(in crate::config) const DEFAULT_GROWTH: u32 = 50;
pub(in crate::config) const DEFAULT_WARM_UP_DAYS: u32 = 30;
/// The most mails over one connection.
pub(in crate::config) const MOST_MAILS: i64 = 10_000;
pub(in crate::config) const DEFAULT_MAILS_PER_CONNECTION: u32 = 100;

pub(in crate::config) fn read(section: &mut TableReader<'_>, context: &Context<'_>) -> Pace {
    let mails = section.whole("mails_per_connection", 1..=MOST_MAILS);
    let domains = section.section("domains").map_or_else(BTreeMap::new, |domains| {
        let mut domains = domains;
        let found = domains.named().into_iter().filter_map(|(entry, table)| domain(entry, table, context)).collect();
        domains.finish();
        found
    });
    let warm_up = section.section("warm_up").and_then(warm_up);
    Pace {
        warm_up,
        mails_per_connection: mails.and_then(|mails| u32::try_from(mails).ok()).unwrap_or(DEFAULT_MAILS_PER_CONNECTION),
        rate: rate(section, context),
        domain_connections: connections(section, "domain_connections"),
        domains,
    }
}

/// Reads `[mail.warm_up]`.
fn warm_up(section: TableReader<'_>) -> Option<WarmUp> {
    let mut section = section;
    section.need("begins", "begins = 2026-12-01: the first day on which the new address sends");
    let begins = section.date("begins");
    let mut number = |key, range, default| {
        section.whole(key, range).map_or(default, |number| u32::try_from(number).unwrap_or(default))
    };
    let first_day = number("first_day", 1..=MOST_FIRST_DAY, DEFAULT_FIRST_DAY);
    let growth = number("growth", 0..=MOST_GROWTH, DEFAULT_GROWTH);
    let days = number("days", 1..=MOST_WARM_UP_DAYS, DEFAULT_WARM_UP_DAYS);
    section.finish();
    Some(WarmUp { begins: begins?.0, first_day, growth, days })
}

fn domain(entry: &Entry, table: TableReader<'_>, context: &Context<'_>) -> Option<(String, DomainPace)> {
    let mut table = table;
    let name = entry.key.to_ascii_lowercase();
    let is_domain = name.contains('.') && name.len() <= 253 && name.split('.').all(is_label);
    if !is_domain {
        let hint = if name.contains('@') {
            "write the part after the @, such as [mail.domains.\"qq.com\"]"
        } else {
            "write a name in quotes, such as [mail.domains.\"qq.com\"]; one in other letters in its xn-- form"
        };
        let what = format!("`{}` is not a domain", entry.key);
        context.sink.push(Problem::error(what).at(entry.span.place()).hint(hint));
        // Without quotes its dots make tables, of which nothing more need be said.
        return None;
    }
    let pace = DomainPace { connections: connections(&mut table, "connections"), rate: rate(&mut table, context) };
    table.finish();
    Some((name, pace))
}

fn connections(section: &mut TableReader<'_>, key: &'static str) -> Option<usize> {
    section.whole(key, 1..=MOST).and_then(|number| usize::try_from(number).ok())
}

fn rate(section: &mut TableReader<'_>, context: &Context<'_>) -> Option<Rate> {
    let given = section.rate("rate")?;
    match rates::parse(given.text) {
        Ok(rate) => Some(rate),
        Err(bad) => {
            context.sink.push(given.error_inside(bad.span, bad.what).hint(bad.hint));
            None
        }
    }
}
