//! The rules of a chart over many charts: labels never overlap and stay in the box, bars begin at zero, few ticks.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::{brief::Point, language::Language};

/// Half an em a character, an em a Han.
struct Stub;
impl Measure for Stub {
    fn width(&mut self, text: &str, size: f32, _strong: bool) -> f32 {
        text.chars().map(|c| if c.is_ascii() { 0.55 } else { 1.0 }).sum::<f32>() * size
    }
}

fn chart(kind: ChartKind, labels: usize, name: &str, series: Vec<Vec<Option<i64>>>) -> Chart {
    let point = |v: i64| Point {
        value: Decimal::from(v),
        label: v.to_string(),
        detail: String::new(),
        provisional: v % 7 == 0,
    };
    Chart {
        kind,
        title: "t".into(),
        subtitle: String::new(),
        number: "Figure 1".into(),
        anchor: String::new(),
        alt: String::new(),
        labels: (0..labels).map(|n| format!("{name}{n}")).collect(),
        series: series
            .into_iter()
            .enumerate()
            .map(|(n, values)| (format!("series {n}"), values.into_iter().map(|v| v.map(point)).collect()))
            .collect(),
        axis_exponent: 0,
        axis_unit: "vehicles".into(),
        notes: Vec::new(),
    }
}

fn boxes(drawing: &Drawing) -> Vec<(f32, f32, f32, f32, String)> {
    drawing
        .labels
        .iter()
        .map(|l| {
            let w = Stub.width(&l.text, l.size, l.strong);
            let x = match l.anchor {
                Anchor::Start => l.x,
                Anchor::Middle => l.x - w / 2.0,
                Anchor::End => l.x - w,
            };
            (x, l.y - l.size * 0.72, x + w, l.y + l.size * 0.1, l.text.clone())
        })
        .collect()
}

fn overlaps(drawing: &Drawing) -> Vec<(String, String)> {
    let all = boxes(drawing);
    let mut found = Vec::new();
    for (index, a) in all.iter().enumerate() {
        for b in all.iter().skip(index + 1) {
            if a.0 < b.2 - 0.2 && b.0 < a.2 - 0.2 && a.1 < b.3 - 0.2 && b.1 < a.3 - 0.2 {
                found.push((a.4.clone(), b.4.clone()));
            }
        }
    }
    found
}

#[test]
fn what_cannot_be_drawn_says_why() {
    let none = chart(ChartKind::Bars, 2, "a", vec![vec![None, None]]);
    assert_eq!(draw(&none, 480.0, Language::En, &mut Stub).unwrap_err().what, "this chart has no value to show");
    let five = chart(ChartKind::Lines, 1, "a", vec![vec![Some(1)]; 5]);
    assert!(draw(&five, 480.0, Language::En, &mut Stub).unwrap_err().what.starts_with("this chart has 5 categories"));
}

#[test]
fn bars_begin_at_zero_and_ticks_are_few() {
    for largest in [1, 9, 49_400, 744_800, 1_000_000_000] {
        let drawing = draw(
            &chart(ChartKind::Bars, 3, "market", vec![vec![Some(largest), Some(largest / 3), Some(0)]]),
            480.0,
            Language::En,
            &mut Stub,
        )
        .unwrap();
        let zeros: Vec<f32> = drawing
            .shapes
            .iter()
            .filter_map(|s| match s {
                Shape::Rect { x, .. } => Some(*x),
                _ => None,
            })
            .collect();
        assert!(zeros.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.01), "{zeros:?}");
        let ticks = drawing.labels.iter().filter(|l| l.size == AXIS && l.text != "vehicles").count();
        assert!((3..=6).contains(&ticks), "{largest}: {ticks}");
    }
}

#[test]
fn sixty_characters_wrap_in_the_name_column() {
    let name = "Bundesverband der Energie- und Wasserwirtschaft in Nordrhein ";
    let drawing = draw(
        &chart(ChartKind::Bars, 4, name, vec![vec![Some(5), Some(-3), Some(9), Some(1)]]),
        480.0,
        Language::De,
        &mut Stub,
    )
    .unwrap();
    assert_eq!(overlaps(&drawing), vec![]);
    assert!(boxes(&drawing).iter().all(|b| b.0 > -0.5 && b.2 < 480.5));
}

proptest! {
    #[test]
    fn labels_stay_in_the_box(kind in 0..4usize, labels in 1..30usize, values in prop::collection::vec(prop::option::of(-1_000_000i64..1_000_000_000), 90), series in 1..4usize) {
        let kind = [ChartKind::Bars, ChartKind::Columns, ChartKind::Lines, ChartKind::Dots][kind];
        let series: Vec<Vec<Option<i64>>> = values.chunks(30).take(series).map(|chunk| chunk[..labels].to_vec()).collect();
        if let Ok(drawing) = draw(&chart(kind, labels, "20", series), 480.0, Language::Zh, &mut Stub) {
            for b in boxes(&drawing) {
                prop_assert!(b.0 > -1.0 && b.2 < 481.0 && b.1 > -8.0 && b.3 < drawing.height + 4.0, "{b:?} of {}", drawing.height);
            }
        }
    }
}
