//! Packs an ordered tree: children below each other in order, as close as their contours allow, the first one level with
//! its parent.
//!
//! So the first exits form a straight line at the top, and what is added later in the order moves only what comes after
//! it: nothing above, and no parent, unless they would overlap. A subtree's contour says, per column, how far up and down
//! it reaches. Merging two contours costs the columns of the shallower one only, so the whole tree is packed in time
//! linear in its nodes (after van der Ploeg, "Drawing non-layered tidy trees in linear time", 2014); nothing recurses.
//!
//! Not here: sizes of boxes, widths of columns.

use std::collections::VecDeque;

/// Least room between two boxes of one column.
pub(super) const GAP: f64 = 14.0;
/// Room a wire keeps on either side where it passes through a column.
const WIRE_ROOM: f64 = 5.0;

/// What is packed, by node.
pub(super) struct Sizes<'a> {
    /// The column it stands in.
    pub(super) columns: &'a [u32],
    /// Where wires meet it, from its top.
    pub(super) ports: &'a [f64],
    /// Its height.
    pub(super) heights: &'a [f64],
    /// How far the labels of the wire that leads to it reach below that wire.
    pub(super) labels: &'a [f64],
}

/// The height at which wires meet every node; the highest edge is at 0.
///
/// Nodes are in pre-order (a child's index is higher than its parent's); a child may stand more than one column right of
/// its parent, and then its wire gets a lane through the columns between.
pub(super) fn pack(children: &[Vec<usize>], sizes: &Sizes<'_>) -> Vec<f64> {
    let Sizes { columns, ports, heights, labels } = *sizes;
    let count = heights.len();
    let mut relative = vec![0.0_f64; count];
    let mut done: Vec<Option<Contour>> = Vec::new();
    done.resize_with(count, || None);
    for node in (0..count).rev() {
        let column = column_of(columns, node);
        let mut siblings = Siblings::default();
        for child in children.get(node).map(Vec::as_slice).unwrap_or_default() {
            let mut contour = done.get_mut(*child).and_then(Option::take).unwrap_or_default();
            for _ in column + 1..column_of(columns, *child) {
                contour.push_front(-WIRE_ROOM, number(labels, *child).max(WIRE_ROOM));
            }
            let place = siblings.add(contour);
            if let Some(own) = relative.get_mut(*child) {
                *own = place;
            }
        }
        let mut contour = siblings.contour;
        let below = number(heights, node) - number(ports, node);
        contour.push_front(-number(ports, node), below.max(number(labels, node)));
        if let Some(slot) = done.get_mut(node) {
            *slot = Some(contour);
        }
    }
    absolute(children, ports, relative)
}

/// Places relative to the parent become places on the page.
fn absolute(children: &[Vec<usize>], ports: &[f64], mut places: Vec<f64>) -> Vec<f64> {
    for node in 0..places.len() {
        let own = number(&places, node);
        for child in children.get(node).into_iter().flatten() {
            if let Some(place) = places.get_mut(*child) {
                *place += own;
            }
        }
    }
    let top = places.iter().zip(ports).map(|(place, port)| place - port).fold(f64::INFINITY, f64::min);
    if top.is_finite() {
        places.iter_mut().for_each(|place| *place -= top);
    }
    places
}

/// How far a subtree reaches up and down in each column from its root's on, relative to its root's port.
#[derive(Default)]
struct Contour {
    upper: Side,
    lower: Side,
}

impl Contour {
    fn push_front(&mut self, upper: f64, lower: f64) {
        self.upper.push_front(upper);
        self.lower.push_front(lower);
    }

    fn move_by(&mut self, distance: f64) {
        self.upper.shift += distance;
        self.lower.shift += distance;
    }
}

/// One side of a contour. Each value counts plus `shift`, so that moving the whole costs nothing.
#[derive(Default)]
struct Side {
    values: VecDeque<f64>,
    shift: f64,
}

impl Side {
    fn push_front(&mut self, value: f64) {
        self.values.push_front(value - self.shift);
    }

    /// Values by column, from the root's on.
    fn iter(&self) -> impl Iterator<Item = f64> {
        self.values.iter().map(|value| value + self.shift)
    }

    /// This side where it reaches, `behind` in the columns beyond; costs the columns of the shorter one at most.
    fn before(self, mut behind: Side) -> Side {
        if self.values.len() >= behind.values.len() {
            return self;
        }
        for (hidden, seen) in behind.values.iter_mut().zip(&self.values) {
            *hidden = seen + self.shift - behind.shift;
        }
        behind
    }
}

/// The children of one node, packed one after another.
#[derive(Default)]
struct Siblings {
    contour: Contour,
    /// Where the last one stands, measured from the first; `None` before there is one.
    last: Option<f64>,
}

impl Siblings {
    /// Puts a child below those before it; its place, measured from the first.
    fn add(&mut self, mut child: Contour) -> f64 {
        let Some(last) = self.last else {
            self.last = Some(0.0);
            self.contour = child;
            return 0.0;
        };
        // The first column decides at least; the last one stands there, so no child comes out above its elder.
        let beside = self.contour.lower.iter().zip(child.upper.iter());
        let place = beside.map(|(lower, upper)| lower + GAP - upper).fold(last, f64::max);
        self.last = Some(place);
        child.move_by(place);
        let old = std::mem::take(&mut self.contour);
        self.contour = Contour { upper: old.upper.before(child.upper), lower: child.lower.before(old.lower) };
        place
    }
}

fn column_of(columns: &[u32], node: usize) -> u32 {
    columns.get(node).copied().unwrap_or(0)
}

fn number(numbers: &[f64], node: usize) -> f64 {
    numbers.get(node).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_a_straight_line_however_long() {
        let count = 10_000;
        let children: Vec<Vec<usize>> =
            (0..count).map(|node| if node + 1 < count { vec![node + 1] } else { vec![] }).collect();
        let columns: Vec<u32> = (0..count as u32).collect();
        let heights: Vec<f64> = (0..count).map(|node| 40.0 + (node % 3) as f64 * 14.0).collect();
        let ports: Vec<f64> = heights.iter().map(|height| height / 2.0).collect();
        let sizes = Sizes { columns: &columns, ports: &ports, heights: &heights, labels: &[] };
        let places = pack(&children, &sizes);
        assert!(places.iter().all(|place| *place == 34.0), "{:?}", &places[..4]);
    }

    #[test]
    fn a_parent_is_level_with_its_first_child() {
        let sizes = Sizes {
            columns: &[0, 1, 1, 1],
            ports: &[20.0; 4],
            heights: &[40.0; 4],
            labels: &[0.0, 0.0, 50.0],
        };
        let places = pack(&[vec![1, 2, 3], vec![], vec![], vec![]], &sizes);
        assert_eq!(places, [20.0, 20.0, 74.0, 158.0], "and long labels keep what follows away");
    }

    #[test]
    fn a_leaf_slides_under_what_its_elder_carries_further_right() {
        // The first child has three of its own; the second has none and needs room in its own column only.
        let children = [vec![1, 5], vec![2, 3, 4], vec![], vec![], vec![], vec![]];
        let columns = [0, 1, 2, 2, 2, 1];
        let sizes = Sizes { columns: &columns, ports: &[20.0; 6], heights: &[40.0; 6], labels: &[] };
        let places = pack(&children, &sizes);
        assert_eq!(places, [20.0, 20.0, 20.0, 74.0, 128.0, 74.0]);
    }
}
