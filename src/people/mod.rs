//! The people who get mail.
//!
//! | room | what lives there |
//! |---|---|
//! | [`joining`] | what it takes to join: the proof of work, networks and their limits, the words of consent: pure |
//! | [`subscribers`] | addresses, lists of subscribers, states of a subscription: pure |
//! | [`tokens`] | the tokens in links and addresses of mails: pure |

pub mod joining;
pub mod subscribers;
pub mod tokens;
