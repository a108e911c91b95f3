//! No template hangs or kills the program: what costs too much is refused, and told at its place.

use std::fs;

use greenbrief::{
    base::{language::Language, problem::MOST},
    document::brief::Template,
};

use super::{problems, told, with, written};
use crate::{frame, snapshot, template};

#[test]
fn lists_cannot_be_doubled_compared_or_printed_without_end() {
    let kept = "error: a list cannot be kept as a value\n --> t/en.md:5:";
    for body in [
        "{% set ns = namespace(x=[1,2,3]) %}{% for i in range(40) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x|length }}\n",
        "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(40) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}\n",
        "{% set ns = namespace(x=[1]) %}{% for i in range(40) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}\n",
        "{% set ns = namespace(x=(1, 2)) %}{% for i in range(40) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x|length }}\n",
        "{% set a = {\"x\": 1} %}{{ a|length }}\n",
    ] {
        let text = told(body);
        assert!(text.starts_with(kept), "{body}{text}");
    }
}

#[test]
fn texts_cannot_be_doubled_or_compared_without_end() {
    for body in [
        "{% set ns = namespace(x=\"ab\") %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x|length|string }}\n",
        "{% set ns = namespace(x=\"ab\") %}{% for i in range(60) %}{% set ns.x = ns.x * 2 %}{% endfor %}{{ ns.x|length|string }}\n",
        "{% set ns = namespace(x=\"ab\") %}{% for i in range(60) %}{% set ns.x = ns.x|replace(\"b\", ns.x) %}{% endfor %}x\n",
        "{% set ns = namespace(x=\"ab\") %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x]|join(ns.x) %}{% endfor %}x\n",
        "{% set ns = namespace(x=\"ab\") %}{% for i in range(60) %}{% set y %}{{ ns.x }}{{ ns.x }}{% endset %}{% set ns.x = y %}{% endfor %}x\n",
        "{% set a = \"a\" * 5000000 %}{% set b = \"a\" * 5000000 %}{% for i in range(50000) %}{% if a == b %}{% endif %}{% endfor %}x\n",
        "{% for i in range(100000) %}{{ latest(\"vw_bev_cn\") }}{% endfor %}\n",
        "{% for i in range(100000) %}{% if latest(\"x\" ~ i) %}{% endif %}{% endfor %}\n",
    ] {
        let text = told(body);
        assert!(text.contains("error: the expressions of this text do too much\n"), "{body}{:.2000}", text);
    }
}

#[test]
fn a_text_that_grows_too_large_is_not_laid_out() {
    let words = "x".repeat(2_000);
    let text = told(&format!("One.\n\n{{% for i in range(900) %}}{words}{{% endfor %}}\n"));
    let what = "error: this text has 1800006 bytes when its expressions are filled in; at most 192 KiB are set\n";
    assert!(text.starts_with(&format!("{what} --> t/en.md:7:")), "{text:.400}");
    assert!(text.contains("hint: a loop goes around too often, or a text grows too long: make several briefs of it"));
}

#[test]
fn long_and_deep_expressions_do_not_exhaust_the_stack() {
    let long = |part: &str| format!("{part}\n").repeat(30_000);
    let words = "error: this expression has more than 400 words and signs\n --> t/en.md:5:1\n";
    for body in [
        format!("{{{{ 'a'{} }}}}\n", long(" ~ 'a'")),
        format!("{{{{ {} 1 }}}}\n", long("not ")),
        format!("{{{{ 1{} }}}}\n", long(" and 1")),
        format!("{{{{ 'a'{} }}}}\n", long("|string")),
        format!("{{{{ brief{} }}}}\n", long(".a")),
        format!("{{{{ 'a'{} }}}}\n", long(" if 1 else 'b'")),
        format!("{{{{ \"}}}}\" ~ {} 1 }}}}\n", long("not ")),
    ] {
        let text = told(&body);
        assert!(text.starts_with(words), "{:.60}: {text:.300}", body);
    }
    let text = told(&format!("{{% if 0 %}}\n{}{{% endif %}}\n", "{% elif 0 %}x\n".repeat(30_000)));
    assert!(text.starts_with("error: this condition has more than 200 branches\n   --> t/en.md:205:1\n"), "{text}");
    // The longest that are let pass.
    for body in [
        format!("{{{{ 'a'{} }}}}\n", " ~ 'a'".repeat(198)),
        format!("{{{{ {} x }}}}\n", "not ".repeat(390)),
        format!("{{% if 0 %}}\n{}{{% endif %}}\n", "{% elif 0 %}x\n".repeat(199)),
        format!("{}x{}\n", "{% if 1 %}".repeat(140), "{% endif %}".repeat(140)),
        format!("{}x{}\n", "{% if 0 %}{% elif 1 %}".repeat(140), "{% endif %}".repeat(140)),
        "{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(\"x\") }}\n".to_owned(),
    ] {
        // Whether it is a text or a problem: it ends.
        let _ = written(Language::En, &body);
    }
}

