//! The facade over the SIP parser: bytes in, [`Message`] out. Nothing else in this crate names the parser's types, so it
//! can be replaced here alone.
//!
//! It also holds the tolerance that real phones need ([`normalise`]) and the rules of RFC 3261 section 8.2 that say
//! which malformed requests deserve a 400. It is not for what a header means: see [`uri`](super::uri).

use std::borrow::Cow;
use std::net::SocketAddr;

use bytes::Bytes;
pub use sipx_sip::{HeaderName as Name, Method};

use super::build::ResponseHead;
use super::uri::{CSeq, NameAddr};

/// The largest datagram or stream message that is looked at, in bytes.
pub const MAX_MESSAGE_BYTES: usize = 64 * 1024;
/// The most header fields a message may have.
pub const MAX_HEADERS: usize = 200;
/// The longest header field, in bytes.
pub const MAX_HEADER_BYTES: usize = 8 * 1024;

/// The first line of a message.
#[derive(Clone, Debug)]
pub enum Start {
    /// A request.
    Request {
        /// Its method.
        method: Method,
        /// The request URI as text.
        uri: String,
    },
    /// A response.
    Response {
        /// Status, 100 to 699.
        status: u16,
        /// Reason phrase.
        reason: String,
    },
}

/// A message that is framed and has the headers every message must have.
#[derive(Clone, Debug)]
pub struct Message {
    /// The first line.
    pub start: Start,
    /// The body; empty when there is none.
    pub body: Bytes,
    headers: Vec<(Name, Bytes)>,
}

/// Why a datagram is not acted on.
#[derive(Debug)]
pub enum Reject {
    /// Say nothing: it is noise, a response, an ACK, or has no readable `Via`.
    Drop(&'static str),
    /// Answer it with this status, without remembering anything.
    Answer {
        /// 400, 505 or 513.
        status: u16,
        /// Reason phrase that says what is wrong.
        reason: &'static str,
        /// What the response repeats of the request.
        head: Box<ResponseHead>,
    },
}

impl Message {
    /// The first value of a header, white space trimmed; octets that are no UTF-8 are replaced in the text, not in
    /// the message.
    pub fn get(&self, name: &Name) -> Option<Cow<'_, str>> {
        self.raw(name).map(String::from_utf8_lossy)
    }

    /// The first value of a header as it came.
    pub fn raw(&self, name: &Name) -> Option<&[u8]> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_ref())
    }

    /// All values of a header in order, one per header line.
    pub fn all<'a>(&'a self, name: &'a Name) -> impl Iterator<Item = Cow<'a, str>> + 'a {
        self.headers.iter().filter(move |(n, _)| n == name).map(|(_, value)| String::from_utf8_lossy(value))
    }

    /// All header lines.
    pub fn headers(&self) -> impl Iterator<Item = (&Name, &[u8])> {
        self.headers.iter().map(|(name, value)| (name, value.as_ref()))
    }

    /// A comma-separated list header holds this token, without regard to case.
    pub fn lists(&self, name: &Name, token: &str) -> bool {
        self.all(name).any(|value| value.split(',').any(|item| item.trim().eq_ignore_ascii_case(token)))
    }

    /// The number in a header such as `Max-Forwards` or `Expires`; `None` when absent or no number.
    pub fn number(&self, name: &Name) -> Option<u32> {
        self.get(name).and_then(|value| leading_number(&value))
    }

    /// `CSeq`.
    pub fn cseq(&self) -> Option<CSeq> {
        self.get(&Name::CSeq).and_then(|value| CSeq::parse(&value))
    }

    /// `From`.
    pub fn from(&self) -> NameAddr {
        NameAddr::parse(&self.get(&Name::From).unwrap_or_default())
    }

    /// `To`.
    pub fn to(&self) -> NameAddr {
        NameAddr::parse(&self.get(&Name::To).unwrap_or_default())
    }

    /// `Call-ID`.
    pub fn call_id(&self) -> String {
        self.get(&Name::CallId).unwrap_or_default().into_owned()
    }

    /// The request's method, if it is a request.
    pub fn method(&self) -> Option<&Method> {
        match &self.start {
            Start::Request { method, .. } => Some(method),
            Start::Response { .. } => None,
        }
    }

    /// The media type of the body, lower case, without parameters; empty when there is none.
    pub fn content_type(&self) -> String {
        let value = self.get(&Name::ContentType).unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The session description in the body, also inside a multipart body (RFC 5621).
    pub fn sdp(&self) -> Option<Bytes> {
        if self.body.is_empty() {
            return None;
        }
        let kind = self.content_type();
        if kind == "application/sdp" {
            return Some(self.body.clone());
        }
        if !kind.starts_with("multipart/") {
            return None;
        }
        let text = std::str::from_utf8(&self.body).ok()?;
        let part = text.find("v=0")?;
        let head = text.get(..part)?.to_ascii_lowercase();
        if !head.contains("application/sdp") {
            return None;
        }
        let rest = text.get(part..)?;
        let end = rest.find("\r\n--").or_else(|| rest.find("\n--")).map_or(rest.len(), |at| at + 2);
        Some(self.body.slice(part..part + end.min(rest.len())))
    }
}

