//! Single sections of a file that is not TOML as a whole: what stands in one of them can be said if it is TOML by itself and
//! if nothing elsewhere could belong to it.

use std::{ops::Range, sync::Arc};

use crate::config::reading::{
    origin::Origin,
    toml_tree::{self, Table},
};

/// A section of a broken file.
pub(in crate::config) enum Salvaged {
    /// It is not there.
    Absent,
    /// All of it, below its own name.
    Whole(Table),
    /// Nobody can say what it says.
    Unclear,
}

/// The section `name`. It is taken to be absent only if no line outside comments holds one of `marks`, which its values have.
pub(in crate::config) fn section(origin: &Arc<Origin>, name: &str, marks: &[&str]) -> Salvaged {
    let text = origin.text();
    match *ranges(text, name).as_slice() {
        [] => {
            let code = text.lines().filter(|line| !line.trim_start().starts_with('#'));
            let marked = code.into_iter().any(|line| marks.iter().any(|mark| line.contains(mark)));
            if marked { Salvaged::Unclear } else { Salvaged::Absent }
        }
        [Range { start, end }] => toml_tree::part(origin, start..end).map_or(Salvaged::Unclear, Salvaged::Whole),
        _ => Salvaged::Unclear,
    }
}

/// The bytes of each place where the section begins: a head up to the next head, or a line such as `store.url = …` before
/// the first head.
fn ranges(text: &str, name: &str) -> Vec<Range<usize>> {
    let (mut found, mut open, mut at, mut before_heads) = (Vec::new(), None, 0, true);
    for line in text.split_inclusive('\n') {
        let content = line.trim_start();
        let key = first_key(content);
        // A head whose first bracket is missing is one, too.
        let is_head = content.starts_with('[') || (key == name && content.contains(']') && !content.contains('='));
        if is_head {
            before_heads = false;
            if let Some(from) = open.take() {
                found.push(from..at);
            }
            if key == name {
                open = Some(at);
            }
        } else if before_heads && key == name {
            found.push(at..at + line.len());
        }
        at += line.len();
    }
    found.extend(open.map(|from| from..text.len()));
    found
}

/// The first word of a key or of a section's head.
fn first_key(content: &str) -> &str {
    let word = content.trim_start_matches(['[', ' ', '\t', '"', '\'']);
    let end = word.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').unwrap_or(word.len());
    word.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of `[store]` in this text.
    fn store(text: &str) -> &'static str {
        match section(&Origin::new("greenbrief.toml", text), "store", &["sqlite:", "postgres"]) {
            Salvaged::Absent => "absent",
            Salvaged::Whole(_) => "whole",
            Salvaged::Unclear => "unclear",
        }
    }

    #[test]
    fn a_section_is_taken_from_a_broken_file_only_if_it_stands_there_once_and_whole() {
        for (text, what) in [
            ("[mail\n[store]\nurl = \"sqlite:a.db\"\n", "whole"),
            ("[store]\nurl = \"sqlite:a.db\" # mine\n[mail]\nfrom = \n", "whole"),
            ("[ store ]\nurl = \"sqlite:a.db\"", "whole"),
            ("store.url = \"sqlite:a.db\"\n[mail]\nfrom = x\n", "whole"),
            ("store = { url = \"sqlite:a.db\" }\nfrom = x\n", "whole"),
            ("from = \"\"\"\n[store]\nurl = \"sqlite:a.db\"\n", "whole"),
            ("[mail]\nfrom = x\n", "absent"),
            ("[mail]\nfrom = x\n# [store]\n# url = \"sqlite:a.db\"\n", "absent"),
            ("[mail]\nstore = x\n", "absent"),
            ("[store\nurl = \"sqlite:a.db\"\n", "unclear"),
            ("store]\nurl = \"sqlite:a.db\"\n", "unclear"),
            ("[paths]\nstate = \"x\"\nstore]\nurl = \"sqlite:a.db\"\n", "unclear"),
            ("[stroe]\nurl = \"sqlite:a.db\"\nx\n", "unclear"),
            ("url = \"postgres://db/x\"\nx\n", "unclear"),
            ("[store]\nurl = \"sqlite:a.db\n", "unclear"),
            ("[store]\nurl = sqlite:a.db\n", "unclear"),
            ("[store]\nurl = \"sqlite:a.db\"\n[store]\nurl = \"sqlite:b.db\"\n", "unclear"),
            ("store.url = \"sqlite:a.db\"\n[store]\nurl = \"sqlite:b.db\"\n", "unclear"),
            ("[store]\nurl = \"sqlite:a.db\"\nurl = \"sqlite:b.db\"\n", "unclear"),
        ] {
            assert_eq!(store(text), what, "{text}");
        }
    }
}
