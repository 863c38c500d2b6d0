//! Services of users (one reply for all) and of virtual users (one reply with all).

use std::collections::BTreeMap;

use super::{Fields, Reader};
use crate::broadworks::endpoints::{self, Request, USER_SERVICES, UserService};
use crate::broadworks::group::{
    Criterion, Forward, RingPlace, Selective, SequentialRing, Services, SimultaneousRing, User,
    VoiceMessaging,
};
use crate::issue::Issue;
use crate::pointer;

impl<'s> Reader<'s> {
    /// One service of all users.
    pub(super) fn user_service(
        &mut self,
        service: &UserService,
        users: &mut [User],
        places: &mut BTreeMap<String, usize>,
    ) {
        let request = self.of_group(service.bulk);
        let what = format!("{} of the users", service.name);
        let rows = self.list_reply(&request, &what, "/users").unwrap_or_default();
        for row in rows {
            let Some(row) = self.object(row, "/users") else { continue };
            let owner = self.member(&row, "user").and_then(|user| self.text(&user, "userId"));
            let owner = owner.or_else(|| {
                let data = self.member(&row, "data")?;
                self.text(&data, "userId")
            });
            let Some(user) = owner.as_ref().and_then(|id| places.get(id)).and_then(|at| users.get_mut(*at))
            else {
                continue;
            };
            let place = pointer::join(&pointer::join("/users", &user.identity.id), service.name);
            let assigned = match self.member(&row, "service") {
                Some(state) => self.flag(&state, "assigned").unwrap_or(true),
                None => true,
            };
            let data = self.member(&row, "data").filter(|data| assigned && !data.object.is_empty());
            let Some(mut data) = data else { continue };
            data.place.clone_from(&place);
            // The user's own reply, where the reply for all lacks what matters.
            let own = Request::of_user(service.path, &user.identity.id).key();
            let lacks = service.needs.is_some_and(|needed| !data.object.contains_key(needed));
            if lacks && self.snapshot.replies.contains_key(&own) {
                let request = Request::of_user(service.path, &user.identity.id);
                let what = format!("{} of `{}`", service.name, user.identity.title());
                let reply = self.reply(&request, &what, &place);
                if let Some(own) = reply.and_then(|body| self.object(body, &place)) {
                    data = own;
                }
            }
            self.service(service.name, &data, &mut user.services);
        }
    }

    /// All services of a hunt group, auto attendant or call centre.
    pub(super) fn virtual_services(&mut self, id: &str, what: &str, place: &str) -> Services {
        let mut services = Services::default();
        let request = Request::of_user(endpoints::SERVICE_SETTINGS, id);
        let reply = self.reply(&request, &format!("services of {what}"), place);
        let Some(all) = reply.and_then(|body| self.object(body, place)) else { return services };
        for (name, value) in all.object {
            let plain = plain(name);
            let Some(service) = USER_SERVICES.iter().find(|service| self::plain(service.name) == plain)
            else {
                continue;
            };
            if let Some(fields) = self.object(value, &pointer::join(place, name)) {
                self.service(service.name, &fields, &mut services);
            }
        }
        services
    }

    fn service(&mut self, name: &str, fields: &Fields<'s>, services: &mut Services) {
        match name {
            "Call Forwarding Always" => services.always = Some(self.forward(fields)),
            "Call Forwarding Busy" => services.busy = Some(self.forward(fields)),
            "Call Forwarding No Answer" => services.no_answer = Some(self.forward(fields)),
            "Call Forwarding Not Reachable" => services.not_reachable = Some(self.forward(fields)),
            "Call Forwarding Selective" => services.selective = Some(self.selective(fields)),
            "Do Not Disturb" => services.do_not_disturb = self.flag(fields, "isActive").unwrap_or(false),
            "Simultaneous Ring Personal" => services.simultaneous_ring = Some(self.simultaneous(fields)),
            "Sequential Ring" => services.sequential_ring = Some(self.sequential(fields)),
            "Voice Messaging User" => {
                services.voicemail = Some(VoiceMessaging {
                    active: self.flag(fields, "isActive").unwrap_or(false),
                    always: self.flag(fields, "alwaysRedirectToVoiceMail").unwrap_or(false),
                    busy: self.flag(fields, "busyRedirectToVoiceMail").unwrap_or(true),
                    no_answer: self.flag(fields, "noAnswerRedirectToVoiceMail").unwrap_or(true),
                    rings: self.count(fields, "noAnswerNumberOfRings"),
                });
            }
            _ => {}
        }
    }

