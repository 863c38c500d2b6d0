//! Hunt groups and call centres as ring groups.

use serde_json::{Value, json};

use super::people::{Ways, exits};
use super::{Writer, node, refuse, rings_s};
use crate::broadworks::group::{CallCenter, Entity, Forward, Member, Treatment, TreatmentAction};
use crate::broadworks::schedule::ScheduleUse;

/// How long a member is rung when the group does not say.
const MEMBER_S: u32 = 20;

/// How long a caller waits when the group does not say.
const WAIT_S: u32 = 60;

impl Writer<'_> {
    pub(super) fn hunt_group(&mut self, at: usize) -> Value {
        let entity = Entity::HuntGroup(at);
        let Some(hunt_group) = self.group.hunt_groups.get(at).cloned() else {
            return refuse(404, "Not Found");
        };
        let mut ways = self.last_ways(entity, &hunt_group.services);
        if let Some(to) = hunt_group.no_answer.as_ref().and_then(Forward::destination) {
            ways.no_answer = Some(self.number_node(entity, to));
        }
        if let Some(to) = hunt_group.not_reachable.as_ref().and_then(Forward::destination) {
            ways.not_reachable = Some(self.number_node(entity, to));
        }
        let inner = if hunt_group.group_busy {
            self.note(entity, "group busy as a switch", "it is on in the snapshot and so in the callflow");
            ways.busy.clone().unwrap_or_else(|| refuse(486, "Busy Here"))
        } else {
            let member_s = hunt_group.next_after_rings.map_or(MEMBER_S, rings_s);
            let wait_s = hunt_group.no_answer_after_s.filter(|_| ways.no_answer.is_some());
            self.hunt(entity, &hunt_group.policy, &hunt_group.agents, member_s, wait_s, ways)
        };
        self.before(entity, &hunt_group.services, inner)
    }

    pub(super) fn call_center(&mut self, at: usize) -> Value {
        let entity = Entity::CallCenter(at);
        let Some(center) = self.group.call_centers.get(at).cloned() else { return refuse(404, "Not Found") };
        self.note(
            entity,
            "the queue",
            "callers hear ringing while agents are rung in order; places in the queue, music and announcements are left out",
        );
        let mut ways = self.last_ways(entity, &center.services);
        let mut wait_s = None;
        if let Some(overflow) = &center.overflow {
            if let Some(to) = self.treatment(entity, &center, &overflow.treatment) {
                ways.busy.get_or_insert_with(|| to.clone());
                ways.no_answer = Some(to);
            }
            wait_s = overflow.after_s;
        }
        self.queue_notes(entity, &center);
        let member_s =
            center.bounced.as_ref().filter(|bounced| bounced.active).and_then(|bounced| bounced.rings);
        let member_s = member_s.map_or(MEMBER_S, rings_s);
        let mut flow = self.hunt(entity, &center.policy, &center.agents, member_s, wait_s, ways);
        if let Some(to) = center.forced_forwarding.as_ref().and_then(Forward::destination) {
            self.note(
                entity,
                "forced forwarding as a switch",
                "it is on in the snapshot and so in the callflow",
            );
            flow = self.number_node(entity, to);
        }
        if let Some(night) = &center.night_service
            && let Some(to) = self.treatment(entity, &center, &night.treatment)
        {
            flow = match (&night.business_hours, night.forced) {
                (_, true) => to,
                (ScheduleUse::Named(name), false) => self.in_schedule(entity, name, false, flow, to),
                _ => flow,
            };
        }
        if let Some(holiday) = &center.holiday_service
            && let ScheduleUse::Named(name) = &holiday.holidays
            && let Some(to) = self.treatment(entity, &center, &holiday.treatment)
        {
            flow = self.in_schedule(entity, name, true, to, flow);
        }
        self.before(entity, &center.services, flow)
    }

    /// What a queue does that a ring group cannot.
    fn queue_notes(&mut self, entity: Entity, center: &CallCenter) {
        let to_of = |treatment: &Option<Treatment>| {
            treatment.as_ref().filter(|it| it.action != TreatmentAction::None).is_some()
        };
        if center.bounced.as_ref().is_some_and(|bounced| bounced.active && bounced.to.is_some()) {
            let reason = "an agent who does not answer is passed over; the call is not sent elsewhere";
            self.note(entity, "bounced calls", reason);
        }
        if to_of(&center.stranded) {
            self.note(entity, "stranded calls", "agents do not sign in and out of a ring group");
        }
        if to_of(&center.stranded_unavailable) {
            self.note(entity, "stranded calls, agents unavailable", "agents have no states in a ring group");
        }
        if let Some(digit) = &center.escape_digit {
            self.note(entity, format!("the escape digit {digit}"), "a ring group takes no keys");
        }
        if center.routing.as_deref().is_some_and(|routing| routing.starts_with("Skill")) {
            self.note(
                entity,
                "skill-based routing",
                "agents are rung by skill, best first, then in their order",
            );
        }
    }

    /// Where a treatment sends calls; `None` when it leaves them where they are.
    fn treatment(&mut self, entity: Entity, center: &CallCenter, treatment: &Treatment) -> Option<Value> {
        match &treatment.action {
            TreatmentAction::None => None,
            TreatmentAction::Busy => Some(refuse(486, "Busy Here")),
            TreatmentAction::Transfer => Some(match &treatment.to {
                Some(to) => self.number_node(entity, to),
                None => {
                    self.note(entity, "a transfer without a number", "calls that go there are refused");
                    refuse(404, "Not Found")
                }
            }),
            TreatmentAction::NightService => {
                let night = center.night_service.as_ref().map(|night| night.treatment.clone())?;
                (night.action != TreatmentAction::NightService)
                    .then(|| self.treatment(entity, center, &night))?
            }
            other => {
                self.note(entity, format!("the action {other:?}"), "a callflow has none like it");
                None
            }
        }
    }

    /// Rings members by a policy.
    fn hunt(
        &mut self,
        entity: Entity,
        policy: &str,
        members: &[Member],
        member_s: u32,
        wait_s: Option<u32>,
        ways: Ways,
    ) -> Value {
        let mut members: Vec<Member> = members.to_vec();
        members.sort_by_key(|member| member.skill.unwrap_or(0));
        let mut endpoints = Vec::new();
        let together = policy == "Simultaneous";
        let member_s = if together { wait_s.unwrap_or(WAIT_S) } else { member_s };
        for member in &members {
            let Some(at) = member.user else {
                self.note(
                    entity,
                    format!("the member {}", member.name),
                    "only users of the group can be rung",
                );
                continue;
            };
            let id = self.person(at);
            let mut endpoint = json!({"id": id, "endpoint_type": "user", "timeout": member_s});
            if let (Some(weight), Some(object)) =
                (member.weight.filter(|weight| *weight > 0), endpoint.as_object_mut())
            {
                object.insert("weight".to_owned(), json!(weight.min(100)));
            }
            endpoints.push(endpoint);
        }
        if endpoints.is_empty() {
            self.note(entity, "members", "there are none to ring; callers go on at once");
            return ways
                .no_answer
                .or(ways.not_reachable)
                .unwrap_or_else(|| refuse(480, "Temporarily Unavailable"));
        }
        let strategy = match policy {
            "Simultaneous" => "simultaneous",
            "Weighted" => "weighted_random",
            "Regular" => "single",
            "Circular" => {
                self.note(
                    entity,
                    "the policy Circular",
                    "every call begins with the first member (as Regular does)",
                );
                "single"
            }
            "Uniform" => {
                self.note(
                    entity,
                    "the policy Uniform",
                    "who was idle longest is not known; members are rung in order",
                );
                "single"
            }
            other => {
                self.note(entity, format!("the policy {other:?}"), "members are rung in order");
                "single"
            }
        };
        let count = u32::try_from(endpoints.len()).unwrap_or(u32::MAX);
        let round_s = if together { member_s } else { member_s.saturating_mul(count) };
        let (timeout, repeats) = match wait_s {
            Some(wait_s) if wait_s <= round_s => (wait_s, 1),
            Some(wait_s) => (round_s, wait_s.div_ceil(round_s.max(1))),
            None => (round_s, 1),
        };
        let mut data = json!({"name": self.group.identity(entity).title(), "strategy": strategy, "timeout": timeout,
            "endpoints": endpoints});
        if let (true, Some(object)) = (repeats > 1, data.as_object_mut()) {
            object.insert("repeats".to_owned(), json!(repeats.min(100)));
        }
        node("ring_group", data, exits(ways.no_answer, ways.busy, ways.not_reachable))
    }
}
