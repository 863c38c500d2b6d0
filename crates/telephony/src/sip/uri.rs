//! Tolerant readers of the small pieces of SIP text: URIs, name-addr values, `Via`, `CSeq`, parameters. They never fail
//! on a sloppy value where its meaning is clear; what cannot be read is empty or absent.
//!
//! Not for framing and not for building messages: see [`wire`](super::wire) and [`build`](super::build).

use std::net::{IpAddr, SocketAddr};

/// A `sip:`, `sips:` or `tel:` URI taken apart. Escapes in the user part are decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uri {
    /// `sip`, `sips`, `tel`, lower case.
    pub scheme: String,
    /// User part, unescaped, without password and without user parameters.
    pub user: String,
    /// Host as written, lower case, IPv6 without brackets.
    pub host: String,
    /// Port, if given.
    pub port: Option<u16>,
    /// The `transport` parameter, lower case.
    pub transport: Option<String>,
    /// The `lr` parameter is there (loose router).
    pub loose: bool,
}

impl Uri {
    /// Read a URI, with or without angle brackets. `None` when it has no scheme or no host.
    pub fn parse(text: &str) -> Option<Uri> {
        let text = text.trim().trim_start_matches('<').trim_end_matches('>');
        let (scheme, rest) = text.split_once(':')?;
        let scheme = scheme.to_ascii_lowercase();
        if scheme == "tel" {
            let user = rest.split(';').next().unwrap_or_default().to_owned();
            return Some(Uri { scheme, user, ..Uri::default() });
        }
        if scheme != "sip" && scheme != "sips" {
            return None;
        }
        let (user_part, host_part) = match rest.rfind('@') {
            Some(at) => (rest.get(..at)?, rest.get(at + 1..)?),
            None => ("", rest),
        };
        let user = user_part.split([';', ':']).next().unwrap_or_default();
        let host_part = host_part.split('?').next().unwrap_or_default();
        let mut pieces = host_part.split(';');
        let (host, port) = host_port(pieces.next().unwrap_or_default())?;
        let mut uri = Uri { scheme, user: unescape(user), host, port, ..Uri::default() };
        for piece in pieces {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "transport" => uri.transport = Some(value.trim().to_ascii_lowercase()),
                "lr" => uri.loose = true,
                _ => {}
            }
        }
        Some(uri)
    }

    /// The address, when the host is an IP literal; port 5060 (5061 for `sips`) when none is given.
    pub fn address(&self) -> Option<SocketAddr> {
        let ip: IpAddr = self.host.parse().ok()?;
        Some(SocketAddr::new(ip, self.port.unwrap_or(if self.scheme == "sips" { 5061 } else { 5060 })))
    }
}

/// Host and port of `host[:port]`, `[v6][:port]`; host in lower case. `None` when the host is empty or the port no port.
pub fn host_port(text: &str) -> Option<(String, Option<u16>)> {
    let text = text.trim();
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        (host, after.strip_prefix(':'))
    } else if text.matches(':').count() > 1 {
        (text, None)
    } else {
        match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    let port = match port {
        Some(port) => Some(port.trim().parse().ok()?),
        None => None,
    };
    let host = host.trim().to_ascii_lowercase();
    (!host.is_empty()).then_some((host, port))
}

/// Decode `%XX`; octets that make no UTF-8 are replaced.
pub fn unescape(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(octet) = bytes.get(at) {
        let pair = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match pair {
            Some(decoded) if *octet == b'%' => {
                out.push(decoded);
                at += 3;
            }
            _ => {
                out.push(*octet);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Encode what a SIP URI's user part may not hold (RFC 3261 section 25.1, `user-unreserved` and `unreserved`).
pub fn escape_user(user: &str) -> String {
    let mut out = String::with_capacity(user.len());
    for octet in user.bytes() {
        if octet.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&octet) {
            out.push(octet as char);
        } else {
            out.push_str(&format!("%{octet:02X}"));
        }
    }
    out
}

/// A `From`, `To`, `Contact`, `Refer-To` ... value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameAddr {
    /// Display name without quotes; empty when there is none.
    pub display: String,
    /// The URI text, without brackets.
    pub uri: String,
    /// Header parameters after the address, as text.
    pub params: String,
}

impl NameAddr {
    /// Read a value. Unquoted display names may hold anything but `<`.
    pub fn parse(text: &str) -> NameAddr {
        let text = text.trim();
        let (open, quoted_end) = open_bracket(text);
        if let Some(open) = open {
            let display = text.get(..open).unwrap_or_default().trim();
            let rest = text.get(open + 1..).unwrap_or_default();
            let (uri, params) = rest.split_once('>').unwrap_or((rest, ""));
            let params = params.trim().trim_start_matches(';').to_owned();
            return NameAddr { display: unquote(display), uri: uri.trim().to_owned(), params };
        }
        let rest = text.get(quoted_end..).unwrap_or_default();
        let (uri, params) = rest.split_once(';').unwrap_or((rest, ""));
        NameAddr { display: String::new(), uri: uri.trim().to_owned(), params: params.to_owned() }
    }

    /// The `tag` parameter.
    pub fn tag(&self) -> Option<&str> {
        param(&self.params, "tag").filter(|tag| !tag.is_empty())
    }

    /// The URI taken apart; empty when it cannot be read.
    pub fn parsed(&self) -> Uri {
        Uri::parse(&self.uri).unwrap_or_default()
    }
}

/// Where the `<` outside quotes is, and where a leading quoted string ends.
fn open_bracket(text: &str) -> (Option<usize>, usize) {
    let mut quoted = false;
    let mut escaped = false;
    let mut quoted_end = 0;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => {
                quoted = !quoted;
                quoted_end = at + 1;
            }
            '<' if !quoted => return (Some(at), quoted_end),
            _ => {}
        }
    }
    // An unbalanced quote hides the bracket: take the last one.
    (if quoted { text.rfind('<') } else { None }, quoted_end.min(text.len()))
}

