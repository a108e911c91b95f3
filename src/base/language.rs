//! The languages of a brief. The words of a language are in `brief` and in the templates.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A language of the reader, by its BCP 47 tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English
    En,
    /// German
    De,
    /// Chinese, simplified (`zh`, in PDF and HTML `zh-Hans`)
    Zh,
}

impl Language {
    /// Every language, in the order in which they are shown.
    pub const ALL: [Language; 3] = [Language::En, Language::De, Language::Zh];

    /// The code used in config, tables and file names: `en`, `de`, `zh`.
    pub const fn code(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::De => "de",
            Language::Zh => "zh",
        }
    }

    /// The BCP 47 tag for `/Lang`, `lang=""` and `Content-Language`: `en`, `de`, `zh-Hans`.
    pub const fn tag(self) -> &'static str {
        match self {
            Language::Zh => "zh-Hans",
            other => other.code(),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The error for a text that is none of `en`, `de`, `zh`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a language greenbrief writes; it writes en, de and zh")]
pub struct UnknownLanguage(pub String);

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Language::ALL
            .into_iter()
            .find(|language| language.code() == text)
            .ok_or_else(|| UnknownLanguage(text.to_owned()))
    }
}

/// A value for each language; none can be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PerLanguage<T> {
    /// English
    pub en: T,
    /// German
    pub de: T,
    /// Chinese
    pub zh: T,
}

impl<T> PerLanguage<T> {
    /// The value for `language`.
    pub const fn get(&self, language: Language) -> &T {
        match language {
            Language::En => &self.en,
            Language::De => &self.de,
            Language::Zh => &self.zh,
        }
    }

    /// The value for `language`, mutably.
    pub const fn get_mut(&mut self, language: Language) -> &mut T {
        match language {
            Language::En => &mut self.en,
            Language::De => &mut self.de,
            Language::Zh => &mut self.zh,
        }
    }
}
