//! What charts and tiles of their own say when filled: the shipped texts with one block of these definitions, and figures
//! made up for the purpose beside the shipped ones.

use std::collections::BTreeMap;

use greenbrief::{
    base::{language::Language, problem::Problems},
    document::brief::{Block, Chart, ChartSeries, Forecast, Highlight, Inline, Template, Tile},
    figures::{Citation, Observation, Published, Quality, SeriesId, Snapshot, Status},
};
use rust_decimal::Decimal;

use crate::{frame, snapshot, template};

/// The shipped template with this in place of its blocks, each shown by a fence of its kind.
fn with(blocks: &str, fences: &str) -> Template {
    let mut files: BTreeMap<String, Vec<u8>> = template().files;
    files.insert("blocks.toml".into(), blocks.as_bytes().to_vec());
    for language in Language::ALL {
        let text = format!("+++\nheadline = \"h\"\nsubject = \"s\"\n+++\n\n{fences}\n");
        files.insert(format!("{language}.md"), text.into_bytes());
    }
    Template::from_files("t", files).unwrap()
}

fn chart(blocks: &str, fences: &str, snapshot: &Snapshot, language: Language) -> Chart {
    let filled = with(blocks, fences).fill(snapshot, language, &frame()).unwrap_or_else(|p| panic!("{p}"));
    filled.brief.blocks.into_iter().find_map(|b| if let Block::Chart(c) = b { Some(c) } else { None }).unwrap()
}

fn said(chart: &Chart) -> String {
    let words = |inline: &Inline| match inline {
        Inline::Text { text, .. } | Inline::Source { text, .. } => text.clone(),
        _ => String::new(),
    };
    chart.notes.iter().flatten().map(words).collect()
}

const FENCE: &str = "```chart c\ntitle = \"Found\"\n```";
const TRADE: &str =
    "[c]\nkind = \"chart\"\nform = \"lines\"\nseries = [\"de_cn_imports\", \"de_cn_exports\"]\nfrom = \"2018\"\n";

const DELIVERIES: &str =
    "[c]\nkind = \"chart\"\nform = \"lines\"\nseries = [\"vw_bev_world\", \"vw_bev_cn\"]\nfrom = \"2021\"\n";

#[test]
fn gaps_and_restatements_are_told_in_each_language() {
    let names = "```chart c\ntitle = \"T\"\nnames.vw_bev_world = \"W\"\nnames.vw_bev_cn = \"C\"\n```";
    let told = Language::ALL.map(|language| said(&chart(DELIVERIES, names, &snapshot(), language)));
    assert_eq!(
        told,
        [
            "C: no value for 2022. W: 2024 as restated on 21 January 2026. Source: Volkswagen Group, Jan 2026",
            "C: kein Wert für 2022. W: 2024 in der Fassung vom 21. Januar 2026. Quelle: Volkswagen-Konzern, Jan 2026",
            "C：缺少2022年数据。W：2024年为2026年1月21日修订值。来源：大众汽车集团，2026年1月",
        ]
    );
}

#[test]
fn what_the_author_says_of_a_period_is_not_said_again() {
    let note = "```chart c\ntitle = \"T\"\nnote = \"No China for [[2022]]; the world of [[2024]] is restated.\"\n```";
    let told = said(&chart(DELIVERIES, note, &snapshot(), Language::En));
    assert_eq!(told, "No China for 2022; the world of 2024 is restated. Source: Volkswagen Group, Jan 2026");
}

#[test]
fn one_series_is_not_named_and_years_in_a_row_are_joined() {
    let blocks = "[c]\nkind = \"chart\"\nform = \"columns\"\nseries = [\"cn_nev_sales\"]\nfrom = \"2021\"\n";
    let told = said(&chart(blocks, FENCE, &snapshot(), Language::En));
    assert_eq!(
        told,
        "2021 to 2024 as restated on 14 January 2026. Source: China Association of Automobile Manufacturers (CAAM), Jan 2026"
    );
}

