//! The way back from a rendered text to its file, so that what Markdown or TOML finds wrong is shown where the author wrote
//! it. Before Jinja renders a text, each stretch of it gets a mark, which is taken out afterwards.

use std::ops::Range;

use super::{
    calls::calls,
    markers::{Says, marker, number},
    scope::Scope,
};
use crate::base::problem::{Place, Source};

/// Maximum length of a line in characters, with the marks in it: Jinja counts columns in 16 bits.
pub(super) const LONGEST_LINE: usize = 65_000;

/// The signs around the mark of a [`Stretch`].
const STRETCH_OPEN: char = '\u{e004}';
const STRETCH_CLOSE: char = '\u{e005}';

/// A part of a file without expressions, and the end of the expression behind it, in bytes of the file.
#[derive(Debug, Clone)]
pub(super) struct Stretch {
    literal: Range<usize>,
    expression_end: usize,
}

/// The byte of the rendered text at which a stretch begins, and the stretch's index.
#[derive(Debug, Clone, Copy)]
struct Begin {
    at: usize,
    stretch: usize,
}

/// A rendered text that knows the place in the file from which each part of it comes.
#[derive(Debug, Clone)]
pub(super) struct Rendered {
    pub text: String,
    source: Source,
    stretches: Vec<Stretch>,
    /// Beginnings of stretches in `text`, in order. A loop renders one stretch several times.
    begins: Vec<Begin>,
}

impl Rendered {
    /// Takes the marks of stretches out of a text that Jinja rendered.
    pub fn new(marked: &str, stretches: Vec<Stretch>, source: Source) -> Rendered {
        let (mut text, mut begins) = (String::with_capacity(marked.len()), Vec::new());
        let mut rest = marked;
        while let Some((before, after)) = rest.split_once(STRETCH_OPEN) {
            text.push_str(before);
            let Some((digits, after)) = after.split_once(STRETCH_CLOSE) else { break };
            begins.push(Begin { at: text.len(), stretch: number(digits) });
            rest = after;
        }
        text.push_str(rest);
        Rendered { text, source, stretches, begins }
    }

    /// The place in the file from which this part of the text comes. A part that an expression inserted comes from the
    /// expression.
    pub fn place(&self, range: Range<usize>) -> Place {
        let first = self.origin(range.start);
        let last = self.origin(range.end.max(range.start + 1) - 1);
        self.source.place(first.start..last.end.max(first.start))
    }

    /// The bytes of the file from which this byte of the text comes.
    fn origin(&self, at: usize) -> Range<usize> {
        let before = self.begins.partition_point(|begin| begin.at <= at).checked_sub(1);
        let Some((begin, stretch)) = before.and_then(|index| {
            let begin = self.begins.get(index)?;
            Some((begin.at, self.stretches.get(begin.stretch)?))
        }) else {
            return 0..0;
        };
        let from = stretch.literal.start + (at - begin);
        if from < stretch.literal.end { from..from + 1 } else { stretch.literal.end..stretch.expression_end }
    }
}

/// A text prepared for Jinja and Markdown. `[[2025]]` has become a marker, which Markdown does not take for a link, and
/// each stretch has its mark before it.
pub(super) struct Marked {
    pub text: String,
    pub stretches: Vec<Stretch>,
    joints: Vec<Joint>,
}

/// A point from which the text goes on as it was written, after something was inserted or replaced.
#[derive(Clone, Copy)]
struct Joint {
    /// Byte of the marked text.
    marked: usize,
    /// Byte of the file.
    written: usize,
}

/// Beginnings and ends of the parts that are not taken over as they were written.
const OPENINGS: [(&str, &str); 4] = [("[[", "]]"), ("{{", "}}"), ("{%", "%}"), ("{#", "#}")];

/// Ends of expressions behind which Jinja removes blanks.
const TRIMMING: [&str; 3] = ["-}}", "-%}", "-#}"];

