//! Merged endpoints: what a device, its owner and the account say together (reference section 7.1), and whether an
//! endpoint may be rung at all.
//!
//! Not here: ringing (`bridge`), the caller id shown (`caller_id`).

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::command::{Target, View};
use crate::cx::Cx;
use crate::lenient::Read;

/// A device or user with everything that decides about it.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// Document id.
    pub(crate) id: String,
    /// `device` or `user`.
    pub(crate) kind: Kind,
    document: Arc<Value>,
    owner: Option<Arc<Value>>,
    /// The users hot-desked at a device, when there are several: it has no owner then.
    shared_by: Vec<Arc<Value>>,
    account: Arc<Value>,
}

/// What an endpoint document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A telephone.
    Device,
    /// A person.
    User,
}

/// Why an endpoint is not rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unavailable {
    /// `enabled` is false.
    Disabled,
    /// Do not disturb.
    DoNotDisturb,
    /// It is the caller's own.
    OwnDevice,
}

impl Unavailable {
    /// In words, for the trace.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Unavailable::Disabled => "it is disabled",
            Unavailable::DoNotDisturb => "do not disturb is on",
            Unavailable::OwnDevice => "it is the caller's own",
        }
    }
}

impl Endpoint {
    /// Reads a device or user with its owner and account; `None` when there is none with that id.
    pub(crate) async fn load(cx: &Cx, id: &str) -> Option<Endpoint> {
        let document = cx.document(id).await?;
        let kind = match document.text_at(&["pvt_type"]).as_deref() {
            Some("device") => Kind::Device,
            Some("user") => Kind::User,
            _ => return None,
        };
        let owner_id = match kind {
            Kind::Device => owner_of(&document),
            Kind::User => None,
        };
        let owner = match &owner_id {
            Some(owner_id) => cx.document(owner_id).await,
            None => None,
        };
        let mut shared_by = Vec::new();
        let users = document.at(&["hotdesk", "users"]).and_then(Value::as_object);
        for user_id in users.filter(|users| users.len() > 1).into_iter().flat_map(Map::keys) {
            shared_by.extend(cx.document(user_id).await);
        }
        let account = cx.account().await;
        Some(Endpoint { id: id.to_owned(), kind, document, owner, shared_by, account })
    }

    /// The document itself.
    pub(crate) fn document(&self) -> &Value {
        &self.document
    }

    /// Whether calls to numbers of this class are denied (reference section 7.1): by the account or the owner, else by the
    /// device unless its owner allows them. Who is hot-desked at a device brings their own restrictions along.
    pub(crate) fn denies(&self, class: &str) -> bool {
        let word = |document: &Value| document.text_at(&["call_restriction", class, "action"]);
        let is = |document: &Value, wanted: &str| word(document).as_deref() == Some(wanted);
        if is(&self.account, "deny") {
            return true;
        }
        if !self.shared_by.is_empty() {
            return self.shared_by.iter().all(|user| is(user, "deny"));
        }
        let hot_desked = self.document.at(&["hotdesk", "users"]).and_then(Value::as_object);
        let hot_desked = hot_desked.is_some_and(|users| !users.is_empty());
        match &self.owner {
            Some(owner) if is(owner, "deny") => true,
            Some(owner) if is(owner, "allow") || hot_desked => false,
            _ => is(&self.document, "deny"),
        }
    }

    /// Audio calls are a service that the endpoint or the account has not.
    pub(crate) fn has_no_audio(&self) -> bool {
        [Some(&self.document), self.owner.as_ref(), Some(&self.account)]
            .into_iter()
            .flatten()
            .any(|document| !document.is_true_at(&["services", "audio", "enabled"], true))
    }

    /// A second call is refused as busy while one goes on (`call_waiting.enabled` is false; account, owner, device).
    pub(crate) fn refuses_second_call(&self) -> bool {
        [Some(&self.document), self.owner.as_ref(), Some(&self.account)]
            .into_iter()
            .flatten()
            .find_map(|document| document.at(&["call_waiting", "enabled"]))
            .is_some_and(|enabled| !crate::lenient::is_true(enabled))
    }

