//! Writing messages: responses from what a request repeats ([`ResponseHead`]) and requests ([`RequestParts`]).
//!
//! Values given from outside lose their line ends here, so no header can be smuggled in. Not for deciding what to send.

use std::net::SocketAddr;

use bytes::Bytes;

use super::uri::{Via, param, split_list};
use super::wire::{Message, Name};

/// What is left of a request once its response only waits to be sent: the headers a response repeats (RFC 3261
/// section 8.2.6.2), and where it goes. Small, so that a waiting transaction does not hold the datagram.
#[derive(Clone, Debug)]
pub struct ResponseHead {
    /// `Via`, `From`, `Call-ID`, `CSeq` lines.
    lines: Vec<u8>,
    record_route: Vec<u8>,
    to: Vec<u8>,
    to_has_tag: bool,
    /// Where the response goes (RFC 3261 section 18.2.2, RFC 3581).
    pub destination: SocketAddr,
}

impl ResponseHead {
    /// Take the head of a request; `None` without a readable `Via`.
    ///
    /// The topmost `Via` gets `received` and `rport`. Over UDP the response goes to the source address when `rport`
    /// was asked for or the sender's own address is not the one it came from (NAT), else to the sent-by port.
    pub fn of(message: &Message, source: SocketAddr, reliable: bool) -> Option<ResponseHead> {
        let mut lines = Vec::with_capacity(512);
        let mut destination = None;
        for value in message.all(&Name::Via) {
            if destination.is_some() {
                line(&mut lines, "Via", value.as_bytes());
                continue;
            }
            let mut hops = split_list(&value).into_iter();
            let first = hops.next()?;
            let via = Via::parse(first)?;
            let asks_rport = param(&via.params, "rport").is_some();
            let same_host = via.host.parse().is_ok_and(|ip: std::net::IpAddr| ip == source.ip());
            let port = via.port.unwrap_or(5060);
            let symmetric = reliable || asks_rport || !same_host;
            destination = Some(if symmetric { source } else { SocketAddr::new(source.ip(), port) });
            let mut text = String::with_capacity(first.len() + 48);
            for (index, piece) in first.split(';').enumerate() {
                let key = piece.split('=').next().unwrap_or_default().trim();
                if index > 0 && (key.eq_ignore_ascii_case("rport") || key.eq_ignore_ascii_case("received")) {
                    continue;
                }
                if index > 0 {
                    text.push(';');
                }
                text.push_str(piece.trim());
            }
            if asks_rport {
                text.push_str(&format!(";rport={}", source.port()));
            }
            if asks_rport || !same_host {
                text.push_str(&format!(";received={}", source.ip()));
            }
            line(&mut lines, "Via", text.as_bytes());
            for hop in hops {
                line(&mut lines, "Via", hop.as_bytes());
            }
        }
        for (name, label) in [(Name::From, "From"), (Name::CallId, "Call-ID"), (Name::CSeq, "CSeq")] {
            if let Some(value) = message.raw(&name) {
                line(&mut lines, label, value);
            }
        }
        if let Some(value) = message.raw(&Name::Timestamp) {
            line(&mut lines, "Timestamp", value);
        }
        let mut record_route = Vec::new();
        for (name, value) in message.headers() {
            if *name == Name::RecordRoute {
                line(&mut record_route, "Record-Route", value);
            }
        }
        let to = message.raw(&Name::To).unwrap_or_default().to_vec();
        let to_has_tag = message.to().tag().is_some();
        Some(ResponseHead { lines, record_route, to, to_has_tag, destination: destination? })
    }

