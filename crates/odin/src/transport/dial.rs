//! Opening a connection: name look-up, TCP, a proxy if there is one, TLS; each failure told apart.
//!
//! Not here: HTTP (`transport`).

use std::io;
use std::pin::Pin;
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use url::Url;

use crate::error::OdinError;
use crate::settings::{Proxy, Secret, Settings};
use crate::transport::tls;

/// A stream of bytes to the server.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection being opened.
pub type Dialled<'a> = Pin<Box<dyn Future<Output = Result<Box<dyn Stream>, OdinError>> + Send + 'a>>;

/// A way to reach the server. [`Network`] is the usual one; tests bring streams in memory.
pub trait Dial: Send + Sync {
    /// Opens one connection.
    fn dial(&self) -> Dialled<'_>;

    /// Whether connections end at a proxy that wants to be told the whole address in each request (RFC 9112 section 3.2.2).
    fn forwarding(&self) -> Option<Forwarding> {
        None
    }
}

/// What a forwarding proxy is told in each request.
#[derive(Clone)]
pub struct Forwarding {
    /// The value of `Proxy-Authorization`, if it wants one.
    pub authorization: Option<Secret>,
}

/// The longest reply of a proxy to `CONNECT`.
const LONGEST_PROXY_REPLY: usize = 8 * 1024;

/// TCP, with TLS for `https`, through a proxy when there is one.
pub struct Network {
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    proxy: Option<Hop>,
    timeout: Duration,
}

/// A proxy: where it is and what it wants to be told.
struct Hop {
    host: String,
    port: u16,
    authorization: Option<Secret>,
}

impl Network {
    /// The way to the server of the settings' base URL.
    ///
    /// # Errors
    /// The base URL, the certificates or the proxy make no sense.
    pub fn new(settings: &Settings) -> Result<Network, OdinError> {
        let base = settings.base()?;
        // An IPv6 host is written in brackets in URLs, and nowhere else.
        let host = base.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = base.port_or_known_default().unwrap_or(443);
        let tls = if base.scheme() == "https" {
            let name = ServerName::try_from(host.clone())
                .map_err(|error| OdinError::Settings { reason: format!("the base URL's host: {error}") })?;
            Some((tls::connector(&settings.trust)?, name))
        } else {
            None
        };
        let proxy = hop(&settings.proxy, &base)?;
        Ok(Network { host, port, tls, proxy, timeout: settings.connect_timeout })
    }

    async fn connect(&self) -> Result<Box<dyn Stream>, OdinError> {
        let Some((connector, name)) = &self.tls else {
            let (host, port) =
                self.proxy.as_ref().map_or((&self.host, self.port), |hop| (&hop.host, hop.port));
            return Ok(Box::new(tcp(host, port).await?));
        };
        let stream = match &self.proxy {
            None => tcp(&self.host, self.port).await?,
            Some(hop) => self.tunnel(hop).await?,
        };
        let secure = connector.connect(name.clone(), stream).await;
        let secure =
            secure.map_err(|error| OdinError::Tls { host: self.host.clone(), reason: error.to_string() })?;
        Ok(Box::new(secure))
    }

    /// A tunnel through the proxy (`CONNECT`, RFC 9110 section 9.3.6), for TLS. Proxies seldom allow one for plain HTTP.
    async fn tunnel(&self, hop: &Hop) -> Result<TcpStream, OdinError> {
        let address = format!("{}:{}", hop.host, hop.port);
        let refuses = |reason: String| OdinError::Proxy { address: address.clone(), reason };
        let mut stream = tcp(&hop.host, hop.port).await?;
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let target = format!("{host}:{}", self.port);
        let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
        if let Some(authorization) = &hop.authorization {
            request.push_str(&format!("Proxy-Authorization: {}\r\n", authorization.expose()));
        }
        request.push_str("\r\n");
        stream.write_all(request.as_bytes()).await.map_err(|error| refuses(error.to_string()))?;
        let mut reply = Vec::new();
        while !reply.ends_with(b"\r\n\r\n") {
            if reply.len() > LONGEST_PROXY_REPLY {
                return Err(refuses("its reply is too long".to_owned()));
            }
            // By single bytes, so that nothing of the server behind it is swallowed.
            reply.push(stream.read_u8().await.map_err(|error| refuses(error.to_string()))?);
        }
        let line = String::from_utf8_lossy(&reply);
        let line = line.lines().next().unwrap_or_default();
        match line.split_whitespace().nth(1) {
            Some(status) if status.starts_with('2') => Ok(stream),
            _ => Err(refuses(format!("it answered {line:?}"))),
        }
    }
}

impl Dial for Network {
    fn dial(&self) -> Dialled<'_> {
        Box::pin(async move {
            let late = OdinError::Timeout { what: "connecting", seconds: self.timeout.as_secs() };
            tokio::time::timeout(self.timeout, self.connect()).await.unwrap_or(Err(late))
        })
    }

    fn forwarding(&self) -> Option<Forwarding> {
        let hop = self.proxy.as_ref().filter(|_| self.tls.is_none())?;
        Some(Forwarding { authorization: hop.authorization.clone() })
    }
}

async fn tcp(host: &str, port: u16) -> Result<TcpStream, OdinError> {
    let found = tokio::net::lookup_host((host, port)).await;
    let dns = |reason: String| OdinError::Dns { host: host.to_owned(), reason };
    let addresses: Vec<_> = found.map_err(|error| dns(error.to_string()))?.collect();
    let address = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let mut last = None;
    for candidate in &addresses {
        match TcpStream::connect(candidate).await {
            Ok(stream) => {
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => last = Some(error),
        }
    }
    Err(match last {
        None => dns("the look-up found nothing".to_owned()),
        Some(error) if error.kind() == io::ErrorKind::ConnectionRefused => OdinError::Refused { address },
        Some(error) => OdinError::Unreachable { address, reason: error.to_string() },
    })
}

/// The proxy for a base URL, if there is one.
fn hop(proxy: &Proxy, base: &Url) -> Result<Option<Hop>, OdinError> {
    let matcher = match proxy {
        Proxy::Direct => return Ok(None),
        Proxy::Environment => Matcher::from_env(),
        Proxy::Through(url) => Matcher::builder().all(url.clone()).build(),
    };
    let bad = |reason: &str| OdinError::Settings { reason: format!("the proxy {reason}") };
    let target = base.as_str().parse().map_err(|_| bad("cannot be chosen for this base URL"))?;
    let Some(found) = matcher.intercept(&target) else {
        return match proxy {
            Proxy::Through(_) => Err(bad("makes no sense: http://host:port is expected")),
            _ => Ok(None),
        };
    };
    let uri = found.uri();
    if uri.scheme_str() != Some("http") {
        return Err(bad("must be an http:// one"));
    }
    let host = uri.host().ok_or_else(|| bad("has no host"))?.trim_matches(['[', ']']).to_owned();
    let authorization = found.basic_auth().and_then(|value| value.to_str().ok()).map(Secret::new);
    Ok(Some(Hop { host, port: uri.port_u16().unwrap_or(80), authorization }))
}
