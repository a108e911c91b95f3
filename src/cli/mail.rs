//! `mail test` and `mail dkim`.

use std::process::ExitCode;

use super::context::Context;
use crate::actions::{
    dkim_records::dkim_records,
    test_mail::{TestStep, send_test_mail},
};

pub(super) async fn test(context: &Context, to: &str, relay: Option<&str>) -> anyhow::Result<ExitCode> {
    let (installation, output) = (context.installation()?, context.output);
    let has_further_relays = !installation.settings()?.mail.relays.is_empty();
    let show = |step: TestStep<'_>| match step {
        TestStep::Folder(path) => output.say(format!("transport: folder, {}", path.display())),
        TestStep::Relay { name, host, port, tls } => {
            if has_further_relays {
                output.say(format!("relay: {name}"))?;
            }
            output.say(format!("transport: smtp, {host}:{port}, TLS {tls}"))
        }
        TestStep::Connected { username: Some(username) } => {
            output.say(format!("connected, and logged in as {username}"))
        }
        TestStep::Connected { username: None } => output.say("connected, without a login"),
        TestStep::Signature { record, algorithm } => output.say(format!("signed: {record}, {algorithm}")),
    };
    let sent = send_test_mail(&installation, &context.actor(), to, relay, show).await?;
    output.result(&sent, || format!("from {} to {}: {}", sent.from, sent.to, sent.reply))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn dkim(context: &Context) -> anyhow::Result<ExitCode> {
    for record in dkim_records(context.installation()?.settings()?)? {
        context.output.result(&record, || record.zone_line.clone())?;
    }
    Ok(ExitCode::SUCCESS)
}
