//! Why an action was not done.

use crate::{
    base::problem::{Problem, Problems, Severity},
    store,
};

/// Why an action was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something that a person wrote into a file is wrong: the config, a template, figures, a list. The text says where.
    #[error(transparent)]
    Files(Problems),
    /// It may not be done as things are. The text is meant for the person who asked.
    #[error(transparent)]
    Refused(Problems),
    /// Something broke: the store, a file, a server. The text is meant for operators.
    #[error(transparent)]
    Failed(anyhow::Error),
}

/// The result of an action.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A file that a person named cannot be taken, be it that it is missing: nothing in it has a place.
    pub(super) fn of_file(problems: impl Into<Problems>) -> Error {
        Error::Files(problems.into())
    }

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
            Error::Files(problems) | Error::Refused(problems) => Ok(problems),
            failed @ Error::Failed(_) => Err(failed),
        }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Error {
        Problems::from(problem).into()
    }
}

impl From<Problems> for Error {
    /// What has its place in a file is mended there.
    fn from(problems: Problems) -> Error {
        if problems.0.iter().any(|problem| problem.severity == Severity::Error && problem.place.is_some()) {
            Error::Files(problems)
        } else {
            Error::Refused(problems)
        }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Error {
        if let store::Error::NoBackup(_) = error {
            Error::of_file(Problem::error(error.to_string()).hint("`greenbrief store backup FILE` writes one"))
        } else if error.is_refusal() {
            Problem { hints: hints(&error), ..Problem::error(error.to_string()) }.into()
        } else {
            Error::Failed(error.into())
        }
    }
}

/// What makes other commands refuse a store that this one opens.
pub(super) fn as_warning(error: &store::Error) -> Problem {
    let problem = Problem { hints: hints(error), ..Problem::warning(error.to_string()) };
    problem.hint("this command goes on; `serve` and `send` refuse until then")
}

/// How a person goes on with a store that is not opened; empty where nobody but the machine can help.
fn hints(error: &store::Error) -> Vec<String> {
    let restore = "`greenbrief store restore FILE` puts a backup in its place";
    match error {
        store::Error::Emptied { .. } | store::Error::Gone { .. } => vec![
            restore.to_owned(),
            "`greenbrief store new` begins anew: without subscribers, editions and ledger".to_owned(),
        ],
        store::Error::Replaced { .. } | store::Error::RolledBack { .. } => vec![
            restore.to_owned(),
            "`greenbrief store restore` without a file goes on with what is there: what was not sent by then is unknown, and nothing is sent until `greenbrief resume`".to_owned(),
        ],
        store::Error::SecondName(file) => vec![format!(
            "`find / -xdev -samefile {}` lists its names: remove all but one, or copy it",
            file.display()
        )],
        store::Error::InUse(_) => vec!["end it first".to_owned()],
        store::Error::NotEmpty(_) => vec!["to set it aside all the same, end the daemon and move its files away".to_owned()],
        store::Error::Exists(_) | store::Error::OwnFile(_) => vec!["name a file that does not exist yet".to_owned()],
        _ => Vec::new(),
    }
}

impl From<anyhow::Error> for Error {
    /// What a person can mend stays recognizable.
    fn from(error: anyhow::Error) -> Error {
        match error.downcast::<Problems>() {
            Ok(problems) => problems.into(),
            Err(error) => Error::Failed(error),
        }
    }
}
