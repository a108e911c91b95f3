//! What is in force, written down: as TOML that reads as the same config, each value with a comment on where it comes
//! from; and the key of a value for programs.

use std::fmt;

use unicode_width::UnicodeWidthStr;

use crate::config::effective::{
    literal::{Literal, key},
    types::{ComesFrom, Setting, Shown, ShownTable},
};

/// Comments begin in this column, where there is room.
const COMMENT: usize = 48;

impl fmt::Display for ComesFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ComesFrom::File { file, line } => write!(f, "{file}:{line}"),
            ComesFrom::Set => f.write_str("--set"),
            ComesFrom::Environment(name) => write!(f, "environment variable {name}"),
            ComesFrom::Kept(file) => write!(f, "in {}", file.display()),
            ComesFrom::Default => f.write_str("default"),
        }
    }
}

impl ShownTable {
    /// The key of one of its values with all its names: `mail.relays.second.host`, `days[0].date`.
    pub fn name_of(&self, setting: &Setting) -> String {
        let mut name = self.name();
        if let Some(row) = self.row {
            name.push_str(&format!("[{row}]"));
        }
        if !name.is_empty() {
            name.push('.');
        }
        name + &key(&setting.key)
    }

    fn name(&self) -> String {
        let names: Vec<String> = self.path.iter().map(|name| key(name)).collect();
        names.join(".")
    }

    fn head(&self) -> Option<String> {
        if self.path.is_empty() {
            return None;
        }
        let name = self.name();
        let head = if self.row.is_some() { format!("[[{name}]]") } else { format!("[{name}]") };
        Some(if self.live { head } else { format!("# {head}") })
    }
}

fn room_after(line: &str) -> String {
    " ".repeat(COMMENT.saturating_sub(line.width()))
}

impl fmt::Display for Setting {
    /// A line; it is off if a file would not hold it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let off = if self.live { "" } else { "# " };
        let Some(value) = &self.value else {
            let line = format!("# {} =", key(&self.key));
            return write!(f, "{line}{}  # not set", room_after(&line));
        };
        let line = format!("{off}{} = {value}", key(&self.key));
        // A file's name may hold anything; a comment ends with its line.
        let from: String = self.from.to_string().chars().map(|c| if c.is_control() { '?' } else { c }).collect();
        match value {
            Literal::List(_) if line.contains('\n') => write!(f, "# {from}\n{line}"),
            _ => write!(f, "{line}{}  # {from}", room_after(&line)),
        }
    }
}

impl Shown {
    /// The same for a folder in which the briefs and the calendars stand beside `greenbrief.toml`.
    #[must_use]
    pub fn moved(mut self) -> Shown {
        let paths = self.tables.iter_mut().filter(|table| self.role == "greenbrief" && table.path == ["paths"]);
        for setting in paths.flat_map(|table| &mut table.settings) {
            let folder = match setting.key.as_str() {
                "config" => ".",
                "calendars" => "calendars",
                _ => continue,
            };
            (setting.value, setting.live) = (Some(Literal::Text(folder.to_owned())), true);
        }
        self
    }
}

impl fmt::Display for Shown {
    /// TOML, with a line end at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file: String = self.file.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
        writeln!(f, "# {file} as it is in force. A line that begins with # is off: it shows what is so without it.")?;
        for table in &self.tables {
            if let Some(head) = table.head() {
                writeln!(f, "\n{head}")?;
            } else if !table.settings.is_empty() {
                writeln!(f)?;
            }
            table.settings.iter().try_for_each(|setting| writeln!(f, "{setting}"))?;
        }
        Ok(())
    }
}
