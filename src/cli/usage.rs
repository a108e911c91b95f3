//! A command line that cannot be read, and `--help` and `--version`: as clap says it for people, as objects for programs.

use std::{ffi::OsString, process::ExitCode};

use clap::{
    Error,
    error::{ContextKind, ContextValue, ErrorKind},
};
use serde::Serialize;

use super::{arguments::Format, ending::Ending, output::Output};
use crate::base::{characters::shown_on_one_line, problem::Problem};

/// Maximum length of a value as it is shown when it is wrong, in characters.
const MAX_VALUE: usize = 80;

/// Tells what clap found, and ends. `words` is the command line without the program's name: it says for whom.
pub(super) fn end(mut error: Error, words: impl IntoIterator<Item = OsString>) -> ExitCode {
    show_value(&mut error);
    let error = &error;
    let output = Output::new(format(words));
    let is_asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let ending = if is_asked_for { Ending::Done } else { Ending::Usage };
    if output.is_json() {
        let text = error.render().to_string();
        // What is left when standard output is gone is the exit code.
        let _ = match error.kind() {
            ErrorKind::DisplayHelp => output.result(&Shown { help: Some(text), version: None }, String::new),
            ErrorKind::DisplayVersion => {
                output.result(&Shown { help: None, version: Some(env!("CARGO_PKG_VERSION")) }, String::new)
            }
            _ => {
                output.problem_object(&UsageProblem::new(error, &text));
                Ok(())
            }
        };
        let _ = output.end(ending);
    } else {
        let _ = error.print();
    }
    ExitCode::from(ending.exit_code())
}

/// Shortens a value that is wrong, and takes from it what would act on a terminal.
fn show_value(error: &mut Error) {
    let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue) else { return };
    let mut shown = shown_on_one_line(value).into_owned();
    if let Some((end, _)) = shown.char_indices().nth(MAX_VALUE) {
        shown.truncate(end);
        shown.push('…');
    }
    error.insert(ContextKind::InvalidValue, ContextValue::String(shown));
}

/// The format that a command line asks for, even if it cannot be read otherwise.
fn format(words: impl IntoIterator<Item = OsString>) -> Format {
    let mut words = words.into_iter().take_while(|word| word != "--");
    let mut format = Format::Text;
    while let Some(word) = words.next() {
        let given = match word.to_str() {
            Some("--format") => words.next().and_then(|value| value.into_string().ok()),
            Some(word) => word.strip_prefix("--format=").map(str::to_owned),
            None => None,
        };
        match given.as_deref() {
            Some("json") => format = Format::Json,
            Some("text") => format = Format::Text,
            _ => {}
        }
    }
    format
}

/// What `--help` or `--version` shows.
#[derive(Serialize)]
struct Shown {
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'static str>,
}

/// A problem of the command line; its place is an argument instead of a line.
#[derive(Debug, Serialize, PartialEq, Eq)]
struct UsageProblem {
    #[serde(flatten)]
    problem: Problem,
    /// `invalid-value`, `unknown-argument`, `missing-argument`, …
    kind: &'static str,
    /// The argument, as `--help` writes it, or the word that is none
    argument: Option<String>,
    /// The value that it was given
    value: Option<String>,
    /// The values that it takes, if they are few
    expected: Vec<String>,
    /// How the command is used
    usage: Option<String>,
}

impl UsageProblem {
    fn new(error: &Error, text: &str) -> UsageProblem {
        let one = |kind| match error.get(kind) {
            Some(ContextValue::String(text)) => Some(text.clone()),
            Some(ContextValue::Strings(texts)) => Some(texts.join(", ")),
            _ => None,
        };
        let expected = match error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(values)) => values.clone(),
            _ => Vec::new(),
        };
        let (what, hints, usage) = parts(text);
        let what = if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
            "a command is missing".to_owned()
        } else {
            what
        };
        let problem = Problem { hints, ..Problem::error(what) };
        UsageProblem {
            problem,
            kind: kind(error.kind()),
            argument: one(ContextKind::InvalidArg).or_else(|| one(ContextKind::InvalidSubcommand)),
            value: one(ContextKind::InvalidValue),
            expected,
            usage,
        }
    }
}

