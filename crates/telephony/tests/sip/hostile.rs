//! Overload, loops and nonsense.

use proptest::prelude::*;
use telephony::sip::fuzz_datagram;
use telephony::sip::leg::LegCommand;

use crate::bench::{Bench, Caller, PHONE, Phone, SDP, TRUNK, our_sdp};

#[test]
fn options_is_answered_to_anybody() {
    let mut bench = Bench::new();
    let peer = Caller::new("o");
    bench.packet(PHONE, &peer.request("OPTIONS", 1, "z9hG4bKo", "", ""));
    let ok = bench.one();
    assert!(ok.is("SIP/2.0 200 ") && ok.header("Allow").unwrap().contains("INVITE"));
}

#[test]
fn requests_outside_a_call_that_belong_in_one() {
    let mut bench = Bench::new();
    let peer = Caller::new("o");
    let cases = [
        ("BYE", 481),
        ("INFO", 481),
        ("UPDATE", 481),
        ("SUBSCRIBE", 489),
        ("MESSAGE", 405),
        ("REFER", 405),
        ("NEWMETHOD", 501),
        ("NOTIFY", 481),
    ];
    for (method, status) in cases {
        bench.packet(TRUNK, &peer.request(method, 1, &format!("z9hG4bK{method}"), "", ""));
        let sent = bench.one();
        assert!(sent.is(&format!("SIP/2.0 {status} ")), "{method}: {}", sent.first_line());
    }
    bench.packet(TRUNK, &peer.request("NOTIFY", 1, "z9hG4bKka", "Event: keep-alive\r\n", ""));
    assert!(bench.one().is("SIP/2.0 200 "));
    bench.packet(TRUNK, &peer.request("ACK", 1, "z9hG4bKack", "", ""));
    bench.packet(TRUNK, "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 BYE\r\n\r\n");
    bench.packet(TRUNK, "\r\n\r\n");
    assert!(bench.take().is_empty());
}

#[test]
fn loops_merges_and_unknown_extensions_are_refused() {
    let mut bench = Bench::new();
    let peer = Caller::new("o");
    bench.packet(TRUNK, &peer.invite("").replace("Max-Forwards: 70", "Max-Forwards: 0"));
    assert!(bench.one().is("SIP/2.0 483 "));
    bench.packet(TRUNK, &peer.invite("Require: fancy, 100rel\r\n"));
    let refusal = bench.one();
    assert!(refusal.is("SIP/2.0 420 ") && refusal.header("Unsupported").unwrap() == "fancy");
    bench.packet(TRUNK, &peer.invite(""));
    bench.take();
    let mut again = peer.clone();
    again.branch = "z9hG4bKother".into();
    bench.packet(TRUNK, &again.invite(""));
    assert!(bench.one().is("SIP/2.0 482 "));
}

#[test]
fn a_body_that_is_no_session_is_refused() {
    let mut bench = Bench::new();
    let peer = Caller::new("o");
    bench.packet(TRUNK, &peer.request("INVITE", 1, "z9hG4bKb", "Content-Type: text/plain\r\n", "hi"));
    assert!(bench.one().is("SIP/2.0 415 "));
    let multi = format!("--x\r\nContent-Type: application/sdp\r\n\r\n{SDP}--x--\r\n");
    bench.packet(
        TRUNK,
        &peer.request("INVITE", 2, "z9hG4bKc", "Content-Type: multipart/mixed;boundary=x\r\n", &multi),
    );
    let (_, incoming) = bench.invited();
    assert_eq!(incoming.offer.unwrap(), SDP);
}

#[test]
fn too_many_calls_are_told_to_come_later() {
    let mut bench = Bench::with(|config| config.limits.max_legs = 2);
    for name in ["a", "b", "c"] {
        bench.packet(TRUNK, &Caller::new(name).invite(""));
    }
    let busy = bench.last("SIP/2.0 503");
    assert_eq!(busy.header("Retry-After").unwrap(), "5");
    assert_eq!(bench.core.load().legs, 2);
}

#[test]
fn too_many_transactions_are_refused_without_remembering() {
    let mut bench = Bench::with(|config| config.limits.max_server_transactions = 3);
    let peer = Caller::new("o");
    for number in 0..10 {
        bench.packet(TRUNK, &peer.request("OPTIONS", 1, &format!("z9hG4bK{number}"), "", ""));
    }
    assert!(bench.last("SIP/2.0 503").is("SIP/2.0 503"));
    assert_eq!(bench.core.load().server_transactions, 3);
}

