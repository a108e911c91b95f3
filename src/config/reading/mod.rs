//! How config files are read, whatever is in them.
//!
//! | file | what lives there |
//! |---|---|
//! | `loader` | the files: read, decoded, parsed, and kept without their secrets |
//! | `toml_tree` | TOML as a tree in which every key and value knows its place; `--set` over it |
//! | `table_reader` | one table read key by key; unknown and missing keys |
//! | `context` | what every section of `greenbrief.toml` is read with |
//! | `problem_sink` | collects the problems of all files |
//! | `origin` | a text and the places in it, with secrets masked |
//! | `masking` | where secrets stand in a text |
//! | `secret_file` | a file that holds a secret |
//! | `salvage` | single sections of a file that is not TOML as a whole |
//! | `paths` | what paths are relative to |

pub(super) mod context;
pub(super) mod loader;
pub(super) mod masking;
pub(super) mod origin;
pub(super) mod paths;
pub(super) mod problem_sink;
pub(super) mod salvage;
pub(super) mod secret_file;
pub(super) mod table_reader;
pub(super) mod toml_tree;
