//! Calls that come in.

use telephony::sip::leg::{Ended, Identity, LegCommand, LegEvent};

use crate::bench::{Bench, Caller, SDP, TRUNK, our_sdp};

#[test]
fn a_call_is_offered_answered_and_hung_up_by_the_caller() {
    let mut bench = Bench::new();
    let mut peer = Caller::new("a");
    let (leg, incoming) = bench.call(&peer);
    assert!(bench.one().is("SIP/2.0 100 "));
    assert!(matches!(incoming.identity, Identity::Trunk(_)));
    assert_eq!((incoming.request.user.as_str(), incoming.from.name.as_str()), ("+15551234", "a"));
    assert_eq!(incoming.offer.as_deref(), Some(SDP.as_bytes()));

    bench.command(leg, LegCommand::Ring);
    let ringing = bench.one();
    assert!(ringing.is("SIP/2.0 180 ") && ringing.header("To").unwrap().contains(";tag="));
    assert_eq!(ringing.header("RSeq"), None);
    bench.command(leg, LegCommand::Answer(our_sdp()));
    let ok = bench.one();
    assert!(ok.is("SIP/2.0 200 ") && ok.text.ends_with("a=sendrecv\r\n"));
    assert_eq!(ok.header("To"), ringing.header("To"));
    peer.learn(&ok);
    bench.packet(TRUNK, &peer.ack(""));
    assert_eq!(bench.event(), LegEvent::Confirmed { sdp: None });

    bench.packet(TRUNK, &peer.next("BYE", "Reason: Q.850;cause=16\r\n", ""));
    assert!(bench.one().is("SIP/2.0 200 "));
    assert_eq!(bench.event(), LegEvent::Gone(Ended::ByPeer(Some("Q.850;cause=16".into()))));
    bench.pass_ms(40_000);
    assert_eq!(bench.core.load(), Default::default(), "nothing is left behind");
    assert!(bench.take().is_empty());
}

#[test]
fn an_invite_is_answered_again_when_it_comes_again() {
    let mut bench = Bench::new();
    let peer = Caller::new("a");
    let (leg, _) = bench.call(&peer);
    bench.command(leg, LegCommand::Ring);
    bench.take();
    bench.packet(TRUNK, &peer.invite(""));
    assert!(bench.one().is("SIP/2.0 180 "));
    assert!(bench.events().is_empty());
}

#[test]
fn we_hang_up_and_repeat_bye_until_it_is_answered() {
    let mut bench = Bench::new();
    let mut peer = Caller::new("a");
    let leg = bench.answered_call(&mut peer);
    bench.command(leg, LegCommand::Bye { reason: Some("Q.850;cause=16".into()) });
    assert_eq!(bench.event(), LegEvent::Gone(Ended::ByUs));
    let bye = bench.one();
    assert!(bye.is("BYE sip:gw@198.51.100.10:5060 "), "{}", bye.text);
    assert_eq!(bye.header("Reason").unwrap(), "Q.850;cause=16");
    bench.pass_ms(499);
    assert!(bench.take().is_empty());
    bench.pass_ms(1);
    assert_eq!(bench.one().text, bye.text);
    bench.packet(TRUNK, &bye.reply(200, "", "", ""));
    bench.pass_ms(40_000);
    assert!(bench.take().is_empty());
    assert_eq!(bench.core.load(), Default::default());
}

#[test]
fn a_bye_nobody_answers_is_given_up_after_32_s() {
    let mut bench = Bench::new();
    let mut peer = Caller::new("a");
    let leg = bench.answered_call(&mut peer);
    bench.command(leg, LegCommand::Bye { reason: None });
    bench.pass_ms(31_999);
    assert_eq!(bench.core.load().legs, 1);
    // 0, 0.5, 1.5, 3.5, then each 4 s.
    assert_eq!(bench.take().len(), 11);
    bench.pass_ms(1_000);
    assert_eq!(bench.core.load().legs, 0);
}

#[test]
fn a_cancel_before_and_after_ringing_ends_the_call() {
    for ring in [false, true] {
        let mut bench = Bench::new();
        let peer = Caller::new("a");
        let (leg, _) = bench.call(&peer);
        if ring {
            bench.command(leg, LegCommand::Ring);
        }
        bench.take();
        bench.packet(TRUNK, &peer.cancel());
        let sent = bench.take();
        assert_eq!(sent.len(), 2);
        assert!(sent[0].is("SIP/2.0 200 ") && sent[0].header("CSeq").unwrap() == "1 CANCEL");
        assert!(sent[1].is("SIP/2.0 487 "));
        assert_eq!(bench.event(), LegEvent::Gone(Ended::Cancelled(None)));
        bench.command(leg, LegCommand::Answer(our_sdp()));
        assert!(bench.take().is_empty(), "too late to answer");
        bench.packet(TRUNK, &peer.ack_refusal(&sent[1]));
        bench.pass_ms(40_000);
        assert_eq!(bench.core.load(), Default::default());
    }
}

