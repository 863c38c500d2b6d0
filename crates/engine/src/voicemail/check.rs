//! Logging in to a box and its main menu (reference section 7.5, "Check").

use crate::caller::{ANY_KEY, Collect};
use crate::command::View;
use crate::cx::{Cx, HungUp};
use crate::lenient::{self, Read};
use crate::media::{Loops, Media};
use crate::say;

use super::keys::{Choice, Menu};
use super::{After, Mailbox, Options, messages, settings};

/// Wrong numbers and PINs, counted together (`voicemail.max_login_attempts`).
const LOGIN_TRIES: usize = 3;

/// Longest box number (`voicemail.max_box_number_length`).
const BOX_NUMBER_DIGITS: usize = 15;

/// Longest PIN (`voicemail.max_pin_length`).
pub(super) const PIN_DIGITS: usize = 6;

/// Unusable keys in the main menu.
const MENU_TRIES: usize = 4;

/// Lets somebody into a box; without one its number is asked for.
pub(crate) async fn check(cx: &Cx, mailbox: Option<Mailbox>, options: Options) -> Result<After, HungUp> {
    cx.answer().await?;
    let mut tries = LOGIN_TRIES;
    let mut chosen = mailbox;
    let mailbox = loop {
        if tries == 0 {
            cx.prompt("vm-abort").await?;
            return Ok(After::Done);
        }
        let Some(mailbox) = chosen.clone() else {
            chosen = ask_for_box(cx, &options).await?;
            if chosen.is_none() {
                tries -= 1;
                cx.prompt("menu-invalid_entry").await?;
            }
            continue;
        };
        let trusted = !mailbox.is("is_setup", false) || !mailbox.is("require_pin", false);
        if mailbox.is_owned_by_caller(cx) && trusted {
            break mailbox;
        }
        if mailbox.pin.is_empty() {
            cx.prompt("vm-no_access").await?;
            return Ok(After::Done);
        }
        let interdigit = options.interdigit;
        let spec = Collect { max_digits: PIN_DIGITS, interdigit, ..Collect::default() };
        let entered = cx.collect(vec![cx.prompt_item("vm-enter_pass")], &spec).await?;
        if entered == mailbox.pin {
            break mailbox;
        }
        tries -= 1;
        cx.prompt("vm-fail_auth").await?;
    };
    let after = inside(cx, mailbox.clone()).await;
    mailbox.publish_waiting(cx).await;
    after
}

async fn ask_for_box(cx: &Cx, options: &Options) -> Result<Option<Mailbox>, HungUp> {
    let spec =
        Collect { max_digits: BOX_NUMBER_DIGITS, interdigit: options.interdigit, ..Collect::default() };
    let entered = cx.collect(vec![cx.prompt_item("vm-enter_id")], &spec).await?;
    let Ok(number) = entered.parse::<i64>() else { return Ok(None) };
    let boxes = cx.list(View::OfType { kind: "vmbox".to_owned() }).await;
    let mut found =
        boxes.iter().filter(|mailbox| mailbox.at(&["mailbox"]).and_then(lenient::as_int) == Some(number));
    match (found.next(), found.next()) {
        (Some(document), None) => Ok(Some(Mailbox::read(cx, document.clone(), options.clone()).await)),
        _ => Ok(None),
    }
}

async fn inside(cx: &Cx, mailbox: Mailbox) -> Result<After, HungUp> {
    if mailbox.is("announcement_only", false) && !mailbox.is("not_configurable", false) {
        return settings::menu(cx, mailbox).await.map(|_| After::Done);
    }
    let mailbox = if mailbox.is("is_setup", false) || mailbox.is("not_configurable", false) {
        mailbox
    } else {
        match settings::first_time(cx, mailbox).await? {
            Some(mailbox) => mailbox,
            None => return Ok(After::Done),
        }
    };
    main_menu(cx, mailbox).await
}

async fn main_menu(cx: &Cx, mut mailbox: Mailbox) -> Result<After, HungUp> {
    let mut tries = MENU_TRIES;
    let configurable = !mailbox.is("not_configurable", false);
    while tries > 0 {
        let mut items = counts(cx, &mailbox).await;
        items.push(cx.prompt_item(if configurable {
            "vm-main_menu"
        } else {
            "vm-main_menu_not_configurable"
        }));
        // `#` leaves the menu; Kazoo takes it for the end of an empty entry (section 8.1, 11).
        let spec = Collect { terminators: "", ..Collect::default() };
        let key = cx.collect(items, &spec).await?;
        match mailbox.options.keys.choice(Menu::Main, &key) {
            Some(Choice::HearNew) => match messages::play_folder(cx, &mailbox, "new").await? {
                After::Done => tries = MENU_TRIES,
                go => return Ok(go),
            },
            Some(Choice::HearSaved) => match messages::play_folder(cx, &mailbox, "saved").await? {
                After::Done => tries = MENU_TRIES,
                go => return Ok(go),
            },
            Some(Choice::Configure) if configurable => {
                mailbox = settings::menu(cx, mailbox).await?;
                tries = MENU_TRIES;
            }
            Some(Choice::Exit) => return Ok(After::Done),
            _ if key.is_empty() => tries -= 1,
            _ => {
                tries -= 1;
                cx.prompt("menu-invalid_entry").await?;
            }
        }
    }
    cx.play(vec![cx.prompt_item("vm-goodbye")], Loops::Once, ANY_KEY).await?;
    Ok(After::Done)
}

/// "You have two new and one saved message."
async fn counts(cx: &Cx, mailbox: &Mailbox) -> Vec<Media> {
    let new = mailbox.messages(cx, "new").await.len() as u64;
    let saved = mailbox.messages(cx, "saved").await.len() as u64;
    let prompt = |name: &str| cx.prompt_item(name);
    let plural = |count: u64, one: &str, many: &str| prompt(if count == 1 { one } else { many });
    let mut items = Vec::new();
    match (new, saved) {
        (0, 0) => items.push(prompt("vm-no_messages")),
        (new, 0) => {
            items.push(prompt("vm-you_have"));
            items.extend(say::number(cx, new));
            items.push(plural(new, "vm-new_message", "vm-new_messages"));
        }
        (0, saved) => {
            items.push(prompt("vm-you_have"));
            items.extend(say::number(cx, saved));
            items.push(plural(saved, "vm-saved_message", "vm-saved_messages"));
        }
        (new, saved) => {
            items.push(prompt("vm-you_have"));
            items.extend(say::number(cx, new));
            items.push(prompt("vm-new_and"));
            items.extend(say::number(cx, saved));
            items.push(plural(saved, "vm-saved_message", "vm-saved_messages"));
        }
    }
    items
}
