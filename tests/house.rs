//! The house plan, kept by tests: which room may import which, and which room owns which library. Circles of files are in
//! `circles`, the lengths of files and functions in `sizes`, maps and docs in `docs`. Long, since it
//! holds three tables.

mod circles;
mod docs;
mod sizes;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use proptest::test_runner::RngSeed;

/// The wings of `src/`, from the top. A wing imports only what stands below it.
const WINGS: &[&str] = &[
    "main",
    "cli",
    "daemon",
    "web",
    "actions",
    "edition",
    "monitoring",
    "mailing",
    "store",
    "config",
    "document",
    "delivery",
    "time",
    "people",
    "figures",
    "base",
];

/// Room → the rooms it may import. A wing that is one room stands here by its own name; `daemon` is what stands in that
/// wing beside its rooms. The rooms of [`OPEN`] are open to all.
const EDGES: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    (
        "cli",
        &[
            "actions",
            "base::os_user",
            "base::reason",
            "config",
            "daemon",
            "delivery::replies",
            "delivery::rules",
            "figures",
            "mailing",
            "people::subscribers",
            "people::tokens",
            "store",
            "time::clock",
            "web::preview",
        ],
    ),
    (
        "daemon",
        &[
            "actions",
            "base::file_watcher",
            "base::tls",
            "config",
            "daemon::courier",
            "daemon::retention",
            "daemon::timekeeper",
            "delivery::replies",
            "delivery::rules",
            "document::brief",
            "edition",
            "figures",
            "mailing",
            "monitoring::attention",
            "monitoring::health",
            "monitoring::operator_mail",
            "monitoring::ping",
            "monitoring::systemd",
            "monitoring::vitals",
            "store",
            "time::clock",
            "web",
            "web::monitors",
            "web::public",
        ],
    ),
    (
        "daemon::timekeeper",
        &[
            "config",
            "edition",
            "monitoring::operator_mail",
            "monitoring::overdue",
            "monitoring::vitals",
            "store",
            "time::clock",
            "time::schedule",
        ],
    ),
    (
        "daemon::courier",
        &[
            "delivery::dkim",
            "delivery::mail",
            "delivery::rules",
            "mailing",
            "monitoring::operator_mail",
            "monitoring::vitals",
            "people::tokens",
            "store",
            "time::clock",
        ],
    ),
    ("daemon::retention", &["config", "store"]),
    ("web", &[]),
    ("web::monitors", &["monitoring::health", "monitoring::metrics"]),
    ("web::preview", &["actions", "web"]),
    (
        "web::public",
        &[
            "actions",
            "base::gzip",
            "base::open_files",
            "config",
            "document::brief",
            "monitoring::vitals",
            "people::joining",
            "people::subscribers",
            "people::tokens",
            "store",
            "time::calendar",
            "time::clock",
            "web",
        ],
    ),
    (
        "actions",
        &[
            "base::archive",
            "base::gzip",
            "base::file_watcher",
            "base::pdf_signature",
            "base::tls",
            "base::web_request",
            "config",
            "delivery::mail",
            "delivery::replies",
            "delivery::rules",
            "document::brief",
            "document::layout",
            "document::pdf",
            "document::svg",
            "edition",
            "figures",
            "mailing",
            "monitoring::attention",
            "monitoring::operator_mail",
            "monitoring::overdue",
            "people::joining",
            "people::subscribers",
            "people::tokens",
            "store",
            "time::calendar",
            "time::clock",
            "time::schedule",
        ],
    ),
    (
        "edition",
        &[
            "base::archive",
            "base::file_name",
            "base::gzip",
            "base::pdf_signature",
            "base::report_files",
            "document::bitmap",
            "document::brief",
            "document::html",
            "document::layout",
            "document::pdf",
            "document::svg",
            "figures",
            "store",
            "time::schedule",
        ],
    ),
    (
        "monitoring::attention",
        &[
            "base::plural",
            "config",
            "delivery::rules",
            "monitoring::overdue",
            "monitoring::vitals",
            "store",
            "time::schedule",
        ],
    ),
    (
        "monitoring::health",
        &[
            "config",
            "monitoring::attention",
            "monitoring::cached_answer",
            "monitoring::metrics",
            "monitoring::monitored_config",
            "monitoring::store_status",
            "monitoring::vitals",
            "store",
            "time::clock",
        ],
    ),
    (
        "monitoring::metrics",
        &[
            "config",
            "delivery::rules",
            "monitoring::attention",
            "monitoring::monitored_config",
            "monitoring::store_status",
            "monitoring::vitals",
            "people::joining",
            "store",
            "time::schedule",
        ],
    ),
    ("monitoring::ping", &["base::tls", "config", "monitoring::health"]),
    ("monitoring::systemd", &["monitoring::health"]),
    ("monitoring::store_status", &["monitoring::monitored_config", "store", "time::schedule"]),
    ("monitoring::monitored_config", &["config"]),
    ("monitoring::cached_answer", &[]),
    ("monitoring::operator_mail", &["config", "delivery::rules", "store"]),
    ("monitoring::overdue", &["config", "store", "time::schedule"]),
    ("monitoring::vitals", &["delivery::rules", "people::joining"]),
    ("mailing", &["config", "delivery::dkim", "delivery::mail", "delivery::rules", "store"]),
    (
        "store",
        &[
            "base::archive",
            "base::os_user",
            "base::report_files",
            "delivery::rules",
            "figures",
            "people::joining",
            "people::subscribers",
            "people::tokens",
            "time::schedule",
        ],
    ),
    (
        "config",
        &[
            "base::file_name",
            "base::pdf_signature",
            "base::tls_server",
            "delivery::dkim",
            "delivery::rules",
            "figures",
            "people::subscribers",
            "time::calendar",
            "time::schedule",
        ],
    ),
    ("document::brief", &["figures"]),
    ("document::layout", &["document::brief"]),
    ("document::pdf", &["document::layout"]),
    ("document::html", &["document::brief"]),
    ("document::svg", &["document::layout"]),
    ("document::bitmap", &["document::layout"]),
    ("delivery::replies", &["delivery::rules"]),
    (
        "delivery::mail",
        &["base::archive", "base::file_name", "base::tls", "delivery::dkim", "delivery::rules", "people::tokens"],
    ),
    ("delivery::dkim", &[]),
    ("delivery::rules", &[]),
    ("time::schedule", &["time::calendar"]),
    ("time::calendar", &[]),
    ("time::clock", &[]),
    ("people::joining", &[]),
    ("people::subscribers", &[]),
    ("people::tokens", &[]),
    ("figures", &["base::plural"]),
    ("base::archive", &[]),
    ("base::bounded_file", &[]),
    ("base::backslash", &[]),
    ("base::toml_limits", &[]),
    ("base::file_name", &[]),
    ("base::gzip", &[]),
    ("base::ids", &[]),
    ("base::characters", &[]),
    ("base::language", &[]),
    ("base::mentions", &[]),
    ("base::open_files", &[]),
    ("base::os_user", &[]),
    ("base::pdf_signature", &[]),
    ("base::plural", &[]),
    ("base::report_files", &[]),
    ("base::problem", &[]),
    ("base::public_address", &[]),
    ("base::reason", &[]),
    ("base::csv_table", &[]),
    ("base::shutdown", &[]),
    ("base::tls", &[]),
    ("base::tls_server", &[]),
    ("base::web_request", &["base::public_address", "base::tls"]),
    ("base::word_enum", &[]),
    ("base::file_watcher", &[]),
];

