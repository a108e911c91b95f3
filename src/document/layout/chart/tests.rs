//! The rules of a chart over many charts: labels never overlap and stay in the box, bars begin at zero, few ticks,
//! what is not zero is seen.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{
    canvas::{AXIS, MIN_BAR},
    *,
};
use crate::{
    base::language::Language,
    document::{
        brief::{ChartSeries, Point, Sparkline},
        layout::{
            drawing::{Anchor, Ink, Label, Shape, Tone},
            geometry::Rect,
            text::Typesetter,
        },
    },
};

pub(super) const WIDTH: f32 = 483.0;

/// Half an em a character, an em a Han: measured widths are in `readers`, these are quick.
pub(super) struct Stub;
impl Measure for Stub {
    fn width(&mut self, text: &str, size: f32, _strong: bool) -> f32 {
        text.chars().map(|c| if c.is_ascii() { 0.55 } else { 1.0 }).sum::<f32>() * size
    }

    fn lines(&mut self, text: &str, size: f32, strong: bool, room: f32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for c in text.chars() {
            match lines.last_mut() {
                Some(line) if self.width(&format!("{line}{c}"), size, strong) <= room => line.push(c),
                _ => lines.push(c.to_string()),
            }
        }
        lines
    }
}

fn point(v: i64) -> Point {
    Point {
        value: Decimal::from(v),
        label: v.to_string(),
        told: v.to_string(),
        detail: String::new(),
        provisional: v % 7 == 0 && v != 0,
    }
}

/// A chart of these labels and series; a slope has two periods, its series are the rows.
pub(super) fn chart(form: ChartForm, labels: &[String], series: Vec<(String, Vec<Option<i64>>)>) -> Chart {
    let stacked = form.facts().stacked;
    let sum = |at: usize| series.iter().filter_map(|(_, values)| *values.get(at)?).sum::<i64>().to_string();
    Chart {
        form,
        title: "t".into(),
        subtitle: String::new(),
        number: "Figure 1".into(),
        anchor: String::new(),
        written: None,
        alt: String::new(),
        totals: if stacked { (0..labels.len()).map(sum).collect() } else { Vec::new() },
        labels: labels.to_vec(),
        series: series
            .into_iter()
            .map(|(name, values)| ChartSeries { name, points: values.into_iter().map(|v| v.map(point)).collect() })
            .collect(),
        axis_exponent: 0,
        axis_unit: "vehicles".into(),
        notes: Vec::new(),
        options: Box::default(),
    }
}

pub(super) fn years(count: usize) -> Vec<String> {
    (0..count).map(|n| (2026 - count + n).to_string()).collect()
}

pub(super) fn named(series: Vec<Vec<Option<i64>>>) -> Vec<(String, Vec<Option<i64>>)> {
    series.into_iter().enumerate().map(|(n, values)| (format!("Series {n}"), values)).collect()
}

/// A chart over years of these values; of a slope the first two.
pub(super) fn over_years(form: ChartForm, series: Vec<Vec<Option<i64>>>) -> Chart {
    let count = if form == ChartForm::Slope { 2 } else { series[0].len() };
    let series = series.into_iter().map(|values| values[..count.min(values.len())].to_vec()).collect();
    chart(form, &years(count), named(series))
}

pub(super) fn some(values: &[i64]) -> Vec<Option<i64>> {
    values.iter().copied().map(Some).collect()
}

pub(super) fn box_of(label: &Label, measure: &mut dyn Measure) -> Rect {
    let wide = measure.width(&label.text, label.size, label.strong);
    let left = match label.anchor {
        Anchor::Start => label.x,
        Anchor::Middle => label.x - wide / 2.0,
        Anchor::End => label.x - wide,
    };
    Rect { left, top: label.y - label.size * 0.75, right: left + wide, bottom: label.y + label.size * 0.15 }
}