    /// What the endpoint hides of itself in calls through carriers: name, number.
    pub(crate) fn outbound_privacy(&self) -> (bool, bool) {
        match self.merged("caller_id_options").get("outbound_privacy").and_then(Value::as_str) {
            Some("full") => (true, true),
            Some("name") => (true, false),
            Some("number") => (false, true),
            _ => (false, false),
        }
    }

    /// Flags that carriers must have for calls of this endpoint: account, owner, device together. Kazoo's `dynamic` flags are
    /// left out.
    pub(crate) fn outbound_flags(&self) -> Vec<String> {
        let mut flags: Vec<String> = Vec::new();
        for document in [Some(&self.account), self.owner.as_ref(), Some(&self.document)].into_iter().flatten()
        {
            let own = document.at(&["outbound_flags"]);
            let list = own.and_then(|own| own.as_array().or_else(|| own.get("static")?.as_array()));
            for flag in list.into_iter().flatten().filter_map(crate::lenient::as_text) {
                if !flags.contains(&flag) {
                    flags.push(flag);
                }
            }
        }
        flags
    }

    /// The user it belongs to: the hot-desk user or owner of a device, a user itself.
    pub(crate) fn owner_id(&self) -> Option<String> {
        match self.kind {
            Kind::User => Some(self.id.clone()),
            Kind::Device => owner_of(&self.document),
        }
    }

    /// Everybody it belongs to: the owner of a device and all who are hot-desked there.
    pub(crate) fn people(&self) -> Vec<String> {
        let mut people: Vec<String> = self.document.text_at(&["owner_id"]).into_iter().collect();
        if let Some(Value::Object(users)) = self.document.at(&["hotdesk", "users"]) {
            people.extend(users.keys().cloned());
        }
        people
    }

    /// Whether it may be rung for this caller.
    pub(crate) fn availability(&self, cx: &Cx, can_call_self: bool) -> Result<(), Unavailable> {
        let (caller_id, caller_owner) =
            cx.with(|state| (state.setup.facts.authorizing_id.clone(), state.vars.owner_id.clone()));
        if !can_call_self {
            if caller_id.as_deref() == Some(self.id.as_str()) {
                return Err(Unavailable::OwnDevice);
            }
            if caller_owner.is_some() && caller_owner == self.owner_id() {
                return Err(Unavailable::OwnDevice);
            }
        }
        if !self.document.is_true_at(&["enabled"], true) {
            return Err(Unavailable::Disabled);
        }
        let dnd = |document: &Value| document.is_true_at(&["do_not_disturb", "enabled"], false);
        if dnd(&self.document) || self.owner.as_deref().is_some_and(dnd) || dnd(&self.account) {
            return Err(Unavailable::DoNotDisturb);
        }
        Ok(())
    }

    /// Text of owner, device, account: the first present (`language`, `presence_id`).
    pub(crate) fn first_of(&self, name: &str) -> Option<String> {
        self.owner
            .as_deref()
            .and_then(|owner| owner.text_at(&[name]))
            .or_else(|| self.document.text_at(&[name]))
            .or_else(|| self.account.text_at(&[name]))
    }

    /// An object merged recursively account, device, owner; later ones win, empty values never do.
    pub(crate) fn merged(&self, name: &str) -> Map<String, Value> {
        let mut merged = Map::new();
        for layer in self.layers(name) {
            merge(&mut merged, layer);
        }
        merged
    }

    /// `caller_id` of a type and member (`internal`, `number`), with the rules of section 7.1.
    pub(crate) fn caller_id(&self, kind: &str, member: &str) -> Option<String> {
        let read = |document: &Value| document.text_at(&["caller_id", kind, member]);
        let owner = match self.kind {
            Kind::User => Some(self.document.as_ref()),
            Kind::Device => self.owner.as_deref(),
        };
        let device = (self.kind == Kind::Device).then_some(self.document.as_ref());
        let of_owner = owner.and_then(|owner| {
            let own_name = || (kind == "internal" && member == "name").then(|| full_name(owner)).flatten();
            read(owner).or_else(own_name)
        });
        let of_device = device.and_then(read);
        let device_first =
            kind == "emergency" || self.account.is_true_at(&["prefer_device_caller_id"], false);
        let own = if device_first { of_device.or(of_owner) } else { of_owner.or(of_device) };
        own.or_else(|| read(&self.account))
    }