const OPEN: &[&str] = &[
    "base::bounded_file",
    "base::backslash",
    "base::toml_limits",
    "base::characters",
    "base::mentions",
    "base::ids",
    "base::plural",
    "base::problem",
    "base::language",
    "base::csv_table",
    "base::shutdown",
    "base::word_enum",
];

/// Library → the rooms that may name it.
const OWNERS: &[(&str, &[&str])] = &[
    ("printpdf", &["document::pdf"]),
    ("lopdf", &["document::pdf"]),
    ("flate2", &["base::gzip", "document::pdf", "document::brief"]),
    ("foldhash", &["document::layout"]),
    ("png", &["document::bitmap", "document::brief"]),
    (
        "base64",
        &[
            "base::pdf_signature",
            "document::bitmap",
            "document::svg",
            "delivery::dkim",
            "delivery::mail",
            "delivery::replies",
            "daemon",
        ],
    ),
    ("crc32fast", &["document::svg"]),
    ("svgtypes", &["document::brief"]),
    ("usvg", &["document::brief"]),
    ("parley", &["document::layout"]),
    ("skrifa", &["document::bitmap", "document::layout", "document::svg"]),
    ("tiny_skia", &["document::bitmap"]),
    ("hypher", &["document::layout"]),
    ("axum", &["web", "web::monitors", "web::preview", "web::public"]),
    ("futures_util", &["web::preview"]),
    ("notify", &["base::file_watcher"]),
    ("nix", &["base::os_user"]),
    ("subsetter", &["document::layout", "document::pdf"]),
    ("sqlx", &["store"]),
    ("lettre", &["delivery::mail"]),
    ("mail_parser", &["delivery::replies"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("indicatif", &["cli"]),
    ("toml", &["config", "document::brief"]),
    ("toml_parser", &["base::toml_limits"]),
    ("minijinja", &["document::brief", "web::public"]),
    ("pulldown_cmark", &["document::brief"]),
    ("icu_calendar", &["document::brief"]),
    ("icu_datetime", &["document::brief"]),
    ("icu_decimal", &["document::brief"]),
    ("tokio_cron_scheduler", &["daemon::timekeeper"]),
    ("croner", &["time::schedule", "config"]),
    ("tokio_rustls", &["base::tls", "base::tls_server"]),
    ("rustls_native_certs", &["base::tls"]),
    ("hyper", &["base::web_request", "monitoring::ping", "web::public"]),
    ("form_urlencoded", &["web::public"]),
    ("hyper_util", &["base::web_request", "monitoring::ping", "web::public"]),
    ("prometheus_client", &["monitoring::metrics"]),
    ("sd_notify", &["monitoring::systemd"]),
    ("rustls_pki_types", &["base::pdf_signature", "delivery::dkim"]),
    ("icalendar", &["time::calendar"]),
    ("rrule", &["time::calendar"]),
    ("url", &["actions", "base::web_request"]),
    ("idna", &["people::subscribers"]),
    ("memchr", &["actions", "delivery::replies"]),
    ("psl", &["people::joining"]),
    ("subtle", &["people::tokens"]),
    ("tempfile", &["actions", "base::archive", "base::os_user", "delivery::mail"]),
    ("unicode_normalization", &["people::subscribers", "document::layout"]),
    ("anyhow", &["main", "cli", "daemon", "actions", "edition"]),
];

fn top() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
}

/// Every file of `src/` with its room and its text.
fn sources() -> Vec<(String, PathBuf, String)> {
    let src = top().join("src");
    let mut found = Vec::new();
    files(&src, "rs", &mut found);
    found.sort();
    found
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&src).unwrap().with_extension("");
            let names: Vec<_> = inside.iter().map(|name| name.to_str().unwrap()).collect();
            let text = fs::read_to_string(&path).unwrap();
            (room(names[0], names.get(1).copied().unwrap_or_default()), path, text)
        })
        .collect()
}

