//! Documents, from figures to bytes: a template and figures become blocks, blocks become pages, pages become a PDF or a
//! picture. Nothing here knows mail, a store, config or an async runtime.
//!
//! | room | what lives there |
//! |---|---|
//! | [`brief`] | a brief as blocks; templates, filling, numbers and dates in each language |
//! | [`layout`] | blocks become pages; knows nothing of PDF |
//! | [`pdf`] | pages become bytes |
//! | [`html`] | blocks become HTML, for the archive of editions |
//! | [`svg`] | pages become pictures, for the preview and for documents |
//! | [`bitmap`] | a chart becomes a PNG, for mails |

pub mod bitmap;
pub mod brief;
pub mod html;
pub mod layout;
pub mod pdf;
pub mod svg;
