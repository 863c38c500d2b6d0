//! The catalogue against the shipped schemas: a module reads the members its schema has and no others, but for those listed
//! here with the reason; and its example is a document the API would accept.
//!
//! Not here: what modules do (`fixtures`, run by the simulator).

use engine::catalogue::{MODULES, OPERATIONS};
use engine::metaflows::METAFLOWS;
use flow::graph::Object;
use flow::schema::{Registry, Rule, validate};
use serde_json::{Value, json};

/// Members of schemas that the module does not read, with the reason. `docs/actions.md` tells the same to users.
const NOT_READ: &[(&str, &[&str], &str)] = &[
    ("callflows.device", &["can_text_self"], "text messages only"),
    ("callflows.user", &["can_text_self"], "text messages only"),
    (
        "callflows.group_pickup_feature",
        &["device_id", "group_id", "user_id"],
        "what is dialled says whom; Kazoo ignores them too",
    ),
    ("callflows.offnet", NOT_READ_BY_CARRIERS, "see resources"),
    (
        "callflows.resources",
        NOT_READ_BY_CARRIERS,
        "a call sees its own account's carriers and the shared ones; the From header bears the trunk's own domain; only audio",
    ),
    (
        "callflows.record_call",
        &["origin", "should_follow_transfer"],
        "a label for Kazoo's own records; a recording goes on in whatever flow a transfer leads to",
    ),
    ("metaflows.record_call", &["origin"], "a label for Kazoo's own records"),
    (
        "callflows.route_to_cid",
        &["can_call_self", "can_text_self", "delay", "static_invite", "suppress_clid"],
        "Kazoo's schema has them, its module ignores them",
    ),
    ("metaflows.callflow", &["flow"], "Kazoo's schema has it, its module ignores it"),
    (
        "metaflows.intercept",
        &["can_call_self", "unbridged_only"],
        "the telephone that pressed the key is never rung; any conversation is taken",
    ),
    (
        "metaflows.move",
        &["can_call_self", "dial_strategy"],
        "the telephone that pressed the key is never rung; all others ring at once",
    ),
    ("metaflows.say", &["gender"], "no language spoken here has forms by gender; Kazoo ignores it too"),
    (
        "metaflows.transfer",
        &["leg", "timeout", "transfer_type"],
        "Kazoo ignores them: a transfer is always attended, by who pressed the key",
    ),
    ("metaflows.tts", &["leg"], "Kazoo ignores it: who pressed the key hears the text"),
];

const NOT_READ_BY_CARRIERS: &[&str] =
    &["dynamic_flags", "format_from_uri", "from_uri_realm", "hunt_account_id", "resource_type"];

/// Members that modules read although the schema lacks them (reference section 4.5), as Kazoo's do.
const MORE_READ: &[(&str, &str)] = &[
    ("metaflows.pivot", "req_body_format"),
    ("metaflows.pivot", "req_timeout_ms"),
    ("metaflows.transfer", "moh"),
    ("metaflows.transfer", "ringback"),
    ("metaflows.transfer", "takeback_dtmf"),
];

/// What was dialled with a feature key: the engine puts these in, and reads them as one.
const OF_FEATURE_KEYS: &[&str] = &["captures", "collected"];

/// Members every node may have; the executor reads them.
const OF_EVERY_NODE: &[&str] = &["skip_module"];

/// Schema id and the members read, of every action and metaflow action.
fn read() -> Vec<(String, &'static [&'static str])> {
    let actions = MODULES.iter().map(|module| (format!("callflows.{}", module.name), (module.members)()));
    let metaflows = METAFLOWS.iter().map(|action| (format!("metaflows.{}", action.name), (action.members)()));
    actions.chain(metaflows).collect()
}