/// What is wrong with where labels stand: on another, or out of the box.
pub(super) fn faults(drawing: &Drawing, measure: &mut dyn Measure) -> Vec<String> {
    let boxes: Vec<(Rect, &Label)> = drawing.labels.iter().map(|label| (box_of(label, measure), label)).collect();
    let mut found = Vec::new();
    for (index, (a, label)) in boxes.iter().enumerate() {
        if a.left < -0.5 || a.right > drawing.width + 0.5 || a.top < -2.0 || a.bottom > drawing.height + 0.5 {
            found.push(format!("“{}” leaves the box: {a:?} of {} × {}", label.text, drawing.width, drawing.height));
        }
        for (b, other) in boxes.iter().skip(index + 1) {
            if a.touches(*b) {
                found.push(format!("“{}” on “{}”: {a:?}, {b:?}", label.text, other.text));
            }
        }
    }
    found
}

/// The labels through which a line runs: a series', a leader, an axis, the grid. Behind a gap it does not.
pub(super) fn struck(drawing: &Drawing, measure: &mut dyn Measure) -> Vec<String> {
    let mut found = Vec::new();
    for label in &drawing.labels {
        let area = box_of(label, measure);
        for (index, shape) in drawing.shapes.iter().enumerate() {
            let Shape::Line { points, ink, dash, .. } = shape else { continue };
            let is_gap = |shape: &Shape| match shape {
                Shape::Rect { x, y, w, h, ink: Ink::Paper } => {
                    *x <= area.left && *y <= area.top && x + w >= area.right && y + h >= area.bottom
                }
                _ => false,
            };
            let is_hidden = || drawing.shapes[index..].iter().any(is_gap);
            // A closed one is the outline of a bar.
            let is_outline = points.len() > 2 && points.first().map(|at| at.0) == points.last().map(|at| at.0);
            if !is_outline && !is_hidden() && points.windows(2).any(|pair| area.crossed(pair[0], pair[1])) {
                found.push(format!("{ink:?} {dash:?} runs through “{}”: {points:?}, {area:?}", label.text));
            }
        }
    }
    found
}

fn drawn(chart: &Chart, measure: &mut dyn Measure) -> Drawing {
    let drawing = draw(chart, WIDTH, Language::En, measure).unwrap();
    assert_eq!(faults(&drawing, measure), Vec::<String>::new(), "{:?}", chart.form);
    assert_eq!(struck(&drawing, measure), Vec::<String>::new(), "{:?}", chart.form);
    drawing
}

pub(super) fn has(drawing: &Drawing, text: &str) -> bool {
    drawing.labels.iter().any(|label| label.text == text)
}

/// The filled rectangles of series, not the gaps in the grid.
fn rects(drawing: &Drawing) -> Vec<Rect> {
    let rect = |shape: &Shape| match shape {
        Shape::Rect { ink: Ink::Paper, .. } => None,
        Shape::Rect { x, y, w, h, .. } => Some(Rect { left: *x, top: *y, right: x + w, bottom: y + h }),
        _ => None,
    };
    drawing.shapes.iter().filter_map(rect).collect()
}

fn why(chart: &Chart) -> String {
    draw(chart, WIDTH, Language::En, &mut Stub).unwrap_err().to_string()
}

#[test]
fn what_cannot_be_drawn_says_why() {
    for form in ChartForm::ALL.iter().copied() {
        let text = why(&over_years(form, vec![vec![None, None]]));
        assert_eq!(
            text,
            "error: this chart has no value to show\n   = hint: choose periods for which the series have values"
        );
    }
    assert!(why(&over_years(ChartForm::Columns, vec![some(&[1, 2]); 5])).contains("5 categories; at most 4"));
    assert!(why(&over_years(ChartForm::Lines, vec![some(&[1, 2]); 13])).contains("13 categories; at most 12"));
    assert!(why(&over_years(ChartForm::Slope, vec![some(&[1, 2]); 11])).contains("11 categories; at most 10"));
    assert!(why(&over_years(ChartForm::Columns, vec![some(&[1; 61])])).contains("61 positions; at most 60"));
    let three = chart(ChartForm::Slope, &years(3), named(vec![some(&[1, 2, 3])]));
    assert!(why(&three).starts_with("error: a slope goes from one period to another; this chart has 3"));
    for form in [ChartForm::StackedBars, ChartForm::StackedColumns] {
        let text = why(&over_years(form, vec![some(&[3, 4]), some(&[-1, 2])]));
        assert!(text.starts_with("error: values below zero cannot be stacked\n   = hint: "), "{text}");
    }
    let tall = over_years(ChartForm::Bars, vec![some(&[7; 60]); 4]);
    assert!(why(&tall).starts_with("error: this chart is taller than a page"));
}

