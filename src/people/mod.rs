//! The people who get mail.
//!
//! | room | what lives there |
//! |---|---|
//! | [`subscribers`] | addresses, lists of subscribers, states of a subscription: pure |
//! | [`tokens`] | the tokens in links and addresses of mails: pure |

pub mod subscribers;
pub mod tokens;
