//! Web servers of the world: which reply a request gets, and what was asked.
//!
//! Not here: timeouts of the flow's side (`session` compares the time a reply takes with the request's limit).

use std::time::Duration;

use engine::command::{Body, Request};
use engine::input::{Done, Failure, WebFault};
use serde_json::Value;

use crate::text;

/// A resource on a web server.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// The address without its query; `*` stands for any text.
    pub url: String,
    /// `GET`, `POST`, `PUT`; `None` for any.
    pub method: Option<String>,
    /// What the first request gets, the second, and so on; the last is repeated.
    pub replies: Vec<Reply>,
    asked: usize,
}

impl Resource {
    /// A resource with these replies.
    pub fn new(url: impl Into<String>, method: Option<String>, replies: Vec<Reply>) -> Resource {
        Resource { url: url.into(), method, replies, asked: 0 }
    }

    fn answers(&self, method: &str, url: &str) -> bool {
        let path = url.split(['?', '#']).next().unwrap_or(url);
        self.method.as_deref().is_none_or(|own| own.eq_ignore_ascii_case(method))
            && text::matches(&self.url, path)
    }
}

/// What a web server says.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// How long it takes.
    pub after: Duration,
    /// What it is.
    pub what: ReplyKind,
}

/// How a web server replies.
#[derive(Clone, Debug, PartialEq)]
pub enum ReplyKind {
    /// An HTTP reply.
    Http {
        /// HTTP status.
        status: u16,
        /// `Content-Type` without parameters.
        content_type: String,
        /// The body.
        body: String,
        /// The address finally asked; `None` for the one asked first.
        final_url: Option<String>,
    },
    /// Audio of this length.
    Sound(Duration),
    /// No reply worth the name.
    Fault(WebFault),
}

/// The time a reply takes when nothing is said.
pub const REPLY_AFTER: Duration = Duration::from_millis(50);

impl Reply {
    /// A JSON body with status 200.
    pub fn json(value: &Value) -> Reply {
        Reply {
            after: REPLY_AFTER,
            what: ReplyKind::Http {
                status: 200,
                content_type: "application/json".to_owned(),
                body: value.to_string(),
                final_url: None,
            },
        }
    }

    /// The fault a word stands for.
    pub fn from_word(word: &str) -> Option<Reply> {
        let fault = match word {
            "refused" => WebFault::Connection,
            "timeout" => WebFault::Timeout,
            "too_large" => WebFault::TooLarge,
            "redirect_loop" => WebFault::Redirects,
            "garbage" => WebFault::Protocol,
            "forbidden" => WebFault::Forbidden,
            _ => return None,
        };
        Some(Reply { after: REPLY_AFTER, what: ReplyKind::Fault(fault) })
    }

    /// The words of [`Reply::from_word`].
    pub const WORDS: &'static [&'static str] =
        &["refused", "timeout", "too_large", "redirect_loop", "garbage", "forbidden"];
}

/// The web of a world.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Web {
    /// Its resources; the first that matches replies.
    pub resources: Vec<Resource>,
}

impl Web {
    /// What a request gets, and after how long.
    pub(crate) fn ask(&mut self, request: &Request) -> (Duration, Result<Done, Failure>) {
        if !request.url.starts_with("http://") && !request.url.starts_with("https://") {
            return (Duration::ZERO, Err(web_fault(WebFault::BadAddress)));
        }
        let found = self.resources.iter_mut().find(|one| one.answers(&request.method, &request.url));
        let Some(resource) = found else { return (REPLY_AFTER, Err(web_fault(WebFault::Connection))) };
        let at = resource.asked.min(resource.replies.len().saturating_sub(1));
        resource.asked += 1;
        let Some(reply) = resource.replies.get(at) else {
            return (REPLY_AFTER, Err(web_fault(WebFault::Connection)));
        };
        reply_to(request, reply)
    }

    /// The length of audio at an address, when a resource says so; `Err` when it gives none.
    pub(crate) fn sound(&self, url: &str) -> Option<Result<Duration, String>> {
        let resource = self.resources.iter().find(|one| one.answers("GET", url))?;
        let at = resource.asked.min(resource.replies.len().saturating_sub(1));
        Some(match resource.replies.get(at).map(|reply| &reply.what) {
            Some(ReplyKind::Sound(length)) => Ok(*length),
            Some(ReplyKind::Http { status, .. }) => Err(format!("{url}: no audio, status {status}")),
            Some(ReplyKind::Fault(fault)) => Err(format!("{url}: {fault:?}")),
            None => Err(format!("{url}: no reply")),
        })
    }
}

