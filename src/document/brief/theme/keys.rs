//! The keys of `theme.toml`: what each is for, what it may hold and which field of the theme it sets. The file is read by
//! this table, and its schema is written from it.

use std::{
    collections::BTreeMap,
    ops::{Range, RangeInclusive},
};

use serde_json::{Value, json};
use toml::{Spanned, de::DeValue};

use super::{CATEGORY_COLOURS, Contents, Corner, Family, Standard, Theme};
use crate::{
    base::language::{Language, PerLanguage},
    document::brief::numbers::GermanNumbers,
};

/// The sections, and what they are for.
pub(super) const SECTIONS: [(&str, &str); 8] = [
    ("colors", "Colours as \"#rrggbb\". Each must be legible where it stands (WCAG 2.2 AA)."),
    ("sizes", "Sizes of text, in points."),
    ("margins", "Margins of a page, in points."),
    ("page", "How a page is divided, and what the file conforms to."),
    ("spacing", "Distances between what stands one under the other, in points; leading is line height over size."),
    ("fonts", "Families of English and German text. Chinese is set in Noto Sans SC."),
    ("numbers", "How numbers are written."),
    ("logo", "A picture in the title band."),
];

/// The path to a value in the file: its section, its key, and its index in a list (else 0).
pub(super) type ValuePath = (&'static str, &'static str, usize);

/// A theme that is being read, with the place of each value.
#[derive(Default)]
pub(super) struct ThemeDraft {
    pub theme: Theme,
    pub logo: LogoSettings,
    /// The bytes of each value in the file.
    pub found: BTreeMap<ValuePath, Range<usize>>,
}

/// The section `[logo]`.
#[derive(Default)]
pub(super) struct LogoSettings {
    pub file: Option<String>,
    pub width: Option<f32>,
    pub height: Option<f32>,
    pub alt: PerLanguage<String>,
    pub corner: Option<Corner>,
    pub ground: Option<[u8; 3]>,
}

/// A key of a section.
pub(super) struct ThemeKey<'a> {
    pub name: &'static str,
    description: &'static str,
    target: Target<'a>,
}

