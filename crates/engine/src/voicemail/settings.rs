//! The settings menu of a box and its first-time setup (reference section 7.5, "Settings" and "Setup wizard").

use std::time::Duration;

use serde_json::{Value, json};

use crate::caller::Collect;
use crate::command::Change;
use crate::cx::{Cx, HungUp};
use crate::greeting::{self, Owner};
use crate::lenient::Read;

use super::Mailbox;
use super::check::PIN_DIGITS;
use super::keys::{Choice, Menu};
use super::review::{self, Kind, Reviewed};

/// Unusable keys before the menu ends.
const TRIES: usize = 3;

/// Tries for a new PIN.
const PIN_TRIES: usize = 3;

/// Digits a PIN must have at least.
const PIN_DIGITS_MIN: usize = 4;

/// Longest greeting.
const GREETING_MAX: Duration = Duration::from_secs(300);

/// The settings menu; gives the box as it is afterwards.
pub(super) async fn menu(cx: &Cx, mut mailbox: Mailbox) -> Result<Mailbox, HungUp> {
    let mut tries = TRIES;
    while tries > 0 {
        let announcing = mailbox.is("announcement_only", false);
        let prompt = if announcing { "vm-settings_menu_announcement_on" } else { "vm-settings_menu" };
        let spec = Collect { terminators: "", ..Collect::default() };
        let key = cx.collect(vec![cx.prompt_item(prompt)], &spec).await?;
        match mailbox.options.keys.choice(Menu::Settings, &key) {
            Some(Choice::RecordUnavailable) => {
                record(cx, &mailbox, "unavailable", "vm-record_greeting").await?
            }
            Some(Choice::RecordName) => record_name(cx, &mailbox).await?,
            Some(Choice::SetPin) => {
                change_pin(cx, &mailbox).await?;
            }
            Some(Choice::RecordTemporary) => {
                record(cx, &mailbox, "temporary_unavailable", "vm-record_temp_greeting").await?
            }
            Some(Choice::DeleteTemporary) => {
                if mailbox.patch(cx, json!({"media": {"temporary_unavailable": null}})).await {
                    cx.prompt("vm-saved").await?;
                }
            }
            Some(Choice::ToggleAnnouncement) => {
                if mailbox.patch(cx, json!({"announcement_only": !announcing})).await {
                    cx.prompt("vm-saved").await?;
                }
            }
            Some(Choice::ReturnMain) => return Ok(mailbox),
            _ => {
                tries -= 1;
                cx.prompt("menu-invalid_entry").await?;
                continue;
            }
        }
        mailbox = mailbox.again(cx).await;
        tries = TRIES;
    }
    Ok(mailbox)
}

/// PIN and greeting of a box that is used for the first time; `None` when no PIN was set.
pub(super) async fn first_time(cx: &Cx, mailbox: Mailbox) -> Result<Option<Mailbox>, HungUp> {
    cx.prompt("vm-setup_intro").await?;
    if !change_pin(cx, &mailbox).await? {
        cx.prompt("vm-goodbye").await?;
        return Ok(None);
    }
    cx.prompt("vm-setup_rec_greeting").await?;
    record(cx, &mailbox, "unavailable", "vm-record_greeting").await?;
    mailbox.patch(cx, json!({"is_setup": true})).await;
    cx.prompt("vm-setup_complete").await?;
    Ok(Some(mailbox.again(cx).await))
}

async fn change_pin(cx: &Cx, mailbox: &Mailbox) -> Result<bool, HungUp> {
    let interdigit = mailbox.options.interdigit;
    let spec = Collect { max_digits: PIN_DIGITS, interdigit, ..Collect::default() };
    for _ in 0..PIN_TRIES {
        let pin = cx.collect(vec![cx.prompt_item("vm-enter_new_pin")], &spec).await?;
        let again = cx.collect(vec![cx.prompt_item("vm-enter_new_pin_confirm")], &spec).await?;
        let usable = pin.len() >= PIN_DIGITS_MIN && pin.bytes().all(|digit| digit.is_ascii_digit());
        if usable && pin == again && mailbox.patch(cx, json!({"pin": pin})).await {
            cx.prompt("vm-pin_set").await?;
            return Ok(true);
        }
        cx.prompt("vm-pin_invalid").await?;
    }
    Ok(false)
}

/// Records a greeting of the box.
async fn record(cx: &Cx, mailbox: &Mailbox, name: &str, prompt: &str) -> Result<(), HungUp> {
    cx.prompt(prompt).await?;
    let present = mailbox.document.text_at(&["media", name]);
    let title = format!("mailbox {} {name}", mailbox.number);
    if let Some(media_id) = take(cx, mailbox, present, &title).await? {
        let mut media = serde_json::Map::new();
        media.insert(name.to_owned(), Value::String(media_id));
        if mailbox.patch(cx, json!({"media": media})).await {
            cx.prompt("vm-saved").await?;
        }
    }
    Ok(())
}

/// Records the owner's name, kept with the user, or with a box that has none.
async fn record_name(cx: &Cx, mailbox: &Mailbox) -> Result<(), HungUp> {
    cx.prompt("vm-record_name").await?;
    let holder = mailbox.owner_id.clone().unwrap_or_else(|| mailbox.id.clone());
    let present = cx.document(&holder).await.and_then(|document| document.text_at(&["media", "name"]));
    let title = format!("mailbox {} name", mailbox.number);
    if let Some(media_id) = take(cx, mailbox, present, &title).await? {
        let patch = json!({"media": {"name": media_id}});
        if cx.save(Change::Patch { id: holder, patch, revision: None }).await.is_ok() {
            cx.prompt("vm-saved").await?;
        }
    }
    Ok(())
}

/// Records, reviews and stores audio; an uploaded file is never written over. Gives the media document's id.
async fn take(
    cx: &Cx,
    mailbox: &Mailbox,
    present: Option<String>,
    title: &str,
) -> Result<Option<String>, HungUp> {
    let recorded = match review::record(cx, mailbox, Kind::Greeting, GREETING_MAX).await {
        Reviewed::Save(recorded) => recorded,
        Reviewed::HungUp(_, hung_up) => return Err(hung_up),
        Reviewed::SaveAndGo(..) | Reviewed::Nothing => {
            cx.prompt("vm-deleted").await?;
            return Ok(None);
        }
    };
    let owner = Owner { kind: "voicemail", id: &mailbox.id, title: title.to_owned() };
    Ok(greeting::store(cx, owner, present.as_deref(), recorded.id).await)
}
