//! Ids that name nothing, or a document of another kind.

use serde_json::Value;

use crate::account::{AccountIndex, CallflowEntry, Document};
use crate::graph::Node;
use crate::issue::Issue;
use crate::pointer::join;

pub(super) fn of_callflow(index: &AccountIndex, entry: &CallflowEntry, issues: &mut Vec<Issue>) {
    for node in entry.flow.nodes.iter().filter(|node| !node.is_skipped()) {
        for reference in of_node(node) {
            issues.extend(reference.fault(index).map(|issue| issue.in_module(&node.module)));
        }
    }
}

pub(super) fn of_document(index: &AccountIndex, document: &Document, issues: &mut Vec<Issue>) {
    issues.extend(members_of(document).iter().filter_map(|reference| reference.fault(index)));
}

/// An id somewhere in a document, and the kinds of document it may name.
struct Reference<'a> {
    pointer: String,
    id: &'a str,
    kinds: &'static [&'static str],
}

const RULES: &[&str] = &["temporal_rule", "temporal_rule_set"];
const RULE_SETS: &[&str] = &["temporal_rule_set"];
const ENDPOINTS: &[&str] = &["device", "user", "group"];

impl Reference<'_> {
    fn fault(&self, index: &AccountIndex) -> Option<Issue> {
        let (id, wanted) = (self.id, self.kinds.join(" or "));
        // Media may also be named by path, address or tone; those are no documents of the account.
        let is_elsewhere = self.kinds == ["media"] && id.contains(['/', ':', '%']);
        if id.is_empty() || is_elsewhere {
            return None;
        }
        match index.document(id) {
            Some(document) if self.kinds.contains(&document.kind.as_str()) => None,
            Some(document) => Some(
                Issue::error(
                    "CK1002",
                    &self.pointer,
                    format!("`{id}` is a {}, not a {wanted}", document.kind),
                )
                .with_help("name a document of the right kind"),
            ),
            None if self.kinds == RULES || self.kinds == RULE_SETS => Some(
                Issue::error(
                    "CK1003",
                    &self.pointer,
                    format!("there is no {wanted} `{id}`; it is passed over"),
                )
                .with_help("make the rule, or take its id out"),
            ),
            None => Some(
                Issue::error("CK1001", &self.pointer, format!("there is no {wanted} `{id}`"))
                    .with_help("make the document, or name one that exists"),
            ),
        }
    }
}

/// The kinds a module's `data.id` may name.
fn kinds_of_id(module: &str) -> Option<&'static [&'static str]> {
    Some(match module {
        "callflow" => &["callflow"],
        "device" => &["device"],
        "user" | "hotdesk" => &["user"],
        "menu" => &["menu"],
        "voicemail" => &["vmbox"],
        "group" => &["group"],
        "directory" => &["directory"],
        "conference" => &["conference"],
        "faxbox" => &["faxbox"],
        "function" => &["function"],
        "play" => &["media"],
        "acdc_member" | "acdc_queue" | "acdc_wait_time" => &["queue"],
        "cidlistmatch" | "dynamic_cid" => &["list"],
        _ => return None,
    })
}

/// The kinds a member named after what it refers to may name: `user_id`, `approved_group_id`.
fn kinds_of_member(member: &str) -> Option<&'static [&'static str]> {
    let stem = member.strip_suffix("_id")?;
    Some(match stem.strip_prefix("approved_").unwrap_or(stem) {
        "callflow" => &["callflow"],
        "device" => &["device"],
        "user" | "owner" => &["user"],
        "group" => &["group"],
        "menu" => &["menu"],
        "media" => &["media"],
        "queue" => &["queue"],
        "list" => &["list"],
        "directory" => &["directory"],
        "conference" => &["conference"],
        "faxbox" => &["faxbox"],
        "vmbox" => &["vmbox"],
        _ => return None,
    })
}

