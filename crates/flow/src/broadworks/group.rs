//! A BroadWorks group as data: who is in it, and what each of them does with a call.
//!
//! Not here: how it is read ([`Group::read`]), which number means whom ([`numbers`](super::numbers)), the graph
//! of a call ([`Group::flow`]).

mod attendant;
mod queue;
mod services;

pub use attendant::{AutoAttendant, Key, KeyAction, Menu, MenuKind, MenuState};
pub use queue::{
    Bounced, CallCenter, Dnis, HolidayService, HuntGroup, Member, NightService, Overflow, Treatment,
    TreatmentAction,
};
pub use services::{
    Criterion, Forward, RingPlace, Selective, SequentialRing, Services, SimultaneousRing, VoiceMessaging,
};

use serde::Serialize;

use super::numbers::NumberPlan;
use super::schedule::Schedule;
use crate::issue::Issue;
use crate::pointer;

/// What the operator may set; the rest comes from the snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Options {
    /// What stands before a number to mean its mailbox. Default `*55`; a second `*` may follow.
    pub voicemail_prefix: String,
    /// Country code for numbers that do not tell theirs (`44`). By default that of the group's own numbers.
    pub country_code: Option<String>,
    /// What is dialled before a national number (`0`). By default the group's own, else `0` (`1` in country 1).
    pub national_prefix: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options { voicemail_prefix: "*55".to_owned(), country_code: None, national_prefix: None }
    }
}

/// One group, read from a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Group {
    /// Service provider or enterprise.
    pub service_provider: String,
    /// The group's id.
    pub id: String,
    /// What people call it; the id when it has no name.
    pub name: String,
    /// It is part of an enterprise: extensions of other groups may be reached.
    pub is_enterprise: bool,
    /// Default domain of its users; empty when not known.
    pub domain: String,
    /// The API it was read from.
    pub source: String,
    /// When it was read: RFC 3339, UTC.
    pub taken_at: String,
    /// IANA name of its time zone: its own, else that of most of its services; `None` when none is known.
    pub time_zone: Option<String>,
    /// In the order of the server's list, like all lists here.
    pub auto_attendants: Vec<AutoAttendant>,
    /// Hunt groups.
    pub hunt_groups: Vec<HuntGroup>,
    /// Call centres.
    pub call_centers: Vec<CallCenter>,
    /// Users.
    pub users: Vec<User>,
    /// Schedules with their events.
    pub schedules: Vec<Schedule>,
    /// Who else has numbers, as far as searches in the snapshot tell.
    pub elsewhere: Vec<Elsewhere>,
    /// Which number means whom.
    #[serde(skip)]
    pub numbers: NumberPlan,
    /// What could not be read (codes `BW1xxx`), in the order it was found.
    #[serde(skip)]
    pub warnings: Vec<Issue>,
}

/// What every user and virtual user has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// User id or service user id.
    pub id: String,
    /// What people call it; empty when it has no name.
    pub name: String,
    /// Telephone number as stored (`+44-2079460105`).
    pub dn: Option<String>,
    /// Extension; zeros in front are kept where the server sent text.
    pub extension: Option<String>,
    /// Further addresses, `0@example.com`.
    pub aliases: Vec<String>,
    /// Department, when told.
    pub department: Option<String>,
    /// IANA name of its own time zone.
    pub time_zone: Option<String>,
    /// `isActive` is false: it takes no calls.
    pub disabled: bool,
    /// Its details, or part of them, could not be read.
    pub incomplete: bool,
}

impl Identity {
    /// What to show: the name, else the extension or number, else the address.
    pub fn title(&self) -> &str {
        let parts = [Some(self.name.as_str()), self.extension.as_deref(), self.dn.as_deref()];
        let known = parts.into_iter().flatten().find(|text| !text.is_empty());
        known.or_else(|| self.aliases.first().map(String::as_str)).unwrap_or("(no name)")
    }

    /// Extension and telephone number, as far as there are any: `2001, +44-2079460101`.
    pub fn number(&self) -> Option<String> {
        let parts: Vec<&str> =
            [&self.extension, &self.dn].into_iter().flatten().map(String::as_str).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// The shortest way to dial it: extension, else number, else the first alias.
    pub fn short_number(&self) -> Option<&str> {
        let alias = self.aliases.first().map(String::as_str);
        self.extension.as_deref().or(self.dn.as_deref()).or(alias)
    }
}

/// A person or device that can be rung.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct User {
    /// Name and numbers.
    #[serde(flatten)]
    pub identity: Identity,
    /// What is set for calls to the user. None of it holds for calls offered to the user as a member of a hunt group or
    /// agent of a call centre, but do not disturb.
    pub services: Services,
}

/// Somebody outside the group, as a search for a number told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Elsewhere {
    /// Name, numbers.
    #[serde(flatten)]
    pub identity: Identity,
    /// Service provider or enterprise.
    pub service_provider: String,
    /// Group.
    pub group: String,
    /// `Normal`, `Hunt Group`, `Auto Attendant` ...
    pub user_type: String,
}

/// Anything of a group that can be called, by its place in the group's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Entity {
    /// In [`Group::auto_attendants`].
    AutoAttendant(usize),
    /// In [`Group::call_centers`].
    CallCenter(usize),
    /// In [`Group::hunt_groups`].
    HuntGroup(usize),
    /// In [`Group::users`].
    User(usize),
}

