//! Reads a TwiML document: its frame and the verbs. Not here: whom `Dial` calls (`nouns`), single attributes
//! (`attributes`).

use std::time::Duration;

use roxmltree::{Document, Node, ParsingOptions};

use super::attributes::Attributes;
use super::bounds;
use super::fault::{Fault, Places};
use super::{
    FAULTS_MAX, Gather, Kind, Next, Record, Response, Sound, TEXT_MAX_CHARS, VALUE_MAX_CHARS, VARIABLES_MAX,
    VERBS_MAX, Verb, What,
};
use crate::issue::Level;

/// XML nodes of one document, texts and comments included.
const NODES_MAX: u32 = 20_000;

/// The longest pause, recording, wait for a digit.
const HOUR_S: u32 = 3_600;

/// Reads a document. Whatever it is, there is a result; what is wrong stands in it.
pub fn read(text: &str) -> Response {
    let mut reader = Reader { places: Places::new(text), faults: Vec::new(), verbs: 0 };
    let verbs = reader.document(text);
    Response { verbs, faults: reader.faults }
}

/// An error that ends the document; it is among the faults already.
pub(super) struct Ended;

pub(super) struct Reader<'i> {
    places: Places<'i>,
    faults: Vec<Fault>,
    /// Verbs and nouns so far.
    verbs: usize,
}

