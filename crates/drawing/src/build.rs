//! Flow to scene: walks the graph in exit order and decides what is a box, what is a chip, and which exits share a
//! wire.
//!
//! The walk keeps its own stack, so a flow may be as deep as it likes. Not here: words (`subject`, `exits`), places.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use flow::graph::{Flow, Node, NodeId};

use crate::catalogue::{Group, Icon, look};
use crate::exits;
use crate::options::{Context, DrawOptions};
use crate::scene::{EdgeKind, Label, Scene, SceneEdge, SceneNode, Shape};
use crate::subject::{LINES_MAX, Names, Subject, subject};
use crate::text::clean;

/// Longest pointer that becomes an element id as it is; longer ones are digested.
const ID_MAX_BYTES: usize = 120;
/// Warnings kept; a flow with more has said enough.
const WARNINGS_MAX: usize = 200;

/// Draws a flow as a scene.
///
/// Never fails: what cannot be drawn (an exit to a missing node, an unknown module, a document that is not there)
/// stands in [`Scene::warnings`] and is marked in the picture.
pub fn draw(flow: &Flow, context: &Context<'_>, options: &DrawOptions) -> Scene {
    let mut builder = Builder::new(flow, context, options);
    builder.start();
    while let Some(step) = builder.stack.pop() {
        builder.take(step);
    }
    builder.finish()
}

/// A graph that is being drawn: the caller's, or one reached through a `callflow` node.
struct Drawn<'a> {
    id: Option<String>,
    flow: Held<'a>,
    /// Scene node of each flow node, once drawn.
    places: Vec<Option<usize>>,
    /// Scene node that stands for the flow as a whole.
    root: usize,
}

enum Held<'a> {
    Borrowed(&'a Flow),
    Shared(Arc<Flow>),
}

impl Held<'_> {
    fn get(&self) -> &Flow {
        match self {
            Held::Borrowed(flow) => flow,
            Held::Shared(flow) => flow,
        }
    }
}

/// One wire still to be drawn, with what is behind it.
struct Step {
    from: usize,
    graph: usize,
    node: NodeId,
    labels: Vec<Label>,
    kind: EdgeKind,
    /// Steps below the entry.
    depth: u32,
    /// `callflow` references already drawn through on the way here.
    calls: u32,
    /// The wire ends in a chip to this scene node, whatever `node` is.
    link: Option<usize>,
}

struct Builder<'a> {
    context: &'a Context<'a>,
    options: &'a DrawOptions,
    names: Names<'a, 'a>,
    graphs: Vec<Drawn<'a>>,
    by_id: BTreeMap<String, usize>,
    stack: Vec<Step>,
    scene: Scene,
    used: BTreeSet<String>,
    full: bool,
}

impl<'a> Builder<'a> {
    fn new(flow: &'a Flow, context: &'a Context<'a>, options: &'a DrawOptions) -> Self {
        let id = context.flow_id.map(str::to_owned);
        let places = vec![None; flow.nodes.len()];
        Builder {
            context,
            options,
            names: Names { resolver: context.names },
            by_id: id.iter().map(|id| (id.clone(), 0)).collect(),
            graphs: vec![Drawn { id, flow: Held::Borrowed(flow), places, root: 0 }],
            stack: Vec::new(),
            scene: Scene {
                title: clean(&options.title),
                numbers: options.numbers.iter().map(|number| clean(number)).collect(),
                header: options.header.clone(),
                theme: options.theme,
                legend: options.legend,
                ..Scene::default()
            },
            used: BTreeSet::new(),
            full: false,
        }
    }

