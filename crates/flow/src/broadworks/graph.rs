//! From a group to the graph of one call: everything it can reach from an entry.
//!
//! Members of hunt groups and agents of call centres are lines in the box, not ways: what a user has set for calls to
//! itself does not hold for calls offered to it as a member (reference section 2.5). Not here: the words in the boxes
//! (`words`).

mod words;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use super::group::{Entity, Group};
use super::routes::Spot;
use crate::graph::{Flow, Node, NodeId, Object};

/// Stands before the kind in a node's module, so that no module of another language is meant: `bw.hunt_group`.
pub const MODULE_PREFIX: &str = "bw.";

/// A flow and the place each of its nodes stands for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Walk {
    pub(super) flow: Flow,
    /// `spots[i]` is the place of `flow.nodes[i]`.
    pub(super) spots: Vec<Spot>,
}

impl Group {
    /// Everything a call to this entity can reach, nodes in the order of their distance. Each node has
    /// [`words`](crate::graph::Node::words) of kind `auto_attendant`, `menu`, `hunt_group`, `call_center`, `user`,
    /// `voicemail`, `external`, `announcement` or `end`, its module is `bw.` and that kind, and its exits are the codes of
    /// [`Group::routes`].
    pub fn flow(&self, entry: Entity) -> Flow {
        self.walk(entry).flow
    }

    /// No recursion: a chain of forwards may be as long as the group is large.
    pub(super) fn walk(&self, entry: Entity) -> Walk {
        let mut walk = Walk::default();
        let mut known: BTreeMap<Spot, NodeId> = BTreeMap::new();
        walk.flow.entry = Some(meet(&mut known, &mut walk.spots, Spot::Entity(entry)));
        while let Some(spot) = walk.spots.get(walk.flow.nodes.len()).cloned() {
            let routes = self.routes(&spot);
            let mut words = self.words(&spot, &routes);
            let mut exits = IndexMap::with_capacity(routes.len());
            for route in routes {
                exits.insert(route.code.clone(), meet(&mut known, &mut walk.spots, route.to));
                if !route.words.is_empty() {
                    words.exits.insert(route.code, route.words);
                }
            }
            walk.flow.nodes.push(Node {
                id: node_id(walk.flow.nodes.len()),
                pointer: self.spot_pointer(&spot),
                module: format!("{MODULE_PREFIX}{}", words.kind),
                data: self.data(&spot),
                exits,
                words: Some(Box::new(words)),
                ..Node::default()
            });
        }
        walk
    }

    /// What the model knows of a place, for programs.
    fn data(&self, spot: &Spot) -> Object {
        match spot {
            Spot::Entity(Entity::AutoAttendant(at)) => {
                let mut data = object(self.auto_attendants.get(*at));
                // Each menu is a node of its own.
                data.shift_remove("menus");
                data
            }
            Spot::Entity(Entity::CallCenter(at)) => object(self.call_centers.get(*at)),
            Spot::Entity(Entity::HuntGroup(at)) => object(self.hunt_groups.get(*at)),
            Spot::Entity(Entity::User(at)) => object(self.users.get(*at)),
            Spot::Menu(attendant, menu) => object(self.menu(*attendant, *menu)),
            Spot::Elsewhere(at) => object(self.elsewhere.get(*at)),
            Spot::External(number) | Spot::Unknown(number) => {
                [("number".to_owned(), Value::String(number.clone()))].into_iter().collect()
            }
            Spot::Announcement(attendant, menu, key) => {
                object(self.menu(*attendant, *menu).and_then(|menu| menu.keys.get(*key)))
            }
            Spot::Mailbox(_) | Spot::HangUp(..) => Object::new(),
        }
    }
}

/// The node of a place: its own, or the next free one.
fn meet(known: &mut BTreeMap<Spot, NodeId>, spots: &mut Vec<Spot>, spot: Spot) -> NodeId {
    if let Some(id) = known.get(&spot) {
        return *id;
    }
    let id = node_id(spots.len());
    known.insert(spot.clone(), id);
    spots.push(spot);
    id
}

fn node_id(at: usize) -> NodeId {
    NodeId(u32::try_from(at).unwrap_or(u32::MAX))
}

/// Plain structs of this crate always become objects.
fn object(thing: Option<impl Serialize>) -> Object {
    match serde_json::to_value(thing) {
        Ok(Value::Object(object)) => object,
        _ => Object::new(),
    }
}
