//! Transactions (RFC 3261 section 17, RFC 6026): retransmission, absorption, time-outs. Tables hold response or request
//! octets only, so that a finished call costs well below 1 KB for the 32 s it lingers. Not for what a message means.

use std::cmp::Reverse;

use bytes::Bytes;

use super::SipCore;
use super::dialog::Hop;
use super::state::{ClientKey, ClientState, ClientTx, Purpose, ServerKey, ServerState, ServerTx, Timer};
use crate::sip::build::ResponseHead;
use crate::sip::leg::{Effect, FlowId, LegKey};
use crate::sip::uri::{Via, split_list};
use crate::sip::wire::{Message, Name};

impl SipCore {
    /// What identifies the server transaction of a request. ACK and CANCEL give `method` "INVITE" to find theirs.
    /// `Call-ID` and `CSeq` are taken in, since some senders repeat a branch.
    pub(super) fn server_key(&self, message: &Message, method: &str) -> ServerKey {
        let call_id = message.raw(&Name::CallId).unwrap_or_default();
        let cseq = message.cseq().map_or(0, |cseq| cseq.number).to_be_bytes();
        let via_line = message.get(&Name::Via).unwrap_or_default();
        let top = split_list(&via_line).first().copied().unwrap_or_default();
        let via = Via::parse(top);
        let sent_by =
            via.as_ref().map(|v| format!("{}:{}", v.host, v.port.unwrap_or(5060))).unwrap_or_default();
        match via.as_ref().and_then(Via::branch).filter(|b| b.starts_with("z9hG4bK")) {
            Some(branch) => ServerKey(self.hash(&[
                branch.as_bytes(),
                sent_by.as_bytes(),
                method.as_bytes(),
                call_id,
                &cseq,
            ])),
            None => {
                let from = message.from();
                let from_tag = from.tag().unwrap_or_default();
                ServerKey(self.hash(&[
                    b"2543",
                    from_tag.as_bytes(),
                    sent_by.as_bytes(),
                    method.as_bytes(),
                    call_id,
                    &cseq,
                ]))
            }
        }
    }

    /// What retransmissions of one request over several ways have in common (RFC 3261 section 8.2.2.2).
    pub(super) fn merge_key(&self, message: &Message) -> u128 {
        let from = message.from();
        let tag = from.tag().unwrap_or_default().as_bytes();
        let cseq = message.raw(&Name::CSeq).unwrap_or_default();
        self.hash(&[b"merge", tag, message.raw(&Name::CallId).unwrap_or_default(), cseq])
    }

    pub(super) fn arm(&mut self, at: std::time::Duration, timer: Timer) {
        self.timers.push(Reverse((at, timer)));
    }

    /// Open the transaction of an INVITE with 100 Trying.
    pub(super) fn open_invite(
        &mut self,
        key: ServerKey,
        head: &ResponseHead,
        hop: Hop,
        leg: LegKey,
        merged: Option<u128>,
        out: &mut Vec<Effect>,
    ) {
        let bytes = head.response(100, "Trying", None, &[], None);
        let hop = Hop { flow: hop.flow, to: head.destination };
        out.push(Effect::Send { flow: hop.flow, to: hop.to, bytes: bytes.clone() });
        if let Some(merged) = merged {
            self.merged.insert(merged, key);
        }
        let tx = ServerTx {
            invite: true,
            leg: Some(leg),
            hop,
            last: bytes,
            state: ServerState::Proceeding,
            interval: self.config.timers.t1,
            next: None,
            end: None,
            merged,
        };
        self.servers.insert(key, tx);
    }

    /// Send a provisional response of an INVITE.
    pub(super) fn send_provisional(&mut self, key: ServerKey, bytes: Bytes, out: &mut Vec<Effect>) {
        if let Some(tx) = self.servers.get_mut(&key).filter(|tx| tx.state == ServerState::Proceeding) {
            tx.last = bytes.clone();
            out.push(Effect::Send { flow: tx.hop.flow, to: tx.hop.to, bytes });
        }
    }

