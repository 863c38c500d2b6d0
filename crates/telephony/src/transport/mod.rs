//! The sockets under the signalling core: UDP, TCP, the clock, and the way in for other threads.
//!
//! One thread owns the core and all sockets; it reads a batch, lets the core work, sends, and sleeps until the next
//! packet, command or deadline. Nothing else touches the core, so nothing is locked. Not for media: RTP has threads of
//! its own.
//!
//! ```no_run
//! # use std::sync::Arc; use telephony::sip::{core::SipCore, leg::Effect, limits::Config};
//! # fn directory() -> Arc<dyn telephony::sip::directory::Directory> { unimplemented!() }
//! use telephony::transport::{Transport, TransportConfig};
//! let transport = Transport::bind(&TransportConfig::new("192.0.2.1:5060".parse().unwrap())).unwrap();
//! let mut config = Config::new(transport.udp()[0], [0; 32]);
//! config.tcp = transport.tcp();
//! let core = SipCore::new(config, directory());
//! let running = transport.start(core, |effect: Effect| { /* hand it to the call's task */ true }).unwrap();
//! running.handle().inspect(|core, _now| { core.load(); }).unwrap();
//! running.stop();
//! ```

mod framing;
mod stream;

use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::mpsc;

pub use self::framing::{Frame, Framer, FramingError};
use self::stream::Event;
use crate::sip::core::SipCore;
use crate::sip::leg::{Effect, FlowId, Input, LegCommand, LegEvent, LegKey};

/// How many datagrams are read from one socket before anything else gets its turn.
const BATCH: usize = 64;

/// Sockets to open, and bounds.
#[derive(Clone, Debug)]
pub struct TransportConfig {
    /// UDP sockets, at least one; port 0 takes any.
    pub udp: Vec<SocketAddr>,
    /// TCP listener.
    pub tcp: Option<SocketAddr>,
    /// TCP connections at once. Default 10,000.
    pub max_connections: usize,
    /// A connection that says nothing for so long is closed. Default 70 minutes: longer than a registration.
    pub idle: Duration,
    /// A message has to be complete so long after its first octet. Default 30 s.
    pub message: Duration,
    /// Time to make a connection. Default 5 s.
    pub connect: Duration,
    /// Commands that may wait. Default 16,384.
    pub queue: usize,
}

impl TransportConfig {
    /// Defaults with one UDP socket and a TCP listener at the same address.
    pub fn new(address: SocketAddr) -> TransportConfig {
        TransportConfig {
            udp: vec![address],
            tcp: Some(address),
            max_connections: 10_000,
            idle: Duration::from_secs(4200),
            message: Duration::from_secs(30),
            connect: Duration::from_secs(5),
            queue: 16_384,
        }
    }
}

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
}

impl Handle {
    /// Ask something of a leg. Never waits.
    ///
    /// # Errors
    /// [`Busy`]: it was not taken.
    pub fn command(&self, leg: LegKey, command: LegCommand) -> Result<(), Busy> {
        self.orders.try_send(Order::Leg(leg, command)).map_err(|_| Busy)
    }

    /// Run something short on the signalling thread with the core and its time: list registrations, read the load,
    /// export or import registrations.
    ///
    /// # Errors
    /// [`Busy`]: it was not taken.
    pub fn inspect(&self, look: impl FnOnce(&mut SipCore, Duration) + Send + 'static) -> Result<(), Busy> {
        self.orders.try_send(Order::Inspect(Box::new(look))).map_err(|_| Busy)
    }
}

/// Sockets that are open but not read yet, so that the core can be told their addresses.
pub struct Transport {
    config: TransportConfig,
    udp: Vec<std::net::UdpSocket>,
    tcp: Option<std::net::TcpListener>,
    udp_addresses: Vec<SocketAddr>,
    tcp_address: Option<SocketAddr>,
}

