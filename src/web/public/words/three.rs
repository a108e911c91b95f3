//! Three texts that say the same.

use crate::base::language::PerLanguage;

pub(super) const fn three(en: &'static str, de: &'static str, zh: &'static str) -> PerLanguage<&'static str> {
    PerLanguage { en, de, zh }
}
