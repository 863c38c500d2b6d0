//! How the kinds of nodes look that are no Kazoo module: what a BroadWorks group is made of, and the operations of
//! control plans.
//!
//! Not here: their words, which the readers of those languages give ([`flow::graph::Words`]).

use super::{Group, Icon, look};

/// The look of a kind; there is one for any name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KindLook {
    /// Words for when the node has none.
    pub(crate) caption: Option<&'static str>,
    pub(crate) group: Group,
    pub(crate) icon: Icon,
}

/// The look of a node's kind: by its name, else by a word in its name, else that of a setting.
pub(crate) fn look_of_kind(kind: &str) -> KindLook {
    let found = TABLE.iter().find(|(name, ..)| *name == kind);
    if let Some((_, caption, group, icon)) = found {
        return KindLook { caption: Some(caption), group: *group, icon: *icon };
    }
    if let Some(module) = look(kind) {
        return KindLook { caption: Some(module.caption), group: module.group, icon: module.icon };
    }
    let lower = kind.to_ascii_lowercase();
    let (group, icon) = WORDS
        .iter()
        .find(|(word, ..)| lower.contains(word))
        .map_or((Group::Feature, Icon::Switch), |(_, group, icon)| (*group, *icon));
    KindLook { caption: None, group, icon }
}

/// Kinds by name.
static TABLE: [(&str, &str, Group, Icon); 24] = [
    ("announcement", "Announcement", Group::Media, Icon::Speaker),
    ("auto_attendant", "Auto attendant", Group::Menu, Icon::Keypad),
    ("submenu", "Submenu", Group::Menu, Icon::Keypad),
    ("extension_dialing", "Dial an extension", Group::Menu, Icon::Keypad),
    ("name_dialing", "Dial by name", Group::Menu, Icon::Keypad),
    ("hunt_group", "Hunt group", Group::Ring, Icon::People),
    ("user", "User", Group::Ring, Icon::Bell),
    ("external", "Outside number", Group::Ring, Icon::Jump),
    ("call_center", "Call centre", Group::Service, Icon::People),
    ("call_centre", "Call centre", Group::Service, Icon::People),
    ("route_point", "Route point", Group::Service, Icon::People),
    ("schedule", "Schedule", Group::Route, Icon::Clock),
    ("service", "Service", Group::Feature, Icon::Switch),
    ("missing", "Not found", Group::Unknown, Icon::Question),
    ("unknown", "Not known", Group::Unknown, Icon::Question),
    ("busy", "Busy tone", Group::End, Icon::Stop),
    ("end", "End of call", Group::End, Icon::Stop),
    // Operations of control plans whose names would mislead the words below.
    ("Menu", "Menu", Group::Menu, Icon::Keypad),
    ("AttemptTerminate", "Connect", Group::Ring, Icon::Bell),
    ("ReleaseCall", "End call", Group::End, Icon::Stop),
    ("Switch", "Switch", Group::Route, Icon::Fork),
    ("SuburbRouting", "By suburb", Group::Route, Icon::Fork),
    ("LoopLimit", "Limit of rounds", Group::Route, Icon::Fork),
    ("FirstCallers", "First callers", Group::Route, Icon::Fork),
];

/// Words in names that tell the look; the first one found counts.
static WORDS: [(&str, Group, Icon); 28] = [
    ("voicemail", Group::Voicemail, Icon::Tape),
    ("mailbox", Group::Voicemail, Icon::Tape),
    ("announce", Group::Media, Icon::Speaker),
    ("record", Group::Media, Icon::Record),
    ("menu", Group::Menu, Icon::Keypad),
    ("input", Group::Menu, Icon::Keypad),
    ("entry", Group::Menu, Icon::Keypad),
    ("authoris", Group::Menu, Icon::Keypad),
    ("terminate", Group::Ring, Icon::Jump),
    ("dialing", Group::Ring, Icon::Jump),
    ("dialling", Group::Ring, Icon::Jump),
    ("speeddial", Group::Ring, Icon::Jump),
    ("followme", Group::Ring, Icon::Bell),
    ("hunt", Group::Ring, Icon::People),
    ("ring", Group::Ring, Icon::Bell),
    ("queue", Group::Service, Icon::People),
    ("center", Group::Service, Icon::People),
    ("hours", Group::Route, Icon::Clock),
    ("day", Group::Route, Icon::Clock),
    ("time", Group::Route, Icon::Clock),
    ("schedule", Group::Route, Icon::Clock),
    ("routing", Group::Route, Icon::Fork),
    ("branch", Group::Route, Icon::Fork),
    ("match", Group::Route, Icon::Fork),
    ("distribution", Group::Route, Icon::Fork),
    ("lookup", Group::Route, Icon::Fork),
    ("caller", Group::Route, Icon::Fork),
    ("calling", Group::Route, Icon::Fork),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_looks_like_what_it_does() {
        let group = |kind: &str| look_of_kind(kind).group;
        assert_eq!(look_of_kind("hunt_group").caption, Some("Hunt group"));
        assert_eq!(
            look_of_kind("voicemail").caption,
            Some("Voicemail"),
            "a Kazoo module's look where there is one"
        );
        assert_eq!(group("BusinessHours"), Group::Route);
        assert_eq!(group("PlayAnnouncement"), Group::Media);
        assert_eq!(group("PinAuthorisation"), Group::Menu);
        assert_eq!(group("BreakoutDialing"), Group::Ring);
        assert_eq!(group("ReleaseCall"), Group::End);
        assert_eq!(group("ProportionalDistribution"), Group::Route);
        assert_eq!(
            look_of_kind("AdjustLoopCounter"),
            KindLook { caption: None, group: Group::Feature, icon: Icon::Switch }
        );
    }
}
