//! The person or program that acts.

use std::fmt;

/// The name under which an action is recorded, such as that of an operating system user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor(String);

impl Actor {
    /// An actor with this name.
    pub fn new(name: impl Into<String>) -> Actor {
        Actor(name.into())
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
