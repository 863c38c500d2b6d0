//! Media: RTP streams of call legs, what is played to them and recorded from them, digits, tones, prompts and speech.
//!
//! | room | for |
//! |---|---|
//! | [`engine`] | the threads and the handle that a driver uses |
//! | [`stream`] | one leg's audio as a pure state machine in virtual time |
//! | [`latch`] | where a party really is (symmetric RTP) |
//! | [`clip`] | audio that can be played, encoded once |
//! | [`rtp`], [`g711`], [`dtmf`], [`inband`] | packets, codecs, digits |
//! | [`mod@file`], [`wav`], [`mp3`], [`resample`], [`tone`] | where clips come from |
//! | [`clips`] | a cache of clips |
//! | [`cng`] | the calling tone of fax machines |
//! | [`prompts`] | system prompts by name and language |
//! | [`rooms`] | several who hear each other, and listening in; [`level`] is how loud |
//! | [`identify`] | which clips are in received audio |
//! | [`speech`] | text to speech |
//!
//! Everything is mono at 8 kHz. Not for: SIP, SDP, and what to play when.

pub mod archive;
pub mod clip;
pub mod clips;
pub mod cng;
pub mod dtmf;
pub mod engine;
pub mod file;
pub mod g711;
pub mod identify;
pub mod inband;
pub mod latch;
pub mod level;
mod line;
mod mixer;
pub mod mp3;
pub mod prompts;
mod recorder;
pub mod recording;
pub mod resample;
pub mod rooms;
pub mod rtp;
pub mod socket;
pub mod speech;
pub mod speech_programs;
pub mod stream;
pub mod tone;
pub mod wav;
mod worker;