#[test]
fn bars_begin_at_zero_and_ticks_are_few() {
    for largest in [1, 9, 49_400, 744_800, 1_000_000_000] {
        let drawing = drawn(&over_years(ChartForm::Bars, vec![some(&[largest, largest / 3, 0])]), &mut Stub);
        let bars = rects(&drawing);
        assert!(bars.len() == 3 && bars.windows(2).all(|pair| pair[0].left == pair[1].left), "{bars:?}");
        let ticks = drawing.labels.iter().filter(|l| l.size == AXIS && l.text != "vehicles").count();
        assert!((3..=6).contains(&ticks), "{largest}: {ticks}");
        let drawing = drawn(&over_years(ChartForm::Columns, vec![some(&[largest, largest / 3, 0])]), &mut Stub);
        let bars = rects(&drawing);
        assert!(bars.windows(2).all(|pair| pair[0].bottom == pair[1].bottom), "{bars:?}");
    }
}

#[test]
fn what_is_not_zero_is_seen() {
    for form in [ChartForm::Bars, ChartForm::Columns, ChartForm::StackedBars, ChartForm::StackedColumns] {
        let drawing = drawn(&over_years(form, vec![some(&[1, 1_000, 1_000_000_000, 0])]), &mut Stub);
        let size = |area: &Rect| match form {
            ChartForm::Bars | ChartForm::StackedBars => area.right - area.left,
            _ => area.bottom - area.top,
        };
        let sizes: Vec<f32> = rects(&drawing).iter().map(size).collect();
        assert!(sizes[..3].iter().all(|size| *size >= MIN_BAR - 0.001) && sizes[3] == 0.0, "{form:?} {sizes:?}");
        assert!(sizes[2] > 50.0);
    }
}

#[test]
fn one_point_zeros_and_equal_values_are_drawn() {
    for form in ChartForm::ALL.iter().copied() {
        let one = drawn(&chart(form, &years(2), named(vec![vec![None, Some(5)]])), &mut Stub);
        assert!(has(&one, "5"), "{form:?}");
        drawn(&over_years(form, vec![some(&[0, 0, 0]), some(&[0, 0, 0])]), &mut Stub);
        drawn(&over_years(form, vec![some(&[7, 7, 7]), some(&[7, 7, 7]), some(&[7, 7, 7])]), &mut Stub);
        // A whole series without a value leaves the others as they are.
        drawn(&over_years(form, vec![some(&[7, 8, 7]), vec![None; 3], some(&[2, 3, 4])]), &mut Stub);
    }
}

#[test]
fn values_below_zero_stand_on_the_other_side_of_the_line() {
    for form in [ChartForm::Bars, ChartForm::Columns, ChartForm::Lines, ChartForm::Dots, ChartForm::Slope] {
        drawn(&over_years(form, vec![some(&[-5, 12, -700]), some(&[5, -12, 3])]), &mut Stub);
        drawn(&over_years(form, vec![some(&[-5, -12, -1])]), &mut Stub);
    }
    let drawing = drawn(&over_years(ChartForm::Columns, vec![some(&[-5, 12])]), &mut Stub);
    let [below, above] = rects(&drawing)[..] else { panic!() };
    assert_eq!(below.top, above.bottom);
    let drawing = drawn(&over_years(ChartForm::Bars, vec![some(&[-5, 12])]), &mut Stub);
    let [below, above] = rects(&drawing)[..] else { panic!() };
    assert_eq!(below.right, above.left);
}