    fn forward(&mut self, fields: &Fields<'_>) -> Forward {
        let active = self.flag(fields, "isActive").unwrap_or(false);
        let to = self.text(fields, "forwardToPhoneNumber");
        if active && to.is_none() {
            let message = "the forwarding is on and has no number";
            self.issues.push(Issue::warning("BW1007", fields.at("forwardToPhoneNumber"), message));
        }
        Forward { active, to, rings: self.count(fields, "numberOfRings") }
    }

    fn selective(&mut self, fields: &Fields<'s>) -> Selective {
        Selective {
            active: self.flag(fields, "isActive").unwrap_or(false),
            default_to: self.text(fields, "defaultForwardToPhoneNumber"),
            criteria: self.criteria(fields),
        }
    }

    fn criteria(&mut self, fields: &Fields<'s>) -> Vec<Criterion> {
        let mut criteria = Vec::new();
        for row in self.objects(fields, "criteria") {
            let schedule = |text: Option<String>| {
                text.filter(|name| !matches!(name.as_str(), "Every Day All Day" | "None"))
            };
            let time_schedule = schedule(self.text(&row, "timeSchedule"));
            let holiday_schedule = schedule(self.text(&row, "holidaySchedule"));
            let calls_from = self.texts(&row, "callsFrom");
            criteria.push(Criterion {
                active: self.flag(&row, "isActive").unwrap_or(true),
                name: self.text(&row, "criteriaName").unwrap_or_else(|| (criteria.len() + 1).to_string()),
                blacklisted: self.flag(&row, "blacklisted").unwrap_or(false),
                to: self.text(&row, "forwardTo").or_else(|| self.text(&row, "forwardToPhoneNumber")),
                time_schedule,
                holiday_schedule,
                calls_from: calls_from
                    .into_iter()
                    .filter(|from| !from.eq_ignore_ascii_case("all calls"))
                    .collect(),
            });
        }
        criteria
    }

    fn simultaneous(&mut self, fields: &Fields<'s>) -> SimultaneousRing {
        let incoming = self.text(fields, "incomingCalls").unwrap_or_default().to_lowercase();
        SimultaneousRing {
            active: self.flag(fields, "isActive").unwrap_or(false),
            not_on_call: incoming.contains("not ring")
                || self.flag(fields, "doNotRingIfOnCall").unwrap_or(false),
            places: self.ring_places(
                fields,
                &[
                    "simultaneousRingNumbers",
                    "simultaneousRingNumber",
                    "simRingPhoneNumberList",
                    "phoneNumbers",
                ],
            ),
            criteria: self.criteria(fields),
        }
    }

    fn sequential(&mut self, fields: &Fields<'s>) -> SequentialRing {
        let criteria = self.criteria(fields);
        // BroadWorks has no switch for it: it is on when one of its criteria is.
        let active = match fields.object.contains_key("isActive") {
            true => self.flag(fields, "isActive").unwrap_or(false),
            false => criteria.iter().any(|criterion| criterion.active),
        };
        let mut places = self.ring_places(fields, &["locations", "sequentialRingLocations"]);
        if places.is_empty() {
            for number in 1..=5 {
                let names =
                    [format!("location0{number}"), format!("location{number}"), format!("Location0{number}")];
                let place = names.iter().find_map(|name| self.member(fields, name));
                places.extend(place.and_then(|place| self.ring_place(&place)));
            }
        }
        SequentialRing {
            active,
            own_first: self.flag(fields, "ringBaseLocationFirst").unwrap_or(true),
            own_rings: self.count(fields, "baseLocationNumberOfRings"),
            places,
            criteria,
        }
    }

    fn ring_places(&mut self, fields: &Fields<'s>, names: &[&str]) -> Vec<RingPlace> {
        let Some(name) = names.iter().find(|name| fields.object.contains_key(**name)) else {
            return Vec::new();
        };
        let mut places = Vec::new();
        for value in self.list(fields, name) {
            match super::fields::text_of(value) {
                Some(number) => places.push(RingPlace { number, rings: None }),
                None => {
                    let row = self.object(value, &fields.at(name));
                    places.extend(row.and_then(|row| self.ring_place(&row)));
                }
            }
        }
        places
    }

    fn ring_place(&mut self, row: &Fields<'_>) -> Option<RingPlace> {
        let number = self.text(row, "phoneNumber").or_else(|| self.text(row, "address"))?;
        Some(RingPlace { number, rings: self.count(row, "numberOfRings") })
    }
}

/// A service's name without what servers write differently: `CallForwardingAlways`, `call-forwarding-always`.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}
