//! The kinds of documents that need nothing but a schema and a list row (reference "Crossbar" 4.1).
//!
//! Not here: kinds with rules of their own.

use serde_json::{Map, Value, json};
use store::Document;

use super::{Draft, Resource};
use crate::crossbar::context::{Cx, pick};
use crate::crossbar::data;
use crate::crossbar::error::{Failure, Tree};

/// `name` and `flags`.
pub(crate) fn name_row(_cx: &Cx<'_>, document: &Document) -> Map<String, Value> {
    row(document, &["name"])
}

/// The named members, and `flags` (an empty list when there are none).
pub(crate) fn row(document: &Document, names: &[&str]) -> Map<String, Value> {
    let mut row = pick(&document.body, names);
    row.insert("flags".to_owned(), document.body.get("flags").cloned().unwrap_or_else(|| json!([])));
    row
}

/// `A/menus`.
pub(crate) static MENUS: Resource = Resource::plain("menus", "menu", "menus");

/// `A/blacklists`.
pub(crate) static BLACKLISTS: Resource = Resource::plain("blacklists", "blacklist", "blacklists");

/// `A/webhooks`: they are kept; nothing calls them.
pub(crate) static WEBHOOKS: Resource = Resource {
    row: |_, document| row(document, &["name", "uri", "hook", "enabled"]),
    ..Resource::plain("webhooks", "webhook", "webhooks")
};

/// `A/faxboxes`.
pub(crate) static FAXBOXES: Resource = Resource {
    row: |_, document| {
        let mut row = row(document, &["name"]);
        row.insert("created".to_owned(), document.created.into());
        row
    },
    ..Resource::plain("faxboxes", "faxbox", "faxbox")
};

/// `A/functions`: scripts for the action `function`.
pub(crate) static FUNCTIONS: Resource = Resource {
    row: |_, document| row(document, &["name", "enabled"]),
    ..Resource::plain("functions", "function", "functions")
};

/// `A/groups`.
pub(crate) static GROUPS: Resource = Resource {
    row: |_, document| {
        let mut row = row(document, &["name"]);
        let endpoints = document.body.get("endpoints").and_then(Value::as_object).map_or(0, Map::len);
        row.insert("endpoints".to_owned(), endpoints.into());
        row.insert("features".to_owned(), json!([]));
        row
    },
    ..Resource::plain("groups", "group", "groups")
};

/// `A/temporal_rules`.
pub(crate) static TEMPORAL_RULES: Resource = Resource {
    row: |_, document| row(document, &["name", "type"]),
    ..Resource::plain("temporal_rules", "temporal_rule", "temporal_rules")
};

/// `A/temporal_rules_sets`.
pub(crate) static TEMPORAL_RULES_SETS: Resource = Resource {
    row: |_, document| {
        let mut row = row(document, &["name"]);
        let rules = document.body.get("temporal_rules").cloned().unwrap_or_else(|| json!([]));
        row.insert("rules".to_owned(), rules);
        row
    },
    ..Resource::plain("temporal_rules_sets", "temporal_rule_set", "temporal_rules_sets")
};

/// `A/resources`: the account's trunks.
pub(crate) static RESOURCES: Resource = Resource {
    row: |_, document| {
        pick(&document.body, &["name", "enabled", "weight_cost", "template_name", "classifiers"])
    },
    ..Resource::plain("resources", "resource", "resources")
};

/// `A/lists`.
pub(crate) static LISTS: Resource = Resource {
    row: |_, document| pick(&document.body, &["name", "description", "list_type"]),
    ..Resource::plain("lists", "list", "lists")
};

/// `A/conferences`: numbers are unique across the account's conferences.
pub(crate) static CONFERENCES: Resource = Resource {
    row: |_, document| {
        let names = ["name", "owner_id", "member", "moderator", "ui_flags", "conference_numbers"];
        let mut row = row(document, &names);
        row.insert("_read_only".to_owned(), idle_conference());
        row
    },
    check: conference_numbers,
    show: |_, _, members| {
        members.insert("_read_only".to_owned(), idle_conference());
        Ok(())
    },
    ..Resource::plain("conferences", "conference", "conferences")
};

fn idle_conference() -> Value {
    json!({"members": 0, "moderators": 0, "duration": 0, "is_locked": false})
}

fn conference_numbers(cx: &Cx<'_>, draft: &mut Draft<'_>, tree: &mut Tree) -> Result<(), Failure> {
    let wanted = numbers_of(&draft.body);
    if wanted.is_empty() {
        return Ok(());
    }
    for other in data::all(cx.state, &cx.account, "conference")? {
        if draft.id == Some(other.id.as_str()) {
            continue;
        }
        let taken = numbers_of(&other.body);
        if let Some(number) = wanted.iter().find(|number| taken.contains(number)) {
            let message = format!("Number {number} exists in conference {}", other.id);
            tree.add("numbers", "unique", message, json!({"cause": number}));
        }
    }
    Ok(())
}

fn numbers_of(body: &Map<String, Value>) -> Vec<&str> {
    let lists = [
        body.get("conference_numbers"),
        body.get("member").and_then(|member| member.get("numbers")),
        body.get("moderator").and_then(|moderator| moderator.get("numbers")),
    ];
    lists.into_iter().flatten().filter_map(Value::as_array).flatten().filter_map(Value::as_str).collect()
}
