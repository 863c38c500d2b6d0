//! Inside an answered call.

use std::time::Duration;

use telephony::sip::leg::{Ended, LegCommand, LegEvent, LegKey};

use crate::bench::{Bench, Caller, SDP, TRUNK, dial_uri, our_sdp};

fn in_call() -> (Bench, Caller, LegKey) {
    let mut bench = Bench::new();
    let mut peer = Caller::new("a");
    let leg = bench.answered_call(&mut peer);
    bench.take();
    (bench, peer, leg)
}

#[test]
fn the_peer_holds_and_the_answer_is_repeated_until_its_ack() {
    let (mut bench, mut peer, leg) = in_call();
    let hold = format!("{SDP}a=sendonly\r\n");
    bench.packet(TRUNK, &peer.next("INVITE", "", &hold));
    assert_eq!(bench.event(), LegEvent::Reoffer(Some(hold.into())));
    assert!(bench.one().is("SIP/2.0 100 "));
    bench.command(leg, LegCommand::AnswerReinvite(Ok(our_sdp())));
    assert!(bench.one().is("SIP/2.0 200 "));
    bench.pass_ms(500);
    assert!(bench.one().is("SIP/2.0 200 "));
    bench.packet(TRUNK, &peer.ack(""));
    bench.pass_ms(40_000);
    assert!(bench.take().is_empty() && bench.events().is_empty());
    assert_eq!(bench.core.load().legs, 1);
}

#[test]
fn an_offer_we_cannot_take_leaves_the_call_as_it_was() {
    let (mut bench, mut peer, leg) = in_call();
    bench.packet(TRUNK, &peer.next("INVITE", "", SDP));
    bench.command(leg, LegCommand::AnswerReinvite(Err(488)));
    let refusal = bench.last("SIP/2.0 488");
    bench.packet(TRUNK, &peer.ack_refusal(&refusal));
    bench.packet(TRUNK, &peer.next("BYE", "", ""));
    assert!(bench.one().is("SIP/2.0 200 "));
}

#[test]
fn a_second_offer_while_one_waits_is_put_off() {
    let (mut bench, mut peer, _) = in_call();
    bench.packet(TRUNK, &peer.next("INVITE", "", SDP));
    bench.take();
    bench.packet(TRUNK, &peer.next("UPDATE", "", SDP));
    let refusal = bench.one();
    assert!(refusal.is("SIP/2.0 500 ") && refusal.header("Retry-After").is_some());
}

#[test]
fn a_bye_while_an_offer_waits_ends_both() {
    let (mut bench, mut peer, leg) = in_call();
    bench.packet(TRUNK, &peer.next("INVITE", "", SDP));
    bench.take();
    bench.events();
    bench.packet(TRUNK, &peer.next("BYE", "", ""));
    let sent = bench.take();
    assert!(
        sent.iter().any(|sent| sent.is("SIP/2.0 200 ")) && sent.iter().any(|sent| sent.is("SIP/2.0 487 "))
    );
    assert_eq!(bench.event(), LegEvent::Gone(Ended::ByPeer(None)));
    bench.command(leg, LegCommand::AnswerReinvite(Ok(our_sdp())));
    assert!(bench.take().is_empty());
}

#[test]
fn we_hold_and_resume() {
    let (mut bench, _, leg) = in_call();
    bench.command(leg, LegCommand::Hold);
    let invite = bench.one();
    assert!(
        invite.is("INVITE sip:gw@") && invite.text.contains("a=sendonly") && invite.text.contains("o=- 1 2 ")
    );
    bench.packet(TRUNK, &invite.reply(200, "", "Contact: <sip:moved@198.51.100.10>\r\n", SDP));
    assert_eq!(bench.event(), LegEvent::Reanswered(SDP.into()));
    assert!(bench.one().is("ACK sip:moved@198.51.100.10 "), "the contact is refreshed");
    bench.command(leg, LegCommand::Resume);
    let invite = bench.one();
    assert!(invite.text.contains("a=sendrecv") && invite.text.contains("o=- 1 3 "));
    bench.packet(TRUNK, &invite.reply(488, "", "", ""));
    assert_eq!(bench.event(), LegEvent::ReinviteFailed { status: 488 });
    assert_eq!(bench.core.load().legs, 1);
    bench.take();
    bench.command(leg, LegCommand::Resume);
    assert!(bench.one().text.contains("o=- 1 3 "), "the refused description never counted");
}

