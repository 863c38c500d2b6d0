//! HTTP on behalf of flows: pivot, recordings, audio by URL.
//!
//! A flow is written by a customer, so its addresses are not trusted: private, loopback and link-local addresses are
//! refused unless the operator allows them, at every redirect and after every name look-up; time, redirects and bytes
//! are bounded.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::command::{Body, Request};
use engine::input::{Done, Failure, WebFault};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Method, Url, redirect};

use crate::config::Config;

/// Requests at the same time; more wait within their own time budget.
const CONCURRENT: usize = 1_000;

/// A client for flows; cheap to clone.
#[derive(Clone)]
pub(crate) struct Web {
    client: Client,
    guard: Guard,
    slots: Arc<tokio::sync::Semaphore>,
}

/// A reply, read whole.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
    pub(crate) final_url: String,
}

impl Web {
    /// A client with the operator's rules.
    ///
    /// # Errors
    /// The TLS library cannot be set up.
    pub(crate) fn new(config: &Config) -> reqwest::Result<Web> {
        let guard = Guard { allow_private: config.web.allow_private_addresses };
        let redirects = config.web.redirects as usize;
        let policy = redirect::Policy::custom(move |attempt| {
            if attempt.previous().len() > redirects {
                return attempt.error(Refused(WebFault::Redirects, "too many redirects"));
            }
            match guard.check_url(attempt.url()) {
                Ok(()) => attempt.follow(),
                Err(refused) => attempt.error(refused),
            }
        });
        let client = Client::builder()
            .user_agent(concat!("Strowger/", env!("CARGO_PKG_VERSION")))
            .redirect(policy)
            .dns_resolver(Arc::new(guard))
            .connect_timeout(Duration::from_secs(5))
            .pool_idle_timeout(Duration::from_secs(30))
            .no_proxy()
            .build()?;
        Ok(Web { client, guard, slots: Arc::new(tokio::sync::Semaphore::new(CONCURRENT)) })
    }

    /// Carries out a flow's request. `recording` is the content of the recording in its body.
    pub(crate) async fn fetch(&self, request: Request, recording: Option<Vec<u8>>) -> Result<Done, Failure> {
        let started = Instant::now();
        let body = match &request.body {
            Body::Empty => None,
            Body::Text(text) => Some(text.clone().into_bytes()),
            Body::Recording { .. } => Some(
                recording
                    .ok_or_else(|| Failure::Media { reason: "the recording is not there".to_owned() })?,
            ),
        };
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| failure(WebFault::BadAddress, "not an HTTP method"))?;
        let call = self.send(method, &request.url, &request.headers, body, request.max_bytes);
        let reply = match tokio::time::timeout(request.timeout, call).await {
            Ok(reply) => reply?,
            Err(_) => return Err(failure(WebFault::Timeout, "no whole reply in time")),
        };
        Ok(Done::Fetched {
            status: reply.status,
            content_type: reply.content_type,
            body: String::from_utf8_lossy(&reply.body).into_owned(),
            took: started.elapsed(),
            final_url: reply.final_url,
        })
    }

    /// Gets a file.
    pub(crate) async fn get(&self, url: &str, max_bytes: u64, timeout: Duration) -> Result<Reply, Failure> {
        let call = self.send(Method::GET, url, &[], None, max_bytes);
        tokio::time::timeout(timeout, call)
            .await
            .unwrap_or_else(|_| Err(failure(WebFault::Timeout, "no whole reply in time")))
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(String, String)],
        body: Option<Vec<u8>>,
        max_bytes: u64,
    ) -> Result<Reply, Failure> {
        let url = Url::parse(url).map_err(|error| failure(WebFault::BadAddress, &error.to_string()))?;
        self.guard.check_url(&url).map_err(|refused| failure(refused.0, refused.1))?;
        let _slot = self.slots.acquire().await;
        let mut request = self.client.request(method, url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let mut response = request.send().await.map_err(|error| of_error(&error))?;
        let status = response.status().as_u16();
        let header = response.headers().get(reqwest::header::CONTENT_TYPE);
        let content_type = header
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .map(|value| value.trim().to_ascii_lowercase())
            .unwrap_or_default();
        let final_url = response.url().to_string();
        let mut content = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| of_error(&error))? {
            if (content.len() + chunk.len()) as u64 > max_bytes {
                return Err(failure(WebFault::TooLarge, &format!("more than {max_bytes} bytes")));
            }
            content.extend_from_slice(&chunk);
        }
        Ok(Reply { status, content_type, body: content, final_url })
    }
}

