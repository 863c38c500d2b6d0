//! Which node of one flow is which node of the other.
//!
//! By shape: equal parts first, the largest first; then, from what is matched, upwards and downwards along exits of the
//! same key; then what has the same place, the same id, or is the only one of its kind. A wrong guess costs a longer
//! list of differences, never a wrong one: what is matched is still compared.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::graph::{Flow, Node, NodeId};

/// Rounds of comparing what is behind a node: parts that differ only further down count as equal until they are
/// compared.
const ROUNDS: usize = 64;

/// Pairs of matched nodes, both ways.
#[derive(Debug)]
pub(super) struct Pairs {
    old_to_new: Vec<Option<usize>>,
    new_to_old: Vec<Option<usize>>,
}

impl Pairs {
    fn new(old: &Flow, new: &Flow) -> Self {
        Pairs { old_to_new: vec![None; old.nodes.len()], new_to_old: vec![None; new.nodes.len()] }
    }

    /// The new node that an old one became.
    pub(super) fn new_of(&self, old: usize) -> Option<usize> {
        self.old_to_new.get(old).copied().flatten()
    }

    /// The old node that a new one was.
    pub(super) fn old_of(&self, new: usize) -> Option<usize> {
        self.new_to_old.get(new).copied().flatten()
    }

    /// Both are there and neither is matched.
    fn are_free(&self, old: usize, new: usize) -> bool {
        self.old_to_new.get(old) == Some(&None) && self.new_to_old.get(new) == Some(&None)
    }

    fn join(&mut self, old: usize, new: usize) -> bool {
        if !self.are_free(old, new) {
            return false;
        }
        if let (Some(there), Some(back)) = (self.old_to_new.get_mut(old), self.new_to_old.get_mut(new)) {
            (*there, *back) = (Some(new), Some(old));
        }
        true
    }
}

/// Nodes with the same pointer are the same; of several with one pointer, the first with the first.
pub(super) fn by_pointer(old: &Flow, new: &Flow) -> Pairs {
    let mut pairs = Pairs::new(old, new);
    join_equal(old, new, &mut pairs, |node| Some(node.pointer.as_str()));
    pairs
}

/// Matches what is free on both sides and has the same key, in document order; tells which pairs are new.
fn join_equal<'f, K: Ord>(
    old: &'f Flow,
    new: &'f Flow,
    pairs: &mut Pairs,
    key: impl Fn(&'f Node) -> Option<K>,
) -> Vec<(usize, usize)> {
    let mut waiting: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for (place, node) in new.nodes.iter().enumerate().rev() {
        if pairs.old_of(place).is_none()
            && let Some(key) = key(node)
        {
            waiting.entry(key).or_default().push(place);
        }
    }
    let mut joined = Vec::new();
    for (place, node) in old.nodes.iter().enumerate() {
        if pairs.new_of(place).is_none()
            && let Some(found) = key(node).and_then(|key| waiting.get_mut(&key)).and_then(Vec::pop)
            && pairs.join(place, found)
        {
            joined.push((place, found));
        }
    }
    joined
}

/// Equal parts are found again wherever they went.
pub(super) fn by_shape(old: &Flow, new: &Flow) -> Pairs {
    let mut pairs = Pairs::new(old, new);
    let (old_shapes, new_shapes) = (shapes(old), shapes(new));
    equal_parts(old, new, &old_shapes, &new_shapes, &mut pairs);
    let (old_ways, new_ways) = (ways_in(old), ways_in(new));
    let spread = |pairs: &mut Pairs, from: Vec<(usize, usize)>| {
        propagate(old, new, (&old_ways, &new_ways), pairs, from);
    };
    let mut begun: Vec<(usize, usize)> =
        (0..old.nodes.len()).filter_map(|place| Some((place, pairs.new_of(place)?))).collect();
    if let (Some(before), Some(now)) = (old.entry_node(), new.entry_node())
        && before.module == now.module
        && pairs.join(at(before.id), at(now.id))
    {
        begun.push((at(before.id), at(now.id)));
    }
    spread(&mut pairs, begun);
    let joined = join_equal(old, new, &mut pairs, |node| Some((node.pointer.as_str(), node.module.as_str())));
    spread(&mut pairs, joined);
    let joined = join_equal(old, new, &mut pairs, |node| {
        let named =
            ["id", "name", "voice_url"].into_iter().find_map(|member| node.data.get(member)?.as_str());
        named.map(|name| (node.module.as_str(), name))
    });
    spread(&mut pairs, joined);
    let joined = join_the_only_ones(old, new, &mut pairs);
    spread(&mut pairs, joined);
    pairs
}

