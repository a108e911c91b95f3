//! What expressions may say so that rendering them ends soon, whatever they are. Jinja counts the steps of a text and what it
//! writes (`expressions::FUEL`), but neither what it costs to add up or compare lists in lists, which are doubled in a line,
//! nor how deep its own recursion goes. So a list stands only where a loop or a filter takes it apart at once, and is never a
//! value; an expression has a maximum length. Then every value is a word, a number or a figure, and each step costs little.

use std::{
    collections::{BTreeSet, VecDeque},
    ops::Range,
    sync::{Mutex, PoisonError},
};

use minijinja::{
    machinery::{
        Span, Token,
        ast::{BinOpKind, Call, CallArg, CompareOpKind, Expr, ForLoop, Macro, Set, Spanned, Stmt},
        parse, tokenize,
    },
    syntax::SyntaxConfig,
};

use super::calls::FUNCTIONS;
use crate::base::problem::{self, Problem};

/// Maximum number of words and signs of an expression or a tag: Jinja reads them by recursion.
const LONGEST: usize = 400;
/// Maximum number of `{% elif %}` in all conditions that are open at a place.
const MOST_BRANCHES: usize = 200;
/// The filters of Jinja that may be used: each costs about what it writes, and none makes a list.
const FILTERS: &[&str] = &[
    "bool",
    "capitalize",
    "count",
    "d",
    "default",
    "e",
    "escape",
    "first",
    "float",
    "int",
    "join",
    "last",
    "length",
    "lower",
    "max",
    "min",
    "replace",
    "round",
    "safe",
    "string",
    "sum",
    "title",
    "trim",
    "upper",
];
/// The filters of `expressions`.
const OWN_FILTERS: [&str; 6] = ["abs", "bare", "dated", "full", "nocite", "past"];
/// The filters that may follow a list.
const LIST_FILTERS: [&str; 8] = ["count", "first", "join", "last", "length", "max", "min", "sum"];
/// Attributes that are lists.
const LIST_ATTRIBUTES: [&str; 3] = ["arguments", "nextitem", "previtem"];

/// Something that an expression may not say, in bytes of the text that Jinja reads.
#[derive(Debug)]
pub(super) struct Refused {
    pub at: Range<usize>,
    pub problem: Problem,
}

/// Maximum number of texts that are remembered. A brief has four in each language.
const MOST_REMEMBERED: usize = 32;
/// Maximum size in bytes of a text that is remembered.
const LARGEST_REMEMBERED: usize = 64 * 1024;

/// Texts of which nothing was refused lately, the last one first: a brief for another reader is filled from the same texts.
static PASSED: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

/// Everything in a text that is refused. A text that Jinja cannot parse is refused by Jinja.
pub(super) fn check(text: &str) -> Vec<Refused> {
    let passed = || PASSED.lock().unwrap_or_else(PoisonError::into_inner);
    if passed().iter().any(|known| known == text) {
        return Vec::new();
    }
    let refused = check_anew(text);
    if refused.is_empty() && text.len() <= LARGEST_REMEMBERED {
        let mut passed = passed();
        passed.push_front(text.to_owned());
        passed.truncate(MOST_REMEMBERED);
    }
    refused
}

fn check_anew(text: &str) -> Vec<Refused> {
    let mut rules = Rules { refused: too_long(text), namespaces: BTreeSet::new() };
    if rules.refused.is_empty()
        && let Ok(Stmt::Template(template)) = parse(text, "", SyntaxConfig::default())
    {
        rules.find_namespaces(&template.children);
        rules.statements(&template.children);
    }
    rules.refused
}

fn bytes(span: Span) -> Range<usize> {
    span.start_offset as usize..span.end_offset as usize
}

