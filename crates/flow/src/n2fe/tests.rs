use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::graph::NodeId;

/// The body that the public page shows for saving a flow.
fn saved() -> Value {
    json!({
        "1": {"exits": [], "id": "1", "base_node": "4", "type": "AttemptTerminate",
              "config": {"destinations": [{"address": "6421555555", "timeout_seconds": 60}]},
              "exitNames": [{"name": "Busy/No Answer"}]},
        "2": {"id": "2", "base_node": "1", "type": "Start", "exits": [1], "exitNames": [{"name": ""}]}
    })
}

fn told(document: &Value) -> Vec<String> {
    validate(document).iter().map(|fault| format!("{} {fault}", fault.code)).collect()
}

/// An operation of a type, as complete as can be.
fn operation(id: u32, kind: &str, config: Value, exits: Value) -> Value {
    json!({"id": id, "type": kind, "config": config, "exits": exits})
}

fn announcement(entry: &str) -> Value {
    json!({"set": "Default", "entry": entry, "repetition": 1})
}

#[test]
fn the_plan_of_the_public_page_is_read() {
    let plan = read(&saved());
    assert_eq!(plan.flow.entry, Some(NodeId(1)));
    let start = plan.flow.entry_node().unwrap();
    assert_eq!((start.module.as_str(), start.pointer.as_str()), ("n2fe.Start", "/2"));
    assert_eq!(start.exit("0"), Some(NodeId(0)));
    let connect = &plan.flow.nodes[0];
    assert_eq!(connect.data["destinations"][0]["address"], "6421555555");
    assert!(connect.exits.is_empty());
    let words = connect.words.as_ref().unwrap();
    assert_eq!((words.kind.as_str(), words.caption.as_str()), ("AttemptTerminate", "Connect"));
    assert_eq!(words.lines, ["6421555555 for 60 s"]);
    assert_eq!((words.title.as_str(), words.number.as_deref()), ("6421555555", Some("6421555555")));
    assert_eq!(words.exits["0"], "Busy/No Answer");
    assert_eq!(told(&saved()), Vec::<String>::new());
    assert_eq!(write(&plan).to_string(), saved().to_string());
}

#[test]
fn the_stored_form_has_texts_for_ids_and_all_exits() {
    let given = json!({"always_present_calling": 1, "operations": {
        "1": {"id": 1, "type": "AttemptTerminate", "base_node": 4, "exits": [],
              "config": {"destinations": [{"address": "64"}]}, "title": "Kept"},
        "2": {"id": 2, "type": "Start", "exits": ["1"]},
        "3": {"id": 3, "type": "Alien", "exits": [null, 2]}}});
    let stored = stored(&given);
    assert_eq!(
        stored.to_string(),
        json!({
            "1": {"id": "1", "type": "AttemptTerminate", "base_node": "4", "exits": [null],
                  "config": {"destinations": [{"address": "64"}]}, "title": "Kept"},
            "2": {"id": "2", "type": "Start", "exits": [1]},
            "3": {"id": "3", "type": "Alien", "exits": [null, 2]}})
        .to_string()
    );
    assert!(read(&given).flow.members.contains_key(ALWAYS_PRESENT_CALLING));
    assert_eq!(read(&stored).flow.nodes[1].exit("0"), Some(NodeId(0)));
}

#[test]
fn changes_of_the_graph_are_written() {
    let mut plan = read(&saved());
    plan.flow.nodes[0].exits.insert("2".to_owned(), NodeId(0));
    plan.flow.nodes[0].data["destinations"][0]["address"] = json!("99");
    plan.flow.nodes.push(Node { id: NodeId(2), module: "n2fe.Switch".into(), ..Node::default() });
    let written = write(&plan);
    assert_eq!(written["1"]["exits"], json!([null, null, 1]));
    assert_eq!(written["1"]["config"]["destinations"][0]["address"], "99");
    assert_eq!(written["3"], json!({"id": "3", "type": "Switch"}));
}

