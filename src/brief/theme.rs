//! What a brief looks like: colours, sizes and margins, read from a template's `theme.toml`. Where things stand on a
//! page is in `layout`.

use std::ops::RangeInclusive;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{numbers::GermanNumbers, template::toml_problem};
use crate::problem::{Problem, Problems, Source};

/// Colours as red, green, blue; sizes and lengths in points.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    /// Body text
    pub text: [u8; 3],
    /// Labels, captions, notes
    pub muted: [u8; 3],
    /// Title band, headings, links
    pub accent: [u8; 3],
    /// The categories of a chart
    pub category: [[u8; 3]; 4],
    /// Grid lines
    pub grid: [u8; 3],
    /// Rules and the zero line
    pub rule: [u8; 3],
    /// Behind a tile
    pub tile: [u8; 3],
    /// Body text
    pub body_size: f32,
    /// The first paragraph
    pub lead_size: f32,
    /// The headline
    pub h1_size: f32,
    /// A section
    pub h2_size: f32,
    /// A subsection
    pub h3_size: f32,
    /// Notes, captions, tables
    pub small_size: f32,
    /// Left and right
    pub margin_side: f32,
    /// Top, below the header
    pub margin_top: f32,
    /// Bottom, above the footer
    pub margin_bottom: f32,
    /// Columns of running text: 1 or 2
    pub columns: u8,
    /// Which rule German numbers follow
    pub german_numbers: GermanNumbers,
}

impl Default for Theme {
    fn default() -> Self {
        Theme {
            text: [0x1a, 0x1f, 0x24],
            muted: [0x52, 0x5c, 0x66],
            accent: [0x12, 0x43, 0x6d],
            category: [[0x12, 0x43, 0x6d], [0x28, 0xa1, 0x97], [0x80, 0x16, 0x50], [0xf4, 0x6a, 0x25]],
            grid: [0xdd, 0xe1, 0xe6],
            rule: [0x6b, 0x75, 0x80],
            tile: [0xf1, 0xf5, 0xf8],
            body_size: 9.3,
            lead_size: 11.0,
            h1_size: 21.0,
            h2_size: 13.5,
            h3_size: 10.8,
            small_size: 8.2,
            margin_side: 56.0,
            margin_top: 60.0,
            margin_bottom: 58.0,
            columns: 1,
            german_numbers: GermanNumbers::Cldr,
        }
    }
}

