//! Any octets as the body of a form: see `forms.rs`.
#![no_main]

#[path = "../forms.rs"]
mod forms;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| forms::forms(bytes));
