//! From what a call wants told to one job for each recipient.

use serde_json::Value;

use crate::texts;
use crate::{Attachment, Job, Route};

/// Recipients of one notification.
const RECIPIENTS_MAX: usize = 200;

/// The jobs of a notification: `kind` and `data` are those of the engine's `Notify`, `now_s` is seconds since 1970.
///
/// # Errors
/// There is no randomness for ids.
pub fn jobs(kind: &str, data: &Value, now_s: i64) -> Result<Vec<Job>, getrandom::Error> {
    let words = texts::compose(kind, data);
    let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let attachment = data.get("message_id").and_then(Value::as_str).map(|message_id| Attachment {
        message_id: message_id.to_owned(),
        name: format!("voicemail-{now_s}.wav"),
        audio: data.get("attach") != Some(&Value::Bool(false)),
        then: data.get("then").and_then(Value::as_str).map(str::to_owned),
    });
    let to = |name: &str| -> Vec<String> {
        let listed = data.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        listed.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mails = to("recipients").into_iter().map(|to| (Route::Mail, to));
    let texts = to("numbers").into_iter().map(|to| (Route::Text, to));
    mails
        .chain(texts)
        .take(RECIPIENTS_MAX)
        .map(|(route, to)| {
            Ok(Job {
                id: new_id()?,
                account: text("account_id"),
                call_id: text("call_id"),
                kind: kind.to_owned(),
                route,
                to,
                subject: if route == Route::Mail { words.subject.clone() } else { String::new() },
                text: if route == Route::Mail { words.text.clone() } else { words.short.clone() },
                attachment: attachment.clone().filter(|_| route == Route::Mail),
                created_s: now_s,
                tries: 0,
                due_ms: 0,
                last_error: None,
            })
        })
        .collect()
}

fn new_id() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_recipient_has_a_job() {
        let data = json!({
            "account_id": "a", "call_id": "c", "recipients": ["a@x.test", "b@x.test"], "numbers": ["+15550100"],
            "message_id": "m", "attach": true, "then": "saved", "mailbox": "102",
        });
        let jobs = jobs("voicemail_to_email", &data, 1_795_000_000).unwrap();
        let ways: Vec<(Route, &str)> = jobs.iter().map(|job| (job.route, job.to.as_str())).collect();
        assert_eq!(ways, [(Route::Mail, "a@x.test"), (Route::Mail, "b@x.test"), (Route::Text, "+15550100")]);
        assert_ne!(jobs[0].id, jobs[1].id);
        let attachment = jobs[0].attachment.as_ref().unwrap();
        assert_eq!((attachment.audio, attachment.then.as_deref()), (true, Some("saved")));
        assert!(jobs[2].attachment.is_none() && jobs[2].subject.is_empty());
        assert!(!jobs[2].text.contains('\n'));
    }

    #[test]
    fn nobody_to_tell_is_no_job() {
        assert!(jobs("custom", &json!({"recipients": "x"}), 0).unwrap().is_empty());
    }
}