    /// Send the final response of an INVITE; returns where it went.
    pub(super) fn send_final(
        &mut self,
        key: ServerKey,
        status: u16,
        bytes: Bytes,
        out: &mut Vec<Effect>,
    ) -> Option<Hop> {
        let (now, timers) = (self.now, self.config.timers);
        let tx = self.servers.get_mut(&key).filter(|tx| tx.state == ServerState::Proceeding)?;
        let hop = tx.hop;
        out.push(Effect::Send { flow: hop.flow, to: hop.to, bytes: bytes.clone() });
        tx.end = Some(now + timers.give_up());
        if status < 300 {
            tx.state = ServerState::Accepted;
            tx.last = Bytes::new();
            tx.leg = tx.leg.filter(|_| tx.invite);
            tx.next = None;
        } else {
            tx.state = ServerState::Completed;
            tx.last = bytes;
            tx.leg = None;
            tx.interval = timers.t1;
            tx.next = (!hop.flow.is_reliable()).then_some(now + timers.t1);
        }
        let at = tx.next.or(tx.end);
        if let Some(at) = at {
            self.arm(at, Timer::Server(key));
        }
        Some(hop)
    }

    /// A request other than INVITE that the driver has to answer: absorb its retransmissions until then.
    pub(super) fn open_other(&mut self, key: ServerKey, head: &ResponseHead, hop: Hop) {
        let end = self.now + self.config.timers.give_up();
        let tx = ServerTx {
            invite: false,
            leg: None,
            hop: Hop { flow: hop.flow, to: head.destination },
            last: Bytes::new(),
            state: ServerState::Proceeding,
            interval: self.config.timers.t1,
            next: None,
            end: Some(end),
            merged: None,
        };
        self.servers.insert(key, tx);
        self.arm(end, Timer::Server(key));
    }

    /// Answer a request other than INVITE, and repeat the answer for its retransmissions.
    pub(super) fn reply(
        &mut self,
        key: ServerKey,
        hop: Hop,
        to: std::net::SocketAddr,
        bytes: Bytes,
        out: &mut Vec<Effect>,
    ) {
        out.push(Effect::Send { flow: hop.flow, to, bytes: bytes.clone() });
        if hop.flow.is_reliable() {
            self.servers.remove(&key);
            return;
        }
        let end = self.now + self.config.timers.give_up();
        let tx = ServerTx {
            invite: false,
            leg: None,
            hop: Hop { flow: hop.flow, to },
            last: bytes,
            state: ServerState::Completed,
            interval: self.config.timers.t1,
            next: None,
            end: Some(end),
            merged: None,
        };
        self.servers.insert(key, tx);
        self.arm(end, Timer::Server(key));
    }

    /// A request whose transaction is known: repeat the last response where that is ours to do.
    pub(super) fn retransmission(&self, key: ServerKey, out: &mut Vec<Effect>) -> bool {
        let Some(tx) = self.servers.get(&key) else { return false };
        let repeat = matches!(tx.state, ServerState::Proceeding | ServerState::Completed);
        if repeat && !tx.last.is_empty() {
            out.push(Effect::Send { flow: tx.hop.flow, to: tx.hop.to, bytes: tx.last.clone() });
        }
        true
    }

    /// The ACK of a refused INVITE. Returns whether there was one.
    pub(super) fn acknowledged(&mut self, key: ServerKey) -> bool {
        let (now, t4) = (self.now, self.config.timers.t4);
        let Some(tx) = self.servers.get_mut(&key) else { return false };
        if tx.state == ServerState::Completed && tx.invite {
            tx.state = ServerState::Confirmed;
            tx.last = Bytes::new();
            tx.next = None;
            let linger = if tx.hop.flow.is_reliable() { std::time::Duration::ZERO } else { t4 };
            let end = now + linger;
            tx.end = Some(end);
            self.arm(end, Timer::Server(key));
        }
        matches!(self.servers.get(&key), Some(tx) if tx.state == ServerState::Confirmed)
    }

    /// Start a client transaction and send its request.
    pub(super) fn send_request(
        &mut self,
        key: ClientKey,
        method: &'static str,
        purpose: Purpose,
        hop: Hop,
        request: Bytes,
        out: &mut Vec<Effect>,
    ) {
        let timers = self.config.timers;
        out.push(Effect::Send { flow: hop.flow, to: hop.to, bytes: request.clone() });
        let next = (!hop.flow.is_reliable()).then_some(self.now + timers.t1);
        let end = self.now + timers.give_up();
        let tx = ClientTx {
            method,
            purpose,
            hop,
            request,
            ack: None,
            state: ClientState::Calling,
            interval: timers.t1,
            next,
            end,
            again: None,
        };
        if hop.flow.is_reliable() {
            self.connection_clients.insert((hop.flow, key));
        }
        self.clients.insert(key, tx);
        self.arm(next.unwrap_or(end), Timer::Client(key));
    }

