//! What flows asked web servers and what those answered, kept for the authors of the flows who asked for it (`pivot` with
//! `debug`): the newest ones of each account.
//!
//! Not here: what an entry says (crate `engine`).

use std::fmt;

use crate::calls::Pending;
use crate::document::{Object, body_text, check_name};
use crate::error::Result;
use crate::sqlite::attempts as sql;
use crate::store::Store;

/// One request, reply, or list of faults.
#[derive(Clone, Default, PartialEq)]
pub struct Attempt {
    /// The account.
    pub account: String,
    /// The call.
    pub call_id: String,
    /// When it was kept, Gregorian seconds.
    pub created: u64,
    /// What it says.
    pub entry: Object,
}

impl fmt::Debug for Attempt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Attempt").field("account", &self.account).finish_non_exhaustive()
    }
}

impl Store {
    /// Queues an entry to be kept; does not wait for the disk. Older ones of the account than
    /// [`Limits::attempts`](crate::Limits) make room for it.
    ///
    /// # Errors
    /// `Busy`, `TooLarge`, `Invalid`.
    pub fn keep_attempt(&self, account: &str, call_id: &str, entry: &Object) -> Result<Pending<()>> {
        check_name("the account", account, self.limits())?;
        check_name("the call's id", call_id, self.limits())?;
        let entry = body_text(entry, self.limits())?;
        let (account, call_id) = (account.to_owned(), call_id.to_owned());
        let ticket = self.database().try_write(move |write| {
            sql::put(write.db, &account, &call_id, write.now, &entry, write.limits.attempts)
        })?;
        Ok(Pending(ticket))
    }

    /// All entries of an account, oldest first.
    ///
    /// # Errors
    /// Of the database only.
    pub fn attempts(&self, account: &str) -> Result<Vec<Attempt>> {
        self.database().read(|db| sql::list(db, account, None))
    }

    /// The entries of one call, oldest first.
    ///
    /// # Errors
    /// Of the database only.
    pub fn attempts_of_call(&self, account: &str, call_id: &str) -> Result<Vec<Attempt>> {
        self.database().read(|db| sql::list(db, account, Some(call_id)))
    }
}
