//! Checking and completing documents against JSON Schema: the part of draft 4 that Kazoo's schemas use, with
//! Kazoo's lenience (defaults written in, `"3"` taken for `3`) and its checks of node data by module name.
//!
//! Not here: the schemas themselves (`documents`), checks that need other documents (uniqueness, ownership,
//! dangling ids), and the blocking of private web addresses (whoever fetches does that).
//!
//! Source of the rules: reference "Crossbar v2", sections 1.5 and 1.6; JSON Schema draft 4 (validation).

mod alternatives;
mod hooks;
mod keywords;
mod registry;
mod strings;
mod validator;
mod violation;

pub use registry::Registry;
pub use validator::{MAX_DEPTH, MAX_VIOLATIONS, validate};
pub use violation::{Rule, Segment, Violation, error_tree};