/// Expressions that are too long, and conditions with too many branches.
fn too_long(text: &str) -> Vec<Refused> {
    let mut refused = Vec::new();
    // Words since the beginning of an expression, and its first byte.
    let (mut count, mut from) = (0, 0);
    // The number of `elif` in each condition that is open.
    let mut branches: Vec<usize> = Vec::new();
    // What cannot be read further is told by Jinja.
    for (token, span) in tokenize(text, false, SyntaxConfig::default()).map_while(Result::ok) {
        if refused.len() == problem::MOST {
            break;
        }
        match token {
            Token::TemplateData(_) => continue,
            Token::VariableStart | Token::BlockStart => (count, from) = (0, bytes(span).start),
            Token::Ident("if") if count == 1 => branches.push(0),
            Token::Ident("endif") if count == 1 => {
                branches.pop();
            }
            Token::Ident("elif") if count == 1 => {
                if let Some(last) = branches.last_mut() {
                    *last += 1;
                }
                if branches.iter().sum::<usize>() == MOST_BRANCHES {
                    let problem = Problem::error(format!("this condition has more than {MOST_BRANCHES} branches"));
                    refused
                        .push(Refused { at: from..bytes(span).end, problem: problem.hint("write several conditions") });
                }
            }
            _ => {}
        }
        count += 1;
        if count == LONGEST {
            let problem = Problem::error(format!("this expression has more than {LONGEST} words and signs"));
            let problem = problem.hint("divide it: {% set part = … %}");
            refused.push(Refused { at: from..bytes(span).end, problem });
        }
    }
    refused
}

struct Rules<'a> {
    refused: Vec<Refused>,
    /// The names of what `namespace()` returned, which holds other values.
    namespaces: BTreeSet<&'a str>,
}

impl<'a> Rules<'a> {
    fn refuse(&mut self, span: Span, what: impl Into<String>, hint: &str) {
        self.refuse_as(span, Problem::error(what).hint(hint));
    }

    fn refuse_as(&mut self, span: Span, problem: Problem) {
        if self.refused.len() < problem::MOST {
            self.refused.push(Refused { at: bytes(span), problem });
        }
    }

