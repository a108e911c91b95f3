//! A file of a template after Jinja: its front matter, its body, and the way back from the rendered text to the place
//! in the file, so that what Markdown or TOML finds wrong is shown where the author wrote it.

use std::{collections::BTreeMap, ops::Range};

use minijinja::{Environment, ErrorKind, Value};

use super::{
    characters, expressions,
    markers::{marker, number},
    scope::Scope,
    toml_problem::toml_problem,
};
use crate::base::problem::{Place, Problem, Problems, Source};

/// At most so many expressions of a text are reported.
const MOST_PROBLEMS: usize = 50;
/// A line has at most so many characters, with the marks in it: Jinja counts columns in 16 bits.
const LONGEST_LINE: usize = 65_000;

/// Begins and ends the mark of a [`Stretch`].
const STRETCH_OPEN: char = '\u{e004}';
const STRETCH_CLOSE: char = '\u{e005}';

/// The front matter of a file.
pub(super) type Front = BTreeMap<String, String>;

/// A text that the author wrote down as it is, and the end of the expression behind it. Bytes of the file.
#[derive(Debug, Clone)]
struct Stretch {
    literal: Range<usize>,
    expression_end: usize,
}

/// A rendered text that knows where each part of it comes from.
#[derive(Debug, Clone)]
pub(super) struct Rendered {
    pub text: String,
    source: Source,
    stretches: Vec<Stretch>,
    /// Where in `text` a stretch begins, and which: rising.
    begins: Vec<(usize, usize)>,
}

impl Rendered {
    /// Takes the marks of stretches out of what Jinja made.
    fn new(marked: &str, stretches: Vec<Stretch>, source: Source) -> Rendered {
        let (mut text, mut begins) = (String::with_capacity(marked.len()), Vec::new());
        let mut rest = marked;
        while let Some((before, after)) = rest.split_once(STRETCH_OPEN) {
            text.push_str(before);
            let Some((digits, after)) = after.split_once(STRETCH_CLOSE) else { break };
            begins.push((text.len(), number(digits)));
            rest = after;
        }
        text.push_str(rest);
        Rendered { text, source, stretches, begins }
    }

    /// The place in the file from which this part of the text comes. What an expression said stands where the
    /// expression does.
    pub fn place(&self, range: Range<usize>) -> Place {
        let first = self.origin(range.start);
        let last = self.origin(range.end.max(range.start + 1) - 1);
        self.source.place(first.start..last.end.max(first.start))
    }

    /// The bytes of the file that became this byte of the text.
    fn origin(&self, at: usize) -> Range<usize> {
        let before = self.begins.partition_point(|(begin, _)| *begin <= at).checked_sub(1);
        let Some((begin, stretch)) = before.and_then(|index| {
            let (begin, stretch) = self.begins.get(index)?;
            Some((*begin, self.stretches.get(*stretch)?))
        }) else {
            return 0..0;
        };
        let from = stretch.literal.start + (at - begin);
        if from < stretch.literal.end { from..from + 1 } else { stretch.literal.end..stretch.expression_end }
    }
}

/// Front matter and body of a file. `title`, `edition` and what else stands around the figures is in `context`.
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
                        wrong.extend(characters::check_escapes(value, front, &source.place(at..at + key.len())));
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
            let at = marked.before(Some(start..start + 1), None);
            problems.push(Problem::error(what).at(self.source.place(at)).hint("break it into several"));
            return Rendered::new("", Vec::new(), self.source.clone());
        }
        for _ in 0..MOST_PROBLEMS {
            let error = match self.environment.render_str(&marked.text, self.context) {
                Ok(rendered) => return Rendered::new(&rendered, marked.stretches, self.source.clone()),
                Err(error) => error,
            };
            let at = marked.before(error.range(), error.line());
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
            // The rest of the file may have problems of its own.
            if !marked.leave_out(error.range()) {
                break;
            }
        }
        Rendered::new("", Vec::new(), self.source.clone())
    }
}

/// A text made ready for Jinja and Markdown: `[[2025]]` became a marker, so that Markdown does not take it for a link,
/// and before each stretch of written text stands its mark.
struct Marked {
    text: String,
    stretches: Vec<Stretch>,
    /// Where the written text goes on after something was put in or replaced: here, and there.
    joints: Vec<(usize, usize)>,
}

/// What is not taken over as it was written.
const OPENINGS: [(&str, &str); 4] = [("[[", "]]"), ("{{", "}}"), ("{%", "%}"), ("{#", "#}")];

/// Ends of expressions behind which Jinja takes blanks away.
const TRIMMING: [&str; 3] = ["-}}", "-%}", "-#}"];

