//! TCP connections, in and out: a task each, a bound on their number, on what one may send and how slowly.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

use super::TransportConfig;
use super::framing::{Frame, Framer};
use crate::sip::leg::FlowId;

/// Messages that may wait for a slow peer.
const SEND_QUEUE: usize = 64;
/// Messages that may wait for the core from all connections; then their tasks wait, and TCP slows the senders.
const EVENT_QUEUE: usize = 1024;

/// What a connection has for the core.
pub(super) enum Event {
    Message { flow: FlowId, from: SocketAddr, raw: Vec<u8> },
    Closed(FlowId),
}

/// All connections.
pub(super) struct Streams {
    config: TransportConfig,
    sender: mpsc::Sender<Event>,
    events: mpsc::Receiver<Event>,
    open: usize,
    accepted: u64,
    missing: Vec<FlowId>,
}

impl Streams {
    pub(super) fn new(config: TransportConfig) -> Streams {
        let (sender, events) = mpsc::channel(EVENT_QUEUE);
        Streams { config, sender, events, open: 0, accepted: 0, missing: Vec::new() }
    }

    /// The next thing that any connection has.
    pub(super) async fn next(&mut self) -> Event {
        if let Some(flow) = self.missing.pop() {
            self.open += 1;
            return Event::Closed(flow);
        }
        match self.events.recv().await {
            Some(event) => event,
            // We hold a sender ourselves.
            None => std::future::pending().await,
        }
    }

    /// A message was for a connection that is not there: tell the core with the next event.
    pub(super) fn missing(&mut self, flow: FlowId) {
        if !self.missing.contains(&flow) && self.missing.len() < SEND_QUEUE {
            self.missing.push(flow);
        }
    }

    pub(super) fn closed(&mut self) {
        self.open = self.open.saturating_sub(1);
    }

    /// Take a connection; `None` when there are too many.
    pub(super) fn accepted(
        &mut self,
        connection: TcpStream,
        peer: SocketAddr,
    ) -> Option<(FlowId, mpsc::Sender<Bytes>)> {
        if self.open >= self.config.max_connections {
            return None;
        }
        self.open += 1;
        self.accepted += 1;
        let flow = FlowId::accepted(self.accepted);
        let (sender, queue) = mpsc::channel(SEND_QUEUE);
        let (config, events) = (self.config.clone(), self.sender.clone());
        tokio::spawn(async move {
            let _ = serve(connection, flow, peer, queue, &events, &config).await;
            let _ = events.send(Event::Closed(flow)).await;
        });
        Some((flow, sender))
    }

    /// Make a connection; messages for it wait meanwhile.
    pub(super) fn connect(&mut self, flow: FlowId, to: SocketAddr) -> mpsc::Sender<Bytes> {
        self.open += 1;
        let (sender, queue) = mpsc::channel(SEND_QUEUE);
        let (config, events) = (self.config.clone(), self.sender.clone());
        tokio::spawn(async move {
            if let Ok(Ok(connection)) = timeout(config.connect, TcpStream::connect(to)).await {
                let _ = serve(connection, flow, to, queue, &events, &config).await;
            }
            let _ = events.send(Event::Closed(flow)).await;
        });
        sender
    }
}

/// Read and write until either side has enough.
async fn serve(
    mut connection: TcpStream,
    flow: FlowId,
    from: SocketAddr,
    mut queue: mpsc::Receiver<Bytes>,
    events: &mpsc::Sender<Event>,
    config: &TransportConfig,
) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let (mut reader, mut writer) = connection.split();
    let mut framer = Framer::new();
    let mut buffer = vec![0; 4096];
    let mut deadline = Instant::now() + config.idle;
    loop {
        tokio::select! {
            read = timeout_at(deadline, reader.read(&mut buffer)) => {
                let length = read.map_err(|_| io::ErrorKind::TimedOut)??;
                if length == 0 {
                    return Ok(());
                }
                let was_partial = framer.is_partial();
                framer.push(buffer.get(..length).unwrap_or_default());
                let mut complete = false;
                while let Some(frame) = framer.take().map_err(|_| io::ErrorKind::InvalidData)? {
                    complete = true;
                    match frame {
                        Frame::Ping => write(&mut writer, b"\r\n", config).await?,
                        Frame::Message(raw) => {
                            let event = Event::Message { flow, from, raw };
                            events.send(event).await.map_err(|_| io::ErrorKind::BrokenPipe)?;
                        }
                    }
                }
                // The clock of a message runs from its first octet, however they drip.
                if !framer.is_partial() {
                    deadline = Instant::now() + config.idle;
                } else if complete || !was_partial {
                    deadline = Instant::now() + config.message;
                }
            }
            message = queue.recv() => match message {
                Some(message) => write(&mut writer, &message, config).await?,
                // The core's side dropped us.
                None => return Ok(()),
            },
        }
    }
}

async fn write(
    writer: &mut (impl AsyncWriteExt + Unpin),
    octets: &[u8],
    config: &TransportConfig,
) -> io::Result<()> {
    timeout(config.message, writer.write_all(octets)).await.map_err(|_| io::ErrorKind::TimedOut)?
}
