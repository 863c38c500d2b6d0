//! SIP datagrams through a whole `SipCore`, with a driver that reacts and a clock that goes on.
//!
//! The input is a sequence of datagrams, each led by the octet 0x1E (record separator) and two letters that say who
//! sends it how long after the former one, and what the driver does next (see [`Step`]). In a datagram `{tag}`,
//! `{branch}`, `{callid}`, `{cseq}` and `{auth}` stand for what the core said last, so that inputs get inside dialogs
//! without guessing random numbers. Not for: sockets, and bodies beyond their way through SIP (`sdp`).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use telephony::sip::core::SipCore;
use telephony::sip::digest::{Credentials, DigestClient, Secret};
use telephony::sip::directory::{DeviceAuth, Directory, Trunk};
use telephony::sip::fuzz_datagram;
use telephony::sip::leg::{Dial, DialTarget, Effect, FlowId, Input, LegCommand, LegEvent, LegKey, Party};
use telephony::sip::limits::Config;
use telephony::sip::random::Random;
use telephony::sip::sdp::{Local, answer, offer};
use telephony::sip::watch::{Line, Shown};

/// More datagrams than this are passed over.
const MAX_DATAGRAMS: usize = 24;

/// Timer inputs that one wait may take; more is a loop.
const MAX_TIMERS: usize = 20_000;

const SERVER: ([u8; 4], u16) = ([192, 0, 2, 1], 5060);
const TRUNK: ([u8; 4], u16) = ([198, 51, 100, 10], 5060);
const PHONE: ([u8; 4], u16) = ([203, 0, 113, 20], 5062);

/// Nothing panics, loops or piles up; every message sent is well-formed; all is forgotten when all have hung up.
pub fn run(octets: &[u8]) {
    let mut bench = Bench::new();
    for part in octets.split(|octet| *octet == 0x1e).filter(|part| !part.is_empty()).take(MAX_DATAGRAMS) {
        let Some(([way, reaction], text)) = part.split_first_chunk() else { continue };
        let step = Step::of(*way, *reaction);
        bench.pass(step.pause);
        let raw = bench.fill_in(text);
        match step.from {
            Some(from) => {
                let from = SocketAddr::from(from);
                bench.input(Input::Packet { raw: &raw, flow: FlowId::udp(0), from });
            }
            None => fuzz_datagram(&mut bench.core, bench.now, &raw),
        }
        bench.react(step.reaction);
        let load = bench.core.load();
        assert!(load.legs <= 8 && load.server_transactions <= 64 && load.registrations <= 2, "{load:?}");
    }
    bench.end();
}

/// What the letters before a datagram say. First: bits 0 and 1 the sender, 2 and 3 the pause before; second: bits 0 to
/// 2 the reaction. Digits are the handy letters.
struct Step {
    /// `None`: a stranger.
    from: Option<([u8; 4], u16)>,
    pause: Duration,
    reaction: u8,
}

impl Step {
    fn of(way: u8, reaction: u8) -> Step {
        let pauses = [0, 600, 6_000, 700_000];
        Step {
            from: [Some(TRUNK), Some(PHONE), Some(TRUNK), None][usize::from(way & 3)],
            pause: Duration::from_millis(pauses[usize::from((way >> 2) & 3)]),
            reaction: reaction & 7,
        }
    }
}

/// What RFC 3261 has us copy from a message to its reply as it came.
const COPIED: [&str; 6] = ["Via", "From", "To", "Call-ID", "CSeq", "Record-Route"];

struct Accounts;

impl Directory for Accounts {
    fn realm_known(&self, realm: &str) -> bool {
        matches!(realm, "pbx.example" | "192.0.2.1")
    }

    fn device(&self, realm: &str, username: &str) -> Option<DeviceAuth> {
        (self.realm_known(realm) && username == "101").then(|| DeviceAuth {
            account_id: "acc".to_owned(),
            device_id: "dev101".to_owned(),
            username: username.to_owned(),
            realm: "pbx.example".to_owned(),
            secret: Secret::Password("secret".to_owned()),
            enabled: true,
        })
    }

