//! The schemas that ship with the program, one file each in `schemas/`, by id (the file's name without `.json`).
//!
//! The files state which members a document or a node's `data` may have, with types, bounds and defaults as Kazoo
//! has them (reference "Kazoo callflow runtime", appendices G, H and I), in words of our own. Where the reference
//! names a schema without listing its members (`limits`, `phone_numbers`, `webhooks`, `profile` ...), the members
//! are those documented publicly, and further ones are accepted.
//!
//! Not here: how a document is checked (`schema`).

use std::sync::LazyLock;

use serde_json::Value;

use crate::schema::Registry;

static SHIPPED: LazyLock<Registry> = LazyLock::new(|| {
    Registry::new(FILES.iter().filter_map(|(id, text)| {
        serde_json::from_str::<Value>(text).ok().map(|schema| ((*id).to_owned(), schema))
    }))
});

impl Registry {
    /// The schemas of the program, read once at the first use.
    pub fn shipped() -> &'static Registry {
        &SHIPPED
    }
}

macro_rules! files {
    ($($id:literal)*) => {
        &[$(($id, include_str!(concat!("../schemas/", $id, ".json")))),*]
    };
}

/// Every shipped schema: its id and its text.
static FILES: &[(&str, &str)] = files![
    "accounts"
    "api_auth"
    "blacklists"
    "call_recording"
    "call_recording.parameters"
    "call_recording.source"
    "call_waiting"
    "caller_id"
    "callflows"
    "callflows.acdc_agent"
    "callflows.acdc_member"
    "callflows.acdc_queue"
    "callflows.acdc_wait_time"
    "callflows.action"
    "callflows.after_bridge"
    "callflows.answer"
    "callflows.audio_macro"
    "callflows.audio_macro.prompt"
    "callflows.audio_macro.say"
    "callflows.audio_macro.tone"
    "callflows.branch_bnumber"
    "callflows.branch_variable"
    "callflows.call_forward"
    "callflows.call_waiting"
    "callflows.callflow"
    "callflows.camping_feature"
    "callflows.check_cid"
    "callflows.cidlistmatch"
    "callflows.collect_dtmf"
    "callflows.conference"
    "callflows.conference_feature"
    "callflows.dead_air"
    "callflows.device"
    "callflows.directory"
    "callflows.disa"
    "callflows.do_not_disturb"
    "callflows.dynamic_cid"
    "callflows.eavesdrop"
    "callflows.eavesdrop_feature"
    "callflows.edr"
    "callflows.fax_detect"
    "callflows.faxbox"
    "callflows.flush_dtmf"
    "callflows.function"
    "callflows.group"
    "callflows.group_pickup"
    "callflows.group_pickup_feature"
    "callflows.hangup"
    "callflows.hotdesk"
    "callflows.intercept"
    "callflows.intercept_feature"
    "callflows.intercom"
    "callflows.language"
    "callflows.lookupcidname"
    "callflows.manual_presence"
    "callflows.menu"
    "callflows.missed_call_alert"
    "callflows.move"
    "callflows.nomorobo"
    "callflows.noop"
    "callflows.notification"
    "callflows.offnet"
    "callflows.page_group"
    "callflows.park"
    "callflows.pivot"
    "callflows.play"
    "callflows.prepend_cid"
    "callflows.privacy"
    "callflows.receive_fax"
    "callflows.record_call"
    "callflows.record_caller"
    "callflows.resources"
    "callflows.response"
    "callflows.ring_group"
    "callflows.ring_group_toggle"
    "callflows.route_to_cid"
    "callflows.send_dtmf"
    "callflows.set"
    "callflows.set_alert_info"
    "callflows.set_cid"
    "callflows.set_variable"
    "callflows.set_variables"
    "callflows.skel"
    "callflows.sleep"
    "callflows.temporal_route"
    "callflows.transfer"
    "callflows.tts"
    "callflows.user"
    "callflows.voicemail"
    "callflows.wait_for_hangup"
    "callflows.webhook"
    "conferences"
    "conferences.profile"
    "custom_sip_headers"
    "devices"
    "devices.combo_key"
    "dialplans"
    "directories"
    "endpoint.media"
    "faxbox"
    "formatters"
    "formatters.format_options"
    "functions"
    "groups"
    "limits"
    "list_entries"
    "lists"
    "mailbox_message"
    "media"
    "menus"
    "metaflow"
    "metaflows"
    "metaflows.audio_level"
    "metaflows.break"
    "metaflows.callflow"
    "metaflows.hangup"
    "metaflows.hold"
    "metaflows.hold_control"
    "metaflows.intercept"
    "metaflows.move"
    "metaflows.pivot"
    "metaflows.play"
    "metaflows.record_call"
    "metaflows.relate"
    "metaflows.resume"
    "metaflows.say"
    "metaflows.sound_touch"
    "metaflows.transfer"
    "metaflows.tts"
    "notify.callback"
    "phone_numbers"
    "profile"
    "queues"
    "resources"
    "temporal_rules"
    "temporal_rules_sets"
    "user_auth"
    "user_auth_recovery"
    "user_auth_recovery_reset"
    "users"
    "vmboxes"
    "webhooks"
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_schema_that_carries_its_own_id() {
        let registry = Registry::shipped();
        assert_eq!(registry.ids().count(), FILES.len(), "a file is no JSON, or an id is listed twice");
        for id in registry.ids() {
            let schema = registry.get(id).unwrap();
            assert_eq!(schema["_id"], id, "{id}");
            assert_eq!(schema["$schema"], "http://json-schema.org/draft-04/schema#", "{id}");
            assert_eq!(schema["type"], "object", "{id}");
            assert!(schema["description"].as_str().is_some_and(|text| text.ends_with('.')), "{id}");
        }
    }

    #[test]
    fn the_list_is_sorted() {
        assert!(FILES.is_sorted_by_key(|(id, _)| *id));
    }

    #[test]
    fn every_reference_and_every_pattern_can_be_used() {
        fn references<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
            match value {
                Value::Object(members) => {
                    found.extend(members.get("$ref").and_then(Value::as_str));
                    members.values().for_each(|member| references(member, found));
                }
                Value::Array(elements) => elements.iter().for_each(|element| references(element, found)),
                _ => {}
            }
        }
        let registry = Registry::shipped();
        for id in registry.ids() {
            let mut found = Vec::new();
            references(registry.get(id).unwrap(), &mut found);
            for reference in found {
                assert!(registry.get(reference).is_some(), "{id} refers to {reference}");
            }
        }
        assert_eq!(registry.broken_patterns().collect::<Vec<_>>(), Vec::<&str>::new());
    }
}