#[test]
fn lines_are_named_at_their_ends_wherever_they_end() {
    for ends in [[50, 50, 50, 50], [0, 0, 0, 0], [100, 99, 98, 97], [0, 100, 0, 100]] {
        let crossing: Vec<Vec<Option<i64>>> =
            (0..4).map(|n| some(&[40 - n * 10, 10 + n * 10, 30 - n * 5, ends[n as usize]])).collect();
        let drawing = drawn(&over_years(ChartForm::Lines, crossing.clone()), &mut Stub);
        assert!((0..4).all(|n| has(&drawing, &format!("Series {n}"))));
        let drawing = drawn(&over_years(ChartForm::Slope, crossing), &mut Stub);
        for n in 0..4 {
            let name = format!("Series {n}");
            assert_eq!(drawing.labels.iter().filter(|label| label.text == name).count(), 1, "{name}");
        }
    }
}

#[test]
fn a_first_value_keeps_away_from_other_lines() {
    let drawing = drawn(
        &over_years(ChartForm::Lines, vec![some(&[50, 90, 20]), some(&[46, 10, 80]), some(&[54, 50, 1])]),
        &mut Stub,
    );
    let mark = |shape: &Shape| match shape {
        Shape::Marker { x, y, r, ink, .. } => Some((*ink, Rect::around((*x, *y), *r))),
        _ => None,
    };
    for label in &drawing.labels {
        let Ink::SeriesText(series) = label.ink else { continue };
        let area = box_of(label, &mut Stub);
        let other = |(ink, area_of): (Ink, Rect)| ink != Ink::Series(series) && area_of.touches(area);
        assert!(!drawing.shapes.iter().filter_map(mark).any(other), "{label:?}");
    }
}

#[test]
fn a_missing_value_is_a_gap() {
    let drawing = drawn(&over_years(ChartForm::Lines, vec![vec![Some(1), Some(2), None, Some(4), Some(5)]]), &mut Stub);
    let long = |shape: &&Shape| matches!(shape, Shape::Line { width, ink: Ink::Series(Tone::Category(0)), .. } if *width > 1.0);
    assert_eq!(drawing.shapes.iter().filter(long).count(), 2);
    let rows = drawn(&over_years(ChartForm::Bars, vec![vec![Some(1), None]]), &mut Stub);
    assert!(has(&rows, "–"));
}

#[test]
fn provisional_values_are_lighter_or_hollow() {
    for form in ChartForm::ALL.iter().copied() {
        let drawing = drawn(&over_years(form, vec![some(&[12, 14])]), &mut Stub);
        let told = |shape: &Shape| match shape {
            Shape::Marker { filled, .. } => !filled,
            Shape::Rect { ink, .. } => *ink == Ink::SeriesLight(Tone::Category(0)),
            Shape::Area { ink, .. } => *ink == Ink::SeriesLight(Tone::Category(0)),
            Shape::Line { .. } => false,
        };
        assert_eq!(drawing.shapes.iter().filter(|shape| told(shape)).count(), 1, "{form:?}");
    }
}

/// A lighter tone has less than 3:1 on white (WCAG 2.2, 1.4.11): it only fills what has an outline in the full tone.
#[test]
fn provisional_values_are_seen_by_a_full_tone() {
    for form in ChartForm::ALL.iter().copied() {
        // The second is a sliver, the third a bar.
        let values = some(&[6_000, 7, 14, 7_000]);
        let years: Vec<String> = (2021..=2024).map(|year| year.to_string()).collect();
        let (labels, values) =
            if form == ChartForm::Slope { (&years[..2], some(&[6, 7_000])) } else { (&years[..], values) };
        let drawing = drawn(&chart(form, labels, named(vec![values])), &mut Stub);
        let outlined = |x: f32, y: f32| {
            drawing.shapes.iter().any(|shape| match shape {
                Shape::Line { points, ink: Ink::Series(Tone::Category(0)), .. } => {
                    points.len() == 5 && points.iter().any(|at| (at.0 - x).abs() < 1.0 && (at.1 - y).abs() < 1.0)
                }
                _ => false,
            })
        };
        for shape in &drawing.shapes {
            match shape {
                Shape::Rect { x, y, ink: Ink::SeriesLight(_), .. } => assert!(outlined(*x, *y), "{form:?}"),
                Shape::Line { ink, .. } | Shape::Marker { ink, .. } => {
                    assert_ne!(*ink, Ink::SeriesLight(Tone::Category(0)), "{form:?}")
                }
                Shape::Rect { .. } | Shape::Area { .. } => {}
            }
        }
    }
}

