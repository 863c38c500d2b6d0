//! Where phones are reachable, kept so that a restart forgets nobody.
//!
//! Not here: what a registration says (crate `telephony`); it is a JSON object per key.

use crate::calls::Pending;
use crate::document::{Object, body_text, check_name};
use crate::error::Result;
use crate::sqlite::registrations as sql;
use crate::store::Store;

/// A kept registration.
#[derive(Clone, PartialEq)]
pub struct Registration {
    /// Its key, as the registrar chose it.
    pub key: String,
    /// When it ends, Gregorian seconds.
    pub expires: u64,
    /// Whatever the registrar keeps.
    pub value: Object,
}

impl Store {
    /// Queues a registration to be kept in place of one of the same key; does not wait for the disk.
    ///
    /// # Errors
    /// `Busy`, `TooLarge`, `Invalid`.
    pub fn keep_registration(&self, registration: &Registration) -> Result<Pending<()>> {
        check_name("the registration's key", &registration.key, self.limits())?;
        let value = body_text(&registration.value, self.limits())?;
        let (key, expires) = (registration.key.clone(), registration.expires);
        let ticket = self.database().try_write(move |write| sql::put(write.db, &key, expires, &value))?;
        Ok(Pending(ticket))
    }

    /// Queues the end of a registration; does not wait for the disk.
    ///
    /// # Errors
    /// `Busy`.
    pub fn forget_registration(&self, key: &str) -> Result<Pending<()>> {
        let key = key.to_owned();
        Ok(Pending(self.database().try_write(move |write| sql::remove(write.db, &key))?))
    }

    /// All registrations that end after a time (Gregorian seconds), by key; those that ended are removed.
    ///
    /// # Errors
    /// Of the database only.
    pub fn registrations(&self, now: u64) -> Result<Vec<Registration>> {
        self.database().write(move |write| sql::remove_ended(write.db, now))?;
        self.database().read(sql::all)
    }
}