/// A node and all behind it, in one number, and how much that is.
#[derive(Clone, Copy)]
struct Part {
    shape: u64,
    weight: u64,
}

fn shapes(flow: &Flow) -> Vec<Part> {
    let own: Vec<u64> = flow
        .nodes
        .iter()
        .map(|node| {
            let mut hasher = DefaultHasher::new();
            node.module.hash(&mut hasher);
            for value in [&node.data, &node.extra] {
                serde_json::to_string(value).unwrap_or_default().hash(&mut hasher);
            }
            hasher.finish()
        })
        .collect();
    let mut parts: Vec<Part> = own.iter().map(|shape| Part { shape: *shape, weight: 1 }).collect();
    for _ in 0..ROUNDS.min(flow.nodes.len()) {
        let next: Vec<Part> = flow
            .nodes
            .iter()
            .zip(&own)
            .map(|(node, own)| {
                let mut hasher = DefaultHasher::new();
                own.hash(&mut hasher);
                let mut weight = 1_u64;
                for (key, target) in &node.exits {
                    key.hash(&mut hasher);
                    if let Some(behind) = parts.get(at(*target)) {
                        behind.shape.hash(&mut hasher);
                        weight = weight.saturating_add(behind.weight);
                    }
                }
                Part { shape: hasher.finish(), weight }
            })
            .collect();
        let settled = next.iter().zip(&parts).all(|(next, part)| next.weight == part.weight);
        parts = next;
        // In a tree nothing grows any more once the deepest part is counted; one round more has mixed it in everywhere.
        if settled {
            break;
        }
    }
    parts
}

/// Matches equal parts, the heaviest first: of several, the one at the same place, else the first.
fn equal_parts(old: &Flow, new: &Flow, old_parts: &[Part], new_parts: &[Part], pairs: &mut Pairs) {
    let mut by_shape: BTreeMap<u64, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (place, part) in old_parts.iter().enumerate() {
        by_shape.entry(part.shape).or_default().0.push(place);
    }
    for (place, part) in new_parts.iter().enumerate() {
        by_shape.entry(part.shape).or_default().1.push(place);
    }
    let mut order: Vec<usize> = (0..old.nodes.len()).collect();
    order.sort_by_key(|place| std::cmp::Reverse(old_parts.get(*place).map_or(0, |part| part.weight)));
    for same_place_only in [true, false] {
        for place in &order {
            let Some((part, node)) = old_parts.get(*place).zip(old.nodes.get(*place)) else { continue };
            let Some((olds, news)) = by_shape.get(&part.shape) else { continue };
            // A lone step is only known again if it is the only one of its kind and says something.
            let is_telling = part.weight > 1 || (olds.len() == 1 && news.len() == 1 && !node.data.is_empty());
            let free = |new_place: &&usize| pairs.are_free(*place, **new_place);
            let same = |new_place: &&usize| {
                new.nodes.get(**new_place).is_some_and(|other| other.pointer == node.pointer)
            };
            let found = match same_place_only {
                true => news.iter().filter(free).find(same),
                false if is_telling => news.iter().find(free),
                false => None,
            };
            if let Some(found) = found.copied() {
                join_parts(old, new, *place, found, pairs);
            }
        }
    }
}

