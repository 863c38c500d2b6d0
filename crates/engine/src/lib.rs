//! What a call flow *does*: the call as a pure state machine.
//!
//! # The contract
//!
//! A [`Call`] takes [inputs](input::Input) and gives [outputs](output::Output). It has no sockets, no clock, no
//! threads and no randomness of its own. A driver (live telephony, the simulator, a test, replay) does this:
//!
//! 0. Make the call; its first input is [`Input::Begin`](input::Input::Begin).
//! 1. Give **one input** with the current time ([`Call::input`]).
//! 2. **Drain the outputs** ([`Call::poll_output`]) until there are none: carry out commands, keep the trace, set the
//!    deadline.
//! 3. Then the next input.
//!
//! Every [command](command::Command) carries an id and ends in exactly one
//! [completion](input::Input::Completed); a completion nobody waits for is ignored and traced. When the deadline
//! comes, the driver gives [`Input::Deadline`](input::Input::Deadline). After
//! [`Output::Ended`](output::Output::Ended) the call takes no more notice of anything.
//!
//! The same inputs in the same order give the same outputs, byte for byte: the inputs are recorded in the call's
//! journal, and feeding a journal to a fresh `Call` is replay.
//!
//! Not here: SIP, RTP, HTTP, storage, what a flow document looks like (crate `flow`).

pub mod account_reader;
mod admission;
mod alert;
mod bootstrap;
mod bridge;
mod call;
mod call_limits;
mod caller;
mod caller_id;
mod carrier;
pub mod catalogue;
pub mod cause;
pub mod command;
mod conference;
mod conversation;
mod cx;
mod default_response;
mod endpoint;
mod executor;
mod finish;
mod foreign_flow;
mod forward;
mod greeting;
mod hooks;
mod hunt;
pub mod ids;
pub mod input;
pub mod journal;
mod lenient;
pub mod limits;
mod match_list;
pub mod media;
mod media_path;
mod menu_greeting;
mod metaflow;
pub mod metaflows;
mod module;
mod modules;
mod number;
mod operations;
mod outbound;
pub mod output;
mod pickup;
mod pivot;
pub mod queue;
mod recording;
mod ring;
mod say;
pub mod script;
pub mod setup;
mod state;
mod toggle;
mod vars;
mod voicemail;
mod web_form;
mod zone;

pub use call::Call;
pub use metaflow::Metaflow;
pub use module::{Exit, Module};
