//! Subscriptions (RFC 6665): who watches what, for how long, and the notifications they get.
//!
//! One notification to a watcher is under way at a time; what changes meanwhile is told by the next, so a watcher that
//! answers slowly gets fewer, never older ones. Not for what a state is: the driver tells it with [`Input::Show`].
//!
//! [`Input::Show`]: crate::sip::leg::Input::Show

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use bytes::Bytes;

use super::SipCore;
use super::dialog::{Dialog, tag_number, tag_text};
use super::requests::Arrival;
use super::state::{Purpose, Timer};
use crate::sip::build::reason_phrase;
use crate::sip::leg::{Effect, FlowId};
use crate::sip::uri::Uri;
use crate::sip::watch::{Package, Shown, Watched, body};
use crate::sip::wire::{Message, Name};

/// How long a subscription lasts when the watcher names no time, and at the longest.
const EXPIRES: Duration = Duration::from_secs(3600);
/// Shorter ones are refused with 423; 0 asks once.
const EXPIRES_MIN: Duration = Duration::from_secs(60);
/// How long one who asks once waits for a state that takes time.
const GRACE: Duration = Duration::from_secs(5);

/// A device of an account.
type Device = (String, String);

/// All subscriptions.
#[derive(Default)]
pub(super) struct Subscriptions {
    /// By our tag in their dialogs.
    watchers: HashMap<u64, Watcher>,
    watched: BTreeMap<Watched, BTreeSet<u64>>,
    per_device: HashMap<Device, usize>,
    /// Those made through a connection, to drop them with it.
    connections: BTreeSet<(FlowId, u64)>,
}

/// One subscription.
struct Watcher {
    dialog: Dialog,
    device: Device,
    watched: Watched,
    /// The URI subscribed to.
    entity: String,
    /// The `Event` value as it came: an `id` parameter comes back.
    event: String,
    expires_at: Duration,
    /// Number of the next notification.
    version: u32,
    /// What was told last; `None` when nothing was yet.
    told: Option<Shown>,
    /// What is to be told once the notification under way is answered.
    next: Option<Shown>,
    /// A notification is under way.
    waiting: bool,
}

impl Subscriptions {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.watchers.len()
    }

    fn insert(&mut self, tag: u64, watcher: Watcher) {
        self.watched.entry(watcher.watched.clone()).or_default().insert(tag);
        *self.per_device.entry(watcher.device.clone()).or_default() += 1;
        if watcher.dialog.hop.flow.is_reliable() {
            self.connections.insert((watcher.dialog.hop.flow, tag));
        }
        self.watchers.insert(tag, watcher);
    }

    /// Takes a subscription out. The second is true when nobody else watches the same.
    fn remove(&mut self, tag: u64) -> Option<(Watcher, bool)> {
        let watcher = self.watchers.remove(&tag)?;
        self.connections.remove(&(watcher.dialog.hop.flow, tag));
        if let Some(count) = self.per_device.get_mut(&watcher.device) {
            *count -= 1;
            if *count == 0 {
                self.per_device.remove(&watcher.device);
            }
        }
        let others = self.watched.get_mut(&watcher.watched)?;
        others.remove(&tag);
        let last = others.is_empty();
        if last {
            self.watched.remove(&watcher.watched);
        }
        Some((watcher, last))
    }
}

impl SipCore {
    /// The subscription whose dialog a request belongs to.
    pub(super) fn watcher_of(&self, message: &Message) -> Option<u64> {
        let to = message.to();
        let tag = tag_number(to.tag()?)?;
        let watcher = self.subscriptions.watchers.get(&tag)?;
        let from = message.from();
        let same = watcher.dialog.call_id == message.call_id()
            && from.tag() == Some(watcher.dialog.remote_tag.as_str());
        same.then_some(tag)
    }

