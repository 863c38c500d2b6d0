//! A test bench: a core with a known directory, a clock that the test turns, and peers as text.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use telephony::sip::core::SipCore;
use telephony::sip::digest::{Credentials, DigestClient, Secret};
use telephony::sip::directory::{DeviceAuth, Directory, Trunk};
use telephony::sip::leg::{
    Dial, DialTarget, Effect, FlowId, Incoming, Input, LegCommand, LegEvent, LegKey, Party,
};
use telephony::sip::limits::Config;
use telephony::sip::random::Random;

/// Our address.
pub(crate) const SERVER: &str = "192.0.2.1:5060";
/// A trunk that is believed by its address.
pub(crate) const TRUNK: &str = "198.51.100.10:5060";
/// A phone.
pub(crate) const PHONE: &str = "203.0.113.20:5062";
/// Another phone.
pub(crate) const PHONE2: &str = "203.0.113.21:5062";
/// An offer or answer of a peer.
pub(crate) const SDP: &str = "v=0\r\no=- 1 1 IN IP4 198.51.100.10\r\ns=-\r\nc=IN IP4 198.51.100.10\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";

struct Accounts;

impl Directory for Accounts {
    fn realm_known(&self, realm: &str) -> bool {
        matches!(realm, "pbx.example" | "192.0.2.1")
    }

    fn device(&self, realm: &str, username: &str) -> Option<DeviceAuth> {
        let enabled = match username {
            "101" | "102" => true,
            "109" => false,
            _ => return None,
        };
        self.realm_known(realm).then(|| DeviceAuth {
            account_id: "acc".into(),
            device_id: format!("dev{username}"),
            username: username.into(),
            realm: "pbx.example".into(),
            secret: Secret::Password("secret".into()),
            enabled,
        })
    }

    fn trunk(&self, source: SocketAddr) -> Option<Trunk> {
        (source == address(TRUNK)).then(|| Trunk {
            account_id: None,
            resource_id: "r1".into(),
            name: "carrier".into(),
        })
    }

    fn device_by_address(&self, _: SocketAddr) -> Option<DeviceAuth> {
        None
    }
}

pub(crate) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// A message the core sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) to: SocketAddr,
    pub(crate) text: String,
}

impl Sent {
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = self.text.split("\r\n\r\n").next().unwrap();
        head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }

    pub(crate) fn first_line(&self) -> &str {
        self.text.lines().next().unwrap()
    }

    pub(crate) fn is(&self, start: &str) -> bool {
        self.text.starts_with(start)
    }

    /// The response a peer gives to this request.
    pub(crate) fn reply(&self, status: u16, tag: &str, extra: &str, body: &str) -> String {
        let mut out = format!("SIP/2.0 {status} Whatever\r\n");
        for line in self.text.split("\r\n\r\n").next().unwrap().lines().skip(1) {
            let name = line.split(':').next().unwrap();
            match name {
                "Via" | "From" | "Call-ID" | "CSeq" | "Record-Route" => out.push_str(line),
                "To" if !tag.is_empty() && !line.contains(";tag=") => {
                    out.push_str(&format!("{line};tag={tag}"))
                }
                "To" => out.push_str(line),
                _ => continue,
            }
            out.push_str("\r\n");
        }
        out.push_str(extra);
        if !body.is_empty() {
            out.push_str("Content-Type: application/sdp\r\n");
        }
        out.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        out
    }
}

/// The core and everything it said.
pub(crate) struct Bench {
    pub(crate) core: SipCore,
    pub(crate) now: Duration,
    pub(crate) sent: Vec<Sent>,
    pub(crate) events: Vec<(LegKey, LegEvent)>,
    pub(crate) other: Vec<Effect>,
    pub(crate) random: Random,
}

