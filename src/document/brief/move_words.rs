//! The words in which changes are told: the program's own, over which a template may write its own in `words.toml`. What they become
//! in a text is in `moves`.

use std::{borrow::Cow, collections::BTreeMap};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::toml_problem::toml_problem;
use crate::{
    base::{
        language::Language,
        problem::{Place, Problem, Problems, Source, nearest},
        toml_limits,
    },
    figures::Direction,
};

/// Stands in the words for the change.
pub(super) const CHANGE: &str = "{c}";
/// Stands in the words for the value that it led to.
pub(super) const VALUE: &str = "{v}";
/// Stands in the words for the value before.
pub(super) const BEFORE: &str = "{b}";
/// Stands in the words for the period, as the language puts it into a sentence.
pub(super) const PERIOD: &str = "{p}";
/// The row that is used unless another is named.
pub(super) const PAST: &str = "past";
/// The keys of a row, in the order of [`Row`].
const DIRECTIONS: [&str; 3] = ["up", "flat", "down"];

/// The words of a row for a rise, for no change, and for a fall. Each has at least one.
type Row = [Vec<String>; 3];

/// The words of a language, by the names of their rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct MoveWords {
    /// What a template has of its own.
    own: BTreeMap<(Language, String), Row>,
    /// Where the name of each of them stands.
    places: BTreeMap<(Language, String), Place>,
}

/// The program's own rows: name, rise, no change, fall; several words are parted by `|`.
type Shipped = &'static [(&'static str, &'static str, &'static str, &'static str)];

