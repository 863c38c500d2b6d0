//! Text to speech behind one trait, with local programs as engines and a cache on disk.
//!
//! Engines are separate programs: `flite` (English; permissive licence) and, when it is missing or the language is not
//! English, `espeak-ng` (many languages; GPL, so never linked). They get arguments and a file, never a shell line.
//! The API is async and never blocks: it awaits the program, and decodes on the blocking pool.
//! Not for: system prompts, which are rendered beforehand ([`prompts`](super::prompts)).

use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::clip::Clip;
use super::clips::Clips;
use super::file;
use super::speech_programs::{EspeakNg, Flite};

/// What to say, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SpeechRequest {
    /// Plain text.
    pub text: String,
    /// `female`, `male`, `woman`, `man`, or an engine's own name of a voice; others are taken as `female`.
    pub voice: String,
    /// Language tag, `en-us`; empty for English.
    pub language: String,
    /// The engine asked for; one that is not there is replaced by one that is.
    pub engine: String,
}

/// Why there is no speech.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    /// No engine is installed: the operator's to solve.
    #[error("no text-to-speech engine is available")]
    NoEngine,
    /// Nothing to say, or too much: the author's to solve.
    #[error("a text of {characters} characters cannot be spoken; 1 to {limit} can")]
    Length {
        /// Characters asked for.
        characters: usize,
        /// The most.
        limit: usize,
    },
    /// Not ready in time.
    #[error("text-to-speech took longer than {0:?}")]
    Timeout(Duration),
    /// The engine failed or gave something that is not audio.
    #[error("text-to-speech engine {engine}: {reason}")]
    Engine {
        /// Which.
        engine: &'static str,
        /// Why.
        reason: String,
    },
    /// Temporary files or the cache.
    #[error("text-to-speech: {0}")]
    System(#[from] io::Error),
}

/// The audio file (WAV or MP3) an engine makes, some time.
pub type Spoken<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, SpeechError>> + Send + 'a>>;

/// Something that speaks.
pub trait SpeechEngine: Send + Sync {
    /// Its name in documents: `flite`.
    fn name(&self) -> &'static str;
    /// It can speak the language.
    fn speaks(&self, language: &str) -> bool;
    /// The voice it would use: part of the cache's key.
    fn voice(&self, request: &SpeechRequest) -> String;
    /// Speaks. The future is dropped when it takes too long, which must end the work.
    fn speak<'a>(&'a self, request: &'a SpeechRequest) -> Spoken<'a>;
}

/// How speech is set up.
#[derive(Clone, Debug)]
pub struct SpeechConfig {
    /// Folder for finished speech; `None`: only memory is used.
    pub cache: Option<PathBuf>,
    /// One text at most. Default 20 s.
    pub timeout: Duration,
    /// Longest text in characters. Default 4,000 (reference: `pivot.tts_texts_size`).
    pub max_characters: usize,
    /// Texts spoken at the same time; others wait. Default 4.
    pub concurrent: usize,
    /// Bytes of finished speech kept in memory. Default 32 MiB.
    pub memory: usize,
}

impl Default for SpeechConfig {
    fn default() -> SpeechConfig {
        SpeechConfig {
            cache: None,
            timeout: Duration::from_secs(20),
            max_characters: 4_000,
            concurrent: 4,
            memory: 32 << 20,
        }
    }
}

/// Speaks texts, each only once.
pub struct Speech {
    config: SpeechConfig,
    engines: Vec<Box<dyn SpeechEngine>>,
    turns: Semaphore,
    clips: Arc<Clips>,
}

impl Speech {
    /// With the engines found on this machine (in `PATH`).
    pub fn detect(config: SpeechConfig) -> Speech {
        let mut engines: Vec<Box<dyn SpeechEngine>> = Vec::new();
        if let Some(flite) = Flite::find() {
            engines.push(Box::new(flite));
        }
        if let Some(espeak) = EspeakNg::find() {
            engines.push(Box::new(espeak));
        }
        Speech::new(config, engines)
    }

    /// With the engine of this name alone (`flite`, `espeak-ng`), if it is found on this machine.
    pub fn only(config: SpeechConfig, name: &str) -> Speech {
        let mut speech = Speech::detect(config);
        speech.engines.retain(|engine| engine.name() == name);
        speech
    }

    /// With given engines, the first being the usual one.
    pub fn new(config: SpeechConfig, engines: Vec<Box<dyn SpeechEngine>>) -> Speech {
        let turns = Semaphore::new(config.concurrent.max(1));
        let clips = Arc::new(Clips::new(config.memory));
        Speech { config, engines, turns, clips }
    }