    fn trunk(&self, source: SocketAddr) -> Option<Trunk> {
        (source == SocketAddr::from(TRUNK)).then(|| Trunk {
            account_id: None,
            resource_id: "r1".to_owned(),
            name: "carrier".to_owned(),
        })
    }

    fn device_by_address(&self, _: SocketAddr) -> Option<DeviceAuth> {
        None
    }
}

/// What the core said last, to be put into the next datagram.
#[derive(Default)]
struct Heard {
    tag: String,
    branch: String,
    call_id: String,
    sequence: String,
    authorization: String,
}

struct Bench {
    core: SipCore,
    now: Duration,
    heard: Heard,
    legs: Vec<LegKey>,
    offered: Option<Bytes>,
    dialled: u64,
    phone: DigestClient,
    random: Random,
}

impl Bench {
    fn new() -> Bench {
        let mut config = Config::new(SocketAddr::from(SERVER), [9; 32]);
        config.limits.max_legs = 8;
        config.limits.max_server_transactions = 64;
        config.limits.max_client_transactions = 64;
        config.session_expires = Some(Duration::from_secs(1_800));
        let credentials = Credentials { username: "101".to_owned(), password: "secret".to_owned() };
        Bench {
            core: SipCore::new(config, Arc::new(Accounts)),
            now: Duration::from_secs(1_000),
            heard: Heard::default(),
            legs: Vec::new(),
            offered: None,
            dialled: 0,
            phone: DigestClient::new(credentials),
            random: Random::new([1; 32]),
        }
    }

    fn input(&mut self, input: Input<'_>) {
        let mut out = Vec::new();
        self.core.handle(self.now, input, &mut out);
        assert!(out.len() <= 200, "{} effects of one input", out.len());
        let mut watched = Vec::new();
        for effect in out {
            match effect {
                Effect::Send { bytes, .. } => self.sent(&bytes),
                Effect::Watch(asked) => watched.push(asked),
                Effect::Leg(key, event) => self.told(key, event),
                Effect::Connect { .. }
                | Effect::Registered(_)
                | Effect::Unregistered { .. }
                | Effect::Unwatch(_) => {}
            }
        }
        for asked in watched {
            self.input(Input::Show(asked, Shown::Line(Line::Ringing)));
        }
    }

    fn told(&mut self, key: LegKey, event: LegEvent) {
        match event {
            LegEvent::Invite(incoming) => {
                self.offered = incoming.offer;
                self.legs.push(key);
            }
            LegEvent::Reoffer(offered) => self.offered = offered,
            LegEvent::Gone(_) | LegEvent::Refused { .. } => self.legs.retain(|leg| *leg != key),
            _ => {}
        }
    }