/// Text without its quotes and backslashes.
pub fn unquote(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"') else { return text.to_owned() };
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            '"' => break,
            _ => out.push(c),
        }
    }
    out
}

/// Text as a quoted string; control characters are left out.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars().filter(|c| !c.is_control()) {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// A parameter of `a=b;c;d="e"`, quotes removed; `Some("")` for one without a value.
pub fn param<'a>(params: &'a str, name: &str) -> Option<&'a str> {
    for piece in params.split(';') {
        let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(value.trim().trim_matches('"'));
        }
    }
    None
}

/// Split a comma-separated header value, commas inside quotes and brackets kept.
pub fn split_list(text: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let (mut from, mut quoted, mut escaped, mut bracket) = (0, false, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' if !quoted => bracket = true,
            '>' if !quoted => bracket = false,
            ',' if !quoted && !bracket => {
                items.push(text.get(from..at).unwrap_or_default().trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    items.push(text.get(from..).unwrap_or_default().trim());
    items.retain(|item| !item.is_empty());
    items
}

/// `CSeq`: number and method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CSeq {
    /// Below 2^31 (RFC 3261 section 8.1.1.5).
    pub number: u32,
    /// Method token.
    pub method: String,
}

impl CSeq {
    /// Read `314159 INVITE`.
    pub fn parse(text: &str) -> Option<CSeq> {
        let mut words = text.split_ascii_whitespace();
        let number: u32 = words.next()?.parse().ok()?;
        let method = words.next()?.to_owned();
        (number < 1 << 31 && words.next().is_none()).then_some(CSeq { number, method })
    }
}

/// The topmost `Via` hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    /// `UDP`, `TCP` ... upper case.
    pub transport: String,
    /// Host of sent-by, lower case.
    pub host: String,
    /// Port of sent-by.
    pub port: Option<u16>,
    /// Parameters as text.
    pub params: String,
}

impl Via {
    /// Read one hop.
    pub fn parse(text: &str) -> Option<Via> {
        let (head, params) = text.split_once(';').unwrap_or((text, ""));
        // `SIP / 2.0 / UDP host : port`, white space allowed around the slashes and the colon.
        let mut parts = head.splitn(3, '/');
        let protocol = parts.next()?.trim();
        let _version = parts.next()?;
        if !protocol.eq_ignore_ascii_case("SIP") {
            return None;
        }
        let rest = parts.next()?.trim();
        let (transport, sent_by) = rest.split_once([' ', '\t'])?;
        let sent_by: String = sent_by.chars().filter(|c| !c.is_whitespace()).collect();
        let (host, port) = host_port(&sent_by)?;
        Some(Via { transport: transport.trim().to_ascii_uppercase(), host, port, params: params.to_owned() })
    }

    /// The branch parameter.
    pub fn branch(&self) -> Option<&str> {
        param(&self.params, "branch").filter(|branch| !branch.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_name_with_commas_and_parentheses_is_read() {
        let value = NameAddr::parse("Doe, John (Sales) <sip:101@pbx.example>;tag=ab1");
        assert_eq!(value.display, "Doe, John (Sales)");
        assert_eq!(value.uri, "sip:101@pbx.example");
        assert_eq!(value.tag(), Some("ab1"));
        let value = NameAddr::parse("\"A \\\"B\\\" <x>\" <sip:1@h>;tag=2");
        assert_eq!(value.display, "A \"B\" <x>");
        assert_eq!(value.uri, "sip:1@h");
        let value = NameAddr::parse("sip:1@h;tag=9");
        assert_eq!((value.uri.as_str(), value.tag()), ("sip:1@h", Some("9")));
    }

    #[test]
    fn a_uri_is_taken_apart() {
        let uri = Uri::parse("<sip:%2A72%23;phone-context=x@[2001:db8::1]:5070;transport=TCP;lr>").unwrap();
        assert_eq!((uri.user.as_str(), uri.host.as_str(), uri.port), ("*72#", "2001:db8::1", Some(5070)));
        assert_eq!((uri.transport.as_deref(), uri.loose), (Some("tcp"), true));
        assert_eq!(Uri::parse("sip:pbx.example").unwrap().user, "");
        assert!(Uri::parse("mailto:x@y").is_none());
        assert!(Uri::parse("sip:x@").is_none());
    }

    #[test]
    fn a_via_may_have_spaces() {
        let via = Via::parse("SIP / 2.0 / UDP  192.0.2.2:5062 ;branch=z9hG4bKx;rport").unwrap();
        assert_eq!((via.host.as_str(), via.port, via.branch()), ("192.0.2.2", Some(5062), Some("z9hG4bKx")));
    }

    #[test]
    fn lists_keep_commas_inside_quotes_and_brackets() {
        assert_eq!(
            split_list("\"a,b\" <sip:x,y@h>, <sip:z@h>;q=1"),
            ["\"a,b\" <sip:x,y@h>", "<sip:z@h>;q=1"]
        );
    }
}