    /// The names of the engines, the usual one first; none means that every text fails with `NoEngine`.
    pub fn engines(&self) -> Vec<&'static str> {
        self.engines.iter().map(|engine| engine.name()).collect()
    }

    /// The text as a clip, from the cache or newly spoken.
    pub async fn clip(&self, request: &SpeechRequest) -> Result<Arc<Clip>, SpeechError> {
        let characters = request.text.chars().count();
        if request.text.trim().is_empty() || characters > self.config.max_characters {
            return Err(SpeechError::Length { characters, limit: self.config.max_characters });
        }
        let engine = self.choose(request).ok_or(SpeechError::NoEngine)?;
        let key = key(engine, request);
        if let Some(clip) = self.clips.get(&key) {
            return Ok(clip);
        }
        let cached = self.config.cache.as_ref().map(|folder| folder.join(format!("{key}.ulaw")));
        if let Some(path) = &cached
            && let Ok(audio) = tokio::fs::read(path).await
            && !audio.is_empty()
        {
            let clip = Arc::new(Clip::from_pcmu(audio.into()));
            self.clips.put(&key, clip.clone());
            return Ok(clip);
        }
        let spoken = async {
            let _turn = self.turns.acquire().await;
            engine.speak(request).await
        };
        let audio = tokio::time::timeout(self.config.timeout, spoken)
            .await
            .map_err(|_| SpeechError::Timeout(self.config.timeout))??;
        let failed = |reason: String| SpeechError::Engine { engine: engine.name(), reason };
        let clip = tokio::task::spawn_blocking(move || file::decode(&audio))
            .await
            .map_err(|error| failed(error.to_string()))?
            .map_err(|error| failed(error.to_string()))?;
        let clip = Arc::new(clip);
        self.clips.put(&key, clip.clone());
        if let Some(path) = cached
            && let Err(error) = keep(&path, clip.encoded(super::g711::Codec::Pcmu)).await
        {
            tracing::warn!(%error, "speech cannot be cached");
        }
        Ok(clip)
    }

    fn choose(&self, request: &SpeechRequest) -> Option<&dyn SpeechEngine> {
        let language = request.language.to_ascii_lowercase();
        let engines = || self.engines.iter().map(AsRef::as_ref);
        let speaks = |engine: &&dyn SpeechEngine| language.is_empty() || engine.speaks(&language);
        let asked = engines().filter(|engine| engine.name() == request.engine);
        asked.chain(engines()).find(speaks).or_else(|| engines().next())
    }
}

/// Names the audio of a request: engine, voice, language and text.
fn key(engine: &dyn SpeechEngine, request: &SpeechRequest) -> String {
    let mut hash = Sha256::new();
    for part in [engine.name(), &engine.voice(request), &request.language, &request.text] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().fold(String::from("speech-"), |mut text, byte| {
        use std::fmt::Write;
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Writes beside and renames, so that no half file is ever found.
async fn keep(path: &std::path::Path, audio: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await?;
    }
    let beside = path.with_extension(format!("{:x}.part", std::process::id()));
    tokio::fs::write(&beside, audio).await?;
    tokio::fs::rename(&beside, path).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::wav;
    use std::sync::atomic::{AtomicUsize, Ordering};

    struct Fake {
        spoken: Arc<AtomicUsize>,
        slow: bool,
    }

    impl SpeechEngine for Fake {
        fn name(&self) -> &'static str {
            "fake"
        }
        fn speaks(&self, language: &str) -> bool {
            language == "en-us"
        }
        fn voice(&self, request: &SpeechRequest) -> String {
            request.voice.clone()
        }
        fn speak<'a>(&'a self, request: &'a SpeechRequest) -> Spoken<'a> {
            Box::pin(async move {
                self.spoken.fetch_add(1, Ordering::SeqCst);
                if self.slow {
                    std::future::pending::<()>().await;
                }
                Ok(wav::encode(&vec![9; request.text.len() * 80]))
            })
        }
    }

    fn speech(config: SpeechConfig, slow: bool) -> (Speech, Arc<AtomicUsize>) {
        let spoken = Arc::new(AtomicUsize::new(0));
        (Speech::new(config, vec![Box::new(Fake { spoken: spoken.clone(), slow })]), spoken)
    }

    fn say(text: &str) -> SpeechRequest {
        SpeechRequest { text: text.into(), ..SpeechRequest::default() }
    }

    #[tokio::test]
    async fn a_text_is_spoken_once_even_over_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let config = SpeechConfig { cache: Some(folder.path().join("speech")), ..SpeechConfig::default() };
        let (first, spoken) = speech(config.clone(), false);
        assert_eq!(first.clip(&say("hello")).await.unwrap().samples(), 400);
        first.clip(&say("hello")).await.unwrap();
        assert_eq!(spoken.load(Ordering::SeqCst), 1);
        let male = SpeechRequest { voice: "male".into(), ..say("hello") };
        first.clip(&male).await.unwrap();
        assert_eq!(spoken.load(Ordering::SeqCst), 2, "another voice is another sound");
        let (second, spoken) = speech(config, false);
        assert_eq!(second.clip(&say("hello")).await.unwrap().samples(), 400);
        assert_eq!(spoken.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn limits_hold() {
        let config =
            SpeechConfig { timeout: Duration::from_millis(10), max_characters: 5, ..SpeechConfig::default() };
        let (slow, _) = speech(config.clone(), true);
        assert!(matches!(slow.clip(&say("hello")).await, Err(SpeechError::Timeout(_))));
        assert!(matches!(
            slow.clip(&say("hello!")).await,
            Err(SpeechError::Length { characters: 6, limit: 5 })
        ));
        assert!(matches!(slow.clip(&say("  ")).await, Err(SpeechError::Length { .. })));
        let none = Speech::new(config, Vec::new());
        assert!(matches!(none.clip(&say("x")).await, Err(SpeechError::NoEngine)));
    }

    #[tokio::test]
    async fn an_installed_engine_speaks() {
        let speech = Speech::detect(SpeechConfig::default());
        for voice in ["female", "male", "/etc/passwd"] {
            let request = SpeechRequest { voice: voice.into(), ..say("Hello, this is a test.") };
            match speech.clip(&request).await {
                Ok(clip) => assert!(clip.duration() > Duration::from_millis(500), "{voice}"),
                Err(error) => assert!(speech.engines().is_empty(), "{error}"),
            }
        }
    }
}
