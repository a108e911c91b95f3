//! What a text says of its figures beyond one sentence, and how much history a block has: warnings and errors with the values.

use greenbrief::{base::language::Language, document::brief::Template};

use super::with;
use crate::{frame, snapshot};

/// The problems of a text.
fn alone(paragraph: &str) -> String {
    let text = format!("+++\nheadline = \"h\"\nsubject = \"s\"\n+++\n{paragraph}\n");
    let mail = "+++\nsubject = \"s\"\n+++\n{{ imprint }}\n";
    let files = [("en.md", text.as_str()), ("mail.en.md", mail), ("blocks.toml", "")];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    Template::from_files("t", files.into()).unwrap().check(&snapshot(), &frame(), &[Language::En]).to_string()
}

#[test]
fn a_value_that_stands_still_is_told_with_the_newer_one() {
    let warning = alone("They delivered {{ fig(\"vw_bev_cn\", \"2024\") }} cars.");
    let wanted = "\
warning: this prints `vw_bev_cn` for 2024 (207,400 vehicles), and there is a newer value: 115,500 vehicles for 2025
 --> t/en.md:5:16
   |
 5 | They delivered {{ fig(\"vw_bev_cn\", \"2024\") }} cars.
   |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   = hint: write latest(\"vw_bev_cn\"), or print the newer value in the same paragraph; history is marked, as in {{ fig(\"vw_bev_cn\", \"2024\")|past }}, or pinned by as_known";
    assert_eq!(warning.trim_end(), wanted);
    let warning = alone("They moved by {{ change(\"vw_bev_cn\", \"2024\") }}.");
    assert!(warning.contains("this prints `vw_bev_cn` for 2024 (207,400 vehicles)"), "{warning}");
    for fine in [
        "{{ latest(\"vw_bev_cn\") }}",
        "{{ fig(\"vw_bev_cn\", \"2024\")|past }}",
        "{{ change(\"vw_bev_cn\", \"2024\")|past }}",
        "{{ fig(\"vw_bev_cn\", \"2024\", as_known=\"2025-03-04\") }}",
        "In [[2024]] {{ fig(\"vw_bev_cn\", \"2024\") }}. In {{ latest(\"vw_bev_cn\").period }} {{ latest(\"vw_bev_cn\") }}.",
        "{{ fig(\"vw_bev_cn\", \"2025\") }}",
    ] {
        assert_eq!(alone(fine), "", "{fine}");
    }
}

#[test]
fn a_direction_that_hides_a_turn_is_told_with_its_path() {
    let claim = "{% set c = diff(\"ahk_invest_more\", \"2025/26\", \"2021/22\") %}It {{ pick(c, \"rose\", \"stood\", \"fell\") }} since [[2021/22]].";
    let told = alone(claim);
    let wanted = "warning: `ahk_invest_more` fell from 71% (2021/22) to 53% (2025/26), nearly all of it in 2022/23: 71% (2021/22), \
                  51% (2022/23), 54% (2023/24), 51% (2024/25), 53% (2025/26)\n --> t/en.md:5:12\n";
    assert!(told.starts_with(wanted), "{told}");
    let rest = "\n   |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n   = hint: say when it moved, or print a value between the two";
    assert!(told.trim_end().ends_with(rest), "{told}");
    let fine = format!("{claim} It was {{{{ fig(\"ahk_invest_more\", \"2022/23\")|past }}}} in [[2022/23]].");
    assert_eq!(alone(&fine), "");
    let vw = alone("{{ pick(diff(\"vw_bev_cn\", \"2025\", \"2021\"), \"rose\", \"stood\", \"fell\") }}");
    let wanted = "warning: `vw_bev_cn` rose from 92,700 vehicles (2021) to 115,500 vehicles (2025), after a peak of 207,400 \
                  vehicles (2024): 92,700 vehicles (2021), 191,800 vehicles (2023), 207,400 vehicles (2024), 115,500 \
                  vehicles (2025)\n";
    assert!(vw.starts_with(wanted), "{vw}");
    let step = "{{ pick(diff(\"ahk_invest_more\", \"2022/23\", \"2021/22\"), \"rose\", \"stood\", \"fell\") }}";
    assert_eq!(alone(step), "");
}

#[test]
fn one_value_of_a_series_with_a_trend_is_told_with_its_values() {
    let warning = alone("China sold {{ latest(\"cn_nev_sales\") }} cars.");
    let first = warning.lines().next().unwrap();
    assert!(
        first.starts_with("warning: `cn_nev_sales` rises from period to period, and only 2025 is told: "),
        "{warning}"
    );
    assert!(
        warning.contains("\n --> t/en.md:5:23\n") && warning.contains("= hint: say how it has changed, as in "),
        "{warning}"
    );
    let warning = alone("Germany bought for {{ latest(\"de_cn_imports\") }}.");
    let wanted = "warning: `de_cn_imports` rises on the whole, and only 2025 is told: EUR 106.2 billion (2018), EUR 109.7 \
                  billion (2019), EUR 116.3 billion (2020), EUR 141.7 billion (2021), EUR 192 billion (2022), EUR 155.7 \
                  billion (2023), EUR 156.3 billion (2024), EUR 170.6 billion (2025)\n";
    assert!(warning.starts_with(wanted), "{warning}");
    for fine in [
        "{{ latest(\"cn_nev_sales\") }}, {{ change(\"cn_nev_sales\", latest(\"cn_nev_sales\")) }}",
        "Now {{ latest(\"cn_nev_sales\") }}. In [[2021]] {{ fig(\"cn_nev_sales\", \"2021\") }}.",
        "{{ latest(\"ahk_stay\") }}",
    ] {
        assert_eq!(alone(fine), "", "{fine}");
    }
}

#[test]
fn a_block_says_how_much_history_it_needs() {
    let check = |name: &str, before: &str, after: &str| {
        let files = with(&[(name, before, after)]);
        let template = Template::from_files("t", files)?;
        Ok::<_, greenbrief::base::problem::Problems>(template.check(&snapshot(), &frame(), &Language::ALL).to_string())
    };
    let now = "[now]\nkind = \"tiles\"\n";
    let nev = "[nev]\nkind = \"chart\"\n";
    assert_eq!(check("blocks.toml", now, &format!("{now}min_history = 2\n")).unwrap(), "");
    let told = check("blocks.toml", nev, &format!("{nev}min_history = 20\n")).unwrap();
    assert!(told.starts_with("error: not enough history in `nev`: `cn_nev_sales` has "), "{told}");
    assert!(told.contains(", and min_history asks for 20\n") && told.contains("min_history = 20\n"), "{told}");
    assert_eq!(told.matches("`cn_nev_sales` has").count(), 1, "told once for all languages: {told}");
    let seed = "[seed]\nkind = \"tiles\"\n";
    let told = check("blocks.toml", seed, &format!("{seed}min_history = 9\n")).unwrap();
    assert!(told.contains("not enough history in `seed`: `vw_bev_us` has "), "{told}");
    // Only what is drawn counts: a line of two points has two periods, however many were before.
    let lines = "series = [\"cn_nev_sales\", \"cn_nev_exports\"]\nfrom = \"2021\"\n";
    let two = lines.replace("2021", "2024") + "min_history = 3\n";
    let told = check("blocks.toml", lines, &two).unwrap();
    let wanted = "error: not enough history in `nev`: `cn_nev_sales` has 2 periods in this chart (2024, 2025), and min_history \
                  asks for 3\n";
    assert!(told.starts_with(wanted) && told.contains(" | min_history = 3\n"), "{told}");
    let hint = "= hint: lower min_history, draw more periods by `from` and `to`, or import earlier values";
    assert!(told.contains(hint), "{told}");
    for wrong in ["0", "\"5\"", "-1", "1.5", "true"] {
        let told = check("blocks.toml", now, &format!("{now}min_history = {wrong}\n")).unwrap();
        assert!(told.contains("error: `min_history` is a whole number above 0\n"), "{wrong}: {told}");
        assert!(told.contains("= hint: write the number of periods"), "{wrong}: {told}");
        assert_eq!(told.matches("error: ").count(), 1, "{wrong}: {told}");
    }
    let told = check("blocks.toml", nev, &format!("{nev}min_history = 100000000000\n")).unwrap();
    assert!(told.starts_with("error: `min_history` is at most 1000, and this is 100000000000\n"), "{told}");
    assert!(told.trim_end().ends_with("= hint: no series has so many periods: write fewer, such as 5"), "{told}");
    assert_eq!(told.matches("error: ").count(), 1, "{told}");
}

#[test]
fn a_ratio_compares_values_in_one_unit() {
    let told = alone("{{ ratio(latest(\"de_cn_imports\"), latest(\"cn_nev_sales\")) }}");
    assert!(
        told.starts_with("error: `de_cn_imports` is in EUR billion, and `cn_nev_sales` is in vehicles: a ratio compares like with like\n --> t/en.md:5:4\n"),
        "{told}"
    );
    assert!(told.contains("hint: only values in one unit are compared; name two series that have one\n"), "{told}");
}
