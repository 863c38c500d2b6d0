//! Listening to the messages of a folder and deciding about each (reference section 7.5, "Playing a message" and
//! "Forward").

use std::sync::Arc;
use std::time::Duration;

use flow::time_rules::GREGORIAN_OFFSET_S;
use jiff::Timestamp;
use serde_json::Value;

use crate::caller::Collect;
use crate::command::{Change, View};
use crate::cx::{Cx, HungUp};
use crate::lenient::Read;
use crate::media::Media;
use crate::module::Next;
use crate::say;

use super::keys::{Choice, Menu};
use super::review::{self, Kind, Reviewed};
use super::{After, Mailbox};

/// Keys without meaning in a row before the menu ends; Kazoo's goes on for ever (section 8.1, 11).
const TRIES: usize = 10;

/// Times a message is rewound or fast forwarded while it plays.
const SEEKS_MAX: usize = 200;

/// Tries for the number of the box to forward to.
const FORWARD_TRIES: usize = 3;

/// Plays the messages of a folder, one by one, until the last or until the caller leaves.
pub(super) async fn play_folder(cx: &Cx, mailbox: &Mailbox, folder: &str) -> Result<After, HungUp> {
    let messages = mailbox.messages(cx, folder).await;
    let mut place = 0;
    while let Some(message) = messages.get(place) {
        match one(cx, mailbox, message, place + 1, folder).await? {
            Step::Next => place += 1,
            // Next stays on the last message, previous on the first.
            Step::Skip => place = (place + 1).min(messages.len() - 1),
            Step::Back => place = place.saturating_sub(1),
            Step::Menu => return Ok(After::Done),
            Step::Go(next) => return Ok(After::Go(next)),
        }
    }
    Ok(After::Done)
}

enum Step {
    /// Decided about; the next one, or the main menu after the last.
    Next,
    Skip,
    Back,
    Menu,
    Go(Next),
}

async fn one(
    cx: &Cx,
    mailbox: &Mailbox,
    message: &Value,
    number: usize,
    folder: &str,
) -> Result<Step, HungUp> {
    let id = message.text_at(&["id"]).unwrap_or_default();
    let mut heard = Part::Announcement;
    let mut tries = TRIES;
    while tries > 0 {
        let key = hear(cx, mailbox, message, number, &mut heard).await?;
        match mailbox.options.keys.choice(Menu::Message, &key) {
            Some(Choice::Keep) => {
                move_to(cx, &id, "saved").await;
                cx.prompt("vm-saved").await?;
                return Ok(Step::Next);
            }
            Some(Choice::Replay) => heard = Part::Announcement,
            Some(Choice::Forward) => {
                if forward(cx, mailbox, &id).await? {
                    return Ok(Step::Next);
                }
            }
            Some(Choice::Previous) => return Ok(Step::Back),
            Some(Choice::Next) => return Ok(Step::Skip),
            Some(Choice::Delete) => {
                move_to(cx, &id, "deleted").await;
                cx.prompt("vm-deleted").await?;
                return Ok(Step::Next);
            }
            Some(Choice::CallBack) => {
                if let Some(next) = call_back(cx, message).await? {
                    return Ok(Step::Go(next));
                }
            }
            Some(Choice::ReturnMain) => {
                if folder == "new" {
                    move_to(cx, &id, "saved").await;
                    cx.prompt("vm-saved").await?;
                }
                return Ok(Step::Menu);
            }
            _ => {
                tries -= 1;
                heard = Part::Refused;
            }
        }
    }
    Ok(Step::Menu)
}

/// Where listening to a message begins.
enum Part {
    /// With its number, the message itself, and when it came.
    Announcement,
    /// With the menu.
    Menu,
    /// With the menu, after a key that means nothing.
    Refused,
}

/// Plays a message from there on, up to the menu; the key pressed, or empty. The menu comes next.
async fn hear(
    cx: &Cx,
    mailbox: &Mailbox,
    message: &Value,
    number: usize,
    heard: &mut Part,
) -> Result<String, HungUp> {
    let spec = Collect { terminators: "", ..Collect::default() };
    let mut items = match std::mem::replace(heard, Part::Menu) {
        Part::Announcement if mailbox.seek.is_some() => {
            let key = seeking(cx, mailbox, message, number).await?;
            if !key.is_empty() {
                return Ok(key);
            }
            envelope(cx, mailbox, message)
        }
        Part::Announcement => {
            let mut items = announcement(cx, number);
            items.push(audio(message, Duration::ZERO));
            items.extend(envelope(cx, mailbox, message));
            items
        }
        Part::Menu => Vec::new(),
        Part::Refused => vec![cx.prompt_item("menu-invalid_entry")],
    };
    items.push(cx.prompt_item("vm-message_menu"));
    cx.collect(items, &spec).await
}

