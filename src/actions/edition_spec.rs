//! What editions of a brief are made from: the step from config to the checked types of `edition`.

use std::sync::Arc;

use crate::{
    base::language::Language,
    config::{self, Attach, Config, Schedule, Visibility},
    document::brief::{ImprintLine, LeaveLinks, PdfComes, Template},
    edition::{Appearance, EditionSpec},
    mailing::leave_mailto,
    people::tokens::{PLACEHOLDER, PREFERENCES_PLACEHOLDER},
    time::schedule::{IfUnchanged, OwnedTimetable},
};

/// The spec of all editions of a brief. What only a schedule has (quiet hours, what becomes of an edition without news) is not in it.
pub fn edition_spec(
    config: &Config,
    brief: &config::Brief,
    template: Arc<Template>,
    languages: &[Language],
) -> EditionSpec {
    let mut imprint = Vec::new();
    if let Some(given) = &config.imprint {
        imprint.push(ImprintLine::plain(&given.name));
        imprint.push(ImprintLine::plain(&given.address));
        imprint.push(ImprintLine { text: given.contact.clone(), url: contact_url(&given.contact) });
    }
    let mailbox = config.mail.unsubscribe_mailbox.as_ref().unwrap_or(&config.mail.from_address);
    let by_mail = || format!("mailto:{}?subject=unsubscribe%20{}", mailbox.ascii(), brief.id);
    // Where somebody reads the mailbox by hand, the brief says enough.
    let own_mailbox = config.mail.unsubscribe_mailbox.as_ref().filter(|_| config.replies.are_read());
    let in_mail = || own_mailbox.map_or_else(by_mail, |mailbox| leave_mailto(mailbox.ascii(), true, PLACEHOLDER));
    let on_page = |path: &str| config.public_web.as_ref().map(|web| web.url.link(path));
    EditionSpec {
        brief: brief.id.clone(),
        title: brief.title.clone(),
        timezone: brief.timezone,
        languages: languages.to_vec(),
        template,
        imprint,
        privacy_url: config.imprint.as_ref().and_then(|imprint| imprint.privacy_url.clone()),
        leave: LeaveLinks {
            for_all: on_page(&format!("/leave/{}", brief.id)).unwrap_or_else(by_mail),
            in_mail: on_page(&format!("/u/{PLACEHOLDER}")).unwrap_or_else(in_mail),
            change: on_page(&format!("/p/{PREFERENCES_PLACEHOLDER}")),
        },
        editions_url: on_page(&format!("/{}", brief.id)).filter(|_| brief.public != Visibility::Off),
        pdf: match brief.attach {
            Attach::Pdf => PdfComes::Attached,
            Attach::Link => PdfComes::Linked,
            Attach::Both => PdfComes::Both,
        },
        appearances: brief.schedules.iter().filter(|schedule| schedule.paused.is_none()).map(appearance).collect(),
        domain: config.mail.from_address.domain().to_owned(),
        give_up_after: brief.give_up_after,
        quiet_hours: None,
        approvals: brief.approvals,
        gate: brief.gate.clone(),
        if_unchanged: IfUnchanged::Send,
        reports: config.paths.reports.clone(),
        keeps_reports: true,
        config: config.sources.clone(),
        supersedes: None,
        since: None,
        signing_key: config.signing.as_ref().and_then(|signing| signing.key.clone()),
    }
}

fn appearance(schedule: &Arc<Schedule>) -> Appearance {
    let timetable = OwnedTimetable::of(schedule.timetable(), schedule.calendar.clone());
    Appearance { timetable, languages: schedule.languages.clone() }
}

/// A link for a contact that is an address or a page.
fn contact_url(contact: &str) -> Option<String> {
    if contact.starts_with("https://") || contact.starts_with("http://") {
        Some(contact.to_owned())
    } else {
        (contact.contains('@') && !contact.contains(char::is_whitespace)).then(|| format!("mailto:{contact}"))
    }
}
