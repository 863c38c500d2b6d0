//! The types of operations: names, titles, exits, and who reads their configuration.
//!
//! Source: the public operation guides (reference "N2FE", sections 2.5 and 2.6); what they leave open is decided in
//! `docs/n2fe.md`.

use super::config::{self as c, Config};
use super::fields::{ConfigFault, Fields};
use crate::graph::Object;

/// The exits of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exits {
    /// None: the operation ends the plan.
    None,
    /// These, by name.
    Fixed(&'static [&'static str]),
    /// One, two or three, told apart as the outcomes of a call attempt.
    Attempt,
    /// These, and as many as the author adds.
    Open(&'static [&'static str]),
}

impl Exits {
    /// How many there are at least.
    pub fn least(self) -> usize {
        match self {
            Exits::None => 0,
            Exits::Fixed(names) => names.len(),
            Exits::Attempt | Exits::Open(_) => 1,
        }
    }

    /// How many there are at most.
    pub fn most(self) -> usize {
        match self {
            Exits::None => 0,
            Exits::Fixed(names) => names.len(),
            Exits::Attempt => 3,
            Exits::Open(_) => super::MAX_EXITS,
        }
    }

    /// The name of an exit, when the operation has so many.
    pub fn name(self, index: usize, count: usize) -> Option<&'static str> {
        let names: &[&'static str] = match self {
            Exits::None => &[],
            Exits::Fixed(names) | Exits::Open(names) => names,
            Exits::Attempt => match count {
                0 | 1 => &["Busy/No Answer"],
                2 => &["Busy", "No Answer"],
                _ => &["Busy", "No Answer", "No Such Number"],
            },
        };
        names.get(index).copied().filter(|name| !name.is_empty())
    }
}

/// What a configuration says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Examined {
    /// What is wrong with it.
    pub faults: Vec<ConfigFault>,
    /// Words for a drawing.
    pub lines: Vec<String>,
    /// The number it is about.
    pub number: Option<String>,
    /// Words for exits, by index.
    pub exit_words: Vec<Option<String>>,
}

/// One type of operation.
#[derive(Clone, Copy, Debug)]
pub struct Type {
    /// `type` in documents: `AttemptTerminate`.
    pub name: &'static str,
    /// What editors call it: `Connect`.
    pub title: &'static str,
    /// Its exits.
    pub exits: Exits,
    /// The members of its configuration.
    pub members: &'static [&'static str],
    /// Reads a configuration of an operation with so many exits.
    pub examine: fn(&Object, usize) -> Examined,
    /// The caller must key something in, or passes are counted: a loop through it comes to an end.
    pub bounds_loops: bool,
}

fn examine<C: Config>(config: &Object, exits: usize) -> Examined {
    let mut fields = Fields::new(config, exits);
    let read = C::read(&mut fields);
    Examined {
        faults: fields.into_faults(),
        lines: read.lines(),
        number: read.number(),
        exit_words: (0..exits).map(|index| read.exit_word(index)).collect(),
    }
}

const fn new<C: Config>(name: &'static str, title: &'static str, exits: Exits) -> Type {
    Type { name, title, exits, members: C::MEMBERS, examine: examine::<C>, bounds_loops: false }
}

const fn bounded<C: Config>(name: &'static str, title: &'static str, exits: Exits) -> Type {
    Type { bounds_loops: true, ..new::<C>(name, title, exits) }
}

const ALLOWED: Exits = Exits::Fixed(&["Allowed", "Not Allowed"]);
const DIALLED: Exits = Exits::Fixed(&["Busy/No Answer", "Insufficient Digits", "No Match"]);
const FOUND: Exits = Exits::Fixed(&["Match", "No Match", "Error"]);
const DEFAULT: Exits = Exits::Open(&["Default"]);

