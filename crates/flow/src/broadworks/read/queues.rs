//! Hunt groups and call centres with their agents.

use std::collections::BTreeMap;

use super::{Fields, Reader};
use crate::broadworks::endpoints::{self, Request};
use crate::broadworks::group::{
    Bounced, CallCenter, Dnis, Forward, HolidayService, HuntGroup, Member, NightService, Overflow, Treatment,
    TreatmentAction,
};
use crate::issue::Issue;

impl<'s> Reader<'s> {
    pub(super) fn hunt_groups(&mut self, users: &BTreeMap<String, usize>) -> Vec<HuntGroup> {
        let request = self.of_group(endpoints::HUNT_GROUPS);
        let rows = self.rows(&request, "the hunt groups", "/hunt-groups", "serviceUserId");
        rows.into_iter().map(|row| self.hunt_group(&row, users)).collect()
    }

    fn hunt_group(&mut self, row: &Fields<'s>, users: &BTreeMap<String, usize>) -> HuntGroup {
        let identity = self.identity(row, "serviceUserId");
        let policy = self.text(row, "policy").unwrap_or_default();
        let mut hunt_group = HuntGroup { identity, policy, ..HuntGroup::default() };
        let id = hunt_group.identity.id.clone();
        let what = format!("hunt group `{}`", hunt_group.identity.title());
        let request = Request::of_service(endpoints::HUNT_GROUPS, &id);
        let detail = self.reply(&request, &what, &row.place).and_then(|body| self.object(body, &row.place));
        match detail {
            Some(detail) => self.hunt_group_detail(&mut hunt_group, &detail, users),
            None => hunt_group.identity.incomplete = true,
        }
        hunt_group.services = self.virtual_services(&id, &what, &row.place);
        hunt_group
    }

    fn hunt_group_detail(
        &mut self,
        hunt_group: &mut HuntGroup,
        detail: &Fields<'s>,
        users: &BTreeMap<String, usize>,
    ) {
        hunt_group.identity = self.with_profile(hunt_group.identity.clone(), detail);
        hunt_group.policy = self.text(detail, "policy").unwrap_or_else(|| hunt_group.policy.clone());
        hunt_group.agents = self.members(detail, users);
        let hunts_on = self.flag(detail, "huntAfterNoAnswer").unwrap_or(false);
        hunt_group.next_after_rings = self.count(detail, "noAnswerNumberOfRings").filter(|_| hunts_on);
        let after = self.flag(detail, "forwardAfterTimeout");
        hunt_group.no_answer = self.switched(after, detail, "forwardToPhoneNumber");
        hunt_group.no_answer_after_s = self.count(detail, "forwardTimeoutSeconds");
        let reach = self.flag(detail, "enableNotReachableForwarding");
        hunt_group.not_reachable = self.switched(reach, detail, "notReachableForwardToPhoneNumber");
        hunt_group.busy_when_not_reachable = self.flag(detail, "makeBusyWhenNotReachable").unwrap_or(false);
        hunt_group.group_busy = self.flag(detail, "enableGroupBusy").unwrap_or(false);
    }

    pub(super) fn call_centers(&mut self, users: &BTreeMap<String, usize>) -> Vec<CallCenter> {
        let request = self.of_group(endpoints::CALL_CENTERS);
        let rows = self.rows(&request, "the call centres", "/call-centers", "serviceUserId");
        rows.into_iter().map(|row| self.call_center(&row, users)).collect()
    }

    fn call_center(&mut self, row: &Fields<'s>, users: &BTreeMap<String, usize>) -> CallCenter {
        let identity = self.identity(row, "serviceUserId");
        let level = self.text(row, "type").unwrap_or_default();
        let policy = self.text(row, "policy").unwrap_or_default();
        let mut center = CallCenter { identity, level, policy, ..CallCenter::default() };
        let id = center.identity.id.clone();
        let what = format!("call centre `{}`", center.identity.title());
        if let Some(detail) = self.part(endpoints::CALL_CENTERS, &id, &what, "", &row.place) {
            center.identity = self.with_profile(center.identity.clone(), &detail);
            center.level = self.text(&detail, "type").unwrap_or(center.level);
            center.policy = self.text(&detail, "policy").unwrap_or(center.policy);
            center.routing = self.text(&detail, "routingType");
            center.queue_length = self.count(&detail, "queueLength");
            let allowed = self.flag(&detail, "allowCallerToDialEscapeDigit").unwrap_or(false);
            center.escape_digit = self.text(&detail, "escapeDigit").filter(|_| allowed);
        } else {
            center.identity.incomplete = true;
        }
        self.call_center_parts(&mut center, &what, &row.place, users);
        center.services = self.virtual_services(&id, &what, &row.place);
        center
    }

