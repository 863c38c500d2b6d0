//! Calls that are forwarded in a circle without a key being pressed on the way.

use std::collections::{BTreeMap, BTreeSet};

use super::{Group, Issue, Spot, title};
use crate::broadworks::routes::How;
use crate::pointer;

/// Most names of a circle that are told.
const MAX_TOLD: usize = 8;

/// Circles of settings alone (a call goes round at once: an error), then those with "no answer" or "busy" on the way.
pub(super) fn check(group: &Group, issues: &mut Vec<Issue>) {
    let mut told: BTreeSet<Spot> = BTreeSet::new();
    for slowest in [How::Setting, How::Event] {
        for circle in circles(group, slowest) {
            if circle.iter().any(|(spot, _)| told.contains(spot)) {
                continue;
            }
            told.extend(circle.iter().map(|(spot, _)| spot.clone()));
            let Some((first, code)) = circle.first() else { continue };
            let place = pointer::join(&group.spot_pointer(first), code);
            let mut names: Vec<String> =
                circle.iter().take(MAX_TOLD).map(|(spot, _)| title(group, spot)).collect();
            if circle.len() > MAX_TOLD {
                names.push(format!("{} more", circle.len() - MAX_TOLD));
            }
            names.push(title(group, first));
            let path = names.join(" > ");
            let issue = match slowest {
                How::Setting => Issue::error("BW2101", place, format!("calls go round at once: {path}")),
                _ => Issue::warning("BW2102", place, format!("calls that nobody takes go round: {path}")),
            };
            issues.push(issue.with_help("let one of them lead to a person, a mailbox or a menu"));
        }
    }
}

type Step = (Spot, String);

/// One circle for each way that leads back, as places and the codes of the ways between them. No recursion: chains may be
/// as long as the group is large.
fn circles(group: &Group, slowest: How) -> Vec<Vec<Step>> {
    let starts: Vec<Spot> = group.entities().map(Spot::Entity).collect();
    let edges: BTreeMap<&Spot, Vec<(String, Spot)>> =
        starts.iter().map(|spot| (spot, edges(group, spot, slowest))).collect();
    let mut found = Vec::new();
    let mut done: BTreeSet<Spot> = BTreeSet::new();
    for start in &starts {
        if done.contains(start) {
            continue;
        }
        let mut path: Vec<(Spot, usize)> = vec![(start.clone(), 0)];
        let mut on_path: BTreeSet<Spot> = [start.clone()].into();
        while let Some((from, next)) = path.last_mut() {
            let edge = edges.get(from).and_then(|ways| ways.get(*next)).cloned();
            *next += 1;
            let Some((_, to)) = edge else {
                done.insert(from.clone());
                on_path.remove(from);
                path.pop();
                continue;
            };
            if on_path.contains(&to) {
                let circle = path.iter().skip_while(|(spot, _)| *spot != to);
                let step = |(spot, next): &(Spot, usize)| {
                    let code =
                        edges.get(spot).and_then(|ways| ways.get(next - 1)).map(|(code, _)| code.clone());
                    (spot.clone(), code.unwrap_or_default())
                };
                found.push(circle.map(step).collect());
            } else if !done.contains(&to) && edges.contains_key(&to) {
                on_path.insert(to.clone());
                path.push((to, 0));
            }
        }
    }
    found
}

/// Ways to other entities that no key has to be pressed for.
fn edges(group: &Group, spot: &Spot, slowest: How) -> Vec<(String, Spot)> {
    match spot {
        Spot::Entity(entity) if !group.identity(*entity).disabled => {}
        _ => return Vec::new(),
    }
    let ways = group.routes(spot).into_iter().filter(|route| route.how <= slowest);
    ways.filter(|route| matches!(route.to, Spot::Entity(_))).map(|route| (route.code, route.to)).collect()
}
