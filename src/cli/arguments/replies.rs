//! The arguments of `replies`: what comes back by mail.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::Subcommand;

use super::values::count;
use crate::actions::replies::KINDS;

/// `replies …`
#[derive(Debug, Subcommand)]
pub enum RepliesCommand {
    /// Read mails that came back and do what follows: an address that is gone is suppressed, a complaint ends the
    /// subscription, a person's answer goes to the operators. A mail that was read before does nothing
    Read {
        /// A file with one mail each; - for standard input
        #[arg(value_name = "FILE", default_value = "-")]
        files: Vec<PathBuf>,
        /// The address to which they came [default: what Delivered-To, X-Original-To or To says]
        #[arg(long, value_name = "ADDRESS")]
        recipient: Vec<String>,
        /// The envelope's sender, <> for none [default: what Return-Path says]
        #[arg(long, value_name = "ADDRESS")]
        sender: Option<String>,
    },
    /// Show one that came back, with its text if a person wrote it
    Show {
        /// Its number, as `replies list` shows it, or the beginning of its hash, as a mail to the operators names it
        #[arg(value_name = "NUMBER")]
        name: String,
    },
    /// List what came back, the newest first, and what was done about it
    List {
        /// Only those of this kind: bounce, delayed, delivered, complaint, report, leave, join, confirm, auto-reply, person
        #[arg(long, value_name = "KIND", value_parser = reply_kind)]
        kind: Option<String>,
        /// Only those about this address
        #[arg(long, value_name = "ADDRESS")]
        address: Option<String>,
        /// At most so many
        #[arg(long, value_name = "N", default_value = "50", value_parser = count)]
        last: NonZeroUsize,
    },
}

fn reply_kind(text: &str) -> Result<String, String> {
    match KINDS.contains(&text) {
        true => Ok(text.to_owned()),
        false => Err(format!("the kinds are {}", KINDS.join(", "))),
    }
}
