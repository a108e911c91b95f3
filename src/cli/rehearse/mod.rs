//! `rehearse`: everything that an occurrence at a time would do, but sending: the gate, the PDFs, each reader's mail with its
//! size, and when the mails would go by which relay. Nothing is sent, and nothing is written to the store.

mod ways;

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    process::ExitCode,
};

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use self::ways::{Share, shares, times};
use super::context::{Context, snapshot};
use crate::{
    actions::find_schedule::find_schedule,
    base::{
        archive,
        language::Language,
        plural::counted,
        problem::{Problem, Problems, Severity},
    },
    config::{Config, Schedule},
    delivery::mail::message::Recipient,
    edition::{self, EditionSpec, LanguageVersion},
    mailing::Letterhead,
    store::{EditionText, Store},
    time::schedule::Fate,
};

/// Number of readers read at a time.
const PAGE: i64 = 5_000;

/// The edition to rehearse.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub brief: &'a str,
    pub at: DateTime<Utc>,
    pub schedule: Option<&'a str>,
    /// The folder for the PDFs, if they are wanted
    pub out: Option<&'a Path>,
}

/// The mails that would go out in a language.
#[derive(Debug, Serialize)]
struct InLanguage {
    language: Language,
    recipients: u64,
    pages: usize,
    pdf_bytes: usize,
    /// Of all its mails together
    mail_bytes: u64,
    /// Of the largest
    largest_mail: usize,
    subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

/// All of it.
#[derive(Debug, Serialize)]
struct Rehearsed<'a> {
    draft: bool,
    brief: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule: Option<&'a str>,
    at: DateTime<Utc>,
    recipients: u64,
    mail_bytes: u64,
    largest_mail: usize,
    relays: Vec<Share>,
    /// When the first mail goes, and the last one at the earliest
    first_mail: Option<DateTime<Utc>>,
    last_mail: Option<DateTime<Utc>>,
    /// No mail goes later
    give_up_at: DateTime<Utc>,
    /// What the schedule makes of that time, if it has something to say
    notes: Vec<String>,
}

pub(super) async fn run(context: &Context, wanted: &Wanted<'_>) -> anyhow::Result<ExitCode> {
    let (config, at) = (context.config()?, wanted.at);
    let brief = context.brief(&config, wanted.brief)?;
    let schedule = wanted.schedule.map(|id| of_brief(&config, wanted.brief, id)).transpose()?;
    let languages = schedule.map_or(&[][..], |schedule| &schedule.languages);
    let order = context.order(&config, brief, languages)?;
    let order = EditionSpec { quiet_hours: schedule.and_then(|schedule| schedule.quiet_hours), ..order };
    let snapshot = snapshot(context.figures(&config).await?, &order, at);
    let frame = order.frame(None, at);
    let mut problems = order.template.check(&snapshot, &frame, &order.languages);
    let pressed = match problems.has_errors() {
        true => Vec::new(),
        false => match edition::typeset(&order.template, &snapshot, &order.languages, &frame) {
            Ok(pressed) => pressed,
            Err(error) => {
                problems.extend(error.downcast::<Problems>()?);
                Vec::new()
            }
        },
    };
    context.output.problems(&problems);
    if problems.has_errors() {
        let errors = problems.0.iter().filter(|problem| problem.severity == Severity::Error).count();
        context
            .output
            .say(format!("The edition would be held: {}. Nothing would be sent.", counted(errors, "error")))?;
        return Ok(ExitCode::FAILURE);
    }
    let store = context.found_store(&config).await?;
    let mut rows = Vec::new();
    let mut texts = Vec::new();
    for pressed in pressed {
        let path = match wanted.out {
            Some(out) => Some(write(out, wanted.brief, &pressed)?),
            None => None,
        };
        rows.push(InLanguage {
            language: pressed.language,
            recipients: 0,
            pages: pressed.pages,
            pdf_bytes: pressed.pdf.len(),
            mail_bytes: 0,
            largest_mail: 0,
            subject: pressed.mail.subject.clone(),
            path,
        });
        texts.push(text(pressed, wanted.brief, &order, at));
    }
    let domains = match &store {
        Some(store) => build_all(&config, store, &order, &texts, at, &mut rows).await?,
        None => HashMap::new(),
    };
    let recipients = rows.iter().map(|row| row.recipients).sum();
    let (first_mail, last_mail) = if recipients == 0 { (None, None) } else { times(&config, &order, at, &domains) };
    let rehearsed = Rehearsed {
        draft: true,
        brief: wanted.brief,
        schedule: schedule.map(|schedule| schedule.id.as_str()),
        at,
        recipients,
        mail_bytes: rows.iter().map(|row| row.mail_bytes).sum(),
        largest_mail: rows.iter().map(|row| row.largest_mail).max().unwrap_or(0),
        relays: shares(&config, recipients),
        first_mail,
        last_mail,
        give_up_at: at + order.give_up_after,
        notes: schedule.map(|schedule| notes(schedule, at)).unwrap_or_default(),
    };
    context.output.table(
        &["LANGUAGE", "RECIPIENTS", "PAGES", "PDF KB", "LARGEST MAIL KB", "ALL MAILS KB", "SUBJECT"],
        &rows,
        |row| {
            vec![
                row.language.to_string(),
                row.recipients.to_string(),
                row.pages.to_string(),
                row.pdf_bytes.div_ceil(1000).to_string(),
                row.largest_mail.div_ceil(1000).to_string(),
                row.mail_bytes.div_ceil(1000).to_string(),
                row.subject.clone(),
            ]
        },
    )?;
    context.output.result(&rehearsed, || told(&rehearsed, &order, &rows))?;
    Ok(ExitCode::SUCCESS)
}

