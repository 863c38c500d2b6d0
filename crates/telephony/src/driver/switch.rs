//! The switch: everything the signalling thread owns, and what it does with packets, events and time.
//!
//! Its loop over sockets is in [`transport`](crate::transport); here nothing waits.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::ids::{LegId, Now};
use engine::input::{Control, Input};
use engine::limits::Limits;
use jiff::Timestamp;
use parking_lot::Mutex;

use super::call::{CallKey, LiveCall};
use super::handle::{Shown, SwitchHandle};
use super::host::Host;
use super::lamps::{Lamps, Said};
use super::mailbox::{Event, Mailbox};
use super::queues::Queues;
use super::rooms::{LiveRoom, RoomName};
use crate::media::engine::{MediaHandle, StreamId};
use crate::media::prompts::Prompts;
use crate::sip::core::SipCore;
use crate::sip::leg::{Effect, FlowId, Input as SipInput, LegCommand, LegKey};
use crate::sip::limits::Config;
use crate::transport::Machine;

/// How a switch is set up.
#[derive(Clone, Debug)]
pub struct SwitchConfig {
    /// Signalling.
    pub sip: Config,
    /// Calls at once; further ones are answered 503. Default 10,000.
    pub calls_max: usize,
    /// Bounds of each call.
    pub limits: Limits,
    /// Folder for recordings under way.
    pub recordings: PathBuf,
    /// What the name of an alternative plan has behind its service number. Default `_alt`.
    pub alternative_suffix: String,
    /// SIP URI of the fax endpoint that faxes are handed over to; empty for none.
    pub fax_endpoint: String,
}

/// Everything the signalling thread owns.
pub struct Switch {
    pub(super) core: SipCore,
    pub(super) media: MediaHandle,
    pub(super) prompts: Arc<Prompts>,
    pub(super) host: Arc<dyn Host>,
    pub(super) mailbox: Mailbox,
    pub(super) config: SwitchConfig,
    pub(super) calls: HashMap<CallKey, LiveCall>,
    pub(super) by_leg: HashMap<LegKey, (CallKey, LegId)>,
    pub(super) by_stream: HashMap<StreamId, (CallKey, LegId)>,
    /// Media commands of legs that have gone to another call since, and the call they were given by.
    pub(super) moved: HashMap<(StreamId, u64), CallKey>,
    pub(super) rooms: HashMap<RoomName, LiveRoom>,
    pub(super) deadlines: BTreeSet<(Duration, CallKey)>,
    /// The agent queues of accounts that have had any.
    pub(super) queues: Arc<Mutex<Queues>>,
    pub(super) inputs: VecDeque<(CallKey, Input)>,
    pub(super) lamps: Lamps,
    pub(super) said: Said,
    pub(super) shown: Arc<Mutex<Shown>>,
    pub(super) runtime: tokio::runtime::Handle,
    pub(super) next_call: u64,
    pub(super) next_leg: u64,
    pub(super) draining: bool,
    stopped: bool,
    origin: Instant,
    effects: Vec<Effect>,
    events: Vec<Event>,
    /// What the transport has to do.
    outgoing: Vec<Effect>,
}

impl Switch {
    /// An idle switch. `runtime` serves look-ups of host names.
    pub fn new(
        config: SwitchConfig,
        media: MediaHandle,
        prompts: Arc<Prompts>,
        host: Arc<dyn Host>,
        mailbox: Mailbox,
        runtime: tokio::runtime::Handle,
    ) -> Switch {
        Switch {
            core: SipCore::new(config.sip.clone(), host.directory()),
            media,
            prompts,
            host,
            mailbox,
            config,
            calls: HashMap::new(),
            by_leg: HashMap::new(),
            by_stream: HashMap::new(),
            moved: HashMap::new(),
            rooms: HashMap::new(),
            deadlines: BTreeSet::new(),
            queues: Arc::default(),
            inputs: VecDeque::new(),
            lamps: Lamps::default(),
            said: Said::default(),
            shown: Arc::default(),
            runtime,
            next_call: 0,
            next_leg: 0,
            draining: false,
            stopped: false,
            origin: Instant::now(),
            effects: Vec::new(),
            events: Vec::new(),
            outgoing: Vec::new(),
        }
    }

    /// A handle for the rest of the program.
    pub fn handle(&self) -> SwitchHandle {
        SwitchHandle {
            shown: Arc::clone(&self.shown),
            queues: Arc::clone(&self.queues),
            origin: self.origin,
            mailbox: self.mailbox.clone(),
        }
    }

    /// The signalling core.
    pub(super) fn core_mut(&mut self) -> &mut SipCore {
        &mut self.core
    }

