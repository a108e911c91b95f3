//! Text in lines: what is measured over many widths and in all languages.

mod justified;

use super::*;

fn style(width: f32) -> ParagraphStyle {
    ParagraphStyle {
        size: 10.0,
        strong: false,
        width,
        leading: 1.4,
        hyphenate: true,
        right: false,
        justify: true,
        family: Family::Plex,
    }
}

/// The text that the glyphs stand for, a hyphen at a break as `-`.
fn read(set: &Paragraph) -> String {
    let runs = set.lines.iter().flat_map(|line| &line.runs);
    runs.flat_map(|run| run.glyphs.iter().map(|glyph| if run.hyphen { "-" } else { &set.text[glyph.start..glyph.end] }))
        .collect::<String>()
        .replace(SOFT_HYPHEN, "")
}

#[test]
fn a_ligature_keeps_all_its_letters() {
    let mut setter = Typesetter::new(Language::En);
    let set = setter.set("office", &style(400.0));
    assert_eq!(read(&set), "office");
    let glyphs = &set.lines[0].runs[0].glyphs;
    assert!(glyphs.len() < 6, "Plex has a ligature for fi");
    assert!(glyphs.iter().all(|glyph| glyph.end > glyph.start));
}

#[test]
fn a_soft_hyphen_is_drawn_only_at_a_break_and_inside_the_measure() {
    let mut setter = Typesetter::new(Language::De);
    let text = "Wirtschaftszusammenarbeit Umweltschutz";
    assert_eq!(read(&setter.set(text, &style(400.0))), text);
    for width in [40.0, 60.0, 70.0, 80.0, 95.0, 110.0] {
        let set = setter.set(text, &style(width));
        assert!(set.lines.len() > 1 && read(&set).contains('-'), "{width}");
        assert!(set.width <= width + 0.01, "{} is wider than {width}", set.width);
    }
}

#[test]
fn an_apostrophe_is_as_wide_as_a_full_stop_in_every_family() {
    let width = |language, text: &str| {
        Typesetter::new(language).set(text, &ParagraphStyle { family: Family::Noto, ..style(400.0) }).width
    };
    assert!(width(Language::En, "office’s") - width(Language::En, "offices") < 3.0);
    assert!(width(Language::Zh, "“绿色”") - width(Language::Zh, "绿色") > 10.0);
}

#[test]
fn numbers_of_sources_can_be_read_in_small_text() {
    let mut setter = Typesetter::new(Language::En);
    let cite = |setter: &mut Typesetter, size| {
        let markup = Markup { link: 1, cite: true, ..Markup::default() };
        let span = Span { range: 5..8, markup, strong: false, italic: false };
        let set = setter.set_spans("Note [1]", &[span], &ParagraphStyle { size, ..style(400.0) });
        set.lines[0].runs.last().unwrap().size
    };
    assert_eq!([20.0, 7.0, 5.0].map(|size| cite(&mut setter, size)), [13.6, 6.0, 5.0]);
}

#[test]
fn a_missing_character_is_named_with_its_text() {
    let mut setter = Typesetter::new(Language::En);
    setter.set("The sign \u{16a0} is a rune", &style(400.0));
    assert_eq!(
        setter.problems().to_string(),
        "error: no shipped font has the character \u{16a0} (U+16A0)\n   = hint: it stands in “The sign \u{16a0} is a rune”"
    );
}

#[test]
fn missing_characters_are_told_together() {
    let mut setter = Typesetter::new(Language::De);
    setter.set("Das heißt שלום", &style(400.0));
    setter.set("und مرحبا 🚗 auch", &style(400.0));
    assert_eq!(
        setter.problems().to_string(),
        "error: no shipped font has the characters ו (U+05D5), ל (U+05DC), ם (U+05DD), ש (U+05E9), ا (U+0627), \
         ب (U+0628), ح (U+062D), ر (U+0631), م (U+0645), 🚗 (U+1F697)\n   = hint: one of them stands in “Das heißt שלום”"
    );
    setter.set("אבגדהוזחטיכ", &style(400.0));
    assert!(setter.problems().to_string().contains(", … (11 in all)\n"));
    setter.set("👩‍🚀\u{fe0f}", &style(400.0));
    assert_eq!(setter.problems().0[0].what, "no shipped font has the characters 👩 (U+1F469), 🚀 (U+1F680)");
}