/// The field of the theme that a key sets, which tells what the key may hold.
enum Target<'a> {
    Color(&'a mut [u8; 3]),
    Colors(&'a mut [[u8; 3]; CATEGORY_COLOURS]),
    Ground(&'a mut Option<[u8; 3]>),
    Points(&'a mut f32, RangeInclusive<f32>),
    Length(&'a mut Option<f32>, RangeInclusive<f32>),
    Columns(&'a mut u8),
    Contents(&'a mut Contents),
    Standard(&'a mut Standard),
    Family(&'a mut Family),
    German(&'a mut GermanNumbers),
    Corner(&'a mut Option<Corner>),
    File(&'a mut Option<String>),
    Texts(&'a mut PerLanguage<String>),
}

const FAMILIES: [(&str, Family); 2] = [("IBM Plex Sans", Family::Plex), ("Noto Sans SC", Family::Noto)];
const CONTENTS: [(&str, Contents); 3] =
    [("auto", Contents::Auto), ("always", Contents::Always), ("never", Contents::Never)];
const STANDARDS: [(&str, Standard); 2] = [("ua-1", Standard::Ua1), ("ua-2", Standard::Ua2)];
const GERMAN: [(&str, GermanNumbers); 2] = [("cldr", GermanNumbers::Cldr), ("din", GermanNumbers::Din)];
const CORNERS: [(&str, Corner); 2] = [("band-right", Corner::Right), ("band-left", Corner::Left)];

impl ThemeDraft {
    /// The keys of a section.
    pub fn keys(&mut self, section: &str) -> Vec<ThemeKey<'_>> {
        fn key<'a>(name: &'static str, description: &'static str, target: Target<'a>) -> ThemeKey<'a> {
            ThemeKey { name, description, target }
        }
        use Target::{Color, Colors, Columns, File, Ground, Length, Points, Texts};
        let ThemeDraft { theme, logo, .. } = self;
        match section {
            "colors" => vec![
                key("text", "Body text.", Color(&mut theme.text)),
                key("muted", "Labels, captions, notes.", Color(&mut theme.muted)),
                key("accent", "Title band, headings, links.", Color(&mut theme.accent)),
                key("categories", "The four colours of a chart, in their order.", Colors(&mut theme.category)),
                key("grid", "Grid lines.", Color(&mut theme.grid)),
                key("rule", "Rules and the zero line of a chart.", Color(&mut theme.rule)),
                key("tile", "Behind a key figure, and every second row of a table.", Color(&mut theme.tile)),
            ],
            "sizes" => vec![
                key("body", "Body text.", Points(&mut theme.body_size, 6.0..=16.0)),
                key("lead", "The first paragraph.", Points(&mut theme.lead_size, 6.0..=20.0)),
                key("h1", "The headline.", Points(&mut theme.h1_size, 10.0..=40.0)),
                key("h2", "The heading of a section.", Points(&mut theme.h2_size, 8.0..=30.0)),
                key("h3", "The heading of a subsection.", Points(&mut theme.h3_size, 8.0..=24.0)),
                key("small", "Notes, captions, tables.", Points(&mut theme.small_size, 5.0..=14.0)),
            ],
            "margins" => vec![
                key("side", "Left and right.", Points(&mut theme.margin_side, 20.0..=160.0)),
                key("top", "Top, below the header.", Points(&mut theme.margin_top, 40.0..=160.0)),
                key("bottom", "Bottom, above the footer.", Points(&mut theme.margin_bottom, 40.0..=160.0)),
            ],
            "page" => vec![
                key("columns", "Columns of running text: 1 or 2.", Columns(&mut theme.columns)),
                key(
                    "contents",
                    "A table of contents: \"auto\" from 8 pages, \"always\" or \"never\".",
                    Target::Contents(&mut theme.contents),
                ),
                key(
                    "standard",
                    "What the PDF conforms to: \"ua-2\" is PDF 2.0 with PDF/UA-2, PDF/A-4f and WTPDF 1.0, \"ua-1\" is PDF 1.7 with PDF/UA-1 and PDF/A-3a.",
                    Target::Standard(&mut theme.standard),
                ),
            ],
            "spacing" => vec![
                key("paragraph", "Below a paragraph.", Points(&mut theme.spacing.paragraph, 0.0..=30.0)),
                key("h2", "Above the heading of a section.", Points(&mut theme.spacing.h2, 0.0..=60.0)),
                key("h3", "Above the heading of a subsection.", Points(&mut theme.spacing.h3, 0.0..=60.0)),
                key("block", "Above and below a chart or a table.", Points(&mut theme.spacing.block, 0.0..=40.0)),
                key("leading", "Line height over size.", Points(&mut theme.spacing.leading, 1.1..=2.5)),
                key("leading_zh", "The same for Chinese.", Points(&mut theme.spacing.leading_zh, 1.1..=2.5)),
            ],
            "fonts" => vec![
                key("text", "Running text.", Target::Family(&mut theme.text_font)),
                key("headings", "Headings and titles.", Target::Family(&mut theme.heading_font)),
            ],
            "numbers" => vec![key(
                "de",
                "German numbers: \"cldr\" groups by points, \"din\" by narrow blanks (DIN 5008).",
                Target::German(&mut theme.german_numbers),
            )],
            "logo" => vec![
                key("file", "The picture: a PNG or SVG in the template's folder.", File(&mut logo.file)),
                key("width", "At most so wide, in points.", Length(&mut logo.width, 8.0..=300.0)),
                key("height", "At most so high, in points; 32 unless given.", Length(&mut logo.height, 8.0..=72.0)),
                key(
                    "alt",
                    "Read to those who do not see it, in each language. Without it the logo is decoration.",
                    Texts(&mut logo.alt),
                ),
                key("place", "Where it stands in the title band.", Target::Corner(&mut logo.corner)),
                key("ground", "Painted behind it, if it is made for white paper.", Ground(&mut logo.ground)),
            ],
            _ => Vec::new(),
        }
    }
}

/// A problem of a value: the fault and a hint.
type Wrong = (String, String);

impl ThemeKey<'_> {
    pub fn fill(&mut self, value: &Spanned<DeValue<'_>>) -> Result<(), Wrong> {
        match &mut self.target {
            Target::Color(color) => **color = hex(value).ok_or_else(no_color)?,
            Target::Ground(color) => **color = Some(hex(value).ok_or_else(no_color)?),
            Target::Colors(colors) => {
                let DeValue::Array(items) = value.get_ref() else { return Err(no_color()) };
                let read: Vec<[u8; 3]> = items.iter().map_while(hex).collect();
                **colors = <[[u8; 3]; CATEGORY_COLOURS]>::try_from(read).map_err(|_| {
                    ("a chart has four colours".to_owned(), "write [\"#12436d\", …] with four of them".to_owned())
                })?;
            }
            Target::Points(points, range) => **points = number(value, range)?,
            Target::Length(points, range) => **points = Some(number(value, range)?),
            Target::Columns(columns) => {
                **columns = match value.get_ref() {
                    DeValue::Integer(number) if number.as_str() == "1" => 1,
                    DeValue::Integer(number) if number.as_str() == "2" => 2,
                    _ => return Err(("a page has one or two columns".to_owned(), "write 1 or 2".to_owned())),
                }
            }
            Target::Contents(contents) => **contents = word(value, &CONTENTS)?,
            Target::Standard(standard) => **standard = word(value, &STANDARDS)?,
            Target::Family(family) => **family = word(value, &FAMILIES)?,
            Target::German(german) => **german = word(value, &GERMAN)?,
            Target::Corner(corner) => **corner = Some(word(value, &CORNERS)?),
            Target::File(file) => {
                let DeValue::String(name) = value.get_ref() else {
                    return Err(("this is not a file's name".to_owned(), "write \"logo.svg\"".to_owned()));
                };
                **file = Some(name.to_string());
            }
            Target::Texts(texts) => {
                let hint = || "write { en = \"…\", de = \"…\", zh = \"…\" }".to_owned();
                let DeValue::Table(table) = value.get_ref() else {
                    return Err(("this is not a text for each language".to_owned(), hint()));
                };
                for (language, text) in table {
                    let language = language.get_ref().parse::<Language>();
                    let (Ok(language), DeValue::String(text)) = (language, text.get_ref()) else {
                        return Err(("this is not a text for each language".to_owned(), hint()));
                    };
                    *texts.get_mut(language) = text.to_string();
                }
            }
        }
        Ok(())
    }

    /// The schema of the key; its default is the value that the theme has.
    fn schema(&self) -> Value {
        let hex = |[r, g, b]: &[u8; 3]| format!("#{r:02x}{g:02x}{b:02x}");
        let color = || json!({ "type": "string", "pattern": "^#[0-9a-fA-F]{6}$" });
        let words = |words: Vec<&str>| json!({ "type": "string", "enum": words });
        // An f32 as it is written: 9.3, not 9.300000190734863.
        let plain = |number: &f32| number.to_string().parse::<f64>().unwrap_or_default();
        let length = |range: &RangeInclusive<f32>| json!({ "type": "number", "minimum": plain(range.start()), "maximum": plain(range.end()) });
        let (mut schema, default) = match &self.target {
            Target::Color(now) => (color(), Some(json!(hex(now)))),
            Target::Ground(_) => (color(), None),
            Target::Colors(now) => (
                json!({ "type": "array", "items": color(), "minItems": 4, "maxItems": 4 }),
                Some(json!(now.iter().map(hex).collect::<Vec<_>>())),
            ),
            Target::Points(now, range) => (length(range), Some(json!(plain(now)))),
            Target::Length(_, range) => (length(range), None),
            Target::Columns(now) => (json!({ "type": "integer", "enum": [1, 2] }), Some(json!(**now))),
            Target::Contents(now) => (
                words(CONTENTS.iter().map(|(name, _)| *name).collect()),
                CONTENTS.iter().find(|(_, contents)| contents == *now).map(|(name, _)| json!(name)),
            ),
            Target::Standard(now) => (
                words(STANDARDS.iter().map(|(name, _)| *name).collect()),
                STANDARDS.iter().find(|(_, standard)| standard == *now).map(|(name, _)| json!(name)),
            ),
            Target::Family(now) => (
                words(FAMILIES.iter().map(|(name, _)| *name).collect()),
                FAMILIES.iter().find(|(_, family)| family == *now).map(|(name, _)| json!(name)),
            ),
            Target::German(now) => (
                words(GERMAN.iter().map(|(name, _)| *name).collect()),
                GERMAN.iter().find(|(_, german)| german == *now).map(|(name, _)| json!(name)),
            ),
            Target::Corner(_) => (words(CORNERS.iter().map(|(name, _)| *name).collect()), Some(json!("band-right"))),
            Target::File(_) => (json!({ "type": "string", "pattern": "\\.(png|svg)$" }), None),
            Target::Texts(_) => {
                let texts: BTreeMap<String, Value> =
                    Language::ALL.iter().map(|l| (l.to_string(), json!({ "type": "string" }))).collect();
                (json!({ "type": "object", "properties": texts, "additionalProperties": false }), None)
            }
        };
        if let Value::Object(schema) = &mut schema {
            schema.insert("description".to_owned(), json!(self.description));
            schema.extend(default.map(|default| ("default".to_owned(), default)));
        }
        schema
    }
}

/// The JSON Schema of `theme.toml` (draft-07, which TOML editors read).
pub fn schema() -> Value {
    let mut draft = ThemeDraft::default();
    let mut sections = BTreeMap::new();
    for (section, description) in SECTIONS {
        let keys: BTreeMap<&str, Value> = draft.keys(section).iter().map(|key| (key.name, key.schema())).collect();
        sections.insert(
            section,
            json!({ "type": "object", "description": description, "properties": keys, "additionalProperties": false }),
        );
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "theme.toml of a greenbrief template",
        "description": "What a brief looks like. What is left out is as in the default.",
        "type": "object",
        "properties": sections,
        "additionalProperties": false,
    })
}

fn no_color() -> Wrong {
    ("this is not a colour".to_owned(), "write \"#12436d\": red, green and blue in hex digits".to_owned())
}

fn hex(value: &Spanned<DeValue<'_>>) -> Option<[u8; 3]> {
    let DeValue::String(text) = value.get_ref() else { return None };
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let [_, r, g, b] = u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?.to_be_bytes();
    Some([r, g, b])
}

fn number(value: &Spanned<DeValue<'_>>, range: &RangeInclusive<f32>) -> Result<f32, Wrong> {
    let text = match value.get_ref() {
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Integer(number) => number.as_str().to_owned(),
        _ => return Err(("this is not a length".to_owned(), "write points as a number: 9.3".to_owned())),
    };
    let number = text.parse::<f32>().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| {
        let hint = format!("between {} and {}", range.start(), range.end());
        (format!("{text} cannot be set here"), hint)
    })
}

/// One of these words.
fn word<T: Copy>(value: &Spanned<DeValue<'_>>, known: &[(&str, T)]) -> Result<T, Wrong> {
    let found = match value.get_ref() {
        DeValue::String(word) => known.iter().find(|(name, _)| name == word),
        _ => None,
    };
    found.map(|(_, word)| *word).ok_or_else(|| {
        let names: Vec<String> = known.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        ("this is not known here".to_owned(), format!("write {}", names.join(" or ")))
    })
}
