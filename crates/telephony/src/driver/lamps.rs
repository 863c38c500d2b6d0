//! Lamps of telephones: what the extensions, parking slots and mailboxes that somebody watches show.
//!
//! Legs that change mark their account; a moment later the lamps of all marked accounts are looked at together, so that
//! busy accounts cost no more than a look per [`GATHER`]. Not for who subscribed: the signalling core knows.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use engine::ids::LegId;
use flow::account::AccountIndex;
use flow::graph::Flow;
use serde_json::Value;

use super::call::{CallKey, LegState, LiveLeg};
use super::mailbox::Event;
use super::switch::Switch;
use crate::sip::leg::Input;
use crate::sip::watch::{Line, Package, Shown, Watched};

/// How long changes of an account are gathered before its lamps are looked at.
const GATHER: Duration = Duration::from_millis(50);
/// States kept per account that only events tell (parking slots).
const SAID_MAX: usize = 10_000;
/// Nodes of a callflow looked at for the telephone that an extension rings.
const NODES_MAX: usize = 20;

/// What is watched, and what is known of it besides calls.
#[derive(Default)]
pub(super) struct Lamps {
    accounts: BTreeMap<String, Account>,
    /// Accounts something changed in.
    changed: BTreeSet<String>,
    due: Option<Duration>,
}

#[derive(Default)]
struct Account {
    /// By the user part that was subscribed to.
    lines: BTreeMap<String, WatchedLine>,
    /// By the user part that was subscribed to: the ids of voicemail boxes.
    mailboxes: BTreeMap<String, Vec<String>>,
}

#[derive(Default)]
struct WatchedLine {
    packages: BTreeSet<Package>,
    /// The devices behind it.
    devices: Vec<String>,
}

/// What events said of presence ids; those that are idle are left out. By account, whether somebody watches or not: a
/// telephone that asks later learns it too.
#[derive(Default)]
pub(super) struct Said(BTreeMap<String, BTreeMap<String, Line>>);

impl Lamps {
    /// When [`Switch::refresh_lamps`] is due.
    pub(super) fn due(&self) -> Option<Duration> {
        self.due
    }
}

impl Said {
    fn line(&self, account_id: &str, user: &str) -> Line {
        self.0.get(account_id).and_then(|said| said.get(user)).copied().unwrap_or_default()
    }

    fn set(&mut self, account_id: &str, user: &str, line: Line) {
        let said = self.0.entry(account_id.to_owned()).or_default();
        if line == Line::Idle {
            said.remove(user);
            if said.is_empty() {
                self.0.remove(account_id);
            }
        } else if said.len() < SAID_MAX {
            said.insert(user.to_owned(), line);
        }
    }
}

impl Switch {
    /// Somebody subscribed or renewed: who stands behind it is found out anew, and they are told.
    pub(super) fn watch(&mut self, watched: Watched) {
        let index = self.host.index(&watched.account_id);
        let account = self.lamps.accounts.entry(watched.account_id.clone()).or_default();
        if watched.package == Package::MessageSummary {
            let boxes = index.map(|index| boxes_of(&index, &watched.user)).unwrap_or_default();
            account.mailboxes.insert(watched.user.clone(), boxes);
            return self.count_messages(&watched.account_id, &watched.user);
        }
        let devices = index.map(|index| devices_of(&index, &watched.user)).unwrap_or_default();
        let line = account.lines.entry(watched.user.clone()).or_default();
        line.packages.insert(watched.package);
        line.devices = devices;
        self.show_account(&watched.account_id);
    }

    /// Nobody watches this any more.
    pub(super) fn unwatch(&mut self, watched: &Watched) {
        let Some(account) = self.lamps.accounts.get_mut(&watched.account_id) else { return };
        if watched.package == Package::MessageSummary {
            account.mailboxes.remove(&watched.user);
        } else if let Some(line) = account.lines.get_mut(&watched.user) {
            line.packages.remove(&watched.package);
            if line.packages.is_empty() {
                account.lines.remove(&watched.user);
            }
        }
        if account.lines.is_empty() && account.mailboxes.is_empty() {
            self.lamps.accounts.remove(&watched.account_id);
        }
    }

    /// The account of a call, when somebody watches in it.
    pub(super) fn watched_account(&self, key: CallKey) -> Option<String> {
        if self.lamps.accounts.is_empty() {
            return None;
        }
        let call = self.calls.get(&key)?;
        self.lamps.accounts.contains_key(&call.account_id).then(|| call.account_id.clone())
    }

    /// Legs of an account changed.
    pub(super) fn lamps_changed(&mut self, account_id: &str) {
        let watched = self.lamps.accounts.get(account_id).is_some_and(|account| !account.lines.is_empty());
        if watched && !self.lamps.changed.contains(account_id) {
            self.lamps.changed.insert(account_id.to_owned());
            let due = self.now() + GATHER;
            self.lamps.due.get_or_insert(due);
        }
    }

    /// Looks at the lamps of all accounts that something changed in.
    pub(super) fn refresh_lamps(&mut self) {
        self.lamps.due = None;
        for account_id in std::mem::take(&mut self.lamps.changed) {
            self.show_account(&account_id);
        }
    }

    /// An event of a call that lamps may show: a parking slot taken or freed, a state set by hand.
    pub(super) fn lamp_event(&mut self, account_id: &str, event: &str, data: &Value) {
        let id = data.get("presence_id").and_then(Value::as_str);
        let Some(user) = id.map(|id| id.split('@').next().unwrap_or_default()) else { return };
        if event.starts_with("park_")
            && let Some(state) = data.get("presence").and_then(Value::as_str)
        {
            self.said.set(account_id, user, Line::from_dialog_state(state));
        }
        self.lamps_changed(account_id);
    }

