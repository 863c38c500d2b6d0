//! Calls that a web server leads by TwiML: digits, redirects, telephones, recordings, callbacks, and what became of it for
//! its author to read.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use telephony::media::g711::Codec;

use crate::guide::talk;
use crate::phone::{Phone, Step, missing};
use crate::server::{ACCOUNT, Account, Server};
use crate::sound::{prompt, wav};
use crate::web::{Page, Web};

fn xml(verbs: &str) -> Page {
    Page::Reply(200, "text/xml; charset=utf-8", format!("<Response>{verbs}</Response>").into_bytes())
}

fn account() -> Account {
    Account::new()
        .with_phone("alice")
        .with_phone("bob")
        .with_wav("greeting", &wav(&prompt("vm-enter_id")))
        .with_wav("thanks", &wav(&prompt("vm-goodbye")))
}

fn pivot(web: &Web, path: &str) -> Value {
    json!({
        "module": "pivot",
        "data": {
            "voice_url": web.url(path), "req_format": "twiml", "debug": true, "cdr_url": web.url("/ended"),
        },
        "children": {"_": {"module": "play", "data": {"id": "thanks"}, "children": {}}},
    })
}

/// What was kept of a call for debugging; an entry with this text must be there.
fn attempts(server: &Server, call_id: &str, text: &str) -> Vec<Value> {
    let told = server.get(&format!("/v2/accounts/{ACCOUNT}/pivot/debug/{call_id}"));
    assert!(told.to_string().contains(text), "{text} is missing: {told}");
    told["data"].as_array().unwrap().clone()
}

