//! The keys of `[mail.dkim]`: which are taken, which are refused, and that none is shown.

use std::{fs, path::Path};

use tempfile::TempDir;

use super::{BRIEF, SETTINGS, golden, load, make_private, project, refused, shown};

/// A project whose mails are signed: the config's `[mail.dkim]` tables, and these keys of the tests beside it.
fn signed(tables: &str, keys: &[&str]) -> TempDir {
    let folder = project(&format!("{SETTINGS}{tables}"), &[("green-economy.toml", BRIEF)]);
    for key in keys {
        let path = folder.path().join(format!("config/{key}.pem"));
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/mail/keys/{key}.pem")), &path).unwrap();
        make_private(&path);
    }
    folder
}

#[test]
fn keys_are_read_in_the_order_of_the_file() {
    let tables = "\
[mail.dkim.Brief2026]
key_file = \"rsa-pkcs1.pem\"
[mail.dkim.brief2026-ed]
key_file = \"ed25519.pem\"
domain = \"mail.greenbrief.dev\"
";
    let folder = signed(tables, &["rsa-pkcs1", "ed25519"]);
    let (config, warnings) = load(&folder, &[]).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(warnings.is_empty(), "{warnings}");
    let told: Vec<_> = config.mail.signers.iter().map(|signer| (signer.record().name, signer.algorithm())).collect();
    assert_eq!(
        told,
        [
            ("brief2026._domainkey.greenbrief.dev".to_owned(), "rsa-sha256"),
            ("brief2026-ed._domainkey.mail.greenbrief.dev".to_owned(), "ed25519-sha256")
        ]
    );
    assert!(!format!("{config:?}").contains("PRIVATE"));
    // From the command line as well; without a table nobody signs.
    let folder = signed("", &["rsa-pkcs8"]);
    assert!(load(&folder, &[]).unwrap().0.mail.signers.is_empty());
    let (config, _) = load(&folder, &[("mail.dkim.s1.key_file", "rsa-pkcs8.pem")]).unwrap();
    assert_eq!(config.mail.signers[0].selector(), "s1");
}

#[test]
fn what_is_wrong_with_keys() {
    let tables = r#"
[mail.dkim.none]
[mail.dkim.absent]
key_file = "no.pem"
[mail.dkim.short]
key_file = "rsa-1024.pem"
domain = "grün.dev"
[mail.dkim.curve]
key_file = "ec-pkcs8.pem"
domain = "brief@greenbrief.dev"
[mail.dkim.locked]
key_file = "encrypted.pem"
domain = "dev"
[mail.dkim.public]
key_file = "public.pem"
domain = "example.net"
[mail.dkim."a_b"]
key_file = "greenbrief.toml"
selektor = "x"
"#;
    let folder = signed(tables, &["rsa-1024", "ec-pkcs8", "encrypted", "public"]);
    make_private(&folder.path().join("config/greenbrief.toml"));
    golden("config-dkim", &refused(&folder, &[]));
    let text = refused(&signed("[mail.dkim]\nselector = \"a\"\nkey_file = \"a.pem\"\n", &[]), &[]);
    assert!(text.contains("5 | key_file = \"a.pem\""), "{text}");
    assert!(text.contains("each key has a table of its own") && text.contains("[mail.dkim.brief2026]"), "{text}");
    let text = refused(&signed("[[mail.dkim]]\nkey_file = \"a.pem\"\n", &[]), &[]);
    assert!(text.contains("`mail.dkim` must be a table: [mail.dkim], not a list"), "{text}");
}

#[test]
fn a_key_that_others_may_read_or_that_dmarc_does_not_count_is_a_warning() {
    let tables = "[mail.dkim.a]\nkey_file = \"ed25519.pem\"\ndomain = \"notgreenbrief.dev\"\n";
    let folder = signed(tables, &["ed25519"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder.path().join("config/ed25519.pem"), fs::Permissions::from_mode(0o644)).unwrap();
    }
    let (config, warnings) = load(&folder, &[]).unwrap();
    assert_eq!(config.mail.signers.len(), 1);
    let text = shown(&folder, &warnings);
    assert!(text.contains("warning: notgreenbrief.dev signs mails that come from greenbrief.dev: DMARC"), "{text}");
    #[cfg(unix)]
    assert!(text.contains("chmod 600 config/ed25519.pem"), "{text}");
}

#[test]
fn a_private_key_in_the_config_is_refused_and_never_shown() {
    let pem = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/keys/ed25519.pem")).unwrap();
    let body = pem.lines().find(|line| line.starts_with("MC4C")).unwrap();
    let quotes = "\"\"\"";
    for table in [
        format!("[mail.dkim.a]\nkey = {quotes}\n{pem}{quotes}\n"),
        format!("[mail.dkim.a]\nprivate_key = \"{}\"\n", pem.replace('\n', "\\n")),
        format!("[mail.dkim.a]\nkey = \"{body}\"\n"),
        format!("[mail.dkim.a]\nkey_file = {quotes}\n{pem}{quotes}\n"),
        format!("[mail.dkim.a]\nkey_file = {quotes}{pem}\n"),
        format!("[mail.dkim.a]\npem = {quotes}{pem}"),
        pem.clone(),
    ] {
        let folder = signed(&table, &[]);
        let problems = load(&folder, &[]).unwrap_err();
        let text = format!("{problems}{problems:?}");
        assert!(!text.contains(body), "{table}\n{text}");
    }
    let text = refused(&signed("[mail.dkim.a]\nkey = \"MC4C\"\n", &[]), &[]);
    assert!(text.contains("a private key does not belong in the config") && !text.contains("MC4C"), "{text}");
    assert!(text.contains(" | key = ***\n") && !text.contains("is missing"), "{text}");
}
