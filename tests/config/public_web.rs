//! `[web.public]`: what is said to readers and by them stays encrypted, and their links lead somewhere.

use std::fs;

use greenbrief::config::{Attach, Visibility};
use tempfile::TempDir;

use super::{BRIEF, SETTINGS, load, project, refused};

fn with(web: &str) -> TempDir {
    project(&format!("{SETTINGS}{web}\n"), &[("green-economy.toml", BRIEF)])
}

#[test]
fn pages_for_readers_have_an_address_and_perhaps_a_listener() {
    assert_eq!(load(&with(""), &[]).unwrap().0.public_web, None);
    for (url, shown, authority) in [
        ("https://briefs.example.org", "https://briefs.example.org", "briefs.example.org"),
        ("https://Briefs.Example.org:443/", "https://briefs.example.org:443", "briefs.example.org"),
        ("https://briefs.example.org:8443", "https://briefs.example.org:8443", "briefs.example.org:8443"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443", "[2001:db8::1]:8443"),
        ("http://localhost:8080", "http://localhost:8080", "localhost:8080"),
        ("http://127.0.0.1:80", "http://127.0.0.1:80", "127.0.0.1"),
        ("http://[::1]", "http://[::1]", "[::1]"),
    ] {
        let folder = with(&format!("[web.public]\nurl = \"{url}\"\nlisten = \"127.0.0.1:8080\""));
        let (config, warnings) = load(&folder, &[]).unwrap_or_else(|problems| panic!("{problems}"));
        assert!(warnings.is_empty(), "{warnings}");
        let web = config.public_web.unwrap();
        assert_eq!((web.url.to_string(), web.url.authority()), (shown.to_owned(), authority));
        assert_eq!(web.url.link("/u/x"), format!("{shown}/u/x"));
        assert_eq!((web.listen, web.certificate), (Some("127.0.0.1:8080".parse().unwrap()), None));
        assert!(web.proxies.iter().all(|proxy| proxy.is_this_machine()) && web.proxies.len() == 2);
    }
    let links = with("[web.public]\nurl = \"https://briefs.example.org\"");
    assert_eq!(load(&links, &[]).unwrap().0.public_web.unwrap().listen, None);
    let behind = "url = \"https://briefs.example.org\"\nlisten = \"0.0.0.0:8080\"\nproxies = [\"10.0.0.0/8\"]";
    let (config, warnings) = load(&with(&format!("[web.public]\n{behind}")), &[]).unwrap();
    assert!(warnings.is_empty(), "{warnings}");
    assert_eq!(config.public_web.unwrap().proxies[0].to_string(), "10.0.0.0/8");
}

#[test]
fn what_would_not_be_found_or_be_seen_by_others_is_refused() {
    let open = "\
error: other machines could read at 0.0.0.0:8080 what readers send: it is not encrypted
 --> config/greenbrief.toml:5:10
   |
 5 | listen = \"0.0.0.0:8080\"
   |          ^^^^^^^^^^^^^^
   = hint: write certificate_file and key_file beside it
   = hint: or write 127.0.0.1 and let a proxy on this machine have the certificate
   = hint: or name the proxy on another machine: proxies = [\"10.0.0.2\"]";
    let url = "url = \"https://briefs.example.org\"";
    let told = refused(&with(&format!("[web.public]\n{url}\nlisten = \"0.0.0.0:8080\"")), &[]);
    assert_eq!(told.trim_end(), open);
    let here = "listen = \"127.0.0.1:8080\"";
    for (url, what) in [
        ("briefs.example.org", "this is not a web address"),
        ("ftp://briefs.example.org", "this is not a web address"),
        ("https://briefs.example.org/briefs", "hint: write \"https://briefs.example.org\""),
        ("https://briefs.example.org?x=1", "hint: write \"https://briefs.example.org\""),
        ("https://me:x@briefs.example.org", "holds a name or a password"),
        ("https://grüne.example.org", "in its xn-- form"),
        ("https://", "names no host"),
        ("https://briefs.example.org:x", "names no host"),
        ("https://briefs.example.org:70000", "names no host"),
        ("http://briefs.example.org", "write https:// instead of http://"),
        ("http://127.0.0.1.example.org", "write https:// instead of http://"),
    ] {
        let told = refused(&with(&format!("[web.public]\nurl = \"{url}\"\n{here}")), &[]);
        assert!(told.contains(what), "{told}");
    }
    for (web, what) in [
        (format!("[web.public]\n{here}"), "hint: write url = \"https://briefs.example.org\""),
        (format!("[web.public]\n{url}\nlisten = \"127.0.0.1:0\""), "write a port, such as 8080"),
        (format!("[web.public]\n{url}\n{here}\nproxies = [\"10.1.2.3/8\"]"), "hint: write \"10.0.0.0/8\""),
        (format!("[web.public]\n{url}\n{here}\nproxies = \"proxy.example.org\""), "this is not a network"),
        (format!("[web.public]\n{url}\n{here}\ncertificate_file = \"web.pem\""), "the other one is missing"),
        (
            format!("[web]\nlisten = \"127.0.0.1:8080\"\n[web.public]\n{url}\n{here}"),
            "monitors are answered there, not readers",
        ),
        (
            format!(
                "[web]\nlisten = \"127.0.0.1:8080\"\n[web.public]\n{url}\nlisten = \"[::]:8080\"\nproxies = \"10.0.0.2\""
            ),
            "monitors are answered there, not readers",
        ),
        (format!("[web.public]\n{url}\n{here}\nurls = 1"), "did you mean `url`?"),
    ] {
        let told = refused(&with(&web), &[]);
        assert!(told.contains(what), "{told}");
    }
    let unused = with(&format!("[web.public]\n{url}\nproxies = \"10.0.0.2\""));
    let (_, warnings) = load(&unused, &[]).unwrap();
    assert!(warnings.to_string().contains("this is not used: there is no `web.public.listen`"), "{warnings}");
}

#[test]
fn a_certificate_is_read_with_its_key_and_is_another_one_when_its_file_is() {
    let pair = || rcgen::generate_simple_self_signed(["briefs.example.org".to_owned()]).unwrap();
    let (one, other) = (pair(), pair());
    let folder = with(
        "[web.public]\nurl = \"https://briefs.example.org\"\nlisten = \"0.0.0.0:8443\"\ncertificate_file = \"web.pem\"\n\
         key_file = \"web.key\"",
    );
    let write = |name: &str, text: String| fs::write(folder.path().join("config").join(name), text).unwrap();
    let told = refused(&folder, &[]);
    assert!(
        told.contains("there is no file config/web.key") && told.contains("config/web.pem cannot be read"),
        "{told}"
    );
    write("web.pem", one.cert.pem());
    write("web.key", other.signing_key.serialize_pem());
    let told = refused(&folder, &[]);
    assert!(told.contains("config/web.key cannot serve: its key does not belong to the certificate"), "{told}");
    write("web.key", one.signing_key.serialize_pem());
    let (first, _) = load(&folder, &[]).unwrap();
    assert!(first.secrets.iter().any(|file| file.ends_with("web.pem")), "{:?}", first.secrets);
    write("web.pem", other.cert.pem());
    write("web.key", other.signing_key.serialize_pem());
    let (second, _) = load(&folder, &[]).unwrap();
    let certificate = |config: &greenbrief::config::Config| config.public_web.clone().unwrap().certificate;
    assert!(certificate(&first).is_some() && certificate(&first) != certificate(&second));
    assert_eq!(greenbrief::config::difference::sections(&first, &second), ["web"]);
    let told = refused(&folder, &[("web.public.url", "http://localhost")]);
    assert!(told.contains("there is a certificate, but this address is one without encryption"), "{told}");
}

#[test]
fn a_brief_is_shown_only_if_its_file_says_so() {
    let brief = |id: &str, public: &str| project(SETTINGS, &[(&format!("{id}.toml"), &format!("{public}\n{BRIEF}"))]);
    for (line, visibility) in [
        ("", Visibility::Off),
        ("public = \"off\"", Visibility::Off),
        ("public = \"link\"", Visibility::Link),
        ("public = \"public\"", Visibility::Public),
    ] {
        let (config, _) = load(&brief("green-economy", line), &[]).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(config.briefs["green-economy"].public, visibility);
    }
    let told = refused(&brief("green-economy", "public = \"yes\""), &[]);
    assert!(told.contains("none of \"public\", \"link\", \"off\""), "{told}");
    let told = refused(&brief("privacy", "public = \"link\""), &[]);
    assert!(told.contains("/privacy is another page's address"), "{told}");
    assert!(load(&brief("privacy", ""), &[]).is_ok());
}

#[test]
fn mails_link_to_pages_that_are_there() {
    let with = |web: &str, brief: &str| {
        let brief = BRIEF.replacen("[title]", &format!("{brief}\n[title]"), 1);
        project(&format!("{SETTINGS}{web}\n"), &[("green-economy.toml", &brief)])
    };
    const WEB: &str = "[web.public]\nurl = \"https://briefs.example.org\"\nlisten = \"127.0.0.1:8080\"";
    for (word, way) in [("pdf", Attach::Pdf), ("link", Attach::Link), ("both", Attach::Both)] {
        let folder = with(WEB, &format!("public = \"link\"\nattach = \"{word}\""));
        let (config, _) = load(&folder, &[]).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(config.briefs["green-economy"].attach, way);
    }
    assert_eq!(load(&with("", ""), &[]).unwrap().0.briefs["green-economy"].attach, Attach::Pdf);
    assert!(load(&with("", "attach = \"pdf\""), &[]).is_ok());
    let nowhere = refused(&with("", "attach = \"link\""), &[]);
    assert!(
        nowhere.starts_with("error: its mails cannot have a link to the PDF: there are no public pages\n"),
        "{nowhere}"
    );
    assert!(nowhere.contains("| attach = \"link\"\n") && nowhere.contains("^^^^"), "{nowhere}");
    let hint = "= hint: write [web.public] and below it url = \"https://…\"; or attach = \"pdf\"";
    assert!(nowhere.contains(hint), "{nowhere}");
    let off = refused(&with(WEB, "attach = \"both\""), &[]);
    assert!(off.starts_with("error: its mails cannot have a link to the PDF: this brief has no pages\n"), "{off}");
    assert!(off.contains("= hint: write public = \"link\", or public = \"public\"; or attach = \"pdf\""), "{off}");
    let unknown = refused(&with(WEB, "attach = \"links\""), &[]);
    assert!(
        unknown.contains("this is none of \"pdf\", \"link\", \"both\"") && unknown.contains("did you mean `link`?"),
        "{unknown}"
    );
}