/// A colour, a length or a choice of a theme, by its key in the file.
enum Slot<'a> {
    Color(&'a mut [u8; 3]),
    Colors(&'a mut [[u8; 3]; 4]),
    Points(&'a mut f32, RangeInclusive<f32>),
    German(&'a mut GermanNumbers),
}

impl Theme {
    /// Reads `theme.toml`; what it does not name is as in the default.
    ///
    /// # Errors
    /// Every problem: an unknown key, a colour that is none, a size that no page can take.
    pub fn read(source: &Source) -> Result<Theme, Problems> {
        let mut theme = Theme::default();
        let mut problems = Problems::new();
        let (document, errors) = DeTable::parse_recoverable(source.text());
        problems.extend(errors.iter().map(|error| toml_problem(error, source, 0)));
        if errors.is_empty() {
            for (section, value) in document.get_ref() {
                let DeValue::Table(table) = value.get_ref() else {
                    let problem = Problem::error(format!("unknown key `{}`", section.get_ref()));
                    problems.push(
                        problem
                            .at(source.place(section.span()))
                            .hint("[colors], [sizes], [margins] and [numbers] hold the keys"),
                    );
                    continue;
                };
                let mut slots = theme.slots(section.get_ref());
                if slots.is_empty() {
                    let problem = Problem::error(format!("unknown section `{}`", section.get_ref()));
                    let problem = problem.at(source.place(section.span()));
                    problems.push(problem.did_you_mean(section.get_ref(), ["colors", "sizes", "margins", "numbers"]));
                    continue;
                }
                for (key, value) in table {
                    let known: Vec<&str> = slots.iter().map(|(name, _)| *name).collect();
                    let Some((_, slot)) = slots.iter_mut().find(|(name, _)| name == key.get_ref()) else {
                        let problem = Problem::error(format!("unknown key `{}`", key.get_ref()));
                        let problem = problem.at(source.place(key.span()));
                        problems.push(problem.did_you_mean(key.get_ref(), known));
                        continue;
                    };
                    if let Err((what, hint)) = slot.fill(value) {
                        problems.push(Problem::error(what).at(source.place(value.span())).hint(hint));
                    }
                }
            }
        }
        problems.into_result(theme)
    }

    fn slots(&mut self, section: &str) -> Vec<(&'static str, Slot<'_>)> {
        match section {
            "colors" => vec![
                ("text", Slot::Color(&mut self.text)),
                ("muted", Slot::Color(&mut self.muted)),
                ("accent", Slot::Color(&mut self.accent)),
                ("categories", Slot::Colors(&mut self.category)),
                ("grid", Slot::Color(&mut self.grid)),
                ("rule", Slot::Color(&mut self.rule)),
                ("tile", Slot::Color(&mut self.tile)),
            ],
            "sizes" => vec![
                ("body", Slot::Points(&mut self.body_size, 6.0..=16.0)),
                ("lead", Slot::Points(&mut self.lead_size, 6.0..=20.0)),
                ("h1", Slot::Points(&mut self.h1_size, 10.0..=40.0)),
                ("h2", Slot::Points(&mut self.h2_size, 8.0..=30.0)),
                ("h3", Slot::Points(&mut self.h3_size, 8.0..=24.0)),
                ("small", Slot::Points(&mut self.small_size, 5.0..=14.0)),
            ],
            "margins" => vec![
                ("side", Slot::Points(&mut self.margin_side, 20.0..=160.0)),
                ("top", Slot::Points(&mut self.margin_top, 40.0..=160.0)),
                ("bottom", Slot::Points(&mut self.margin_bottom, 40.0..=160.0)),
            ],
            "numbers" => vec![("de", Slot::German(&mut self.german_numbers))],
            _ => Vec::new(),
        }
    }
}

impl Slot<'_> {
    fn fill(&mut self, value: &Spanned<DeValue<'_>>) -> Result<(), (String, String)> {
        match self {
            Slot::Color(color) => **color = hex(value).ok_or_else(no_color)?,
            Slot::Colors(colors) => {
                let DeValue::Array(items) = value.get_ref() else { return Err(no_color()) };
                let read: Vec<[u8; 3]> = items.iter().map_while(hex).collect();
                **colors = <[[u8; 3]; 4]>::try_from(read).map_err(|_| {
                    ("a chart has four colours".to_owned(), "write [\"#12436d\", …] with four of them".to_owned())
                })?;
            }
            Slot::German(german) => {
                **german = match value.get_ref() {
                    DeValue::String(word) if word == "cldr" => GermanNumbers::Cldr,
                    DeValue::String(word) if word == "din" => GermanNumbers::Din,
                    _ => {
                        let hint = "write \"cldr\" for 744.800, or \"din\" for 744\u{202f}800 (DIN 5008)";
                        return Err(("German numbers are written in one of two ways".to_owned(), hint.to_owned()));
                    }
                }
            }
            Slot::Points(points, range) => {
                let text = match value.get_ref() {
                    DeValue::Float(number) => number.as_str().to_owned(),
                    DeValue::Integer(number) => number.as_str().to_owned(),
                    _ => return Err(("this is not a length".to_owned(), "write points as a number: 9.3".to_owned())),
                };
                let number = text.parse::<f32>().ok().filter(|number| range.contains(number));
                **points = number.ok_or_else(|| {
                    let hint = format!("between {} and {} points", range.start(), range.end());
                    (format!("{text} points cannot be set here"), hint)
                })?;
            }
        }
        Ok(())
    }
}

fn no_color() -> (String, String) {
    ("this is not a colour".to_owned(), "write \"#12436d\": red, green and blue in hex digits".to_owned())
}

fn hex(value: &Spanned<DeValue<'_>>) -> Option<[u8; 3]> {
    let DeValue::String(text) = value.get_ref() else { return None };
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let number = u32::from_str_radix(digits, 16).ok()?;
    let [_, red, green, blue] = number.to_be_bytes();
    Some([red, green, blue])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Theme, String> {
        Theme::read(&Source::new("theme.toml", text)).map_err(|problems| problems.to_string())
    }

    #[test]
    fn the_shipped_theme_is_the_default() {
        assert_eq!(read(include_str!("../../templates/green-economy/theme.toml")), Ok(Theme::default()));
    }

    #[test]
    fn every_mistake_is_told() {
        let text = read("[colors]\nacent = \"#fff000\"\ntext = \"red\"\n[sizes]\nbody = 200\n[numbers]\nde = \"DIN\"\n[margin]\nside = 1\n")
            .unwrap_err();
        for wanted in [
            "unknown key `acent`\n --> theme.toml:2:1",
            "did you mean `accent`?",
            "this is not a colour\n --> theme.toml:3:8",
            "200 points cannot be set here\n --> theme.toml:5:8",
            "between 6 and 16 points",
            "German numbers are written in one of two ways\n --> theme.toml:7:6",
            "unknown section `margin`\n --> theme.toml:8:2",
        ] {
            assert!(text.contains(wanted), "{wanted}\n{text}");
        }
    }
}