fn of_node(node: &Node) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    let data = join(&node.pointer, "data");
    for (member, value) in &node.data {
        let pointer = join(&data, member);
        let kinds = if member == "id" { kinds_of_id(&node.module) } else { kinds_of_member(member) };
        if let (Some(kinds), Some(id)) = (kinds, value.as_str()) {
            found.push(Reference { pointer, id, kinds });
        } else if member == "endpoints" {
            for (at, endpoint) in value.as_array().into_iter().flatten().enumerate() {
                let Some(id) = endpoint.get("id").and_then(Value::as_str) else { continue };
                let kinds: &[&str] = match endpoint.get("endpoint_type").and_then(Value::as_str) {
                    None | Some("device") => &["device"],
                    Some("user") => &["user"],
                    Some("group") => &["group"],
                    Some(_) => ENDPOINTS,
                };
                found.push(Reference { pointer: join(&join(&pointer, &at.to_string()), "id"), id, kinds });
            }
        } else if node.module == "temporal_route" && member == "rules" {
            found.extend(each_text(value, &pointer, RULES));
        } else if node.module == "temporal_route" && member == "rule_set" {
            let id = value.as_str().unwrap_or_default();
            found.push(Reference { pointer, id, kinds: RULE_SETS });
        }
    }
    // Every exit of a temporal route is itself a rule to try (reference section 7.12).
    if node.module == "temporal_route" && !node.data.contains_key("action") {
        let children = join(&node.pointer, "children");
        let rules = node.exits.keys().filter(|key| *key != "_" && *key != "rule_set");
        found.extend(rules.map(|id| Reference { pointer: join(&children, id), id, kinds: RULES }));
    }
    found
}

/// Members of documents that hold an id: kind of document (empty: any), pointer, kinds it may name.
const MEMBERS: [(&str, &str, &[&str]); 14] = [
    ("device", "/owner_id", &["user"]),
    ("vmbox", "/owner_id", &["user"]),
    ("list_entry", "/list_id", &["list"]),
    ("account", "/preflow/always", &["callflow"]),
    ("menu", "/media/greeting", &["media"]),
    ("menu", "/media/exit_media", &["media"]),
    ("menu", "/media/transfer_media", &["media"]),
    ("menu", "/media/invalid_media", &["media"]),
    ("vmbox", "/media/unavailable", &["media"]),
    ("vmbox", "/media/temporary_unavailable", &["media"]),
    ("vmbox", "/media/name", &["media"]),
    ("user", "/media/name", &["media"]),
    ("", "/music_on_hold/media_id", &["media"]),
    ("callflow", "/ringback/early", &["media"]),
];

/// Members of documents whose member names are ids.
const KEYED: [(&str, &str, &[&str]); 3] = [
    ("group", "/endpoints", ENDPOINTS),
    ("device", "/hotdesk/users", &["user"]),
    ("user", "/directories", &["directory"]),
];

fn members_of(document: &Document) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    let is_for = |kind: &str| kind.is_empty() || kind == document.kind;
    for (kind, pointer, kinds) in MEMBERS {
        if let Some(id) = document.body.pointer(pointer).and_then(Value::as_str).filter(|_| is_for(kind)) {
            found.push(Reference { pointer: pointer.to_owned(), id, kinds });
        }
    }
    for (kind, pointer, kinds) in KEYED {
        let keyed = document.body.pointer(pointer).and_then(Value::as_object).filter(|_| is_for(kind));
        for (id, value) in keyed.into_iter().flatten() {
            let pointer = join(pointer, id);
            if kind == "user"
                && let Some(callflow) = value.as_str()
            {
                found.push(Reference { pointer: pointer.clone(), id: callflow, kinds: &["callflow"] });
            }
            found.push(Reference { pointer, id, kinds });
        }
    }
    let listed = match document.kind.as_str() {
        "temporal_rule_set" => Some(("temporal_rules", &["temporal_rule"][..])),
        "account" => Some(("blacklists", &["blacklist"][..])),
        _ => None,
    };
    if let Some((member, kinds)) = listed
        && let Some(list) = document.body.get(member)
    {
        found.extend(each_text(list, &join("", member), kinds));
    }
    found
}

fn each_text<'a>(
    list: &'a Value,
    pointer: &str,
    kinds: &'static [&'static str],
) -> impl Iterator<Item = Reference<'a>> {
    let elements = list.as_array().into_iter().flatten().enumerate();
    elements.filter_map(move |(at, element)| {
        Some(Reference { pointer: join(pointer, &at.to_string()), id: element.as_str()?, kinds })
    })
}
