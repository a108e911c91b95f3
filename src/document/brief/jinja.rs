//! A file of a template as Jinja renders it: its front matter and its body. The functions of expressions are in
//! `expressions`; the way back to the file is in `source_map`.

use std::{
    collections::BTreeMap,
    error::Error as _,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
};

use minijinja::{Environment, Error, ErrorKind, Value};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    characters, expression_rules,
    expressions::{self, TypedNumber},
    scope::Scope,
    source_map::{LONGEST_LINE, Marked, Rendered},
    template::LARGEST_TEXT,
    toml_problem::toml_problem,
};
use crate::base::{
    bounded_file::Size,
    characters::refusal,
    problem::{Problem, Problems, Source},
    toml_limits,
};

/// Maximum number of expressions of a text that are reported.
const MOST_PROBLEMS: usize = 50;
/// The stack on which a text is rendered. Jinja reads and runs nested expressions by recursion: the longest that
/// `expression_rules` lets pass need a quarter of it without optimisation.
const STACK: usize = 32 << 20;
/// The lines around the keys of a file.
const FENCE: &str = "+++\n";

/// The front matter of a file.
pub(super) type Front = BTreeMap<String, Rendered>;

/// Reads a file: its front matter, whose values are rendered, and its rendered body. `context` holds the variables of
/// expressions.
pub(super) fn read(source: &Source, scope: &Scope, context: &Value, problems: &mut Problems) -> (Front, Rendered) {
    let nothing = || (Front::new(), Rendered::new("", Vec::new(), source.clone()));
    let text = source.text();
    let Some(after) = text.strip_prefix(FENCE) else {
        problems.push(
            Problem::error("this file does not begin with +++")
                .at(source.line(1))
                .hint("its first lines are +++, the keys in TOML, and +++"),
        );
        return nothing();
    };
    let Some((front, body)) = after.split_once("\n+++\n").or_else(|| Some(("", after.strip_prefix(FENCE)?))) else {
        let problem = Problem::error("the keys at the beginning of this file do not end").at(source.line(1));
        problems.push(problem.hint("write a second line of +++ below them"));
        return nothing();
    };
    let render = || {
        let mut found = Problems::new();
        let jinja = Jinja { environment: expressions::environment(scope), scope, context, source };
        let rendered = jinja.render(body, text.len() - body.len(), &mut found);
        let keys = jinja.front(front, &mut found);
        (keys, rendered, found)
    };
    // What it leaves behind when it panics is not looked at.
    match catch_unwind(AssertUnwindSafe(|| stacker::grow(STACK, render))) {
        Ok((keys, rendered, found)) => {
            problems.extend(found);
            (keys, rendered)
        }
        Err(_) => {
            problems.push(Problem::error("rendering this text stopped unexpectedly").at(source.line(1)));
            nothing()
        }
    }
}

struct Jinja<'a> {
    environment: Environment<'static>,
    scope: &'a Scope,
    context: &'a Value,
    source: &'a Source,
}

