//! Where telephones are reached: what the server keeps of their registrations.

use serde_json::json;
use telephony::media::g711::Codec;

use crate::guide::talk;
use crate::phone::{Phone, Step, missing};
use crate::server::{Account, Server};

#[test]
fn a_telephone_is_reached_after_a_restart_without_registering_again() {
    if missing("sipp") {
        return;
    }
    let account = Account::new()
        .with_phone("alice")
        .with_phone("bob")
        .with_flow("102", json!({"module": "user", "data": {"id": "bob", "timeout": 30}, "children": {}}));
    let mut server = Server::start(&account);
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    server.terminate();
    assert!(server.ended());
    server.restart();
    let shown = server.get(&format!("/v2/accounts/{}/registrations", crate::server::ACCOUNT));
    assert_eq!(shown["data"].as_array().map(Vec::len), Some(2), "{shown}");
    let at_bob = bob.listen(Codec::Pcmu, &[Step::Ring, Step::Answer, Step::Go, Step::Bye]);
    let calling = alice.call("102", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    calling.connected();
    at_bob.connected();
    talk(&calling.sound, &at_bob.sound);
    at_bob.go();
    at_bob.finish();
    calling.finish();
    server.quiet();
}
