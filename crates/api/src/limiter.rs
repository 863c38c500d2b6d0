//! A token bucket per client and account (reference "Crossbar" 1.8: 100 tokens, 10 more each second).
//!
//! Not here: the number of requests served at once (`lib`).

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Buckets kept at once; when there are more, full ones are forgotten, then all of them.
const BUCKETS_MAX: usize = 20_000;

/// How fast clients may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Tokens in a full bucket. Default 100.
    pub burst: u32,
    /// Tokens a bucket gets back each second. Default 10.
    pub per_second: u32,
}

impl Default for RateLimit {
    fn default() -> Self {
        RateLimit { burst: 100, per_second: 10 }
    }
}

/// Who a bucket belongs to: an address and the account asked for.
type Owner = (Option<IpAddr>, String);

/// All buckets.
pub(crate) struct Limiter {
    limit: Option<RateLimit>,
    buckets: Mutex<HashMap<Owner, Bucket>>,
}

struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Limiter {
    /// Buckets of this size; `None` never refuses.
    pub(crate) fn new(limit: Option<RateLimit>) -> Self {
        Limiter { limit, buckets: Mutex::new(HashMap::new()) }
    }

    /// Takes `cost` tokens. `Ok` has the tokens left (`None` without a limit); `Err` when there are too few.
    pub(crate) fn take(
        &self,
        client: Option<IpAddr>,
        account: &str,
        cost: u32,
        now: Instant,
    ) -> Result<Option<u32>, ()> {
        let Some(limit) = self.limit else { return Ok(None) };
        let mut buckets = self.buckets.lock();
        if buckets.len() >= BUCKETS_MAX {
            let full = Duration::from_secs_f64(f64::from(limit.burst) / f64::from(limit.per_second.max(1)));
            buckets.retain(|_, bucket| now.saturating_duration_since(bucket.filled) < full);
            if buckets.len() >= BUCKETS_MAX {
                buckets.clear();
            }
        }
        let bucket = buckets
            .entry((client, account.to_owned()))
            .or_insert(Bucket { tokens: f64::from(limit.burst), filled: now });
        let passed = now.saturating_duration_since(bucket.filled).as_secs_f64();
        bucket.tokens = (bucket.tokens + passed * f64::from(limit.per_second)).min(f64::from(limit.burst));
        bucket.filled = now;
        if bucket.tokens < f64::from(cost) {
            return Err(());
        }
        bucket.tokens -= f64::from(cost);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and burst")]
        Ok(Some(bucket.tokens as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let limiter = Limiter::new(Some(RateLimit { burst: 10, per_second: 2 }));
        let start = Instant::now();
        assert_eq!(limiter.take(None, "a", 8, start), Ok(Some(2)));
        assert_eq!(limiter.take(None, "a", 8, start), Err(()));
        assert_eq!(limiter.take(None, "b", 8, start), Ok(Some(2)), "another account has its own");
        assert_eq!(limiter.take(None, "a", 8, start + Duration::from_secs(3)), Ok(Some(0)));
    }

    #[test]
    fn the_number_of_buckets_is_bounded() {
        let limiter = Limiter::new(Some(RateLimit::default()));
        let start = Instant::now();
        for n in 0..BUCKETS_MAX + 10 {
            limiter.take(None, &n.to_string(), 1, start).expect("a token");
        }
        assert!(limiter.buckets.lock().len() <= BUCKETS_MAX);
    }

    #[test]
    fn without_a_limit_everything_passes() {
        assert_eq!(Limiter::new(None).take(None, "a", 1_000_000, Instant::now()), Ok(None));
    }
}
