//! The pages for readers: on them people leave, join and read what was published, whoever they are. What they do is a function
//! of `actions`; here are the words, the forms, and the server.
//!
//! - A GET or a HEAD changes nothing, ever: programs that follow every link of a mail do no harm. What changes something is a
//!   POST of a form with a button.
//! - There is no session and no cookie. A POST of a page with a token is authorised by the token alone, as RFC 8058 wants it
//!   for one-click; nothing else on these pages is about a person, so that no other site can make a browser do in somebody's
//!   name what its author could not do too.
//! - Each page is in the reader's language, works without scripts, loads nothing from elsewhere, and says so to the browser.
//! - The log says which kind of page was asked for, never by whom; of a token it shows the first characters.
//!
//! | file | what lives there |
//! |---|---|
//! | `server` | connections: how many, how long, encrypted or not |
//! | `exchange` | requests and their answers on one of them |
//! | `guard` | what holds for every request: its host, its time, the headers of the answer, the log |
//! | `routes` | which address is which page |
//! | `site`, `visit` | what the pages show; a request with its language and network |
//! | `joining`, `leaving`, `preferences`, `notices` | the pages |
//! | `archive`, `feeds`, `plan` | the editions of a brief, and those to come |
//! | `draft` | an edition that is held, for who has a link to it |
//! | `marks`, `packing` | answers that are known already, or packed |
//! | `stored`, `shelf` | files of editions, and those in memory while they are read |
//! | `form`, `language`, `client`, `links` | fields, languages, addresses and the links of mails as requests bring them |
//! | `afterwards` | what is done once a request is answered |
//! | `page`, `words` | templates and texts |

mod afterwards;
mod archive;
mod client;
mod draft;
mod exchange;
mod feeds;
pub mod form;
mod guard;
mod joining;
mod language;
mod leaving;
mod links;
mod marks;
mod notices;
mod packing;
mod page;
mod plan;
mod preferences;
mod routes;
mod server;
mod shelf;
mod site;
mod stored;
mod visit;
mod words;

pub use self::{server::answer, site::PublicSite};
