//! A problem marks what caused it: the very call and word, however many of a kind stand on a line.

use greenbrief::{
    base::language::Language,
    document::brief::Template,
    figures::{Period, SeriesId, Snapshot},
};
use rust_decimal::Decimal;

use super::{problems, told, with};
use crate::{frame, snapshot, template};

/// What each problem says, with its column and what its caret marks, in the body's first line.
fn marks(body: &str) -> Vec<String> {
    marks_with(body, &snapshot())
}

fn marks_with(body: &str, snapshot: &Snapshot) -> Vec<String> {
    let mut files = template().files;
    files.insert("en.md".into(), format!("+++\nheadline = \"H\"\nsubject = \"S\"\n+++\n{body}\n").into_bytes());
    let template = Template::from_files("t", files).unwrap();
    let problems = template.check(snapshot, &frame(), &[Language::En]);
    let mark = |place: &greenbrief::base::problem::Place| -> String {
        place.source.chars().skip(place.column - place.from).take(place.width).collect()
    };
    let lines = problems.0.iter().map(|problem| match &problem.place {
        Some(place) => format!("{}:{} {}: {}", place.line, place.column, mark(place), problem.what),
        None => format!("nowhere: {}", problem.what),
    });
    lines.collect()
}

/// The figures with this value for a period of a series.
fn valued(series: &str, period: i32, value: i64) -> Snapshot {
    let mut snapshot = snapshot();
    let id = SeriesId::new(series).unwrap();
    let all = snapshot.data.observations.get_mut(&id).unwrap();
    all.iter_mut().filter(|o| o.period == Period::Year(period)).for_each(|o| o.value = Decimal::from(value));
    snapshot
}

#[test]
fn of_several_calls_on_a_line_the_wrong_one_is_marked() {
    let none = |year: &str| format!("`vw_bev_cn` has no value for {year} that is known by then");
    assert_eq!(
        marks("{{ fig(\"vw_bev_cn\", \"2025\") }} and {{ fig(\"vw_bev_cn\", \"2019\") }}"),
        [format!("5:57 2019: {}", none("2019"))]
    );
    assert_eq!(
        marks("{{ ratio(fig(\"vw_bev_cn\", \"2018\"), fig('vw_bev_cn', '2019')) }}"),
        [format!("5:28 2018: {}", none("2018")), format!("5:54 2019: {}", none("2019"))]
    );
    assert_eq!(
        marks("{{ latest(\"vw_bev_us\") }} {{ latest(\"vw_bve_us\") }} {{ latest(\"vw_bve_us\")|full }}"),
        ["5:38 vw_bve_us: unknown series `vw_bve_us`", "5:64 vw_bve_us: unknown series `vw_bve_us`"]
    );
}

#[test]
fn a_text_that_is_no_period_is_marked_itself() {
    assert_eq!(marks("{{ fig(\"vw_bev_cn\", \"20x\") }}"), ["5:22 20x: `20x` is not a period"]);
    assert_eq!(
        marks("{{ diff(\"vw_bev_cn\", \"2024\", \"20x\") }} {{ change(\"vw_bev_cn\", \"x20\") }}"),
        ["5:31 20x: `20x` is not a period", "5:64 x20: `x20` is not a period"]
    );
}

#[test]
fn what_braces_say_of_words_is_marked_where_it_is_wrong() {
    let stands = "stands behind no words in brackets";
    assert_eq!(
        marks("A [word]{lang=zz}, an [IW]{means=\"Institut\"}, [a]{colour=red} and *[b]*{lang=de}, [c]{means=\"\"}."),
        [
            "5:15 zz: `zz` is no language that words can be of".to_owned(),
            "5:51 colour: `colour` says nothing of words".to_owned(),
            format!("5:72 {{lang=: `{{lang=…}}` {stands}"),
            "5:87 means=\"\": `means` holds no words".to_owned(),
        ]
    );
    let text = told("[x]{lang=deu}");
    let wanted = "   |          ^^^\n   = hint: the language is one of zh, en, de, fr, it, es, pt, nl, da, sv, nb, fi, pl, cs, hu, la";
    assert!(text.contains(wanted), "{text}");
}

