//! The signalling core: one state machine for all legs, in virtual time.
//!
//! The contract: give it one [`Input`] with the time, take the [`Effect`]s, and call it again no later than
//! [`SipCore::next_deadline`]. It opens no sockets, asks no clock, and forgets nothing it must not.
//! Not for deciding what happens to a call: that is the driver's, by [`LegCommand`].

mod auth;
mod call;
mod dialog;
mod invite;
mod midcall;
mod notifier;
mod outgoing;
mod provisional;
mod requests;
mod responses;
mod session;
mod state;
mod transactions;

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use self::dialog::Hop;
use self::notifier::Subscriptions;
use self::state::{ClientKey, ClientTx, Leg, ServerKey, ServerTx, Timer};
use super::digest::DigestServer;
use super::directory::Directory;
use super::leg::{Effect, FlowId, Input, LegCommand, LegEvent, LegKey};
use super::limits::Config;
use super::random::Random;
use super::registrar::Registrar;

/// Methods we know inside or outside a call.
pub(crate) const ALLOW: &str =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, REFER, SUBSCRIBE, NOTIFY, REGISTER";
/// Extensions we know.
pub(crate) const SUPPORTED: &str = "100rel, timer, replaces";

/// The signalling state machine.
pub struct SipCore {
    config: Config,
    directory: Arc<dyn Directory>,
    registrar: Registrar,
    digest: DigestServer,
    random: Random,
    hashers: (RandomState, RandomState),
    legs: HashMap<LegKey, Box<Leg>>,
    /// Our dialog tags: leg and fork.
    tags: HashMap<u64, (LegKey, usize)>,
    servers: HashMap<ServerKey, ServerTx>,
    merged: HashMap<u128, ServerKey>,
    clients: HashMap<ClientKey, ClientTx>,
    subscriptions: Subscriptions,
    /// Those whose request went through a connection, to find them when it breaks.
    connection_clients: BTreeSet<(FlowId, ClientKey)>,
    timers: BinaryHeap<Reverse<(Duration, Timer)>>,
    connections: HashMap<SocketAddr, FlowId>,
    connections_made: u64,
    incoming_legs: u64,
    now: Duration,
}

/// How much the core holds, for metrics and for tests that nothing is left behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Legs.
    pub legs: usize,
    /// Server transactions.
    pub server_transactions: usize,
    /// Client transactions.
    pub client_transactions: usize,
    /// Addresses of record with a registration.
    pub registrations: usize,
    /// Dialog tags of legs.
    pub tags: usize,
    /// Subscriptions.
    pub subscriptions: usize,
}

impl SipCore {
    /// An idle core.
    pub fn new(config: Config, directory: Arc<dyn Directory>) -> SipCore {
        let limits = &config.limits;
        let registrar = Registrar::new(config.registrar.clone(), limits.max_aors, limits.max_contacts);
        let digest_key = super::random::keyed_hash(&config.seed, &[b"digest"]);
        SipCore {
            registrar,
            digest: DigestServer::new(digest_key, config.digest.clone()),
            random: Random::new(config.seed),
            hashers: (RandomState::new(), RandomState::new()),
            legs: HashMap::new(),
            tags: HashMap::new(),
            servers: HashMap::new(),
            merged: HashMap::new(),
            clients: HashMap::new(),
            subscriptions: Subscriptions::default(),
            connection_clients: BTreeSet::new(),
            timers: BinaryHeap::new(),
            connections: HashMap::new(),
            connections_made: 0,
            incoming_legs: 0,
            now: Duration::ZERO,
            config,
            directory,
        }
    }

    /// Take one input. `now` is the time since some origin and never goes back; effects are appended to `out` in the
    /// order in which they are to be carried out.
    pub fn handle(&mut self, now: Duration, input: Input<'_>, out: &mut Vec<Effect>) {
        self.now = self.now.max(now);
        self.run_timers(out);
        match input {
            Input::Packet { raw, flow, from } => self.packet(raw, Hop { flow, to: from }, out),
            Input::Timer => {}
            Input::Command(key, command) => self.command(key, command, out),
            Input::FlowClosed(flow) => self.flow_closed(flow, out),
            Input::Show(watched, shown) => self.show(&watched, shown, out),
        }
    }

    /// When [`Input::Timer`] is due at the latest; `None` when nothing waits.
    pub fn next_deadline(&self) -> Option<Duration> {
        let timer = self.timers.peek().map(|Reverse((at, _))| *at);
        [timer, self.registrar.next_deadline()].into_iter().flatten().min()
    }

    /// How much it holds.
    pub fn load(&self) -> Load {
        Load {
            legs: self.legs.len(),
            server_transactions: self.servers.len(),
            client_transactions: self.clients.len(),
            registrations: self.registrar.len(),
            tags: self.tags.len(),
            subscriptions: self.subscriptions.len(),
        }
    }

    /// The registrations, to look at.
    pub fn registrar(&self) -> &Registrar {
        &self.registrar
    }

    /// The registrations, to put back what was exported before a restart.
    pub fn registrar_mut(&mut self) -> &mut Registrar {
        &mut self.registrar
    }

