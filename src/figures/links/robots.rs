//! What a host asks of programs (`robots.txt`, RFC 9309): which paths they may look at. Pure; who asks for the file is elsewhere.

/// Maximum size of a file that is read, in bytes: RFC 9309 asks for 500 KiB at least.
pub const MAX_ROBOTS: usize = 512 << 10;

/// The rules of a host for one program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Robots {
    /// Patterns of paths, each with whether they may be looked at
    rules: Vec<(String, bool)>,
}

impl Robots {
    /// Reads a file for a program that calls itself by this product, such as `greenbrief`. The rules for it by name stand in place
    /// of those for all.
    pub fn read(text: &str, product: &str) -> Robots {
        let (mut named, mut of_all) = (Robots::default(), Robots::default());
        let (mut is_named, mut is_of_all, mut is_known, mut in_head) = (false, false, false, false);
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            if key == "user-agent" {
                if !in_head {
                    (is_named, is_of_all, in_head) = (false, false, true);
                }
                let name: String =
                    value.chars().take_while(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_')).collect();
                is_named |= name.eq_ignore_ascii_case(product);
                is_of_all |= value == "*";
                is_known |= is_named;
                continue;
            }
            let may = match &*key {
                "allow" => true,
                "disallow" => false,
                _ => continue,
            };
            in_head = false;
            if value.is_empty() {
                continue;
            }
            if is_named {
                named.rules.push((value.to_owned(), may));
            }
            if is_of_all {
                of_all.rules.push((value.to_owned(), may));
            }
        }
        if is_known { named } else { of_all }
    }

    /// Whether a path, with its query, may be looked at: the longest rule that fits it says so, and of two the one that allows.
    pub fn allows(&self, path: &str) -> bool {
        let fitting = self.rules.iter().filter(|(pattern, _)| fits(pattern, path));
        fitting.max_by_key(|(pattern, may)| (pattern.len(), *may)).is_none_or(|(_, may)| *may)
    }
}

/// Whether a path begins as a pattern says: `*` stands for anything, and `$` at the end for the end of the path.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, is_whole) = pattern.strip_suffix('$').map_or((pattern, false), |pattern| (pattern, true));
    let mut parts = pattern.split('*');
    let Some(mut rest) = path.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    for (at, part) in parts.iter().enumerate() {
        if is_whole && at + 1 == parts.len() {
            return rest.ends_with(part);
        }
        let Some(found) = rest.find(part) else { return false };
        rest = rest.get(found + part.len()..).unwrap_or_default();
    }
    !is_whole || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_rule_that_fits_decides() {
        let text = "\u{feff}# all\nUser-agent: *\nDisallow: /private\nAllow: /private/report\nDisallow: /*.pdf$\n\n\
                    User-Agent: Other\nuser-agent: GreenBrief/1.0\nDisallow: /a\nAllow: /a/b\nDisallow:\nCrawl-delay: 3\n";
        let all = Robots::read(text, "somebody");
        for (path, may) in [
            ("/", true),
            ("/private", false),
            ("/private/x?y=1", false),
            ("/private/report.html", true),
            ("/x/y.pdf", false),
            ("/x/y.pdf?page=1", true),
            ("/a", true),
        ] {
            assert_eq!(all.allows(path), may, "{path}");
        }
        let ours = Robots::read(text, "greenbrief");
        for (path, may) in [("/private", true), ("/x/y.pdf", true), ("/a", false), ("/ab", false), ("/a/b", true)] {
            assert_eq!(ours.allows(path), may, "{path}");
        }
        assert!(Robots::read("", "greenbrief").allows("/x"));
        assert!(
            Robots::read("User-agent: greenbrief\nDisallow:\n\nUser-agent: *\nDisallow: /", "greenbrief").allows("/x")
        );
        assert!(!Robots::read("User-agent: *\nAllow: /x\nDisallow: /", "greenbrief").allows("/y"));
        assert!(
            Robots::read("User-agent: *\nDisallow: /x\nAllow: /x", "greenbrief").allows("/x"),
            "the one that allows"
        );
    }
}
