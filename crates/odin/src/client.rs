//! A logged-in client: one request at a time, with the token, its renewal, retries and the rate.
//!
//! Not here: which requests are asked (`fetch`, `find`), connections (`transport`).

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, LOCATION, PROXY_AUTHORIZATION, USER_AGENT,
};
use hyper::{HeaderMap, Method, Request};
use parking_lot::Mutex;
use serde_json::{Value, json};
use url::Url;

use crate::error::OdinError;
use crate::rate::Bucket;
use crate::retry;
use crate::settings::{Secret, Settings};
use crate::transport::{Dial, Network, Pool, RawReply};

/// Redirects within the same server that one request follows.
const REDIRECTS: usize = 3;
/// New tokens that one request may cause.
const RENEWALS: usize = 2;
/// Characters of a server's explanation that are kept.
const LONGEST_REASON: usize = 200;
const TOKEN_PATH: &str = "/auth/token";

/// A client of one Odin API, logged in. It shares nothing with others in the same process.
pub struct Odin {
    pub(crate) settings: Settings,
    base: Url,
    host: HeaderValue,
    pool: Pool,
    rate: Bucket,
    token: Mutex<Token>,
    /// Held while a new token is fetched, so that one is fetched for all requests that wait for it.
    renewing: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct Token {
    text: Secret,
    /// Grows with each new token.
    generation: u64,
}

/// A request that did not succeed.
pub(crate) enum Failure {
    /// Only this request failed.
    Request(OdinError),
    /// The account can no longer log in: no other request can succeed.
    Session(OdinError),
}

impl Failure {
    pub(crate) fn into_error(self) -> OdinError {
        match self {
            Failure::Request(error) | Failure::Session(error) => error,
        }
    }
}

impl Odin {
    /// Connects and logs in.
    ///
    /// # Errors
    /// Each cause has its own [`OdinError`].
    pub async fn connect(settings: Settings) -> Result<Odin, OdinError> {
        let network = Network::new(&settings)?;
        if settings.base()?.scheme() == "http" {
            tracing::warn!(
                "the connection to Odin is not encrypted: the password and all data can be read on the way"
            );
        }
        Odin::connect_over(settings, Arc::new(network)).await
    }

    /// The same, over another way to the server than the network.
    ///
    /// # Errors
    /// As [`connect`](Odin::connect).
    pub async fn connect_over(settings: Settings, dial: Arc<dyn Dial>) -> Result<Odin, OdinError> {
        let base = settings.base()?;
        let bad = |reason: &str| OdinError::Settings { reason: reason.to_owned() };
        if !(1..=64).contains(&settings.connections) {
            return Err(bad("connections must be 1 to 64"));
        }
        if !(1..=20).contains(&settings.attempts) {
            return Err(bad("attempts must be 1 to 20"));
        }
        let authority = &base[url::Position::BeforeHost..url::Position::AfterPort];
        let host = HeaderValue::from_str(authority).map_err(|_| bad("the base URL's host makes no sense"))?;
        let odin = Odin {
            pool: Pool::new(dial, settings.connections, settings.request_timeout, settings.max_reply_bytes),
            rate: Bucket::new(settings.requests_per_second),
            token: Mutex::new(Token { text: Secret::new(""), generation: 0 }),
            renewing: tokio::sync::Mutex::new(()),
            settings,
            base,
            host,
        };
        let late = OdinError::Timeout { what: "logging in", seconds: odin.settings.run_timeout.as_secs() };
        tokio::time::timeout(odin.settings.run_timeout, odin.log_in()).await.unwrap_or(Err(late))?;
        Ok(odin)
    }

