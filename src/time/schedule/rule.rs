//! A cron rule in a time zone, and the slots it gives: the next one after an instant, and the newest one up to an instant,
//! each found directly however many lie between. The rules of clock changes are in `schedule`.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::{
    Cron,
    civil::{Shown, shown_at, turn, when},
};

/// What the clock did to a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shift {
    /// Nothing: it is due when the clock shows its nominal time.
    None,
    /// The clock goes forward over its nominal time; it is due at the first instant after the gap.
    Gap,
    /// The clock shows its nominal time twice; it is due the first time.
    Overlap,
    /// The clock shows its nominal time twice; this is the second time, as `dst_overlap` asks for.
    Second,
}

/// What becomes of the nominal time of a fixed rule that the clock goes forward over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Gap {
    /// It is due at the first instant after the gap.
    #[default]
    After,
    /// No edition is made for it.
    Skip,
}

/// When the nominal time of a fixed rule is due that the clock shows twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Twice {
    /// The first time.
    #[default]
    First,
    /// The second time.
    Second,
    /// Both times.
    Both,
}

/// One time at which a rule is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slot {
    /// When it is due, a whole second. The ledger knows it by this.
    pub utc: DateTime<Utc>,
    /// The civil time that the rule names. Of several that come to one instant, the one that the clock shows then, else the
    /// latest.
    pub nominal: NaiveDateTime,
    /// What the clock did to it. Always [`Shift::None`] for a rule with a wildcard, whose slots are real times.
    pub shift: Shift,
}

/// A cron rule in a time zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Which civil times.
    pub cron: Cron,
    /// Whose clock shows them.
    pub timezone: Tz,
    /// What becomes of times in a gap. Such a slot is given all the same: that it is skipped is recorded.
    pub gap: Gap,
    /// What becomes of times in an overlap.
    pub twice: Twice,
}

/// Which of the two times that a clock shows a civil time in an overlap.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    First,
    Second,
}

impl Rule {
    /// A rule with what holds at clock changes unless something else is asked for.
    pub fn new(cron: Cron, timezone: Tz) -> Rule {
        Rule { cron, timezone, gap: Gap::default(), twice: Twice::default() }
    }

    /// The first slot after `after`; none if the rule has no more (a year that is over) up to the year 4998.
    pub fn next(&self, after: DateTime<Utc>) -> Option<Slot> {
        let slot = if self.cron.is_fixed() {
            let found = self.passes().filter_map(|pass| self.next_fixed(after, pass));
            found.min_by_key(|slot| slot.utc)
        } else {
            self.next_real(after)
        }?;
        (slot.utc > after).then_some(slot)
    }

