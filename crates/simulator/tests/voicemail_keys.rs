//! Every key of every voicemail menu (reference section 7.5) is pressed in some scenario of the module's fixtures: the table
//! below says what may be pressed where, and a key that no scenario presses there fails.

#[allow(dead_code)]
mod support;

use std::collections::BTreeSet;
use std::path::Path;

use engine::output::TraceEvent;

/// A menu by the prompt that offers it, and its keys: those with a meaning, and one without.
const MENUS: &[(&str, &str)] = &[
    // Before a message is left: operator, login, anything else.
    ("vm-record_message", "0*5"),
    // A box that is full, and one that only announces: login, anything else.
    ("vm-mailbox_full", "*"),
    ("media greeting", "*7"),
    // After a recording: save, listen, record again, operator, anything else.
    ("vm-review_recording", "12309"),
    // The main menu: new, saved, settings, leave, anything else.
    ("vm-main_menu", "125#9"),
    ("vm-main_menu_not_configurable", "#"),
    // Settings: greeting, name, PIN, temporary greeting, remove it, announce only, back, anything else.
    ("vm-settings_menu", "123456089"),
    ("vm-settings_menu_announcement_on", "0"),
    // A message: keep, replay, forward, previous, rewind, next, delete, fast forward, call back, main menu, anything else.
    ("vm-message_menu", "1234567890*"),
    // While a message plays, where the box allows it: rewind, fast forward.
    ("message ", "58"),
    // Forwarding with a comment: record one, none, give up.
    ("vm-message_forwarding", "120"),
];

/// What was pressed while which prompt, the last one of a playlist, was the last to be played.
fn pressed() -> BTreeSet<(String, char)> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/fixtures");
    let account = support::account(&fixtures.join("common/account"));
    let mut pressed = BTreeSet::new();
    for file in support::yaml_files(&fixtures.join("voicemail")) {
        for scenario in support::scenarios(&file) {
            let report = simulator::run(&scenario, &account);
            for call in &report.calls {
                let mut last = String::new();
                for entry in &call.observed.trace {
                    match &entry.event {
                        TraceEvent::Heard { what } => last.clone_from(what),
                        TraceEvent::Digit { digit } => {
                            pressed.insert((last.clone(), *digit));
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    pressed
}

#[test]
fn every_key_of_every_menu_is_pressed_in_a_scenario() {
    let pressed = pressed();
    let mut missing = Vec::new();
    for (menu, keys) in MENUS {
        let offers = |what: &str| match *menu {
            // A message is played alone where it can be rewound.
            "message " => what.starts_with(menu),
            "media greeting" => what == *menu,
            menu => what.ends_with(&format!("prompt {menu}")),
        };
        let taken: String = keys
            .chars()
            .filter(|key| pressed.iter().any(|(what, digit)| digit == key && offers(what)))
            .collect();
        println!("{menu:<34} {taken}");
        let not_taken = keys.chars().filter(|key| !taken.contains(*key));
        missing.extend(not_taken.map(|key| format!("{menu} {key}")));
    }
    assert!(missing.is_empty(), "no scenario presses: {}", missing.join(", "));
}
