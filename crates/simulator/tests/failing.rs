//! Scenarios that must fail, and what they say; a person at the keys.

#[allow(dead_code)]
mod support;

use std::path::Path;
use std::time::Duration;

use simulator::scenario::{CallSpec, setup};
use simulator::{Account, Report, Scenario, Session, World};

fn office() -> Account {
    support::account(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/accounts/office"))
}

fn report(text: &str) -> Report {
    let (scenarios, issues) = Scenario::read(text);
    assert!(issues.is_empty(), "{issues:?}");
    simulator::run(&scenarios[0], &office())
}

#[test]
fn each_expectation_that_does_not_hold_is_told() {
    let table = [
        ("ended: caller_hung_up", "ended"),
        ("cause: USER_BUSY", "cause"),
        ("answered: false", "answered"),
        ("status: 486", "status"),
        ("heard: [ prompt vm-saved ]", "heard"),
        ("heard_only: []", "heard_only"),
        ("not_heard: [ main-greeting ]", "not_heard"),
        ("phones_heard: { alice-phone: [ x ] }", "phones_heard alice-phone"),
        ("rung: [ bob-phone ]", "rung"),
        ("connected: [ bob-phone ]", "connected"),
        ("visited: [ menu ]", "visited"),
        ("exits: [ { module: play, key: \"1\" } ]", "exits"),
        ("flows: [ main ]", "flows"),
        ("notes: [ EN1001 ]", "notes"),
        ("messages: { alice-box: 1 }", "messages alice-box"),
        ("documents: { alice-box: { pin: \"9\" } }", "documents alice-box"),
        ("recordings: 1", "recordings"),
        ("requests: [ { method: GET } ]", "requests"),
        ("request_count: 1", "request_count"),
        ("published: [ x ]", "published"),
        ("sent: { caller: \"1\" }", "sent caller"),
        ("took: { max: 1s }", "took"),
    ];
    for (expected, about) in table {
        let report = report(&format!("{{ name: x, call: {{ to: \"130\" }}, expect: {{ {expected} }} }}"));
        let told: Vec<&str> = report.failures.iter().map(|failure| failure.about.as_str()).collect();
        assert_eq!(told, [about], "{expected}");
        assert!(!report.passed && !report.failures[0].trace.is_empty());
    }
}

#[test]
fn a_step_that_never_comes_fails() {
    let report = report("{ name: x, call: { to: \"130\" }, caller: [ { hear: something else } ] }");
    assert!(report.to_string().contains("caller still waited for: hear \"something else\""), "{report}");
}

#[test]
fn a_number_that_leads_nowhere_fails() {
    let report = report("{ name: x, call: { to: \"999\" } }");
    assert!(report.to_string().contains("only the catch-all answers 999"), "{report}");
}

#[test]
fn a_call_that_goes_on_for_ever_fails() {
    let text = "{ name: x, call: { to: \"130\" }, sound: { media main-greeting: 2h } }";
    assert!(report(text).to_string().contains("the call ends within 1h"), "{}", report(text));
}

#[test]
fn a_person_can_press_keys_step_by_step() {
    let world = World::new(office(), "2026-11-23T15:00:00Z".parse().unwrap());
    let spec = CallSpec { to: "100".to_owned(), ..CallSpec::default() };
    let setup = setup(&world, &spec, 1).unwrap();
    let mut session = Session::begin(world, setup, Vec::new());
    assert!(!session.press('9'), "keys before the answer are lost");
    session.advance_to(Duration::from_secs(1));
    assert_eq!(session.elapsed(), Duration::from_secs(1));
    assert!(session.drain().iter().any(|line| line.text == "caller hears media main-greeting"));
    assert!(session.press('9'));
    assert!(session.run(Duration::from_secs(10)));
    let rest = simulator::trace::render(&session.drain());
    assert!(rest.contains("caller presses 9") && rest.contains("goes to child 9"), "{rest}");
    assert!(session.drain().is_empty() && session.next_at().is_none());
    session.hang_up();
    assert!(!session.step());
}
