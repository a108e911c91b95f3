//! A request as the pages see it: in which language, from which network, to which page.

use std::{net::IpAddr, sync::Arc};

use axum::http::{Uri, header::ACCEPT_LANGUAGE, header::HeaderMap};

use minijinja::Value;

use super::{client, language, site::Site};
use crate::{base::language::Language, people::joining::Network};

/// The longest path of a page, in bytes.
const LONGEST_PATH: usize = 512;

/// A request, with the pages as they are while it is answered.
#[derive(Clone)]
pub(super) struct Visit {
    pub site: Arc<Site>,
    /// The language of the page, unless it is about a person whose language is known
    pub language: Language,
    /// Was that language asked for in the address or in a form?
    pub is_asked: bool,
    /// Whose request it is
    address: IpAddr,
    /// The path of the page, on which another language can be asked for
    pub here: String,
    /// Where the page stands in other languages, if each has an address of its own
    versions: Option<Vec<(Language, Value)>>,
}

impl Visit {
    pub fn new(site: Arc<Site>, uri: &Uri, headers: &HeaderMap, peer: IpAddr) -> Visit {
        let accept = headers.get(ACCEPT_LANGUAGE).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        let asked = language::asked(uri.query());
        let language = asked.or_else(|| language::preferred(accept)).unwrap_or(Language::En);
        let address = client::address(peer, headers, &site.web.proxies);
        // No page has a long path; what has one is not repeated on the page that says so.
        let here = if uri.path().len() <= LONGEST_PATH { uri.path() } else { "/" }.to_owned();
        Visit { language, is_asked: asked.is_some(), address, here, versions: None, site }
    }

    /// The page in each language, with its address.
    pub fn versions(&self) -> Vec<(Language, Value)> {
        let of_this_one = || Language::ALL.map(|other| (other, Value::from(format!("{}?lang={other}", self.here))));
        self.versions.clone().unwrap_or_else(|| of_this_one().into())
    }

    /// The same on a page that has an address in each of these languages, which needs no escaping.
    pub fn with_versions(mut self, languages: &[Language], address: impl Fn(Language) -> String) -> Visit {
        self.versions =
            Some(languages.iter().map(|other| (*other, Value::from_safe_string(address(*other)))).collect());
        self
    }

    /// The same on a page that has one language.
    pub const fn of_language(mut self, language: Language) -> Visit {
        self.language = language;
        self
    }

    /// The network it comes from.
    pub fn network(&self) -> Network {
        Network::of(self.address)
    }

    /// The same with the language that a form names.
    pub fn with_form_language(mut self, code: Option<&str>) -> Visit {
        if let Some(language) = code.and_then(|code| code.parse().ok()) {
            (self.language, self.is_asked) = (language, true);
        }
        self
    }

    /// The same in the language of the person whom the page is about, unless another one was asked for.
    pub const fn with_known_language(mut self, language: Language) -> Visit {
        if !self.is_asked {
            self.language = language;
        }
        self
    }
}