#[test]
fn glare_is_refused_and_tried_again_after_a_while() {
    let (mut bench, mut peer, leg) = in_call();
    bench.command(leg, LegCommand::Hold);
    let ours = bench.one();
    bench.packet(TRUNK, &peer.next("INVITE", "", SDP));
    assert!(bench.one().is("SIP/2.0 491 "));
    bench.packet(TRUNK, &ours.reply(491, "", "", ""));
    assert!(bench.one().is("ACK "));
    assert!(bench.events().is_empty());
    bench.pass_ms(2_010);
    let again = bench.last("INVITE");
    assert!(again.text.contains("a=sendonly"));
    bench.packet(TRUNK, &again.reply(200, "", "", SDP));
    assert_eq!(bench.event(), LegEvent::Reanswered(SDP.into()));
}

#[test]
fn endless_glare_is_given_up() {
    let (mut bench, _, leg) = in_call();
    bench.command(leg, LegCommand::Hold);
    for _ in 0..6 {
        let ours = bench.last("INVITE");
        bench.packet(TRUNK, &ours.reply(491, "", "", ""));
        bench.pass_ms(2_010);
    }
    assert_eq!(bench.event(), LegEvent::ReinviteFailed { status: 491 });
}

#[test]
fn the_peer_that_forgot_the_call_ends_it() {
    for status in [481, 408] {
        let (mut bench, _, leg) = in_call();
        bench.command(leg, LegCommand::Hold);
        let ours = bench.one();
        bench.packet(TRUNK, &ours.reply(status, "", "", ""));
        assert_eq!(bench.event(), LegEvent::Gone(Ended::Lost));
        assert!(bench.last("BYE").is("BYE "));
    }
}

#[test]
fn digits_come_and_go_by_info() {
    let (mut bench, mut peer, leg) = in_call();
    let relay = "Content-Type: application/dtmf-relay\r\n";
    bench.packet(TRUNK, &peer.next("INFO", relay, "Signal=5\r\nDuration=160\r\n"));
    assert!(bench.one().is("SIP/2.0 200 "));
    assert_eq!(bench.event(), LegEvent::Digit { digit: '5', duration: Duration::from_millis(160) });
    bench.packet(TRUNK, &peer.next("INFO", "Content-Type: application/dtmf\r\n", "#"));
    assert!(matches!(bench.event(), LegEvent::Digit { digit: '#', .. }));
    bench.packet(TRUNK, &peer.next("INFO", relay, "Signal=11"));
    assert!(matches!(bench.event(), LegEvent::Digit { digit: '#', .. }));
    bench.take();
    bench.packet(TRUNK, &peer.next("INFO", relay, "Signal=zz"));
    assert!(bench.one().is("SIP/2.0 400 "));
    bench.packet(TRUNK, &peer.next("INFO", "Content-Type: text/plain\r\n", "hello"));
    assert!(bench.one().is("SIP/2.0 415 "));
    bench.command(leg, LegCommand::Info { digit: '7', duration: Duration::from_millis(100) });
    let info = bench.one();
    assert!(info.is("INFO ") && info.text.ends_with("Signal=7\r\nDuration=100\r\n"));
}

