//! Event counters: shared by all calls of an account, exact however many count at once.
//!
//! A counter exists while a document of kind [`EVENT_COUNTER`](crate::document::EVENT_COUNTER) has its name. The
//! document's `value` is what it begins with.

use serde_json::Value;

use crate::document::EVENT_COUNTER;
use crate::error::{Result, StoreError};
use crate::sqlite::{documents, services as sql};
use crate::store::Store;

impl Store {
    /// Adds to a counter, by its name or else its document's id, and gives its value then: no two callers get the same
    /// one. The value is safe on disk before this returns.
    ///
    /// # Errors
    /// `NotFound` when the account has no such counter.
    pub fn count_event(&self, account: &str, name: &str, by: i64) -> Result<i64> {
        let (account, name) = (account.to_owned(), name.to_owned());
        self.database().write(move |write| {
            if let Some(value) = sql::count(write, &account, &name, by)? {
                return Ok(value);
            }
            let found = documents::find(write.db, &account, &name)?;
            let found = found.filter(|found| found.kind == EVENT_COUNTER && !found.deleted);
            let own = found.as_ref().and_then(|found| found.body.get("name")).and_then(Value::as_str);
            let counted = own.map_or(Ok(None), |own| sql::count(write, &account, own, by))?;
            counted.ok_or_else(|| StoreError::not_found("counter", &name))
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
