//! Registration, the menu, keys, and phones that are connected.

use serde_json::json;
use telephony::media::g711::Codec;

use crate::phone::{Phone, Step, missing};
use crate::server::{Account, Server};
use crate::sound::wav;

/// Alice and bob with phones; `100` is a menu whose key 2 rings bob and whose greeting is a system prompt.
fn office() -> Account {
    let menu = json!({
        "name": "Main menu", "retries": 3, "timeout": 10_000, "interdigit_timeout": 1_000, "max_extension_length": 1,
        "hunt": false, "media": {"greeting": "greeting"},
    });
    let bob = json!({"module": "user", "data": {"id": "bob", "timeout": 30}, "children": {}});
    Account::new()
        .with_phone("alice")
        .with_phone("bob")
        .with_wav("greeting", &wav(&greeting()))
        .with("menus", "main-menu", menu)
        .with_flow("102", bob.clone())
        .with_flow("100", json!({"module": "menu", "data": {"id": "main-menu"}, "children": {"2": bob}}))
        .with_flow("600", json!({"module": "play", "data": {"id": "greeting"}, "children": {}}))
}

/// Audio that is easy to tell from everything else: spoken words, from the prompts that ship.
fn greeting() -> Vec<i16> {
    let mut words = crate::sound::prompt("vm-enter_id");
    words.extend(crate::sound::prompt("vm-enter_pass"));
    words
}

#[test]
fn phones_register_with_their_password_only() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&office());
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    assert!(!Phone::new(&server, "alice").try_register("guessed"));
    assert!(!Phone::new(&server, "nobody").try_register("nobody-secret"));
    let listed = server.get(&format!("/api/accounts/{}/registrations", crate::server::ACCOUNT));
    let mut contacts: Vec<String> = listed["registrations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["contact"].as_str().unwrap().to_owned())
        .collect();
    contacts.sort();
    let mut expected = [alice.port(), bob.port()].map(|port| format!("127.0.0.1:{port}"));
    expected.sort();
    assert_eq!(contacts.len(), 2, "{listed}");
    for port in [alice.port(), bob.port()] {
        assert!(
            contacts.iter().any(|contact| contact.contains(&format!("127.0.0.1:{port}"))),
            "{contacts:?}"
        );
    }
}

#[test]
fn a_caller_hears_the_menu_in_either_law_presses_a_key_and_talks() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&office());
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    for codec in [Codec::Pcmu, Codec::Pcma] {
        let callee = bob.listen(Codec::Pcmu, &[Step::Ring, Step::Go, Step::Answer, Step::AwaitBye]);
        let caller = alice.call("100", codec, &[Step::Answered, Step::Go, Step::Bye]);
        caller.connected().sound.await_clips(&[("greeting", greeting())]);
        caller.sound.press("2");
        callee.await_received("INVITE");
        callee.go();
        callee.connected();
        talk(&caller.sound, &callee.sound);
        assert_eq!(caller.sound.strangers(), 0, "every packet is of the codec that was agreed on");
        caller.go();
        caller.finish();
        callee.finish();
        server.quiet();
    }
}

#[test]
fn a_key_by_sip_info_counts_and_the_callee_may_hang_up() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&office());
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    let callee = bob.listen(Codec::Pcma, &[Step::Ring, Step::Answer, Step::Go, Step::Bye]);
    let caller = alice.call("100", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Info('2'), Step::AwaitBye]);
    caller.connected().sound.await_clips(&[("greeting", greeting())]);
    caller.go();
    callee.connected();
    talk(&caller.sound, &callee.sound);
    callee.go();
    callee.finish();
    caller.finish();
    server.quiet();
}

/// Different tones each way arrive.
fn talk(a: &crate::sound::Sound, b: &crate::sound::Sound) {
    a.say(Some(440.0));
    b.say(Some(1_000.0));
    b.await_tone(440.0);
    a.await_tone(1_000.0);
}
