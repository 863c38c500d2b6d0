//! A conference document (reference section 6): finding it, its PINs, and what it says about a caller's part in it.
//!
//! Not here: asking the caller (`modules::conference`).

use std::sync::Arc;

use serde_json::Value;

use crate::command::View;
use crate::cx::Cx;
use crate::lenient::{self, Read};
use crate::media::Media;
use crate::media_path;

use super::{Participation, controls, room_of};

/// What a caller is in a conference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// An ordinary member.
    Member,
    /// A moderator.
    Moderator,
}

/// The tone of a conference that names none, when somebody comes: two rising.
pub(crate) const ENTRY_TONE: &str = "%(150,30,520);%(150,0,660)";
/// And when somebody goes: two falling.
pub(crate) const EXIT_TONE: &str = "%(150,30,660);%(150,0,520)";
/// What one who is muted, or speaks again, hears when the conference names nothing.
const MUTED_TONE: &str = "%(150,0,350)";
const UNMUTED_TONE: &str = "%(150,0,700)";

/// A conference: what its document says, overlaid by what the node says.
#[derive(Clone, Debug)]
pub(crate) struct Conference {
    pub(crate) id: String,
    body: Value,
}

impl Conference {
    /// A conference by its document's id. `None` when there is no such document.
    pub(crate) async fn by_id(cx: &Cx, id: &str, config: Option<&Value>) -> Option<Conference> {
        let document = cx.document(id).await?;
        Some(Conference { id: id.to_owned(), body: overlaid(&document, config) })
    }

    /// The conference that has this number.
    pub(crate) async fn by_number(cx: &Cx, number: &str, config: Option<&Value>) -> Option<Conference> {
        let all: Vec<Arc<Value>> = cx.list(View::OfType { kind: "conference".to_owned() }).await;
        let has = |document: &Value| {
            [&["conference_numbers"][..], &["member", "numbers"], &["moderator", "numbers"]]
                .iter()
                .any(|path| contains(document, path, number))
        };
        let found = all.into_iter().find(|document| has(document))?;
        let id = found.text_at(&["id"])?;
        Some(Conference { id, body: overlaid(&found, config) })
    }

    /// A conference that is no document: what a node says is all there is.
    pub(crate) fn ad_hoc(id: String, config: &Value) -> Conference {
        Conference { id, body: config.clone() }
    }

    /// The role a number stands for, when it is in only one of the two lists.
    pub(crate) fn role_of_number(&self, number: &str) -> Option<Role> {
        let member = contains(&self.body, &["member", "numbers"], number);
        let moderator = contains(&self.body, &["moderator", "numbers"], number);
        match (member, moderator) {
            (true, false) => Some(Role::Member),
            (false, true) => Some(Role::Moderator),
            _ => None,
        }
    }

    /// Whether somebody with this role, if it is known, has to enter a PIN.
    pub(crate) fn asks_for_pin(&self, role: Option<Role>) -> bool {
        let has = |role: Role| !self.pins(role).is_empty();
        match role {
            Some(role) => has(role),
            None => has(Role::Member) || has(Role::Moderator),
        }
    }

    /// The role a PIN gives somebody with this role, if it is known; a member's PIN goes before a moderator's. Where only
    /// moderators have PINs, those who enter nothing are members.
    pub(crate) fn role_of_pin(&self, role: Option<Role>, pin: &str) -> Option<Role> {
        let fits = |wanted: Role| {
            let pins = self.pins(wanted);
            let needs_none = wanted == Role::Member && pins.is_empty() && pin.is_empty();
            role.is_none_or(|role| role == wanted) && (needs_none || pins.iter().any(|known| known == pin))
        };
        [Role::Member, Role::Moderator].into_iter().find(|role| fits(*role))
    }

    fn pins(&self, role: Role) -> Vec<String> {
        list(&self.body, &[role_name(role), "pins"])
    }

    /// `pin_timeout` in milliseconds.
    pub(crate) fn pin_timeout_ms(&self) -> Option<u64> {
        self.body.int_at(&["pin_timeout"]).and_then(|ms| u64::try_from(ms).ok())
    }

    /// The language of prompts.
    pub(crate) fn language(&self) -> Option<String> {
        self.body.text_at(&["language"]).map(|language| language.to_ascii_lowercase())
    }

    /// Whether callers are welcomed; `None` when it does not say.
    pub(crate) fn plays_welcome(&self) -> Option<bool> {
        self.body.at(&["play_welcome"]).map(lenient::is_true)
    }

    /// Whether callers say their name, which is announced.
    pub(crate) fn plays_name(&self) -> bool {
        self.body.is_true_at(&["play_name"], false)
    }

    /// What one hears who is not let in.
    pub(crate) fn full(&self, cx: &Cx) -> Media {
        self.body
            .text_at(&["max_members_media"])
            .or_else(|| self.profile("max-members-sound"))
            .and_then(|path| media_path::item(cx, &path))
            .unwrap_or_else(|| cx.prompt_item("conf-max_participants"))
    }

