//! `[mail.dkim.SELECTOR]`: the keys that every mail is signed with. How is in `dkim`.

use crate::{
    base::problem::Problem,
    config::{
        part::Part,
        reading::{
            context::Context,
            secret_file::SecretFile,
            table_reader::{TableReader, TextValue},
            toml_tree::{Entry, Value},
        },
        values::hostnames::is_label,
    },
    delivery::dkim::{Key, KeyError, Signer},
    people::subscribers::Address,
};

const KEY_FILE: SecretFile = SecretFile {
    kind: "key",
    most: 16 * 1024,
    hint: "the file holds the private key in PEM; its path is relative to this file",
};
/// The longest name there is in DNS, in octets (RFC 1035 §3.1).
const LONGEST: usize = 253;

/// Reads the section: a table for each key, named by its selector. `from` is the address that mails come from.
pub(in crate::config) fn read(section: TableReader<'_>, from: Option<&Address>, context: &Context<'_>) -> Vec<Signer> {
    let mut section = section;
    // `[mail.dkim]` with the keys of one signer in it.
    let direct = ["key_file", "domain", "selector"].map(|key| section.get(key));
    if let Some(entry) = direct.into_iter().flatten().find(|entry| !matches!(entry.node.value, Value::Table(_))) {
        context.sink.push(
            Problem::error("each key has a table of its own, named by its selector").at(entry.span.place()).hint(
                "write [mail.dkim.SELECTOR], such as [mail.dkim.brief2026], and below it key_file = \"dkim.pem\"",
            ),
        );
        return Vec::new();
    }
    let signers =
        section.named().into_iter().filter_map(|(entry, table)| signer(entry, table, from, context)).collect();
    section.finish();
    signers
}

fn signer(entry: &Entry, table: TableReader<'_>, from: Option<&Address>, context: &Context<'_>) -> Option<Signer> {
    let mut table = table;
    let named = selector(entry, context);
    let domain_given = table.text("domain");
    let domain = match (&domain_given, from) {
        (Some(given), _) => domain(given, from, context),
        (None, from) => from.map(|from| from.domain().to_owned()),
    };
    let inline = ["key", "private_key"].map(|key| table.forbidden(key)).into_iter().flatten().next();
    if let Some(inline) = inline {
        context.sink.push(
            Problem::error("a private key does not belong in the config")
                .at(inline.span.place())
                .hint("config files are copied, shown and kept; whoever saw this one may know the key: make a new one")
                .hint("put it into a file of its own and name that: key_file = \"dkim.pem\""),
        );
    } else {
        table.need("key_file", "key_file = \"dkim.pem\": the file that holds the private key");
    }
    let file = table.text("key_file");
    table.finish();
    let key = file.and_then(|file| context.sink.about(Part::Secrets, || key(&file, context)));
    let (selector, domain, key) = (named?, domain?, key?);
    let signer = Signer::new(domain, selector, key);
    let name = signer.record().name;
    if name.len() > LONGEST {
        let what = format!("{name} is longer than a name may be, {LONGEST} characters");
        context.sink.push(Problem::error(what).at(entry.span.place()));
        return None;
    }
    Some(signer)
}

/// The table's name.
fn selector(entry: &Entry, context: &Context<'_>) -> Option<String> {
    let text = entry.key.to_ascii_lowercase();
    if text.split('.').all(|label| is_label(label) && !label.contains('_')) {
        return Some(text);
    }
    context.sink.push(
        Problem::error(format!("`{}` is not a selector", entry.key))
            .at(entry.span.place())
            .hint("letters, digits and hyphens, such as [mail.dkim.brief2026]"),
    );
    None
}

/// The domain that signs. DMARC counts its signature if it belongs with the domain in From.
fn domain(given: &TextValue<'_>, from: Option<&Address>, context: &Context<'_>) -> Option<String> {
    let domain = given.text.trim().to_ascii_lowercase();
    if domain.contains('@') {
        let hint = "write the part after the @";
        context.sink.push(given.error("this is a mail address, not a domain").hint(hint));
        return None;
    }
    if !domain.contains('.') || domain.len() > LONGEST || !domain.split('.').all(is_label) {
        context.sink.push(
            given
                .error("this is not a domain")
                .hint("write a name such as \"example.org\"; one in other letters in its xn-- form"),
        );
        return None;
    }
    if let Some(from) = from.map(Address::domain).filter(|from| !is_within(from, &domain) && !is_within(&domain, from))
    {
        let mut problem =
            Problem::warning(format!("{domain} signs mails that come from {from}: DMARC does not count that"));
        problem.place = Some(given.place());
        context.sink.push(problem.hint(format!("sign with {from}, or with a domain above or below it")));
    }
    Some(domain)
}

/// Are the two the same, or is the first below the second? Which of its parents an organisation owns only a list of the
/// world's registries tells.
fn is_within(domain: &str, parent: &str) -> bool {
    domain.strip_suffix(parent).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

fn key(file: &TextValue<'_>, context: &Context<'_>) -> Option<Key> {
    let (bytes, shown) = KEY_FILE.read(file, context)?;
    match Key::from_pem(&bytes) {
        Ok(key) => Some(key),
        Err(refused) => {
            let rsa = "make one: openssl genrsa -out NEW.pem 2048".to_owned();
            let hint = match refused {
                KeyError::NoKey => format!("a key begins with -----BEGIN PRIVATE KEY-----; {rsa}"),
                KeyError::Encrypted => format!("write it without a passphrase: openssl pkey -in {shown} -out FILE"),
                KeyError::Public => "name the file that the public key was made from".to_owned(),
                KeyError::TooLong | KeyError::TooShort | KeyError::Kind | KeyError::Broken(_) => rsa,
            };
            context.sink.push(file.error(format!("{shown} cannot sign: {refused}")).hint(hint));
            None
        }
    }
}