    fn call_center_parts(
        &mut self,
        center: &mut CallCenter,
        what: &str,
        place: &str,
        users: &BTreeMap<String, usize>,
    ) {
        let id = center.identity.id.clone();
        let issues_before = self.issues.len();
        if let Some(part) = self.part(endpoints::CALL_CENTER_AGENTS, &id, what, "agents", place) {
            center.agents = self.members(&part, users);
        }
        if let Some(part) = self.part(endpoints::CALL_CENTER_OVERFLOW, &id, what, "overflow", place) {
            let timed = self.flag(&part, "overflowAfterTimeout").unwrap_or(false);
            let after_s = self.count(&part, "timeoutSeconds").filter(|_| timed);
            center.overflow = Some(Overflow { treatment: self.treatment(&part), after_s });
        }
        if let Some(part) = self.part(endpoints::CALL_CENTER_STRANDED, &id, what, "stranded calls", place) {
            center.stranded = Some(self.treatment(&part));
        }
        let path = endpoints::CALL_CENTER_STRANDED_UNAVAILABLE;
        if let Some(part) = self.part(path, &id, what, "stranded calls (agents unavailable)", place) {
            center.stranded_unavailable = Some(self.treatment(&part));
        }
        let path = endpoints::CALL_CENTER_FORCED_FORWARDING;
        if let Some(part) = self.part(path, &id, what, "forced forwarding", place) {
            let enabled = self.flag(&part, "enabled");
            center.forced_forwarding = self.switched(enabled, &part, "forwardToPhoneNumber");
        }
        if let Some(part) = self.part(endpoints::CALL_CENTER_BOUNCED, &id, what, "bounced calls", place) {
            let transfers = self.flag(&part, "enableTransfer").unwrap_or(false);
            center.bounced = Some(Bounced {
                active: self.flag(&part, "isActive").unwrap_or(false),
                rings: self.count(&part, "numberOfRingsBeforeBouncingCall"),
                to: self.text(&part, "transferPhoneNumber").filter(|_| transfers),
                when_unavailable: self.flag(&part, "bounceCallWhenAgentUnavailable").unwrap_or(false),
            });
        }
        let reading_failed =
            |issues: &[Issue]| issues.iter().skip(issues_before).any(|issue| issue.code == "BW1001");
        center.identity.incomplete |= reading_failed(&self.issues);
        if let Some(part) = self.part(endpoints::CALL_CENTER_NIGHT_SERVICE, &id, what, "night service", place)
        {
            let manual = self.flag(&part, "allowManualOverrideViaFAC").unwrap_or(true);
            let forced = self.flag(&part, "forceNightService").unwrap_or(false);
            let overridden = self.flag(&part, "manualOverride").unwrap_or(false) && manual;
            center.night_service = Some(NightService {
                treatment: self.treatment(&part),
                business_hours: self
                    .schedule_use(&part, &["businessHours", "businessHoursSchedule", "schedule"]),
                forced: forced || overridden,
            });
        }
        if let Some(part) =
            self.part(endpoints::CALL_CENTER_HOLIDAY_SERVICE, &id, what, "holiday service", place)
        {
            center.holiday_service = Some(HolidayService {
                treatment: self.treatment(&part),
                holidays: self.schedule_use(&part, &["holidaySchedule", "holidayScheduleName"]),
            });
        }
        if let Some(part) = self.part(endpoints::CALL_CENTER_DNIS, &id, what, "further numbers", place) {
            let list =
                ["dnis", "dnisList", "dnisTable"].into_iter().find(|name| part.object.contains_key(*name));
            for row in list.map(|name| self.objects(&part, name)).unwrap_or_default() {
                let dnis = Dnis {
                    name: self.text(&row, "name").unwrap_or_default(),
                    dn: self.text(&row, "phoneNumber"),
                    extension: self.text(&row, "extension"),
                };
                // The first entry repeats the call centre's own number.
                let own = &center.identity;
                if (dnis.dn.is_some() && dnis.dn != own.dn)
                    || (dnis.extension.is_some() && dnis.extension != own.extension)
                {
                    center.dnis.push(dnis);
                }
            }
        }
    }

    /// A part of a call centre that has a reply of its own.
    fn part(
        &mut self,
        path: &'static str,
        id: &str,
        what: &str,
        name: &str,
        place: &str,
    ) -> Option<Fields<'s>> {
        let what = if name.is_empty() { what.to_owned() } else { format!("{name} of {what}") };
        let reply = self.reply(&Request::of_service(path, id), &what, place);
        reply.and_then(|body| self.object(body, place))
    }

    fn members(&mut self, fields: &Fields<'s>, users: &BTreeMap<String, usize>) -> Vec<Member> {
        let mut members: Vec<Member> = Vec::new();
        for row in self.objects(fields, "agents") {
            let Some(user_id) = self.text(&row, "userId") else {
                self.odd(row.at("userId"), "a user id");
                continue;
            };
            let names = [self.text(&row, "firstName"), self.text(&row, "lastName")];
            let number = self.text(&row, "extension").or_else(|| self.text(&row, "phoneNumber"));
            members.push(Member {
                user: users.get(&user_id).copied(),
                name: names.into_iter().flatten().collect::<Vec<_>>().join(" "),
                number,
                weight: self.count(&row, "weight"),
                skill: self.count(&row, "skillLevel"),
                user_id,
            });
        }
        members
    }

    /// A forward with a switch of its own name; `None` when neither is told. One that is on and leads nowhere is told.
    fn switched(&mut self, active: Option<bool>, fields: &Fields<'_>, number: &str) -> Option<Forward> {
        let to = self.text(fields, number);
        if active.is_none() && to.is_none() {
            return None;
        }
        let active = active.unwrap_or(false);
        if active && to.is_none() {
            let message = "the forwarding is on and has no number";
            self.issues.push(Issue::warning("BW1007", fields.at(number), message));
        }
        Some(Forward { active, to, rings: None })
    }

    fn treatment(&mut self, fields: &Fields<'_>) -> Treatment {
        let action = self.text(fields, "action").map(|name| TreatmentAction::read(&name)).unwrap_or_default();
        let transfers = action == TreatmentAction::Transfer;
        let to = self.text(fields, "transferPhoneNumber").filter(|_| transfers);
        if transfers && to.is_none() {
            let message = "a transfer without a number";
            self.issues.push(Issue::warning("BW1007", fields.at("transferPhoneNumber"), message));
        }
        if let TreatmentAction::Other(name) = &action {
            let message = format!("the action `{name}` is not known");
            self.issues.push(Issue::warning("BW1006", fields.at("action"), message));
        }
        Treatment { action, to }
    }
}