    /// The API's base URL: the [`source`](flow::broadworks::snapshot::Snapshot::source) of its snapshots.
    pub fn source(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// What it was connected with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// `GET target`, a path behind the base URL with its query ([`flow::broadworks::snapshot::request_key`]).
    pub(crate) async fn get(&self, target: &str) -> Result<Value, Failure> {
        let mut renewals = 0;
        let mut attempt = 1;
        loop {
            let token = self.token.lock().clone();
            let error = match self.get_once(target, &token).await {
                Ok(value) => return Ok(value),
                Err(Refusal { error: OdinError::Status { status: 401, .. }, .. }) if renewals < RENEWALS => {
                    renewals += 1;
                    self.renew(token.generation).await.map_err(Failure::Session)?;
                    continue;
                }
                Err(Refusal { error: OdinError::Status { status: 401, path, reason }, .. }) => {
                    return Err(Failure::Request(OdinError::NotPermitted { path, reason }));
                }
                Err(refusal) => refusal,
            };
            if !self.waits(attempt, &error).await {
                return Err(Failure::Request(error.error));
            }
            attempt += 1;
        }
    }

    async fn get_once(&self, target: &str, token: &Token) -> Result<Value, Refusal> {
        let mut target = format!("{}{target}", self.base.path().trim_end_matches('/'));
        for _ in 0..=REDIRECTS {
            let reply = self.send(&Method::GET, &target, Some(token), &Bytes::new()).await?;
            if !matches!(reply.status, 301 | 302 | 303 | 307 | 308) {
                return self.json(path_of(&target), reply);
            }
            target = self.redirected(path_of(&target), &reply.headers)?;
        }
        let path = path_of(&target).to_owned();
        Err(OdinError::Redirected { path, to: "in a circle".to_owned() }.into())
    }

    /// Where a redirect leads, if it stays on this server.
    fn redirected(&self, path: &str, headers: &HeaderMap) -> Result<String, OdinError> {
        let to = headers.get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default();
        match self.base.join(to) {
            Ok(to) if to.origin() == self.base.origin() => {
                Ok(to[url::Position::BeforePath..url::Position::AfterQuery].to_owned())
            }
            Ok(to) => {
                Err(OdinError::Redirected { path: path.to_owned(), to: to.origin().ascii_serialization() })
            }
            Err(_) => Err(OdinError::Redirected { path: path.to_owned(), to: "nowhere".to_owned() }),
        }
    }

    /// A new token by user name and password, with retries.
    async fn log_in(&self) -> Result<(), OdinError> {
        let credentials =
            json!({"username": self.settings.username, "password": self.settings.password.expose()})
                .to_string();
        let mut attempt = 1;
        loop {
            let refusal = match self.ask_token(&Method::POST, None, Bytes::from(credentials.clone())).await {
                Ok(()) => return Ok(()),
                Err(refusal) => refusal,
            };
            if let OdinError::Status { status: 401, .. } | OdinError::NotPermitted { .. } = refusal.error {
                return Err(OdinError::WrongPassword);
            }
            if !self.waits(attempt, &refusal).await {
                return Err(refusal.error);
            }
            attempt += 1;
        }
    }

    /// Sees to it that the token is newer than `generation`: renews it, or logs in again.
    async fn renew(&self, generation: u64) -> Result<(), OdinError> {
        let _alone = self.renewing.lock().await;
        let token = self.token.lock().clone();
        if token.generation > generation {
            return Ok(());
        }
        match self.ask_token(&Method::PUT, Some(&token), Bytes::new()).await {
            Ok(()) => Ok(()),
            Err(_) => self.log_in().await,
        }
    }

    async fn ask_token(&self, method: &Method, token: Option<&Token>, body: Bytes) -> Result<(), Refusal> {
        let target = format!("{}{TOKEN_PATH}", self.base.path().trim_end_matches('/'));
        let reply = self.send(method, &target, token, &body).await?;
        if (300..400).contains(&reply.status) {
            // A login is not repeated elsewhere: its body is the password.
            let path = path_of(&target).to_owned();
            return Err(OdinError::Redirected { path, to: "another address".to_owned() }.into());
        }
        let reply = self.json(path_of(&target), reply)?;
        let text = reply.get("token").and_then(Value::as_str).filter(|text| !text.is_empty());
        let text = Secret::new(text.ok_or(OdinError::NoToken)?);
        let mut token = self.token.lock();
        *token = Token { text, generation: token.generation + 1 };
        Ok(())
    }

    async fn send(
        &self,
        method: &Method,
        target: &str,
        token: Option<&Token>,
        body: &Bytes,
    ) -> Result<RawReply, OdinError> {
        let bad = |reason: &str| OdinError::Settings { reason: reason.to_owned() };
        let forwarding = self.pool.forwarding();
        let address = match &forwarding {
            Some(_) => format!("{}{target}", &self.base[..url::Position::BeforePath]),
            None => target.to_owned(),
        };
        let uri: hyper::Uri = address.parse().map_err(|_| bad("the base URL makes no address"))?;
        // As the public client does, the header is there, and empty, when there is no token yet.
        let authorization = token.map(|token| format!("Bearer {}", token.text.expose())).unwrap_or_default();
        let mut authorization = HeaderValue::from_str(&authorization).map_err(|_| OdinError::NoToken)?;
        authorization.set_sensitive(true);
        let for_proxy = forwarding.and_then(|told| told.authorization);
        let for_proxy = for_proxy.and_then(|secret| HeaderValue::from_str(secret.expose()).ok());
        let request = || {
            let mut request = Request::new(Full::new(body.clone()));
            *request.method_mut() = method.clone();
            *request.uri_mut() = uri.clone();
            let headers = request.headers_mut();
            headers.insert(HOST, self.host.clone());
            headers.insert(
                USER_AGENT,
                HeaderValue::from_static(concat!("Strowger/", env!("CARGO_PKG_VERSION"))),
            );
            headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(AUTHORIZATION, authorization.clone());
            if let Some(value) = &for_proxy {
                headers.insert(PROXY_AUTHORIZATION, value.clone());
            }
            request
        };
        self.rate.take().await;
        let reply = self.pool.exchange(request).await;
        match &reply {
            Ok(reply) => tracing::debug!(%method, path = path_of(target), status = reply.status, "asked"),
            Err(error) => tracing::debug!(%method, path = path_of(target), %error, "asked"),
        }
        reply
    }

    /// The JSON of a successful reply, or what its failure means.
    fn json(&self, path: &str, reply: RawReply) -> Result<Value, Refusal> {
        let RawReply { status, headers, body } = reply;
        let path = path.strip_prefix(self.base.path().trim_end_matches('/')).unwrap_or(path).to_owned();
        let value = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice::<Value>(&body) };
        let asked = retry::asked_for(&headers, jiff::Timestamp::now());
        let error = match value {
            _ if status == 407 => OdinError::Proxy {
                address: "in between".to_owned(),
                reason: "it wants a password (407)".to_owned(),
            },
            Ok(value) if (200..300).contains(&status) => return Ok(value),
            Ok(value) => {
                let reason = self.reason(&value);
                if status == 403 {
                    OdinError::NotPermitted { path, reason }
                } else {
                    OdinError::Status { path, status, reason }
                }
            }
            Err(_) if matches!(status, 401 | 403) => {
                OdinError::Status { path, status: 401, reason: String::new() }
            }
            Err(_) => OdinError::NotJson { path, status, found: looks_like(&body) },
        };
        Err(Refusal { error, asked })
    }

