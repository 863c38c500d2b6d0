//! Registration and proving who one is.

use std::time::Duration;

use telephony::sip::leg::{Effect, FlowId, Identity, Input, LegEvent, LegKey, RefusedBy};

use crate::bench::{Bench, Caller, PHONE, PHONE2, Phone, address, dial_101};

const AOR: &str = "101@pbx.example";

fn contacts(bench: &Bench) -> Vec<String> {
    bench.core.registrar().contacts(AOR, bench.now).iter().map(|contact| contact.uri.clone()).collect()
}

#[test]
fn a_phone_registers_refreshes_and_leaves() {
    let mut bench = Bench::new();
    let mut phone = Phone::new("101", PHONE);
    bench.packet(PHONE, &phone.register(None, 600));
    let challenge = bench.one();
    assert!(challenge.is("SIP/2.0 401 "));
    assert_eq!(challenge.to.to_string(), PHONE, "rport");
    assert!(challenge.header("Via").unwrap().contains("received=203.0.113.20"));
    assert!(challenge.text.contains("algorithm=MD5") && !challenge.text.contains("algorithm=SHA-256"));
    let value = phone.answer(&challenge, &mut bench.random);
    let request = phone.register(Some(&value), 600);
    bench.packet(PHONE, &request);
    let ok = bench.one();
    assert!(ok.is("SIP/2.0 200 "), "{}", ok.text);
    assert_eq!(ok.header("Contact").unwrap(), "<sip:101@203.0.113.20:5062>;expires=600");
    match bench.other.as_slice() {
        [Effect::Registered(registration)] => {
            assert_eq!((registration.aor.as_str(), registration.device_id.as_str()), (AOR, "dev101"));
        }
        other => panic!("{other:?}"),
    }
    bench.packet(PHONE, &request);
    assert_eq!(bench.one().text, ok.text, "a retransmission is answered the same");

    bench.pass(Duration::from_secs(250));
    let value = phone.again(&mut bench.random);
    bench.packet(PHONE, &phone.register(Some(&value), 600));
    assert!(bench.one().is("SIP/2.0 200 "));
    assert_eq!(contacts(&bench).len(), 1);
    let value = phone.again(&mut bench.random);
    bench.other.clear();
    bench.packet(PHONE, &phone.register(Some(&value), 0));
    let gone = bench.one();
    assert!(gone.is("SIP/2.0 200 ") && gone.header("Contact").is_none());
    assert!(matches!(bench.other.as_slice(), [Effect::Unregistered { expired: false, .. }]));
}

#[test]
fn a_registration_runs_out() {
    let mut bench = Bench::new();
    bench.register("101", PHONE);
    bench.other.clear();
    bench.pass(Duration::from_secs(3599));
    assert_eq!(contacts(&bench).len(), 1);
    bench.pass(Duration::from_secs(2));
    assert!(matches!(bench.other.as_slice(), [Effect::Unregistered { expired: true, .. }]));
    assert_eq!(bench.core.load().registrations, 0);
}

#[test]
fn wrong_password_unknown_user_and_unknown_realm() {
    let mut bench = Bench::new();
    let mut wrong = Phone::with_password("101", PHONE, "guess");
    let mut unknown = Phone::new("999", PHONE);
    let mut answers = Vec::new();
    for phone in [&mut wrong, &mut unknown] {
        bench.packet(PHONE, &phone.register(None, 600));
        let challenge = bench.one();
        let value = phone.answer(&challenge, &mut bench.random);
        bench.packet(PHONE, &phone.register(Some(&value), 600));
        let again = bench.one();
        assert!(again.header("WWW-Authenticate").is_some_and(|value| !value.contains("stale")));
        answers.push(again.first_line().to_owned());
    }
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0].starts_with("SIP/2.0 401 "));
    let request = Phone::new("102", PHONE).register(None, 600).replace("pbx.example", "other.example");
    bench.packet(PHONE, &request);
    assert!(bench.one().is("SIP/2.0 403 "));
    assert!(contacts(&bench).is_empty());
}

