//! Agent queues and calling back, between real telephones: agents log in by feature code, callers wait with music, are told
//! their place, and talk with the agent whose turn it is.

use serde_json::{Value, json};
use telephony::media::g711::Codec;

use crate::guide::talk;
use crate::phone::{Line, Phone, Step, missing};
use crate::server::{ACCOUNT, Account, Server};

/// What callers in the queue hear.
const MUSIC_HZ: f32 = 660.0;

/// Alice calls, bob and carol can be agents. `300` is the queue, `*20` and `*21` log in and out, `*22` joins the queue,
/// `102` rings bob, `*66` and an extension calls back.
fn account(queue: Value) -> Account {
    let feature = |module: &str, data: Value| json!({"module": module, "data": data, "children": {}});
    let mut queue = queue;
    queue["name"] = json!("Support");
    queue["moh"] = json!("tone_stream://%(1000,0,660)");
    let camp = json!({"name": "call back", "patterns": ["^\\*66([0-9]+)$"],
        "flow": feature("camping_feature", json!({}))});
    Account::new()
        .with_phone("alice")
        .with_phone("bob")
        .with_phone("carol")
        .with("queues", "support", queue)
        .with("callflows", "camp", camp)
        .with_flow(
            "300",
            json!({"module": "acdc_member", "data": {"id": "support"},
            "children": {"_": {"module": "hangup", "data": {}, "children": {}}}}),
        )
        .with_flow("*20", feature("acdc_agent", json!({"action": "login"})))
        .with_flow("*21", feature("acdc_agent", json!({"action": "logout"})))
        .with_flow("*22", feature("acdc_queue", json!({"id": "support", "action": "login"})))
        .with_flow("102", feature("user", json!({"id": "bob", "timeout": 30})))
}

/// Dials a feature code and hears its prompt to the end.
fn dial(phone: &Phone, code: &str) {
    phone.call(code, Codec::Pcmu, &[Step::Answered, Step::AwaitBye]).finish();
}

/// The queue as a supervisor sees it.
fn queue_status(server: &Server) -> Value {
    server.get(&format!("/v2/accounts/{ACCOUNT}/queues/support/status"))["data"].clone()
}

/// A caller who waits in the queue and stays until the agent hangs up.
fn wait_in_queue(phone: &Phone) -> Line {
    let line = phone.call("300", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    line.connected().sound.await_tone(MUSIC_HZ);
    line
}

fn answers(phone: &Phone) -> Line {
    phone.listen(Codec::Pcmu, &[Step::Ring, Step::Answer, Step::Go, Step::Bye])
}

/// They hear each other, and the agent hangs up.
fn talk_and_end(calling: Line, agent: Line) {
    agent.connected();
    talk(&calling.sound, &agent.sound);
    agent.go();
    agent.finish();
    calling.finish();
}

#[test]
fn an_agent_logs_in_and_talks_with_the_caller_who_waits() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account(json!({})));
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    // Feature codes are dialled from a second telephone with the same login, so that the first can be rung meanwhile.
    let codes = Phone::new(&server, "bob");
    let at_bob = answers(&bob);
    let calling = wait_in_queue(&alice);
    assert_eq!(queue_status(&server)["waiting"], 1);
    dial(&codes, "*22");
    dial(&codes, "*20");
    let user = server.get(&format!("/v2/accounts/{ACCOUNT}/users/bob"));
    assert_eq!(user["data"]["queues"], json!(["support"]));
    at_bob.connected();
    talk(&calling.sound, &at_bob.sound);
    let status = queue_status(&server);
    assert_eq!((&status["waiting"], &status["agents"]["bob"]), (&json!(0), &json!("connected")));
    at_bob.go();
    at_bob.finish();
    calling.finish();
    dial(&codes, "*21");
    assert_eq!(queue_status(&server)["agents"]["bob"], "logged_out");
    let calling = alice.call("300", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    calling.connected().sound.await_tone(MUSIC_HZ);
    calling.go();
    calling.finish();
    server.quiet();
}

#[test]
fn the_second_caller_is_told_the_place_and_waits_for_the_wrap_up() {
    if missing("sipp") {
        return;
    }
    let announcements = json!({"interval": 15, "position_announcements_enabled": true});
    let queue = json!({"agent_wrapup_time": 3, "announcements": announcements});
    let server = Server::start(&account(queue));
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    let carol = Phone::new(&server, "carol").register();
    let codes = Phone::new(&server, "bob");
    dial(&codes, "*22");
    dial(&codes, "*20");
    let at_bob = answers(&bob);
    let first = alice.call("300", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    first.connected();
    at_bob.connected();
    talk(&first.sound, &at_bob.sound);
    let second = wait_in_queue(&carol);
    second.sound.await_prompt("queue-you_are_at_position");
    second.sound.await_prompt("say-1");
    second.sound.await_tone(MUSIC_HZ);
    at_bob.go();
    at_bob.finish();
    first.finish();
    talk_and_end(second, answers(&bob));
    server.quiet();
}

#[test]
fn the_exit_key_leaves_the_queue_while_the_agent_rings() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account(json!({})));
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    dial(&Phone::new(&server, "bob"), "*22");
    // Bob's supervisor logs him in.
    let path = format!("/v2/accounts/{ACCOUNT}/agents/bob/status");
    let login = json!({"data": {"status": "login"}}).to_string();
    let reply = server.http("POST", &path, Some(&server.token()), &login);
    assert_eq!(reply.json()["data"], json!({"status": "ready"}));
    let at_bob = bob.listen(Codec::Pcmu, &[Step::Ring, Step::AwaitCancel]);
    let calling = wait_in_queue(&alice);
    at_bob.await_received("INVITE");
    calling.sound.press("#");
    at_bob.finish();
    calling.finish();
    server.quiet();
}

#[test]
fn a_busy_extension_is_waited_for_and_both_are_rung() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account(json!({})));
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    let carol = Phone::new(&server, "carol").register();
    let at_bob = answers(&bob);
    let calling = carol.call("102", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    calling.connected();
    at_bob.connected();
    let camping = alice.call("*66102", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    camping.connected().sound.await_prompt("camper-queue");
    camping.finish();
    // Alice takes the call only when bob's telephone can be rung again.
    let back = alice.listen(Codec::Pcmu, &[Step::Ring, Step::Go, Step::Answer, Step::AwaitBye]);
    at_bob.go();
    at_bob.finish();
    calling.finish();
    back.await_received("INVITE");
    let at_bob = answers(&bob);
    back.go();
    back.connected();
    talk_and_end(back, at_bob);
    server.quiet();
}
