//! How numbers, colours, points and words are written in SVG.

use std::fmt;

use crate::document::layout::document::Segment;

/// A length with at most two decimals: a hundredth of a point is below what any device shows.
pub(super) struct Number(pub f32);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is no number cannot be written; adding nothing makes a zero of minus zero.
        let value = if self.0.is_finite() { (self.0 * 100.0).round() / 100.0 + 0.0 } else { 0.0 };
        write!(f, "{value}")
    }
}

/// `#12436d`
pub(super) struct Hex(pub [u8; 3]);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Hex([red, green, blue]) = self;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// A line through points, as path data.
pub(super) struct Polyline<'a>(pub &'a [(f32, f32)]);

impl fmt::Display for Polyline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, (x, y)) in self.0.iter().enumerate() {
            write!(f, "{}{} {}", if nth == 0 { 'M' } else { 'L' }, Number(*x), Number(*y))?;
        }
        Ok(())
    }
}

/// Segments of curves, each piece closed, as path data.
pub(super) struct ClosedCurves<'a>(pub &'a [Segment]);

impl fmt::Display for ClosedCurves<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Move([x, y]) => {
                    write!(f, "{}M{} {}", if nth > 0 { "Z" } else { "" }, Number(*x), Number(*y))?;
                }
                Segment::Line([x, y]) => write!(f, "L{} {}", Number(*x), Number(*y))?,
                Segment::Curve(points) => {
                    f.write_str("C")?;
                    for [x, y] in points {
                        write!(f, "{} {} ", Number(*x), Number(*y))?;
                    }
                }
            }
        }
        f.write_str("Z")
    }
}

/// Words as XML text or attribute. Soft hyphens and joiners are left out, so that words are found as they are typed;
/// so is what XML 1.0 cannot hold (its production 2, Char).
pub(super) struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{fffe}' | '\u{ffff}' => {}
                c if c.is_control() => {}
                c => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_always_numbers() {
        let shown = [1.0, 0.126, -0.001, 595.276, f32::NAN, f32::INFINITY].map(|value| Number(value).to_string());
        assert_eq!(shown, ["1", "0.13", "0", "595.28", "0", "0"]);
    }

    #[test]
    fn words_cannot_end_their_element() {
        let words = Escaped("a<b> & \"c\"\u{0}\u{1b} Wirt\u{ad}schaft 喆");
        assert_eq!(words.to_string(), "a&lt;b&gt; &amp; &quot;c&quot; Wirtschaft 喆");
    }
}