impl Marked {
    /// `offset` is where `written` begins in its file.
    fn new(written: &str, offset: usize, scope: &Scope) -> Marked {
        let mut marked =
            Marked { text: String::with_capacity(written.len() * 2), stretches: Vec::new(), joints: vec![(0, offset)] };
        let mut at = 0;
        // What `{% set x %}` … `{% endset %}` hold may become an argument: no marks in it.
        let mut captured = false;
        loop {
            let rest = written.get(at..).unwrap_or_default();
            let next = opening(rest);
            let literal = rest.get(..next.map_or(rest.len(), |(begin, ..)| begin)).unwrap_or_default();
            let expression = next.and_then(|(begin, len, _)| rest.get(begin..begin + len)).unwrap_or_default();
            let end = at + literal.len() + expression.len();
            // Jinja takes blanks away behind a `-%}`: the mark must not keep it from that.
            let trimmed = written.get(..at).is_some_and(|before| TRIMMING.iter().any(|end| before.ends_with(end)));
            let blanks = if trimmed { literal.len() - literal.trim_start().len() } else { 0 };
            let (blank, literal) = literal.split_at(blanks);
            marked.text.push_str(blank);
            if !(captured || trimmed && literal.is_empty()) {
                marked.text.push_str(&marker(STRETCH_OPEN, marked.stretches.len(), STRETCH_CLOSE));
                let from = offset + at + blanks;
                marked.stretches.push(Stretch { literal: from..from + literal.len(), expression_end: offset + end });
                marked.joints.push((marked.text.len(), from));
            }
            marked.text.push_str(literal);
            let Some((_, _, kind)) = next else { return marked };
            if kind == "[[" {
                let words =
                    expression.strip_prefix("[[").and_then(|words| words.strip_suffix("]]")).unwrap_or_default();
                marked.text.push_str(&scope.insert(words.to_owned(), Vec::new()));
            } else {
                let tag = expression.trim_start_matches(['{', '%', '-']).trim_start();
                captured = match tag.split(|c: char| !c.is_alphabetic()).next() {
                    Some("set") => !tag.contains('='),
                    Some("endset") => false,
                    _ => captured,
                };
                marked.expression(expression, offset + at + blanks + literal.len(), scope);
            }
            at = end;
            marked.joints.push((marked.text.len(), offset + at));
        }
    }

    /// An expression as it was written, with what is marked inside it.
    fn expression(&mut self, written: &str, at: usize, scope: &Scope) {
        let mut rest = written;
        while let Some((before, after)) = rest.split_once("[[")
            && let Some((words, after)) = after.split_once("]]")
        {
            self.text.push_str(before);
            self.text.push_str(&scope.insert(words.to_owned(), Vec::new()));
            rest = after;
            self.joints.push((self.text.len(), at + written.len() - rest.len()));
        }
        self.text.push_str(rest);
    }

    /// Where the first line that is too long begins.
    fn too_long(&self) -> Option<usize> {
        let mut start = 0;
        self.text.split_inclusive('\n').find_map(|line| {
            let begin = start;
            start += line.len();
            (line.len() > LONGEST_LINE && line.chars().count() > LONGEST_LINE).then_some(begin)
        })
    }

    /// Where this stands in the file; without a range, the line.
    fn before(&self, range: Option<Range<usize>>, line: Option<usize>) -> Range<usize> {
        let range = range.unwrap_or_else(|| {
            let lines = self.text.split_inclusive('\n').take(line.unwrap_or(1).saturating_sub(1));
            let start: usize = lines.map(str::len).sum();
            let rest = self.text.get(start..).unwrap_or_default();
            start..start + rest.split('\n').next().map_or(0, str::len)
        });
        let back = |at: usize| {
            let joint = self.joints.iter().rev().find(|(here, _)| *here <= at);
            joint.map_or(at, |(here, there)| at - here + there)
        };
        back(range.start)..back(range.end)
    }

    /// Blanks the expression around a range, its lines kept. False if there is none: then nothing more can be learnt.
    fn leave_out(&mut self, range: Option<Range<usize>>) -> bool {
        let Some(range) = range else { return false };
        let at = self.text.floor_char_boundary(range.start);
        let (head, tail) = self.text.split_at(at);
        let open = head.rfind("{{").or_else(|| tail.starts_with("{{").then_some(at));
        let Some(open) = open.filter(|open| head.get(*open..).is_some_and(|part| !part.contains("}}"))) else {
            return false;
        };
        let Some(close) = self.text.get(at..).and_then(|rest| rest.find("}}")).map(|end| at + end + 2) else {
            return false;
        };
        let blank: String = self
            .text
            .get(open..close)
            .unwrap_or_default()
            .bytes()
            .map(|b| if b == b'\n' { '\n' } else { ' ' })
            .collect();
        self.text.replace_range(open..close, &blank);
        true
    }
}

/// The first thing in a text that is not taken over as it stands: where it begins, how long it is, what opens it.
fn opening(text: &str) -> Option<(usize, usize, &'static str)> {
    // What is closed nowhere in the rest is not looked for again: a text of nothing but openings would take hours.
    let mut unclosed: Vec<&str> = Vec::new();
    // Up to here no `[[` is closed on its line.
    let mut bare = 0;
    text.match_indices(['[', '{']).find_map(|(at, _)| {
        let rest = text.get(at..)?;
        let (open, close) = OPENINGS.iter().find(|(open, _)| rest.starts_with(open))?;
        if unclosed.contains(open) || (*open == "[[" && at < bare) {
            return None;
        }
        let inside = rest.get(open.len()..)?;
        // What is marked stands on one line.
        let inside = if *open == "[[" { inside.split('\n').next()? } else { inside };
        let Some(end) = inside.find(close) else {
            if *open == "[[" {
                bare = at + open.len() + inside.len();
            } else {
                unclosed.push(open);
            }
            return None;
        };
        Some((at, open.len() + end + close.len(), *open))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::{
        base::language::Language,
        figures::{Snapshot, shipped},
    };

    /// The source lines and words from which these words of the rendered body come.
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
        assert!(!rendered.text.contains([STRETCH_OPEN, STRETCH_CLOSE]));
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
