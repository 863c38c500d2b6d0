//! Auto attendants: menus, keys and what they do.

use serde::Serialize;

use super::{Identity, Services};
use crate::broadworks::schedule::ScheduleUse;

/// An auto attendant.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AutoAttendant {
    /// Name and numbers.
    #[serde(flatten)]
    pub identity: Identity,
    /// `Basic` (business and after hours) or `Standard` (holidays and submenus too); empty when not told.
    pub level: String,
    /// All menus: business hours, after hours, holiday (those that are set), then submenus.
    pub menus: Vec<Menu>,
    /// When the business-hours menu is played.
    pub business_hours: ScheduleUse,
    /// When the holiday menu is played.
    pub holidays: ScheduleUse,
    /// Who can be dialled by extension: `Enterprise`, `Group`, `Department`.
    pub extension_scope: Option<String>,
    /// Who can be dialled by name.
    pub name_scope: Option<String>,
    /// How long the caller may think before the first key, in seconds.
    pub first_digit_timeout_s: Option<u32>,
    /// Services of the virtual user.
    pub services: Services,
}

impl AutoAttendant {
    /// The place of a menu among [`AutoAttendant::menus`].
    pub fn menu_at(&self, kind: &MenuKind) -> Option<usize> {
        self.menus.iter().position(|menu| menu.kind == *kind)
    }

    /// Whether holidays and submenus exist at all: not with level `Basic`.
    pub fn is_basic(&self) -> bool {
        self.level == "Basic"
    }
}

/// Which menu of an attendant.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MenuKind {
    /// Played in business hours, and whenever another one is not set.
    #[default]
    BusinessHours,
    /// Played outside business hours.
    AfterHours,
    /// Played on holidays.
    Holiday,
    /// Entered by a key; with its id.
    Submenu(String),
}

impl MenuKind {
    /// The attendant's exit to it, empty for a submenu: `business_hours`.
    pub fn code(&self) -> &'static str {
        match self {
            MenuKind::BusinessHours => "business_hours",
            MenuKind::AfterHours => "after_hours",
            MenuKind::Holiday => "holiday",
            MenuKind::Submenu(_) => "",
        }
    }

    /// In words: `Business hours`, or the submenu's id.
    pub fn title(&self) -> &str {
        match self {
            MenuKind::BusinessHours => "Business hours",
            MenuKind::AfterHours => "After hours",
            MenuKind::Holiday => "Holiday",
            MenuKind::Submenu(id) => id,
        }
    }
}

/// A menu.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Menu {
    /// Which one.
    pub kind: MenuKind,
    /// Whether its keys are known.
    pub state: MenuState,
    /// `Default` or `Personal` greeting.
    pub announcement: Option<String>,
    /// Callers may dial an extension at once, without a key.
    pub extension_dialing: bool,
    /// In the server's order.
    pub keys: Vec<Key>,
}

/// Whether a menu could be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MenuState {
    /// Its keys are known.
    #[default]
    Read,
    /// The server does not tell, or failed to.
    NotAvailable,
    /// A key leads to it, and the server's list of submenus lacks it.
    Missing,
}

/// One key of a menu.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Key {
    /// `0` to `9`, `*`, `#`.
    pub key: String,
    /// What it does.
    pub action: KeyAction,
    /// The administrator's words for it.
    pub description: Option<String>,
    /// Where it leads, as stored.
    pub number: Option<String>,
    /// Which submenu it leads to.
    pub submenu: Option<String>,
    /// What it plays.
    pub audio: Option<String>,
}

/// What a key does (reference section 2.5: the whole list of BroadWorks).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyAction {
    /// Says so, and transfers to [`Key::number`].
    TransferWithPrompt,
    /// Transfers to [`Key::number`].
    TransferWithoutPrompt,
    /// Transfers to the operator at [`Key::number`].
    TransferToOperator,
    /// The caller spells a name.
    NameDialing,
    /// The caller dials an extension.
    ExtensionDialing,
    /// Plays the menu again.
    RepeatMenu,
    /// Hangs up.
    Exit,
    /// To the mailbox of [`Key::number`].
    TransferToMailbox,
    /// To [`Key::submenu`].
    TransferToSubmenu,
    /// Back to the menu from which the submenu was entered.
    ReturnToPreviousMenu,
    /// Plays an announcement, then the menu again.
    PlayAnnouncement,
    /// None of those, as written.
    Other(String),
    /// The server told no action.
    #[default]
    Unset,
}

impl KeyAction {
    /// Reads BroadWorks' name of an action; case and spaces do not matter.
    pub fn read(name: &str) -> Self {
        let plain: String = name.chars().filter(char::is_ascii_alphabetic).collect();
        match plain.to_ascii_lowercase().as_str() {
            "" => KeyAction::Unset,
            "transferwithprompt" => KeyAction::TransferWithPrompt,
            "transferwithoutprompt" => KeyAction::TransferWithoutPrompt,
            "transfertooperator" => KeyAction::TransferToOperator,
            "namedialing" => KeyAction::NameDialing,
            "extensiondialing" => KeyAction::ExtensionDialing,
            "repeatmenu" => KeyAction::RepeatMenu,
            "exit" => KeyAction::Exit,
            "transfertomailbox" => KeyAction::TransferToMailbox,
            "transfertosubmenu" => KeyAction::TransferToSubmenu,
            "returntopreviousmenu" => KeyAction::ReturnToPreviousMenu,
            "playannouncement" => KeyAction::PlayAnnouncement,
            _ => KeyAction::Other(name.to_owned()),
        }
    }

    /// In plain words: `Transfer`, `Dial by name`.
    pub fn words(&self) -> &str {
        match self {
            KeyAction::TransferWithPrompt | KeyAction::TransferWithoutPrompt => "transfer",
            KeyAction::TransferToOperator => "operator",
            KeyAction::NameDialing => "dial by name",
            KeyAction::ExtensionDialing => "dial an extension",
            KeyAction::RepeatMenu => "hear the menu again",
            KeyAction::Exit => "hang up",
            KeyAction::TransferToMailbox => "leave a message",
            KeyAction::TransferToSubmenu => "another menu",
            KeyAction::ReturnToPreviousMenu => "back to the previous menu",
            KeyAction::PlayAnnouncement => "hear an announcement",
            KeyAction::Other(name) => name,
            KeyAction::Unset => "nothing",
        }
    }

    /// It needs [`Key::number`].
    pub fn needs_number(&self) -> bool {
        matches!(
            self,
            KeyAction::TransferWithPrompt
                | KeyAction::TransferWithoutPrompt
                | KeyAction::TransferToOperator
                | KeyAction::TransferToMailbox
        )
    }
}
