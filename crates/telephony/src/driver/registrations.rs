//! Registered telephones: what others see of them, and carrying them over a restart.
//!
//! Not for deciding who may register, or for how long: that is the signalling core's.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::handle::RegistrationSummary;
use super::switch::Switch;
use crate::sip::directory::Directory;
use crate::sip::leg::Registration;
use crate::sip::registrar::SavedContact;

/// The contacts of one address of record, as they were kept.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptRegistration {
    /// How long ago.
    pub age: Duration,
    /// What was kept.
    pub contacts: Vec<SavedContact>,
}

impl Switch {
    /// Takes registrations of before a restart in; for before the first packet. Those that have ended since, and
    /// those of devices that are gone or disabled, are left out.
    pub fn restore(&mut self, kept: Vec<KeptRegistration>) {
        let directory = self.host.directory();
        let now = self.now();
        for KeptRegistration { age, contacts } in kept {
            for contact in contacts {
                let left = Duration::from_millis(contact.remaining_ms).saturating_sub(age);
                if left.is_zero() {
                    continue;
                }
                let Some((account_id, device_id)) = device_of(directory.as_ref(), &contact.aor) else {
                    continue;
                };
                self.show_registration(Registration {
                    aor: contact.aor.clone(),
                    account_id,
                    device_id,
                    contact: contact.uri.clone(),
                    source: contact.source,
                    user_agent: contact.user_agent.clone(),
                    expires: left,
                });
                self.core_mut().registrar_mut().import(now, age, vec![contact]);
            }
        }
    }

    /// A telephone has registered or refreshed.
    pub(super) fn registered(&mut self, registration: Registration) {
        let aor = registration.aor.clone();
        self.show_registration(registration);
        self.keep_registration(&aor);
    }

    /// A registration has ended.
    pub(super) fn unregistered(&mut self, aor: String, contact: String) {
        self.keep_registration(&aor);
        self.shown.lock().registrations.remove(&(aor, contact));
    }

    fn keep_registration(&self, aor: &str) {
        let contacts = self.core.registrar().export_one(aor, self.now());
        self.host.keep_registration(aor, contacts);
    }

    fn show_registration(&self, registration: Registration) {
        let entry = RegistrationSummary {
            account_id: registration.account_id,
            device_id: registration.device_id,
            aor: registration.aor.clone(),
            contact: registration.contact.clone(),
            source: registration.source.to_string(),
            user_agent: registration.user_agent,
            expires: Timestamp::now()
                .saturating_add(SignedDuration::try_from(registration.expires).unwrap_or_default())
                .unwrap_or(Timestamp::MAX),
        };
        self.shown.lock().registrations.insert((registration.aor, registration.contact), entry);
    }
}

/// Account and device of an address of record, when the device is there and enabled.
fn device_of(directory: &dyn Directory, aor: &str) -> Option<(String, String)> {
    let (username, realm) = aor.rsplit_once('@')?;
    let device = directory.device(realm, username).filter(|device| device.enabled)?;
    Some((device.account_id, device.device_id))
}
