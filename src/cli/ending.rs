//! How a command ends: the word that its last object tells programs, and the exit code.

use crate::base::word_enum::word_enum;

word_enum! {
    "an ending of a command";
    /// How a command ended, in the order of the exit codes.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Ending {
        /// Done, and all is well.
        Done = "done",
        /// Done, and something is left to a person: `status` and `check` have found something, `figures links` a dead link,
        /// `plan --against` a difference, or not every mail of an edition went out.
        Attention = "attention",
        /// The command line cannot be read; nothing was done.
        Usage = "usage",
        /// A file that people write (config, template, figures, a list) has a mistake; nothing was done.
        Files = "files",
        /// What was asked for cannot be done as things are; nothing was done.
        Refused = "refused",
        /// The edition did not pass its gate; nothing was sent.
        Held = "held",
        /// Something broke: the store, a file, a server.
        Failed = "failed",
    }
}

impl Ending {
    /// The exit code, from 0 to 6. Scripts rely on it: a code keeps its meaning.
    pub const fn exit_code(self) -> u8 {
        match self {
            Ending::Done => 0,
            Ending::Attention => 1,
            Ending::Usage => 2,
            Ending::Files => 3,
            Ending::Refused => 4,
            Ending::Held => 5,
            Ending::Failed => 6,
        }
    }
}