#[test]
fn the_known_sentence_comes_as_the_vendor_writes_it() {
    let mut plan = saved();
    plan["1"]["config"]["destinations"][0]["address"] = json!("");
    let faults = validate(&plan);
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].to_string(), "[Node-1] No destination number defined at position 1.");
    assert_eq!(faults[0].pointer, "/1/config/destinations/0/address");
    assert_eq!(faults[0].to_issue().message, "[Node-1] No destination number defined at position 1");
}

#[test]
fn faults_of_form_are_all_told() {
    let plan = json!({
        "1": {"id": 2, "type": "AttemptTerminate", "exits": [1, 2, 3, 4], "config": []},
        "2": 5,
        "3": {"id": "x", "exits": {}, "base_node": "b"},
        "4": {"type": "ReleaseCall", "exits": [1, "one"], "config": {"cause": 32}},
        "5": {"id": 5, "type": "Start", "exits": [9]},
        "6": {"id": 6, "type": "Start", "exits": [5]}
    });
    assert_eq!(
        told(&plan),
        [
            "NF1006 [Node-1] The id is 2 and the key is 1.",
            "NF1009 [Node-1] The operation has at most 3 exits, not 4.",
            "NF1014 [Node-1] The exit leads to operation 2, which does not exist, at position 2.",
            "NF1012 [Node-1] The configuration is not an object.",
            "NF2003 [Node-1] No destination defined.",
            "NF1004 [Node-2] The operation is not an object.",
            "NF1005 [Node-3] The id is not a whole number.",
            "NF1007 [Node-3] The operation has no type.",
            "NF1013 [Node-3] The base node is not a whole number.",
            "NF1008 [Node-3] The exits are not a list.",
            "NF1005 [Node-4] The operation has no id.",
            "NF1009 [Node-4] The operation has no exits.",
            "NF1008 [Node-4] The exit is not the number of an operation at position 2.",
            "NF2002 [Node-4] The release cause is not a whole number from 1 to 31.",
            "NF1014 [Node-5] The exit leads to operation 9, which does not exist, at position 1.",
            "NF1015 [Node-6] The exit leads to the Start at position 1.",
            "NF1011 [Node-6] There is more than one Start operation.",
            "NF1101 [Node-1] The operation is not reached from the Start.",
            "NF1101 [Node-3] The operation is not reached from the Start.",
            "NF1101 [Node-4] The operation is not reached from the Start.",
            "NF1102 [Node-1] The operation is in a loop without a limit and without anything the caller keys in.",
        ]
    );
    assert_eq!(told(&json!([])), ["NF1001 The flow is not an object of operations."]);
    assert_eq!(told(&json!({})), ["NF1010 The flow has no Start operation."]);
    let flag = json!({"always_present_calling": 2, "operations": {"1": operation(1, "Start", json!({}), json!([]))}});
    assert_eq!(
        told(&flag),
        [
            "NF1002 The flag to always present the calling number is not 0 or 1.",
            "NF1105 [Node-1] No operation follows the Start.",
        ]
    );
}

#[test]
fn loops_need_a_limit_or_a_caller_who_keys_something_in() {
    let menu = json!({"main_announcement": announcement("a"), "timeout_announcement": announcement("b"),
        "bad_digit_announcement": announcement("c")});
    let plan = |middle: Value| {
        json!({"1": operation(1, "Start", json!({}), json!([2])),
               "2": operation(2, "PlayAnnouncement", json!({"announcement": announcement("x")}), json!([3])),
               "3": middle})
    };
    let table = [
        (operation(3, "Menu", menu, json!([2])), false),
        (operation(3, "LoopLimit", json!({"loop_limit": 3}), json!([2])), false),
        (operation(3, "Switch", json!({"exit_idx": 0}), json!([2])), true),
        (operation(3, "PlayAnnouncement", json!({"announcement": announcement("y")}), json!([3])), true),
    ];
    for (middle, endless) in table {
        let told = told(&plan(middle.clone()));
        assert_eq!(told.iter().any(|one| one.starts_with("NF1102")), endless, "{middle}: {told:?}");
        assert_eq!(told.len(), usize::from(endless), "{told:?}");
    }
}

