//! What is set oddly for one entity: nobody to ring, nowhere to go, menus and switches.

use super::{Entity, Group, Issue, Level, MenuKind, Route};
use crate::broadworks::group::{AutoAttendant, Identity, TreatmentAction};
use crate::broadworks::schedule::ScheduleUse;
use crate::pointer;

pub(super) fn check(group: &Group, entity: Entity, routes: &[Route], issues: &mut Vec<Issue>) {
    let identity = group.identity(entity);
    if identity.disabled {
        return;
    }
    let mut found = Found { group, identity, place: group.pointer(entity), issues };
    let all = routes.iter().find(|route| route.code == "CFA");
    match entity {
        Entity::AutoAttendant(at) => found.attendant(at),
        Entity::HuntGroup(at) => found.hunt_group(at, routes),
        Entity::CallCenter(at) => found.call_center(at, routes),
        Entity::User(_) => return found.user(entity, routes),
    }
    if let Some(route) = all {
        let message =
            format!("{}: call forwarding always is on, so nothing else of it is used", identity.title());
        let place = pointer::join(&found.place, &route.code);
        found.issues.push(Issue { level: Level::Note, ..Issue::warning("BW2404", place, message) });
    }
    let selective = group.services(entity).and_then(|services| services.selective.as_ref());
    for criterion in selective.map_or(&[][..], |selective| selective.criteria.as_slice()) {
        found.named(criterion.time_schedule.as_ref().filter(|_| criterion.active), false);
        found.named(criterion.holiday_schedule.as_ref().filter(|_| criterion.active), true);
    }
}

/// Gathers what is found about one entity.
struct Found<'a> {
    group: &'a Group,
    identity: &'a Identity,
    place: String,
    issues: &'a mut Vec<Issue>,
}

