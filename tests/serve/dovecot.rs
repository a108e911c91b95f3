//! Dovecot in a folder of its own: IMAP and LMTP, with an authority of its own. What is read out of it is in `imap` and in
//! `whole_way`.

use std::{
    fs,
    io::{self, BufRead, BufReader, Write},
    net::TcpStream,
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        net::UnixStream,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};

use super::{PATIENCE, free_port};

/// The mailboxes to which readers' mails come back: they all lie in one, named `replies`.
const OURS: [&str; 6] = ["replies", "unsubscribe", "subscribe", "confirm", "bounce", "brief"];
/// The password of everybody.
pub(super) const PASSWORD: &str = "sesame-open-4711";

/// A server; ended with the test.
pub(super) struct Dovecot {
    child: Child,
    folder: tempfile::TempDir,
    /// Plain, with STARTTLS
    pub imap: u16,
    /// Encrypted from the first octet
    pub imaps: u16,
}

impl Dovecot {
    /// With mailboxes of these readers beside ours.
    pub fn start(readers: &[&str]) -> Dovecot {
        let folder = tempfile::Builder::new().prefix("greenbrief-dovecot-").tempdir().unwrap();
        let path = folder.path().to_owned();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let owner = fs::metadata(&path).unwrap();
        // As root it changes to other users; as anybody else it stays who it is.
        let is_root = owner.uid() == 0;
        let (uid, gid) = if is_root { (65_534, 65_534) } else { (owner.uid(), owner.gid()) };
        fs::create_dir(path.join("mail")).unwrap();
        std::os::unix::fs::chown(path.join("mail"), Some(uid), Some(gid)).unwrap();
        let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(path.join("server.pem"), pair.cert.pem()).unwrap();
        fs::write(path.join("server.key"), pair.signing_key.serialize_pem()).unwrap();
        let shown = path.display();
        let user = |name: &&str| {
            let mailbox = if OURS.contains(name) { "replies" } else { name };
            format!(
                "{name}:{{PLAIN}}{PASSWORD}:{uid}:{gid}::{shown}/mail/{mailbox}::userdb_mail=maildir:{shown}/mail/{mailbox}\n"
            )
        };
        fs::write(path.join("users"), OURS.iter().chain(readers).map(user).collect::<String>()).unwrap();
        let (imap, imaps) = (free_port(), free_port());
        let who = if is_root {
            String::new()
        } else {
            let name = |id: &str| String::from_utf8(Command::new("id").arg(id).output().unwrap().stdout).unwrap();
            let (user, group) = (name("-un"), name("-gn"));
            format!("default_internal_user = {user}default_login_user = {user}default_internal_group = {group}")
        };
        let config = format!(
            "base_dir = {shown}/run\nstate_dir = {shown}/state\nlog_path = {shown}/log\nprotocols = imap lmtp\n\
             listen = 127.0.0.1\nssl = yes\nssl_cert = <{shown}/server.pem\nssl_key = <{shown}/server.key\n\
             disable_plaintext_auth = no\nauth_mechanisms = plain login\nauth_username_format = %Ln\n\
             recipient_delimiter = +\nfirst_valid_uid = {uid}\nfirst_valid_gid = {gid}\n{who}\n\
             passdb {{\n driver = passwd-file\n args = {shown}/users\n}}\n\
             userdb {{\n driver = passwd-file\n args = {shown}/users\n}}\n\
             service imap-login {{\n chroot =\n inet_listener imap {{\n port = {imap}\n }}\n\
             inet_listener imaps {{\n port = {imaps}\n ssl = yes\n }}\n}}\n\
             service anvil {{\n chroot =\n}}\n\
             service lmtp {{\n unix_listener lmtp {{\n mode = 0666\n }}\n}}\n"
        );
        fs::write(path.join("dovecot.conf"), config).unwrap();
        let found = ["/usr/sbin/dovecot"].iter().find(|path| Path::new(path).exists());
        let out = fs::File::create(path.join("said")).unwrap();
        let mut command = Command::new(found.unwrap_or(&"dovecot"));
        command.arg("-F").arg("-c").arg(path.join("dovecot.conf")).stdout(Stdio::null()).stderr(out);
        let child = command.spawn().unwrap();
        let mut server = Dovecot { child, folder, imap, imaps };
        let begun = Instant::now();
        while !server.lmtp().exists() || TcpStream::connect(("127.0.0.1", imaps)).is_err() {
            let gone = server.child.try_wait().unwrap();
            assert!(gone.is_none() && begun.elapsed() < PATIENCE, "Dovecot does not start: {}", server.said());
            std::thread::sleep(std::time::Duration::from_millis(25));
        }
        server
    }