#[test]
fn dialling_out_without_a_pin_is_warned_of() {
    let entry = json!({"main_announcement": announcement("a"), "reprompt_announcement": announcement("b")});
    let breakout = json!({"main_announcement": announcement("a"), "reprompt_announcement": announcement("b"),
        "min_digits": 6, "max_digits": 12});
    let plan = |exits: Value| {
        json!({"1": operation(1, "Start", json!({}), json!([2])),
               "2": operation(2, "PinAuthorisation", entry.clone(), exits),
               "3": operation(3, "BreakoutDialing", breakout.clone(), json!([]))})
    };
    assert_eq!(told(&plan(json!([3]))), Vec::<String>::new());
    assert_eq!(
        told(&plan(json!([3, 3]))),
        ["NF1103 [Node-3] Callers can dial out without a PIN or account code before.",]
    );
}

#[test]
fn faults_of_configurations_are_all_told() {
    let plan = json!({
        "1": operation(1, "Start", json!({}), json!([2])),
        "2": operation(2, "Menu", json!({"max_iterations": "0"}), json!([3])),
        "3": operation(3, "CallingParty", json!({"rules": [{"prefix": "6x", "exit_idx": 1}]}), json!([4])),
        "4": operation(4, "NumberMatching", json!({"match_rules": ["12(", "?"], "source_buffer": "system.x"}), json!([5])),
        "5": operation(5, "ExtensionDialing", json!({"prefix": "64", "min_digits": 3, "max_digits": 2,
            "main_announcement": {"set": "a"}, "reprompt_announcement": announcement("b"), "end_char": "**"}), json!([6])),
        "6": operation(6, "CellsiteRouting", json!({"cellsites": ["A"]}), json!([7])),
        "7": operation(7, "ProportionalDistribution", json!({"rules": [{"proportion": 0, "exit_idx": 0}]}), json!([8])),
        "8": operation(8, "CallingPartyCategory", json!({"rules": [{"type": "robot", "exit_idx": 0}]}), json!([9])),
        "9": operation(9, "TableLookup", json!({"source_profile_block": "a"}), json!([10])),
        "10": operation(10, "Alien", json!({"rules": 1}), json!([])),
    });
    assert_eq!(
        told(&plan),
        [
            "NF2001 [Node-2] No main announcement defined.",
            "NF2001 [Node-2] No timeout announcement defined.",
            "NF2001 [Node-2] No bad digit announcement defined.",
            "NF2002 [Node-2] The maximum of iterations is not a whole number from 1 to 20.",
            "NF2004 [Node-3] The prefix may only have the digits 0-9 and A-F at position 1.",
            "NF2005 [Node-3] The exit is exit 2 of 1 at position 1.",
            "NF2006 [Node-4] The match rule `12(` has a `(` without its other half at position 1.",
            "NF2008 [Node-4] The source buffer `system.x` is not a `user.` buffer.",
            "NF2001 [Node-5] No entry of the main announcement defined.",
            "NF2007 [Node-5] The minimum of digits is above the maximum.",
            "NF2002 [Node-5] The end key is not one key of a telephone.",
            "NF2007 [Node-5] The prefix and the minimum of digits are fewer than 7 digits together.",
            "NF2003 [Node-6] There must be 2 or more cell sites.",
            "NF2009 [Node-6] The first cell site is not `No match found`.",
            "NF2003 [Node-7] All proportions are 0.",
            "NF2009 [Node-8] The caller type `robot` is none of payphone, international, landline, mobile at position 1.",
            "NF2002 [Node-9] The source profile block is not a number.",
            "NF2001 [Node-9] No source tag code defined.",
            "NF2001 [Node-9] No target profile block defined.",
            "NF2001 [Node-9] No target tag code defined.",
            "NF2001 [Node-9] No lookup dataset defined.",
            "NF1104 [Node-10] Operations of type Alien are kept and not run.",
        ]
    );
}

