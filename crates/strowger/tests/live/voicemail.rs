//! Messages left for somebody who does not answer, and what survives a power cut.

use std::time::Duration;

use serde_json::json;
use telephony::media::g711::{Codec, SAMPLE_RATE};

use crate::phone::{Line, Phone, Step, missing};
use crate::server::{ACCOUNT, Account, Server, ask, wait_for};
use crate::sound::share_of;

const BOX: &str = "b0c50000000000000000000000000102";

/// Bob, who has a mailbox for when he does not answer within a second, and alice.
fn account() -> Account {
    let mailbox = json!({"name": "Bob's voicemail", "mailbox": "102", "owner_id": "bob", "require_pin": false,
                         "is_setup": true, "timezone": "UTC"});
    let message = json!({"module": "voicemail", "data": {"action": "compose", "id": BOX}, "children": {}});
    Account::new()
        .with_phone("alice")
        .with_phone("bob")
        .with("vmboxes", BOX, mailbox)
        .with_flow(
            "102",
            json!({"module": "user", "data": {"id": "bob", "timeout": 1}, "children": {"_": message}}),
        )
        .with_flow("103", message)
}

/// Says a tone after the prompt; gives the line while the message is being recorded.
fn begin_message(alice: &Phone, number: &str, hz: f32, steps: &[Step]) -> Line {
    let caller = alice.call(number, Codec::Pcmu, steps);
    caller.connected().sound.await_prompt("vm-record_message");
    caller.sound.say(Some(hz));
    caller.sound.await_said(Duration::from_secs(4));
    caller
}

#[test]
fn nobody_answers_so_the_caller_leaves_a_message() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account());
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    let callee = bob.listen(Codec::Pcmu, &[Step::Ring, Step::AwaitCancel]);
    let caller = begin_message(&alice, "102", 700.0, &[Step::Answered, Step::Go, Step::Bye]);
    callee.finish();
    caller.go();
    caller.finish();
    let message = wait_for("a message", || server.messages(BOX).into_iter().next());
    assert_eq!(
        (&message["folder"], &message["caller_id_number"]),
        (&json!("new"), &json!("alice")),
        "{message}"
    );
    let audio = server.message_audio(BOX, message["media_id"].as_str().unwrap());
    assert!(audio.len() > 3 * SAMPLE_RATE as usize, "{} samples", audio.len());
    // The first and last half second may have the beep and the end of the call in them.
    let middle = &audio[SAMPLE_RATE as usize / 2..audio.len() - SAMPLE_RATE as usize / 2];
    let share = share_of(middle, 700.0);
    assert!(share > 0.8, "the message is what was said: {share}");
    server.quiet();
}

#[test]
fn a_power_cut_during_a_message_loses_nothing_that_was_acknowledged() {
    if missing("sipp") {
        return;
    }
    let mut server = Server::start(&account());
    let alice = Phone::new(&server, "alice").register();
    let caller = begin_message(&alice, "103", 600.0, &[Step::Answered, Step::Go, Step::Bye]);
    caller.go();
    let first = caller.call_id();
    caller.finish();
    wait_for("the first message", || server.messages(BOX).into_iter().next());
    server.record_of(&first);

    let cut = begin_message(&alice, "103", 900.0, &[Step::Answered, Step::Go, Step::Bye]);
    // Saves at the same time: each that is acknowledged must be there afterwards.
    let token = server.token();
    let path = format!("/v2/accounts/{ACCOUNT}/callflows");
    let mut saved = Vec::new();
    for number in 0..20 {
        let body = json!({"data": {"numbers": [format!("8{number:02}")], "flow": {"module": "hangup", "data": {}, "children": {}}}});
        let reply = server.http("PUT", &path, Some(&token), &body.to_string());
        assert_eq!(reply.status, 201, "{}", reply.text());
        saved.push(reply.json()["data"]["id"].as_str().unwrap().to_owned());
    }
    server.kill_and_restart();
    drop(cut);

    let messages = server.messages(BOX);
    assert!(!messages.is_empty(), "the first message is there");
    let audio = server.message_audio(BOX, messages.last().unwrap()["media_id"].as_str().unwrap());
    assert!(share_of(&audio[SAMPLE_RATE as usize..2 * SAMPLE_RATE as usize], 600.0) > 0.8);
    server.record_of(&first);
    for id in &saved {
        server.get(&format!("{path}/{id}"));
    }
    // And it takes calls as before.
    let alice = alice.register();
    let caller = begin_message(&alice, "103", 500.0, &[Step::Answered, Step::Go, Step::Bye]);
    caller.go();
    caller.finish();
    let before = messages.len();
    wait_for("another message", || (server.messages(BOX).len() > before).then_some(()));
}

#[test]
fn a_power_cut_among_saves_loses_none_that_was_acknowledged() {
    let mut server = Server::start(&account());
    let path = format!("/v2/accounts/{ACCOUNT}/callflows");
    let mut acknowledged: Vec<(String, String)> = Vec::new();
    for round in 0..4_u64 {
        let token = server.token();
        let (said, saves) = std::sync::mpsc::channel();
        let savers: Vec<_> = (0..3)
            .map(|saver| {
                let (http, token, path, said) =
                    (server.http.clone(), token.clone(), path.clone(), said.clone());
                std::thread::spawn(move || {
                    for number in 0.. {
                        let number = format!("9{round}{saver}{number:04}");
                        let body = json!({"data": {"numbers": [number],
                            "flow": {"module": "hangup", "data": {}, "children": {}}}});
                        // The cut ends the connection: what was not answered was not acknowledged.
                        let Ok(reply) = ask(&http, "PUT", &path, Some(&token), &body.to_string()) else {
                            return;
                        };
                        match reply.status {
                            201 => said
                                .send((reply.json()["data"]["id"].as_str().unwrap().to_owned(), number))
                                .unwrap(),
                            429 => std::thread::sleep(Duration::from_millis(50)),
                            status => panic!("{status}: {}", reply.text()),
                        }
                    }
                })
            })
            .collect();
        drop(said);
        // The cut comes while all are saving, each round at another point.
        for _ in 0..5 + 7 * round {
            acknowledged.push(saves.recv().unwrap());
        }
        server.kill_and_restart();
        acknowledged.extend(saves.iter());
        for saver in savers {
            saver.join().unwrap();
        }
        for (id, number) in &acknowledged {
            let found = server.get(&format!("{path}/{id}"));
            assert_eq!(found["data"]["numbers"], json!([number]));
        }
    }
    assert!(acknowledged.len() >= 62, "{}", acknowledged.len());
}
