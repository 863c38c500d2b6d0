//! One flow node as one mark: its words, its look, its faults.
//!
//! A node that carries words of its own ([`flow::graph::Words`]) is drawn with them; the table of modules fills what they
//! leave open. Not here: which nodes are drawn, and the wires between them.

use std::borrow::Cow;

use flow::graph::{Node, Words};

use super::{Builder, callflow_id};
use crate::catalogue::{Group, Icon, look, look_of_kind};
use crate::options::DrawOptions;
use crate::scene::{Scene, SceneNode, Shape};
use crate::subject::{LINES_MAX, Subject, subject};
use crate::text::clean;

/// Detail lines of a node that carries its own words: a hunt group with its members in order.
const WORDS_LINES_MAX: usize = 12;

impl Builder<'_> {
    /// The mark of a flow node.
    pub(super) fn mark(&mut self, node: &Node, graph: usize) -> SceneNode {
        let flow_id = self.graphs.get(graph).and_then(|drawn| drawn.id.clone()).filter(|_| graph > 0);
        let of = flow_id.as_deref().unwrap_or_default();
        let id = match node.pointer.as_str() {
            "" => self.ids.make(&[of, &node.id.0.to_string()]),
            pointer => self.ids.make(&[of, pointer]),
        };
        let base = SceneNode {
            id,
            pointer: node.pointer.clone(),
            flow_id,
            ..blank(Group::End, Icon::Stop, Shape::End)
        };
        if let Some(words) = &node.words {
            return worded(node, words, base);
        }
        if node.is_empty() && !node.exits.is_empty() {
            // Not the `{}` that ends a call: Kazoo cannot run such a node and drops the call (reference section 2.4).
            self.warn(format!("the node at {} names no module; the call ends there", place_of(node)));
            let title = "no module".to_owned();
            return SceneNode { kind: "end".to_owned(), title, shape: Shape::Box, faulty: true, ..base };
        }
        if node.is_empty() {
            return SceneNode { kind: "end".to_owned(), title: "end".to_owned(), ..base };
        }
        self.module(node, base)
    }

    /// A node that the table of modules describes.
    fn module(&mut self, node: &Node, base: SceneNode) -> SceneNode {
        let mut about = subject(node, &self.names);
        if let Some(id) = callflow_id(node) {
            self.name_callflow(id, &mut about);
        }
        let found = look(&node.module);
        if found.is_none() {
            let (module, place) = (clean(&node.module), place_of(node));
            self.warn(format!("module {module} at {place} is not known; calls pass over it"));
        }
        for missing in &about.missing {
            let (module, place) = (clean(&node.module), place_of(node));
            self.warn(format!("{module} at {place} names {}, which is not there", clean(missing)));
        }
        let mut lines = about.lines;
        if !about.missing.is_empty() {
            lines.truncate(LINES_MAX - 1);
            let count = about.missing.len();
            lines.push(if count == 1 { "not found".to_owned() } else { format!("{count} not found") });
        }
        let caption = found.map_or_else(|| clean(&node.module), |look| look.caption.to_owned());
        let (caption, title) =
            if about.title.is_empty() { (String::new(), caption) } else { (caption, about.title) };
        SceneNode {
            kind: clean(&node.module),
            caption,
            title,
            number: about.number,
            lines,
            group: found.map_or(Group::Unknown, |look| look.group),
            icon: found.map_or(Icon::Question, |look| look.icon),
            shape: Shape::Box,
            passed_over: found.is_none() || node.is_skipped(),
            faulty: !about.missing.is_empty(),
            ..base
        }
    }

    /// A callflow the source has is not missing, and has a name of its own.
    fn name_callflow(&self, id: &str, about: &mut Subject) {
        if self.by_id.contains_key(id) {
            about.missing.clear();
        } else if let Some(found) = self.context.flows.and_then(|flows| flows.flow(id)) {
            about.missing.clear();
            if !found.name.is_empty() {
                about.title = clean(&found.name);
            }
            about.number = about.number.take().or_else(|| found.numbers.first().map(|number| clean(number)));
        }
    }
}

