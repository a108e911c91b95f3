//! Why an action was not done.

use crate::{
    base::problem::{Problem, Problems},
    store,
};

/// Why an action was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It may not be done, or something that a person wrote is wrong. The text is meant for the person who asked.
    #[error(transparent)]
    Refused(#[from] Problems),
    /// Something broke: the store, a file, a server. The text is meant for operators.
    #[error(transparent)]
    Failed(anyhow::Error),
}

/// The result of an action.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Refused for a reason without a hint.
    pub(super) fn refused(what: impl Into<String>) -> Error {
        Problem::error(what).into()
    }
}

impl Error {
    /// The problems that a person can mend.
    ///
    /// # Errors
    /// Something broke that is none of that person's.
    pub(super) fn into_problems(self) -> Result<Problems> {
        match self {
            Error::Refused(problems) => Ok(problems),
            failed @ Error::Failed(_) => Err(failed),
        }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Error {
        Error::Refused(problem.into())
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Error {
        Error::Failed(error.into())
    }
}

impl From<anyhow::Error> for Error {
    /// What a person can mend stays recognizable.
    fn from(error: anyhow::Error) -> Error {
        match error.downcast::<Problems>() {
            Ok(problems) => Error::Refused(problems),
            Err(error) => Error::Failed(error),
        }
    }
}
