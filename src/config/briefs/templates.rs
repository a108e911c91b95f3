//! A brief's template as its config names it: the folder and its files are looked for. What stands in them is not read.

use std::{fs, path::Path};

use crate::{
    base::{
        language::Language,
        problem::{Place, Problem},
    },
    config::reading::{problem_sink::ProblemSink, table_reader::TextValue},
};

/// The name of the template's folder: the brief's id unless it is given.
pub(in crate::config) fn name(id: &str, given: Option<&TextValue<'_>>, sink: &ProblemSink) -> Option<String> {
    let Some(given) = given else { return Some(id.to_owned()) };
    let name = given.text;
    if name.contains(['/', '\\']) || name.starts_with('.') {
        sink.push(
            given
                .error("this is a path; a template is named by its folder alone")
                .hint("the folder stands in `paths.templates`, such as templates/green-economy"),
        );
        return None;
    }
    Some(name.to_owned())
}

/// Looks for the files of a template.
pub(in crate::config) fn look_for_files(
    templates: &Path,
    name: &str,
    place: &Place,
    languages: &[(Language, Place)],
    sink: &ProblemSink,
) {
    let folder = templates.join(name);
    let shown = folder.display();
    if !folder.is_dir() {
        let others: Vec<String> = fs::read_dir(templates)
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok().filter(|entry| entry.path().is_dir()))
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        sink.push(
            Problem::error(format!("there is no template folder {shown}"))
                .at(place.clone())
                .did_you_mean(name, others.iter().map(String::as_str)),
        );
        return;
    }
    let there = |file: &str| folder.join(file).is_file();
    if !there("blocks.toml") {
        sink.push(
            Problem::error(format!("the template has no {shown}/blocks.toml"))
                .at(place.clone())
                .hint("it holds the charts and tables that all languages share; it may be empty"),
        );
    }
    for (language, place) in languages {
        for file in [format!("{language}.md"), format!("mail.{language}.md")] {
            if !there(&file) {
                sink.push(
                    Problem::error(format!("the template has no {shown}/{file}"))
                        .at(place.clone())
                        .hint(format!("write the file, or take `{language}` out of `languages`")),
                );
            }
        }
    }
}