#[test]
fn sloppy_phones_are_understood() {
    let mut bench = Bench::new();
    let mut peer = Caller::new("o");
    peer.target = "sip:*72#@192.0.2.1".into();
    bench.packet(TRUNK, &format!("\r\n\r\n{}", peer.invite("")));
    assert_eq!(bench.invited().1.request.user, "*72#");
    let mut peer = Caller::new("lf");
    peer.sdp = String::new();
    bench.packet(TRUNK, &peer.invite("").replace("\r\n", "\n"));
    assert!(bench.invited().1.call_id.ends_with("lf"));
    let mut peer = Caller::new("name");
    peer.from = "Doe, J\u{f6}hn (x) <sip:5@h>;tag=1".into();
    bench.packet(TRUNK, &peer.invite("").replacen("INVITE sip", "INVITE  sip", 1));
    assert_eq!(bench.invited().1.from.name, "Doe, J\u{f6}hn (x)");
    let peer = Caller::new("colon");
    bench.packet(TRUNK, &peer.invite("Nonsense without colon\r\n"));
    bench.invited();
    let peer = Caller::new("nolen");
    let text = peer
        .invite("")
        .lines()
        .filter(|line| !line.starts_with("Content-Length"))
        .collect::<Vec<_>>()
        .join("\r\n");
    bench.packet(TRUNK, &format!("{text}\r\n"));
    assert!(bench.invited().1.offer.is_some());
}

#[test]
fn lengths_that_lie_do_no_harm() {
    let mut bench = Bench::new();
    for length in ["18446744073709551615", "-1", "99999", "1e30", "99999999999999999999999999"] {
        let text = Caller::new("l").request("OPTIONS", 1, &format!("z9hG4bK{length}"), "", "");
        bench.packet(TRUNK, &text.replace("Content-Length: 0", &format!("Content-Length: {length}")));
        let sent = bench.one();
        assert!(sent.is("SIP/2.0 400 ") || sent.is("SIP/2.0 513 "), "{length}: {}", sent.first_line());
    }
}

#[test]
fn bombs_are_refused_at_once() {
    let mut bench = Bench::new();
    let peer = Caller::new("b");
    let many = "X: y\r\n".repeat(5_000);
    bench.packet(TRUNK, &peer.invite(&many));
    assert!(bench.one().is("SIP/2.0 513 "));
    let long = format!("X: {}\r\n", "a".repeat(20_000));
    bench.packet(TRUNK, &peer.invite(&long));
    assert!(bench.one().is("SIP/2.0 513 "));
    let vias = "Via: SIP/2.0/UDP h\r\n".repeat(150);
    bench.packet(TRUNK, &peer.invite(&vias));
    assert_eq!(bench.core.load().legs, 1);
}

/// Datagrams that lead into every part of the core.
fn seeds() -> Vec<String> {
    let mut peer = Caller::new("seed");
    let mut phone = Phone::new("101", PHONE);
    let mut bench = Bench::new();
    bench.packet(PHONE, &phone.register(None, 60));
    let challenge = bench.one();
    let value = phone.answer(&challenge, &mut bench.random);
    vec![
        peer.invite("Require: 100rel\r\nSupported: timer\r\nSession-Expires: 100;refresher=uac\r\n"),
        peer.cancel(),
        peer.ack(""),
        peer.next("BYE", "", ""),
        peer.next("UPDATE", "", SDP),
        peer.next("INFO", "Content-Type: application/dtmf-relay\r\n", "Signal=5"),
        peer.next("REFER", "Refer-To: <sip:2@h?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\n", ""),
        peer.next("PRACK", "RAck: 1 1 INVITE\r\n", ""),
        phone.register(Some(&value), 60),
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK0000000000000000\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nRSeq: 4\r\n\r\n".into(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn mutated_datagrams_neither_panic_nor_pile_up(
        edits in prop::collection::vec((0usize..10, prop::collection::vec((any::<prop::sample::Index>(), 0u8..5, any::<u8>()), 0..6)), 1..25),
    ) {
        let seeds = seeds();
        let mut bench = Bench::with(|config| config.limits.max_legs = 4);
        for (seed, changes) in edits {
            let mut raw = seeds[seed].clone().into_bytes();
            for (index, kind, octet) in changes {
                if raw.is_empty() {
                    break;
                }
                let at = index.index(raw.len());
                match kind {
                    0 => raw[at] = octet,
                    1 => raw.insert(at, octet),
                    2 => { raw.remove(at); }
                    3 => raw.truncate(at),
                    _ => {
                        let tail = raw[at..].to_vec();
                        raw.extend_from_slice(&tail[..tail.len().min(200)]);
                    }
                }
            }
            bench.input(telephony::sip::leg::Input::Packet {
                raw: &raw,
                flow: telephony::sip::leg::FlowId::udp(0),
                from: crate::bench::address(TRUNK),
            });
            let now = bench.now;
            fuzz_datagram(&mut bench.core, now, &raw);
            if let Some((key, _)) = bench.events.last().cloned() {
                bench.command(key, LegCommand::Answer(our_sdp()));
            }
            bench.pass_ms(400);
        }
        prop_assert!(bench.core.load().legs <= 4);
        bench.pass_ms(800_000);
        let load = bench.core.load();
        prop_assert_eq!((load.server_transactions, load.client_transactions), (0, 0));
    }
}