#[test]
fn configurations_read_the_members_they_name() {
    for kind in types::TYPES {
        let empty = Object::new();
        assert!(
            (kind.examine)(&empty, 1).faults.iter().all(|fault| fault.pointer.starts_with('/')),
            "{}",
            kind.name
        );
    }
    let nothing = Object::new();
    let mut fields = fields::Fields::new(&nothing, 1);
    <config::Menu as config::Config>::read(&mut fields);
    let asked: BTreeSet<&str> = fields.asked().iter().copied().collect();
    assert_eq!(asked, <config::Menu as config::Config>::MEMBERS.iter().copied().collect());
}

#[test]
fn keys_of_a_menu_are_found_by_name_or_by_place() {
    let by_place = config::menu_exits(None);
    assert_eq!((by_place[0], by_place[12], by_place[13]), (Some(0), Some(12), Some(13)));
    let by_name =
        config::menu_exits(Some(&json!([{"name": "1"}, {"name": "#"}, {"name": "t"}, {"name": "None"}])));
    assert_eq!(
        (by_name[0], by_name[1], by_name[11], by_name[12], by_name[13]),
        (None, Some(0), Some(1), Some(2), Some(3))
    );
    let other_names = config::menu_exits(Some(&json!([{"name": "Sales"}, {"name": "1"}])));
    assert_eq!(other_names, by_place);
}

#[test]
fn references_are_listed() {
    let plan = json!({
        "1": operation(1, "PlayAnnouncement", json!({"announcement": announcement("x")}), json!([2])),
        "2": operation(2, "FirstCallers", json!({"counter": "votes", "limit": 5}), json!([])),
        "3": operation(3, "CallerLocation", json!({"geography_set_id": 7, "rules": [], "counter": "not read"}), json!([])),
    });
    let found: Vec<_> = references::references(&plan)
        .into_iter()
        .map(|one| (one.node, one.kind, one.name, one.entry, one.pointer))
        .collect();
    let of = |node: &str, kind, name: &str, entry: Option<&str>, pointer: &str| {
        (node.to_owned(), kind, name.to_owned(), entry.map(str::to_owned), pointer.to_owned())
    };
    assert_eq!(
        found,
        [
            of("1", service::ANNOUNCEMENT_SET, "Default", Some("x"), "/1/config/announcement"),
            of("2", service::COUNTER, "votes", None, "/2/config/counter"),
            of("3", service::GEOGRAPHY_SET, "7", None, "/3/config/geography_set_id"),
        ]
    );
}

/// Any JSON, with the members that matter occurring often and in every shape.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..6i32).prop_map(Value::from),
        "[a-z~/0-9]{0,3}".prop_map(Value::from),
        prop::sample::select(types::TYPES).prop_map(|kind| Value::from(kind.name)),
        Just(Value::from("CallerPresentation")),
    ];
    leaf.prop_recursive(6, 80, 6, |inner| {
        let name = prop_oneof![
            2 => Just("id".to_owned()),
            3 => Just("type".to_owned()),
            3 => Just("exits".to_owned()),
            3 => Just("config".to_owned()),
            1 => Just("rules".to_owned()),
            1 => Just("operations".to_owned()),
            1 => Just("exitNames".to_owned()),
            6 => "[0-5]",
            1 => "[a-z~/]{0,3}",
        ];
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            4 => prop::collection::vec((name, inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

#[test]
fn an_operation_by_the_name_of_operations_stays_one() {
    let given = json!({"operations": {"operations": {}}});
    let once = stored(&given);
    assert_eq!(once, json!({"operations": {"exits": []}}));
    assert_eq!(stored(&once), once);
    assert_eq!(write(&read(&once)), once);
}

proptest! {
    #[test]
    fn reading_and_writing_changes_nothing_and_checking_never_fails(document in anything()) {
        let plan = read(&document);
        prop_assert_eq!(write(&plan).to_string(), document.to_string());
        for (index, node) in plan.flow.nodes.iter().enumerate() {
            prop_assert_eq!(node.id.0 as usize, index);
            for to in node.exits.values() {
                prop_assert!(plan.flow.node(*to).is_some());
            }
        }
        for fault in validate(&document) {
            prop_assert!(fault.sentence.ends_with('.'), "{}", fault);
            prop_assert!(fault.code.starts_with("NF"));
        }
        let once = stored(&document);
        prop_assert_eq!(stored(&once), once);
    }
}