impl Transport {
    /// Open the sockets.
    ///
    /// # Errors
    /// An address cannot be had.
    pub fn bind(config: &TransportConfig) -> io::Result<Transport> {
        let mut udp = Vec::new();
        for address in &config.udp {
            let socket = socket2::Socket::new(
                socket2::Domain::for_address(*address),
                socket2::Type::DGRAM,
                Some(socket2::Protocol::UDP),
            )?;
            // Room for a burst while the thread is busy; the kernel may give less.
            let _ = socket.set_recv_buffer_size(4 << 20);
            let _ = socket.set_send_buffer_size(4 << 20);
            if address.is_ipv6() {
                socket.set_only_v6(true)?;
            }
            socket.bind(&(*address).into())?;
            socket.set_nonblocking(true)?;
            udp.push(std::net::UdpSocket::from(socket));
        }
        let tcp = config.tcp.map(std::net::TcpListener::bind).transpose()?;
        if let Some(listener) = &tcp {
            listener.set_nonblocking(true)?;
        }
        let udp_addresses = udp.iter().map(std::net::UdpSocket::local_addr).collect::<io::Result<_>>()?;
        let tcp_address = tcp.as_ref().map(std::net::TcpListener::local_addr).transpose()?;
        Ok(Transport { config: config.clone(), udp, tcp, udp_addresses, tcp_address })
    }

    /// The addresses of the UDP sockets, in order.
    pub fn udp(&self) -> &[SocketAddr] {
        &self.udp_addresses
    }

    /// The address of the TCP listener.
    pub fn tcp(&self) -> Option<SocketAddr> {
        self.tcp_address
    }

    /// Start the signalling thread. `sink` is called on it with every [`Effect::Leg`], [`Effect::Registered`] and
    /// [`Effect::Unregistered`]; it must not wait. When it returns false for a new call, the call is refused with 503.
    ///
    /// # Errors
    /// No thread or runtime can be had.
    pub fn start(
        self,
        core: SipCore,
        sink: impl FnMut(Effect) -> bool + Send + 'static,
    ) -> io::Result<Running> {
        let (sender, orders) = mpsc::channel(self.config.queue.max(1));
        let handle = Handle { orders: sender };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name("sip".to_owned()).spawn(move || {
            runtime.block_on(async move {
                match Loop::new(self, core, sink) {
                    Ok(work) => work.run(orders).await,
                    Err(error) => tracing::error!(%error, "signalling sockets cannot be used"),
                }
            });
        })?;
        Ok(Running { handle, thread })
    }
}

/// A running signalling thread.
pub struct Running {
    handle: Handle,
    thread: std::thread::JoinHandle<()>,
}

impl Running {
    /// The way in.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// End the thread and wait for it. Calls are not hung up: do that before.
    pub fn stop(self) {
        // A full queue is worked off first; the channel closes when the last handle is gone.
        while self.handle.orders.try_send(Order::Stop).is_err() && !self.handle.orders.is_closed() {
            std::thread::sleep(Duration::from_millis(1));
        }
        if self.thread.join().is_err() {
            tracing::error!("the signalling thread had died");
        }
    }
}

struct Loop<S> {
    core: SipCore,
    sink: S,
    udp: Vec<UdpSocket>,
    listener: Option<TcpListener>,
    streams: stream::Streams,
    connections: HashMap<FlowId, mpsc::Sender<Bytes>>,
    started: Instant,
    effects: Vec<Effect>,
}

impl<S: FnMut(Effect) -> bool> Loop<S> {
    fn new(transport: Transport, core: SipCore, sink: S) -> io::Result<Loop<S>> {
        let udp = transport.udp.into_iter().map(UdpSocket::from_std).collect::<io::Result<_>>()?;
        let listener = transport.tcp.map(TcpListener::from_std).transpose()?;
        Ok(Loop {
            core,
            sink,
            udp,
            listener,
            streams: stream::Streams::new(transport.config),
            connections: HashMap::new(),
            started: Instant::now(),
            effects: Vec::new(),
        })
    }

