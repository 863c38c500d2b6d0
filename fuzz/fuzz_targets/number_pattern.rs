//! libFuzzer's entry to [`strowger_fuzz::number_pattern`]. Not for anything else.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| strowger_fuzz::number_pattern::run(octets));
