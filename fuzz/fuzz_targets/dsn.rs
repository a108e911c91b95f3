//! Any bytes as delivery status notifications: see `returned.rs`.
#![no_main]

#[path = "../returned.rs"]
mod returned;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| returned::dsn(bytes));
