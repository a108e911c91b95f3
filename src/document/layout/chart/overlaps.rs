//! Overlaps over random series: one to twelve of any sign and any size, with gaps, highlights, panels, forecasts and lines of
//! reference, at every width that a chart has. Labels, lines, axes and marks are measured by their boxes.

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use rust_decimal::Decimal;

use super::{
    tests::{Stub, WIDTH, box_of, chart, faults, struck, years},
    *,
};
use crate::{
    base::language::Language,
    document::{
        brief::{ChartOptions, Forecast, Highlight, Reference, Rows},
        layout::{drawing::Shape, geometry::Rect},
    },
};

/// Charts that are drawn.
const CASES: u32 = 600;

/// The widths of a chart on a page, of half of it, and of the picture in a mail.
const WIDTHS: [f32; 3] = [WIDTH, 233.0, 230.0];

/// Labels on which a mark lies that is not theirs to lie in.
fn under_marks(drawing: &Drawing) -> Vec<String> {
    let mut found = Vec::new();
    for label in &drawing.labels {
        let area = box_of(label, &mut Stub);
        for shape in &drawing.shapes {
            if let Shape::Marker { x, y, r, .. } = shape
                && Rect::around((*x, *y), r * 0.7).touches(area)
            {
                found.push(format!("a mark at {x}, {y} lies on “{}”: {area:?}", label.text));
            }
        }
    }
    found
}

fn any_options() -> impl Strategy<Value = (Option<Vec<usize>>, bool, Option<usize>, Option<i64>)> {
    let highlight = prop::option::weighted(0.4, prop::collection::vec(0..12usize, 1..=3));
    (highlight, any::<bool>(), prop::option::weighted(0.3, 1..12usize), prop::option::weighted(0.3, -100..=100i64))
}

fn any_chart() -> impl Strategy<Value = (Chart, f32)> {
    let name = prop_oneof!["[A-Za-z]{1,9}( [a-zäöü]{2,14}){0,3}", "[汽车电池中德国销量出口能源]{2,20}"];
    let largest = prop_oneof![Just(9i64), Just(1_000), Just(100_000), Just(1_000_000_000)];
    let names = prop::collection::vec(name, 24);
    (0..ChartForm::ALL.len(), 1..=12usize, 1..=30usize, largest, names, any_options(), 0..WIDTHS.len()).prop_flat_map(
        |(form, series, positions, largest, names, options, width)| {
            let form = ChartForm::ALL[form];
            let facts = form.facts();
            // Up to twelve series: as lines, or as the rows of a form whose rows are its labels.
            let (series, positions) = match facts.rows {
                Rows::Labels if form != ChartForm::Columns => (positions.min(facts.max_series), series),
                _ => (series.min(facts.max_series), positions),
            };
            let positions = facts.periods.map_or(positions, |fixed| fixed.count);
            let low = if facts.stacked { 0 } else { -largest };
            let value = prop::option::weighted(0.88, low..=largest);
            prop::collection::vec(prop::collection::vec(value, positions), series).prop_map(move |values| {
                let labels = if facts.rows == Rows::Labels && form != ChartForm::Columns {
                    names[..positions].to_vec()
                } else {
                    years(positions)
                };
                let gap = |series: usize, values: &Vec<Option<i64>>| {
                    let missing = values.iter().enumerate().filter(|(_, value)| value.is_none());
                    missing.map(|(position, _)| (series, position)).collect::<Vec<_>>()
                };
                let gaps = values.iter().enumerate().flat_map(|(series, values)| gap(series, values)).collect();
                let (chosen, multiples, forecast, reference) = options.clone();
                let is_lines = form == ChartForm::Lines;
                let options = ChartOptions {
                    highlight: chosen.map(|chosen| match facts.rows {
                        Rows::Series => Highlight::Series(chosen.into_iter().filter(|at| *at < series).collect()),
                        Rows::Labels => Highlight::Labels(chosen),
                    }),
                    multiples: multiples && is_lines,
                    missing: "无数据".to_owned(),
                    gaps,
                    forecast: forecast.filter(|_| is_lines).map(|from| Forecast { from, word: "预测".to_owned() }),
                    reference: reference.filter(|_| form != ChartForm::Slope).map(|percent| Reference {
                        value: Decimal::from(if facts.stacked { percent.abs() } else { percent } * largest / 100),
                        label: "Target for 2030: 215".to_owned(),
                    }),
                    ..ChartOptions::default()
                };
                let drawn = chart(form, &labels, names[12..].iter().cloned().zip(values).collect());
                (Chart { options: Box::new(options), ..drawn }, WIDTHS[width])
            })
        },
    )
}

