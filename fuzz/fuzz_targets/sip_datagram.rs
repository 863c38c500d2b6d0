//! libFuzzer's entry to [`strowger_fuzz::sip_datagram`]. Not for anything else.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| strowger_fuzz::sip_datagram::run(octets));
