//! What there is in a made-up account, and what members usually name: ids, numbers, addresses, texts.
//!
//! Not here: schemas (`values`).

use serde_json::{Value, json};

use super::super::chance::Chance;

/// Ids of the documents of each kind in a made-up account.
pub(super) const DOCUMENTS: &[(&str, &str, &[&str])] = &[
    ("user", "users", &["user1", "user2", "user3"]),
    ("device", "devices", &["device1", "device2", "device3", "device4"]),
    ("group", "groups", &["group1", "group2"]),
    ("menu", "menus", &["menu1", "menu2"]),
    ("vmbox", "vmboxes", &["box1", "box2"]),
    ("temporal_rule", "temporal_rules", &["rule1", "rule2", "rule3"]),
    ("temporal_rule_set", "temporal_rules_sets", &["set1"]),
    ("media", "media", &["media1", "media2"]),
    ("directory", "directories", &["directory1"]),
    ("conference", "conferences", &["conference1"]),
    ("queue", "queues", &["queue1"]),
    ("list", "lists", &["list1"]),
    ("list_entry", "list_entries", &["entry1", "entry2"]),
    ("resource", "resources", &["carrier1", "carrier2"]),
    ("global_resource", "resources", &["shared1"]),
    ("faxbox", "faxbox", &["faxbox1"]),
    ("function", "functions", &["function1"]),
    ("blacklist", "blacklists", &["blacklist1"]),
];

/// Ids of the callflows; the last is the account's catch-all.
pub(super) const CALLFLOWS: &[&str] = &["flow1", "flow2", "flow3", "flow4", "flow5", "flow6"];

/// What people dial: a number of each callflow, and feature codes that their patterns take.
pub(super) const NUMBERS: &[&str] = &[
    "2001",
    "2002",
    "2003",
    "2004",
    "2005",
    "+15557000001",
    "*51",
    "*512001",
    "*53101",
    "*54",
    "0",
    "+15551112222",
];

/// The ids of a kind.
pub(super) fn ids(kind: &str) -> &'static [&'static str] {
    DOCUMENTS.iter().find(|(name, _, _)| *name == kind).map_or(&[], |(_, _, ids)| ids)
}

/// The kind of document that a module's `id` names; `None` for any.
pub(super) fn kind_of(module: &str) -> Option<&'static str> {
    Some(match module {
        "user" | "hotdesk" | "call_forward" => "user",
        "device" => "device",
        "group" => "group",
        "menu" => "menu",
        "voicemail" => "vmbox",
        "directory" => "directory",
        "conference" | "conference_feature" => "conference",
        "acdc_member" | "acdc_queue" | "acdc_agent" | "acdc_wait_time" => "queue",
        "cidlistmatch" | "dynamic_cid" => "list",
        "faxbox" => "faxbox",
        "function" => "function",
        "play" => "media",
        _ => return None,
    })
}

