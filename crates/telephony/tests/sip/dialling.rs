//! Calls that we make.

use std::time::Duration;

use telephony::sip::digest::Credentials;
use telephony::sip::leg::{Ended, LegCommand, LegEvent, LegKey, RefusedBy};

use crate::bench::{Bench, PHONE, PHONE2, SDP, Sent, TRUNK, dial_101, dial_uri};

const CARRIER: &str = "sip:+1555@198.51.100.10:5060";

fn leg() -> LegKey {
    LegKey::dialled(1)
}

fn contact() -> &'static str {
    "Contact: <sip:gw@198.51.100.10:5060>\r\n"
}

/// An INVITE to the carrier under way.
fn dialled() -> (Bench, Sent) {
    let mut bench = Bench::new();
    bench.command(leg(), dial_uri(CARRIER, None));
    let invite = bench.one();
    (bench, invite)
}

#[test]
fn a_call_rings_is_answered_and_ended_by_us() {
    let (mut bench, invite) = dialled();
    assert!(invite.is("INVITE sip:+1555@198.51.100.10:5060 SIP/2.0\r\n"), "{}", invite.text);
    assert_eq!(invite.to.to_string(), TRUNK);
    assert_eq!(invite.header("Evil"), None, "no header may be smuggled in");
    assert_eq!(invite.header("X-Test").unwrap(), "1  Evil: 1");
    bench.packet(TRUNK, &invite.reply(100, "", "", ""));
    bench.packet(TRUNK, &invite.reply(180, "t1", contact(), ""));
    assert_eq!(bench.event(), LegEvent::Ringing);
    bench.packet(TRUNK, &invite.reply(180, "t1", contact(), ""));
    bench.packet(TRUNK, &invite.reply(183, "t1", contact(), SDP));
    assert_eq!(bench.event(), LegEvent::Early(SDP.into()));
    bench.pass_ms(20_000);
    assert!(bench.take().is_empty(), "no retransmission once it rings");
    let ok = invite.reply(200, "t1", contact(), SDP);
    bench.packet(TRUNK, &ok);
    let answered = LegEvent::Answered { sdp: SDP.into(), contact: "sip:gw@198.51.100.10:5060".into() };
    assert_eq!(bench.event(), answered);
    let ack = bench.one();
    assert!(ack.is("ACK sip:gw@198.51.100.10:5060 ") && ack.header("CSeq").unwrap() == "1 ACK");
    bench.packet(TRUNK, &ok);
    assert_eq!(bench.one().text, ack.text, "a repeated 200 is acknowledged again");
    bench.command(leg(), LegCommand::Bye { reason: None });
    let bye = bench.one();
    assert_eq!(bye.header("CSeq").unwrap(), "2 BYE");
    assert!(bye.header("To").unwrap().ends_with(";tag=t1"));
    bench.packet(TRUNK, &bye.reply(200, "", "", ""));
    assert_eq!(bench.event(), LegEvent::Gone(Ended::ByUs));
    bench.pass_ms(40_000);
    assert_eq!(bench.core.load(), Default::default());
}

#[test]
fn a_refusal_is_acknowledged_and_reported() {
    let (mut bench, invite) = dialled();
    let busy = invite.reply(486, "t1", "", "");
    bench.packet(TRUNK, &busy);
    let ack = bench.one();
    assert!(ack.is("ACK sip:+1555@198.51.100.10:5060 "));
    assert_eq!(ack.header("Via"), invite.header("Via"));
    assert!(ack.header("To").unwrap().ends_with(";tag=t1"));
    let refused = LegEvent::Refused { status: 486, reason: "Whatever".into(), by: RefusedBy::Peer };
    assert_eq!(bench.event(), refused);
    bench.packet(TRUNK, &busy);
    assert_eq!(bench.one().text, ack.text);
    bench.pass_ms(40_000);
    assert_eq!(bench.core.load(), Default::default());
}

