//! What an operator sets about HTTP.
//!
//! Not here: the address to listen on (the binary).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use crate::limiter::RateLimit;
use crate::n2fe::Settings;

/// Settings of the HTTP interfaces.
#[derive(Clone, Debug)]
pub struct Config {
    /// Name of this node, shown in every envelope. Default `strowger@localhost`.
    pub node: String,
    /// The version clients see when authenticated. Default: this program's.
    pub version: String,
    /// Tokens per client and account; `None` for no limit. Default 100, 10 more each second.
    pub rate_limit: Option<RateLimit>,
    /// The longest body, in bytes. Default 8,000,000 (reference "Crossbar" 1.2).
    pub body_bytes_max: usize,
    /// Requests worked on at once; more are answered 503. Default 256.
    pub requests_max: usize,
    /// The longest a body may take to arrive. Default 30 s.
    pub body_timeout: Duration,
    /// Proxies whose `X-Forwarded-For` is believed. Default: loopback.
    pub trusted_proxies: Vec<IpAddr>,
    /// The public address of this API for browser clients, ending in `/v2/`. Default: none, clients use the one they have.
    pub api_url: Option<String>,
    /// The N2FE interface.
    pub n2fe: Settings,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            node: "strowger@localhost".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rate_limit: Some(RateLimit::default()),
            body_bytes_max: 8_000_000,
            requests_max: 256,
            body_timeout: Duration::from_secs(30),
            trusted_proxies: vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)],
            api_url: None,
            n2fe: Settings::default(),
        }
    }
}