    /// A client transaction is over.
    pub(super) fn forget_client(&mut self, key: ClientKey) -> Option<ClientTx> {
        let tx = self.clients.remove(&key)?;
        self.connection_clients.remove(&(tx.hop.flow, key));
        Some(tx)
    }

    pub(super) fn run_timers(&mut self, out: &mut Vec<Effect>) {
        while let Some(Reverse((at, _))) = self.timers.peek() {
            if *at > self.now {
                break;
            }
            let Some(Reverse((at, timer))) = self.timers.pop() else { break };
            match timer {
                Timer::Server(key) => self.server_timer(key, out),
                Timer::Client(key) => self.client_timer(key, out),
                Timer::Watcher(tag) => self.watcher_timer(tag, out),
                Timer::Leg(key) => {
                    self.with_leg(key, out, |core, leg, out| {
                        if leg.armed == Some(at) {
                            leg.armed = None;
                        }
                        core.leg_timer(leg, out);
                    });
                }
            }
        }
        if self.registrar.next_deadline().is_some_and(|at| at <= self.now) {
            for (aor, contact) in self.registrar.expire(self.now) {
                out.push(Effect::Unregistered { aor, contact, expired: true });
            }
        }
    }

    fn server_timer(&mut self, key: ServerKey, out: &mut Vec<Effect>) {
        let (now, timers) = (self.now, self.config.timers);
        let Some(tx) = self.servers.get_mut(&key) else { return };
        if tx.end.is_some_and(|end| end <= now) {
            if let Some(merged) = tx.merged {
                self.merged.remove(&merged);
            }
            self.servers.remove(&key);
            return;
        }
        if tx.next.is_some_and(|next| next <= now) {
            out.push(Effect::Send { flow: tx.hop.flow, to: tx.hop.to, bytes: tx.last.clone() });
            tx.interval = (tx.interval * 2).min(timers.t2);
            tx.next = Some(now + tx.interval);
        }
        if let Some(at) = [tx.next, tx.end].into_iter().flatten().min() {
            self.arm(at, Timer::Server(key));
        }
    }

    fn client_timer(&mut self, key: ClientKey, out: &mut Vec<Effect>) {
        let (now, timers) = (self.now, self.config.timers);
        let Some(tx) = self.clients.get_mut(&key) else { return };
        if tx.end <= now {
            let finished = tx.state == ClientState::Completed;
            if let Some(tx) = self.forget_client(key).filter(|_| !finished) {
                self.client_timed_out(key, &tx, out);
            }
            return;
        }
        if tx.next.is_some_and(|next| next <= now) {
            out.push(Effect::Send { flow: tx.hop.flow, to: tx.hop.to, bytes: tx.request.clone() });
            tx.interval = match tx.method {
                "INVITE" => tx.interval * 2,
                _ if tx.state == ClientState::Proceeding => timers.t2,
                _ => (tx.interval * 2).min(timers.t2),
            };
            tx.next = Some(now + tx.interval);
        }
        let at = tx.next.map_or(tx.end, |next| next.min(tx.end));
        self.arm(at, Timer::Client(key));
    }

    /// A connection is gone: its registrations, and everything that waits for an answer through it.
    pub(super) fn flow_closed(&mut self, flow: FlowId, out: &mut Vec<Effect>) {
        self.connections.retain(|_, known| *known != flow);
        for (aor, contact) in self.registrar.flow_closed(flow) {
            out.push(Effect::Unregistered { aor, contact, expired: true });
        }
        self.watchers_of_closed(flow, out);
        let from = (flow, ClientKey(0, false));
        let to = (flow, ClientKey(u64::MAX, true));
        let waiting: Vec<ClientKey> = self.connection_clients.range(from..=to).map(|(_, key)| *key).collect();
        for key in waiting {
            if let Some(tx) = self.forget_client(key).filter(|tx| tx.state != ClientState::Completed) {
                self.client_failed(key, &tx, out);
            }
        }
    }
}
