//! What the keys of the voicemail menus mean: Kazoo's stock keys, or those an account chooses by name in the object
//! `voicemail` of its document `configs_keys` (reference section 7.5, "Keys").
//!
//! Not here: the menus themselves.

use serde_json::Value;

use crate::cx::Cx;
use crate::lenient::Read;

/// The document in which an account replaces keys: `{"voicemail": {"operator": "9"}}`.
const KEYS: &str = "configs_keys";

/// A menu, with its own keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Menu {
    /// During the greeting, before a message is left.
    Compose,
    /// After a recording.
    Review,
    /// The main menu of a box.
    Main,
    /// The settings of a box.
    Settings,
    /// A message.
    Message,
}

/// What a key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// To the operator.
    Operator,
    /// The owner logs in.
    Login,
    /// Leave voicemail without a message.
    GoOn,
    /// Keep the recording.
    Save,
    /// Hear the recording.
    Listen,
    /// Record again.
    Record,
    /// New messages.
    HearNew,
    /// Saved messages.
    HearSaved,
    /// Settings.
    Configure,
    /// Leave the main menu.
    Exit,
    /// Record the greeting.
    RecordUnavailable,
    /// Record the name.
    RecordName,
    /// Change the PIN.
    SetPin,
    /// Record a greeting for the time being.
    RecordTemporary,
    /// Remove it.
    DeleteTemporary,
    /// Only announce, or take messages again.
    ToggleAnnouncement,
    /// Back to the main menu.
    ReturnMain,
    /// Save the message.
    Keep,
    /// Hear it again.
    Replay,
    /// Copy it to another box.
    Forward,
    /// The one before.
    Previous,
    /// Some seconds back.
    Rewind,
    /// The one after.
    Next,
    /// Delete it.
    Delete,
    /// Some seconds on.
    FastForward,
    /// Call who left it.
    CallBack,
}

/// Menu, name in `configs_keys` (empty: cannot be replaced), stock key (empty: none), meaning.
const STOCK: &[(Menu, &str, &str, Choice)] = &[
    (Menu::Compose, "operator", "0", Choice::Operator),
    (Menu::Compose, "login", "*", Choice::Login),
    (Menu::Compose, "continue", "", Choice::GoOn),
    (Menu::Review, "save", "1", Choice::Save),
    (Menu::Review, "listen", "2", Choice::Listen),
    (Menu::Review, "record", "3", Choice::Record),
    (Menu::Review, "operator", "0", Choice::Operator),
    (Menu::Main, "hear_new", "1", Choice::HearNew),
    (Menu::Main, "hear_saved", "2", Choice::HearSaved),
    (Menu::Main, "configure", "5", Choice::Configure),
    (Menu::Main, "exit", "#", Choice::Exit),
    (Menu::Settings, "record_unavailable", "1", Choice::RecordUnavailable),
    (Menu::Settings, "record_name", "2", Choice::RecordName),
    (Menu::Settings, "set_pin", "3", Choice::SetPin),
    (Menu::Settings, "", "4", Choice::RecordTemporary),
    (Menu::Settings, "", "5", Choice::DeleteTemporary),
    (Menu::Settings, "", "6", Choice::ToggleAnnouncement),
    (Menu::Settings, "return_main_menu", "0", Choice::ReturnMain),
    (Menu::Message, "keep", "1", Choice::Keep),
    (Menu::Message, "replay", "2", Choice::Replay),
    (Menu::Message, "", "3", Choice::Forward),
    (Menu::Message, "prev", "4", Choice::Previous),
    (Menu::Message, "rewind", "5", Choice::Rewind),
    (Menu::Message, "next", "6", Choice::Next),
    (Menu::Message, "delete", "7", Choice::Delete),
    (Menu::Message, "fastforward", "8", Choice::FastForward),
    (Menu::Message, "", "9", Choice::CallBack),
    (Menu::Message, "return_main_menu", "0", Choice::ReturnMain),
];

/// The keys of an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    own: Option<std::sync::Arc<Value>>,
}

impl Keys {
    /// Those of the account of this call.
    pub(crate) async fn read(cx: &Cx) -> Keys {
        Keys { own: cx.document(KEYS).await }
    }

    /// What a key means in a menu. A key that the account has chosen goes before a stock key that is the same.
    pub(crate) fn choice(&self, menu: Menu, pressed: &str) -> Option<Choice> {
        if pressed.is_empty() {
            return None;
        }
        let of_menu = || STOCK.iter().filter(|(of, ..)| *of == menu);
        let own = of_menu().find(|(_, name, ..)| self.own(name).as_deref() == Some(pressed));
        let stock = || of_menu().find(|(_, name, key, _)| *key == pressed && self.own(name).is_none());
        own.or_else(stock).map(|(.., choice)| *choice)
    }

    fn own(&self, name: &str) -> Option<String> {
        let own = self.own.as_ref().filter(|_| !name.is_empty())?;
        own.text_at(&["voicemail", name])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_account_replaces_keys_by_name() {
        let own = json!({"voicemail": {"keep": "7", "delete": "1", "operator": 9, "continue": "#"}});
        let keys = Keys { own: Some(std::sync::Arc::new(own)) };
        assert_eq!(keys.choice(Menu::Message, "7"), Some(Choice::Keep));
        assert_eq!(keys.choice(Menu::Message, "1"), Some(Choice::Delete));
        assert_eq!(keys.choice(Menu::Compose, "9"), Some(Choice::Operator));
        assert_eq!(keys.choice(Menu::Compose, "0"), None);
        assert_eq!(keys.choice(Menu::Compose, "#"), Some(Choice::GoOn));
        assert_eq!(Keys::default().choice(Menu::Compose, "#"), None);
        assert_eq!(Keys::default().choice(Menu::Main, ""), None);
    }
}