fn kind(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidValue | ErrorKind::ValueValidation | ErrorKind::InvalidUtf8 => "invalid-value",
        ErrorKind::UnknownArgument => "unknown-argument",
        ErrorKind::InvalidSubcommand => "unknown-command",
        ErrorKind::MissingRequiredArgument | ErrorKind::NoEquals | ErrorKind::TooFewValues => "missing-argument",
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "missing-command",
        ErrorKind::ArgumentConflict => "conflict",
        ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues => "wrong-number",
        _ => "other",
    }
}

/// What clap says in paragraphs, taken apart: what is wrong, its tips, and the usage.
fn parts(text: &str) -> (String, Vec<String>, Option<String>) {
    let (mut what, mut hints, mut usage) = (Vec::new(), Vec::new(), None);
    for (nth, paragraph) in text.split("\n\n").enumerate() {
        for line in paragraph.lines().map(str::trim) {
            if let Some(tip) = line.strip_prefix("tip: ") {
                hints.push(tip.to_owned());
            } else if let Some(words) = line.strip_prefix("Usage: ") {
                usage = Some(words.to_owned());
            } else if nth == 0 && !line.starts_with("[possible values: ") {
                what.push(line.strip_prefix("error: ").unwrap_or(line));
            }
        }
    }
    (what.join(" "), hints, usage)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::arguments::Arguments;

    fn told(words: &[&str]) -> UsageProblem {
        let mut error = Arguments::try_parse_from([&["greenbrief"], words].concat()).unwrap_err();
        show_value(&mut error);
        UsageProblem::new(&error, &error.render().to_string())
    }

    #[test]
    fn a_usage_error_is_taken_apart_into_fields() {
        let wrong = told(&["build", "x", "--language", "fr"]);
        assert_eq!((wrong.kind, wrong.value.as_deref()), ("invalid-value", Some("fr")));
        assert_eq!(wrong.argument.as_deref(), Some("--language <L>"));
        assert!(wrong.problem.what.starts_with("invalid value 'fr' for '--language <L>': "), "{wrong:?}");

        let wrong = told(&["config", "schema", "briefs"]);
        assert_eq!(wrong.expected, ["greenbrief", "brief", "calendar", "theme", "blocks"]);
        assert_eq!(wrong.problem.what, "invalid value 'briefs' for '[KIND]'");
        assert_eq!(wrong.problem.hints, ["a similar value exists: 'brief'"]);

        let wrong = told(&["rehearse"]);
        assert_eq!(wrong.kind, "missing-argument");
        assert_eq!(wrong.problem.what, "the following required arguments were not provided: --at <TIME> <BRIEF>");
        assert!(wrong.usage.as_deref().unwrap().starts_with("greenbrief rehearse "), "{wrong:?}");

        let wrong = told(&["bild"]);
        assert_eq!((wrong.kind, wrong.argument.as_deref()), ("unknown-command", Some("bild")));
        assert_eq!(told(&[]).problem.what, "a command is missing");
        assert_eq!(told(&["send", "x", "--dry-run", "--to", "a@b.example"]).kind, "conflict");
    }

    #[test]
    fn a_reason_that_cannot_be_is_told_at_its_option_and_shown_in_short() {
        let wrong = told(&["editions", "correct", "a/1", "--reason", &"x".repeat(100_000)]);
        assert_eq!(
            wrong.problem.what,
            format!(
                "invalid value '{}…' for '--reason <TEXT>': it has 100000 characters, and a reason has at most 500",
                "x".repeat(80)
            )
        );
        let turned = "--reason-in=de=a\u{202e}b";
        let wrong = told(&["editions", "correct", "a/1", "--reason", "a", turned]);
        let start =
            "invalid value 'de=a\\u{202e}b' for '--reason-in <LANGUAGE=TEXT>': the character U+202E cannot stand";
        assert!(wrong.problem.what.starts_with(start), "{}", wrong.problem.what);
        let wrong = told(&["stop", "a/1", "--reason", "a\nb"]);
        let told = "invalid value 'a\\nb' for '--reason <TEXT>': it has a line break: write it on one line";
        assert_eq!(wrong.problem.what, told);
    }

    #[test]
    fn the_format_is_found_wherever_it_stands() {
        let format = |line: &str| format(line.split(' ').map(OsString::from));
        for line in
            ["--format json bild", "bild --format=json", "plan --next x --format json", "--format text --format json"]
        {
            assert_eq!(format(line), Format::Json, "{line}");
        }
        for line in [
            "bild",
            "--format",
            "--format yaml",
            "send x -- --format json",
            "--formatjson",
            "--format json --format text",
        ] {
            assert_eq!(format(line), Format::Text, "{line}");
        }
    }
}
