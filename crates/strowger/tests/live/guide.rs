//! The JSON examples of the "advanced callflow" guide, as they stand there, on real calls.
//!
//! Where the guide writes a placeholder address, the flow has the address of the test's own web server.

use std::time::Duration;

use serde_json::{Value, json};
use telephony::media::g711::Codec;

use crate::phone::{Phone, Step, missing};
use crate::server::{Account, Server};
use crate::sound::{Sound, prompt, share_of, wav};
use crate::web::{Page, Web};

fn flow(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Two phones with the guide's ids: `device_1_id` is bob's, `user_1_id` is carol.
fn account() -> Account {
    let device =
        |name: &str| json!({"name": name, "sip": {"username": name, "password": format!("{name}-secret")}});
    Account::new()
        .with_phone("alice")
        .with("devices", "device_id", device("bob"))
        .with("users", "user_id", json!({"username": "carol", "first_name": "Carol", "last_name": "Test"}))
        .with("devices", "carol-phone", {
            let mut carol = device("carol");
            carol["owner_id"] = json!("user_id");
            carol
        })
}

/// Both hear each other; then the caller hangs up.
fn connects(server: &Server, caller: &Phone, callee: &Phone, number: &str) {
    let answering = callee.listen(Codec::Pcmu, &[Step::Ring, Step::Answer, Step::AwaitBye]);
    let calling = caller.call(number, Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    calling.connected();
    answering.connected();
    talk(&calling.sound, &answering.sound);
    calling.go();
    calling.finish();
    answering.finish();
    server.quiet();
}

pub fn talk(a: &Sound, b: &Sound) {
    a.say(Some(440.0));
    b.say(Some(1_000.0));
    b.await_tone(440.0);
    a.await_tone(1_000.0);
}

#[test]
fn a_device_and_a_user_are_called() {
    if missing("sipp") {
        return;
    }
    let account = account()
        .with_flow("701", flow(r#"{"module":"device","data":{"id":"device_id"}}"#))
        .with_flow("702", flow(r#"{"module":"user","data":{"id":"user_id"}}"#));
    let server = Server::start(&account);
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    let carol = Phone::new(&server, "carol").register();
    connects(&server, &alice, &bob, "701");
    connects(&server, &alice, &carol, "702");
}

#[test]
fn a_ring_group_of_plain_ids_rings_devices_users_and_groups() {
    if missing("sipp") {
        return;
    }
    let phone =
        |name: &str| json!({"name": name, "sip": {"username": name, "password": format!("{name}-secret")}});
    let owned = |name: &str, owner: &str| {
        let mut device = phone(name);
        device["owner_id"] = json!(owner);
        device
    };
    let user = |name: &str| json!({"username": name, "first_name": name, "last_name": "Test"});
    let account = Account::new()
        .with_phone("alice")
        .with("devices", "device_1_id", phone("bob"))
        .with("devices", "device_2_id", phone("dora"))
        .with("users", "user_1_id", user("carol"))
        .with("users", "user_2_id", user("emil"))
        .with("devices", "carol-phone", owned("carol", "user_1_id"))
        .with("devices", "frank-phone", phone("frank"))
        .with("groups", "group_1_id", json!({"name": "G1", "endpoints": {"frank-phone": {"type": "device"}}}))
        .with("groups", "group_2_id", json!({"name": "G2", "endpoints": {}}))
        .with_flow(
            "703",
            flow(
                r#"{"module":"ring_group","data":{"endpoints":["device_1_id","device_2_id","user_1_id","user_2_id","group_1_id","group_2_id"]}}"#,
            ),
        );
    let server = Server::start(&account);
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    let carol = Phone::new(&server, "carol").register();
    let frank = Phone::new(&server, "frank").register();
    let gives_up = [Step::Ring, Step::AwaitCancel];
    let (at_bob, at_frank) = (bob.listen(Codec::Pcmu, &gives_up), frank.listen(Codec::Pcmu, &gives_up));
    let at_carol = carol.listen(Codec::Pcmu, &[Step::Ring, Step::Go, Step::Answer, Step::AwaitBye]);
    let calling = alice.call("703", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    for ringing in [&at_bob, &at_frank, &at_carol] {
        ringing.await_received("INVITE");
    }
    at_carol.go();
    calling.connected();
    at_carol.connected();
    talk(&calling.sound, &at_carol.sound);
    at_bob.finish();
    at_frank.finish();
    calling.go();
    calling.finish();
    at_carol.finish();
    server.quiet();
}

#[test]
fn numbers_outside_go_to_a_carrier_local_or_shared() {
    if missing("sipp") {
        return;
    }
    let port = crate::server::free_port();
    let carrier = |extra: Value| {
        let mut body = json!({"name": "carrier", "gateways": [{"server": "127.0.0.1", "port": port}]});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        body
    };
    let account = account()
        .with("resources", "local", carrier(json!({"rules": ["^\\+1\\d+$"]})))
        .with("resources", "shared", carrier(json!({"global": true, "rules": ["^\\+353\\d+$"]})))
        .with_flow(
            "704",
            flow(r#"{"module":"resources","data":{"to_did":"+35316877779","use_local_resources":false}}"#),
        )
        .with_flow(
            "705",
            flow(r#"{"module":"resources","data":{"to_did":"+135316877779","use_local_resources":true}}"#),
        );
    let server = Server::start(&account);
    let alice = Phone::new(&server, "alice").register();
    let carrier = Phone::at(&server, "carrier", port);
    for (number, dialled) in [("704", "+35316877779"), ("705", "+135316877779")] {
        let answering = carrier.listen(Codec::Pcmu, &[Step::Ring, Step::Answer, Step::AwaitBye]);
        let calling = alice.call(number, Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
        calling.connected();
        answering.connected();
        talk(&calling.sound, &answering.sound);
        assert!(
            answering.messages().contains(&format!("INVITE sip:{dialled}@127.0.0.1:{port}")),
            "{}",
            answering.messages()
        );
        calling.go();
        calling.finish();
        answering.finish();
    }
    server.quiet();
}

#[test]
fn digits_are_collected_and_sent_to_the_web_server_that_answers_in_words() {
    if missing("sipp") || missing("flite") {
        return;
    }
    let web = Web::start(|asked| {
        let digits = asked.parameter("Digits[custom_name]").unwrap_or_default();
        let said = format!("You typed {digits}");
        Page::json(&json!({"module": "tts", "data": {"text": said}, "children": {}}).to_string())
    });
    let collect = r#"{"module":"tts","data":{"text":"Please enter up to four digits."},"children":{"_":{"module":"collect_dtmf",
        "data":{"max_digits":4,"collection_name":"custom_name"},"children":{"_":{"module":"pivot",
        "data":{"voice_url":"http://pivot.your.company.com/collected.php"},"children":{}}}}}}"#;
    let collect = collect.replace("http://pivot.your.company.com", &web.url(""));
    let server = Server::start(&account().with_flow("706", flow(&collect)));
    let alice = Phone::new(&server, "alice").register();
    let calling = alice.call("706", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    calling.connected().sound.await_audio(Duration::from_millis(500));
    calling.sound.press("4711");
    let asked = web.await_asked("GET", "/collected.php");
    assert_eq!(asked.parameter("Digits[custom_name]").as_deref(), Some("4711"), "{asked:?}");
    assert_eq!(asked.parameter("Caller-ID-Number").as_deref(), Some("alice"));
    let call_id = calling.call_id();
    assert_eq!(asked.parameter("Call-ID").as_deref(), Some(call_id.as_str()));
    calling.finish();
    let trace = server.record_of(&call_id)["trace"].to_string();
    assert!(trace.contains("You typed 4711"), "{trace}");
}

#[test]
fn digits_are_sent_to_the_caller() {
    if missing("sipp") {
        return;
    }
    // The guide's two seconds for each digit.
    let text = r##"{"module":"send_dtmf","data":{"digits":"123ABC#","duration_ms":2000},"children":{}}"##;
    let server = Server::start(&account().with_flow("707", flow(text)));
    let alice = Phone::new(&server, "alice").register();
    // Nothing in the flow answers: the digits are early media, and the flow's end refuses the call.
    let calling = alice.call("707", Codec::Pcmu, &[Step::EarlyMedia, Step::Refused(480)]);
    calling.connected().sound.await_digits("123ABC#");
    calling.finish();
    server.quiet();
}

#[test]
fn a_refusal_is_announced_before_it_is_given() {
    if missing("sipp") {
        return;
    }
    let text = r#"{"module":"response","data":{"code":"486","message":"User Busy","media":"id_or_url"}}"#;
    let account = account().with_wav("id_or_url", &wav(&prompt("vm-goodbye"))).with_flow("708", flow(text));
    let server = Server::start(&account);
    let alice = Phone::new(&server, "alice").register();
    let calling = alice.call("708", Codec::Pcmu, &[Step::EarlyMedia, Step::Refused(486)]);
    calling.connected().sound.await_clips(&[("id_or_url", prompt("vm-goodbye"))]);
    assert!(calling.received("SIP/2.0 183"), "heard before the answer");
    calling.await_received("SIP/2.0 486 User Busy");
    calling.finish();
    server.quiet();
}

#[test]
fn a_recorded_call_is_sent_to_the_web_server() {
    if missing("sipp") {
        return;
    }
    let web = Web::start(|_| Page::Reply(200, "text/plain", Vec::new()));
    let text = r#"{"module":"record_call","data":{"action":"start","time_limit":1200,"format":"mp3",
        "url":"http://your.server.com/recordings"},
        "children":{"_":{"module":"user","data":{"id":"user_id"},
        "children":{"_":{"module":"record_call","data":{"action":"stop"}}}}}}"#;
    let text = text.replace("http://your.server.com", &web.url(""));
    let server = Server::start(&account().with_flow("709", flow(&text)));
    let alice = Phone::new(&server, "alice").register();
    let carol = Phone::new(&server, "carol").register();
    connects(&server, &alice, &carol, "709");
    let put = web.await_asked("PUT", "/recordings/call_recording_");
    assert!(put.target.ends_with(".wav"), "{}", put.target);
    assert!(put.head.to_ascii_lowercase().contains("content-type: audio/wav"), "{}", put.head);
    let audio = telephony::media::wav::read(&put.body).unwrap();
    for hz in [440.0, 1_000.0] {
        assert!(
            share_of(&audio, hz) > 0.15,
            "both sides are in the recording: {hz} {}",
            share_of(&audio, hz)
        );
    }
}

#[test]
fn a_recording_that_the_flow_stops_ends_at_the_stop() {
    if missing("sipp") {
        return;
    }
    let web = Web::start(|_| Page::Reply(200, "text/plain", Vec::new()));
    let text = r#"{"module":"record_call","data":{"action":"start","time_limit":1200,"format":"mp3",
        "url":"http://your.server.com/recordings"},
        "children":{"_":{"module":"user","data":{"id":"user_id"},
        "children":{"_":{"module":"record_call","data":{"action":"stop"}}}}}}"#;
    let text = text.replace("http://your.server.com", &web.url(""));
    // The guide's flow as it stands, reached by a caller who is answered already and stays after its end.
    let around =
        r#"{"module":"answer","data":{},"children":{"_":{"module":"callflow","data":{"id":"flow-709"}}}}"#;
    let account = account().with_flow("709", flow(&text)).with_flow("711", flow(around));
    let server = Server::start(&account);
    let alice = Phone::new(&server, "alice").register();
    let carol = Phone::new(&server, "carol").register();
    let refusing = carol.listen(Codec::Pcmu, &[Step::Ring, Step::Go, Step::Refuse(486)]);
    let calling = alice.call("711", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    refusing.await_received("INVITE");
    calling.connected().sound.say(Some(440.0));
    calling.sound.await_said(Duration::from_secs(2));
    refusing.go();
    let put = web.await_asked("PUT", "/recordings/call_recording_");
    let audio = telephony::media::wav::read(&put.body).unwrap();
    assert!(
        share_of(&audio, 440.0) > 0.4,
        "what the caller said until the stop: {}",
        share_of(&audio, 440.0)
    );
    let call_id = calling.call_id();
    calling.finish();
    refusing.finish();
    let trace = server.record_of(&call_id)["trace"].clone();
    let mut exits = trace.as_array().unwrap().iter().filter_map(|entry| entry["event"].get("exit"));
    let last = exits.next_back().unwrap();
    assert_eq!(
        (&last["pointer"], &last["module"], &last["taken"]),
        (&json!("/flow/children/_/children/_"), &json!("record_call"), &Value::Null),
        "the stop was carried out, and then the flow was over: {trace}"
    );
}

#[test]
fn plays_go_on_from_media_of_the_account_to_a_file_on_the_web() {
    if missing("sipp") {
        return;
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../telephony/tests/data/tone-1000hz.mp3");
    let file = std::fs::read(file).unwrap();
    let web = Web::start(move |_| Page::Reply(200, "audio/mpeg", file.clone()));
    let text = r#"{"module":"play","data":{"id":"media_id"},"children":{"_":{"module":"play",
        "data":{"id":"http://some.file.server/some/file.mp3"},"children":{}}}}"#;
    let text = text.replace("http://some.file.server", &web.url(""));
    let account = account().with_wav("media_id", &wav(&prompt("vm-enter_id"))).with_flow("710", flow(&text));
    let server = Server::start(&account);
    let alice = Phone::new(&server, "alice").register();
    let calling = alice.call("710", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    calling.connected().sound.await_clips(&[("media_id", prompt("vm-enter_id"))]);
    calling.sound.await_tone(1_000.0);
    assert_eq!(web.await_asked("GET", "/some/file.mp3").method, "GET");
    calling.finish();
    server.quiet();
}
