//! Lamps: telephones that watch extensions, parking slots and a mailbox (SUBSCRIBE, NOTIFY).

use std::net::UdpSocket;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use telephony::media::g711::Codec;
use telephony::sip::digest::{Credentials, DigestClient};
use telephony::sip::random::Random;

use crate::phone::{Phone, Step, missing};
use crate::server::{ACCOUNT, Account, PATIENCE, REALM, Server, ask_with, wait_for};

const BOX: &str = "b0c50000000000000000000000000102";

/// One key of alice's phone, with a socket of its own: it subscribes, and answers what it is told.
struct Lamp {
    socket: UdpSocket,
}

impl Lamp {
    /// Watches, and waits until it is told for the first time.
    fn watch(server: &Server, user: &str, event: &str, first: &str) -> Lamp {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(("127.0.0.1", server.sip_port)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let here = socket.local_addr().unwrap();
        let uri = format!("sip:{user}@{REALM}");
        let request = |cseq: u32, authorization: &str| {
            format!(
                "SUBSCRIBE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bKlamp{number}x{cseq};rport\r\n\
                 Max-Forwards: 70\r\nFrom: <sip:alice@{REALM}>;tag=lamp{number}\r\nTo: <{uri}>\r\n\
                 Call-ID: lamp-{number}@{here}\r\nCSeq: {cseq} SUBSCRIBE\r\nContact: <sip:alice@{here}>\r\n\
                 Event: {event}\r\nExpires: 600\r\n{authorization}Content-Length: 0\r\n\r\n"
            )
        };
        let lamp = Lamp { socket };
        lamp.socket.send(request(1, "").as_bytes()).unwrap();
        let challenge = lamp.await_message("SIP/2.0 401");
        let value = challenge.lines().find_map(|line| line.strip_prefix("WWW-Authenticate: ")).unwrap();
        let credentials = Credentials { username: "alice".into(), password: "alice-secret".into() };
        let mut client = DigestClient::new(credentials);
        client.challenged(std::iter::once(value), false);
        let (name, value) = client.header("SUBSCRIBE", &uri, &mut Random::new([7; 32])).unwrap();
        lamp.socket.send(request(2, &format!("{name}: {value}\r\n")).as_bytes()).unwrap();
        lamp.await_message("SIP/2.0 200");
        lamp.await_shown(first);
        lamp
    }

    /// Waits for a notification with this in it; what it is told before is answered and passed over.
    fn await_shown(&self, text: &str) {
        let until = Instant::now() + PATIENCE;
        let mut told = Vec::new();
        while Instant::now() < until {
            let Some(notify) = self.receive().filter(|message| message.starts_with("NOTIFY ")) else {
                continue;
            };
            let repeated = ["Via", "From", "To", "Call-ID", "CSeq"];
            let lines = notify.lines().take_while(|line| !line.is_empty());
            let lines =
                lines.filter(|line| repeated.iter().any(|name| line.starts_with(&format!("{name}:"))));
            let head: String = lines.map(|line| format!("{line}\r\n")).collect();
            let answer = format!("SIP/2.0 200 OK\r\n{head}Content-Length: 0\r\n\r\n");
            self.socket.send(answer.as_bytes()).unwrap();
            if notify.contains(text) {
                return;
            }
            told.push(notify);
        }
        panic!("never shown: {text}; but: {told:#?}");
    }

    fn await_message(&self, start: &str) -> String {
        wait_for(start, || self.receive().filter(|message| message.starts_with(start)))
    }

    fn receive(&self) -> Option<String> {
        let mut buffer = [0; 65_536];
        let length = self.socket.recv(&mut buffer).ok()?;
        Some(String::from_utf8_lossy(&buffer[..length]).into_owned())
    }
}

fn account() -> Account {
    let ring = |id: &str| json!({"module": "user", "data": {"id": id, "timeout": 30}, "children": {}});
    let park = json!({"name": "park", "patterns": ["^\\*4([0-9]+)$"],
        "flow": {"module": "park", "data": {"action": "direct_park"}, "children": {}}});
    let by_hand = |status: &str| {
        let data = json!({"presence_id": "700", "status": status});
        json!({"module": "manual_presence", "data": data, "children": {}})
    };
    let mailbox = json!({"name": "Bob's voicemail", "mailbox": "102", "owner_id": "bob", "require_pin": false,
                         "is_setup": true, "timezone": "UTC"});
    Account::new()
        .with_phone("alice")
        .with_phone("bob")
        .with_phone("carol")
        .with("callflows", "park", park)
        .with("vmboxes", BOX, mailbox)
        .with_flow("102", ring("bob"))
        .with_flow("701", by_hand("busy"))
        .with_flow("702", by_hand("idle"))
        .with_flow(
            "103",
            json!({"module": "voicemail", "data": {"action": "compose", "id": BOX}, "children": {}}),
        )
}

#[test]
fn a_lamp_shows_a_colleague_ringing_and_talking() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account());
    let bob = Phone::new(&server, "bob").register();
    let carol = Phone::new(&server, "carol").register();
    let by_number = Lamp::watch(&server, "102", "dialog", "<state>terminated</state>");
    let by_name = Lamp::watch(&server, "bob", "presence", "Ready");
    let at_bob = bob.listen(Codec::Pcmu, &[Step::Ring, Step::Go, Step::Answer, Step::AwaitBye]);
    let calling = carol.call("102", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    by_number.await_shown("<state>early</state>");
    at_bob.await_received("INVITE");
    at_bob.go();
    by_number.await_shown("<state>confirmed</state>");
    by_name.await_shown("On the phone");
    calling.connected();
    calling.go();
    calling.finish();
    at_bob.finish();
    by_number.await_shown("<state>terminated</state>");
    by_name.await_shown("Ready");
    server.quiet();
}

