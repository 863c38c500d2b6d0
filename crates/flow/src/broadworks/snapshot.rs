//! The replies an Odin API gave for one group, by the request that was asked: everything a report needs, as plain data.
//!
//! Not here: the compressed file it is kept in and the network it comes from (crate `odin`), and what the replies mean
//! (the other files of `broadworks`). Nothing secret belongs in a snapshot: no token, no password, no credentials in
//! [`Snapshot::source`].

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The format this program writes and reads.
pub const FORMAT: u32 = 1;

/// What one Odin API told of one group, and when.
///
/// One snapshot holds the details of one group. Replies to searches for a number in the enterprise or the whole system
/// (`/system/dns/search`) may be in it too; they name who owns a number that the group does not have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// [`FORMAT`]. A program must refuse a larger one.
    pub format: u32,
    /// The API's base URL (`https://odin.example.com/api/v2`), without user name, password or query.
    pub source: String,
    /// When the reading began: RFC 3339, UTC (`2024-05-01T09:30:00Z`).
    pub taken_at: String,
    /// The service provider or enterprise.
    pub service_provider: String,
    /// The group.
    pub group: String,
    /// Reply by [`request_key`].
    pub replies: BTreeMap<String, Reply>,
    /// What went wrong while it was taken, for people: one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl Default for Snapshot {
    fn default() -> Self {
        Snapshot {
            format: FORMAT,
            source: String::new(),
            taken_at: String::new(),
            service_provider: String::new(),
            group: String::new(),
            replies: BTreeMap::new(),
            warnings: Vec::new(),
        }
    }
}

/// What came back for one request: `{"ok": ...}` or `{"failed": {"status": 404, "reason": "..."}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The JSON body of a successful reply.
    Ok(Value),
    /// No usable reply, after all retries.
    Failed {
        /// HTTP status, when there was a reply at all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// Why, one sentence for people, without secrets.
        reason: String,
    },
}

impl Reply {
    /// The body, of a successful reply.
    pub fn ok(&self) -> Option<&Value> {
        match self {
            Reply::Ok(value) => Some(value),
            Reply::Failed { .. } => None,
        }
    }

    /// The server does not have this endpoint (404, 405, 501), as opposed to one that failed.
    pub fn is_unknown_endpoint(&self) -> bool {
        matches!(self, Reply::Failed { status: Some(404 | 405 | 501), .. })
    }
}

impl Snapshot {
    /// The reply to a request; `None` when it was never asked.
    pub fn reply(&self, path: &str, query: &[(&str, &str)]) -> Option<&Reply> {
        self.replies.get(&request_key(path, query))
    }

    /// Keeps the reply to a request, in place of an earlier one.
    pub fn insert(&mut self, path: &str, query: &[(&str, &str)], reply: Reply) {
        self.replies.insert(request_key(path, query), reply);
    }
}

/// The name of a request in a snapshot: the path, and the query sorted by name and value, percent-escaped (RFC 3986:
/// only unreserved characters stay, and `/` in the path). It does not depend on the order of the query, and is itself a
/// valid request target behind the API's base URL.
///
/// ```
/// use flow::broadworks::snapshot::request_key;
/// let key = request_key("/users", &[("serviceProviderId", "Acme Ltd"), ("groupId", "g+1")]);
/// assert_eq!(key, "/users?groupId=g%2B1&serviceProviderId=Acme%20Ltd");
/// ```
pub fn request_key(path: &str, query: &[(&str, &str)]) -> String {
    let mut sorted = query.to_vec();
    sorted.sort_unstable();
    let mut key = String::with_capacity(path.len() + 32 * query.len());
    escape(path, true, &mut key);
    for (at, (name, value)) in sorted.into_iter().enumerate() {
        key.push(if at == 0 { '?' } else { '&' });
        escape(name, false, &mut key);
        key.push('=');
        escape(value, false, &mut key);
    }
    key
}

fn escape(text: &str, is_path: bool, out: &mut String) {
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        if plain || (is_path && byte == b'/') {
            out.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_does_not_depend_on_the_order_of_the_query_and_escapes_everything_odd() {
        let one = request_key("/groups/events", &[("name", "Öffnung & Zeit"), ("groupId", "a/b=c?d")]);
        let other = request_key("/groups/events", &[("groupId", "a/b=c?d"), ("name", "Öffnung & Zeit")]);
        assert_eq!(one, other);
        assert_eq!(one, "/groups/events?groupId=a%2Fb%3Dc%3Fd&name=%C3%96ffnung%20%26%20Zeit");
        assert_eq!(request_key("/users", &[]), "/users");
    }

    #[test]
    fn a_snapshot_is_written_and_read_back() {
        let mut snapshot = Snapshot { service_provider: "sp".to_owned(), ..Snapshot::default() };
        snapshot.insert("/users", &[("groupId", "g")], Reply::Ok(json!([{"userId": "u"}])));
        let gone = Reply::Failed { status: Some(404), reason: "no such endpoint".to_owned() };
        snapshot.insert("/x", &[], gone.clone());
        let text = serde_json::to_string(&snapshot).unwrap();
        assert!(text.contains(r#""/users?groupId=g":{"ok":[{"userId":"u"}]}"#), "{text}");
        assert!(text.contains(r#"{"failed":{"status":404,"reason":"no such endpoint"}}"#), "{text}");
        assert_eq!(serde_json::from_str::<Snapshot>(&text).unwrap(), snapshot);
        assert_eq!(snapshot.reply("/x", &[]), Some(&gone));
        assert!(gone.is_unknown_endpoint());
        assert_eq!(snapshot.reply("/users", &[]), None);
    }
}
