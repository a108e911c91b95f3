//! What changes say in words: `move`, in each language, with words of the program's own and of a template's.

use std::collections::BTreeMap;

use greenbrief::{
    base::language::Language,
    document::brief::{Block, Inline, Template},
};

use crate::{frame, snapshot, template};

fn files(language: Language, text: &str, words: &str) -> BTreeMap<String, Vec<u8>> {
    let text = format!("+++\nheadline = \"h\"\nsubject = \"s\"\n+++\n{text}\n");
    let mail = "+++\nsubject = \"s\"\n+++\n{{ imprint }}\n".to_owned();
    let files = [
        (format!("{language}.md"), text),
        (format!("mail.{language}.md"), mail),
        ("blocks.toml".to_owned(), String::new()),
    ];
    let mut files: BTreeMap<String, Vec<u8>> =
        files.into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
    if !words.is_empty() {
        files.insert("words.toml".to_owned(), words.as_bytes().to_vec());
    }
    files
}

/// The words of the paragraphs, with the numbers of their sources in brackets.
fn said(language: Language, text: &str, words: &str) -> String {
    let template = Template::from_files("t", files(language, text, words)).unwrap_or_else(|it| panic!("{it}"));
    let brief = template.fill(&snapshot(), language, &frame()).unwrap_or_else(|it| panic!("{it}")).brief;
    paragraphs(&brief.blocks).join("\n")
}

fn paragraphs(blocks: &[Block]) -> Vec<String> {
    let words = |inline: &Inline| match inline {
        Inline::Text { text, .. }
        | Inline::Phrase { text, .. }
        | Inline::Link { text, .. }
        | Inline::Reference { text, .. }
        | Inline::Source { text, .. } => text.clone(),
        Inline::Cite(numbers) => format!("[{}]", numbers.len()),
        Inline::Footnote(_) | Inline::Break => String::new(),
    };
    let told = |block: &Block| match block {
        Block::Paragraph { text, .. } => Some(text.iter().map(words).collect::<String>()),
        _ => None,
    };
    blocks.iter().filter_map(told).collect()
}

fn problems(text: &str, words: &str) -> String {
    match Template::from_files("t", files(Language::En, text, words)) {
        Ok(template) => template.check(&snapshot(), &frame(), &[Language::En]).to_string(),
        Err(problems) => problems.to_string(),
    }
}

#[test]
fn a_change_is_told_in_the_words_of_each_language() {
    let text = "They {{ move(\"vw_bev_cn\", \"2025\")|nocite }}.";
    let to = |say: &str| format!("{{{{ move(\"vw_bev_cn\", \"2025\", say=\"{say}\")|nocite }}}}");
    for (language, row, wanted) in [
        (Language::En, "past_to", "fell by 44.3% to 115,500"),
        (Language::En, "past_in", "fell by 44.3% in 2025"),
        (Language::En, "done", "fallen by 44.3%"),
        (Language::En, "short", "down 44.3%"),
        (Language::En, "noun", "a decrease of 44.3%"),
        (Language::En, "verb", "fell"),
        (Language::De, "past_to", "sanken um 44,3\u{a0}% auf 115.500"),
        (Language::De, "one_in", "sank 2025 um 44,3\u{a0}%"),
        (Language::De, "done_to", "um 44,3\u{a0}% auf 115.500 gesunken"),
        (Language::De, "noun", "ein Minus von 44,3\u{a0}%"),
        (Language::Zh, "past", "下降44.3%"),
        (Language::Zh, "past_to", "下降44.3%，为11.55万辆"),
        (Language::Zh, "past_in", "2025年下降44.3%"),
    ] {
        assert_eq!(said(language, &to(row), ""), wanted, "{language} {row}");
    }
    assert_eq!(said(Language::En, text, ""), "They fell by 44.3%.");
    // A change that is known, the beginning of a sentence, a change between two periods; the sources come with the number.
    let known = "{% set c = change(\"vw_bev_eu\", \"2025\") %}{{ move(c)|capitalize }}; {{ c|abs|nocite }}.";
    assert_eq!(said(Language::En, known, ""), "Rose by 65.9%; 65.9%.[1]");
    let since = "{{ move(\"vw_bev_world\", \"2025\", against=\"2023\", say=\"noun\")|nocite }}, told with {{ fig(\"vw_bev_world\", \"2024\")|past|nocite }}";
    assert!(said(Language::En, since, "").starts_with("an increase of "), "{}", said(Language::En, since, ""));
}

