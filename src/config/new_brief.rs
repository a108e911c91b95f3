//! The config of a new brief, made from that of another: the same text with its comments, in which template, languages and titles
//! are others and each schedule is paused, so that nothing is sent before somebody has written something.

use std::{collections::BTreeSet, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::briefs::{id_hint, id_is_good};
use crate::base::{
    language::Language,
    problem::{Problem, Problems},
};

/// Whether a brief can have this id.
///
/// # Errors
/// Why not, with one that it can have.
pub fn check_brief_id(id: &str) -> Result<(), Problems> {
    if id_is_good(id) {
        return Ok(());
    }
    Err(Problem::error(format!("`{id}` cannot be the id of a brief")).hint(id_hint(id, "write it")).into())
}

/// The text of the config of the brief `id`, like that of another one, which was read without mistakes. `title` says what the brief
/// is called in a language until somebody writes it.
pub fn like(
    text: &str,
    (id, like): (&str, &str),
    title: impl Fn(Language) -> String,
    languages: &[Language],
) -> String {
    let (document, _) = DeTable::parse_recoverable(text);
    let mut edits = Edits { text, edits: Vec::new() };
    edits.rename_in_comments(like, id);
    let root = document.get_ref();
    let codes: Vec<&str> = languages.iter().map(|language| language.code()).collect();
    edits.set(root, "languages", &listed(&codes));
    if root.contains_key("template") {
        edits.set(root, "template", &format!("\"{id}\""));
    }
    if let Some(titles) = table(root, "title") {
        for language in Language::ALL {
            match codes.contains(&language.code()) {
                true => edits.set(titles, language.code(), &format!("\"{}\"", title(language))),
                false => edits.remove_line(titles, language.code()),
            }
        }
    }
    for (_, schedule) in table(root, "schedules").into_iter().flatten() {
        let DeValue::Table(schedule) = schedule.get_ref() else { continue };
        if let Some(DeValue::Array(own)) = schedule.get("languages").map(Spanned::get_ref) {
            let own: BTreeSet<&str> = own.iter().filter_map(|it| it.get_ref().as_str()).collect();
            let kept: Vec<&str> = codes.iter().copied().filter(|code| own.contains(code)).collect();
            edits.set(schedule, "languages", &listed(if kept.is_empty() { &codes } else { &kept }));
        }
        edits.remove_comment("# paused = ");
        match schedule.contains_key("paused") {
            true => edits.set(schedule, "paused", "true"),
            false => edits.line_before(
                schedule,
                "cron",
                "paused = true                         # delete this line once its text is written\n",
            ),
        }
    }
    edits.done(id)
}

fn table<'a, 'i>(root: &'a DeTable<'i>, key: &str) -> Option<&'a DeTable<'i>> {
    match root.get(key)?.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

fn listed(codes: &[&str]) -> String {
    let quoted: Vec<String> = codes.iter().map(|code| format!("\"{code}\"")).collect();
    format!("[{}]", quoted.join(", "))
}

/// What is written in place of parts of a text.
struct Edits<'a> {
    text: &'a str,
    edits: Vec<(Range<usize>, String)>,
}

impl Edits<'_> {
    /// Writes the new id where a line that is a comment names the other brief in backquotes.
    fn rename_in_comments(&mut self, like: &str, id: &str) {
        let named = format!("`{like}`");
        let mut start = 0;
        for line in self.text.split_inclusive('\n') {
            if line.starts_with('#') && !line.starts_with("#:") {
                let found = line.match_indices(&named).map(|(at, found)| start + at..start + at + found.len());
                self.edits.extend(found.map(|at| (at, format!("`{id}`"))));
            }
            start += line.len();
        }
    }

    /// Takes away the lines that begin so: what they show switched off is said by a line of its own.
    fn remove_comment(&mut self, begin: &str) {
        let mut start = 0;
        for line in self.text.split_inclusive('\n') {
            let at = start..start + line.len();
            if line.starts_with(begin) && !self.edits.iter().any(|(known, _)| *known == at) {
                self.edits.push((at, String::new()));
            }
            start += line.len();
        }
    }

    fn set(&mut self, table: &DeTable<'_>, key: &str, value: &str) {
        if let Some(found) = table.get(key) {
            self.edits.push((found.span(), value.to_owned()));
        }
    }

    fn remove_line(&mut self, table: &DeTable<'_>, key: &str) {
        if let Some(line) = self.line_of(table, key) {
            self.edits.push((line, String::new()));
        }
    }

    /// The bytes before a key in its line, and where they begin.
    fn before_in_line(&self, table: &DeTable<'_>, key: &str) -> Option<(usize, &str)> {
        let (name, _) = table.get_key_value(key)?;
        let start = self.text.get(..name.span().start)?.rfind('\n').map_or(0, |at| at + 1);
        Some((start, self.text.get(start..name.span().start)?))
    }

    /// Writes a line before that of a key; where the key has no line of its own, the same in the way that it is written.
    fn line_before(&mut self, table: &DeTable<'_>, key: &str, line: &str) {
        if let Some(at) = self.line_of(table, key) {
            self.edits.push((at.start..at.start, line.to_owned()));
            return;
        }
        let Some((start, before)) = self.before_in_line(table, key) else { return };
        let edit = match before.contains('{') {
            // `weekly = { cron = "…" }`
            true => {
                (start + before.len()..start + before.len(), line.split("  ").next().unwrap_or(line).to_owned() + ", ")
            }
            // `weekly.cron = "…"`
            false => (start..start, format!("{before}{line}")),
        };
        self.edits.push(edit);
    }

    /// The line of a key that begins it and has its whole value.
    fn line_of(&self, table: &DeTable<'_>, key: &str) -> Option<Range<usize>> {
        let (name, value) = table.get_key_value(key)?;
        let start = self.text.get(..name.span().start)?.rfind('\n').map_or(0, |at| at + 1);
        let end = value.span().end + self.text.get(value.span().end..)?.find('\n').map_or(0, |at| at + 1);
        self.text.get(start..name.span().start)?.trim().is_empty().then_some(start..end)
    }

    fn done(mut self, id: &str) -> String {
        self.edits.sort_by_key(|(at, _)| at.start);
        let (mut out, mut from) = (String::new(), 0);
        // Editors look for the schema in the first line.
        if let Some(schema) = self.text.split_inclusive('\n').next().filter(|line| line.starts_with("#:schema")) {
            out.push_str(schema);
            from = schema.len();
        }
        out.push_str(&format!(
            "# WRITE HERE: this is the config of the brief `{id}`, made from another one. Its titles, its times and who may see it are\n\
             # yours to decide; then delete `paused` below its schedules, and these lines.\n"
        ));
        for (at, text) in self.edits {
            if at.start < from {
                continue;
            }
            out.push_str(self.text.get(from..at.start).unwrap_or_default());
            out.push_str(&text);
            from = at.end;
        }
        out.push_str(self.text.get(from..).unwrap_or_default());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_brief_has_of_its_own_is_replaced_and_all_else_stays() {
        let text = "#:schema x\n# A comment.\n# The brief `green`.\ntimezone = \"Europe/Berlin\"\ntemplate = \"a\" # there\nlanguages = [\n  \"en\", \"de\",\n]\n\
                    [title]\nen = \"A\"\nde = \"B\" # so\n\n[schedules.one]\ncron = \"0 7 * * Mon\"\nlanguages = [\"de\"]\n\
                    [schedules.two]\npaused = false\ncron = \"0 7 * * Tue\"\n# paused = false        # off\n";
        let made = like(text, ("solar", "green"), |_| "Solar".to_owned(), &[Language::En]);
        let (head, rest) = made.split_once("# A comment.\n").unwrap();
        assert!(head.starts_with("#:schema x\n# WRITE HERE: this is the config of the brief `solar`,"), "{head}");
        let pause = "paused = true                         # delete this line once its text is written\n";
        assert_eq!(
            rest,
            format!(
                "# The brief `solar`.\ntimezone = \"Europe/Berlin\"\ntemplate = \"solar\" # there\nlanguages = [\"en\"]\n[title]\nen = \"Solar\"\n\n\
                 [schedules.one]\n{pause}cron = \"0 7 * * Mon\"\nlanguages = [\"en\"]\n\
                 [schedules.two]\npaused = true\ncron = \"0 7 * * Tue\"\n"
            )
        );
    }

    #[test]
    fn schedules_are_paused_however_they_are_written() {
        for (written, paused) in [
            ("[schedules]\nw.cron = \"0 7 * * Mon\"\n", "[schedules]\nw.paused = true "),
            ("schedules.w.cron = \"0 7 * * Mon\"\n", "schedules.w.paused = true "),
            ("schedules = { w = { cron = \"0 7 * * Mon\" } }\n", "schedules = { w = { paused = true, cron = "),
        ] {
            let made = like(written, ("solar", "green"), |_| "Solar".to_owned(), &[Language::En]);
            assert!(made.contains(paused), "{made}");
            let (document, errors) = DeTable::parse_recoverable(&made);
            assert!(errors.is_empty() && document.get_ref().contains_key("schedules"), "{made}: {errors:?}");
        }
    }

    #[test]
    fn an_id_is_refused_with_one_that_is_near() {
        assert!(check_brief_id("solar-2").is_ok());
        let refused = check_brief_id("Solar Brief").unwrap_err().to_string();
        assert!(refused.contains("`Solar Brief` cannot be the id of a brief"), "{refused}");
        assert!(refused.contains("such as `solar-brief`"), "{refused}");
    }
}
