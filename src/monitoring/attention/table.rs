//! The states that need a person: one row each, with what to do and how the operators hear of it. Which of them hold is
//! found out beside this file; `docs/operating.md` has the same rows.

use chrono::TimeDelta;

use crate::base::word_enum::word_enum;

word_enum! {
    "a state that needs a person";
    /// A state that needs a person. Its word does not change: programs know it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Code {
        /// The store cannot be opened or read.
        StoreUnreadable = "store-unreadable",
        /// The daemon cannot write into the store: nothing is sent and no slot is claimed.
        StoreUnwritable = "store-unwritable",
        /// Little room is left on the store's disk.
        DiskLow = "disk-low",
        /// No daemon runs, although mails wait, readers have addresses that it answers, or the last one ended without a word.
        DaemonDown = "daemon-down",
        /// A daemon has the store and has not written a sign of life for minutes.
        DaemonSilent = "daemon-silent",
        /// Timekeeper, courier or the watcher of the config does not move.
        WorkerStuck = "worker-stuck",
        /// What stands in the config files is not in force.
        ConfigRefused = "config-refused",
        /// Another process activated a newer config.
        ConfigOutdated = "config-outdated",
        /// Nothing is sent after a restore.
        RestoreHold = "restore-hold",
        /// A person paused everything.
        AllPaused = "all-paused",
        /// An edition is not released although `alarm_after` is over.
        ScheduleOverdue = "schedule-overdue",
        /// A slot passed and nobody claimed it.
        SlotNotBegun = "slot-not-begun",
        /// The newest slot was missed.
        SlotMissed = "slot-missed",
        /// The edition of the newest slot could not be made.
        SlotFailed = "slot-failed",
        /// A person paused a schedule.
        SchedulePaused = "schedule-paused",
        /// A calendar that schedules depend on ends soon.
        CalendarEnds = "calendar-ends",
        /// A brief cannot be made with the figures there are.
        BriefWouldBeHeld = "brief-would-be-held",
        /// An edition did not pass the gate.
        EditionHeld = "edition-held",
        /// The mail server refuses us: an edition waits.
        EditionPaused = "edition-paused",
        /// A domain refuses us: an edition's mails to it wait.
        DomainPaused = "domain-paused",
        /// Many mails of an edition were refused for good.
        ManyRefused = "many-refused",
        /// Many mails of an edition were given up.
        ManyExpired = "many-expired",
        /// Nobody can say whether mails went out.
        MailsUnknown = "mails-unknown",
        /// Mails wait since no relay, or not the folder, takes them.
        RelayAway = "relay-away",
        /// Mails are due and none is sent, for no reason that is known.
        MailsStuck = "mails-stuck",
        /// A mail to the operators could not be delivered.
        OperatorMailFailed = "operator-mail-failed",
        /// Mails that come back are not taken in.
        RepliesUnread = "replies-unread",
        /// The outside monitor does not hear from us.
        PingUnheard = "ping-unheard",
    }
}

/// How the operators hear of a state by mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mail {
    /// The part of the program that finds it writes to them.
    Own,
    /// They are written to once this daemon has seen it for so long.
    After(TimeDelta),
    /// They are written to once it has lasted for so long, also before this daemon began: a person did it, and may have
    /// forgotten it.
    Recalled(TimeDelta),
    /// No mail can be sent of it, or none would arrive.
    Impossible,
}

/// What is done about a state.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The state
    pub code: Code,
    /// How the operators hear of it
    pub mail: Mail,
    /// The outside monitor gets no ping once this daemon has seen it for so long: for what a mail may not reach anybody about
    pub no_ping_after: Option<TimeDelta>,
}

const AT_ONCE: Mail = Mail::After(TimeDelta::zero());
const FORGOTTEN: Mail = Mail::Recalled(TimeDelta::hours(12));
const SOON: Option<TimeDelta> = Some(TimeDelta::minutes(15));

const fn row(code: Code, mail: Mail, no_ping_after: Option<TimeDelta>) -> Row {
    Row { code, mail, no_ping_after }
}

/// All states.
pub const TABLE: [Row; Code::ALL.len()] = [
    row(Code::StoreUnreadable, Mail::Impossible, SOON),
    row(Code::StoreUnwritable, Mail::Impossible, SOON),
    row(Code::DiskLow, AT_ONCE, SOON),
    row(Code::DaemonDown, Mail::Impossible, None),
    row(Code::DaemonSilent, Mail::Impossible, None),
    row(Code::WorkerStuck, AT_ONCE, SOON),
    row(Code::ConfigRefused, Mail::Own, None),
    row(Code::ConfigOutdated, Mail::After(TimeDelta::minutes(5)), SOON),
    row(Code::RestoreHold, FORGOTTEN, None),
    row(Code::AllPaused, FORGOTTEN, None),
    row(Code::ScheduleOverdue, Mail::Own, Some(TimeDelta::zero())),
    row(Code::SlotNotBegun, Mail::After(TimeDelta::minutes(2)), SOON),
    row(Code::SlotMissed, Mail::Own, None),
    row(Code::SlotFailed, Mail::Own, None),
    row(Code::SchedulePaused, FORGOTTEN, None),
    row(Code::CalendarEnds, AT_ONCE, None),
    row(Code::BriefWouldBeHeld, AT_ONCE, None),
    row(Code::EditionHeld, Mail::Own, None),
    row(Code::EditionPaused, Mail::Own, SOON),
    row(Code::DomainPaused, Mail::Own, None),
    row(Code::ManyRefused, AT_ONCE, None),
    row(Code::ManyExpired, AT_ONCE, None),
    row(Code::MailsUnknown, AT_ONCE, None),
    row(Code::RelayAway, Mail::After(TimeDelta::minutes(10)), SOON),
    row(Code::MailsStuck, AT_ONCE, SOON),
    row(Code::OperatorMailFailed, Mail::Impossible, SOON),
    row(Code::RepliesUnread, Mail::After(TimeDelta::minutes(10)), None),
    row(Code::PingUnheard, Mail::After(TimeDelta::minutes(15)), None),
];

