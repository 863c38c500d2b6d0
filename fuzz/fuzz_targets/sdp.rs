//! libFuzzer's entry to [`strowger_fuzz::sdp`]. Not for anything else.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| strowger_fuzz::sdp::run(octets));
