//! `subscribers add`, `import`, `list` and `remove`. What concerns one person is in `person`.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use super::{arguments::Subscribers, context::Context, ending::Ending, person};
use crate::{
    actions::subscribers::{
        self, AddRequest, IfUnknown, ImportProgress, ImportRequest, Imported, ListQuery, ListedSubscription,
        RequestKind,
    },
    base::plural::counted,
    store::{Added, LanguageChange, MovedAway},
};

/// Maximum number of changed languages that a rehearsal of an import prints.
const MAX_CHANGES: usize = 20;

pub(super) async fn run(context: &Context, command: &Subscribers) -> anyhow::Result<Ending> {
    match command {
        Subscribers::Add { address, language, brief, reason, consent, .. } => {
            let (brief, again) = (brief.as_deref(), reason.as_deref());
            add(context, AddRequest { address, language: *language, brief, again, consent: consent.as_deref() })
                .await?;
        }
        Subscribers::Import { file, brief, language, dry_run, skip_bad, reason, consent, .. } => {
            let request = ImportRequest {
                file,
                brief: brief.as_deref(),
                language: *language,
                again: reason.as_deref(),
                consent: consent.as_deref(),
                dry_run: *dry_run,
                skip_bad: skip_bad.as_deref(),
            };
            import(context, &request).await?;
        }
        Subscribers::List { suppressed: true, .. } => person::list_suppressed(context).await?,
        Subscribers::List { brief, state, language, .. } => {
            list(context, ListQuery { brief: brief.as_deref(), state: *state, language: *language }).await?;
        }
        Subscribers::Remove { address, token, file, brief, record, reason } => {
            let brief = brief.as_deref();
            match (address, token, file) {
                (_, Some(token), _) => remove_token(context, token, brief, reason).await?,
                (_, _, Some(file)) => remove_list(context, file, brief, reason).await?,
                (address, None, None) => {
                    let if_unknown = if *record { IfUnknown::Record } else { IfUnknown::Refuse };
                    remove(context, address.as_deref().unwrap_or_default(), (brief, reason), if_unknown).await?;
                }
            }
        }
        Subscribers::Show { address } => person::show(context, address).await?,
        Subscribers::Export { address } => person::export(context, address).await?,
        Subscribers::Forget { address, yes } => return person::forget(context, address, *yes).await,
        Subscribers::Suppress { address, reason } => person::suppress(context, address, reason).await?,
        Subscribers::Unsuppress { address, reason } => person::unsuppress(context, address, reason).await?,
    }
    Ok(Ending::Done)
}

async fn add(context: &Context, request: AddRequest<'_>) -> anyhow::Result<()> {
    let done = subscribers::add(&context.installation()?, &context.actor(), request).await?;
    let (address, brief, language) = (&done.address, &done.brief, done.language);
    context.output.result(&done, || {
        let said = match done.result {
            Added::New => format!("{address} gets {brief} in {language}"),
            Added::Again => format!("{address} gets {brief} in {language} again"),
            Added::Changed => format!("{address} gets {brief} in {language} from now on"),
            Added::Unchanged => format!("{address} already gets {brief} in {language}"),
            Added::Left => format!("{address} has left {brief}"),
        };
        let said = match done.is_written {
            true => said,
            false => format!("{said}, which it is not written in: they get nothing until it is"),
        };
        match &done.suppressed {
            Some(reason) => format!(
                "{said}, but nothing is mailed there, since the address is suppressed: {reason}\n\
                 (`greenbrief subscribers unsuppress {address} --reason TEXT` ends that)"
            ),
            None => said,
        }
    })
}

