//! The config as it is in force: each key with its value and where that comes from. Secrets are masked. How it is written
//! down for people is in `write.rs`; what the keys mean is not here.

use std::path::{Path, PathBuf, absolute};

use crate::config::{
    effective::{
        literal::Literal,
        types::{ComesFrom, Setting, Shown, ShownTable},
    },
    environment::{DATABASE_URL, IMAP_PASSWORD, PING_URL, SMTP_PASSWORD},
    keys::{BRIEF, CALENDAR, DefaultValue, Derived, Holds, Key, SETTINGS},
    model::Config,
    reading::{
        loader::LoadedFile,
        masking,
        origin::Span,
        paths::resolve,
        toml_tree::{Entry, Node, Table, Value},
    },
    secret::MASK,
    settings::{mail::Transport, relays::Tls},
};

/// What of the trees is looked at beside a key's own table.
struct Look<'a> {
    config: &'a Config,
    environment: &'a dyn Fn(&str) -> Option<String>,
    file: &'a Path,
    role: &'a str,
    root: &'a Table,
    tables: Vec<ShownTable>,
}

/// All files, `greenbrief.toml` first, then the briefs and the calendars.
pub(in crate::config) fn all(
    config: &Config,
    trees: &[LoadedFile],
    environment: &dyn Fn(&str) -> Option<String>,
) -> Vec<Shown> {
    let mut found: Vec<Shown> = trees
        .iter()
        .map(|tree| {
            let role = tree.role.trim_end_matches(".toml");
            let keys = match role.split('/').next() {
                Some("briefs") => BRIEF,
                Some("calendars") => CALENDAR,
                _ => SETTINGS,
            };
            let (file, root) = (Path::new(tree.origin.name()), &tree.table);
            let mut look = Look { config, environment, file, role, root, tables: Vec::new() };
            look.table(keys, Some(root), &[], None);
            Shown { file: tree.origin.name().to_owned(), role: role.to_owned(), tables: look.tables }
        })
        .collect();
    let rank = |shown: &Shown| match shown.role.split('/').next() {
        Some("briefs") => 1,
        Some("calendars") => 2,
        _ => 0,
    };
    found.sort_by(|a, b| (rank(a), &a.role).cmp(&(rank(b), &b.role)));
    found
}