impl Bench {
    pub(crate) fn new() -> Bench {
        Bench::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Bench {
        let mut config = Config::new(address(SERVER), [9; 32]);
        change(&mut config);
        Bench {
            core: SipCore::new(config, Arc::new(Accounts)),
            now: Duration::from_secs(1000),
            sent: Vec::new(),
            events: Vec::new(),
            other: Vec::new(),
            random: Random::new([1; 32]),
        }
    }

    pub(crate) fn input(&mut self, input: Input<'_>) {
        let mut out = Vec::new();
        self.core.handle(self.now, input, &mut out);
        for effect in out {
            match effect {
                Effect::Send { to, bytes, .. } => {
                    self.sent.push(Sent { to, text: String::from_utf8_lossy(&bytes).into_owned() });
                }
                Effect::Leg(key, event) => self.events.push((key, event)),
                other => self.other.push(other),
            }
        }
    }

    pub(crate) fn packet(&mut self, from: &str, text: &str) {
        self.input(Input::Packet { raw: text.as_bytes(), flow: FlowId::udp(0), from: address(from) });
    }

    pub(crate) fn command(&mut self, leg: LegKey, command: LegCommand) {
        self.input(Input::Command(leg, command));
    }

    /// Let time pass, stopping at each deadline.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.core.next_deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.input(Input::Timer);
        }
        self.now = end;
        self.input(Input::Timer);
    }

    pub(crate) fn pass_ms(&mut self, ms: u64) {
        self.pass(Duration::from_millis(ms));
    }

    /// All that was sent since the last look.
    pub(crate) fn take(&mut self) -> Vec<Sent> {
        std::mem::take(&mut self.sent)
    }

    /// The one message sent since the last look.
    #[track_caller]
    pub(crate) fn one(&mut self) -> Sent {
        let sent = self.take();
        let lines: Vec<&str> = sent.iter().map(Sent::first_line).collect();
        assert_eq!(sent.len(), 1, "{lines:?}");
        sent.into_iter().next().unwrap()
    }

    /// The last message that starts so.
    #[track_caller]
    pub(crate) fn last(&mut self, start: &str) -> Sent {
        let sent = self.take();
        let found = sent.iter().rev().find(|sent| sent.is(start)).cloned();
        found.unwrap_or_else(|| {
            panic!("no {start} in {:?}", sent.iter().map(Sent::first_line).collect::<Vec<_>>())
        })
    }

    /// All events since the last look.
    pub(crate) fn events(&mut self) -> Vec<LegEvent> {
        std::mem::take(&mut self.events).into_iter().map(|(_, event)| event).collect()
    }

    /// The one event since the last look.
    #[track_caller]
    pub(crate) fn event(&mut self) -> LegEvent {
        let events = self.events();
        assert_eq!(events.len(), 1, "{events:?}");
        events.into_iter().next().unwrap()
    }

    /// A call from the trunk; its leg and facts.
    #[track_caller]
    pub(crate) fn call(&mut self, peer: &Caller) -> (LegKey, Incoming) {
        self.packet(TRUNK, &peer.invite(""));
        self.invited()
    }

    #[track_caller]
    pub(crate) fn invited(&mut self) -> (LegKey, Incoming) {
        match self.events.pop() {
            Some((key, LegEvent::Invite(incoming))) => (key, *incoming),
            other => panic!("no call: {other:?}"),
        }
    }

    /// A call from the trunk that is answered and acknowledged.
    #[track_caller]
    pub(crate) fn answered_call(&mut self, peer: &mut Caller) -> LegKey {
        let (leg, _) = self.call(peer);
        self.command(leg, LegCommand::Answer(our_sdp()));
        let ok = self.last("SIP/2.0 200");
        peer.learn(&ok);
        self.packet(TRUNK, &peer.ack(""));
        assert_eq!(self.event(), LegEvent::Confirmed { sdp: None });
        leg
    }

    /// Register a phone.
    pub(crate) fn register(&mut self, user: &str, from: &str) {
        let mut phone = Phone::new(user, from);
        self.packet(from, &phone.register(None, 3600));
        let challenge = self.last("SIP/2.0 401");
        let value = phone.answer(&challenge, &mut self.random);
        self.packet(from, &phone.register(Some(&value), 3600));
        self.last("SIP/2.0 200");
    }
}

/// A phone that registers.
pub(crate) struct Phone {
    pub(crate) user: String,
    pub(crate) contact: String,
    pub(crate) cseq: u32,
    pub(crate) call_id: String,
    pub(crate) client: DigestClient,
}

impl Phone {
    pub(crate) fn new(user: &str, from: &str) -> Phone {
        Phone::with_password(user, from, "secret")
    }

    pub(crate) fn with_password(user: &str, from: &str, password: &str) -> Phone {
        Phone {
            user: user.into(),
            contact: format!("sip:{user}@{from}"),
            cseq: 0,
            call_id: format!("reg-{user}-{from}"),
            client: DigestClient::new(Credentials { username: user.into(), password: password.into() }),
        }
    }

    pub(crate) fn register(&mut self, authorization: Option<&str>, expires: u32) -> String {
        let contact = format!("Contact: <{}>\r\nExpires: {expires}\r\n", self.contact);
        self.register_with(authorization, &contact)
    }

