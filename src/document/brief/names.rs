//! The names of publishers, carriers and places: proper names, which are not broken as words are.

use std::collections::BTreeSet;

use crate::{
    base::language::Language,
    figures::{Dataset, place_names},
};

/// Minimum length in characters of a word that is broken at all.
const MIN_LENGTH: usize = 7;

/// The names in the figures, in a language and in English, which is the language of most of them; and each word that stands in a
/// name in both English and German, since what a translation keeps is no common word: `Volkswagen`, not `Konzern`.
pub(super) fn names(data: &Dataset, language: Language) -> Vec<String> {
    let mut found: BTreeSet<String> = place_names(language).map(str::to_owned).collect();
    for publisher in data.publishers.values() {
        let name = &publisher.name;
        for whole in [name.get(language), &name.en] {
            found.insert(whole.clone());
            // The short form in brackets is often left out.
            found.extend(whole.split_once(" (").map(|(before, _)| before.to_owned()));
        }
        let words = |name: &str| -> BTreeSet<String> {
            let words = name.split(|c: char| !c.is_alphabetic());
            words.filter(|word| word.chars().count() >= MIN_LENGTH).map(str::to_owned).collect()
        };
        found.extend(words(&name.en).intersection(&words(&name.de)).cloned());
    }
    found.into_iter().filter(|name| name.chars().count() >= MIN_LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::shipped;

    #[test]
    fn a_name_is_whole_and_what_translations_keep_is_one() {
        let names = names(&shipped::dataset().unwrap(), Language::De);
        for name in [
            "Volkswagen",
            "Volkswagen-Konzern",
            "Deutschland",
            "Vereinigte Staaten",
            "Statistisches Bundesamt",
            "Destatis",
        ] {
            assert!(names.iter().any(|known| known == name), "{name}: {names:?}");
        }
        for word in ["Konzern", "Bundesamt", "China"] {
            assert!(!names.iter().any(|known| known == word), "{word}");
        }
    }
}
