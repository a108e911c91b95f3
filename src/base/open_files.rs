//! How many files and connections this process may have open at once. What they are for is not here.

/// Raises the limit as far as the system lets this process, up to `wanted`, and returns what it is then.
#[cfg(target_os = "linux")]
pub fn raise_limit(wanted: u64) -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    // Without a number there is no limit.
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let Some(current) = current.filter(|current| *current < wanted) else { return current.unwrap_or(wanted) };
    let raised = maximum.map_or(wanted, |maximum| maximum.min(wanted));
    match setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum }) {
        Ok(()) => raised,
        Err(_) => current,
    }
}

/// What every system lets a process have.
#[cfg(not(target_os = "linux"))]
pub fn raise_limit(wanted: u64) -> u64 {
    wanted.min(1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_never_lowered_and_never_said_to_be_more_than_it_is() {
        let before = raise_limit(1);
        assert!(raise_limit(u64::MAX) >= before);
        assert_eq!(raise_limit(1), raise_limit(u64::MAX));
    }
}
