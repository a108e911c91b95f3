//! The config of the demo's public pages: the shipped one, with an address of this machine and a brief that is listed. It is
//! written into the folder that is thrown away afterwards, with the template that it names, and read as any other.

use std::{fs, path::Path};

use anyhow::Context as _;

use super::brief::FILES;
use crate::{
    actions::Result,
    config::{self, Config},
};

const SETTINGS: &str = include_str!("../../../config/greenbrief.toml");
const BRIEF: &str = include_str!("../../../config/briefs/green-economy.toml");

/// The config of pages that answer at this port of this machine.
///
/// # Errors
/// A file cannot be written.
pub fn pages_config(folder: &Path, port: u16) -> Result<Config> {
    let (briefs, template) = (folder.join("config/briefs"), folder.join("templates/green-economy"));
    for made in [&briefs, &template] {
        fs::create_dir_all(made).with_context(|| format!("{} cannot be made", made.display()))?;
    }
    let settings = folder.join("config/greenbrief.toml");
    let brief = BRIEF.replace("# public = \"off\" ", "public = \"public\" #");
    let config = [(settings.clone(), SETTINGS), (briefs.join("green-economy.toml"), &*brief)];
    for (path, text) in config.into_iter().chain(FILES.map(|(name, text)| (template.join(name), text))) {
        fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    let given = [
        ("store.url", "sqlite:../demo.db".to_owned()),
        ("web.public.url", super::pages_url(port)),
        ("web.public.listen", format!("127.0.0.1:{port}")),
        ("imprint.privacy_url", format!("{}/privacy", super::pages_url(port))),
    ];
    let given: Vec<(String, String)> = given.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let (config, _) = config::load(&settings, &given, &|_| None)?;
    Ok(config)
}
