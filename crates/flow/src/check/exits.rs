//! Exits that can never be taken, and nodes after which a call ends although it need not (reference sections 2.3, 3.0).

use serde_json::Value;

use super::subject::Subject;
use crate::account::{AccountIndex, CallflowEntry};
use crate::graph::{Flow, Node};
use crate::issue::{Issue, Level};
use crate::pointer::join;

pub(super) fn of_callflow(subject: &Subject<'_>, entry: &CallflowEntry, issues: &mut Vec<Issue>) {
    let index = subject.index;
    for node in &entry.flow.nodes {
        if node.is_empty() || node.extra.contains_key("remote_execution") {
            continue;
        }
        let taken = if node.is_skipped() { Taken::Only(&["_"]) } else { taken_by(node, index) };
        let dead = exits(&entry.flow, node).filter_map(|key| Some((key, taken.why_not(key)?)));
        let mut found: Vec<Issue> = dead
            .map(|(key, why)| {
                let why = if node.is_skipped() { "the node is skipped".to_owned() } else { why };
                let pointer = join(&join(&node.pointer, "children"), key);
                Issue::warning("CK1101", pointer, format!("the exit `{key}` is never taken: {why}"))
                    .with_help("take it out, or mind its spelling")
            })
            .collect();
        let rings = matches!(node.module.as_str(), "device" | "user" | "ring_group" | "group");
        let goes_on = exits(&entry.flow, node).any(|key| key == "_");
        if !node.is_skipped() && !goes_on {
            if rings {
                found.push(
                    Issue::warning("CK1102", &node.pointer, "a call that nobody answers ends here")
                        .with_help("add an exit `_`, for example to `voicemail`"),
                );
            }
            found.extend(missing(&entry.flow, node));
            if prepares(node) && exits(&entry.flow, node).next().is_none() {
                found.push(
                    Issue::warning(
                        "CK1105",
                        &node.pointer,
                        format!("the call ends here, and `{}` only prepares what follows", node.module),
                    )
                    .with_help("add an exit `_` to what the call is for"),
                );
            }
        }
        // A callflow that another one enters goes on there when it ends.
        let resumes = |issue: &Issue| issue.code == "CK1105" && subject.is_entered(&entry.id);
        found.retain(|issue| !resumes(issue));
        issues.extend(found.into_iter().map(|issue| issue.in_module(&node.module)));
    }
}

/// Exits that calls take and that have nothing behind them, where no exit `_` catches them.
fn missing(flow: &Flow, node: &Node) -> Vec<Issue> {
    let has = |wanted: &str| exits(flow, node).any(|key| key == wanted);
    let (wanted, level): (&[&str], Level) = match node.module.as_str() {
        "fax_detect" => (&["ON_VOICE", "ON_FAX"], Level::Warning),
        "cidlistmatch" => (&["match", "nomatch"], Level::Note),
        _ => return Vec::new(),
    };
    let absent = wanted.iter().filter(|key| !has(key));
    absent
        .map(|key| {
            let message = format!("calls take the exit `{key}`, which leads nowhere, and end");
            let issue = Issue::warning("CK1103", &node.pointer, message)
                .with_help(format!("add the exit `{key}`, or `_` for all others"));
            Issue { level, ..issue }
        })
        .collect()
}

/// Modules that do nothing a caller would notice by themselves.
fn prepares(node: &Node) -> bool {
    match node.module.as_str() {
        "record_call" => node.data.get("action").and_then(Value::as_str) != Some("stop"),
        "missed_call_alert" | "prepend_cid" | "set_alert_info" | "set_cid" | "set_variable"
        | "set_variables" => true,
        _ => false,
    }
}

/// The exits that lead to something.
pub(super) fn exits<'a>(flow: &'a Flow, node: &'a Node) -> impl Iterator<Item = &'a str> {
    let leads = |id| flow.node(id).is_some_and(|next| !next.is_empty());
    node.exits.iter().filter(move |(_, id)| leads(**id)).map(|(key, _)| key.as_str())
}

/// Which exits a node can take.
enum Taken {
    Any,
    Only(&'static [&'static str]),
    None,
    Digits { longest: usize },
    Causes { default: bool },
    Numbers,
}

impl Taken {
    fn why_not(&self, key: &str) -> Option<String> {
        let is_number = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
        match self {
            Taken::Any => None,
            Taken::Only(keys) if keys.contains(&key) => None,
            Taken::Only(keys) => Some(format!("the module takes only `{}`", keys.join("`, `"))),
            Taken::None => Some("the call does not go on after this module".to_owned()),
            Taken::Digits { .. } if matches!(key, "_" | "timeout" | "max_retries") => None,
            Taken::Digits { .. } if key.contains('#') => Some("`#` ends the caller's input".to_owned()),
            Taken::Digits { .. }
                if !key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'*' | b'A'..=b'D')) =>
            {
                Some("it is neither digits, nor `timeout`, `max_retries` or `_`".to_owned())
            }
            Taken::Digits { longest } if key.len() > *longest => {
                Some(format!("the menu takes at most {longest} digits"))
            }
            Taken::Digits { .. } => None,
            Taken::Causes { default: false } if key == "_" => {
                Some("after a failure only exits named after the cause are taken".to_owned())
            }
            Taken::Causes { .. } => {
                let is_code = key.strip_prefix("sip:").is_some_and(|code| code.len() == 3);
                let is_cause = key
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit());
                (!is_code && !is_cause).then(|| {
                    "it is neither a cause such as `USER_BUSY`, nor a code such as `sip:486`".to_owned()
                })
            }
            Taken::Numbers if is_number || key == "_" => None,
            Taken::Numbers => Some("the module takes only whole numbers and `_`".to_owned()),
        }
    }
}

fn taken_by(node: &Node, index: &AccountIndex) -> Taken {
    match node.module.as_str() {
        "menu" => {
            let menu = node.data.get("id").and_then(Value::as_str).and_then(|id| index.document(id));
            Taken::Digits { longest: super::menus::longest(menu) }
        }
        "device" | "user" | "ring_group" | "group" | "hotdesk" | "route_to_cid" => {
            Taken::Causes { default: true }
        }
        "resources" | "offnet" => Taken::Causes { default: false },
        "cidlistmatch" => Taken::Only(&["match", "nomatch", "_"]),
        "fax_detect" => Taken::Only(&["ON_FAX", "ON_VOICE", "_"]),
        "nomorobo" | "acdc_wait_time" => Taken::Numbers,
        "hangup" | "response" | "dead_air" | "wait_for_hangup" | "faxbox" | "receive_fax" | "eavesdrop"
        | "group_pickup" | "intercept" | "intercept_feature" | "move" | "transfer" => Taken::None,
        "acdc_agent" | "acdc_member" | "acdc_queue" | "after_bridge" | "answer" | "audio_macro"
        | "call_forward" | "call_waiting" | "callflow" | "camping_feature" | "collect_dtmf"
        | "conference" | "conference_feature" | "directory" | "disa" | "do_not_disturb" | "dynamic_cid"
        | "edr" | "flush_dtmf" | "intercom" | "language" | "lookupcidname" | "manual_presence"
        | "missed_call_alert" | "noop" | "notification" | "page_group" | "pivot" | "play" | "prepend_cid"
        | "privacy" | "record_call" | "record_caller" | "ring_group_toggle" | "send_dtmf" | "set"
        | "set_alert_info" | "set_cid" | "set_variable" | "set_variables" | "skel" | "sleep" | "tts"
        | "voicemail" | "webhook" => Taken::Only(&["_"]),
        _ => Taken::Any,
    }
}