/// The four kinds of [`Entity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// An auto attendant.
    AutoAttendant,
    /// A call centre.
    CallCenter,
    /// A hunt group.
    HuntGroup,
    /// A user.
    User,
}

impl EntityKind {
    /// All kinds, in the order in which a number held twice is given out.
    pub const ALL: [EntityKind; 4] =
        [EntityKind::AutoAttendant, EntityKind::CallCenter, EntityKind::HuntGroup, EntityKind::User];

    /// As programs know it: `auto_attendant`.
    pub fn code(self) -> &'static str {
        match self {
            EntityKind::AutoAttendant => "auto_attendant",
            EntityKind::CallCenter => "call_center",
            EntityKind::HuntGroup => "hunt_group",
            EntityKind::User => "user",
        }
    }

    /// The kind with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        EntityKind::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// As people know it: `Auto attendant`.
    pub fn caption(self) -> &'static str {
        match self {
            EntityKind::AutoAttendant => "Auto attendant",
            EntityKind::CallCenter => "Call centre",
            EntityKind::HuntGroup => "Hunt group",
            EntityKind::User => "User",
        }
    }

    fn collection(self) -> &'static str {
        match self {
            EntityKind::AutoAttendant => "/auto-attendants",
            EntityKind::CallCenter => "/call-centers",
            EntityKind::HuntGroup => "/hunt-groups",
            EntityKind::User => "/users",
        }
    }
}

impl Entity {
    /// Its kind.
    pub fn kind(self) -> EntityKind {
        match self {
            Entity::AutoAttendant(_) => EntityKind::AutoAttendant,
            Entity::CallCenter(_) => EntityKind::CallCenter,
            Entity::HuntGroup(_) => EntityKind::HuntGroup,
            Entity::User(_) => EntityKind::User,
        }
    }
}

static NOBODY: Identity = Identity {
    id: String::new(),
    name: String::new(),
    dn: None,
    extension: None,
    aliases: Vec::new(),
    department: None,
    time_zone: None,
    disabled: false,
    incomplete: false,
};

impl Group {
    /// Everything that can be called: auto attendants, call centres, hunt groups, users.
    pub fn entities(&self) -> impl Iterator<Item = Entity> + use<> {
        let attendants = (0..self.auto_attendants.len()).map(Entity::AutoAttendant);
        let centers = (0..self.call_centers.len()).map(Entity::CallCenter);
        let groups = (0..self.hunt_groups.len()).map(Entity::HuntGroup);
        attendants.chain(centers).chain(groups).chain((0..self.users.len()).map(Entity::User))
    }

    /// Name and numbers; those of nobody for an entity of another group.
    pub fn identity(&self, entity: Entity) -> &Identity {
        let found = match entity {
            Entity::AutoAttendant(at) => self.auto_attendants.get(at).map(|found| &found.identity),
            Entity::CallCenter(at) => self.call_centers.get(at).map(|found| &found.identity),
            Entity::HuntGroup(at) => self.hunt_groups.get(at).map(|found| &found.identity),
            Entity::User(at) => self.users.get(at).map(|found| &found.identity),
        };
        found.unwrap_or(&NOBODY)
    }

    /// Forwarding, voicemail and the like, which virtual users can have too.
    pub fn services(&self, entity: Entity) -> Option<&Services> {
        match entity {
            Entity::AutoAttendant(at) => self.auto_attendants.get(at).map(|found| &found.services),
            Entity::CallCenter(at) => self.call_centers.get(at).map(|found| &found.services),
            Entity::HuntGroup(at) => self.hunt_groups.get(at).map(|found| &found.services),
            Entity::User(at) => self.users.get(at).map(|found| &found.services),
        }
    }

    /// Members of a hunt group or agents of a call centre in hunting order; none for others.
    pub fn members(&self, entity: Entity) -> &[Member] {
        match entity {
            Entity::CallCenter(at) => self.call_centers.get(at).map_or(&[], |found| found.agents.as_slice()),
            Entity::HuntGroup(at) => self.hunt_groups.get(at).map_or(&[], |found| found.agents.as_slice()),
            Entity::AutoAttendant(_) | Entity::User(_) => &[],
        }
    }

    /// The pointer of its node: `/hunt-groups/hg1@example.com`; stable between snapshots.
    pub fn pointer(&self, entity: Entity) -> String {
        pointer::join(entity.kind().collection(), &self.identity(entity).id)
    }

    /// The entity of that node.
    pub fn entity_at(&self, pointer: &str) -> Option<Entity> {
        self.entities().find(|entity| self.pointer(*entity) == pointer)
    }

    /// The time zone that counts for an entity's schedules: its own, else the group's.
    pub fn zone_of(&self, entity: Entity) -> Option<&str> {
        self.identity(entity).time_zone.as_deref().or(self.time_zone.as_deref())
    }

    /// The schedule of that name. Names of time and holiday schedules may be alike; `holiday` says which is meant.
    pub fn schedule(&self, name: &str, holiday: bool) -> Option<&Schedule> {
        let named = || self.schedules.iter().filter(|schedule| schedule.name == name);
        named().find(|schedule| schedule.holiday == holiday).or_else(|| named().next())
    }
}
