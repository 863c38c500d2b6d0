//! The bare signalling core as a machine of the loop: its reports go to a sink, orders come through a queue.
//!
//! For programs that place calls themselves (the test caller) and for tests; the server's machine is
//! [`Switch`](crate::driver::Switch).

use std::net::SocketAddr;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::{Alarm, Machine};
use crate::sip::core::SipCore;
use crate::sip::leg::{Effect, FlowId, Input, LegCommand, LegEvent, LegKey};

/// The signalling thread has as much to do as it can hold, or has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("signalling is overloaded or stopped")]
pub struct Busy;

type Inspect = Box<dyn FnOnce(&mut SipCore, Duration) + Send>;

enum Order {
    Leg(LegKey, LegCommand),
    Inspect(Inspect),
    Stop,
}

/// The way to the signalling thread from any other.
#[derive(Clone)]
pub struct Handle {
    orders: mpsc::Sender<Order>,
    alarm: Alarm,
}

impl Handle {
    /// Ask something of a leg. Never waits.
    ///
    /// # Errors
    /// [`Busy`]: it was not taken.
    pub fn command(&self, leg: LegKey, command: LegCommand) -> Result<(), Busy> {
        self.order(Order::Leg(leg, command))
    }

    /// Run something short on the signalling thread with the core and its time: list registrations, read the load,
    /// export or import registrations.
    ///
    /// # Errors
    /// [`Busy`]: it was not taken.
    pub fn inspect(&self, look: impl FnOnce(&mut SipCore, Duration) + Send + 'static) -> Result<(), Busy> {
        self.order(Order::Inspect(Box::new(look)))
    }

    fn order(&self, order: Order) -> Result<(), Busy> {
        self.orders.try_send(order).map_err(|_| Busy)?;
        self.alarm.ring();
        Ok(())
    }
}

/// A running signalling thread.
pub struct Running {
    pub(super) handle: Handle,
    pub(super) thread: JoinHandle<()>,
}

impl Running {
    /// The way in.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// End the thread and wait for it. Calls are not hung up: do that before.
    pub fn stop(self) {
        // A full queue is worked off first; the channel closes when the thread has ended.
        while self.handle.order(Order::Stop).is_err() && !self.handle.orders.is_closed() {
            std::thread::sleep(Duration::from_millis(1));
        }
        if self.thread.join().is_err() {
            tracing::error!("the signalling thread had died");
        }
    }
}

pub(super) struct CoreMachine<S> {
    core: SipCore,
    sink: S,
    orders: mpsc::Receiver<Order>,
    started: Instant,
    effects: Vec<Effect>,
    outgoing: Vec<Effect>,
    stopped: bool,
}

impl<S: FnMut(Effect) -> bool + Send + 'static> CoreMachine<S> {
    pub(super) fn new(core: SipCore, sink: S, queue: usize, alarm: Alarm) -> (CoreMachine<S>, Handle) {
        let (sender, orders) = mpsc::channel(queue.max(1));
        let machine = CoreMachine {
            core,
            sink,
            orders,
            started: Instant::now(),
            effects: Vec::new(),
            outgoing: Vec::new(),
            stopped: false,
        };
        (machine, Handle { orders: sender, alarm })
    }

    fn input(&mut self, input: Input<'_>) {
        let mut effects = std::mem::take(&mut self.effects);
        self.core.handle(self.started.elapsed(), input, &mut effects);
        for effect in effects.drain(..) {
            match effect {
                Effect::Send { .. } | Effect::Connect { .. } => self.outgoing.push(effect),
                Effect::Leg(leg, event) => {
                    let new = matches!(event, LegEvent::Invite(_));
                    if !(self.sink)(Effect::Leg(leg, event)) && new {
                        self.refuse(leg);
                    }
                }
                other => {
                    (self.sink)(other);
                }
            }
        }
        self.effects = effects;
    }

    /// Nobody takes the call.
    fn refuse(&mut self, leg: LegKey) {
        let headers = vec![("Retry-After".to_owned(), "5".to_owned())];
        let command = LegCommand::Reject { status: 503, reason: None, headers };
        let mut effects = Vec::new();
        self.core.handle(self.started.elapsed(), Input::Command(leg, command), &mut effects);
        self.outgoing.extend(effects.into_iter().filter(|effect| matches!(effect, Effect::Send { .. })));
    }
}

impl<S: FnMut(Effect) -> bool + Send + 'static> Machine for CoreMachine<S> {
    fn packet(&mut self, raw: &[u8], flow: FlowId, from: SocketAddr) {
        self.input(Input::Packet { raw, flow, from });
    }

    fn flow_closed(&mut self, flow: FlowId) {
        self.input(Input::FlowClosed(flow));
    }

    fn wake(&mut self) {
        while let Ok(order) = self.orders.try_recv() {
            match order {
                Order::Leg(leg, command) => self.input(Input::Command(leg, command)),
                Order::Inspect(look) => look(&mut self.core, self.started.elapsed()),
                Order::Stop => self.stopped = true,
            }
        }
        if self.rest().is_some_and(|rest| rest.is_zero()) {
            self.input(Input::Timer);
        }
    }

    fn rest(&self) -> Option<Duration> {
        self.core.next_deadline().map(|at| at.saturating_sub(self.started.elapsed()))
    }

    fn take_outgoing(&mut self, into: &mut Vec<Effect>) {
        into.append(&mut self.outgoing);
    }

    fn is_over(&self) -> bool {
        self.stopped
    }
}
