//! A request as the pages see it: in which language, from which network, to which page.

use std::{net::IpAddr, sync::Arc};

use axum::http::{Uri, header::ACCEPT_LANGUAGE, header::HeaderMap};

use super::{client, language, site::Site};
use crate::{base::language::Language, people::joining::Network};

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
}

impl Visit {
    pub fn new(site: Arc<Site>, uri: &Uri, headers: &HeaderMap, peer: IpAddr) -> Visit {
        let accept = headers.get(ACCEPT_LANGUAGE).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        let asked = language::asked(uri.query());
        let language = asked.or_else(|| language::preferred(accept)).unwrap_or(Language::En);
        let address = client::address(peer, headers, &site.web.proxies);
        Visit { language, is_asked: asked.is_some(), address, here: uri.path().to_owned(), site }
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
