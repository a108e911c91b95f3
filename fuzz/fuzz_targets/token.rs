#![no_main]
//! See `tokens.rs`.

#[path = "../tokens.rs"]
mod tokens;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tokens::tokens(bytes));
