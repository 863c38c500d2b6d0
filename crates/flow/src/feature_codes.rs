//! The feature codes that ship with the program: star codes as the stock Kazoo user interface makes them (reference
//! appendix A), as callflows that an account can be given.
//!
//! A feature code is an ordinary callflow (reference section 1.13); what is here are their documents, and whether an
//! account has them or uses their numbers otherwise. Not here: what their modules do (crate `engine`), storing them.

use serde_json::{Value, json};

use crate::account::{AccountIndex, CallflowEntry, Document};
use crate::numbers::Pattern;

/// A feature code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeatureCode {
    /// What it is called on the command line, and in its document's id: `forward-on`.
    pub key: &'static str,
    /// What is dialled behind the star, as editors show it: `72`. `*` for the code `**`.
    pub number: &'static str,
    /// `featurecode.name`, by which user interfaces know it.
    pub name: &'static str,
    /// Its name for people, and the callflow's.
    pub title: &'static str,
    /// What it does, one sentence without a full stop.
    pub summary: &'static str,
    /// The action.
    pub module: &'static str,
    dialled: Dialled,
    /// The node's `data`, JSON.
    data: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialled {
    Number(&'static str),
    Pattern(&'static str),
}

/// How an account stands to a feature code.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// It has none, and nothing is in the way: the callflow that would make it.
    Missing(Document),
    /// A callflow is this feature code already, maybe on another number.
    There {
        /// Its id.
        callflow: String,
    },
    /// A number of the code leads to another callflow.
    Taken {
        /// What was dialled.
        number: String,
        /// Where it leads.
        callflow: String,
    },
}

/// All feature codes, ordered by what is dialled. The last two columns of the reference's table, `*78` and `*79` beside
/// them, and `*5` written so that it does not match `*56`.
pub const FEATURE_CODES: &[FeatureCode] = &[
    FeatureCode {
        key: "direct-to-voicemail",
        number: "*",
        name: "voicemail[action=\"direct\"]",
        title: "Direct to voicemail",
        summary: "Leaves a message in the mailbox whose number follows",
        module: "voicemail",
        dialled: Dialled::Pattern(r"^\*\*([0-9]*)$"),
        data: r#"{"action": "compose"}"#,
    },
    FeatureCode {
        key: "intercom",
        number: "0",
        name: "intercom",
        title: "Intercom",
        summary: "Calls the extension that follows; its telephone answers by itself",
        module: "intercom",
        dialled: Dialled::Pattern(r"^\*0([0-9]*)$"),
        data: "{}",
    },
    FeatureCode {
        key: "hotdesk-login",
        number: "11",
        name: "hotdesk[action=login]",
        title: "Hotdesk login",
        summary: "Makes this telephone that of the person whose hotdesk id is keyed in",
        module: "hotdesk",
        dialled: Dialled::Number("*11"),
        data: r#"{"action": "login"}"#,
    },
    FeatureCode {
        key: "hotdesk-logout",
        number: "12",
        name: "hotdesk[action=logout]",
        title: "Hotdesk logout",
        summary: "Ends that",
        module: "hotdesk",
        dialled: Dialled::Number("*12"),
        data: r#"{"action": "logout"}"#,
    },
    FeatureCode {
        key: "hotdesk-toggle",
        number: "13",
        name: "hotdesk[action=toggle]",
        title: "Hotdesk toggle",
        summary: "Logs in, or out when logged in already",
        module: "hotdesk",
        dialled: Dialled::Number("*13"),
        data: r#"{"action": "toggle"}"#,
    },
    FeatureCode {
        key: "park-and-retrieve",
        number: "3",
        name: "park_and_retrieve",
        title: "Park and retrieve",
        summary: "Fetches the call in the slot that follows; keeps the slot for a call when it is free",
        module: "park",
        dialled: Dialled::Pattern(r"^\*3([0-9]*)$"),
        data: r#"{"action": "auto"}"#,
    },
    FeatureCode {
        key: "valet-park",
        number: "4",
        name: "valet",
        title: "Valet parking",
        summary: "Parks the call that is transferred here in the first free slot, and tells which",
        module: "park",
        dialled: Dialled::Number("*4"),
        data: r#"{"action": "park"}"#,
    },
    FeatureCode {
        key: "retrieve",
        number: "5",
        name: "retrieve",
        title: "Retrieve a parked call",
        summary: "Fetches the call in the slot that follows",
        module: "park",
        dialled: Dialled::Pattern(r"^\*5(|[0-9]{2,})$"),
        data: r#"{"action": "retrieve"}"#,
    },
    FeatureCode {
        key: "forward-update",
        number: "56",
        name: "call_forward[action=update]",
        title: "Change the forward",
        summary: "Asks for the number that calls are forwarded to, and leaves forwarding on or off",
        module: "call_forward",
        dialled: Dialled::Number("*56"),
        data: r#"{"action": "update"}"#,
    },
    FeatureCode {
        key: "privacy",
        number: "67",
        name: "privacy[mode=full]",
        title: "Hide my number",
        summary: "Calls the number that follows; who is called sees neither number nor name",
        module: "privacy",
        dialled: Dialled::Pattern(r"^\*67([0-9]*)$"),
        data: r#"{"mode": "full"}"#,
    },
    FeatureCode {
        key: "forward-on",
        number: "72",
        name: "call_forward[action=activate]",
        title: "Call forwarding on",
        summary: "Asks for a number and forwards calls to it",
        module: "call_forward",
        dialled: Dialled::Number("*72"),
        data: r#"{"action": "activate"}"#,
    },
    FeatureCode {
        key: "forward-off",
        number: "73",
        name: "call_forward[action=deactivate]",
        title: "Call forwarding off",
        summary: "Forwards calls no more",
        module: "call_forward",
        dialled: Dialled::Number("*73"),
        data: r#"{"action": "deactivate"}"#,
    },
    FeatureCode {
        key: "forward-toggle",
        number: "74",
        name: "call_forward[action=toggle]",
        title: "Call forwarding on or off",
        summary: "Turns forwarding off, or on, to the number that follows if there is one",
        module: "call_forward",
        dialled: Dialled::Pattern(r"^\*74([0-9]*)$"),
        data: r#"{"action": "toggle"}"#,
    },
    FeatureCode {
        key: "do-not-disturb-on",
        number: "78",
        name: "do_not_disturb[action=activate]",
        title: "Do not disturb on",
        summary: "Calls do not ring here",
        module: "do_not_disturb",
        dialled: Dialled::Number("*78"),
        data: r#"{"action": "activate"}"#,
    },
    FeatureCode {
        key: "do-not-disturb-off",
        number: "79",
        name: "do_not_disturb[action=deactivate]",
        title: "Do not disturb off",
        summary: "Calls ring again",
        module: "do_not_disturb",
        dialled: Dialled::Number("*79"),
        data: r#"{"action": "deactivate"}"#,
    },
    FeatureCode {
        key: "pickup",
        number: "87",
        name: "directed_ext_pickup",
        title: "Pick up a ringing extension",
        summary: "Takes the call that rings at the extension that follows",
        module: "group_pickup_feature",
        dialled: Dialled::Pattern(r"^\*87([0-9]+)$"),
        data: r#"{"type": "extension"}"#,
    },
    FeatureCode {
        key: "voicemail-check",
        number: "97",
        name: "voicemail[action=check]",
        title: "Hear messages",
        summary: "Opens the mailbox whose number follows or is keyed in",
        module: "voicemail",
        dialled: Dialled::Pattern(r"^\*97([0-9]*)$"),
        data: r#"{"action": "check"}"#,
    },
    FeatureCode {
        key: "voicemail-own",
        number: "98",
        name: "voicemail[single_mailbox_login]",
        title: "Hear my messages",
        summary: "Opens the caller's own mailbox",
        module: "voicemail",
        dialled: Dialled::Pattern(r"^\*98([0-9]*)$"),
        data: r#"{"action": "check", "single_mailbox_login": true}"#,
    },
    FeatureCode {
        key: "move",
        number: "6683",
        name: "move",
        title: "Move a call here",
        summary: "Brings the caller's call from their other telephone to this one",
        module: "move",
        dialled: Dialled::Number("6683"),
        data: "{}",
    },
];

/// The feature code with this key, or on this number (`72`, `*72`).
pub fn find(text: &str) -> Option<&'static FeatureCode> {
    let by_number = |code: &&FeatureCode| code.number == text || code.code() == text;
    FEATURE_CODES.iter().find(|code| code.key == text).or_else(|| FEATURE_CODES.iter().find(by_number))
}

