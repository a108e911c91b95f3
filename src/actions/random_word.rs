//! Random words, by which processes and stores tell themselves apart.

use anyhow::anyhow;
use ring::rand::{SecureRandom, SystemRandom};

use super::Result;

/// 16 random hex digits.
///
/// # Errors
/// The machine gives no random numbers.
pub fn random_word() -> Result<String> {
    let mut bytes = [0; 8];
    SystemRandom::new().fill(&mut bytes).map_err(|_| anyhow!("the system provides no random numbers"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
