//! Packs an ordered tree: children below each other in order, as close as their contours allow, parents in the middle.
//!
//! A subtree's contour says, per column, how far up and down it reaches. Merging two contours costs the columns of the
//! shallower one only, so the whole tree is packed in time linear in its nodes; nothing recurses. When a deep later
//! child is pushed away by an early one, the room that opens is shared among the children between (after van der Ploeg,
//! "Drawing non-layered tidy trees in linear time", 2014).
//!
//! Not here: sizes of boxes, widths of columns.

use std::collections::VecDeque;

/// Least room between two boxes of one column.
pub(super) const GAP: f64 = 14.0;
/// Room a wire keeps on either side where it passes through a column.
const WIRE_ROOM: f64 = 5.0;

/// The vertical middle of every node; the highest edge is at 0.
///
/// Nodes are in pre-order (a child's index is higher than its parent's); a child may stand more than one column right
/// of its parent, and then its wire gets a lane through the columns between.
pub(super) fn pack(children: &[Vec<usize>], columns: &[u32], heights: &[f64]) -> Vec<f64> {
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
                contour.push_front(-WIRE_ROOM, WIRE_ROOM);
            }
            siblings.add(contour);
        }
        let half = (height_of(heights, node) / 2.0).round();
        let (places, mut contour) = siblings.finish();
        for (child, place) in children.get(node).into_iter().flatten().zip(places) {
            if let Some(own) = relative.get_mut(*child) {
                *own = place;
            }
        }
        contour.push_front(-half, height_of(heights, node) - half);
        if let Some(slot) = done.get_mut(node) {
            *slot = Some(contour);
        }
    }
    absolute(children, heights, relative)
}

/// Places relative to the parent become places on the page.
fn absolute(children: &[Vec<usize>], heights: &[f64], mut places: Vec<f64>) -> Vec<f64> {
    for node in 0..places.len() {
        let own = places.get(node).copied().unwrap_or(0.0);
        for child in children.get(node).into_iter().flatten() {
            if let Some(place) = places.get_mut(*child) {
                *place += own;
            }
        }
    }
    let top = places
        .iter()
        .zip(heights)
        .map(|(place, height)| place - (height / 2.0).round())
        .fold(f64::INFINITY, f64::min);
    if top.is_finite() {
        places.iter_mut().for_each(|place| *place -= top);
    }
    places
}

/// How far a subtree reaches up and down in each column from its root's on, relative to its root's middle.
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

    fn depth(&self) -> usize {
        self.lower.values.len()
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

/// The children of one node, packed one after another; places are relative to the first child's middle until
/// [`Siblings::finish`].
#[derive(Default)]
struct Siblings {
    contour: Contour,
    places: Vec<f64>,
    /// Who is lowest down to which depth: `(depth, child)`, shallowest last.
    owners: Vec<(usize, usize)>,
}

impl Siblings {
    fn add(&mut self, mut child: Contour) {
        let index = self.places.len();
        let depth = child.depth();
        if index == 0 {
            self.places.push(0.0);
            self.owners.push((depth, 0));
            self.contour = child;
            return;
        }
        let previous = self.places.last().copied().unwrap_or(0.0);
        // How far down the child must go for each column both have, and who makes it so.
        let (mut place, mut pusher) = (previous, index - 1);
        let (mut beside, mut owner) = (previous, self.owners.len());
        for (level, (lower, upper)) in self.contour.lower.iter().zip(child.upper.iter()).enumerate() {
            while owner > 0 && self.owners.get(owner - 1).is_some_and(|(reach, _)| *reach <= level) {
                owner -= 1;
            }
            let who =
                owner.checked_sub(1).and_then(|at| self.owners.get(at)).map_or(index - 1, |(_, who)| *who);
            let needed = lower + GAP - upper;
            if needed > place {
                if who != pusher {
                    // All owners seen so far come after `who`; sharing may move them up to what they need.
                    beside = place;
                }
                (place, pusher) = (needed, who);
            }
        }
        self.share(pusher, index, place - beside);
        self.places.push(place);

        while self.owners.last().is_some_and(|(reach, _)| *reach <= depth) {
            self.owners.pop();
        }
        self.owners.push((depth, index));
        child.move_by(place);
        let old = std::mem::take(&mut self.contour);
        self.contour = Contour { upper: old.upper.before(child.upper), lower: child.lower.before(old.lower) };
    }

    /// Moves the children between `pusher` and `index` down, each by its part of the extra room.
    fn share(&mut self, pusher: usize, index: usize, extra: f64) {
        let between = index - pusher;
        if between < 2 || extra <= 0.0 {
            return;
        }
        for (step, place) in self.places.iter_mut().skip(pusher + 1).enumerate() {
            *place += (extra * (step + 1) as f64 / between as f64).floor();
        }
    }

    /// Places of the children relative to their parent, who stands in the middle, and their common contour likewise.
    fn finish(mut self) -> (Vec<f64>, Contour) {
        let first = self.places.first().copied().unwrap_or(0.0);
        let last = self.places.last().copied().unwrap_or(0.0);
        let middle = ((first + last) / 2.0).round();
        self.places.iter_mut().for_each(|place| *place -= middle);
        self.contour.move_by(-middle);
        (self.places, self.contour)
    }
}

fn column_of(columns: &[u32], node: usize) -> u32 {
    columns.get(node).copied().unwrap_or(0)
}

fn height_of(heights: &[f64], node: usize) -> f64 {
    heights.get(node).copied().unwrap_or(0.0)
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
        let middles = pack(&children, &columns, &heights);
        assert!(middles.iter().all(|middle| *middle == 34.0), "{:?}", &middles[..4]);
    }

    #[test]
    fn a_parent_stands_in_the_middle_of_its_children() {
        let middles = pack(&[vec![1, 2, 3], vec![], vec![], vec![]], &[0, 1, 1, 1], &[40.0; 4]);
        assert_eq!(middles, [74.0, 20.0, 74.0, 128.0]);
    }

    #[test]
    fn room_opened_by_a_deep_sibling_is_shared() {
        // The first and the last child have wide families; two leaves between them must not stick to the first.
        let children = vec![
            vec![1, 6, 7, 8],
            vec![2, 3, 4, 5],
            vec![],
            vec![],
            vec![],
            vec![],
            vec![],
            vec![],
            vec![9, 10, 11, 12],
            vec![],
            vec![],
            vec![],
            vec![],
        ];
        let columns = [0, 1, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2];
        let middles = pack(&children, &columns, &[40.0; 13]);
        let steps = [middles[6] - middles[1], middles[7] - middles[6], middles[8] - middles[7]];
        assert!((steps[0] - steps[1]).abs() <= 1.0 && (steps[1] - steps[2]).abs() <= 1.0, "{steps:?}");
    }
}