    /// Whatever came in, what goes out is a message whose lines are lines and whose length is right.
    fn sent(&mut self, octets: &[u8]) {
        if octets == b"\r\n" || octets == b"\r\n\r\n" {
            return;
        }
        let end = octets.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no end of headers: {}", String::from_utf8_lossy(octets)));
        let head = String::from_utf8_lossy(&octets[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let first = lines.next().unwrap_or_default();
        assert!(first.starts_with("SIP/2.0 ") || first.ends_with(" SIP/2.0"), "no first line: {head:?}");
        let mut length = None;
        for line in lines {
            let Some((name, value)) = line.split_once(':') else { panic!("no header: {line:?} in {head:?}") };
            assert!(!line.contains(['\r', '\n']), "a line breaks inside: {head:?}");
            assert!(COPIED.contains(&name) || !line.contains('\0'), "a NUL was taken over: {head:?}");
            let value = value.trim().to_owned();
            match name {
                "To" if first.starts_with("SIP/2.0 ") => self.heard.tag = after(&value, "tag="),
                "From" if !first.starts_with("SIP/2.0 ") => self.heard.tag = after(&value, "tag="),
                "Via" if !first.starts_with("SIP/2.0 ") => self.heard.branch = after(&value, "branch="),
                "Call-ID" => self.heard.call_id = value,
                "CSeq" => self.heard.sequence = value,
                "WWW-Authenticate" => {
                    self.phone.challenged(std::iter::once(value.as_str()), false);
                    let method = self.heard.sequence.rsplit(' ').next().unwrap_or_default().to_owned();
                    if let Some((_, value)) = self.phone.header(&method, "sip:pbx.example", &mut self.random)
                    {
                        self.heard.authorization = value;
                    }
                }
                "Content-Length" => length = value.parse::<usize>().ok(),
                _ => {}
            }
        }
        assert_eq!(length, Some(octets.len() - end - 4), "a wrong length: {head:?}");
    }

    fn fill_in(&self, text: &[u8]) -> Vec<u8> {
        let heard = &self.heard;
        let names = [
            (&b"{tag}"[..], &heard.tag),
            (b"{branch}", &heard.branch),
            (b"{callid}", &heard.call_id),
            (b"{cseq}", &heard.sequence),
            (b"{auth}", &heard.authorization),
        ];
        let mut out = Vec::with_capacity(text.len() + 200);
        let mut rest = text;
        while let Some((first, after)) = rest.split_first() {
            match names.iter().find(|(name, _)| rest.starts_with(name)) {
                Some((name, value)) => {
                    out.extend_from_slice(value.as_bytes());
                    rest = &rest[name.len()..];
                }
                None => {
                    out.push(*first);
                    rest = after;
                }
            }
        }
        out
    }

    fn react(&mut self, reaction: u8) {
        let local = Local::new(SocketAddr::from(([192, 0, 2, 1], 40_000)), 1);
        let ours = match self.offered.as_deref().map(|offered| answer(offered, &local)) {
            Some(Ok((_, ours))) => ours,
            _ => offer(&local),
        };
        if reaction == 1 {
            return self.dial(ours);
        }
        let Some(leg) = self.legs.last().copied() else { return };
        let commands = match reaction {
            2 => vec![LegCommand::Ring],
            3 => vec![LegCommand::EarlyMedia(ours)],
            4 => vec![LegCommand::Answer(ours)],
            5 => vec![LegCommand::AnswerReinvite(Ok(ours)), LegCommand::ReferReply { status: 202 }],
            6 => {
                vec![LegCommand::Hold, LegCommand::Info { digit: '5', duration: Duration::from_millis(100) }]
            }
            7 => vec![
                LegCommand::ReferNotify { status: 200 },
                LegCommand::Reject { status: 486, reason: None, headers: Vec::new() },
                LegCommand::Bye { reason: None },
            ],
            _ => Vec::new(),
        };
        for command in commands {
            self.input(Input::Command(leg, command));
        }
    }

    fn dial(&mut self, sdp: Bytes) {
        self.dialled += 1;
        let leg = LegKey::dialled(self.dialled);
        let uri = "sip:2000@198.51.100.10:5060".to_owned();
        let dial = Dial {
            targets: vec![
                DialTarget::Registered { aor: "101@pbx.example".to_owned(), invite_user: None },
                DialTarget::Uri { uri, address: None, route: None, tcp: false },
            ],
            from: Party { name: "Ann".to_owned(), user: "200".to_owned(), host: "pbx.example".to_owned() },
            sdp,
            ..Dial::default()
        };
        self.legs.push(leg);
        self.input(Input::Command(leg, LegCommand::Dial(Box::new(dial))));
    }

    /// Lets time pass, stopping at each deadline.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        let mut timers = 0;
        while let Some(at) = self.core.next_deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.input(Input::Timer);
            timers += 1;
            assert!(timers < MAX_TIMERS, "the deadline {at:?} does not go away");
        }
        self.now = end;
    }

    /// Everybody hangs up; a day later nothing may be left.
    fn end(&mut self) {
        for leg in std::mem::take(&mut self.legs) {
            self.input(Input::Command(leg, LegCommand::Bye { reason: None }));
        }
        self.pass(Duration::from_secs(86_400));
        self.input(Input::Timer);
        let load = self.core.load();
        let left = (load.server_transactions, load.client_transactions, load.registrations);
        assert_eq!(left, (0, 0, 0), "{load:?}");
        assert_eq!((load.legs, load.tags), (0, 0), "{load:?}");
    }
}

/// What follows `key` up to the end of the parameter.
fn after(value: &str, key: &str) -> String {
    let rest = value.split_once(key).map_or("", |(_, rest)| rest);
    rest.split([';', '>', ' ', ',']).next().unwrap_or_default().to_owned()
}
