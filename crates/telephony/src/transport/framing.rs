//! Cutting SIP messages out of a byte stream by `Content-Length` (RFC 3261 section 18.3), with the keep-alives of
//! RFC 5626 section 3.5.1. Not for understanding them.

use crate::sip::wire::MAX_MESSAGE_BYTES;

/// What a stream holds next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// One message.
    Message(Vec<u8>),
    /// A double CRLF, to be answered with one CRLF.
    Ping,
}

/// The stream cannot be cut any more; close it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FramingError {
    /// A message is longer than [`MAX_MESSAGE_BYTES`].
    #[error("message too long")]
    TooLong,
    /// `Content-Length` is no number, or there are two that differ.
    #[error("unreadable Content-Length")]
    Length,
}

/// Octets that wait for the rest of their message.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
    /// Where the search for the empty line goes on.
    searched: usize,
}

impl Framer {
    /// Nothing yet.
    pub fn new() -> Framer {
        Framer::default()
    }

    /// Take octets.
    pub fn push(&mut self, octets: &[u8]) {
        self.buffer.extend_from_slice(octets);
    }

    /// A message has begun and is not complete.
    pub fn is_partial(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// The next frame, if it is complete. (Not an iterator: more octets may come.)
    ///
    /// # Errors
    /// [`FramingError`]: the stream is useless from here on.
    pub fn take(&mut self) -> Result<Option<Frame>, FramingError> {
        if self.buffer.starts_with(b"\r\n\r\n") {
            self.buffer.drain(..4);
            self.searched = 0;
            return Ok(Some(Frame::Ping));
        }
        // A single CRLF is an answer to a ping of ours, or sloppiness in front of a message.
        if self.buffer.starts_with(b"\r\n") && self.buffer.len() > 2 && !self.buffer.starts_with(b"\r\n\r") {
            self.buffer.drain(..2);
            self.searched = 0;
        }
        let from = self.searched.saturating_sub(3);
        let rest = self.buffer.get(from..).unwrap_or_default();
        let Some(at) = rest.windows(4).position(|window| window == b"\r\n\r\n") else {
            self.searched = self.buffer.len();
            return if self.buffer.len() > MAX_MESSAGE_BYTES { Err(FramingError::TooLong) } else { Ok(None) };
        };
        let head = from + at + 4;
        let length = content_length(self.buffer.get(..head).unwrap_or_default())?;
        let total = head.saturating_add(length);
        if total > MAX_MESSAGE_BYTES {
            return Err(FramingError::TooLong);
        }
        if self.buffer.len() < total {
            self.searched = head.saturating_sub(1);
            return Ok(None);
        }
        let rest = self.buffer.split_off(total);
        let message = std::mem::replace(&mut self.buffer, rest);
        self.searched = 0;
        Ok(Some(Frame::Message(message)))
    }
}

/// The declared length; 0 when there is none.
fn content_length(head: &[u8]) -> Result<usize, FramingError> {
    let mut found = None;
    for line in head.split(|octet| *octet == b'\n').skip(1) {
        let Some(colon) = line.iter().position(|octet| *octet == b':') else { continue };
        let name = line.get(..colon).unwrap_or_default().trim_ascii();
        if !name.eq_ignore_ascii_case(b"Content-Length") && !name.eq_ignore_ascii_case(b"l") {
            continue;
        }
        let value = line.get(colon + 1..).unwrap_or_default().trim_ascii();
        let text = std::str::from_utf8(value).map_err(|_| FramingError::Length)?;
        let number: usize = text.parse().map_err(|_| FramingError::Length)?;
        if found.is_some_and(|known| known != number) {
            return Err(FramingError::Length);
        }
        found = Some(number);
    }
    Ok(found.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "OPTIONS sip:a@b SIP/2.0\r\nl: 3\r\n\r\nabc";
    const TWO: &str = "BYE sip:a@b SIP/2.0\r\nContent-Length : 0\r\n\r\n";

    fn frames(framer: &mut Framer) -> Vec<Frame> {
        std::iter::from_fn(|| framer.take().unwrap()).collect()
    }

    #[test]
    fn messages_are_cut_wherever_the_stream_is_broken() {
        let stream = format!("\r\n{ONE}{TWO}\r\n\r\n{ONE}");
        let expected = vec![
            Frame::Message(ONE.into()),
            Frame::Message(TWO.into()),
            Frame::Ping,
            Frame::Message(ONE.into()),
        ];
        for cut in 0..=stream.len() {
            let mut framer = Framer::new();
            framer.push(&stream.as_bytes()[..cut]);
            let mut got = frames(&mut framer);
            framer.push(&stream.as_bytes()[cut..]);
            got.extend(frames(&mut framer));
            assert_eq!(got, expected, "cut at {cut}");
            assert!(!framer.is_partial());
        }
        let mut framer = Framer::new();
        let mut got = Vec::new();
        for octet in stream.bytes() {
            framer.push(&[octet]);
            got.extend(frames(&mut framer));
        }
        assert_eq!(got, expected);
    }

    #[test]
    fn lengths_that_lie_close_the_stream() {
        for length in ["18446744073709551615", "70000", "-1", "x"] {
            let mut framer = Framer::new();
            framer.push(format!("BYE a SIP/2.0\r\nContent-Length: {length}\r\n\r\n").as_bytes());
            assert!(framer.take().is_err(), "{length}");
        }
        let mut framer = Framer::new();
        framer.push(b"BYE a SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\n");
        assert_eq!(framer.take(), Err(FramingError::Length));
        let mut framer = Framer::new();
        framer.push(&vec![b'a'; MAX_MESSAGE_BYTES + 1]);
        assert_eq!(framer.take(), Err(FramingError::TooLong));
    }
}
