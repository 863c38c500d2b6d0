//! HTTP/1.1 over kept connections: at most so many, each one request at a time.
//!
//! The pool holds a connection until the reply is read and the connection is ready again, so the number of connections is never
//! above the bound, and a request never opens one while another lies idle. Not here: tokens, retries, rates.

mod dial;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::sync::Semaphore;

pub use dial::{Dial, Dialled, Forwarding, Network, Stream};

use crate::error::OdinError;

/// A reply, read whole.
pub(crate) struct RawReply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Connections to one server.
pub(crate) struct Pool {
    dial: Arc<dyn Dial>,
    slots: Semaphore,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
    timeout: Duration,
    max_reply_bytes: usize,
}

impl Pool {
    /// Up to `connections` connections; `timeout` is for one exchange, `max_reply_bytes` for one body.
    pub(crate) fn new(
        dial: Arc<dyn Dial>,
        connections: usize,
        timeout: Duration,
        max_reply_bytes: usize,
    ) -> Pool {
        let slots = Semaphore::new(connections);
        Pool { dial, slots, idle: Mutex::new(Vec::new()), timeout, max_reply_bytes }
    }

    /// What a proxy wants to be told in each request.
    pub(crate) fn forwarding(&self) -> Option<Forwarding> {
        self.dial.forwarding()
    }

    /// Sends a request and reads the reply. `request` is made again when a kept connection turns out to be closed.
    pub(crate) async fn exchange(
        &self,
        request: impl Fn() -> Request<Full<Bytes>>,
    ) -> Result<RawReply, OdinError> {
        // Waiting for a turn does not count against the request's time.
        let _slot = self.slots.acquire().await;
        let late = OdinError::Timeout { what: "a request", seconds: self.timeout.as_secs() };
        tokio::time::timeout(self.timeout, self.exchange_now(request)).await.unwrap_or(Err(late))
    }

    async fn exchange_now(&self, request: impl Fn() -> Request<Full<Bytes>>) -> Result<RawReply, OdinError> {
        if let Some(kept) = self.kept().await {
            match self.exchange_over(kept, request()).await {
                Ok(reply) => return Ok(reply),
                Err(Failed::Stale) => tracing::debug!("a kept connection was closed; another is opened"),
                Err(Failed::For(error)) => return Err(error),
            }
        }
        let fresh = self.open().await?;
        match self.exchange_over(fresh, request()).await {
            Ok(reply) => Ok(reply),
            Err(Failed::For(error)) => Err(error),
            Err(Failed::Stale) => Err(lost("it was closed before a reply came")),
        }
    }

    /// A kept connection that is still open.
    async fn kept(&self) -> Option<SendRequest<Full<Bytes>>> {
        loop {
            let mut kept = self.idle.lock().pop()?;
            if kept.ready().await.is_ok() {
                return Some(kept);
            }
        }
    }

    async fn open(&self) -> Result<SendRequest<Full<Bytes>>, OdinError> {
        let stream = self.dial.dial().await?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| lost(&error.to_string()))?;
        // It ends when the sender is dropped or the server closes.
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn exchange_over(
        &self,
        mut connection: SendRequest<Full<Bytes>>,
        request: Request<Full<Bytes>>,
    ) -> Result<RawReply, Failed> {
        let path = request.uri().path().to_owned();
        let reply = connection.send_request(request).await.map_err(|error| {
            if error.is_canceled() || error.is_closed() || error.is_incomplete_message() {
                Failed::Stale
            } else {
                Failed::For(lost(&error.to_string()))
            }
        })?;
        let (head, mut body) = reply.into_parts();
        let mut bytes = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| Failed::For(lost(&error.to_string())))?;
            let Ok(data) = frame.into_data() else { continue };
            if bytes.len() + data.len() > self.max_reply_bytes {
                return Err(Failed::For(OdinError::TooLarge { path, limit: self.max_reply_bytes }));
            }
            bytes.extend_from_slice(&data);
        }
        // Only a connection that is ready again is kept.
        if connection.ready().await.is_ok() {
            self.idle.lock().push(connection);
        }
        Ok(RawReply { status: head.status.as_u16(), headers: head.headers, body: bytes.freeze() })
    }
}

enum Failed {
    /// A kept connection was closed before the request reached the server; it may be sent again.
    Stale,
    For(OdinError),
}

fn lost(reason: &str) -> OdinError {
    OdinError::ConnectionLost { reason: reason.to_owned() }
}