    /// The leg whose dialog has this `Call-ID` and local tag, for `Replaces`.
    fn leg_of_dialog(&self, call_id: &str, tag: &str) -> Option<LegKey> {
        let (key, fork) = *self.tags.get(&dialog::tag_number(tag)?)?;
        let leg = self.legs.get(&key)?;
        let ours = match &leg.dialog {
            Some(dialog) => dialog.call_id == call_id,
            None => leg.forks.get(fork).is_some_and(|fork| fork.call_id == call_id),
        };
        ours.then_some(key)
    }

    fn hash(&self, parts: &[&[u8]]) -> u128 {
        let high = self.hashers.0.hash_one(parts);
        let low = self.hashers.1.hash_one(parts);
        (u128::from(high) << 64) | u128::from(low)
    }

    fn command(&mut self, key: LegKey, command: LegCommand, out: &mut Vec<Effect>) {
        if let LegCommand::Dial(dial) = command {
            return self.dial(key, *dial, out);
        }
        self.with_leg(key, out, |core, leg, out| match command {
            LegCommand::Ring => core.provisional(leg, 180, None, out),
            LegCommand::EarlyMedia(sdp) => core.provisional(leg, 183, Some(sdp), out),
            LegCommand::Answer(sdp) => core.answer(leg, sdp, out),
            LegCommand::Reject { status, reason, headers } => {
                core.refuse(leg, status, reason.as_deref(), &headers, out);
            }
            LegCommand::Dial(_) => {}
            LegCommand::Reinvite(sdp) => core.reinvite(leg, sdp, false, out),
            LegCommand::Hold => core.hold(leg, true, out),
            LegCommand::Resume => core.hold(leg, false, out),
            LegCommand::AnswerReinvite(reply) => core.answer_reoffer(leg, reply, out),
            LegCommand::Info { digit, duration } => core.send_digit(leg, digit, duration, out),
            LegCommand::Bye { reason } => core.hang_up(leg, reason, out),
            LegCommand::Cancel => core.give_up(leg, out),
            LegCommand::ReferReply { status } => core.answer_refer(leg, status, out),
            LegCommand::ReferNotify { status } => core.notify_refer(leg, status, out),
        });
    }

    /// Work on a leg taken out of the table, then put it back unless it is done.
    fn with_leg(
        &mut self,
        key: LegKey,
        out: &mut Vec<Effect>,
        work: impl FnOnce(&mut SipCore, &mut Leg, &mut Vec<Effect>),
    ) {
        let Some(mut leg) = self.legs.remove(&key) else { return };
        work(self, &mut leg, out);
        self.keep(leg);
    }

    fn keep(&mut self, mut leg: Box<Leg>) {
        if leg.done() {
            if let Some(dialog) = &leg.dialog {
                self.tags.remove(&dialog.local_tag);
            }
            for fork in &leg.forks {
                self.tags.remove(&fork.tag);
            }
            return;
        }
        if let Some(at) = leg.next_deadline()
            && leg.armed.is_none_or(|armed| at < armed)
        {
            leg.armed = Some(at);
            self.timers.push(Reverse((at, Timer::Leg(leg.key))));
        }
        self.legs.insert(leg.key, leg);
    }

    fn leg_event(leg: &Leg, event: LegEvent, out: &mut Vec<Effect>) {
        out.push(Effect::Leg(leg.key, event));
    }

    /// The `Contact` value peers get for messages through a flow.
    fn contact(&self, flow: FlowId) -> String {
        match (flow.is_reliable(), self.config.tcp) {
            (true, Some(address)) => format!("<sip:{address};transport=tcp>"),
            _ => format!("<sip:{}>", self.own_address(flow)),
        }
    }

    /// Our address as peers of a flow see it.
    fn own_address(&self, flow: FlowId) -> SocketAddr {
        let udp = flow.udp_number().and_then(|n| self.config.udp.get(n)).or_else(|| self.config.udp.first());
        let udp = udp.copied().unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 5060)));
        if flow.is_reliable() { self.config.tcp.unwrap_or(udp) } else { udp }
    }

    /// A `Via` value with a new branch.
    fn via(&self, flow: FlowId, branch: u64) -> String {
        let transport = if flow.is_reliable() { "TCP" } else { "UDP" };
        format!("SIP/2.0/{transport} {};branch=z9hG4bK{branch:016x};rport", self.own_address(flow))
    }

    /// The way to an address: its UDP socket of the right family, or a connection, made when there is none.
    fn hop_to(&mut self, to: SocketAddr, tcp: bool, out: &mut Vec<Effect>) -> Option<Hop> {
        if !tcp {
            let number = self.config.udp.iter().position(|own| own.is_ipv4() == to.is_ipv4())?;
            return Some(Hop { flow: FlowId::udp(u16::try_from(number).ok()?), to });
        }
        if let Some(flow) = self.connections.get(&to) {
            return Some(Hop { flow: *flow, to });
        }
        self.connections_made += 1;
        let flow = FlowId::connected(self.connections_made);
        self.connections.insert(to, flow);
        out.push(Effect::Connect { flow, to });
        Some(Hop { flow, to })
    }
}