    /// How somebody with this role takes part. `entry` and `exit` are the node's own tones.
    pub(crate) async fn participation(
        &self,
        cx: &Cx,
        role: Role,
        entry: Option<&Value>,
        exit: Option<&Value>,
    ) -> Participation {
        let name = role_name(role);
        let moderator = role == Role::Moderator;
        let sound = |key: &str, tone: &str| {
            let own = self.profile(key).and_then(|path| media_path::item(cx, &path));
            own.or_else(|| Some(Media::Tone { spec: tone.to_owned() }))
        };
        let most = [self.body.int_at(&["max_participants"]), self.body.int_at(&["profile", "max-members"])];
        let most = most.into_iter().flatten().filter(|most| *most > 0).min();
        let needs_moderator = self.body.is_true_at(&["require_moderator"], false);
        let music = self.profile("moh-sound");
        Participation {
            room: room_of(&self.id),
            conference_id: self.id.clone(),
            moderator,
            muted: self.body.is_true_at(&[name, "join_muted"], false),
            deaf: self.body.is_true_at(&[name, "join_deaf"], false),
            essential: false,
            at_most: most.map(|most| u32::try_from(most).unwrap_or(u32::MAX)),
            waits_for_moderator: needs_moderator || self.body.is_true_at(&["wait_for_moderator"], false),
            waits_once: false,
            needs_moderator: needs_moderator && !moderator,
            entry: self.tone(cx, entry, "play_entry_tone", "enter-sound", ENTRY_TONE),
            exit: self.tone(cx, exit, "play_exit_tone", "exit-sound", EXIT_TONE),
            alone: self.profile("alone-sound").and_then(|path| media_path::item(cx, &path)),
            music: Some(media_path::music_on_hold(cx, music.as_deref()).await),
            until: None,
            muted_sound: sound("muted-sound", MUTED_TONE),
            unmuted_sound: sound("unmuted-sound", UNMUTED_TONE),
            controls: controls::of(cx, &self.body, moderator),
            name: None,
        }
    }

    /// The node's word, else the document's, else the profile's; `true` is the usual tone, `false` none.
    fn tone(&self, cx: &Cx, node: Option<&Value>, member: &str, of_profile: &str, usual: &str) -> Vec<Media> {
        let usual = || {
            let own = self.profile(of_profile).and_then(|path| media_path::item(cx, &path));
            own.unwrap_or_else(|| Media::Tone { spec: usual.to_owned() })
        };
        let word = node.filter(|word| !word.is_null()).or_else(|| self.body.at(&[member]));
        let item = match word {
            None => Some(usual()),
            Some(word) if lenient::is_true(word) => Some(usual()),
            Some(word) if lenient::is_false(word) => None,
            Some(word) => word.as_str().and_then(|path| media_path::item(cx, path)),
        };
        item.into_iter().collect()
    }

    fn profile(&self, member: &str) -> Option<String> {
        self.body.text_at(&["profile", member])
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Member => "member",
        Role::Moderator => "moderator",
    }
}

fn list(document: &Value, path: &[&str]) -> Vec<String> {
    match document.at(path) {
        Some(Value::Array(items)) => items.iter().filter_map(lenient::as_text).collect(),
        _ => Vec::new(),
    }
}

fn contains(document: &Value, path: &[&str], number: &str) -> bool {
    list(document, path).iter().any(|other| other == number)
}

/// The document with the node's members in place of its own, objects within objects included.
fn overlaid(document: &Value, config: Option<&Value>) -> Value {
    let mut body = document.clone();
    if let Some(config) = config {
        lay_over(&mut body, config);
    }
    body
}

fn lay_over(below: &mut Value, above: &Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (name, value) in above {
                lay_over(below.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (below, above) => *below = above.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn conference(body: Value) -> Conference {
        Conference::ad_hoc("c".to_owned(), &body)
    }

    #[test]
    fn a_member_s_pin_goes_before_a_moderator_s() {
        let both = conference(json!({"member": {"pins": ["1", "2"]}, "moderator": {"pins": ["2", "3"]}}));
        assert!(both.asks_for_pin(None));
        assert_eq!(both.role_of_pin(None, "2"), Some(Role::Member));
        assert_eq!(both.role_of_pin(None, "3"), Some(Role::Moderator));
        assert_eq!(both.role_of_pin(Some(Role::Moderator), "2"), Some(Role::Moderator));
        assert_eq!(both.role_of_pin(Some(Role::Moderator), "1"), None);
        assert_eq!(both.role_of_pin(None, ""), None);
    }

    #[test]
    fn nobody_is_a_moderator_by_entering_nothing() {
        assert_eq!(conference(json!({"member": {"pins": ["3"]}})).role_of_pin(None, ""), None);
    }

    #[test]
    fn who_needs_no_pin_enters_nothing() {
        let moderated = conference(json!({"moderator": {"pins": ["3"]}}));
        assert!(moderated.asks_for_pin(None) && !moderated.asks_for_pin(Some(Role::Member)));
        assert_eq!(moderated.role_of_pin(None, ""), Some(Role::Member));
        assert_eq!(moderated.role_of_pin(None, "9"), None);
        assert!(!conference(json!({})).asks_for_pin(None));
    }

    #[test]
    fn a_number_of_one_list_only_gives_the_role() {
        let numbers = conference(
            json!({"member": {"numbers": ["100", "102"]}, "moderator": {"numbers": [101, "102"]}}),
        );
        assert_eq!(numbers.role_of_number("100"), Some(Role::Member));
        assert_eq!(numbers.role_of_number("101"), Some(Role::Moderator));
        assert_eq!(numbers.role_of_number("102"), None);
        assert_eq!(numbers.role_of_number("7"), None);
    }

    #[test]
    fn a_node_s_members_are_laid_over_the_document_s() {
        let document = json!({"name": "Board", "member": {"pins": ["1"], "join_deaf": true}});
        let laid = overlaid(&document, Some(&json!({"member": {"pins": ["2"]}, "play_name": true})));
        assert_eq!(
            laid,
            json!({"name": "Board", "member": {"pins": ["2"], "join_deaf": true}, "play_name": true})
        );
    }
}
