//! HTTP: the Crossbar v2 interface that Kazoo's clients speak, the N2FE interface of flow editors, a native interface (versions, drawings, calls), and
//! a read-only page.
//!
//! Not here: SQL (crate `store`), SIP (crate `telephony`), what makes a document valid (crate `flow`), TLS (a proxy
//! in front).
//!
//! [`router`] gives an `axum` router over an [`AppState`]; the binary serves it, with
//! `into_make_service_with_connect_info::<SocketAddr>()` so that rate limits know the client's address. Every handler
//! does its work on tokio's blocking threads, since the store blocks.

mod checks;
mod config;
mod crossbar;
mod limiter;
pub mod n2fe;
mod native;
mod page;
mod picture;
mod state;
mod switchboard;
mod time;
mod token;

pub use config::Config;
pub use limiter::RateLimit;
pub use state::AppState;
pub use switchboard::{CallSummary, Direction, NoSwitchboard, Registration, Switchboard};

use axum::Router;
use axum::routing::{any, get};

/// All routes: `/v2/...` (any `vN` is taken as 2, `v1` is gone), `/api/...`, `/jarvis-agent/n2fe/...` (also below
/// `/n2fe`), and the page at `/`.
pub fn router(state: AppState) -> Router {
    let mut router = Router::new();
    for prefix in n2fe::PREFIXES {
        router = router.route(&format!("{prefix}/{{*path}}"), any(n2fe::serve));
    }
    router
        .route("/", get(page::home))
        .nest("/page", page::routes())
        .nest("/api", native::routes())
        .fallback(any(crossbar::serve))
        .with_state(state)
}