#[test]
fn credentials_replayed_or_old_are_stale() {
    let mut bench = Bench::new();
    let mut phone = Phone::new("101", PHONE);
    bench.packet(PHONE, &phone.register(None, 600));
    let challenge = bench.one();
    let value = phone.answer(&challenge, &mut bench.random);
    bench.packet(PHONE, &phone.register(Some(&value), 600));
    bench.take();
    bench.packet(PHONE, &phone.register(Some(&value), 600));
    assert!(bench.one().text.contains("stale=true"), "the same counter twice");
    let value = phone.again(&mut bench.random);
    bench.pass(Duration::from_secs(301));
    bench.packet(PHONE, &phone.register(Some(&value), 600));
    assert!(bench.last("SIP/2.0 401").text.contains("stale=true"), "too old");
}

#[test]
fn a_device_registers_itself_only_and_a_disabled_one_not_at_all() {
    let mut bench = Bench::new();
    let mut phone = Phone::new("102", PHONE);
    bench.packet(PHONE, &phone.register(None, 600));
    let challenge = bench.one();
    let value = phone.answer(&challenge, &mut bench.random);
    let request = phone.register(Some(&value), 600).replace("To: <sip:102@", "To: <sip:101@");
    bench.packet(PHONE, &request);
    assert!(bench.one().is("SIP/2.0 403 "));
    let mut off = Phone::new("109", PHONE);
    bench.packet(PHONE, &off.register(None, 600));
    let challenge = bench.one();
    let value = off.answer(&challenge, &mut bench.random);
    bench.packet(PHONE, &off.register(Some(&value), 600));
    assert!(bench.one().is("SIP/2.0 403 "));
}

/// Register once with the given lines after a fresh challenge.
fn register_with(bench: &mut Bench, phone: &mut Phone, lines: &str) -> String {
    bench.packet(PHONE, &phone.register_with(None, lines));
    let challenge = bench.last("SIP/2.0 401");
    let value = phone.answer(&challenge, &mut bench.random);
    bench.packet(PHONE, &phone.register_with(Some(&value), lines));
    bench.last("SIP/2.0 ").text
}

#[test]
fn contacts_are_several_bounded_and_removed_by_a_star() {
    let mut bench = Bench::with(|config| config.limits.max_contacts = 3);
    let mut phone = Phone::new("101", PHONE);
    let two = "Contact: <sip:101@10.0.0.1>;q=0.5, <sip:101@10.0.0.2>;expires=60\r\n";
    let ok = register_with(&mut bench, &mut phone, two);
    assert!(ok.contains("<sip:101@10.0.0.2>;expires=60"), "{ok}");
    assert_eq!(contacts(&bench), ["sip:101@10.0.0.2", "sip:101@10.0.0.1"], "by preference");
    let more = "Contact: <sip:101@10.0.0.3>\r\nContact: <sip:101@10.0.0.4>\r\n";
    register_with(&mut bench, &mut phone, more);
    assert_eq!(contacts(&bench).len(), 3);
    assert!(register_with(&mut bench, &mut phone, "Contact: *\r\n").starts_with("SIP/2.0 400 "));
    assert!(
        register_with(&mut bench, &mut phone, "Contact: <sip:a@b>;expires=5\r\n").starts_with("SIP/2.0 423 ")
    );
    assert!(register_with(&mut bench, &mut phone, "Contact: <junk>\r\n").starts_with("SIP/2.0 400 "));
    assert_eq!(contacts(&bench).len(), 3);
    assert!(register_with(&mut bench, &mut phone, "").contains("10.0.0.4"), "a query changes nothing");
    assert!(
        register_with(&mut bench, &mut phone, "Contact: *\r\nExpires: 0\r\n").starts_with("SIP/2.0 200 ")
    );
    assert!(contacts(&bench).is_empty());
}

#[test]
fn an_older_cseq_of_the_same_call_id_is_refused() {
    let mut bench = Bench::new();
    let mut phone = Phone::new("101", PHONE);
    register_with(&mut bench, &mut phone, "Contact: <sip:101@10.0.0.1>\r\n");
    phone.cseq -= 2;
    let late = register_with(&mut bench, &mut phone, "Contact: <sip:101@10.0.0.1>\r\nX: 1\r\n");
    assert!(late.starts_with("SIP/2.0 200 ") || late.starts_with("SIP/2.0 500 "));
}

#[test]
fn registrations_survive_a_restart() {
    let mut bench = Bench::new();
    bench.register("101", PHONE);
    bench.register("101", PHONE2);
    let saved = bench.core.registrar().export(bench.now);
    let text = serde_json::to_string(&saved).unwrap();
    let mut next = Bench::new();
    let now = next.now;
    let away = Duration::from_secs(3000);
    next.core.registrar_mut().import(now, away, serde_json::from_str(&text).unwrap());
    assert_eq!(contacts(&next).len(), 2);
    next.pass(Duration::from_secs(601));
    assert!(contacts(&next).is_empty(), "the time away counts");
}

