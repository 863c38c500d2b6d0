//! What of a flow calls can reach at a moment: schedules and switches decide, what depends on people stays open.
//!
//! Each schedule is asked in the time zone of whoever uses it, so it does not matter in which zone the moment is given.
//! Not here: how events come again ([`schedule`](super::schedule)), colours (crate `drawing`).
//!
//! BroadWorks' order of precedence is not public; assumed (reference section 2.5): selective forwarding, forwarding
//! always, holiday service, night service, forced forwarding, then the rest. A criterion with both a time and a holiday
//! schedule holds when both do.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Zoned;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::group::{Criterion, Entity, Group, MenuKind, Treatment, TreatmentAction};
use super::routes::{Gate, Route, Spot};
use super::schedule::ScheduleUse;
use crate::graph::{Flow, NodeId};

/// What calls can reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Active {
    /// Nodes that can be reached.
    pub nodes: BTreeSet<NodeId>,
    /// Their exits that can be taken.
    pub exits: BTreeMap<NodeId, BTreeSet<String>>,
    /// What was decided and why, one sentence each, in the order it is reached.
    pub said: Vec<String>,
}

impl Active {
    /// The nodes of the flow that cannot be reached.
    pub fn inactive_nodes<'f>(&'f self, flow: &'f Flow) -> impl Iterator<Item = NodeId> + 'f {
        flow.nodes.iter().map(|node| node.id).filter(|id| !self.nodes.contains(id))
    }

    /// Whether an exit can be taken.
    pub fn is_open(&self, node: NodeId, exit: &str) -> bool {
        self.exits.get(&node).is_some_and(|exits| exits.contains(exit))
    }
}

/// What of `flow`, which [`Group::flow`] made of this group, calls can reach at this moment.
pub fn at(group: &Group, flow: &Flow, moment: &Zoned) -> Active {
    let mut active = Active::default();
    let Some(entry) = flow.entry_node().and_then(|node| group.entity_at(&node.pointer)) else {
        return active;
    };
    let walk = group.walk(entry);
    let nodes: BTreeMap<&str, NodeId> =
        flow.nodes.iter().map(|node| (node.pointer.as_str(), node.id)).collect();
    let mut open: Vec<NodeId> = walk.flow.entry.into_iter().collect();
    let mut seen: BTreeSet<NodeId> = BTreeSet::new();
    while let Some(own) = open.pop() {
        let (Some(spot), Some(node)) = (walk.spots.get(own.0 as usize), walk.flow.node(own)) else {
            continue;
        };
        if !seen.insert(own) {
            continue;
        }
        let Some(id) = nodes.get(node.pointer.as_str()) else { continue };
        active.nodes.insert(*id);
        let codes = Clock { group, moment, said: &mut active.said }.open(spot, group.routes(spot));
        open.extend(codes.iter().rev().filter_map(|code| node.exit(code)));
        if !codes.is_empty() {
            active.exits.insert(*id, codes.into_iter().collect());
        }
    }
    active
}

/// A moment in a group, and what is decided by it.
struct Clock<'a> {
    group: &'a Group,
    moment: &'a Zoned,
    said: &'a mut Vec<String>,
}

