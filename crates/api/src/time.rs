//! Times as the interfaces write them.
//!
//! Not here: time zones.

use jiff::Timestamp;

/// Seconds from year 0 to 1970: Kazoo counts "Gregorian" seconds.
const GREGORIAN_TO_UNIX_S: u64 = flow::time_rules::GREGORIAN_OFFSET_S.unsigned_abs();

/// Now, in Unix seconds.
pub(crate) fn unix_now_s() -> i64 {
    Timestamp::now().as_second()
}

/// Now, ISO 8601 in UTC to the second.
pub(crate) fn iso_now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Now, in Gregorian seconds.
pub(crate) fn gregorian_now_s() -> u64 {
    u64::try_from(unix_now_s()).unwrap_or_default() + GREGORIAN_TO_UNIX_S
}

/// A Gregorian second as ISO 8601 in UTC, `2016-05-05T05:04:50Z`; empty when it is before 1970 or absurd.
pub(crate) fn iso(gregorian_s: u64) -> String {
    let unix = gregorian_s.checked_sub(GREGORIAN_TO_UNIX_S).and_then(|unix| i64::try_from(unix).ok());
    let stamp = unix.and_then(|unix| Timestamp::from_second(unix).ok());
    stamp.map(|stamp| stamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}

/// A Gregorian second as `2026-01-31 13:05:00` in UTC; empty when it is before 1970 or absurd.
pub(crate) fn readable(gregorian_s: u64) -> String {
    let unix = gregorian_s.checked_sub(GREGORIAN_TO_UNIX_S).and_then(|unix| i64::try_from(unix).ok());
    let stamp = unix.and_then(|unix| Timestamp::from_second(unix).ok());
    stamp.map(|stamp| stamp.strftime("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gregorian_seconds_are_readable() {
        assert_eq!(readable(GREGORIAN_TO_UNIX_S), "1970-01-01 00:00:00");
        assert_eq!(readable(0), "");
        assert_eq!(readable(u64::MAX), "");
    }
}