impl FeatureCode {
    /// What is dialled, without what may follow: `*72`.
    pub fn code(&self) -> String {
        match self.dialled {
            Dialled::Number(number) => number.to_owned(),
            Dialled::Pattern(_) => format!("*{}", self.number),
        }
    }

    /// More digits may, or must, follow the code.
    pub fn takes_digits(&self) -> bool {
        matches!(self.dialled, Dialled::Pattern(_))
    }

    /// The action's data.
    pub fn data(&self) -> Value {
        serde_json::from_str(self.data).unwrap_or_default()
    }

    /// The callflow document that is the feature code.
    pub fn document(&self) -> Document {
        let (numbers, patterns): (&[&str], &[&str]) = match &self.dialled {
            Dialled::Number(number) => (&[number], &[]),
            Dialled::Pattern(pattern) => (&[], &[pattern]),
        };
        let id = format!("feature-code-{}", self.key);
        let body = json!({
            "id": id,
            "name": self.title,
            "numbers": numbers,
            "patterns": patterns,
            "featurecode": {"name": self.name, "number": self.number},
            "flow": {"module": self.module, "data": self.data(), "children": {}},
        });
        Document { id, kind: "callflow".to_owned(), version: 1, revision: String::new(), body }
    }

    /// How the account stands to it.
    pub fn state(&self, index: &AccountIndex) -> State {
        if let Some(entry) = index.callflows().find(|entry| self.is_name_of(index, entry)) {
            return State::There { callflow: entry.id.clone() };
        }
        for number in self.examples() {
            let Ok(found) = index.lookup(&number) else { continue };
            if found.no_match {
                continue;
            }
            let callflow = found.callflow.id.clone();
            return match self.is_same(&found.callflow) {
                true => State::There { callflow },
                false => State::Taken { number, callflow },
            };
        }
        let document = self.document();
        match index.document(&document.id) {
            Some(other) => State::Taken { number: self.code(), callflow: other.id.clone() },
            None => State::Missing(document),
        }
    }

