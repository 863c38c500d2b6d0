//! The order and the words of a node's exits.
//!
//! Order is law, whatever the document's own order: `1..9 0 * #`, other digit strings by value, names as written,
//! `timeout`, `max_retries`, and `_` last. Not here: which exits a module can take (crate `engine`).

use std::cmp::Ordering;

use flow::diff::BEFORE;
use flow::graph::{Node, NodeId, Words};

use crate::scene::Label;
use crate::subject::Names;
use crate::text::clean;

/// Longest digit string that is drawn as a key when it stands in an exit's own words.
const KEYCAP_MAX: usize = 4;

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
    match &node.words {
        None => exits.sort_by_key(|exit| rank(plain(exit.key))),
        Some(words) => exits.sort_by_key(|exit| worded_rank(words, plain(exit.key))),
    }
    exits
}

/// Where a key stands; keys of equal rank keep the document's order (the sort is stable).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank<'a> {
    Key(usize),
    Digits(Digits<'a>),
    Name,
    Timeout,
    Retries,
    Otherwise,
}

/// A digit string that compares by value, without a limit on its length; `*` and `#` count as text.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Digits<'a>(&'a str);

impl Ord for Digits<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let (own, its) = (self.0.trim_start_matches('0'), other.0.trim_start_matches('0'));
        own.len().cmp(&its.len()).then_with(|| own.cmp(its)).then_with(|| self.0.cmp(other.0))
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

/// The key without what tells an earlier version's exit from the later one's.
fn plain(key: &str) -> &str {
    key.strip_suffix(BEFORE).unwrap_or(key)
}

/// Where an exit with words of its own stands: by the telephone key it shows; others keep the reader's order.
fn worded_rank<'a>(words: &'a Words, key: &'a str) -> Rank<'a> {
    match (rank(key), words.exits.get(key)) {
        (own @ (Rank::Timeout | Rank::Retries | Rank::Otherwise), _) => own,
        (own, None) if is_pressed(words, key) => own,
        (_, None) => Rank::Name,
        (_, Some(text)) => keycap(words, key, text).map_or(Rank::Name, |(cap, _)| rank(cap)),
    }
}

/// The telephone key that an exit's own words show, and the words beside it: `1`, `1: Sales`, or just `Sales` where the
/// node is a menu and the exit's key is the caller's.
fn keycap<'a>(words: &Words, key: &'a str, text: &'a str) -> Option<(&'a str, &'a str)> {
    let text = text.trim();
    if is_dialled(text) && text.len() <= KEYCAP_MAX {
        return Some((text, ""));
    }
    if let Some((cap, note)) =
        text.split_once(": ").filter(|(cap, _)| is_dialled(cap) && cap.len() <= KEYCAP_MAX)
    {
        return Some((cap, note));
    }
    is_pressed(words, key).then_some((key, text))
}

/// Whether an exit's key is the telephone key that the caller presses.
fn is_pressed(words: &Words, key: &str) -> bool {
    matches!(words.kind.as_str(), "auto_attendant" | "menu" | "submenu") && is_dialled(key)
}

/// The abbreviation that an exit's key is or begins with (`CFS:VIP`): engineers know a setting by it, so it stands before
/// the words.
fn code(key: &str) -> Option<&str> {
    let code = key.split(':').next().unwrap_or(key);
    crate::key::spelled_out(code).map(|_| code)
}

fn single_key(key: &str) -> Option<usize> {
    (key.len() == 1).then(|| "1234567890*#".find(key)).flatten()
}

fn is_dialled(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|sign| sign.is_ascii_digit() || sign == '*' || sign == '#')
}

/// The words on a wire; empty text means the wire needs none.
pub(crate) fn label(node: &Node, key: &str, names: &Names<'_, '_>) -> Label {
    let label = Label { key: key.to_owned(), ..Label::default() };
    let key = plain(key);
    let dialled = is_dialled(key);
    if let Some(words) = &node.words {
        return match (words.exits.get(key), code(key)) {
            (Some(text), None) => match keycap(words, key, text) {
                Some((cap, note)) => Label { text: cap.to_owned(), keycap: true, note: clean(note), ..label },
                None => Label { text: clean(text), ..label },
            },
            (Some(text), Some(code)) if text.contains(code) => Label { text: clean(text), ..label },
            (Some(text), Some(code)) => {
                Label { text: code.to_owned(), code: true, note: clean(text), ..label }
            }
            (None, Some(code)) => Label { text: code.to_owned(), code: true, ..label },
            (None, _) if is_pressed(words, key) => Label { text: key.to_owned(), keycap: true, ..label },
            // The number of an operation's only exit tells nothing.
            (None, _) if dialled && node.exits.len() == 1 => label,
            (None, _) if dialled => Label { text: format!("exit {key}"), ..label },
            (None, _) if key == "_" => label,
            (None, _) => Label { text: clean(&cause(key)), ..label },
        };
    }
    let module = node.module.as_str();
    if dialled && matches!(module, "menu" | "" | "park") {
        return Label { text: key.to_owned(), keycap: true, ..label };
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
    Label { text: clean(&text), ..label }
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
        "function" => "otherwise",
        "pivot" => "if it fails",
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
    if crate::key::spelled_out(key).is_some() {
        return key.to_owned();
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
    fn exits_with_words_of_their_own_show_keys_as_keys() {
        let mut node = Node { words: Some(Box::default()), ..Node::default() };
        let rows = [("0", "Busy"), ("7", "2"), ("5", "1: Sales"), ("CFS:VIP", "from VIP"), ("9", "")];
        for (place, (key, text)) in rows.iter().enumerate() {
            node.exits.insert((*key).to_owned(), NodeId(place as u32));
            if let Some(words) = node.words.as_mut().filter(|_| !text.is_empty()) {
                words.exits.insert((*key).to_owned(), (*text).to_owned());
            }
        }
        let shown: Vec<(String, bool)> = in_order(&node)
            .iter()
            .map(|exit| label(&node, exit.key, &Names { resolver: None }))
            .map(|label| (label.phrase().into_owned(), label.keycap))
            .collect();
        let wanted =
            [("1 Sales", true), ("2", true), ("Busy", false), ("CFS from VIP", false), ("exit 9", false)];
        assert_eq!(shown, wanted.map(|(text, keycap)| (text.to_owned(), keycap)));

        let mut menu =
            Node { module: "attendant".to_owned(), words: Some(Box::default()), ..Node::default() };
        menu.exits.insert("2".to_owned(), NodeId(0));
        if let Some(words) = &mut menu.words {
            words.kind = "auto_attendant".to_owned();
            words.exits.insert("2".to_owned(), "Accounts".to_owned());
        }
        assert_eq!(label(&menu, "2", &Names { resolver: None }).phrase(), "2 Accounts");
    }

    #[test]
    fn causes_are_put_in_plain_words() {
        assert_eq!(cause("USER_BUSY"), "busy");
        assert_eq!(cause("sip:486"), "SIP 486");
        assert_eq!(cause("INCOMPATIBLE_DESTINATION"), "incompatible destination");
        assert_eq!(cause("gold"), "gold");
    }
}
