//! How many calls an account may have at a time: the next one is refused, and taken again when there is room.

use serde_json::json;
use telephony::media::g711::Codec;

use crate::guide::talk;
use crate::phone::{Phone, Step, missing};
use crate::server::{Account, Server, free_port};

#[test]
fn one_call_more_than_the_account_may_have_finds_it_busy() {
    if missing("sipp") {
        return;
    }
    let ring = json!({"module": "user", "data": {"id": "bob", "timeout": 20}, "children": {}});
    let account = Account::new()
        .with_phone("alice")
        .with_phone("bob")
        .with_phone("carol")
        .with("limits", "limits", json!({"calls": 1}))
        .with_flow("102", ring);
    let server = Server::start(&account);
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    let carol = Phone::new(&server, "carol").register();
    for caller in [&alice, &carol] {
        let at_bob = bob.listen(Codec::Pcmu, &[Step::Ring, Step::Answer, Step::AwaitBye]);
        let calling = caller.call("102", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
        calling.connected();
        at_bob.connected();
        talk(&calling.sound, &at_bob.sound);
        let other = if std::ptr::eq(caller, &alice) { &carol } else { &alice };
        other.call("102", Codec::Pcmu, &[Step::Refused(486)]).finish();
        calling.go();
        calling.finish();
        at_bob.finish();
        server.quiet();
    }
}

#[test]
fn one_call_more_than_there_are_lines_gets_no_circuit() {
    if missing("sipp") {
        return;
    }
    let port = free_port();
    let busy =
        json!({"module": "response", "data": {"code": 503, "message": "All lines are busy"}, "children": {}});
    let outside = json!({"module": "resources", "data": {"to_did": "+35316877779"},
        "children": {"NORMAL_CIRCUIT_CONGESTION": busy}});
    let account = Account::new()
        .with_phone("alice")
        .with_phone("bob")
        .with("limits", "limits", json!({"outbound_trunks": 1, "inbound_trunks": 5}))
        .with(
            "resources",
            "carrier",
            json!({"name": "carrier", "gateways": [{"server": "127.0.0.1", "port": port}]}),
        )
        .with_flow("704", outside);
    let server = Server::start(&account);
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    let carrier = Phone::at(&server, "carrier", port);
    for (caller, other) in [(&alice, &bob), (&bob, &alice)] {
        let answering = carrier.listen(Codec::Pcmu, &[Step::Ring, Step::Answer, Step::AwaitBye]);
        let calling = caller.call("704", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
        calling.connected();
        answering.connected();
        talk(&calling.sound, &answering.sound);
        let refused = other.call("704", Codec::Pcmu, &[Step::Refused(503)]);
        let call_id = refused.call_id();
        refused.finish();
        let trace = server.record_of(&call_id)["trace"].to_string();
        assert!(trace.contains("EN2047"), "{trace}");
        calling.go();
        calling.finish();
        answering.finish();
        server.quiet();
    }
}
