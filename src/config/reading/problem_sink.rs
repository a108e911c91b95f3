//! Collects the problems of all config files, so that reading does not stop at the first one, and which part of the config
//! each of them concerns.

use std::cell::{Cell, RefCell};

use crate::{
    base::problem::{Problem, Problems},
    config::part::Part,
};

/// Collects problems. The readers of several tables share one.
pub(in crate::config) struct ProblemSink {
    found: RefCell<Vec<(Part, Problem)>>,
    /// The part that is being read
    part: Cell<Part>,
}

impl Default for ProblemSink {
    fn default() -> ProblemSink {
        ProblemSink { found: RefCell::default(), part: Cell::new(Part::Paths) }
    }
}

impl ProblemSink {
    pub(in crate::config) fn push(&self, problem: Problem) {
        self.found.borrow_mut().push((self.part.get(), problem));
    }

    /// What `read` reports concerns this part.
    pub(in crate::config) fn about<T>(&self, part: Part, read: impl FnOnce() -> T) -> T {
        let before = self.part.replace(part);
        let done = read();
        self.part.set(before);
        done
    }

    pub(in crate::config) fn into_problems(self) -> Problems {
        Problems(self.into_found().into_iter().map(|(_, problem)| problem).collect())
    }

    /// The problems, each with the part that it concerns.
    pub(in crate::config) fn into_found(self) -> Vec<(Part, Problem)> {
        self.found.into_inner()
    }
}
