//! Leaving a message (reference section 7.5, "Compose").

use std::time::Duration;

use flow::time_rules::GREGORIAN_OFFSET_S;
use serde_json::json;

use crate::caller::{ANY_KEY, Collect, Recorded};
use crate::command::{Action, Change};
use crate::cx::{Cx, HungUp};
use crate::media::{Loops, Media};
use crate::say;

use super::keys::{Choice, Menu};
use super::review::{self, Kind, Reviewed};
use super::{After, Mailbox, check, notice};

/// Takes a message for a box; `None` is a box that does not exist.
pub(crate) async fn compose(cx: &Cx, mailbox: Option<Mailbox>) -> Result<After, HungUp> {
    cx.answer().await?;
    let Some(mailbox) = mailbox else {
        cx.prompt("vm-not_available_no_voicemail").await?;
        return Ok(After::Done);
    };
    if mailbox.is("check_if_owner", true) && mailbox.is_owned_by_caller(cx) {
        return login(cx, mailbox).await;
    }
    if mailbox.is("announcement_only", false) {
        return announce(cx, mailbox).await;
    }
    if mailbox.is_full(cx).await {
        return full(cx, mailbox).await;
    }
    let mut items = greeting(cx, &mailbox);
    if !mailbox.is("skip_instructions", false) {
        items.push(cx.prompt_item("vm-record_message"));
    }
    match key_during(cx, &mailbox, items).await? {
        Some(Choice::Login) => return login(cx, mailbox).await,
        Some(Choice::GoOn) => return Ok(After::Done),
        Some(Choice::Operator) => {
            if let Some(operator) = mailbox.operator(cx).await {
                return Ok(After::Go(operator));
            }
        }
        _ => {}
    }
    leave(cx, &mailbox).await
}

/// A box that only announces something.
async fn announce(cx: &Cx, mailbox: Mailbox) -> Result<After, HungUp> {
    if mailbox.is_owned_by_caller(cx) {
        return login(cx, mailbox).await;
    }
    match key_during(cx, &mailbox, greeting(cx, &mailbox)).await? {
        Some(Choice::Login) => login(cx, mailbox).await,
        _ => Ok(After::Done),
    }
}

async fn full(cx: &Cx, mailbox: Mailbox) -> Result<After, HungUp> {
    let data = json!({"box_id": mailbox.id, "mailbox": mailbox.number, "owner_id": mailbox.owner_id});
    cx.send(Action::Publish { event: "voicemail_full".to_owned(), data });
    notice::of_full_box(cx, &mailbox).await;
    let mut items = greeting(cx, &mailbox);
    items.push(cx.prompt_item("vm-mailbox_full"));
    match key_during(cx, &mailbox, items).await? {
        Some(Choice::Login) => login(cx, mailbox).await,
        _ => Ok(After::Done),
    }
}

/// What the key pressed during a playlist means; `None` when it ended without one that means something.
async fn key_during(cx: &Cx, mailbox: &Mailbox, items: Vec<Media>) -> Result<Option<Choice>, HungUp> {
    let spec = Collect { timeout: Duration::ZERO, terminators: "", ..Collect::default() };
    let key = cx.collect(items, &spec).await?;
    Ok(mailbox.options.keys.choice(Menu::Compose, &key))
}

async fn login(cx: &Cx, mailbox: Mailbox) -> Result<After, HungUp> {
    let options = mailbox.options.clone();
    check::check(cx, Some(mailbox), options).await
}

fn greeting(cx: &Cx, mailbox: &Mailbox) -> Vec<Media> {
    let mut items = Vec::new();
    if mailbox.is("play_greeting_intro", false) {
        items.push(cx.prompt_item("vm-greeting_intro"));
    }
    if mailbox.is("skip_greeting", false) {
        return items;
    }
    let own = || mailbox.media(cx, "unavailable");
    if let Some(temporary) = mailbox.media(cx, "temporary_unavailable") {
        items.push(temporary);
    } else if let Some(own) = own() {
        items.push(own);
    } else if mailbox.is("use_person_not_available", false) {
        items.push(cx.prompt_item("vm-person_not_available"));
    } else {
        items.push(cx.prompt_item("vm-person"));
        items.extend(say::spelled(cx, &mailbox.number));
        items.push(cx.prompt_item("vm-not_available"));
    }
    items
}

async fn leave(cx: &Cx, mailbox: &Mailbox) -> Result<After, HungUp> {
    match review::record(cx, mailbox, Kind::Message, mailbox.max_length).await {
        Reviewed::Save(recorded) => {
            let saved = save(cx, mailbox, &recorded).await;
            say_saved(cx, saved).await?;
            Ok(After::Done)
        }
        Reviewed::SaveAndGo(recorded, next) => {
            if let Some(recorded) = recorded
                && save(cx, mailbox, &recorded).await
            {
                cx.prompt("vm-saved").await?;
            }
            Ok(After::Go(next))
        }
        Reviewed::Nothing => Ok(After::Done),
        Reviewed::HungUp(recorded, hung_up) => {
            if let Some(recorded) = recorded {
                save(cx, mailbox, &recorded).await;
            }
            Err(hung_up)
        }
    }
}

async fn say_saved(cx: &Cx, saved: bool) -> Result<(), HungUp> {
    if !saved {
        cx.prompt("fault-can_not_be_completed_at_this_time").await?;
        return Ok(());
    }
    let items = vec![cx.prompt_item("vm-saved"), cx.prompt_item("vm-thank_you")];
    cx.play(items, Loops::Once, ANY_KEY).await.map(|_| ())
}

/// Saves a message; true once it would survive a power cut.
async fn save(cx: &Cx, mailbox: &Mailbox, recorded: &Recorded) -> bool {
    let message_id = cx.with(|state| state.new_document_id());
    let timestamp = cx.civil().as_second() + GREGORIAN_OFFSET_S;
    let metadata = cx.with(|state| {
        let facts = &state.setup.facts;
        json!({
            "call_id": state.setup.call_id,
            "caller_id_name": state.vars.caller_name,
            "caller_id_number": state.vars.caller_number,
            "from": format!("{}@{}", facts.from, facts.from_realm),
            "from_user": facts.from,
            "from_realm": facts.from_realm,
            "to": format!("{}@{}", facts.to, facts.to_realm),
            "to_user": facts.to,
            "to_realm": facts.to_realm,
            "length": recorded.duration.as_millis() as u64,
            "timestamp": timestamp,
            "folder": "new",
        })
    });
    let change = Change::AddMessage {
        box_id: mailbox.id.clone(),
        message_id: message_id.clone(),
        recording: recorded.id,
        metadata: metadata.clone(),
    };
    if cx.save(change).await.is_err() {
        return false;
    }
    cx.vars(|vars| vars.message_left = true);
    let data = json!({
        "box_id": mailbox.id, "mailbox": mailbox.number, "owner_id": mailbox.owner_id,
        "message_id": message_id, "message": metadata,
    });
    cx.send(Action::Publish { event: "voicemail_new".to_owned(), data });
    notice::of_message(cx, mailbox, &message_id, &metadata).await;
    mailbox.publish_waiting(cx).await;
    true
}