impl Reader<'_> {
    fn document(&mut self, text: &str) -> Vec<Verb> {
        if let Err((offset, message)) = bounds::check(text) {
            self.tell(offset, Level::Error, String::new(), message);
            return Vec::new();
        }
        let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES_MAX };
        let document = match Document::parse_with_options(text, options) {
            Ok(document) => document,
            Err(error) => {
                let place = error.pos();
                self.faults.push(Fault {
                    place: super::Place { line: place.row, column: place.col },
                    level: Level::Error,
                    element: String::new(),
                    message: format!("this is no XML that can be read: {}", reason(&error)),
                });
                return Vec::new();
            }
        };
        let root = document.root_element();
        if root.tag_name().name() != "Response" {
            let _ = self.error(root, "the document must be a <Response>");
            return Vec::new();
        }
        self.verbs_of(root)
    }

    fn verbs_of(&mut self, root: Node<'_, '_>) -> Vec<Verb> {
        let mut verbs = Vec::new();
        for child in root.children() {
            if child.is_text() && child.text().is_some_and(|text| !text.trim().is_empty()) {
                self.warn(root, "words between the verbs are ignored".to_owned());
            }
            if !child.is_element() {
                continue;
            }
            let place = self.places.of(child.range().start);
            match self.verb(child) {
                Ok(kind) => verbs.push(Verb { place, kind }),
                Err(Ended) => break,
            }
        }
        verbs
    }

    fn verb(&mut self, element: Node<'_, '_>) -> Result<Kind, Ended> {
        self.count(element)?;
        match element.tag_name().name() {
            "Say" | "Play" | "Pause" => Ok(Kind::Sound(self.sound(element)?)),
            "Gather" => Ok(Kind::Gather(self.gather(element)?)),
            "Record" => self.record(element),
            "Dial" => Ok(Kind::Dial(self.dial(element)?)),
            "Redirect" => self.redirect(element),
            "Set" => {
                let variables = self.variables(element)?;
                Attributes::of(self, element).finish();
                Ok(Kind::Set(variables))
            }
            "Hangup" => {
                Attributes::of(self, element).finish();
                Ok(Kind::Hangup)
            }
            "Reject" => {
                let mut attributes = Attributes::of(self, element);
                let busy = attributes.word("reason", &["rejected", "busy"]) == "busy";
                let prompt = attributes.filled("prompt");
                attributes.finish();
                Ok(Kind::Reject { busy, prompt })
            }
            _ => Err(self.error(element, "there is no such verb")),
        }
    }

    /// `Say`, `Play`, `Pause`.
    fn sound(&mut self, element: Node<'_, '_>) -> Result<Sound, Ended> {
        let name = element.tag_name().name();
        let text = match name {
            "Say" => self.spoken(element),
            "Play" => self.address(element)?,
            _ => String::new(),
        };
        let mut attributes = Attributes::of(self, element);
        if name == "Pause" {
            let length = attributes.seconds("length", 0, HOUR_S).unwrap_or(Duration::from_secs(1));
            attributes.finish();
            let what = What::Pause { length };
            return Ok(Sound { what, repeat: super::Repeat::Times(1), terminators: Some(String::new()) });
        }
        let repeat = attributes.repeat();
        let terminators = attributes.keys("terminators");
        let what = match name {
            "Say" => What::Say {
                text,
                voice: voice(attributes.text("voice").unwrap_or_default()),
                language: language(attributes.text("language").unwrap_or_default()),
                engine: attributes.filled("engine").unwrap_or_default(),
            },
            _ => What::Play { media: text },
        };
        attributes.finish();
        Ok(Sound { what, repeat, terminators })
    }

    fn gather(&mut self, element: Node<'_, '_>) -> Result<Gather, Ended> {
        let mut sounds = Vec::new();
        for child in element.children().filter(Node::is_element) {
            self.count(child)?;
            match child.tag_name().name() {
                "Say" | "Play" | "Pause" => sounds.push(self.sound(child)?),
                _ => return Err(self.error(child, "only Say, Play and Pause can stand in a Gather")),
            }
        }
        let mut attributes = Attributes::of(self, element);
        let gather = Gather {
            sounds,
            timeout: attributes.seconds("timeout", 1, HOUR_S).unwrap_or(Duration::from_secs(5)),
            finish_on: attributes.keys("finishOnKey").unwrap_or_else(|| "#".to_owned()),
            digits: attributes.number("numDigits", 1, 1_000),
            next: attributes.next(),
        };
        attributes.ignore(&["input", "hints", "speechTimeout", "speechModel", "partialResultCallback"]);
        attributes.finish();
        Ok(gather)
    }

    fn record(&mut self, element: Node<'_, '_>) -> Result<Kind, Ended> {
        let mut attributes = Attributes::of(self, element);
        let record = Record {
            silence: attributes.seconds("timeout", 1, HOUR_S).unwrap_or(Duration::from_secs(5)),
            limit: attributes
                .seconds("maxLength", 1, HOUR_S)
                .unwrap_or(Duration::from_secs(u64::from(HOUR_S))),
            finish_on: attributes.keys("finishOnKey").unwrap_or_else(|| "1234567890*#".to_owned()),
            beep: attributes.truth("playBeep", true),
            send_to: attributes.filled("recordingUrl"),
            next: attributes.next(),
        };
        attributes.ignore(&["transcribe", "transcribeCallback", "trim"]);
        attributes.finish();
        Ok(Kind::Record(record))
    }

    fn redirect(&mut self, element: Node<'_, '_>) -> Result<Kind, Ended> {
        let variables = self.variables(element)?;
        let text = own_text(element);
        let url = self.bounded(element, &text)?;
        let mut attributes = Attributes::of(self, element);
        let method = attributes.method("method");
        attributes.finish();
        let to = Next { url: (!url.is_empty()).then_some(url), method };
        Ok(Kind::Redirect { to, variables })
    }

    /// The `Variable` elements in another.
    fn variables(&mut self, element: Node<'_, '_>) -> Result<Vec<(String, String)>, Ended> {
        let mut variables = Vec::new();
        for child in element.children().filter(Node::is_element) {
            if child.tag_name().name() != "Variable" {
                return Err(self.error(child, "only Variable can stand here"));
            }
            if variables.len() >= VARIABLES_MAX {
                return Err(self.error(child, &format!("there are more than {VARIABLES_MAX} variables")));
            }
            let mut attributes = Attributes::of(self, child);
            let key = attributes.filled("key");
            let value = attributes.text("value").unwrap_or_default().to_owned();
            attributes.finish();
            match key {
                Some(key) => variables.push((key, value)),
                None => self.warn(child, "a variable without a `key` is ignored".to_owned()),
            }
        }
        Ok(variables)
    }

    /// The words of an element, blanks drawn together.
    fn spoken(&mut self, element: Node<'_, '_>) -> String {
        if element.children().any(|child| child.is_element()) {
            self.warn(element, "elements within it are ignored, their words are spoken".to_owned());
        }
        let words: Vec<&str> = element
            .descendants()
            .filter(Node::is_text)
            .filter_map(|node| node.text())
            .flat_map(str::split_whitespace)
            .collect();
        let text = words.join(" ");
        match text.char_indices().nth(TEXT_MAX_CHARS) {
            Some((end, _)) => {
                self.warn(element, format!("the text is longer than {TEXT_MAX_CHARS} characters; cut"));
                text.get(..end).unwrap_or_default().to_owned()
            }
            None => text,
        }
    }

    /// The text of an element that must have one: an address, a number, an id.
    pub(super) fn address(&mut self, element: Node<'_, '_>) -> Result<String, Ended> {
        let text = own_text(element);
        if text.is_empty() {
            return Err(self.error(element, "it is empty"));
        }
        self.bounded(element, &text)
    }

    fn bounded(&mut self, element: Node<'_, '_>, text: &str) -> Result<String, Ended> {
        if text.chars().count() > VALUE_MAX_CHARS {
            return Err(self.error(element, &format!("its text is longer than {VALUE_MAX_CHARS} characters")));
        }
        Ok(text.to_owned())
    }

    /// Counts a verb or noun.
    pub(super) fn count(&mut self, element: Node<'_, '_>) -> Result<(), Ended> {
        self.verbs += 1;
        if self.verbs > VERBS_MAX {
            return Err(self.error(element, &format!("there are more than {VERBS_MAX} verbs")));
        }
        Ok(())
    }

    pub(super) fn warn(&mut self, element: Node<'_, '_>, message: String) {
        self.tell(element.range().start, Level::Warning, named(element), message);
    }

    /// Keeps an error; whoever gets it goes no further.
    pub(super) fn error(&mut self, element: Node<'_, '_>, message: &str) -> Ended {
        self.tell(element.range().start, Level::Error, named(element), message.to_owned());
        Ended
    }

    fn tell(&mut self, offset: usize, level: Level, element: String, message: String) {
        // An error is always told: it is the last thing that is.
        if self.faults.len() < FAULTS_MAX || level == Level::Error {
            let place = self.places.of(offset);
            self.faults.push(Fault { place, level, element, message });
        }
    }
}

