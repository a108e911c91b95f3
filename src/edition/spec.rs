//! What every edition of a brief is made from, given as checked types.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::{check, figures::Draft};
use crate::{
    base::{
        ids::EditionId,
        language::{Language, PerLanguage},
        pdf_signature::SigningKey,
        problem::Problems,
    },
    document::brief::{EarlierEdition, Frame, ImprintLine, LeaveLinks, MailFacts, PdfComes, Superseded, Template},
    figures::{Snapshot, checks::GateRules},
    time::schedule::{IfUnchanged, OwnedTimetable, QuietHours},
};

/// What every edition of a brief is made from, whenever it is made.
#[derive(Debug, Clone, PartialEq)]
pub struct EditionSpec {
    /// The brief's id
    pub brief: String,
    /// Its name
    pub title: PerLanguage<String>,
    /// The zone of the date that is printed
    pub timezone: Tz,
    /// The languages it is made in
    pub languages: Vec<Language>,
    /// Its texts and blocks
    pub template: Arc<Template>,
    /// The imprint without the privacy page
    pub imprint: Vec<ImprintLine>,
    /// URL of the privacy page
    pub privacy_url: Option<String>,
    /// The links by which a subscription ends or is changed
    pub leave: LeaveLinks,
    /// What the addresses of its editions on public pages begin with, before their number
    pub editions_url: Option<String>,
    /// How readers get its PDFs
    pub pdf: PdfComes,
    /// Its schedules, for what a mail says of the next edition
    pub appearances: Vec<Appearance>,
    /// The domain of Message-IDs
    pub domain: String,
    /// Maximum age of an edition at which its mails are still sent
    pub give_up_after: TimeDelta,
    /// The hours in which its schedule lets no mail out
    pub quiet_hours: Option<QuietHours>,
    /// What findings of checks mean
    pub gate: GateRules,
    /// Number of people who must release each edition; 0 if it goes out by itself
    pub approvals: u32,
    /// What becomes of an edition that prints what the last one printed
    pub if_unchanged: IfUnchanged,
    /// The folder for finished PDFs
    pub reports: PathBuf,
    /// What is in that folder stays: numbers go on behind those of its PDFs, and none is written over. Not so in a folder that
    /// is written anew each time
    pub keeps_reports: bool,
    /// Config files by name, stored with the edition so that it can be built again
    pub config: Arc<BTreeMap<String, Vec<u8>>>,
    /// The edition that it supersedes: then it goes to the readers of that one
    pub supersedes: Option<Correction>,
    /// The edition since which it tells what has changed
    pub since: Option<EarlierEdition>,
    /// The key that signs its PDFs
    pub signing_key: Option<Arc<SigningKey>>,
}

/// A schedule by which a brief appears.
#[derive(Debug, Clone, PartialEq)]
pub struct Appearance {
    /// When
    pub timetable: OwnedTimetable,
    /// The languages of its editions
    pub languages: Vec<Language>,
}

/// So many slots are looked at for one whose edition is made: further ahead a reader plans nothing.
const FAR: usize = 60;

/// What makes an edition one that supersedes another.
#[derive(Debug, Clone, PartialEq)]
pub struct Correction {
    /// The edition that it supersedes
    pub edition: EditionId,
    /// What readers are told of it
    pub told: Superseded,
    /// Who makes it
    pub by: String,
}

impl EditionSpec {
    /// Returns what surrounds the figures in the edition of `slot`. Without a number it is a draft.
    pub fn frame(&self, number: Option<i64>, slot: DateTime<Utc>) -> Frame {
        Frame {
            title: self.title.clone(),
            edition: number,
            date: slot.with_timezone(&self.timezone).date_naive(),
            created: slot,
            imprint: self.imprint.clone(),
            privacy_url: self.privacy_url.clone(),
            leave: self.leave.clone(),
            editions_url: self.editions_url.clone(),
            supersedes: self.supersedes.as_ref().map(|correction| correction.told.clone()),
            since: self.since.clone(),
            mail: MailFacts { languages: self.languages.clone(), pdf: self.pdf, next: self.next(slot) },
        }
    }

    /// The days on which the next edition after that of `slot` is due, as far as is known now.
    fn next(&self, slot: DateTime<Utc>) -> BTreeMap<Language, NaiveDate> {
        let mut next: BTreeMap<Language, NaiveDate> = BTreeMap::new();
        for Appearance { timetable, languages } in &self.appearances {
            let timetable = timetable.borrowed();
            let mut coming = timetable.upcoming(slot).take(FAR);
            // A day off may have moved the edition of this slot to a time behind it.
            let Some(first) = coming.find(|it| it.runs() && it.slot.utc > slot) else { continue };
            let day = first.due.with_timezone(&self.timezone).date_naive();
            for language in languages {
                next.entry(*language).and_modify(|known| *known = day.min(*known)).or_insert(day);
            }
        }
        next
    }

    /// Is the PDF attached to the mails of its editions?
    pub fn attaches_pdf(&self) -> bool {
        self.pdf != PdfComes::Linked || self.editions_url.is_none()
    }

    /// Returns the draft of `slot`, which tells what figures it asks for.
    pub fn draft(&self, slot: DateTime<Utc>) -> Draft {
        Draft { template: self.template.clone(), languages: self.languages.clone(), frame: self.frame(None, slot) }
    }

    /// Returns every problem that an edition would have if it were made with these figures, in the order of their places.
    pub fn check(&self, snapshot: &Snapshot, frame: &Frame) -> Problems {
        check::check(&self.template, &self.languages, snapshot, frame)
    }

    /// Returns the day up to which published values count as known in the edition of `slot`.
    pub fn as_known(&self, slot: DateTime<Utc>) -> chrono::NaiveDate {
        slot.with_timezone(&self.timezone).date_naive()
    }
}
