//! Tests of the account index: every rule of lookup, the ways to documents, and changes against building anew.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn document(id: &str, kind: &str, body: Value) -> Document {
    Document { id: id.into(), kind: kind.into(), version: 1, revision: "1-a".into(), body }
}

fn callflow(id: &str, numbers: &[&str], patterns: &[&str]) -> Document {
    let body = json!({"id": id, "numbers": numbers, "patterns": patterns, "flow": {"module": "noop"}});
    document(id, "callflow", body)
}

fn account() -> Document {
    document("acc", "account", json!({"id": "acc", "realm": "example.org"}))
}

fn index(documents: Vec<Document>) -> AccountIndex {
    let (index, issues) = AccountIndex::build(account(), documents);
    assert_eq!(issues, []);
    index
}

/// The callflow's id, the capture, and whether it is a catch-all.
fn found(index: &AccountIndex, number: &str) -> Option<(String, Option<String>, bool)> {
    let found = index.lookup(number).ok()?;
    Some((found.callflow.id.clone(), found.capture_group, found.no_match))
}

fn hit(id: &str, capture: Option<&str>) -> Option<(String, Option<String>, bool)> {
    Some((id.to_owned(), capture.map(str::to_owned), false))
}

#[test]
fn static_numbers_come_first_and_the_first_document_id_wins() {
    let index = index(vec![
        callflow("b", &["1000", "*56"], &[]),
        callflow("a", &["1000"], &[]),
        callflow("p", &[], &[r"^\*5([0-9]*)$", r"^(1\d*)$"]),
    ]);
    assert_eq!(found(&index, "1000"), hit("a", None));
    assert_eq!(found(&index, "*56"), hit("b", None));
    assert_eq!(found(&index, "*57"), hit("p", Some("7")));
    assert_eq!(found(&index, "*5"), hit("p", None));
    assert_eq!(found(&index, "1001"), hit("p", Some("1001")));
    assert_eq!(index.claims("1000").map(|entry| entry.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn numbers_are_case_sensitive_texts() {
    let index = index(vec![callflow("a", &["Sales"], &[])]);
    assert_eq!(found(&index, "Sales"), hit("a", None));
    assert_eq!(index.lookup("sales"), Err(LookupError::NotFound));
    assert_eq!(index.lookup(""), Err(LookupError::InvalidNumber));
}

#[test]
fn the_longest_captured_text_wins_then_the_highest_pattern_text() {
    let index = index(vec![
        callflow("short", &[], &[r"^\*9(\d)\d*$"]),
        callflow("long", &[], &[r"^\*(\d+)$"]),
        callflow("whole", &[], &[r"^\+49\d+$"]),
        callflow("group", &[], &[r"^\+49(\d+)$"]),
        callflow("tie-low", &[], &[r"^#1(\d)$"]),
        callflow("tie-high", &[], &[r"^#(?:1)(\d)$"]),
        callflow("same-a", &[], &[r"^##(\d)$"]),
        callflow("same-b", &[], &[r"^##(\d)$"]),
    ]);
    assert_eq!(found(&index, "*97"), hit("long", Some("97")));
    assert_eq!(found(&index, "+4930"), hit("whole", Some("+4930")));
    // In the database's order `1` sorts after `(`.
    assert_eq!(found(&index, "#12"), hit("tie-low", Some("2")));
    assert_eq!(found(&index, "##1"), hit("same-b", Some("1")));
}

#[test]
fn empty_captures_win_only_when_nothing_is_longer() {
    let index =
        index(vec![callflow("empty", &[], &[r"^\*3([0-9]+)?$"]), callflow("other", &[], &[r"^(\*)3$"])]);
    assert_eq!(found(&index, "*3"), hit("other", Some("*")));
    let index = index.without("other");
    assert_eq!(found(&index, "*3"), hit("empty", None));
}

#[test]
fn named_groups_are_given() {
    let index = index(vec![callflow("a", &[], &[r"^\*(?<code>\d\d)(?<rest>\d*)$"])]);
    let groups = index.lookup("*97").unwrap().capture_groups;
    assert_eq!(groups, IndexMap::from([("code".to_owned(), "97".to_owned())]));
}

#[test]
fn the_catch_all_takes_digits_only() {
    let index = index(vec![callflow("all", &["no_match", "7000"], &[r"^\*7$"])]);
    let all = |capture: Option<&str>| Some(("all".to_owned(), capture.map(str::to_owned), true));
    for number in ["1", "+14155550100", "++1", "7000"] {
        assert_eq!(found(&index, number), all(None), "{number}");
    }
    // However it was found, it is the catch-all.
    assert_eq!(found(&index, "*7"), all(Some("*7")));
    for number in ["*1", "sales", "1a", "+", "1+1", "#"] {
        assert_eq!(index.lookup(number), Err(LookupError::NotFound), "{number}");
    }
}

#[test]
fn patterns_that_cannot_run_are_told_and_passed_over() {
    let (index, issues) =
        AccountIndex::build(account(), [callflow("a", &[], &["(", r"^(?!1)\d$", r"^\d\d$"])]);
    let told: Vec<_> = issues
        .iter()
        .map(|issue| (issue.code.as_ref(), issue.place.pointer.as_str(), issue.place.document.as_deref()))
        .collect();
    assert_eq!(told, [("NP1001", "/patterns/0", Some("a")), ("NP1003", "/patterns/1", Some("a"))]);
    assert_eq!(found(&index, "22"), hit("a", Some("22")));
}

#[test]
fn callflows_are_parsed_once_with_their_facts() {
    let body = json!({"id": "a", "name": "Main", "numbers": ["1"], "flow": {"module": "menu"},
        "ringback": {"early": "tone", "transfer": ""}});
    let index = index(vec![Document { version: 7, ..document("a", "callflow", body) }]);
    let entry = index.callflow("a").unwrap();
    assert_eq!((entry.version, entry.name.as_str(), entry.no_match), (7, "Main", false));
    assert_eq!(entry.flow.entry_node().unwrap().module, "menu");
    assert_eq!(entry.ringback, Ringback { early: Some("tone".into()), transfer: None });
    assert!(index.callflow("acc").is_none());
}

fn ids<'a>(documents: impl Iterator<Item = &'a Arc<Document>>) -> Vec<&'a str> {
    documents.map(|document| document.id.as_str()).collect()
}

#[test]
fn documents_are_found_by_their_properties() {
    let index = index(vec![
        document("desk", "device", json!({"owner_id": "ann", "sip": {"username": "ann1"}})),
        document("cell", "device", json!({"owner_id": "ann"})),
        document("hot", "device", json!({"owner_id": "ann", "hotdesk": {"users": {"bob": {}, "cy": {}}}})),
        document("ann", "user", json!({"directories": {"dir": "flow"}, "hotdesk": {"id": "77"}})),
        document("bob", "user", json!({})),
        document("box2", "vmbox", json!({"owner_id": "ann", "mailbox": "1001"})),
        document("box1", "vmbox", json!({"owner_id": "ann", "mailbox": 1001})),
        document("team", "group", json!({"endpoints": {"ann": {"type": "user"}}})),
        document("row", "list_entry", json!({"list_id": "vip", "number": "1"})),
    ]);
    assert_eq!(ids(index.of_type("device")), ["cell", "desk", "hot"]);
    assert_eq!(ids(index.devices_of("ann")), ["cell", "desk"]);
    assert_eq!(ids(index.devices_of("bob")), ["hot"]);
    assert_eq!(ids(index.hotdesks_of("cy")), ["hot"]);
    assert_eq!(ids(index.users_by_hotdesk_id("77")), ["ann"]);
    assert_eq!(ids(index.boxes_of("ann")), ["box1", "box2"]);
    assert_eq!(ids(index.boxes_numbered("1001")), ["box1", "box2"]);
    assert_eq!(index.device_by_username("ann1").unwrap().id, "desk");
    assert!(index.device_by_username("Ann1").is_none());
    assert_eq!(ids(index.groups_with("ann")), ["team"]);
    assert_eq!(ids(index.users_in_directory("dir")), ["ann"]);
    assert_eq!(ids(index.entries_of_list("vip")), ["row"]);
    assert_eq!(index.document("acc").unwrap().kind, "account");

    // Logging out of the hot desk gives the device back to its owner; the old index does not change.
    let later = index.with(document("hot", "device", json!({"owner_id": "ann", "hotdesk": {"users": {}}})));
    assert_eq!(ids(later.devices_of("ann")), ["cell", "desk", "hot"]);
    assert_eq!(ids(later.devices_of("bob")), Vec::<&str>::new());
    assert_eq!(ids(index.devices_of("bob")), ["hot"]);
}

#[test]
fn the_account_and_its_number_settings_can_change() {
    let index = index(vec![]);
    assert_eq!(index.normalise("4155550100"), "+14155550100");
    let mut new = account();
    new.body["dial_plan"] = json!({"^(\\d{4})$": {"prefix": "+1415555"}});
    let index = index.with(new);
    assert_eq!(index.normalise("0100"), "+14155550100");
    let settings = json!({"e164_converters": {"^0(\\d+)$": {"prefix": "+49"}},
        "classifiers": {"berlin": {"regex": "^\\+4930"}}});
    let index = index.with(document(NUMBER_SETTINGS, "config", settings));
    assert_eq!(index.normalise("030123456"), "+4930123456");
    assert_eq!(index.normalise("4155550100"), "4155550100");
    assert_eq!(index.classifiers().classify("+4930123456"), "berlin");
    let index = index.without(NUMBER_SETTINGS).without("acc");
    assert_eq!(index.normalise("4155550100"), "+14155550100");
    assert_eq!(index.account().id, "acc");
}

#[test]
fn two_documents_with_one_id_are_told() {
    let (index, issues) =
        AccountIndex::build(account(), [callflow("a", &["1"], &[]), callflow("a", &["2"], &[])]);
    assert_eq!(issues.iter().map(|issue| issue.code.as_ref()).collect::<Vec<_>>(), ["AC1001"]);
    assert_eq!(found(&index, "2"), hit("a", None));
    assert_eq!(index.lookup("1"), Err(LookupError::NotFound));
}

/// The rules of section 1.5 as plainly as they can be written.
fn plain_lookup(entries: &[Arc<CallflowEntry>], number: &str) -> Option<(String, Option<String>, bool)> {
    if number.is_empty() {
        return None;
    }
    let exact =
        |number: &str| entries.iter().find(|entry| entry.numbers.iter().any(|own| own == number)).cloned();
    if let Some(entry) = exact(number) {
        return Some((entry.id.clone(), None, entry.no_match));
    }
    let mut tried: Vec<_> = entries
        .iter()
        .flat_map(|entry| entry.patterns.iter().enumerate().map(move |(at, text)| (text, entry, at)))
        .collect();
    tried.sort_by_key(|(text, entry, at)| (collation::sort_key(text), entry.id.clone(), *at));
    let mut best: Option<(String, &Arc<CallflowEntry>)> = None;
    for (text, entry, _) in tried.into_iter().rev() {
        let regex = crate::numbers::compile(text, "").unwrap();
        let Some(found) = regex.captures(number.as_bytes()) else { continue };
        let group = |at: usize| found.get(at).map_or(&b""[..], |group| group.as_bytes());
        let first = usize::from(regex.captures_len() > 1);
        let longest = (first..regex.captures_len()).map(|at| group(at).len()).max().unwrap();
        let text = (first..regex.captures_len()).map(group).find(|text| text.len() == longest).unwrap();
        if best.as_ref().is_none_or(|(so_far, _)| text.len() > so_far.len()) {
            best = Some((String::from_utf8(text.to_vec()).unwrap(), entry));
        }
    }
    if let Some((text, entry)) = best {
        return Some((entry.id.clone(), (!text.is_empty()).then_some(text), entry.no_match));
    }
    let digits = number.trim_start_matches('+');
    let is_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    exact("no_match").filter(|_| is_digits).map(|entry| (entry.id.clone(), None, true))
}

fn some_callflow() -> impl Strategy<Value = Document> {
    let number = prop_oneof!["[0-3]{1,3}", Just("no_match".to_owned()), r"\*[0-3]"];
    let pattern = r"\^?(\\\*|[0-3]|\[1-3\]|\(\\d\*\)|\(1\|22\)|\(3\)\?|\\d\{2\}){1,4}\$?";
    ("[a-f]", prop::collection::vec(number, 0..3), prop::collection::vec(pattern, 0..3)).prop_map(
        |(id, numbers, patterns)| {
            let texts = |list: &[String]| list.to_vec();
            let body = json!({"numbers": texts(&numbers), "patterns": texts(&patterns), "flow": {}});
            document(&id, "callflow", body)
        },
    )
}

proptest! {
    #[test]
    fn lookup_agrees_with_the_plain_rules_after_any_changes(
        start in prop::collection::vec(some_callflow(), 0..5),
        changes in prop::collection::vec(prop_oneof![some_callflow().prop_map(Ok), "[a-f]".prop_map(Err)], 0..6),
        numbers in prop::collection::vec(r"[+*]?[0-3]{0,4}", 1..12),
    ) {
        let (mut index, _) = AccountIndex::build(account(), start.clone());
        let mut documents = start;
        for change in changes {
            match change {
                Ok(document) => {
                    index = index.with(document.clone());
                    documents.retain(|old| old.id != document.id);
                    documents.push(document);
                }
                Err(id) => {
                    index = index.without(&id);
                    documents.retain(|old| old.id != id);
                }
            }
        }
        let (anew, _) = AccountIndex::build(account(), documents);
        let entries: Vec<_> = anew.callflows().cloned().collect();
        for number in &numbers {
            prop_assert_eq!(found(&index, number), plain_lookup(&entries, number), "{}", number);
        }
    }
}
