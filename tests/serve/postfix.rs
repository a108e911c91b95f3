//! Postfix in a folder of its own: it takes what `serve` sends and hands it to Dovecot, and what comes back to a mailbox of
//! ours to whoever is named for it. Postfix starts only as root; another user needs sudo.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Instant,
};

use super::{PATIENCE, dovecot::Dovecot, free_port};

const MASTER: &str = "\
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - 20 lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
";

/// A mail server; ended with the test.
pub(super) struct Postfix {
    child: Child,
    folder: tempfile::TempDir,
    /// Where it takes mails
    pub port: u16,
}

fn as_root(program: &str) -> Command {
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = if is_root { Command::new(program) } else { Command::new("sudo") };
    if !is_root {
        command.args(["-n", program]);
    }
    command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
    command
}

impl Postfix {
    /// Readers at example.net are Dovecot's, and so are the mailboxes at greenbrief.dev, except those that go to an LMTP
    /// listener at this port.
    pub fn start(dovecot: &Dovecot, lmtp: Option<u16>) -> Postfix {
        let folder = tempfile::Builder::new().prefix("greenbrief-postfix-").tempdir().unwrap();
        let path = folder.path();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["queue", "data", "config", "log"] {
            fs::create_dir(path.join(name)).unwrap();
        }
        assert!(as_root("chown").arg("postfix").arg(path.join("data")).status().unwrap().success());
        if !fs::metadata(path.join("queue")).is_ok_and(|queue| queue.uid() == 0) {
            let paths = ["queue", "config", "log"].map(|name| path.join(name));
            assert!(as_root("chown").arg("root").args(paths).status().unwrap().success());
        }
        let (port, shown) = (free_port(), path.display());
        let dovecot = dovecot.lmtp().display().to_string();
        let ours = lmtp.map_or_else(String::new, |port| {
            let mailboxes = ["unsubscribe", "subscribe", "confirm", "bounce", "brief"];
            mailboxes.iter().map(|name| format!("{name}@greenbrief.dev lmtp:inet:127.0.0.1:{port}\n")).collect()
        });
        fs::write(path.join("config/transport"), ours).unwrap();
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {shown}/queue\ndata_directory = {shown}/data\n\
             command_directory = /usr/sbin\ndaemon_directory = /usr/lib/postfix/sbin\nmail_owner = postfix\n\
             setgid_group = postdrop\nmaillog_file = {shown}/log/postfix\nmaillog_file_prefixes = {shown}\n\
             inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmyhostname = localhost\nmydestination =\nmynetworks =\n\
             alias_maps =\nrecipient_delimiter = +\nvirtual_mailbox_domains = example.net greenbrief.dev\n\
             virtual_transport = lmtp:unix:{dovecot}\ntransport_maps = texthash:{shown}/config/transport\n\
             smtpd_relay_restrictions = reject_unauth_destination\n"
        );
        fs::write(path.join("config/main.cf"), main).unwrap();
        let smtpd = format!("127.0.0.1:{port} inet n - n - 100 smtpd\n");
        fs::write(path.join("config/master.cf"), smtpd + MASTER).unwrap();
        let out = fs::File::create(path.join("said")).unwrap();
        let mut command = as_root("postfix");
        command.arg("-c").arg(path.join("config")).arg("start-fg").current_dir("/");
        let child = command.stdin(Stdio::null()).stdout(out.try_clone().unwrap()).stderr(out).spawn().unwrap();
        let mut server = Postfix { child, folder, port };
        let begun = Instant::now();
        while !server.log().contains("daemon started") {
            let gone = server.child.try_wait().unwrap();
            assert!(gone.is_none() && begun.elapsed() < PATIENCE, "Postfix does not start: {}", server.log());
            std::thread::sleep(std::time::Duration::from_millis(25));
        }
        server
    }

    /// What it said, and what became of each mail.
    pub fn log(&self) -> String {
        let read = |path: PathBuf| fs::read_to_string(path).unwrap_or_default();
        read(self.folder.path().join("log/postfix")) + &read(self.folder.path().join("said"))
    }

    /// Waits until it has handed on all that it took.
    pub fn is_empty(&self) -> bool {
        let done = as_root("postqueue").arg("-c").arg(self.config()).arg("-p").output().unwrap();
        String::from_utf8_lossy(&done.stdout).contains("Mail queue is empty")
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("config")
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        // What we started is a shell beside its master, which this ends.
        let _ = as_root("postfix").arg("-c").arg(self.config()).arg("stop").output();
        let _ = self.child.wait();
        // What another user wrote is that user's.
        let _ = as_root("rm").arg("-rf").arg(self.folder.path()).status();
    }
}
