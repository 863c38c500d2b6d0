//! From path to nouns: a segment naming an endpoint starts a noun, other segments are its arguments
//! (reference "Crossbar" 1.1).
//!
//! Not here: what a noun does, and whether it may (`dispatch`).

use super::error::Failure;

/// Every endpoint name that starts a noun, with a handler or without one. Those without are answered 404.
const NOUNS: &[&str] = &[
    "about",
    "account",
    "accounts",
    "agents",
    "alerts",
    "api_auth",
    "apps_store",
    "auth",
    "blacklists",
    "callflows",
    "cdrs",
    "channels",
    "conferences",
    "devices",
    "directories",
    "entitlements",
    "faxboxes",
    "functions",
    "groups",
    "hotdesks",
    "limits",
    "lists",
    "media",
    "menus",
    "metaflows",
    "phone_numbers",
    "pivot",
    "queues",
    "registrations",
    "resources",
    "schemas",
    "search",
    "temporal_rules",
    "temporal_rules_sets",
    "token_auth",
    "user_auth",
    "users",
    "vmboxes",
    "webhooks",
    "whitelabel",
];

/// The most segments a path may have.
const SEGMENTS_MAX: usize = 16;

/// One endpoint with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Noun {
    /// The endpoint's name: `callflows`.
    pub(crate) name: &'static str,
    /// What follows: ids and sub-paths.
    pub(crate) arguments: Vec<String>,
}

impl Noun {
    /// The arguments as texts, to match on.
    pub(crate) fn arguments(&self) -> Vec<&str> {
        self.arguments.iter().map(String::as_str).collect()
    }
}

/// The nouns of the path behind `/v2`, in path order.
///
/// # Errors
/// `NotFound` when the first segment names no endpoint, or for more than 16 segments.
pub(crate) fn nouns(path: &str) -> Result<Vec<Noun>, Failure> {
    let mut nouns: Vec<Noun> = Vec::new();
    let mut greedy = false;
    for (place, segment) in path.split('/').filter(|segment| !segment.is_empty()).enumerate() {
        if place >= SEGMENTS_MAX {
            return Err(Failure::NotFound);
        }
        let segment = decode(segment);
        let endpoint = NOUNS.iter().find(|name| **name == segment).filter(|_| !greedy);
        match (endpoint, nouns.last_mut()) {
            (Some(name), _) => {
                greedy = *name == "schemas";
                nouns.push(Noun { name, arguments: Vec::new() });
            }
            (None, Some(noun)) => noun.arguments.push(segment),
            (None, None) => return Err(Failure::NotFound),
        }
    }
    if nouns.is_empty() { Err(Failure::NotFound) } else { Ok(nouns) }
}

/// Undoes percent-encoding; what is not a valid escape stays as it is.
fn decode(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut place = 0;
    while let Some(byte) = bytes.get(place) {
        let escaped = segment
            .get(place + 1..place + 3)
            .filter(|hex| *byte == b'%' && hex.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match escaped {
            Some(value) => {
                out.push(value);
                place += 3;
            }
            None => {
                out.push(*byte);
                place += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(path: &str) -> Vec<(&'static str, Vec<String>)> {
        nouns(path).expect("nouns").into_iter().map(|noun| (noun.name, noun.arguments)).collect()
    }

    #[test]
    fn nested_listings_come_free() {
        assert_eq!(
            chain("/accounts/A/users/U/devices/"),
            [("accounts", vec!["A".to_owned()]), ("users", vec!["U".to_owned()]), ("devices", Vec::new())]
        );
        assert_eq!(
            chain("accounts/A/vmboxes/V/messages/M/raw")[1],
            ("vmboxes", vec!["V".to_owned(), "messages".to_owned(), "M".to_owned(), "raw".to_owned()])
        );
    }

    #[test]
    fn a_schema_may_be_named_like_an_endpoint() {
        assert_eq!(chain("/schemas/users"), [("schemas", vec!["users".to_owned()])]);
    }

    #[test]
    fn escapes_are_undone_and_broken_ones_kept() {
        assert_eq!(chain("/callflows/%2A97/%zz%4")[0].1, ["*97", "%zz%4"]);
        assert_eq!(chain("/callflows/é%")[0].1, ["é%"]);
    }

    #[test]
    fn unknown_and_endless_paths_are_not_found() {
        assert!(matches!(nouns("/nonsense"), Err(Failure::NotFound)));
        assert!(matches!(nouns("/"), Err(Failure::NotFound)));
        assert!(matches!(nouns(&"/users".repeat(99)), Err(Failure::NotFound)));
    }

    #[test]
    fn the_names_are_sorted_and_unique() {
        assert!(NOUNS.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