fn leading_number(value: &str) -> Option<u32> {
    let digits: &str = value.trim().split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    digits.parse().ok()
}

/// Repair what real phones get wrong and a strict parser refuses: leading line ends, lone LF, several spaces in the
/// request line, illegal octets such as `#` in the request URI's user part, header lines without a colon, and a missing
/// empty line at the end (rust-sip reference section 4.3). A well-formed message is returned as it is.
pub fn normalise(raw: &[u8]) -> Cow<'_, [u8]> {
    let start = raw.iter().position(|b| !matches!(b, b'\r' | b'\n')).unwrap_or(raw.len());
    let raw = raw.get(start..).unwrap_or_default();
    let (head, body) = split_head(raw);
    if !needs_repair(head, body.is_some()) {
        return Cow::Borrowed(raw);
    }
    let mut out = Vec::with_capacity(raw.len() + 16);
    for (index, line) in head.split(|b| *b == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if index == 0 {
            write_start_line(line, &mut out);
        } else if line.is_empty() {
            continue;
        } else if line.contains(&b':') || matches!(line.first(), Some(b' ' | b'\t')) {
            out.extend(line.iter().map(|b| if *b == b'\r' { b' ' } else { *b }));
        } else {
            continue;
        }
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body.unwrap_or_default());
    Cow::Owned(out)
}

/// Headers (without the empty line) and body; no body part when the empty line is missing.
fn split_head(raw: &[u8]) -> (&[u8], Option<&[u8]>) {
    let mut at = 0;
    while let Some(offset) = raw.get(at..).and_then(|rest| rest.iter().position(|b| *b == b'\n')) {
        let end = at + offset;
        let rest = raw.get(end + 1..).unwrap_or_default();
        if let Some(body) = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")) {
            return (raw.get(..end).unwrap_or_default(), Some(body));
        }
        at = end + 1;
    }
    (raw, None)
}

fn needs_repair(head: &[u8], terminated: bool) -> bool {
    if !terminated {
        // A message cut off in the middle of a line stays as it is and is refused.
        return head.ends_with(b"\n");
    }
    for (index, line) in head.split(|b| *b == b'\n').enumerate() {
        let Some(line) = line.strip_suffix(b"\r") else { return true };
        let folded = matches!(line.first(), Some(b' ' | b'\t'));
        if index == 0 {
            let spaces = line.windows(2).any(|pair| pair == b"  ") || line.last() == Some(&b' ');
            if !line.starts_with(b"SIP/") && (spaces || line.iter().any(|b| illegal_in_uri(*b))) {
                return true;
            }
        } else if (!folded && !line.contains(&b':')) || line.contains(&b'\r') {
            return true;
        }
    }
    false
}

/// Octets that no SIP URI may hold unescaped, seen in dialled feature codes.
fn illegal_in_uri(octet: u8) -> bool {
    matches!(octet, b'#' | b'^' | b'`' | b'{' | b'}' | b'|' | b'\\')
}

fn write_start_line(line: &[u8], out: &mut Vec<u8>) {
    if line.starts_with(b"SIP/") {
        out.extend_from_slice(line);
        return;
    }
    let mut words = line.split(|b| *b == b' ').filter(|word| !word.is_empty()).peekable();
    let mut index = 0;
    while let Some(word) = words.next() {
        for octet in word {
            if index == 1 && illegal_in_uri(*octet) {
                out.extend_from_slice(format!("%{octet:02X}").as_bytes());
            } else {
                out.push(*octet);
            }
        }
        if words.peek().is_some() {
            out.push(b' ');
        }
        index += 1;
    }
}