/// The shipped figures and these, in tens of per cent: series, unit, first year, values.
fn and(made_up: &[(&str, &str, i32, &[&str])], status: Status) -> Snapshot {
    let mut snapshot = snapshot();
    let pattern = snapshot.data.series.values().next().unwrap().clone();
    for (name, unit, first, values) in made_up {
        let id = SeriesId::new(name).unwrap();
        let mut series = pattern.clone();
        (series.id, series.unit, series.change_of) = (id.clone(), (*unit).to_owned(), None);
        snapshot.data.series.insert(id.clone(), series);
        let observation = |(year, value): (i32, &&str)| Observation {
            series: id.clone(),
            period: year.to_string().parse().unwrap(),
            vintage: Published::Unknown,
            value: Decimal::from_str_exact(value).unwrap(),
            status: if year == 2025 { status } else { Status::Final },
            sources: vec![Citation {
                publisher: "Office".into(),
                carrier: None,
                published: Published::Unknown,
                url: None,
                quality: Quality::Report,
                title: None,
                page: None,
                quote: None,
                read_on: None,
                evidence: None,
            }],
        };
        let observations = (*first..).zip(*values).filter(|(_, v)| !v.is_empty()).map(observation).collect();
        snapshot.data.observations.insert(id, observations);
    }
    snapshot
}

#[test]
fn stacks_have_totals_where_all_parts_are_there() {
    let snapshot =
        and(&[("a", "twh", 2023, &["10.5", "11", "12"]), ("b", "twh", 2023, &["1.5", "", "3"])], Status::Provisional);
    let blocks = "[c]\nkind = \"chart\"\nform = \"stacked-columns\"\nseries = [\"a\", \"b\"]\n";
    let fence = "```chart c\ntitle = \"T\"\nnames.a = \"A\"\nnames.b = \"B\"\n```";
    let chart = chart(blocks, fence, &snapshot, Language::De);
    assert_eq!(chart.totals, ["12,0", "", "15,0"]);
    assert_eq!((chart.options.gaps.as_slice(), chart.options.missing.as_str()), (&[(1, 1)][..], "k.\u{a0}A."));
    assert_eq!(chart.labels, ["2023", "2024", "2025"]);
    assert_eq!(
        chart.alt,
        "T. TWh. A: 2023 10,5, 2024 11, 2025 12\u{a0}(vorläufig). B: 2023 1,5, 2024 kein Wert, 2025 3\u{a0}(vorläufig). \
         Insgesamt: 2023 12,0, 2025 15,0\u{a0}(vorläufig)."
    );
    assert_eq!(
        said(&chart),
        "B: kein Wert für 2024. A: 2025 vorläufig (heller). B: 2025 vorläufig (heller). Quelle: Office, ohne Datum"
    );
    assert!(chart.series.iter().all(|series| series.points[2].as_ref().unwrap().provisional));
}

#[test]
fn a_slope_has_a_line_a_row_and_whole_numbers_at_its_ends() {
    let blocks = "[c]\nkind = \"chart\"\nform = \"slope\"\nperiods = [\"2024\", \"2025\"]\n\n[[c.row]]\nkey = \"cn\"\nseries = \"vw_bev_cn\"\n\n[[c.row]]\nkey = \"eu\"\nseries = \"vw_bev_eu\"\n";
    let fence = "```chart c\ntitle = \"T\"\nnames.cn = \"China\"\nnames.eu = \"Europe\"\n```";
    let chart_in = |language| chart(blocks, fence, &snapshot(), language);
    let en = chart_in(Language::En);
    assert_eq!(en.labels, ["2024", "2025"]);
    assert_eq!(en.alt, "T. China: 2024 207,400, 2025 115,500. Europe: 2024 447,900, 2025 742,800.");
    assert_eq!(en.axis_unit, "vehicles");
    let zh = chart_in(Language::Zh);
    let ChartSeries { name, points } = &zh.series[0];
    assert_eq!((name.as_str(), points[0].as_ref().unwrap().label.as_str()), ("China", "20.74万"));
    assert_eq!(zh.axis_unit, "辆");
}

#[test]
fn labels_of_a_chart_have_one_precision_and_its_words_are_exact() {
    let blocks = "[c]\nkind = \"chart\"\nform = \"columns\"\nseries = [\"cn_nev_sales\"]\nfrom = \"2020\"\n";
    let chart_in = |language| chart(blocks, FENCE, &snapshot(), language);
    let labels = |chart: &Chart| -> Vec<String> {
        chart.series[0].points.iter().map(|point| point.as_ref().unwrap().label.clone()).collect()
    };
    let en = chart_in(Language::En);
    assert_eq!(labels(&en), ["1.324", "3.507", "6.872", "9.448", "12.859", "16.490"]);
    assert!(en.alt.contains("2020 1.323705, 2021 3.507,"), "{}", en.alt);
    assert_eq!(labels(&chart_in(Language::Zh)), ["132.4", "350.7", "687.2", "944.8", "1285.9", "1649.0"]);
    // Prices and shares keep what was published.
    let trade = chart(TRADE, FENCE, &snapshot(), Language::En);
    let exports = &trade.series[1].points;
    assert_eq!(exports[1].as_ref().unwrap().told, "96.0");
}

