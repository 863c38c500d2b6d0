//! libFuzzer's entry to [`strowger_fuzz::control_plan`]. Not for anything else.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| strowger_fuzz::control_plan::run(octets));
