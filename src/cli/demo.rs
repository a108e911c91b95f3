//! `demo`: releases the demo's edition, has a courier write its mails to a folder, and tells what is where.

use std::path::Path;

use super::{context::Context, ending::Ending};
use crate::{
    actions::{demo, random_word::random_word},
    base::plural::counted,
    daemon::command_courier,
    mailing::{Letterhead, Transport},
};

pub(super) async fn run(context: &Context, out: &Path) -> anyhow::Result<Ending> {
    let owner = random_word()?;
    let folder = std::env::temp_dir().join(format!("greenbrief-demo-{owner}"));
    let done = show(context, out, &folder, &owner).await;
    // Thrown away whatever happened; what is left in the system's folder for such things does no harm.
    let _ = std::fs::remove_dir_all(&folder);
    done
}

async fn show(context: &Context, out: &Path, folder: &Path, owner: &str) -> anyhow::Result<Ending> {
    let output = context.output;
    let demo = demo::release(out, folder, owner, context.now()).await?;
    output.say(format!("Edition {} with the figures known on {}:", demo.edition.name(), demo.as_known))?;
    for pdf in &demo.pdfs {
        output.result(pdf, || {
            format!("  {}  {}  {} kB", pdf.path, counted(pdf.pages, "page"), pdf.bytes.div_ceil(1000))
        })?;
    }
    let transport = Transport::Folder(out.join("outbox"));
    command_courier::empty_outbox(&demo.store, &context.clock, owner, letterhead(), transport).await?;
    for mail in demo::mails(&demo).await? {
        output.result(&mail, || format!("  {}  to {}: {}", mail.path, mail.address, mail.subject))?;
    }
    demo.store.close().await;
    output.say("Open the PDFs with any reader, the .eml files with a mail program. Nothing was sent.")?;
    Ok(Ending::Done)
}

fn letterhead() -> Letterhead {
    Letterhead {
        from: "Green Economy Brief <brief@example.org>".to_owned(),
        sender: "brief@example.org".to_owned(),
        bounce: None,
        reply_to: None,
        unsubscribe: Some("unsubscribe@example.org".to_owned()),
        leave_url: Some(format!("{}/u/", demo::PUBLIC_URL)),
        domain: "example.org".to_owned(),
        signers: Vec::new(),
    }
}
