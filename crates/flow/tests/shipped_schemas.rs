//! The shipped schemas on real shapes of documents: callflows with their nodes, metaflows, and the documents that
//! clients send sloppily.

#![allow(clippy::unwrap_used, reason = "helpers of a test over the shipped schemas")]

use flow::schema::{Registry, Rule, error_tree, validate};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn check(id: &str, mut value: Value) -> (Value, Value) {
    let found = validate(Registry::shipped(), id, &mut value);
    (error_tree(&found), value)
}

#[track_caller]
fn completes(id: &str, value: Value, expected: Value) {
    assert_eq!(check(id, value), (json!({}), expected));
}

#[test]
fn nodes_get_the_defaults_of_their_module_at_any_depth() {
    completes(
        "callflows",
        json!({"numbers": ["1000"], "flow": {
            "module": "menu", "data": {"id": "m"},
            "children": {
                "1": {"module": "ring_group", "data": {"endpoints": [{"id": "d", "endpoint_type": "device"}]},
                      "children": {"_": {"module": "collect_dtmf"}}},
                "2": null,
            },
        }, "ui_metadata": {"origin": "callflows"}}),
        json!({"numbers": ["1000"], "flow": {
            "module": "menu", "data": {"id": "m"},
            "children": {
                "1": {
                    "module": "ring_group",
                    "data": {
                        "endpoints": [{"id": "d", "endpoint_type": "device", "delay": 0, "timeout": 20}],
                        "ignore_forward": true, "repeats": 1, "strategy": "simultaneous", "timeout": 20,
                    },
                    "children": {"_": {
                        "module": "collect_dtmf",
                        "data": {"max_digits": 1, "terminator": "#", "timeout": 5000},
                    }},
                },
            },
        }, "ui_metadata": {"origin": "callflows"}, "patterns": []}),
    );
}

#[test]
fn an_unknown_module_is_refused_in_kazoos_words() {
    let (tree, _) = check("callflows", json!({"flow": {"module": "qubicle", "data": {}}}));
    assert_eq!(
        tree,
        json!({"flow.module": {"error":
            {"message": "unable to find callflow schema for module qubicle", "value": "qubicle"}}})
    );
    let (tree, _) = check("metaflows", json!({"numbers": {"1": {"module": "fly"}}}));
    assert_eq!(tree["numbers.1.module"]["error"]["message"], "unable to find metaflow schema for module fly");
    // Sub-schemas are no modules.
    for module in ["action", "audio_macro.say"] {
        let found = validate(Registry::shipped(), "callflows.action", &mut json!({"module": module}));
        assert_eq!(found[0].rule, Rule::UnknownModule, "{module}");
    }
}

#[test]
fn faults_of_nodes_are_found_at_any_depth_all_at_once() {
    let (tree, _) = check(
        "callflows",
        json!({"flow": {"module": "play", "data": {"loop_count": 0}, "children": {
            "_": {"module": "pivot", "data": {"voice_url": "ftp://x"}, "children": {
                "_": {"data": {}, "children": {"USER.BUSY": {"module": "tts"}}}}}}}}),
    );
    let Value::Object(tree) = tree else { unreachable!() };
    let paths: Vec<&str> = tree.keys().map(String::as_str).collect();
    assert_eq!(
        paths,
        [
            "flow.children._.children._.module",
            "flow.children._.children._.children.USER%2EBUSY.data.text",
            "flow.children._.data.voice_url",
            "flow.data.loop_count",
        ]
    );
    let address = &tree["flow.children._.data.voice_url"];
    assert!(
        address["pattern"].is_object() && address["error"]["message"] == "invalid client URL",
        "{address}"
    );
}

#[test]
fn an_empty_flow_lacks_its_module() {
    let (tree, value) = check("callflows", json!({"numbers": ["1"], "flow": {}}));
    assert_eq!(
        tree,
        json!({"flow.module": {"required": {"message": "is required but missing", "value": "module"}}})
    );
    assert_eq!(value["flow"], json!({"data": {}}));
}

#[test]
fn a_pattern_of_a_callflow_must_compile_and_numbers_must_differ() {
    let (tree, _) =
        check("callflows", json!({"numbers": ["1", "1"], "patterns": ["^\\*72(\\d+)$", "^(\\d"]}));
    assert!(tree["numbers"]["uniqueItems"].is_object(), "{tree}");
    assert!(tree["patterns.1"]["error"].is_object() && tree.get("patterns.0").is_none(), "{tree}");
}

#[test]
fn the_parts_of_an_audio_macro_are_checked_by_kind() {
    let part = |parts: Value| check("callflows.audio_macro", json!({"macros": parts}));
    let (tree, value) = part(json!([{"macro": "tts", "text": "hello"}, {"macro": "tone", "volume": "50"}]));
    assert_eq!(tree, json!({}));
    assert_eq!((&value["macros"][0]["voice"], &value["macros"][1]["volume"]), (&json!("female"), &json!(50)));
    let (tree, _) = part(json!([{"macro": "tone", "volume": 200}]));
    assert_eq!(
        tree["macros.0"]["not_one_schema_valid"]["cause"]["macros.0.volume"]["maximum"]["target"],
        100
    );
    let (tree, _) = part(json!([{"macro": "shout"}]));
    assert!(tree["macros.0.macro"]["enum"].is_object(), "{tree}");
    // Left out altogether it gets the (too short) default, as it does in Kazoo.
    assert_eq!(check("callflows.audio_macro", json!({})).0, json!({}));
}