#[test]
fn refused_characters_of_the_store_are_reported() {
    let mut setter = Typesetter::new(Language::En);
    setter.set("left \u{202e}right\u{1}", &style(400.0));
    let whats: Vec<String> = setter.problems().into_iter().map(|problem| problem.what).collect();
    assert_eq!(
        whats,
        [
            "the character U+202E cannot stand in a text: it turns the direction of the text around it, which then \
             reads otherwise than it is written",
            "the character U+0001 cannot stand in a text: it is a control character, which shows nothing"
        ]
    );
}

#[test]
fn marks_over_letters_are_composed_or_set() {
    for language in Language::ALL {
        let mut setter = Typesetter::new(language);
        for (text, wanted) in
            [("caf\u{65}\u{301}", "café"), ("Zu\u{308}rich", "Zürich"), ("x\u{302}n\u{308}", "x\u{302}n\u{308}")]
        {
            let set = setter.set(text, &style(400.0));
            let problems = setter.problems();
            assert!(problems.is_empty(), "{language} {text}: {problems}");
            assert_eq!(read(&set), wanted, "{language}");
            let mut glyphs = set.lines.iter().flat_map(|line| &line.runs).flat_map(|run| &run.glyphs);
            assert!(glyphs.all(|glyph| glyph.end > glyph.start), "{language} {text}: each glyph has a text");
        }
    }
}

#[test]
fn a_joiner_or_a_mark_takes_no_letter_away() {
    for language in Language::ALL {
        let mut setter = Typesetter::new(language);
        for joiner in ["\u{200d}", "\u{200c}", "\u{fe00}", "\u{e0100}", "\u{34f}"] {
            let set = setter.set(&format!("电动{joiner}汽车"), &style(400.0));
            assert!(setter.problems().is_empty(), "{language} {joiner:?}");
            assert_eq!(read(&set).replace(joiner, ""), "电动汽车", "{language} {joiner:?}");
        }
        // Plex has the mark, Noto the letter.
        for mark in ["\u{323}", "\u{301}", "\u{308}"] {
            setter.set(&format!("电动{mark}汽车"), &style(400.0));
            let problems = setter.problems().to_string();
            let code = u32::from(mark.chars().next().unwrap());
            let wanted = format!("error: no shipped font has U+{code:04X} together with 动\n");
            assert!(problems.starts_with(&wanted), "{language}: {problems}");
        }
    }
}

#[test]
fn no_hyphen_is_drawn_into_an_address() {
    let address =
        "https://www.example.org/international/germany-partner-international.html?page=2&view=international#top";
    for (language, text) in [
        (Language::De, format!("Internationale Zusammenarbeit ({address}) Partnerschaft")),
        (Language::En, format!("international cooperation {address}, partnership partnership")),
        (Language::Zh, format!("国际合作见{address}，国际合作")),
    ] {
        let mut setter = Typesetter::new(language);
        for width in (60..400).step_by(7) {
            let set = setter.set(&text, &style(width as f32));
            assert!(set.width <= width as f32 + 0.01, "{} in {width}", set.width);
            let lines = lines(&set);
            let all: String = lines.concat();
            let begin = all.find("https").unwrap();
            assert_eq!(all[begin..][..address.len()], *address, "{language} {width}: {lines:#?}");
            // Where a piece fits the line, the line ends behind a sign.
            if width > 110 {
                let inside = lines.iter().filter(|line| line.contains('/') && line.contains("example"));
                for line in inside.filter(|line| !line.trim_end().ends_with(['/', '.', '-', '?', '&', '=', '#'])) {
                    assert!(line.contains("#top") || line.contains(['，', ',', ')']), "{language} {width}: {lines:#?}");
                }
            }
            assert!(!all.contains("https:/\u{200b}/"), "{all}");
        }
    }
}

/// A character with what stands on it.
type Cluster = (char, Vec<char>);

const LETTERS: &str = "aeinoxyzAEINOÄßøłĳαωΩжяЖ07,.–„’(动电汽車喆堃龍，。“…—€😀א\u{3042}\u{1e24}\u{212b}";
const MARKS: &[char] = &[
    '\u{300}',
    '\u{301}',
    '\u{302}',
    '\u{303}',
    '\u{304}',
    '\u{306}',
    '\u{307}',
    '\u{308}',
    '\u{30a}',
    '\u{30b}',
    '\u{30c}',
    '\u{323}',
    '\u{327}',
    '\u{328}',
    '\u{331}',
    '\u{338}',
    '\u{20dd}',
    '\u{302a}',
    '\u{302d}',
    '\u{200c}',
    '\u{200d}',
    '\u{34f}',
    '\u{fe00}',
    '\u{fe0e}',
    '\u{fe0f}',
    '\u{e0100}',
];
/// What may stand between clusters.
const BETWEEN: [&str; 7] = ["", "", "", " ", "\u{ad}", "\u{200b}", "\u{2060}"];

