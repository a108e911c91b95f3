//! File names that Windows, macOS and Linux take, whatever words they are made of: a reader saves an attachment wherever it
//! is read. What a file is called is decided by the rooms that make it.

use super::characters::is_bidi_control;

/// Maximum length in bytes: of ext4 and APFS. NTFS counts 255 units of UTF-16, which are never more than bytes.
const MAX_BYTES: usize = 255;
/// Maximum length in bytes of what stands behind the last dot and still is an ending.
const MAX_ENDING: usize = 10;
/// Names of devices on Windows, with any ending or none (“Naming Files, Paths, and Namespaces”, Win32).
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// Words as a part of a file name: joined by hyphens, which also stand for what no file name may hold.
pub fn words(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c == '.' || is_refused(c)).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

/// A name made of `stem` and `tail`, such as `-Nr-12.pdf`. What is too long is cut off the stem.
pub fn joined(stem: &str, tail: &str) -> String {
    let stem = cut(stem, MAX_BYTES.saturating_sub(tail.len()));
    // A name that begins with a hyphen is an option to many programs.
    safe(format!("{stem}{tail}").trim_start_matches('-'))
}

/// A name that every system takes. One that they all take already stays as it is.
pub fn safe(name: &str) -> String {
    // What one step cuts off can lay bare what another replaces.
    let mut name = name.to_owned();
    loop {
        let safer = step(&name);
        if safer == name {
            return name;
        }
        name = safer;
    }
}

fn step(name: &str) -> String {
    let name: String = name.chars().map(|c| if is_refused(c) { '-' } else { c }).collect();
    // Windows drops dots and blanks at the end without a word.
    let name = name.trim_start().trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    let (stem, ending) = match name.rfind('.').filter(|at| name.len() - at <= MAX_ENDING) {
        Some(at) => name.split_at(at),
        None => (name, ""),
    };
    let device = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let prefix = if is_device(&device) { "_" } else { "" };
    let stem = cut(stem, MAX_BYTES - ending.len() - prefix.len());
    format!("{prefix}{stem}{ending}")
}

/// The beginning of a text, at most so many bytes.
fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}

fn is_refused(c: char) -> bool {
    c.is_control() || is_bidi_control(c) || matches!(c, '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*')
}

/// Whether Windows keeps a name, given in lower case and without an ending, for a device.
pub fn is_device(stem: &str) -> bool {
    let numbered = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    RESERVED.contains(&stem)
        || numbered.is_some_and(|number| {
            let mut digits = number.chars();
            digits.next().is_some_and(|c| matches!(c, '0'..='9' | '¹' | '²' | '³')) && digits.next().is_none()
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_system_refuses_is_replaced() {
        for (name, wanted) in [
            ("Grüne-Wirtschaft-Nr-12-2026-11-23.pdf", "Grüne-Wirtschaft-Nr-12-2026-11-23.pdf"),
            ("a?b\"c<d>e|f*g/h\\i:j\u{1b}k.pdf", "a-b-c-d-e-f-g-h-i-j-k.pdf"),
            ("a\u{202e}fdp.exe", "a-fdp.exe"),
            ("name. .", "name"),
            ("CON", "_CON"),
            ("nul.pdf", "_nul.pdf"),
            ("com1.tar.gz", "_com1.tar.gz"),
            ("LPT³", "_LPT³"),
            ("comb.pdf", "comb.pdf"),
            (".pdf", ".pdf"),
        ] {
            assert_eq!(safe(name), wanted);
        }
    }

    #[test]
    fn a_long_name_keeps_its_tail() {
        let name = joined(&"绿".repeat(102), "-第12期-2026-11-23.pdf");
        assert!(name.len() <= 255 && name.len() > 250, "{}", name.len());
        assert!(name.ends_with("绿-第12期-2026-11-23.pdf"), "{name}");
        assert_eq!(words(" Is it: \"so\"?  A/B vs. C "), "Is-it-so-A-B-vs-C");
    }

    proptest! {
        #[test]
        fn every_name_is_one_that_all_systems_take(stem in "\\PC{0,90}", tail in "[-\\PC]{0,20}\\.pdf", raw in any::<String>()) {
            for name in [joined(&words(&stem), &tail), safe(&raw), safe(&stem)] {
                prop_assert!(name.len() <= 255 && !name.contains(is_refused), "{name:?}");
                prop_assert!(!name.ends_with(['.', ' ']), "{name:?}");
                prop_assert!(!is_device(&name.split('.').next().unwrap().trim_end().to_lowercase()), "{name:?}");
                prop_assert_eq!(safe(&name), name);
            }
        }
    }
}