const EN: Shipped = &[
    ("past", "rose by {c}|grew by {c}", "did not change", "fell by {c}|declined by {c}"),
    ("past_to", "rose by {c} to {v}|grew by {c} to {v}", "stayed at {v}", "fell by {c} to {v}|declined by {c} to {v}"),
    ("one", "rose by {c}|grew by {c}", "did not change", "fell by {c}|declined by {c}"),
    ("one_to", "rose by {c} to {v}|grew by {c} to {v}", "stayed at {v}", "fell by {c} to {v}|declined by {c} to {v}"),
    ("past_in", "rose by {c} {p}|grew by {c} {p}", "did not change {p}", "fell by {c} {p}|declined by {c} {p}"),
    ("past_in_to", "rose by {c} to {v} {p}", "stayed at {v} {p}", "fell by {c} to {v} {p}"),
    ("one_in", "rose by {c} {p}|grew by {c} {p}", "did not change {p}", "fell by {c} {p}|declined by {c} {p}"),
    ("one_in_to", "rose by {c} to {v} {p}", "stayed at {v} {p}", "fell by {c} to {v} {p}"),
    ("done", "risen by {c}", "not changed", "fallen by {c}"),
    ("done_to", "risen by {c} to {v}", "stayed at {v}", "fallen by {c} to {v}"),
    ("short", "up {c}", "unchanged", "down {c}"),
    ("noun", "an increase of {c}", "no change", "a decrease of {c}"),
    ("value", "{v}, up {c}", "{v}, unchanged", "{v}, down {c}"),
    ("value_in", "{v} {p}, up {c}", "{v} {p}, unchanged", "{v} {p}, down {c}"),
    ("verb", "rose", "held steady", "fell"),
    ("verb_one", "rose", "held steady", "fell"),
    ("verb_in", "rose {p}", "held steady {p}", "fell {p}"),
    ("verb_one_in", "rose {p}", "held steady {p}", "fell {p}"),
    ("from_to", "from {b} to {v}", "unchanged at {v}", "from {b} to {v}"),
    ("past_from", "rose from {b} to {v}", "stayed at {v}", "fell from {b} to {v}"),
    ("one_from", "rose from {b} to {v}", "stayed at {v}", "fell from {b} to {v}"),
];
const DE: Shipped = &[
    ("past", "stiegen um {c}|wuchsen um {c}", "blieben unverändert", "sanken um {c}|fielen um {c}"),
    (
        "past_to",
        "stiegen um {c} auf {v}|wuchsen um {c} auf {v}",
        "blieben bei {v}",
        "sanken um {c} auf {v}|fielen um {c} auf {v}",
    ),
    ("one", "stieg um {c}|wuchs um {c}", "blieb unverändert", "sank um {c}|fiel um {c}"),
    ("one_to", "stieg um {c} auf {v}|wuchs um {c} auf {v}", "blieb bei {v}", "sank um {c} auf {v}|fiel um {c} auf {v}"),
    (
        "past_in",
        "stiegen {p} um {c}|wuchsen {p} um {c}",
        "blieben {p} unverändert",
        "sanken {p} um {c}|fielen {p} um {c}",
    ),
    ("past_in_to", "stiegen {p} um {c} auf {v}", "blieben {p} bei {v}", "sanken {p} um {c} auf {v}"),
    ("one_in", "stieg {p} um {c}|wuchs {p} um {c}", "blieb {p} unverändert", "sank {p} um {c}|fiel {p} um {c}"),
    ("one_in_to", "stieg {p} um {c} auf {v}", "blieb {p} bei {v}", "sank {p} um {c} auf {v}"),
    ("done", "um {c} gestiegen", "unverändert geblieben", "um {c} gesunken"),
    ("done_to", "um {c} auf {v} gestiegen", "bei {v} geblieben", "um {c} auf {v} gesunken"),
    ("short", "{c} mehr", "unverändert", "{c} weniger"),
    ("noun", "ein Plus von {c}|ein Zuwachs von {c}", "keine Veränderung", "ein Minus von {c}|ein Rückgang von {c}"),
    ("value", "{v}, {c} mehr", "{v}, unverändert", "{v}, {c} weniger"),
    ("value_in", "{p} {v}, {c} mehr", "{p} unverändert {v}", "{p} {v}, {c} weniger"),
    ("verb", "stiegen", "blieben unverändert", "sanken"),
    ("verb_one", "stieg", "blieb unverändert", "sank"),
    ("verb_in", "stiegen {p}", "blieben {p} unverändert", "sanken {p}"),
    ("verb_one_in", "stieg {p}", "blieb {p} unverändert", "sank {p}"),
    ("from_to", "von {b} auf {v}", "unverändert {v}", "von {b} auf {v}"),
    ("past_from", "stiegen von {b} auf {v}", "blieben bei {v}", "sanken von {b} auf {v}"),
    ("one_from", "stieg von {b} auf {v}", "blieb bei {v}", "sank von {b} auf {v}"),
];
const ZH: Shipped = &[
    ("past", "增长{c}", "持平", "下降{c}"),
    ("past_to", "增长{c}，达{v}", "保持在{v}", "下降{c}，为{v}"),
    ("one", "增长{c}", "持平", "下降{c}"),
    ("one_to", "增长{c}，达{v}", "保持在{v}", "下降{c}，为{v}"),
    ("past_in", "{p}增长{c}", "{p}持平", "{p}下降{c}"),
    ("past_in_to", "{p}增长{c}，达{v}", "{p}保持在{v}", "{p}下降{c}，为{v}"),
    ("one_in", "{p}增长{c}", "{p}持平", "{p}下降{c}"),
    ("one_in_to", "{p}增长{c}，达{v}", "{p}保持在{v}", "{p}下降{c}，为{v}"),
    ("done", "增长{c}", "持平", "下降{c}"),
    ("done_to", "增长{c}，达{v}", "保持在{v}", "下降{c}，为{v}"),
    ("short", "上升{c}", "持平", "下降{c}"),
    ("noun", "增幅{c}", "持平", "降幅{c}"),
    ("value", "{v}，同比增长{c}", "{v}，同比持平", "{v}，同比下降{c}"),
    ("value_in", "{p}{v}，同比增长{c}", "{p}{v}，同比持平", "{p}{v}，同比下降{c}"),
    ("verb", "上升", "持平", "下降"),
    ("verb_one", "上升", "持平", "下降"),
    ("verb_in", "{p}上升", "{p}持平", "{p}下降"),
    ("verb_one_in", "{p}上升", "{p}持平", "{p}下降"),
    ("from_to", "从{b}到{v}", "仍为{v}", "从{b}到{v}"),
    ("past_from", "从{b}上升到{v}", "保持在{v}", "从{b}下降到{v}"),
    ("one_from", "从{b}上升到{v}", "保持在{v}", "从{b}下降到{v}"),
];