/// Plays number and message, where two keys rewind and fast forward it; any other key ends it and is given, an empty one
/// when it was heard to its end.
async fn seeking(cx: &Cx, mailbox: &Mailbox, message: &Value, number: usize) -> Result<String, HungUp> {
    let spec = Collect { timeout: Duration::ZERO, terminators: "", ..Collect::default() };
    let (keys, step) = (&mailbox.options.keys, mailbox.seek.unwrap_or_default());
    let length_ms = message.int_at(&["length"]).and_then(|ms| u64::try_from(ms).ok()).unwrap_or_default();
    let length = Duration::from_millis(length_ms);
    let mut key = cx.collect(announcement(cx, number), &spec).await?;
    let mut place = Duration::ZERO;
    for _ in 0..SEEKS_MAX {
        match keys.choice(Menu::Message, &key) {
            Some(Choice::Rewind) => place = place.saturating_sub(step),
            Some(Choice::FastForward) => place = place.saturating_add(step).min(length),
            _ if key.is_empty() => {}
            _ => return Ok(key),
        }
        if place >= length && length > Duration::ZERO {
            return Ok(String::new());
        }
        let began = cx.mono();
        key = cx.collect(vec![audio(message, place)], &spec).await?;
        if key.is_empty() {
            return Ok(key);
        }
        place = place.saturating_add(cx.mono().saturating_sub(began)).min(length);
    }
    Ok(String::new())
}

/// "Message two".
fn announcement(cx: &Cx, number: usize) -> Vec<Media> {
    let mut items = vec![cx.prompt_item("vm-message_number")];
    items.extend(say::number(cx, number as u64));
    items
}

/// The message itself.
fn audio(message: &Value, from: Duration) -> Media {
    Media::Message { message_id: message.text_at(&["id"]).unwrap_or_default(), from }
}

/// "Received" and when, unless the box leaves it out.
fn envelope(cx: &Cx, mailbox: &Mailbox, message: &Value) -> Vec<Media> {
    let received = message
        .int_at(&["timestamp"])
        .and_then(|seconds| Timestamp::from_second(seconds.checked_sub(GREGORIAN_OFFSET_S)?).ok());
    let mut items = Vec::new();
    if let Some(received) = received
        && !mailbox.is("skip_envelope", false)
    {
        let zone = mailbox.zone.clone();
        items.push(cx.prompt_item("vm-received"));
        items.extend(say::date_time(cx, &received.to_zoned(zone.clone()), &cx.civil().to_zoned(zone)));
    }
    items
}

async fn move_to(cx: &Cx, message_id: &str, folder: &str) -> bool {
    let change = Change::MoveMessage { message_id: message_id.to_owned(), folder: folder.to_owned() };
    cx.save(change).await.is_ok()
}

/// Copies the message to another box, with a comment in front if wanted; true when that was done.
async fn forward(cx: &Cx, mailbox: &Mailbox, message_id: &str) -> Result<bool, HungUp> {
    let mut target = None;
    for _ in 0..FORWARD_TRIES {
        let interdigit = mailbox.options.interdigit;
        let spec = Collect { max_digits: 15, interdigit, ..Collect::default() };
        let entered = cx.collect(vec![cx.prompt_item("vm-enter_forward_id")], &spec).await?;
        let boxes: Vec<Arc<Value>> = cx.list(View::BoxesNumbered { mailbox: entered }).await;
        target = boxes.first().and_then(|found| found.text_at(&["id"])).filter(|id| *id != mailbox.id);
        if target.is_some() {
            break;
        }
        cx.prompt("menu-invalid_entry").await?;
    }
    let Some(to_box_id) = target else {
        cx.prompt("vm-forward_abort").await?;
        return Ok(false);
    };
    let account = cx.account().await;
    let with_comment =
        account.text_at(&["voicemail", "vm_message_forward_type"]).as_deref() == Some("prepend_forward");
    let mut prepend = None;
    if with_comment {
        let key = cx.collect(vec![cx.prompt_item("vm-message_forwarding")], &Collect::default()).await?;
        match key.as_str() {
            "1" => {
                cx.prompt("vm-record_message").await?;
                match review::record(cx, mailbox, Kind::Greeting, mailbox.max_length).await {
                    Reviewed::Save(recorded) => prepend = Some(recorded.id),
                    Reviewed::HungUp(_, hung_up) => return Err(hung_up),
                    Reviewed::SaveAndGo(..) | Reviewed::Nothing => {}
                }
            }
            "2" => {}
            _ => return Ok(false),
        }
    }
    let new_message_id = cx.with(|state| state.new_document_id());
    let change =
        Change::CopyMessage { message_id: message_id.to_owned(), to_box_id, new_message_id, prepend };
    if cx.save(change).await.is_err() {
        cx.prompt("vm-forward_abort").await?;
        return Ok(false);
    }
    cx.prompt("vm-forward_confirmed").await?;
    move_to(cx, message_id, "saved").await;
    cx.prompt("vm-saved").await?;
    Ok(true)
}

/// Calls the person back who left the message.
async fn call_back(cx: &Cx, message: &Value) -> Result<Option<Next>, HungUp> {
    let Some(number) = message.text_at(&["caller_id_number"]) else {
        cx.prompt("vm-not_available").await?;
        return Ok(None);
    };
    match cx.lookup(&number).await {
        Some(callflow) => {
            cx.vars(|vars| vars.number = number);
            Ok(Some(Next::Branch(Box::new(callflow))))
        }
        None => {
            cx.prompt("fault-can_not_be_completed_as_dialed").await?;
            Ok(None)
        }
    }
}
