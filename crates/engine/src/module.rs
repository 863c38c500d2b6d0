//! What a module is: its name, its exits, its caption, and the future that runs it.

use std::pin::Pin;

use flow::graph::{Flow, Object};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cause::Cause;
use crate::cx::{Cx, HungUp};
use crate::input::Callflow;

/// The default exit of every module.
pub(crate) const DEFAULT_EXIT: &str = "_";

/// What the executor does after a module (reference section 2.2).
#[derive(Clone, Debug)]
pub(crate) enum Next {
    /// Child with that key, else `_`, else stop.
    Continue(String),
    /// Child with exactly that key; the module has made sure that it is there (`attempt`).
    Child(String),
    /// Run another callflow and come back to our `_` when it stops.
    Branch(Box<Callflow>),
    /// Run another callflow and never come back: whatever waits to be resumed is forgotten.
    Transfer(Box<Callflow>),
    /// Go on with another flow instead of this one (pivot).
    Replace(std::sync::Arc<Flow>),
    /// Resume the flow that branched here, or end. The cause is used for the hang-up when nothing is left.
    Stop(Option<Cause>),
    /// End, whatever is left.
    HardStop,
}

impl Next {
    /// The default exit.
    pub(crate) fn default_exit() -> Next {
        Next::Continue(DEFAULT_EXIT.to_owned())
    }
}

/// Why a module did not come to a next step.
#[derive(Clone, Debug)]
pub(crate) enum ModuleError {
    /// The caller is gone.
    HungUp,
    /// Its data or a document make no sense: noted, and treated as the default exit (reference section 2.7).
    Broken(String),
}

impl From<HungUp> for ModuleError {
    fn from(_: HungUp) -> Self {
        ModuleError::HungUp
    }
}

/// What a module's run gives.
pub(crate) type Outcome = Result<Next, ModuleError>;

/// A module's run.
pub(crate) type Run = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// One exit a module can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// A child with this very key.
    Key(&'static str),
    /// Children named by something only known at run time; the text says by what (`digits`, `value`, `cause`).
    Dynamic(&'static str),
    /// The flow stops here (resuming the one that branched) without taking a child.
    Stop,
    /// Another callflow is entered; `_` comes after it.
    Branch,
    /// The call ends whatever is left.
    HardStop,
    /// Another flow takes the place of this one.
    Replace,
}

/// One module of the catalogue: everything about it lives in its own file.
pub struct Module {
    /// The name in documents: `ring_group`.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// A document example: one node.
    pub example: &'static str,
    /// The exits it can take.
    pub exits: &'static [Exit],
    /// The members of `data` it reads.
    pub members: fn() -> &'static [&'static str],
    /// A short caption for a drawing or a list, from the node's data.
    pub caption: fn(&Object) -> String,
    /// Runs it.
    pub(crate) run: fn(Cx, Object) -> Run,
}

impl std::fmt::Debug for Module {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Module")
            .field("name", &self.name)
            .field("exits", &self.exits)
            .finish_non_exhaustive()
    }
}

/// Reads a node's data into a module's typed data; what cannot be read makes the module
/// [broken](ModuleError::Broken).
pub(crate) fn read_data<T: DeserializeOwned>(data: Object) -> Result<T, ModuleError> {
    let present: Object = data.into_iter().filter(|(_, value)| !value.is_null()).collect();
    serde_json::from_value(Value::Object(present))
        .map_err(|error| ModuleError::Broken(format!("data: {error}")))
}