#[test]
fn loops_macros_and_variables_lead_to_the_call() {
    let call = "fig(name, year)";
    for (body, column) in [
        ("{% for year in [\"2024\", \"2019\"] %}{% set name = \"vw_bev_cn\" %}{{ fig(name, year) }}{% endfor %}", 66),
        ("{% macro m(name, year) %}{{ fig(name, year) }}{% endmacro %}{{ m(\"vw_bev_cn\", \"2019\") }}", 29),
        ("{% set name = \"vw_bev_cn\" %}{% set year = \"2019\" %}{% if fig(name, year) %}x{% endif %}", 58),
        ("{% set name = \"vw_bev_cn\" %}{% set year = \"2019\" %}{{ \"x (\" ~ fig(name, year)|full }}", 63),
    ] {
        let what = "`vw_bev_cn` has no value for 2019 that is known by then";
        assert_eq!(marks(body), [format!("5:{column} {call}: {what}")], "{body}");
    }
}

#[test]
fn a_number_is_marked_where_it_is_written_out() {
    assert_eq!(
        marks("{{ fig(\"vw_bev_cn\", \"2024\").year|string }} {{ 2024 }} {{ latest(\"vw_bev_cn\").year + 1 }}"),
        [
            "5:47 2024: the number 2024 is typed by hand",
            "5:58 latest(\"vw_bev_cn\").year + 1: the number 2026 is typed by hand"
        ]
    );
}

#[test]
fn a_division_by_zero_names_the_value_that_is_zero() {
    // No change of it was published, which would be taken.
    let zero = valued("cn_nev_sales", 2023, 0);
    let what = "`cn_nev_sales` is 0 for 2023";
    assert_eq!(
        marks_with("{{ change(\"cn_nev_sales\", \"2024\") }} {{ change(\"cn_nev_sales\", \"2025\") }}", &zero),
        [format!("5:4 change(\"cn_nev_sales\", \"2024\"): {what}: a change in per cent would divide by zero")]
    );
    assert_eq!(
        marks_with("{{ ratio(fig(\"cn_nev_sales\", \"2024\"), fig(\"cn_nev_sales\", \"2023\")) }}", &zero),
        [format!(
            "5:4 ratio(fig(\"cn_nev_sales\", \"2024\"), fig(\"cn_nev_sales\", \"2023\")): {what}: nothing can be divided by it"
        )]
    );
    // The tile of the shipped brief that shows the change.
    let files = with(&[("blocks.toml", "series = \"vw_bev_cn\"\nperiod", "series = \"cn_nev_sales\"\nperiod")]);
    let template = Template::from_files("t", files).unwrap();
    let told = template.check(&zero, &frame(), &[Language::En]).to_string();
    let tile = format!(
        "error: {what}: a change in per cent would divide by zero\n  --> t/blocks.toml:23:10\n    |\n 23 | change = true\n"
    );
    assert!(told.contains(&tile), "{told}");
}

#[test]
fn what_is_no_change_and_no_figure_is_told() {
    assert_eq!(
        marks("{{ pick(latest(\"vw_bev_cn\"), \"a\", \"b\", \"c\") }} {{ ratio(\"x\", latest(\"vw_bev_cn\")) }}"),
        [
            "5:4 pick(latest(\"vw_bev_cn\"), \"a\", \"b\", \"c\"): `pick` goes by a change, and this is none",
            "5:51 ratio(\"x\", latest(\"vw_bev_cn\")): `ratio` takes two figures"
        ]
    );
}

#[test]
fn rows_and_tiles_of_one_series_have_places_of_their_own() {
    let text = problems(with(&[
        // The second tile of two that show one series, and the second of two rows.
        ("blocks.toml", "series = \"vw_bev_cn\"\nperiod = \"2024\"", "series = \"vw_bev_world\"\nperiod = \"1999\""),
        (
            "blocks.toml",
            "key = \"us\"\nseries = \"vw_bev_us\"\n\n# Exports",
            "key = \"us\"\nseries = \"vw_bve_cn\"\n\n# Exports",
        ),
        ("blocks.toml", "    \"catl_vw_mou\",", "    \"catl_vw_mou\", \"catl_vw_muo\","),
    ]))
    .to_string();
    for place in [
        " --> templates/green-economy/blocks.toml:22:11\n    |\n 22 | period = \"1999\"\n    |           ^^^^\n",
        " --> templates/green-economy/blocks.toml:59:11\n    |\n 59 | series = \"vw_bve_cn\"\n    |           ^^^^^^^^^\n",
        "    \"catl_vw_mou\", \"catl_vw_muo\",\n     |                     ^^^^^^^^^^^\n",
    ] {
        assert!(text.contains(place), "{place}\n{text}");
    }
    assert_eq!(text.matches("error: ").count(), 3, "{text}");
}