    fn start(&mut self) {
        let numbers = self.scene.numbers.clone();
        let named = !self.scene.title.is_empty();
        let mut lines: Vec<String> = numbers.iter().skip(1).take(LINES_MAX - 1).cloned().collect();
        if numbers.len() > LINES_MAX {
            lines.push(format!("and {} more", numbers.len() - LINES_MAX));
        }
        let title = match (named, numbers.is_empty()) {
            (true, _) => self.scene.title.clone(),
            (false, false) => "Dialled number".to_owned(),
            (false, true) => "Incoming call".to_owned(),
        };
        let id = self.unique("start".to_owned());
        self.scene.nodes.push(SceneNode {
            id,
            kind: "start".to_owned(),
            caption: if named { "Call to".to_owned() } else { String::new() },
            title,
            number: numbers.first().cloned(),
            lines,
            ..blank(Group::Start, Icon::Phone, Shape::Start)
        });
        match self.graphs.first().and_then(|graph| graph.flow.get().entry) {
            Some(node) => self.stack.push(Step {
                from: 0,
                graph: 0,
                node,
                labels: Vec::new(),
                kind: EdgeKind::Exit,
                depth: 1,
                calls: 0,
                link: None,
            }),
            None => self.warn("the flow is empty".to_owned()),
        }
    }

    /// Draws one wire and what it leads to.
    fn take(&mut self, step: Step) {
        let Some(graph) = self.graphs.get(step.graph) else { return };
        if let Some(target) = step.link {
            return self.link(step, target);
        }
        if let Some(target) = graph.places.get(step.node.0 as usize).copied().flatten() {
            return self.link(step, target);
        }
        let Some(node) = graph.flow.get().node(step.node) else {
            let keys: Vec<&str> = step.labels.iter().map(|label| label.key.as_str()).collect();
            return self.warn(format!("exit {} leads to a node that is not there", keys.join(", ")));
        };
        let node = node.clone();
        if self.too_large() {
            return self.more(step, "more steps");
        }
        let (graph, depth, calls, node_id) = (step.graph, step.depth, step.calls, step.node);
        let whole = self.whole_flow(&node);
        let place = whole.unwrap_or(self.scene.nodes.len());
        if let Some(slot) =
            self.graphs.get_mut(graph).and_then(|drawn| drawn.places.get_mut(node_id.0 as usize))
        {
            *slot = Some(place);
        }
        if whole.is_some() {
            return self.link(step, place);
        }
        let place = self.push(step, |builder| builder.mark(&node, graph));
        let mut next = self.wires(&node, place, graph, depth, calls);
        if self.options.max_depth.is_some_and(|limit| depth >= limit) && !next.is_empty() {
            let hidden: usize = next.iter().map(|wire| wire.labels.len().max(1)).sum();
            next.truncate(1);
            if let Some(mut first) = next.pop() {
                first.labels.clear();
                self.more(first, &format!("{hidden} more {}", if hidden == 1 { "exit" } else { "exits" }));
            }
            return;
        }
        // Last in, first out: the first exit must come off the stack first, so that nodes stand in pre-order.
        self.stack.extend(next.into_iter().rev());
    }

    /// The wires out of a node in drawing order; exits to one target share a wire at the place of the first.
    fn wires(&mut self, node: &Node, from: usize, graph: usize, depth: u32, calls: u32) -> Vec<Step> {
        let mut wires: Vec<Step> = Vec::new();
        if let Some(called) = self.called(node, from, calls) {
            let label = Label { key: String::new(), text: "runs".to_owned(), keycap: false };
            wires.push(Step { from, labels: vec![label], depth: depth + 1, calls: calls + 1, ..called });
        }
        let mut by_target: BTreeMap<NodeId, usize> = BTreeMap::new();
        for exit in exits::in_order(node) {
            let label = exits::label(&node.module, exit.key, &self.names);
            match by_target.get(&exit.to).and_then(|place| wires.get_mut(*place)) {
                Some(wire) => wire.labels.push(label),
                None => {
                    by_target.insert(exit.to, wires.len());
                    wires.push(Step {
                        from,
                        graph,
                        node: exit.to,
                        labels: vec![label],
                        kind: EdgeKind::Exit,
                        depth: depth + 1,
                        calls,
                        link: None,
                    });
                }
            }
        }
        wires
    }

