//! Rectangles on a page or in a drawing. Points; the origin is at the top left and y grows downwards.

/// A rectangle; `top` is not below `bottom`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// Distance of the left edge from the origin.
    pub left: f32,
    /// Distance of the upper edge from the origin.
    pub top: f32,
    /// Distance of the right edge from the origin.
    pub right: f32,
    /// Distance of the lower edge from the origin.
    pub bottom: f32,
}

impl Rect {
    /// The square whose edges are `r` from a point.
    pub fn around((x, y): (f32, f32), r: f32) -> Rect {
        Rect { left: x - r, top: y - r, right: x + r, bottom: y + r }
    }

    /// The rectangle with each edge moved outwards.
    pub fn grown(self, by: f32) -> Rect {
        Rect { left: self.left - by, top: self.top - by, right: self.right + by, bottom: self.bottom + by }
    }

    /// The smallest rectangle that holds both.
    pub fn union(self, other: Rect) -> Rect {
        Rect {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// Whether the insides of two rectangles meet; edges may.
    pub(super) fn touches(self, other: Rect) -> bool {
        const MEET: f32 = 0.05;
        self.left < other.right - MEET
            && other.left < self.right - MEET
            && self.top < other.bottom - MEET
            && other.top < self.bottom - MEET
    }

    /// Whether the line from `a` to `b` runs through the rectangle (Liang and Barsky's clipping).
    pub(super) fn crossed(self, a: (f32, f32), b: (f32, f32)) -> bool {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let (mut enters, mut leaves) = (0.0_f32, 1.0_f32);
        let sides = [(-dx, a.0 - self.left), (dx, self.right - a.0), (-dy, a.1 - self.top), (dy, self.bottom - a.1)];
        for (towards, distance) in sides {
            if towards == 0.0 {
                if distance < 0.0 {
                    return false;
                }
            } else if towards < 0.0 {
                enters = enters.max(distance / towards);
            } else {
                leaves = leaves.min(distance / towards);
            }
        }
        enters < leaves
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_crosses_an_area_or_passes_it() {
        let area = Rect { left: 10.0, top: 10.0, right: 20.0, bottom: 20.0 };
        assert!(area.crossed((0.0, 0.0), (30.0, 30.0)));
        assert!(area.crossed((15.0, 0.0), (15.0, 12.0)));
        assert!(!area.crossed((0.0, 15.0), (9.0, 15.0)));
        assert!(!area.crossed((0.0, 25.0), (30.0, 25.0)));
        assert!(!area.crossed((0.0, 12.0), (12.0, 0.0)));
        assert!(area.touches(Rect::around((20.0, 20.0), 2.0)) && !area.touches(Rect::around((22.0, 15.0), 2.0)));
    }
}
