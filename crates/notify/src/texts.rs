//! The words of notifications: subject and text of an e-mail, and one line for a text message.
//!
//! Plain text in English; an account's own texts have places such as `{{caller_id_number}}` for members of the data.
//! Not here: who gets them.

use serde_json::Value;

/// Longest subject.
const SUBJECT_CHARS_MAX: usize = 200;

/// Longest text of an e-mail.
const TEXT_CHARS_MAX: usize = 20_000;

/// Longest text message.
const SHORT_CHARS_MAX: usize = 480;

/// The words of one notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    /// One line.
    pub(crate) subject: String,
    /// The text of an e-mail.
    pub(crate) text: String,
    /// One line for a text message.
    pub(crate) short: String,
}

/// The words for what happened.
pub(crate) fn compose(kind: &str, data: &Value) -> Words {
    let caller = caller(data);
    let (subject, opening) = match kind {
        "voicemail_to_email" => {
            (format!("New voicemail from {caller}"), format!("There is a new message in {}.", mailbox(data)))
        }
        "voicemail_full" => (
            format!("Voicemail is full: {}", mailbox(data)),
            format!(
                "{caller} could leave no message, because {} is full. Delete messages to make room.",
                mailbox(data)
            ),
        ),
        "missed_call" => (
            format!("Missed call from {caller}"),
            "A call was answered by nobody, and no message was left.".to_owned(),
        ),
        _ => own(data).unwrap_or_else(|| {
            let comments = text(data, "comments");
            let opening = comments.unwrap_or_else(|| "You are told of this call.".to_owned());
            (format!("Call from {caller}"), opening)
        }),
    };
    let short =
        format!("{subject}{}", text(data, "time").map_or_else(String::new, |time| format!(", {time}")));
    Words {
        subject: one_line(&subject, SUBJECT_CHARS_MAX),
        text: cut(&format!("{opening}\n\n{}", details(kind, data)), TEXT_CHARS_MAX),
        short: one_line(&short, SHORT_CHARS_MAX),
    }
}

/// Subject and text that the account has written for it.
fn own(data: &Value) -> Option<(String, String)> {
    let template = data.get("template")?;
    let subject = text(template, "subject").unwrap_or_else(|| "Call from {{caller_id_number}}".to_owned());
    Some((fill(&subject, data), fill(&text(template, "text")?, data)))
}

/// The facts, one a line, those that are known.
fn details(kind: &str, data: &Value) -> String {
    let length = data.get("length_ms").and_then(Value::as_u64).map(length);
    let cause = text(data, "hangup_cause").filter(|_| kind == "missed_call");
    let comments = text(data, "comments").filter(|_| data.get("template").is_some());
    let lines = [
        ("Caller:", Some(caller(data))),
        ("Called:", text(data, "dialled")),
        ("Time:", text(data, "time")),
        ("Length:", length),
        ("Ended with:", cause),
        ("Comments:", comments),
        ("Call:", text(data, "call_id")),
    ];
    let line = |(name, value): (&str, String)| format!("{name:<12}{}\n", one_line(&value, 500));
    lines.into_iter().filter_map(|(name, value)| Some(line((name, value?)))).collect()
}

fn caller(data: &Value) -> String {
    let (name, number) = (text(data, "caller_id_name"), text(data, "caller_id_number"));
    match (name, number) {
        (Some(name), Some(number)) if name != number => format!("{name} ({number})"),
        (_, Some(number)) => number,
        (Some(name), None) => name,
        (None, None) => "an unknown caller".to_owned(),
    }
}

fn mailbox(data: &Value) -> String {
    let number = text(data, "mailbox").unwrap_or_else(|| "?".to_owned());
    match text(data, "box_name") {
        Some(name) => format!("box {number} ({name})"),
        None => format!("box {number}"),
    }
}

/// `75000` is `1:15`.
fn length(length_ms: u64) -> String {
    let seconds = length_ms.div_ceil(1_000);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Non-empty text, numbers and truths as text.
fn text(data: &Value, name: &str) -> Option<String> {
    match data.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// Puts members of the data in the places of a text; a place without a member stays empty.
fn fill(template: &str, data: &Value) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        let Some((name, behind)) = after.split_once("}}") else {
            filled.push_str("{{");
            rest = after;
            continue;
        };
        filled.push_str(&text(data, name.trim()).unwrap_or_default());
        rest = behind;
        if filled.len() > 4 * TEXT_CHARS_MAX {
            return filled;
        }
    }
    filled + rest
}

/// Without line breaks and other control characters, and not too long.
fn one_line(text: &str, chars_max: usize) -> String {
    let flat: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    cut(&flat, chars_max)
}

fn cut(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_voicemail_message_is_told() {
        let words = compose(
            "voicemail_to_email",
            &json!({
                "caller_id_name": "Ann Other", "caller_id_number": "+15551234567", "mailbox": "102",
                "box_name": "Bob", "time": "Monday, 23 November 2026, 10:00:05 EST", "length_ms": 74_100,
                "dialled": "102", "call_id": "c1",
            }),
        );
        assert_eq!(words.subject, "New voicemail from Ann Other (+15551234567)");
        let expected = "There is a new message in box 102 (Bob).\n\n\
            Caller:     Ann Other (+15551234567)\nCalled:     102\n\
            Time:       Monday, 23 November 2026, 10:00:05 EST\nLength:     1:15\nCall:       c1\n";
        assert_eq!(words.text, expected);
        let short = "New voicemail from Ann Other (+15551234567), Monday, 23 November 2026, 10:00:05 EST";
        assert_eq!(words.short, short);
    }

    #[test]
    fn an_account_words_its_own_notifications() {
        let data = json!({
            "caller_id_number": "+15551234567", "comments": "urgent",
            "template": {"subject": "Door: {{ caller_id_number }}", "text": "Somebody {{unknown}}rings {{ {{comments}}."},
        });
        let words = compose("custom", &data);
        assert_eq!(words.subject, "Door: +15551234567");
        assert!(words.text.starts_with("Somebody rings .\n"), "{}", words.text);
        let plain = compose("custom", &json!({"comments": "Look at this", "caller_id_name": ""}));
        assert_eq!(plain.subject, "Call from an unknown caller");
        assert!(plain.text.starts_with("Look at this\n"));
    }

    #[test]
    fn callers_cannot_add_lines_or_lengths() {
        let data = json!({"caller_id_name": "x\r\nBcc: all@x.test", "caller_id_number": "1"});
        let words = compose("missed_call", &data);
        assert_eq!(words.subject, "Missed call from x  Bcc: all@x.test (1)");
        assert_eq!(words.text.lines().filter(|line| line.starts_with("Bcc")).count(), 0);
        let long = compose("missed_call", &json!({"caller_id_name": "ä".repeat(5_000)}));
        assert_eq!(long.subject.chars().count(), SUBJECT_CHARS_MAX);
        assert_eq!(long.short.chars().count(), SHORT_CHARS_MAX);
    }
}
