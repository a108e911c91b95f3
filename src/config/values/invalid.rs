//! Why a value cannot be read: what is wrong with which part of it, and how to write it.

use std::ops::Range;

/// Why a text cannot be read as a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::config) struct InvalidValue {
    pub(in crate::config) what: String,
    pub(in crate::config) hint: String,
    /// The bytes that are wrong; empty for the whole text
    pub(in crate::config) span: Range<usize>,
}
