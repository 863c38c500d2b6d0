//! Calls in progress of other telephones: who may touch them, finding them, and taking a party of one over (reference
//! section 3.6).
//!
//! Not here: parking (`modules::park`), the prompts that modules answer with.

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::bridge;
use crate::command::{Action, Query, TakeFrom};
use crate::conversation;
use crate::cx::{Cx, HungUp};
use crate::endpoint::{self, Endpoint, Kind};
use crate::input::{Channel, Done, Loaded};
use crate::lenient::{self, Read};
use crate::module::{Next, Outcome};
use crate::state::LegPhase;

/// Nodes looked through for whom an extension rings.
const NODES_MAX: usize = 50;

/// Who may do it, and whose calls are meant, as modules write it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Data {
    /// Only this device may.
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) approved_device_id: Option<String>,
    /// Only devices of this user may.
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) approved_user_id: Option<String>,
    /// Only members of this group may.
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) approved_group_id: Option<String>,
    /// Calls of this device.
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) device_id: Option<String>,
    /// Calls of this user's devices.
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) user_id: Option<String>,
    /// Calls of this group's members.
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) group_id: Option<String>,
}

/// What the feature codes for other telephones' calls are told.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Feature {
    /// What the digits are: `extension`, `device` (a SIP user name), `user`, `group`.
    #[serde(rename = "type", deserialize_with = "lenient::text")]
    pub(crate) kind: Option<String>,
    /// Only this device may.
    #[serde(deserialize_with = "lenient::text")]
    approved_device_id: Option<String>,
    /// Only devices of this user may.
    #[serde(deserialize_with = "lenient::text")]
    approved_user_id: Option<String>,
    /// Only members of this group may.
    #[serde(deserialize_with = "lenient::text")]
    approved_group_id: Option<String>,
}

impl Feature {
    /// What it means for a device or user that was found.
    pub(crate) async fn target(self, cx: &Cx, id: String) -> Data {
        let approved = Data {
            approved_device_id: self.approved_device_id,
            approved_user_id: self.approved_user_id,
            approved_group_id: self.approved_group_id,
            ..Data::default()
        };
        target_of(cx, id, approved).await
    }
}

/// The digits behind a feature code lead to nobody: noted, told, and the flow stops.
pub(crate) async fn nobody(cx: &Cx, why: String) -> Outcome {
    cx.note("EN2064", why);
    cx.answer().await?;
    cx.prompt("park-no_caller").await?;
    Ok(Next::Stop(None))
}

/// Whether the caller is approved; `None` when nobody is named. The first field present decides: device, user, group.
pub(crate) async fn approved(cx: &Cx, data: &Data) -> Option<bool> {
    let caller = cx.with(|state| state.setup.facts.authorizing_id.clone());
    let is_caller = |devices: &[String]| caller.as_ref().is_some_and(|caller| devices.contains(caller));
    if let Some(device) = &data.approved_device_id {
        return Some(caller.as_ref() == Some(device));
    }
    if let Some(user) = &data.approved_user_id {
        return Some(is_caller(&endpoint::devices_of(cx, user).await));
    }
    if let Some(group) = &data.approved_group_id {
        return Some(is_caller(&devices_of_group(cx, group).await));
    }
    None
}

/// The devices whose calls are meant.
pub(crate) async fn targets(cx: &Cx, data: &Data) -> Vec<String> {
    if let Some(device) = &data.device_id {
        return vec![device.clone()];
    }
    if let Some(user) = &data.user_id {
        return endpoint::devices_of(cx, user).await;
    }
    match &data.group_id {
        Some(group) => devices_of_group(cx, group).await,
        None => Vec::new(),
    }
}

/// All devices of a group's members, each once.
pub(crate) async fn devices_of_group(cx: &Cx, group_id: &str) -> Vec<String> {
    let Some(group) = cx.document(group_id).await else { return Vec::new() };
    let Some(Value::Object(members)) = group.at(&["endpoints"]) else { return Vec::new() };
    let mut devices: Vec<String> = Vec::new();
    for id in members.keys() {
        let own = match Endpoint::load(cx, id).await.map(|endpoint| endpoint.kind) {
            Some(Kind::Device) => vec![id.clone()],
            Some(Kind::User) => endpoint::devices_of(cx, id).await,
            None => Vec::new(),
        };
        for device in own {
            if !devices.contains(&device) {
                devices.push(device);
            }
        }
    }
    devices
}

