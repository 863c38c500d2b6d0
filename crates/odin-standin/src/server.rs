//! The server: HTTP/1 over any stream of bytes, with or without TLS, tokens, faults by rule, and counts of what was asked.
//!
//! Not here: what a reply says (`world`).

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::behaviour::{Answer, Behaviour};
use crate::world::{NoReply, Query, World};
use crate::{PASSWORD, USERNAME};

/// Where the API begins, as on a real server.
const BASE: &str = "/api/v2";
/// Bytes of a request's body that are read.
const LONGEST_BODY: usize = 64 * 1024;
/// Requests whose targets are kept.
const LONGEST_LOG: usize = 10_000;

/// What a server has seen so far.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Requests, those for tokens included.
    pub requests: u64,
    /// `POST /auth/token`.
    pub logins: u64,
    /// `PUT /auth/token`.
    pub renewals: u64,
    /// Connections that were opened.
    pub connections: u64,
    /// Requests in work at the same time, at most.
    pub peak_in_work: u64,
    /// Connections open at the same time, at most.
    pub peak_open: u64,
    /// Requests by path behind the base, without query.
    pub by_path: BTreeMap<String, u64>,
    /// Method and target of each request (`GET /users?groupId=g`), the first 10,000.
    pub log: Vec<String>,
}

/// A server. Clones are the same server.
#[derive(Clone)]
pub struct StandIn(Arc<Inside>);

struct Inside {
    world: World,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    behaviour: Behaviour,
    counts: Counts,
    in_work: u64,
    open: u64,
    /// Matches of each rule so far.
    matched: Vec<u64>,
    /// Requests each token is still good for.
    tokens: BTreeMap<String, u64>,
    issued: u64,
}

/// A server on a TCP port. It ends when this is dropped.
pub struct Listening {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its certificate in PEM, by an authority of its own, for `localhost` and 127.0.0.1; `None` without TLS.
    pub authority: Option<String>,
    task: tokio::task::JoinHandle<()>,
}

impl Listening {
    /// The base URL of its API.
    pub fn base_url(&self) -> String {
        let scheme = if self.authority.is_some() { "https" } else { "http" };
        format!("{scheme}://{}{BASE}", self.address)
    }

