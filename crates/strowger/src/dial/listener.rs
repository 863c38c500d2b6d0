//! The threads that listen while a call is recorded: one reads the growing file and notices sound and silence at once, the
//! other names what was heard, which takes long enough to disturb everything else.
//!
//! Not here: what is what (`ear`).

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use telephony::media::clip::Clip;
use telephony::media::identify::Identifier;
use telephony::media::prompts::{DEFAULT_LANGUAGE, Prompts};
use telephony::media::wav;
use tokio::sync::mpsc;

use super::ear::{Ear, Namer, Notice, Sound, Stretch};

/// How often the file is looked at; it grows every half second.
const LOOK: Duration = Duration::from_millis(100);

/// Stretches that may wait to be named. A call has few; were there more, the file would wait.
const WAITING: usize = 64;

/// What listening came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Sound began then.
    Sounding(Duration),
    /// It is over since then.
    Quiet(Duration),
    /// What it was; comes later.
    Sound(Sound),
}

/// Threads that listen.
pub(crate) struct Listener {
    complete: Arc<AtomicBool>,
    threads: [JoinHandle<()>; 2],
}

/// What it knows.
pub(crate) struct Known {
    /// System prompts.
    pub(crate) prompts: Prompts,
    /// Other clips by name.
    pub(crate) media: Vec<(String, Clip)>,
}

impl Listener {
    /// Listens to the recording at `path`, which need not be there yet. The receiver ends after [`Listener::complete`].
    pub(crate) fn start(path: PathBuf, known: Known) -> io::Result<(Listener, mpsc::Receiver<Finding>)> {
        let (findings, receiver) = mpsc::channel(256);
        let (stretches, waiting) = sync_channel::<Stretch>(WAITING);
        let complete = Arc::new(AtomicBool::new(false));
        let names = findings.clone();
        let naming = Builder::new().name("namer".to_owned()).spawn(move || {
            let namer = Namer::new(known.identifier());
            for stretch in waiting {
                for sound in namer.name(&stretch) {
                    // Nobody listens any more: then there is nobody to tell either.
                    let _ = names.blocking_send(Finding::Sound(sound));
                }
            }
        })?;
        let over = Arc::clone(&complete);
        let listening = Builder::new().name("listener".to_owned()).spawn(move || {
            if let Err(error) = listen(&path, &over, &findings, &stretches) {
                tracing::warn!(%error, "the recording cannot be listened to");
            }
        })?;
        Ok((Listener { complete, threads: [listening, naming] }, receiver))
    }

    /// The recording is complete: read the rest and end.
    pub(crate) fn complete(&self) {
        self.complete.store(true, Ordering::Release);
    }

    /// Waits for the end of the threads.
    pub(crate) fn join(self) {
        self.complete();
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a listening thread had died");
            }
        }
    }
}

impl Known {
    fn identifier(&self) -> Identifier {
        let mut identifier = self.prompts.identifier(DEFAULT_LANGUAGE);
        for (name, clip) in &self.media {
            identifier.add(name, &clip.pcm());
        }
        identifier
    }
}

fn listen(
    path: &Path,
    complete: &AtomicBool,
    findings: &mpsc::Sender<Finding>,
    stretches: &SyncSender<Stretch>,
) -> io::Result<()> {
    let mut ear = Ear::default();
    // As above: a receiver that is gone wants nothing.
    let mut tell = |notice| match notice {
        Notice::Sounding(at) => drop(findings.blocking_send(Finding::Sounding(at))),
        Notice::Quiet(at) => drop(findings.blocking_send(Finding::Quiet(at))),
        Notice::Stretch(stretch) => drop(stretches.send(stretch)),
    };
    let mut file = None;
    let mut octets = Vec::new();
    loop {
        // Asked before reading, so that nothing is left unread.
        let last = complete.load(Ordering::Acquire);
        if file.is_none() {
            file = opened(path)?;
        }
        if let Some(file) = &mut file {
            file.read_to_end(&mut octets)?;
            let whole = octets.len() / 2 * 2;
            let samples: Vec<i16> = octets.drain(..whole).as_slice().chunks_exact(2).map(sample).collect();
            ear.hear(&samples, &mut tell);
        }
        if last {
            ear.end(&mut tell);
            return Ok(());
        }
        std::thread::sleep(LOOK);
    }
}

fn sample(octets: &[u8]) -> i16 {
    octets.try_into().map_or(0, i16::from_le_bytes)
}

/// The file behind its header, once it has one.
fn opened(path: &Path) -> io::Result<Option<File>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if file.metadata()?.len() < wav::HEADER_BYTES as u64 {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(wav::HEADER_BYTES as u64))?;
    Ok(Some(file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dial::ear::What;

    #[test]
    fn a_growing_file_is_heard_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heard.wav");
        let prompts = Prompts::built_in().unwrap();
        let saved = prompts.get("en-us", "vm-saved").unwrap().pcm();
        let known = Known { prompts, media: Vec::new() };
        let (listener, mut findings) = Listener::start(path.clone(), known).unwrap();
        let mut writer = wav::Writer::create(&path).unwrap();
        for part in saved.chunks(1_000) {
            writer.write(part).unwrap();
        }
        writer.flush().unwrap();
        listener.join();
        let mut names = Vec::new();
        while let Ok(finding) = findings.try_recv() {
            if let Finding::Sound(Sound { what: What::Prompt { name, .. }, .. }) = finding {
                names.push(name);
            }
        }
        assert_eq!(names, ["vm-saved"]);
    }
}