    /// What an error body says, short, on one line and without our secrets.
    fn reason(&self, body: &Value) -> String {
        let said = ["error", "details", "message"].iter().find_map(|member| body.get(member)?.as_str());
        let mut said = said.unwrap_or_default().to_owned();
        let token = self.token.lock().text.clone();
        for secret in [token.expose(), self.settings.password.expose()] {
            if !secret.is_empty() {
                said = said.replace(secret, "***");
            }
        }
        let said: String = said.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
        match said.char_indices().nth(LONGEST_REASON) {
            Some((end, _)) => format!("{} ...", &said[..end]),
            None => said,
        }
    }

    /// Waits before the next attempt; false when there is to be none.
    async fn waits(&self, attempt: u32, refusal: &Refusal) -> bool {
        if attempt >= self.settings.attempts || !refusal.error.may_pass() {
            return false;
        }
        match refusal.asked {
            // Whoever asks for patience means all of our requests.
            Some(pause) if matches!(refusal.error.status(), Some(429 | 503)) => self.rate.pause(pause),
            Some(pause) => tokio::time::sleep(pause).await,
            None => tokio::time::sleep(retry::backoff(attempt)).await,
        }
        true
    }
}

/// One attempt that failed, and how long the server asked to wait.
struct Refusal {
    error: OdinError,
    asked: Option<std::time::Duration>,
}

impl From<OdinError> for Refusal {
    fn from(error: OdinError) -> Refusal {
        Refusal { error, asked: None }
    }
}

fn path_of(target: &str) -> &str {
    target.split('?').next().unwrap_or_default()
}

fn looks_like(body: &[u8]) -> &'static str {
    let start = String::from_utf8_lossy(body.get(..256).unwrap_or(body)).trim_start().to_ascii_lowercase();
    if start.starts_with("<!doctype html") || start.starts_with("<html") {
        "a web page"
    } else if start.starts_with('<') {
        "XML"
    } else if start.starts_with(['{', '[']) {
        "broken JSON"
    } else {
        "something else"
    }
}
