//! Finding the entity a person asks for: exact matches, and near ones to offer when there is none.

use serde::Serialize;

use super::{Destination, digits_of};
use crate::broadworks::group::{Entity, EntityKind, Group};

/// Most near matches that are offered.
const MAX_NEAR: usize = 10;

/// What kind of number matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberKind {
    /// A telephone number.
    Dn,
    /// An extension.
    Extension,
    /// An alias: its part before `@` or the whole.
    Alias,
}

impl NumberKind {
    /// As programs know it: `dn`, `extension`, `alias`.
    pub fn code(self) -> &'static str {
        match self {
            NumberKind::Dn => "dn",
            NumberKind::Extension => "extension",
            NumberKind::Alias => "alias",
        }
    }

    /// The kind with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        [NumberKind::Dn, NumberKind::Extension, NumberKind::Alias]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

/// An entity that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Who.
    pub entity: Entity,
    /// By what.
    pub kind: NumberKind,
    /// The number that matched, as stored.
    pub number: String,
    /// What people call it.
    pub title: String,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matches {
    /// Each entity once, in the order in which a call to the number would choose; several mean that it is ambiguous.
    pub exact: Vec<Found>,
    /// When there is no exact match: up to ten whose number or name contains the text, or that have the number but are
    /// of another kind than asked for.
    pub near: Vec<Found>,
}

impl Matches {
    /// The entity, when exactly one matches.
    pub fn only(&self) -> Option<Entity> {
        match self.exact.as_slice() {
            [found] => Some(found.entity),
            _ => None,
        }
    }
}

impl Group {
    /// Who has this number, extension or alias. `kind` and `entity` narrow the search when given.
    pub fn find(&self, text: &str, kind: Option<NumberKind>, entity: Option<EntityKind>) -> Matches {
        let text = super::bare(text);
        let mut matches = Matches::default();
        let mut others = Vec::new();
        if text.is_empty() {
            return matches;
        }
        for order in [NumberKind::Extension, NumberKind::Alias, NumberKind::Dn] {
            for at in self.entities() {
                for (_, own_kind, number) in numbers(self, at).filter(|(_, own_kind, _)| *own_kind == order) {
                    if !self.is_same(text, own_kind, &number) {
                        continue;
                    }
                    let wanted = kind.is_none_or(|kind| kind == own_kind)
                        && entity.is_none_or(|kind| kind == at.kind());
                    let list = if wanted { &mut matches.exact } else { &mut others };
                    push(list, self, at, own_kind, number);
                }
            }
        }
        // An address of the group's own domain, or an id.
        if matches.exact.is_empty()
            && kind.is_none_or(|kind| kind == NumberKind::Alias)
            && let Some(Destination::Entity(at)) = self.numbers.resolve(text)
            && entity.is_none_or(|kind| kind == at.kind())
            && others.is_empty()
        {
            push(&mut matches.exact, self, at, NumberKind::Alias, text.to_owned());
        }
        if matches.exact.is_empty() {
            matches.near = others;
            self.add_near(text, entity, &mut matches.near);
        }
        matches
    }

    /// Every number of an entity, as stored: number, extension, a call centre's further numbers, aliases.
    pub fn numbers_of(&self, entity: Entity) -> Vec<(NumberKind, String)> {
        numbers(self, entity).map(|(_, kind, number)| (kind, number)).collect()
    }

    fn is_same(&self, text: &str, kind: NumberKind, number: &str) -> bool {
        match kind {
            NumberKind::Extension => text == number,
            NumberKind::Alias => {
                let user = number.split('@').next().unwrap_or(number);
                text.eq_ignore_ascii_case(number) || text.eq_ignore_ascii_case(user)
            }
            NumberKind::Dn => {
                let own = self.numbers.canonical(number);
                own.is_some() && own == self.numbers.canonical(text)
            }
        }
    }

    fn add_near(&self, text: &str, kind: Option<EntityKind>, near: &mut Vec<Found>) {
        let digits = digits_of(text).map(|(_, digits)| digits);
        let name = text.to_lowercase();
        for entity in self.entities().filter(|entity| kind.is_none_or(|kind| kind == entity.kind())) {
            for (_, kind, number) in numbers(self, entity) {
                let own =
                    digits_of(&number).map(|(_, digits)| digits).unwrap_or_else(|| number.to_lowercase());
                let part = digits.as_deref().unwrap_or(&name);
                let contained = own.contains(part) || (own.len() > 2 && part.contains(&own));
                let named = self.identity(entity).name.to_lowercase().contains(&name);
                if near.len() < MAX_NEAR && (contained || named) {
                    push(near, self, entity, kind, number);
                }
            }
        }
    }
}

/// Every number of an entity, as stored: number, extension, aliases, a call centre's further numbers.
pub(super) fn numbers(group: &Group, entity: Entity) -> impl Iterator<Item = (Entity, NumberKind, String)> {
    let identity = group.identity(entity);
    let dnis = match entity {
        Entity::CallCenter(at) => group.call_centers.get(at).map_or(&[][..], |center| center.dnis.as_slice()),
        _ => &[],
    };
    let mut all: Vec<(Entity, NumberKind, String)> = Vec::new();
    let mut add = |kind, number: &Option<String>| {
        all.extend(number.iter().map(|number| (entity, kind, number.clone())));
    };
    add(NumberKind::Dn, &identity.dn);
    add(NumberKind::Extension, &identity.extension);
    for further in dnis {
        add(NumberKind::Dn, &further.dn);
        add(NumberKind::Extension, &further.extension);
    }
    all.extend(identity.aliases.iter().map(|alias| (entity, NumberKind::Alias, alias.clone())));
    all.into_iter()
}

fn push(list: &mut Vec<Found>, group: &Group, entity: Entity, kind: NumberKind, number: String) {
    if list.iter().all(|found| found.entity != entity) {
        list.push(Found { entity, kind, number, title: group.identity(entity).title().to_owned() });
    }
}