    /// The flow a `callflow` node runs, when it is to be drawn through here; remembers it as drawn.
    fn called(&mut self, node: &Node, from: usize, calls: u32) -> Option<Step> {
        let id = callflow_id(node)?;
        let wire = |graph, node, link| Step {
            from,
            graph,
            node,
            labels: Vec::new(),
            kind: EdgeKind::Calls,
            depth: 0,
            calls: 0,
            link,
        };
        if let Some(graph) = self.by_id.get(id) {
            let root = self.graphs.get(*graph)?.root;
            return Some(wire(*graph, NodeId::default(), Some(root)));
        }
        if calls >= self.options.expand_callflows {
            return None;
        }
        let found = self.context.flows?.flow(id)?;
        let entry = found.flow.entry;
        let graph = self.graphs.len();
        self.graphs.push(Drawn {
            id: Some(id.to_owned()),
            places: vec![None; found.flow.nodes.len()],
            flow: Held::Shared(found.flow),
            root: from,
        });
        self.by_id.insert(id.to_owned(), graph);
        entry.map(|entry| wire(graph, entry, None))
    }

    /// A `callflow` node that does nothing but go to a flow already drawn is not worth a box of its own.
    fn whole_flow(&self, node: &Node) -> Option<usize> {
        let graph = self.by_id.get(callflow_id(node)?)?;
        let bare = node.exits.is_empty() && !node.is_skipped();
        self.graphs.get(*graph).map(|drawn| drawn.root).filter(|_| bare)
    }

    fn too_large(&mut self) -> bool {
        let over = self.scene.nodes.len() >= self.options.max_nodes;
        if over && !self.full {
            self.full = true;
            self.warn(format!("only the first {} steps are drawn", self.options.max_nodes));
        }
        over
    }

    fn link(&mut self, step: Step, target: usize) {
        let flow_id = self.graphs.get(step.graph).and_then(|drawn| drawn.id.clone());
        self.push(step, |builder| {
            let (group, icon, title) =
                builder.scene.nodes.get(target).map_or((Group::Unknown, Icon::Jump, String::new()), |node| {
                    (node.group, node.icon, node.phrase())
                });
            SceneNode {
                id: String::new(),
                kind: "link".to_owned(),
                title,
                flow_id,
                ..blank(group, icon, Shape::Link { target, back: false })
            }
        });
    }

    fn more(&mut self, step: Step, text: &str) {
        self.push(step, |_| SceneNode {
            kind: "more".to_owned(),
            title: text.to_owned(),
            ..blank(Group::Feature, Icon::Jump, Shape::More)
        });
    }

    /// Adds a mark and the wire to it.
    fn push(&mut self, step: Step, mark: impl FnOnce(&mut Self) -> SceneNode) -> usize {
        let place = self.scene.nodes.len();
        let mut mark = mark(self);
        if mark.id.is_empty() {
            let from = self.scene.nodes.get(step.from).map_or("", |node| node.id.as_str());
            let key = step.labels.first().map_or("", |label| label.key.as_str());
            let id = format!("{from}-{}-{}", mark.kind, encoded(key));
            mark.id = self.unique(digested(id));
        }
        self.scene.nodes.push(mark);
        self.scene.edges.push(SceneEdge { from: step.from, to: place, labels: step.labels, kind: step.kind });
        place
    }

