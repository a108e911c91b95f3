//! Parses, runs, prints.
fn main() {}