/// The text right in an element, without blanks around it.
pub(super) fn own_text(element: Node<'_, '_>) -> String {
    let parts = element.children().filter(Node::is_text).filter_map(|node| node.text());
    parts.collect::<String>().trim().to_owned()
}

/// What the XML reader says, without the place it repeats.
fn reason(error: &roxmltree::Error) -> String {
    match error {
        roxmltree::Error::DtdDetected => "a document type is not allowed".to_owned(),
        roxmltree::Error::NodesLimitReached => "it has too many parts".to_owned(),
        other => {
            let text = other.to_string();
            text.rsplit_once(" at ").map_or(text.as_str(), |(reason, _)| reason).chars().take(200).collect()
        }
    }
}

/// An element's name, cut to what is worth telling.
fn named(element: Node<'_, '_>) -> String {
    element.tag_name().name().chars().take(50).collect()
}

/// The voices everybody knows by two names; all others are a speech engine's own.
fn voice(text: &str) -> String {
    match text.to_ascii_lowercase().as_str() {
        "man" | "male" => "male".to_owned(),
        "woman" | "female" => "female".to_owned(),
        _ => text.to_owned(),
    }
}

/// A language tag as prompts and speech engines write it.
fn language(text: &str) -> String {
    match text.to_ascii_lowercase().as_str() {
        "en" => "en-us".to_owned(),
        other => other.replace('_', "-"),
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
