//! The peaks and turns of a line: where it stops rising or falling for more than a quarter of its range.

/// Minimum number of positions of a line whose turns are labelled; in a shorter one the axis and its ends tell enough.
pub(super) const MIN_POSITIONS: usize = 7;
/// Maximum number of turns labelled, the farthest first.
const MAX_TURNS: usize = 3;
/// Minimum share of the line's range from one turn to the next.
const SWING: f64 = 0.25;

/// A point at which a line turns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Turn {
    pub position: usize,
    /// Whether the line falls after it.
    pub is_peak: bool,
}

/// The turns of these values, given by position, without the first and the last: what is farthest from its neighbours among
/// the turns comes first.
pub(super) fn turns(values: &[(usize, f64)]) -> Vec<Turn> {
    let low = values.iter().map(|(_, v)| *v).fold(f64::INFINITY, f64::min);
    let high = values.iter().map(|(_, v)| *v).fold(f64::NEG_INFINITY, f64::max);
    let least = (high - low) * SWING;
    let (Some(first), Some(last)) = (values.first(), values.last()) else { return Vec::new() };
    if least <= 0.0 {
        return Vec::new();
    }
    // The pivots of a line: its first point, and each extreme from which it moves back far enough.
    let mut pivots: Vec<(usize, f64)> = vec![*first];
    let (mut top, mut bottom) = (*first, *first);
    let mut rising: Option<bool> = None;
    for at in values {
        if at.1 > top.1 {
            top = *at;
        }
        if at.1 < bottom.1 {
            bottom = *at;
        }
        match rising {
            Some(false) | None if at.1 - bottom.1 >= least => {
                pivots.push(bottom);
                (rising, top) = (Some(true), *at);
            }
            Some(true) | None if top.1 - at.1 >= least => {
                pivots.push(top);
                (rising, bottom) = (Some(false), *at);
            }
            _ => {}
        }
    }
    pivots.push(*last);
    let mut found: Vec<(f64, Turn)> = pivots
        .windows(3)
        .filter_map(|three| {
            let [before, at, after] = three else { return None };
            let is_inner = at.0 != first.0 && at.0 != last.0;
            let swing = (at.1 - before.1).abs().min((at.1 - after.1).abs());
            is_inner.then_some((swing, Turn { position: at.0, is_peak: at.1 > after.1 }))
        })
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().take(MAX_TURNS).map(|(_, turn)| turn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(values: &[f64]) -> Vec<(usize, bool)> {
        let placed: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
        turns(&placed).into_iter().map(|turn| (turn.position, turn.is_peak)).collect()
    }

    #[test]
    fn a_line_turns_where_it_moves_back_by_a_quarter_of_its_range() {
        assert_eq!(found(&[1.0, 3.0, 9.0, 6.0, 4.0, 5.0, 4.5]), [(2, true)]);
        assert_eq!(found(&[5.0, 1.0, 4.0, 9.0, 3.0]), [(3, true), (1, false)]);
        // Steadily up, all equal, one value, none.
        assert!(found(&[1.0, 2.0, 3.0, 4.0]).is_empty());
        assert!(found(&[2.0; 9]).is_empty() && found(&[2.0]).is_empty() && found(&[]).is_empty());
        // Small waves are no turns; of many large ones the largest are told.
        assert!(found(&[0.0, 10.0, 9.0, 10.5, 9.5, 20.0]).is_empty());
        assert_eq!(found(&[0.0, 9.0, 1.0, 8.0, 2.0, 7.0, 3.0, 9.0]).len(), 3);
    }
}
