//! The config as it is in force: each key with its value and where that comes from.
//!
//! | file | what lives there |
//! |---|---|
//! | `types` | files, tables and keys with their values |
//! | `literal` | a value as TOML and JSON write it |
//! | `collect` | finds the values: files, environment, defaults |
//! | `write` | TOML for people, names of keys for programs |

pub(super) mod collect;
mod literal;
mod types;
mod write;

pub use self::{
    literal::Literal,
    types::{ComesFrom, Setting, Shown, ShownTable},
};