impl Marked {
    /// Prepares `written`, which begins at byte `offset` of its file.
    pub fn new(written: &str, offset: usize, scope: &Scope) -> Marked {
        let mut marked = Marked {
            text: String::with_capacity(written.len() * 2),
            stretches: Vec::new(),
            joints: vec![Joint { marked: 0, written: offset }],
        };
        let mut at = 0;
        // The text between `{% set x %}` and `{% endset %}` may become an argument, which holds no marks.
        let mut captured = false;
        loop {
            let rest = written.get(at..).unwrap_or_default();
            let next = opening(rest);
            let literal = rest.get(..next.map_or(rest.len(), |(begin, ..)| begin)).unwrap_or_default();
            let expression = next.and_then(|(begin, len, _)| rest.get(begin..begin + len)).unwrap_or_default();
            let end = at + literal.len() + expression.len();
            // Jinja removes blanks behind a `-%}`, which a mark must not prevent.
            let trimmed = written.get(..at).is_some_and(|before| TRIMMING.iter().any(|end| before.ends_with(end)));
            let blanks = if trimmed { literal.len() - literal.trim_start().len() } else { 0 };
            let (blank, literal) = literal.split_at(blanks);
            marked.text.push_str(blank);
            if !(captured || trimmed && literal.is_empty()) {
                marked.text.push_str(&marker(STRETCH_OPEN, marked.stretches.len(), STRETCH_CLOSE));
                let from = offset + at + blanks;
                marked.stretches.push(Stretch { literal: from..from + literal.len(), expression_end: offset + end });
                marked.join(from);
            }
            marked.text.push_str(literal);
            let Some((_, _, kind)) = next else { return marked };
            if kind == "[[" {
                let words =
                    expression.strip_prefix("[[").and_then(|words| words.strip_suffix("]]")).unwrap_or_default();
                marked.text.push_str(&scope.insert_saying(words.to_owned(), Vec::new(), Says::Marked));
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
            marked.join(offset + at);
        }
    }

    /// Notes that the text goes on here with this byte of the file.
    fn join(&mut self, written: usize) {
        self.joints.push(Joint { marked: self.text.len(), written });
    }

    /// Adds an expression as it was written, with the words in `[[…]]` inside it as markers, and the number of each call.
    fn expression(&mut self, written: &str, at: usize, scope: &Scope) {
        let mut numbers = calls(written).into_iter().peekable();
        let mut from = 0;
        loop {
            let rest = written.get(from..).unwrap_or_default();
            // What stands between `[[` and `]]` is no expression.
            while numbers.next_if(|call| call.arguments < from).is_some() {}
            let marked = rest.find("[[").and_then(|open| {
                let inside = rest.get(open + 2..)?;
                Some((from + open, inside.split_once("]]")?.0))
            });
            let numbered = numbers.peek().map(|call| call.arguments);
            match (marked, numbered) {
                (marked, Some(arguments)) if marked.is_none_or(|(open, _)| arguments <= open) => {
                    self.text.push_str(written.get(from..arguments).unwrap_or_default());
                    if let Some(call) = numbers.next() {
                        let number = scope.note_call(at + call.range.start..at + call.range.end);
                        self.text.push_str(&format!("{number}, "));
                    }
                    from = arguments;
                }
                (Some((open, words)), _) => {
                    self.text.push_str(written.get(from..open).unwrap_or_default());
                    self.text.push_str(&scope.insert_saying(words.to_owned(), Vec::new(), Says::Marked));
                    from = open + words.len() + "[[]]".len();
                }
                _ => return self.text.push_str(rest),
            }
            self.join(at + from);
        }
    }

    /// The byte at which the first line that is too long begins.
    pub fn too_long(&self) -> Option<usize> {
        let mut start = 0;
        self.text.split_inclusive('\n').find_map(|line| {
            let begin = start;
            start += line.len();
            (line.len() > LONGEST_LINE && line.chars().count() > LONGEST_LINE).then_some(begin)
        })
    }

    /// The bytes of the file from which a range of the marked text comes; without a range, those of a line.
    pub fn in_file(&self, range: Option<Range<usize>>, line: Option<usize>) -> Range<usize> {
        let range = range.unwrap_or_else(|| {
            let lines = self.text.split_inclusive('\n').take(line.unwrap_or(1).saturating_sub(1));
            let start: usize = lines.map(str::len).sum();
            let rest = self.text.get(start..).unwrap_or_default();
            start..start + rest.split('\n').next().map_or(0, str::len)
        });
        let back = |at: usize| {
            let joint = self.joints.iter().rev().find(|joint| joint.marked <= at);
            joint.map_or(at, |joint| at - joint.marked + joint.written)
        };
        back(range.start)..back(range.end)
    }

    /// Replaces the expression around a range by blanks, but keeps its line ends. Returns false if there is none; then
    /// nothing more can be found out.
    pub fn leave_out(&mut self, range: Option<Range<usize>>) -> bool {
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

/// The first part of a text that is not taken over as it was written: its beginning, its length, and what opens it.
fn opening(text: &str) -> Option<(usize, usize, &'static str)> {
    // An opening that is not closed in the rest is not looked for again, since a text full of openings would take hours.
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
        // Words in `[[…]]` stand on one line.
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