    /// Waits for as long as it runs, which is for ever.
    pub async fn wait(mut self) {
        let _ = (&mut self.task).await;
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Body = BoxBody<Bytes, io::Error>;

impl StandIn {
    /// A server for a world.
    pub fn new(world: World, behaviour: Behaviour) -> StandIn {
        let matched = vec![0; behaviour.rules.len()];
        let state = Mutex::new(State { behaviour, matched, ..State::default() });
        StandIn(Arc::new(Inside { world, state }))
    }

    /// What it has seen so far.
    pub fn counts(&self) -> Counts {
        self.0.state.lock().counts.clone()
    }

    /// Forgets what it has seen, and behaves differently from now on. Tokens stay good.
    pub fn behave(&self, behaviour: Behaviour) {
        let mut state = self.0.state.lock();
        state.matched = vec![0; behaviour.rules.len()];
        state.behaviour = behaviour;
        state.counts = Counts::default();
    }

    /// Listens on a TCP address; port 0 takes a free one.
    ///
    /// # Errors
    /// The address cannot be had.
    pub async fn listen(&self, address: SocketAddr) -> io::Result<Listening> {
        self.listen_with(address, None).await
    }

    /// As [`StandIn::listen`], behind TLS, with a certificate that is made for it.
    ///
    /// # Errors
    /// The address cannot be had, or no certificate can be made.
    pub async fn listen_tls(&self, address: SocketAddr) -> io::Result<Listening> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])
            .map_err(io::Error::other)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .map_err(io::Error::other)?;
        let tls = TlsAcceptor::from(Arc::new(config));
        let mut listening = self.listen_with(address, Some(tls)).await?;
        listening.authority = Some(made.cert.pem());
        Ok(listening)
    }

    async fn listen_with(&self, address: SocketAddr, tls: Option<TlsAcceptor>) -> io::Result<Listening> {
        let listener = tokio::net::TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let server = self.clone();
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                        let (server, tls) = (server.clone(), tls.clone());
                        connections.spawn(async move {
                            let Some(tls) = tls else { return server.serve(stream).await };
                            if let Ok(stream) = tls.accept(stream).await {
                                server.serve(stream).await;
                            }
                        });
                    },
                    Some(_) = connections.join_next() => {}
                }
            }
        });
        Ok(Listening { address, authority: None, task })
    }

    /// Serves one connection until it ends.
    pub async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send) {
        {
            let mut state = self.0.state.lock();
            state.open += 1;
            state.counts.connections += 1;
            state.counts.peak_open = state.counts.peak_open.max(state.open);
        }
        let server = self.clone();
        let service = hyper::service::service_fn(move |request| {
            let server = server.clone();
            async move { Ok::<_, Infallible>(server.answer(request).await) }
        });
        let _ =
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        self.0.state.lock().open -= 1;
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let path = path.strip_prefix(BASE).unwrap_or(&path).to_owned();
        let raw_query = request.uri().query().unwrap_or_default().to_owned();
        let query: Query = url::form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect();
        let bearer = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = bearer.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default().to_owned();

        let _in_work = InWork::begin(self, &method, &path, &raw_query);
        let (latency, fault) = {
            let mut state = self.0.state.lock();
            (state.behaviour.latency, state.fault(&path, &query))
        };
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        if let Some(answer) = fault {
            return self.misbehave(answer, &path, &query).await;
        }
        match (&method, path.as_str()) {
            (&Method::POST, "/auth/token") => self.log_in(request).await,
            (&Method::PUT, "/auth/token") => self.renew(&token),
            (&Method::GET, "/auth/session") if self.0.state.lock().takes(&token) => {
                json_reply(200, &json!({"username": USERNAME, "loginType": "Group"}))
            }
            (&Method::GET, _) if self.0.state.lock().takes(&token) => self.reply(&path, &query),
            (&Method::GET, _) => error_reply(401, "the token is missing, unknown or has ended"),
            _ => error_reply(405, "this method is not allowed here"),
        }
    }

    fn reply(&self, path: &str, query: &Query) -> Response<Body> {
        match self.0.world.reply(path, query) {
            Ok(value) => json_reply(200, &value),
            Err(NoReply::NoEndpoint) => error_reply(404, "no such endpoint"),
            Err(NoReply::NoSuchThing) => error_reply(404, "not found"),
            Err(NoReply::Fails(status)) => error_reply(status, "this fails, as it is told to"),
        }
    }

    async fn log_in(&self, request: Request<Incoming>) -> Response<Body> {
        let body = Limited::new(request.into_body(), LONGEST_BODY).collect().await;
        let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
        if asked["username"] != USERNAME || asked["password"] != PASSWORD {
            return error_reply(401, "wrong user name or password");
        }
        let token = self.0.state.lock().issue();
        json_reply(200, &json!({"token": token, "username": USERNAME, "loginType": "Group"}))
    }

    fn renew(&self, token: &str) -> Response<Body> {
        let mut state = self.0.state.lock();
        let known = state.tokens.remove(token);
        match known {
            Some(left) if left > 0 || state.behaviour.renews_ended_tokens => {
                let token = state.issue();
                json_reply(200, &json!({"token": token, "username": USERNAME, "loginType": "Group"}))
            }
            _ => error_reply(401, "the token has ended"),
        }
    }

    async fn misbehave(&self, answer: Answer, path: &str, query: &Query) -> Response<Body> {
        match answer {
            Answer::Status { status, retry_after } => {
                let mut reply = error_reply(status, "this fails, as it is told to");
                if let Some(seconds) = retry_after {
                    reply.headers_mut().insert(RETRY_AFTER, seconds.into());
                }
                reply
            }
            Answer::Html { status } => {
                let page = "<html><head><title>Bad Gateway</title></head><body>nginx</body></html>";
                with_type(status, "text/html", full(page.to_owned()))
            }
            Answer::Body(text) => with_type(200, "application/json", full(text)),
            Answer::Hang => std::future::pending().await,
            Answer::SlowBody(pause) => {
                let text = self.0.world.reply(path, query).unwrap_or_default().to_string();
                let bytes = stream::unfold(text.into_bytes().into_iter(), move |mut rest| async move {
                    let next = rest.next()?;
                    tokio::time::sleep(pause).await;
                    Some((Ok(Frame::data(Bytes::copy_from_slice(&[next]))), rest))
                });
                with_type(200, "application/json", BodyExt::boxed(StreamBody::new(bytes)))
            }
            Answer::HugeBody(bytes) => {
                let piece = Bytes::from(vec![b' '; 64 * 1024]);
                let pieces = bytes.div_ceil(64 * 1024);
                let pieces = stream::iter((0..pieces).map(move |_| Ok(Frame::data(piece.clone()))));
                with_type(200, "application/json", BodyExt::boxed(StreamBody::new(pieces)))
            }
            Answer::CutOff => {
                let pieces =
                    [Ok(Frame::data(Bytes::from_static(b"[{\"userId\":"))), Err(io::ErrorKind::Other.into())];
                with_type(200, "application/json", BodyExt::boxed(StreamBody::new(stream::iter(pieces))))
            }
            Answer::Redirect(to) => {
                let mut reply = with_type(302, "text/plain", full(String::new()));
                if let Ok(to) = to.parse() {
                    reply.headers_mut().insert(LOCATION, to);
                }
                reply
            }
        }
    }
}

