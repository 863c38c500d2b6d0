//! Names, ids, addresses and other texts replaced: the same text by the same words, wherever it stands.
//!
//! Not here: numbers (`numbers`), and which texts may stay (`redact`).

use std::collections::BTreeMap;

use super::numbers::{Numbers, is_like_a_number};

/// What has been replaced so far, each kind counted by itself.
#[derive(Default)]
pub(super) struct Words {
    known: BTreeMap<String, String>,
    counts: BTreeMap<&'static str, usize>,
}

impl Words {
    /// Any text: an address, a number, or words of the kind its member says.
    pub(super) fn replace(&mut self, member: &str, text: &str, numbers: &Numbers) -> String {
        if text.trim().is_empty() {
            return text.to_owned();
        }
        if text.contains("://") {
            return format!("https://{}.example/", self.word("link", text, "-"));
        }
        for scheme in ["sip:", "sips:", "tel:"] {
            if let Some(rest) = text.strip_prefix(scheme) {
                let rest = rest.split([';', '?']).next().unwrap_or_default();
                return format!("{scheme}{}", self.address(rest, numbers));
            }
        }
        if text.contains('@') && !text.contains(char::is_whitespace) {
            return self.address(text, numbers);
        }
        if is_like_a_number(text) {
            return numbers.replace(text);
        }
        if member.to_ascii_lowercase().contains("domain") {
            return self.domain(text);
        }
        match kind(member) {
            kind @ ("provider" | "group") => self.word(kind, text, "-"),
            kind => self.word(kind, text, " "),
        }
    }

    /// The two names of a person, by both together.
    pub(super) fn person(&mut self, first: &str, last: &str) -> (String, String) {
        let number = self.word("Person", &format!("{first}\n{last}"), " ");
        let number = number.strip_prefix("Person ").unwrap_or_default().to_owned();
        let kept = |text: &str, by: &str| if text.is_empty() { String::new() } else { by.to_owned() };
        (kept(first, "Person"), kept(last, &number))
    }

    fn address(&mut self, text: &str, numbers: &Numbers) -> String {
        let Some((local, domain)) = text.rsplit_once('@') else {
            return if is_like_a_number(text) { numbers.replace(text) } else { self.domain(text) };
        };
        let local = if is_like_a_number(local) {
            numbers.replace(local)
        } else {
            self.word("id", &local.to_lowercase(), "-")
        };
        format!("{local}@{}", self.domain(domain))
    }

    fn domain(&mut self, text: &str) -> String {
        format!("{}.example", self.word("domain", &text.to_lowercase(), "-"))
    }

    fn word(&mut self, kind: &'static str, text: &str, between: &str) -> String {
        // An id and a name may be the same text; a schedule and a menu that refers to it must be.
        let space = if between == "-" { kind } else { "" };
        let key = format!("{space}\n{text}");
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let word = format!("{kind}{between}{count}");
        self.known.insert(key, word.clone());
        word
    }
}

/// What a text is called, by the member it is in.
fn kind(member: &str) -> &'static str {
    match member {
        "serviceProviderId" | "serviceProviderName" => "provider",
        "groupId" => "group",
        "description" => "Text",
        "submenuId" => "Submenu",
        "eventName" => "Event",
        "criteriaName" => "Rule",
        member if member.to_ascii_lowercase().contains("schedule") || member == "businessHours" => "Schedule",
        member if member.to_ascii_lowercase().contains("department") => "Department",
        member if member.to_ascii_lowercase().contains("file") || member.ends_with("greetingId") => {
            "Recording"
        }
        _ => "Name",
    }
}
