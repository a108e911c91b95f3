//! Placement of labels that wish for the same place: they are pushed apart.

/// Labels that stand one on the other without a gap.
struct Pile {
    members: Vec<usize>,
    height: f32,
    /// Sum of the tops that each member wishes the pile to have.
    begins: f32,
}

impl Pile {
    /// The top that its members wish for together, between the ends as far as it fits.
    fn top(&self, low: f32, high: f32) -> f32 {
        (self.begins / self.members.len().max(1) as f32).min(high - self.height).max(low)
    }
}

/// Returns the middles of labels, each given by the middle it wishes for and its height. They are moved as little as
/// possible so that none overlaps another and all stand between `low` and `high`; below `high` only if they need more
/// room than there is. They keep the order of their wishes, and equal wishes the order given.
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
}