#[test]
fn forty_bars_and_sixty_months_can_be_read() {
    let forty: Vec<i64> = (1..=40).map(|n| n * 1_313).collect();
    let drawing = drawn(&over_years(ChartForm::Bars, vec![some(&forty)]), &mut Stub);
    assert!(forty.iter().all(|v| has(&drawing, &v.to_string())));
    let drawing = drawn(&over_years(ChartForm::Columns, vec![some(&forty)]), &mut Stub);
    assert!(has(&drawing, &(40 * 1_313).to_string()) && !has(&drawing, "1313"));
    let months: Vec<String> = (0..60)
        .map(|n| {
            format!(
                "{} {}",
                ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][n % 12],
                2021 + n / 12
            )
        })
        .collect();
    let values = |by: i64| (0..60).map(|n| Some(900 + n * by + n % 5 * 40)).collect();
    for form in [ChartForm::Lines, ChartForm::Columns, ChartForm::StackedColumns] {
        let drawing = drawn(&chart(form, &months, named(vec![values(9), values(3)])), &mut Stub);
        assert!(has(&drawing, "Dec 2025") && has(&drawing, "Dec 2024") && !has(&drawing, "Nov 2025"), "{form:?}");
    }
}

const LONG: [(Language, &str); 3] = [
    (Language::En, "Federal Association of the Energy and Water Industries, Bonn"),
    (Language::De, "Bundesverband der Energie- und Wasserwirtschaftsunternehmen"),
    (
        Language::Zh,
        "德国联邦能源和水资源经济协会北莱茵威斯特法伦州分会新能源汽车充电基础设施建设运营管理委员会第三工作组暨中德绿色经济合作",
    ),
];

#[test]
fn long_names_are_wrapped_and_never_cut() {
    for (language, name) in LONG {
        let mut setter = Typesetter::new(language);
        for form in ChartForm::ALL.iter().copied() {
            let values = |n: i64| some(&[40 + n * 3, 50 - n, 45, 60]);
            let names: Vec<String> = (1..=4).map(|n| format!("{name} {n}")).collect();
            let series = names.iter().cloned().zip((0..4).map(values)).collect();
            let chart = match form {
                ChartForm::Bars | ChartForm::Dots | ChartForm::StackedBars => chart(form, &names, series),
                ChartForm::Slope => over_years(form, (0..4).map(values).collect()),
                _ => chart(form, &years(4), series),
            };
            let chart = match form {
                ChartForm::Slope => {
                    let series = names.iter().cloned().zip(chart.series);
                    let series = series.map(|(name, series)| ChartSeries { name, ..series });
                    Chart { series: series.collect(), ..chart }
                }
                _ => chart,
            };
            let drawing = draw(&chart, WIDTH, language, &mut setter).unwrap();
            assert_eq!(faults(&drawing, &mut setter), Vec::<String>::new(), "{language} {form:?}");
            let all: String = drawing.labels.iter().map(|l| l.text.replace('\u{2010}', "")).collect();
            let squeezed: String = all.split_whitespace().collect();
            for wanted in &names {
                let wanted: String = wanted.split_whitespace().collect();
                assert!(squeezed.contains(&wanted), "{language} {form:?}: {wanted} in {squeezed}");
            }
        }
    }
}

#[test]
fn a_unit_stands_after_the_last_number_of_a_horizontal_axis() {
    let drawing = drawn(&over_years(ChartForm::Bars, vec![some(&[441_400, 207_400])]), &mut Stub);
    let unit = drawing.labels.iter().find(|label| label.text == "vehicles").unwrap();
    let last = drawing.labels.iter().filter(|label| label.size == AXIS).map(|label| label.x).fold(0.0, f32::max);
    assert!(unit.x == last && drawing.labels.iter().filter(|label| label.y == unit.y).count() > 3);
    let percent = Chart { axis_unit: "%".into(), ..over_years(ChartForm::Columns, vec![some(&[50, 20])]) };
    for (language, tick) in [(Language::En, "50%"), (Language::De, "50\u{a0}%"), (Language::Zh, "50%")] {
        let drawing = draw(&percent, WIDTH, language, &mut Stub).unwrap();
        assert!(has(&drawing, tick) && !has(&drawing, "%"), "{language}");
    }
}