#[test]
fn no_label_touches_a_line_an_axis_a_mark_or_another() {
    let mut runner = TestRunner::new(ProptestConfig::with_cases(CASES));
    let (mut drawn, mut refused, mut labels, mut finds) = (0, 0, 0, Vec::new());
    while drawn < CASES {
        let (chart, width) = any_chart().new_tree(&mut runner).unwrap().current();
        match draw(&chart, width, Language::Zh, &mut Stub) {
            Ok(drawing) => {
                drawn += 1;
                labels += drawing.labels.len();
                let here = [faults(&drawing, &mut Stub), struck(&drawing, &mut Stub), under_marks(&drawing)].concat();
                if !here.is_empty() {
                    finds.push(format!("{:?} {width} {:?}\n  {}", chart.form, chart.options, here.join("\n  ")));
                }
            }
            // No value at all, or taller than a page.
            Err(_) => refused += 1,
        }
    }
    println!("{drawn} charts with {labels} labels, {refused} refused: {} with overlaps", finds.len());
    assert!(finds.is_empty(), "{}", finds.iter().take(8).cloned().collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_missing_value_is_told_in_its_place_in_every_form() {
    for form in ChartForm::ALL.iter().copied() {
        for width in WIDTHS {
            let positions = if form == ChartForm::Slope { 2 } else { 4 };
            let row = |values: &[i64]| values.iter().copied().map(Some).take(positions).collect::<Vec<_>>();
            let mut first = row(&[3, 5, 4, 6]);
            first[1] = None;
            let series = vec![("A".to_owned(), first), ("B".to_owned(), row(&[2, 1, 3, 2]))];
            let mut drawn = chart(form, &years(positions), series);
            (drawn.options.gaps, drawn.options.missing) = (vec![(0, 1)], "k. A.".to_owned());
            let drawing = draw(&drawn, width, Language::De, &mut Stub).unwrap();
            let told = drawing.labels.iter().filter(|label| label.text == "k. A.").count();
            assert_eq!(told, 1, "{form:?} {width}: {:?}", drawing.labels);
        }
    }
}

#[test]
fn what_is_highlighted_has_a_colour_and_the_rest_is_grey() {
    use super::super::drawing::{Ink, Tone};
    for form in ChartForm::ALL.iter().copied() {
        let positions = if form == ChartForm::Slope { 2 } else { 3 };
        let values = |by: i64| (0..positions).map(|n| Some(10 + n as i64 * by)).collect::<Vec<_>>();
        let series = (1..=3).map(|n| (format!("Series {n}"), values(n))).collect();
        let mut drawn = chart(form, &years(positions), series);
        drawn.options.highlight = Some(Highlight::Series(vec![1]));
        let drawing = draw(&drawn, WIDTH, Language::En, &mut Stub).unwrap();
        let inks = drawing.shapes.iter().filter_map(|shape| match shape {
            Shape::Rect { ink: Ink::Series(tone) | Ink::SeriesLight(tone), .. } => Some(*tone),
            Shape::Marker { ink: Ink::Series(tone), .. } => Some(*tone),
            Shape::Area { ink: Ink::Series(tone), .. } => Some(*tone),
            _ => None,
        });
        let tones: std::collections::HashSet<Tone> = inks.collect();
        assert_eq!(tones, [Tone::Category(0), Tone::Quiet].into(), "{form:?}");
    }
}

#[test]
fn a_long_name_beside_a_high_point_stays_in_the_box() {
    let names = ["tsww ööüüöäoohüäwp öüüööäakööüüq väüipö üöioääübüdüä üäsämzää", "口销口车电销源德源能国汽国德"];
    let series = names.iter().map(|name| (*name).to_owned()).zip([vec![Some(2)], vec![Some(0)]]).collect();
    let drawing = draw(&chart(ChartForm::Lines, &["A".to_owned()], series), WIDTH, Language::En, &mut Stub).unwrap();
    assert_eq!(faults(&drawing, &mut Stub), Vec::<String>::new());
}