/// The room that a path with these first two names leads to.
fn room(wing: &str, name: &str) -> String {
    let both = format!("{wing}::{name}");
    if EDGES.iter().any(|(room, _)| *room == both) { both } else { wing.to_owned() }
}

fn wing(room: &str) -> &str {
    room.split("::").next().unwrap()
}

/// The code of a file without comments, and without its unit tests (which stand last, behind `#[cfg(test)]`).
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The rooms that are named behind `root` (`crate::`, or `greenbrief::` in main), with grouped imports taken apart.
fn imports(code: &str, root: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    let flat: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
    for (at, _) in flat.match_indices(root) {
        for (wing, rest) in heads(&flat[at + root.len()..]) {
            let Some(rest) = rest.strip_prefix("::") else {
                rooms.insert(wing);
                continue;
            };
            rooms.extend(heads(rest).into_iter().map(|(name, _)| room(&wing, &name)));
        }
    }
    rooms.remove("");
    rooms
}

/// The first name of a path, or of each path in braces, with what follows it.
fn heads(path: &str) -> Vec<(String, &str)> {
    let Some(group) = path.strip_prefix('{') else { return vec![head(path)] };
    let (mut depth, mut from, mut found) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' | ',' if depth == 0 => {
                found.push(head(&group[from..at]));
                from = at + 1;
                if c == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    // Behind a last comma stands nothing.
    found.retain(|(name, _)| !name.is_empty());
    found
}

