//! The civil time stamps are taken from.
//!
//! Not here: time zones and rules about times (crate `flow`).

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds from year 0 to 1970, the zero of Unix time (reference section 0: Gregorian seconds).
pub(crate) const GREGORIAN_TO_UNIX_S: u64 = flow::time_rules::GREGORIAN_OFFSET_S.unsigned_abs();

/// Now, in Gregorian seconds.
pub(crate) fn gregorian_now_s() -> u64 {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    GREGORIAN_TO_UNIX_S + unix.as_secs()
}

/// Now, to the second: what documents hold.
pub(crate) fn now() -> jiff::Timestamp {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    i64::try_from(unix).ok().and_then(|unix| jiff::Timestamp::from_second(unix).ok()).unwrap_or_default()
}
