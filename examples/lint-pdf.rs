//! `lint-pdf FILE…` runs the lint and a validator written in Rust over finished PDFs. It prints one finding a line,
//! `FILE: CHECK: what`. The exit code is 1 if there is a finding, 2 if a file cannot be opened. `scripts/check-pdf` calls it.

#[path = "../tests/lint/mod.rs"]
#[expect(dead_code, reason = "the tests break objects, here there are only files")]
mod lint;

use std::process::ExitCode;

use page_validation::{ValidationOptions, ValidationProfile, validate_pdf_bytes};

/// Returns every finding of one file.
fn findings(bytes: &[u8]) -> Vec<String> {
    let mut all: Vec<String> = lint::lint(bytes).iter().map(|finding| format!("lint: {finding}")).collect();
    // It knows neither PDF/UA-2 nor PDF/A-4.
    let profiles: &[_] = if bytes.starts_with(b"%PDF-2") {
        &[]
    } else {
        &[(ValidationProfile::PdfUa1, "PDF/UA-1"), (ValidationProfile::PdfA3a, "PDF/A-3a")]
    };
    for &(profile, name) in profiles {
        match validate_pdf_bytes(bytes, &ValidationOptions::default().profile(profile)) {
            Ok(report) => all.extend(
                report
                    .failures
                    .iter()
                    .map(|fault| format!("page_validation {name}: {} ({})", fault.message, fault.rule_id)),
            ),
            Err(error) => all.push(format!("page_validation {name}: {error}")),
        }
    }
    all
}

fn main() -> ExitCode {
    let mut found = false;
    for path in std::env::args().skip(1) {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                eprintln!("error: {path}: {error}");
                return ExitCode::from(2);
            }
        };
        for what in findings(&bytes) {
            found = true;
            println!("{path}: {what}");
        }
    }
    ExitCode::from(u8::from(found))
}