    async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let sleep = tokio::time::sleep(Duration::ZERO);
        tokio::pin!(sleep);
        let mut buffer = vec![0; crate::sip::wire::MAX_MESSAGE_BYTES];
        loop {
            let rest =
                self.core.next_deadline().unwrap_or(Duration::MAX).min(Duration::from_secs(3600 * 24 * 365));
            sleep.as_mut().reset((self.started + rest).into());
            tokio::select! {
                order = orders.recv() => match order {
                    Some(order) => if !self.order(order, &mut orders) { return },
                    None => return,
                },
                event = self.streams.next() => self.stream_event(event),
                accepted = accept(self.listener.as_ref()) => self.accepted(accepted),
                () = readable(&self.udp) => self.receive(&mut buffer),
                () = &mut sleep => self.input(Input::Timer),
            }
        }
    }

    fn order(&mut self, first: Order, orders: &mut mpsc::Receiver<Order>) -> bool {
        let mut next = Some(first);
        for _ in 0..BATCH {
            match next.take() {
                Some(Order::Leg(leg, command)) => self.input(Input::Command(leg, command)),
                Some(Order::Inspect(look)) => look(&mut self.core, self.started.elapsed()),
                Some(Order::Stop) => return false,
                None => return true,
            }
            next = orders.try_recv().ok();
        }
        match next {
            // One was taken out already.
            Some(Order::Leg(leg, command)) => self.input(Input::Command(leg, command)),
            Some(Order::Inspect(look)) => look(&mut self.core, self.started.elapsed()),
            Some(Order::Stop) => return false,
            None => {}
        }
        true
    }

    fn receive(&mut self, buffer: &mut [u8]) {
        for number in 0..self.udp.len() {
            for _ in 0..BATCH {
                let received = self.udp.get(number).map(|socket| socket.try_recv_from(buffer));
                let Some(Ok((length, from))) = received else { break };
                let raw = buffer.get(..length).unwrap_or_default();
                let flow = FlowId::udp(u16::try_from(number).unwrap_or(u16::MAX));
                self.input(Input::Packet { raw, flow, from });
            }
        }
    }

    fn accepted(&mut self, accepted: io::Result<(tokio::net::TcpStream, SocketAddr)>) {
        let Ok((connection, peer)) = accepted else { return };
        if let Some((flow, sender)) = self.streams.accepted(connection, peer) {
            self.connections.insert(flow, sender);
        }
    }

    fn stream_event(&mut self, event: Event) {
        match event {
            Event::Message { flow, from, raw } => self.input(Input::Packet { raw: &raw, flow, from }),
            Event::Closed(flow) => {
                self.streams.closed();
                self.connections.remove(&flow);
                self.input(Input::FlowClosed(flow));
            }
        }
    }

    fn input(&mut self, input: Input<'_>) {
        let mut effects = std::mem::take(&mut self.effects);
        self.core.handle(self.started.elapsed(), input, &mut effects);
        for effect in effects.drain(..) {
            match effect {
                Effect::Send { flow, to, bytes } => self.send(flow, to, bytes),
                Effect::Connect { flow, to } => {
                    let sender = self.streams.connect(flow, to);
                    self.connections.insert(flow, sender);
                }
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
        for effect in effects {
            if let Effect::Send { flow, to, bytes } = effect {
                self.send(flow, to, bytes);
            }
        }
    }

    fn send(&mut self, flow: FlowId, to: SocketAddr, bytes: Bytes) {
        if let Some(socket) = flow.udp_number().and_then(|number| self.udp.get(number)) {
            // What the kernel does not take is lost as on the way; retransmission heals it.
            if let Err(error) = socket.try_send_to(&bytes, to) {
                tracing::debug!(%error, "datagram not sent");
            }
            return;
        }
        match self.connections.get(&flow) {
            Some(sender) if sender.try_send(bytes).is_ok() => {}
            // A peer that does not read loses its connection.
            Some(_) => {
                self.connections.remove(&flow);
            }
            None => self.streams.missing(flow),
        }
    }
}

/// A connection that came in; never, without a listener.
async fn accept(listener: Option<&TcpListener>) -> io::Result<(tokio::net::TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

/// Some socket has something to read.
async fn readable(sockets: &[UdpSocket]) {
    poll_fn(|context| {
        let any = sockets.iter().filter(|socket| socket.poll_recv_ready(context).is_ready()).count();
        if any > 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