    /// SUBSCRIBE outside of a dialog.
    pub(super) fn subscribe(&mut self, arrival: Arrival<'_>, out: &mut Vec<Effect>) {
        let Some(package) = self.package(&arrival, out) else { return };
        let Some(device) = self.authenticate_subscribe(&arrival, out) else { return };
        let Some(expires) = self.expires(&arrival, out) else { return };
        let device_key = (device.account_id.clone(), device.device_id);
        let limits = &self.config.limits;
        let own = self.subscriptions.per_device.get(&device_key).copied().unwrap_or(0);
        if self.subscriptions.len() >= limits.max_subscriptions || own >= limits.max_subscriptions_per_device
        {
            return self.overloaded(&arrival, out);
        }
        let user = Uri::parse(arrival.uri).unwrap_or_default().user;
        if user.is_empty() {
            return self.answer_once(&arrival, 404, &[], out);
        }
        let tag = self.random.number();
        let max_routes = self.config.limits.max_routes;
        let watcher = Watcher {
            dialog: Dialog::of_request(arrival.message, tag, arrival.hop, true, max_routes),
            device: device_key,
            watched: Watched { account_id: device.account_id, user, package },
            entity: format!("sip:{}", arrival.uri.split_once(':').map_or("", |(_, rest)| rest)),
            event: arrival.message.get(&Name::Event).unwrap_or_default().trim().to_owned(),
            expires_at: self.now + expires,
            version: 0,
            told: None,
            next: None,
            waiting: false,
        };
        let watched = watcher.watched.clone();
        self.subscriptions.insert(tag, watcher);
        self.subscribed(&arrival, tag, expires, out);
        out.push(Effect::Watch(watched));
    }

    /// SUBSCRIBE inside the dialog of a subscription: it is renewed, or ends.
    pub(super) fn resubscribe(&mut self, tag: u64, arrival: Arrival<'_>, out: &mut Vec<Effect>) {
        let Some(package) = self.package(&arrival, out) else { return };
        let Some(device) = self.authenticate_subscribe(&arrival, out) else { return };
        let Some(expires) = self.expires(&arrival, out) else { return };
        let cseq = arrival.message.cseq().map_or(0, |cseq| cseq.number);
        let Some(watcher) = self.subscriptions.watchers.get_mut(&tag) else { return };
        if watcher.device != (device.account_id, device.device_id) || watcher.watched.package != package {
            return self.answer_once(&arrival, 403, &[], out);
        }
        if cseq <= watcher.dialog.remote_cseq {
            return self.answer_once(&arrival, 500, &[], out);
        }
        watcher.dialog.remote_cseq = cseq;
        watcher.dialog.refresh_target(arrival.message);
        let former = std::mem::replace(&mut watcher.dialog.hop, arrival.hop);
        watcher.expires_at = self.now + expires;
        watcher.told = None;
        let watched = watcher.watched.clone();
        self.subscriptions.connections.remove(&(former.flow, tag));
        if arrival.hop.flow.is_reliable() {
            self.subscriptions.connections.insert((arrival.hop.flow, tag));
        }
        self.subscribed(&arrival, tag, expires, out);
        out.push(Effect::Watch(watched));
    }

    /// Tells all who watch something what it is now.
    pub(super) fn show(&mut self, watched: &Watched, shown: Shown, out: &mut Vec<Effect>) {
        let tags = self.subscriptions.watched.get(watched).cloned().unwrap_or_default();
        for tag in tags {
            self.notify(tag, shown, out);
        }
    }

    /// A notification was answered, or not: what a watcher does not want any more ends.
    pub(super) fn notified(&mut self, tag: u64, status: u16, out: &mut Vec<Effect>) {
        let Some(watcher) = self.subscriptions.watchers.get_mut(&tag) else { return };
        watcher.waiting = false;
        if !(200..300).contains(&status) {
            return self.forget_watcher(tag, out);
        }
        if let Some(shown) = watcher.next.take() {
            self.notify(tag, shown, out);
        }
    }

    /// The end of a subscription may have come.
    pub(super) fn watcher_timer(&mut self, tag: u64, out: &mut Vec<Effect>) {
        let Some(watcher) = self.subscriptions.watchers.get(&tag) else { return };
        if watcher.expires_at > self.now {
            return self.arm(watcher.expires_at, Timer::Watcher(tag));
        }
        let shown = watcher.next.or(watcher.told);
        self.send_notify(tag, shown, Some("timeout"), out);
        self.forget_watcher(tag, out);
    }

    /// Subscriptions made through a connection end with it: nobody can be told any more.
    pub(super) fn watchers_of_closed(&mut self, flow: FlowId, out: &mut Vec<Effect>) {
        let range = (flow, 0)..=(flow, u64::MAX);
        let tags: Vec<u64> = self.subscriptions.connections.range(range).map(|(_, tag)| *tag).collect();
        for tag in tags {
            self.forget_watcher(tag, out);
        }
    }