#[test]
fn an_update_refreshes_or_offers() {
    let (mut bench, mut peer, leg) = in_call();
    bench.packet(TRUNK, &peer.next("UPDATE", "", ""));
    assert!(bench.one().is("SIP/2.0 200 "));
    let update = peer.next("UPDATE", "", SDP);
    bench.packet(TRUNK, &update);
    assert_eq!(bench.event(), LegEvent::Reoffer(Some(SDP.into())));
    bench.packet(TRUNK, &update);
    assert!(bench.take().is_empty() && bench.events().is_empty(), "a retransmission is absorbed");
    bench.command(leg, LegCommand::AnswerReinvite(Ok(our_sdp())));
    let ok = bench.one();
    assert!(ok.is("SIP/2.0 200 ") && ok.header("CSeq").unwrap().ends_with("UPDATE"));
    bench.pass_ms(2_000);
    assert!(bench.take().is_empty(), "no ACK to wait for");
}

#[test]
fn old_and_unknown_requests_in_a_call() {
    let (mut bench, mut peer, _) = in_call();
    bench.packet(TRUNK, &peer.next("OPTIONS", "", ""));
    assert!(bench.one().is("SIP/2.0 200 "));
    bench.packet(TRUNK, &peer.next("NOTIFY", "Event: x\r\n", ""));
    assert!(bench.one().is("SIP/2.0 200 "));
    bench.packet(TRUNK, &peer.next("MESSAGE", "", ""));
    assert!(bench.one().is("SIP/2.0 405 "));
    bench.packet(TRUNK, &peer.next("FROBNICATE", "", ""));
    assert!(bench.one().is("SIP/2.0 501 "));
    bench.packet(TRUNK, &peer.request("INFO", 1, "z9hG4bKlate", "", ""));
    assert!(bench.one().is("SIP/2.0 500 "), "CSeq went back");
    peer.to = peer.to.replace("tag=", "tag=0");
    bench.packet(TRUNK, &peer.next("BYE", "", ""));
    assert!(bench.one().is("SIP/2.0 481 "));
}

#[test]
fn a_transfer_is_reported_accepted_and_followed() {
    let (mut bench, mut peer, leg) = in_call();
    let refer = peer.next("REFER", "Refer-To: <sip:200@192.0.2.1>\r\n", "");
    bench.packet(TRUNK, &refer);
    let event = LegEvent::Refer { to: "sip:200@192.0.2.1".into(), user: "200".into(), replaces: None };
    assert_eq!(bench.event(), event);
    bench.packet(TRUNK, &refer);
    assert!(bench.take().is_empty() && bench.events().is_empty());
    bench.command(leg, LegCommand::ReferReply { status: 202 });
    let sent = bench.take();
    assert!(sent[0].is("SIP/2.0 202 "));
    assert!(sent[1].is("NOTIFY ") && sent[1].text.ends_with("SIP/2.0 100 Trying\r\n"));
    bench.packet(TRUNK, &sent[1].reply(200, "", "", ""));
    bench.command(leg, LegCommand::ReferNotify { status: 200 });
    let notify = bench.one();
    assert!(notify.header("Subscription-State").unwrap().starts_with("terminated"));
}

#[test]
fn an_attended_transfer_names_our_other_leg() {
    let (mut bench, mut peer, _) = in_call();
    let mut other = Caller::new("b");
    let second = bench.answered_call(&mut other);
    bench.take();
    let ours = other.to.split("tag=").nth(1).unwrap();
    let refer_to =
        format!("Refer-To: <sip:200@x?Replaces={}%3Bto-tag%3D{ours}%3Bfrom-tag%3Dftb>\r\n", other.call_id);
    bench.packet(TRUNK, &peer.next("REFER", &refer_to, ""));
    match bench.event() {
        LegEvent::Refer { replaces: Some(replaces), .. } => assert_eq!(replaces.leg, Some(second)),
        event => panic!("{event:?}"),
    }
    let third = Caller::new("c");
    let replaces = format!("Replaces: {};to-tag={ours};from-tag=ftb\r\n", other.call_id);
    bench.packet(TRUNK, &third.invite(&replaces));
    assert_eq!(bench.invited().1.replaces.unwrap().leg, Some(second));
}