    pub(crate) fn register_with(&mut self, authorization: Option<&str>, lines: &str) -> String {
        self.cseq += 1;
        let (user, cseq, call_id) = (&self.user, self.cseq, &self.call_id);
        let authorization =
            authorization.map(|value| format!("Authorization: {value}\r\n")).unwrap_or_default();
        format!(
            "REGISTER sip:pbx.example SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKr{user}{cseq};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{user}@pbx.example>;tag=f\r\nTo: <sip:{user}@pbx.example>\r\n\
             Call-ID: {call_id}\r\nCSeq: {cseq} REGISTER\r\nUser-Agent: bench\r\n{lines}{authorization}Content-Length: 0\r\n\r\n"
        )
    }

    /// The credentials for a challenge; the MD5 line is answered, as old phones do.
    pub(crate) fn answer(&mut self, challenge: &Sent, random: &mut Random) -> String {
        let value = challenge.header("WWW-Authenticate").unwrap();
        self.client.challenged(std::iter::once(value.as_str()), false);
        self.again(random)
    }

    pub(crate) fn again(&mut self, random: &mut Random) -> String {
        self.client.header("REGISTER", "sip:pbx.example", random).unwrap().1
    }
}

/// A peer that calls us.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) call_id: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) cseq: u32,
    pub(crate) branch: String,
    pub(crate) target: String,
    pub(crate) sdp: String,
}

impl Caller {
    pub(crate) fn new(name: &str) -> Caller {
        Caller {
            call_id: format!("call-{name}"),
            from: format!("\"{name}\" <sip:+15550001@carrier.example>;tag=ft{name}"),
            to: "<sip:+15551234@192.0.2.1>".into(),
            cseq: 1,
            branch: format!("z9hG4bK{name}1"),
            target: "sip:+15551234@192.0.2.1".into(),
            sdp: SDP.into(),
        }
    }

    pub(crate) fn request(&self, method: &str, cseq: u32, branch: &str, extra: &str, body: &str) -> String {
        let kind = if body.starts_with("v=0") { "Content-Type: application/sdp\r\n" } else { "" };
        format!(
            "{method} {} SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.10:5060;branch={branch}\r\nMax-Forwards: 70\r\n\
             From: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {cseq} {method}\r\nContact: <sip:gw@198.51.100.10:5060>\r\n\
             {extra}{kind}Content-Length: {}\r\n\r\n{body}",
            self.target,
            self.from,
            self.to,
            self.call_id,
            body.len()
        )
    }

    pub(crate) fn invite(&self, extra: &str) -> String {
        self.request("INVITE", self.cseq, &self.branch, extra, &self.sdp)
    }

    /// Take the tag and contact of an answer.
    pub(crate) fn learn(&mut self, ok: &Sent) {
        self.to = ok.header("To").unwrap();
        if let Some(contact) = ok.header("Contact") {
            self.target = contact.trim_matches(['<', '>']).to_owned();
        }
    }

    /// The ACK of a 2xx.
    pub(crate) fn ack(&self, body: &str) -> String {
        self.request("ACK", self.cseq, &format!("{}ack", self.branch), "", body)
    }

    /// The ACK of a refusal.
    pub(crate) fn ack_refusal(&self, refusal: &Sent) -> String {
        let mut same = self.clone();
        same.to = refusal.header("To").unwrap();
        same.request("ACK", self.cseq, &self.branch, "", "")
    }

    pub(crate) fn cancel(&self) -> String {
        self.request("CANCEL", self.cseq, &self.branch, "", "")
    }

    /// The next request in the call.
    pub(crate) fn next(&mut self, method: &str, extra: &str, body: &str) -> String {
        self.cseq += 1;
        self.branch = format!("z9hG4bK{}n{}", self.call_id, self.cseq);
        self.request(method, self.cseq, &self.branch.clone(), extra, body)
    }
}

pub(crate) fn our_sdp() -> Bytes {
    use telephony::sip::sdp::{Local, offer};
    offer(&Local::new(address("192.0.2.1:40000"), 1))
}

/// A call to contacts of 101 and whatever else is named.
pub(crate) fn dial_101() -> LegCommand {
    LegCommand::Dial(Box::new(Dial {
        targets: vec![DialTarget::Registered { aor: "101@pbx.example".into(), invite_user: None }],
        from: Party { name: "Ann".into(), user: "200".into(), host: "pbx.example".into() },
        sdp: our_sdp(),
        ..Dial::default()
    }))
}

pub(crate) fn dial_uri(uri: &str, credentials: Option<Credentials>) -> LegCommand {
    LegCommand::Dial(Box::new(Dial {
        targets: vec![DialTarget::Uri { uri: uri.into(), address: None, route: None, tcp: false }],
        from: Party { name: String::new(), user: "200".into(), host: String::new() },
        headers: vec![("X-Test".into(), "1\r\nEvil: 1".into())],
        sdp: our_sdp(),
        credentials,
        ..Dial::default()
    }))
}
