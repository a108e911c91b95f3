//! Charts as geometry: bars from zero, direct labels that do not overlap, few ticks, a muted grid and a solid zero
//! line. What a chart says in words (title, alt text, notes) is in `brief`; how it is painted, in `figure`.

mod area;
mod bars;
mod canvas;
mod columns;
mod label_placement;
mod lines;
mod multiples;
mod peaks;
mod plot_frame;
mod scale;
mod slope;
mod spark;
mod stacked;

use canvas::Canvas;
pub use spark::spark;

use super::drawing::{Drawing, Measure};
use crate::{
    base::problem::Problem,
    document::brief::{CATEGORY_COLOURS, Chart, ChartForm, numbers::Writing},
};

/// Maximum number of positions: more of them are a table, not a chart.
const MAX_POSITIONS: usize = 60;
/// Maximum height of a drawing in points, which leaves room on its page for title and notes.
const MAX_HEIGHT: f32 = 590.0;

/// Draws a chart into a box of `width`; the height follows from the content.
///
/// # Errors
/// If the chart cannot be drawn or could not be read: no data, too many series or positions, a stack below zero, a number
/// of periods that its form does not take, a drawing taller than a page.
pub fn draw(
    chart: &Chart,
    width: f32,
    writing: impl Into<Writing>,
    text: &mut dyn Measure,
) -> Result<Drawing, Box<Problem>> {
    if let Some(mistake) = mistake(chart) {
        return Err(mistake.into());
    }
    let mut canvas = Canvas::new(chart, width, writing.into(), text);
    let height = match chart.form {
        ChartForm::Bars => bars::bars(&mut canvas),
        ChartForm::Dots => bars::dots(&mut canvas),
        ChartForm::StackedBars => stacked::bars(&mut canvas),
        ChartForm::Columns => columns::columns(&mut canvas),
        ChartForm::StackedColumns => stacked::columns(&mut canvas),
        ChartForm::Lines if has_panels(chart) => multiples::multiples(&mut canvas),
        ChartForm::Lines => lines::lines(&mut canvas),
        ChartForm::Area => area::area(&mut canvas),
        ChartForm::Slope => slope::slope(&mut canvas),
    };
    if height > MAX_HEIGHT {
        return Err(Problem::error("this chart is taller than a page")
            .hint("take fewer rows or series, or make a table of it")
            .into());
    }
    Ok(canvas.finish(height))
}

/// Whether each line has a panel of its own: where that is asked for, or where there are more lines than colours and none of
/// them is highlighted.
fn has_panels(chart: &Chart) -> bool {
    let many = chart.series.len() > CATEGORY_COLOURS && chart.options.highlight.is_none();
    chart.series.len() > 1 && (chart.options.multiples || many)
}

/// Returns why a chart cannot be drawn.
fn mistake(chart: &Chart) -> Option<Problem> {
    let (categories, positions) = (chart.series.len(), chart.labels.len());
    let facts = chart.form.facts();
    let most = facts.max_series;
    let periods = facts.periods.filter(|fixed| fixed.count != positions);
    let mut points = chart.series.iter().flat_map(|series| &series.points).flatten().peekable();
    if points.peek().is_none() {
        Some(Problem::error("this chart has no value to show").hint("choose periods for which the series have values"))
    } else if categories > most {
        let what = format!("this chart has {categories} categories; at most {most} can be told apart");
        Some(Problem::error(what).hint("split it, or make a table of it"))
    } else if positions > MAX_POSITIONS {
        let what = format!("this chart has {positions} positions; at most {MAX_POSITIONS} can be read");
        Some(Problem::error(what).hint("take fewer periods or rows, or make a table of it"))
    } else if let Some(fixed) = periods {
        let what = format!("{}; this chart has {positions}", fixed.rule);
        Some(Problem::error(what).hint("name two periods, or draw lines"))
    } else if facts.stacked && points.any(|point| canvas::value(point) < 0.0) {
        Some(Problem::error("values below zero cannot be stacked").hint(ChartForm::side_by_side()))
    } else {
        None
    }
}

#[cfg(test)]
mod overlaps;
#[cfg(test)]
mod tests;
