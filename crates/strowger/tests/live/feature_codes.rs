//! The shipped star codes on real calls: made by the command, dialled on telephones.

use serde_json::json;
use telephony::media::g711::Codec;

use crate::guide::talk;
use crate::phone::{Phone, Step, missing};
use crate::server::{ACCOUNT, Account, Server};
use crate::sound::prompt;

const BOX: &str = "b0c50000000000000000000000000102";

/// Alice and bob, who has a mailbox; their numbers are 101 and 102. The codes come from `strowger feature-codes create`.
fn account() -> Account {
    let ring = |id: &str| json!({"module": "user", "data": {"id": id, "timeout": 20}, "children": {}});
    let mailbox = json!({"name": "Bob's voicemail", "mailbox": "102", "owner_id": "bob", "require_pin": false,
                         "is_setup": true, "timezone": "UTC"});
    Account::new()
        .with_phone("alice")
        .with_phone("bob")
        .with_phone("carol")
        .with(
            "users",
            "alice",
            json!({"username": "alice", "first_name": "alice", "last_name": "Test",
            "hotdesk": {"enabled": true, "id": "77"}}),
        )
        .with("vmboxes", BOX, mailbox)
        .with_flow("101", ring("alice"))
        .with_flow("102", ring("bob"))
        .with_feature_codes()
}

/// Dials a code that says something and ends the call.
fn dial(phone: &Phone, code: &str, says: &'static str) {
    let line = phone.call(code, Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    line.connected().sound.await_clips(&[(says, prompt(says))]);
    line.finish();
}

#[test]
fn settings_are_changed_by_dialling() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account());
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    let user = |member: &str| {
        let listed = server.get(&format!("/v2/accounts/{ACCOUNT}/users/bob"));
        listed["data"][member].clone()
    };

    // *78 and *79.
    dial(&bob, "*78", "dnd-activated");
    assert_eq!(user("do_not_disturb")["enabled"], true);
    let refused = alice.call("102", Codec::Pcmu, &[Step::Refused(480)]);
    refused.finish();
    dial(&bob, "*79", "dnd-deactivated");
    assert_eq!(user("do_not_disturb")["enabled"], false);

    // *72 asks for the number, *73 ends it, *74 turns it on again.
    let asked = bob.call("*72", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    asked.connected().sound.await_clips(&[("cf-enter_number", prompt("cf-enter_number"))]);
    asked.sound.press("101#");
    asked.sound.await_clips(&[("cf-now_forwarded_to", prompt("cf-now_forwarded_to"))]);
    asked.finish();
    assert_eq!(
        (&user("call_forward")["enabled"], &user("call_forward")["number"]),
        (&json!(true), &json!("101"))
    );
    dial(&bob, "*73", "cf-disabled");
    assert_eq!(user("call_forward")["enabled"], false);
    dial(&bob, "*74", "cf-now_forwarded_to");
    dial(&bob, "*73", "cf-disabled");

    // *11 makes bob's telephone alice's, *12 ends that.
    let login = bob.call("*11", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    login.connected().sound.await_clips(&[("hotdesk-enter_id", prompt("hotdesk-enter_id"))]);
    login.sound.press("77#");
    login.sound.await_clips(&[("hotdesk-logged_in", prompt("hotdesk-logged_in"))]);
    login.finish();
    let device = server.get(&format!("/v2/accounts/{ACCOUNT}/devices/bob-phone"));
    assert!(device["data"]["hotdesk"]["users"]["alice"].is_object(), "{device}");
    dial(&bob, "*12", "hotdesk-logged_out");
    server.quiet();
}

#[test]
fn calls_are_made_and_parked_and_messages_heard_by_codes() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account());
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();

    // *67: bob sees nobody.
    let at_bob = bob.listen(Codec::Pcmu, &[Step::Ring, Step::Answer, Step::AwaitBye]);
    let calling = alice.call("*67102", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    calling.connected();
    at_bob.connected();
    talk(&calling.sound, &at_bob.sound);
    let invite = at_bob.messages();
    let from = invite.lines().find(|line| line.starts_with("From:")).unwrap_or_default();
    assert!(from.to_ascii_lowercase().contains("anonymous"), "{from}");
    calling.go();
    calling.finish();
    at_bob.finish();

    // *0: bob's telephone is asked to answer by itself.
    let at_bob = bob.listen(Codec::Pcmu, &[Step::Answer, Step::AwaitBye]);
    let calling = alice.call("*0102", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    calling.connected();
    at_bob.connected();
    talk(&calling.sound, &at_bob.sound);
    assert!(at_bob.messages().contains("answer-after=0"), "{}", at_bob.messages());
    calling.go();
    calling.finish();
    at_bob.finish();

    // *4: bob transfers alice there, and fetches her with *5 and the slot.
    let steps = [Step::Ring, Step::Answer, Step::Go, Step::Transfer("*4"), Step::AwaitBye];
    let at_bob = bob.listen(Codec::Pcmu, &steps);
    let calling = alice.call("102", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    calling.connected();
    at_bob.connected();
    talk(&calling.sound, &at_bob.sound);
    at_bob.go();
    at_bob.finish();
    let fetching = bob.call("*5101", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    fetching.connected();
    talk(&fetching.sound, &calling.sound);
    fetching.go();
    fetching.finish();
    calling.finish();
    dial(&bob, "*5101", "park-no_caller");

    // *87 picks up what rings at bob's.
    let at_bob = bob.listen(Codec::Pcmu, &[Step::Ring, Step::AwaitCancel]);
    let carol = Phone::new(&server, "carol").register();
    let calling = carol.call("102", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    at_bob.await_received("INVITE");
    calling.await_received("SIP/2.0 180");
    let picking = alice.call("*87102", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    calling.connected();
    picking.connected();
    talk(&calling.sound, &picking.sound);
    at_bob.finish();
    calling.go();
    calling.finish();
    picking.finish();

    // ** leaves a message, *98 opens the mailbox of whoever calls, *97 asks whose.
    let line = alice.call("**102", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    line.connected().sound.await_prompt("vm-record_message");
    line.go();
    line.finish();
    let own = bob.call("*98", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    own.connected().sound.await_prompt("vm-main_menu");
    own.go();
    own.finish();
    let ask = bob.call("*97", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    ask.connected().sound.await_prompt("vm-enter_id");
    ask.go();
    ask.finish();
    server.quiet();
}
