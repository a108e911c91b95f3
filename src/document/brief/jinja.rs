//! A file of a template as Jinja renders it: its front matter and its body. The functions of expressions are in
//! `expressions`; the way back to the file is in `source_map`.

use std::collections::BTreeMap;

use minijinja::{Environment, ErrorKind, Value};

use super::{
    characters, expressions,
    scope::Scope,
    source_map::{LONGEST_LINE, Marked, Rendered},
    toml_problem::toml_problem,
};
use crate::base::{
    characters::refusal,
    problem::{Problem, Problems, Source},
};

/// Maximum number of expressions of a text that are reported.
const MOST_PROBLEMS: usize = 50;

/// The front matter of a file.
pub(super) type Front = BTreeMap<String, String>;

/// Reads a file: its front matter, whose values are rendered, and its rendered body. `context` holds the variables of
/// expressions.
pub(super) fn read(source: &Source, scope: &Scope, context: &Value, problems: &mut Problems) -> (Front, Rendered) {
    let text = source.text();
    let Some((front, body)) = text.strip_prefix("+++\n").and_then(|rest| rest.split_once("\n+++\n")) else {
        problems.push(
            Problem::error("this file does not begin with +++")
                .at(source.line(1))
                .hint("its first lines are +++, the keys in TOML, and +++"),
        );
        return (Front::new(), Rendered::new("", Vec::new(), source.clone()));
    };
    let jinja = Jinja { environment: expressions::environment(scope), scope, context, source };
    let rendered = jinja.render(body, text.len() - body.len(), problems);
    let mut keys = Front::new();
    let mut wrong = Problems::new();
    match front.parse::<toml::Table>() {
        Ok(table) => {
            for (key, value) in table {
                let at = front.find(&key).map_or(0, |at| at + "+++\n".len());
                let known = ["headline", "subject"];
                match value.as_str() {
                    Some(value) if known.contains(&&*key) => {
                        wrong.extend(characters::check_escapes(
                            value,
                            front,
                            &source.place(at..at + key.len()),
                            refusal,
                        ));
                        let at = text.find(value).unwrap_or(at);
                        keys.insert(key, jinja.render(value, at, problems).text);
                    }
                    found => {
                        let what = if found.is_some() { "is not known here" } else { "is not a text" };
                        let problem = Problem::error(format!("`{key}` {what}")).at(source.place(at..at + key.len()));
                        wrong.push(problem.did_you_mean(&key, known));
                    }
                }
            }
        }
        Err(error) => wrong.push(toml_problem(&error, source, "+++\n".len())),
    }
    problems.extend(wrong);
    (keys, rendered)
}

struct Jinja<'a> {
    environment: Environment<'static>,
    scope: &'a Scope,
    context: &'a Value,
    source: &'a Source,
}

impl Jinja<'_> {
    /// Renders a part of the file that begins at `offset`.
    fn render(&self, text: &str, offset: usize, problems: &mut Problems) -> Rendered {
        let mut marked = Marked::new(text, offset, self.scope);
        if let Some(start) = marked.too_long() {
            let what = format!("this line has more than {LONGEST_LINE} characters");
            let at = marked.in_file(Some(start..start + 1), None);
            problems.push(Problem::error(what).at(self.source.place(at)).hint("break it into several"));
            return Rendered::new("", Vec::new(), self.source.clone());
        }
        for _ in 0..MOST_PROBLEMS {
            let error = match self.environment.render_str(&marked.text, self.context) {
                Ok(rendered) => return Rendered::new(&rendered, marked.stretches, self.source.clone()),
                Err(error) => error,
            };
            let at = marked.in_file(error.range(), error.line());
            if error.kind() == ErrorKind::OutOfFuel {
                let problem = Problem::error("the expressions of this text do too much").at(self.source.place(at));
                problems.push(problem.hint("a loop goes around too often, or a text grows too long: write it out"));
                break;
            }
            let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
            problems.push(
                Problem::error(format!("this expression cannot be read: {what}")).at(self.source.place(at)).hint(
                    "write {{ fig(\"series\", \"period\") }}, {{ latest(…) }}, {{ change(…)|abs }}, {{ pick(change, up, flat, down) }}",
                ),
            );
            // Without it, the rest of the file may show problems of its own.
            if !marked.leave_out(error.range()) {
                break;
            }
        }
        Rendered::new("", Vec::new(), self.source.clone())
    }
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
        let snapshot = Snapshot { as_known: chrono::NaiveDate::MAX, data: shipped::dataset().unwrap() };
        let scope = Scope {
            snapshot: Arc::new(snapshot),
            language: Language::En,
            source: source.clone(),
            gathered: Arc::new(Mutex::default()),
            german: crate::document::brief::numbers::GermanNumbers::Cldr,
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
        assert_eq!(origins("{% set s %}vw_bev_cn{% endset %}{{ latest(s).year }}", &[]).len(), 0);
    }

    #[test]
    fn what_jinja_trims_is_trimmed_with_marks_in_between() {
        let source = "a  {%- if true -%}\n  b\n{%- endif -%}\n c";
        assert_eq!(origins(source, &["abc"]), ["4:1 a  {%- if true -%}"]);
    }
}