    /// Monotonic time of this switch.
    pub fn now(&self) -> Duration {
        self.origin.elapsed()
    }

    /// Gives the signalling core an input; its effects are dealt with by [`Switch::settle`].
    pub(super) fn sip(&mut self, input: SipInput<'_>) {
        let now = self.now();
        self.core.handle(now, input, &mut self.effects);
    }

    /// Gives a leg a command.
    pub(super) fn leg_command(&mut self, key: LegKey, command: LegCommand) {
        self.sip(SipInput::Command(key, command));
    }

    /// Deals with effects and inputs until there are none.
    pub(super) fn settle(&mut self) {
        loop {
            if !self.effects.is_empty() {
                let mut effects = std::mem::take(&mut self.effects);
                for effect in effects.drain(..) {
                    self.effect(effect);
                }
                if self.effects.is_empty() {
                    self.effects = effects;
                }
                continue;
            }
            match self.inputs.pop_front() {
                Some((key, input)) => self.step(key, input),
                None => return,
            }
        }
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Send { .. } | Effect::Connect { .. } => self.outgoing.push(effect),
            Effect::Leg(key, event) => self.leg_event(key, event),
            Effect::Registered(registration) => self.registered(registration),
            Effect::Unregistered { aor, contact, .. } => self.unregistered(aor, contact),
            Effect::Watch(watched) => self.watch(watched),
            Effect::Unwatch(watched) => self.unwatch(&watched),
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Completed { call, command, result } => {
                self.inputs.push_back((call, Input::Completed { command, result }));
            }
            Event::Clip { call, command, item, clip } => self.clip_arrived(call, command, item, clip),
            Event::Resolved { call, leg, address } => self.resolved(call, leg, address),
            Event::FaxAnswerLimit { call, command } => self.fax_answer_limit(call, command),
            Event::Media(stream, event) => self.media_event(stream, event),
            Event::HangUp { account_id, call_id } => {
                let of = |call: &LiveCall| call.call_id == call_id && call.account_id == account_id;
                let keys: Vec<CallKey> =
                    self.calls.iter().filter(|(_, call)| of(call)).map(|(key, _)| *key).collect();
                self.inputs.extend(keys.into_iter().map(|key| (key, Input::Control(Control::HangUp))));
            }
            Event::BoxChanged { account_id, box_id } => self.box_changed(&account_id, &box_id),
            Event::MessagesCounted { account_id, user, new, saved } => {
                self.messages_counted(account_id, user, new, saved);
            }
            Event::Drain => self.draining = true,
            Event::Stop => {
                let keys: Vec<CallKey> = self.calls.keys().copied().collect();
                self.inputs.extend(keys.into_iter().map(|key| (key, Input::Control(Control::HangUp))));
                self.draining = true;
                self.stopped = true;
            }
        }
    }

    /// The time as the engine wants it.
    pub(super) fn engine_now(&self) -> Now {
        Now { mono: self.now(), civil: Timestamp::now() }
    }
}

impl Machine for Switch {
    fn packet(&mut self, raw: &[u8], flow: FlowId, from: SocketAddr) {
        self.sip(SipInput::Packet { raw, flow, from });
        self.settle();
    }

    fn flow_closed(&mut self, flow: FlowId) {
        self.sip(SipInput::FlowClosed(flow));
        self.settle();
    }

    fn wake(&mut self) {
        let mut events = std::mem::take(&mut self.events);
        self.mailbox.take(&mut events);
        for event in events.drain(..) {
            self.event(event);
            self.settle();
        }
        self.events = events;
        let now = self.now();
        if self.core.next_deadline().is_some_and(|at| at <= now) {
            self.sip(SipInput::Timer);
            self.settle();
        }
        if self.lamps.due().is_some_and(|at| at <= now) {
            self.refresh_lamps();
            self.settle();
        }
        while let Some((at, key)) = self.deadlines.first().copied()
            && at <= now
        {
            self.deadlines.remove(&(at, key));
            if let Some(call) = self.calls.get_mut(&key) {
                call.deadline = None;
            }
            self.inputs.push_back((key, Input::Deadline));
            self.settle();
        }
        self.advance_queues();
        self.settle();
    }

    fn rest(&self) -> Option<Duration> {
        let call = self.deadlines.first().map(|(at, _)| *at);
        let next = [call, self.core.next_deadline(), self.lamps.due(), self.queues_next_at()];
        let next = next.into_iter().flatten().min()?;
        Some(next.saturating_sub(self.now()))
    }

    fn take_outgoing(&mut self, into: &mut Vec<Effect>) {
        into.append(&mut self.outgoing);
    }

    fn is_over(&self) -> bool {
        self.stopped || (self.draining && self.calls.is_empty())
    }
}
