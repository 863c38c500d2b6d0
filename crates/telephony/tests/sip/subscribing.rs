//! Subscriptions: who may watch, what they are told and when, and how a subscription ends.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use telephony::sip::digest::{Credentials, DigestClient};
use telephony::sip::leg::{Effect, FlowId, Input};
use telephony::sip::watch::{Line, Package, Shown, Watched};

use crate::bench::{Bench, PHONE, Sent, address};

/// A phone that watches something.
struct Watcher {
    to: String,
    uri: String,
    number: u32,
    cseq: u32,
    event: &'static str,
    client: DigestClient,
}

impl Watcher {
    fn of(user: &str, event: &'static str) -> Watcher {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let password = "secret".into();
        Watcher {
            to: format!("<sip:{user}@pbx.example>"),
            uri: format!("sip:{user}@pbx.example"),
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            cseq: 0,
            event,
            client: DigestClient::new(Credentials { username: "101".into(), password }),
        }
    }

    fn request(&mut self, authorization: Option<&str>, lines: &str) -> String {
        self.cseq += 1;
        let authorization =
            authorization.map(|value| format!("Authorization: {value}\r\n")).unwrap_or_default();
        format!(
            "SUBSCRIBE {} SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKs{}x{};rport\r\nMax-Forwards: 70\r\n\
             From: <sip:101@pbx.example>;tag=watch\r\nTo: {}\r\nCall-ID: watching-{}\r\nCSeq: {} SUBSCRIBE\r\n\
             Contact: <sip:101@10.0.0.9:5060>\r\nEvent: {}\r\n{lines}{authorization}Content-Length: 0\r\n\r\n",
            self.uri, self.number, self.cseq, self.to, self.number, self.cseq, self.event
        )
    }

    /// Sends a request that proves who it is; gives the answer.
    #[track_caller]
    fn subscribe(&mut self, bench: &mut Bench, lines: &str) -> Sent {
        let first = self.request(None, lines);
        bench.packet(PHONE, &first);
        let challenge = bench.last("SIP/2.0 401");
        let value = challenge.header("WWW-Authenticate").unwrap();
        self.client.challenged(std::iter::once(value.as_str()), false);
        let value = self.client.header("SUBSCRIBE", &self.uri, &mut bench.random).unwrap().1;
        let request = self.request(Some(&value), lines);
        bench.packet(PHONE, &request);
        let answer = bench.last("SIP/2.0 ");
        if answer.is("SIP/2.0 200") {
            self.to = answer.header("To").unwrap();
        }
        answer
    }
}

fn watched(user: &str, package: Package) -> Watched {
    Watched { account_id: "acc".into(), user: user.into(), package }
}

fn show(bench: &mut Bench, user: &str, line: Line) {
    bench.input(Input::Show(watched(user, Package::Dialog), Shown::Line(line)));
}

/// Answers the one notification, and gives it.
#[track_caller]
fn told(bench: &mut Bench) -> Sent {
    let notify = bench.one();
    assert!(notify.is("NOTIFY sip:101@10.0.0.9:5060 SIP/2.0"), "{}", notify.text);
    assert_eq!(notify.to.to_string(), PHONE, "to the neighbour: the phone is behind NAT");
    bench.packet(PHONE, &notify.reply(200, "", "", ""));
    notify
}

