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
        settings::imap::{self, Imap},
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
    /// The mailbox that it reads by IMAP.
    pub imap: Option<Imap>,
}

impl Replies {
    /// Does `serve` read what comes back?
    pub const fn are_read(&self) -> bool {
        self.lmtp.is_some() || self.maildir.is_some() || self.imap.is_some()
    }
}

/// Reads the section.
pub(in crate::config) fn read(section: TableReader<'_>, context: &Context<'_>) -> Replies {
    let mut section = section;
    let given = section.text("lmtp");
    let elsewhere = section.boolean("lmtp_from_elsewhere");
    let maildir = section.text("maildir");
    let imap = section.section("imap").and_then(|section| imap::read(section, context));
    section.finish();
    let lmtp = listener(given.as_ref(), elsewhere, context);
    let maildir = maildir.map(|given| {
        let folder = resolve(context.base, given.text);
        if !folder.join("new").is_dir() {
            let what = format!("{} is no maildir: it has no folder new/", folder.display());
            let hint =
                "nothing is read before it is there; a mail server makes it with the first mail, or maildirmake does";
            context.sink.push(Problem::warning(what).at(given.place()).hint(hint));
        }
        folder
    });
    let place_of_lmtp = given.filter(|_| lmtp.is_some()).map(|given| given.place());
    Replies { lmtp, place_of_lmtp, maildir, imap }
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
