//! The people who get mail.
//!
//! | room | what lives there |
//! |---|---|
//! | [`subscribers`] | addresses, lists of subscribers, states of a subscription: pure |

pub mod subscribers;
