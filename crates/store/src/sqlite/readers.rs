//! A fixed set of reading connections, lent one at a time.

use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;

use crate::error::Result;

/// The connections that are free now.
pub(super) struct Readers {
    free: Mutex<Vec<Connection>>,
    returned: Condvar,
}

impl Readers {
    pub(super) fn new(connections: Vec<Connection>) -> Self {
        Readers { free: Mutex::new(connections), returned: Condvar::new() }
    }

    /// Waits for a free connection and runs `job` on it inside a read transaction.
    pub(super) fn run<T>(&self, job: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let lent = self.lend();
        let transaction = lent.connection()?.unchecked_transaction()?;
        job(&transaction)
    }

    fn lend(&self) -> Lent<'_> {
        let mut free = self.free.lock();
        loop {
            if let Some(connection) = free.pop() {
                return Lent { readers: self, connection: Some(connection) };
            }
            self.returned.wait(&mut free);
        }
    }
}

/// A connection that goes back when dropped, also when the job panicked.
struct Lent<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl Lent<'_> {
    fn connection(&self) -> Result<&Connection> {
        self.connection.as_ref().ok_or(crate::error::StoreError::Closed)
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.readers.free.lock().push(connection);
            self.readers.returned.notify_one();
        }
    }
}
