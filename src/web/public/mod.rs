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
//! | `guard` | what holds for every request: its host, its time, the headers of the answer, the log |
//! | `routes` | which address is which page |
//! | `site`, `visit` | what the pages show; a request with its language and network |
//! | `joining`, `leaving`, `preferences`, `notices` | the pages |
//! | `form`, `language`, `client` | fields, languages and addresses as requests bring them |
//! | `page`, `words` | templates and texts |

mod client;
mod form;
mod guard;
mod joining;
mod language;
mod leaving;
mod notices;
mod page;
mod preferences;
mod routes;
mod server;
mod site;
mod visit;
mod words;

pub use self::{server::answer, site::PublicSite};