#[test]
fn an_invite_nobody_answers_is_repeated_and_times_out() {
    let (mut bench, invite) = dialled();
    bench.pass_ms(31_999);
    // 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s.
    let sent = bench.take();
    assert_eq!(sent.len(), 6);
    assert!(sent.iter().all(|sent| sent.text == invite.text));
    bench.pass_ms(1);
    assert!(matches!(bench.event(), LegEvent::Refused { status: 408, by: RefusedBy::Timeout, .. }));
    bench.pass_ms(1_000);
    assert_eq!(bench.core.load(), Default::default());
}

#[test]
fn a_call_given_up_before_any_response_is_cancelled_with_the_first() {
    let (mut bench, invite) = dialled();
    bench.command(leg(), LegCommand::Cancel);
    assert!(matches!(bench.event(), LegEvent::Refused { status: 487, by: RefusedBy::Cancelled, .. }));
    assert!(bench.take().is_empty(), "RFC 3261 section 9.1: not before a provisional response");
    bench.packet(TRUNK, &invite.reply(180, "t1", contact(), ""));
    let cancel = bench.one();
    assert!(cancel.is("CANCEL ") && cancel.header("CSeq").unwrap() == "1 CANCEL");
    assert_eq!(cancel.header("Via"), invite.header("Via"));
    assert_eq!(cancel.header("To"), invite.header("To"));
    bench.packet(TRUNK, &cancel.reply(200, "t1", "", ""));
    bench.packet(TRUNK, &invite.reply(487, "t1", "", ""));
    assert!(bench.one().is("ACK "));
    assert!(bench.events().is_empty());
    bench.pass_ms(40_000);
    assert_eq!(bench.core.load(), Default::default());
}

#[test]
fn an_answer_that_crosses_our_cancel_is_hung_up() {
    let (mut bench, invite) = dialled();
    bench.packet(TRUNK, &invite.reply(180, "t1", contact(), ""));
    bench.command(leg(), LegCommand::Bye { reason: None });
    assert!(bench.one().is("CANCEL "));
    bench.events();
    bench.packet(TRUNK, &invite.reply(200, "t1", contact(), SDP));
    let sent = bench.take();
    assert_eq!(sent.len(), 2);
    assert!(sent[0].is("ACK ") && sent[1].is("BYE "));
    assert!(bench.events().is_empty());
    bench.packet(TRUNK, &sent[1].reply(200, "", "", ""));
    bench.pass_ms(700_000);
    assert_eq!(bench.core.load(), Default::default());
}

#[test]
fn a_cancel_whose_invite_never_ends_is_forgotten() {
    let (mut bench, invite) = dialled();
    bench.packet(TRUNK, &invite.reply(180, "t1", contact(), ""));
    bench.command(leg(), LegCommand::Cancel);
    let cancel = bench.last("CANCEL");
    bench.packet(TRUNK, &cancel.reply(200, "t1", "", ""));
    bench.pass_ms(33_000);
    assert_eq!(bench.core.load().legs, 0);
}

fn two_phones() -> (Bench, Sent, Sent) {
    let mut bench = Bench::new();
    bench.register("101", PHONE);
    bench.register("101", PHONE2);
    bench.command(leg(), dial_101());
    let sent = bench.take();
    assert_eq!(sent.len(), 2);
    let at = |address: &str| sent.iter().find(|sent| sent.to.to_string() == address).unwrap().clone();
    let (one, two) = (at(PHONE), at(PHONE2));
    (bench, one, two)
}

#[test]
fn of_two_contacts_the_first_to_answer_wins_and_the_other_is_cancelled() {
    let (mut bench, one, two) = two_phones();
    assert!(one.is("INVITE sip:101@203.0.113.20:5062 "));
    assert_ne!(one.header("Call-ID"), two.header("Call-ID"));
    bench.packet(PHONE, &one.reply(180, "a", "", ""));
    bench.packet(PHONE2, &two.reply(180, "b", "", ""));
    assert_eq!(bench.event(), LegEvent::Ringing, "once");
    bench.packet(PHONE2, &two.reply(200, "b", "Contact: <sip:101@10.9.9.9>\r\n", SDP));
    assert!(matches!(bench.event(), LegEvent::Answered { .. }));
    let sent = bench.take();
    let ack = sent.iter().find(|sent| sent.is("ACK ")).unwrap();
    assert_eq!(ack.to.to_string(), PHONE2, "to where it registered from, not to its contact");
    let cancel = sent.iter().find(|sent| sent.is("CANCEL ")).unwrap();
    assert!(cancel.to.to_string() == PHONE && cancel.header("Reason").unwrap().contains("cause=200"));
    bench.packet(PHONE, &cancel.reply(200, "a", "", ""));
    bench.packet(PHONE, &one.reply(487, "a", "", ""));
    assert!(bench.last("ACK").to.to_string() == PHONE);
    assert!(bench.events().is_empty());
}