/// The calls in progress of these devices, other than the caller's own.
pub(crate) async fn channels(cx: &Cx, devices: Vec<String>) -> Vec<Channel> {
    if devices.is_empty() {
        return Vec::new();
    }
    let query = cx.start(Action::Load(Query::Channels { devices }));
    match cx.completion(query).await {
        Ok(Done::Loaded(Loaded::Channels(channels))) => channels,
        Ok(_) => Vec::new(),
        Err(failure) => {
            cx.note("EN2061", format!("calls in progress are not known: {failure:?}"));
            Vec::new()
        }
    }
}

/// Takes a party of another call over and lets the caller talk with it until one hangs up. False when it was gone.
pub(crate) async fn pick_up(cx: &Cx, from: TakeFrom) -> Result<bool, HungUp> {
    let leg = cx.with(|state| state.new_leg());
    let (answered, device) = match cx.run(Action::Take { leg, from }).await? {
        Ok(Done::Taken { answered, device }) => (answered, device),
        other => {
            cx.note("EN2062", format!("the call could not be taken over: {other:?}"));
            return Ok(false);
        }
    };
    cx.answer().await?;
    if !answered && let Err(failure) = cx.run(Action::Answer { leg }).await? {
        cx.note("EN2062", format!("the call taken over could not be answered: {failure:?}"));
        cx.send(Action::HangUp { leg, cause: crate::cause::Cause::NormalTemporaryFailure });
        return Ok(false);
    }
    cx.with(|state| {
        if let Some(taken) = state.legs.get_mut(&leg)
            && !matches!(taken.phase, LegPhase::Over(_))
        {
            taken.phase = LegPhase::Up;
        }
    });
    if bridge::connect(cx, leg).await? {
        conversation::talk(cx, leg, device).await?;
    }
    Ok(true)
}

/// The endpoint an extension rings: that of the first node along `_` that rings somebody. Of a group of endpoints the
/// first counts. `None` for the catch-all and for extensions that ring nobody.
pub(crate) async fn rung_by(cx: &Cx, extension: &str) -> Option<String> {
    let callflow = cx.lookup(extension).await.filter(|callflow| !callflow.no_match)?;
    let mut node = callflow.flow.entry_node();
    for _ in 0..NODES_MAX {
        let here = node?;
        let id = |data: &Object| data.get("id").and_then(lenient::as_text);
        match here.module.as_str() {
            "user" | "device" => return id(&here.data),
            "ring_group" | "page_group" => {
                let Some(Value::Array(members)) = here.data.get("endpoints") else { return None };
                let first = members.first()?;
                return lenient::as_text(first).or_else(|| first.text_at(&["id"]));
            }
            _ => node = here.exit("_").and_then(|next| callflow.flow.node(next)),
        }
    }
    None
}

/// The device with this SIP user name.
pub(crate) async fn device_named(cx: &Cx, username: &str) -> Option<String> {
    let view = crate::command::View::SipUsername { username: username.to_owned() };
    cx.list(view).await.first().and_then(|device| device.text_at(&["id"]))
}

/// What a device or user id means as a target.
pub(crate) async fn target_of(cx: &Cx, id: String, mut data: Data) -> Data {
    data.device_id = None;
    data.user_id = None;
    data.group_id = None;
    match Endpoint::load(cx, &id).await.map(|endpoint| endpoint.kind) {
        Some(Kind::User) => data.user_id = Some(id),
        _ => data.device_id = Some(id),
    }
    data
}

/// A caller's device and the user it belongs to.
pub(crate) fn caller(cx: &Cx) -> (Option<String>, Option<String>) {
    cx.with(|state| (state.setup.facts.authorizing_id.clone(), state.vars.owner_id.clone()))
}

/// The channels that somebody is at the other end of.
pub(crate) fn with_peer(channels: Vec<Channel>) -> impl Iterator<Item = Channel> {
    channels.into_iter().filter(|channel| channel.has_peer)
}
