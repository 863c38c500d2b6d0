//! Where a call can go next: every configured way out of every place of a group.
//!
//! One list for pictures, checks and searches, so that they agree. What is assigned and switched off is no way. Not here:
//! which ways are open at a moment ([`at`](super::at)), the graph ([`Group::flow`]).

mod queues;

use std::collections::BTreeSet;

use super::group::{Criterion, Entity, Forward, Group, Key, KeyAction, MenuKind, Services};
use super::numbers::{Destination, Mailbox};
use crate::pointer;

/// A place where a call can be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// At somebody of the group, dialled or forwarded to (not offered as to a member).
    Entity(Entity),
    /// In a menu, by its place in [`Group::auto_attendants`] and in the attendant's menus.
    Menu(usize, usize),
    /// In a mailbox.
    Mailbox(Mailbox),
    /// At somebody of another group, in [`Group::elsewhere`].
    Elsewhere(usize),
    /// Outside, at this number or address.
    External(String),
    /// Nowhere: nobody has this extension or name.
    Unknown(String),
    /// Hearing the announcement of a key, by attendant, menu and place of the key.
    Announcement(usize, usize, usize),
    /// Hung up by a key.
    HangUp(usize, usize, usize),
}

impl From<Destination> for Spot {
    fn from(destination: Destination) -> Self {
        match destination {
            Destination::Entity(entity) => Spot::Entity(entity),
            Destination::Mailbox(mailbox) => Spot::Mailbox(mailbox),
            Destination::Elsewhere(at) => Spot::Elsewhere(at),
            Destination::External(number) => Spot::External(number),
            Destination::Unknown(text) => Spot::Unknown(text),
        }
    }
}

/// One way out of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Stable code, unique at its place: `1`, `after_hours`, `CFNA`, `CFS:VIP`, `OF`; a second one of a kind has `:2` behind
    /// it.
    pub code: String,
    /// When it is taken, in plain words: `no answer, 4 rings`. Empty for a key without a description.
    pub words: String,
    /// What takes it.
    pub how: How,
    /// Where it leads.
    pub to: Spot,
    /// What the time of a call decides about it.
    pub(super) gate: Gate,
}

/// What decides whether a way is open at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// Nothing: people do.
    Open,
    /// Always open, and nothing behind it in the list ever happens.
    All,
    /// A criterion of selective forwarding, by its place.
    Criterion(usize),
    /// Criteria of simultaneous or sequential ring.
    Ring(Vec<Criterion>),
    /// An attendant's schedules.
    Menu(MenuKind),
    /// A call centre's holiday service.
    Holiday,
    /// A call centre's night service.
    Night,
}

/// What makes a call take a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// A setting or schedule: at once, for all calls (or all that match).
    Setting,
    /// Something that happens: busy, no answer, waiting too long.
    Event,
    /// A key the caller presses.
    Key,
}

/// Gathers the ways out of one place.
struct Routes<'g> {
    group: &'g Group,
    found: Vec<Route>,
}

impl Group {
    /// All ways out of a place, in the order in which they come into question.
    pub fn routes(&self, spot: &Spot) -> Vec<Route> {
        let mut routes = Routes { group: self, found: Vec::new() };
        match spot {
            Spot::Entity(Entity::User(at)) => {
                if let Some(user) = self.users.get(*at) {
                    routes.services(&user.services, Entity::User(*at), false);
                }
            }
            Spot::Entity(Entity::HuntGroup(at)) => routes.hunt_group(*at),
            Spot::Entity(Entity::CallCenter(at)) => routes.call_center(*at),
            Spot::Entity(Entity::AutoAttendant(at)) => routes.attendant(*at),
            Spot::Menu(attendant, menu) => routes.menu(*attendant, *menu),
            Spot::Mailbox(_)
            | Spot::Elsewhere(_)
            | Spot::External(_)
            | Spot::Unknown(_)
            | Spot::Announcement(..)
            | Spot::HangUp(..) => {}
        }
        routes.found
    }

    /// The pointer of a place's node: `/auto-attendants/aa1@d/business-hours`; unique in a group, stable between snapshots.
    pub fn spot_pointer(&self, spot: &Spot) -> String {
        match spot {
            Spot::Entity(entity) => self.pointer(*entity),
            Spot::Menu(attendant, menu) => self.menu_pointer(*attendant, *menu),
            Spot::Mailbox(Mailbox::Of(entity)) => format!("{}/voicemail", self.pointer(*entity)),
            Spot::Mailbox(Mailbox::Number(number)) => pointer::join("/voicemail", number),
            Spot::Elsewhere(at) => self.elsewhere.get(*at).map_or_else(String::new, |other| {
                let number = other.identity.number().unwrap_or_default();
                let group = pointer::join("/elsewhere", &other.group);
                pointer::join(&pointer::join(&group, &other.identity.id), &number)
            }),
            Spot::External(number) => pointer::join("/external", number),
            Spot::Unknown(text) => pointer::join("/unknown", text),
            Spot::Announcement(attendant, menu, key) | Spot::HangUp(attendant, menu, key) => {
                let name = self.menu(*attendant, *menu).and_then(|menu| menu.keys.get(*key));
                let base = format!("{}/keys", self.menu_pointer(*attendant, *menu));
                pointer::join(&base, name.map_or("", |key| key.key.as_str()))
            }
        }
    }

