//! Answers over HTTP. Code that the rooms share, such as the bounded listener, is beside them.
//!
//! | room | what lives there |
//! |---|---|
//! | [`monitors`] | metrics and health of the daemon, for programs that watch it |
//! | [`public`] | the pages for readers |
//! | [`preview`] | a brief in a browser on this machine while its template is written |

mod bounded;
mod host;
mod listen;
pub mod monitors;
pub mod preview;
pub mod public;

pub use self::listen::listen;
