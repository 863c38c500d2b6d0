//! Which part of a Kazoo callflow calls can reach at a moment: time rules decide, everything else stays open.
//!
//! Not here: when a rule applies (`time_rules`), a call itself (crate `engine`, whose `temporal_route` asks the same
//! rules in the same order), colours (crate `drawing`).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::account::AccountIndex;
use crate::graph::{Flow, Node, NodeId};
use crate::time_rules::{self, Rule};

/// What calls can reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Active {
    /// Nodes that can be reached.
    pub nodes: BTreeSet<NodeId>,
    /// Their exits that can be taken.
    pub exits: BTreeMap<NodeId, BTreeSet<String>>,
    /// What each node that asks the time decided, in the order they are reached.
    pub decisions: Vec<Decision>,
}

/// What a `temporal_route` does at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The node.
    pub node: NodeId,
    /// The exit it takes; `None` when the node has no exit of that key, and the call ends.
    pub exit: Option<String>,
    /// The rule that applies; `None` when none does.
    pub rule: Option<String>,
}

/// What of `flow` calls can reach at `moment`. A node without a time zone of its own uses the account's, else UTC.
pub fn active(flow: &Flow, index: &AccountIndex, moment: Timestamp) -> Active {
    let mut found = Active::default();
    let mut open: Vec<NodeId> = flow.entry.into_iter().collect();
    while let Some(id) = open.pop() {
        let Some(node) = flow.node(id).filter(|_| found.nodes.insert(id)) else { continue };
        let keys: BTreeSet<String> = match decide(node, index, moment) {
            Some((key, rule)) => {
                let exit = node.exit(&key).map(|_| key);
                found.decisions.push(Decision { node: id, exit: exit.clone(), rule });
                exit.into_iter().collect()
            }
            None => node.exits.keys().cloned().collect(),
        };
        open.extend(keys.iter().rev().filter_map(|key| node.exit(key)));
        if !keys.is_empty() {
            found.exits.insert(id, keys);
        }
    }
    found
}

/// The exit a node takes by the time, and the rule that says so; `None` when it does not ask the time.
fn decide(node: &Node, index: &AccountIndex, moment: Timestamp) -> Option<(String, Option<String>)> {
    let asks = node.module == "temporal_route" && !node.is_skipped() && text(node, "action").is_none();
    if !asks {
        return None;
    }
    let own = text(node, "timezone").filter(|zone| *zone != "inherit");
    let zone = own.or_else(|| index.account().body.get("timezone").and_then(Value::as_str)).unwrap_or("UTC");
    // A zone that nobody knows stops the module; its default exit is taken then.
    let now = TimeZone::get(zone).ok().map(|zone| moment.to_zoned(zone));
    let rule = now.and_then(|now| {
        candidates(node, index).into_iter().find_map(|(key, id)| {
            let document = index.document(&id)?;
            time_rules::applies(&Rule::read(&document.body).0, &now).then_some((key, id))
        })
    });
    Some(rule.map_or_else(|| ("_".to_owned(), None), |(key, id)| (key, Some(id))))
}

/// Exit and rule in the order they are asked: `rules`, then the other exits, then `rule_set`; a set stands for its rules.
fn candidates(node: &Node, index: &AccountIndex) -> Vec<(String, String)> {
    let listed =
        node.data.get("rules").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let exits = node.exits.keys().map(String::as_str).filter(|key| !matches!(*key, "_" | "rule_set"));
    let set = text(node, "rule_set").map(|id| ("rule_set", id));
    let asked = listed.chain(exits).map(|id| (id, id)).chain(set);
    let mut found = Vec::new();
    for (key, id) in asked {
        let Some(document) = index.document(id) else { continue };
        match document.body.get("temporal_rules").and_then(Value::as_array) {
            Some(rules) if !rules.is_empty() => {
                let ids = rules.iter().filter_map(Value::as_str);
                found.extend(ids.map(|id| (key.to_owned(), id.to_owned())));
            }
            _ => found.push((key.to_owned(), id.to_owned())),
        }
    }
    found
}

fn text<'a>(node: &'a Node, member: &str) -> Option<&'a str> {
    node.data.get(member).and_then(Value::as_str).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Document;
    use serde_json::json;

    fn document(id: &str, kind: &str, body: Value) -> Document {
        Document { id: id.to_owned(), kind: kind.to_owned(), version: 1, revision: String::new(), body }
    }

    fn office() -> AccountIndex {
        let account = document("a", "account", json!({"timezone": "Europe/London"}));
        let week = json!({"cycle": "weekly", "wdays": ["monday"], "time_window_start": 32_400,
            "time_window_stop": 61_200, "start_date": 62_586_115_200_i64});
        let feast = json!({"cycle": "yearly", "month": 12, "days": [25], "start_date": 62_586_115_200_i64});
        let flow = json!({"flow": {"module": "temporal_route", "data": {"rules": ["feast"]}, "children": {
            "week": {"module": "user", "data": {"id": "u"}, "children": {"_": {"module": "hangup"}}},
            "rule_set": {"module": "play"}, "feast": {"module": "play"},
            "_": {"module": "voicemail", "data": {}}}}});
        let documents = [
            document("week", "temporal_rule", week),
            document("feast", "temporal_rule", feast),
            document("c", "callflow", flow),
        ];
        AccountIndex::build(account, documents).0
    }

    #[test]
    fn the_rule_that_applies_decides_and_everything_behind_it_is_open() {
        let index = office();
        let flow = index.callflow("c").unwrap().flow.clone();
        let at = |moment: &str| {
            let found = active(&flow, &index, moment.parse().unwrap());
            let modules: Vec<&str> =
                found.nodes.iter().map(|id| flow.node(*id).unwrap().module.as_str()).collect();
            (found.decisions[0].rule.clone(), modules.join(" "))
        };
        // 09:30 in London in summer is 08:30 UTC.
        let open = "temporal_route user hangup".to_owned();
        assert_eq!(at("2026-06-01T08:30:00Z"), (Some("week".to_owned()), open.clone()));
        assert_eq!(at("2026-06-01T07:30:00Z").0, None);
        assert_eq!(at("2026-06-02T08:30:00Z").1, "temporal_route voicemail");
        // Listed rules are asked before exits.
        assert_eq!(at("2028-12-25T10:00:00Z"), (Some("feast".to_owned()), "temporal_route play".to_owned()));
    }

    #[test]
    fn circles_end() {
        let nodes = vec![
            Node { exits: [("1".to_owned(), NodeId(1))].into_iter().collect(), ..Node::default() },
            Node {
                id: NodeId(1),
                exits: [("_".to_owned(), NodeId(0))].into_iter().collect(),
                ..Node::default()
            },
        ];
        let flow = Flow { entry: Some(NodeId(0)), nodes, ..Flow::default() };
        let found = active(&flow, &office(), Timestamp::UNIX_EPOCH);
        assert_eq!((found.nodes.len(), found.exits.len(), found.decisions.len()), (2, 2, 0));
    }
}
