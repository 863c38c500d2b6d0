//! What a third telephone has to do with a call: picking it up, being transferred to, by the telephone's own transfer and by
//! feature keys.

use serde_json::json;
use telephony::media::g711::Codec;

use crate::guide::talk;
use crate::phone::{Phone, Step, missing};
use crate::server::{Account, Server};

/// Alice, bob and carol; `102` and `103` ring bob and carol, `**` and an extension pick up, and alice's key `*2` and an
/// extension transfer.
fn account() -> Account {
    let ring = |id: &str| json!({"module": "user", "data": {"id": id, "timeout": 30}, "children": {}});
    let pickup = json!({"name": "pick up", "patterns": ["^\\*\\*([0-9]+)$"],
        "flow": {"module": "group_pickup_feature", "data": {"type": "extension"}, "children": {}}});
    let park = json!({"name": "park", "patterns": ["^\\*4([0-9]+)$"],
        "flow": {"module": "park", "data": {"action": "auto"}, "children": {}}});
    let transfer = json!({"patterns": {"^2([0-9]+)$": {"module": "transfer", "data": {}, "children": {}}}});
    Account::new()
        .with_phone("alice")
        .with_phone("bob")
        .with_phone("carol")
        .with(
            "users",
            "alice",
            json!({"username": "alice", "first_name": "alice", "last_name": "Test", "metaflows": transfer}),
        )
        .with("callflows", "pickup", pickup)
        .with("callflows", "park", park)
        .with_flow("102", ring("bob"))
        .with_flow("103", ring("carol"))
}

#[test]
fn a_colleague_picks_up_what_rings_elsewhere() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account());
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    let carol = Phone::new(&server, "carol").register();
    let at_bob = bob.listen(Codec::Pcmu, &[Step::Ring, Step::AwaitCancel]);
    let calling = alice.call("102", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    at_bob.await_received("INVITE");
    calling.await_received("SIP/2.0 180");
    let picking = carol.call("**102", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    calling.connected();
    picking.connected();
    talk(&calling.sound, &picking.sound);
    at_bob.finish();
    calling.go();
    calling.finish();
    picking.finish();
    server.quiet();
}

#[test]
fn a_telephone_transfers_the_caller() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account());
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    let carol = Phone::new(&server, "carol").register();
    let at_bob =
        bob.listen(Codec::Pcmu, &[Step::Ring, Step::Answer, Step::Go, Step::Transfer("103"), Step::AwaitBye]);
    let at_carol = carol.listen(Codec::Pcmu, &[Step::Ring, Step::Answer, Step::AwaitBye]);
    let calling = alice.call("102", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    calling.connected();
    at_bob.connected();
    talk(&calling.sound, &at_bob.sound);
    at_bob.go();
    at_carol.connected();
    at_bob.finish();
    talk(&calling.sound, &at_carol.sound);
    calling.go();
    calling.finish();
    at_carol.finish();
    server.quiet();
}

#[test]
fn a_telephone_puts_the_caller_through_after_asking() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account());
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    let carol = Phone::new(&server, "carol").register();
    let second_line = Phone::new(&server, "bob");
    let at_bob = bob.listen(Codec::Pcmu, &[Step::Ring, Step::Answer, Step::TransferToOther, Step::AwaitBye]);
    let at_carol = carol.listen(Codec::Pcmu, &[Step::Ring, Step::Answer, Step::AwaitBye]);
    let calling = alice.call("102", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    calling.connected();
    at_bob.connected();
    let asking = second_line.call("103", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    asking.connected();
    at_carol.connected();
    talk(&asking.sound, &at_carol.sound);
    at_bob.go_joining(&asking, "103");
    at_bob.finish();
    asking.finish();
    talk(&calling.sound, &at_carol.sound);
    calling.go();
    calling.finish();
    at_carol.finish();
    server.quiet();
}

#[test]
fn a_call_is_parked_by_a_transfer_and_fetched_by_somebody_else() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account());
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    let carol = Phone::new(&server, "carol").register();
    let at_bob = bob
        .listen(Codec::Pcmu, &[Step::Ring, Step::Answer, Step::Go, Step::Transfer("*4105"), Step::AwaitBye]);
    let calling = alice.call("102", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    calling.connected();
    at_bob.connected();
    talk(&calling.sound, &at_bob.sound);
    at_bob.go();
    at_bob.finish();
    let fetching = carol.call("*4105", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    fetching.connected();
    talk(&fetching.sound, &calling.sound);
    fetching.go();
    fetching.finish();
    calling.finish();
    server.quiet();
}

#[test]
fn a_caller_transfers_by_feature_keys_and_leaves_the_two_to_talk() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account());
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    let carol = Phone::new(&server, "carol").register();
    let at_bob = bob.listen(Codec::Pcmu, &[Step::Ring, Step::Answer, Step::Go, Step::Bye]);
    let at_carol = carol.listen(Codec::Pcmu, &[Step::Ring, Step::Answer, Step::AwaitBye]);
    let calling = alice.call("102", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    calling.connected();
    at_bob.connected();
    talk(&calling.sound, &at_bob.sound);
    calling.sound.say(None);
    calling.sound.press("*2103");
    at_carol.connected();
    talk(&calling.sound, &at_carol.sound);
    calling.go();
    calling.finish();
    talk(&at_bob.sound, &at_carol.sound);
    at_bob.go();
    at_bob.finish();
    at_carol.finish();
    server.quiet();
}