fn head(path: &str) -> (String, &str) {
    let path = path.trim_start();
    let end = path.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(path.len());
    (path[..end].to_owned(), &path[end..])
}

#[test]
fn grouped_imports_are_read() {
    let code = "use crate::{\n    base::{language::Language, file_watcher},\n    config,\n    daemon::{CheckedConfig, courier::Courier},\n};";
    let rooms = imports(code, "crate::");
    let rooms: Vec<_> = rooms.iter().map(String::as_str).collect();
    assert_eq!(rooms, ["base::file_watcher", "base::language", "config", "daemon", "daemon::courier"]);
}

#[test]
fn a_wing_imports_only_what_stands_below_it() {
    let floor = |room: &str| WINGS.iter().position(|name| *name == wing(room));
    let mut wrong = Vec::new();
    for (room, allowed) in EDGES {
        for to in *allowed {
            let down = match (floor(room), floor(to)) {
                (Some(from), Some(below)) => from < below || wing(room) == wing(to),
                _ => false,
            };
            if !down {
                wrong.push(format!("{room} → {to} does not run down"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_room_imports_only_what_the_plan_allows() {
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    for (room, path, text) in sources() {
        // The map, and the list of a wing's rooms.
        if room == "lib" || (wing(&room) == room && EDGES.iter().all(|(name, _)| *name != room)) {
            continue;
        }
        let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{}: the room `{room}` is not in the plan", path.display()));
            continue;
        };
        let root = if room == "main" { "greenbrief::" } else { "crate::" };
        for to in imports(&code(&text), root) {
            if to != room && !OPEN.contains(&&*to) && !allowed.contains(&&*to) {
                wrong.push(format!("{}: {room} → {to} is not an allowed arrow", path.display()));
            }
            used.insert((room.clone(), to));
        }
    }
    for (room, allowed) in EDGES {
        for to in *allowed {
            if !used.contains(&((*room).to_owned(), (*to).to_owned())) {
                wrong.push(format!("{room} → {to} is allowed, and nobody needs it"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_library_is_named_only_by_its_owner() {
    let mut wrong = Vec::new();
    for (room, path, text) in sources() {
        let code = code(&text);
        for (library, owners) in OWNERS {
            let named = code
                .match_indices(&format!("{library}::"))
                .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':'));
            if named && !owners.contains(&&*room) {
                wrong.push(format!("{}: {library} belongs to {owners:?}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn property_tests_choose_the_same_cases_every_time() {
    let config = proptest::test_runner::Config::default();
    assert_ne!(
        config.rng_seed,
        RngSeed::Random,
        "the seed stands in .cargo/config.toml, which cargo reads in this folder"
    );
    assert!(config.failure_persistence.is_none(), "a case that once failed is a test with a name, not a file");
}
