//! Scripts on real calls: in processes of their own, which are ended when one takes too long.

use serde_json::{Value, json};
use telephony::media::g711::Codec;

use crate::phone::{Phone, Step, missing};
use crate::server::{Account, Server};
use crate::sound::{prompt, wav};

fn function(source: &str) -> Value {
    json!({"name": "A script", "function_js": source})
}

#[test]
fn a_script_chooses_the_child_by_the_caller() {
    if missing("sipp") {
        return;
    }
    let play = |id: &str| json!({"module": "play", "data": {"id": id}, "children": {}});
    let flow = json!({
        "module": "function", "data": {"id": "choose"},
        "children": {"known": {"module": "function", "data": {"id": "flow"}, "children": {"_": play("after")}}, "_": play("wrong")},
    });
    let account = Account::new()
        .with_phone("alice")
        .with(
            "functions",
            "choose",
            function("function main(call) { return call.caller.number === 'alice' ? 'known' : null; }"),
        )
        .with("functions", "flow", function("() => ({module: 'play', data: {id: 'first'}, children: {}})"))
        .with_wav("first", &wav(&prompt("vm-enter_id")))
        .with_wav("after", &wav(&prompt("vm-enter_pass")))
        .with_wav("wrong", &wav(&prompt("vm-abort")))
        .with_flow("600", flow);
    let server = Server::start(&account);
    let alice = Phone::new(&server, "alice").register();
    let line = alice.call("600", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    line.connected()
        .sound
        .await_clips(&[("first", prompt("vm-enter_id")), ("after", prompt("vm-enter_pass"))]);
    line.finish();
    server.quiet();
}

#[test]
fn scripts_that_do_not_end_are_ended_and_the_caller_goes_on() {
    if missing("sipp") {
        return;
    }
    let play = json!({"module": "play", "data": {"id": "greeting"}, "children": {}});
    let run =
        |id: &str, then: Value| json!({"module": "function", "data": {"id": id}, "children": {"_": then}});
    let account = Account::new()
        .with_phone("alice")
        .with("functions", "endless", function("function main() { for (;;) {} }"))
        // One step of the interpreter that takes minutes: fuel does not count it, the clock does.
        .with(
            "functions",
            "long",
            function("function main() { const a = 'a'.repeat(2000000); return a.indexOf('a'.repeat(1000000) + 'b') + a.lastIndexOf('b' + 'a'.repeat(1000000)); }"),
        )
        .with_wav("greeting", &wav(&prompt("vm-enter_id")))
        .with_flow("600", run("endless", run("long", run("endless", play))));
    let server = Server::start(&account);
    let alice = Phone::new(&server, "alice").register();
    let line = alice.call("600", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    line.connected().sound.await_clips(&[("greeting", prompt("vm-enter_id"))]);
    let call_id = line.call_id();
    line.finish();
    let trace = server.record_of(&call_id)["trace"].to_string();
    assert_eq!(trace.matches("EN2052").count(), 3, "{trace}");
    assert!(trace.contains("too many steps") && trace.contains("longer than 2000 ms"), "{trace}");
    server.quiet();
}
