//! A folder with the shipped config, and a `serve` that answers readers in it. What is asked of it is not here.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use greenbrief::{store::Store, time::clock::Clock};
use serde_json::Value;

/// The brief of the shipped config.
pub const BRIEF: &str = "green-economy";

/// A folder with config and templates.
pub struct House(tempfile::TempDir);

impl House {
    pub fn new(inside: &Path) -> House {
        let house = House(tempfile::tempdir_in(inside).unwrap());
        for folder in ["config", "templates"] {
            copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &house.path(folder));
        }
        let settings = house.path("config/greenbrief.toml");
        let text = fs::read_to_string(&settings).unwrap();
        fs::write(&settings, text.replace("example.org", "greenbrief.dev").replace("Example Street", "Ringstraße"))
            .unwrap();
        let brief = house.path("config/briefs/green-economy.toml");
        let text = fs::read_to_string(&brief).unwrap();
        // No edition but those that are released here.
        let text = text
            .replace("# public = \"off\" ", "public = \"public\" #")
            .replace("# paused = false ", "paused = true #");
        fs::write(&brief, text).unwrap();
        house
    }

    pub fn path(&self, inside: &str) -> PathBuf {
        self.0.path().join(inside)
    }

    /// The store of the folder, as `serve` opens it.
    pub async fn store(&self) -> Store {
        let url = format!("sqlite:{}", self.path("var/greenbrief.db").display());
        Store::open(&url, Clock::system().now()).await.unwrap()
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_greenbrief"));
        command
            .args(words)
            .current_dir(self.0.path())
            .env_remove("GREENBRIEF_LOG")
            .env_remove("GREENBRIEF_DATABASE_URL");
        command
    }

    /// Runs what must go well.
    pub fn done(&self, words: &[&str]) {
        let told = self.command(words).output().unwrap();
        assert!(told.status.success(), "{words:?}: {}", String::from_utf8_lossy(&told.stderr));
    }

    /// A `serve` with these settings that answers readers.
    pub fn serve(&self, settings: &[String]) -> Daemon {
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let mut command = self.command(&["serve", "--format", "json"]);
        for one in [&format!("web.public.url=http://localhost:{port}"), &format!("web.public.listen=127.0.0.1:{port}")]
            .into_iter()
            .chain(settings)
        {
            command.args(["--set", one]);
        }
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log: Arc<Mutex<Vec<Value>>> = Arc::default();
        let into = log.clone();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                into.lock().unwrap().push(serde_json::from_str(&line).unwrap_or(Value::String(line)));
            }
        });
        let daemon = Daemon { child, port, log };
        daemon.wait_for("readers are answered");
        daemon
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// A running `serve`. It ends with this.
pub struct Daemon {
    child: Child,
    pub port: u16,
    log: Arc<Mutex<Vec<Value>>>,
}

impl Daemon {
    pub fn wait_for(&self, message: &str) {
        let begun = Instant::now();
        while !self.log.lock().unwrap().iter().any(|event| event["message"] == message) {
            assert!(begun.elapsed() < Duration::from_secs(60), "{message}: {:?}", self.log.lock().unwrap());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// How long answers to POSTs took within the process, in their order.
    pub fn answers(&self) -> Vec<Duration> {
        let log = self.log.lock().unwrap();
        let posts = log.iter().filter(|event| event["message"] == "a page was asked for" && event["method"] == "POST");
        posts.map(|event| Duration::from_micros(event["took_us"].as_str().unwrap().parse().unwrap())).collect()
    }

    /// Seconds of processor time, user's and system's, so far.
    pub fn cpu(&self) -> f64 {
        cpu(&self.child.id().to_string())
    }

    /// Memory that it holds, in MB.
    pub fn resident(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Seconds of processor time of a process: its number, or `self`.
pub fn cpu(process: &str) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    [11, 12].map(|at: usize| fields[at].parse::<f64>().unwrap() / 100.0).iter().sum()
}
