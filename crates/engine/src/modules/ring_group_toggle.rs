//! `ring_group_toggle`: takes the caller out of the ring groups of a callflow, or brings them back (reference section 3.5).
//!
//! Members keep their order, and somebody else's change is waited out a few times only; in Kazoo the order turns round and
//! it tries for ever (section 8.1, 14).

use flow::graph::Object;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::command::Change;
use crate::cx::Cx;
use crate::input::Failure;
use crate::lenient::{self, Read};
use crate::module::{Exit, Module, ModuleError, Next, Outcome, read_data};

/// Out of the group until then: the year 2100, in seconds since year 0.
const LOGGED_OUT_UNTIL: i64 = 66_269_664_000;

/// Tries when somebody else changes the callflow at the same time.
const TRIES: usize = 5;

/// Levels of a callflow that are looked at.
const DEPTH_MAX: usize = 250;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "ring_group_toggle",
    summary: "Logs the caller in to the ring groups of a callflow, or out.",
    example: r#"{"module": "ring_group_toggle", "data": {"action": "logout", "callflow_id": "sales"}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("action").and_then(Value::as_str) {
        Some("logout") => "Leave the ring group".to_owned(),
        _ => "Join the ring group".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// The callflow whose ring groups are meant.
    #[serde(deserialize_with = "lenient::text")]
    callflow_id: Option<String>,
    /// `login` or `logout`.
    #[serde(deserialize_with = "lenient::text")]
    action: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let (until, done) = match data.action.as_deref() {
        Some("login") => (0, "agent-logged_in"),
        Some("logout") => (LOGGED_OUT_UNTIL, "agent-logged_out"),
        _ => return Err(ModuleError::Broken("action is `login` or `logout`".to_owned())),
    };
    let id = data.callflow_id.unwrap_or_default();
    cx.answer().await?;
    let user = cx.vars(|vars| vars.owner_id.clone()).unwrap_or_default();
    let mut groups = Vec::new();
    for _ in 0..TRIES {
        groups.clear();
        let document = cx.document(&id).await;
        let Some(flow) = document.as_ref().and_then(|document| document.at(&["flow"])) else {
            cx.note("EN2009", format!("the callflow `{id}` does not exist"));
            break;
        };
        let Some(patch) = patch(flow, &user, until, 0, &mut groups) else { break };
        let revision = document.as_ref().and_then(|document| document.text_at(&["_rev"]));
        let change = Change::Patch { id: id.clone(), patch: json!({"flow": patch}), revision };
        match cx.save(change).await {
            Err(Failure::Conflict) => {}
            Err(_) => {
                groups.fill(false);
                break;
            }
            Ok(_) => break,
        }
    }
    if groups.is_empty() {
        groups.push(false);
    }
    for found in groups {
        cx.prompt(if found { done } else { "agent-invalid_choice" }).await?;
    }
    Ok(Next::default_exit())
}

/// A merge patch for a node and what is below it, and for each ring group whether the user is a member.
fn patch(node: &Value, user: &str, until: i64, depth: usize, groups: &mut Vec<bool>) -> Option<Value> {
    if depth >= DEPTH_MAX {
        return None;
    }
    let mut change = Map::new();
    if node.text_at(&["module"]).as_deref() == Some("ring_group") {
        let mut endpoints = match node.at(&["data", "endpoints"]) {
            Some(Value::Array(endpoints)) => endpoints.clone(),
            _ => Vec::new(),
        };
        let mut found = false;
        for endpoint in &mut endpoints {
            let is_user = endpoint.text_at(&["endpoint_type"]).as_deref() == Some("user");
            if is_user
                && endpoint.text_at(&["id"]).as_deref() == Some(user)
                && let Value::Object(members) = endpoint
            {
                members.insert("disable_until".to_owned(), json!(until));
                found = true;
            }
        }
        groups.push(found);
        if found {
            change.insert("data".to_owned(), json!({"endpoints": endpoints}));
        }
    }
    let mut below = Map::new();
    if let Some(Value::Object(children)) = node.at(&["children"]) {
        for (key, child) in children {
            below.extend(patch(child, user, until, depth + 1, groups).map(|child| (key.clone(), child)));
        }
    }
    if !below.is_empty() {
        change.insert("children".to_owned(), Value::Object(below));
    }
    (!change.is_empty()).then_some(Value::Object(change))
}
