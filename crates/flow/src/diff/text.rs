//! Differences in lines for people.

use serde_json::Value;

use super::{Change, Diff, Member};
use crate::graph::{Node, NodeId};

/// Longest value that is shown whole, in characters.
const VALUE_MAX: usize = 80;

impl Diff {
    /// One line for each difference, beginning with `+`, `-` or `~`. `name` gives a node's words for people;
    /// [`plain_name`] is one.
    pub fn lines(&self, name: &dyn Fn(&Node) -> String) -> Vec<String> {
        let named = |id: &NodeId| self.union.node(*id).map(name).unwrap_or_default();
        let entry = |id: &Option<NodeId>| id.as_ref().map_or_else(|| "nothing".to_owned(), named);
        let mut lines = Vec::new();
        for change in &self.changes {
            match change {
                Change::Entry { old, new } => {
                    lines.push(format!(
                        "~ the call begins with {}, no longer with {}",
                        entry(new),
                        entry(old)
                    ));
                }
                Change::Whole { members } => {
                    lines.extend(members.iter().map(|member| format!("~ {}", changed(member))));
                }
                Change::NodeAdded { node } => lines.push(format!("+ {}", named(node))),
                Change::NodeRemoved { node } => lines.push(format!("- {}", named(node))),
                Change::NodeChanged { node, members } => {
                    lines.extend(
                        members.iter().map(|member| format!("~ {}: {}", named(node), changed(member))),
                    );
                }
                Change::ExitAdded { from, key, to } => {
                    lines.push(format!("+ {}: exit {} to {}", named(from), self.exit(*from, key), named(to)));
                }
                Change::ExitRemoved { from, key, to } => {
                    lines.push(format!("- {}: exit {} to {}", named(from), self.exit(*from, key), named(to)));
                }
                Change::ExitMoved { from, key, old, new } => {
                    let (key, old, new) = (self.exit(*from, key), named(old), named(new));
                    lines.push(format!("~ {}: exit {key} to {new}, no longer to {old}", named(from)));
                }
            }
        }
        lines
    }

    /// The key of an exit, with the words its reader gave it.
    fn exit(&self, from: NodeId, key: &str) -> String {
        let words = self.union.node(from).and_then(|node| node.words.as_ref());
        match words.and_then(|words| words.exits.get(key)).filter(|words| !words.is_empty()) {
            Some(words) => format!("{key} ({words})"),
            None => key.to_owned(),
        }
    }
}

/// A node in plain words: its own if its reader gave some, else module, id or name, and place.
pub fn plain_name(node: &Node) -> String {
    if let Some(words) = &node.words {
        let number = words.number.iter().filter(|number| !number.is_empty()).map(String::as_str);
        let parts =
            [words.caption.as_str(), words.title.as_str()].into_iter().filter(|part| !part.is_empty());
        return parts.chain(number).collect::<Vec<_>>().join(" ");
    }
    let module = if node.module.is_empty() { "end" } else { node.module.as_str() };
    let subject = ["name", "id", "voice_url"].into_iter().find_map(|member| node.data.get(member)?.as_str());
    let mut text = module.to_owned();
    for part in subject.into_iter().chain(Some(node.pointer.as_str()).filter(|place| !place.is_empty())) {
        text.push(' ');
        text.push_str(part);
    }
    text
}

fn changed(member: &Member) -> String {
    let name = member.pointer.strip_prefix("/data/").or_else(|| member.pointer.strip_prefix('/'));
    let name = name.unwrap_or(&member.pointer);
    match (&member.old, &member.new) {
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            let lost: Vec<String> =
                old.iter().filter(|one| !new.contains(one)).map(|one| format!("-{}", shown(one))).collect();
            let won: Vec<String> =
                new.iter().filter(|one| !old.contains(one)).map(|one| format!("+{}", shown(one))).collect();
            let parts: Vec<String> = lost.into_iter().chain(won).collect();
            if parts.is_empty() {
                format!("{name}: now in the order {}", order(new))
            } else {
                format!("{name}: {}", parts.join(", "))
            }
        }
        (Some(old), Some(new)) => format!("{name}: {} -> {}", shown(old), shown(new)),
        (Some(old), None) => format!("{name}: {} is gone", shown(old)),
        (None, Some(new)) => format!("{name}: {} is new", shown(new)),
        (None, None) => name.to_owned(),
    }
}

/// Elements of a list, one after the other.
fn order(list: &[Value]) -> String {
    list.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// A value on one line, cut where it is long.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.replace(char::is_control, " "),
        Value::Object(members) => {
            // Of a thing with many members, those that say something.
            let said = members.iter().filter(|(_, value)| !value.is_null());
            said.map(|(name, value)| format!("{name} {}", shown(value))).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    if text.chars().count() <= VALUE_MAX {
        return text;
    }
    text.chars().take(VALUE_MAX).chain(['\u{2026}']).collect()
}
