//! `demo`: one edition of the built-in brief for three sample subscribers, through every station of the real way: a
//! store (thrown away afterwards), an occurrence, PDFs, the outbox, the courier. Mails go to a folder; nothing is sent.

use std::{path::Path, process::ExitCode, sync::Arc};

use anyhow::{Context as _, bail};
use tokio::sync::Notify;

use super::{
    context::{Context, random},
    shipped,
};
use crate::{
    actions::{build::BuiltPdf, prepare::prepare},
    base::{language::Language, shutdown::Shutdown},
    daemon::courier::{Courier, Letterhead, Transport},
    delivery::rules::DeliveryGuarantee,
    edition::{self, LedgerEntry, Made},
    monitoring::operator_mail::OperatorMailer,
    people::subscribers::Address,
    store::{Lease, Store},
};

/// A sample subscriber of each language.
const SUBSCRIBERS: [(&str, Language); 3] =
    [("anna@example.net", Language::En), ("bernd@example.net", Language::De), ("chen@example.net", Language::Zh)];

pub(super) async fn run(context: &Context, out: &Path) -> anyhow::Result<ExitCode> {
    let owner = random()?;
    let folder = std::env::temp_dir().join(format!("greenbrief-demo-{owner}"));
    let done = tell(context, out, &folder, &owner).await;
    // Thrown away whatever happened; what is left in the system's folder for such things does no harm.
    let _ = std::fs::remove_dir_all(&folder);
    done
}

async fn tell(context: &Context, out: &Path, folder: &Path, owner: &str) -> anyhow::Result<ExitCode> {
    let (output, now) = (context.output, context.now());
    let store = Store::open(&format!("sqlite:{}", folder.join("demo.db").display()), now).await?;
    // A fixed id, so that another demo writes the same files.
    prepare(&store, "demo").await?;
    let order = shipped::order(out)?;
    for (address, language) in SUBSCRIBERS {
        store.people().subscribe(&Address::parse(address)?, language, &order.brief, now).await?;
    }
    let lease = Lease { owner, now, length: chrono::TimeDelta::minutes(5) };
    let occurrence = store.ledger().manual_occurrence(&order.brief, now, owner, "demo", &lease).await?;
    let edition = match edition::make(&store, &order, &occurrence, LedgerEntry::ON_TIME, now).await? {
        Made::Released { edition, .. } => edition,
        Made::Held { problems, .. } => return Err(problems.into()),
        Made::TakenOver => bail!("the demo's store is being used by somebody else"),
    };
    output.say(format!("Edition {} with the figures known on {}:", edition.name(), order.as_known(now)))?;
    for language in &order.languages {
        let text = store.editions().text(edition.id, *language).await?.context("a language is missing")?;
        let name = format!("{}-{}-{language}.pdf", edition.brief, edition.number);
        let path = out.join(&edition.brief).join(edition.number.to_string()).join(name);
        let built = BuiltPdf::new(*language, &path, &text.pdf, usize::try_from(text.pages)?);
        output
            .result(&built, || format!("  {}  {} pages  {} kB", built.path, built.pages, built.bytes.div_ceil(1000)))?;
    }
    deliver(context, &store, out, owner).await?;
    for mail in store.outbox().mails(Some(edition.id), None, None, 100).await? {
        let subject =
            store.editions().text(edition.id, mail.language).await?.map_or_else(String::new, |text| text.subject);
        output.say(format!("  {}  to {}: {subject}", mail.reply.trim_start_matches("written to "), mail.address))?;
    }
    store.close().await;
    output.say("Open the PDFs with any reader, the .eml files with a mail program. Nothing was sent.")?;
    Ok(ExitCode::SUCCESS)
}

/// Runs the courier until the outbox is empty.
async fn deliver(context: &Context, store: &Store, out: &Path, owner: &str) -> anyhow::Result<()> {
    let courier = Courier {
        store: store.clone(),
        clock: context.clock.clone(),
        owner: owner.to_owned(),
        alone: true,
        letterhead: Letterhead {
            from: "Green Economy Brief <brief@example.org>".to_owned(),
            sender: "brief@example.org".to_owned(),
            reply_to: None,
            unsubscribe: Some("unsubscribe@example.org".to_owned()),
            domain: "example.org".to_owned(),
            signers: Vec::new(),
        },
        transport: Transport::Folder(out.join("outbox")),
        guarantee: DeliveryGuarantee::default(),
        operator_mailer: OperatorMailer::nobody(store.clone()),
        vitals: Arc::default(),
    };
    let (trigger, shutdown) = Shutdown::channel();
    let courier = tokio::spawn(courier.run(Arc::new(Notify::new()), shutdown));
    while store.outbox().tally(None).await?.open() > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    trigger.request();
    Ok(courier.await?)
}
