//! The states that need a person which only the daemon itself knows. Another process reads them from its sign.

use super::{Attention, table::Code};
use crate::monitoring::vitals::{Signs, WayIn};

/// What a daemon knows of itself.
#[derive(Debug)]
pub struct Process<'a> {
    /// Its signs of life
    pub signs: &'a Signs,
    /// Which of timekeeper, courier and the watcher of the config does not move, in words
    pub stuck: Option<String>,
    /// Its config is not the newest
    pub outdated: bool,
}

/// Returns what needs a person.
pub fn of_process(process: &Process<'_>) -> Vec<Attention> {
    let mut found = Vec::new();
    found.extend(process.stuck.as_ref().map(|text| Attention::new(Code::WorkerStuck, "", text)));
    if let Some((worker, failing)) = process.signs.store_failing.iter().min_by_key(|(_, failing)| failing.since) {
        let text = format!("the {worker} cannot write into the store: {}", failing.why);
        found.push(Attention::new(Code::StoreUnwritable, "", text).since(failing.since));
    }
    if process.outdated {
        let text = "another process activated a newer config: this one claims nothing";
        found.push(Attention::new(Code::ConfigOutdated, "", text));
    }
    // With a single relay the mails that wait tell it.
    let relays = &process.signs.relays;
    for relay in relays.iter().filter(|relay| relay.away && relays.len() > 1) {
        found.push(Attention::new(
            Code::RelayAway,
            &*relay.name,
            format!("the relay {} cannot be reached", relay.name),
        ));
    }
    for (brief, why) in &process.signs.briefs_held {
        let text = format!("the next edition of {brief} would be held: {why}");
        found.push(Attention::new(Code::BriefWouldBeHeld, brief, text));
    }
    for (way, WayIn { failing, .. }) in &process.signs.intake {
        found.extend(failing.as_ref().map(|failing| {
            let text = format!("mails that come back are not taken in by {way}: {}", failing.why);
            Attention::new(Code::RepliesUnread, *way, text).since(failing.since)
        }));
    }
    found.extend(process.signs.ping_failing.as_ref().map(|failing| {
        let text = format!("the outside monitor does not hear from us: {}", failing.why);
        Attention::new(Code::PingUnheard, "", text).since(failing.since)
    }));
    found
}