#[test]
fn sip_headers_are_flat_or_by_direction() {
    for headers in [json!({"X-A": "1"}), json!({"in": {"X-A": "1"}, "out": {}})] {
        let (tree, _) = check("callflows.resources", json!({"custom_sip_headers": headers}));
        assert_eq!(tree, json!({}));
    }
    let (tree, _) = check("callflows.resources", json!({"custom_sip_headers": {"in": {"X-A": 1}}}));
    assert!(tree["custom_sip_headers"]["not_one_schema_valid"].is_object(), "{tree}");
}

#[test]
fn what_the_web_interface_sends_is_accepted() {
    completes(
        "directories",
        json!({"name": "d", "min_dtmf": "3", "confirm_match": "true"}),
        json!({"name": "d", "min_dtmf": 3, "confirm_match": true, "max_dtmf": 0, "sort_by": "last_name",
               "users": []}),
    );
    completes(
        "temporal_rules",
        json!({"name": "t", "cycle": "weekly", "interval": "1", "start_date": null, "wdays": ["wensday"]}),
        json!({"name": "t", "cycle": "weekly", "interval": 1, "wdays": ["wensday"], "start_date": 62586115200i64}),
    );
    completes(
        "conferences",
        json!({"name": "c"}),
        json!({"name": "c", "conference_numbers": [],
               "member": {"join_deaf": false, "join_muted": true, "numbers": [], "pins": []},
               "moderator": {"join_deaf": false, "join_muted": false, "numbers": [], "pins": []},
               "play_name": false}),
    );
    completes(
        "menus",
        json!({"name": "m", "timeout": "10000", "media": {"exit_media": true}}),
        json!({"name": "m", "timeout": 10000, "media": {"exit_media": true}, "allow_record_from_offnet": false,
               "hunt": true, "max_extension_length": 4, "retries": 3, "suppress_media": false}),
    );
    completes("callflows.receive_fax", json!({"owner_id": null}), json!({}));
    let (tree, device) = check("devices", json!({"name": "d", "sip": {"expire_seconds": "360"}}));
    assert_eq!(tree, json!({}));
    assert_eq!(
        device["sip"],
        json!({"expire_seconds": 360, "invite_format": "contact", "method": "password"})
    );
    let (tree, _) = check("callflows.voicemail", json!({"id": "null"}));
    assert_eq!(tree["id"]["minLength"]["target"], 32);
}

#[test]
fn closed_schemas_refuse_unknown_members() {
    let (tree, _) = check("api_auth", json!({"api_key": "k", "x": 1}));
    assert!(
        tree["x"]["additionalProperties"].is_object() && tree["api_key"]["minLength"].is_object(),
        "{tree}"
    );
    let (tree, _) = check("metaflows", json!({"numbers": {"1a": {"module": "hangup"}}}));
    assert!(tree["numbers.1a"]["additionalProperties"].is_object(), "{tree}");
}

#[test]
fn checking_twice_changes_nothing_more() {
    for id in Registry::shipped().ids() {
        let mut once = json!({});
        validate(Registry::shipped(), id, &mut once);
        let mut twice = once.clone();
        validate(Registry::shipped(), id, &mut twice);
        assert_eq!(once, twice, "{id}");
    }
}

#[test]
fn flows_as_deep_as_json_can_be_read_are_followed() {
    let mut node = json!({"module": "hangup"});
    for _ in 0..60 {
        node = json!({"module": "answer", "children": {"_": node}});
    }
    assert_eq!(check("callflows.action", node).0, json!({}));
}

/// A document that has some members of the schema with any values, and some of its own.
fn document_for(id: &'static str) -> impl Strategy<Value = (&'static str, Value)> {
    let known: Vec<String> = Registry::shipped().get(id).unwrap()["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(k, _)| k.clone())
        .collect();
    let name = prop_oneof![
        9 => prop::sample::select(known.into_iter().chain(["module".to_owned()]).collect::<Vec<_>>()),
        1 => "[a-z._0-9]{0,4}",
    ];
    prop::collection::vec((name, any_value()), 0..6)
        .prop_map(move |members| (id, Value::Object(members.into_iter().collect::<Map<_, _>>())))
}

fn any_value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-3i64..40).prop_map(|number| Value::from(number.to_string())),
        prop::sample::select(vec!["true", "play", "menu", "record", "*", "https://a.example", "("])
            .prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,6}".prop_map(Value::from),
    ];
    scalar.prop_recursive(4, 24, 4, |inner| {
        let name = prop_oneof![
            prop::sample::select(vec!["data", "module", "children", "_", "id", "member"])
                .prop_map(str::to_owned),
            ".{0,3}"
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_document_is_judged_and_a_good_one_is_left_alone_the_second_time(
        (id, document) in prop::sample::select(Registry::shipped().ids().collect::<Vec<_>>()).prop_flat_map(document_for)
    ) {
        let mut once = document.clone();
        let faults = validate(Registry::shipped(), id, &mut once);
        let mut twice = once.clone();
        let again = validate(Registry::shipped(), id, &mut twice);
        if faults.is_empty() {
            prop_assert_eq!(&once, &twice);
            prop_assert!(again.is_empty(), "{:?}", again);
        }
        let pointers: Vec<String> = faults.iter().map(|fault| fault.pointer()).collect();
        for (fault, pointer) in faults.iter().zip(&pointers) {
            let placed = fault.rule == Rule::Required || once.pointer(pointer).is_some();
            prop_assert!(placed, "{} is not in {}", pointer, once);
        }
    }
}
