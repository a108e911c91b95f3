//! `theme.toml` becomes a theme: every key at its place, every colour legible where it stands, the logo read.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Corner, Logo, Theme,
    contrast::{self, PAIRS, Paint},
    keys::{SECTIONS, ThemeDraft, ValuePath},
};
use crate::{
    base::{
        characters::lost,
        language::Language,
        problem::{Problem, Problems, Source},
        toml_limits,
    },
    document::brief::{Picture, characters, picture, toml_problem::toml_problem},
};

/// Maximum height of a logo, in points: the title band is not for pictures.
const LOGO_HEIGHT: f32 = 72.0;
/// Maximum width of a logo, in points.
const LOGO_WIDTH: f32 = 300.0;
/// Height of a logo for which the theme sets no size, in points.
const LOGO_USUAL: f32 = 32.0;

impl Theme {
    /// Reads `theme.toml`. A key that it does not set keeps its default. `files` are the template's files, the logo among
    /// them.
    ///
    /// # Errors
    /// Every problem: unknown keys, invalid values, colours with too little contrast, a logo that cannot be drawn.
    pub fn read(source: &Source, files: &BTreeMap<String, Vec<u8>>) -> Result<Theme, Problems> {
        if let Some((at, problem)) = toml_limits::exceeded(source.text()) {
            return Err(problem.at(source.place(at)).into());
        }
        let mut problems = Problems::new();
        let (document, errors) = DeTable::parse_recoverable(source.text());
        problems.extend(errors.iter().map(|error| toml_problem(error, source, 0)));
        let mut draft = ThemeDraft::default();
        if errors.is_empty() {
            for (section, value) in document.get_ref() {
                draft.section(section, value, source, &mut problems);
            }
        }
        // An invalid colour was reported above and leaves the default, which passes.
        problems.extend(unseen(&draft, source));
        match logo(&draft, source, files) {
            Ok(logo) => draft.theme.logo = logo,
            Err(found) => problems.extend(found),
        }
        problems.into_result(draft.theme)
    }
}

impl ThemeDraft {
    fn section(
        &mut self,
        section: &Spanned<Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
        source: &Source,
        problems: &mut Problems,
    ) {
        let sections = || SECTIONS.iter().map(|(name, _)| *name);
        let name = section.get_ref();
        let DeValue::Table(table) = value.get_ref() else {
            let known: Vec<String> = sections().map(|name| format!("[{name}]")).collect();
            problems.push(
                Problem::error(format!("unknown key `{name}`"))
                    .at(source.place(section.span()))
                    .hint(format!("the keys stand in {}", known.join(", "))),
            );
            return;
        };
        let Some((section, _)) = SECTIONS.iter().find(|(known, _)| known == name) else {
            let problem = Problem::error(format!("unknown section `{name}`")).at(source.place(section.span()));
            problems.push(problem.did_you_mean(name, sections()));
            return;
        };
        let mut found = Vec::new();
        for (name, value) in table {
            let mut keys = self.keys(section);
            let Some(key) = keys.iter_mut().find(|key| key.name == name.get_ref()) else {
                let problem = Problem::error(format!("unknown key `{}`", name.get_ref())).at(source.place(name.span()));
                problems.push(problem.did_you_mean(name.get_ref(), keys.iter().map(|key| key.name)));
                continue;
            };
            match key.fill(value) {
                Ok(()) => {
                    found.push((key.name, value));
                    problems.extend(refused_in_texts(value, source));
                }
                Err((what, hint)) => {
                    problems.push(Problem::error(what).at(source.place(value.span())).hint(hint));
                }
            }
        }
        for (name, value) in found {
            self.found.extend(places(section, name, value));
        }
    }
}

/// Every U+FFFD that a text for each language holds as an escape.
fn refused_in_texts(value: &Spanned<DeValue<'_>>, source: &Source) -> Vec<Problem> {
    let texts = value.get_ref().as_table().into_iter().flat_map(DeTable::values);
    let problems = texts.flat_map(|text| {
        let literal = source.text().get(text.span()).unwrap_or_default();
        let value = text.get_ref().as_str().unwrap_or_default();
        characters::check_escapes(value, literal, &source.place(text.span()), lost)
    });
    problems.collect()
}