    /// Messages of a box came, were heard or went.
    pub(super) fn box_changed(&mut self, account_id: &str, box_id: &str) {
        let Some(account) = self.lamps.accounts.get(account_id) else { return };
        let of_box = account.mailboxes.iter().filter(|(_, boxes)| boxes.iter().any(|id| id == box_id));
        let users: Vec<String> = of_box.map(|(user, _)| user.clone()).collect();
        for user in users {
            self.count_messages(account_id, &user);
        }
    }

    /// The messages of a watched mailbox are counted.
    pub(super) fn messages_counted(&mut self, account_id: String, user: String, new: u64, saved: u64) {
        let watched = Watched { account_id, user, package: Package::MessageSummary };
        self.sip(Input::Show(watched, Shown::Messages { new, saved }));
    }

    fn count_messages(&mut self, account_id: &str, user: &str) {
        let account = self.lamps.accounts.get(account_id);
        let Some(boxes) = account.and_then(|account| account.mailboxes.get(user)).cloned() else { return };
        let (mailbox, account, user) = (self.mailbox.clone(), account_id.to_owned(), user.to_owned());
        let counted = Box::new(move |new, saved| {
            mailbox.post(Event::MessagesCounted { account_id: account, user, new, saved });
        });
        self.host.count_messages(account_id, boxes, counted);
    }

    /// Tells the core of every lamp of an account; it tells on what is new.
    fn show_account(&mut self, account_id: &str) {
        let Some(account) = self.lamps.accounts.get(account_id) else { return };
        let index = self.host.index(account_id);
        let by_hand = index.as_ref().and_then(|index| index.document("manual_presence"));
        let mut devices: BTreeMap<&str, Line> = BTreeMap::new();
        for call in self.calls.values().filter(|call| call.account_id == account_id) {
            for (id, leg) in &call.legs {
                if let Some(device) = &leg.device {
                    let line = devices.entry(device).or_default();
                    *line = (*line).max(line_of(*id, leg));
                }
            }
        }
        let mut shown = Vec::new();
        for (user, watched) in &account.lines {
            let rung =
                watched.devices.iter().filter_map(|device| devices.get(device.as_str()).copied()).max();
            let set = by_hand.and_then(|document| {
                let states = document.body.as_object()?.iter();
                let state = states.into_iter().find(|(id, _)| id.split('@').next() == Some(user))?.1;
                Some(Line::from_dialog_state(state.as_str()?))
            });
            let said = self.said.line(account_id, user);
            let line = [rung, set].into_iter().flatten().fold(said, Line::max);
            for package in &watched.packages {
                let (account_id, user) = (account_id.to_owned(), user.clone());
                shown.push((Watched { account_id, user, package: *package }, line));
            }
        }
        for (watched, line) in shown {
            self.sip(Input::Show(watched, Shown::Line(line)));
        }
    }
}

/// A called telephone rings until it is answered; one that calls is taken from the start.
fn line_of(id: LegId, leg: &LiveLeg) -> Line {
    match leg.state {
        LegState::Over => Line::Idle,
        LegState::Dialling if id != LegId::CALLER => Line::Ringing,
        LegState::Calling | LegState::Dialling | LegState::Up => Line::Busy,
    }
}

/// The devices behind an extension or presence id: by `sip.username`, by the presence id of the device or its owner, and
/// by the callflow of that number, when it begins by ringing a device or a user.
fn devices_of(index: &AccountIndex, user: &str) -> Vec<String> {
    let mut found: BTreeSet<String> =
        index.devices_by_username(user).map(|device| device.id.clone()).collect();
    for document in index.of_type("device").chain(index.of_type("user")) {
        let id = document.body.get("presence_id").and_then(Value::as_str).unwrap_or_default();
        if id.split('@').next() == Some(user) && !user.is_empty() {
            found.extend(behind(index, &document.id));
        }
    }
    let number = index.normalise(user);
    if let Ok(matched) = index.lookup(&number)
        && !matched.no_match
    {
        let rung = rung_first(&matched.callflow.flow);
        found.extend(rung.map(|id| behind(index, &id)).unwrap_or_default());
    }
    found.into_iter().collect()
}

/// A device itself, or the devices of a user.
fn behind(index: &AccountIndex, id: &str) -> Vec<String> {
    match index.document(id).map(|document| document.kind.as_str()) {
        Some("device") => vec![id.to_owned()],
        Some("user") => {
            index.devices_of(id).chain(index.hotdesks_of(id)).map(|device| device.id.clone()).collect()
        }
        _ => Vec::new(),
    }
}

/// The device or user that a flow rings first, along its default ways.
fn rung_first(flow: &Flow) -> Option<String> {
    let mut node = flow.entry_node()?;
    for _ in 0..NODES_MAX {
        if matches!(node.module.as_str(), "device" | "user") && !node.is_skipped() {
            return node.data.get("id").and_then(Value::as_str).map(str::to_owned);
        }
        node = flow.node(node.exit("_")?)?;
    }
    None
}

/// The boxes behind what a telephone subscribed to: the number of a mailbox, or a telephone or extension whose owner
/// has some.
fn boxes_of(index: &AccountIndex, user: &str) -> Vec<String> {
    let numbered: Vec<String> = index.boxes_numbered(user).map(|document| document.id.clone()).collect();
    if !numbered.is_empty() {
        return numbered;
    }
    let mut found = BTreeSet::new();
    for device in devices_of(index, user) {
        let owner = index.document(&device).and_then(|device| device.body.get("owner_id").cloned());
        if let Some(owner) = owner.as_ref().and_then(Value::as_str) {
            found.extend(index.boxes_of(owner).map(|document| document.id.clone()));
        }
    }
    found.into_iter().collect()
}