    fn forget_watcher(&mut self, tag: u64, out: &mut Vec<Effect>) {
        if let Some((watcher, true)) = self.subscriptions.remove(tag) {
            out.push(Effect::Unwatch(watcher.watched));
        }
    }

    fn package(&mut self, arrival: &Arrival<'_>, out: &mut Vec<Effect>) -> Option<Package> {
        let event = arrival.message.get(&Name::Event).unwrap_or_default();
        let Some(package) = Package::from_event(&event) else {
            self.answer_once(arrival, 489, &[("Allow-Events", Package::ALL.to_owned())], out);
            return None;
        };
        let accept: Vec<_> = arrival.message.all(&Name::Accept).collect();
        if !accept.is_empty() && !accept.iter().any(|accept| package.accepted_by(accept)) {
            self.answer_once(arrival, 406, &[("Accept", package.media_type().to_owned())], out);
            return None;
        }
        Some(package)
    }

    /// For how long; 0 asks once, or ends.
    fn expires(&mut self, arrival: &Arrival<'_>, out: &mut Vec<Effect>) -> Option<Duration> {
        let asked = arrival.message.number(&Name::Expires);
        let asked = asked.map_or(EXPIRES, |seconds| Duration::from_secs(u64::from(seconds))).min(EXPIRES);
        if !asked.is_zero() && asked < EXPIRES_MIN {
            let least = EXPIRES_MIN.as_secs().to_string();
            self.answer_once(arrival, 423, &[("Min-Expires", least)], out);
            return None;
        }
        Some(asked)
    }

    fn subscribed(&mut self, arrival: &Arrival<'_>, tag: u64, expires: Duration, out: &mut Vec<Effect>) {
        let extra = [
            ("Contact", self.contact(arrival.hop.flow)),
            ("Expires", expires.as_secs().to_string()),
            ("Allow-Events", Package::ALL.to_owned()),
            ("Server", self.config.product.clone()),
        ];
        let bytes = arrival.head.response(200, reason_phrase(200), Some(&tag_text(tag)), &extra, None);
        self.reply(arrival.key, arrival.hop, arrival.head.destination, bytes, out);
        let end = if expires.is_zero() { GRACE } else { expires };
        self.arm(self.now + end, Timer::Watcher(tag));
    }

    fn notify(&mut self, tag: u64, shown: Shown, out: &mut Vec<Effect>) {
        let now = self.now;
        let Some(watcher) = self.subscriptions.watchers.get_mut(&tag) else { return };
        if watcher.waiting {
            watcher.next = Some(shown);
            return;
        }
        if watcher.told == Some(shown) {
            return;
        }
        if watcher.expires_at <= now {
            // Asked once, or ended: this is the last word.
            self.send_notify(tag, Some(shown), Some("timeout"), out);
            return self.forget_watcher(tag, out);
        }
        let sent = self.send_notify(tag, Some(shown), None, out);
        if let Some(watcher) = self.subscriptions.watchers.get_mut(&tag) {
            watcher.told = Some(shown);
            watcher.waiting = sent;
        }
    }

    /// Sends a notification; the last one when there is a reason to end. True when its answer will come.
    fn send_notify(
        &mut self,
        tag: u64,
        shown: Option<Shown>,
        ended: Option<&str>,
        out: &mut Vec<Effect>,
    ) -> bool {
        let now = self.now;
        let Some(watcher) = self.subscriptions.watchers.get_mut(&tag) else { return false };
        let package = watcher.watched.package;
        let state = match ended {
            Some(reason) => format!("terminated;reason={reason}"),
            None => format!("active;expires={}", (watcher.expires_at - now).as_secs()),
        };
        let content = shown.map(|shown| {
            let text = body(package, &watcher.entity, watcher.version, shown);
            (package.media_type(), Bytes::from(text))
        });
        watcher.version = watcher.version.wrapping_add(1);
        let headers =
            vec![("Event".to_owned(), watcher.event.clone()), ("Subscription-State".to_owned(), state)];
        let mut dialog = watcher.dialog.clone();
        let purpose = if ended.is_some() { Purpose::Nobody } else { Purpose::Notify { watcher: tag } };
        let sent = self.dialog_request(&mut dialog, None, "NOTIFY", &headers, content.as_ref(), purpose, out);
        if let Some(watcher) = self.subscriptions.watchers.get_mut(&tag) {
            watcher.dialog = dialog;
        }
        sent.is_some()
    }
}
