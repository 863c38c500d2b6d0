//! `voicemail`: takes a message, or lets somebody listen to theirs (reference section 7.5).

use std::time::Duration;

use flow::graph::Object;
use serde::Deserialize;

use crate::caller::Collect;
use crate::command::View;
use crate::cx::Cx;
use crate::lenient::{self, Read};
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::voicemail::keys::Keys;
use crate::voicemail::{After, Mailbox, Options, check, compose};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "voicemail",
    summary: "Takes a message for a mailbox, or lets its owner listen to messages.",
    example: r#"{"module": "voicemail", "data": {"id": "office-box", "action": "compose"}}"#,
    exits: &[Exit::Key("_"), Exit::Branch],
    members: lenient::members::<Data>,
    caption: |data| match (data.get("action").and_then(|action| action.as_str()), data.get("id")) {
        (Some("check"), _) => "Check voicemail".to_owned(),
        (_, Some(id)) => format!("Voicemail {}", lenient::as_text(id).unwrap_or_default()),
        _ => "Voicemail".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// The box; found by the number dialled or the caller otherwise.
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
    /// `compose` or `check`.
    #[serde(deserialize_with = "lenient::text")]
    action: Option<String>,
    /// Seconds a message may take.
    #[serde(deserialize_with = "lenient::opt_int")]
    max_message_length: Option<i64>,
    /// Milliseconds between two digits of a box number or PIN.
    #[serde(deserialize_with = "lenient::opt_int")]
    interdigit_timeout: Option<i64>,
    /// Log the caller in to the only box of their own.
    #[serde(deserialize_with = "lenient::boolean")]
    single_mailbox_login: bool,
    /// Log the caller in to the box numbered like their caller id.
    #[serde(deserialize_with = "lenient::boolean")]
    callerid_match_login: bool,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let interdigit = data.interdigit_timeout.and_then(|ms| u64::try_from(ms).ok()).filter(|ms| *ms > 0);
    let options = Options {
        max_length_s: data.max_message_length,
        interdigit: interdigit.map_or(Collect::default().interdigit, Duration::from_millis),
        keys: Keys::read(&cx).await,
    };
    let mailbox = select(&cx, &data, &options).await;
    let after = match data.action.as_deref() {
        Some("check") => check::check(&cx, mailbox, options).await?,
        _ => compose::compose(&cx, mailbox).await?,
    };
    Ok(match after {
        After::Done => Next::default_exit(),
        After::Go(next) => next,
    })
}

/// Which box is meant: by id, by the number captured, or by who is calling.
async fn select(cx: &Cx, data: &Data, options: &Options) -> Option<Mailbox> {
    if let Some(id) = &data.id {
        let found = cx.document(id).await;
        let found = found.filter(|document| document.text_at(&["pvt_type"]).as_deref() == Some("vmbox"));
        if found.is_none() {
            cx.note("EN2021", format!("the mailbox `{id}` does not exist"));
        }
        return match found {
            Some(document) => Some(Mailbox::read(cx, document, options.clone()).await),
            None => None,
        };
    }
    let (captured, owner, caller) =
        cx.vars(|vars| (vars.capture_group.clone(), vars.owner_id.clone(), vars.caller_number.clone()));
    if let Some(mailbox) = captured.filter(|captured| !captured.is_empty()) {
        let found = cx.list(View::BoxesNumbered { mailbox }).await.first().cloned()?;
        return Some(Mailbox::read(cx, found, options.clone()).await);
    }
    let own = match owner {
        Some(owner_id) => cx.list(View::BoxesOf { owner_id }).await,
        None => Vec::new(),
    };
    let only = own.first().cloned().filter(|_| own.len() == 1 && data.single_mailbox_login);
    let chosen = only.or_else(|| {
        let numbered = |mailbox: &&std::sync::Arc<serde_json::Value>| {
            mailbox.text_at(&["mailbox"]).as_deref() == Some(caller.as_str())
        };
        own.iter().find(numbered).cloned().filter(|_| data.callerid_match_login)
    })?;
    Some(Mailbox::read(cx, chosen, options.clone()).await)
}