impl Look<'_> {
    /// A table and those below it.
    fn table(&mut self, keys: &'static [Key], table: Option<&Table>, path: &[String], row: Option<usize>) {
        let plain = keys.iter().filter(|key| !key.holds.is_table());
        // Of a list's rows only what stands there is told.
        let wanted = plain.filter(|key| row.is_none() || table.is_some_and(|table| table.get(key.name).is_some()));
        let mut settings: Vec<Setting> = wanted.map(|key| self.setting(key, table)).collect();
        if keys.iter().any(|key| key.name == "password_file") {
            settings.extend(table.and_then(|table| self.password(table, path)));
        }
        let lists = keys.iter().filter(|key| row.is_some() && matches!(key.holds, Holds::Rows(_)));
        settings.extend(lists.filter_map(|key| {
            let entry = table?.get(key.name)?;
            let value = Some(Literal::of(&entry.node));
            Some(Setting { key: key.name.to_owned(), value, from: from(&entry.node), live: true })
        }));
        let live = table.is_some() || keys.iter().all(|key| !key.required);
        self.tables.push(ShownTable { path: path.to_vec(), row, live, settings });
        if row.is_some() {
            return;
        }
        for Key { name, holds, .. } in keys {
            let entry = table.and_then(|table| table.get(name));
            let path: Vec<String> = path.iter().cloned().chain([(*name).to_owned()]).collect();
            let inside = entry.and_then(|entry| as_table(&entry.node));
            match holds {
                Holds::Table(keys) => self.table(keys, inside, &path, None),
                Holds::Named(_, keys) => {
                    for entry in inside.iter().flat_map(|table| &table.0) {
                        let path: Vec<String> = path.iter().cloned().chain([entry.key.clone()]).collect();
                        self.table(keys, as_table(&entry.node), &path, None);
                    }
                }
                Holds::NamedTexts => {
                    let Some(inside) = inside else { continue };
                    let settings = inside.0.iter().map(given).collect();
                    self.tables.push(ShownTable { path, row: None, live: true, settings });
                }
                Holds::Rows(keys) => {
                    let Some(Entry { node: Node { value: Value::List(rows), .. }, .. }) = entry else { continue };
                    for (row, node) in rows.iter().enumerate() {
                        self.table(keys, as_table(node), &path, Some(row));
                    }
                }
                _ => {}
            }
        }
    }

    fn setting(&self, key: &'static Key, table: Option<&Table>) -> Setting {
        let Key { name, holds, default, .. } = key;
        let entry = table.and_then(|table| table.get(name));
        if let Some(found) = self.found_elsewhere(holds, entry, table) {
            return Setting { key: (*name).to_owned(), ..found };
        }
        let (value, from, live) = match entry {
            Some(Entry { node, .. }) => (Some(self.value(holds, node)), from(node), true),
            None => {
                // Where a folder is does not depend on where this is written to.
                let value = self.default(*default, holds, name, table);
                let there = !matches!(default, DefaultValue::Derived(Derived::Calendars))
                    || self.config.paths.calendars.is_dir();
                let live = value.is_some() && matches!(holds, Holds::Path) && there;
                (value, ComesFrom::Default, live)
            }
        };
        Setting { key: (*name).to_owned(), value, from, live }
    }

    /// A value that stands in the environment, or in a file.
    fn found_elsewhere(&self, holds: &Holds, entry: Option<&Entry>, table: Option<&Table>) -> Option<Setting> {
        let is_set = |name: &str| (self.environment)(name).is_some_and(|value| !value.is_empty());
        let typed = entry.is_some_and(|entry| entry.node.typed.is_some());
        let (value, from) = match holds {
            Holds::Database if is_set(DATABASE_URL) && !typed => {
                (self.database(), ComesFrom::Environment(DATABASE_URL))
            }
            Holds::Secret if is_set(PING_URL) => (masked(), ComesFrom::Environment(PING_URL)),
            Holds::Secret if entry.is_none() => (masked(), self.kept(table?, "ping_file")?),
            _ => return None,
        };
        Some(Setting { key: String::new(), value: Some(value), from, live: false })
    }

    /// The password of the mail server in the table with this path, if it needs one.
    fn password(&self, table: &Table, path: &[String]) -> Option<Setting> {
        table.get("username")?;
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let variable = match path.as_slice() {
            ["replies", ..] => Some(IMAP_PASSWORD),
            ["mail"] => Some(SMTP_PASSWORD),
            _ => None,
        };
        if path.first() == Some(&"mail") && self.config.mail.transport == Transport::Folder {
            return None;
        }
        let set = |name: &&str| (self.environment)(name).is_some_and(|value| !value.is_empty());
        let from = match variable.filter(set) {
            Some(variable) => ComesFrom::Environment(variable),
            None => self.kept(table, "password_file")?,
        };
        Some(Setting { key: "password".to_owned(), value: Some(masked()), from, live: false })
    }

    /// The file that this key names.
    fn kept(&self, table: &Table, key: &str) -> Option<ComesFrom> {
        match &table.get(key)?.node.value {
            Value::Text(path) => Some(ComesFrom::Kept(self.path(path))),
            _ => None,
        }
    }

    fn value(&self, holds: &Holds, node: &Node) -> Literal {
        let path = |node: &Node| match text(node) {
            Some(path) => Literal::Text(self.path(path).display().to_string()),
            None => Literal::of(node),
        };
        match (holds, &node.value) {
            (Holds::Path, _) => path(node),
            (Holds::Paths, Value::List(nodes)) => Literal::List(nodes.iter().map(path).collect()),
            (Holds::Paths, _) => path(node),
            (Holds::Database, _) => self.database(),
            (Holds::Secret, _) => masked(),
            // A web address may hold a password, though it should not.
            (Holds::Text(..), Value::Text(text)) if text.contains("://") => Literal::Text(masking::masked(text)),
            (Holds::Words(_) | Holds::Text(..) | Holds::Texts | Holds::Length | Holds::Rate, _) => {
                text(node).map_or_else(|| Literal::of(node), |text| Literal::Text(text.to_owned()))
            }
            _ => Literal::of(node),
        }
    }

    fn default(&self, default: DefaultValue, holds: &Holds, name: &str, table: Option<&Table>) -> Option<Literal> {
        let literal = |text: &str| Literal::Text(text.to_owned());
        Some(match default {
            DefaultValue::Nothing => return None,
            DefaultValue::Text(path) if matches!(holds, Holds::Path) => literal(&self.path(path).display().to_string()),
            DefaultValue::Text(words) => literal(words),
            DefaultValue::Whole(number) => Literal::Whole(number),
            DefaultValue::Flag(yes) => Literal::Flag(yes),
            DefaultValue::Derived(Derived::Calendars) => {
                literal(&whole(&self.config.paths.calendars).display().to_string())
            }
            DefaultValue::Derived(Derived::Database) => self.database(),
            DefaultValue::Derived(Derived::Domain) => literal(self.config.mail.from_address.domain()),
            DefaultValue::Derived(Derived::Id) => literal(self.role.rsplit('/').next().unwrap_or_default()),
            DefaultValue::Derived(Derived::Brief) => self.root.get(name).map(|entry| Literal::of(&entry.node))?,
            DefaultValue::Derived(Derived::Port) => {
                let tls = table.and_then(|table| table.get("tls")).and_then(|entry| text(&entry.node));
                Literal::Whole(i64::from(Tls::named(tls).usual_port()))
            }
        })
    }

    /// A path of the file, from the root.
    fn path(&self, path: &str) -> PathBuf {
        whole(&resolve(self.file.parent().unwrap_or(Path::new("")), path))
    }

    /// The URL without its password, and with the whole path.
    fn database(&self) -> Literal {
        let url = &self.config.store.url;
        let shown = match url.strip_prefix("sqlite:").filter(|path| !path.starts_with('/')) {
            Some(path) => format!("sqlite:{}", whole(Path::new(path)).display()),
            None => masking::masked(url),
        };
        Literal::Text(shown)
    }
}

fn masked() -> Literal {
    Literal::Text(MASK.to_owned())
}

/// From the root; as it is if nobody knows where we are.
fn whole(path: &Path) -> PathBuf {
    absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// A text, also one that was typed on a command line and looks like something else.
fn text(node: &Node) -> Option<&str> {
    match (&node.value, &node.typed) {
        (Value::Text(text), _) => Some(text),
        (Value::Whole(_) | Value::Float | Value::Boolean(_), Some(typed)) => Some(typed),
        _ => None,
    }
}

fn as_table(node: &Node) -> Option<&Table> {
    match &node.value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

fn given(entry: &Entry) -> Setting {
    let value = Some(Literal::of(&entry.node));
    Setting { key: entry.key.clone(), value, from: from(&entry.node), live: true }
}

fn from(node: &Node) -> ComesFrom {
    let Span { origin, .. } = &node.span;
    match node.typed {
        Some(_) => ComesFrom::Set,
        None => ComesFrom::File { file: origin.name().to_owned(), line: node.span.place().line },
    }
}
