//! What every request shares: store, switchboard, settings, rate limits, locks.
//!
//! Not here: anything about one request.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use store::{Store, StoreError};
use tokio::sync::Semaphore;

use crate::config::Config;
use crate::limiter::Limiter;
use crate::n2fe::Sessions;
use crate::switchboard::Switchboard;
use crate::time;

/// Name of the store's secret that tokens are signed with.
const SIGNING_KEY: &str = "api_token_key";
/// Account locks; accounts share one by hash.
const LOCKS: usize = 64;
/// Tokens logged out and remembered at once; then the oldest to end is believed again until it does.
const LOGGED_OUT_MAX: usize = 10_000;

/// The shared state of all handlers; clones are the same state.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// The inside of [`AppState`].
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) switchboard: Arc<dyn Switchboard>,
    pub(crate) config: Config,
    pub(crate) limiter: Limiter,
    pub(crate) requests: Arc<Semaphore>,
    pub(crate) signing_key: Vec<u8>,
    pub(crate) sessions: Sessions,
    locks: Vec<Mutex<()>>,
    logged_out: Mutex<HashMap<String, i64>>,
}

impl AppState {
    /// State over a store. Blocks (reads the token key, or makes one).
    ///
    /// # Errors
    /// What the store says when the key cannot be read or made.
    pub fn new(store: Store, switchboard: Arc<dyn Switchboard>, config: Config) -> Result<Self, StoreError> {
        let signing_key = store.secret(SIGNING_KEY)?;
        Ok(AppState(Arc::new(Shared {
            switchboard,
            limiter: Limiter::new(config.rate_limit),
            requests: Arc::new(Semaphore::new(config.requests_max)),
            signing_key,
            sessions: Sessions::new(config.n2fe.session_lifetime),
            locks: (0..LOCKS).map(|_| Mutex::new(())).collect(),
            logged_out: Mutex::new(HashMap::new()),
            store,
            config,
        })))
    }

    /// What the handlers work with.
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.0
    }
}

impl Shared {
    /// Keeps other writers of this process out of an account while a uniqueness rule is checked and saved.
    pub(crate) fn lock(&self, account: &str) -> Option<MutexGuard<'_, ()>> {
        let mut hasher = DefaultHasher::new();
        account.hash(&mut hasher);
        let place = usize::try_from(hasher.finish() % LOCKS as u64).unwrap_or_default();
        self.locks.get(place).map(Mutex::lock)
    }

    /// Ends a token before its time.
    pub(crate) fn log_out(&self, token_id: &str, expires_s: i64) {
        let now = time::unix_now_s();
        let mut ended = self.logged_out.lock();
        if ended.len() >= LOGGED_OUT_MAX {
            ended.retain(|_, expires| *expires > now);
        }
        if ended.len() >= LOGGED_OUT_MAX
            && let Some(next) = ended.iter().min_by_key(|(_, expires)| **expires).map(|(id, _)| id.clone())
        {
            ended.remove(&next);
        }
        ended.insert(token_id.to_owned(), expires_s);
    }

    /// Whether a token was ended by [`Shared::log_out`].
    pub(crate) fn is_logged_out(&self, token_id: &str) -> bool {
        self.logged_out.lock().contains_key(token_id)
    }
}
