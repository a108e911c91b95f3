//! `demo`: one edition of the built-in brief for three sample readers, PDFs and mails in a folder; nothing is sent.

use std::{path::Path, process::ExitCode, time::SystemTime};

use anyhow::Context;
use chrono::{DateTime, Utc};

use super::{build, output::Output, shipped};
use crate::{
    archive, figures,
    language::Language,
    mail::{folder, message},
};

/// A sample reader of each language.
const READERS: [(&str, Language); 3] =
    [("anna@example.net", Language::En), ("bernd@example.net", Language::De), ("chen@example.net", Language::Zh)];

pub(super) fn run(output: Output, out: &Path, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let template = shipped::template()?;
    let snapshot = shipped::snapshot(figures::shipped::dataset()?, now);
    let frame = shipped::frame(now);
    output.say(format!("The built-in brief with the figures known on {}:", snapshot.as_known))?;
    for (to, language) in READERS {
        let (filled, bytes, pages) = build::press(&template, &snapshot, language, &frame)?;
        let path = out.join(format!("{}-{language}.pdf", shipped::BRIEF));
        archive::write_atomically(&path, &bytes).with_context(|| format!("{} could not be written", path.display()))?;
        let built = build::built(language, &path, &bytes, pages);
        output
            .result(&built, || format!("  {}  {} pages  {} kB", built.path, built.pages, built.bytes.div_ceil(1000)))?;
        let name = format!("{}-{}.pdf", filled.brief.title.replace(' ', "-"), frame.date);
        let id = format!("demo-{language}");
        let letter = message::Letter {
            from: "brief@example.org",
            to,
            subject: &filled.mail.subject,
            text: &filled.mail.text,
            html: &filled.mail.html,
            pdf: (&name, &bytes),
            language: language.tag(),
            list_id: "green-economy.example.org",
            unsubscribe: &frame.unsubscribe,
            message_id: &format!("<{id}.{}@example.org>", now.timestamp()),
            date: SystemTime::from(now),
        };
        let path = folder::deliver(out, &id, &message::build(&letter)?).context("the mail could not be written")?;
        output.say(format!("  {}  to {to}: {}", path.display(), filled.mail.subject))?;
    }
    output.say("Open the PDFs with any reader, the .eml files with a mail program. Nothing was sent.")?;
    Ok(ExitCode::SUCCESS)
}
