//! Actions that need more of the live server than playing and ringing: saved settings, forwarded calls, and those that
//! cannot be done yet and must say so.

use serde_json::json;
use telephony::media::g711::Codec;

use crate::phone::{Phone, Step, missing};
use crate::server::{Account, Server};
use crate::sound::{prompt, wav};

#[test]
fn a_call_is_forwarded_by_a_feature_code_and_taken_with_key_1() {
    if missing("sipp") {
        return;
    }
    let code = json!({
        "name": "Forward", "patterns": ["^\\*72([0-9]*)$"],
        "flow": {"module": "call_forward", "data": {"action": "activate"}, "children": {}},
    });
    let of = |user: &str| json!({"module": "user", "data": {"id": user, "timeout": 20}, "children": {}});
    let account = Account::new()
        .with_phone("alice")
        .with_phone("bob")
        .with_phone("carol")
        .with("callflows", "forward", code)
        .with_flow("101", of("alice"))
        .with_flow("103", of("carol"));
    let server = Server::start(&account);
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    let carol = Phone::new(&server, "carol").register();

    let setting = alice.call("*72103", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    setting.connected().sound.await_clips(&[("cf-now_forwarded_to", prompt("cf-now_forwarded_to"))]);
    setting.finish();
    server.quiet();

    let callee = carol.listen(Codec::Pcmu, &[Step::Ring, Step::Answer, Step::AwaitBye]);
    let caller = bob.call("101", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    callee.connected().sound.await_clips(&[("ivr-group_confirm", prompt("ivr-group_confirm"))]);
    callee.sound.press("1");
    caller.connected();
    caller.sound.say(Some(440.0));
    callee.sound.say(Some(1_000.0));
    callee.sound.await_tone(440.0);
    caller.sound.await_tone(1_000.0);
    caller.go();
    caller.finish();
    callee.finish();
    server.quiet();
}

#[test]
fn what_cannot_be_done_yet_is_told_and_the_caller_goes_on() {
    if missing("sipp") {
        return;
    }
    let play = json!({"module": "play", "data": {"id": "greeting"}, "children": {}});
    let fax = json!({"module": "receive_fax", "data": {"owner_id": "alice"}, "children": {"_": play}});
    let voice = json!({"module": "fax_detect", "data": {"duration": 2}, "children": {"ON_VOICE": fax}});
    let page = json!({
        "module": "page_group",
        "data": {"audio": "one-way", "endpoints": [{"id": "bob", "endpoint_type": "user"}]},
        "children": {"_": voice},
    });
    let told = json!({
        "module": "notification",
        "data": {
            "template_id": "called", "send_at": "callflow_exec",
            "recipients": [{"type": "email", "id": "a@example.com"}],
        },
        "children": {"_": page},
    });
    let account = Account::new()
        .with_phone("alice")
        .with_phone("bob")
        .with_wav("greeting", &wav(&prompt("vm-enter_id")))
        .with_flow("600", told);
    let server = Server::start(&account);
    let alice = Phone::new(&server, "alice").register();
    let line = alice.call("600", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    line.connected().sound.await_clips(&[("greeting", prompt("vm-enter_id"))]);
    let call_id = line.call_id();
    line.finish();
    let trace = server.record_of(&call_id)["trace"].to_string();
    for code in ["EN3007", "EN2035"] {
        assert!(trace.contains(code), "{code} is missing: {trace}");
    }
    server.quiet();
}