async fn import(context: &Context, request: &ImportRequest<'_>) -> anyhow::Result<()> {
    // indicatif draws nothing where standard error is no terminal.
    let bar = ProgressBar::new(0).with_style(
        ProgressStyle::with_template("{msg} {bar:30} {percent} %").unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let on_progress = |progress| {
        let (message, done, all) = match progress {
            ImportProgress::Checked { bytes, all } => ("checking", bytes, all),
            ImportProgress::Taken { rows, all } => ("importing", rows, all),
        };
        bar.set_message(message);
        bar.set_length(all);
        bar.set_position(done);
    };
    let done = subscribers::import(&context.installation()?, &context.actor(), request, on_progress).await?;
    bar.finish_and_clear();
    context.output.result(&done, || imported(&done))
}

fn imported(done: &Imported) -> String {
    let counts = &done.subscriptions;
    let mut first = format!("{} new, {} changed, {} unchanged", counts.new, counts.changed, counts.unchanged);
    if counts.again > 0 {
        first.push_str(&format!(", {} again", counts.again));
    }
    if done.dry_run {
        first.push_str(" (nothing was imported)");
    }
    let mut lines = vec![first];
    let changes = done.changes.as_deref().unwrap_or_default();
    lines.extend(changes.iter().take(MAX_CHANGES).map(|LanguageChange { address, brief, from, to }| {
        format!("  {address} would get {brief} in {to}, not in {from}")
    }));
    let told = changes.len().min(MAX_CHANGES) as u64;
    if told > 0 && counts.changed > told {
        lines.push(format!("  … and {} more", counts.changed - told));
    }
    match counts.kept {
        0 => {}
        1 => lines.push("1 reader keeps the language that they chose themselves".to_owned()),
        kept => lines.push(format!("{kept} readers keep the language that they chose themselves")),
    }
    match done.unwritten {
        0 => {}
        1 => lines
            .push("1 asks for a language that its brief is not written in, and gets nothing until it is".to_owned()),
        count => lines.push(format!(
            "{count} ask for a language that their brief is not written in, and get nothing until it is"
        )),
    }
    if counts.left > 0 {
        lines.push(match counts.left {
            1 => "1 reader has left and stays away; if they ask for it again: `--again --reason TEXT`".to_owned(),
            left => {
                format!("{left} readers have left and stay away; if they ask for it again: `--again --reason TEXT`")
            }
        });
    }
    if counts.suppressed > 0 {
        let are = if counts.suppressed == 1 { "is" } else { "are" };
        lines.push(format!(
            "{} {are} suppressed: nothing is mailed there; `greenbrief subscribers show ADDRESS` says why",
            counted(counts.suppressed, "address")
        ));
    }
    if let Some(path) = &done.rejects {
        let rows = counted(done.rejected, "row");
        lines.push(format!("{rows} of {} with mistakes: {} says what is wrong with each", done.rows, path.display()));
    } else if done.rejected > 0 {
        lines.push(format!("{} of {} with mistakes would be left out", counted(done.rejected, "row"), done.rows));
    }
    if !done.columns_left_out.is_empty() {
        let names: Vec<String> = done.columns_left_out.iter().map(|name| format!("`{name}`")).collect();
        let are = if names.len() == 1 { "column is" } else { "columns are" };
        lines.push(format!("{} {are} not read: {}", names.len(), names.join(", ")));
    }
    lines.join("\n")
}

async fn list(context: &Context, query: ListQuery<'_>) -> anyhow::Result<()> {
    let mut is_first = true;
    let print = |page: &[_]| {
        let heads: &[&str] = if is_first { &["ADDRESS", "BRIEF", "LANGUAGE", "STATE", "SINCE (UTC)"] } else { &[] };
        is_first = false;
        context.output.table(heads, page, |row: &ListedSubscription| {
            vec![
                row.address.clone(),
                row.brief.clone(),
                row.language.to_string(),
                match row.kind {
                    Some(RequestKind::AddressChange) => format!("{}, new address", row.state),
                    _ => row.state.to_string(),
                },
                row.since.format("%F %T").to_string(),
            ]
        })
    };
    let installation = context.installation()?;
    subscribers::list(&installation, query, print).await?;
    if !is_first {
        return Ok(());
    }
    let is_whole = query.brief.is_none() && query.state.is_none() && query.language.is_none();
    context.output.say(match (is_whole, subscribers::count_pending(&installation).await?) {
        (true, 0) => {
            "There are no subscribers yet: `greenbrief subscribers add ADDRESS --language L --consent TEXT`.".to_owned()
        }
        (true, requests) => {
            let wait = if requests == 1 { "waits for its" } else { "wait for their" };
            let requests = counted(requests, "request");
            format!("{requests} {wait} confirmation: `greenbrief subscribers list --state pending`")
        }
        (false, _) => "There are no such subscribers.".to_owned(),
    })
}

async fn remove(
    context: &Context,
    address: &str,
    removal: (Option<&str>, &str),
    if_unknown: IfUnknown,
) -> anyhow::Result<()> {
    let removed = subscribers::remove(&context.installation()?, &context.actor(), address, removal, if_unknown).await?;
    context.output.result(&removed, || removed_one(&removed))
}

async fn remove_token(context: &Context, token: &str, brief: Option<&str>, reason: &str) -> anyhow::Result<()> {
    let removed = subscribers::remove_token(&context.installation()?, &context.actor(), token, brief, reason).await?;
    removed.iter().try_for_each(|removed| context.output.result(removed, || removed_one(removed)))
}

fn removed_one(removed: &subscribers::RemovedAddress) -> String {
    let (ended, requests) = (counted(removed.ended, "subscription"), person::not_confirmed(removed.requests));
    let mut lines = vec![match &removed.brief {
        _ if removed.only_recorded => {
            format!("{} was not subscribed, and stays away from imports, too", removed.address)
        }
        Some(brief) => format!("{} gets {brief} no longer: {ended} ended{requests}", removed.address),
        None => format!("{} gets no further mail: {ended} ended{requests}", removed.address),
    }];
    lines.extend(removed.moved.iter().map(|MovedAway { brief, address, since }| {
        format!("The subscription to {brief} that moved to {address} on {} ended, too.", since.format("%F"))
    }));
    lines.join("\n")
}

async fn remove_list(context: &Context, file: &Path, brief: Option<&str>, reason: &str) -> anyhow::Result<()> {
    let done = subscribers::remove_list(&context.installation()?, &context.actor(), file, brief, reason).await?;
    context.output.result(&done, || {
        let ended = counted(done.ended, "subscription");
        let mut text = format!("{ended} ended, of {} in the file", counted(done.addresses as u64, "address"));
        if done.before > 0 {
            text.push_str(&format!("\n{} had left before", done.before));
        }
        if done.unknown > 0 {
            text.push_str(&format!("\n{} were not subscribed, and stay away from imports, too", done.unknown));
        }
        text
    })
}
