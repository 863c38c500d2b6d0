//! libFuzzer's entry to [`strowger_fuzz::twiml`]. Not for anything else.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| strowger_fuzz::twiml::run(octets));