#[test]
fn a_brief_without_figures_is_told_at_its_calls() {
    let mut empty = snapshot();
    empty.data.observations.clear();
    let marks = marks_with("{{ latest(\"vw_bev_cn\") }} {{ fig(\"vw_bev_us\", \"2024\") }}", &empty);
    let wanted = [
        "5:12 vw_bev_cn: `vw_bev_cn` has no value that is known by then",
        "5:48 2024: `vw_bev_us` has no value for 2024 that is known by then",
    ];
    assert!(wanted.iter().all(|wanted| marks.iter().any(|mark| mark == wanted)), "{marks:#?}");
    let text = template().check(&empty, &frame(), &Language::ALL).to_string();
    assert!(!text.contains("is not a period"), "{text}");
    assert!(!text.contains("values for \n") && !text.contains(":1:1\n"), "{text}");
    assert!(
        text.contains("hint: `vw_bev_cn` has no values at all: `greenbrief figures import FILE` brings some"),
        "{text}"
    );
}

#[test]
fn a_hint_lists_only_what_was_known_then() {
    let told = told("{{ fig(\"vw_bev_cn\", \"2025\", as_known=\"2025-03-04\") }}\n");
    assert!(
        told.contains("hint: there are values for 2021, 2023, 2024\n") || told.ends_with("for 2021, 2023, 2024"),
        "{told}"
    );
}

#[test]
fn a_fence_that_does_not_end_is_one_problem() {
    let text = problems(with(&[(
        "en.md",
        "names.vw_bev_us = \"United States\"\n```\n",
        "names.vw_bev_us = \"United States\"\n",
    )]))
    .to_string();
    assert!(text.starts_with("error: this block does not end\n  --> templates/green-economy/en.md:"), "{text}");
    assert!(
        text.contains(" | ```chart markets\n    | ^^^^^^^^^^^^^^^^\n    = hint: write ``` on a line of its own"),
        "{text}"
    );
    assert_eq!(text.matches("error: ").count(), 1, "{text}");
    // The last one has no other behind it.
    assert_eq!(marks("Text.\n\n```timeline milestones\n"), ["7:1 ```timeline milestones: this block does not end"]);
}

#[test]
fn keys_that_do_not_end_and_keys_of_the_same_words_have_their_places() {
    let mut files = template().files;
    files.insert("en.md".into(), b"+++\nheadline = \"H\"\n\nText.\n".to_vec());
    let text = problems(files).to_string();
    let wanted = "error: the keys at the beginning of this file do not end\n --> templates/green-economy/en.md:1:1\n";
    assert!(text.contains(wanted), "{text}");
    let same = "'{{ fig(\"vw_bev_cn\", \"2019\") }}'";
    let mut files = template().files;
    files.insert("en.md".into(), format!("+++\nheadline = {same}\nsubject = {same}\n+++\nText.\n").into_bytes());
    let text = problems(files).to_string();
    for place in ["en.md:2:34\n", "en.md:3:33\n"] {
        assert!(text.contains(place), "{place}\n{text}");
    }
}

#[test]
fn a_byte_order_mark_is_read() {
    let mut files = template().files;
    for bytes in files.values_mut() {
        bytes.splice(..0, *b"\xef\xbb\xbf");
    }
    assert_eq!(problems(files).to_string(), "");
}

#[test]
fn a_text_in_another_encoding_is_told_how_to_be_converted() {
    for (bytes, encoding) in
        [(b"+++\nheadline = '\xe4'\n".to_vec(), "WINDOWS-1252"), (b"\xff\xfe+\0+\0+\0".to_vec(), "UTF-16")]
    {
        let mut files = template().files;
        files.insert("en.md".into(), bytes);
        let text = problems(files).to_string();
        assert!(text.contains("hint: save it as UTF-8"), "{text}");
        assert!(text.contains(&format!("iconv -f {encoding} -t UTF-8 templates/green-economy/en.md")), "{text}");
    }
}

#[test]
fn a_name_that_one_language_lacks_is_told() {
    let text = problems(with(&[
        ("de.md", "names.vw_bev_us = \"USA\"\n```\n", "```\n"),
        ("en.md", "labels.eu = ", "# labels.eu = "),
    ]))
    .to_string();
    for told in [
        "error: this block lacks `names.vw_bev_us`, which en.md has\n  --> templates/green-economy/de.md:",
        " | ```chart markets\n",
        "    = hint: write names.vw_bev_us = \"…\" here too, or take it out there",
        "error: this block lacks `labels.eu`, which de.md has\n  --> templates/green-economy/en.md:",
    ] {
        assert!(text.contains(told), "{told}\n{text}");
    }
    assert_eq!(text.matches("error: ").count(), 2, "{text}");
}