impl Found<'_> {
    fn warn(&mut self, code: &'static str, message: &str, help: &str) {
        let message = format!("{}: {message}", self.identity.title());
        self.issues.push(Issue::warning(code, &self.place, message).with_help(help));
    }

    fn note(&mut self, code: &'static str, message: &str, help: &str) {
        self.warn(code, message, help);
        if let Some(last) = self.issues.last_mut() {
            last.level = Level::Note;
        }
    }

    fn attendant(&mut self, at: usize) {
        let Some(attendant) = self.group.auto_attendants.get(at) else { return };
        self.named(attendant.business_hours.name().map(str::to_owned).as_ref(), false);
        self.named(attendant.holidays.name().map(str::to_owned).as_ref(), true);
        if self.identity.incomplete {
            return;
        }
        if attendant.menu_at(&MenuKind::BusinessHours).is_none() {
            self.warn("BW2303", "there is no menu for business hours", "set one");
        }
        self.menu(attendant, MenuKind::AfterHours, &attendant.business_hours, &ScheduleUse::Always);
        if !attendant.is_basic() {
            self.menu(attendant, MenuKind::Holiday, &attendant.holidays, &ScheduleUse::Never);
        }
    }

    /// A menu that is not set, or never played because its schedule is `idle`.
    fn menu(
        &mut self,
        attendant: &AutoAttendant,
        kind: MenuKind,
        schedule: &ScheduleUse,
        idle: &ScheduleUse,
    ) {
        let (code, when) = match kind {
            MenuKind::Holiday => ("BW2302", "on holidays"),
            _ => ("BW2301", "after hours"),
        };
        let set = attendant.menu_at(&kind).is_some();
        match schedule {
            _ if !set && schedule == idle => {}
            ScheduleUse::Unknown if !set => {
                let message = format!("{when} calls go the way of business hours: no menu is set");
                self.note(code, &message, "set one, if that is not meant");
            }
            _ if !set => {
                let message = format!("{when} calls go the way of business hours: no menu is set");
                self.warn(code, &message, "set one, even if it only says so and hangs up");
            }
            _ if schedule == idle => {
                let message = format!("the menu for calls {when} is never played: no schedule says when");
                self.note("BW2304", &message, "choose a schedule");
            }
            _ => {}
        }
    }

    /// A schedule that is used and not among those of the group. It may be one of the enterprise or system.
    fn named(&mut self, name: Option<&String>, holiday: bool) {
        let Some(name) = name.filter(|_| !self.group.schedules.is_empty()) else { return };
        if self.group.schedule(name, holiday).is_none() {
            let message = format!("its schedule `{name}` is not one of the group's");
            self.note("BW2305", &message, "nothing, if it is one of the enterprise; else choose another");
        }
    }

    fn hunt_group(&mut self, at: usize, routes: &[Route]) {
        let Some(hunt_group) = self.group.hunt_groups.get(at) else { return };
        self.members(&hunt_group.agents);
        if hunt_group.group_busy {
            self.warn("BW2402", "group busy is on: nobody is rung", "switch it off, if it was forgotten");
        }
        let onward = ["CFA", "NACF", "CFNA", "voicemail"];
        if !self.identity.incomplete && !routes.iter().any(|route| onward.contains(&route.code.as_str())) {
            let message = "calls that nobody answers lead nowhere";
            self.warn("BW2202", message, "forward them after a time, for example to a mailbox");
        }
    }

    fn call_center(&mut self, at: usize, routes: &[Route]) {
        let Some(center) = self.group.call_centers.get(at) else { return };
        self.members(&center.agents);
        if center.forced_forwarding.as_ref().is_some_and(|forward| forward.active) {
            let message = "forced forwarding is on: agents are never rung";
            self.warn("BW2401", message, "switch it off, if it was forgotten");
        }
        if center.night_service.as_ref().is_some_and(|night| night.forced && night.treatment.acts()) {
            let message = "night service is forced on, whatever the hour";
            self.warn("BW2403", message, "switch it off, if it was forgotten");
        }
        if let Some(night) = &center.night_service {
            self.named(night.business_hours.name().map(str::to_owned).as_ref(), false);
        }
        if let Some(holiday) = &center.holiday_service {
            self.named(holiday.holidays.name().map(str::to_owned).as_ref(), true);
        }
        let timed = center.overflow.as_ref().is_some_and(|overflow| {
            overflow.after_s.is_some() && overflow.treatment.action != TreatmentAction::None
        });
        let onward = ["CFA", "BCT", "USCF", "forced_forwarding"];
        if !self.identity.incomplete
            && !timed
            && !routes.iter().any(|route| onward.contains(&route.code.as_str()))
        {
            let message = "calls may wait for ever: no overflow by time, no bounced calls";
            self.warn("BW2202", message, "let them overflow after a time");
        }
    }

    fn members(&mut self, members: &[crate::broadworks::group::Member]) {
        if self.identity.incomplete {
            return;
        }
        if members.is_empty() {
            self.warn("BW2203", "it has no agents", "add some, or send its calls elsewhere");
        } else if members.iter().all(|member| self.group.is_undisturbed(member)) {
            self.warn("BW2204", "all its agents do not want to be disturbed", "let one be rung");
        }
    }

    fn user(&mut self, entity: Entity, routes: &[Route]) {
        let Some(services) = self.group.services(entity) else { return };
        // Without a word about voicemail for anybody, nothing can be said.
        let known = self.group.users.iter().any(|user| user.services.voicemail.is_some());
        let onward = ["CFA", "CFNA", "voicemail", "seq_ring"];
        if known && !routes.iter().any(|route| onward.contains(&route.code.as_str())) {
            let message = "calls that it does not answer lead nowhere";
            self.note("BW2202", message, "set call forwarding no answer, or voice messaging");
        }
        if services.always.as_ref().is_some_and(|forward| forward.active && forward.to.is_none()) {
            self.warn("BW2201", "call forwarding always is on, without a number", "give it one");
        }
    }
}