#[test]
fn a_cancel_that_crosses_the_answer_changes_nothing() {
    let mut bench = Bench::new();
    let mut peer = Caller::new("a");
    let (leg, _) = bench.call(&peer);
    bench.command(leg, LegCommand::Answer(our_sdp()));
    let ok = bench.last("SIP/2.0 200");
    bench.packet(TRUNK, &peer.cancel());
    assert_eq!(bench.one().header("CSeq").unwrap(), "1 CANCEL");
    assert!(bench.events().is_empty());
    peer.learn(&ok);
    bench.packet(TRUNK, &peer.ack(""));
    assert_eq!(bench.event(), LegEvent::Confirmed { sdp: None });
    bench.packet(TRUNK, &peer.next("BYE", "", ""));
    assert_eq!(bench.event(), LegEvent::Gone(Ended::ByPeer(None)));
}

#[test]
fn a_cancel_of_nothing_is_answered_481() {
    let mut bench = Bench::new();
    bench.packet(TRUNK, &Caller::new("a").cancel());
    assert!(bench.one().is("SIP/2.0 481 "));
}

#[test]
fn an_answer_is_repeated_until_its_ack_then_the_call_is_given_up() {
    let mut bench = Bench::new();
    let peer = Caller::new("a");
    let (leg, _) = bench.call(&peer);
    bench.command(leg, LegCommand::Answer(our_sdp()));
    bench.take();
    bench.pass_ms(31_900);
    let sent = bench.take();
    assert_eq!(sent.len(), 10, "0.5, 1.5, 3.5, 7.5, 11.5 ... 31.5 s");
    assert!(sent.iter().all(|sent| sent.is("SIP/2.0 200 ")));
    bench.pass_ms(200);
    assert_eq!(bench.event(), LegEvent::Gone(Ended::NoAck));
    assert!(bench.one().is("BYE "));
}

#[test]
fn we_wait_for_the_ack_before_our_bye() {
    let mut bench = Bench::new();
    let mut peer = Caller::new("a");
    let (leg, _) = bench.call(&peer);
    bench.command(leg, LegCommand::Answer(our_sdp()));
    let ok = bench.last("SIP/2.0 200");
    bench.command(leg, LegCommand::Bye { reason: None });
    assert_eq!(bench.event(), LegEvent::Gone(Ended::ByUs));
    assert!(bench.take().is_empty());
    peer.learn(&ok);
    bench.packet(TRUNK, &peer.ack(""));
    assert!(bench.one().is("BYE "));
    assert!(bench.events().is_empty());
}

#[test]
fn a_refusal_is_repeated_until_its_ack() {
    let mut bench = Bench::new();
    let peer = Caller::new("a");
    let (leg, _) = bench.call(&peer);
    bench.take();
    let headers = vec![("Reason".to_owned(), "Q.850;cause=17".to_owned())];
    bench.command(leg, LegCommand::Reject { status: 486, reason: None, headers });
    let busy = bench.one();
    assert!(busy.is("SIP/2.0 486 Busy Here") && busy.header("Reason").is_some());
    bench.pass_ms(500);
    assert!(bench.one().is("SIP/2.0 486 "));
    bench.packet(TRUNK, &peer.ack_refusal(&busy));
    bench.pass_ms(4_000);
    assert!(bench.take().is_empty());
    bench.pass_ms(2_000);
    assert_eq!(bench.core.load(), Default::default());
}

#[test]
fn a_delayed_offer_is_ours_in_200_and_theirs_in_ack() {
    let mut bench = Bench::new();
    let mut peer = Caller::new("a");
    peer.sdp = String::new();
    let (leg, incoming) = bench.call(&peer);
    assert_eq!(incoming.offer, None);
    bench.command(leg, LegCommand::Answer(our_sdp()));
    peer.learn(&bench.last("SIP/2.0 200"));
    bench.packet(TRUNK, &peer.ack(SDP));
    assert_eq!(bench.event(), LegEvent::Confirmed { sdp: Some(SDP.into()) });
}

#[test]
fn early_media_is_a_183_with_a_description() {
    let mut bench = Bench::new();
    let (leg, _) = bench.call(&Caller::new("a"));
    bench.take();
    bench.command(leg, LegCommand::EarlyMedia(our_sdp()));
    let early = bench.one();
    assert!(early.is("SIP/2.0 183 ") && early.header("Content-Type").unwrap() == "application/sdp");
}

