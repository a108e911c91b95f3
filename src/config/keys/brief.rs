//! The keys of a brief.

use super::super::briefs::LONGEST_TITLE;
use super::key::{
    Holds::{self, Flag, Languages, Length, Named, Table, Text, Time, Words, Zone},
    Key, Like,
    Needed::{No, Yes},
    Unless::{self, Nothing},
};

const ANY: Holds = Text(None, None);
const TITLE: Holds = Text(None, Some(LONGEST_TITLE));
/// The id of a schedule, as `briefs` takes it.
const ID: &str = "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$";

/// `briefs/ID.toml`
pub(in crate::config) const BRIEF: &[Key] = &[
    Key("timezone", Zone, Yes, Nothing, "The time zone of its dates and schedules, by its IANA name."),
    Key("template", ANY, No, Unless::Like(Like::Id), "A folder in templates/. Without it, the one of the brief's id."),
    Key("languages", Languages, Yes, Nothing, "The languages; a PDF and a mail in each."),
    Key("give_up_after", Length, No, Unless::Text("24h"), "No mail of an edition is sent later."),
    Key("title", Table(TITLES), Yes, Nothing, "One for each language; it stands on the page and in the mail."),
    Key(
        "schedules",
        Named(ID, SCHEDULE),
        No,
        Nothing,
        "When an edition is due, by names of your choice: lower-case letters, digits and hyphens.",
    ),
];

const TITLES: &[Key] = &[
    Key("en", TITLE, No, Nothing, "The title in English."),
    Key("de", TITLE, No, Nothing, "The title in German."),
    Key("zh", TITLE, No, Nothing, "The title in Chinese."),
];

const SCHEDULE: &[Key] = &[
    Key(
        "cron",
        ANY,
        Yes,
        Nothing,
        "Minute, hour, day, month, weekday: \"0 7 * * Mon\" is Mondays at 07:00. `greenbrief plan` shows what it means.",
    ),
    Key("timezone", Zone, No, Unless::Like(Like::Brief), "Its time zone. Without it, the brief's."),
    Key(
        "calendar",
        ANY,
        No,
        Nothing,
        "Which days are days off, such as \"DE-BW\" or \"CN\" (`greenbrief calendar list`). Without it, none are.",
    ),
    Key("languages", Languages, No, Unless::Like(Like::Brief), "Some of the brief's languages. Without it, all."),
    Key("starts", Time, No, Nothing, "No slot before it: a date or a time, in the schedule's zone."),
    Key("ends", Time, No, Nothing, "No slot behind it; a date counts to the end of that day."),
    Key(
        "catch_up",
        Words(&["latest", "skip", "all"]),
        No,
        Unless::Text("latest"),
        "What was missed, with the machine off: \"latest\" makes the newest edition, \"skip\" none, \"all\" each, the \
         oldest first.",
    ),
    Key(
        "catch_up_window",
        Length,
        No,
        Unless::Text("12h"),
        "How late an edition that was missed, with the machine off, is still made.",
    ),
    Key(
        "overlap",
        Words(&["skip", "queue", "allow"]),
        No,
        Unless::Text("skip"),
        "While an earlier edition is being made: \"skip\" this one, \"queue\" it, \"allow\" both at once.",
    ),
    Key(
        "jitter",
        Length,
        No,
        Unless::Text("0s"),
        "Delays each edition by up to this, at most a day; always the same for the same slot.",
    ),
    Key("alarm_after", Length, No, Unless::Text("2h"), "Operators are told if an edition is not released by then."),
    Key(
        "dst_gap",
        Words(&["after", "skip"]),
        No,
        Unless::Text("after"),
        "A time that the clock goes forward over: \"after\" makes the edition at the first moment after it, \"skip\" none.",
    ),
    Key(
        "dst_overlap",
        Words(&["first", "second", "both"]),
        No,
        Unless::Text("first"),
        "A time that the clock shows twice: the \"first\", the \"second\" or \"both\".",
    ),
    Key(
        "on_holiday",
        Words(&["run", "skip", "next-workday", "previous-workday"]),
        No,
        Unless::Text("run"),
        "What becomes of a slot on a day off; the other than \"run\" need a `calendar`.",
    ),
    Key(
        "calendar_unknown",
        Words(&["run", "skip"]),
        No,
        Unless::Text("run"),
        "What becomes of a slot on a day of which the calendar knows nothing; \"skip\" needs a `calendar`.",
    ),
    Key(
        "quiet_hours",
        Text(Some("^(none|\\s*[0-9]{2}:[0-9]{2}\\s*[-–]\\s*[0-9]{2}:[0-9]{2}\\s*)$"), None),
        No,
        Unless::Text("none"),
        "No mail goes out then, by the schedule's clock: \"22:00-07:00\", or \"none\".",
    ),
    Key("paused", Flag, No, Unless::Flag(false), "True: no edition is made."),
];
