//! The program as operators meet it, each test in a folder of its own with a copy of the shipped config: what the
//! commands print, the daemon's life, which slots run, what arrives at a mail server, what comes back from one, what monitors
//! see, and the preview.

mod ahead;
mod attach;
mod attention;
mod bad_figures;
mod brake;
#[cfg(feature = "real-parts")]
mod browser;
mod choices;
mod commands;
mod demo_pages;
#[cfg(feature = "real-parts")]
mod dovecot;
mod erased;
mod evidence;
mod export;
mod exposition;
mod figures;
mod figures_export;
mod held;
mod http;
mod imap;
#[cfg(feature = "real-parts")]
mod imap_dovecot;
mod imports;
mod intake;
mod life;
mod links;
mod live;
mod mail_only;
mod monitor;
mod moved;
mod new_brief;
mod operators;
mod outages;
mod people;
#[cfg(feature = "real-parts")]
mod postfix;
mod preview;
mod programs;
mod public;
mod public_archive;
#[cfg(feature = "real-parts")]
mod public_browser;
mod public_joining;
mod public_leaving;
mod public_together;
mod public_withdrawn;
mod replies;
mod restores;
mod sending;
mod shared;
mod signed;
mod slots;
#[cfg(feature = "real-parts")]
mod smtp;
mod store_files;
mod two_corrections;
mod watched;
#[cfg(feature = "real-parts")]
mod whole_way;

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{Datelike, Timelike, Utc};

/// How long anything may take until it counts as stuck; debug builds on busy machines are slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// A slot this many seconds ahead is not past when `serve` is up, on a busy machine either: a schedule begins when the
/// daemon first sees it.
const SOON: i64 = 15;

/// A port on which nobody listens. It is below the ports that Linux hands out by itself (32768 and above), so that no
/// connection of another test is given it in the meantime.
fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        // Runs beside this one begin elsewhere.
        let number = std::process::id().wrapping_mul(101).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = 15_000 + u16::try_from(number % 15_000).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A folder with config and templates.
struct House(tempfile::TempDir);

/// What a command left.
struct Told {
    code: i32,
    out: String,
    err: String,
}

impl Told {
    /// The objects of `--format json`, without the last one, which must say how the command ended.
    fn objects(&self) -> Vec<serde_json::Value> {
        let mut objects: Vec<serde_json::Value> =
            self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let end = objects.pop().unwrap_or_default();
        assert_eq!(end["exit_code"], self.code, "{}{}", self.out, self.err);
        let word =
            ["done", "attention", "usage", "files", "refused", "held", "failed"][usize::try_from(self.code).unwrap()];
        assert_eq!(end["end"], word, "{}{}", self.out, self.err);
        objects
    }
}

impl House {
    fn new() -> House {
        let house = House(tempfile::tempdir().unwrap());
        for folder in ["config", "templates"] {
            copy(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder), &house.path(folder));
        }
        // Most tests count what their readers get. With the shipped addresses nothing is sent by a server.
        let settings = house.path("config/greenbrief.toml");
        let text = fs::read_to_string(&settings).unwrap();
        let text = text.replace("# after_edition = true ", "after_edition = false #");
        fs::write(settings, text.replace("example.org", "greenbrief.dev").replace("Example Street", "Ringstraße"))
            .unwrap();
        house
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.0.path().join(inside)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Replaces a text of the brief's config.
    fn change(&self, from: &str, to: &str) {
        let file = self.path("config/briefs/green-economy.toml");
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(file, text.replace(from, to)).unwrap();
    }

    /// Replaces a text of `greenbrief.toml`.
    fn change_settings(&self, from: &str, to: &str) {
        let file = self.path("config/greenbrief.toml");
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(file, text.replacen(from, to, 1)).unwrap();
    }

    /// Writes a file that nobody else may read.
    fn write_secret(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;

        self.write(name, text);
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// One slot in so many seconds, and no other within a year.
    fn due_in(&self, seconds: i64) {
        let slot = Utc::now() + chrono::TimeDelta::seconds(seconds);
        let [second, minute, hour] = [slot.second(), slot.minute(), slot.hour()];
        let cron = format!("cron = \"{second} {minute} {hour} {} {} *\"\ntimezone = \"UTC\"", slot.day(), slot.month());
        self.change("cron = \"0 7 * * Mon\"", &cron);
    }

    /// A command that says where the consent of its readers comes from, as it must; [`House::bare`] leaves that out.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.bare(words);
        if matches!(words, ["subscribers", "add" | "import", _, ..]) && !words.contains(&"--consent") {
            command.args(["--consent", "asked by mail"]);
        }
        command
    }

