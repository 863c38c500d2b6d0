//! `eavesdrop`: listens to somebody's call (reference section 3.6).
//!
//! Keys decide who hears the one who listens, as the switch under Kazoo has them: `2` the party listened to, `1` the
//! other one, `3` both, `0` nobody again.

use flow::graph::Object;

use crate::command::{Action, Voice};
use crate::cx::{Cx, HungUp};
use crate::ids::LegId;
use crate::input::LegEvent;
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::pickup::{self, Data};
use crate::state::State;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "eavesdrop",
    summary: "Lets an approved caller listen to a call of a device or user, and speak to either party.",
    example: r#"{"module": "eavesdrop", "data": {"user_id": "alice", "approved_group_id": "supervisors"}}"#,
    exits: &[Exit::Stop],
    members: || &["approved_device_id", "approved_user_id", "approved_group_id", "device_id", "user_id"],
    caption: |_| "Listen to a call".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    cx.answer().await?;
    if pickup::approved(&cx, &data).await != Some(true) {
        cx.note("EN2063", "the caller is not approved to listen");
        cx.prompt("eavesdrop-no_channels").await?;
        return Ok(Next::Stop(None));
    }
    let devices = pickup::targets(&cx, &data).await;
    if devices.is_empty() {
        cx.prompt("pickup-no_users").await?;
        return Ok(Next::Stop(None));
    }
    let channels = pickup::channels(&cx, devices).await;
    let talking = pickup::with_peer(channels).find(|channel| channel.answered);
    let Some(channel) = talking else {
        cx.prompt("pickup-no_channels").await?;
        return Ok(Next::Stop(None));
    };
    if !listen(&cx, &channel.id, Voice::Nobody).await? {
        cx.prompt("eavesdrop-no_channels").await?;
        return Ok(Next::Stop(None));
    }
    cx.flush_digits();
    while let Some(voice) = next_voice(&cx).await? {
        listen(&cx, &channel.id, voice).await?;
    }
    Ok(Next::Stop(None))
}

/// Listens to a channel; false, and noted, when that is impossible.
async fn listen(cx: &Cx, channel: &str, voice: Voice) -> Result<bool, HungUp> {
    let listening = Action::Listen { leg: LegId::CALLER, channel: channel.to_owned(), voice };
    match cx.run(listening).await? {
        Ok(_) => Ok(true),
        Err(failure) => {
            cx.note("EN2065", format!("the call cannot be listened to: {failure:?}"));
            Ok(false)
        }
    }
}

/// Whom the caller wants to speak to from now on; `None` when the channel is gone.
async fn next_voice(cx: &Cx) -> Result<Option<Voice>, HungUp> {
    let found = |state: &mut State| {
        let leg = state.legs.get_mut(&LegId::CALLER)?;
        while let Some(key) = leg.digits.pop_front() {
            let voice = match key {
                '0' => Voice::Nobody,
                '1' => Voice::Partner,
                '2' => Voice::Party,
                '3' => Voice::Both,
                _ => continue,
            };
            return Some(Some(voice));
        }
        let ended = leg.events.drain(..).any(|event| event == LegEvent::ListeningEnded);
        ended.then_some(None)
    };
    Ok(cx.wait(None, found).await?.flatten())
}
