//! Any octets as what a mail server says by LMTP: see `lmtp.rs`.
#![no_main]

#[path = "../lmtp.rs"]
mod lmtp;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lmtp::lmtp(bytes));