    fn bare(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_greenbrief"));
        command.args(words).current_dir(self.0.path()).env("USER", "tester").env_remove("SUDO_USER");
        command.env_remove("GREENBRIEF_LOG");
        command
    }

    fn run(&self, words: &[&str]) -> Told {
        let done = self.command(words).output().unwrap();
        Told {
            code: done.status.code().unwrap_or(-1),
            out: String::from_utf8(done.stdout).unwrap(),
            err: String::from_utf8(done.stderr).unwrap(),
        }
    }

    /// Runs what must go well; gives what it printed.
    fn done(&self, words: &[&str]) -> String {
        let told = self.run(words);
        assert_eq!(told.code, 0, "{words:?}\n{}{}", told.out, told.err);
        told.out
    }

    /// Runs what must be refused; gives what it said. The exit code is 3 if an error has its place in a file, where it is
    /// mended, and 4 if it is refused as things are.
    fn refused(&self, words: &[&str]) -> String {
        let told = self.run(words);
        let is_placed =
            told.err.split("\n\n").any(|problem| problem.starts_with("error: ") && problem.contains("--> "));
        assert_eq!(told.code, if is_placed { 3 } else { 4 }, "{words:?}\n{}{}", told.out, told.err);
        assert!(!told.err.contains("panicked"), "{}", told.err);
        told.err
    }

    /// Runs what must not be done since a file has a mistake; gives what it said.
    fn mistaken(&self, words: &[&str]) -> String {
        self.fails_with(3, words)
    }

    /// Runs what must break: the store, a file or a server is not as it should be; gives what it said.
    fn broken(&self, words: &[&str]) -> String {
        self.fails_with(6, words)
    }

    fn fails_with(&self, code: i32, words: &[&str]) -> String {
        let told = self.run(words);
        assert_eq!(told.code, code, "{words:?}\n{}{}", told.out, told.err);
        assert!(!told.err.contains("panicked"), "{}", told.err);
        told.err
    }

    /// A program's view of a command that must go well.
    fn objects(&self, words: &[&str]) -> Vec<serde_json::Value> {
        let words: Vec<&str> = words.iter().copied().chain(["--format", "json"]).collect();
        let told = self.run(&words);
        assert_eq!(told.code, 0, "{words:?}\n{}{}", told.out, told.err);
        told.objects()
    }

    fn serve(&self, more: &[&str]) -> Serve {
        let words: Vec<&str> = ["serve"].iter().chain(more).copied().collect();
        Serve::start(self.command(&words))
    }

    /// The names in a folder, in order.
    fn names(&self, inside: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(inside)) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The names of the mails that the folder transport has written, in order. One that is being written bears another name
    /// for a moment, and is not among them.
    fn outbox(&self) -> Vec<String> {
        let mut names = self.names("reports/outbox");
        names.retain(|name| name.ends_with(".eml"));
        names
    }
}

/// A daemon that runs; killed if the test ends before it.
struct Serve {
    child: Child,
    log: Arc<Mutex<String>>,
}

impl Serve {
    fn start(mut command: Command) -> Serve {
        Serve::start_with(&mut command)
    }

    fn start_with(command: &mut Command) -> Serve {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (log, errors) = (Arc::new(Mutex::new(String::new())), child.stderr.take().unwrap());
        let lines = log.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                *lines.lock().unwrap() += &format!("{line}\n");
            }
        });
        Serve { child, log }
    }

    fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until its log says that.
    fn wait_for(&mut self, text: &str) {
        let begun = Instant::now();
        while !self.log().contains(text) {
            let gone = self.child.try_wait().unwrap();
            assert!(gone.is_none(), "serve ended before it said `{text}`: {gone:?}\n{}", self.log());
            assert!(begun.elapsed() < PATIENCE, "serve did not say `{text}`:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Its exit code after SIGTERM.
    fn end(&mut self) -> Option<i32> {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(begun.elapsed() < PATIENCE, "serve did not end:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("serve said:\n{}", self.log());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