/// All types, ordered by name.
pub const TYPES: &[Type] = &[
    bounded::<c::Entry>("AccountCodeEntry", "Account Code Entry", ALLOWED),
    new::<c::AdjustLoopCounter>("AdjustLoopCounter", "Increment Counter", Exits::Fixed(&[""])),
    new::<c::AttemptTerminate>("AttemptTerminate", "Connect", Exits::Attempt),
    bounded::<c::BreakoutDialing>("BreakoutDialing", "Breakout Dialing", DIALLED),
    new::<c::BusinessHours>("BusinessHours", "Business Hours", Exits::Open(&[])),
    new::<c::CallerLocation>("CallerLocation", "Location Routing", DEFAULT),
    new::<c::PrefixRules>("CallingParty", "Calling Party", DEFAULT),
    new::<c::CallingPartyCategory>("CallingPartyCategory", "Caller Type", DEFAULT),
    new::<c::Nothing>(
        "CallingPresentation",
        "Calling Presentation",
        Exits::Fixed(&["Not Restricted", "Restricted"]),
    ),
    new::<c::CellsiteRouting>("CellsiteRouting", "Cellsite Routing", Exits::Open(&["No match found"])),
    new::<c::DayOfWeek>("DayOfWeek", "Day of Week", Exits::Open(&[])),
    new::<c::DayOfYear>("DayOfYear", "Day of Year", Exits::Open(&[])),
    new::<c::PrefixRules>("DialledNumber", "Dialled Number", DEFAULT),
    bounded::<c::ExtensionDialing>("ExtensionDialing", "Extension Dialing", DIALLED),
    new::<c::FirstCallers>("FirstCallers", "First Callers", Exits::Fixed(&["Within Limit", "Above Limit"])),
    new::<c::FollowMe>("FollowMe", "Follow Me", Exits::Fixed(&["Busy/No Answer", "Not Provisioned"])),
    new::<c::TeleVote>("IncrementTeleVoteStatistic", "Increment Tele-Vote Statistic", Exits::Fixed(&[""])),
    new::<c::Nothing>("Link", "Link", Exits::Fixed(&[""])),
    new::<c::Nothing>("LookupDialing", "Lookup Dialing", Exits::Fixed(&["Busy/No Answer", "Not Found"])),
    bounded::<c::LoopCounterBranching>(
        "LoopCounterBranching",
        "Branch Counter",
        Exits::Fixed(&["Below Limit", "Limit Reached"]),
    ),
    bounded::<c::LoopLimit>("LoopLimit", "Loop Limit", Exits::Fixed(&["Below Limit", "Limit Reached"])),
    bounded::<c::Menu>("Menu", "Menu", Exits::Open(&c::MENU_KEYS)),
    new::<c::NumberMatching>(
        "NumberMatching",
        "Number Matching",
        Exits::Fixed(&["Found", "Not Found", "Undefined"]),
    ),
    bounded::<c::Entry>("PinAuthorisation", "PIN Authorisation", ALLOWED),
    new::<c::PlayAnnouncement>("PlayAnnouncement", "Play Announcement", Exits::Fixed(&["Caller On-Line"])),
    new::<c::ProportionalDistribution>(
        "ProportionalDistribution",
        "Proportional Distribution",
        Exits::Open(&[]),
    ),
    new::<c::ReleaseCall>("ReleaseCall", "End Call", Exits::None),
    new::<c::ReterminateService>("ReterminateService", "Reterminate Service", Exits::None),
    bounded::<c::SpeedDial>("SpeedDial", "Speed Dial", DIALLED),
    new::<c::Nothing>("Start", "Start", Exits::Fixed(&[""])),
    new::<c::SuburbRouting>("SuburbRouting", "Suburb Routing", FOUND),
    new::<c::Switch>("Switch", "Switch", Exits::Open(&[])),
    new::<c::TableLookup>("TableLookup", "Table Lookup", FOUND),
    new::<c::TimeOfDay>("TimeOfDay", "Time of Day", Exits::Open(&[])),
    bounded::<c::UserInput>("UserInput", "User Input", Exits::Fixed(&["Collected", "Not Collected"])),
];

/// Other names of types: N2ACD's for the same operation.
const ALIASES: [(&str, &str); 1] = [("CallerPresentation", "CallingPresentation")];

/// The type with this name; the case counts.
pub fn find(name: &str) -> Option<&'static Type> {
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, known)| known);
    TYPES.binary_search_by(|one| one.name.cmp(name)).ok().and_then(|place| TYPES.get(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_ordered_and_found() {
        assert!(TYPES.windows(2).all(|pair| pair[0].name < pair[1].name));
        for one in TYPES {
            assert_eq!(find(one.name).map(|found| found.title), Some(one.title));
            assert!(one.exits.least() <= one.exits.most());
        }
        assert_eq!(find("CallerPresentation").map(|found| found.name), Some("CallingPresentation"));
        assert!(find("menu").is_none() && find("").is_none());
    }

    #[test]
    fn exits_have_the_names_of_the_guides() {
        let name = |kind: &str, index, count| find(kind).unwrap().exits.name(index, count);
        assert_eq!(name("AttemptTerminate", 0, 1), Some("Busy/No Answer"));
        assert_eq!(name("AttemptTerminate", 1, 2), Some("No Answer"));
        assert_eq!(name("AttemptTerminate", 2, 3), Some("No Such Number"));
        assert_eq!(name("Menu", 13, 14), Some("None"));
        assert_eq!(name("Switch", 0, 1), None);
    }
}
