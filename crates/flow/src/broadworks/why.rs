//! Why a telephone rings: every number somebody can dial that leads there, with the way in words.
//!
//! Backwards through all ways of the group and the memberships of hunt groups and call centres. Calls offered to a member
//! are not forwarded by what the member has set, so a membership is only ever the last step. Not here: which of the ways
//! is open at a moment ([`at`](super::at)).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::group::{Entity, Group};
use super::routes::Spot;

/// Most steps of one way that are told; longer ones are cut before the last.
const MAX_STEPS: usize = 40;

/// One way in which calls reach it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Way {
    /// The numbers that can be dialled, as stored: number, extension, aliases.
    pub numbers: Vec<String>,
    /// The way from there, the dialled entity first. One step alone: it is dialled itself.
    pub steps: Vec<Step>,
}

/// A place on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The pointer of its node ([`Group::spot_pointer`]).
    pub pointer: String,
    /// What kind of thing it is: `hunt_group`, `menu`, `user`, `voicemail`, `external` ...
    pub kind: String,
    /// What it is called.
    pub title: String,
    /// Codes of the ways to the next step, or `member`; empty for the last.
    pub codes: Vec<String>,
    /// The same in words: `press 1 (Sales)`, `no answer, 4 rings`, `rings as agent 2`.
    pub words: String,
}

impl Way {
    /// The way in one line: `Main > Business hours > press 1 (Sales) > Sales > rings as agent 2 > Ada Okafor`.
    pub fn text(&self) -> String {
        let mut parts: Vec<&str> = Vec::new();
        for (at, step) in self.steps.iter().enumerate() {
            // An attendant's way to a menu is called like the menu.
            let to_menu = step.kind == "auto_attendant"
                && self.steps.get(at + 1).is_some_and(|next| next.kind == "menu");
            let words = if to_menu { "" } else { step.words.as_str() };
            parts.extend([step.title.as_str(), words].into_iter().filter(|part| !part.is_empty()));
        }
        parts.join(" > ")
    }
}

/// Everything that can ring a number (or reach a mailbox, `*55` and a number): for each entity that can be dialled the
/// shortest way, shortest first. Where several hold the number, for each of them. Empty when nothing leads there.
pub fn why(group: &Group, number: &str) -> Vec<Way> {
    let holders: Vec<Spot> = group.numbers.holders(number).into_iter().map(Spot::Entity).collect();
    let targets = match holders.is_empty() {
        false => holders,
        true => group.numbers.resolve(number).map(Spot::from).into_iter().collect(),
    };
    let links = links(group);
    targets.iter().flat_map(|target| ways(group, target, &links)).collect()
}

/// The same for an entity.
pub fn why_entity(group: &Group, entity: Entity) -> Vec<Way> {
    ways(group, &Spot::Entity(entity), &links(group))
}

/// Ways that join two places, in words.
#[derive(Clone, Debug, Default)]
struct Link {
    codes: Vec<String>,
    words: Vec<String>,
}

impl Link {
    /// Codes and words. A key's words are told as often as there are keys; equal ones once.
    fn told(&self) -> (Vec<String>, String) {
        let mut words: Vec<&str> = Vec::new();
        for word in &self.words {
            if !words.contains(&word.as_str()) {
                words.push(word);
            }
        }
        (self.codes.clone(), words.join(" or "))
    }
}

/// The next step towards a target.
struct Onward {
    to: Spot,
    target: Spot,
    link: Link,
    /// Steps to the target, this one counted.
    left: usize,
}

/// Place to the places that lead to it.
type Links = BTreeMap<Spot, BTreeMap<Spot, Link>>;

fn links(group: &Group) -> Links {
    let mut links = Links::new();
    let mut add = |to: Spot, from: &Spot, code: String, words: String| {
        let link = links.entry(to).or_default().entry(from.clone()).or_default();
        link.codes.push(code);
        link.words.push(words);
    };
    for from in super::check::spots(group) {
        if let Spot::Entity(entity) = &from
            && group.identity(*entity).disabled
        {
            continue;
        }
        for route in group.routes(&from) {
            let words = match (&from, route.words.as_str()) {
                (Spot::Menu(..), "") => format!("press {}", route.code),
                (Spot::Menu(..), words) => format!("press {} ({words})", route.code),
                (_, words) => words.to_owned(),
            };
            add(route.to, &from, route.code, words);
        }
    }
    links
}

