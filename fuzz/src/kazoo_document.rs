//! Callflow documents: read, written, validated and checked.
//!
//! Octets that are JSON are taken as the document. All others are taken as instructions that build one, so that most
//! inputs reach the reader behind the JSON parser. Not for: running what was read (`scenario`).

use flow::account::{AccountIndex, Document};
use flow::schema::{MAX_VIOLATIONS, Registry, error_tree, validate};
use flow::{check, kazoo};
use serde_json::{Map, Value, json};

/// Nothing is lost by reading and writing; faults are told within bounds; nothing panics.
pub fn run(octets: &[u8]) {
    let document = serde_json::from_slice(octets).unwrap_or_else(|_| Builder { rest: octets }.value(0));
    round_trips(&document);
    // One schema and one kind for each input, chosen by its length: speed finds more than thoroughness.
    validates(&document, SCHEMAS[octets.len() % SCHEMAS.len()]);
    if let Some(data) = document.get("flow").and_then(|flow| flow.get("data")) {
        validates(data, DATA_SCHEMAS[octets.len() % DATA_SCHEMAS.len()]);
    }
    let of_kind = |kind: &str| Document {
        id: "fuzzed".to_owned(),
        kind: kind.to_owned(),
        version: 1,
        revision: "1-a".to_owned(),
        body: document.clone(),
    };
    let (index, _) = AccountIndex::build(of_kind("account"), [of_kind(KINDS[octets.len() % KINDS.len()])]);
    let told = check::check_account(&index, jiff::Timestamp::UNIX_EPOCH);
    assert!(told.len() <= 1_000 + 20 * octets.len(), "{} issues", told.len());
}

const SCHEMAS: [&str; 7] =
    ["callflows", "menus", "devices", "users", "vmboxes", "temporal_rules", "accounts"];
const DATA_SCHEMAS: [&str; 5] = [
    "callflows.menu",
    "callflows.ring_group",
    "callflows.pivot",
    "callflows.tts",
    "callflows.temporal_route",
];
const KINDS: [&str; 8] =
    ["callflow", "callflow", "menu", "device", "user", "vmbox", "group", "temporal_rule"];

fn round_trips(document: &Value) {
    let (callflow, issues) = kazoo::read(document);
    if document.is_object() {
        let written = kazoo::write(&callflow);
        assert_eq!(&written, document, "a document changed");
        let again = kazoo::write(&kazoo::read(&written).0);
        assert_eq!(again.to_string(), written.to_string(), "members change places again and again");
    } else {
        assert!(!issues.is_empty(), "no fault in {document}");
    }
    let (flow, issues) = kazoo::read_flow(document);
    if document.is_object() {
        let (written, left_out) = kazoo::write_flow(&flow);
        assert_eq!(&written, document, "a node tree changed");
        assert!(left_out.is_empty(), "a tree has a loop: {left_out:?}");
    } else {
        assert!(!issues.is_empty(), "no fault in {document}");
    }
    for (index, node) in flow.nodes.iter().enumerate() {
        assert_eq!(node.id.0 as usize, index);
        assert!(document.pointer(&node.pointer).is_some(), "{} leads nowhere", node.pointer);
        assert!(node.exits.values().all(|exit| (exit.0 as usize) < flow.nodes.len()));
    }
}

fn validates(document: &Value, schema: &str) {
    let mut completed = document.clone();
    let found = validate(Registry::shipped(), schema, &mut completed);
    assert!(found.len() <= MAX_VIOLATIONS);
    assert!(error_tree(&found).is_object() || found.is_empty());
    for violation in &found {
        assert!(!violation.to_issue().message.is_empty());
    }
    if found.is_empty() {
        let mut again = completed.clone();
        assert!(validate(Registry::shipped(), schema, &mut again).is_empty(), "defaults are not valid");
        assert_eq!(again, completed, "completing twice is not the same as once");
    }
}

/// Names that lead somewhere.
const NAMES: [&str; 24] = [
    "flow",
    "module",
    "data",
    "children",
    "numbers",
    "patterns",
    "_",
    "1",
    "timeout",
    "id",
    "name",
    "endpoints",
    "type",
    "endpoint_type",
    "delay",
    "media",
    "rules",
    "skip_module",
    "metaflows",
    "voice_url",
    "text",
    "owner_id",
    "sip",
    "/a~b",
];

/// Texts that mean something.
const TEXTS: [&str; 16] = [
    "menu",
    "ring_group",
    "user",
    "callflow",
    "temporal_route",
    "pivot",
    "voicemail",
    "play",
    "fuzzed",
    "1000",
    "^\\+1(\\d{10})$",
    "no_match",
    "true",
    "3",
    "http://192.0.2.1/",
    "",
];

/// Builds a document from octets, each of which is one decision.
struct Builder<'a> {
    rest: &'a [u8],
}

impl Builder<'_> {
    /// Deeper than JSON text can come, so that the reader's own bound is met.
    const MAX_DEPTH: usize = 300;

    fn next(&mut self) -> u8 {
        let Some((first, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        *first
    }

    fn value(&mut self, depth: usize) -> Value {
        let octet = self.next();
        let small = usize::from(octet >> 4);
        if depth >= Self::MAX_DEPTH {
            return Value::Null;
        }
        match octet % 16 {
            0 => Value::Null,
            1 => json!(octet > 99),
            2 => json!(i64::from(octet) - 100),
            3 => json!(f64::from(octet) * 1e17),
            4..=6 => json!(TEXTS[small]),
            7 => json!("\u{0}\u{ffff}".repeat(small)),
            8 | 9 => (0..small % 5).map(|_| self.value(depth + 1)).collect(),
            // A node as people write it.
            10..=12 => {
                json!({"module": TEXTS[small], "data": self.value(depth + 1), "children": self.value(depth + 1)})
            }
            _ => {
                let mut members = Map::new();
                for _ in 0..small % 6 {
                    let name = NAMES[usize::from(self.next()) % NAMES.len()].to_owned();
                    members.insert(name, self.value(depth + 1));
                }
                Value::Object(members)
            }
        }
    }
}
