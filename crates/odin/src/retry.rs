//! How long to wait before a request is tried again: exponential, with jitter, and as long as the server says.
//!
//! Not here: which failures are worth another attempt (`OdinError::may_pass`).

use std::time::Duration;

use hyper::HeaderMap;
use hyper::header::RETRY_AFTER;

/// Before the second attempt, at most; it doubles with each further one.
const FIRST: Duration = Duration::from_millis(250);
/// The longest wait of our own choice.
const LONGEST: Duration = Duration::from_secs(8);
/// The longest wait a server may choose.
const LONGEST_ASKED: Duration = Duration::from_secs(120);

/// The wait after attempt number `attempt` (from 1) failed: between half and the whole of 250 ms, 500 ms, 1 s ... 8 s, so that
/// clients that failed together do not come back together.
pub(crate) fn backoff(attempt: u32) -> Duration {
    let whole = FIRST.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(LONGEST);
    let random = getrandom::u32().unwrap_or(u32::MAX / 2);
    let share = 0.5 + 0.5 * f64::from(random) / f64::from(u32::MAX);
    whole.mul_f64(share)
}

/// `Retry-After` (RFC 9110 section 10.2.3), as seconds or as a date, at most two minutes.
pub(crate) fn asked_for(headers: &HeaderMap, now: jiff::Timestamp) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match value.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let then = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
            Duration::try_from(then.duration_since(now)).unwrap_or_default()
        }
    };
    Some(wait.min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound() {
        for (attempt, most) in [(1, 250), (2, 500), (3, 1_000), (6, 8_000), (40, 8_000)] {
            for _ in 0..50 {
                let wait = backoff(attempt);
                let most = Duration::from_millis(most);
                assert!(wait >= most / 2 && wait <= most, "{attempt}: {wait:?}");
            }
        }
    }

    #[test]
    fn a_server_may_ask_in_seconds_or_by_date() {
        let now: jiff::Timestamp = "2024-05-01T09:30:00Z".parse().unwrap();
        let asked = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            asked_for(&headers, now)
        };
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("Wed, 01 May 2024 09:30:20 GMT"), Some(Duration::from_secs(20)));
        assert_eq!(asked("Wed, 01 May 2024 09:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("999999"), Some(LONGEST_ASKED));
        assert_eq!(asked("soon"), None);
        assert_eq!(asked_for(&HeaderMap::new(), now), None);
    }
}
