//! libFuzzer's entry to [`strowger_fuzz::rtp_datagram`]. Not for anything else.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| strowger_fuzz::rtp_datagram::run(octets));
