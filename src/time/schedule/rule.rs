//! A cron rule in a time zone, and its slots: the next one after an instant and the newest one up to an instant, each found
//! directly, however far away. How clock changes are treated is described in `schedule`.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::{
    Cron,
    civil::{Resolved, civil_at, resolve, second_pass},
};

/// How a clock change affects a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClockChange {
    /// Not at all: it is due when the clock shows its nominal time.
    None,
    /// The clock goes forward over its nominal time; it is due at the first instant after the gap.
    Gap,
    /// The clock shows its nominal time twice; it is due the first time.
    FirstPass,
    /// The clock shows its nominal time twice; it is due the second time, as `dst_overlap` says.
    SecondPass,
}

/// Policy for a nominal time of a fixed rule that the clock goes forward over (`dst_gap`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum DstGap {
    /// It is due at the first instant after the gap.
    #[default]
    After,
    /// No edition is made for it.
    Skip,
}

/// Policy for a nominal time of a fixed rule that the clock shows twice (`dst_overlap`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum DstOverlap {
    /// It is due the first time.
    #[default]
    First,
    /// It is due the second time.
    Second,
    /// It is due both times.
    Both,
}

/// One time at which a rule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slot {
    /// The instant, a whole second. Identifies the slot in the ledger.
    pub utc: DateTime<Utc>,
    /// The civil time that the rule names. If several come to this instant, the one that the clock shows then, else the
    /// latest.
    pub nominal: NaiveDateTime,
    /// Always [`ClockChange::None`] for a rule with a wildcard, whose slots are real times.
    pub clock_change: ClockChange,
}

/// A cron rule in a time zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Names civil times.
    pub cron: Cron,
    /// The time zone in which they are meant.
    pub timezone: Tz,
    /// Policy for times in a gap. A skipped one is still a slot: it is recorded as skipped.
    pub dst_gap: DstGap,
    /// Policy for times in an overlap.
    pub dst_overlap: DstOverlap,
}

/// One of the two times that the clock runs through an overlap.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    First,
    Second,
}

impl Rule {
    /// A rule with the default policies for clock changes.
    pub fn new(cron: Cron, timezone: Tz) -> Rule {
        Rule { cron, timezone, dst_gap: DstGap::default(), dst_overlap: DstOverlap::default() }
    }

    /// The first slot after `after`. `None` if the rule has no more up to the year 4998, such as for a year that is over.
    pub fn next(&self, after: DateTime<Utc>) -> Option<Slot> {
        let slot = if self.cron.is_fixed() {
            let found = self.passes().filter_map(|pass| self.next_fixed(after, pass));
            found.min_by_key(|slot| slot.utc)
        } else {
            self.next_real(after)
        }?;
        (slot.utc > after).then_some(slot)
    }

