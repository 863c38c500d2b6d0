//! The thread that writes recordings to disk, so that a slow disk never delays a packet.
//!
//! Frames come by a bounded channel; when the disk cannot keep up frames are left out, never waited for.
//! Not for: what is recorded and for how long ([`recording`](super::recording)).

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use engine::input::RecordingEnd;

use super::engine::{MediaEvent, Sink, StreamId};
use super::recording::Frame;
use super::wav;

/// Frames that may wait for the disk: 160 recordings for a second.
const QUEUE: usize = 8_192;

/// A media thread's end of the channel.
#[derive(Debug, Clone)]
pub(crate) struct Recorder {
    jobs: SyncSender<Job>,
}

/// What to do. Frames are by far the most frequent, so they travel in place rather than boxed.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)]
pub(crate) enum Job {
    /// Make the file.
    Start { stream: StreamId, token: u64, path: PathBuf },
    /// Add 20 ms.
    Frame { stream: StreamId, token: u64, frame: Frame },
    /// The file is complete: close it and tell.
    End { stream: StreamId, token: u64, duration: Duration, end: RecordingEnd },
}

impl Recorder {
    /// Starts the thread; it ends when all `Recorder`s are gone.
    pub(crate) fn start(sink: Sink) -> io::Result<(Recorder, JoinHandle<()>)> {
        let (jobs, queue) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new().name("recorder".into()).spawn(move || run(&queue, &sink))?;
        Ok((Recorder { jobs }, thread))
    }

    /// Hands over a job without waiting; gives it back when the queue is full.
    #[allow(clippy::result_large_err)]
    pub(crate) fn offer(&self, job: Job) -> Result<(), Job> {
        match self.jobs.try_send(job) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(job)) => Err(job),
            // The writer is gone only when its thread could not go on; nobody waits for the job then.
            Err(TrySendError::Disconnected(_)) => Ok(()),
        }
    }
}

fn run(queue: &Receiver<Job>, sink: &Sink) {
    let mut open: HashMap<(StreamId, u64), wav::Writer> = HashMap::new();
    while let Ok(job) = queue.recv() {
        match job {
            Job::Start { stream, token, path } => match wav::Writer::create(&path) {
                Ok(writer) => {
                    open.insert((stream, token), writer);
                }
                Err(error) => failed(sink, stream, token, &error),
            },
            Job::Frame { stream, token, frame } => {
                if let Some(writer) = open.get_mut(&(stream, token))
                    && let Err(error) = writer.write(&frame)
                {
                    open.remove(&(stream, token));
                    failed(sink, stream, token, &error);
                }
            }
            Job::End { stream, token, duration, end } => {
                let Some(mut writer) = open.remove(&(stream, token)) else {
                    continue;
                };
                match writer.flush() {
                    Ok(()) => sink(stream, MediaEvent::Recorded { token, duration, end }),
                    Err(error) => failed(sink, stream, token, &error),
                }
            }
        }
    }
}

fn failed(sink: &Sink, stream: StreamId, token: u64, error: &io::Error) {
    tracing::error!(%error, "a recording cannot be written");
    sink(stream, MediaEvent::RecordingFailed { token, reason: error.to_string() });
}
