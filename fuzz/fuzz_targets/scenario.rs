//! libFuzzer's entry to [`strowger_fuzz::scenario`]. Not for anything else.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| strowger_fuzz::scenario::run(octets));