#[test]
fn the_peer_refreshes_the_session_or_the_call_ends() {
    let mut bench = Bench::new();
    let mut peer = Caller::new("a");
    bench.packet(TRUNK, &peer.invite("Supported: timer\r\nSession-Expires: 120;refresher=uac\r\n"));
    let (leg, _) = bench.invited();
    bench.command(leg, LegCommand::Answer(our_sdp()));
    let ok = bench.last("SIP/2.0 200");
    assert_eq!(ok.header("Session-Expires").unwrap(), "120;refresher=uac");
    assert_eq!(ok.header("Require").unwrap(), "timer");
    peer.learn(&ok);
    bench.packet(TRUNK, &peer.ack(""));
    bench.events();
    bench.pass_ms(80_000);
    let refresh = "Supported: timer\r\nSession-Expires: 120;refresher=uac\r\n";
    bench.packet(TRUNK, &peer.next("UPDATE", refresh, ""));
    assert!(bench.last("SIP/2.0 200").header("Session-Expires").is_some());
    bench.pass_ms(87_000);
    assert!(bench.events().is_empty());
    bench.pass_ms(1_500);
    assert_eq!(bench.event(), LegEvent::Gone(Ended::SessionExpired));
    assert!(bench.last("BYE").header("Reason").unwrap().contains("408"));
}

#[test]
fn we_refresh_by_update_when_that_is_our_part() {
    let mut bench = Bench::new();
    bench.command(LegKey::dialled(1), dial_uri("sip:1@198.51.100.10", None));
    let invite = bench.one();
    let extra = "Contact: <sip:gw@198.51.100.10>\r\nAllow: UPDATE\r\nSession-Expires: 200;refresher=uac\r\n";
    bench.packet(TRUNK, &invite.reply(200, "t", extra, SDP));
    bench.take();
    bench.events();
    bench.pass_ms(100_000);
    let update = bench.one();
    assert!(update.is("UPDATE ") && update.header("Session-Expires").unwrap() == "200;refresher=uac");
    bench.packet(TRUNK, &update.reply(200, "", "Session-Expires: 200;refresher=uac\r\n", ""));
    bench.pass_ms(99_000);
    assert!(bench.take().is_empty());
    bench.pass_ms(2_000);
    let update = bench.last("UPDATE");
    bench.packet(TRUNK, &update.reply(481, "", "", ""));
    assert_eq!(bench.event(), LegEvent::Gone(Ended::Lost));
}

#[test]
fn we_refresh_by_invite_when_the_peer_knows_no_update() {
    let mut bench = Bench::new();
    bench.command(LegKey::dialled(1), dial_uri("sip:1@198.51.100.10", None));
    let invite = bench.one();
    let extra = "Contact: <sip:gw@198.51.100.10>\r\nSession-Expires: 200;refresher=uac\r\n";
    bench.packet(TRUNK, &invite.reply(200, "t", extra, SDP));
    bench.take();
    bench.events();
    bench.pass_ms(100_000);
    let refresh = bench.one();
    assert!(refresh.is("INVITE ") && refresh.text.contains("o=- 1 1 "), "the same description");
    bench.packet(TRUNK, &refresh.reply(200, "", extra, SDP));
    assert!(bench.one().is("ACK "));
    assert!(bench.events().is_empty(), "the driver need not know");
}

#[test]
fn a_session_interval_below_the_minimum_is_refused() {
    let mut bench = Bench::new();
    bench.packet(TRUNK, &Caller::new("a").invite("Supported: timer\r\nSession-Expires: 30\r\n"));
    let refusal = bench.one();
    assert!(refusal.is("SIP/2.0 422 ") && refusal.header("Min-SE").unwrap() == "90");
}
