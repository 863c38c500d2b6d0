//! Audio for calls: media documents, voicemail messages, recordings, URLs and speech, as clips.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use engine::input::Failure;
use engine::media::Media;
use parking_lot::Mutex;
use serde_json::Value;
use store::Store;
use telephony::driver::ClipRequest;
use telephony::media::clip::Clip;
use telephony::media::clips::Clips;
use telephony::media::file;
use telephony::media::speech::{Speech, SpeechError, SpeechRequest};

use super::web::Web;

/// Audio kept decoded, in bytes.
const CACHE_BYTES: usize = 128 << 20;

/// Largest file fetched by URL.
const FILE_BYTES_MAX: u64 = 20 << 20;

/// Time a file by URL may take.
const FILE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a file fetched by URL is used again without asking its server.
const URL_KEPT_S: u64 = 60;

/// Where audio comes from.
pub(crate) struct ClipSource {
    store: Store,
    web: Web,
    speech: Speech,
    cache: Mutex<Clips>,
}

impl ClipSource {
    pub(crate) fn new(store: Store, web: Web, speech: Speech) -> ClipSource {
        ClipSource { store, web, speech, cache: Mutex::new(Clips::new(CACHE_BYTES)) }
    }

    /// Gets one clip.
    pub(crate) async fn clip(self: &Arc<Self>, request: ClipRequest) -> Result<Arc<Clip>, Failure> {
        match request.media {
            Media::Document { id } => self.document(request.account_id, id).await,
            Media::Url { url } => self.url(url).await,
            Media::Speech { text, voice, language, engine } => {
                self.speak(SpeechRequest { text, voice, language, engine }).await
            }
            Media::Recording { .. } => {
                let path = request.recording.ok_or_else(|| broken("the recording is not there"))?;
                blocking(move || decode(std::fs::read(&path).map_err(|error| broken(&error.to_string()))?))
                    .await
            }
            Media::Message { message_id, from } => {
                let store = self.store.clone();
                blocking(move || {
                    let reader = store.open_message(&request.account_id, &message_id, None);
                    let clip = read_and_decode(reader.map_err(|error| broken(&error.to_string()))?)?;
                    Ok(if from.is_zero() { clip } else { Arc::new(clip.after(from)) })
                })
                .await
            }
            Media::Prompt { name, .. } => Err(broken(&format!("there is no prompt `{name}`"))),
            Media::Tone { .. } | Media::Silence { .. } => Err(broken("tones are made by the driver")),
        }
    }

    async fn document(self: &Arc<Self>, account: String, id: String) -> Result<Arc<Clip>, Failure> {
        let index = self.store.index(&account).ok_or_else(|| broken("the account is gone"))?;
        let document = index.document(&id).filter(|document| document.kind == "media").cloned();
        let document = document.ok_or_else(|| broken(&format!("there is no media `{id}`")))?;
        let source = Arc::clone(self);
        let (owner, wanted) = (account.clone(), id.clone());
        let files = blocking(move || {
            source.store.attachments(&owner, &wanted).map_err(|error| broken(&error.to_string()))
        })
        .await?;
        let Some(attachment) = files.into_iter().next_back() else {
            // Media that is only text is spoken.
            let text = document.body.get("tts").and_then(|tts| tts.get("text")).and_then(Value::as_str);
            let text = text.ok_or_else(|| broken(&format!("media `{id}` has no audio")))?;
            let voice = document.body.get("tts").and_then(|tts| tts.get("voice")).and_then(Value::as_str);
            return self
                .speak(SpeechRequest {
                    text: text.to_owned(),
                    voice: voice.and_then(|voice| voice.split('/').next()).unwrap_or("female").to_owned(),
                    language: voice.and_then(|voice| voice.split('/').nth(1)).unwrap_or("en-us").to_owned(),
                    engine: String::new(),
                })
                .await;
        };
        let key = format!("blob {}", attachment.blob.sha256);
        if let Some(clip) = self.cache.lock().get(&key) {
            return Ok(clip);
        }
        let source = Arc::clone(self);
        blocking(move || {
            let reader = source.store.open_attachment(&account, &id, &attachment.name, None);
            let clip = read_and_decode(reader.map_err(|error| broken(&error.to_string()))?)?;
            source.cache.lock().put(&key, Arc::clone(&clip));
            Ok(clip)
        })
        .await
    }

    async fn url(self: &Arc<Self>, url: String) -> Result<Arc<Clip>, Failure> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let key = format!("url {} {url}", now.as_secs() / URL_KEPT_S);
        if let Some(clip) = self.cache.lock().get(&key) {
            return Ok(clip);
        }
        let reply = self.web.get(&url, FILE_BYTES_MAX, FILE_TIMEOUT).await?;
        if reply.status != 200 {
            return Err(broken(&format!("its server answered with HTTP status {}", reply.status)));
        }
        let source = Arc::clone(self);
        blocking(move || {
            let clip = decode(reply.body)?;
            source.cache.lock().put(&key, Arc::clone(&clip));
            Ok(clip)
        })
        .await
    }

    async fn speak(&self, request: SpeechRequest) -> Result<Arc<Clip>, Failure> {
        self.speech.clip(&request).await.map_err(|error| match error {
            SpeechError::NoEngine => Failure::NoSpeech { reason: error.to_string() },
            other => Failure::Media { reason: other.to_string() },
        })
    }
}

/// The content of a recording's file.
pub(crate) async fn recording(path: PathBuf) -> Option<Vec<u8>> {
    tokio::fs::read(path).await.ok()
}

fn read_and_decode(mut reader: impl Read) -> Result<Arc<Clip>, Failure> {
    let mut content = Vec::new();
    reader.read_to_end(&mut content).map_err(|error| broken(&error.to_string()))?;
    decode(content)
}

fn decode(content: Vec<u8>) -> Result<Arc<Clip>, Failure> {
    file::decode(&content).map(Arc::new).map_err(|error| broken(&error.to_string()))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(broken("the work was given up")))
}

fn broken(reason: &str) -> Failure {
    Failure::Media { reason: reason.to_owned() }
}
