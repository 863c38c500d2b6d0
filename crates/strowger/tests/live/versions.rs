//! A callflow that is changed over HTTP: the next call has it, a call in progress does not.

use serde_json::json;
use telephony::media::g711::Codec;

use crate::phone::{Phone, Step, missing};
use crate::server::{ACCOUNT, Account, Server};
use crate::sound::prompt;
use crate::sound::wav;

const FLOW: &str = "f1000000000000000000000000000700";

#[test]
fn a_change_applies_to_the_next_call_and_not_to_one_in_progress() {
    if missing("sipp") {
        return;
    }
    let play = |id: &str| json!({"module": "play", "data": {"id": id}, "children": {}});
    let menu = json!({"name": "m", "retries": 3, "timeout": 10_000, "max_extension_length": 1, "hunt": false,
                      "media": {"greeting": "hello"}});
    let flow = |id: &str| json!({"module": "menu", "data": {"id": "menu"}, "children": {"1": play(id)}});
    let account = Account::new()
        .with_phone("alice")
        .with_wav("hello", &wav(&prompt("vm-enter_id")))
        .with_wav("old", &wav(&prompt("vm-goodbye")))
        .with_wav("new", &wav(&prompt("vm-enter_pass")))
        .with("menus", "menu", menu)
        .with("callflows", FLOW, json!({"name": "changing", "numbers": ["700"], "flow": flow("old")}));
    let server = Server::start(&account);
    let alice = Phone::new(&server, "alice").register();
    let path = format!("/v2/accounts/{ACCOUNT}/callflows/{FLOW}");

    let during = alice.call("700", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    during.connected().sound.await_clips(&[("hello", prompt("vm-enter_id"))]);
    let body = json!({"data": {"name": "changing", "numbers": ["700"], "flow": flow("new")}});
    let reply = server.http("POST", &path, Some(&server.token()), &body.to_string());
    assert_eq!(reply.status, 200, "{}", reply.text());
    during.sound.press("1");
    during.sound.await_clips(&[("old", prompt("vm-goodbye"))]);
    let first = during.call_id();
    during.finish();

    let after = alice.call("700", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    after.connected().sound.await_clips(&[("hello", prompt("vm-enter_id"))]);
    after.sound.press("1");
    after.sound.await_clips(&[("new", prompt("vm-enter_pass"))]);
    let second = after.call_id();
    after.finish();

    let version = |call_id: &str| server.record_of(call_id)["version"].as_u64().unwrap();
    assert_eq!(version(&second), version(&first) + 1);
}
