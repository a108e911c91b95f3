//! One binary for all tests from outside; each file is one subject. Those behind `real-parts` need PostgreSQL,
//! Postfix, poppler and qpdf, which `scripts/test` installs and starts.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by failing"
)]

mod house;
mod blocks;
