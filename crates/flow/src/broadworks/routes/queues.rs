//! Ways out of hunt groups and call centres.

use super::{Gate, How, Routes, Spot, rings};
use crate::broadworks::group::{CallCenter, Entity, Forward, Overflow, Treatment, TreatmentAction};
use crate::broadworks::numbers::Mailbox;
use crate::broadworks::schedule::ScheduleUse;

impl Routes<'_> {
    pub(super) fn hunt_group(&mut self, at: usize) {
        let Some(hunt_group) = self.group.hunt_groups.get(at) else { return };
        self.first_services(&hunt_group.services);
        let words = match hunt_group.no_answer_after_s {
            Some(seconds) => format!("no answer for {seconds} s"),
            None => "no answer in time".to_owned(),
        };
        self.forward("NACF", words, How::Event, hunt_group.no_answer.as_ref());
        self.forward("CFNR", "no agent can be reached", How::Event, hunt_group.not_reachable.as_ref());
        let timed_out = hunt_group.no_answer.as_ref().and_then(Forward::destination).is_some();
        self.last_services(&hunt_group.services, Entity::HuntGroup(at), timed_out);
    }

    /// In the order in which they come into question: holiday, night, forced, overflow, then what happens to a call in the
    /// queue (an assumption: reference section 2.5).
    pub(super) fn call_center(&mut self, at: usize) {
        let Some(center) = self.group.call_centers.get(at) else { return };
        self.first_services(&center.services);
        let holiday =
            center.holiday_service.as_ref().filter(|service| service.holidays != ScheduleUse::Never);
        let treatment = holiday.map(|holiday| &holiday.treatment);
        self.treatment("holiday_service", "holidays", Gate::Holiday, center, treatment);
        let night = center.night_service.as_ref();
        let night = night.filter(|service| service.forced || service.business_hours != ScheduleUse::Always);
        let words = match night.is_some_and(|service| service.forced) {
            true => "night service, forced on",
            false => "outside business hours",
        };
        self.treatment("night_service", words, Gate::Night, center, night.map(|night| &night.treatment));
        let words = "forced forwarding is on: all calls";
        self.forward("forced_forwarding", words, How::Setting, center.forced_forwarding.as_ref());
        if let Some(overflow) = &center.overflow {
            self.treatment("OF", overflow.words(), Gate::Open, center, Some(&overflow.treatment));
        }
        if center.escape_digit.is_some() {
            self.escape(at, center);
        }
        if let Some(bounced) = center.bounced.as_ref().filter(|bounced| bounced.active) {
            let words = format!("agent does not answer{}", rings(bounced.rings));
            self.push_number("BCT", words, How::Event, Gate::Open, bounced.to.as_deref());
        }
        self.treatment("SCF", "all agents signed out", Gate::Open, center, center.stranded.as_ref());
        let unavailable = center.stranded_unavailable.as_ref();
        self.treatment("USCF", "all agents unavailable", Gate::Open, center, unavailable);
        self.last_services(&center.services, Entity::CallCenter(at), false);
    }

    fn treatment(
        &mut self,
        code: &str,
        words: impl Into<String>,
        gate: Gate,
        center: &CallCenter,
        treatment: Option<&Treatment>,
    ) {
        let Some(treatment) = treatment else { return };
        let to = match treatment.action {
            TreatmentAction::Transfer => treatment.to.as_deref(),
            TreatmentAction::NightService => {
                center.night_service.as_ref().and_then(|night| night.treatment.to.as_deref())
            }
            _ => None,
        };
        let how = if gate == Gate::Open { How::Event } else { How::Setting };
        self.push_number(code, words, how, gate, to);
    }

    /// A caller who leaves the queue is treated as by a busy line: call forwarding busy, else voicemail.
    fn escape(&mut self, at: usize, center: &CallCenter) {
        let words = format!("presses {} in the queue", center.escape_digit.as_deref().unwrap_or_default());
        let busy = center.services.busy.as_ref().and_then(Forward::destination);
        let voicemail =
            center.services.voicemail.as_ref().is_some_and(|voicemail| voicemail.active && voicemail.busy);
        if busy.is_some() {
            self.push_number("escape", words, How::Key, Gate::Open, busy);
        } else if voicemail {
            self.push("escape", words, How::Key, Spot::Mailbox(Mailbox::Of(Entity::CallCenter(at))));
        }
    }
}

impl Overflow {
    /// When it comes in: `queue full, or 45 s in the queue`.
    pub fn words(&self) -> String {
        match self.after_s {
            Some(seconds) => format!("queue full, or {seconds} s in the queue"),
            None => "queue full".to_owned(),
        }
    }
}