/// A node in its own words.
fn worded(node: &Node, words: &Words, base: SceneNode) -> SceneNode {
    let kind = if words.kind.is_empty() { node.module.as_str() } else { words.kind.as_str() };
    let look = look_of_kind(kind);
    let caption = match words.caption.as_str() {
        "" => look.caption.map_or_else(|| clean(&kind.replace('_', " ")), str::to_owned),
        caption => clean(caption),
    };
    let title = clean(&words.title);
    let (caption, title) = if title.is_empty() { (String::new(), caption) } else { (caption, title) };
    let number = words.number.as_deref().map(clean).filter(|number| !number.is_empty() && *number != title);
    let bare = node.exits.is_empty() && number.is_none() && words.lines.is_empty();
    let plain = bare && !words.disabled && !words.faulty;
    SceneNode {
        kind: clean(kind),
        shape: if plain && look.group == Group::End { Shape::End } else { Shape::Box },
        caption,
        title,
        number,
        lines: lines(words),
        group: look.group,
        icon: look.icon,
        disabled: words.disabled,
        faulty: words.faulty,
        passed_over: node.is_skipped(),
        ..base
    }
}

fn lines(words: &Words) -> Vec<String> {
    // A line that only says the title again is none.
    let own = || words.lines.iter().filter(|line| **line != words.title);
    let count = own().count();
    let kept = if count > WORDS_LINES_MAX { WORDS_LINES_MAX - 1 } else { WORDS_LINES_MAX };
    let mut lines: Vec<String> = own().take(kept).map(|line| clean(line)).collect();
    if count > kept {
        lines.push(format!("and {} more", count - kept));
    }
    lines
}

/// Where the call comes in: the flow's name and numbers.
pub(super) fn start(scene: &Scene, options: &DrawOptions) -> SceneNode {
    let numbers = &scene.numbers;
    let named = !scene.title.is_empty();
    let mut lines: Vec<String> = numbers.iter().skip(1).take(LINES_MAX - 1).cloned().collect();
    if numbers.len() > LINES_MAX {
        lines.push(format!("and {} more", numbers.len() - LINES_MAX));
    }
    let title = match (named, numbers.is_empty()) {
        (true, _) => scene.title.clone(),
        (false, false) => "Dialled number".to_owned(),
        (false, true) => "Incoming call".to_owned(),
    };
    SceneNode {
        id: "start".to_owned(),
        kind: "start".to_owned(),
        caption: if named { "Call to".to_owned() } else { String::new() },
        title,
        number: numbers.first().cloned(),
        lines,
        dimmed: options.highlight.as_ref().is_some_and(|way| way.nodes.is_empty() && way.exits.is_empty()),
        ..blank(Group::Start, Icon::Phone, Shape::Start)
    }
}

/// Whether a node is only the place where its flow begins.
pub(super) fn is_start(node: &Node) -> bool {
    let kind = node.words.as_ref().map_or("", |words| words.kind.as_str());
    kind.eq_ignore_ascii_case("start")
}

/// Gives the start the words of the node that stands for it; what the caller said of the flow goes first.
pub(super) fn name_start(start: &mut SceneNode, node: &Node) {
    start.pointer.clone_from(&node.pointer);
    let Some(words) = &node.words else { return };
    let named = !start.caption.is_empty() || start.number.is_some();
    if !named && !words.title.is_empty() {
        start.title = clean(&words.title);
        start.caption = clean(&words.caption);
    }
    if start.number.is_none() {
        start.number = words.number.as_deref().map(clean).filter(|number| !number.is_empty());
    }
    start.lines.extend(lines(words));
    (start.disabled, start.faulty) = (words.disabled, words.faulty);
}

/// A mark without words.
pub(super) fn blank(group: Group, icon: Icon, shape: Shape) -> SceneNode {
    SceneNode {
        id: String::new(),
        kind: String::new(),
        pointer: String::new(),
        flow_id: None,
        caption: String::new(),
        title: String::new(),
        number: None,
        lines: Vec::new(),
        step: None,
        group,
        icon,
        shape,
        passed_over: false,
        disabled: false,
        faulty: false,
        dimmed: false,
        change: None,
        ways_in: 0,
    }
}

fn place_of(node: &Node) -> Cow<'_, str> {
    if node.pointer.is_empty() {
        Cow::Owned(format!("node {}", node.id.0))
    } else {
        Cow::Borrowed(&node.pointer)
    }
}
