//! What a picture says of each place: caption, title, number, and lines with the most important first.

use crate::broadworks::group::{
    AutoAttendant, CallCenter, Entity, Forward, Group, HuntGroup, Key, KeyAction, Member, Menu, MenuKind,
    MenuState, Treatment, TreatmentAction, User,
};
use crate::broadworks::numbers::Mailbox;
use crate::broadworks::routes::{Route, Spot};
use crate::broadworks::schedule::ScheduleUse;
use crate::graph::Words;

/// Most telephone numbers have more digits.
const LONGEST_SHORT_NUMBER: usize = 6;

impl Group {
    /// The words of a place, but for those of its ways.
    pub(super) fn words(&self, spot: &Spot, routes: &[Route]) -> Words {
        match spot {
            Spot::Entity(entity) => {
                let identity = self.identity(*entity);
                let mut words = words(entity.kind().code(), entity.kind().caption(), identity.title());
                words.number = identity.number().filter(|number| *number != words.title);
                words.disabled = identity.disabled;
                words.faulty = identity.incomplete;
                if identity.disabled {
                    words.lines.push("Switched off: takes no calls".to_owned());
                }
                match entity {
                    Entity::AutoAttendant(at) => {
                        self.auto_attendants
                            .get(*at)
                            .into_iter()
                            .for_each(|own| self.attendant(own, &mut words));
                    }
                    Entity::CallCenter(at) => {
                        self.call_centers
                            .get(*at)
                            .into_iter()
                            .for_each(|own| self.call_center(own, routes, &mut words));
                    }
                    Entity::HuntGroup(at) => {
                        self.hunt_groups
                            .get(*at)
                            .into_iter()
                            .for_each(|own| self.hunt_group(own, &mut words));
                    }
                    Entity::User(at) => self.users.get(*at).into_iter().for_each(|own| user(own, &mut words)),
                }
                if identity.incomplete {
                    words.lines.push("Some details could not be read".to_owned());
                }
                words
            }
            Spot::Menu(attendant, at) => match self.menu(*attendant, *at) {
                Some(menu) => menu_words(menu, routes),
                None => words("menu", "Menu", ""),
            },
            Spot::Mailbox(Mailbox::Of(entity)) => {
                words("voicemail", "Voicemail", self.identity(*entity).title())
            }
            Spot::Mailbox(Mailbox::Number(number)) => words("voicemail", "Voicemail", number),
            Spot::Elsewhere(at) => {
                let mut words = words("external", "Another group", "");
                if let Some(other) = self.elsewhere.get(*at) {
                    words.title = other.identity.title().to_owned();
                    words.number = other.identity.number().filter(|number| *number != words.title);
                    words.lines.push(format!("Group {}", other.group));
                    if !other.user_type.is_empty() && other.user_type != "Normal" {
                        words.caption.clone_from(&other.user_type);
                    }
                }
                words
            }
            Spot::External(number) => {
                let caption = match number {
                    address if address.contains('@') => "SIP address",
                    code if code.starts_with(['*', '#']) => "Feature code",
                    short if short.len() <= LONGEST_SHORT_NUMBER => "Short number",
                    _ => "External number",
                };
                words("external", caption, number)
            }
            Spot::Unknown(text) => Words {
                lines: vec!["Nobody in this group has it".to_owned()],
                faulty: true,
                ..words("external", "Unknown extension", text)
            },
            Spot::Announcement(attendant, menu, key) => {
                let key = self.menu(*attendant, *menu).and_then(|menu| menu.keys.get(*key));
                let title = key.and_then(|key| key.audio.as_deref().or(key.description.as_deref()));
                let lines = vec!["Then the menu again".to_owned()];
                Words { lines, ..words("announcement", "Announcement", title.unwrap_or("")) }
            }
            Spot::HangUp(..) => words("end", "Hang up", ""),
        }
    }

    fn attendant(&self, attendant: &AutoAttendant, words: &mut Words) {
        let lines = &mut words.lines;
        self.hours("Business hours", &attendant.business_hours, false, lines);
        if !attendant.is_basic() {
            self.hours("Holidays", &attendant.holidays, true, lines);
        }
        if let Some(zone) = attendant.identity.time_zone.as_deref().or(self.time_zone.as_deref()) {
            lines.push(format!("Time zone {zone}"));
        }
        if attendant.menu_at(&MenuKind::AfterHours).is_none() {
            lines.push("After hours: no menu set, as in business hours".to_owned());
        }
        if attendant.menu_at(&MenuKind::Holiday).is_none() && !attendant.is_basic() {
            lines.push("Holidays: no menu set, as on other days".to_owned());
        }
        other_services(Entity::AutoAttendant(0), &attendant.services, lines);
    }