#[test]
fn a_lamp_follows_its_extension() {
    let mut bench = Bench::new();
    let mut phone = Watcher::of("102", "dialog;id=7");
    let ok = phone.subscribe(&mut bench, "Expires: 600\r\nAccept: application/dialog-info+xml\r\n");
    assert!(ok.is("SIP/2.0 200 "), "{}", ok.text);
    assert_eq!(ok.header("Expires").as_deref(), Some("600"));
    assert!(
        matches!(bench.other.as_slice(), [Effect::Watch(asked)] if *asked == watched("102", Package::Dialog))
    );

    show(&mut bench, "102", Line::Idle);
    let first = told(&mut bench);
    assert_eq!(first.header("Event").as_deref(), Some("dialog;id=7"), "the id comes back");
    assert_eq!(first.header("Subscription-State").as_deref(), Some("active;expires=600"));
    assert_eq!(first.header("Content-Type").as_deref(), Some("application/dialog-info+xml"));
    assert!(first.text.contains("version=\"0\"") && first.text.contains("<state>terminated</state>"));
    show(&mut bench, "102", Line::Idle);
    assert!(bench.take().is_empty(), "the same twice is told once");
    show(&mut bench, "102", Line::Ringing);
    let rings = told(&mut bench);
    assert!(rings.text.contains("version=\"1\"") && rings.text.contains("<state>early</state>"));
    assert_eq!(rings.header("CSeq").as_deref(), Some("2 NOTIFY"));
    show(&mut bench, "103", Line::Busy);
    assert!(bench.take().is_empty(), "nobody watches 103");
}

#[test]
fn who_answers_slowly_gets_the_newest() {
    let mut bench = Bench::new();
    Watcher::of("102", "dialog").subscribe(&mut bench, "");
    show(&mut bench, "102", Line::Idle);
    let first = bench.one();
    show(&mut bench, "102", Line::Ringing);
    show(&mut bench, "102", Line::Busy);
    assert!(bench.take().is_empty(), "one at a time");
    bench.packet(PHONE, &first.reply(200, "", "", ""));
    assert!(told(&mut bench).text.contains("<state>confirmed</state>"));
    assert!(bench.take().is_empty());
}

#[test]
fn messages_are_counted() {
    let mut bench = Bench::new();
    let ok = Watcher::of("101", "message-summary").subscribe(&mut bench, "");
    assert_eq!(ok.header("Expires").as_deref(), Some("3600"));
    let mailbox = watched("101", Package::MessageSummary);
    bench.input(Input::Show(mailbox, Shown::Messages { new: 2, saved: 1 }));
    let notify = told(&mut bench);
    assert!(notify.text.ends_with(
        "Messages-Waiting: yes\r\nMessage-Account: sip:101@pbx.example\r\nVoice-Message: 2/1 (0/0)\r\n"
    ));
}

#[test]
fn a_subscription_is_renewed_withdrawn_and_runs_out() {
    let mut bench = Bench::new();
    let mut phone = Watcher::of("102", "dialog");
    phone.subscribe(&mut bench, "Expires: 100\r\n");
    show(&mut bench, "102", Line::Idle);
    told(&mut bench);
    bench.pass(Duration::from_secs(90));
    let renewed = phone.subscribe(&mut bench, "Expires: 100\r\n");
    assert!(renewed.is("SIP/2.0 200 "), "{}", renewed.text);
    show(&mut bench, "102", Line::Idle);
    told(&mut bench);
    bench.pass(Duration::from_secs(90));
    assert_eq!(bench.core.load().subscriptions, 1);
    bench.take();
    bench.other.clear();
    assert!(phone.subscribe(&mut bench, "Expires: 0\r\n").is("SIP/2.0 200 "));
    show(&mut bench, "102", Line::Idle);
    let last = bench.last("NOTIFY");
    assert_eq!(last.header("Subscription-State").as_deref(), Some("terminated;reason=timeout"));
    assert!(bench.other.iter().any(|effect| matches!(effect, Effect::Unwatch(_))));
    assert_eq!(bench.core.load().subscriptions, 0);

    Watcher::of("102", "dialog").subscribe(&mut bench, "Expires: 100\r\n");
    show(&mut bench, "102", Line::Busy);
    told(&mut bench);
    bench.pass(Duration::from_secs(101));
    let ended = bench.last("NOTIFY");
    assert!(ended.text.contains("terminated;reason=timeout") && ended.text.contains("confirmed"));
    assert_eq!(bench.core.load().subscriptions, 0);
    bench.pass(Duration::from_secs(60));
    let left = bench.core.load();
    assert_eq!((left.client_transactions, left.server_transactions), (0, 0), "nothing is left behind");
}

