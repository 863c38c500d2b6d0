//! Settings of the signalling core: addresses, timers, and a bound on everything that grows with what others send.

use std::net::SocketAddr;
use std::time::Duration;

use super::digest::DigestConfig;

/// Bounds. What exceeds them is answered 503 with `Retry-After`, or dropped, never stored.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Legs at once, both directions. Default 20,000.
    pub max_legs: usize,
    /// Server transactions at once, those that only absorb retransmissions included. Default 400,000, about 0.7 KB each.
    pub max_server_transactions: usize,
    /// Client transactions at once. Default 200,000.
    pub max_client_transactions: usize,
    /// Contacts one `Dial` calls at once. Default 20.
    pub max_forks: usize,
    /// Addresses of record with a registration. Default 200,000.
    pub max_aors: usize,
    /// Contacts of one address of record; the oldest goes. Default 10.
    pub max_contacts: usize,
    /// `Route` entries of a dialog. Default 20.
    pub max_routes: usize,
    /// Subscriptions at once. Default 200,000.
    pub max_subscriptions: usize,
    /// Subscriptions of one device: the keys of its extension modules. Default 300.
    pub max_subscriptions_per_device: usize,
    /// A call unanswered for so long ends (RFC 3261 Timer C). Default 10 minutes.
    pub unanswered: Duration,
    /// What `Retry-After` says on 503. Default 5 s.
    pub retry_after: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            max_legs: 20_000,
            max_server_transactions: 400_000,
            max_client_transactions: 200_000,
            max_forks: 20,
            max_aors: 200_000,
            max_contacts: 10,
            max_routes: 20,
            max_subscriptions: 200_000,
            max_subscriptions_per_device: 300,
            unanswered: Duration::from_secs(600),
            retry_after: Duration::from_secs(5),
        }
    }
}

/// Timers of RFC 3261 section 17 (table 4).
#[derive(Clone, Copy, Debug)]
pub struct Timers {
    /// Round-trip estimate. Default 500 ms.
    pub t1: Duration,
    /// Longest retransmission interval. Default 4 s.
    pub t2: Duration,
    /// How long messages stay in the network. Default 5 s.
    pub t4: Duration,
}

impl Default for Timers {
    fn default() -> Timers {
        Timers { t1: Duration::from_millis(500), t2: Duration::from_secs(4), t4: Duration::from_secs(5) }
    }
}

impl Timers {
    /// 64 * T1: Timers B, F, H, J, L, M and the wait for an ACK; 32 s by default.
    pub fn give_up(&self) -> Duration {
        self.t1 * 64
    }
}

/// How registrations are kept (RFC 3261 section 10.3).
#[derive(Clone, Debug)]
pub struct RegistrarConfig {
    /// Shorter ones are refused with 423. Default 30 s.
    pub min_expires: Duration,
    /// Longer ones are shortened. Default 1 h.
    pub max_expires: Duration,
    /// When the phone names none. Default 1 h.
    pub default_expires: Duration,
}

impl Default for RegistrarConfig {
    fn default() -> RegistrarConfig {
        RegistrarConfig {
            min_expires: Duration::from_secs(30),
            max_expires: Duration::from_secs(3600),
            default_expires: Duration::from_secs(3600),
        }
    }
}

/// Settings of a [`SipCore`](super::core::SipCore).
#[derive(Clone, Debug)]
pub struct Config {
    /// What peers shall use to reach each UDP socket, by its number in [`FlowId::udp`](super::leg::FlowId::udp).
    /// At least one.
    pub udp: Vec<SocketAddr>,
    /// What peers shall use to reach us over TCP; `None` without TCP.
    pub tcp: Option<SocketAddr>,
    /// Secret from which tags, branches and nonces are made: 32 random octets at each start.
    pub seed: [u8; 32],
    /// `Server` and `User-Agent`.
    pub product: String,
    /// Bounds.
    pub limits: Limits,
    /// Timers.
    pub timers: Timers,
    /// Challenges.
    pub digest: DigestConfig,
    /// Registrations.
    pub registrar: RegistrarConfig,
    /// Ask for this session interval (RFC 4028) in our INVITEs. Default none: only the peer's wish is followed.
    pub session_expires: Option<Duration>,
    /// The shortest session interval taken from a peer; 422 below. Default 90 s, the least RFC 4028 allows.
    pub min_session_expires: Duration,
}

impl Config {
    /// Defaults, with one UDP socket reachable at `udp`.
    pub fn new(udp: SocketAddr, seed: [u8; 32]) -> Config {
        Config {
            udp: vec![udp],
            tcp: None,
            seed,
            product: "Strowger".to_owned(),
            limits: Limits::default(),
            timers: Timers::default(),
            digest: DigestConfig::default(),
            registrar: RegistrarConfig::default(),
            session_expires: None,
            min_session_expires: Duration::from_secs(90),
        }
    }
}
