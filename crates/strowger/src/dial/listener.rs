//! The thread that listens while a call is recorded: reads the growing file and tells what is in it.
//!
//! A thread of its own, because comparing audio with all prompts takes long enough to disturb a call. Not here: what is
//! what (`ear`).

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use telephony::media::clip::Clip;
use telephony::media::prompts::{DEFAULT_LANGUAGE, Prompts};
use telephony::media::wav;
use tokio::sync::mpsc;

use super::ear::{Ear, Finding};

/// How often the file is looked at; it grows every half second.
const LOOK: Duration = Duration::from_millis(100);

/// A thread that listens.
pub(crate) struct Listener {
    complete: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// What it knows.
pub(crate) struct Known {
    /// System prompts.
    pub(crate) prompts: Prompts,
    /// Other clips by name.
    pub(crate) media: Vec<(String, Clip)>,
    /// Tell prompts as soon as they are over.
    pub(crate) eager: bool,
}

impl Listener {
    /// Listens to the recording at `path`, which need not be there yet. The receiver ends after [`Listener::complete`].
    pub(crate) fn start(path: PathBuf, known: Known) -> io::Result<(Listener, mpsc::Receiver<Finding>)> {
        let (sender, receiver) = mpsc::channel(256);
        let complete = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&complete);
        let thread = std::thread::Builder::new().name("listener".to_owned()).spawn(move || {
            if let Err(error) = listen(&path, known, &over, &sender) {
                tracing::warn!(%error, "the recording cannot be listened to");
            }
        })?;
        Ok((Listener { complete, thread }, receiver))
    }

    /// The recording is complete: read the rest and end.
    pub(crate) fn complete(&self) {
        self.complete.store(true, Ordering::Release);
    }

    /// Waits for the end of the thread, after [`Listener::complete`].
    pub(crate) fn join(self) {
        self.complete();
        if self.thread.join().is_err() {
            tracing::error!("the listening thread had died");
        }
    }
}

fn listen(
    path: &Path,
    known: Known,
    complete: &AtomicBool,
    sender: &mpsc::Sender<Finding>,
) -> io::Result<()> {
    let mut identifier = known.prompts.identifier(DEFAULT_LANGUAGE);
    for (name, clip) in &known.media {
        identifier.add(name, &clip.pcm());
    }
    let mut ear = Ear::new(identifier).eager(known.eager);
    // Nobody listens any more: then there is nobody to tell either.
    let mut tell = |finding| drop(sender.blocking_send(finding));
    let mut file = None;
    let mut odd = None;
    loop {
        // Asked before reading, so that nothing is left unread.
        let last = complete.load(Ordering::Acquire);
        if file.is_none() {
            file = opened(path)?;
        }
        if let Some(file) = &mut file {
            let mut octets: Vec<u8> = odd.take().into_iter().collect();
            file.read_to_end(&mut octets)?;
            let pairs = octets.chunks_exact(2);
            odd = pairs.remainder().first().copied();
            let samples: Vec<i16> = pairs
                .map(|pair| {
                    i16::from_le_bytes([
                        pair.first().copied().unwrap_or(0),
                        pair.last().copied().unwrap_or(0),
                    ])
                })
                .collect();
            ear.hear(&samples, &mut tell);
        }
        if last {
            ear.end(&mut tell);
            return Ok(());
        }
        std::thread::sleep(LOOK);
    }
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
    use crate::dial::ear::{Sound, What};

    #[test]
    fn a_growing_file_is_heard_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heard.wav");
        let prompts = Prompts::built_in().unwrap();
        let saved = prompts.get("en-us", "vm-saved").unwrap().pcm();
        let known =
            Known { prompts, media: vec![("jingle".to_owned(), Clip::from_pcm(&saved))], eager: false };
        let (listener, mut findings) = Listener::start(path.clone(), known).unwrap();
        let mut writer = wav::Writer::create(&path).unwrap();
        for part in saved.chunks(1_000) {
            writer.write(part).unwrap();
        }
        writer.flush().unwrap();
        listener.join();
        let mut names = Vec::new();
        while let Ok(finding) = findings.try_recv() {
            if let Finding::Sound(Sound { what: What::Prompt { name, complete, .. }, .. }) = finding {
                assert!(complete);
                names.push(name);
            }
        }
        assert_eq!(names, ["vm-saved"]);
    }
}