#[test]
fn a_phone_proves_itself_to_call() {
    let mut bench = Bench::new();
    let mut peer = Caller::new("p");
    peer.from = "<sip:101@pbx.example>;tag=1".into();
    peer.to = "<sip:200@pbx.example>".into();
    peer.target = "sip:200@pbx.example".into();
    bench.packet(PHONE, &peer.invite(""));
    let challenge = bench.one();
    assert!(challenge.is("SIP/2.0 407 "));
    bench.packet(PHONE, &peer.ack_refusal(&challenge));
    assert_eq!(bench.core.load(), Default::default(), "a challenge costs no memory");
    let mut phone = Phone::new("101", PHONE);
    let value = challenge.header("Proxy-Authenticate").unwrap();
    phone.client.challenged(std::iter::once(value.as_str()), true);
    let (_, value) = phone.client.header("INVITE", "sip:200@pbx.example", &mut bench.random).unwrap();
    peer.cseq = 2;
    peer.branch = "z9hG4bKp2".into();
    bench.packet(PHONE, &peer.invite(&format!("Proxy-Authorization: {value}\r\n")));
    let (_, incoming) = bench.invited();
    let expected = Identity::Device {
        account_id: "acc".into(),
        device_id: "dev101".into(),
        username: "101".into(),
        realm: "pbx.example".into(),
    };
    assert_eq!(incoming.identity, expected);
}

#[test]
fn a_stranger_with_an_unknown_realm_gets_404() {
    let mut bench = Bench::new();
    let mut peer = Caller::new("p");
    peer.target = "sip:200@nowhere.example".into();
    bench.packet(PHONE, &peer.invite(""));
    assert!(bench.one().is("SIP/2.0 404 "));
}

#[test]
fn a_phone_on_a_connection_is_called_through_it_and_gone_with_it() {
    let mut bench = Bench::with(|config| config.tcp = Some(address("192.0.2.1:5060")));
    let flow = FlowId::accepted(7);
    let mut phone = Phone::new("101", PHONE);
    let text = phone.register(None, 600);
    bench.input(Input::Packet { raw: text.as_bytes(), flow, from: address(PHONE) });
    let challenge = bench.one();
    let value = phone.answer(&challenge, &mut bench.random);
    let text = phone.register(Some(&value), 600);
    bench.input(Input::Packet { raw: text.as_bytes(), flow, from: address(PHONE) });
    assert!(bench.one().is("SIP/2.0 200 "));
    assert!(bench.core.registrar().export(bench.now).is_empty(), "a connection does not survive a restart");
    bench.command(LegKey::dialled(1), dial_101());
    let invite = bench.one();
    assert!(invite.header("Via").unwrap().starts_with("SIP/2.0/TCP "));
    assert!(invite.header("Contact").unwrap().contains("transport=tcp"));
    bench.pass_ms(2_000);
    assert!(bench.take().is_empty(), "nothing is repeated on a connection");
    bench.other.clear();
    bench.input(Input::FlowClosed(flow));
    assert!(matches!(bench.event(), LegEvent::Refused { status: 503, by: RefusedBy::Transport, .. }));
    assert!(matches!(bench.other.as_slice(), [Effect::Unregistered { .. }]));
    assert!(contacts(&bench).is_empty());
    assert_eq!(bench.core.load(), Default::default());
}

#[test]
fn credentials_without_qop_are_taken_only_when_allowed() {
    for allowed in [false, true] {
        let mut bench = Bench::with(|config| config.digest.accept_without_qop = allowed);
        let mut phone = Phone::new("101", PHONE);
        bench.packet(PHONE, &phone.register(None, 600));
        let challenge = bench.one().header("WWW-Authenticate").unwrap().replace(", qop=\"auth\"", "");
        phone.client.challenged(std::iter::once(challenge.as_str()), false);
        let value = phone.again(&mut bench.random);
        assert!(!value.contains("qop"));
        bench.packet(PHONE, &phone.register(Some(&value), 600));
        assert_eq!(bench.one().is("SIP/2.0 200 "), allowed);
    }
}
