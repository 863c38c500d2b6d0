//! Reads `Dial` and whom it calls.

use std::time::Duration;

use roxmltree::Node;

use super::attributes::Attributes;
use super::read::{Ended, Reader, own_text};
use super::{Conference, Dial, Party, StatusCallback, Who};

/// The longest wait for an answer, in seconds.
const TIMEOUT_MAX_S: u32 = 600;

/// The longest conversation, and the one when none is named: 4 h.
const TIME_LIMIT_S: u32 = 14_400;

/// The fewest and the most who can be in a conference.
const PARTICIPANTS: (u32, u32) = (3, 40);

impl Reader<'_> {
    /// `Dial`: a number as its text, or elements for each party.
    pub(super) fn dial(&mut self, element: Node<'_, '_>) -> Result<Dial, Ended> {
        let parties = self.parties(element)?;
        let mut attributes = Attributes::of(self, element);
        let star = attributes.truth("hangupOnStar", false);
        let mut hang_up_on = attributes.keys("hangupOn").unwrap_or_default();
        if star && !hang_up_on.contains('*') {
            hang_up_on.push('*');
        }
        let record = match attributes.text("record").map(str::to_ascii_lowercase).as_deref() {
            None | Some("" | "false" | "no" | "0" | "do-not-record") => false,
            // Others write from when, and on how many channels.
            Some(_) => true,
        };
        let has_action = attributes.text("action");
        let method = attributes.method("method");
        let next = has_action.filter(|url| !url.is_empty()).map(str::to_owned);
        let dial = Dial {
            parties,
            caller_id: attributes.filled("callerId"),
            hang_up_on,
            record,
            timeout: attributes.seconds("timeout", 1, TIMEOUT_MAX_S),
            time_limit: attributes
                .seconds("timeLimit", 1, TIME_LIMIT_S)
                .unwrap_or(Duration::from_secs(u64::from(TIME_LIMIT_S))),
            one_by_one: attributes.word("strategy", &["simultaneous", "single"]) == "single",
            continue_on_fail: attributes.truth("continueOnFail", true),
            next: next.map(|url| super::Next { url: Some(url), method }),
        };
        attributes.ignore(&["answerOnBridge", "ringTone", "trim"]);
        attributes.finish();
        Ok(dial)
    }

    fn parties(&mut self, element: Node<'_, '_>) -> Result<Vec<Party>, Ended> {
        let mut parties = Vec::new();
        for child in element.children().filter(Node::is_element) {
            self.count(child)?;
            parties.push(self.party(child)?);
        }
        let text = own_text(element);
        match (text.is_empty(), parties.is_empty()) {
            (true, true) => Err(self.error(element, "it names nobody to call")),
            (true, false) => Ok(parties),
            (false, true) => {
                let number = self.address(element)?;
                Ok(vec![Party { who: Who::Number(number), status: None }])
            }
            (false, false) => {
                self.warn(element, "its text is ignored, for it has elements".to_owned());
                Ok(parties)
            }
        }
    }

    fn party(&mut self, element: Node<'_, '_>) -> Result<Party, Ended> {
        let name = element.tag_name().name();
        if name == "Queue" {
            return Err(self.error(element, "queues cannot be called"));
        }
        if !matches!(name, "Number" | "User" | "Device" | "Sip" | "Conference") {
            return Err(self.error(element, "only Number, User, Device, Sip and Conference can be called"));
        }
        let text = self.address(element)?;
        let mut attributes = Attributes::of(self, element);
        let status = attributes.status_callback();
        let who = match name {
            "Number" => {
                attributes.ignore(&["sendDigits", "url", "method"]);
                Who::Number(text)
            }
            "User" => Who::User(text),
            "Device" => Who::Device(text),
            "Sip" => {
                attributes.ignore(&["username", "password", "url", "method"]);
                Who::Sip(text)
            }
            _ => Who::Conference(attributes.conference(text)),
        };
        attributes.finish();
        Ok(Party { who, status })
    }
}

impl Attributes<'_, '_, '_, '_> {
    fn conference(&mut self, name: String) -> Conference {
        Conference {
            name,
            start_on_enter: self.truth("startConferenceOnEnter", true),
            end_on_exit: self.truth("endConferenceOnExit", false),
            beep: !matches!(self.text("beep"), Some("false" | "no" | "0")),
            muted: self.truth("muted", false),
            deaf: self.truth("deaf", false),
            max_participants: self
                .number("maxParticipants", PARTICIPANTS.0, PARTICIPANTS.1)
                .unwrap_or(PARTICIPANTS.1),
            wait_url: self.filled("waitUrl"),
        }
    }

    /// `statusCallback` and what belongs to it.
    fn status_callback(&mut self) -> Option<StatusCallback> {
        let url = self.filled("statusCallback");
        let method = self.method("statusCallbackMethod");
        let events = self.text("statusCallbackEvent").unwrap_or("completed");
        let has = |event: &str| events.split_whitespace().any(|one| one.eq_ignore_ascii_case(event));
        let (initiated, answered, completed) = (has("initiated"), has("answered"), has("completed"));
        let known = usize::from(initiated) + usize::from(answered) + usize::from(completed);
        if events.split_whitespace().count() > known {
            self.warn("statusCallbackEvent", "names an event that is not told");
        }
        Some(StatusCallback { url: url?, method, initiated, answered, completed })
    }
}
