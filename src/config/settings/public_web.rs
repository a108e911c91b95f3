//! `[web.public]`: the pages for readers: where `serve` answers, under which address readers find that, and with which
//! certificate. What the pages say is not here.

use std::{fmt, net::SocketAddr};

use crate::{
    base::{
        bounded_file,
        problem::{Place, Problem},
        tls_server::{TlsServer, TlsServerError},
    },
    config::{
        part::Part,
        reading::{
            context::Context,
            paths::resolve,
            secret_file::SecretFile,
            table_reader::{TableReader, TextValue},
        },
        values::{
            authorities, listen_addresses,
            networks::{self, Network},
        },
    },
};

/// The pages for readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicWeb {
    /// Under which address readers find the pages.
    pub url: PublicUrl,
    /// Where `serve` answers. `None`: another program does, or another machine; links are written all the same.
    pub listen: Option<SocketAddr>,
    /// Where that is given, to show it in a problem.
    pub place: Option<Place>,
    /// Whose `X-Forwarded-For` is believed.
    pub proxies: Vec<Network>,
    /// `None`: HTTP without encryption, to a proxy or to this machine.
    pub certificate: Option<TlsServer>,
}

/// A web address without a path: `https://briefs.example.org`, or `http://localhost:8080` on this machine alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    /// In lower case, without a slash at its end.
    origin: String,
    https: bool,
}

impl PublicUrl {
    /// The address of a page; `path` begins with a slash.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Is the way to it encrypted? It is, except on this machine.
    pub const fn is_https(&self) -> bool {
        self.https
    }