fn any_clusters() -> impl proptest::strategy::Strategy<Value = Vec<(Cluster, &'static str)>> {
    use proptest::prelude::*;
    let letter = prop::sample::select(LETTERS.chars().collect::<Vec<_>>());
    let marks = prop::collection::vec(prop::sample::select(MARKS), 0..=3);
    // Most clusters are whole in some font, else every text would be refused.
    let cluster = (letter, prop_oneof![3 => Just(Vec::new()), 1 => marks]);
    prop::collection::vec((cluster, prop::sample::select(BETWEEN.to_vec())), 1..=8)
}

/// A cluster as it is set, and whether one font shows all that is seen of it.
fn settable((letter, marks): &Cluster, families: [Family; 2]) -> (String, bool) {
    let text: String = std::iter::once(*letter).chain(marks.iter().copied()).collect();
    let text = composition::composed_for(&text, families, fonts()).into_owned();
    let shows = |family| text.chars().filter(|c| invisible::is_visible(*c)).all(|c| fonts().family_has(family, c));
    let shown = families.into_iter().any(shows);
    (text, shown)
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(1024))]

    /// Each visible character of a text has its glyph on the page, from a font that has it, or the text is refused; and it
    /// is refused only if no font shows one of its clusters as a whole.
    #[test]
    fn nothing_is_left_out_without_a_word(
        clusters in any_clusters(),
        noto in proptest::prelude::any::<bool>(),
        strong in 0..12usize,
        width in proptest::sample::select(vec![400.0_f32, 30.0]),
    ) {
        let family = if noto { Family::Noto } else { Family::Plex };
        let text: String = clusters.iter().flat_map(|((letter, marks), between)| {
            std::iter::once(*letter).chain(marks.iter().copied()).chain(between.chars())
        }).collect();
        // A span may begin inside a cluster.
        let begin = text.char_indices().nth(strong).map_or(text.len(), |(at, _)| at);
        let spans = [Span { range: begin..text.len(), markup: Markup::default(), strong: true, italic: false }];
        for language in Language::ALL {
            let families = shaping::families(language, family);
            for spans in [&spans[..0], &spans[..]] {
                let mut setter = Typesetter::new(language);
                let set = setter.set_spans(&text, spans, &ParagraphStyle { family, ..style(width) });
                let problems = setter.problems();
                let (known, is_settable): (Vec<String>, Vec<bool>) =
                    clusters.iter().map(|(cluster, _)| settable(cluster, families)).unzip();
                let all = is_settable.iter().all(|settable| *settable);
                // A span that parts a letter from its accents may leave marks that no font has together.
                let may_refuse = !all || !spans.is_empty();
                proptest::prop_assert!(problems.is_empty() || may_refuse, "{} {:?}: {}", language, text, problems);
                if !problems.is_empty() {
                    continue;
                }
                let seen = |text: &str| text.chars().filter(|c| invisible::is_visible(*c)).collect::<String>();
                let mut shown = String::new();
                for run in set.lines.iter().flat_map(|line| &line.runs).filter(|run| !run.hyphen) {
                    let noto = fonts().faces[run.face].name.starts_with("Noto");
                    let family = if noto { Family::Noto } else { Family::Plex };
                    for glyph in &run.glyphs {
                        let part = &set.text[glyph.start..glyph.end];
                        proptest::prop_assert!(glyph.id != 0 && !part.is_empty(), "{} {:?}", language, text);
                        for c in part.chars().filter(|c| invisible::is_visible(*c)) {
                            // The shaper may compose what a span parted.
                            let has = fonts().family_has(family, c) || !spans.is_empty();
                            proptest::prop_assert!(has, "{} {:?}: {:?}", language, text, c);
                            shown.push(c);
                        }
                    }
                }
                if spans.is_empty() {
                    proptest::prop_assert_eq!(shown, seen(&known.concat()), "{} {:?}", language, text);
                } else {
                    let whole = |text: &str| composition::composed(text).into_owned();
                    proptest::prop_assert_eq!(whole(&shown), whole(&seen(&known.concat())), "{} {:?}", language, text);
                }
            }
        }
    }
}

