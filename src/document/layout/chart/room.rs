//! Room for labels: what touches what, and how labels that wish for the same place are pushed apart.

/// A rectangle of the drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

impl Area {
    /// A square around a point.
    pub fn around((x, y): (f32, f32), r: f32) -> Area {
        Area { left: x - r, top: y - r, right: x + r, bottom: y + r }
    }

    pub fn grown(self, by: f32) -> Area {
        Area { left: self.left - by, top: self.top - by, right: self.right + by, bottom: self.bottom + by }
    }

    /// Edges may meet.
    pub fn touches(self, other: Area) -> bool {
        const MEET: f32 = 0.05;
        self.left < other.right - MEET
            && other.left < self.right - MEET
            && self.top < other.bottom - MEET
            && other.top < self.bottom - MEET
    }

    /// Does the line from a to b run through it (Liang and Barsky's clipping)?
    pub fn crossed(self, a: (f32, f32), b: (f32, f32)) -> bool {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let (mut enters, mut leaves) = (0.0_f32, 1.0_f32);
        let sides = [(-dx, a.0 - self.left), (dx, self.right - a.0), (-dy, a.1 - self.top), (dy, self.bottom - a.1)];
        for (towards, room) in sides {
            if towards == 0.0 {
                if room < 0.0 {
                    return false;
                }
            } else if towards < 0.0 {
                enters = enters.max(room / towards);
            } else {
                leaves = leaves.min(room / towards);
            }
        }
        enters < leaves
    }
}

/// Labels that stand one on the other without a gap.
struct Pile {
    members: Vec<usize>,
    height: f32,
    /// Where each member would have the pile begin, added up.
    begins: f32,
}

impl Pile {
    /// Where its members together wish it to begin, between the ends as far as it fits.
    fn top(&self, low: f32, high: f32) -> f32 {
        (self.begins / self.members.len().max(1) as f32).min(high - self.height).max(low)
    }
}

/// The middles of labels that wish for a middle and need a height, moved as little as can be so that none overlaps
/// another and all stand between `low` and `high` (below `high` only if they need more than there is). The order of
/// their wishes stays; of equal wishes, the order given.
pub(super) fn spread(wishes: &[(f32, f32)], low: f32, high: f32) -> Vec<f32> {
    let mut order: Vec<usize> = (0..wishes.len()).collect();
    let wish = |index: usize| wishes.get(index).copied().unwrap_or_default();
    order.sort_by(|a, b| wish(*a).0.total_cmp(&wish(*b).0));
    let mut piles: Vec<Pile> = Vec::new();
    for index in order {
        let (middle, height) = wish(index);
        let mut pile = Pile { members: vec![index], height, begins: middle - height / 2.0 };
        // A pile that would stand on the one above joins it, and that may in turn reach the one before.
        while let Some(above) = piles.pop_if(|above| above.top(low, high) + above.height > pile.top(low, high)) {
            let lower = pile.members.len() as f32;
            pile = Pile {
                begins: above.begins + pile.begins - lower * above.height,
                height: above.height + pile.height,
                members: above.members.into_iter().chain(pile.members).collect(),
            };
        }
        piles.push(pile);
    }
    let mut middles = vec![0.0; wishes.len()];
    for pile in &piles {
        let mut y = pile.top(low, high);
        for member in &pile.members {
            let height = wish(*member).1;
            if let Some(middle) = middles.get_mut(*member) {
                *middle = y + height / 2.0;
            }
            y += height;
        }
    }
    middles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_moved_as_little_as_can_be() {
        assert_eq!(spread(&[(50.0, 10.0), (80.0, 10.0)], 0.0, 100.0), [50.0, 80.0]);
        assert_eq!(spread(&[(50.0, 10.0), (50.0, 10.0)], 0.0, 100.0), [45.0, 55.0]);
        assert_eq!(spread(&[(99.0, 10.0), (98.0, 10.0)], 0.0, 100.0), [95.0, 85.0]);
        assert_eq!(spread(&[(0.0, 10.0), (4.0, 10.0), (21.0, 10.0)], 0.0, 100.0), [5.0, 15.0, 25.0]);
        // More than there is room for begins at the top.
        assert_eq!(spread(&[(5.0, 8.0), (5.0, 8.0)], 0.0, 10.0), [4.0, 12.0]);
        assert!(spread(&[], 0.0, 10.0).is_empty());
    }

    #[test]
    fn a_line_crosses_an_area_or_passes_it() {
        let area = Area { left: 10.0, top: 10.0, right: 20.0, bottom: 20.0 };
        assert!(area.crossed((0.0, 0.0), (30.0, 30.0)));
        assert!(area.crossed((15.0, 0.0), (15.0, 12.0)));
        assert!(!area.crossed((0.0, 15.0), (9.0, 15.0)));
        assert!(!area.crossed((0.0, 25.0), (30.0, 25.0)));
        assert!(!area.crossed((0.0, 12.0), (12.0, 0.0)));
        assert!(area.touches(Area::around((20.0, 20.0), 2.0)) && !area.touches(Area::around((22.0, 15.0), 2.0)));
    }
}