#[test]
fn values_and_changes_of_a_chart_have_as_many_decimals_as_one_of_them() {
    let made =
        and(&[("a", "twh", 2023, &["10.55", "11", "12.5"]), ("b", "twh", 2023, &["4", "5", "6"])], Status::Final);
    let labels = |blocks: &str, language| -> Vec<String> {
        let chart = chart(blocks, FENCE, &made, language);
        chart.series.iter().flat_map(|series| &series.points).flatten().map(|point| point.label.clone()).collect()
    };
    let lines = "[c]\nkind = \"chart\"\nform = \"lines\"\nseries = [\"a\", \"b\"]\n";
    assert_eq!(labels(lines, Language::De), ["10,55", "11,00", "12,50", "4,00", "5,00", "6,00"]);
    let bars = "[c]\nkind = \"chart\"\nform = \"bars\"\nperiods = [\"2024\", \"2025\"]\n\n\
        [[c.row]]\nkey = \"eu\"\nseries = \"vw_bev_eu\"\n\n[[c.row]]\nkey = \"us\"\nseries = \"vw_bev_us\"\n";
    // Chinese counts all in the same.
    assert!(labels(bars, Language::Zh).iter().all(|label| label.ends_with('万')), "{:?}", labels(bars, Language::Zh));
}

#[test]
fn what_a_block_asks_for_is_in_its_chart() {
    let series = |first: i32| [("a", first, ["8", "9", "10", "11"]), ("low", first, ["7", "8", "8", "9"])];
    let [a, low] = series(2022);
    let made = and(
        &[
            (a.0, "twh", a.1, &a.2),
            (low.0, "twh", low.1, &low.2),
            ("high", "twh", 2022, &["9", "10", "12", "13"]),
            ("target", "twh", 2030, &["20"]),
        ],
        Status::Final,
    );
    let blocks = "[c]\nkind = \"chart\"\nform = \"lines\"\nseries = [\"a\"]\nwidth = \"half\"\nhighlight = \"2024\"\n\
        forecast_from = \"2024\"\nrange = { low = \"low\", high = \"high\" }\nreference = { series = \"target\" }\n";
    let fence = "```chart c\ntitle = \"T\"\nreference = \"Target for [[2030]]\"\n```";
    let made = Snapshot::new("2031-01-01".parse().unwrap(), made.data);
    let chart = chart(blocks, fence, &made, Language::En);
    let options = &chart.options;
    assert!(options.half && options.highlight == Some(Highlight::Labels(vec![2])));
    assert_eq!(options.forecast, Some(Forecast { from: 2, word: "forecast".to_owned() }));
    assert_eq!(options.reference.as_ref().unwrap().label, "Target for 2030: 20");
    assert_eq!(options.ranges[3], Some((Decimal::from(9), Decimal::from(13))));
    assert!(chart.alt.contains("2023 9 (8–10), 2024 (forecast) 10 (8–12)"), "{}", chart.alt);
}

fn tile(block: &str, language: Language) -> Tile {
    tile_and_sources(block, language).0
}

/// The only tile, and the numbers of the sources that the line below it stands for.
fn tile_and_sources(block: &str, language: Language) -> (Tile, Vec<usize>) {
    let template = with(block, "```tiles t\nlabels.w = \"World\"\n```");
    let blocks = template.fill(&snapshot(), language, &frame()).unwrap_or_else(|p| panic!("{p}")).brief.blocks;
    let at = blocks.iter().position(|block| matches!(block, Block::Tiles(_))).unwrap();
    let (Block::Tiles(tiles), Block::Paragraph { text, .. }) = (&blocks[at], &blocks[at + 1]) else { panic!() };
    let all = text.iter().filter_map(|it| if let Inline::Source { numbers, .. } = it { Some(numbers) } else { None });
    (tiles[0].clone(), all.flatten().copied().collect())
}

