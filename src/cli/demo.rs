//! `demo`: releases the demo's edition, has a courier write its mails to a folder, and tells what is where. With `--web` the
//! pages for readers are shown on this machine until Ctrl-C.

use std::path::Path;

use serde::Serialize;
use tokio::net::TcpListener;

use super::{context::Context, ending::Ending, serve};
use crate::{
    actions::{demo, random_word::random_word},
    base::{plural::counted, problem::Problem, problem::Problems},
    daemon::{command_courier, demo_pages::DemoPages},
    mailing::{Letterhead, Transport},
};

/// What the demo is to show.
pub(super) struct DemoRequest<'a> {
    /// The folder for PDFs and mails
    pub out: &'a Path,
    /// Show the pages, too
    pub web: bool,
    /// At this port; at a free one if it is not given
    pub port: Option<u16>,
}

pub(super) async fn run(context: &Context, request: DemoRequest<'_>) -> anyhow::Result<Ending> {
    let owner = random_word()?;
    let folder = std::env::temp_dir().join(format!("greenbrief-demo-{owner}"));
    let done = show(context, &request, &folder, &owner).await;
    // Thrown away whatever happened; what is left in the system's folder for such things does no harm.
    let _ = std::fs::remove_dir_all(&folder);
    done
}

async fn show(context: &Context, request: &DemoRequest<'_>, folder: &Path, owner: &str) -> anyhow::Result<Ending> {
    let (output, out) = (context.output, request.out);
    // From here on Ctrl-C ends the pages, and what was made for them is thrown away.
    let stop = request.web.then(serve::stop);
    let listener = if request.web { Some(listen(request.port).await?) } else { None };
    let port = listener.as_ref().map(TcpListener::local_addr).transpose()?.map(|address| address.port());
    let url = port.map_or_else(|| demo::PUBLIC_URL.to_owned(), demo::pages_url);
    let demo = demo::release(out, folder, owner, &url, context.now()).await?;
    output.say(format!("Edition {} with the figures known on {}:", demo.edition.name(), demo.as_known))?;
    for pdf in &demo.pdfs {
        output.result(pdf, || {
            format!("  {}  {}  {} kB", pdf.path, counted(pdf.pages, "page"), pdf.bytes.div_ceil(1000))
        })?;
    }
    let transport = || Transport::Folder(out.join("outbox"));
    command_courier::empty_outbox(&demo.store, &context.clock, owner, letterhead(&url), transport()).await?;
    for mail in demo::mails(&demo).await? {
        output.result(&mail, || format!("  {}  to {}: {}", mail.path, mail.address, mail.subject))?;
    }
    let (Some(listener), Some(port), Some(stop)) = (listener, port, stop) else {
        demo.store.close().await;
        output.say("Open the PDFs with any reader, the .eml files with a mail program. Nothing was sent.")?;
        return Ok(Ending::Done);
    };
    let config = demo::pages_config(folder, port)?;
    let edition = format!("{url}/{}/{}", demo.edition.brief, demo.edition.number);
    output.result(&Started { url: &url, edition: &edition }, || {
        format!("The pages for readers: {url}/ (the edition: {edition})")
    })?;
    output.say("Subscribe there: the mails that you would get become files, named here. Ctrl-C ends.")?;
    let pages = DemoPages {
        store: &demo.store,
        clock: &context.clock,
        owner,
        letterhead: letterhead(&url),
        transport: transport(),
    };
    pages
        .answer(&config, listener, stop, |mail| {
            let path = mail.reply.trim_start_matches("written to ");
            output.result(&Written { path, address: &mail.address }, || format!("  {path}  to {}", mail.address))
        })
        .await?;
    demo.store.close().await;
    Ok(Ending::Done)
}

/// The pages are there.
#[derive(Serialize)]
struct Started<'a> {
    url: &'a str,
    edition: &'a str,
}

/// A mail became a file.
#[derive(Serialize)]
struct Written<'a> {
    path: &'a str,
    address: &'a str,
}

async fn listen(port: Option<u16>) -> anyhow::Result<TcpListener> {
    Ok(TcpListener::bind(("127.0.0.1", port.unwrap_or(0))).await.map_err(|error| {
        let port = port.unwrap_or_default();
        Problems::from(
            Problem::error(format!("port {port} of this machine is not available: {error}"))
                .hint("another program may be using it; without `--port` a free one is used"),
        )
    })?)
}

fn letterhead(url: &str) -> Letterhead {
    Letterhead {
        from: "Green Economy Brief <brief@example.org>".to_owned(),
        sender: "brief@example.org".to_owned(),
        bounce: None,
        reply_to: None,
        unsubscribe: Some("unsubscribe@example.org".to_owned()),
        leaves_by_address: false,
        leave_url: Some(format!("{url}/u/")),
        domain: "example.org".to_owned(),
        signers: Vec::new(),
    }
}