    /// The slots after `after`, strictly rising.
    pub fn upcoming(&self, after: DateTime<Utc>) -> impl Iterator<Item = Slot> + '_ {
        std::iter::successors(self.next(after), |slot| self.next(slot.utc))
    }

    /// The newest slot in (after, until], sought from the end.
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

    /// The instant at which a thing is due whose civil time is `civil`, whether the rule names it or not.
    pub(super) fn instant(&self, civil: NaiveDateTime) -> Option<DateTime<Utc>> {
        Some(match when(self.timezone, civil)? {
            Shown::Once(utc) => utc,
            Shown::Twice { second, .. } if self.twice == Twice::Second => second,
            Shown::Twice { first, .. } => first,
            Shown::Never { resumes } => resumes,
        })
    }

    /// Does the clock show this civil time at all?
    pub(super) fn is_shown(&self, civil: NaiveDateTime) -> bool {
        !matches!(when(self.timezone, civil), None | Some(Shown::Never { .. }))
    }

    /// In which passes of an overlap it is due.
    fn passes(&self) -> impl Iterator<Item = Pass> {
        let (first, second) = match self.twice {
            Twice::First => (true, false),
            Twice::Second => (false, true),
            Twice::Both => (true, true),
        };
        first.then_some(Pass::First).into_iter().chain(second.then_some(Pass::Second))
    }

    fn next_fixed(&self, after: DateTime<Utc>, pass: Pass) -> Option<Slot> {
        let mut civil = self.reached(after, pass)?;
        loop {
            civil = self.cron.next(civil, false)?;
            let slot = self.fixed(civil, pass)?;
            if slot.utc > after {
                return Some(slot);
            }
        }
    }

    fn last_fixed(&self, until: DateTime<Utc>, pass: Pass) -> Option<Slot> {
        self.fixed(self.cron.last(self.reached(until, pass)?)?, pass)
    }

    /// The slot of a nominal time of a fixed rule.
    fn fixed(&self, civil: NaiveDateTime, pass: Pass) -> Option<Slot> {
        Some(match when(self.timezone, civil)? {
            Shown::Once(utc) => Slot { utc, nominal: civil, shift: Shift::None },
            Shown::Twice { second, .. } if pass == Pass::Second => {
                Slot { utc: second, nominal: civil, shift: Shift::Second }
            }
            Shown::Twice { first, .. } => Slot { utc: first, nominal: civil, shift: Shift::Overlap },
            Shown::Never { resumes } => {
                let clock = shown_at(self.timezone, resumes)?;
                if self.cron.names(clock) {
                    Slot { utc: resumes, nominal: clock, shift: Shift::None }
                } else {
                    // All of the gap comes to this instant; its last one stands for them, from whichever side it is met.
                    let nominal = self.cron.last(clock).unwrap_or(civil);
                    Slot { utc: resumes, nominal, shift: Shift::Gap }
                }
            }
        })
    }

    /// The highest civil time that is over at `at`, if of an overlap one pass counts: mostly what the clock shows now; in
    /// the second pass, the end of the first; while the first is passed over, what was shown before it.
    fn reached(&self, at: DateTime<Utc>, pass: Pass) -> Option<NaiveDateTime> {
        let zone = self.timezone;
        let clock = shown_at(zone, at)?;
        match (when(zone, clock)?, pass) {
            (Shown::Twice { first, second }, Pass::First) if at >= second => {
                shown_at(zone, turn(zone, first, second) - TimeDelta::seconds(1))
            }
            (Shown::Twice { first, second }, Pass::Second) if at < second => {
                Some(shown_at(zone, turn(zone, first, second))? - TimeDelta::seconds(1))
            }
            _ => Some(clock),
        }
    }

    fn next_real(&self, after: DateTime<Utc>) -> Option<Slot> {
        let zone = self.timezone;
        let clock = shown_at(zone, after)?;
        if let Shown::Twice { first, second } = when(zone, clock)?
            && after < second
        {
            // In a first pass: its rest, then the second from its beginning.
            let turn = turn(zone, first, second);
            let rest = self.cron.next(clock, false)?;
            let passed = rest - clock;
            return if first + passed < turn {
                Some(real(first + passed, rest))
            } else {
                self.real_from(shown_at(zone, turn)?, turn)
            };
        }
        self.real_from(clock + TimeDelta::seconds(1), after + TimeDelta::seconds(1))
    }

    /// The first real slot whose civil time is at least `clock`, not before the whole second of `from`.
    fn real_from(&self, clock: NaiveDateTime, from: DateTime<Utc>) -> Option<Slot> {
        let from = DateTime::from_timestamp(from.timestamp(), 0)?;
        let mut clock = clock;
        loop {
            let civil = self.cron.next(clock, true)?;
            match when(self.timezone, civil)? {
                Shown::Once(utc) => return Some(real(utc, civil)),
                Shown::Twice { first, second } => return Some(real(if first >= from { first } else { second }, civil)),
                Shown::Never { resumes } => clock = shown_at(self.timezone, resumes)?,
            }
        }
    }

    fn last_real(&self, until: DateTime<Utc>) -> Option<Slot> {
        let zone = self.timezone;
        let mut clock = shown_at(zone, until)?;
        if let Shown::Twice { first, second } = when(zone, clock)?
            && until >= second
        {
            // In a second pass: what there is of it, then the first from its end.
            let turn = turn(zone, first, second);
            let civil = self.cron.last(clock)?;
            let back = clock - civil;
            if second - back >= turn {
                return Some(real(second - back, civil));
            }
            clock = shown_at(zone, turn - TimeDelta::seconds(1))?;
        }
        loop {
            let civil = self.cron.last(clock)?;
            match when(zone, civil)? {
                Shown::Once(utc) => return Some(real(utc, civil)),
                Shown::Twice { first, second } => {
                    return Some(real(if second <= until { second } else { first }, civil));
                }
                Shown::Never { resumes } => clock = shown_at(zone, resumes - TimeDelta::seconds(1))?,
            }
        }
    }
}

const fn real(utc: DateTime<Utc>, nominal: NaiveDateTime) -> Slot {
    Slot { utc, nominal, shift: Shift::None }
}
