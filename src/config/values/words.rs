//! One of a few words.

use crate::config::reading::{problem_sink::ProblemSink, table_reader::TextValue};

/// Reads one of a few words. What is not one of them is reported.
pub(in crate::config) fn read(
    given: Option<&TextValue<'_>>,
    words: &[&'static str],
    sink: &ProblemSink,
) -> Option<&'static str> {
    let given = given?;
    let found = words.iter().copied().find(|word| *word == given.text);
    if found.is_none() {
        let list: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let problem = given.error(format!("this is none of {}", list.join(", ")));
        let near = words.iter().copied().find(|word| word.eq_ignore_ascii_case(given.text));
        sink.push(match (near, given.text.to_lowercase().as_str()) {
            (Some(word), _) => problem.hint(format!("did you mean `{word}`?")),
            (_, "ssl" | "smtps" | "tls") => {
                problem.hint("did you mean `implicit`? It is TLS from the first byte, port 465")
            }
            (_, "start_tls" | "start-tls") => problem.hint("did you mean `starttls`?"),
            _ => problem.did_you_mean(given.text, words.iter().copied()),
        });
    }
    found
}
