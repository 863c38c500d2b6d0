//! Event counters: shared by all calls of an account, exact however many count at once.
//!
//! A counter exists while a document of kind [`EVENT_COUNTER`](crate::document::EVENT_COUNTER) has its name. The
//! document's `value` is what it begins with.

use crate::error::{Result, StoreError};
use crate::sqlite::services as sql;
use crate::store::Store;

impl Store {
    /// Adds to a counter and gives its value then: no two callers get the same one. The value is safe on disk before
    /// this returns.
    ///
    /// # Errors
    /// `NotFound` when the account has no such counter.
    pub fn count_event(&self, account: &str, name: &str, by: i64) -> Result<i64> {
        let (account, name) = (account.to_owned(), name.to_owned());
        self.database().write(move |write| {
            sql::count(write, &account, &name, by)?.ok_or_else(|| StoreError::not_found("counter", &name))
        })
    }

    /// What a counter has counted.
    ///
    /// # Errors
    /// `NotFound` when the account has no such counter.
    pub fn counted(&self, account: &str, name: &str) -> Result<i64> {
        let found = self.database().read(|db| sql::counted(db, account, name))?;
        found.ok_or_else(|| StoreError::not_found("counter", name))
    }

    /// Makes a counter have counted so much.
    ///
    /// # Errors
    /// `NotFound` when the account has no such counter.
    pub fn set_counter(&self, account: &str, name: &str, value: i64) -> Result<()> {
        let (account, name) = (account.to_owned(), name.to_owned());
        self.database().write(move |write| {
            if sql::counted(write.db, &account, &name)?.is_none() {
                return Err(StoreError::not_found("counter", &name));
            }
            sql::set_counter(write, &account, &name, value)
        })
    }
}
