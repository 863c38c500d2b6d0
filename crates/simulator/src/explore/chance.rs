//! People, phones, web servers and faults made up from a seed.
//!
//! Not here: what must hold whatever they do (`explore`).

use std::time::Duration;

use flow::n2fe::service;
use serde_json::{Value, json};

use super::random;
use crate::scenario::CallSpec;
use crate::world::account::Account;
use crate::world::others::{OtherCall, OtherParty};
use crate::world::party::{Behaviour, Behaviours, Ends, Step, Trunk};
use crate::world::web::{Reply, ReplyKind, Resource};
use crate::world::{Fate, Faults, World};

/// Monday 2026-11-23 00:00 UTC in seconds since 1970; calls begin within the following four weeks.
const FIRST_START: i64 = 1_795_392_000;

/// Something that ends a call from outside, after so many events in its world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// The caller hangs up.
    CallerHangsUp,
    /// An operator ends the call.
    Ended,
}

/// A deterministic source of choices (SplitMix64, Steele and others 2014).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The source of this seed.
    pub fn new(seed: u64) -> Chance {
        Chance(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below `bound`; 0 for a bound of 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next() % bound }
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let at = self.below(from.len() as u64);
        usize::try_from(at).ok().and_then(|at| from.get(at))
    }

    fn up_to(&mut self, most: Duration) -> Duration {
        Duration::from_millis(self.below(u64::try_from(most.as_millis()).unwrap_or(u64::MAX)))
    }

    /// A world around the account: phones for most of its devices, one carrier, one web server for all addresses.
    pub fn world(&mut self, account: &Account) -> World {
        let second = i64::try_from(self.below(28 * 86_400)).unwrap_or_default();
        let start = jiff::Timestamp::from_second(FIRST_START + second).unwrap_or_default();
        let mut world = World::new(account.clone(), start);
        for device in account.index().of_type("device") {
            if !self.once_in(5) {
                world.phones.insert(device.id.clone(), self.behaviours());
            }
        }
        if !self.once_in(4) {
            world.trunks.push(Trunk { to: "*".to_owned(), does: self.behaviours() });
        }
        let replies = (0..=self.below(3)).map(|_| self.reply()).collect();
        world.web.resources.push(Resource::new("*", None, replies));
        world.sound.speech = !self.once_in(4);
        if self.once_in(6) {
            let missing = if self.once_in(2) { "media *" } else { "prompt *" };
            world.sound.lengths.push((missing.to_owned(), None));
        }
        let (save, load) = (self.fates(), self.fates());
        world.faults = Faults::new(save, load, self.once_in(40));
        world
    }

    /// As [`Chance::world`], with web servers that send flows of the whole catalogue, replies of any size, and calls of
    /// other people.
    pub(super) fn wild_world(&mut self, account: &Account) -> World {
        let mut world = self.world(account);
        let mut replies: Vec<Reply> = (0..=self.below(3)).map(|_| self.wild_reply()).collect();
        for resource in &mut world.web.resources {
            resource.replies.append(&mut replies);
        }
        let mut devices = account.index().of_type("device");
        for nth in 0..self.below(3) {
            let device = devices.next().map(|device| device.id.clone()).unwrap_or_default();
            let inside = OtherParty { who: device, is_device: true, then: vec![self.step(), self.step()] };
            let outside =
                OtherParty { who: "+15559990000".to_owned(), is_device: false, then: vec![self.step()] };
            let (caller, callee) = if self.once_in(2) { (inside, outside) } else { (outside, inside) };
            let callee = (!self.once_in(4)).then_some(callee);
            let call_id = format!("other{nth}");
            world.others.push(OtherCall {
                call_id,
                caller,
                callee,
                answered: self.once_in(2),
                ..OtherCall::default()
            });
        }
        world.faults.fax_lost = self.once_in(3);
        world
    }

    fn wild_reply(&mut self) -> Reply {
        let mut reply = match self.below(4) {
            0 => self.reply(),
            _ => {
                let turn = self.next();
                Reply::json(&random::flow(self, turn, 3))
            }
        };
        reply.after = self.up_to(Duration::from_secs(7));
        if let ReplyKind::Http { body, .. } = &mut reply.what {
            match self.below(12) {
                1 => *body = "[".repeat(200),
                2 if self.once_in(4) => *body = "x".repeat(20_000),
                _ => {}
            }
        }
        reply
    }

    /// Whether, when and how the call is cut off.
    pub(super) fn cut(&mut self) -> Option<(usize, Cut)> {
        if !self.once_in(3) {
            return None;
        }
        let how = if self.once_in(5) { Cut::Ended } else { Cut::CallerHangsUp };
        let most = if self.once_in(2) { 12 } else { 80 };
        Some((usize::try_from(self.below(most)).unwrap_or_default(), how))
    }

    /// Who calls whom: mostly a number of the account, or one of those given.
    pub fn caller(&mut self, account: &Account, given: &[&str]) -> CallSpec {
        let index = account.index();
        let service_numbers = index.of_type(service::SERVICE_NUMBER);
        let service_numbers =
            service_numbers.filter_map(|one| Some(one.body.get("number")?.as_str()?.to_owned()));
        let numbers: Vec<String> = index
            .callflows()
            .flat_map(|callflow| callflow.numbers.iter().cloned())
            .chain(service_numbers)
            .chain(given.iter().map(|number| (*number).to_owned()))
            .collect();
        let devices: Vec<String> =
            account.index().of_type("device").map(|device| device.id.clone()).collect();
        let to = match self.pick(&numbers) {
            Some(number) if !self.once_in(6) => number.clone(),
            _ => self.keys(11),
        };
        let device = if self.once_in(2) { self.pick(&devices).cloned() } else { None };
        let from = device.is_none().then(|| format!("+1555{:07}", self.below(10_000_000)));
        CallSpec { to, from, device, privacy: self.once_in(10), ..CallSpec::default() }
    }

    /// What a caller does: keys, silence, speech; most hang up in the end.
    pub fn caller_steps(&mut self) -> Vec<Step> {
        let count = self.below(12);
        let mut steps: Vec<Step> = (0..count).map(|_| self.step()).collect();
        if !self.once_in(4) {
            steps.push(Step::HangUp);
        }
        steps
    }

    /// What a caller does in an account made up: as [`Chance::caller_steps`], or feature keys once somebody talks to them.
    pub(super) fn wild_steps(&mut self) -> Vec<Step> {
        if self.once_in(2) {
            return self.caller_steps();
        }
        let mut steps = vec![Step::Connected];
        for _ in 0..=self.below(3) {
            steps.push(Step::Wait(self.up_to(Duration::from_secs(4))));
            steps.push(self.feature_key());
        }
        steps.extend(self.caller_steps());
        steps
    }

    /// A feature key, as metaflows made up have them, and keys that may belong to it.
    fn feature_key(&mut self) -> Step {
        const BOUND: &[&str] = &["*1", "*2", "*3", "*4", "*52001", "#1", "#2", "91", "93", "*1"];
        let key = (*self.pick(BOUND).unwrap_or(&"")).to_owned();
        Step::press(if self.once_in(3) { key + &self.keys(3) } else { key })
    }

    fn step(&mut self) -> Step {
        match self.below(12) {
            0 => Step::Speak(self.up_to(Duration::from_secs(20))),
            1 => Step::hear("*"),
            2 => Step::Hold(self.once_in(2)),
            3 if self.once_in(3) => Step::Transfer(self.keys(3)),
            3 if self.once_in(3) => Step::FaxTone,
            3 if self.once_in(5) => Step::Taken,
            3 => self.feature_key(),
            4..=6 => Step::Wait(self.up_to(Duration::from_secs(15))),
            7 => Step::Wait(self.up_to(Duration::from_secs(120))),
            _ => Step::press(self.keys(5)),
        }
    }

    fn keys(&mut self, most: u64) -> String {
        const KEYS: &[u8] = b"11223344567890*#";
        (0..=self.below(most)).filter_map(|_| self.pick(KEYS).map(|key| *key as char)).collect()
    }

    fn behaviours(&mut self) -> Behaviours {
        Behaviours::new((0..=self.below(2)).map(|_| self.behaviour()).collect())
    }

    fn behaviour(&mut self) -> Behaviour {
        const STATUSES: &[u16] = &[302, 403, 404, 480, 486, 487, 488, 500, 503, 603];
        let after = self.up_to(Duration::from_secs(30));
        let ends = match self.below(8) {
            0 => Ends::Rings,
            1 => Ends::Silent,
            2 => Ends::Unregistered,
            3 | 4 => Ends::Refuses { status: self.pick(STATUSES).copied().unwrap_or(480), after },
            _ => Ends::Answers(after),
        };
        let mut behaviour = Behaviour::new(ends);
        behaviour.early_media = self.once_in(6);
        behaviour.in_call = self.once_in(10);
        if !self.once_in(5) {
            let talk = Step::Wait(self.up_to(Duration::from_secs(60)));
            behaviour.then = if self.once_in(3) { vec![self.step(), talk] } else { vec![talk] };
            behaviour.then.push(Step::HangUp);
        }
        behaviour
    }

    fn reply(&mut self) -> Reply {
        let fault = |word| Reply::from_word(word);
        let made = match self.below(10) {
            0..=2 => self.pick(Reply::WORDS).and_then(|word| fault(word)),
            3 => Some(Reply::json(&Value::Null)),
            4 => Some(Reply::json(&json!({"module": 7, "data": [], "children": "x"}))),
            5 | 6 => Some(self.twiml()),
            _ => Some(Reply::json(&self.flow(3))),
        };
        let mut reply = made.unwrap_or_else(|| Reply::json(&json!({})));
        reply.after = self.up_to(Duration::from_secs(8));
        if let ReplyKind::Http { status, body, .. } = &mut reply.what {
            if self.once_in(8) {
                *status = 500;
            }
            if self.once_in(12) {
                body.push('{');
            }
        }
        reply
    }

    /// A small TwiML document a web server may send, now and then with something wrong in it.
    fn twiml(&mut self) -> Reply {
        const VERBS: &[&str] = &[
            "<Say loop='2'>From the web</Say>",
            "<Play terminators='#'>silence_stream://900</Play>",
            "<Pause length='2'/>",
            "<Gather numDigits='2' timeout='3' action='/digits'><Say>Enter</Say></Gather>",
            "<Gather finishOnKey='' timeout='1'/>",
            "<Record maxLength='9' timeout='2' action='/recorded'/>",
            "<Dial timeout='9' timeLimit='20' hangupOnStar='true' action='/done'><User>alice</User></Dial>",
            "<Dial strategy='single' record='true'><Device>bob-phone</Device><Number>+15557654321</Number></Dial>",
            "<Dial hangupOn='#'><Conference muted='true'>Room</Conference></Dial>",
            "<Redirect>/again</Redirect>",
            "<Set><Variable key='a' value='b'/></Set>",
            "<Reject reason='busy'/>",
            "<Hangup/>",
            "<Sms>no</Sms>",
            "<Say>",
        ];
        let verbs: String = (0..=self.below(4)).filter_map(|_| self.pick(VERBS).copied()).collect();
        Reply {
            after: Duration::ZERO,
            what: ReplyKind::Http {
                status: 200,
                content_type: "text/xml".to_owned(),
                body: format!("<Response>{verbs}</Response>"),
                final_url: None,
            },
        }
    }

    /// A small flow a web server may send.
    fn flow(&mut self, depth: u64) -> Value {
        let (module, data) = match self.below(7) {
            0 => ("tts", json!({"text": "From the web"})),
            1 => ("play", json!({"id": "silence_stream://500"})),
            2 => ("collect_dtmf", json!({"max_digits": 2, "timeout": 3000})),
            3 => ("pivot", json!({"voice_url": "http://flows.example/again"})),
            4 => ("hangup", json!({})),
            5 => ("response", json!({"code": 486})),
            _ => ("sleep", json!({"duration": 1})),
        };
        let children = if depth == 0 { json!({}) } else { json!({"_": self.flow(depth - 1)}) };
        json!({"module": module, "data": data, "children": children})
    }

    fn fates(&mut self) -> Vec<Fate> {
        if !self.once_in(6) {
            return Vec::new();
        }
        let mut fates: Vec<Fate> = (0..=self.below(4))
            .map(|_| match self.below(4) {
                0 => Fate::Conflict,
                1 => Fate::Storage,
                _ => Fate::Well,
            })
            .collect();
        if self.once_in(2) {
            fates.push(Fate::Well);
        }
        fates
    }
}