    fn said(&self) -> String {
        ["said", "log"].map(|name| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()).concat()
    }

    /// The file of the authority that vouches for it.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("server.pem")
    }

    /// The private key of its certificate.
    pub fn key(&self) -> String {
        fs::read_to_string(self.folder.path().join("server.key")).unwrap()
    }

    /// The socket at which it takes mails.
    pub fn lmtp(&self) -> PathBuf {
        self.folder.path().join("run/lmtp")
    }

    /// Hands it a mail of a reader.
    pub fn deliver(&self, recipient: &str, mail: &str) {
        let mut lines = BufReader::new(UnixStream::connect(self.lmtp()).unwrap());
        lines.get_ref().set_read_timeout(Some(PATIENCE)).unwrap();
        let mail = mail.replace("\r\n", "\n").replace('\n', "\r\n").replace("\r\n.", "\r\n..");
        let content = format!("{mail}\r\n.\r\n");
        let commands = [
            "",
            "LHLO test\r\n",
            "MAIL FROM:<reader@example.net>\r\n",
            &format!("RCPT TO:<{recipient}>\r\n"),
            "DATA\r\n",
            &content,
        ];
        for command in commands {
            lines.get_mut().write_all(command.as_bytes()).unwrap();
            let mut answer = String::new();
            while answer.is_empty() || answer.as_bytes()[3] == b'-' {
                answer.clear();
                lines.read_line(&mut answer).unwrap();
            }
            assert!(answer.starts_with(['2', '3']), "{command}: {answer}");
        }
    }

    /// Puts a mail into the folder of a mailbox, as it is.
    pub fn put(&self, mailbox: &str, name: &str, mail: &[u8]) {
        let new = self.folder.path().join("mail").join(mailbox).join("new");
        let owner = fs::metadata(&new).unwrap();
        let file = self.folder.path().join(name);
        fs::write(&file, mail).unwrap();
        std::os::unix::fs::chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
        fs::rename(file, new.join(name)).unwrap();
    }

    /// How many mails in a mailbox are unread, and how many are read.
    pub fn unread_and_read(&self, mailbox: &str) -> (usize, usize) {
        let names = |folder: &str| -> Vec<String> {
            let folder = self.folder.path().join("mail").join(mailbox).join(folder);
            let entries = fs::read_dir(folder).into_iter().flatten();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        };
        let all = [names("new"), names("cur")].concat();
        let read =
            all.iter().filter(|name| name.split_once(":2,").is_some_and(|(_, flags)| flags.contains('S'))).count();
        (all.len() - read, read)
    }

    /// The mails of a mailbox, the oldest first, as they lie there.
    pub fn mails(&self, mailbox: &str) -> Vec<String> {
        let folder = self.folder.path().join("mail").join(mailbox);
        loop {
            let mut files: Vec<PathBuf> = ["new", "cur"]
                .iter()
                .flat_map(|name| fs::read_dir(folder.join(name)).into_iter().flatten())
                .map(|entry| entry.unwrap().path())
                .collect();
            // Their names begin with the time.
            files.sort_by_key(|file| file.file_name().unwrap().to_owned());
            let read = |file: &PathBuf| Ok(String::from_utf8_lossy(&fs::read(file)?).into_owned());
            match files.iter().map(read).collect::<io::Result<_>>() {
                Ok(mails) => return mails,
                // Somebody who reads the mailbox gives a mail another name just then.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => panic!("{mailbox}: {error}"),
            }
        }
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // Its children end with it only if it is asked.
        let _ = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.child.id())]).status();
        let _ = self.child.wait();
    }
}
