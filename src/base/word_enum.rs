//! Enums whose values are known by one word each: in the database, in tables, in JSON and on the command line. Which word
//! stands for what is said where the enum is.

/// A text that is none of the words of an enum.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not {expected}")]
pub struct UnknownWord {
    /// The text.
    pub word: String,
    /// What it should be, with its article: `a state of a mail`.
    pub expected: &'static str,
}

/// Declares an enum with one word for each value; the literal before it says what a value is, with its article. `ALL` lists
/// the values in their order. The enum prints itself as its word, in JSON too, and is read back from it.
macro_rules! word_enum {
    (
        $expected:literal;
        $(#[$doc:meta])*
        pub enum $name:ident {
            $($(#[$value_doc:meta])* $value:ident = $word:literal,)+
        }
    ) => {
        $(#[$doc])*
        pub enum $name {
            $($(#[$value_doc])* $value,)+
        }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: [$name; [$($word),+].len()] = [$($name::$value),+];

            /// The word for people, programs and the database.
            pub const fn word(self) -> &'static str {
                match self {
                    $($name::$value => $word,)+
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.word())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::base::word_enum::UnknownWord;

            fn from_str(word: &str) -> ::std::result::Result<$name, Self::Err> {
                let found = $name::ALL.into_iter().find(|value| value.word() == word);
                found.ok_or_else(|| Self::Err { word: word.to_owned(), expected: $expected })
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, to: S) -> ::std::result::Result<S::Ok, S::Error> {
                to.serialize_str(self.word())
            }
        }
    };
}

pub(crate) use word_enum;

#[cfg(test)]
mod tests {
    word_enum! {
        "a colour";
        /// Two colours.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Colour {
            /// As leaves are.
            Green = "green",
            /// As the sea is.
            DarkBlue = "dark-blue",
        }
    }

    #[test]
    fn a_value_is_read_as_it_is_printed() {
        for colour in Colour::ALL {
            assert_eq!(colour.to_string().parse(), Ok(colour));
        }
        assert_eq!(serde_json::to_string(&Colour::DarkBlue).unwrap(), "\"dark-blue\"");
        assert_eq!("red".parse::<Colour>().unwrap_err().to_string(), "`red` is not a colour");
    }
}
