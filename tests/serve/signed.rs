//! Signed PDFs: the key is made and published, an edition is signed and made again, and a byte that was changed is told.

use std::fs;

use lopdf::Document;

use super::{
    House,
    public::{Pages, public_house},
};
use crate::lint::lint;

/// A house with a key that is configured, its public half in `public.pem`.
fn with_key() -> House {
    let house = House::new();
    give_key(&house);
    house
}

fn give_key(house: &House) {
    let told = house.done(&["signing", "new", "config/signing.pem"]);
    assert!(
        told.starts_with("config/signing.pem holds a new private key; ") && told.contains("\nfingerprint  "),
        "{told}"
    );
    let settings = fs::read_to_string(house.path("config/greenbrief.toml")).unwrap();
    let settings = settings.replace("# key_file = \"signing.pem\"", "key_file = \"signing.pem\"");
    house.write("config/greenbrief.toml", &settings);
    let public = house.done(&["signing", "key"]);
    assert!(told.contains(&public), "{told}\n{public}");
    house.write("public.pem", &public);
}

#[test]
fn the_public_key_is_served_beside_the_pages_for_readers() {
    let house = public_house();
    give_key(&house);
    let pages = Pages::start(&house);
    let answer = pages.get("/.well-known/greenbrief-key");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text().trim(), fs::read_to_string(house.path("public.pem")).unwrap().trim());
}

fn sent(house: &House) {
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    house.done(&["send", "green-economy"]);
}

#[test]
fn a_signed_edition_is_verified_by_anybody_and_one_byte_is_told() {
    use std::os::unix::fs::PermissionsExt;

    let house = with_key();
    assert_eq!(fs::metadata(house.path("config/signing.pem")).unwrap().permissions().mode() & 0o777, 0o600);
    sent(&house);
    // Elsewhere there is no config and no store.
    let elsewhere = House(tempfile::tempdir().unwrap());
    fs::copy(house.path("public.pem"), elsewhere.path("public.pem")).unwrap();
    for language in ["en", "de", "zh"] {
        let name = format!("green-economy-1-{language}.pdf");
        fs::copy(house.path("reports/green-economy/1").join(&name), elsewhere.path(&name)).unwrap();
        let told = elsewhere.done(&["verify", &name, "--key", "public.pem"]);
        assert!(told.starts_with(&format!("{name} is genuine: every byte is as it was signed\n")), "{told}");
        assert!(told.contains(&format!("\nedition    green-economy/1, {language}\nsnapshot   ")), "{told}");
        // It is whole by the rules that its pages keep: tagged, archivable, with two attachments.
        let bytes = fs::read(elsewhere.path(&name)).unwrap();
        assert_eq!(lint(&bytes), [], "{language}");
        let file = Document::load_mem(&bytes).unwrap();
        assert_eq!(file.catalog().unwrap().get(b"AF").unwrap().as_array().unwrap().len(), 2);
    }
    let object = &house.objects(&["verify", "reports/green-economy/1/green-economy-1-de.pdf"])[0];
    let shown = &house.objects(&["editions", "show", "green-economy/1"])[0];
    assert_eq!((&object["genuine"], &object["snapshot"]), (&true.into(), &shown["snapshot"]));

    let whole = fs::read(elsewhere.path("green-economy-1-en.pdf")).unwrap();
    let signature = whole.windows(11).position(|window| window == b"\nsignature ").unwrap() + 20;
    for at in [10, whole.len() / 2, signature, whole.len() - 3] {
        let mut other = whole.clone();
        other[at] ^= 1;
        fs::write(elsewhere.path("other.pdf"), other).unwrap();
        let told = elsewhere.run(&["verify", "other.pdf", "--key", "public.pem"]);
        assert_eq!(told.code, 1, "{at}: {}{}", told.out, told.err);
        assert_eq!(
            told.out,
            "other.pdf is NOT verified: it is not what was signed: a byte of it is another, or the signature is forged\n"
        );
    }
    // Another key, a draft, and what is no key or not there.
    elsewhere.done(&["signing", "new", "theirs.pem"]);
    let refused = elsewhere.refused(&["signing", "new", "theirs.pem"]);
    assert!(refused.starts_with("error: theirs.pem is there already\n"), "{refused}");
    let other = with_key();
    let draft = other.path("public.pem").display().to_string();
    let told = elsewhere.run(&["verify", "green-economy-1-en.pdf", "--key", &draft]);
    assert!(
        told.code == 1 && told.out.contains("is NOT verified: it says that another key signed it, "),
        "{}",
        told.out
    );
    house.done(&["build", "green-economy", "--language", "en", "--out", "draft"]);
    let draft = house.names("draft").into_iter().find(|name| name.ends_with(".pdf")).unwrap();
    let told = house.run(&["verify", &format!("draft/{draft}")]);
    assert!(told.code == 1 && told.out.contains("is NOT verified: it bears no signature"), "{}", told.out);
    let said = elsewhere.mistaken(&["verify", "green-economy-1-en.pdf", "--key", "theirs.pem"]);
    assert!(said.starts_with("error: theirs.pem cannot verify: it holds no public key in PEM\n"), "{said}");
    assert!(
        elsewhere.mistaken(&["verify", "missing.pdf", "--key", "public.pem"]).contains("missing.pdf cannot be read: ")
    );
}

#[test]
fn a_signed_edition_is_made_again_without_the_key() {
    let house = with_key();
    sent(&house);
    fs::remove_file(house.path("config/signing.pem")).unwrap();
    let told = house.done(&["editions", "rebuild", "green-economy/1"]);
    assert!(told.ends_with("Every byte is the same.\n"), "{told}");
    // None goes out unsigned by mistake.
    let said = house.mistaken(&["send", "green-economy"]);
    assert!(said.contains("error: there is no file config/signing.pem\n"), "{said}");
    assert!(!house.done(&["editions", "list"]).contains("green-economy/2"));
    house.write_secret("config/signing.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    let said = house.mistaken(&["signing", "key"]);
    assert!(said.contains("error: config/signing.pem cannot sign: its key is no Ed25519 key\n"), "{said}");
}

#[test]
fn without_a_key_nothing_is_signed() {
    let house = House::new();
    let refused = house.refused(&["signing", "key"]);
    assert!(refused.starts_with("error: no key is configured: greenbrief signs no PDF\n"), "{refused}");
    sent(&house);
    let bytes = fs::read(house.path("reports/green-economy/1/green-economy-1-en.pdf")).unwrap();
    assert_eq!(Document::load_mem(&bytes).unwrap().catalog().unwrap().get(b"AF").unwrap().as_array().unwrap().len(), 1);
}
