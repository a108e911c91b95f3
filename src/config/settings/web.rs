//! `[web]`: where `serve` answers those who watch it. What it answers is not here; the pages for readers are `public_web`.

use std::net::SocketAddr;

use crate::{
    base::problem::{Place, Problem},
    config::{
        reading::{
            context::Context,
            table_reader::{TableReader, TextValue},
        },
        settings::public_web::{self, PublicWeb},
        values::listen_addresses,
    },
};

/// Where `serve` answers those who watch it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// An address of this machine; one that others reach only if the config says so explicitly.
    pub listen: SocketAddr,
    /// Where it is given, to show it in a problem.
    pub place: Option<Place>,
}

/// Reads the section, and the one below it for the public pages.
pub(in crate::config) fn read(section: TableReader<'_>, context: &Context<'_>) -> (Option<Web>, Option<PublicWeb>) {
    let mut section = section;
    let listen = section.text("listen");
    let elsewhere = section.boolean("from_elsewhere");
    let public = section.section("public");
    section.finish();
    let web = monitors(listen, elsewhere, context);
    let public = public.and_then(|section| public_web::read(section, web.as_ref().map(|web| web.listen), context));
    (web, public)
}

fn monitors(listen: Option<TextValue<'_>>, elsewhere: Option<(bool, Place)>, context: &Context<'_>) -> Option<Web> {
    let Some(given) = listen else {
        if let Some((true, place)) = elsewhere {
            let what = "`web.from_elsewhere` is not used: there is no `web.listen`";
            context.sink.push(Problem::warning(what).at(place));
        }
        return None;
    };
    let listen = listen_addresses::read(&given, "127.0.0.1:4748", context.sink)?;
    // An IPv4 address in an IPv6 one too.
    let here = listen.ip().to_canonical().is_loopback();
    match elsewhere {
        Some((true, place)) if here => {
            let what = format!("`web.from_elsewhere` changes nothing: {listen} is reached from this machine only");
            context.sink.push(Problem::warning(what).at(place));
        }
        Some((true, _)) => {}
        _ if here => {}
        _ => {
            let what = format!("other machines could ask at {listen} how many mails go, and when");
            let problem = given.error(what).hint("write 127.0.0.1 for this machine alone");
            context.sink.push(problem.hint("if it is meant so, write from_elsewhere = true beside it"));
            return None;
        }
    }
    Some(Web { listen, place: Some(given.place()) })
}
