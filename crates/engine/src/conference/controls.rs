//! Keys in a conference (reference section 3.8, `caller_controls`): what each does.
//!
//! A conference document may name a group of `controls`, a list of `{"action", "digits"}`, with the words of the switch
//! under Kazoo. Without one the keys are that switch's own. Not here: doing it (`conference`).

use serde_json::Value;

use crate::cx::Cx;
use crate::lenient::Read;

/// Controls a group may have; further ones are passed over.
const CONTROLS_MAX: usize = 100;

/// Keys and what they do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Control {
    pub(crate) keys: String,
    pub(crate) deed: Deed,
}

/// What keys can do. `None` changes to the other state, or back to the normal level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Are the others to hear the caller?
    Mute(Option<bool>),
    /// Is the caller to hear the others?
    Deaf(Option<bool>),
    /// Neither, or both again.
    DeafAndMute,
    /// Louder, softer or as usual, of what the caller hears or else says.
    Level { heard: bool, change: Option<i8> },
    /// The caller leaves.
    Leave,
}

/// What the keys pressed so far come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pressed {
    /// This.
    Does(Deed),
    /// More keys may follow.
    Begins,
    /// Nothing.
    Nothing,
}

/// The usual keys: `0` mute, `*` mute and deaf, `1` `2` `3` what the caller says softer, as usual, louder, `4` `5` `6` what they
/// hear, `#` leave.
const USUAL: [(&str, Deed); 9] = [
    ("0", Deed::Mute(None)),
    ("*", Deed::DeafAndMute),
    ("1", Deed::Level { heard: false, change: Some(-1) }),
    ("2", Deed::Level { heard: false, change: None }),
    ("3", Deed::Level { heard: false, change: Some(1) }),
    ("4", Deed::Level { heard: true, change: Some(-1) }),
    ("5", Deed::Level { heard: true, change: None }),
    ("6", Deed::Level { heard: true, change: Some(1) }),
    ("#", Deed::Leave),
];

/// The usual keys.
pub(crate) fn usual() -> Vec<Control> {
    USUAL.iter().map(|(keys, deed)| Control { keys: (*keys).to_owned(), deed: *deed }).collect()
}

/// The keys of the group that the conference names for this role, or the usual ones. What nothing here can do is noted.
pub(crate) fn of(cx: &Cx, conference: &Value, moderator: bool) -> Vec<Control> {
    let (own, of_profile) = match moderator {
        true => ("moderator_controls", "moderator-controls"),
        false => ("caller_controls", "caller-controls"),
    };
    let named = conference.text_at(&[own]).or_else(|| conference.text_at(&["profile", of_profile]));
    let group = named.as_deref().and_then(|name| conference.at(&["controls", name]));
    let Some(Value::Array(group)) = group else { return usual() };
    let mut controls = Vec::new();
    for entry in group.iter().take(CONTROLS_MAX) {
        let (action, keys) = (entry.text_at(&["action"]), entry.text_at(&["digits"]));
        let (Some(action), Some(keys)) = (action, keys) else { continue };
        match deed_of(&action) {
            Some(deed) => controls.push(Control { keys, deed }),
            None => cx.note("EN2038", format!("keys in a conference cannot `{action}`")),
        }
    }
    controls
}

fn deed_of(action: &str) -> Option<Deed> {
    let words: Vec<&str> = action.split_whitespace().collect();
    let level = |heard, change: &str| {
        let change = match change {
            "up" => Some(1),
            "dn" | "down" => Some(-1),
            "zero" => None,
            _ => return None,
        };
        Some(Deed::Level { heard, change })
    };
    match words.as_slice() {
        ["mute"] => Some(Deed::Mute(None)),
        ["mute", "on"] => Some(Deed::Mute(Some(true))),
        ["mute", "off"] => Some(Deed::Mute(Some(false))),
        ["deaf"] => Some(Deed::Deaf(None)),
        ["deaf", "on"] => Some(Deed::Deaf(Some(true))),
        ["deaf", "off"] => Some(Deed::Deaf(Some(false))),
        ["deaf", "mute"] => Some(Deed::DeafAndMute),
        ["vol", "talk", change] => level(false, change),
        ["vol", "listen", change] => level(true, change),
        ["hangup"] => Some(Deed::Leave),
        _ => None,
    }
}

/// What the keys pressed so far come to. A whole control goes before the beginning of a longer one.
pub(crate) fn pressed(controls: &[Control], keys: &str) -> Pressed {
    if let Some(control) = controls.iter().find(|control| control.keys == keys) {
        return Pressed::Does(control.deed);
    }
    match controls.iter().any(|control| control.keys.starts_with(keys)) {
        true => Pressed::Begins,
        false => Pressed::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_do_what_their_control_says() {
        assert_eq!(pressed(&usual(), "0"), Pressed::Does(Deed::Mute(None)));
        assert_eq!(pressed(&usual(), "9"), Pressed::Nothing);
        let long = [Control { keys: "*1".to_owned(), deed: Deed::Leave }];
        assert_eq!(pressed(&long, "*"), Pressed::Begins);
        assert_eq!(pressed(&long, "*1"), Pressed::Does(Deed::Leave));
        assert_eq!(pressed(&long, "*2"), Pressed::Nothing);
    }

    #[test]
    fn words_of_the_switch_are_known() {
        assert_eq!(deed_of("vol talk zero"), Some(Deed::Level { heard: false, change: None }));
        assert_eq!(deed_of("vol listen dn"), Some(Deed::Level { heard: true, change: Some(-1) }));
        assert_eq!(deed_of("deaf mute"), Some(Deed::DeafAndMute));
        assert_eq!(deed_of("mute off"), Some(Deed::Mute(Some(false))));
        assert_eq!(deed_of("energy up"), None);
    }
}
