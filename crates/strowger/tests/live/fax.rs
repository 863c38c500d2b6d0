//! Faxes: a machine's call is known by its tone and handed over to the fax endpoint, a person's is not.

use std::time::Duration;

use serde_json::{Value, json};
use telephony::media::g711::Codec;

use crate::phone::{Line, Phone, Step, missing};
use crate::server::{ACCOUNT, Account, Server, free_port};
use crate::sound::{prompt, wav};

/// Frequency of CNG (ITU-T T.30), and one that a person may have.
const CNG_HZ: f32 = 1_100.0;
const VOICE_HZ: f32 = 700.0;

/// 600 tells machines from people, 601 is the fax box itself.
fn account() -> Account {
    let play = json!({"module": "play", "data": {"id": "greeting"}, "children": {}});
    let fax = |of: Value| json!({"module": "receive_fax", "data": of, "children": {"_": play}});
    let detect = json!({
        "module": "fax_detect", "data": {"duration": 4},
        "children": {"ON_FAX": fax(json!({"owner_id": "alice"})), "ON_VOICE": play},
    });
    let faxbox = json!({"module": "faxbox", "data": {"id": "office"}, "children": {"_": play}});
    Account::new()
        .with_phone("alice")
        .with_wav("greeting", &wav(&prompt("vm-enter_id")))
        .with("faxboxes", "office", json!({"name": "Office", "owner_id": "bob"}))
        .with_flow("600", json!({"module": "answer", "data": {}, "children": {"_": detect}}))
        .with_flow("601", faxbox)
}

/// A server whose fax endpoint is at a port.
fn start() -> (Server, u16) {
    let port = free_port();
    let server = Server::start_with(&account(), &format!("[fax]\nendpoint = \"sip:fax@127.0.0.1:{port}\"\n"));
    (server, port)
}

fn calls_as_a_machine(line: &Line) {
    line.sound.say_in_cadence(CNG_HZ, Duration::from_millis(500), Duration::from_secs(3));
}

#[test]
fn a_fax_machine_is_known_by_its_tone_and_handed_over_with_its_audio_and_without_t38() {
    if missing("sipp") {
        return;
    }
    let (server, port) = start();
    let endpoint = Phone::at(&server, "fax", port);
    let steps = [Step::Ring, Step::Answer, Step::OfferT38, Step::Go, Step::Bye];
    let receiver = endpoint.listen(Codec::Pcmu, &steps);
    let alice = Phone::new(&server, "alice").register();
    let sender = alice.call("600", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    calls_as_a_machine(sender.connected());

    receiver.connected().await_received("SIP/2.0 488");
    sender.sound.say(Some(1_650.0));
    receiver.sound.say(Some(2_100.0));
    receiver.sound.await_tone(1_650.0);
    sender.sound.await_tone(2_100.0);
    let messages = receiver.messages();
    let invite = messages.split("INVITE sip:fax@").nth(1).unwrap();
    for line in [format!("X-Strowger-Account: {ACCOUNT}"), "X-Strowger-Owner: alice".to_owned()] {
        assert!(invite.lines().any(|found| found == line), "{line}: {invite}");
    }
    let header = |name: &str| invite.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    assert!(header("From:").contains("sip:alice@"), "{invite}");
    assert!(header("To:").contains("sip:600@"), "{invite}");

    receiver.go();
    receiver.finish();
    let call_id = sender.call_id();
    sender.finish();
    let trace = server.record_of(&call_id)["trace"].to_string();
    assert!(!trace.contains("EN2034") && !trace.contains("EN2035"), "{trace}");
    server.quiet();
}

#[test]
fn a_person_is_no_fax_machine() {
    if missing("sipp") {
        return;
    }
    let (server, _) = start();
    let alice = Phone::new(&server, "alice").register();
    let line = alice.call("600", Codec::Pcma, &[Step::Answered, Step::AwaitBye]);
    line.connected().sound.say(Some(VOICE_HZ));
    line.sound.await_clips(&[("greeting", prompt("vm-enter_id"))]);
    line.finish();
    server.quiet();
}

#[test]
fn a_fax_box_is_named_and_a_hang_up_ends_the_hand_over() {
    if missing("sipp") {
        return;
    }
    let (server, port) = start();
    let endpoint = Phone::at(&server, "fax", port);
    let receiver = endpoint.listen(Codec::Pcma, &[Step::Answer, Step::AwaitBye]);
    let alice = Phone::new(&server, "alice").register();
    let sender = alice.call("601", Codec::Pcma, &[Step::Answered, Step::Go, Step::Bye]);
    sender.connected();
    receiver.connected();
    sender.sound.say(Some(CNG_HZ));
    receiver.sound.await_tone(CNG_HZ);
    let messages = receiver.messages();
    for line in ["X-Strowger-Faxbox: office", "X-Strowger-Owner: bob"] {
        assert!(messages.lines().any(|found| found == line), "{line}: {messages}");
    }
    sender.go();
    sender.finish();
    receiver.finish();
    server.quiet();
}

#[test]
fn an_endpoint_that_refuses_is_told_and_the_next_child_runs() {
    if missing("sipp") {
        return;
    }
    let (server, port) = start();
    let endpoint = Phone::at(&server, "fax", port);
    let receiver = endpoint.listen(Codec::Pcmu, &[Step::Refuse(486)]);
    let alice = Phone::new(&server, "alice").register();
    let line = alice.call("601", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    line.connected().sound.await_clips(&[("greeting", prompt("vm-enter_id"))]);
    let call_id = line.call_id();
    line.finish();
    receiver.finish();
    let trace = server.record_of(&call_id)["trace"].to_string();
    assert!(trace.contains("EN2035") && trace.contains("SIP 486"), "{trace}");
    server.quiet();
}
