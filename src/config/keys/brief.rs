//! The keys of a brief.

use super::super::briefs::{
    DEFAULT_GIVE_UP_AFTER, DEFAULT_VISIBILITY, LONGEST_TITLE, VISIBILITIES,
    attach::{ATTACH, DEFAULT_ATTACH},
    gate::{MOST_APPROVALS, VERDICTS},
    schedules::{DEFAULT_ALARM_AFTER, DEFAULT_CATCH_UP_WINDOW},
};
use super::key::{
    DefaultValue, Derived,
    Holds::{self, Flag, Languages, Length, Named, Table, Text, Time, Whole, Words, Zone},
    Key,
};

const ANY: Holds = Text(None, None);
const TITLE: Holds = Text(None, Some(LONGEST_TITLE));
/// The id of a schedule, as `briefs` takes it.
const ID: &str = "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$";

/// `briefs/ID.toml`
pub(in crate::config) const BRIEF: &[Key] = &[
    Key::required("timezone", Zone, "The time zone of its dates and schedules, by its IANA name."),
    Key::with_default(
        "template",
        ANY,
        DefaultValue::Derived(Derived::Id),
        "A folder in templates/. Without it, the one of the brief's id.",
    ),
    Key::required("languages", Languages, "The languages; a PDF and a mail in each."),
    Key::with_default(
        "give_up_after",
        Length,
        DefaultValue::Text(DEFAULT_GIVE_UP_AFTER),
        "No mail of an edition is sent later.",
    ),
    Key::with_default(
        "public",
        Words(&VISIBILITIES),
        DefaultValue::Text(DEFAULT_VISIBILITY),
        "Its pages, if there is [web.public]: \"public\" lists it and asks search engines in; \"link\" shows it to whoever \
         knows its address; \"off\" shows nothing of it, and nobody joins it by mail. Whoever reads it leaves by its link in any case.",
    ),
    Key::with_default(
        "attach",
        Words(&ATTACH),
        DefaultValue::Text(DEFAULT_ATTACH),
        "How readers get the PDF: \"pdf\" attaches it to the mail, \"link\" puts a button there that leads to the public pages, \
         for long lists; \"both\" does both. The last two need pages.",
    ),
    Key::optional(
        "gate",
        Table(GATE),
        "What a finding of each check means: \"hold\" sends nothing until a person decides, \"warn\" tells it and sends, \
         \"pass\" says nothing. A check that fails itself holds.",
    ),
    Key::optional("release", Table(RELEASE), "Who must say yes before an edition goes out."),
    Key::required("title", Table(TITLES), "One for each language; it stands on the page and in the mail."),
    Key::optional(
        "schedules",
        Named(ID, SCHEDULE),
        "When an edition is due, by names of your choice: lower-case letters, digits and hyphens.",
    ),
];

const GATE: &[Key] = &[
    Key::with_default(
        "missing",
        Words(&VERDICTS),
        DefaultValue::Text("hold"),
        "A value that the brief asks for, or that its last edition printed, is not there.",
    ),
    Key::with_default(
        "gap",
        Words(&VERDICTS),
        DefaultValue::Text("warn"),
        "A period between two that are printed has no value.",
    ),
    Key::with_default(
        "stale",
        Words(&VERDICTS),
        DefaultValue::Text("warn"),
        "The newest value is older than the rhythm of its series allows.",
    ),
    Key::with_default(
        "computed",
        Words(&VERDICTS),
        DefaultValue::Text("hold"),
        "A printed change does not follow from the values.",
    ),
    Key::with_default(
        "vintages",
        Words(&VERDICTS),
        DefaultValue::Text("warn"),
        "Two values that are compared come from tables of different revision.",
    ),
    Key::with_default("parts", Words(&VERDICTS), DefaultValue::Text("hold"), "A total is not the sum of its parts."),
    Key::with_default(
        "kind",
        Words(&VERDICTS),
        DefaultValue::Text("hold"),
        "A value or a unit cannot be: a decimal in a count, a share above 100, points as per cent.",
    ),
    Key::with_default(
        "implausible",
        Words(&VERDICTS),
        DefaultValue::Text("hold"),
        "A value outside its bounds, or six times what its neighbours let expect.",
    ),
    Key::with_default("jump", Words(&VERDICTS), DefaultValue::Text("warn"), "A value unlike its past."),
    Key::with_default(
        "revised",
        Words(&VERDICTS),
        DefaultValue::Text("warn"),
        "A value that the last edition printed is another now.",
    ),
    Key::with_default(
        "copied",
        Words(&VERDICTS),
        DefaultValue::Text("hold"),
        "The same values under another period, series or unit.",
    ),
    Key::with_default(
        "prose",
        Words(&VERDICTS),
        DefaultValue::Text("warn"),
        "What is warned of in the template, such as a sentence that mixes periods.",
    ),
    Key::with_default(
        "evidence",
        Words(&VERDICTS),
        DefaultValue::Text("warn"),
        "A value without a dated source, or seen in a copy only.",
    ),
];