    fn hunt_group(&self, hunt_group: &HuntGroup, words: &mut Words) {
        let lines = &mut words.lines;
        if hunt_group.group_busy {
            lines.push("Group busy is on: no agent is rung".to_owned());
        }
        lines.extend(policy_words(&hunt_group.policy, None));
        self.members_lines(&hunt_group.agents, &hunt_group.policy, lines);
        match hunt_group.next_after_rings {
            Some(1) => lines.push("Next agent after 1 ring".to_owned()),
            Some(rings) => lines.push(format!("Next agent after {rings} rings")),
            None => {}
        }
        if hunt_group.busy_when_not_reachable {
            lines.push("Busy when no agent can be reached".to_owned());
        }
        other_services(Entity::HuntGroup(0), &hunt_group.services, lines);
    }

    fn call_center(&self, center: &CallCenter, routes: &[Route], words: &mut Words) {
        let lines = &mut words.lines;
        if routes.iter().any(|route| route.code == "forced_forwarding") {
            lines.push("Forced forwarding is ON: agents are never rung".to_owned());
        } else if center.forced_forwarding.as_ref().is_some_and(|forward| forward.active) {
            lines.push("Forced forwarding is ON, without a number".to_owned());
        }
        lines.extend(policy_words(&center.policy, center.routing.as_deref()));
        self.members_lines(&center.agents, &center.policy, lines);
        match center.queue_length {
            Some(1) => lines.push("1 call can wait".to_owned()),
            Some(length) => lines.push(format!("{length} calls can wait")),
            None => {}
        }
        if let Some(overflow) = &center.overflow {
            treatment_line(&overflow.words(), &overflow.treatment, lines);
        }
        if let Some(treatment) = &center.stranded {
            treatment_line("all agents signed out", treatment, lines);
        }
        if let Some(treatment) = &center.stranded_unavailable {
            treatment_line("all agents unavailable", treatment, lines);
        }
        if let Some(bounced) =
            center.bounced.as_ref().filter(|bounced| bounced.active && bounced.to.is_none())
        {
            let rings = bounced.rings.map(|rings| format!(" after {rings} rings")).unwrap_or_default();
            lines.push(format!("Unanswered{rings}: back into the queue"));
        }
        if let Some(digit) = &center.escape_digit
            && !routes.iter().any(|route| route.code == "escape")
        {
            lines.push(format!("{digit} leaves the queue"));
        }
        if let Some(night) =
            center.night_service.as_ref().filter(|night| night.treatment.action != TreatmentAction::None)
        {
            self.hours("Business hours", &night.business_hours, false, lines);
            let when = if night.forced { "night service, forced on" } else { "outside business hours" };
            treatment_line(when, &night.treatment, lines);
        }
        if let Some(holiday) = center
            .holiday_service
            .as_ref()
            .filter(|holiday| holiday.treatment.action != TreatmentAction::None)
        {
            self.hours("Holidays", &holiday.holidays, true, lines);
            treatment_line("holidays", &holiday.treatment, lines);
        }
        for dnis in &center.dnis {
            let numbers = [&dnis.dn, &dnis.extension].into_iter().flatten().map(String::as_str);
            lines.push(
                format!("Also {} {}", numbers.collect::<Vec<_>>().join(", "), dnis.name)
                    .trim_end()
                    .to_owned(),
            );
        }
        other_services(Entity::CallCenter(0), &center.services, lines);
    }

    /// `1. Cara L 2003 (do not disturb)`, in hunting order.
    fn members_lines(&self, members: &[Member], policy: &str, lines: &mut Vec<String>) {
        if members.is_empty() {
            lines.push("No agents".to_owned());
        }
        for (at, member) in members.iter().enumerate() {
            let mut line = format!("{}. {}", at + 1, member.title());
            let mut facts = Vec::new();
            facts.extend(member.skill.map(|skill| format!("skill {skill}")));
            if policy == "Weighted" {
                facts.extend(member.weight.map(|weight| format!("{weight} %")));
            }
            if self.is_undisturbed(member) {
                facts.push("do not disturb".to_owned());
            }
            if member.user.is_none() {
                facts.push("not in this group".to_owned());
            }
            if !facts.is_empty() {
                line = format!("{line} ({})", facts.join(", "));
            }
            lines.push(line);
        }
    }

    /// The member is not rung now.
    pub(in crate::broadworks) fn is_undisturbed(&self, member: &Member) -> bool {
        let user = member.user.and_then(|at| self.users.get(at));
        user.is_some_and(|user| user.services.do_not_disturb)
    }