fn of_brief<'a>(config: &'a Config, brief: &str, id: &str) -> anyhow::Result<&'a Schedule> {
    let full = if id.contains('/') { id.to_owned() } else { format!("{brief}/{id}") };
    let schedule = find_schedule(&config.briefs, &full)?;
    if schedule.id.brief() != brief {
        return Err(Problems::from(Problem::error(format!("{} is not a schedule of {brief}", schedule.id))).into());
    }
    Ok(schedule)
}

fn write(out: &Path, brief: &str, pressed: &LanguageVersion) -> anyhow::Result<String> {
    let path = out.join(format!("{brief}-draft-{}.pdf", pressed.language));
    archive::write_atomically(&path, &pressed.pdf)
        .with_context(|| format!("{} could not be written", path.display()))?;
    Ok(path.display().to_string())
}

/// As an edition keeps it; its number is yet to come, so that a mail may be some bytes shorter or longer.
fn text(pressed: LanguageVersion, brief: &str, order: &EditionSpec, at: DateTime<Utc>) -> EditionText {
    EditionText {
        language: pressed.language,
        pdf_name: pressed.file_name(order.as_known(at)),
        pdf_ascii_name: format!("{brief}-draft-{}.pdf", pressed.language),
        pages: i64::try_from(pressed.pages).unwrap_or(i64::MAX),
        subject: pressed.mail.subject,
        text: pressed.mail.text,
        html: pressed.mail.html,
        pdf: pressed.pdf,
    }
}