#[test]
fn reliable_provisionals_are_repeated_and_hold_the_answer_back() {
    let mut bench = Bench::new();
    let mut peer = Caller::new("a");
    bench.packet(TRUNK, &peer.invite("Require: 100rel\r\n"));
    let (leg, _) = bench.invited();
    bench.take();
    bench.command(leg, LegCommand::EarlyMedia(our_sdp()));
    let early = bench.one();
    let rseq = early.header("RSeq").unwrap();
    bench.command(leg, LegCommand::Answer(our_sdp()));
    assert!(bench.take().is_empty(), "not before the PRACK");
    bench.pass_ms(1_500);
    assert_eq!(bench.take().len(), 2);
    peer.learn(&early);
    bench.packet(TRUNK, &peer.request("PRACK", 2, "z9hG4bKp0", &format!("RAck: {rseq} 7 INVITE\r\n"), ""));
    assert!(bench.one().is("SIP/2.0 481 "));
    bench.packet(TRUNK, &peer.request("PRACK", 3, "z9hG4bKp1", &format!("RAck: {rseq} 1 INVITE\r\n"), ""));
    let sent = bench.take();
    assert!(sent[0].is("SIP/2.0 200 ") && sent[0].header("CSeq").unwrap() == "3 PRACK");
    assert!(sent[1].is("SIP/2.0 200 ") && sent[1].header("CSeq").unwrap() == "1 INVITE");
    bench.packet(TRUNK, &peer.ack(""));
    assert_eq!(bench.event(), LegEvent::Confirmed { sdp: None });
}

#[test]
fn a_reliable_provisional_nobody_acknowledges_ends_the_call() {
    let mut bench = Bench::new();
    bench.packet(TRUNK, &Caller::new("a").invite("Require: 100rel\r\n"));
    let (leg, _) = bench.invited();
    bench.command(leg, LegCommand::Ring);
    bench.pass_ms(32_100);
    assert!(bench.last("SIP/2.0 504").is("SIP/2.0 504"));
    assert_eq!(bench.event(), LegEvent::Gone(Ended::NoAck));
}

#[test]
fn a_call_the_driver_forgets_ends_by_itself() {
    let mut bench = Bench::new();
    bench.call(&Caller::new("a"));
    bench.pass_ms(601_000);
    assert_eq!(bench.event(), LegEvent::Gone(Ended::Unanswered));
    bench.pass_ms(60_000);
    assert_eq!(bench.core.load(), Default::default());
}

#[test]
fn requests_follow_the_record_route() {
    let mut bench = Bench::new();
    let mut peer = Caller::new("a");
    let routes = "Record-Route: <sip:198.51.100.77;lr>, <sip:198.51.100.78;lr>\r\n";
    bench.packet(TRUNK, &peer.invite(routes));
    let (leg, _) = bench.invited();
    bench.command(leg, LegCommand::Answer(our_sdp()));
    let ok = bench.last("SIP/2.0 200");
    assert!(ok.text.contains("Record-Route: <sip:198.51.100.77;lr>, <sip:198.51.100.78;lr>"));
    peer.learn(&ok);
    bench.packet(TRUNK, &peer.ack(""));
    bench.command(leg, LegCommand::Bye { reason: None });
    let bye = bench.last("BYE");
    assert_eq!(bye.to.to_string(), "198.51.100.77:5060");
    assert_eq!(bye.header("Route").unwrap(), "<sip:198.51.100.77;lr>");
    assert!(bye.is("BYE sip:gw@198.51.100.10:5060 "));
}

#[test]
fn the_facts_of_a_call_are_told() {
    let mut bench = Bench::new();
    let extra = "P-Asserted-Identity: \"Bob\" <sip:+1555@c.example>\r\nPrivacy: id\r\nDiversion: <sip:9@x>;reason=busy\r\n\
                 X-Account: 7\r\nReferred-By: <sip:55@y>\r\nUser-Agent: ua\r\n";
    bench.packet(TRUNK, &Caller::new("a").invite(extra));
    let (_, incoming) = bench.invited();
    assert_eq!(incoming.asserted.unwrap().name, "Bob");
    assert!(incoming.private);
    assert_eq!(incoming.diversion, ["<sip:9@x>;reason=busy"]);
    assert_eq!(incoming.extra, [("X-Account".to_owned(), "7".to_owned())]);
    assert_eq!(incoming.referred_by.unwrap().user, "55");
    assert_eq!((incoming.user_agent.as_str(), incoming.max_forwards), ("ua", 70));
}

#[test]
fn a_long_ringing_call_is_spoken_of_each_minute() {
    let mut bench = Bench::new();
    let (leg, _) = bench.call(&Caller::new("a"));
    bench.command(leg, LegCommand::Ring);
    bench.take();
    bench.pass_ms(121_000);
    let sent = bench.take();
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().all(|sent| sent.is("SIP/2.0 180 ")));
    bench.command(leg, LegCommand::Answer(our_sdp()));
    bench.take();
    bench.pass_ms(70_000);
    assert!(bench.take().iter().all(|sent| !sent.is("SIP/2.0 180 ")));
}
