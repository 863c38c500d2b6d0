//! Where telephones are reached, kept in the store so that a restart forgets nobody.
//!
//! Not for who may register (the directory) or what comes of a REGISTER (crate `telephony`).

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use store::Store;
use telephony::driver::KeptRegistration;
use telephony::sip::registrar::SavedContact;

use super::records::gregorian;

/// Queues what is known of an address of record to be written; no contacts, nothing is kept. Does not wait.
pub(crate) fn keep(store: &Store, aor: &str, contacts: &[SavedContact]) {
    let now = Timestamp::now();
    let queued = match contacts.iter().map(|contact| contact.remaining_ms).max() {
        None => store.forget_registration(aor),
        Some(longest_ms) => {
            let value = json!({"at_ms": now.as_millisecond(), "contacts": contacts});
            store.keep_registration(&store::Registration {
                key: aor.to_owned(),
                expires: gregorian(now).saturating_add(longest_ms.div_ceil(1000)),
                value: value.as_object().cloned().unwrap_or_default(),
            })
        }
    };
    if let Err(error) = queued {
        // The telephone registers again before long; until then only a restart would miss it.
        tracing::debug!(code = error.code(), %error, "a registration was not kept");
    }
}

/// What was kept and has not ended. What cannot be read is left out: the telephone registers again.
pub(crate) fn kept(store: &Store) -> Vec<KeptRegistration> {
    let now = Timestamp::now();
    let found = store.registrations(gregorian(now)).unwrap_or_else(|error| {
        tracing::warn!(code = error.code(), %error, "registrations of before the restart are lost");
        Vec::new()
    });
    let read = |registration: store::Registration| {
        let at_ms = registration.value.get("at_ms")?.as_i64()?;
        let contacts = serde_json::from_value(registration.value.get("contacts")?.clone()).ok()?;
        let age = Duration::from_millis(u64::try_from(now.as_millisecond() - at_ms).unwrap_or(0));
        Some(KeptRegistration { age, contacts })
    };
    found.into_iter().filter_map(read).collect()
}
