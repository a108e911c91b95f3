//! Who gets mail: addresses and their forms, the list a person imports, and the states of a subscription. Pure; it owns
//! idna and unicode_normalization. No database and no sending here.

mod address;
mod list;
mod state;

pub use address::{Address, BadAddress};
pub use list::{Row, read_csv};
pub use state::{State, UnknownState};
