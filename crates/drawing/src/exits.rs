//! The order and the words of a node's exits.
//!
//! Order is law, whatever the document's own order: `1..9 0 * #`, other digit strings by value, names as written,
//! `timeout`, `max_retries`, and `_` last. Not here: which exits a module can take (crate `engine`).

use std::cmp::Ordering;

use flow::graph::{Node, NodeId};

use crate::scene::Label;
use crate::subject::Names;

/// One exit of a node, in drawing order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit<'a> {
    /// Exit key as written: `1`, `_`, `USER_BUSY`.
    pub key: &'a str,
    /// The node behind it.
    pub to: NodeId,
}

/// The exits of a node in key order.
pub fn in_order(node: &Node) -> Vec<Exit<'_>> {
    let mut exits: Vec<Exit<'_>> = node.exits.iter().map(|(key, to)| Exit { key, to: *to }).collect();
    exits.sort_by(|left, right| rank(left.key).cmp(&rank(right.key)));
    exits
}

/// Where a key stands; keys of equal rank keep the document's order (the sort is stable).
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank<'a> {
    Key(usize),
    Digits(Digits<'a>),
    Name,
    Timeout,
    Retries,
    Otherwise,
}

/// A digit string that compares by value, without a limit on its length; `*` and `#` count as text.
#[derive(PartialEq, Eq)]
struct Digits<'a>(&'a str);

impl Ord for Digits<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let value = |text: &str| text.trim_start_matches('0').len();
        let trimmed = |text: &str| text.trim_start_matches('0').to_owned();
        value(self.0)
            .cmp(&value(other.0))
            .then_with(|| trimmed(self.0).cmp(&trimmed(other.0)))
            .then_with(|| self.0.cmp(other.0))
    }
}

impl PartialOrd for Digits<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn rank(key: &str) -> Rank<'_> {
    if let Some(place) = single_key(key) {
        return Rank::Key(place);
    }
    match key {
        "timeout" => Rank::Timeout,
        "max_retries" => Rank::Retries,
        "_" => Rank::Otherwise,
        _ if is_dialled(key) => Rank::Digits(Digits(key)),
        _ => Rank::Name,
    }
}

fn single_key(key: &str) -> Option<usize> {
    (key.len() == 1).then(|| "1234567890*#".find(key)).flatten()
}

fn is_dialled(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|sign| sign.is_ascii_digit() || sign == '*' || sign == '#')
}

/// The words on a wire; empty text means the wire needs none.
pub(crate) fn label(module: &str, key: &str, names: &Names<'_, '_>) -> Label {
    let dialled = is_dialled(key);
    if dialled && matches!(module, "menu" | "" | "park") {
        return Label { key: key.to_owned(), text: key.to_owned(), keycap: true };
    }
    let text = match (module, key) {
        (_, "_") => otherwise(module).to_owned(),
        ("menu", "timeout") => "no input".to_owned(),
        ("menu", "max_retries") => "too many tries".to_owned(),
        (_, "timeout") => "timeout".to_owned(),
        ("temporal_route", "rule_set") => "rule set".to_owned(),
        ("temporal_route", rule) => names.named(rule).map_or_else(|| names.short(rule), |found| found.name),
        ("acdc_wait_time", seconds) if dialled => format!("{seconds} s or more"),
        ("nomorobo", score) if dialled => format!("score {score} or more"),
        ("branch_variable" | "branch_bnumber", value) => format!("is {value}"),
        (_, other) => cause(other),
    };
    Label { key: key.to_owned(), text: crate::text::clean(&text), keycap: false }
}

/// What `_` means after each kind of module.
fn otherwise(module: &str) -> &'static str {
    match module {
        "device" | "user" | "ring_group" | "group" | "route_to_cid" => "no answer",
        "page_group" | "intercom" => "afterwards",
        "resources" | "offnet" => "failed",
        "menu" => "no valid choice",
        "temporal_route" | "branch_variable" | "branch_bnumber" | "check_cid" | "cidlistmatch"
        | "nomorobo" | "acdc_wait_time" | "fax_detect" => "otherwise",
        "pivot" | "function" => "if it fails",
        "callflow" | "voicemail" | "directory" => "afterwards",
        "disa" | "dynamic_cid" => "not allowed",
        "acdc_member" => "left the queue",
        "park" => "not picked up",
        "hotdesk" => "otherwise",
        _ => "",
    }
}

/// A hang-up cause, SIP status or other name, in plain words where there are any.
fn cause(key: &str) -> String {
    let known = match key {
        "USER_BUSY" => "busy",
        "NO_ANSWER" | "NO_USER_RESPONSE" | "ALLOTTED_TIMEOUT" => "no answer",
        "CALL_REJECTED" => "declined",
        "ORIGINATOR_CANCEL" => "caller gave up",
        "USER_NOT_REGISTERED" | "SUBSCRIBER_ABSENT" => "phone not registered",
        "UNALLOCATED_NUMBER" => "number not in use",
        "NO_ROUTE_DESTINATION" => "no route",
        "NORMAL_TEMPORARY_FAILURE" => "network trouble",
        "DESTINATION_OUT_OF_ORDER" => "out of order",
        "match" => "matches",
        "nomatch" => "does not match",
        "ON_FAX" => "fax",
        "ON_VOICE" => "voice",
        "MAX_SLOT_EXCEEDED" => "no free slot",
        "REMOTE_UNAVAILABLE" => "remote not reachable",
        "timeout" => "timeout",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    if let Some(status) = key.strip_prefix("sip:") {
        return format!("SIP {status}");
    }
    let shouted = key.len() > 3 && key.chars().all(|sign| sign.is_ascii_uppercase() || sign == '_');
    if shouted { key.to_ascii_lowercase().replace('_', " ") } else { key.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(keys: &[&str]) -> Vec<String> {
        let mut node = Node::default();
        for (place, key) in keys.iter().enumerate() {
            node.exits.insert((*key).to_owned(), NodeId(place as u32));
        }
        in_order(&node).iter().map(|exit| exit.key.to_owned()).collect()
    }

    #[test]
    fn exits_stand_in_key_order_whatever_the_document_says() {
        let keys = [
            "_",
            "#",
            "timeout",
            "0",
            "zebra",
            "*",
            "12",
            "2",
            "max_retries",
            "100",
            "apple",
            "9",
            "1",
            "007",
        ];
        let wanted = [
            "1",
            "2",
            "9",
            "0",
            "*",
            "#",
            "007",
            "12",
            "100",
            "zebra",
            "apple",
            "timeout",
            "max_retries",
            "_",
        ];
        assert_eq!(ordered(&keys), wanted);
    }

    #[test]
    fn causes_are_put_in_plain_words() {
        assert_eq!(cause("USER_BUSY"), "busy");
        assert_eq!(cause("sip:486"), "SIP 486");
        assert_eq!(cause("INCOMPATIBLE_DESTINATION"), "incompatible destination");
        assert_eq!(cause("gold"), "gold");
    }
}
