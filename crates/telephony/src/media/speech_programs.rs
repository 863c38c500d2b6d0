//! The speech programs we know how to run: `flite` and `espeak-ng`.
//!
//! Not for: caching and limits ([`speech`](super::speech)).

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;
use tokio::sync::OnceCell;

use super::speech::{SpeechEngine, SpeechError, SpeechRequest, Spoken};

/// The longest file taken from a program: 10 minutes at 16 kHz.
const MAX_FILE_BYTES: u64 = 20 << 20;

/// CMU flite: English, small, fast.
#[derive(Debug)]
pub struct Flite {
    program: PathBuf,
    /// The voices it was built with, found out at its first use.
    voices: OnceCell<Vec<String>>,
}

impl Flite {
    /// Finds it in `PATH`.
    pub fn find() -> Option<Flite> {
        Some(Flite { program: find("flite")?, voices: OnceCell::new() })
    }

    async fn voices(&self) -> &[String] {
        self.voices
            .get_or_init(|| async {
                let output = command(&self.program).arg("-lv").stdout(Stdio::piped()).output().await;
                let text = output
                    .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
                    .unwrap_or_default();
                text.split_once(':')
                    .map(|(_, names)| names.split_whitespace().map(String::from).collect())
                    .unwrap_or_default()
            })
            .await
    }
}

/// In order of preference; whatever is not built in is passed over.
fn flite_voices(asked: &str) -> Vec<&str> {
    match asked {
        "male" | "man" => vec!["rms", "kal16", "kal", "awb"],
        "female" | "woman" | "" => vec!["slt", "kal16", "kal"],
        // flite would take a path or an address for a voice, so only plain names get there, and only known ones.
        other if is_plain(other) => vec![other, "slt", "kal16", "kal"],
        _ => flite_voices("female"),
    }
}

impl SpeechEngine for Flite {
    fn name(&self) -> &'static str {
        "flite"
    }

    fn speaks(&self, language: &str) -> bool {
        language.starts_with("en")
    }

    fn voice(&self, request: &SpeechRequest) -> String {
        flite_voices(&request.voice).join(",")
    }

    fn speak<'a>(&'a self, request: &'a SpeechRequest) -> Spoken<'a> {
        Box::pin(async move {
            let known = self.voices().await;
            let voice =
                flite_voices(&request.voice).into_iter().find(|voice| known.iter().any(|name| name == voice));
            run(self.name(), &request.text, |text, audio| {
                let mut command = command(&self.program);
                if let Some(voice) = voice {
                    command.arg("-voice").arg(voice);
                }
                command.arg("-f").arg(text).arg("-o").arg(audio);
                command
            })
            .await
        })
    }
}

/// eSpeak NG: many languages.
#[derive(Debug)]
pub struct EspeakNg {
    program: PathBuf,
}

impl EspeakNg {
    /// Finds it in `PATH`.
    pub fn find() -> Option<EspeakNg> {
        Some(EspeakNg { program: find("espeak-ng")? })
    }
}

impl SpeechEngine for EspeakNg {
    fn name(&self) -> &'static str {
        "espeak-ng"
    }

    fn speaks(&self, _language: &str) -> bool {
        true
    }

    fn voice(&self, request: &SpeechRequest) -> String {
        let language = request.language.to_ascii_lowercase();
        let language = if is_plain(&language) { language } else { "en-us".into() };
        match request.voice.as_str() {
            "male" | "man" => language,
            _ => format!("{language}+f3"),
        }
    }

    fn speak<'a>(&'a self, request: &'a SpeechRequest) -> Spoken<'a> {
        Box::pin(async move {
            run(self.name(), &request.text, |text, audio| {
                let mut command = command(&self.program);
                command.arg("-v").arg(self.voice(request)).arg("-f").arg(text).arg("-w").arg(audio);
                command
            })
            .await
        })
    }
}

/// Runs a program that reads a text file and writes an audio file, both in a folder of their own that only we can read.
async fn run(
    engine: &'static str,
    text: &str,
    command: impl FnOnce(&Path, &Path) -> Command,
) -> Result<Vec<u8>, SpeechError> {
    let failed = |reason: String| SpeechError::Engine { engine, reason };
    let folder = tempfile::tempdir()?;
    let (text_file, audio_file) = (folder.path().join("text"), folder.path().join("audio.wav"));
    tokio::fs::write(&text_file, text).await?;
    let status =
        command(&text_file, &audio_file).status().await.map_err(|error| failed(error.to_string()))?;
    if !status.success() {
        return Err(failed(status.to_string()));
    }
    let length = tokio::fs::metadata(&audio_file).await.map_err(|error| failed(error.to_string()))?.len();
    if length > MAX_FILE_BYTES {
        return Err(failed(format!("{length} bytes of audio")));
    }
    Ok(tokio::fs::read(&audio_file).await?)
}

/// A program with nothing of ours but `PATH`, that ends when nobody waits for it any more.
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(OsStr::new(program))).find(|file| file.is_file())
}

/// Letters, digits, `-` and `_` only: cannot be an option, a path or an address.
fn is_plain(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=32).contains(&name.len()) && !name.starts_with('-') && name.bytes().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voices_never_become_paths_or_options() {
        assert_eq!(flite_voices("male")[0], "rms");
        assert_eq!(flite_voices("awb")[0], "awb");
        for evil in ["/tmp/x.flitevox", "http://example.com/v", "-t", "a b", "", "../x"] {
            assert_eq!(flite_voices(evil)[0], "slt", "{evil}");
        }
    }
}
