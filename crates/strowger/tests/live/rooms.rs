//! Several who hear each other: a conference, a page, and one who listens to a call of others.
//!
//! Each says a tone of its own frequency, so what a phone hears tells whom it hears. Not here: the sums themselves
//! (`telephony`), who is let in under which conditions (fixtures of the engine).

use std::time::Duration;

use serde_json::json;
use telephony::media::g711::{Codec, SAMPLE_RATE};

use crate::guide::talk;
use crate::phone::{Line, Phone, Step, missing};
use crate::server::{Account, Server, wait_for};
use crate::sound::{Sound, prompt, share_of};

/// The tones of alice, bob and carol; none is a multiple of another.
const TONES: [f32; 3] = [440.0, 700.0, 1_150.0];

/// Three people; `800` is a conference that asks for a PIN, `801` pages, `802` listens to bob.
fn account() -> Account {
    let board = json!({
        "name": "Board", "member": {"pins": ["1234"], "join_muted": false}, "moderator": {"pins": ["99"]},
        "profile": {"moh-sound": "tone_stream://%(5000,0,300)"},
    });
    let page = json!({"audio": "two-way", "timeout": 20, "endpoints": [
        {"id": "bob", "endpoint_type": "user"}, {"id": "carol", "endpoint_type": "user"}]});
    let flow =
        |module: &str, data: serde_json::Value| json!({"module": module, "data": data, "children": {}});
    Account::new()
        .with_phone("alice")
        .with_phone("bob")
        .with_phone("carol")
        .with("conferences", "board", board)
        .with_flow("800", flow("conference", json!({"id": "board", "welcome_prompt": {"play": false}})))
        .with_flow("801", flow("page_group", page))
        .with_flow("802", flow("eavesdrop", json!({"user_id": "bob", "approved_user_id": "carol"})))
        .with_flow("102", flow("user", json!({"id": "bob", "timeout": 30})))
}

/// Waits until a phone hears these tones, each clearly, and none of the others.
fn await_tones(sound: &Sound, heard: &[f32]) {
    wait_for(&format!("only the tones {heard:?}"), || {
        let all = sound.heard();
        let last = &all[all.len().saturating_sub(SAMPLE_RATE as usize / 2)..];
        let fair = 1.0 / heard.len().max(1) as f32;
        let is_right = |tone: &f32| match heard.contains(tone) {
            true => share_of(last, *tone) > fair * 0.5,
            false => share_of(last, *tone) < fair * 0.1,
        };
        (last.len() == SAMPLE_RATE as usize / 2 && TONES.iter().all(is_right)).then_some(())
    });
}

/// Calls the conference and enters a PIN.
fn enter(phone: &Phone, pin: &str) -> Line {
    let line = phone.call("800", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    line.connected();
    line.sound.await_prompt("conf-enter_conf_pin");
    line.sound.press(pin);
    line
}

#[test]
fn three_in_a_conference_hear_each_other_and_not_themselves() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account());
    let names = ["alice", "bob", "carol"];
    let phones = names.map(|name| Phone::new(&server, name).register());
    let alice = enter(&phones[0], "1234#");
    // Alone, with music.
    alice.sound.await_tone(300.0);
    let bob = enter(&phones[1], "77#");
    let again = ["conf-bad_pin", "conf-enter_conf_pin"].map(|name| (name, prompt(name)));
    bob.sound.await_clips(&again);
    bob.sound.press("99#");
    let carol = enter(&phones[2], "1234#");
    let lines = [&alice, &bob, &carol];
    for (line, tone) in lines.iter().zip(TONES) {
        line.sound.say(Some(tone));
    }
    await_tones(&alice.sound, &[TONES[1], TONES[2]]);
    await_tones(&bob.sound, &[TONES[0], TONES[2]]);
    await_tones(&carol.sound, &[TONES[0], TONES[1]]);
    // Bob mutes himself, and hears on.
    bob.sound.press("0");
    await_tones(&alice.sound, &[TONES[2]]);
    await_tones(&bob.sound, &[TONES[0], TONES[2]]);
    bob.sound.press("0");
    await_tones(&alice.sound, &[TONES[1], TONES[2]]);
    // Carol hangs up, and the two talk on.
    carol.go();
    carol.finish();
    await_tones(&alice.sound, &[TONES[1]]);
    // Bob leaves by a key, which ends his call.
    bob.sound.say(None);
    bob.sound.press("#");
    bob.await_received("BYE");
    drop(bob);
    alice.sound.await_tone(300.0);
    alice.go();
    alice.finish();
    server.quiet();
}

#[test]
fn a_page_is_heard_by_all_who_answer() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account());
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    let carol = Phone::new(&server, "carol").register();
    let answers = [Step::Ring, Step::Answer, Step::AwaitBye];
    let (at_bob, at_carol) = (bob.listen(Codec::Pcmu, &answers), carol.listen(Codec::Pcma, &answers));
    let paging = alice.call("801", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    for line in [&paging, &at_bob, &at_carol] {
        line.connected();
    }
    for (line, tone) in [&paging, &at_bob, &at_carol].iter().zip(TONES) {
        line.sound.say(Some(tone));
    }
    await_tones(&at_bob.sound, &[TONES[0], TONES[2]]);
    await_tones(&at_carol.sound, &[TONES[0], TONES[1]]);
    await_tones(&paging.sound, &[TONES[1], TONES[2]]);
    paging.go();
    paging.finish();
    at_bob.finish();
    at_carol.finish();
    server.quiet();
}

#[test]
fn one_listens_to_a_call_and_speaks_to_one_of_the_two() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account());
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    let carol = Phone::new(&server, "carol").register();
    let at_bob = bob.listen(Codec::Pcmu, &[Step::Ring, Step::Answer, Step::AwaitBye]);
    let calling = alice.call("102", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    calling.connected();
    at_bob.connected();
    talk(&calling.sound, &at_bob.sound);
    let listening = carol.call("802", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    listening.connected();
    for (line, tone) in [&calling, &at_bob, &listening].iter().zip(TONES) {
        line.sound.say(Some(tone));
    }
    await_tones(&listening.sound, &[TONES[0], TONES[1]]);
    at_bob.sound.await_audio(Duration::from_secs(1));
    await_tones(&at_bob.sound, &[TONES[0]]);
    // Key 2: bob hears carol too, alice does not.
    listening.sound.press("2");
    await_tones(&at_bob.sound, &[TONES[0], TONES[2]]);
    await_tones(&calling.sound, &[TONES[1]]);
    // With the call the listening ends.
    calling.go();
    calling.finish();
    at_bob.finish();
    listening.finish();
    server.quiet();
}