impl Jinja<'_> {
    /// Reads the keys between the lines of `+++`, and renders their values.
    fn front(&self, front: &str, problems: &mut Problems) -> Front {
        let mut keys = Front::new();
        if let Some((at, problem)) = toml_limits::exceeded(front) {
            problems.push(problem.at(self.source.place(at.start + FENCE.len()..at.end + FENCE.len())));
            return keys;
        }
        let (table, errors) = DeTable::parse_recoverable(front);
        if let Some(error) = errors.first() {
            problems.push(toml_problem(error, self.source, FENCE.len()));
            return keys;
        }
        let in_file = |range: Range<usize>| range.start + FENCE.len()..range.end + FENCE.len();
        for (key, value) in table.get_ref() {
            let (name, place) = (&**key.get_ref(), self.source.place(in_file(key.span())));
            let known = ["headline", "subject"];
            match value.get_ref() {
                DeValue::String(text) if known.contains(&name) => {
                    problems.extend(characters::check_escapes(text, front, &place, refusal));
                    let at = in_file(value.span()).start + text_begins(front, value, text);
                    // It is read first, though it is rendered behind the text.
                    self.scope.forget_words();
                    keys.insert(name.to_owned(), self.render(text, at, problems));
                }
                found => {
                    let is_text = matches!(found, DeValue::String(_));
                    let what = if is_text { "is not known here" } else { "is not a text" };
                    let problem = Problem::error(format!("`{name}` {what}")).at(place);
                    problems.push(problem.did_you_mean(name, known));
                }
            }
        }
        keys
    }

    /// Renders a part of the file that begins at `offset`.
    fn render(&self, text: &str, offset: usize, problems: &mut Problems) -> Rendered {
        let nothing = || Rendered::new("", Vec::new(), self.source.clone());
        let mut marked = Marked::new(text, offset, self.scope);
        if let Some(start) = marked.too_long() {
            let what = format!("this line has more than {LONGEST_LINE} characters");
            let at = marked.in_file(Some(start..start + 1), None);
            problems.push(Problem::error(what).at(self.source.place(at)).hint("break it into several"));
            return nothing();
        }
        let refused = expression_rules::check(&marked.text);
        if !refused.is_empty() {
            problems.extend(refused.into_iter().map(|refused| {
                let at = marked.in_file(Some(refused.at), None);
                refused.problem.at(self.source.place(at))
            }));
            return nothing();
        }
        let before = self.scope.so_far();
        for _ in 0..MOST_PROBLEMS {
            self.scope.go_back(&before);
            let error = match self.environment.render_str(&marked.text, self.context) {
                Ok(rendered) => {
                    let rendered = Rendered::new(&rendered, marked.stretches, self.source.clone());
                    // As it was written it has passed already, when its file was read.
                    if rendered.text.len() as u64 <= LARGEST_TEXT.max(text.len() as u64) {
                        return rendered;
                    }
                    problems.push(self.too_large(&rendered));
                    break;
                }
                Err(error) => error,
            };
            problems.push(self.problem(&error, &marked));
            // Without it, the rest of the file may show problems of its own.
            if error.kind() == ErrorKind::OutOfFuel || problems.is_full() || !marked.leave_out(error.range()) {
                break;
            }
        }
        nothing()
    }

    /// The problem of a text that is too large when its expressions are filled in, at what stands behind the limit.
    fn too_large(&self, rendered: &Rendered) -> Problem {
        let (size, limit) = (rendered.text.len(), Size(LARGEST_TEXT));
        let what = format!("this text has {size} bytes when its expressions are filled in; at most {limit} are set");
        let at = usize::try_from(LARGEST_TEXT).unwrap_or(size);
        let problem = Problem::error(what).at(rendered.place(at..at + 1));
        problem.hint("a loop goes around too often, or a text grows too long: make several briefs of it")
    }

    fn problem(&self, error: &Error, marked: &Marked) -> Problem {
        let at = marked.in_file(error.range(), error.line());
        if error.kind() == ErrorKind::OutOfFuel {
            let problem = Problem::error("the expressions of this text do too much").at(self.source.place(at));
            return problem.hint("a loop goes around too often, or a text grows too long: write it out");
        }
        if let Some(typed) = error.source().and_then(|source| source.downcast_ref::<TypedNumber>()) {
            let written = self.source.text().get(at.clone()).unwrap_or_default();
            let inside = written.trim_matches(|c: char| "{}-+".contains(c) || c.is_whitespace());
            let from = at.start + written.find(inside).unwrap_or_default();
            let problem = Problem::error(typed.to_string()).at(self.source.place(from..from + inside.len()));
            return problem.hint("a number comes from the store: {{ fig(\"series\", \"period\") }}; a year or a name is marked: [[2024]]");
        }
        let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        let problem = Problem::error(format!("this expression cannot be read: {what}")).at(self.source.place(at));
        problem.hint(
            "write {{ fig(\"series\", \"period\") }}, {{ latest(…) }}, {{ change(…)|abs }}, {{ pick(change, up, flat, down) }}",
        )
    }
}

/// The byte of a TOML text, from its first quote, at which its words begin; 0 if it is written with escapes.
fn text_begins(front: &str, value: &Spanned<DeValue<'_>>, text: &str) -> usize {
    front.get(value.span()).and_then(|written| written.find(text)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::{
        base::language::Language,
        figures::{Snapshot, shipped},
    };

    /// The places and words of the source from which these words of the rendered body come.
    fn origins(body: &str, words: &[&str]) -> Vec<String> {
        let source = Source::new("en.md", format!("+++\n\n+++\n{body}"));
        let snapshot = Snapshot::new(chrono::NaiveDate::MAX, shipped::dataset().unwrap());
        let scope = Scope {
            snapshot: Arc::new(snapshot),
            language: Language::En,
            source: source.clone(),
            gathered: Arc::new(Mutex::default()),
            german: crate::document::brief::numbers::GermanNumbers::Cldr,
            words: Arc::default(),
        };
        let mut problems = Problems::new();
        let (_, rendered) = read(&source, &scope, &Value::from(()), &mut problems);
        assert!(problems.is_empty(), "{problems}");
        assert!(!rendered.text.contains(['\u{e004}', '\u{e005}']));
        words
            .iter()
            .map(|word| {
                let at = rendered.text.find(word).unwrap_or_else(|| panic!("{word} in {:?}", rendered.text));
                let place = rendered.place(at..at + word.len());
                let marked: String = place.source.chars().skip(place.column - 1).take(place.width).collect();
                format!("{}:{} {marked}", place.line, place.column)
            })
            .collect()
    }

    #[test]
    fn every_word_is_found_where_it_was_written() {
        let body =
            "One\n{% if true %}\n{{ \"two\" }} drei\n{% endif %}{# no #}\n[[2025]] vier {{- \" five\" -}}  \n sechs\n";
        assert_eq!(
            origins(body, &["One", "two", "drei", "vier", "five", "sechs"]),
            ["4:1 One", "6:1 {{ \"two\" }}", "6:13 drei", "8:10 vier", "8:15 {{- \" five\" -}}", "9:2 sechs"]
        );
    }

    #[test]
    fn loops_and_captured_text_lead_back_too() {
        let body = "{% for x in [1, 2] %}\naa {{ \"\" }}\nbb\n{% endfor %}{% set s %}x{% endset %}\n{{ s }}\nend\n";
        assert_eq!(origins(body, &["bb", "x", "end"]), ["6:1 bb", "8:1 {{ s }}", "9:1 end"]);
        assert_eq!(origins("{% set s %}vw_bev_cn{% endset %}{{ latest(s).period }}", &[]).len(), 0);
    }

    #[test]
    fn what_jinja_trims_is_trimmed_with_marks_in_between() {
        let source = "a  {%- if true -%}\n  b\n{%- endif -%}\n c";
        assert_eq!(origins(source, &["abc"]), ["4:1 a  {%- if true -%}"]);
    }
}