#[test]
fn lamps_show_a_parking_slot_and_what_was_set_by_hand() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account());
    let carol = Phone::new(&server, "carol").register();
    let slot = Lamp::watch(&server, "*4105", "dialog", "<state>terminated</state>");
    let key = Lamp::watch(&server, "700", "dialog", "<state>terminated</state>");
    let parked = carol.call("*4105", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    slot.await_shown("<state>early</state>");
    parked.connected();
    parked.go();
    parked.finish();
    slot.await_shown("<state>terminated</state>");
    let setting = [Step::Answered, Step::AwaitBye];
    carol.call("701", Codec::Pcmu, &setting).finish();
    key.await_shown("<state>confirmed</state>");
    let asks_later = Lamp::watch(&server, "700", "dialog", "<state>confirmed</state>");
    carol.call("702", Codec::Pcmu, &setting).finish();
    key.await_shown("<state>terminated</state>");
    asks_later.await_shown("<state>terminated</state>");
    server.quiet();
}

#[test]
fn a_message_lamp_goes_on_and_off() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&account());
    let carol = Phone::new(&server, "carol").register();
    let by_mailbox = Lamp::watch(&server, "102", "message-summary", "Voice-Message: 0/0 (0/0)");
    let by_telephone = Lamp::watch(&server, "bob", "message-summary", "Messages-Waiting: no");
    let leaving = carol.call("103", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    leaving.connected().sound.await_prompt("vm-record_message");
    leaving.sound.say(Some(700.0));
    leaving.sound.await_said(Duration::from_secs(2));
    leaving.go();
    leaving.finish();
    by_mailbox.await_shown("Messages-Waiting: yes");
    by_telephone.await_shown("Voice-Message: 1/0 (0/0)");
    let message = server.messages(BOX).into_iter().next().unwrap();
    let path =
        format!("/v2/accounts/{ACCOUNT}/vmboxes/{BOX}/messages/{}", message["media_id"].as_str().unwrap());
    let headers = format!("X-Auth-Token: {}\r\n", server.token());
    let deleted = ask_with(&server.http, "DELETE", &path, &headers, "").unwrap();
    assert_eq!(deleted.status, 200, "{}", deleted.text());
    by_mailbox.await_shown("Voice-Message: 0/0 (0/0)");
    by_telephone.await_shown("Messages-Waiting: no");
    server.quiet();
}