    fn is_name_of(&self, index: &AccountIndex, entry: &CallflowEntry) -> bool {
        let document = index.document(&entry.id);
        let name = document.and_then(|document| document.body.pointer("/featurecode/name")?.as_str());
        name == Some(self.name)
    }

    /// A callflow does what the feature code does.
    fn is_same(&self, entry: &CallflowEntry) -> bool {
        let data = self.data();
        entry.flow.entry_node().is_some_and(|node| {
            node.module == self.module && Some(&node.data) == data.as_object() && !node.is_skipped()
        })
    }

    /// Numbers that it takes: the code alone first.
    fn examples(&self) -> Vec<String> {
        match self.dialled {
            Dialled::Number(number) => vec![number.to_owned()],
            Dialled::Pattern(text) => {
                let mut numbers =
                    Pattern::new(text, "").map(|pattern| pattern.examples()).unwrap_or_default();
                numbers.sort_by_key(String::len);
                numbers
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check_account;

    fn index(documents: Vec<Document>) -> AccountIndex {
        let account =
            Document { id: "acc".into(), kind: "account".into(), body: json!({}), ..Document::default() };
        let (index, issues) = AccountIndex::build(account, documents);
        assert_eq!(issues, []);
        index
    }

    fn all() -> Vec<Document> {
        FEATURE_CODES.iter().map(FeatureCode::document).collect()
    }

    #[test]
    fn together_they_have_no_faults() {
        let index = index(all());
        assert_eq!(check_account(&index, "2026-01-14T12:00:00Z".parse().unwrap()), []);
        for code in FEATURE_CODES {
            let dialled = if code.key == "pickup" { "*87101".to_owned() } else { code.code() };
            let found = index.lookup(&dialled).unwrap();
            assert_eq!(found.callflow.id, code.document().id, "{dialled}");
        }
    }

    #[test]
    fn an_account_has_them_lacks_them_or_uses_their_numbers() {
        let empty = index(Vec::new());
        for code in FEATURE_CODES {
            assert_eq!(code.state(&empty), State::Missing(code.document()), "{}", code.key);
        }
        let full = index(all());
        for code in FEATURE_CODES {
            assert_eq!(code.state(&full), State::There { callflow: code.document().id }, "{}", code.key);
        }
        let own = |id: &str, body: Value| Document {
            id: id.into(),
            kind: "callflow".into(),
            body,
            ..Document::default()
        };
        let other = index(vec![
            own("mine", json!({"patterns": ["^\\*7[0-9]$"], "flow": {"module": "hangup"}})),
            own(
                "check",
                json!({"numbers": ["*97"], "flow": {"module": "voicemail", "data": {"action": "check"}}}),
            ),
            own(
                "fwd",
                json!({"numbers": ["*21"], "featurecode": {"name": "call_forward[action=update]", "number": "21"},
                "flow": {"module": "call_forward", "data": {"action": "update"}}}),
            ),
            own("all", json!({"numbers": ["no_match"], "flow": {"module": "resources"}})),
        ]);
        let state = |key: &str| find(key).unwrap().state(&other);
        assert_eq!(state("*72"), State::Taken { number: "*72".into(), callflow: "mine".into() });
        assert_eq!(state("97"), State::There { callflow: "check".into() });
        assert_eq!(state("forward-update"), State::There { callflow: "fwd".into() });
        assert!(matches!(state("move"), State::Missing(_)));
    }

    #[test]
    fn keys_and_numbers_name_one_each() {
        let keys: std::collections::BTreeSet<_> = FEATURE_CODES.iter().map(|code| code.key).collect();
        let codes: std::collections::BTreeSet<_> = FEATURE_CODES.iter().map(FeatureCode::code).collect();
        assert_eq!((keys.len(), codes.len()), (FEATURE_CODES.len(), FEATURE_CODES.len()));
        assert_eq!(find("**").map(|code| code.key), Some("direct-to-voicemail"));
        assert_eq!(find("*99"), None);
    }
}