const RELEASE: &[Key] = &[Key::with_default(
    "approvals",
    Whole(0, MOST_APPROVALS),
    DefaultValue::Whole(0),
    "How many different people must release each edition (`greenbrief editions release`) before it goes out; 0: it goes by \
     itself. An approval is for its PDFs as they are, and for no others.",
)];

const TITLES: &[Key] = &[
    Key::optional("en", TITLE, "The title in English."),
    Key::optional("de", TITLE, "The title in German."),
    Key::optional("zh", TITLE, "The title in Chinese."),
];

const SCHEDULE: &[Key] = &[
    Key::required(
        "cron",
        ANY,
        "Minute, hour, day, month, weekday: \"0 7 * * Mon\" is Mondays at 07:00. `greenbrief plan` shows what it means.",
    ),
    Key::with_default(
        "timezone",
        Zone,
        DefaultValue::Derived(Derived::Brief),
        "Its time zone. Without it, the brief's.",
    ),
    Key::optional(
        "calendar",
        ANY,
        "Which days are days off, such as \"DE-BW\" or \"CN\" (`greenbrief calendar list`). Without it, none are.",
    ),
    Key::with_default(
        "languages",
        Languages,
        DefaultValue::Derived(Derived::Brief),
        "Some of the brief's languages. Without it, all.",
    ),
    Key::optional("starts", Time, "No slot before it: a date or a time, in the schedule's zone."),
    Key::optional("ends", Time, "No slot behind it; a date counts to the end of that day."),
    Key::with_default(
        "catch_up",
        Words(&["latest", "skip", "all"]),
        DefaultValue::Text("latest"),
        "What was missed, with the machine off: \"latest\" makes the newest edition, \"skip\" none, \"all\" each, the \
         oldest first.",
    ),
    Key::with_default(
        "catch_up_window",
        Length,
        DefaultValue::Text(DEFAULT_CATCH_UP_WINDOW),
        "How late an edition that was missed, with the machine off, is still made.",
    ),
    Key::with_default(
        "overlap",
        Words(&["skip", "queue", "allow"]),
        DefaultValue::Text("skip"),
        "While an earlier edition is being made: \"skip\" this one, \"queue\" it, \"allow\" both at once.",
    ),
    Key::with_default(
        "jitter",
        Length,
        DefaultValue::Text("0s"),
        "Delays each edition by up to this, at most a day; always the same for the same slot.",
    ),
    Key::with_default(
        "alarm_after",
        Length,
        DefaultValue::Text(DEFAULT_ALARM_AFTER),
        "Operators are told if an edition is not released by then.",
    ),
    Key::with_default(
        "dst_gap",
        Words(&["after", "skip"]),
        DefaultValue::Text("after"),
        "A time that the clock goes forward over: \"after\" makes the edition at the first moment after it, \"skip\" none.",
    ),
    Key::with_default(
        "dst_overlap",
        Words(&["first", "second", "both"]),
        DefaultValue::Text("first"),
        "A time that the clock shows twice: the \"first\", the \"second\" or \"both\".",
    ),
    Key::with_default(
        "on_holiday",
        Words(&["run", "skip", "next-workday", "previous-workday"]),
        DefaultValue::Text("run"),
        "What becomes of a slot on a day off; the other than \"run\" need a `calendar`.",
    ),
    Key::with_default(
        "calendar_unknown",
        Words(&["run", "skip"]),
        DefaultValue::Text("run"),
        "What becomes of a slot on a day of which the calendar knows nothing; \"skip\" needs a `calendar`.",
    ),
    Key::with_default(
        "quiet_hours",
        Text(Some("^(none|\\s*[0-9]{2}:[0-9]{2}\\s*[-–]\\s*[0-9]{2}:[0-9]{2}\\s*)$"), None),
        DefaultValue::Text("none"),
        "No mail goes out then, by the schedule's clock: \"22:00-07:00\", or \"none\".",
    ),
    Key::with_default(
        "if_unchanged",
        Words(&["send", "skip", "hold"]),
        DefaultValue::Text("send"),
        "What becomes of an edition that prints nothing new since the last one: \"send\" it, \"skip\" it without a number, or \
         \"hold\" it.",
    ),
    Key::with_default("paused", Flag, DefaultValue::Flag(false), "True: no edition is made."),
];