/// Builds every reader's mail and adds up the sizes; gives how many mails go to each domain.
async fn build_all(
    config: &Config,
    store: &Store,
    order: &EditionSpec,
    texts: &[EditionText],
    at: DateTime<Utc>,
    rows: &mut [InLanguage],
) -> anyhow::Result<HashMap<String, u64>> {
    let letterhead = Letterhead::of(config);
    let mut pressed = BTreeMap::new();
    for text in texts {
        pressed.insert(text.language, letterhead.encode_edition(text, Some(&order.brief))?);
    }
    let store_id = store.setting(crate::store::Setting::StoreId).await?.unwrap_or_default();
    // What a signature adds is the same for all, and signing each would take long.
    let mut signature: BTreeMap<Language, usize> = BTreeMap::new();
    let (mut domains, mut after) = (HashMap::new(), 0);
    loop {
        let page = store.people().recipients(&order.brief, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.subscription;
        for reader in page {
            let (Some(pressed), Some(row)) =
                (pressed.get(&reader.language), rows.iter_mut().find(|row| row.language == reader.language))
            else {
                continue;
            };
            let message_id = format!("<{}.0.{}.{store_id}@{}>", order.brief, reader.subscriber, order.domain);
            let unsubscribe = letterhead.unsubscribe(&message_id);
            let recipient = Recipient {
                to: &reader.address,
                message_id: &message_id,
                date: at,
                unsubscribe: unsubscribe.as_deref(),
            };
            let head = pressed.head(&recipient).with_context(|| format!("the mail to {}", reader.address))?.len();
            let signed = match signature.get(&reader.language) {
                Some(signed) => *signed,
                None => {
                    let signed = pressed.signed_head(&recipient, &letterhead.signers)?.len() - head;
                    signature.insert(reader.language, signed);
                    signed
                }
            };
            let size = head + signed + pressed.size();
            row.recipients += 1;
            row.mail_bytes += size as u64;
            row.largest_mail = row.largest_mail.max(size);
            let domain = reader.address.rsplit('@').next().unwrap_or_default().to_lowercase();
            *domains.entry(domain).or_insert(0) += 1;
        }
    }
    Ok(domains)
}

/// What the schedule itself makes of that time.
fn notes(schedule: &Schedule, at: DateTime<Utc>) -> Vec<String> {
    let timetable = schedule.timetable();
    let slot = schedule.rule.next(at - TimeDelta::seconds(1)).filter(|slot| slot.utc == at && timetable.is_within(at));
    let mut notes = match slot.map(|slot| timetable.occurrence(slot)) {
        None => vec![format!("{} has no slot at that time", schedule.id)],
        Some(coming) => {
            let mut words = coming.remarks(&timetable);
            if let Fate::Skipped(outcome, _) = &coming.fate {
                words.push(format!("its outcome would be {outcome}"));
            }
            words
        }
    };
    if schedule.paused.is_some() {
        notes.push(format!("{} is paused in the config", schedule.id));
    }
    notes
}

fn told(rehearsed: &Rehearsed<'_>, order: &EditionSpec, rows: &[InLanguage]) -> String {
    let local = |time: DateTime<Utc>| time.with_timezone(&order.timezone).format("%a %F %T %:z").to_string();
    let mut lines: Vec<String> = rows.iter().filter_map(|row| row.path.clone()).collect();
    let named = rehearsed.schedule.unwrap_or(rehearsed.brief);
    lines.push(format!("Draft of {named} for {}: nothing was sent, and nothing was stored.", local(rehearsed.at)));
    lines.extend(rehearsed.notes.iter().map(|note| format!("But {note}.")));
    let (Some(first), Some(last)) = (rehearsed.first_mail, rehearsed.last_mail) else {
        lines.push("Nobody would get it: no reader has subscribed.".to_owned());
        return lines.join("\n");
    };
    let relays = rehearsed.relays.iter().map(|share| format!("{} {}", share.relay, share.mails));
    lines.push(format!(
        "{}, {} kB together, by {}: the first at {}, the last not before {}.",
        counted(i64::try_from(rehearsed.recipients).unwrap_or(i64::MAX), "mail"),
        rehearsed.mail_bytes.div_ceil(1000),
        relays.collect::<Vec<_>>().join(", "),
        local(first),
        local(last)
    ));
    if last > rehearsed.give_up_at {
        let until = local(rehearsed.give_up_at);
        lines.push(format!("But no mail goes after {until} (give_up_after): not all would be sent."));
    }
    lines.join("\n")
}