#[test]
fn two_answers_at_once_leave_one_call() {
    let (mut bench, one, two) = two_phones();
    bench.packet(PHONE, &one.reply(200, "a", "", SDP));
    bench.events();
    bench.take();
    bench.packet(PHONE2, &two.reply(200, "b", "", SDP));
    let sent = bench.take();
    assert_eq!(sent.len(), 2);
    assert!(sent[0].is("ACK ") && sent[1].is("BYE ") && sent[1].to.to_string() == PHONE2);
    assert!(bench.events().is_empty());
}

#[test]
fn an_answer_from_a_second_branch_behind_a_proxy_is_hung_up() {
    let (mut bench, invite) = dialled();
    bench.packet(TRUNK, &invite.reply(200, "t1", contact(), SDP));
    bench.take();
    bench.packet(TRUNK, &invite.reply(200, "t2", contact(), SDP));
    let sent = bench.take();
    assert!(sent[0].is("ACK ") && sent[0].header("To").unwrap().ends_with("t2"));
    assert!(sent[1].is("BYE ") && sent[1].header("To").unwrap().ends_with("t2"));
}

#[test]
fn when_all_contacts_refuse_busy_speaks_for_them() {
    let (mut bench, one, two) = two_phones();
    bench.packet(PHONE, &one.reply(480, "a", "", ""));
    assert!(bench.events().is_empty());
    bench.packet(PHONE2, &two.reply(486, "b", "", ""));
    assert!(matches!(bench.event(), LegEvent::Refused { status: 486, .. }));
}

#[test]
fn a_decline_everywhere_stops_the_others() {
    let (mut bench, one, two) = two_phones();
    bench.packet(PHONE, &one.reply(180, "a", "", ""));
    bench.events();
    bench.packet(PHONE2, &two.reply(603, "b", "", ""));
    assert!(bench.take().iter().any(|sent| sent.is("CANCEL ")));
    bench.packet(PHONE, &one.reply(487, "a", "", ""));
    assert!(matches!(bench.event(), LegEvent::Refused { status: 603, .. }));
}

#[test]
fn nobody_registered_and_no_address() {
    let mut bench = Bench::new();
    bench.command(leg(), dial_101());
    assert!(matches!(bench.event(), LegEvent::Refused { status: 480, by: RefusedBy::NotRegistered, .. }));
    bench.command(leg(), dial_uri("sip:x@carrier.example", None));
    assert!(matches!(bench.event(), LegEvent::Refused { status: 404, by: RefusedBy::NoRoute, .. }));
    assert_eq!(bench.core.load(), Default::default());
}

#[test]
fn a_challenge_is_answered_once() {
    let mut bench = Bench::new();
    let credentials = Credentials { username: "u".into(), password: "p".into() };
    bench.command(leg(), dial_uri(CARRIER, Some(credentials)));
    let first = bench.one();
    assert_eq!(first.header("Proxy-Authorization"), None);
    let challenge = "Proxy-Authenticate: Digest realm=\"c\", nonce=\"n1\", qop=\"auth\", algorithm=MD5\r\n";
    bench.packet(TRUNK, &first.reply(407, "t", challenge, ""));
    let sent = bench.take();
    assert!(sent[0].is("ACK ") && sent[1].is("INVITE "));
    let second = &sent[1];
    assert_eq!(second.header("CSeq").unwrap(), "2 INVITE");
    assert_eq!(second.header("Call-ID"), first.header("Call-ID"));
    let value = second.header("Proxy-Authorization").unwrap();
    assert!(value.contains("username=\"u\"") && value.contains("nc=00000001"), "{value}");
    bench.packet(TRUNK, &second.reply(407, "t", challenge, ""));
    assert!(matches!(bench.event(), LegEvent::Refused { status: 407, .. }), "wrong credentials");
}

