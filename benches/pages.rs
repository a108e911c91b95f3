//! The pages for readers under load, measured from outside: a `serve` of its own in a folder of its own, and clients on the
//! same machine, whose processor time is told apart from that of `serve`. Each measurement prints lines of JSON.
//!
//! pages idle [CONNECTIONS]            memory of connections on which nothing moves, before their first byte and after an answer
//! pages leave [READERS]               one-click (RFC 8058), one after the other
//! pages join [READERS]                a sign-up with its work done, one after the other, until its confirmation is queued
//! pages load [RATE] [MAILS]           a campaign alone, and beside so many sign-ups a second
//! pages forget [MAILS] [DATABASE]     `subscribers forget` of one reader among so many mails; DATABASE: an empty PostgreSQL one
//! pages bots                          a bot's hour against the form, 10,000 times a minute, by what the bot can do
//!
//! A reader is answered when a commit is on the disk: with `--folder` on a file system in memory the disk is left out.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench ends where it cannot measure")]

#[path = "pages/bots.rs"]
mod bots;
#[path = "pages/client.rs"]
mod client;
#[path = "pages/daemon.rs"]
mod daemon;
#[path = "pages/idle.rs"]
mod idle;
#[path = "pages/load.rs"]
mod load;
mod outbox;
#[path = "pages/readers.rs"]
mod readers;

use std::{env, path::PathBuf, time::Duration};

use tokio::runtime;

fn main() {
    let mut words: Vec<String> = env::args().skip(1).filter(|word| word != "--bench").collect();
    let mut folder = env::temp_dir();
    if let Some(at) = words.iter().position(|word| word == "--folder") {
        folder = PathBuf::from(words.remove(at + 1));
        words.remove(at);
    }
    let number = |at: usize, default: usize| words.get(at).map_or(default, |word| word.parse().unwrap());
    let two = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    match words.first().map(String::as_str) {
        Some("idle") => two.block_on(idle::measure(&folder, number(1, 10_000))),
        Some("leave") => two.block_on(readers::leave(&folder, number(1, 1000))),
        Some("join") => two.block_on(readers::join(&folder, number(1, 500))),
        Some("load") => two.block_on(load::measure(&folder, number(1, 500), number(2, 40_000))),
        Some("forget") => {
            two.block_on(readers::forget(&folder, number(1, 1_000_000), words.get(2).map(String::as_str)))
        }
        Some("bots") => two.block_on(bots::measure(&folder)),
        _ => {
            two.block_on(idle::measure(&folder, 1000));
            two.block_on(readers::leave(&folder, 200));
            two.block_on(readers::join(&folder, 100));
        }
    }
}

/// The value below which this share of the times lies, in milliseconds.
fn quantile(times: &mut [Duration], share: f64) -> f64 {
    times.sort();
    times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3
}