fn failure(fault: WebFault, reason: &str) -> Failure {
    Failure::Web { fault, reason: reason.to_owned() }
}

fn of_error(error: &reqwest::Error) -> Failure {
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    let mut last = error.to_string();
    while let Some(cause) = source {
        if let Some(refused) = cause.downcast_ref::<Refused>() {
            return failure(refused.0, refused.1);
        }
        last = cause.to_string();
        source = cause.source();
    }
    let fault = if error.is_timeout() {
        WebFault::Timeout
    } else if error.is_redirect() {
        WebFault::Redirects
    } else if error.is_connect() {
        WebFault::Connection
    } else if error.is_builder() {
        WebFault::BadAddress
    } else {
        WebFault::Protocol
    };
    failure(fault, &last)
}

/// A rule of ours that a request broke.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{1}")]
struct Refused(WebFault, &'static str);

/// Which addresses flows may reach.
#[derive(Clone, Copy, Debug)]
struct Guard {
    allow_private: bool,
}

const FORBIDDEN: Refused = Refused(WebFault::Forbidden, "flows may not reach this address");

impl Guard {
    fn check_url(self, url: &Url) -> Result<(), Refused> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refused(WebFault::BadAddress, "not an http(s) address"));
        }
        let ip = match url.host() {
            Some(url::Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(url::Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            Some(url::Host::Domain(_)) => None,
            None => return Err(Refused(WebFault::BadAddress, "an address without a host")),
        };
        match ip {
            Some(ip) if !self.allows(ip) => Err(FORBIDDEN),
            _ => Ok(()),
        }
    }

    fn allows(self, ip: IpAddr) -> bool {
        if self.allow_private {
            return true;
        }
        match ip.to_canonical() {
            IpAddr::V4(ip) => is_public(ip),
            IpAddr::V6(ip) => {
                let first = ip.segments()[0];
                let unique_local = first & 0xfe00 == 0xfc00;
                // Link-local, and what was site-local once (RFC 3879).
                let local = matches!(first & 0xffc0, 0xfe80 | 0xfec0);
                let special = ip.is_loopback() || ip.is_unspecified() || ip.is_multicast();
                !(special || unique_local || local) && carried(ip).is_none_or(is_public)
            }
        }
    }
}

/// The IPv4 address that a gateway of the network would make of an IPv6 address: NAT64 (RFC 6052), 6to4 (RFC 3056), and the
/// old "compatible" form (RFC 4291).
fn carried(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match ip.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0, 0, 0, 0, 0, 0, high, low] => Some(of(high, low)),
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

fn is_public(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let benchmark = a == 198 && (18..20).contains(&b);
    let protocol = a == 192 && b == 0 && c == 0;
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || shared
        || benchmark
        || protocol)
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = *self;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let (allowed, forbidden): (Vec<SocketAddr>, Vec<SocketAddr>) =
                found.partition(|address| guard.allows(address.ip()));
            if allowed.is_empty() && !forbidden.is_empty() {
                return Err(FORBIDDEN.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_refused_unless_allowed() {
        let strict = Guard { allow_private: false };
        for url in [
            "http://127.0.0.1/",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://10.1.2.3/",
            "http://169.254.169.254/latest/meta-data",
            "http://192.168.1.1/",
            "http://100.64.0.1/",
            "http://0.0.0.0/",
            "http://[fd00::1]/",
            "http://[fec0::1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:a00:1::1]/",
            "http://[::7f00:1]/",
            "http://2130706433/",
            "http://0x7f.1/",
        ] {
            let url = Url::parse(url).unwrap();
            assert!(strict.check_url(&url).is_err(), "{url}");
            assert!(Guard { allow_private: true }.check_url(&url).is_ok(), "{url}");
        }
        for url in [
            "http://192.0.2.7/",
            "https://example.com/flow",
            "http://[2001:db8::1]/",
            "http://[64:ff9b::c000:207]/",
        ] {
            assert!(strict.check_url(&Url::parse(url).unwrap()).is_ok(), "{url}");
        }
        assert!(strict.check_url(&Url::parse("ftp://example.com/").unwrap()).is_err());
    }

    #[tokio::test]
    async fn a_name_of_a_private_address_is_refused_when_it_is_looked_up() {
        let name = || "localhost".parse::<Name>().unwrap();
        let refused = Guard { allow_private: false }.resolve(name()).await.err().unwrap();
        assert!(refused.downcast_ref::<Refused>().is_some_and(|refused| refused.0 == WebFault::Forbidden));
        assert!(Guard { allow_private: true }.resolve(name()).await.is_ok());
    }
}