/// The bytes of a key's value, or of each item if it is a list.
fn places(section: &'static str, name: &'static str, value: &Spanned<DeValue<'_>>) -> Vec<(ValuePath, Range<usize>)> {
    match value.get_ref() {
        DeValue::Array(items) => {
            items.iter().enumerate().map(|(index, item)| ((section, name, index), item.span())).collect()
        }
        _ => vec![((section, name, 0), value.span())],
    }
}

/// The value that sets a colour.
fn path(paint: Paint) -> ValuePath {
    let (name, index) = match paint {
        // No key sets it.
        Paint::Paper => ("", 0),
        Paint::Text => ("text", 0),
        Paint::Muted => ("muted", 0),
        Paint::Accent => ("accent", 0),
        Paint::Rule => ("rule", 0),
        Paint::Tile => ("tile", 0),
        Paint::Category(n) => ("categories", n),
    };
    ("colors", name, index)
}

/// Pairs of colours with too little contrast, each at the colour that the file names.
fn unseen(draft: &ThemeDraft, source: &Source) -> Vec<Problem> {
    let theme = &draft.theme;
    let mut problems = Vec::new();
    for pair in &PAIRS {
        let found = contrast::ratio(pair.ink.of(theme), pair.ground.of(theme));
        let named = [pair.ink, pair.ground].into_iter().find_map(|paint| Some((paint, draft.found.get(&path(paint))?)));
        let Some((paint, span)) = named.filter(|_| found < pair.needs) else { continue };
        let (ink, ground) = (pair.ink.name(), pair.ground.name());
        // Rounded down: 4.499 is not 4.5.
        let shown = (found * 100.0).floor() / 100.0;
        let what = format!("the contrast of {ink} on {ground} is {shown}:1 and must be {}:1", pair.needs);
        let hint = match contrast::mended(paint, theme) {
            Some([r, g, b]) => format!("the nearest colour that passes is \"#{r:02x}{g:02x}{b:02x}\""),
            None => "no shade of it passes beside the other colours: change one of them too".to_owned(),
        };
        problems.push(
            Problem::error(what)
                .at(source.place(span.clone()))
                .hint(hint)
                .hint(format!("it is needed for {}", pair.why)),
        );
    }
    problems
}

/// The logo that the file names, in its size.
fn logo(draft: &ThemeDraft, source: &Source, files: &BTreeMap<String, Vec<u8>>) -> Result<Option<Logo>, Problems> {
    let settings = &draft.logo;
    let place = |key: &'static str| draft.found.get(&("logo", key, 0)).map(|span| source.place(span.clone()));
    let Some(file) = &settings.file else {
        let other = ["width", "height", "alt", "place", "ground"].into_iter().find_map(place);
        return match other {
            None => Ok(None),
            Some(place) => {
                Err(Problem::error("the logo has no file").at(place).hint("write file = \"logo.svg\"").into())
            }
        };
    };
    let mut problems = Problems::new();
    let silent: Vec<String> =
        Language::ALL.iter().filter(|l| settings.alt.get(**l).is_empty()).map(|l| format!("`{l}`")).collect();
    if let (Some(place), true) = (place("alt"), (1..Language::ALL.len()).contains(&silent.len())) {
        problems.push(
            Problem::error(format!("the logo's alt has no text for {}", silent.join(" and ")))
                .at(place)
                .hint("write one for each language; without alt the logo counts as decoration"),
        );
    }
    let folder = source.name().rsplit_once('/').map_or("", |(folder, _)| folder);
    let named = place("file").unwrap_or_else(|| source.line(1));
    let read = picture::read(folder, file, files.get(file).map(Vec::as_slice), &named);
    let picture = match read {
        Ok(picture) => picture,
        Err(found) => {
            problems.extend(found);
            return Err(problems);
        }
    };
    let scale = scale(&picture, settings.width, settings.height);
    let (width, height) = (picture.width() * scale, picture.height() * scale);
    let corner = settings.corner.unwrap_or(Corner::Right);
    problems.into_result(Some(Logo {
        picture,
        width,
        height,
        alt: settings.alt.clone(),
        corner,
        ground: settings.ground,
    }))
}