    /// Where a device is reached, and with what user part.
    pub(crate) fn target(&self, static_invite: Option<String>) -> Target {
        let sip = |name: &str| self.document.text_at(&["sip", name]);
        let route = (sip("invite_format").as_deref() == Some("route"))
            .then(|| sip("route"))
            .flatten()
            .or_else(|| sip("static_route"));
        match route {
            Some(uri) => {
                let uri =
                    if uri.contains(':') && uri.starts_with("sip") { uri } else { format!("sip:{uri}") };
                Target::Uri { uri, route: None, credentials: None }
            }
            None => {
                let invite_user = static_invite.or_else(|| sip("static_invite"));
                Target::Device { id: self.id.clone(), invite_user }
            }
        }
    }

    /// SIP headers a call to the endpoint carries: `custom_sip_headers` of device and owner, and the ringtone.
    pub(crate) fn headers(&self, offnet: bool) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        for path in [&["sip", "custom_sip_headers"][..], &["sip", "custom_sip_headers", "out"][..]] {
            if let Some(Value::Object(given)) = self.document.at(path) {
                headers.extend(header_list(given));
            }
        }
        let ringtone = if offnet { "external" } else { "internal" };
        if let Some(Value::String(alert)) = self.merged("ringtones").get(ringtone)
            && !alert.is_empty()
        {
            headers.push(("Alert-Info".to_owned(), alert.clone()));
        }
        headers
    }

    /// Codecs of the device that we may offer, in its order.
    pub(crate) fn codecs(&self) -> Vec<String> {
        match self.document.at(&["media", "audio", "codecs"]) {
            Some(Value::Array(codecs)) => {
                codecs.iter().filter_map(|codec| codec.as_str().map(str::to_owned)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn layers(&self, name: &str) -> impl Iterator<Item = &Map<String, Value>> {
        [Some(&self.account), Some(&self.document), self.owner.as_ref()]
            .into_iter()
            .flatten()
            .filter_map(move |document| document.get(name).and_then(Value::as_object))
    }
}

/// The devices of a user that can be rung, in the order of their ids.
pub(crate) async fn devices_of(cx: &Cx, user_id: &str) -> Vec<String> {
    cx.list(View::DevicesOf { user_id: user_id.to_owned() })
        .await
        .iter()
        .filter_map(|device| device.text_at(&["id"]))
        .collect()
}

/// A device's only hot-desk user, or its owner when nobody is hot-desked there.
fn owner_of(device: &Value) -> Option<String> {
    match device.at(&["hotdesk", "users"]).and_then(Value::as_object) {
        Some(users) if users.len() == 1 => users.keys().next().cloned(),
        Some(users) if users.len() > 1 => None,
        _ => device.text_at(&["owner_id"]),
    }
}

fn full_name(user: &Value) -> Option<String> {
    let parts: Vec<String> =
        ["first_name", "last_name"].iter().filter_map(|name| user.text_at(&[name])).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// Headers of a `custom_sip_headers` object; nested `in`/`out` objects are left to the caller.
pub(crate) fn header_list(given: &Map<String, Value>) -> Vec<(String, String)> {
    given
        .iter()
        .filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)))
        .filter_map(|(name, value)| {
            let value = crate::lenient::as_text(value)?;
            (!value.contains(['\r', '\n'])).then(|| (name.clone(), value))
        })
        .collect()
}

fn merge(into: &mut Map<String, Value>, layer: &Map<String, Value>) {
    for (name, value) in layer {
        match (into.get_mut(name), value) {
            (Some(Value::Object(inner)), Value::Object(layer)) => merge(inner, layer),
            (_, Value::Null) => {}
            (_, Value::String(text)) if text.is_empty() => {}
            (_, value) => {
                into.insert(name.clone(), value.clone());
            }
        }
    }
}
