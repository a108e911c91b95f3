//! Finds the schedule that a person names. Other actions build on it.

use std::collections::BTreeMap;

use super::Result;
use crate::{
    base::problem::Problem,
    config::{Brief, Schedule},
};

/// The schedule `BRIEF/SCHEDULE`, or the only one with this name.
///
/// # Errors
/// If there is none, or several briefs have one.
pub fn find_schedule<'a>(briefs: &'a BTreeMap<String, Brief>, id: &str) -> Result<&'a Schedule> {
    let all = || briefs.values().flat_map(|brief| &brief.schedules);
    if let Some(schedule) = all().find(|schedule| schedule.id == *id) {
        return Ok(schedule);
    }
    let mut named = all().filter(|schedule| schedule.id.name() == id);
    match (named.next(), named.next()) {
        (Some(schedule), None) => Ok(schedule),
        (Some(one), Some(other)) => Err(Problem::error(format!("several schedules are called `{id}`"))
            .hint(format!("write `{}` or `{}`", one.id, other.id))
            .into()),
        (None, _) => {
            let known = all().map(|schedule| if id.contains('/') { schedule.id.as_str() } else { schedule.id.name() });
            Err(Problem::error(format!("there is no schedule `{id}`")).did_you_mean(id, known).into())
        }
    }
}