impl Code {
    /// What is done about it.
    pub fn row(self) -> Row {
        TABLE.into_iter().find(|row| row.code == self).unwrap_or(row(self, AT_ONCE, None))
    }

    /// What a person does, `about` being what [`Attention::about`](super::Attention::about) says.
    pub fn remedy(self, about: &str) -> String {
        match self {
            Code::StoreUnreadable => "look at the file, its rights and its disk, or at the database server".to_owned(),
            Code::StoreUnwritable => {
                "make room on its disk, or mend its rights or the database server; the daemon goes on by itself"
                    .to_owned()
            }
            Code::DiskLow => {
                "make room: `store.url`, [retention] and the reports' folder say what lies there".to_owned()
            }
            Code::DaemonDown => {
                "`systemctl start greenbrief`, or `greenbrief serve`; its log says why it ended".to_owned()
            }
            Code::DaemonSilent => {
                "its log tells why (a full disk, a database that is away); if it hangs, `systemctl restart greenbrief`"
                    .to_owned()
            }
            Code::WorkerStuck => "`systemctl restart greenbrief`; its log tells where it stopped".to_owned(),
            Code::ConfigRefused => {
                "`greenbrief check` names every mistake; once they are mended, a daemon at work takes it by itself"
                    .to_owned()
            }
            Code::ConfigOutdated => "give this process the same files as the others".to_owned(),
            Code::RestoreHold | Code::AllPaused => "`greenbrief resume` ends that".to_owned(),
            Code::ScheduleOverdue | Code::SlotMissed | Code::SlotFailed => {
                let brief = about.split('/').next().unwrap_or_default();
                format!(
                    "`greenbrief schedules history {about}` tells more; `greenbrief send {brief}` makes an edition now"
                )
            }
            Code::SlotNotBegun => "look whether `greenbrief serve` runs, and at its log".to_owned(),
            Code::SchedulePaused => format!("`greenbrief schedules resume {about}` ends that"),
            Code::CalendarEnds => "write down its next days off, or install a newer greenbrief".to_owned(),
            Code::BriefWouldBeHeld => {
                "`greenbrief check` names every error; import a value that it needs, or change its template".to_owned()
            }
            Code::EditionHeld => {
                format!(
                    "`greenbrief editions show {about}` names why; `greenbrief editions release {about} --reason TEXT` sends it, `greenbrief editions discard {about} --reason TEXT` drops it"
                )
            }
            Code::EditionPaused => format!("mend what the server names, then `greenbrief editions resume {about}`"),
            Code::DomainPaused => {
                let (edition, domain) = about.split_once(' ').unwrap_or((about, "DOMAIN"));
                format!("mend what it names, then `greenbrief editions resume {edition} --domain {domain}`")
            }
            Code::ManyRefused => format!(
                "`greenbrief editions show {about}` groups the reasons; if the readers are not to blame, `greenbrief editions resend {about} --only failed`"
            ),
            Code::ManyExpired => format!(
                "`greenbrief editions show {about}` tells more; `give_up_after` of its brief is how long mails are tried"
            ),
            Code::MailsUnknown => {
                "`greenbrief deliveries list --state unknown` names them, `greenbrief deliveries settle` ends it"
                    .to_owned()
            }
            Code::RelayAway => {
                "`greenbrief mail test YOU@…` tries it step by step; mails go by themselves once it answers".to_owned()
            }
            Code::MailsStuck => {
                "look at the daemon's log; `greenbrief deliveries list --state pending` names them".to_owned()
            }
            Code::OperatorMailFailed => {
                "`greenbrief deliveries list` tells why; see `operators.email` and the mail server".to_owned()
            }
            Code::RepliesUnread => {
                "mend what it names; what waits is taken in by itself, and `greenbrief replies read FILE` reads one by hand"
                    .to_owned()
            }
            Code::PingUnheard => "look at the monitor, and at `operators.ping`".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_one_row_and_a_remedy() {
        for code in Code::ALL {
            assert_eq!(TABLE.iter().filter(|row| row.code == code).count(), 1, "{code}");
            assert!(!code.remedy("a/1 b").is_empty());
        }
    }
}
