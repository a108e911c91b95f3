//! `mail test` and `mail dkim`.

use super::{context::Context, ending::Ending};
use crate::actions::{
    dkim_records::dkim_records,
    test_mail::{TEST_PATIENCE, TestStep, send_test_mail},
};

pub(super) async fn test(context: &Context, to: &str, relay: Option<&str>) -> anyhow::Result<Ending> {
    let (installation, output) = (context.installation()?, context.output);
    let has_further_relays = !installation.settings()?.mail.relays.is_empty();
    let show = |step: TestStep<'_>| {
        output.result(&step, || match step {
            TestStep::Folder { folder } => format!("transport: folder, {}", folder.display()),
            TestStep::Relay { name, host, port, tls } => {
                let relay = if has_further_relays { format!("relay: {name}\n") } else { String::new() };
                format!("{relay}transport: smtp, {host}:{port}, TLS {tls}")
            }
            TestStep::Connected { username: Some(username) } => format!("connected, and logged in as {username}"),
            TestStep::Connected { username: None } => "connected, without a login".to_owned(),
            TestStep::Signature { record, algorithm } => format!("signed: {record}, {algorithm}"),
        })
    };
    let sent = send_test_mail(&installation, &context.actor(), to, relay, TEST_PATIENCE, show).await?;
    output.result(&sent, || format!("from {} to {}: {}", sent.from, sent.to, sent.reply))?;
    Ok(Ending::Done)
}

pub(super) fn dkim(context: &Context) -> anyhow::Result<Ending> {
    for record in dkim_records(context.installation()?.settings()?)? {
        context.output.result(&record, || record.zone_line.clone())?;
    }
    Ok(Ending::Done)
}