    /// Notes `{% set name = namespace(…) %}`, wherever it stands.
    fn find_namespaces(&mut self, statements: &[Stmt<'a>]) {
        for statement in statements {
            match statement {
                Stmt::Set(set) => {
                    if let (Expr::Var(name), true) = (&set.target, is_namespace(&set.expr)) {
                        self.namespaces.insert(name.id);
                    }
                }
                Stmt::ForLoop(it) => {
                    self.find_namespaces(&it.body);
                    self.find_namespaces(&it.else_body);
                }
                Stmt::IfCond(it) => {
                    self.find_namespaces(&it.true_body);
                    self.find_namespaces(&it.false_body);
                }
                Stmt::WithBlock(it) => self.find_namespaces(&it.body),
                Stmt::SetBlock(it) => self.find_namespaces(&it.body),
                Stmt::FilterBlock(it) => self.find_namespaces(&it.body),
                Stmt::Macro(it) => self.find_namespaces(&it.body),
                Stmt::CallBlock(it) => self.find_namespaces(&it.macro_decl.body),
                _ => {}
            }
        }
    }

    fn statements(&mut self, statements: &[Stmt<'a>]) {
        statements.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Stmt<'a>) {
        match statement {
            Stmt::Template(it) => self.statements(&it.children),
            Stmt::EmitRaw(_) => {}
            Stmt::EmitExpr(it) => self.value(&it.expr),
            Stmt::ForLoop(it) => self.for_loop(it),
            Stmt::IfCond(it) => {
                self.value(&it.expr);
                self.statements(&it.true_body);
                self.statements(&it.false_body);
            }
            Stmt::WithBlock(it) => {
                it.assignments.iter().for_each(|(_, value)| self.value(value));
                self.statements(&it.body);
            }
            Stmt::Set(it) => self.set(it),
            Stmt::SetBlock(it) => {
                it.filter.iter().for_each(|filter| self.value(filter));
                self.statements(&it.body);
            }
            Stmt::FilterBlock(it) => {
                self.value(&it.filter);
                self.statements(&it.body);
            }
            Stmt::Macro(it) => self.macro_body(it),
            Stmt::CallBlock(it) => {
                self.call(&it.call);
                self.macro_body(&it.macro_decl);
            }
            Stmt::Do(it) => self.call(&it.call),
            Stmt::AutoEscape(it) => self.unknown_tag(it.span(), "autoescape"),
            Stmt::Block(it) => self.unknown_tag(it.span(), "block"),
            Stmt::Import(it) => self.unknown_tag(it.span(), "import"),
            Stmt::FromImport(it) => self.unknown_tag(it.span(), "from"),
            Stmt::Extends(it) => self.unknown_tag(it.span(), "extends"),
            Stmt::Include(it) => self.unknown_tag(it.span(), "include"),
        }
    }

    fn unknown_tag(&mut self, span: Span, tag: &str) {
        self.refuse(span, format!("{{% {tag} %}} is not known in a template"), "a text stands for itself, in one file");
    }

    fn macro_body(&mut self, it: &Macro<'a>) {
        it.defaults.iter().for_each(|default| self.value(default));
        self.statements(&it.body);
    }

    fn set(&mut self, it: &Set<'a>) {
        match (&it.target, &it.expr) {
            (Expr::Var(_), Expr::Call(call)) if is_namespace(&it.expr) => self.arguments(call),
            _ => self.value(&it.expr),
        }
    }

    fn for_loop(&mut self, it: &Spanned<ForLoop<'a>>) {
        if it.recursive {
            self.refuse(it.iter.span(), "a loop cannot call itself", "take `recursive` away");
        }
        let in_parts = matches!(it.target, Expr::Tuple(_) | Expr::List(_));
        match &it.iter {
            Expr::List(_) | Expr::Tuple(_) => {
                for item in items(&it.iter) {
                    match item {
                        Expr::List(_) | Expr::Tuple(_) if in_parts => {
                            items(item).iter().for_each(|part| self.value(part));
                        }
                        item => self.value(item),
                    }
                }
            }
            Expr::Call(call) if matches!(&call.expr, Expr::Var(name) if name.id == "range") => self.arguments(call),
            other => self.refuse(
                other.span(),
                "a loop goes over a list that is written there",
                "write {% for name in [\"vw_bev_cn\", \"vw_bev_us\"] %}, or {% for number in range(3) %}",
            ),
        }
        it.filter_expr.iter().for_each(|filter| self.value(filter));
        self.statements(&it.body);
        self.statements(&it.else_body);
    }

    /// Checks an expression whose value may be kept.
    fn value(&mut self, expression: &Expr<'a>) {
        match expression {
            Expr::Const(_) => {}
            Expr::Var(name) if self.namespaces.contains(name.id) => {
                let what = format!("`{}` is a namespace, and no value", name.id);
                self.refuse(name.span(), what, &format!("name what it holds: {}.name", name.id));
            }
            Expr::Var(name) if FUNCTIONS.contains(&name.id) || ["range", "namespace"].contains(&name.id) => {
                let what = format!("`{}` is a function, and no value", name.id);
                self.refuse(name.span(), what, &format!("call it: {}(…)", name.id));
            }
            Expr::Var(_) => {}
            Expr::UnaryOp(it) => self.value(&it.expr),
            Expr::BinOp(it) => {
                if compares(&it.op) {
                    let sides = [&it.left, &it.right].into_iter().filter(|side| is_figure(side));
                    sides.for_each(|side| self.compared(side.span()));
                }
                self.value(&it.left);
                if matches!(it.op, BinOpKind::In) { self.list_or_value(&it.right) } else { self.value(&it.right) }
            }
            Expr::Compare(it) => {
                let compared = [&it.expr].into_iter().chain(it.ops.iter().map(|step| &step.expr));
                compared.filter(|side| is_figure(side)).for_each(|side| self.compared(side.span()));
                self.value(&it.expr);
                for step in &it.ops {
                    match step.op {
                        CompareOpKind::In | CompareOpKind::NotIn => self.list_or_value(&step.expr),
                        _ => self.value(&step.expr),
                    }
                }
            }
            Expr::IfExpr(it) => {
                self.value(&it.test_expr);
                self.value(&it.true_expr);
                it.false_expr.iter().for_each(|other| self.value(other));
            }
            Expr::Filter(it) => {
                let known = FILTERS.iter().chain(&OWN_FILTERS);
                if !known.clone().any(|known| *known == it.name) {
                    let problem = Problem::error(format!("`{}` is no filter of a template", it.name));
                    self.refuse_as(it.span(), problem.did_you_mean(it.name, known.copied()));
                }
                if let (Some(list @ (Expr::List(_) | Expr::Tuple(_))), "max" | "min") = (&it.expr, it.name) {
                    items(list).iter().filter(|item| is_figure(item)).for_each(|item| self.compared(item.span()));
                }
                match &it.expr {
                    Some(list) if LIST_FILTERS.contains(&it.name) => self.list_or_value(list),
                    Some(value) => self.value(value),
                    None => {}
                }
                self.call_arguments(&it.args, it.span());
            }
            Expr::Test(it) => {
                self.value(&it.expr);
                self.call_arguments(&it.args, it.span());
            }
            Expr::GetAttr(it) => {
                if LIST_ATTRIBUTES.contains(&it.name) {
                    self.refuse(it.span(), format!("`.{}` cannot be used", it.name), "keep what you need by {% set … %}");
                }
                if !matches!(&it.expr, Expr::Var(name) if self.namespaces.contains(name.id)) {
                    self.value(&it.expr);
                }
            }
            Expr::Call(it) => self.call(it),
            Expr::GetItem(_) | Expr::Slice(_) => {
                self.refuse(expression.span(), "`[…]` takes nothing out of a value here", "an attribute is named by a dot: x.year");
            }
            Expr::List(_) | Expr::Tuple(_) | Expr::Map(_) => self.refuse(
                expression.span(),
                "a list cannot be kept as a value",
                "it stands where it is used: {% for name in [\"a\", \"b\"] %}, [\"a\", \"b\"]|join(\", \"), x in [\"a\", \"b\"]",
            ),
        }
    }

    /// Jinja compares what a function returns as it compares texts, and not by its number.
    fn compared(&mut self, span: Span) {
        self.refuse(
            span,
            "a figure is not compared in a template",
            "pick(change(…), \"rose\", \"held\", \"fell\") goes by a change; attributes such as .year can be compared",
        );
    }

    fn list_or_value(&mut self, expression: &Expr<'a>) {
        match expression {
            Expr::List(_) | Expr::Tuple(_) => items(expression).iter().for_each(|item| self.value(item)),
            other => self.value(other),
        }
    }

    fn call(&mut self, call: &Spanned<Call<'a>>) {
        match &call.expr {
            Expr::Var(name) if name.id == "range" => {
                self.refuse(call.span(), "`range` makes a list, which cannot be kept", "{% for number in range(3) %}");
            }
            Expr::Var(name) if name.id == "namespace" => {
                self.refuse(call.span(), "a namespace stands alone", "{% set ns = namespace(count=0) %}");
            }
            Expr::Var(name) if FUNCTIONS.contains(&name.id) => {}
            other => self.value(other),
        }
        self.arguments(call);
    }

    fn arguments(&mut self, call: &Spanned<Call<'a>>) {
        self.call_arguments(&call.args, call.span());
    }

    fn call_arguments(&mut self, arguments: &[CallArg<'a>], span: Span) {
        for argument in arguments {
            match argument {
                CallArg::Pos(value) | CallArg::Kwarg(_, value) => self.value(value),
                CallArg::PosSplat(_) | CallArg::KwargSplat(_) => {
                    self.refuse(span, "an argument cannot be a list of arguments", "write them one by one");
                }
            }
        }
    }
}

const fn compares(operator: &BinOpKind) -> bool {
    matches!(operator, BinOpKind::Eq | BinOpKind::Ne | BinOpKind::Lt | BinOpKind::Lte | BinOpKind::Gt | BinOpKind::Gte)
}

/// Whether an expression is what a function returns, through filters or not.
fn is_figure(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::Call(call) => {
            matches!(&call.expr, Expr::Var(name) if ["fig", "latest", "change", "diff", "ratio"].contains(&name.id))
        }
        Expr::Filter(filter) if OWN_FILTERS.contains(&filter.name) => filter.expr.as_ref().is_some_and(is_figure),
        _ => false,
    }
}

fn is_namespace(expression: &Expr<'_>) -> bool {
    let Expr::Call(call) = expression else { return false };
    matches!(&call.expr, Expr::Var(name) if name.id == "namespace")
}

fn items<'e, 'a>(expression: &'e Expr<'a>) -> &'e [Expr<'a>] {
    match expression {
        Expr::List(list) => &list.items,
        Expr::Tuple(tuple) => &tuple.items,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whats(text: &str) -> Vec<String> {
        check(text).into_iter().map(|refused| format!("{}: {}", &text[refused.at], refused.problem.what)).collect()
    }

    #[test]
    fn lists_stand_where_they_are_taken_apart() {
        for fine in [
            "{% for a in [\"x\", fig(1, \"y\")] %}{{ a }}{% endfor %}",
            "{% for a, b in [(\"x\", \"y\"), (\"z\", \"w\")] %}{{ a ~ b }}{% endfor %}",
            "{% for a in range(3) if a > 1 %}{{ loop.index }}{% else %}no{% endfor %}",
            "{{ [\"a\", \"b\"]|join(\", \") }}{{ \"x\" in [\"x\"] }}{{ \"x\" not in (\"x\", \"y\") }}",
            "{% set ns = namespace(n=0) %}{% set ns.n = ns.n + 1 %}{{ ns.n|string }}",
            "{% macro m(a, b=\"c\") %}{{ a ~ b }}{{ caller() }}{% endmacro %}{% call m(\"x\") %}y{% endcall %}",
            "{% set c %}{{ x.year }}{% endset %}{% with d = c %}{{ d|upper }}{% endwith %}{{ \"a\" if x else \"b\" }}",
        ] {
            assert_eq!(whats(fine), Vec::<String>::new(), "{fine}");
        }
    }

    #[test]
    fn no_value_holds_another() {
        let kept = "a list cannot be kept as a value";
        for (text, refused) in [
            ("{% set a = [1, 2] %}", format!("[1, 2]: {kept}")),
            ("{% set a = (b, b) %}", format!("(b, b): {kept}")),
            ("{% set a = {\"k\": b} %}", format!("{{\"k\": b}}: {kept}")),
            ("{% set ns = namespace(x=[1]) %}", format!("[1]: {kept}")),
            ("{{ m([1]) }}", format!("[1]: {kept}")),
            ("{{ x|default([1]) }}", format!("[1]: {kept}")),
            ("{{ [[1]]|length }}", format!("[1]: {kept}")),
            ("{% for a in [[1], [2]] %}{% endfor %}", format!("[1]: {kept}")),
            ("{% set a = range(3) %}", "range(3): `range` makes a list, which cannot be kept".to_owned()),
            ("{% set a = range %}", "range: `range` is a function, and no value".to_owned()),
            ("{{ \"a b\"|split }}", "split: `split` is no filter of a template".to_owned()),
            ("{% set n = namespace() %}{% set n.x = n %}", "n: `n` is a namespace, and no value".to_owned()),
            ("{{ m.arguments }}", "m.arguments: `.arguments` cannot be used".to_owned()),
            ("{{ m[\"arguments\"] }}", "m[\"arguments\"]: `[…]` takes nothing out of a value here".to_owned()),
            ("{% for a in b %}{% endfor %}", "b: a loop goes over a list that is written there".to_owned()),
            ("{{ m(*x) }}", "m(*x): an argument cannot be a list of arguments".to_owned()),
        ] {
            let whats = whats(text);
            assert!(whats.contains(&refused), "{text}: {whats:?} without {refused:?}");
        }
    }

    #[test]
    fn long_expressions_are_refused_before_they_are_parsed() {
        let many = 100_000;
        for text in [
            format!("{{{{ 'a'{} }}}}", " ~ 'a'".repeat(many)),
            format!("{{{{ {} x }}}}", "not ".repeat(many)),
            format!("{{{{ \"}}}}\" ~ {} x }}}}", "not ".repeat(many)),
            format!("{{{{ x{} }}}}", "|string".repeat(many)),
        ] {
            let refused = check(&text);
            assert_eq!(refused[0].problem.what, "this expression has more than 400 words and signs");
        }
        let branches = format!("{{% if x %}}{}{{% endif %}}", "{% elif y %}\n".repeat(20_000));
        assert_eq!(check(&branches)[0].problem.what, "this condition has more than 200 branches");
    }
}