fn reply_to(request: &Request, reply: &Reply) -> (Duration, Result<Done, Failure>) {
    let fault = match &reply.what {
        ReplyKind::Fault(WebFault::Timeout) => Some(WebFault::Timeout),
        _ if reply.after > request.timeout => Some(WebFault::Timeout),
        ReplyKind::Fault(fault) => Some(*fault),
        ReplyKind::Http { body, .. } if body.len() as u64 > request.max_bytes => Some(WebFault::TooLarge),
        _ => None,
    };
    match (&reply.what, fault) {
        (_, Some(WebFault::Timeout)) => (request.timeout, Err(web_fault(WebFault::Timeout))),
        (_, Some(fault)) => (reply.after, Err(web_fault(fault))),
        (ReplyKind::Http { status, content_type, body, final_url }, None) => (
            reply.after,
            Ok(Done::Fetched {
                status: *status,
                content_type: content_type.clone(),
                body: body.clone(),
                took: reply.after,
                final_url: final_url.clone().unwrap_or_else(|| request.url.clone()),
            }),
        ),
        (_, None) => (
            reply.after,
            Ok(Done::Fetched {
                status: 200,
                content_type: "audio/wav".to_owned(),
                body: String::new(),
                took: reply.after,
                final_url: request.url.clone(),
            }),
        ),
    }
}

fn web_fault(fault: WebFault) -> Failure {
    let reason = match fault {
        WebFault::BadAddress => "not an http address",
        WebFault::Forbidden => "flows may not reach that address",
        WebFault::Connection => "connection refused",
        WebFault::Timeout => "no reply in time",
        WebFault::TooLarge => "the reply is too large",
        WebFault::Redirects => "too many redirects",
        WebFault::Protocol => "the reply is not HTTP",
    };
    Failure::Web { fault, reason: reason.to_owned() }
}

/// The members of a request's query string, decoded, in order.
pub fn query_of(request: &Request) -> Vec<(String, String)> {
    let query = request.url.split_once('?').map_or("", |(_, query)| query);
    form_members(query.split('#').next().unwrap_or_default())
}

/// The members of a request's `application/x-www-form-urlencoded` body, decoded, in order.
pub fn form_of(request: &Request) -> Vec<(String, String)> {
    match &request.body {
        Body::Text(body) => form_members(body),
        Body::Empty | Body::Recording { .. } => Vec::new(),
    }
}

fn form_members(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// Undoes percent-encoding and `+` (WHATWG URL, section 5.1).
fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let mut ahead = bytes.clone();
                let hex = |byte: Option<u8>| byte.and_then(|byte| (byte as char).to_digit(16));
                match (hex(ahead.next()), hex(ahead.next())) {
                    (Some(high), Some(low)) => {
                        out.push((high * 16 + low) as u8);
                        bytes = ahead;
                    }
                    _ => out.push(b'%'),
                }
            }
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(method: &str, url: &str) -> Request {
        Request {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: Body::Empty,
            timeout: Duration::from_secs(5),
            max_bytes: 100,
        }
    }

    fn fault_of(result: Result<Done, Failure>) -> Option<WebFault> {
        match result {
            Err(Failure::Web { fault, .. }) => Some(fault),
            _ => None,
        }
    }

    #[test]
    fn replies_come_in_order_and_the_last_is_repeated() {
        let replies = vec![Reply::json(&json!({"n": 1})), Reply::from_word("garbage").unwrap()];
        let mut web = Web { resources: vec![Resource::new("http://a/*", Some("GET".into()), replies)] };
        let (after, first) = web.ask(&request("get", "http://a/x?y=1"));
        assert_eq!(after, REPLY_AFTER);
        assert!(matches!(first, Ok(Done::Fetched { status: 200, body, .. }) if body == r#"{"n":1}"#));
        for _ in 0..2 {
            assert_eq!(fault_of(web.ask(&request("GET", "http://a/x")).1), Some(WebFault::Protocol));
        }
        assert_eq!(fault_of(web.ask(&request("POST", "http://a/x")).1), Some(WebFault::Connection));
        assert_eq!(fault_of(web.ask(&request("GET", "ftp://a/x")).1), Some(WebFault::BadAddress));
    }

    #[test]
    fn slow_and_large_replies_are_faults_of_the_web() {
        let slow = Reply { after: Duration::from_secs(6), ..Reply::json(&json!({})) };
        let large = Reply::json(&json!("x".repeat(200)));
        let mut web = Web {
            resources: vec![
                Resource::new("http://slow/", None, vec![slow]),
                Resource::new("http://large/", None, vec![large]),
            ],
        };
        let (after, result) = web.ask(&request("GET", "http://slow/"));
        assert_eq!((after, fault_of(result)), (Duration::from_secs(5), Some(WebFault::Timeout)));
        assert_eq!(fault_of(web.ask(&request("GET", "http://large/")).1), Some(WebFault::TooLarge));
    }

    #[test]
    fn queries_are_decoded() {
        let asked = request("GET", "http://a/?Digits=1%232&Caller-ID-Name=Ann+O&x#frag");
        let expected = [("Digits", "1#2"), ("Caller-ID-Name", "Ann O"), ("x", "")];
        let got = query_of(&asked);
        assert_eq!(got.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>(), expected);
        assert_eq!(decode("%zz%4"), "%zz%4");
    }
}
