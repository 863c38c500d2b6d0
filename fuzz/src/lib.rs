//! What each fuzz target does with its octets, and what must hold whatever they are. A broken rule panics.
//!
//! Each file here is also compiled by a test of the crate it attacks (`tests/fuzz_seeds.rs` there), which feeds it the
//! seeds; so the targets cannot rot unnoticed. Not here: libFuzzer (`fuzz_targets/`).

pub mod account_folder;
pub mod control_plan;
pub mod kazoo_document;
pub mod number_pattern;
pub mod rtp_datagram;
pub mod scenario;
pub mod sdp;
pub mod sip_datagram;
pub mod twiml;
