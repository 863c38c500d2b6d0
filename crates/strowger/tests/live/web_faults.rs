//! Whatever a flow's web server does wrong, the caller hears the next child and the trace says why.

use serde_json::json;
use telephony::media::g711::Codec;

use crate::phone::{Phone, Step, missing};
use crate::server::{Account, Server};
use crate::sound::prompt;
use crate::sound::wav;
use crate::web::{Page, Web};

/// Calls a number whose flow asks `url`, hears the next child, and gives the trace as text.
fn next_child_runs(server: &Server, alice: &Phone, number: &str) -> String {
    let caller = alice.call(number, Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    caller.connected().sound.await_clips(&[("fallback", prompt("vm-goodbye"))]);
    let call_id = caller.call_id();
    caller.finish();
    server.record_of(&call_id)["trace"].to_string()
}

fn asks(url: &str) -> serde_json::Value {
    json!({
        "module": "pivot",
        "data": {"voice_url": url, "req_timeout_ms": 2_000},
        "children": {"_": {"module": "play", "data": {"id": "fallback"}, "children": {}}},
    })
}

#[test]
fn a_web_server_that_misbehaves_never_costs_the_call() {
    if missing("sipp") {
        return;
    }
    let web = Web::start(|asked| match asked.target.split('?').next().unwrap_or_default() {
        "/silent" => Page::Silence,
        "/huge" => Page::Endless(100 << 20),
        "/loop" => Page::Redirect("/loop".to_owned()),
        "/words" => Page::json("{\"module\": \"play\", "),
        "/empty" => Page::json(""),
        "/error" => Page::Reply(500, "text/plain", b"out of order".to_vec()),
        _ => Page::Reply(404, "text/plain", Vec::new()),
    });
    // A port that only the system's own services may have, and that none of them has had for decades.
    let dead = "http://127.0.0.1:1/".to_owned();
    let faults = [
        ("501", web.url("/silent"), "(timeout)"),
        ("502", web.url("/huge"), "bytes"),
        ("503", web.url("/loop"), "redirects"),
        ("504", web.url("/words"), "JSON"),
        ("505", web.url("/empty"), ""),
        ("506", web.url("/error"), "500"),
        ("507", dead, "onnect"),
    ];
    let mut account = Account::new().with_phone("alice").with_wav("fallback", &wav(&prompt("vm-goodbye")));
    for (number, url, _) in &faults {
        account = account.with_flow(number, asks(url));
    }
    let server = Server::start(&account);
    let alice = Phone::new(&server, "alice").register();
    for (number, url, why) in &faults {
        let trace = next_child_runs(&server, &alice, number);
        assert!(trace.contains("EN3002"), "{url}: {trace}");
        assert!(trace.contains(why), "{url} should say {why}: {trace}");
    }
    server.quiet();
}

#[test]
fn private_addresses_are_refused_unless_the_operator_allows_them() {
    if missing("sipp") {
        return;
    }
    let web = Web::start(|_| Page::json("{\"module\": \"hangup\", \"data\": {}}"));
    let account = Account::new()
        .with_phone("alice")
        .with_wav("fallback", &wav(&prompt("vm-goodbye")))
        .with_flow("501", asks(&web.url("/flow")));
    let server = Server::start_with(&account, "");
    let alice = Phone::new(&server, "alice").register();
    let trace = next_child_runs(&server, &alice, "501");
    assert!(trace.contains("EN3002") && trace.contains("forbidden address"), "{trace}");
}