#[test]
fn modules_read_the_members_of_their_schemas_and_no_others() {
    let mut faults = Vec::new();
    for (id, members) in read() {
        let schema = Registry::shipped().get(&id).unwrap_or_else(|| panic!("no schema {id}"));
        let known: Vec<&str> =
            schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let left_out =
            NOT_READ.iter().find(|(name, _, _)| *name == id).map_or(&[][..], |(_, members, _)| members);
        for member in members {
            if !known.contains(member) && !MORE_READ.contains(&(id.as_str(), member)) {
                faults.push(format!("{id}.{member} is read, but its schema lacks it"));
            }
            if left_out.contains(member) {
                faults.push(format!("{id}.{member} is read, and listed as not read"));
            }
        }
        for member in known {
            let elsewhere = OF_EVERY_NODE.contains(&member)
                || id.starts_with("metaflows.") && OF_FEATURE_KEYS.contains(&member);
            if !members.contains(&member) && !left_out.contains(&member) && !elsewhere {
                faults.push(format!("{id}.{member} is not read, and nobody says why"));
            }
        }
        faults.extend(
            left_out
                .iter()
                .filter(|one| schema["properties"].get(one).is_none())
                .map(|one| format!("{id}.{one}?")),
        );
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let ids: Vec<String> = read().into_iter().map(|(id, _)| id).collect();
    assert!(NOT_READ.iter().all(|(id, _, why)| ids.iter().any(|known| known == id) && !why.is_empty()));
}

/// Save-time defaults that differ from what a missing member means: schema, member, saved. `docs/actions.md` tells both.
const DEFAULTS: &[(&str, &str, &str)] = &[
    ("callflows.device", "timeout", "0"),
    ("callflows.route_to_cid", "timeout", "0"),
    ("callflows.route_to_cid", "cid_types", r#"["internal"]"#),
    ("callflows.record_call", "time_limit", "3600"),
    ("callflows.record_caller", "time_limit", "3600"),
    ("callflows.voicemail", "max_message_length", "500"),
    ("menus", "hunt", "true"),
    ("directories", "confirm_match", "true"),
    ("temporal_rules", "start_date", "62586115200"),
];

#[test]
fn the_documentation_tells_what_is_not_read_and_where_defaults_differ() {
    let page = include_str!("../../../docs/actions.md");
    let told = |name: &str, member: &str, more: &str| {
        let row =
            |line: &str| line.contains(name) && line.contains(&format!("`{member}`")) && line.contains(more);
        page.lines().any(|line| line.starts_with("| ") && row(line))
    };
    let mut missing = Vec::new();
    for (id, members, _) in NOT_READ {
        let name = match id.split_once('.') {
            Some(("metaflows", name)) => format!("metaflow `{name}`"),
            Some((_, name)) => format!("`{name}`"),
            None => format!("`{id}`"),
        };
        missing.extend(
            members.iter().filter(|member| !told(&name, member, "")).map(|member| format!("{id}.{member}")),
        );
    }
    for (id, member, saved) in DEFAULTS {
        let schema = Registry::shipped().get(id).unwrap();
        assert_eq!(schema["properties"][member]["default"].to_string(), *saved, "{id}.{member}");
        let name = format!("`{}`", id.strip_prefix("callflows.").unwrap_or(id));
        if !told(&name, member, saved) {
            missing.push(format!("default of {id}.{member}"));
        }
    }
    assert!(missing.is_empty(), "docs/actions.md does not tell: {}", missing.join(", "));
}

/// What modules are called: everybody who draws or lists a flow sees it.
#[test]
fn every_module_has_a_caption_with_and_without_data() {
    let modules =
        MODULES.iter().chain(OPERATIONS).map(|module| (module.name, module.example, module.caption));
    let metaflows = METAFLOWS.iter().map(|action| (action.name, action.example, action.caption));
    for (name, example, caption) in modules.chain(metaflows) {
        let node: Value = serde_json::from_str(example).unwrap();
        let data =
            node.get("data").or(node.get("config")).and_then(Value::as_object).cloned().unwrap_or_default();
        for data in [data, Object::new()] {
            let caption = caption(&data);
            assert!(!caption.trim().is_empty() && caption.chars().count() < 120, "{name}: `{caption}`");
        }
    }
}

/// Examples name documents by readable ids, which are shorter than the 32 characters the schemas ask for.
#[test]
fn examples_are_valid_but_for_the_length_of_ids() {
    for module in MODULES {
        let node: Value = serde_json::from_str(module.example).unwrap();
        let mut document = json!({"numbers": ["500"], "flow": node});
        let faults: Vec<String> = validate(Registry::shipped(), "callflows", &mut document)
            .into_iter()
            .filter(|violation| violation.rule != Rule::MinLength)
            .map(|violation| violation.to_issue().to_string())
            .collect();
        assert!(faults.is_empty(), "{}: {}", module.name, faults.join("\n"));
    }
}

#[test]
fn examples_are_written_back_as_they_were_read() {
    for module in MODULES {
        let node: Value = serde_json::from_str(module.example).unwrap();
        let (flow, issues) = flow::kazoo::read_flow(&node);
        assert!(issues.is_empty(), "{}: {issues:?}", module.name);
        let (written, issues) = flow::kazoo::write_flow(&flow);
        assert!(issues.is_empty(), "{}: {issues:?}", module.name);
        assert_eq!(written.to_string(), node.to_string(), "{}", module.name);
    }
}
