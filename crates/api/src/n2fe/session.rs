//! Who is logged in: sessions in memory, each with an id that cannot be guessed.
//!
//! A session is only kept once somebody has logged in; the id that others are told stands for nothing. It ends by
//! logging out, after a time without requests, or with this process. Not here: passwords (crate `store`).

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Sessions kept at once; then the one unused for longest ends.
const SESSIONS_MAX: usize = 20_000;

/// Whose session it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    /// The account of the user's document.
    pub(crate) account: String,
    /// The user's document.
    pub(crate) user: String,
    /// Fingerprint of the password it was got with: when that changes, the session ends.
    pub(crate) fingerprint: String,
}

struct Session {
    subject: Subject,
    used: Instant,
}

/// All sessions of this process.
pub(crate) struct Sessions {
    lifetime: Duration,
    sessions: Mutex<HashMap<String, Session>>,
}

impl Sessions {
    /// No sessions yet; each ends after so long without a request.
    pub(crate) fn new(lifetime: Duration) -> Sessions {
        Sessions { lifetime, sessions: Mutex::new(HashMap::new()) }
    }

    /// Begins a session under a fresh id.
    pub(crate) fn begin(&self, id: String, subject: Subject, now: Instant) {
        let mut sessions = self.sessions.lock();
        if sessions.len() >= SESSIONS_MAX {
            sessions.retain(|_, session| now.saturating_duration_since(session.used) < self.lifetime);
        }
        if sessions.len() >= SESSIONS_MAX
            && let Some(oldest) =
                sessions.iter().min_by_key(|(_, session)| session.used).map(|(id, _)| id.clone())
        {
            sessions.remove(&oldest);
        }
        sessions.insert(id, Session { subject, used: now });
    }

    /// Whose session this is; using it makes it last.
    pub(crate) fn subject(&self, id: &str, now: Instant) -> Option<Subject> {
        let mut sessions = self.sessions.lock();
        let session = sessions.get_mut(id)?;
        if now.saturating_duration_since(session.used) >= self.lifetime {
            sessions.remove(id);
            return None;
        }
        session.used = now;
        Some(session.subject.clone())
    }

    /// Ends a session.
    pub(crate) fn end(&self, id: &str) {
        self.sessions.lock().remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_lasts_while_it_is_used_and_their_number_is_bounded() {
        let sessions = Sessions::new(Duration::from_secs(60));
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let subject = Subject { account: "a".into(), user: "u".into(), fingerprint: "f".into() };
        sessions.begin("one".into(), subject.clone(), start);
        assert_eq!(sessions.subject("one", at(59)), Some(subject.clone()));
        assert_eq!(sessions.subject("one", at(118)), Some(subject.clone()));
        assert_eq!(sessions.subject("one", at(178)), None);
        for n in 0..=SESSIONS_MAX {
            sessions.begin(n.to_string(), subject.clone(), at(200) + Duration::from_millis(n as u64));
        }
        assert_eq!(sessions.subject("0", at(201)), None, "the oldest went");
        assert_eq!(sessions.sessions.lock().len(), SESSIONS_MAX);
        sessions.end("7");
        assert_eq!(sessions.subject("7", at(201)), None);
    }
}
