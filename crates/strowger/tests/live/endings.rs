//! However a call ends, nothing of it stays behind; and what happens between its beginning and its end.

use std::net::UdpSocket;
use std::time::Duration;

use serde_json::json;
use telephony::media::g711::Codec;

use crate::phone::{Phone, Step, missing};
use crate::server::{Account, PATIENCE, REALM, Server};
use crate::sound::{prompt, wav};

/// Alice and bob; `102` rings bob, `601` plays words again and again, `602` refuses as busy.
fn account() -> Account {
    let again = json!({"module": "play", "data": {"id": "words", "endless_playback": true}, "children": {}});
    Account::new()
        .with_phone("alice")
        .with_phone("bob")
        .with_wav("words", &wav(&prompt("vm-enter_id")))
        .with_flow("102", json!({"module": "user", "data": {"id": "bob", "timeout": 30}, "children": {}}))
        .with_flow("601", again)
        .with_flow(
            "602",
            json!({"module": "response", "data": {"code": 486, "message": "Busy Here"}, "children": {}}),
        )
}

#[test]
fn a_caller_who_gives_up_while_it_rings_stops_the_ringing() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account());
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    let callee = bob.listen(Codec::Pcmu, &[Step::Ring, Step::AwaitCancel]);
    let caller = alice.call("102", Codec::Pcmu, &[Step::Ringing, Step::Go, Step::Cancel]);
    caller.await_received("SIP/2.0 180");
    caller.go();
    caller.finish();
    callee.finish();
    server.quiet();
}

#[test]
fn a_busy_answer_reaches_the_caller_as_it_is() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account());
    let alice = Phone::new(&server, "alice").register();
    let caller = alice.call("602", Codec::Pcmu, &[Step::Refused(486)]);
    let call_id = caller.call_id();
    caller.finish();
    assert_eq!(server.record_of(&call_id)["result"], "rejected");
    server.quiet();
}

#[test]
fn a_call_over_tcp_is_a_call() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account());
    let alice = Phone::new(&server, "alice").over_tcp();
    let caller = alice.call("601", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    caller.connected().sound.await_clips(&[("words", prompt("vm-enter_id"))]);
    assert_eq!(server.calls().len(), 1);
    let id = server.calls()[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/accounts/{}/calls/{id}", crate::server::ACCOUNT);
    let reply = server.http("DELETE", &path, Some(&server.token()), "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    caller.finish();
    server.quiet();
}

#[test]
fn options_is_answered() {
    let server = Server::start(&account());
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let from = socket.local_addr().unwrap();
    let request = format!(
        "OPTIONS sip:{REALM} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bKoptions\r\nFrom: <sip:probe@{REALM}>;tag=1\r\n\
         To: <sip:{REALM}>\r\nCall-ID: options@{from}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    );
    socket.send_to(request.as_bytes(), ("127.0.0.1", server.sip_port)).unwrap();
    let mut buffer = [0; 4_096];
    let (length, _) = socket.recv_from(&mut buffer).unwrap();
    let reply = String::from_utf8_lossy(&buffer[..length]).into_owned();
    assert!(reply.starts_with("SIP/2.0 200 "), "{reply}");
    assert!(reply.contains("INVITE"), "{reply}");
}

#[test]
fn a_call_on_hold_is_taken_back() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account());
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    let callee = bob.listen(Codec::Pcmu, &[Step::Ring, Step::Answer, Step::AwaitBye]);
    let steps = [Step::Answered, Step::Go, Step::Hold, Step::Go, Step::Resume, Step::Go, Step::Bye];
    let caller = alice.call("102", Codec::Pcmu, &steps);
    caller.connected();
    callee.connected();
    caller.sound.say(Some(440.0));
    callee.sound.say(Some(1_000.0));
    callee.sound.await_tone(440.0);
    caller.sound.await_tone(1_000.0);
    caller.go();
    caller.await_received_times("SIP/2.0 200", 2);
    assert!(caller.messages().contains("a=recvonly"), "the server agrees to be on hold");
    caller.go();
    caller.await_received_times("SIP/2.0 200", 3);
    callee.sound.say(Some(1_400.0));
    caller.sound.await_tone(1_400.0);
    caller.go();
    caller.finish();
    callee.finish();
    server.quiet();
}

#[test]
fn two_calls_at_once_are_two_calls() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account());
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    let steps = [Step::Answered, Step::Go, Step::Bye];
    let one = alice.call("601", Codec::Pcmu, &steps);
    let two = bob.call("601", Codec::Pcma, &steps);
    one.connected().sound.await_clips(&[("words", prompt("vm-enter_id"))]);
    two.connected().sound.await_clips(&[("words", prompt("vm-enter_id"))]);
    assert_eq!(server.calls().len(), 2);
    one.go();
    one.finish();
    two.sound.await_audio(Duration::from_millis(500));
    two.go();
    two.finish();
    server.quiet();
}

#[test]
fn a_server_told_to_stop_lets_calls_end_and_keeps_their_records() {
    if missing("sipp") {
        return;
    }
    let mut server = Server::start(&account());
    let alice = Phone::new(&server, "alice").register();
    let caller = alice.call("601", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    caller.connected().sound.await_clips(&[("words", prompt("vm-enter_id"))]);
    let call_id = caller.call_id();
    server.terminate();
    // The call goes on: audio still comes.
    caller.sound.await_audio(Duration::from_millis(500));
    caller.go();
    caller.finish();
    assert!(server.ended(), "the server ends by itself, without a fault");
    server.restart();
    assert_eq!(server.record_of(&call_id)["result"], "caller_hung_up");
}