    fn hours(&self, what: &str, schedule: &ScheduleUse, holiday: bool, lines: &mut Vec<String>) {
        match schedule {
            ScheduleUse::Unknown => {}
            ScheduleUse::Always => lines.push(format!("{what}: always")),
            ScheduleUse::Never => lines.push(format!("{what}: none")),
            ScheduleUse::Named(name) => {
                let hours = self
                    .schedule(name, holiday)
                    .filter(|own| own.readable)
                    .map(|own| own.lines())
                    .unwrap_or_default();
                match hours.as_slice() {
                    [] => lines.push(format!("{what}: {name}")),
                    [only] => lines.push(format!("{what}: {only}")),
                    several => {
                        lines.push(format!("{what}: {name}"));
                        lines.extend(several.iter().map(|line| format!("  {line}")));
                    }
                }
            }
        }
    }
}

impl Member {
    /// Name and number; never the user id when anything else is known.
    pub fn title(&self) -> String {
        let parts: Vec<&str> = [Some(self.name.as_str()), self.number.as_deref()]
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty())
            .collect();
        if parts.is_empty() { "(no name)".to_owned() } else { parts.join(" ") }
    }
}

fn words(kind: &str, caption: &str, title: &str) -> Words {
    Words { kind: kind.to_owned(), caption: caption.to_owned(), title: title.to_owned(), ..Words::default() }
}

fn user(user: &User, words: &mut Words) {
    if user.services.do_not_disturb {
        words.lines.push("Do not disturb is on".to_owned());
    }
    if let Some(ring) = user.services.sequential_ring.as_ref().filter(|ring| ring.active && ring.own_first) {
        let rings = ring.own_rings.map(|rings| format!(", {rings} rings")).unwrap_or_default();
        words.lines.push(format!("Own telephone first{rings}"));
    }
}

/// What a virtual user's services change without being a way.
fn other_services(owner: Entity, services: &crate::broadworks::group::Services, lines: &mut Vec<String>) {
    let always = services.always.as_ref().and_then(Forward::destination).is_some();
    if always {
        let all = match owner {
            Entity::AutoAttendant(_) => "no menu is played",
            _ => "agents are never rung",
        };
        lines.insert(0, format!("Call forwarding always is on: {all}"));
    }
}

fn menu_words(menu: &Menu, routes: &[Route]) -> Words {
    let caption = if matches!(menu.kind, MenuKind::Submenu(_)) { "Submenu" } else { "Menu" };
    let mut words = words("menu", caption, menu.kind.title());
    match menu.state {
        MenuState::Read => {}
        MenuState::NotAvailable => {
            words.lines.push("Keys: not available from this Odin".to_owned());
        }
        MenuState::Missing => {
            words.faulty = true;
            words.lines.push("This submenu does not exist".to_owned());
        }
    }
    if menu.extension_dialing {
        words.lines.push("Callers may dial an extension".to_owned());
    }
    for key in &menu.keys {
        if !routes.iter().any(|route| route.code == key.key) {
            words.faulty |= key.is_dead();
            words.lines.push(key_line(key));
        }
    }
    words
}

impl Key {
    /// It should lead somewhere and has nowhere to lead.
    pub fn is_dead(&self) -> bool {
        let submenu = self.action == KeyAction::TransferToSubmenu && self.submenu.is_none();
        let unknown = matches!(self.action, KeyAction::Other(_) | KeyAction::Unset);
        let number = (self.action.needs_number() && self.action != KeyAction::TransferToOperator) || unknown;
        submenu || (number && self.number.is_none())
    }
}

fn key_line(key: &Key) -> String {
    let missing = if key.action.needs_number() || key.is_dead() { " (no destination)" } else { "" };
    match &key.description {
        Some(description) => format!("{} {description}: {}{missing}", key.key, key.action.words()),
        None => format!("{} {}{missing}", key.key, key.action.words()),
    }
}

/// How calls are given out, in plain words.
fn policy_words(policy: &str, routing: Option<&str>) -> Option<String> {
    let plain = match policy {
        "Regular" => "In order, always from the first",
        "Circular" => "In turn, from the one after the last",
        "Simultaneous" => "All at the same time",
        "Uniform" => "Whoever is idle longest",
        "Weighted" => "By weight",
        "" => return None,
        other => other,
    };
    match routing {
        Some("Skill Based") => Some(format!("{plain}, by skill")),
        _ => Some(plain.to_owned()),
    }
}

/// What is done in a case that is no way in the picture.
fn treatment_line(when: &str, treatment: &Treatment, lines: &mut Vec<String>) {
    let mut letters = when.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase()).into_iter();
    let when: String = first.chain(letters).collect();
    match &treatment.action {
        TreatmentAction::None | TreatmentAction::NightService => {}
        TreatmentAction::Transfer if treatment.to.is_some() => {}
        TreatmentAction::Transfer => lines.push(format!("{when}: transfer (no destination)")),
        action => lines.push(format!("{when}: {}", action.words())),
    }
}