/// The scale at which a picture fits into the width and height that are asked for.
fn scale(picture: &Picture, width: Option<f32>, height: Option<f32>) -> f32 {
    let height = height.or_else(|| width.is_none().then_some(LOGO_USUAL)).unwrap_or(LOGO_HEIGHT);
    (width.unwrap_or(LOGO_WIDTH) / picture.width()).min(height / picture.height())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Theme, String> {
        Theme::read(&Source::new("theme.toml", text), &BTreeMap::new()).map_err(|problems| problems.to_string())
    }

    #[test]
    fn the_shipped_theme_is_the_default() {
        assert_eq!(read(include_str!("../../../../templates/green-economy/theme.toml")), Ok(Theme::default()));
    }

    #[test]
    fn the_shipped_theme_names_every_key() {
        let text = include_str!("../../../../templates/green-economy/theme.toml");
        let mut draft = ThemeDraft::default();
        for (section, _) in SECTIONS {
            let (_, keys) = text.split_once(&format!("[{section}]\n")).unwrap_or_else(|| panic!("no [{section}]"));
            let keys = keys.split("\n[").next().unwrap();
            for key in draft.keys(section) {
                let written =
                    |start: &str| keys.lines().any(|line| line.starts_with(&format!("{start}{} = ", key.name)));
                assert!(written("") || written("# "), "[{section}] does not name {}", key.name);
            }
        }
    }

    #[test]
    fn every_mistake_is_reported() {
        let text = read(
            "[colors]\nacent = \"#fff000\"\ntext = \"red\"\n[sizes]\nbody = 200\n[margin]\nside = 1\n[page]\n\
             columns = 3\n[fonts]\ntext = \"Arial\"\n[numbers]\nde = \"DIN\"\n[logo]\nheight = 20\n",
        )
        .unwrap_err();
        for wanted in [
            "unknown key `acent`\n --> theme.toml:2:1",
            "did you mean `accent`?",
            "this is not a colour\n --> theme.toml:3:8",
            "200 cannot be set here\n --> theme.toml:5:8",
            "between 6 and 16",
            "unknown section `margin`\n --> theme.toml:6:2",
            "a page has one or two columns\n --> theme.toml:9:11",
            "this is not known here\n  --> theme.toml:11:8",
            "write \"IBM Plex Sans\" or \"Noto Sans SC\"",
            "write \"cldr\" or \"din\"",
            "the logo has no file\n  --> theme.toml:15:10",
        ] {
            assert!(text.contains(wanted), "{wanted}\n{text}");
        }
    }

    #[test]
    fn colours_that_cannot_be_seen_are_told_with_the_nearest_that_can() {
        let text = read("[colors]\nmuted = \"#8a949e\"\n").unwrap_err();
        assert_eq!(
            text.split("\n\n").next().unwrap(),
            "error: the contrast of `muted` on white paper is 3.08:1 and must be 4.5:1\n --> theme.toml:2:9\n   |\n \
             2 | muted = \"#8a949e\"\n   |         ^^^^^^^^^\n   = hint: the nearest colour that passes is \"#6a7179\"\n   \
             = hint: it is needed for labels and notes (WCAG 2.2, 1.4.3)"
        );
        // What it proposes passes.
        assert!(read("[colors]\nmuted = \"#6a7179\"\n").is_ok());
        // The ground is at fault where only it is named; white text needs a dark band.
        let text = read("[colors]\ntile = \"#404040\"\n").unwrap_err();
        assert!(
            text.contains("the contrast of `text` on `tile` is 1.6:1 and must be 4.5:1\n --> theme.toml:2:8"),
            "{text}"
        );
        let text = read("[colors]\naccent = \"#5b9bd5\"\n").unwrap_err();
        assert!(text.contains("white text in the title band"), "{text}");
    }

    #[test]
    fn neighbours_in_a_chart_can_be_told_apart() {
        let text = read("[colors]\ncategories = [\"#12436d\", \"#801650\", \"#28a197\", \"#f46a25\"]\n").unwrap_err();
        assert!(text.contains("the contrast of category 2 on category 1 is"), "{text}");
        assert!(text.contains("--> theme.toml:2:26"), "{text}");
        assert!(text.contains("the contrast of category 4 on category 3 is"), "{text}");
        let text = read("[colors]\ncategories = [\"#12436d\", \"#28a197\", \"#801650\", \"#ffcc00\"]\n").unwrap_err();
        assert!(text.contains("the contrast of category 4 on white paper is 1.51:1 and must be 3:1"), "{text}");
    }
}
