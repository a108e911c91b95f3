//! Collects the problems of all config files, so that reading does not stop at the first one.

use std::cell::RefCell;

use crate::base::problem::{Problem, Problems};

/// Collects problems. The readers of several tables share one.
#[derive(Default)]
pub(in crate::config) struct ProblemSink(RefCell<Problems>);

impl ProblemSink {
    pub(in crate::config) fn push(&self, problem: Problem) {
        self.0.borrow_mut().push(problem);
    }

    pub(in crate::config) fn into_problems(self) -> Problems {
        self.0.into_inner()
    }
}