/// Read one message from a datagram or from a frame cut out of a stream.
///
/// # Errors
/// [`Reject`] says whether to answer.
pub fn parse(raw: &[u8], source: SocketAddr, reliable: bool) -> Result<Message, Reject> {
    if raw.len() > MAX_MESSAGE_BYTES {
        return Err(Reject::Drop("too long"));
    }
    let repaired = normalise(raw);
    if repaired.is_empty() {
        return Err(Reject::Drop("keep-alive"));
    }
    let buffer = Bytes::from(repaired.into_owned());
    let limits = sipx_sip::Limits {
        max_message_bytes: MAX_MESSAGE_BYTES,
        max_body_bytes: MAX_MESSAGE_BYTES,
        max_headers: MAX_HEADERS,
        max_header_bytes: MAX_HEADER_BYTES,
        max_folding_lines: 16,
    };
    let parsed = match sipx_sip::parse_datagram(buffer.clone(), &limits) {
        Ok(parsed) => parsed,
        Err(error) => return Err(salvage(&buffer, source, reliable, &error)),
    };
    let headers =
        parsed.headers().iter().map(|header| (header.name().clone(), bytes_of(&buffer, header.value())));
    let headers: Vec<(Name, Bytes)> = headers.collect();
    let body = parsed.body().clone();
    let (start, supported) = match parsed {
        sipx_sip::Message::Request(request) => {
            let uri = String::from_utf8_lossy(&request.uri.to_bytes()).into_owned();
            (Start::Request { method: request.method, uri }, request.version.is_supported())
        }
        sipx_sip::Message::Response(response) => {
            let reason = String::from_utf8_lossy(&response.reason).into_owned();
            (Start::Response { status: response.status.code(), reason }, response.version.is_supported())
        }
    };
    check(Message { start, body, headers }, supported, source, reliable)
}

/// The value as a view into the datagram where it is one.
fn bytes_of(buffer: &Bytes, value: Cow<'_, [u8]>) -> Bytes {
    match value {
        Cow::Borrowed(slice) => {
            let from = (slice.as_ptr() as usize).wrapping_sub(buffer.as_ptr() as usize);
            match buffer.get(from..from.saturating_add(slice.len())) {
                Some(_) => buffer.slice(from..from + slice.len()),
                None => Bytes::copy_from_slice(slice),
            }
        }
        Cow::Owned(owned) => Bytes::from(owned),
    }
}

/// The headers of RFC 3261 section 8.1.1, each once, and a `CSeq` that agrees with the request line.
fn check(message: Message, supported: bool, source: SocketAddr, reliable: bool) -> Result<Message, Reject> {
    let fault = fault_of(&message, supported);
    let Some((status, reason)) = fault else { return Ok(message) };
    let answerable = !matches!(message.method(), None | Some(Method::Ack));
    match ResponseHead::of(&message, source, reliable) {
        Some(head) if answerable => Err(Reject::Answer { status, reason, head: Box::new(head) }),
        _ => Err(Reject::Drop(reason)),
    }
}

fn fault_of(message: &Message, supported: bool) -> Option<(u16, &'static str)> {
    if !supported {
        return Some((505, "Version Not Supported"));
    }
    let single: [(&Name, &'static str); 4] = [
        (&Name::From, "Bad From Header"),
        (&Name::To, "Bad To Header"),
        (&Name::CallId, "Bad Call-ID Header"),
        (&Name::CSeq, "Bad CSeq Header"),
    ];
    for (name, reason) in single {
        let mut values = message.headers.iter().filter(|(n, _)| n == name);
        let filled = values.next().is_some_and(|(_, value)| !value.is_empty());
        if !filled || values.next().is_some() {
            return Some((400, reason));
        }
    }
    if message.raw(&Name::Via).is_none() {
        return Some((400, "Missing Via Header"));
    }
    let Some(cseq) = message.cseq() else { return Some((400, "Bad CSeq Header")) };
    if let Start::Request { method, uri } = &message.start {
        if cseq.method.as_bytes() != method.as_bytes() {
            return Some((400, "CSeq Method Mismatch"));
        }
        let after_user = uri.rsplit('@').next().unwrap_or_default();
        if uri.contains('<') || (uri.starts_with("sip") && after_user.contains('?')) {
            return Some((400, "Bad Request-URI"));
        }
        let forwards = message.get(&Name::MaxForwards);
        if forwards.is_some_and(|value| value.trim().parse::<u32>().map_or(true, |hops| hops > 255)) {
            return Some((400, "Bad Max-Forwards Header"));
        }
        let via = message.get(&Name::Via).unwrap_or_default();
        if via.contains(";;") || via.trim_end().ends_with(',') {
            return Some((400, "Bad Via Header"));
        }
        let unbalanced = |name| message.get(name).is_some_and(|value| has_open_quote(&value));
        if unbalanced(&Name::From) || unbalanced(&Name::To) {
            return Some((400, "Bad From or To Header"));
        }
        if message.from().uri.is_empty() || message.to().uri.is_empty() {
            return Some((400, "Bad From or To Header"));
        }
    }
    None
}

/// A quoted string that never ends: nobody can tell the URI from the name.
fn has_open_quote(value: &str) -> bool {
    let (mut quoted, mut escaped) = (false, false);
    for c in value.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
    }
    quoted
}

