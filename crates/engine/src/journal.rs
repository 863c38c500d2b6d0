//! The journal of a call: what it was made from and every input in order. Feeding it to a fresh
//! [`crate::Call`] gives the very same outputs; that is replay, and a post-mortem of any real call.

use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::ids::Now;
use crate::input::Input;
use crate::output::Output;
use crate::setup::CallSetup;

/// Everything that decided what a call did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Journal {
    /// What the call was made from.
    pub setup: CallSetup,
    /// The inputs, oldest first.
    pub entries: Vec<Entry>,
    /// More inputs came than [`Limits::journal_entries`](crate::limits::Limits::journal_entries); replay stops there.
    #[serde(default)]
    pub truncated: bool,
}

/// One input and its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub now: Now,
    /// What.
    pub input: Input,
}

impl Journal {
    /// Feeds the journal to a fresh call and gives all outputs: those after making the call, then those after each
    /// entry. `outputs.len() == entries.len()`.
    pub fn replay(&self) -> Vec<Vec<Output>> {
        let mut call = Call::new(self.setup.clone());
        self.entries
            .iter()
            .map(|entry| {
                call.input(entry.now, entry.input.clone());
                std::iter::from_fn(|| call.poll_output()).collect()
            })
            .collect()
    }
}
