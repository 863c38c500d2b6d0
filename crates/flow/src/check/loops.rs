//! Callflows that enter each other in a circle: at once (such a call goes round until the bound on branches ends it), or
//! with playing, ringing or waiting on the way, but without ever asking the caller.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::account::{AccountIndex, CallflowEntry};
use crate::issue::{Issue, Level};

use super::subject::called;

/// Tells the circles that can be reached from some callflows, each once.
pub(super) fn check<'a>(
    index: &AccountIndex,
    starts: impl IntoIterator<Item = &'a str>,
    issues: &mut Vec<Issue>,
) {
    let starts: Vec<&str> = starts.into_iter().collect();
    let mut graph = Graph { index, edges: BTreeMap::new() };
    graph.circles(&starts, |passing| passing == Passing::AtOnce, |circle| issues.push(at_once(circle)));
    graph.circles(
        &starts,
        |_| true,
        |circle| {
            if circle.iter().any(|edge| edge.passing != Passing::AtOnce) {
                issues.push(without_input(circle));
            }
        },
    );
}

fn at_once(circle: &[Edge]) -> Issue {
    closing(circle, |names| Issue::error("CK1201", "", format!("the callflows go round: {names}")))
        .with_help("let the caller choose or wait on the way, for example in a `menu`")
}

fn without_input(circle: &[Edge]) -> Issue {
    let rings = circle.iter().any(|edge| edge.passing == Passing::Ringing);
    let issue = closing(circle, |names| {
        let message = format!(
            "the callflows go round without asking the caller: {names}; only the bound on branches ends that"
        );
        Issue::warning("CK1202", "", message)
    });
    // Ringing again and again may be meant; a caller who hears the same again and again is rather forgotten.
    let level = if rings { Level::Note } else { Level::Warning };
    Issue { level, ..issue }.with_help("let a `menu` ask whether to wait on, or let `voicemail` end it")
}

/// The issue at the edge that closes a circle.
fn closing(circle: &[Edge], issue: impl Fn(String) -> Issue) -> Issue {
    let mut names: Vec<&str> = circle.iter().map(|edge| edge.from.as_str()).collect();
    names.extend(circle.first().map(|edge| edge.from.as_str()));
    let mut issue = issue(names.join(" > "));
    if let Some(last) = circle.last() {
        issue.place.pointer.clone_from(&last.pointer);
        issue = issue.in_module("callflow").in_document(&last.from);
    }
    issue
}

/// What happens on the way to a `callflow` node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Passing {
    /// Nothing that takes time.
    AtOnce,
    /// Something is played or waited for.
    Waiting,
    /// Somebody is rung.
    Ringing,
}

/// A `callflow` node that a call can reach without being asked anything.
#[derive(Clone, Debug)]
struct Edge {
    from: String,
    to: String,
    pointer: String,
    passing: Passing,
}

/// The callflows and how they enter each other, read as far as it is walked.
struct Graph<'a> {
    index: &'a AccountIndex,
    edges: BTreeMap<String, Arc<Vec<Edge>>>,
}

impl Graph<'_> {
    fn edges(&mut self, id: &str) -> Arc<Vec<Edge>> {
        if let Some(edges) = self.edges.get(id) {
            return Arc::clone(edges);
        }
        let edges = Arc::new(self.index.callflow(id).map(|entry| edges_of(&entry)).unwrap_or_default());
        self.edges.insert(id.to_owned(), Arc::clone(&edges));
        edges
    }

    /// Every circle of edges that are let through, found once. No recursion: accounts are large.
    fn circles(&mut self, starts: &[&str], through: impl Fn(Passing) -> bool, mut tell: impl FnMut(&[Edge])) {
        let mut done: BTreeSet<String> = BTreeSet::new();
        for start in starts {
            if done.contains(*start) {
                continue;
            }
            // The path from `start`, and which edge of each callflow on it comes next.
            let mut path: Vec<(String, usize)> = vec![((*start).to_owned(), 0)];
            let mut on_path: BTreeSet<String> = [(*start).to_owned()].into();
            let mut taken: Vec<Edge> = Vec::new();
            while let Some((from, next)) = path.last_mut() {
                let at = *next;
                *next += 1;
                let from = from.clone();
                let Some(edge) = self.edges(&from).get(at).cloned() else {
                    on_path.remove(&from);
                    done.insert(from);
                    path.pop();
                    taken.pop();
                    continue;
                };
                if !through(edge.passing) || done.contains(&edge.to) {
                    continue;
                }
                if on_path.contains(&edge.to) {
                    let begin = path.iter().position(|(id, _)| *id == edge.to).unwrap_or_default();
                    let mut circle: Vec<Edge> = taken.get(begin..).unwrap_or_default().to_vec();
                    circle.push(edge);
                    tell(&circle);
                } else {
                    on_path.insert(edge.to.clone());
                    path.push((edge.to.clone(), 0));
                    taken.push(edge);
                }
            }
        }
    }
}

fn edges_of(entry: &CallflowEntry) -> Vec<Edge> {
    let mut edges = Vec::new();
    let mut seen = vec![false; entry.flow.nodes.len()];
    let mut waiting: Vec<_> = entry.flow.entry.into_iter().map(|id| (id, Passing::AtOnce)).collect();
    while let Some((id, so_far)) = waiting.pop() {
        let Some(node) = entry.flow.node(id) else { continue };
        match seen.get_mut(id.0 as usize) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        if let Some(to) = called(node) {
            edges.push(Edge {
                from: entry.id.clone(),
                to: to.to_owned(),
                pointer: node.pointer.clone(),
                passing: so_far,
            });
        }
        let passing = if node.is_skipped() { Some(Passing::AtOnce) } else { passing(&node.module) };
        let Some(passing) = passing else { continue };
        waiting.extend(node.exits.values().rev().map(|next| (*next, so_far.max(passing))));
    }
    edges
}

/// How a module lets calls go on by themselves; `None` when the caller, a web server or a script decides.
fn passing(module: &str) -> Option<Passing> {
    match module {
        "menu"
        | "collect_dtmf"
        | "directory"
        | "disa"
        | "dynamic_cid"
        | "voicemail"
        | "hotdesk"
        | "conference"
        | "conference_feature"
        | "pivot"
        | "function"
        | "park"
        | "call_forward"
        | "acdc_member"
        | "group_pickup"
        | "group_pickup_feature"
        | "intercept"
        | "intercept_feature"
        | "eavesdrop"
        | "eavesdrop_feature"
        | "transfer"
        | "faxbox"
        | "receive_fax"
        | "record_caller" => None,
        "device" | "user" | "ring_group" | "group" | "page_group" | "intercom" | "resources" | "offnet"
        | "route_to_cid" | "camping_feature" => Some(Passing::Ringing),
        module if is_instant(module) => Some(Passing::AtOnce),
        _ => Some(Passing::Waiting),
    }
}

/// Modules that go on by themselves at once.
fn is_instant(module: &str) -> bool {
    matches!(
        module,
        "acdc_wait_time"
            | "after_bridge"
            | "answer"
            | "branch_bnumber"
            | "branch_variable"
            | "callflow"
            | "check_cid"
            | "cidlistmatch"
            | "edr"
            | "flush_dtmf"
            | "language"
            | "lookupcidname"
            | "manual_presence"
            | "missed_call_alert"
            | "noop"
            | "notification"
            | "prepend_cid"
            | "record_call"
            | "ring_group_toggle"
            | "set"
            | "set_alert_info"
            | "set_cid"
            | "set_variable"
            | "set_variables"
            | "skel"
            | "temporal_route"
            | "webhook"
    )
}
