//! Subscribers: addresses and their forms, the list that a person imports, and the states of a subscription. Pure, without
//! a database and without sending.

mod address;
mod list;
mod subscription_state;

pub use address::{Address, BadAddress, masked};
pub use list::{CheckedList, ListOptions, ListedRow, ListedSubscriber, Repeat, SubscriberList, check, read_addresses};
pub use subscription_state::SubscriptionState;
