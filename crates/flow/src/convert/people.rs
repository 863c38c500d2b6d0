//! Users, and the forwarding that users and virtual users have alike.

use serde_json::{Value, json};

use super::{Writer, node, refuse, rings_s};
use crate::broadworks::group::{Criterion, Entity, Forward, Selective, Services};
use crate::broadworks::numbers::{Destination, Mailbox};

/// How long a telephone rings when nothing else comes after it.
const RING_LONG_S: u32 = 60;

/// Exits for a telephone that cannot be reached.
pub(super) const UNREACHABLE: [&str; 3] = ["USER_NOT_REGISTERED", "SUBSCRIBER_ABSENT", "NO_USER_RESPONSE"];

/// Exit for a line that is busy.
pub(super) const BUSY: &str = "USER_BUSY";

impl Writer<'_> {
    /// What a call to a user does.
    pub(super) fn user(&mut self, at: usize) -> Value {
        let entity = Entity::User(at);
        let id = self.person(at);
        let Some(services) = self.group.services(entity).cloned() else { return refuse(404, "Not Found") };
        let ways = self.last_ways(entity, &services);
        let inner = if services.do_not_disturb {
            self.note(
                entity,
                "do not disturb as a switch",
                "it is on in the snapshot and so in the callflow",
            );
            ways.busy.clone().unwrap_or_else(|| refuse(486, "Busy Here"))
        } else {
            self.ring(entity, &id, &services, &ways)
        };
        self.before(entity, &services, inner)
    }

    /// What comes before anybody is rung: selective forwarding, forwarding always, voicemail for all calls.
    pub(super) fn before(&mut self, entity: Entity, services: &Services, inner: Value) -> Value {
        let mut flow = inner;
        if services.voicemail.as_ref().is_some_and(|voicemail| voicemail.active && voicemail.always) {
            flow = self.mailbox_node(entity, &Mailbox::Of(entity));
        }
        if let Some(to) = services.always.as_ref().and_then(Forward::destination) {
            flow = self.number_node(entity, to);
        }
        let selective = services.selective.as_ref().filter(|selective| selective.active);
        selective.map_or(flow.clone(), |selective| self.selective(entity, selective, flow))
    }

    /// Criteria in their order: the last is written first, each with the rest behind it.
    fn selective(&mut self, entity: Entity, selective: &Selective, rest: Value) -> Value {
        let mut flow = rest;
        for criterion in selective.criteria.iter().rev().filter(|criterion| criterion.active) {
            if criterion.blacklisted {
                let reason = "calls that are kept from being forwarded are not told apart";
                self.note(entity, format!("the criterion {}", criterion.name), reason);
                continue;
            }
            let Some(to) = criterion.to.as_deref().or(selective.default_to.as_deref()) else { continue };
            let to = self.number_node(entity, to);
            flow = self.when(entity, criterion, to, flow);
        }
        flow
    }

    /// `then` for calls that meet the criterion, else `otherwise`.
    fn when(&mut self, entity: Entity, criterion: &Criterion, then: Value, otherwise: Value) -> Value {
        let mut flow = then;
        if !criterion.calls_from.is_empty() {
            let Some(pattern) = self.callers(&criterion.calls_from) else {
                let reason = format!("`{}` cannot be told from the number", criterion.calls_from.join(", "));
                self.note(entity, format!("the criterion {}", criterion.name), reason);
                return otherwise;
            };
            let children = [("match".to_owned(), flow), ("nomatch".to_owned(), otherwise.clone())];
            flow = node("check_cid", json!({"regex": pattern, "use_absolute_mode": false}), children);
        }
        for (schedule, holiday) in [(&criterion.holiday_schedule, true), (&criterion.time_schedule, false)] {
            let Some(name) = schedule else { continue };
            flow = self.in_schedule(entity, name, holiday, flow, otherwise.clone());
        }
        flow
    }

    /// A pattern for callers' numbers; `None` when one of them is no number.
    fn callers(&self, calls_from: &[String]) -> Option<String> {
        let mut parts = Vec::new();
        for caller in calls_from {
            let number = self.group.numbers.canonical(caller)?;
            // A caller's number may come with or without its plus.
            let digits = number.trim_start_matches('+');
            parts.push(format!("\\+?{}", regex::escape(digits)));
        }
        Some(format!("^(?:{})$", parts.join("|")))
    }

    fn ring(&mut self, entity: Entity, id: &str, services: &Services, ways: &Ways) -> Value {
        let mut no_answer = ways.no_answer.clone();
        if let Some(ring) = services.sequential_ring.as_ref().filter(|ring| ring.active) {
            if !ring.criteria.is_empty() {
                self.note(entity, "criteria of sequential ring", "it is on for all calls");
            }
            for place in ring.places.iter().rev() {
                let next = no_answer.take();
                no_answer = self.ring_place(entity, &place.number, place.rings, next);
            }
        }
        let together = services.simultaneous_ring.as_ref().filter(|ring| ring.active);
        let rings = [
            services.no_answer.as_ref().filter(|forward| forward.active).and_then(|forward| forward.rings),
            services
                .voicemail
                .as_ref()
                .filter(|voicemail| voicemail.active)
                .and_then(|voicemail| voicemail.rings),
        ];
        let timeout = match (rings.into_iter().flatten().next(), no_answer.is_some()) {
            (Some(rings), _) => rings_s(rings),
            (None, true) => 20,
            (None, false) => RING_LONG_S,
        };
        let mut endpoints = vec![json!({"id": id, "endpoint_type": "user", "timeout": timeout})];
        for place in together.iter().flat_map(|ring| &ring.places) {
            match self.group.numbers.resolve(&place.number) {
                Some(Destination::Entity(Entity::User(other))) => {
                    let id = self.person(other);
                    endpoints.push(json!({"id": id, "endpoint_type": "user", "timeout": timeout}));
                }
                _ => {
                    let reason = "only users of the group can ring at the same time";
                    self.note(entity, format!("simultaneous ring of {}", place.number), reason);
                }
            }
        }
        if together.is_some_and(|ring| !ring.criteria.is_empty()) {
            self.note(entity, "criteria of simultaneous ring", "it is on for all calls");
        }
        let children = exits(no_answer, ways.busy.clone(), ways.not_reachable.clone());
        match endpoints.as_slice() {
            [_] => node("user", json!({"id": id, "timeout": timeout}), children),
            _ => node(
                "ring_group",
                json!({"strategy": "simultaneous", "timeout": timeout, "endpoints": endpoints}),
                children,
            ),
        }
    }

    /// One place of a sequential ring, with what comes after it.
    fn ring_place(
        &mut self,
        entity: Entity,
        number: &str,
        rings: Option<u32>,
        next: Option<Value>,
    ) -> Option<Value> {
        let timeout = rings.map_or(20, rings_s);
        let children = next.clone().map(|next| ("_".to_owned(), next));
        match self.group.numbers.resolve(number) {
            Some(Destination::Entity(Entity::User(at))) => {
                let id = self.person(at);
                Some(node("user", json!({"id": id, "timeout": timeout}), children))
            }
            _ => {
                let reason = "only users of the group can ring one after another";
                self.note(entity, format!("sequential ring of {number}"), reason);
                next
            }
        }
    }

    /// What comes when nobody takes the call.
    pub(super) fn last_ways(&mut self, entity: Entity, services: &Services) -> Ways {
        let mut to = |forward: &Option<Forward>| {
            forward.as_ref().and_then(Forward::destination).map(|to| self.number_node(entity, to))
        };
        let mut ways = Ways {
            busy: to(&services.busy),
            no_answer: to(&services.no_answer),
            not_reachable: to(&services.not_reachable),
        };
        if let Some(voicemail) = services.voicemail.as_ref().filter(|voicemail| voicemail.active) {
            let mailbox = self.mailbox_node(entity, &Mailbox::Of(entity));
            if voicemail.busy {
                ways.busy.get_or_insert_with(|| mailbox.clone());
            }
            if voicemail.no_answer {
                ways.no_answer.get_or_insert_with(|| mailbox.clone());
            }
        }
        ways
    }
}

/// Nodes for calls that nobody takes.
#[derive(Clone, Debug, Default)]
pub(super) struct Ways {
    pub(super) busy: Option<Value>,
    pub(super) no_answer: Option<Value>,
    pub(super) not_reachable: Option<Value>,
}

/// The children of a node that rings. A busy line never takes the way of no answer, and a call that nobody takes is
/// refused.
pub(super) fn exits(
    no_answer: Option<Value>,
    busy: Option<Value>,
    not_reachable: Option<Value>,
) -> Vec<(String, Value)> {
    let busy = busy.unwrap_or_else(|| refuse(486, "Busy Here"));
    let mut children = vec![(BUSY.to_owned(), busy)];
    if let Some(to) = not_reachable {
        children.extend(UNREACHABLE.map(|exit| (exit.to_owned(), to.clone())));
    }
    let no_answer = no_answer.unwrap_or_else(|| refuse(480, "Temporarily Unavailable"));
    children.push(("_".to_owned(), no_answer));
    children
}
