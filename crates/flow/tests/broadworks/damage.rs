//! Whatever a server answers, nothing panics or hangs.

use flow::broadworks::endpoints::wanted;
use flow::broadworks::{at, check, why};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// Odd values to put in place of good ones.
fn odd() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!({})),
        Just(json!([])),
        Just(json!([null, 1, "x", {"keys": 3}])),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "2001",
            "4000",
            "*55",
            "*55*",
            "0",
            "+",
            "é",
            "FREQ=WEEKLY;BYDAY=é",
            "9999-12-31T23:59:59",
            "-9999-01-01"
        ])
        .prop_map(Value::from),
    ]
}

/// Puts `value` at the `at`-th value of the tree, counted in depth; or takes it away.
fn damage(root: &mut Value, at: usize, value: Option<Value>) {
    let mut open = vec![root];
    let mut count = 0;
    while let Some(here) = open.pop() {
        if count == at {
            *here = value.unwrap_or(Value::Null);
            return;
        }
        count += 1;
        match here {
            Value::Array(list) => open.extend(list.iter_mut()),
            Value::Object(object) => open.extend(object.values_mut()),
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_snapshot_is_read_without_a_panic(
        changes in prop::collection::vec((0_usize..200, 0_usize..120, prop::option::of(odd())), 1..25),
        number in "[0-9*+@a-z]{0,8}",
    ) {
        let mut snapshot = snapshot();
        let keys: Vec<String> = snapshot.replies.keys().cloned().collect();
        for (reply, place, value) in changes {
            let key = &keys[reply % keys.len()];
            match (snapshot.replies.get_mut(key), value) {
                (Some(_), None) if place % 3 == 0 => {
                    snapshot.replies.remove(key);
                }
                (Some(reply), None) if place % 3 == 1 => {
                    *reply = Reply::Failed { status: Some(500), reason: "damaged".to_owned() };
                }
                (Some(Reply::Ok(body)), value) => damage(body, place, value),
                _ => {}
            }
        }
        let _ = wanted(&snapshot);
        let group = read(&snapshot);
        let noon = "2024-05-02T12:00[Europe/London]".parse().unwrap();
        for entity in group.entities() {
            let flow = group.flow(entity);
            prop_assert_eq!(flow.entry_node().map(|node| node.pointer.clone()), Some(group.pointer(entity)));
            let pointers: BTreeSet<&str> = flow.nodes.iter().map(|node| node.pointer.as_str()).collect();
            prop_assert_eq!(pointers.len(), flow.nodes.len());
            let active = at(&group, &flow, &noon);
            prop_assert!(active.nodes.len() <= flow.nodes.len());
        }
        for issue in check(&group) {
            prop_assert!(issue.code.starts_with("BW2"));
        }
        for way in why(&group, &number) {
            prop_assert!(!way.steps.is_empty());
        }
        let _ = group.find(&number, None, None);
    }
}