/// One of these.
pub(super) fn one(chance: &mut Chance, from: &[&'static str]) -> &'static str {
    usize::try_from(chance.below(from.len() as u64))
        .ok()
        .and_then(|at| from.get(at))
        .copied()
        .unwrap_or_default()
}

/// An id of a kind, or now and then one that does not exist.
pub(super) fn id(chance: &mut Chance, kind: Option<&str>) -> &'static str {
    if chance.once_in(10) {
        return "gone";
    }
    match kind {
        Some(kind) => one(chance, ids(kind)),
        None => {
            let at = usize::try_from(chance.below(DOCUMENTS.len() as u64 + 2)).unwrap_or_default();
            DOCUMENTS.get(at).map_or(CALLFLOWS, |(_, _, ids)| ids).first().copied().unwrap_or_default()
        }
    }
}

/// A name for a member whose name is free.
pub(super) fn key(chance: &mut Chance) -> String {
    let of = [
        "user1",
        "device2",
        "1",
        "2",
        "^9(\\d+)$",
        "internal",
        "external",
        "emergency",
        "tollfree_us",
        "X-Any",
        "z",
    ];
    one(chance, &of).to_owned()
}

/// A text nobody has said anything about.
pub(super) fn text(chance: &mut Chance) -> String {
    let of = [
        "",
        "x",
        "Ann O'Neill",
        "101",
        "+15557654321",
        "2001",
        "#",
        "12#",
        "*",
        "<a href=\"x\">",
        "Zoë ☎",
        "tone_stream://%(100,0,440)",
    ];
    if chance.once_in(40) { "long ".repeat(100) } else { one(chance, &of).to_owned() }
}

/// What a member of this name usually holds; `None` when its schema says enough.
pub(super) fn known(chance: &mut Chance, name: &str) -> Option<Value> {
    let mut id_of = |kind: &str| json!(id(chance, Some(kind)));
    Some(match name {
        "owner_id" | "user_id" | "approved_user_id" => id_of("user"),
        "device_id" | "approved_device_id" => id_of("device"),
        "group_id" | "approved_group_id" => id_of("group"),
        "rule_set" => id_of("temporal_rule_set"),
        "rule" | "temporal_rule" => id_of("temporal_rule"),
        "list_id" => id_of("list"),
        "queue" | "queue_id" => id_of("queue"),
        "conference_id" => id_of("conference"),
        "media_id"
        | "greeting"
        | "unavailable"
        | "temporary_unavailable"
        | "exit_media"
        | "invalid_media"
        | "transfer_media"
        | "moh"
        | "announce"
        | "ringback"
        | "moh_aleg"
        | "moh_bleg" => {
            let of = [
                "media1",
                "media2",
                "gone",
                "silence_stream://300",
                "tone_stream://%(200,100,440)",
                "http://media.example/a.wav",
                "prompt://system_media/vm-goodbye/en-us",
                "",
            ];
            json!(one(chance, &of))
        }
        "endpoints" | "endpoint" => {
            let kinds = ["user", "device", "group"];
            let count = chance.below(5);
            (0..count)
                .map(|_| {
                    let kind = one(chance, &kinds);
                    json!({"id": id(chance, Some(kind)), "endpoint_type": kind, "delay": chance.below(6),
                        "timeout": chance.below(15), "weight": chance.below(102)})
                })
                .collect()
        }
        "number" | "to_did" | "target" | "operator_number" | "caller_id_number" | "target_id" => {
            if chance.once_in(8) { json!(text(chance)) } else { json!(one(chance, NUMBERS)) }
        }
        "voice_url" | "cdr_url" | "url" | "uri" | "recording_url" => {
            let of =
                ["http://flows.example/a", "https://flows.example/b?x=1", "ftp://flows.example/", "http://"];
            json!(one(chance, &of))
        }
        "timezone" => {
            json!(one(
                chance,
                &["Europe/London", "America/New_York", "Australia/Lord_Howe", "UTC", "Mars/Phobos"]
            ))
        }
        "language" => json!(one(chance, &["en-us", "de-de", "fr", "xx"])),
        "mailbox" => json!(one(chance, &["101", "102"])),
        "pin" | "record_pin" | "pins" => json!(one(chance, &["1234", "", "12", "4321"])),
        "enabled" => json!(!chance.once_in(4)),
        "skip_module" => json!(chance.once_in(12)),
        "start_date" => json!(one_number(chance, &[62_586_115_200, 63_961_000_000, 0, -1])),
        "time_window_start" => json!(one_number(chance, &[0, 28_800, 32_400, 86_400])),
        "time_window_stop" => json!(one_number(chance, &[86_400, 61_200, 0, 43_200])),
        "timeout" | "delay" | "interdigit_timeout" | "interdigit" | "time_limit" | "max_message_length"
        | "duration" | "agent_ring_timeout" | "agent_wrapup_time" | "connection_timeout"
        | "digit_timeout" | "interval" => {
            let (times, unit) = (chance.below(20), if chance.once_in(3) { 100 } else { 1 });
            json!(times * unit)
        }
        "variable" => {
            json!(one(chance, &["language", "call_priority", "owner_id", "enabled", "Caller-ID-Number"]))
        }
        "scope" => json!(one(chance, &["account", "user", "device", "merged", "custom_channel_vars"])),
        "terminators" => json!([one(chance, &["#", "1", "*"])]),
        "terminator" | "binding_digit" | "caller_exit_key" | "unhold_key" => {
            json!(one(chance, &["#", "*", "1"]))
        }
        "username" => json!(one(chance, &["sip1", "sip2", "sip3"])),
        "presence_id" => json!(one(chance, &["2001", "2001@sim.example", "*51"])),
        "regex" | "rules" if name == "regex" || chance.once_in(3) => {
            json!(one(chance, &["^\\+?1?(\\d{10})$", "(", "^.*$", "2(\\d+)"]))
        }
        "rules" => json!([id(chance, Some("temporal_rule")), id(chance, Some("temporal_rule"))]),
        "metaflows" | "metaflow" => super::flows::metaflows(chance),
        "data" => json!({}),
        _ => return None,
    })
}

fn one_number(chance: &mut Chance, from: &[i64]) -> i64 {
    usize::try_from(chance.below(from.len() as u64))
        .ok()
        .and_then(|at| from.get(at))
        .copied()
        .unwrap_or_default()
}
