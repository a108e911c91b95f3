//! Names of hosts and domains, label by label.

/// Can this stand between the dots of a host's name? Underscores are allowed.
pub(in crate::config) fn is_label(label: &str) -> bool {
    let inside = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    (1..=63).contains(&label.len()) && inside && !label.starts_with('-') && !label.ends_with('-')
}