#[test]
fn a_run_marks_its_last_value_and_breaks_where_one_is_missing() {
    let decimal = |v: i64| Some(Decimal::from(v));
    let run = |values: Vec<Option<Decimal>>| {
        let line = Sparkline { values, first: "2020".to_owned(), last: "2025".to_owned(), alt: String::new() };
        let drawing = spark(&line, 100.0);
        assert_eq!(faults(&drawing, &mut Stub), Vec::<String>::new());
        drawing
    };
    let whole = run((0..6).map(decimal).collect());
    let [Shape::Line { points, .. }, Shape::Marker { x, y, .. }] = &whole.shapes[..] else { panic!("{whole:?}") };
    assert!(points.len() == 6 && points.last() == Some(&(*x, *y)) && *x > 95.0);
    let broken = run(vec![decimal(1), None, decimal(3), decimal(2)]);
    assert_eq!(broken.shapes.len(), 3, "{broken:?}");
    // All equal is a level line in the middle.
    let level = run(vec![decimal(4); 3]);
    let Some(Shape::Line { points, .. }) = level.shapes.first() else { panic!() };
    assert!(points.iter().all(|(_, y)| *y == points[0].1));
}

fn any_chart() -> impl Strategy<Value = Chart> {
    let name = prop_oneof!["[A-Za-z]{1,9}( [a-zäöü]{2,14}){0,5}", "[汽车电池中德国销量出口能源]{2,40}"];
    let largest = prop_oneof![Just(9i64), Just(1_000), Just(1_000_000_000)];
    (0..ChartForm::ALL.len(), 1..40usize, largest, prop::collection::vec(name, 44), 1..=4usize, any::<bool>())
        .prop_flat_map(|(nth, labels, largest, names, series, periods)| {
            let form = ChartForm::ALL[nth];
            let labels = if form == ChartForm::Slope { 2 } else { labels };
            let low = if form.facts().stacked { 0 } else { -largest };
            let value = prop::option::weighted(0.9, low..=largest);
            prop::collection::vec(prop::collection::vec(value, labels), series).prop_map(move |values| {
                let positions = if periods || labels > 8 { years(labels) } else { names[..labels].to_vec() };
                chart(form, &positions, names[40..].iter().cloned().zip(values).collect())
            })
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn no_label_stands_on_another_or_out_of_the_box(chart in any_chart()) {
        if let Ok(drawing) = draw(&chart, WIDTH, Language::Zh, &mut Stub) {
            prop_assert_eq!(faults(&drawing, &mut Stub), Vec::<String>::new());
            prop_assert_eq!(struck(&drawing, &mut Stub), Vec::<String>::new());
        }
    }

    /// Lines that end at the same period before the plot does, and lines that begin near the axis, named wherever they end.
    #[test]
    fn no_line_runs_through_a_label_wherever_lines_end(
        values in prop::collection::vec(prop::collection::vec(0..100i64, 12), 2..=4),
        ends in prop::collection::vec(2..=12usize, 4),
        together in any::<bool>(),
        low in 1..=100i64,
    ) {
        let cut = |(series, values): (usize, Vec<i64>)| {
            let end = ends[if together { 0 } else { series }];
            // One line reaches the right edge.
            let known = |index: usize| series == 0 || index < end;
            values.into_iter().enumerate().map(|(index, v)| known(index).then_some(v % low)).collect()
        };
        let series: Vec<Vec<Option<i64>>> = values.into_iter().enumerate().map(cut).collect();
        let count = series.len();
        let drawing = drawn(&over_years(ChartForm::Lines, series), &mut Stub);
        for n in 0..count {
            let name = format!("Series {n}");
            prop_assert!(has(&drawing, &name));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn nor_with_the_widths_of_the_real_fonts(chart in any_chart(), language in 0..3usize) {
        let language = Language::ALL[language];
        let mut setter = Typesetter::new(language);
        if let Ok(drawing) = draw(&chart, WIDTH, language, &mut setter) {
            prop_assert_eq!(faults(&drawing, &mut setter), Vec::<String>::new());
        }
    }
}