/// Matches two parts that are equal, node by node.
fn join_parts(old: &Flow, new: &Flow, old_place: usize, new_place: usize, pairs: &mut Pairs) {
    let mut open = vec![(old_place, new_place)];
    while let Some((old_place, new_place)) = open.pop() {
        if !pairs.join(old_place, new_place) {
            continue;
        }
        open.extend(below(old, new, old_place, new_place));
    }
}

/// Pairs of nodes behind exits of the same key.
fn below(old: &Flow, new: &Flow, old_place: usize, new_place: usize) -> Vec<(usize, usize)> {
    let (Some(old), Some(new)) = (old.nodes.get(old_place), new.nodes.get(new_place)) else {
        return Vec::new();
    };
    old.exits.iter().filter_map(|(key, to)| Some((at(*to), at(new.exit(key)?)))).collect()
}

/// Node and key of every exit that leads to each node.
fn ways_in(flow: &Flow) -> Vec<Vec<(&str, usize)>> {
    let mut ways = vec![Vec::new(); flow.nodes.len()];
    for (place, node) in flow.nodes.iter().enumerate() {
        for (key, target) in &node.exits {
            if let Some(ways) = ways.get_mut(at(*target)) {
                ways.push((key.as_str(), place));
            }
        }
    }
    ways
}

type Ways<'a> = Vec<Vec<(&'a str, usize)>>;

/// From matched nodes on: behind exits of the same key, and before them, nodes of the same module are the same.
fn propagate(
    old: &Flow,
    new: &Flow,
    (old_ways, new_ways): (&Ways<'_>, &Ways<'_>),
    pairs: &mut Pairs,
    from: Vec<(usize, usize)>,
) {
    let module = |flow: &'_ Flow, place: usize| flow.nodes.get(place).map(|node| node.module.clone());
    let mut open = from;
    while let Some((old_place, new_place)) = open.pop() {
        let mut near = below(old, new, old_place, new_place);
        if let (Some(before), Some(now)) = (old_ways.get(old_place), new_ways.get(new_place)) {
            for (key, old_from) in before {
                near.extend(
                    now.iter().filter(|(other, _)| other == key).map(|(_, new_from)| (*old_from, *new_from)),
                );
            }
        }
        for (old_near, new_near) in near {
            if pairs.are_free(old_near, new_near)
                && module(old, old_near) == module(new, new_near)
                && pairs.join(old_near, new_near)
            {
                open.push((old_near, new_near));
            }
        }
    }
}

/// The only free node of a module on either side.
fn join_the_only_ones(old: &Flow, new: &Flow, pairs: &mut Pairs) -> Vec<(usize, usize)> {
    let mut by_module: BTreeMap<&str, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (place, node) in old.nodes.iter().enumerate().filter(|(place, _)| pairs.new_of(*place).is_none()) {
        by_module.entry(&node.module).or_default().0.push(place);
    }
    for (place, node) in new.nodes.iter().enumerate().filter(|(place, _)| pairs.old_of(*place).is_none()) {
        by_module.entry(&node.module).or_default().1.push(place);
    }
    // An end written as `{}` has nothing by which to know it again.
    let alone = by_module.into_iter().filter(|(module, _)| !module.is_empty());
    let found: Vec<(usize, usize)> = alone
        .filter_map(|(_, (olds, news))| match (olds.as_slice(), news.as_slice()) {
            ([old], [new]) => Some((*old, *new)),
            _ => None,
        })
        .filter(|(old_place, new_place)| has_exits(old, *old_place) && has_exits(new, *new_place))
        .collect();
    found.into_iter().filter(|(old, new)| pairs.join(*old, *new)).collect()
}

fn has_exits(flow: &Flow, place: usize) -> bool {
    flow.nodes.get(place).is_some_and(|node| !node.exits.is_empty())
}

fn at(id: NodeId) -> usize {
    id.0 as usize
}
