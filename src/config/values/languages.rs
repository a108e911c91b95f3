//! Languages as people list them, each at most once.

use crate::{
    base::{
        language::Language,
        problem::{Place, Problem},
    },
    config::reading::{problem_sink::ProblemSink, table_reader::TextValue},
};

/// Reads languages with their places. `place` is where the list stands; with `among`, they must be among these.
pub(in crate::config) fn read(
    given: &[TextValue<'_>],
    place: Option<&Place>,
    among: Option<&[Language]>,
    sink: &ProblemSink,
) -> Option<Vec<(Language, Place)>> {
    let mut found: Vec<(Language, Place)> = Vec::new();
    for given in given {
        match given.text.parse::<Language>() {
            Err(unknown) => {
                let near = match given.text.to_lowercase().split(['-', '_']).next().unwrap_or_default() {
                    "en" | "eng" | "english" => Some(Language::En),
                    "de" | "deu" | "ger" | "german" | "deutsch" => Some(Language::De),
                    "zh" | "cn" | "chi" | "zho" | "chinese" | "中文" => Some(Language::Zh),
                    _ => None,
                };
                let problem = given.error(unknown.to_string());
                sink.push(match near {
                    Some(language) => problem.hint(format!("did you mean `{language}`?")),
                    None => problem,
                });
            }
            Ok(language) if found.iter().any(|(other, _)| *other == language) => {
                sink.push(given.error(format!("`{language}` appears here a second time")));
            }
            Ok(language) => {
                if among.is_some_and(|among| !among.is_empty() && !among.contains(&language)) {
                    sink.push(
                        given
                            .error(format!("the brief is not made in `{language}`"))
                            .hint("add it to the brief's `languages`, or take it out here"),
                    );
                }
                found.push((language, given.place()));
            }
        }
    }
    if given.is_empty()
        && let Some(place) = place
    {
        sink.push(
            Problem::error("`languages` is empty")
                .at(place.clone())
                .hint("write languages = [\"en\", \"de\", \"zh\"], or fewer of them"),
        );
    }
    (!found.is_empty()).then_some(found)
}
