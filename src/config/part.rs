//! The parts of a config: what a mistake concerns, and what somebody needs who reads it.

/// A part of the config. A mistake concerns one of them; who does not need that part can go on in spite of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `greenbrief.toml` as TOML, and its `[paths]`: where everything else stands
    Paths,
    /// `store.url`
    Store,
    /// The other sections of `greenbrief.toml`
    Settings,
    /// What stands in the files and environment variables of passwords and keys
    Secrets,
    /// The right to read the files of passwords and keys, which nobody but the service may have
    SecretAccess,
    /// The files of calendars
    Calendars,
    /// The files of briefs, except their schedules
    Briefs,
    /// The schedules of briefs
    Schedules,
    /// The files that templates consist of
    Templates,
}

impl Part {
    /// Every part.
    pub const ALL: &[Part] = &[
        Part::Paths,
        Part::Store,
        Part::Settings,
        Part::Secrets,
        Part::SecretAccess,
        Part::Calendars,
        Part::Briefs,
        Part::Schedules,
        Part::Templates,
    ];

    /// Every part except the secrets.
    pub const WITHOUT_SECRETS: &[Part] =
        &[Part::Paths, Part::Store, Part::Settings, Part::Calendars, Part::Briefs, Part::Schedules, Part::Templates];

    /// Every part that a person can check who is not the service.
    pub const CHECKABLE: &[Part] = &[
        Part::Paths,
        Part::Store,
        Part::Settings,
        Part::Secrets,
        Part::Calendars,
        Part::Briefs,
        Part::Schedules,
        Part::Templates,
    ];
}
