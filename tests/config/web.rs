//! `[web]`: an address that other machines reach is meant so.

use super::{BRIEF, SETTINGS, load, project, refused};

#[test]
fn monitors_are_answered_on_this_machine_unless_allowed_from_elsewhere() {
    let with = |web: &str| project(&format!("{SETTINGS}[web]\n{web}\n"), &[("green-economy.toml", BRIEF)]);
    assert_eq!(load(&with(""), &[]).unwrap().0.web, None);
    for listen in ["127.0.0.1:4748", "[::1]:4748", "127.1.2.3:1", "[::ffff:127.0.0.1]:4748"] {
        let folder = with(&format!("listen = \"{listen}\""));
        let (config, warnings) = load(&folder, &[]).unwrap_or_else(|problems| panic!("{problems}"));
        assert!(warnings.is_empty(), "{warnings}");
        assert_eq!(config.web.unwrap().listen, listen.parse().unwrap());
    }
    let elsewhere = with("listen = \"0.0.0.0:4748\"\nfrom_elsewhere = true");
    let (config, warnings) = load(&elsewhere, &[]).unwrap();
    assert!(warnings.is_empty(), "{warnings}");
    assert_eq!(config.web.unwrap().listen, "0.0.0.0:4748".parse().unwrap());
    let open = "\
error: other machines could ask at 0.0.0.0:4748 how many mails go, and when
 --> config/greenbrief.toml:4:10
   |
 4 | listen = \"0.0.0.0:4748\"
   |          ^^^^^^^^^^^^^^
   = hint: write 127.0.0.1 for this machine alone
   = hint: if it is meant so, write from_elsewhere = true beside it";
    assert_eq!(refused(&with("listen = \"0.0.0.0:4748\""), &[]).trim_end(), open);
    for (web, what) in [
        ("listen = \"[2001:db8::1]:4748\"", "other machines could ask at [2001:db8::1]:4748"),
        ("listen = \"10.0.0.1:4748\"\nfrom_elsewhere = false", "other machines could ask at 10.0.0.1:4748"),
        ("listen = \"localhost:4748\"", "hint: write 127.0.0.1:4748"),
        ("listen = \":4748\"", "0.0.0.0:4748 or [::]:4748 for all"),
        ("listen = \"4748\"", "this is not an IP address with a port"),
        ("listen = \"127.0.0.1:0\"", "nobody would find port 0"),
        ("listen = 4748", "`web.listen` must be text in quotes"),
        ("lisen = \"127.0.0.1:4748\"", "did you mean `listen`?"),
    ] {
        let told = refused(&with(web), &[]);
        assert!(told.contains(what), "{told}");
    }
    for (web, what) in [
        ("from_elsewhere = true", "warning: `web.from_elsewhere` is not used: there is no `web.listen`"),
        ("listen = \"127.0.0.1:1\"\nfrom_elsewhere = true", "warning: `web.from_elsewhere` changes nothing"),
    ] {
        let (_, warnings) = load(&with(web), &[]).unwrap();
        assert!(warnings.to_string().contains(what), "{warnings}");
    }
}
