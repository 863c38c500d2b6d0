//! What a picture says of an operation.

use serde_json::Value;

use super::config::menu_exits;
use super::{exit_count, types};
use crate::graph::{Node, Words};

/// Names of members that editors keep an operation's own title in.
const TITLES: [&str; 3] = ["title", "name", "label"];

/// Names of members that editors keep an operation's note in.
const NOTES: [&str; 3] = ["note", "notes", "description"];

/// The words of a node that was read from an operation of this type.
pub(super) fn of(node: &Node, kind: &str) -> Words {
    let known = types::find(kind);
    let text = |names: &[&str]| {
        let found = names.iter().find_map(|name| node.extra.get(*name).and_then(Value::as_str));
        found.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let count = exit_count(known, node.extra.get("exits"));
    let examined = known.map(|known| (known.examine)(&node.data, count)).unwrap_or_default();
    let caption = known.map_or("Black box", |known| known.title).to_owned();
    let mut lines = examined.lines;
    if known.is_none() && !kind.is_empty() {
        lines.push(kind.to_owned());
    }
    lines.extend(text(&NOTES));
    let mut words = Words {
        kind: known.map_or(kind, |known| known.name).to_owned(),
        title: text(&TITLES).or_else(|| examined.number.clone()).unwrap_or_default(),
        caption,
        number: examined.number,
        lines,
        faulty: !examined.faults.is_empty() || kind.is_empty(),
        ..Words::default()
    };
    for index in 0..count {
        let of_config = examined.exit_words.get(index).cloned().flatten();
        let word = own_name(node, index).or(of_config).or_else(|| {
            let exits = known?.exits;
            if kind == "Menu" { menu_key(node, index) } else { exits.name(index, count).map(str::to_owned) }
        });
        if let Some(word) = word {
            words.exits.insert(index.to_string(), word);
        }
    }
    words
}

/// The author's own name of an exit.
fn own_name(node: &Node, index: usize) -> Option<String> {
    let name = node.extra.get("exitNames")?.get(index)?;
    let name = name.get("name").unwrap_or(name).as_str()?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

fn menu_key(node: &Node, index: usize) -> Option<String> {
    let exits = menu_exits(node.extra.get("exitNames"));
    let place = exits.iter().position(|exit| *exit == Some(index))?;
    super::config::MENU_KEYS.get(place).map(|key| (*key).to_owned())
}