#[test]
fn a_web_server_leads_a_caller_to_a_telephone_and_is_told_the_end() {
    if missing("sipp") {
        return;
    }
    let refusals = AtomicU32::new(0);
    let web = Web::start(move |asked| match asked.target.split('?').next().unwrap_or_default() {
        "/start" => xml("<Gather numDigits='2' action='digits'><Play loop='9'>greeting</Play></Gather>"),
        "/digits" if asked.parameter("Digits").as_deref() == Some("42") => xml("<Redirect>/dial</Redirect>"),
        "/dial" => xml("<Dial action='/done' hangupOnStar='true'><Device>bob-phone</Device></Dial>"),
        "/done" => xml("<Play>thanks</Play>"),
        // A callback that is not taken is sent again.
        "/ended" if refusals.fetch_add(1, Ordering::Relaxed) == 0 => {
            Page::Reply(500, "text/plain", Vec::new())
        }
        "/ended" => Page::Reply(200, "text/plain", Vec::new()),
        _ => Page::Reply(404, "text/plain", Vec::new()),
    });
    let server = Server::start(&account().with_flow("800", pivot(&web, "/start")));
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();

    let callee = bob.listen(Codec::Pcmu, &[Step::Ring, Step::Answer, Step::AwaitBye]);
    let caller = alice.call("800", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    caller.connected().sound.await_clips(&[("greeting", prompt("vm-enter_id"))]);
    caller.sound.press("42");
    let asked = web.await_asked("POST", "/digits");
    let call_id = caller.call_id();
    assert_eq!(asked.parameter("CallSid").as_deref(), Some(call_id.as_str()), "{asked:?}");
    assert_eq!(asked.parameter("CallStatus").as_deref(), Some("in-progress"));

    callee.connected();
    talk(&caller.sound, &callee.sound);
    caller.sound.say(None);
    caller.sound.press("*");
    callee.finish();
    let done = web.await_asked("POST", "/done");
    assert_eq!(done.parameter("DialCallStatus").as_deref(), Some("completed"), "{done:?}");
    caller.sound.await_clips(&[("thanks", prompt("vm-goodbye"))]);
    caller.finish();
    let ended = web.await_times("POST", "/ended", 2);
    assert_eq!(ended.parameter("CallSid").as_deref(), Some(call_id.as_str()), "{ended:?}");
    assert_eq!(ended.parameter("CallStatus").as_deref(), Some("completed"));

    server.quiet();
    let told = attempts(&server, &call_id, "/digits");
    let of = |name: &str| told.iter().filter(|entry| !entry[name].is_null()).count();
    assert_eq!((of("req_body"), of("resp_body"), of("errors")), (4, 4, 0), "{told:?}");
    let rows = server.get(&format!("/v2/accounts/{ACCOUNT}/pivot/debug"));
    assert_eq!(
        (&rows["data"][0]["call_id"], &rows["data"][0]["status_code"]),
        (&json!(call_id), &json!(200))
    );
}

#[test]
fn a_document_that_breaks_off_is_told_and_the_next_child_runs() {
    if missing("sipp") {
        return;
    }
    let web = Web::start(|asked| match asked.target.split('?').next().unwrap_or_default() {
        "/verb" => xml("\n  <Play>greeting</Play>\n  <Sms>Hello</Sms>"),
        "/words" => Page::Reply(200, "text/xml", b"<Response><Say>Hello</Response>".to_vec()),
        _ => Page::Reply(200, "text/plain", Vec::new()),
    });
    let account = account().with_flow("801", pivot(&web, "/verb")).with_flow("802", pivot(&web, "/words"));
    let server = Server::start(&account);
    let alice = Phone::new(&server, "alice").register();
    for (number, code, why) in
        [("801", "EN3020", "line 3, column 3: <Sms>: there is no such verb"), ("802", "EN3002", "no XML")]
    {
        let caller = alice.call(number, Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
        caller.connected().sound.await_clips(&[("thanks", prompt("vm-goodbye"))]);
        let call_id = caller.call_id();
        caller.finish();
        let trace = server.record_of(&call_id)["trace"].to_string();
        assert!(trace.contains(code) && trace.contains(why), "{trace}");
        attempts(&server, &call_id, why);
    }
    server.quiet();
}

#[test]
fn what_a_caller_says_can_be_fetched_and_played() {
    if missing("sipp") {
        return;
    }
    let web = Web::start(|asked| match asked.target.split('?').next().unwrap_or_default() {
        "/start" => xml("<Record playBeep='false' finishOnKey='#' action='/recorded'/>"),
        "/recorded" => xml(&format!("<Play>{}</Play>", asked.parameter("RecordingSid").unwrap_or_default())),
        _ => Page::Reply(200, "text/plain", Vec::new()),
    });
    let server = Server::start(&account().with_flow("803", pivot(&web, "/start")));
    let alice = Phone::new(&server, "alice").register();
    let caller = alice.call("803", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    caller.connected().sound.say(Some(440.0));
    caller.sound.await_said(Duration::from_secs(2));
    caller.sound.say(None);
    caller.sound.press("#");
    let asked = web.await_asked("POST", "/recorded");
    caller.sound.await_tone(440.0);
    caller.finish();
    let url = asked.parameter("RecordingUrl").unwrap();
    let reply = server.http("GET", &url, Some(&server.token()), "");
    assert_eq!(reply.status, 200, "{url}: {}", reply.text());
    let samples = telephony::media::wav::read(&reply.body).unwrap();
    assert!(samples.len() > 8_000, "{} samples", samples.len());
    server.quiet();
}

#[test]
fn two_callers_meet_in_a_conference_and_one_leaves_it_by_a_key() {
    if missing("sipp") {
        return;
    }
    let web = Web::start(|asked| match asked.target.split('?').next().unwrap_or_default() {
        "/start" => {
            xml("<Dial hangupOn='#' action='/left'><Conference beep='false'>Monday</Conference></Dial>")
        }
        "/left" => xml("<Play>thanks</Play>"),
        _ => Page::Reply(200, "text/plain", Vec::new()),
    });
    let server = Server::start(&account().with_flow("804", pivot(&web, "/start")));
    let alice = Phone::new(&server, "alice").register();
    let bob = Phone::new(&server, "bob").register();
    let first = alice.call("804", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    first.connected();
    let second = bob.call("804", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    second.connected();
    talk(&first.sound, &second.sound);
    first.sound.say(None);
    first.sound.press("#");
    let asked = web.await_asked("POST", "/left");
    assert_eq!(asked.parameter("CallSid").as_deref(), Some(first.call_id().as_str()), "{asked:?}");
    assert_eq!(asked.parameter("DialCallStatus").as_deref(), Some("completed"));
    first.sound.await_clips(&[("thanks", prompt("vm-goodbye"))]);
    first.finish();
    second.go();
    second.finish();
    server.quiet();
}

#[test]
fn callbacks_reach_no_private_address_either() {
    if missing("sipp") {
        return;
    }
    let web = Web::start(|_| Page::Reply(200, "text/plain", Vec::new()));
    // A name is refused when it is looked up, an address as it stands.
    let mut flow = pivot(&web, "/start");
    flow["data"]["voice_url"] = json!(web.url("/start").replace("127.0.0.1", "localhost"));
    let server = Server::start_with(&account().with_flow("805", flow), "");
    let alice = Phone::new(&server, "alice").register();
    let caller = alice.call("805", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    caller.connected().sound.await_clips(&[("thanks", prompt("vm-goodbye"))]);
    let call_id = caller.call_id();
    caller.finish();
    let trace = server.record_of(&call_id)["trace"].to_string();
    for code in ["EN3002", "EN3005"] {
        assert!(trace.contains(code), "{code} is missing: {trace}");
    }
    assert!(trace.matches("forbidden address").count() >= 2, "{trace}");
}
