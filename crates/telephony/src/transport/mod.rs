//! The sockets under the signalling core: UDP, TCP, the clock, and the way in for other threads.
//!
//! One thread owns the core and all sockets; it reads a batch, lets the core work, sends, and sleeps until the next
//! packet, command or deadline. Nothing else touches the core, so nothing is locked. Not for media: RTP has threads of
//! its own.
//!
//! ```no_run
//! # use std::sync::Arc; use telephony::sip::{core::SipCore, directory::Directory, leg::Effect, limits::Config};
//! # fn example(directory: Arc<dyn Directory>) {
//! use telephony::transport::{Transport, TransportConfig};
//! let transport = Transport::bind(&TransportConfig::new("192.0.2.1:5060".parse().unwrap())).unwrap();
//! let mut config = Config::new(transport.udp()[0], [0; 32]);
//! config.tcp = transport.tcp();
//! let core = SipCore::new(config, directory);
//! let running = transport.start(core, |effect: Effect| { /* hand it to the call's task */ true }).unwrap();
//! running.handle().inspect(|core, _now| { core.load(); }).unwrap();
//! running.stop();
//! # }
//! ```

mod core_machine;
mod framing;
mod stream;

use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::{Notify, mpsc};

use self::core_machine::CoreMachine;
pub use self::core_machine::{Busy, Handle, Running};
pub use self::framing::{Frame, Framer, FramingError};
use self::stream::Event;
use crate::sip::core::SipCore;
use crate::sip::leg::{Effect, FlowId};

/// How many datagrams are read from one socket before anything else gets its turn.
const BATCH: usize = 64;

/// The loop looks around at least this often.
const LONGEST_REST: Duration = Duration::from_secs(3600);

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

/// What the loop drives: a state machine on the signalling thread. None of this may wait.
pub trait Machine: Send + 'static {
    /// A datagram or message came.
    fn packet(&mut self, raw: &[u8], flow: FlowId, from: SocketAddr);

    /// A connection is closed or could not be made.
    fn flow_closed(&mut self, flow: FlowId);

    /// The alarm rang or the time given by [`Machine::rest`] is over.
    fn wake(&mut self);

    /// How long until [`Machine::wake`] is due; `None` for as long as nothing happens.
    fn rest(&self) -> Option<Duration>;

    /// Moves what is to be sent and connected to the end of `into`, in order.
    fn take_outgoing(&mut self, into: &mut Vec<Effect>);

    /// The loop may end.
    fn is_over(&self) -> bool;
}

/// Wakes the signalling thread from any other.
#[derive(Clone, Debug, Default)]
pub struct Alarm {
    notify: Arc<Notify>,
}

impl Alarm {
    /// Rings; rings before the last was heard are one.
    pub fn ring(&self) {
        self.notify.notify_one();
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

    /// Start a signalling thread that drives `machine` until it is over.
    ///
    /// # Errors
    /// No thread or runtime can be had.
    pub fn drive(self, machine: impl Machine, alarm: Alarm) -> io::Result<JoinHandle<()>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("sip".to_owned()).spawn(move || {
            runtime.block_on(async move {
                match Loop::new(self, machine) {
                    Ok(work) => work.run(alarm).await,
                    Err(error) => tracing::error!(%error, "signalling sockets cannot be used"),
                }
            });
        })
    }

    /// Start the signalling thread with a core of its own. `sink` is called on it with every [`Effect::Leg`],
    /// [`Effect::Registered`] and [`Effect::Unregistered`]; it must not wait. When it returns false for a new call, the
    /// call is refused with 503.
    ///
    /// # Errors
    /// No thread or runtime can be had.
    pub fn start(
        self,
        core: SipCore,
        sink: impl FnMut(Effect) -> bool + Send + 'static,
    ) -> io::Result<Running> {
        let alarm = Alarm::default();
        let (machine, handle) = CoreMachine::new(core, sink, self.config.queue, alarm.clone());
        let thread = self.drive(machine, alarm)?;
        Ok(Running { handle, thread })
    }
}

struct Loop<M> {
    machine: M,
    udp: Vec<UdpSocket>,
    /// The same sockets to send at once, without asking the reactor first.
    senders: Vec<std::net::UdpSocket>,
    listener: Option<TcpListener>,
    streams: stream::Streams,
    connections: HashMap<FlowId, mpsc::Sender<Bytes>>,
    outgoing: Vec<Effect>,
}

impl<M: Machine> Loop<M> {
    fn new(transport: Transport, machine: M) -> io::Result<Loop<M>> {
        let senders = transport.udp.iter().map(std::net::UdpSocket::try_clone).collect::<io::Result<_>>()?;
        let udp = transport.udp.into_iter().map(UdpSocket::from_std).collect::<io::Result<_>>()?;
        let listener = transport.tcp.map(TcpListener::from_std).transpose()?;
        Ok(Loop {
            machine,
            udp,
            senders,
            listener,
            streams: stream::Streams::new(transport.config),
            connections: HashMap::new(),
            outgoing: Vec::new(),
        })
    }

    async fn run(mut self, alarm: Alarm) {
        let sleep = tokio::time::sleep(Duration::ZERO);
        tokio::pin!(sleep);
        let mut buffer = vec![0; crate::sip::wire::MAX_MESSAGE_BYTES];
        while !self.machine.is_over() {
            let rest = self.machine.rest().unwrap_or(LONGEST_REST).min(LONGEST_REST);
            sleep.as_mut().reset(tokio::time::Instant::now() + rest);
            tokio::select! {
                event = self.streams.next() => self.stream_event(event),
                accepted = accept(self.listener.as_ref()) => self.accepted(accepted),
                () = readable(&self.udp) => self.receive(&mut buffer),
                () = alarm.notify.notified() => self.machine.wake(),
                () = &mut sleep => self.machine.wake(),
            }
            self.send_all();
        }
        self.send_all();
    }

    fn receive(&mut self, buffer: &mut [u8]) {
        for number in 0..self.udp.len() {
            for _ in 0..BATCH {
                let received = self.udp.get(number).map(|socket| socket.try_recv_from(buffer));
                let Some(Ok((length, from))) = received else { break };
                let raw = buffer.get(..length).unwrap_or_default();
                let flow = FlowId::udp(u16::try_from(number).unwrap_or(u16::MAX));
                self.machine.packet(raw, flow, from);
                self.send_all();
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
            Event::Message { flow, from, raw } => self.machine.packet(&raw, flow, from),
            Event::Closed(flow) => {
                self.streams.closed();
                self.connections.remove(&flow);
                self.machine.flow_closed(flow);
            }
        }
    }

    fn send_all(&mut self) {
        let mut outgoing = std::mem::take(&mut self.outgoing);
        self.machine.take_outgoing(&mut outgoing);
        for effect in outgoing.drain(..) {
            match effect {
                Effect::Send { flow, to, bytes } => self.send(flow, to, bytes),
                Effect::Connect { flow, to } => {
                    let sender = self.streams.connect(flow, to);
                    self.connections.insert(flow, sender);
                }
                Effect::Leg(..)
                | Effect::Registered(_)
                | Effect::Unregistered { .. }
                | Effect::Watch(_)
                | Effect::Unwatch(_) => {}
            }
        }
        self.outgoing = outgoing;
    }

    fn send(&mut self, flow: FlowId, to: SocketAddr, bytes: Bytes) {
        if let Some(socket) = flow.udp_number().and_then(|number| self.senders.get(number)) {
            // What the kernel does not take is lost as on the way; retransmission heals it.
            if let Err(error) = socket.send_to(&bytes, to) {
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