#[test]
fn values_of_several_periods_are_told_together() {
    for (language, text, wanted) in [
        (
            Language::En,
            "{{ course(\"ahk_invest_more\", \"2023/24\")|nocite }}",
            "54% (2023/24), 51% (2024/25) and 53% (2025/26)",
        ),
        (
            Language::De,
            "{{ course(\"ahk_invest_more_flash\", \"2023-06\", \"2024-06\")|past|nocite }}",
            "55\u{a0}% (Juni 2023) und 53\u{a0}% (Juni 2024)",
        ),
        (Language::Zh, "{{ course(\"ahk_invest_more\", \"2024/25\")|nocite }}", "51%（2024/25）和53%（2025/26）"),
        // What a series has newest, and what several have.
        (Language::En, "{{ move(\"vw_bev_cn\", say=\"past_in_to\")|nocite }}", "fell by 44.3% to 115,500 in 2025"),
        (Language::En, "{{ common(\"catl_share\", \"byd_share\").in_period }}", "in 2025"),
        (Language::De, "{{ common(\"catl_share\", \"byd_share\") }}", "2025"),
        (Language::En, "{{ fig(\"vw_bev_cn\", common(\"vw_bev_cn\", \"vw_bev_us\"))|nocite }}", "115,500"),
        // The period of a value is said where it is another than that of what stands beside it.
        (Language::En, "{{ latest(\"vw_bev_cn\")|dated(\"2025\")|nocite }}", "115,500"),
        (Language::En, "{{ latest(\"vw_bev_cn\")|dated(\"2024\")|nocite }}", "115,500 (2025)"),
        (Language::Zh, "{{ latest(\"vw_bev_cn\")|dated(\"2024\")|full|nocite }}", "11.55万辆（2025年）"),
        // The value before, and words without a change.
        (Language::En, "{{ move(\"vw_bev_cn\", say=\"from_to\")|nocite }}", "from 207,400 to 115,500"),
        (Language::De, "{{ move(\"vw_bev_cn\", say=\"past_from\")|nocite }}", "sanken von 207.400 auf 115.500"),
        (Language::Zh, "{{ move(\"vw_bev_cn\", say=\"one_from\")|nocite }}", "从20.74万辆下降到11.55万辆"),
        (
            Language::En,
            "{{ move(\"de_cn_trade\", say=\"value_in\")|nocite }}",
            "EUR\u{a0}251.8\u{a0}billion in 2025, up 2.1%",
        ),
        (Language::De, "{{ move(\"ahk_invest_more\", say=\"noun\")|nocite }}", "ein Plus von 2\u{a0}Prozentpunkten"),
        (Language::De, "{{ move(\"ahk_invest_more\", say=\"one\")|nocite }}", "stieg um 2\u{a0}Prozentpunkte"),
    ] {
        assert_eq!(said(language, text, ""), wanted, "{text}");
    }
    // Each value has its source.
    let cited = said(Language::En, "{{ course(\"ahk_invest_more\", \"2024/25\") }}", "");
    assert_eq!(cited, "51% (2024/25) and 53% (2025/26)[3]");
}

#[test]
fn words_alternate_and_a_template_may_have_its_own() {
    let four = "{{ move(\"vw_bev_eu\", \"2025\")|nocite }}, {{ move(\"vw_bev_world\", \"2025\")|nocite }}, \
                {{ move(\"vw_bev_cn\", \"2025\")|nocite }}, {{ move(\"vw_bev_us\", \"2025\")|nocite }}.";
    let alternating = "rose by 65.9%, grew by 32.0%, fell by 44.3%, rose by 45.7%.";
    assert_eq!(said(Language::En, four, ""), alternating);
    // The same each time.
    assert_eq!(said(Language::En, four, ""), alternating);
    let own = "[en.past]\nup = [\"went up {c}\"]\nflat = \"stood still\"\ndown = [\"lost {c}\"]\n";
    assert_eq!(said(Language::En, four, own), "went up 65.9%, went up 32.0%, lost 44.3%, went up 45.7%.");
    let row = "[en.told]\nup = \"more by {c}\"\nflat = \"the same\"\ndown = \"fewer by {c}, {v} in all\"\n";
    let text = "{{ move(\"vw_bev_cn\", \"2025\", say=\"told\")|nocite }}";
    assert_eq!(said(Language::En, text, row), "fewer by 44.3%, 115,500 in all");
}

