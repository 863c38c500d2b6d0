//! TwiML documents: the input is the document. Not for: carrying verbs out (`scenario`).

use flow::twiml::{self, FAULTS_MAX, TEXT_MAX_CHARS, VERBS_MAX, What};

/// Whatever comes is read within bounds; an error is the last fault, and each fault stands in the document.
pub fn run(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    let read = twiml::read(&text);
    assert!(read.verbs.len() <= VERBS_MAX, "{} verbs", read.verbs.len());
    assert!(read.faults.len() <= FAULTS_MAX + 1, "{} faults", read.faults.len());
    assert!(read.faults.iter().rev().skip(1).all(|fault| !fault.is_error()), "faults behind an error");
    for verb in &read.verbs {
        assert!(!verb.kind.name().is_empty());
        if let twiml::Kind::Sound(sound) = &verb.kind
            && let What::Say { text, .. } = &sound.what
        {
            assert!(text.chars().count() <= TEXT_MAX_CHARS);
        }
    }
    for fault in &read.faults {
        let line = text.split('\n').nth(fault.place.line.saturating_sub(1) as usize);
        assert!(line.is_some(), "{fault}: there is no such line");
        assert!(!fault.to_string().is_empty());
    }
    assert_eq!(twiml::read(&text), read, "a second reading is another");
}
