//! Collects the problems of all config files, so that reading does not stop at the first one, and which part of the config
//! each of them concerns.

use std::cell::{Cell, RefCell};

use crate::{
    base::problem::{Problem, Problems, Severity},
    config::part::Part,
};

/// Maximum number of problems of one part that are kept. Whoever has more of them mends the first, and looks again.
const MOST: usize = 1_000;

/// Problems, each with the part of the config that it concerns.
pub(in crate::config) type PartProblems = Vec<(Part, Problem)>;

/// Collects problems. The readers of several tables share one.
pub(in crate::config) struct ProblemSink {
    found: RefCell<Vec<(Part, Problem)>>,
    /// That there are more, of each part of which there are
    more: RefCell<Vec<(Part, Problem)>>,
    /// The number of problems of each part that has some
    counts: RefCell<Vec<(Part, usize)>>,
    /// The part that is being read
    part: Cell<Part>,
}

impl Default for ProblemSink {
    fn default() -> ProblemSink {
        ProblemSink {
            found: RefCell::default(),
            more: RefCell::default(),
            counts: RefCell::default(),
            part: Cell::new(Part::Paths),
        }
    }
}

impl ProblemSink {
    /// Keeps a problem. Of many in one part the first [`MOST`] are kept, the first error always among them, and one that says
    /// that there are more, which is an error if one of those is.
    pub(in crate::config) fn push(&self, problem: Problem) {
        let part = self.part.get();
        let mut found = self.found.borrow_mut();
        if self.count(part) <= MOST {
            return found.push((part, problem));
        }
        let mut more = self.more.borrow_mut();
        let known = more.iter().position(|(of, _)| *of == part);
        let mut severity = problem.severity;
        let is_told = known.and_then(|at| more.get(at)).is_some_and(|(_, more)| more.severity == Severity::Error);
        if severity == Severity::Error && !is_told {
            let mut of_part = found.iter_mut().rev().filter(|(of, _)| *of == part).map(|(_, kept)| kept);
            let last = of_part.next();
            if let Some(last) = last.filter(|last| last.severity != Severity::Error)
                && !of_part.any(|kept| kept.severity == Severity::Error)
            {
                *last = problem;
                severity = Severity::Warning;
            }
        }
        match known.and_then(|at| more.get_mut(at)) {
            Some((_, more)) => more.severity = more.severity.min(severity),
            None => {
                let what =
                    Problem::error(format!("there are more problems than these {MOST}")).hint("mend these first");
                more.push((part, Problem { severity, ..what }));
            }
        }
    }

    /// Counts one more problem of a part, and returns their number.
    fn count(&self, part: Part) -> usize {
        let mut counts = self.counts.borrow_mut();
        match counts.iter_mut().find(|(of, _)| *of == part) {
            Some((_, count)) => {
                *count += 1;
                *count
            }
            None => {
                counts.push((part, 1));
                1
            }
        }
    }

    /// Are there so many problems in the part that is being read that no more are kept?
    pub(in crate::config) fn is_full(&self) -> bool {
        self.counts.borrow().iter().any(|(part, count)| *part == self.part.get() && *count > MOST)
    }

    /// What `read` reports concerns this part.
    pub(in crate::config) fn about<T>(&self, part: Part, read: impl FnOnce() -> T) -> T {
        let before = self.part.replace(part);
        let done = read();
        self.part.set(before);
        done
    }

    pub(in crate::config) fn into_problems(self) -> Problems {
        let (found, more) = self.into_found();
        Problems(found.into_iter().chain(more).map(|(_, problem)| problem).collect())
    }

    /// The problems, each with the part that it concerns, and apart from them what says that there are more: it comes last,
    /// wherever the others stand.
    pub(in crate::config) fn into_found(self) -> (PartProblems, PartProblems) {
        (self.found.into_inner(), self.more.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_problems_the_first_are_kept() {
        let sink = ProblemSink::default();
        sink.about(Part::Briefs, || {
            for number in 0..5_000 {
                assert_eq!(sink.is_full(), number > MOST);
                sink.push(Problem::warning(format!("{number}")));
            }
            sink.push(Problem::error("the first error"));
            sink.push(Problem::error("the last"));
        });
        sink.about(Part::Store, || sink.push(Problem::error("another part")));
        let problems = sink.into_problems().0;
        assert_eq!(problems.len(), MOST + 2);
        assert_eq!((&*problems[0].what, &*problems[MOST - 2].what), ("0", "998"));
        assert_eq!((&*problems[MOST - 1].what, &*problems[MOST].what), ("the first error", "another part"));
        assert_eq!(problems[MOST + 1].what, "there are more problems than these 1000");
        assert_eq!(problems[MOST + 1].severity, Severity::Error, "one of those that are not kept is an error");
    }
}