impl State {
    /// The fault for a request, if its turn has come.
    fn fault(&mut self, path: &str, query: &Query) -> Option<Answer> {
        for (rule, matched) in self.behaviour.rules.iter().zip(&mut self.matched) {
            let of_path = rule.path == path || (rule.path == "*" && path != "/auth/token");
            if !of_path || !(rule.query.is_empty() || query.values().any(|value| value.contains(&rule.query)))
            {
                continue;
            }
            *matched += 1;
            if *matched > rule.after && *matched - rule.after <= rule.times {
                return Some(rule.answer.clone());
            }
        }
        None
    }

    fn issue(&mut self) -> String {
        self.issued += 1;
        let token = format!("stand-in-token-{}-of-nobody", self.issued);
        self.tokens.insert(token.clone(), self.behaviour.token_lasts.unwrap_or(u64::MAX));
        token
    }

    /// Whether a token is good; uses it up by one request.
    fn takes(&mut self, token: &str) -> bool {
        match self.tokens.get_mut(token) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }
}

/// Counts a request while it is in work.
struct InWork<'a>(&'a StandIn);

impl InWork<'_> {
    fn begin<'a>(server: &'a StandIn, method: &Method, path: &str, query: &str) -> InWork<'a> {
        let mut state = server.0.state.lock();
        state.in_work += 1;
        let in_work = state.in_work;
        let counts = &mut state.counts;
        counts.requests += 1;
        counts.peak_in_work = counts.peak_in_work.max(in_work);
        *counts.by_path.entry(path.to_owned()).or_default() += 1;
        match (method, path) {
            (&Method::POST, "/auth/token") => counts.logins += 1,
            (&Method::PUT, "/auth/token") => counts.renewals += 1,
            _ => {}
        }
        if counts.log.len() < LONGEST_LOG {
            let mark = if query.is_empty() { "" } else { "?" };
            counts.log.push(format!("{method} {path}{mark}{query}"));
        }
        InWork(server)
    }
}

impl Drop for InWork<'_> {
    fn drop(&mut self) {
        self.0.0.state.lock().in_work -= 1;
    }
}

fn json_reply(status: u16, value: &Value) -> Response<Body> {
    with_type(status, "application/json", full(value.to_string()))
}

/// An error as Odin writes it.
fn error_reply(status: u16, error: &str) -> Response<Body> {
    json_reply(status, &json!({"details": "Request failed", "status": status, "error": error}))
}

fn full(text: String) -> Body {
    Full::new(Bytes::from(text)).map_err(|never| match never {}).boxed()
}

fn with_type(status: u16, content_type: &'static str, body: Body) -> Response<Body> {
    let mut reply = Response::new(body);
    *reply.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    reply.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(content_type));
    reply
}