#[test]
fn one_who_asks_once_is_told_once() {
    let mut bench = Bench::new();
    Watcher::of("102", "presence").subscribe(&mut bench, "Expires: 0\r\n");
    bench.input(Input::Show(watched("102", Package::Presence), Shown::Line(Line::Busy)));
    let notify = bench.last("NOTIFY");
    assert!(notify.text.contains("<rpid:on-the-phone/>"), "{}", notify.text);
    assert_eq!(notify.header("Subscription-State").as_deref(), Some("terminated;reason=timeout"));
    assert_eq!(bench.core.load().subscriptions, 0);
}

#[test]
fn what_cannot_be_watched_is_refused() {
    let mut bench = Bench::new();
    let refused = |bench: &mut Bench, event: &'static str, lines: &str| {
        let request = Watcher::of("102", event).request(None, lines);
        bench.packet(PHONE, &request);
        let answer = bench.one();
        bench.pass(Duration::from_secs(40));
        answer
    };
    let unknown = refused(&mut bench, "conference", "");
    assert!(unknown.is("SIP/2.0 489 "));
    assert_eq!(unknown.header("Allow-Events").as_deref(), Some(Package::ALL));
    assert!(refused(&mut bench, "dialog", "Accept: application/pidf+xml\r\n").is("SIP/2.0 406 "));
    assert!(Watcher::of("102", "dialog").subscribe(&mut bench, "Expires: 5\r\n").is("SIP/2.0 423 "));
    let mut elsewhere = Watcher::of("102", "dialog");
    elsewhere.uri = "sip:102@other.example".into();
    let request = elsewhere.request(None, "").replace("@pbx.example", "@other.example");
    bench.packet(PHONE, &request);
    assert!(bench.one().is("SIP/2.0 404 "));
    assert_eq!(bench.core.load().subscriptions, 0);
}

#[test]
fn subscriptions_are_limited_per_device() {
    let mut bench = Bench::with(|config| config.limits.max_subscriptions_per_device = 1);
    assert!(Watcher::of("102", "dialog").subscribe(&mut bench, "").is("SIP/2.0 200 "));
    assert!(Watcher::of("103", "dialog").subscribe(&mut bench, "").is("SIP/2.0 503 "));
}

#[test]
fn a_phone_that_forgot_or_is_gone_is_told_no_more() {
    let mut bench = Bench::new();
    Watcher::of("102", "dialog").subscribe(&mut bench, "");
    show(&mut bench, "102", Line::Idle);
    let notify = bench.one();
    bench.packet(PHONE, &notify.reply(481, "", "", ""));
    assert_eq!(bench.core.load().subscriptions, 0);

    bench.pass(Duration::from_secs(40));
    Watcher::of("102", "dialog").subscribe(&mut bench, "");
    show(&mut bench, "102", Line::Busy);
    bench.pass(Duration::from_secs(33));
    assert_eq!(bench.core.load().subscriptions, 0, "no answer");
}

#[test]
fn a_closed_connection_takes_its_subscriptions() {
    let mut bench = Bench::new();
    let flow = FlowId::accepted(1);
    let mut phone = Watcher::of("102", "dialog");
    let over_tcp = |bench: &mut Bench, text: &str| {
        let text = text.replace("SIP/2.0/UDP", "SIP/2.0/TCP");
        bench.input(Input::Packet { raw: text.as_bytes(), flow, from: address(PHONE) });
    };
    let first = phone.request(None, "");
    over_tcp(&mut bench, &first);
    let value = bench.last("SIP/2.0 401").header("WWW-Authenticate").unwrap();
    phone.client.challenged(std::iter::once(value.as_str()), false);
    let value = phone.client.header("SUBSCRIBE", &phone.uri, &mut bench.random).unwrap().1;
    let second = phone.request(Some(&value), "");
    over_tcp(&mut bench, &second);
    assert_eq!(bench.core.load().subscriptions, 1);
    bench.input(Input::FlowClosed(flow));
    assert_eq!(bench.core.load().subscriptions, 0);
}