#[test]
fn what_shows_nothing_needs_no_glyph() {
    let mut setter = Typesetter::new(Language::Zh);
    let set = setter.set("a\u{2060}b\tc\u{200b}d", &style(400.0));
    assert_eq!(setter.problems(), Problems::new());
    assert_eq!(read(&set), "abcd");
}

#[test]
fn lines_at_the_right_edge_end_there() {
    let mut setter = Typesetter::new(Language::Zh);
    let set =
        setter.set("大众汽车集团纯电动车全球销量为74.48万辆，喆堃。", &ParagraphStyle { right: true, ..style(100.0) });
    assert!(set.lines.len() > 1);
    for line in &set.lines {
        assert!((reach(&set.text, &line.runs) - 100.0).abs() < 0.01);
    }
}

/// The lines as they are read, hyphens at breaks as `-`.
fn lines(set: &Paragraph) -> Vec<String> {
    set.lines
        .iter()
        .map(|line| read(&Paragraph { lines: vec![line.clone()], text: set.text.clone(), width: 0.0 }))
        .collect()
}

/// CLREQ, “Prohibition Rules for Line Start and Line End”.
const NEVER_FIRST: &str = "、，。．：；？！）」』》】〉〕”’…·～%％,.;:?!)]}";
const NEVER_LAST: &str = "（「『《【〈〔“‘„([{";

const CHINESE: &str = "大众汽车集团（中国）与宁德时代签署备忘录：2025年2月，“联合研发锂电池”；用于‘在华生产’的汽车……此前的\
    2024年——集团在华纯电动汽车交付量下降8.1%，至20.74万辆（上年为22.57万辆）。《绿色经济简报》第12期，见图2、表1：“德国对华出口\
    2463亿欧元”，占92%的企业、546家企业【受访】，上升1.9个百分点！是吗？是。他说：“好。”Volkswagen与CATL在2021–2024年合作。";

const ENGLISH: &str = "Germany and China traded goods worth EUR 246.3 billion in 2024 (No. 12, p. 3), up 3.4 % or 1.9 \
    percentage points; on 24 February 2025 J. W. Smith said “electrification needs 40 GW” — see Figure 2 … 2021–2024.";

const GERMAN: &str = "Deutschland und China handelten Waren im Wert von 246,3 Mrd. Euro (Nr. 12, S. 3), ein Plus von 3,4 % \
    oder 1,9 Prozentpunkten; am 24. Februar 2025 tagte z. B. „das Wirtschaftsforum“ in Stuttgart, siehe Abbildung 2.";

#[test]
fn no_line_begins_or_ends_with_what_must_not_stand_there() {
    for (language, text) in [(Language::Zh, CHINESE), (Language::En, ENGLISH), (Language::De, GERMAN)] {
        let mut setter = Typesetter::new(language);
        for width in (110..420).step_by(3) {
            let width = width as f32;
            let set = setter.set(text, &style(width));
            assert!(set.width <= width + 0.01, "{language}: {} is wider than {width}", set.width);
            let lines = lines(&set);
            let squeezed = |text: &str| text.replace([' ', '-'], "");
            assert_eq!(squeezed(&lines.concat()), squeezed(text), "{language} {width}");
            for line in &lines {
                let (first, last) = (line.chars().next().unwrap(), line.trim_end().chars().last().unwrap());
                let closes = language == Language::De && first == '“';
                assert!(!closes && !NEVER_FIRST.contains(first), "{language} {width}: {line}");
                // German closes with “ what it opened with „.
                let closes = language == Language::De && last == '“';
                assert!(closes || !NEVER_LAST.contains(last), "{language} {width}: {line}");
            }
            for pair in lines.windows(2) {
                let joint = format!("{}|{}", pair[0], pair[1]);
                for (before, after) in [("…", "…"), ("—", "—")] {
                    assert!(!(pair[0].ends_with(before) && pair[1].starts_with(after)), "{width}: {joint}");
                }
            }
        }
    }
}

