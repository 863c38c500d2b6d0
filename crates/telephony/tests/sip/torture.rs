//! The cases of RFC 4475: each is answered, dropped or becomes a call as the RFC expects, and none does harm.

use std::path::Path;

use telephony::sip::leg::{FlowId, Input, LegEvent};

use crate::bench::{Bench, TRUNK, address};

/// What a message must lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// A new call.
    Call,
    /// A final response with this status.
    Status(u16),
    /// Nothing at all.
    Silence,
}

use Expected::{Call, Silence, Status};

const CASES: [(&str, Expected); 49] = [
    // Section 3.1.1: valid messages. A To tag without a dialog is answered 481.
    ("wsinv", Status(481)),
    ("intmeth", Status(501)),
    ("esc01", Call),
    ("escnull", Status(401)),
    ("esc02", Status(501)),
    ("lwsdisp", Status(200)),
    ("longreq", Call),
    ("dblreq", Status(401)),
    ("semiuri", Status(200)),
    ("transports", Status(200)),
    ("mpart01", Status(405)),
    ("unreason", Silence),
    ("noreason", Silence),
    // Section 3.1.2: invalid messages. Those that a sloppy phone may send are understood (lwsstart, trws,
    // baddate, badaspec, baddn).
    ("badinv01", Status(400)),
    ("clerr", Status(400)),
    ("ncl", Status(400)),
    ("scalar02", Status(400)),
    ("scalarlg", Silence),
    ("quotbal", Status(400)),
    ("ltgtruri", Status(400)),
    ("lwsruri", Status(400)),
    ("lwsstart", Call),
    ("trws", Status(200)),
    ("escruri", Status(400)),
    ("baddate", Call),
    ("regbadct", Status(401)),
    ("badaspec", Status(200)),
    ("baddn", Status(200)),
    ("badvers", Status(505)),
    ("mismatch01", Status(400)),
    ("mismatch02", Status(400)),
    ("bigcode", Silence),
    // Section 3.2: transaction layer.
    ("badbranch", Status(200)),
    // Section 3.3: application layer.
    ("insuf", Status(400)),
    ("unkscm", Status(416)),
    ("novelsc", Status(416)),
    ("unksm2", Status(401)),
    ("bext01", Status(420)),
    ("invut", Status(415)),
    ("regaut01", Status(401)),
    ("multi01", Status(400)),
    ("mcl01", Status(400)),
    ("bcast", Silence),
    ("zeromf", Status(483)),
    ("cparam01", Status(401)),
    ("cparam02", Status(401)),
    ("regescrt", Status(401)),
    ("sdp01", Call),
    // Section 3.4: RFC 2543.
    ("inv2543", Call),
];

fn octets(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/rfc4475");
    let text = std::fs::read_to_string(folder.join(format!("{name}.sip"))).unwrap();
    let mut out = Vec::new();
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        if let Some(hex) = rest.strip_prefix("\\x").and_then(|hex| hex.get(..2)) {
            out.push(u8::from_str_radix(hex, 16).unwrap());
            rest = &rest[4..];
            continue;
        }
        if c == '\n' {
            out.push(b'\r');
        }
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        rest = &rest[c.len_utf8()..];
    }
    out
}

#[test]
fn every_torture_message_gets_what_it_deserves() {
    let mut wrong = Vec::new();
    for (name, expected) in CASES {
        let mut bench = Bench::new();
        bench.input(Input::Packet { raw: &octets(name), flow: FlowId::udp(0), from: address(TRUNK) });
        let sent: Vec<String> = bench.take().iter().map(|sent| sent.first_line().to_owned()).collect();
        let called = matches!(bench.events().as_slice(), [LegEvent::Invite(_)]);
        let got = match sent.as_slice() {
            [] => Silence,
            [trying] if trying.starts_with("SIP/2.0 100 ") && called => Call,
            [one] => Status(one[8..11].parse().unwrap()),
            more => Status(more.len() as u16),
        };
        if got != expected {
            wrong.push(format!("{name}: {sent:?}, not {expected:?}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn what_is_refused_says_why() {
    let mut bench = Bench::new();
    bench.input(Input::Packet { raw: &octets("bext01"), flow: FlowId::udp(0), from: address(TRUNK) });
    assert_eq!(bench.one().header("Unsupported").unwrap(), "nothingSupportsThis, nothingSupportsThisEither");
    bench.input(Input::Packet { raw: &octets("invut"), flow: FlowId::udp(0), from: address(TRUNK) });
    assert_eq!(bench.one().header("Accept").unwrap(), "application/sdp");
}
