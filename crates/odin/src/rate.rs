//! One token bucket for all requests of a client, and the pause that a server asks for.
//!
//! Not here: how often a request is tried (`retry`).

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// A bucket that holds one second's worth of requests and fills evenly.
pub(crate) struct Bucket {
    per_second: u32,
    state: Mutex<State>,
}

struct State {
    /// Requests that may go at `at`; below zero when some are waiting.
    level: f64,
    at: Instant,
    not_before: Option<Instant>,
}

impl Bucket {
    /// A full bucket; 0 is one without a bound.
    pub(crate) fn new(per_second: u32) -> Bucket {
        let state = State { level: f64::from(per_second), at: Instant::now(), not_before: None };
        Bucket { per_second, state: Mutex::new(state) }
    }

    /// Waits until one more request may go.
    pub(crate) async fn take(&self) {
        loop {
            let until = self.reserve(Instant::now());
            match until {
                Wait::Go => break,
                Wait::Turn(until) => {
                    tokio::time::sleep_until(until).await;
                    break;
                }
                Wait::Pause(until) => tokio::time::sleep_until(until).await,
            }
        }
    }

    /// No request goes within this time: a server asked for it.
    pub(crate) fn pause(&self, pause: Duration) {
        let until = Instant::now() + pause;
        let mut state = self.state.lock();
        state.not_before = Some(state.not_before.map_or(until, |other| other.max(until)));
    }

    fn reserve(&self, now: Instant) -> Wait {
        let mut state = self.state.lock();
        if let Some(until) = state.not_before.filter(|until| *until > now) {
            return Wait::Pause(until);
        }
        if self.per_second == 0 {
            return Wait::Go;
        }
        let rate = f64::from(self.per_second);
        let filled = now.saturating_duration_since(state.at).as_secs_f64() * rate;
        state.level = (state.level + filled).min(rate) - 1.0;
        state.at = now;
        if state.level >= 0.0 {
            return Wait::Go;
        }
        Wait::Turn(now + Duration::from_secs_f64(-state.level / rate))
    }
}

enum Wait {
    Go,
    /// The place in the queue is taken; go then.
    Turn(Instant),
    /// Ask again then.
    Pause(Instant),
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn taking(bucket: &Bucket, count: u32) -> Duration {
        let began = Instant::now();
        futures_util::future::join_all((0..count).map(|_| bucket.take())).await;
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_of_a_second_then_evenly() {
        let bucket = Bucket::new(10);
        assert_eq!(taking(&bucket, 10).await, Duration::ZERO);
        let next = taking(&bucket, 20).await;
        assert!((Duration::from_millis(1_990)..Duration::from_millis(2_010)).contains(&next), "{next:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_bound_and_a_pause() {
        let bucket = Bucket::new(0);
        assert_eq!(taking(&bucket, 10_000).await, Duration::ZERO);
        bucket.pause(Duration::from_secs(3));
        bucket.pause(Duration::from_secs(1));
        assert_eq!(taking(&bucket, 5).await.as_secs(), 3);
    }
}