#[test]
fn a_paragraph_of_a_thousand_pieces_is_set_and_one_of_many_thousands_is_refused() {
    assert!(written(Language::En, &format!("{}\n", "*a* b\n".repeat(900))).is_ok());
    let text = told(&format!("{}\n", "*a* b\n".repeat(20_000)));
    let what = "error: this paragraph has more than 2000 figures, links and emphasised words\n --> t/en.md:5:1\n";
    assert!(text.starts_with(what), "{text:.300}");
}

#[test]
fn a_text_of_tens_of_thousands_of_items_is_not_set() {
    let what = "error: this text has more than 15000 paragraphs, headings and items of lists\n";
    for (body, line) in
        [("- a\n".repeat(40_000), "15005"), ("-\n".repeat(60_000), "15005"), ("a\n\n".repeat(20_000), "30005")]
    {
        let text = told(&body);
        assert!(text.starts_with(&format!("{what}     --> t/en.md:{line}:")), "{text:.300}");
    }
}

#[test]
fn of_many_problems_a_file_shows_the_first() {
    let body = format!("{}\n", "\u{202e}".repeat(20_000));
    let mut files = template().files;
    files.insert("en.md".into(), format!("+++\nheadline = \"H\"\nsubject = \"S\"\n+++\n{body}").into_bytes());
    let found = Template::from_files("t", files).unwrap().check(&snapshot(), &frame(), &[Language::En]);
    assert!(found.0.len() <= MOST + 1 && found.has_errors(), "{}", found.0.len());
    assert!(found.0.iter().all(|problem| problem.place.as_ref().is_none_or(|place| place.source.len() < 1_000)));
    let text = found.to_string();
    assert!(text.len() < 1_000_000 && text.contains("there are more problems than these"), "{}", text.len());
}

#[test]
fn the_names_of_a_long_table_are_looked_up_at_once() {
    let rows: String =
        (0..5_000).map(|row| format!("[[deliveries.row]]\nkey = \"r{row}\"\nseries = \"vw_bev_cn\"\n")).collect();
    let names: String = (0..5_000).map(|row| format!("names.r{row} = \"R\"\nnames.q{row} = \"Q\"\n")).collect();
    let mut files = with(&[]);
    let blocks = String::from_utf8(files["blocks.toml"].clone()).unwrap();
    let (before, after) = blocks.split_once("[[deliveries.row]]").unwrap();
    let (_, after) = after.split_once("# Exports are part").unwrap();
    files.insert("blocks.toml".into(), format!("{before}{rows}# {after}").into_bytes());
    for language in Language::ALL {
        let text = format!("+++\nheadline = \"H\"\nsubject = \"S\"\n+++\n```table deliveries\n{names}```\n");
        files.insert(format!("{language}.md"), text.into_bytes());
    }
    // Each row finds its name, and each name that is none is told, up to the limit.
    let found = problems(files);
    assert_eq!(found.0.len(), MOST + 1);
    let told = |what: &str| found.0.iter().filter(|problem| problem.what.contains(what)).count();
    assert_eq!((told("names nothing of this block"), told("has no name")), (MOST, 0));
}

#[test]
fn toml_beyond_its_limits_is_not_parsed() {
    let tables = "[a.b.c.d]\n".repeat(6_000);
    let what = "error: this file has more than 20000 tables, lists and dotted keys\n";
    let key = format!("{}a = 1\n", "a.".repeat(60));
    for (name, text, told) in [
        ("blocks.toml", tables.clone(), format!("{what}    --> templates/green-economy/blocks.toml:5001:1\n")),
        ("theme.toml", tables.clone(), format!("{what}    --> templates/green-economy/theme.toml:5001:1\n")),
        ("en.md", format!("+++\n{tables}+++\nA\n"), format!("{what}    --> templates/green-economy/en.md:5002:1\n")),
        (
            "en.md",
            format!("+++\nheadline = \"H\"\nsubject = \"S\"\n+++\nA\n\n```chart x\n{key}```\n"),
            "error: this key has more than 32 parts\n --> templates/green-economy/en.md:8:64\n".to_owned(),
        ),
        (
            "blocks.toml",
            "a = 1\rb = 2\r".to_owned(),
            "error: a carriage return stands here without a line feed\n --> templates/green-economy/blocks.toml:1:6\n"
                .to_owned(),
        ),
    ] {
        let mut files = with(&[]);
        files.insert(name.to_owned(), text.into_bytes());
        let found = problems(files).to_string();
        assert!(found.contains(&told), "{name}: {found:.600}");
    }
}

#[test]
fn marks_without_end_over_a_letter_are_set_once() {
    // Each looked at all others: 23 s.
    assert!(written(Language::En, &format!("e{}\n", "\u{301}".repeat(60_000))).is_ok());
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in template().files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    assert!(Template::load(folder.path(), &Language::ALL).is_ok());
    let path = folder.path().join("blocks.toml");
    fs::File::options().write(true).open(&path).unwrap().set_len(60 << 20).unwrap();
    let text = Template::load(folder.path(), &Language::ALL).unwrap_err().to_string();
    assert!(text.contains("blocks.toml is larger than 192 KiB\n   = hint: make several briefs of it"), "{text}");
    fs::remove_file(&path).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let text = Template::load(folder.path(), &Language::ALL).unwrap_err().to_string();
    assert!(text.contains("blocks.toml is a named pipe, not a file"), "{text}");
}
