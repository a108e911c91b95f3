//! Who gets mail: addresses and their forms, the list a person imports, and the states of a subscription. Pure; it owns
//! idna and unicode_normalization. No database and no sending here.

mod address;

pub use address::{Address, BadAddress};