#[test]
fn a_redirect_tells_where_to() {
    let (mut bench, invite) = dialled();
    bench.packet(TRUNK, &invite.reply(302, "t", "Contact: <sip:77@h>\r\n", ""));
    let refused = LegEvent::Refused { status: 302, reason: "sip:77@h".into(), by: RefusedBy::Peer };
    assert_eq!(bench.event(), refused);
}

#[test]
fn reliable_provisionals_are_acknowledged_once_and_in_order() {
    let (mut bench, invite) = dialled();
    let reliable = |rseq: u32| format!("{}Require: 100rel\r\nRSeq: {rseq}\r\n", contact());
    bench.packet(TRUNK, &invite.reply(183, "t1", &reliable(9), SDP));
    let prack = bench.one();
    assert!(prack.is("PRACK sip:gw@198.51.100.10:5060 "));
    assert_eq!(
        (prack.header("RAck").unwrap(), prack.header("CSeq").unwrap()),
        ("9 1 INVITE".into(), "2 PRACK".into())
    );
    assert_eq!(bench.event(), LegEvent::Early(SDP.into()));
    bench.packet(TRUNK, &invite.reply(183, "t1", &reliable(9), SDP));
    bench.packet(TRUNK, &invite.reply(180, "t1", &reliable(11), ""));
    assert!(bench.take().is_empty() && bench.events().is_empty());
    bench.packet(TRUNK, &prack.reply(200, "t1", "", ""));
    bench.packet(TRUNK, &invite.reply(180, "t1", &reliable(10), ""));
    assert_eq!(bench.one().header("CSeq").unwrap(), "3 PRACK");
    assert_eq!(bench.event(), LegEvent::Ringing);
    bench.packet(TRUNK, &invite.reply(200, "t1", contact(), ""));
    bench.take();
    bench.command(leg(), LegCommand::Bye { reason: None });
    assert_eq!(bench.one().header("CSeq").unwrap(), "4 BYE");
}

#[test]
fn a_call_that_rings_for_ever_is_stopped() {
    let (mut bench, invite) = dialled();
    bench.packet(TRUNK, &invite.reply(180, "t1", contact(), ""));
    bench.events();
    bench.pass(Duration::from_secs(601));
    assert!(matches!(bench.event(), LegEvent::Refused { status: 408, .. }));
    assert!(bench.take().iter().any(|sent| sent.is("CANCEL ")));
}

#[test]
fn a_session_interval_that_is_too_small_is_raised_once() {
    let mut bench = Bench::with(|config| config.session_expires = Some(Duration::from_secs(600)));
    bench.command(leg(), dial_uri(CARRIER, None));
    let first = bench.one();
    assert_eq!(first.header("Session-Expires").unwrap(), "600");
    bench.packet(TRUNK, &first.reply(422, "t", "Min-SE: 900\r\n", ""));
    let second = bench.last("INVITE");
    assert_eq!(second.header("Session-Expires").unwrap(), "900");
}

#[test]
fn the_route_and_the_address_given_are_used() {
    use telephony::sip::leg::{Dial, DialTarget};
    let mut bench = Bench::new();
    let target = DialTarget::Uri {
        uri: "sip:55@carrier.example".into(),
        address: Some("198.51.100.99:5080".parse().unwrap()),
        route: Some("<sip:proxy.example;lr>".into()),
        tcp: false,
    };
    bench.command(leg(), LegCommand::Dial(Box::new(Dial { targets: vec![target], ..Dial::default() })));
    let invite = bench.one();
    assert_eq!(invite.to.to_string(), "198.51.100.99:5080");
    assert_eq!(invite.header("Route").unwrap(), "<sip:proxy.example;lr>");
    assert_eq!(invite.header("From").unwrap().split(';').next().unwrap(), "<sip:192.0.2.1>");
}