impl Clock<'_> {
    /// The codes of the ways out of a place that can be taken, in order.
    fn open(&mut self, spot: &Spot, routes: Vec<Route>) -> Vec<String> {
        let Spot::Entity(entity) = spot else {
            return routes.into_iter().map(|route| route.code).collect();
        };
        let identity = self.group.identity(*entity);
        let (title, local) = (identity.title(), self.local(*entity));
        if identity.disabled {
            self.said.push(format!("{title}: switched off"));
            return Vec::new();
        }
        let menus = match entity {
            Entity::AutoAttendant(at) => self.menus(*at, local),
            _ => Vec::new(),
        };
        let (holiday, night) = match entity {
            Entity::CallCenter(at) => self.services(*at, local),
            _ => (Service::Off, Service::Off),
        };
        let busy = matches!(entity, Entity::HuntGroup(at)
            if self.group.hunt_groups.get(*at).is_some_and(|hunt_group| hunt_group.group_busy));
        let mut codes = Vec::new();
        for route in routes {
            // Behind a service that treats all calls without a transfer, nothing follows.
            let first = matches!(route.gate, Gate::Criterion(_)) || route.code == "CFA";
            if !first && (holiday == Service::Ends || (night == Service::Ends && route.gate != Gate::Holiday))
            {
                break;
            }
            let state = match &route.gate {
                Gate::Open if busy && !matches!(route.code.as_str(), "CFB" | "voicemail") => State::Shut,
                Gate::Open => State::Open,
                Gate::All => State::Only,
                Gate::Criterion(at) => self.criterion(*entity, *at, local),
                Gate::Ring(criteria) => self.ring(criteria, local),
                Gate::Menu(kind) => State::open_if(menus.contains(kind)),
                Gate::Holiday => holiday.state(),
                Gate::Night => night.state(),
            };
            if state == State::Shut {
                continue;
            }
            if state == State::Only && route.gate != Gate::Holiday && route.gate != Gate::Night {
                self.said.push(format!("{title}: {}", route.words));
            }
            codes.push(route.code);
            if state == State::Only {
                break;
            }
        }
        if busy {
            self.said.push(format!("{title}: group busy is on"));
        }
        codes
    }

    /// The clock on the wall of an entity.
    fn local(&self, entity: Entity) -> DateTime {
        let zone = self.group.zone_of(entity).and_then(|name| TimeZone::get(name).ok());
        zone.map_or_else(|| self.moment.datetime(), |zone| self.moment.with_time_zone(zone).datetime())
    }

    /// Whether a schedule is on, and by which event; `None` when it cannot be told.
    fn is_on(&self, schedule: &ScheduleUse, holiday: bool, local: DateTime) -> Option<(bool, String)> {
        match schedule {
            ScheduleUse::Unknown => None,
            ScheduleUse::Always => Some((true, "always".to_owned())),
            ScheduleUse::Never => Some((false, "no schedule".to_owned())),
            ScheduleUse::Named(name) => {
                let schedule = self.group.schedule(name, holiday).filter(|schedule| schedule.readable)?;
                let event = schedule.event_at(local);
                let named = event.filter(|event| !event.name.is_empty());
                let why = named.map_or_else(|| name.clone(), |event| format!("{name}, {}", event.name));
                Some((event.is_some(), why))
            }
        }
    }

    /// Which of an attendant's menus can be played.
    fn menus(&mut self, at: usize, local: DateTime) -> Vec<MenuKind> {
        let Some(attendant) = self.group.auto_attendants.get(at) else { return Vec::new() };
        let title = attendant.identity.title();
        let has = |kind: &MenuKind| attendant.menu_at(kind).is_some();
        let mut open = Vec::new();
        if !attendant.is_basic() && has(&MenuKind::Holiday) {
            match self.is_on(&attendant.holidays, true, local) {
                Some((true, why)) => {
                    self.said.push(format!("{title}: holiday ({why})"));
                    return vec![MenuKind::Holiday];
                }
                Some((false, _)) => {}
                None => open.push(MenuKind::Holiday),
            }
        }
        let unset =
            |kind: &MenuKind| if has(kind) { "" } else { "; no menu set, that of business hours is played" };
        let hours = match self.is_on(&attendant.business_hours, false, local) {
            Some((true, why)) => {
                self.said.push(format!("{title}: business hours ({why})"));
                vec![MenuKind::BusinessHours]
            }
            Some((false, why)) => {
                let note = unset(&MenuKind::AfterHours);
                self.said.push(format!("{title}: after hours (outside {why}){note}"));
                let kind =
                    if has(&MenuKind::AfterHours) { MenuKind::AfterHours } else { MenuKind::BusinessHours };
                vec![kind]
            }
            None if !has(&MenuKind::AfterHours) => vec![MenuKind::BusinessHours],
            None => {
                self.said.push(format!("{title}: its business hours are not known"));
                vec![MenuKind::BusinessHours, MenuKind::AfterHours]
            }
        };
        open.extend(hours);
        open
    }

    /// Holiday and night service of a call centre.
    fn services(&mut self, at: usize, local: DateTime) -> (Service, Service) {
        let Some(center) = self.group.call_centers.get(at) else { return (Service::Off, Service::Off) };
        let title = center.identity.title();
        let mut holiday = Service::Off;
        if let Some(service) = center.holiday_service.as_ref().filter(|service| service.treatment.acts()) {
            let on = self.is_on(&service.holidays, true, local);
            holiday = Service::of(on.as_ref().map(|(on, _)| *on), self.leads(&service.treatment));
            if let Some((true, why)) = on {
                self.said
                    .push(format!("{title}: holiday service ({why}): {}", service.treatment.action.words()));
                return (holiday, Service::Off);
            }
        }
        let mut night = Service::Off;
        if let Some(service) = center.night_service.as_ref().filter(|service| service.treatment.acts()) {
            let hours = self.is_on(&service.business_hours, false, local);
            let on = if service.forced { Some(true) } else { hours.as_ref().map(|(on, _)| !on) };
            night = Service::of(on, self.leads(&service.treatment));
            if on == Some(true) {
                let why = match hours {
                    _ if service.forced => "forced on".to_owned(),
                    Some((_, why)) => format!("outside {why}"),
                    None => String::new(),
                };
                self.said
                    .push(format!("{title}: night service ({why}): {}", service.treatment.action.words()));
            }
        }
        (holiday, night)
    }

    /// The treatment sends calls somewhere.
    fn leads(&self, treatment: &Treatment) -> bool {
        let number = treatment.to.as_deref().filter(|_| treatment.action == TreatmentAction::Transfer);
        number.and_then(|number| self.group.numbers.resolve(number)).is_some()
    }

    /// What selective forwarding does by this criterion.
    fn criterion(&mut self, entity: Entity, at: usize, local: DateTime) -> State {
        let selective = self.group.services(entity).and_then(|services| services.selective.as_ref());
        let Some(selective) = selective else { return State::Shut };
        // A criterion that keeps all calls from being forwarded shuts all others.
        let kept = |criterion: &Criterion| {
            criterion.active
                && criterion.blacklisted
                && criterion.calls_from.is_empty()
                && self.holds(criterion, local) == Some(true)
        };
        if selective.criteria.iter().any(kept) {
            return State::Shut;
        }
        let Some(criterion) = selective.criteria.get(at) else { return State::Shut };
        let exceptions = selective.criteria.iter().any(|other| other.active && other.blacklisted);
        match self.holds(criterion, local) {
            Some(false) => State::Shut,
            Some(true) if criterion.calls_from.is_empty() && !exceptions => State::Only,
            _ => State::Open,
        }
    }

    fn ring(&self, criteria: &[Criterion], local: DateTime) -> State {
        let may =
            |criterion: &&Criterion| criterion.forwards() && self.holds(criterion, local) != Some(false);
        State::open_if(criteria.is_empty() || criteria.iter().any(|criterion| may(&criterion)))
    }

    /// Whether the schedules of a criterion hold; `None` when it cannot be told.
    fn holds(&self, criterion: &Criterion, local: DateTime) -> Option<bool> {
        let ask = |name: &Option<String>, holiday| match name {
            None => Some(true),
            Some(name) => self.is_on(&ScheduleUse::Named(name.clone()), holiday, local).map(|(on, _)| on),
        };
        match (ask(&criterion.time_schedule, false), ask(&criterion.holiday_schedule, true)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }
    }
}

/// What becomes of a way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Shut,
    Open,
    /// All calls take it.
    Only,
}

impl State {
    fn open_if(open: bool) -> Self {
        if open { State::Open } else { State::Shut }
    }
}

/// What a call centre's holiday or night service does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Service {
    Off,
    /// It cannot be told.
    Perhaps,
    /// It sends all calls on.
    Sends,
    /// It ends all calls there.
    Ends,
}

impl Service {
    fn of(on: Option<bool>, leads: bool) -> Self {
        match (on, leads) {
            (Some(false), _) => Service::Off,
            (None, _) => Service::Perhaps,
            (Some(true), true) => Service::Sends,
            (Some(true), false) => Service::Ends,
        }
    }

    fn state(self) -> State {
        match self {
            Service::Off | Service::Ends => State::Shut,
            Service::Perhaps => State::Open,
            Service::Sends => State::Only,
        }
    }
}