    /// The slots after `after`, strictly ascending.
    pub fn upcoming(&self, after: DateTime<Utc>) -> impl Iterator<Item = Slot> + '_ {
        std::iter::successors(self.next(after), |slot| self.next(slot.utc))
    }

    /// The newest slot in (after, until].
    pub fn latest(&self, after: DateTime<Utc>, until: DateTime<Utc>) -> Option<Slot> {
        if until <= after {
            return None;
        }
        let slot = if self.cron.is_fixed() {
            let found = self.passes().filter_map(|pass| self.last_fixed(until, pass));
            found.max_by_key(|slot| slot.utc)
        } else {
            self.last_real(until)
        }?;
        (slot.utc > after && slot.utc <= until).then_some(slot)
    }

    /// The instant at which a civil time is due under this rule's policies, whether the rule names it or not.
    pub(super) fn instant(&self, civil: NaiveDateTime) -> Option<DateTime<Utc>> {
        Some(match resolve(self.timezone, civil)? {
            Resolved::Unique(utc) => utc,
            Resolved::Overlap { second, .. } if self.dst_overlap == DstOverlap::Second => second,
            Resolved::Overlap { first, .. } => first,
            Resolved::Gap { resumes } => resumes,
        })
    }

    /// Does the clock show this civil time at all?
    pub(super) fn is_shown(&self, civil: NaiveDateTime) -> bool {
        !matches!(resolve(self.timezone, civil), None | Some(Resolved::Gap { .. }))
    }

    /// The passes of an overlap in which a time is due.
    fn passes(&self) -> impl Iterator<Item = Pass> {
        let (first, second) = match self.dst_overlap {
            DstOverlap::First => (true, false),
            DstOverlap::Second => (false, true),
            DstOverlap::Both => (true, true),
        };
        first.then_some(Pass::First).into_iter().chain(second.then_some(Pass::Second))
    }

    fn next_fixed(&self, after: DateTime<Utc>, pass: Pass) -> Option<Slot> {
        let mut civil = self.latest_past(after, pass)?;
        loop {
            civil = self.cron.next(civil, false)?;
            let slot = self.fixed_slot(civil, pass)?;
            if slot.utc > after {
                return Some(slot);
            }
        }
    }

    fn last_fixed(&self, until: DateTime<Utc>, pass: Pass) -> Option<Slot> {
        self.fixed_slot(self.cron.last(self.latest_past(until, pass)?)?, pass)
    }

    /// The slot of a nominal time of a fixed rule.
    fn fixed_slot(&self, civil: NaiveDateTime, pass: Pass) -> Option<Slot> {
        Some(match resolve(self.timezone, civil)? {
            Resolved::Unique(utc) => Slot { utc, nominal: civil, clock_change: ClockChange::None },
            Resolved::Overlap { second, .. } if pass == Pass::Second => {
                Slot { utc: second, nominal: civil, clock_change: ClockChange::SecondPass }
            }
            Resolved::Overlap { first, .. } => {
                Slot { utc: first, nominal: civil, clock_change: ClockChange::FirstPass }
            }
            Resolved::Gap { resumes } => {
                let clock = civil_at(self.timezone, resumes)?;
                if self.cron.names(clock) {
                    Slot { utc: resumes, nominal: clock, clock_change: ClockChange::None }
                } else {
                    // All nominal times in the gap come to this instant. The last one stands for them, in both directions.
                    let nominal = self.cron.last(clock).unwrap_or(civil);
                    Slot { utc: resumes, nominal, clock_change: ClockChange::Gap }
                }
            }
        })
    }

    /// The latest civil time that is past at `at`, if only one pass of an overlap counts. Mostly what the clock shows; during
    /// the second pass, if the first counts, the end of the first; during the first, if the second counts, the time before it.
    fn latest_past(&self, at: DateTime<Utc>, pass: Pass) -> Option<NaiveDateTime> {
        let zone = self.timezone;
        let clock = civil_at(zone, at)?;
        match (resolve(zone, clock)?, pass) {
            (Resolved::Overlap { first, second }, Pass::First) if at >= second => {
                civil_at(zone, second_pass(zone, first, second) - TimeDelta::seconds(1))
            }
            (Resolved::Overlap { first, second }, Pass::Second) if at < second => {
                Some(civil_at(zone, second_pass(zone, first, second))? - TimeDelta::seconds(1))
            }
            _ => Some(clock),
        }
    }

    fn next_real(&self, after: DateTime<Utc>) -> Option<Slot> {
        let zone = self.timezone;
        let clock = civil_at(zone, after)?;
        if let Resolved::Overlap { first, second } = resolve(zone, clock)?
            && after < second
        {
            // In a first pass: what is left of it, then the second from its beginning.
            let second_begins = second_pass(zone, first, second);
            let rest = self.cron.next(clock, false)?;
            let passed = rest - clock;
            return if first + passed < second_begins {
                Some(real_slot(first + passed, rest))
            } else {
                self.real_from(civil_at(zone, second_begins)?, second_begins)
            };
        }
        self.real_from(clock + TimeDelta::seconds(1), after + TimeDelta::seconds(1))
    }

    /// The first real slot with a civil time of at least `clock`, and not before the whole second of `from`.
    fn real_from(&self, clock: NaiveDateTime, from: DateTime<Utc>) -> Option<Slot> {
        let from = DateTime::from_timestamp(from.timestamp(), 0)?;
        let mut clock = clock;
        loop {
            let civil = self.cron.next(clock, true)?;
            match resolve(self.timezone, civil)? {
                Resolved::Unique(utc) => return Some(real_slot(utc, civil)),
                Resolved::Overlap { first, second } => {
                    return Some(real_slot(if first >= from { first } else { second }, civil));
                }
                Resolved::Gap { resumes } => clock = civil_at(self.timezone, resumes)?,
            }
        }
    }

    fn last_real(&self, until: DateTime<Utc>) -> Option<Slot> {
        let zone = self.timezone;
        let mut clock = civil_at(zone, until)?;
        if let Resolved::Overlap { first, second } = resolve(zone, clock)?
            && until >= second
        {
            // In a second pass: what is over of it, then the first from its end.
            let second_begins = second_pass(zone, first, second);
            let civil = self.cron.last(clock)?;
            let back = clock - civil;
            if second - back >= second_begins {
                return Some(real_slot(second - back, civil));
            }
            clock = civil_at(zone, second_begins - TimeDelta::seconds(1))?;
        }
        loop {
            let civil = self.cron.last(clock)?;
            match resolve(zone, civil)? {
                Resolved::Unique(utc) => return Some(real_slot(utc, civil)),
                Resolved::Overlap { first, second } => {
                    return Some(real_slot(if second <= until { second } else { first }, civil));
                }
                Resolved::Gap { resumes } => clock = civil_at(zone, resumes - TimeDelta::seconds(1))?,
            }
        }
    }
}

const fn real_slot(utc: DateTime<Utc>, nominal: NaiveDateTime) -> Slot {
    Slot { utc, nominal, clock_change: ClockChange::None }
}