    /// Write a response. `tag` is added to `To` when the request had none; 100 carries none. `extra` are further header
    /// lines; `body` is media type and content.
    pub fn response(
        &self,
        status: u16,
        reason: &str,
        tag: Option<&str>,
        extra: &[(&str, String)],
        body: Option<(&str, &[u8])>,
    ) -> Bytes {
        let length = body.map_or(0, |(_, content)| content.len());
        let mut out =
            Vec::with_capacity(self.lines.len() + self.to.len() + self.record_route.len() + length + 320);
        out.extend_from_slice(format!("SIP/2.0 {status} ").as_bytes());
        clean(&mut out, reason.as_bytes());
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&self.lines);
        out.extend_from_slice(b"To: ");
        clean(&mut out, &self.to);
        if let (Some(tag), false, true) = (tag, self.to_has_tag, status > 100) {
            out.extend_from_slice(b";tag=");
            out.extend_from_slice(tag.as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        if status > 100 && status < 300 {
            out.extend_from_slice(&self.record_route);
        }
        finish(&mut out, extra.iter().map(|(name, value)| (*name, value.as_str())), body);
        Bytes::from(out)
    }
}

/// Everything a request says.
#[derive(Clone, Debug, Default)]
pub struct RequestParts<'a> {
    /// Method token.
    pub method: &'a str,
    /// Request URI.
    pub uri: &'a str,
    /// The `Via` value, with branch.
    pub via: String,
    /// `Max-Forwards`.
    pub max_forwards: u8,
    /// `From` value with tag.
    pub from: &'a str,
    /// `To` value, with tag inside a dialog.
    pub to: &'a str,
    /// `Call-ID`.
    pub call_id: &'a str,
    /// `CSeq` number.
    pub cseq: u32,
    /// `Contact` value.
    pub contact: Option<&'a str>,
    /// `Route` values in order.
    pub routes: &'a [String],
    /// More headers in order.
    pub headers: &'a [(String, String)],
    /// Media type and content.
    pub body: Option<(&'a str, &'a [u8])>,
}

impl RequestParts<'_> {
    /// The bytes to send.
    pub fn write(&self) -> Bytes {
        let mut out = Vec::with_capacity(700 + self.body.map_or(0, |(_, content)| content.len()));
        out.extend_from_slice(self.method.as_bytes());
        out.push(b' ');
        out.extend(self.uri.bytes().filter(|b| *b > b' '));
        out.extend_from_slice(b" SIP/2.0\r\n");
        line(&mut out, "Via", self.via.as_bytes());
        line(&mut out, "Max-Forwards", self.max_forwards.to_string().as_bytes());
        line(&mut out, "From", self.from.as_bytes());
        line(&mut out, "To", self.to.as_bytes());
        line(&mut out, "Call-ID", self.call_id.as_bytes());
        line(&mut out, "CSeq", format!("{} {}", self.cseq, self.method).as_bytes());
        if let Some(contact) = self.contact {
            line(&mut out, "Contact", contact.as_bytes());
        }
        for route in self.routes {
            line(&mut out, "Route", route.as_bytes());
        }
        finish(&mut out, self.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())), self.body);
        Bytes::from(out)
    }
}

/// Headers, body headers, empty line, body.
fn finish<'a>(
    out: &mut Vec<u8>,
    extra: impl Iterator<Item = (&'a str, &'a str)>,
    body: Option<(&str, &[u8])>,
) {
    for (name, value) in extra {
        if is_token(name) {
            line(out, name, value.as_bytes());
        }
    }
    match body {
        Some((kind, content)) => {
            line(out, "Content-Type", kind.as_bytes());
            line(out, "Content-Length", content.len().to_string().as_bytes());
            out.extend_from_slice(b"\r\n");
            out.extend_from_slice(content);
        }
        None => out.extend_from_slice(b"Content-Length: 0\r\n\r\n"),
    }
}

fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&b))
}

fn line(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    clean(out, value);
    out.extend_from_slice(b"\r\n");
}

/// A value without line ends and NUL.
fn clean(out: &mut Vec<u8>, value: &[u8]) {
    if value.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
        out.extend(value.iter().map(|b| if matches!(b, b'\r' | b'\n' | 0) { b' ' } else { *b }));
    } else {
        out.extend_from_slice(value);
    }
}

/// The standard reason phrase of a status (RFC 3261 section 21 and extensions).
pub fn reason_phrase(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        180 => "Ringing",
        181 => "Call Is Being Forwarded",
        182 => "Queued",
        183 => "Session Progress",
        200 => "OK",
        202 => "Accepted",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        410 => "Gone",
        413 => "Request Entity Too Large",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        420 => "Bad Extension",
        422 => "Session Interval Too Small",
        423 => "Interval Too Brief",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        483 => "Too Many Hops",
        484 => "Address Incomplete",
        485 => "Ambiguous",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        491 => "Request Pending",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Server Time-out",
        505 => "Version Not Supported",
        513 => "Message Too Large",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        606 => "Not Acceptable",
        _ => "Refused",
    }
}
