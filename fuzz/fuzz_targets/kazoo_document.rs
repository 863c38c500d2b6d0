//! libFuzzer's entry to [`strowger_fuzz::kazoo_document`]. Not for anything else.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| strowger_fuzz::kazoo_document::run(octets));