fn shipped(language: Language) -> Shipped {
    match language {
        Language::En => EN,
        Language::De => DE,
        Language::Zh => ZH,
    }
}

impl MoveWords {
    /// Reads `words.toml`: `[en.past]` with `up`, `flat` and `down`, each a text or a list of them.
    ///
    /// # Errors
    /// Every problem of the file.
    pub fn read(source: &Source) -> Result<MoveWords, Problems> {
        let mut problems = Problems::new();
        if let Some((at, problem)) = toml_limits::exceeded(source.text()) {
            return Err(problem.at(source.place(at)).into());
        }
        let (document, errors) = DeTable::parse_recoverable(source.text());
        problems.extend(errors.iter().map(|error| toml_problem(error, source, 0)));
        let mut words = MoveWords::default();
        for (code, rows) in document.get_ref() {
            let wrong = |what: String, hint: &str| Problem::error(what).at(source.place(code.span())).hint(hint);
            let Ok(language) = code.get_ref().parse::<Language>() else {
                let what = format!("`{}` is no language of a brief", code.get_ref());
                problems.push(wrong(what, "a row is written [en.past], [de.past] or [zh.past]"));
                continue;
            };
            let DeValue::Table(rows) = rows.get_ref() else {
                problems.push(wrong(format!("`{language}` holds no rows"), "a row is written [en.past]"));
                continue;
            };
            for (name, row) in rows {
                let key = (language, name.get_ref().to_string());
                match read_row(source, name, row) {
                    Ok(row) => {
                        problems.extend(lost(&row, &key).map(|problem| problem.at(source.place(name.span()))));
                        words.own.insert(key.clone(), row);
                        words.places.insert(key, source.place(name.span()));
                    }
                    Err(problem) => problems.push(*problem),
                }
            }
        }
        problems.into_result(words)
    }

    /// The words of a row for a direction, if there is such a row.
    pub fn words(&self, language: Language, row: &str, direction: Direction) -> Option<Vec<String>> {
        let at = match direction {
            Direction::Up => 0,
            Direction::Flat => 1,
            Direction::Down => 2,
        };
        if let Some(own) = self.own.get(&(language, row.to_owned())) {
            return own.get(at).cloned();
        }
        let (_, up, flat, down) = shipped(language).iter().find(|(name, ..)| *name == row)?;
        [up, flat, down].get(at).map(|words| words.split('|').map(str::to_owned).collect())
    }

    /// The rows of a language's own that no text names and whose name is nearly that of a row of the program's: misspelled, it is
    /// never used.
    pub fn unused<'a>(&'a self, language: Language, texts: &'a [&str]) -> impl Iterator<Item = Problem> + 'a {
        let own = self.places.iter().filter(move |((of, name), _)| {
            let is_shipped = shipped(language).iter().any(|(known, ..)| known == name);
            *of == language && !is_shipped && !texts.iter().any(|text| text.contains(name.as_str()))
        });
        own.filter_map(move |((_, name), place)| {
            let word = nearest(name, shipped(language).iter().map(|(known, ..)| *known))?;
            let problem = Problem::warning(format!("no text in {language} names the words `{name}`")).at(place.clone());
            Some(problem.hint(format!("did you mean `{word}`?")))
        })
    }

