//! Where the functions of a template are called. Jinja does not tell a function where its call stands, so before a text is
//! rendered each call gets its number as a first argument: `fig("a", "2024")` becomes `fig(7, "a", "2024")`. A problem then
//! marks the call that caused it, and in it the very word, however many calls of the same kind stand on a line.

use std::ops::Range;

/// The functions whose calls are numbered.
pub(super) const FUNCTIONS: [&str; 10] =
    ["fig", "latest", "common", "course", "change", "diff", "move", "ratio", "pick", "ref"];

/// A call in an expression, in bytes of the expression.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// The whole call, up to its closing bracket.
    pub range: Range<usize>,
    /// The byte behind its opening bracket, where its number is inserted.
    pub arguments: usize,
}

/// A word or sign of an expression, in bytes of the expression.
enum Token<'a> {
    Name(&'a str),
    Sign(char),
    Text,
}

/// The calls of an expression or a tag, in the order of their beginnings.
pub(super) fn calls(expression: &str) -> Vec<Call> {
    let tokens = tokens(expression);
    let mut calls: Vec<Call> = Vec::new();
    // For each bracket that is open, the call that it belongs to.
    let mut open: Vec<Option<usize>> = Vec::new();
    for (nth, (range, token)) in tokens.iter().enumerate() {
        match token {
            Token::Sign('(') => {
                let named = |back: usize| nth.checked_sub(back).and_then(|at| tokens.get(at));
                let begin = match (named(1), named(2)) {
                    // A filter, an attribute, a macro of the same name.
                    (_, Some((_, Token::Sign('.' | '|') | Token::Name("macro")))) => None,
                    (Some((name, Token::Name(word))), _) => FUNCTIONS.contains(word).then_some(name.start),
                    _ => None,
                };
                open.push(begin.map(|begin| {
                    calls.push(Call { range: begin..expression.len(), arguments: range.end });
                    calls.len() - 1
                }));
            }
            Token::Sign(')') => {
                if let Some(call) = open.pop().flatten().and_then(|call| calls.get_mut(call)) {
                    call.range.end = range.end;
                }
            }
            _ => {}
        }
    }
    calls
}

fn tokens(expression: &str) -> Vec<(Range<usize>, Token<'_>)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = expression.get(at..)
        && let Some(first) = rest.chars().next()
    {
        let len = match first {
            '"' | '\'' => text_len(rest, first),
            c if c.is_alphanumeric() || c == '_' => {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            c => c.len_utf8(),
        };
        let range = at..at + len;
        at = range.end;
        match first {
            '"' | '\'' => tokens.push((range, Token::Text)),
            c if c.is_alphanumeric() || c == '_' => {
                let name = rest.get(..len).unwrap_or_default();
                tokens.push((range, Token::Name(name)));
            }
            c if c.is_whitespace() => {}
            c => tokens.push((range, Token::Sign(c))),
        }
    }
    tokens
}

/// The length of a text in quotes, with both of them; a text that is not closed goes to the end.
fn text_len(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(expression: &str) -> Vec<&str> {
        calls(expression).into_iter().map(|call| &expression[call.range]).collect()
    }

    #[test]
    fn every_call_is_found_with_its_arguments() {
        assert_eq!(
            found(r#"{{ ratio(fig("a(", '2024'), latest( "b" )) }}"#),
            [r#"ratio(fig("a(", '2024'), latest( "b" ))"#, r#"fig("a(", '2024')"#, r#"latest( "b" )"#]
        );
        assert_eq!(found("{% set x = change (\"a\", (1 + 2)|string)|abs %}"), ["change (\"a\", (1 + 2)|string)"]);
        assert_eq!(found("{{ fig(\"a\\\")\", "), ["fig(\"a\\\")\", "]);
    }

    #[test]
    fn what_is_no_call_of_a_function_is_left_alone() {
        let left = "{{ x|ref(1) }}{{ y.fig(2) }}{{ \"fig(3)\" }}{{ config(4) }}{{ fig }}";
        assert_eq!(found(left), Vec::<&str>::new());
        assert_eq!(found("{% macro fig(x) %}"), Vec::<&str>::new());
    }
}
