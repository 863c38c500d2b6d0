//! What is told of a call: a line as each thing happens, a summary, or one JSON document.
//!
//! Not here: what happens (`call`).

use std::time::Duration;

use serde_json::{Value, json};
use telephony::media::stream::StreamStats;

use super::ear::{Sound, What};
use crate::fault::Fault;
use crate::output;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Event {
    /// The request is on its way.
    Calling {
        /// Number.
        number: String,
        /// Server.
        server: String,
        /// User name.
        user: String,
    },
    /// The other side rings.
    Ringing,
    /// Audio before the answer.
    Early,
    /// Answered.
    Answered,
    /// Something was heard.
    Heard(Sound),
    /// Keys are pressed.
    Presses {
        /// Which.
        digits: String,
    },
    /// Audio is spoken.
    Speaks {
        /// Its name.
        name: String,
    },
    /// The other side pressed a key.
    Key(char),
    /// The other side holds us, or has taken us back.
    Held(bool),
    /// It is over.
    Ended(Ending),
    /// An act whose cue never came.
    NotDone {
        /// What it was.
        what: String,
        /// What it waited for.
        cue: String,
    },
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Hung up by the other side, so long after the answer.
    OtherSide(Duration),
    /// Hung up by us, so long after the answer.
    Us(Duration),
    /// Refused.
    Refused {
        /// SIP status.
        status: u16,
        /// Its words.
        reason: String,
    },
    /// Nobody answered.
    NotAnswered,
    /// The server is silent.
    NoReply,
    /// Broken off: why.
    Failed(String),
}

/// What was ordered in the way of output, and what happened so far.
pub(crate) struct Report {
    live: bool,
    json: bool,
    events: Vec<(Duration, Event)>,
}

/// What is told at the end beside the events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Totals {
    /// Of the audio.
    pub(crate) stats: StreamStats,
    /// Where it was saved, and its length.
    pub(crate) saved: Option<(String, Duration)>,
}

impl Report {
    /// `quiet` leaves the lines out, `json` prints one document at the end instead of everything else.
    pub(crate) fn new(quiet: bool, json: bool) -> Report {
        Report { live: !quiet && !json, json, events: Vec::new() }
    }

    /// Tells an event; `at` is the time since the call was placed.
    pub(crate) fn tell(&mut self, at: Duration, event: Event) -> Result<(), Fault> {
        if self.live {
            output::line(&format!("{:7.2}  {}", at.as_secs_f64(), line(&event)))?;
        }
        self.events.push((at, event));
        Ok(())
    }

    /// Tells the rest.
    pub(crate) fn finish(&mut self, totals: &Totals) -> Result<(), Fault> {
        // What was heard is found out a little after it was heard.
        self.events.sort_by_key(|(at, _)| *at);
        if self.json {
            return output::json(&self.document(totals));
        }
        let summary = self.summary(totals);
        if summary.is_empty() { Ok(()) } else { output::line(&summary) }
    }

    fn names(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|(_, event)| match event {
                Event::Heard(Sound { what: What::Prompt { name, .. }, .. }) => Some(name.as_str()),
                _ => None,
            })
            .collect()
    }

    fn summary(&self, totals: &Totals) -> String {
        let mut lines = Vec::new();
        let ending = self.events.iter().find_map(|(_, event)| match event {
            Event::Ended(ending) => Some(ending_text(ending)),
            _ => None,
        });
        if !self.live
            && let Some(ending) = ending
        {
            lines.push(ending);
        }
        let names = self.names();
        if !names.is_empty() {
            lines.push(format!("heard  {}", names.join(", ")));
        }
        let stats = &totals.stats;
        if stats.packets_received > 0 || self.events.iter().any(|(_, event)| *event == Event::Answered) {
            lines.push(format!(
                "audio  {} packets received, {} lost, {} late, jitter {:.1} ms; {} sent",
                stats.packets_received,
                stats.packets_lost,
                stats.packets_late,
                stats.jitter.as_secs_f64() * 1_000.0,
                stats.packets_sent
            ));
        }
        if let Some((path, length)) = &totals.saved {
            lines.push(format!("saved  {path} ({})", seconds(*length)));
        }
        lines.join("\n")
    }

    fn document(&self, totals: &Totals) -> Value {
        let answered = self.events.iter().find(|(_, event)| *event == Event::Answered).map(|(at, _)| ms(*at));
        let ended = self.events.iter().find_map(|(_, event)| match event {
            Event::Ended(ending) => Some(ending_document(ending)),
            _ => None,
        });
        let stats = &totals.stats;
        let events: Vec<Value> = self
            .events
            .iter()
            .map(|(at, event)| {
                let mut object = json!({"at_ms": ms(*at)});
                if let (Some(object), Value::Object(more)) = (object.as_object_mut(), document(event)) {
                    object.extend(more);
                }
                object
            })
            .collect();
        json!({
            "answered_ms": answered,
            "ended": ended,
            "heard": self.names(),
            "events": events,
            "audio": {
                "packets_received": stats.packets_received,
                "packets_lost": stats.packets_lost,
                "packets_late": stats.packets_late,
                "jitter_ms": stats.jitter.as_secs_f64() * 1_000.0,
                "packets_sent": stats.packets_sent,
            },
            "saved": totals.saved.as_ref().map(|(path, _)| path),
        })
    }
}