/// The members of hunt groups and call centres that are rung: who offers calls to this place, and as which agent.
fn offers(group: &Group, target: &Spot) -> Vec<(Spot, Link)> {
    let Spot::Entity(Entity::User(user)) = target else { return Vec::new() };
    let mut offers = Vec::new();
    for entity in group.entities().filter(|entity| !group.identity(*entity).disabled) {
        let places =
            group.members(entity).iter().enumerate().filter(|(_, member)| member.user == Some(*user));
        for (at, _) in places {
            let link =
                Link { codes: vec!["member".to_owned()], words: vec![format!("rings as agent {}", at + 1)] };
            offers.push((Spot::Entity(entity), link));
        }
    }
    offers
}

fn ways(group: &Group, target: &Spot, links: &Links) -> Vec<Way> {
    // For each place the next one on a shortest way to the target.
    let mut next: BTreeMap<Spot, Onward> = BTreeMap::new();
    let onward = |to: &Spot, link: Link, left| Onward { to: to.clone(), target: target.clone(), link, left };
    let mut seen: BTreeSet<Spot> = [target.clone()].into();
    let mut order = vec![target.clone()];
    for (from, link) in offers(group, target) {
        if seen.insert(from.clone()) {
            next.insert(from.clone(), onward(target, link, 1));
            order.push(from);
        }
    }
    // Breadth first: what is nearer to the target is found first.
    let mut at = 0;
    while let Some(to) = order.get(at).cloned() {
        at += 1;
        let left = next.get(&to).map_or(0, |onward| onward.left) + 1;
        for (from, link) in links.get(&to).into_iter().flatten() {
            if seen.insert(from.clone()) {
                next.insert(from.clone(), onward(&to, link.clone(), left));
                order.push(from.clone());
            }
        }
    }
    let mut found = Vec::new();
    for spot in &order {
        let Spot::Entity(entity) = spot else { continue };
        let numbers: Vec<String> = group.numbers_of(*entity).into_iter().map(|(_, number)| number).collect();
        if numbers.is_empty() || group.identity(*entity).disabled {
            continue;
        }
        found.push(Way { numbers, steps: steps(group, spot, &next) });
    }
    found.sort_by_key(|way| way.steps.len());
    found
}

fn steps(group: &Group, from: &Spot, next: &BTreeMap<Spot, Onward>) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut spot = from;
    loop {
        let onward = next.get(spot);
        let (codes, words) = onward.map_or_else(Default::default, |onward| onward.link.told());
        let kind = group.spot_kind(spot).to_owned();
        let title = match spot {
            Spot::Menu(attendant, at) => {
                group.menu(*attendant, *at).map_or("", |menu| menu.kind.title()).to_owned()
            }
            _ => super::check::title(group, spot),
        };
        steps.push(Step { pointer: group.spot_pointer(spot), kind, title, codes, words });
        match onward {
            Some(onward) if steps.len() + 2 > MAX_STEPS && onward.left > 1 => {
                if let Some(last) = steps.last_mut() {
                    last.words = format!("{} > {} more steps", last.words, onward.left - 1);
                }
                spot = &onward.target;
            }
            Some(onward) => spot = &onward.to,
            None => return steps,
        }
    }
}

impl Group {
    /// What kind of node a place is.
    fn spot_kind(&self, spot: &Spot) -> &'static str {
        match spot {
            Spot::Entity(entity) => entity.kind().code(),
            Spot::Menu(..) => "menu",
            Spot::Mailbox(_) => "voicemail",
            Spot::Elsewhere(_) | Spot::External(_) | Spot::Unknown(_) => "external",
            Spot::Announcement(..) => "announcement",
            Spot::HangUp(..) => "end",
        }
    }
}
