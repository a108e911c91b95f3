//! `[replies]`: the ways in for mails that come back. To which mailboxes they come stands in `mail`; what is done about them is
//! not here.

use std::{net::SocketAddr, path::PathBuf};

use crate::{
    base::problem::{Place, Problem},
    config::{
        reading::{
            context::Context,
            paths::resolve,
            table_reader::{TableReader, TextValue},
        },
        values::listen_addresses,
    },
};

/// The ways in for mails that come back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replies {
    /// Where `serve` takes mails by LMTP.
    pub lmtp: Option<SocketAddr>,
    /// Where that is given, to show it in a problem.
    pub place_of_lmtp: Option<Place>,
    /// The folder whose `new/` it reads.
    pub maildir: Option<PathBuf>,
}

impl Replies {
    /// Does `serve` read what comes back?
    pub const fn are_read(&self) -> bool {
        self.lmtp.is_some() || self.maildir.is_some()
    }
}

/// Reads the section.
pub(in crate::config) fn read(section: TableReader<'_>, context: &Context<'_>) -> Replies {
    let mut section = section;
    let given = section.text("lmtp");
    let elsewhere = section.boolean("lmtp_from_elsewhere");
    let maildir = section.text("maildir");
    section.finish();
    let lmtp = listener(given.as_ref(), elsewhere, context);
    let maildir = maildir.map(|given| resolve(context.base, given.text));
    let place_of_lmtp = given.filter(|_| lmtp.is_some()).map(|given| given.place());
    Replies { lmtp, place_of_lmtp, maildir }
}

fn listener(
    given: Option<&TextValue<'_>>,
    elsewhere: Option<(bool, Place)>,
    context: &Context<'_>,
) -> Option<SocketAddr> {
    let Some(given) = given else {
        if let Some((true, place)) = elsewhere {
            let what = "`replies.lmtp_from_elsewhere` is not used: there is no `replies.lmtp`";
            context.sink.push(Problem::warning(what).at(place));
        }
        return None;
    };
    let listen = listen_addresses::read(given, "127.0.0.1:2424", context.sink)?;
    let here = listen.ip().to_canonical().is_loopback();
    match elsewhere {
        Some((true, place)) if here => {
            let what =
                format!("`replies.lmtp_from_elsewhere` changes nothing: {listen} is reached from this machine only");
            context.sink.push(Problem::warning(what).at(place));
        }
        Some((true, _)) => {}
        _ if here => {}
        _ => {
            let what = format!("other machines could hand over made-up mails at {listen}, without encryption or login");
            let problem = given.error(what).hint("write 127.0.0.1 for a mail server on this machine");
            let hint = "if the mail server is on another machine, write lmtp_from_elsewhere = true beside it, and let \
                        a firewall keep out all others";
            context.sink.push(problem.hint(hint));
            return None;
        }
    }
    Some(listen)
}
