//! System prompts by name and language: those that ship with the program, and files that replace them.
//!
//! The texts are in `prompts/en-us.json`, the audio made from them in `prompts/en-us.prompts` (by
//! `cargo run -p telephony --example render-prompts`). Names are those of reference section 7.11, and `say-...` for the words
//! that numbers, times and spellings are put together from.
//! Not for: prompts that an account replaces, which are its media documents.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use super::archive::{self, BadArchive};
use super::clip::Clip;
use super::file;
use super::identify::Identifier;

/// The language that is always there.
pub const DEFAULT_LANGUAGE: &str = "en-us";

static EN_US: &[u8] = include_bytes!("../../../../prompts/en-us.prompts");

/// All system prompts; made once, shared by `Arc`.
#[derive(Debug)]
pub struct Prompts {
    languages: HashMap<String, BTreeMap<String, Arc<Clip>>>,
}

/// A file that was meant to replace a prompt, and why it does not.
#[derive(Debug)]
pub struct BadOverride {
    /// `<language>/<file name>`.
    pub file: String,
    /// Why: the operator's fault.
    pub reason: String,
}

impl Prompts {
    /// The prompts that ship with the program. Their audio stays where it is; only the index is made.
    pub fn built_in() -> Result<Prompts, BadArchive> {
        let prompts = archive::read(EN_US)?
            .into_iter()
            .map(|(name, audio)| (name.to_owned(), Arc::new(Clip::from_pcmu(Bytes::from_static(audio)))))
            .collect();
        Ok(Prompts { languages: HashMap::from([(DEFAULT_LANGUAGE.to_owned(), prompts)]) })
    }

    /// Replaces and adds prompts from `<folder>/<language>/<name>.wav` (or `.mp3`). Reads all of them, so it belongs to the
    /// start of the program. Gives the files that could not be used; a missing folder is none.
    pub fn replace_from(&mut self, folder: &Path) -> Vec<BadOverride> {
        let mut bad = Vec::new();
        for language in entries(folder) {
            let tag = file_name(&language).to_ascii_lowercase();
            for path in entries(&language) {
                let name =
                    path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let clip = std::fs::read(&path)
                    .map_err(|error| error.to_string())
                    .and_then(|content| file::decode(&content).map_err(|error| error.to_string()));
                match clip {
                    Ok(clip) => {
                        self.languages.entry(tag.clone()).or_default().insert(name, Arc::new(clip));
                    }
                    Err(reason) => {
                        bad.push(BadOverride { file: format!("{tag}/{}", file_name(&path)), reason })
                    }
                }
            }
        }
        bad
    }

    /// The prompt in a language: exactly that one (`en-gb`), else its main one (`en`), else [`DEFAULT_LANGUAGE`].
    pub fn get(&self, language: &str, name: &str) -> Option<Arc<Clip>> {
        let language = language.to_ascii_lowercase();
        let main = language.split(['-', '_']).next().unwrap_or_default();
        [language.as_str(), main, DEFAULT_LANGUAGE]
            .into_iter()
            .find_map(|language| self.languages.get(language)?.get(name))
            .cloned()
    }

    /// Knows the prompts of a language (and of [`DEFAULT_LANGUAGE`], to which it falls back); more clips can be added.
    pub fn identifier(&self, language: &str) -> Identifier {
        let mut identifier = Identifier::default();
        for language in [language, DEFAULT_LANGUAGE] {
            for (name, clip) in self.of_language(language) {
                identifier.add(name, &clip.pcm());
            }
            if language == DEFAULT_LANGUAGE {
                break;
            }
        }
        identifier
    }

    /// The names and clips of a language, by name; those of [`DEFAULT_LANGUAGE`] are complete.
    pub fn of_language(&self, language: &str) -> impl Iterator<Item = (&str, &Arc<Clip>)> {
        self.languages.get(language).into_iter().flatten().map(|(name, clip)| (name.as_str(), clip))
    }
}

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
        .unwrap_or_default();
    found.sort();
    found
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::wav;
    use std::time::Duration;

    fn texts() -> BTreeMap<String, String> {
        serde_json::from_str(include_str!("../../../../prompts/en-us.json")).unwrap()
    }

    #[test]
    fn every_text_has_its_audio_and_no_more() {
        let prompts = Prompts::built_in().unwrap();
        let names: Vec<&str> = prompts.of_language(DEFAULT_LANGUAGE).map(|(name, _)| name).collect();
        assert_eq!(names, texts().keys().map(String::as_str).collect::<Vec<_>>());
        for (name, clip) in prompts.of_language(DEFAULT_LANGUAGE) {
            let limits = Duration::from_millis(120)..Duration::from_secs(20);
            assert!(limits.contains(&clip.duration()), "{name}: {:?}", clip.duration());
        }
        assert!(EN_US.len() < 4 << 20);
    }

    #[test]
    fn texts_are_all_different_so_that_what_is_heard_has_one_name() {
        let mut seen = HashMap::new();
        for (name, text) in texts() {
            let key = text.to_lowercase().trim_end_matches('.').to_owned();
            assert_eq!(seen.insert(key, name.clone()), None, "{name}");
        }
    }

    #[test]
    fn languages_fall_back() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("DE")).unwrap();
        std::fs::write(folder.path().join("DE/vm-saved.wav"), wav::encode(&[5; 80])).unwrap();
        std::fs::write(folder.path().join("DE/vm-deleted.wav"), "no audio").unwrap();
        let mut prompts = Prompts::built_in().unwrap();
        let bad = prompts.replace_from(folder.path());
        assert_eq!(bad.len(), 1);
        assert_eq!(bad[0].file, "de/vm-deleted.wav");
        assert_eq!(prompts.get("de-at", "vm-saved").unwrap().samples(), 80);
        assert!(prompts.get("de-at", "vm-deleted").unwrap().samples() > 80);
        assert!(prompts.get("fr", "vm-saved").unwrap().samples() > 80);
        assert!(prompts.get("fr", "vm-unheard_of").is_none());
        assert!(Prompts::built_in().unwrap().replace_from(Path::new("/nonexistent")).is_empty());
    }
}
