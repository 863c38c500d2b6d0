//! Flow to scene: walks the graph in exit order and decides what is a box, what is a chip, and which exits share a
//! wire.
//!
//! The walk keeps its own stack, so a flow may be as deep as it likes. Not here: words (`subject`, `exits`), places.

mod accents;
mod ids;
mod mark;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flow::graph::{Flow, Node, NodeId};

use crate::catalogue::{Group, Icon};
use crate::exits;
use crate::options::{Context, DrawOptions};
use crate::scene::{EdgeKind, Label, Scene, SceneEdge, SceneNode, Shape};
use crate::subject::Names;
use crate::text::clean;
use accents::Accents;
use ids::Ids;

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

/// Cheap to clone, so that a node can be read while the scene grows.
#[derive(Clone)]
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
    /// It is on the highlighted way.
    lit: bool,
}

struct Builder<'a> {
    context: &'a Context<'a>,
    options: &'a DrawOptions,
    names: Names<'a, 'a>,
    graphs: Vec<Drawn<'a>>,
    by_id: BTreeMap<String, usize>,
    stack: Vec<Step>,
    scene: Scene,
    ids: Ids,
    accents: Accents<'a>,
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
            ids: Ids::default(),
            accents: Accents::new(flow, options),
            full: false,
        }
    }

    fn start(&mut self) {
        for warning in &self.options.warnings {
            self.warn(clean(warning));
        }
        self.scene.nodes.push(mark::start(&self.scene, self.options));
        let Some(graph) = self.graphs.first() else { return };
        let held = graph.flow.clone();
        let Some(entry) = held.get().entry else { return self.warn("the flow is empty".to_owned()) };
        let lit = self.accents.node(entry);
        match held.get().node(entry).filter(|node| mark::is_start(node)) {
            // A language with a start of its own: that is the start, not a box behind it.
            Some(node) => {
                self.occupy(0, entry, 0);
                if let Some(start) = self.scene.nodes.first_mut() {
                    mark::name_start(start, node);
                    start.change = self.accents.node_change(entry);
                }
                let wires = self.wires(node, 0, 0, 0, 0, lit);
                self.stack.extend(wires.into_iter().rev());
            }
            None => self.stack.push(Step {
                from: 0,
                graph: 0,
                node: entry,
                labels: Vec::new(),
                kind: EdgeKind::Exit,
                depth: 1,
                calls: 0,
                link: None,
                lit,
            }),
        }
    }

    /// Notes that a flow node is drawn as this scene node.
    fn occupy(&mut self, graph: usize, node: NodeId, place: usize) {
        let places = self.graphs.get_mut(graph).map(|drawn| &mut drawn.places);
        if let Some(slot) = places.and_then(|places| places.get_mut(node.0 as usize)) {
            *slot = Some(place);
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
        let held = graph.flow.clone();
        let Some(node) = held.get().node(step.node) else {
            let keys: Vec<&str> = step.labels.iter().map(|label| label.key.as_str()).collect();
            return self.warn(format!("exit {} leads to a node that is not there", keys.join(", ")));
        };
        if self.too_large() {
            return self.more(step, "more steps");
        }
        let (graph, depth, calls) = (step.graph, step.depth, step.calls);
        let whole = self.whole_flow(node);
        let place = whole.unwrap_or(self.scene.nodes.len());
        self.occupy(graph, step.node, place);
        if whole.is_some() {
            return self.link(step, place);
        }
        let lit = if graph == 0 { self.accents.node(step.node) } else { step.lit };
        let mut mark = self.mark(node, graph);
        mark.dimmed = !lit;
        mark.change = self.accents.node_change(step.node).filter(|_| graph == 0);
        let place = self.push(step, mark);
        let mut next = self.wires(node, place, graph, depth, calls, lit);
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
    fn wires(
        &mut self,
        node: &Node,
        from: usize,
        graph: usize,
        depth: u32,
        calls: u32,
        lit: bool,
    ) -> Vec<Step> {
        let mut wires: Vec<Step> = Vec::with_capacity(node.exits.len());
        if let Some(called) = self.called(node, from, calls) {
            let label = Label { text: "runs".to_owned(), dimmed: !lit, ..Label::default() };
            wires.push(Step { from, labels: vec![label], depth: depth + 1, calls: calls + 1, lit, ..called });
        }
        let mut by_target: BTreeMap<NodeId, usize> = BTreeMap::new();
        for exit in exits::in_order(node) {
            let mut label = exits::label(node, exit.key, &self.names);
            let lit = if graph == 0 { self.accents.exit(node.id, exit.key) } else { lit };
            label.dimmed = !lit;
            label.change = self.accents.exit_change(node.id, exit.key).filter(|_| graph == 0);
            match by_target.get(&exit.to).and_then(|place| wires.get_mut(*place)) {
                Some(wire) => {
                    wire.labels.push(label);
                    wire.lit |= lit;
                }
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
                        lit,
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
            lit: true,
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
        let named = self.scene.nodes.get(target).map(|node| (node.group, node.icon, node.phrase()));
        let (group, icon, title) = named.unwrap_or((Group::Unknown, Icon::Jump, String::new()));
        let shape = Shape::Link { target, back: false };
        let mark = SceneNode { kind: "link".to_owned(), title, flow_id, ..mark::blank(group, icon, shape) };
        self.push(step, mark);
    }

    fn more(&mut self, step: Step, text: &str) {
        let blank = mark::blank(Group::Feature, Icon::Jump, Shape::More);
        self.push(step, SceneNode { kind: "more".to_owned(), title: text.to_owned(), ..blank });
    }

    /// Adds a mark and the wire to it.
    fn push(&mut self, step: Step, mut mark: SceneNode) -> usize {
        let place = self.scene.nodes.len();
        let change = step.labels.first().and_then(|first| first.change);
        let change = change.filter(|change| step.labels.iter().all(|label| label.change == Some(*change)));
        if mark.id.is_empty() {
            let from = self.scene.nodes.get(step.from).map_or("", |node| node.id.as_str());
            let key = step.labels.first().map_or("", |label| label.key.as_str());
            mark.id = self.ids.make(&[from, &mark.kind, key]);
            mark.dimmed = !step.lit;
            mark.change = change;
        }
        self.scene.nodes.push(mark);
        self.scene.edges.push(SceneEdge {
            from: step.from,
            to: place,
            labels: step.labels,
            kind: step.kind,
            dimmed: !step.lit,
            change,
        });
        place
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
        for edge in &self.scene.edges {
            let reached = match self.scene.nodes.get(edge.to).map(|node| node.shape) {
                Some(Shape::Link { target, .. }) => target,
                _ => edge.to,
            };
            if let Some(node) = self.scene.nodes.get_mut(reached) {
                node.ways_in += 1;
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
            self.warn(match hidden {
                1 => "one node cannot be reached and is not drawn".to_owned(),
                count => format!("{count} nodes cannot be reached and are not drawn"),
            });
        }
        self.scene
    }

    fn warn(&mut self, warning: String) {
        if self.scene.warnings.len() < WARNINGS_MAX {
            self.scene.warnings.push(warning);
        }
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

fn callflow_id(node: &Node) -> Option<&str> {
    (node.module == "callflow").then(|| node.data.get("id").and_then(|id| id.as_str())).flatten()
}
