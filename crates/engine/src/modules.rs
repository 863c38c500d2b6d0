//! The Kazoo actions, one file each: typed data, exits, caption and run.
//!
//! Adding one is a file here, a line in [`crate::catalogue`] and a fixture folder.

pub(crate) mod answer;
pub(crate) mod branch_variable;
pub(crate) mod callflow;
pub(crate) mod collect_dtmf;
pub(crate) mod device;
pub(crate) mod hangup;
pub(crate) mod menu;
pub(crate) mod noop;
pub(crate) mod pivot;
pub(crate) mod play;
pub(crate) mod record_call;
pub(crate) mod resources;
pub(crate) mod response;
pub(crate) mod ring_group;
pub(crate) mod send_dtmf;
pub(crate) mod set_variables;
pub(crate) mod sleep;
pub(crate) mod temporal_route;
pub(crate) mod tts;
pub(crate) mod user;
pub(crate) mod voicemail;