#[test]
fn what_belongs_together_stays_on_one_line() {
    let together = [
        (
            Language::Zh,
            CHINESE,
            &[
                "2025年",
                "8.1%",
                "20.74万辆",
                "22.57万辆",
                "第12期",
                "图2",
                "2463亿欧元",
                "546家企业",
                "1.9个百分点",
                "2021–2024年",
            ][..],
        ),
        (
            Language::En,
            ENGLISH,
            &[
                "EUR 246.3 billion",
                "No. 12",
                "p. 3",
                "3.4 %",
                "1.9 percentage",
                "24 February",
                "J. W. Smith",
                "40 GW",
                "Figure 2",
                "2021–2024",
            ],
        ),
        (
            Language::De,
            GERMAN,
            &[
                "246,3 Mrd. Euro",
                "Nr. 12",
                "S. 3",
                "3,4 %",
                "1,9 Prozentpunkten",
                "24. Februar",
                "z. B.",
                "Abbildung 2",
            ],
        ),
    ];
    for (language, text, whole) in together {
        let mut setter = Typesetter::new(language);
        for width in (120..420).step_by(3) {
            let style = ParagraphStyle { justify: false, ..style(width as f32) };
            let lines = lines(&setter.set(text, &style));
            for part in whole {
                assert!(lines.iter().any(|line| line.contains(part)), "{width}: {part} in {lines:#?}");
            }
        }
    }
}

#[test]
fn a_space_stands_beside_chinese_but_not_at_an_edge() {
    let mut setter = Typesetter::new(Language::Zh);
    let wide = setter.set("与CATL合作", &style(400.0)).width;
    let apart = setter.set("与合作", &style(400.0)).width + setter.set("CATL", &style(400.0)).width;
    assert!((wide - apart - 20.0 * autospace::GAP).abs() < 0.01, "two gaps: {wide} {apart}");
    assert_eq!(lines(&setter.set("与CATL合作", &style(400.0))), ["与CATL合作"]);
    // Beside a raised mark stands none, nor at the end of a line.
    let mark = Span { range: 6..7, markup: Markup { cite: true, ..Markup::default() }, strong: false, italic: false };
    let raised = setter.set_spans("文字1后", &[mark], &style(400.0));
    let glyphs: f32 = raised.lines[0].runs.iter().flat_map(|run| &run.glyphs).map(|glyph| glyph.advance).sum();
    assert!((glyphs - 30.0 - raised.lines[0].runs[1].glyphs[0].advance).abs() < 0.01);
    let set = setter.set("合作与CATL", &style(38.0));
    assert_eq!(lines(&set), ["合作与", "CATL"]);
    assert_eq!(set.lines[0].runs.iter().flat_map(|run| &run.glyphs).map(|glyph| glyph.advance).sum::<f32>(), 30.0);
}

/// Found by `scripts/explore`: lists and quotations in each other, until nothing was left of a column.
#[test]
fn a_column_without_any_width_has_a_line_for_each_character() {
    for width in [0.5, 0.0, -40.0] {
        for language in Language::ALL {
            let set = Typesetter::new(language).set("Brief 7 合作", &style(width));
            assert_eq!(lines(&set).concat().replace(' ', ""), "Brief7合作");
        }
    }
}

#[test]
fn an_endless_word_or_number_is_broken() {
    for text in ["x".repeat(10_000), "7".repeat(10_000), "EUR 7".to_owned() + &"7".repeat(10_000), "……".repeat(5_000)]
    {
        for language in Language::ALL {
            let set = Typesetter::new(language).set(&text, &style(300.0));
            assert!(set.width <= 300.01 && set.lines.len() > 100, "{} lines", set.lines.len());
            assert_eq!(
                lines(&set).concat().replace('-', "").chars().count(),
                text.chars().filter(|c| *c != ' ').count() + lines(&set).concat().matches(' ').count()
            );
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]

    /// Whatever the text, all of it is set inside the measure, unless a single character is wider.
    #[test]
    fn every_text_is_set_inside_its_measure(
        text in "[ a-zäöüß0-9.,%–—…（）“”：，。万亿辆年与合作A-Z]{0,80}",
        width in 30.0f32..200.0,
    ) {
        for language in Language::ALL {
            let set = Typesetter::new(language).set(&text, &style(width));
            proptest::prop_assert!(set.width <= width + 0.01, "{} in {width}", set.width);
            let squeezed = |text: &str| text.replace([' ', '-'], "");
            proptest::prop_assert_eq!(squeezed(&lines(&set).concat()), squeezed(&text));
        }
    }
}