#[test]
fn a_tile_shows_how_its_number_came_to_be() {
    let block = "[t]\nkind = \"tiles\"\n\n[[t.tile]]\nkey = \"w\"\nseries = \"vw_bev_cn\"\nperiod = \"2025\"\nspark = ";
    let (all, sources) = tile_and_sources(&format!("{block}true\n"), Language::En);
    let spark = all.spark.unwrap();
    assert_eq!(spark.values.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true, true, true]);
    assert_eq!((spark.first.as_str(), spark.last.as_str()), ("2021", "2025"));
    assert_eq!(spark.alt, "World: 2021 92,700, 2022 no value, 2023 191,800, 2024 207,400, 2025 115,500");
    assert!(sources.len() > 2, "{sources:?}");
    let later = tile(&format!("{block}\"2023\"\n"), Language::Zh).spark.unwrap();
    assert_eq!(later.alt, "World：2023 19.18万，2024 20.74万，2025 11.55万");
    assert!(tile(&format!("{block}false\n"), Language::De).spark.is_none());
}

fn problems(blocks: &str, fence: &str, snapshot: &Snapshot) -> Problems {
    with(blocks, fence).check(snapshot, &frame(), &[Language::En])
}

#[test]
fn every_mistake_of_a_chart_is_told_at_its_place() {
    let snapshot = and(
        &[
            ("a", "twh", 2024, &["10", "-11"]),
            ("p", "percent", 2024, &["60", "70"]),
            ("q", "percent", 2024, &["50", "20"]),
            ("one", "percent", 2025, &["5"]),
        ],
        Status::Final,
    );
    for (body, wanted) in [
        (
            "form = \"stacked-bar\"\nseries = [\"a\"]",
            "error: `stacked-bar` is no form\n --> t/blocks.toml:3:8\n   |\n 3 | form = \"stacked-bar\"\n   |        ^^^^^^^^^^^^^\n   = hint: did you mean `stacked-bars`?",
        ),
        (
            "form = \"slope\"\nseries = [\"a\", \"p\"]\nperiods = [\"2024\"]",
            "error: a slope goes from one period to another, `c` has 1\n --> t/blocks.toml:5:11\n   |\n 5 | periods = [\"2024\"]\n   |           ^^^^^^^^\n   = hint: periods = [\"2021\", \"2025\"]",
        ),
        (
            "form = \"dots\"\nseries = [\"a\", \"a\", \"a\", \"a\", \"p\"]",
            "error: the chart `c` has 5 series; at most 4 can be told apart\n --> t/blocks.toml:4:31\n   |\n 4 | series = [\"a\", \"a\", \"a\", \"a\", \"p\"]\n   |                               ^^^\n   = hint: split it, or make a table of it",
        ),
        (
            "form = \"lines\"\nseries = [\"a\", \"p\"]",
            "error: the chart `c` mixes TWh and %\n --> t/blocks.toml:4:10\n   |\n 4 | series = [\"a\", \"p\"]\n   |          ^^^^^^^^^^\n   = hint: one axis has one unit: make two charts of it",
        ),
        (
            "form = \"stacked-bars\"\nseries = [\"a\"]",
            "error: `a` is -11 for 2025: values below zero cannot be stacked\n --> t/blocks.toml:3:8\n   |\n 3 | form = \"stacked-bars\"\n   |        ^^^^^^^^^^^^^^\n   = hint: draw them side by side: form = \"columns\" or \"bars\"",
        ),
        (
            "form = \"stacked-columns\"\nseries = [\"p\", \"q\"]",
            "error: these percentages come to 110 in 2024: they are not parts of one whole\n --> t/blocks.toml:3:8",
        ),
        (
            "form = \"stacked-columns\"\nseries = [\"vw_bev_yoy_cn\"]",
            "error: `vw_bev_yoy_cn` is a change: changes do not add up\n --> t/blocks.toml:3:8",
        ),
        (
            "form = \"lines\"\nseries = [\"a\"]\nfrom = \"2030\"",
            "error: the chart `c` has no value to show\n --> t/blocks.toml:5:8\n   |\n 5 | from = \"2030\"\n   |        ^^^^^^\n   = hint: there are values for 2024, 2025",
        ),
        (
            "form = \"lines\"\nseries = [\"a\"]\nto = \"2024-06\"",
            "error: `to` is a year\n --> t/blocks.toml:5:6\n   |\n 5 | to = \"2024-06\"\n   |      ^^^^^^^^^\n   = hint: write \"2021\", or \"latest\"",
        ),
        (
            "form = \"columns\"\nseries = [\"a\"]\nhighlight = \"b\"",
            "error: the chart `c` shows no `b`\n --> t/blocks.toml:5:13\n   |\n 5 | highlight = \"b\"\n   |             ^^^\n   = hint: did you mean `a`?",
        ),
        (
            "form = \"columns\"\nseries = [\"a\"]\nhighlight = [\"a\", \"2024\"]",
            "error: `highlight` names either rows or series, or periods\n --> t/blocks.toml:5:19\n   |\n 5 | highlight = [\"a\", \"2024\"]\n   |                   ^^^^^^\n   = hint: choose what the title speaks of",
        ),
        (
            "form = \"columns\"\nseries = [\"a\"]\nhighlight = \"2020\"",
            "error: the chart `c` does not show 2020\n --> t/blocks.toml:5:14\n   |\n 5 | highlight = \"2020\"\n   |              ^^^^\n   = hint: there are values for 2024, 2025",
        ),
        (
            "form = \"columns\"\nseries = [\"a\"]\nhighlight = 2024",
            "error: `highlight` is a text or a list of texts\n --> t/blocks.toml:5:13\n   |\n 5 | highlight = 2024\n   |             ^^^^\n   = hint: \"one\", or [\"one\", \"two\"]",
        ),
        (
            "form = \"columns\"\nseries = [\"a\"]\nmultiples = true",
            "error: `multiples` is for lines, and the chart `c` has the form `columns`\n --> t/blocks.toml:5:1\n   |\n 5 | multiples = true\n   | ^^^^^^^^^\n   = hint: write form = \"lines\", or delete this line",
        ),
        (
            "form = \"lines\"\nseries = [\"a\"]\nwidth = \"third\"",
            "error: `third` is no width\n --> t/blocks.toml:5:9\n   |\n 5 | width = \"third\"\n   |         ^^^^^^^",
        ),
        (
            "form = \"lines\"\nseries = [\"a\"]\nforecast_from = \"2030\"",
            "error: the chart `c` ends before 2030\n --> t/blocks.toml:5:17\n   |\n 5 | forecast_from = \"2030\"\n   |                 ^^^^^^",
        ),
        (
            "form = \"lines\"\nseries = [\"a\"]\nrange = { low = \"a\" }",
            "error: `range` lacks `high`\n --> t/blocks.toml:5:9\n",
        ),
        (
            "form = \"lines\"\nseries = [\"a\"]\nreference = 4",
            "error: `reference` is a table\n --> t/blocks.toml:5:13\n   |\n 5 | reference = 4\n   |             ^\n   = hint: reference = { series = \"…\", period = \"…\" }",
        ),
        (
            "form = \"lines\"\nseries = [\"a\"]\nreference = { series = \"p\" }",
            "error: `p` is in percent, the chart `c` in twh\n --> t/blocks.toml:5:25\n   |\n 5 | reference = { series = \"p\" }\n   |                         ^\n   = hint: one axis has one unit",
        ),
        (
            "form = \"slope\"\nseries = [\"a\"]\nperiods = [\"2024\", \"2025\"]\nreference = { series = \"a\" }",
            "error: a slope has no axis for a line of reference, `c` asks for one\n --> t/blocks.toml:6:1\n",
        ),
        ("form = \"lines\"", "error: the chart `c` has neither `series` nor `row`\n --> t/blocks.toml:1:2"),
    ] {
        let text = problems(&format!("[c]\nkind = \"chart\"\n{body}\n"), FENCE, &snapshot).to_string();
        assert!(text.contains(wanted), "{wanted}\n---\n{text}");
    }
    let tiles = |spark: &str| {
        let block = format!(
            "[t]\nkind = \"tiles\"\n\n[[t.tile]]\nkey = \"w\"\nseries = \"one\"\nperiod = \"2025\"\nspark = {spark}\n"
        );
        problems(&block, "```tiles t\nlabels.w = \"World\"\n```", &snapshot).to_string()
    };
    let text = tiles("true");
    let wanted = "error: a line needs two values, `one` has one up to 2025\n --> t/blocks.toml:8:9\n   |\n 8 | spark = true\n   |         ^^^^\n   = hint: name an earlier year, or leave `spark` out";
    assert!(text.contains(wanted), "{text}");
    let text = tiles("2020");
    let wanted = "error: `spark` is true, false or the first year\n --> t/blocks.toml:8:9\n   |\n 8 | spark = 2020\n   |         ^^^^\n   = hint: spark = true, or spark = \"2020\"";
    assert!(text.contains(wanted), "{text}");
}
