//! Chinese lines that end at the right edge: over many widths, and over texts made at random.

use super::*;

/// The right edges of all lines but the last, and whether each could not be filled.
fn right_edges(set: &Paragraph) -> Vec<f32> {
    let count = set.lines.len();
    set.lines.iter().take(count.saturating_sub(1)).map(|line| reach(&set.text, &line.runs)).collect()
}

#[test]
fn chinese_lines_end_at_the_right_edge() {
    let mut setter = Typesetter::new(Language::Zh);
    for width in (400..560).step_by(3) {
        let width = width as f32;
        let set = setter.set(CHINESE, &style(width));
        for edge in right_edges(&set) {
            assert!((edge - width).abs() < 0.02, "{edge} in {width}: {:#?}", lines(&set));
        }
    }
    for language in [Language::En, Language::De] {
        let mut setter = Typesetter::new(language);
        let edges = right_edges(&setter.set(GERMAN, &style(160.0)));
        assert!(edges.iter().any(|edge| edge + 2.0 < 160.0), "{language} stays as it falls");
    }
    // A line that its author ended stays short.
    let set = setter.set("合作\n合作", &style(160.0));
    assert_eq!(right_edges(&set), [20.0]);
}

#[test]
fn a_justified_line_is_copied_as_it_was_written() {
    let mut setter = Typesetter::new(Language::Zh);
    for width in (120..420).step_by(3) {
        let set = setter.set(CHINESE, &style(width as f32));
        assert_eq!(read(&set).replace([' ', '\u{2060}'], ""), CHINESE.replace(' ', ""));
        for run in set.lines.iter().flat_map(|line| &line.runs) {
            let face = &fonts().faces[run.face];
            for glyph in &run.glyphs {
                let more = glyph.advance - f32::from(face.advances[usize::from(glyph.id)]) * run.size / 1000.0;
                // Viewers take more than a tenth for a blank; at punctuation one does no harm.
                let mark =
                    set.text[glyph.start..].chars().take(3).any(|c| "，。、；：！？）】》”’（【《“‘ ".contains(c));
                assert!(more < 0.1 * run.size || mark, "{more} behind {}", &set.text[glyph.start..glyph.end]);
            }
        }
    }
}

#[test]
fn punctuation_at_the_end_of_a_chinese_line_is_half_as_wide() {
    let mut setter = Typesetter::new(Language::Zh);
    // Room for six characters and a half.
    let set = setter.set("绿色经济合作，绿色", &style(65.0));
    assert_eq!(lines(&set), ["绿色经济合作，", "绿色"]);
    assert!((right_edges(&set)[0] - 65.0).abs() < 0.01);
    // It is not with a character after it.
    assert_eq!(lines(&setter.set("绿色经济合作作作，绿", &style(65.0))), ["绿色经济合作", "作作，绿"]);
}

#[test]
fn an_amount_too_long_for_a_line_is_broken_before_its_unit() {
    let mut setter = Typesetter::new(Language::Zh);
    for (width, first) in [(134.0, "德国对华出口额为2463.25亿"), (150.0, "德国对华出口额为2463.25亿欧")]
    {
        assert_eq!(lines(&setter.set("德国对华出口额为2463.25亿欧元，此后上升", &style(width)))[0], first);
    }
    // Where the line is filled without it, it stays whole.
    let set = setter.set("此后德国对华出口额上升到了82463.25亿欧元，", &style(160.0));
    assert!(lines(&set).iter().any(|line| line.contains("82463.25亿欧元")), "{:?}", lines(&set));
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(256))]

    /// Whatever a Chinese text says: its lines end at the right edge, or have nothing that can be widened so far.
    #[test]
    fn every_chinese_line_is_full(
        parts in proptest::collection::vec(proptest::sample::select(vec![
            "绿色经济", "合作", "的", "，", "。", "”", "“", "（", "）", "——", "……", "2025年2月24日", "74.48万辆", "2463.2亿欧元",
            "CATL", "下降8.1%", "、", "：", "《简报》", " ", "546家企业", "1.9个百分点", "在", "2021–2024年", "Volkswagen",
        ]), 1..60),
        width in 100.0f32..500.0,
    ) {
        let text = parts.concat();
        let set = Typesetter::new(Language::Zh).set(&text, &style(width));
        proptest::prop_assert!(set.width <= width + 0.02, "{} in {width}", set.width);
        let squeezed = |text: &str| text.replace([' ', '-'], "");
        proptest::prop_assert_eq!(squeezed(&lines(&set).concat()), squeezed(&text));
        for (line, edge) in set.lines.iter().zip(right_edges(&set)) {
            if edge < width - 0.02 {
                let most = justification::most(&set.text, &line.runs, 10.0);
                proptest::prop_assert!(edge + most < width, "{edge} in {width} could be {most} wider: {:?}", lines(&set));
            }
        }
    }
}