    /// The mark of a flow node.
    fn mark(&mut self, node: &Node, graph: usize) -> SceneNode {
        let flow_id = self.graphs.get(graph).and_then(|drawn| drawn.id.clone()).filter(|_| graph > 0);
        let prefix = flow_id.as_deref().map_or_else(|| "n".to_owned(), |id| format!("f-{}", encoded(id)));
        let written = if node.pointer.is_empty() { node.id.0.to_string() } else { node.pointer.clone() };
        let id = self.unique(digested(format!("{prefix}{}", encoded(&written))));
        let base = SceneNode {
            id,
            pointer: node.pointer.clone(),
            flow_id,
            ..blank(Group::End, Icon::Stop, Shape::End)
        };
        if node.is_empty() && !node.exits.is_empty() {
            // Not the `{}` that ends a call: Kazoo cannot run such a node and drops the call (reference section 2.4).
            self.warn(format!("the node at {} names no module; the call ends there", place_of(node)));
            let title = "no module".to_owned();
            return SceneNode { kind: "end".to_owned(), title, shape: Shape::Box, faulty: true, ..base };
        }
        if node.is_empty() {
            return SceneNode { kind: "end".to_owned(), title: "end".to_owned(), ..base };
        }
        let mut about = subject(node, &self.names);
        if let Some(id) = callflow_id(node) {
            self.name_callflow(id, &mut about);
        }
        let found = look(&node.module);
        if found.is_none() {
            self.warn(format!(
                "module {} at {} is not known; calls pass over it",
                clean(&node.module),
                place_of(node)
            ));
        }
        for missing in &about.missing {
            let shown = clean(missing);
            self.warn(format!(
                "{} at {} names {shown}, which is not there",
                clean(&node.module),
                place_of(node)
            ));
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

    fn finish(mut self) -> Scene {
        let ends = subtree_ends(&self.scene);
        let mut targets = BTreeSet::new();
        for (place, node) in self.scene.nodes.iter_mut().enumerate() {
            if let Shape::Link { target, back } = &mut node.shape {
                *back = *target <= place && ends.get(*target).is_some_and(|end| place < *end);
                targets.insert(*target);
            }
        }
        for (number, target) in (1_u32..).zip(targets) {
            if let Some(node) = self.scene.nodes.get_mut(target) {
                node.step = Some(number);
            }
        }
        let hidden: usize =
            self.graphs.iter().map(|graph| graph.places.iter().filter(|place| place.is_none()).count()).sum();
        if hidden > 0 && self.options.max_depth.is_none() && !self.full {
            self.warn(format!("{hidden} nodes cannot be reached and are not drawn"));
        }
        self.scene
    }

    fn warn(&mut self, warning: String) {
        if self.scene.warnings.len() < WARNINGS_MAX {
            self.scene.warnings.push(warning);
        }
    }

    fn unique(&mut self, wanted: String) -> String {
        let mut id = wanted.clone();
        let mut again = 2_u32;
        while !self.used.insert(id.clone()) {
            id = format!("{wanted}.{again}");
            again += 1;
        }
        id
    }
}

fn blank(group: Group, icon: Icon, shape: Shape) -> SceneNode {
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
        faulty: false,
    }
}

fn callflow_id(node: &Node) -> Option<&str> {
    (node.module == "callflow").then(|| node.data.get("id").and_then(|id| id.as_str())).flatten()
}

fn place_of(node: &Node) -> Cow<'_, str> {
    if node.pointer.is_empty() {
        Cow::Owned(format!("node {}", node.id.0))
    } else {
        Cow::Borrowed(&node.pointer)
    }
}

/// One past the last node below each node.
fn subtree_ends(scene: &Scene) -> Vec<usize> {
    let mut ends: Vec<usize> = (1..=scene.nodes.len()).collect();
    for edge in scene.edges.iter().rev() {
        let end = ends.get(edge.to).copied().unwrap_or(0);
        if let Some(parent) = ends.get_mut(edge.from) {
            *parent = end.max(*parent);
        }
    }
    ends
}

/// Letters and digits stay, a slash becomes a dash, anything else `_` and its hexadecimal bytes: an XML name, and no two
/// pointers share one.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => out.push(char::from(byte)),
            b'/' => out.push('-'),
            _ => {
                let _ = write!(out, "_{byte:02x}");
            }
        }
    }
    out
}

/// Long ids keep their beginning and gain a digest (64-bit FNV-1a) of the whole.
fn digested(id: String) -> String {
    if id.len() <= ID_MAX_BYTES {
        return id;
    }
    let digest = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let head: String = id.chars().take(60).collect();
    format!("{head}..{digest:016x}")
}
