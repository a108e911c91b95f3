//! The names that the blocks of a template are given in each language, compared. Where a language lacks a name, the title of
//! the series would stand in its place, and nobody would see why.

use std::collections::BTreeSet;

use crate::base::{
    language::Language,
    problem::{Place, Problem, Problems},
};

/// The names and labels that a block is given in one language.
#[derive(Debug)]
pub(super) struct BlockNames {
    pub block: String,
    /// `names.cn`, `labels.world`
    pub names: BTreeSet<String>,
    /// The first line of its fence.
    pub place: Place,
}

/// Names that a block has in one language and lacks in another.
pub(super) fn missing(texts: &[(Language, Vec<BlockNames>)]) -> Problems {
    let mut problems = Problems::new();
    for (language, blocks) in texts {
        for BlockNames { block, names, place } in blocks {
            let mut told: BTreeSet<&str> = BTreeSet::new();
            for (other, there) in texts.iter().filter(|(other, _)| other != language) {
                let same = there.iter().filter(|same| same.block == *block);
                for name in same.flat_map(|same| same.names.difference(names)) {
                    // Two other languages may have the same name.
                    if told.insert(name) {
                        let problem = Problem::error(format!("this block lacks `{name}`, which {other}.md has"));
                        let hint = format!("write {name} = \"…\" here too, or take it out there");
                        problems.push(problem.at(place.clone()).hint(hint));
                    }
                }
            }
        }
    }
    problems
}