fn line(event: &Event) -> String {
    match event {
        Event::Calling { number, server, user } => format!("calling {number} at {server} as {user}"),
        Event::Ringing => "ringing".to_owned(),
        Event::Early => "hears the line before the answer".to_owned(),
        Event::Answered => "answered".to_owned(),
        Event::Heard(sound) => format!("hears {}", sound_text(sound)),
        Event::Presses { digits } => format!("presses {digits}"),
        Event::Speaks { name } => format!("speaks {name}"),
        Event::Key(key) => format!("hears the key {key}"),
        Event::Held(true) => "is put on hold".to_owned(),
        Event::Held(false) => "is taken off hold".to_owned(),
        Event::Ended(ending) => ending_text(ending),
        Event::NotDone { what, cue } => format!("never {what}: waited for {cue}"),
    }
}

fn sound_text(sound: &Sound) -> String {
    let heard = seconds(sound.heard);
    match &sound.what {
        What::Prompt { name, complete: true, .. } => format!("{name} ({heard})"),
        What::Prompt { name, length, .. } => format!("{name} (the first {heard} of {})", seconds(*length)),
        What::Tone => format!("a tone ({heard})"),
        What::Unknown => format!("speech or sound without a name ({heard})"),
    }
}

fn ending_text(ending: &Ending) -> String {
    match ending {
        Ending::OtherSide(after) => format!("hung up by the other side after {}", seconds(*after)),
        Ending::Us(after) => format!("hangs up after {}", seconds(*after)),
        Ending::Refused { status, reason } => format!("refused with {status} {reason}"),
        Ending::NotAnswered => "nobody answered; gave up".to_owned(),
        Ending::NoReply => "the server does not reply".to_owned(),
        Ending::Failed(reason) => format!("broken off: {reason}"),
    }
}

fn document(event: &Event) -> Value {
    match event {
        Event::Calling { number, server, user } => {
            json!({"event": "calling", "number": number, "server": server, "user": user})
        }
        Event::Ringing => json!({"event": "ringing"}),
        Event::Early => json!({"event": "early_media"}),
        Event::Answered => json!({"event": "answered"}),
        Event::Heard(sound) => {
            let heard = ms(sound.heard);
            match &sound.what {
                What::Prompt { name, length, complete } => json!({
                    "event": "prompt", "name": name, "heard_ms": heard, "length_ms": ms(*length), "complete": complete,
                }),
                What::Tone => json!({"event": "tone", "heard_ms": heard}),
                What::Unknown => json!({"event": "sound", "heard_ms": heard}),
            }
        }
        Event::Presses { digits } => json!({"event": "presses", "digits": digits}),
        Event::Speaks { name } => json!({"event": "speaks", "name": name}),
        Event::Key(key) => json!({"event": "key", "digit": key.to_string()}),
        Event::Held(held) => json!({"event": if *held { "held" } else { "resumed" }}),
        Event::Ended(ending) => json!({"event": "ended", "ended": ending_document(ending)}),
        Event::NotDone { what, cue } => json!({"event": "not_done", "what": what, "waited_for": cue}),
    }
}

fn ending_document(ending: &Ending) -> Value {
    match ending {
        Ending::OtherSide(after) => json!({"by": "other_side", "after_ms": ms(*after)}),
        Ending::Us(after) => json!({"by": "caller", "after_ms": ms(*after)}),
        Ending::Refused { status, reason } => json!({"by": "refusal", "status": status, "reason": reason}),
        Ending::NotAnswered => json!({"by": "no_answer"}),
        Ending::NoReply => json!({"by": "no_reply"}),
        Ending::Failed(reason) => json!({"by": "failure", "reason": reason}),
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(complete: bool) -> Event {
        let (length, heard) = (Duration::from_millis(2_400), Duration::from_millis(1_200));
        let what = What::Prompt { name: "vm-saved".to_owned(), length, complete };
        Event::Heard(Sound { what, start: Duration::ZERO, heard: if complete { length } else { heard } })
    }

    #[test]
    fn lines_are_sentences_about_the_caller() {
        assert_eq!(line(&prompt(true)), "hears vm-saved (2.4 s)");
        assert_eq!(line(&prompt(false)), "hears vm-saved (the first 1.2 s of 2.4 s)");
        let refused = Ending::Refused { status: 486, reason: "Busy Here".to_owned() };
        assert_eq!(line(&Event::Ended(refused)), "refused with 486 Busy Here");
        let ended = Ending::OtherSide(Duration::from_millis(12_420));
        assert_eq!(line(&Event::Ended(ended)), "hung up by the other side after 12.4 s");
    }

    #[test]
    fn the_document_has_events_by_time() {
        let mut report = Report { live: false, json: true, events: Vec::new() };
        let secs = Duration::from_secs;
        report.tell(secs(1), Event::Answered).unwrap();
        report.tell(secs(5), Event::Presses { digits: "1".to_owned() }).unwrap();
        report.tell(secs(2), prompt(true)).unwrap();
        report.events.sort_by_key(|(at, _)| *at);
        let document = report.document(&Totals::default());
        assert_eq!(document["answered_ms"], 1_000);
        assert_eq!(document["heard"], json!(["vm-saved"]));
        let names: Vec<&str> =
            document["events"].as_array().unwrap().iter().map(|e| e["event"].as_str().unwrap()).collect();
        assert_eq!(names, ["answered", "prompt", "presses"]);
    }
}