    /// The host and its port, as a request names them in `Host`; a usual port is left out.
    pub fn authority(&self) -> &str {
        let authority = self.origin.split_once("://").map_or("", |(_, authority)| authority);
        authority.strip_suffix(if self.https { ":443" } else { ":80" }).unwrap_or(authority)
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

const KEY_FILE: SecretFile = SecretFile {
    kind: "key",
    most: 64 * 1024,
    hint: "the file holds the private key in PEM; its path is relative to this file",
};
/// A certificate with those that lead to its authority, in octets.
const LONGEST_CERTIFICATE: u64 = 256 * 1024;

/// Reads the section. `monitors` is where `[web]` answers.
pub(in crate::config) fn read(
    section: TableReader<'_>,
    monitors: Option<SocketAddr>,
    context: &Context<'_>,
) -> Option<PublicWeb> {
    let mut section = section;
    let given_url = section.needed_text("url", "url = \"https://briefs.example.org\"");
    let given_listen = section.text("listen");
    let given_proxies = section.texts("proxies");
    let (certificate, key) = (section.text("certificate_file"), section.text("key_file"));
    section.finish();
    let url = given_url.as_ref().and_then(|given| url(given, context));
    let proxies = match &given_proxies {
        Some(given) => {
            let read: Vec<_> = given.iter().map(|given| networks::read(given, context.sink)).collect();
            read.into_iter().collect::<Option<Vec<_>>>()
        }
        None => Some(Network::THIS_MACHINE.to_vec()),
    };
    let encrypts = certificate.is_some() || key.is_some();
    let Some(given) = given_listen else {
        let unused = [&certificate, &key].into_iter().flatten().chain(given_proxies.iter().flatten()).next();
        if let Some(unused) = unused {
            let mut problem = Problem::warning("this is not used: there is no `web.public.listen`");
            problem.place = Some(unused.place());
            context.sink.push(problem.hint("write listen = \"127.0.0.1:8080\" beside it, or leave it out"));
        }
        return Some(PublicWeb { url: url?, listen: None, place: None, proxies: proxies?, certificate: None });
    };
    let listen = listen_addresses::read(&given, "127.0.0.1:8080", context.sink)
        .filter(|listen| is_free(&given, *listen, monitors, context))
        .filter(|listen| encrypts || is_in_reach(&given, *listen, proxies.as_deref(), context));
    if let (Some(url), true) = (&url, encrypts)
        && !url.https
        && let Some(given) = &given_url
    {
        let problem = given.error("there is a certificate, but this address is one without encryption");
        context
            .sink
            .push(problem.hint("write https:// instead of http://, or leave certificate_file and key_file out"));
        return None;
    }
    let certificate = match (&certificate, &key) {
        (Some(certificate), Some(key)) => Some(context.sink.about(Part::Secrets, || tls(certificate, key, context))?),
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => {
            let problem = one.error("a certificate and its key belong together: the other one is missing");
            context.sink.push(problem.hint("write certificate_file = \"web.pem\" and key_file = \"web.key\""));
            return None;
        }
    };
    Some(PublicWeb { url: url?, listen: Some(listen?), place: Some(given.place()), proxies: proxies?, certificate })
}

/// The address of the pages. What is wrong is reported.
fn url(given: &TextValue<'_>, context: &Context<'_>) -> Option<PublicUrl> {
    let refuse = |what: &str, hint: &str| {
        context.sink.push(given.error(what).hint(hint));
        None
    };
    let how = "write https:// and the name of the host: \"https://briefs.example.org\"";
    let text = given.text;
    let (https, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return refuse("this is not a web address", how),
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains('@') {
        return refuse("this address holds a name or a password for its host", how);
    }
    if let Some((host, _)) = rest.split_once(['/', '?', '#']) {
        let hint = format!("write \"http{}://{host}\"", if https { "s" } else { "" });
        return refuse("the pages begin at the root of a host, and this names a page of it", &hint);
    }
    if !rest.is_ascii() {
        return refuse(
            "a host's name is written in ASCII here",
            "write it in its xn-- form: other programs read it, too",
        );
    }
    let Some(authority) = authorities::parse(rest) else { return refuse("this address names no host", how) };
    if !https && !authority.is_this_machine() {
        return refuse(
            "whoever reads this address's pages, and whoever leaves, would be seen on the way: it is not encrypted",
            "write https:// instead of http://; `certificate_file` or a proxy in front of `serve` has the certificate",
        );
    }
    Some(PublicUrl { origin: format!("http{}://{}", if https { "s" } else { "" }, rest.to_ascii_lowercase()), https })
}

/// Is the address not that of the monitors?
fn is_free(given: &TextValue<'_>, listen: SocketAddr, monitors: Option<SocketAddr>, context: &Context<'_>) -> bool {
    let Some(monitors) = monitors else { return true };
    let (one, other) = (listen.ip().to_canonical(), monitors.ip().to_canonical());
    let overlap = one == other || one.is_unspecified() || other.is_unspecified();
    if listen.port() != monitors.port() || !overlap {
        return true;
    }
    let problem = given.error(format!("`web.listen` is {monitors}: monitors are answered there, not readers"));
    context.sink.push(problem.hint("write another port"));
    false
}

/// What is said without encryption must stay on this machine, or between it and a proxy that the config names.
fn is_in_reach(given: &TextValue<'_>, listen: SocketAddr, proxies: Option<&[Network]>, context: &Context<'_>) -> bool {
    let here = listen.ip().to_canonical().is_loopback();
    let named = proxies.is_none_or(|proxies| proxies.iter().any(|proxy| !proxy.is_this_machine()));
    if here || named {
        return true;
    }
    let what = format!("other machines could read at {listen} what readers send: it is not encrypted");
    let problem = given.error(what).hint("write certificate_file and key_file beside it");
    let problem = problem.hint("or write 127.0.0.1 and let a proxy on this machine have the certificate");
    context.sink.push(problem.hint("or name the proxy on another machine: proxies = [\"10.0.0.2\"]"));
    false
}

/// The certificate with its key.
fn tls(certificate: &TextValue<'_>, key: &TextValue<'_>, context: &Context<'_>) -> Option<TlsServer> {
    let path = resolve(context.base, certificate.text);
    let shown = path.display().to_string();
    // It is no secret, but looked at when it changes, too.
    context.secrets.borrow_mut().push(path.clone());
    let chain = match bounded_file::read(&path, LONGEST_CERTIFICATE) {
        Ok(chain) => Some(chain),
        Err(error) => {
            let hint = "the file holds the certificate in PEM; its path is relative to this file";
            context.sink.push(certificate.error(format!("{shown} {error}")).hint(hint));
            None
        }
    };
    let (key_bytes, key_shown) = KEY_FILE.read(key, context)?;
    match TlsServer::from_pem(&chain?, &key_bytes) {
        Ok(server) => Some(server),
        Err(refused) => {
            let (at, shown, hint) = match refused {
                TlsServerError::NoCertificate => {
                    (certificate, shown, "a certificate begins with -----BEGIN CERTIFICATE-----".to_owned())
                }
                TlsServerError::EncryptedKey => {
                    let hint = format!("write it without a passphrase: openssl pkey -in {key_shown} -out FILE");
                    (key, key_shown, hint)
                }
                TlsServerError::NoPair => (key, key_shown, format!("name the key that {shown} was made for")),
                TlsServerError::NoKey | TlsServerError::Other(_) => {
                    (key, key_shown, "a key begins with -----BEGIN PRIVATE KEY-----".to_owned())
                }
            };
            context.sink.push(at.error(format!("{shown} cannot serve: {refused}")).hint(hint));
            None
        }
    }
}