    /// The names of all rows of a language.
    pub fn rows(&self, language: Language) -> Vec<&str> {
        let own = self.own.keys().filter(|(of, _)| *of == language).map(|(_, name)| name.as_str());
        shipped(language).iter().map(|(name, ..)| *name).chain(own).collect()
    }
}

/// What the program's own row of this name tells of a change, and these words do not.
fn lost(row: &Row, (language, name): &(Language, String)) -> Option<Problem> {
    let (_, up, _, down) = shipped(*language).iter().find(|(known, ..)| known == name)?;
    let [own_up, _, own_down] = row;
    let lacks = [("up", *up, own_up), ("down", *down, own_down)].into_iter().find_map(|(key, words, own)| {
        let told = [CHANGE, VALUE, BEFORE, PERIOD].into_iter().filter(|place| words.contains(place));
        let lost = |place: &&str| own.iter().any(|words| !words.contains(*place));
        told.into_iter().find(lost).map(|place| (key, place))
    });
    let (key, place) = lacks?;
    let problem = Problem::error(format!("`{key}` of `{name}` leaves out `{place}`"));
    let hint = format!("each of its words says `{place}`, as `{up}` does; a row that says less has a name of its own");
    Some(problem.hint(hint))
}

/// A row: each of its three keys holds a text, or several.
fn read_row(source: &Source, name: &Spanned<Cow<'_, str>>, row: &Spanned<DeValue<'_>>) -> Result<Row, Box<Problem>> {
    const HINT: &str = "write up = [\"rose by {c}\"], flat = [\"did not change\"] and down = [\"fell by {c}\"]";
    let wrong = |what: String| Problem::error(what).at(source.place(name.span())).hint(HINT);
    let DeValue::Table(table) = row.get_ref() else {
        return Err(wrong(format!("`{}` is no row of words", name.get_ref())).into());
    };
    if let Some((key, _)) = table.iter().find(|(key, _)| !DIRECTIONS.contains(&&**key.get_ref())) {
        let problem = Problem::error(format!("unknown key `{}`", key.get_ref())).at(source.place(key.span()));
        return Err(problem.did_you_mean(key.get_ref(), DIRECTIONS).into());
    }
    let mut read: Row = Row::default();
    for (key, into) in DIRECTIONS.iter().zip(&mut read) {
        let Some(value) = table.get(*key) else {
            return Err(wrong(format!("the row `{}` has no `{key}`", name.get_ref())).into());
        };
        let texts: Vec<&Spanned<DeValue<'_>>> = match value.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            _ => vec![value],
        };
        for text in &texts {
            let DeValue::String(written) = text.get_ref() else {
                let problem = Problem::error(format!("`{key}` holds texts")).at(source.place(text.span()));
                return Err(problem.hint(HINT).into());
            };
            let known = [CHANGE, VALUE, BEFORE, PERIOD];
            let without = known.iter().fold(written.to_string(), |words, place| words.replace(place, ""));
            if without.contains(['{', '}']) || without.chars().any(|c| c.is_numeric()) {
                let problem = Problem::error("these words hold more than words, `{c}`, `{v}`, `{b}` and `{p}`");
                let hint = "`{c}` stands for the change, `{v}` for the value that it led to, `{b}` for the one before, `{p}` for when; \
                            numbers come from figures";
                return Err(problem.at(source.place(text.span())).hint(hint).into());
            }
            if let Some(twice) = known.into_iter().find(|place| written.matches(place).count() > 1) {
                let problem = Problem::error(format!("these words say `{twice}` twice")).at(source.place(text.span()));
                return Err(problem.hint("a sentence names a change once").into());
            }
            if written.chars().any(char::is_control) {
                let problem = Problem::error("these words have a line break or a tab").at(source.place(text.span()));
                return Err(problem.hint("they stand within a sentence: write them on one line").into());
            }
            into.push(written.to_string());
        }
        if into.is_empty() {
            let problem = Problem::error(format!("`{key}` has no words")).at(source.place(value.span()));
            return Err(problem.hint(HINT).into());
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_the_same_rows_and_the_same_places_in_them() {
        for (nth, (name, ..)) in EN.iter().enumerate() {
            for rows in [DE, ZH] {
                assert_eq!(rows[nth].0, *name);
            }
            for (_, up, flat, down) in [EN[nth], DE[nth], ZH[nth]] {
                let variants = [up, down].iter().flat_map(|words| words.split('|')).collect::<Vec<_>>();
                let with = |place: &str| variants.iter().filter(|words| words.contains(place)).count();
                assert!(with(CHANGE) == 0 || with(CHANGE) == variants.len(), "{name}");
                let has_value = name.ends_with("_to") || name.starts_with("value") || name.ends_with("_from");
                assert_eq!(with(VALUE) > 0, has_value, "{name}");
                assert_eq!(with(BEFORE) > 0, name.contains("from"), "{name}");
                assert_eq!(with(PERIOD) > 0, name.contains("_in"), "{name}");
                assert_eq!(flat.contains(VALUE), has_value, "{name}");
            }
        }
    }

    #[test]
    fn mistakes_in_words_are_told_with_their_place() {
        let read = |text: &str| MoveWords::read(&Source::new("words.toml", text.to_owned()));
        let own =
            read("[en.past]\nup = [\"went up by {c}\", \"gained {c}\"]\nflat = \"stood still\"\ndown = \"lost {c}\"\n");
        let own = own.unwrap();
        assert_eq!(own.words(Language::En, "past", Direction::Up).unwrap(), ["went up by {c}", "gained {c}"]);
        assert_eq!(own.words(Language::De, "past", Direction::Down).unwrap(), ["sanken um {c}", "fielen um {c}"]);
        assert_eq!(own.words(Language::En, "pasd", Direction::Up), None);
        let misspelled = read("[en.pasd]\nup = \"won {c}\"\nflat = \"b\"\ndown = \"lost {c}\"\n").unwrap();
        let unused =
            |texts: &[&str]| misspelled.unused(Language::En, texts).map(|it| it.to_string()).collect::<String>();
        let told = unused(&["{{ move(\"a\", \"2024\") }}"]);
        assert!(
            told.contains("no text in en names the words `pasd`") && told.contains("did you mean `past`?"),
            "{told}"
        );
        assert_eq!(unused(&["{{ move(\"a\", \"2024\", say=\"pasd\") }}"]), "");
        for (text, told) in [
            ("[fr.past]\n", "`fr` is no language of a brief"),
            ("en = 1\n", "`en` holds no rows"),
            ("[en.past]\nup = \"a\"\nflat = \"b\"\n", "the row `past` has no `down`"),
            ("[en.past]\nupp = \"a\"\n", "did you mean `up`?"),
            ("[en.past]\nup = [\"a\", 1]\n", "`up` holds texts"),
            ("[en.past]\nup = []\n", "`up` has no words"),
            ("[en.past]\nup = \"by {x}\"\n", "more than words, `{c}`, `{v}`, `{b}` and `{p}`"),
            ("[en.past]\nup = \"by {c}, {c}\"\n", "these words say `{c}` twice"),
            ("[en.past]\nup = \"by\\n{c}\"\n", "these words have a line break or a tab"),
            ("[en.past]\nup = \"by 5 %\"\n", "numbers come from figures"),
            ("[en.past]\nup = \"rose\"\nflat = \"b\"\ndown = \"by {c}\"\n", "`up` of `past` leaves out `{c}`"),
            (
                "[zh.past_to]\nup = \"增{c}至{v}\"\nflat = \"平\"\ndown = [\"降{c}至{v}\", \"降{c}\"]\n",
                "`down` of `past_to` leaves out `{v}`\n",
            ),
            ("[en.past\n", "words.toml:1:"),
        ] {
            let problems = read(text).unwrap_err().to_string();
            assert!(problems.contains(told) && problems.contains("words.toml:"), "{text}: {problems}");
        }
    }
}
