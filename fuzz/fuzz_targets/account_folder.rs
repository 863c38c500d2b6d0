//! libFuzzer's entry to [`strowger_fuzz::account_folder`]. Not for anything else.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| strowger_fuzz::account_folder::run(octets));
