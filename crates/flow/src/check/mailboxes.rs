//! Mailboxes with a PIN that is guessed at once, where somebody can call to hear messages.

use serde_json::Value;

use super::subject::Subject;
use crate::account::Document;
use crate::issue::Issue;

pub(super) fn of_document(subject: &Subject<'_>, document: &Document, issues: &mut Vec<Issue>) {
    if document.kind != "vmbox" {
        return;
    }
    let text = |member: &str| match document.body.get(member) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let (pin, number) = (text("pin"), text("mailbox"));
    // A mailbox without a PIN lets nobody in but its owner.
    let Some(why) = weakness(&pin, &number).filter(|_| !pin.is_empty()) else { return };
    if subject.is_heard_from_outside() {
        issues.push(
            Issue::warning(
                "CK1603",
                "/pin",
                format!("the PIN {why}, and callers from outside can hear messages"),
            )
            .with_help("choose another PIN of six digits"),
        );
    }
}

/// Why a PIN is no secret: the sentence goes on after "the PIN".
pub(super) fn weakness(pin: &str, number: &str) -> Option<&'static str> {
    let digits: Vec<u8> = pin.bytes().collect();
    let step = |by: i16| {
        digits.windows(2).all(|pair| match pair {
            [left, right] => i16::from(*right) - i16::from(*left) == by,
            _ => false,
        })
    };
    if pin.is_empty() {
        Some("is empty")
    } else if pin.len() < 4 {
        Some("has fewer than four digits")
    } else if pin == number {
        Some("is the mailbox number")
    } else if step(0) {
        Some("is one digit again and again")
    } else if step(1) || step(-1) {
        Some("is digits in a row")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_that_everybody_tries_first() {
        for (pin, is_weak) in [
            ("", true),
            ("47", true),
            ("1001", true),
            ("0000", true),
            ("1234", true),
            ("987654", true),
            ("4711", false),
            ("1357", false),
            ("890123", false),
        ] {
            assert_eq!(weakness(pin, "1001").is_some(), is_weak, "{pin}");
        }
    }
}