#[test]
fn what_cannot_be_told_is_a_problem_at_its_place() {
    for (text, told) in [
        (
            "{{ move(\"vw_bev_cn\", \"2025\", say=\"pasd\") }}",
            "error: there are no words `pasd` for a change in en\n --> t/en.md:5:",
        ),
        ("{{ move(\"vw_bev_cn\", \"2025\", say=\"pasd\") }}", "= hint: did you mean `past`?"),
        ("{{ move(\"vw_bev_cn\", \"2025\", say=\"zzzzzz\") }}", "= hint: known here: `past`, `past_to`, `one`,"),
        (
            "{{ move(\"vw_bev_cn\", \"2024\", against=\"2025\") }}",
            "error: 2025 is not before 2024: nothing moved from one to the other",
        ),
        ("{{ move(\"vw_bev_chn\", \"2025\") }}", "error: unknown series `vw_bev_chn`"),
        ("{{ move(\"vw_bev_cn\", \"1999\") }}", "error: "),
        (
            "{{ move(latest(\"vw_bev_cn\")) }}",
            "error: `move` takes a series and a period, or a change alone\n --> t/en.md:5:",
        ),
        ("{{ move(latest(\"vw_bev_cn\")) }}", "= hint: write move(\"series\", \"2024\")"),
        ("{{ move(\"vw_bev_chn\") }}", "error: unknown series `vw_bev_chn`"),
        ("{{ common() }}", "error: `common` takes the names of series\n --> t/en.md:5:"),
        ("{{ common(\"vw_bev_cn\", \"vw_bev_chn\") }}", "error: unknown series `vw_bev_chn`\n --> t/en.md:5:25"),
        (
            "{{ common(\"vw_bev_cn\", \"ahk_n\") }}",
            "error: there is no year for which all of these series have a value\n --> t/en.md:5:4\n",
        ),
        ("{{ course(\"vw_bev_cn\", \"1999\") }}", "error: `vw_bev_cn` has no value for 1999 that is known by then"),
        (
            "{{ course(\"vw_bev_cn\", \"2024\", \"2023\") }}",
            "error: the values of `vw_bev_cn` are told in their order, and 2023 is not after 2024\n --> t/en.md:5:4\n",
        ),
        (
            "{{ course(\"de_solar_twh\", \"2018\") }}",
            "error: these are 8 values, more than 6, which nobody reads in a sentence\n --> t/en.md:5:28\n",
        ),
        ("{{ course(\"vw_bev_cn\", \"2021\", \"2023\") }}", "warning: this prints `vw_bev_cn` for 2023 ("),
        (
            "{{ change(\"vw_bev_cn\")|dated(\"2025\") }}",
            "error: this expression cannot be read: `dated` follows a figure",
        ),
        (
            "{% set c = change(\"vw_bev_cn\", \"2025\") %}{{ move(c, say=\"past_to\") }}",
            "error: the words `past_to` name the value, which a change alone does not have",
        ),
    ] {
        let problems = problems(text, "");
        assert!(problems.contains(told), "{text}: {problems}");
    }
    let wrong = problems("Nothing.", "[en.past]\nup = \"by 5 %\"\n");
    assert!(wrong.contains("t/words.toml:2:6") && wrong.contains("numbers come from figures"), "{wrong}");
}

#[test]
fn the_shipped_texts_read_so() {
    for language in Language::ALL {
        let brief = template().fill(&snapshot(), language, &frame()).unwrap().brief;
        let text = format!("{}\n\n{}\n", brief.headline, paragraphs(&brief.blocks).join("\n\n"));
        insta::with_settings!({ snapshot_path => "../golden", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("prose-{language}"), text);
        });
    }
}