    /// Telephone numbers outside the group that something leads to, each once in its canonical form: what a search in the
    /// enterprise may name (its reply belongs into the snapshot).
    pub fn outside_numbers(&self) -> BTreeSet<String> {
        let routes = super::check::spots(self).into_iter().flat_map(|spot| self.routes(&spot));
        let outside = routes.filter_map(|route| match route.to {
            Spot::External(number) if number.starts_with('+') => Some(number),
            _ => None,
        });
        outside.collect()
    }

    /// A menu by its place.
    pub fn menu(&self, attendant: usize, menu: usize) -> Option<&super::group::Menu> {
        self.auto_attendants.get(attendant)?.menus.get(menu)
    }

    fn menu_pointer(&self, attendant: usize, menu: usize) -> String {
        let base = self.pointer(Entity::AutoAttendant(attendant));
        match self.menu(attendant, menu).map(|menu| &menu.kind) {
            Some(MenuKind::Submenu(id)) => pointer::join(&format!("{base}/submenus"), id),
            Some(MenuKind::AfterHours) => format!("{base}/after-hours"),
            Some(MenuKind::Holiday) => format!("{base}/holiday"),
            Some(MenuKind::BusinessHours) | None => format!("{base}/business-hours"),
        }
    }
}

impl Routes<'_> {
    fn push(&mut self, code: &str, words: impl Into<String>, how: How, to: Spot) {
        self.push_gated(code, words, how, Gate::Open, to);
    }

    fn push_gated(&mut self, code: &str, words: impl Into<String>, how: How, gate: Gate, to: Spot) {
        let taken = |code: &str| self.found.iter().any(|route| route.code == code);
        let mut own = code.to_owned();
        let mut number = 2;
        while taken(&own) {
            own = format!("{code}:{number}");
            number += 1;
        }
        self.found.push(Route { code: own, words: words.into(), how, to, gate });
    }

    fn push_number(
        &mut self,
        code: &str,
        words: impl Into<String>,
        how: How,
        gate: Gate,
        number: Option<&str>,
    ) {
        if let Some(to) = number.and_then(|number| self.group.numbers.resolve(number)) {
            self.push_gated(code, words, how, gate, to.into());
        }
    }

    /// A forward by a setting is for all calls, and shuts what comes behind it.
    fn forward(&mut self, code: &str, words: impl Into<String>, how: How, forward: Option<&Forward>) {
        let gate = if how == How::Setting { Gate::All } else { Gate::Open };
        self.push_number(code, words, how, gate, forward.and_then(Forward::destination));
    }

    /// Services of a user or virtual user. `timed_out`: calls that nobody answers are forwarded by something else.
    fn services(&mut self, services: &Services, owner: Entity, timed_out: bool) {
        self.first_services(services);
        self.ringing(services);
        self.last_services(services, owner, timed_out);
    }

    /// What comes before anybody is rung.
    fn first_services(&mut self, services: &Services) {
        if let Some(selective) = services.selective.as_ref().filter(|selective| selective.active) {
            let criteria = selective.criteria.iter().enumerate();
            for (at, criterion) in criteria.filter(|(_, criterion)| criterion.forwards()) {
                let to = criterion.to.as_deref().or(selective.default_to.as_deref());
                let code = format!("CFS:{}", criterion.name);
                self.push_number(&code, criterion.words(), How::Setting, Gate::Criterion(at), to);
            }
        }
        self.forward("CFA", "always", How::Setting, services.always.as_ref());
    }

    fn ringing(&mut self, services: &Services) {
        if let Some(ring) = services.simultaneous_ring.as_ref().filter(|ring| ring.active) {
            for place in &ring.places {
                let gate = Gate::Ring(ring.criteria.clone());
                let words = "rings at the same time";
                self.push_number("sim_ring", words, How::Event, gate, Some(&place.number));
            }
        }
        if let Some(ring) = services.sequential_ring.as_ref().filter(|ring| ring.active) {
            for place in &ring.places {
                let words = format!("rings next{}", rings(place.rings));
                let gate = Gate::Ring(ring.criteria.clone());
                self.push_number("seq_ring", words, How::Event, gate, Some(&place.number));
            }
        }
    }

    /// What comes when nobody takes the call.
    fn last_services(&mut self, services: &Services, owner: Entity, timed_out: bool) {
        self.forward("CFB", "busy", How::Event, services.busy.as_ref());
        let words =
            format!("no answer{}", rings(services.no_answer.as_ref().and_then(|forward| forward.rings)));
        self.forward("CFNA", words, How::Event, services.no_answer.as_ref());
        self.forward("CFNR", "not reachable", How::Event, services.not_reachable.as_ref());
        let Some(voicemail) = services.voicemail.as_ref().filter(|voicemail| voicemail.active) else {
            return;
        };
        let goes = |forward: &Option<Forward>| forward.as_ref().and_then(Forward::destination).is_some();
        let to = Spot::Mailbox(Mailbox::Of(owner));
        if voicemail.always {
            self.push_gated("voicemail", "always", How::Setting, Gate::All, to);
            return;
        }
        let mut words = Vec::new();
        if voicemail.busy && !goes(&services.busy) {
            words.push("busy".to_owned());
        }
        if voicemail.no_answer && !timed_out && !goes(&services.no_answer) {
            words.push(format!("no answer{}", rings(voicemail.rings)));
        }
        if !words.is_empty() {
            self.push("voicemail", words.join(" or "), How::Event, to);
        }
    }

    fn attendant(&mut self, at: usize) {
        let Some(attendant) = self.group.auto_attendants.get(at) else { return };
        self.first_services(&attendant.services);
        let after = attendant.menu_at(&MenuKind::AfterHours);
        let holiday = attendant.menu_at(&MenuKind::Holiday);
        for (place, menu) in attendant.menus.iter().enumerate() {
            let words = match menu.kind {
                MenuKind::Submenu(_) => continue,
                MenuKind::AfterHours => "after hours",
                MenuKind::Holiday => "holidays",
                MenuKind::BusinessHours => match (after, holiday) {
                    (None, None) => "at all times",
                    (None, Some(_)) => "business hours and after hours",
                    (Some(_), _) => "business hours",
                },
            };
            let gate = Gate::Menu(menu.kind.clone());
            self.push_gated(menu.kind.code(), words, How::Setting, gate, Spot::Menu(at, place));
        }
        self.last_services(&attendant.services, Entity::AutoAttendant(at), false);
    }

    fn menu(&mut self, attendant: usize, at: usize) {
        let Some(menu) = self.group.menu(attendant, at) else { return };
        for (place, key) in menu.keys.iter().enumerate() {
            let words = key.description.clone().unwrap_or_else(|| match key.action {
                KeyAction::TransferToOperator => "operator".to_owned(),
                _ => String::new(),
            });
            if let Some(to) = self.key(attendant, at, place, key) {
                self.push(&key.key, words, How::Key, to);
            }
        }
    }

    /// Where a key leads; `None` for one that leads nowhere else, or has no destination.
    fn key(&self, attendant: usize, menu: usize, place: usize, key: &Key) -> Option<Spot> {
        let own = self.group.auto_attendants.get(attendant)?;
        match &key.action {
            KeyAction::TransferWithPrompt
            | KeyAction::TransferWithoutPrompt
            | KeyAction::TransferToOperator
            | KeyAction::Other(_) => self.group.numbers.resolve(key.number.as_deref()?).map(Spot::from),
            KeyAction::TransferToMailbox => {
                Some(Spot::Mailbox(self.group.numbers.mailbox(key.number.as_deref()?)))
            }
            KeyAction::TransferToSubmenu => {
                let kind = MenuKind::Submenu(key.submenu.clone()?);
                own.menu_at(&kind).map(|at| Spot::Menu(attendant, at))
            }
            KeyAction::ReturnToPreviousMenu => {
                let MenuKind::Submenu(id) = &own.menus.get(menu)?.kind else { return None };
                let leads = |key: &Key| {
                    key.action == KeyAction::TransferToSubmenu && key.submenu.as_ref() == Some(id)
                };
                let mut parents =
                    own.menus.iter().enumerate().filter(|(_, menu)| menu.keys.iter().any(leads));
                // Entered from several menus, only the call knows which one was before.
                match (parents.next(), parents.next()) {
                    (Some((parent, _)), None) => Some(Spot::Menu(attendant, parent)),
                    _ => None,
                }
            }
            KeyAction::PlayAnnouncement => Some(Spot::Announcement(attendant, menu, place)),
            KeyAction::Exit => Some(Spot::HangUp(attendant, menu, place)),
            KeyAction::NameDialing
            | KeyAction::ExtensionDialing
            | KeyAction::RepeatMenu
            | KeyAction::Unset => None,
        }
    }
}

impl Criterion {
    /// It is on and forwards (and does not keep calls from being forwarded).
    pub fn forwards(&self) -> bool {
        self.active && !self.blacklisted
    }

    /// When it holds: `VIP: in schedule Evenings, calls from Any private number`.
    pub fn words(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.time_schedule.as_ref().map(|name| format!("in schedule {name}")));
        parts.extend(self.holiday_schedule.as_ref().map(|name| format!("on {name}")));
        if !self.calls_from.is_empty() {
            parts.push(format!("calls from {}", self.calls_from.join(", ")));
        }
        if parts.is_empty() {
            parts.push("all calls".to_owned());
        }
        format!("{}: {}", self.name, parts.join(", "))
    }
}

/// `, 4 rings`, if it is known.
fn rings(count: Option<u32>) -> String {
    match count {
        None => String::new(),
        Some(1) => ", 1 ring".to_owned(),
        Some(count) => format!(", {count} rings"),
    }
}