/// A request that cannot be parsed, but of which enough can be read to say so.
fn salvage(
    buffer: &Bytes,
    source: SocketAddr,
    reliable: bool,
    error: &sipx_sip::error::ParseError,
) -> Reject {
    let (head, _) = split_head(buffer);
    let mut lines = head.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let first = lines.next().unwrap_or_default();
    let method_end = first.iter().position(|b| *b == b' ').unwrap_or(first.len());
    let method = first.get(..method_end).unwrap_or_default();
    let token = |b: &u8| b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(b);
    if method.is_empty() || method == b"ACK" || !method.iter().all(token) {
        return Reject::Drop("unreadable");
    }
    let mut headers: Vec<(Name, Bytes)> = Vec::new();
    for line in lines.take(MAX_HEADERS * 2) {
        let Some(colon) = line.iter().position(|b| *b == b':') else { continue };
        let name = line.get(..colon).unwrap_or_default().trim_ascii();
        let value = line.get(colon + 1..).unwrap_or_default().trim_ascii();
        let name = Name::parse(&Bytes::copy_from_slice(name));
        if matches!(name, Name::Via | Name::From | Name::To | Name::CallId | Name::CSeq)
            && value.len() <= MAX_HEADER_BYTES
        {
            headers.push((name, Bytes::copy_from_slice(value)));
        }
    }
    let (status, reason) = match error {
        sipx_sip::error::ParseError::Limit { .. } => (513, "Message Too Large"),
        _ => (400, "Bad Request"),
    };
    let start = Start::Request { method: Method::parse(&Bytes::copy_from_slice(method)), uri: String::new() };
    let message = Message { start, body: Bytes::new(), headers };
    let complete = [Name::From, Name::To, Name::CallId, Name::CSeq].iter().all(|n| message.raw(n).is_some());
    match ResponseHead::of(&message, source, reliable) {
        Some(head) if complete => Reject::Answer { status, reason, head: Box::new(head) },
        _ => Reject::Drop("unreadable"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:c@d>;tag=1\r\n\
        To: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nSubject: two\r\n lines\r\n\r\nbody\nof lines\r\r\n";

    fn source() -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 7], 5060))
    }

    #[test]
    fn a_good_message_is_not_touched_and_read_without_copies() {
        assert!(matches!(normalise(GOOD.as_bytes()), Cow::Borrowed(_)));
        let message = parse(GOOD.as_bytes(), source(), false).unwrap();
        assert_eq!(message.get(&Name::Subject).unwrap(), "two lines");
        assert_eq!(message.body, "body\nof lines\r\r\n");
        assert_eq!(message.cseq().unwrap().number, 1);
    }

    #[test]
    fn the_body_of_a_repaired_message_is_left_alone() {
        let sloppy = GOOD.replacen("OPTIONS sip:a@b SIP", "OPTIONS  sip:*72#{@b SIP", 1);
        let message = parse(sloppy.as_bytes(), source(), false).unwrap();
        assert_eq!(message.body, "body\nof lines\r\r\n");
        assert!(matches!(&message.start, Start::Request { uri, .. } if uri == "sip:*72%23%7B@b"));
    }

    #[test]
    fn octets_that_are_no_utf8_come_back_as_they_were() {
        let mut raw = GOOD.as_bytes().to_vec();
        let at = GOOD.find("<sip:c").unwrap();
        raw.splice(at..at, [b'J', 0xf6, b' ']);
        let message = parse(&raw, source(), false).unwrap();
        let head = ResponseHead::of(&message, source(), false).unwrap();
        let response = head.response(200, "OK", Some("t"), &[], None);
        assert!(response.windows(4).any(|window| window == [b'J', 0xf6, b' ', b'<']));
    }

    proptest! {
        #[test]
        fn normalising_twice_is_normalising_once(raw in prop::collection::vec(prop_oneof![
            Just(b'\r'), Just(b'\n'), Just(b' '), Just(b':'), Just(b'#'), any::<u8>()
        ], 0..200)) {
            let raw = [b"OPTIONS  sip:a@b SIP/2.0\n", raw.as_slice()].concat();
            let once = normalise(&raw).into_owned();
            prop_assert_eq!(normalise(&once).into_owned(), once.clone());
            let _ = parse(&raw, source(), false);
        }
    }
}
