//! Runs a scenario against an account and says whether it came out as expected.
//!
//! Not here: what is expected of a call (`expect`), the reports of a whole test run (`junit`).

use std::fmt;

use engine::journal::Journal;
use engine::output::Termination;
use engine::setup::{CallFacts, CallSetup};
use flow::n2fe::service;
use flow::numbers::CatchAll;
use serde::Serialize;
use serde_json::{Value, json};

use super::expect::{Mismatch, Outcome};
use super::{CallSpec, PlannedCall, Scenario};
use crate::session::{Observed, Session};
use crate::trace::{self, Line};
use crate::world::World;
use crate::world::account::Account;

/// The id of the callflow or control plan that a scenario brings with it.
pub const SCENARIO_FLOW: &str = "scenario-flow";
/// The caller's number when nobody says another.
const USUAL_CALLER: &str = "+15550100";
const USUAL_REALM: &str = "sim.example";

/// What came of a scenario.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// The scenario's name.
    pub name: String,
    /// Everything came as expected.
    pub passed: bool,
    /// What did not.
    pub failures: Vec<Failure>,
    /// The calls, in order.
    pub calls: Vec<CallReport>,
}

/// What came of one call.
#[derive(Clone, Debug, Serialize)]
pub struct CallReport {
    /// The trace.
    pub trace: Vec<Line>,
    /// What decided the call; feed it to [`replay`](crate::replay::replay).
    pub journal: Journal,
    /// How it ended; `None` when it did not.
    pub outcome: Option<Termination>,
    /// What was seen of it.
    #[serde(skip)]
    pub observed: Observed,
}

/// Something that did not come as expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The call it belongs to, from 1.
    pub call: usize,
    /// The key of `expect`, or `call`, `caller`, `engine`.
    pub about: String,
    /// What was expected.
    pub expected: String,
    /// What came instead.
    pub got: String,
    /// Lines of the trace around the place, or its last ones.
    pub trace: Vec<Line>,
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "call {}, {}", self.call, self.about)?;
        writeln!(out, "  expected: {}", self.expected)?;
        writeln!(out, "  got:      {}", self.got)?;
        for line in &self.trace {
            writeln!(out, "    {line}")?;
        }
        Ok(())
    }
}

/// Trace lines shown with a failure.
const LINES_SHOWN: usize = 25;

/// Runs a scenario's calls one after the other in a world around a copy of the account.
pub fn run(scenario: &Scenario, account: &Account) -> Report {
    let mut world = world_of(scenario, account);
    let mut report = Report { name: scenario.name.clone(), ..Report::default() };
    for (at, planned) in scenario.calls.iter().enumerate() {
        let number = at + 1;
        if at > 0 {
            let begins = world.clock.mono().saturating_add(planned.after);
            world.clock.advance_to(begins);
        }
        change_world(&mut world, planned);
        let setup = match setup(&world, &planned.call, number) {
            Ok(setup) => setup,
            Err(failure) => {
                report.failures.push(Failure { call: number, ..failure });
                break;
            }
        };
        let mut session = Session::begin(world, setup, planned.caller.clone());
        let over = session.run(scenario.give_up_after);
        let unended = (!over).then(|| Mismatch {
            about: "give_up_after".to_owned(),
            expected: format!("the call ends within {}", crate::text::duration(scenario.give_up_after)),
            got: "it goes on".to_owned(),
        });
        if !over {
            session.hang_up();
            session.step();
        }
        let mut wrong: Vec<Mismatch> = unended.into_iter().chain(faults_of(&session)).collect();
        let outcome = Outcome {
            termination: session.ended().filter(|_| over),
            observed: session.observed(),
            account: &session.world().account,
        };
        wrong.extend(planned.expect.compare(outcome));
        report.failures.extend(wrong.into_iter().map(|wrong| failure(number, wrong, session.lines())));
        report.calls.push(CallReport {
            trace: session.lines().to_vec(),
            journal: session.journal().clone(),
            outcome: session.ended().cloned(),
            observed: session.observed().clone(),
        });
        world = session.into_world();
    }
    report.passed = report.failures.is_empty();
    report
}

/// What must never be, whatever a scenario expects.
fn faults_of(session: &Session) -> Vec<Mismatch> {
    let mut found: Vec<Mismatch> = session
        .unmet_steps()
        .into_iter()
        .map(|got| Mismatch {
            about: "steps".to_owned(),
            expected: "everybody gets to do their steps".to_owned(),
            got,
        })
        .collect();
    if session.ended().is_some() && !session.legs_left_up().is_empty() {
        let got = session.legs_left_up().join(", ");
        let expected = "every leg is ended with the call".to_owned();
        found.push(Mismatch { about: "engine".to_owned(), expected, got });
    }
    found
}

/// The world a scenario begins with.
fn world_of(scenario: &Scenario, account: &Account) -> World {
    let mut account = account.clone();
    for document in &scenario.documents {
        let text = |key: &str| document.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        account.put(&text("id"), &text("type"), document.clone());
    }
    let mut numbers: Vec<String> =
        scenario.calls.iter().map(|call| account.index().normalise(&call.call.to)).collect();
    numbers.sort();
    numbers.dedup();
    if let Some(flow) = &scenario.flow {
        let body = json!({"name": scenario.name, "numbers": numbers, "flow": flow});
        // Static numbers of other callflows must not win over the scenario's own.
        account.take_numbers(&numbers);
        account.put(SCENARIO_FLOW, "callflow", body);
    }
    if let Some(plan) = &scenario.plan {
        account.put(SCENARIO_FLOW, service::PLAN, json!({"name": scenario.name, "flow": plan}));
        for (at, number) in numbers.iter().enumerate() {
            let mut body = scenario.service_number.clone().unwrap_or_else(|| json!({}));
            if let Value::Object(members) = &mut body {
                members.insert("number".to_owned(), json!(number));
                members.entry("control_plan").or_insert_with(|| json!(SCENARIO_FLOW));
            }
            account.put(&format!("scenario-number-{}", at + 1), service::SERVICE_NUMBER, body);
        }
    }
    for message in &scenario.messages {
        account.put_message(message.clone());
    }
    let mut world = World::new(account, scenario.at);
    world.phones.clone_from(&scenario.phones);
    world.trunks.clone_from(&scenario.trunks);
    world.others.clone_from(&scenario.others);
    world.queues.put(&scenario.waiting, world.clock.now(), world.account.index());
    world.web.resources.clone_from(&scenario.web);
    world.sound.clone_from(&scenario.sound);
    world.faults = scenario.faults.clone();
    world.limits = scenario.limits.clone();
    world.seed = scenario.seed;
    world
}

fn change_world(world: &mut World, planned: &PlannedCall) {
    world.phones.extend(planned.phones.iter().map(|(id, does)| (id.clone(), does.clone())));
    if let Some(trunks) = &planned.trunks {
        world.trunks.clone_from(trunks);
    }
    if let Some(web) = &planned.web {
        world.web.resources.clone_from(web);
    }
}

/// What a call is made from: the dialled number is normalised and looked up as a live server does it. The error says
/// why nobody answers it.
pub fn setup(world: &World, spec: &CallSpec, number_of_call: usize) -> Result<CallSetup, Failure> {
    let account = &world.account;
    let index = account.index();
    let fail = |expected: &str, got: String| Failure {
        call: number_of_call,
        about: "call".to_owned(),
        expected: expected.to_owned(),
        got,
        trace: Vec::new(),
    };
    let device = match &spec.device {
        Some(id) => Some(
            index
                .document(id)
                .filter(|found| found.kind == "device")
                .ok_or_else(|| fail("the calling device is in the account", format!("no device {id}")))?,
        ),
        None => None,
    };
    let number = index.normalise(&spec.to);
    let callflow = account
        .service(&number, &spec.to, world.clock.now().civil)
        .or_else(|| account.lookup(&number))
        .ok_or_else(|| fail("a callflow for the dialled number", format!("nothing answers {number}")))?;
    let authorizing_type = if device.is_some() { "device" } else { "resource" };
    let known =
        |user: &Option<String>| user.as_ref().is_some_and(|user| index.device_by_username(user).is_some());
    let catch_all = CatchAll {
        authorizing_type: Some(authorizing_type),
        referred_by_known: known(&spec.referred_by),
        redirected_by_known: known(&spec.diverted_from),
        context_allowed: false,
    };
    if callflow.no_match && !catch_all.is_allowed() {
        return Err(fail(
            "a callflow for the dialled number",
            format!("only the catch-all answers {number}, and callers from outside may not use it"),
        ));
    }
    let body = |key: &str| index.account().body.get(key).and_then(Value::as_str).map(str::to_owned);
    let realm = spec.realm.clone().or_else(|| body("realm")).unwrap_or_else(|| USUAL_REALM.to_owned());
    let username =
        device.and_then(|found| found.body.get("sip")?.get("username")?.as_str()).map(str::to_owned);
    let from = spec.from.clone().or(username).unwrap_or_else(|| USUAL_CALLER.to_owned());
    let facts = CallFacts {
        request: spec.to.clone(),
        request_realm: realm.clone(),
        number,
        from: from.clone(),
        from_realm: realm.clone(),
        to: spec.to.clone(),
        to_realm: realm.clone(),
        caller_id_name: spec.name.clone(),
        caller_id_number: from,
        privacy: spec.privacy,
        inception: device.is_none().then(|| format!("{}@{realm}", spec.to)),
        authorizing_type: Some(authorizing_type.to_owned()),
        authorizing_id: spec.device.clone(),
        referred_by: spec.referred_by.clone(),
        redirected_by: spec.diverted_from.clone(),
        custom_sip_headers: spec.headers.clone(),
        ..CallFacts::default()
    };
    Ok(CallSetup {
        call_id: format!("sim-{}-{number_of_call}", world.seed),
        account_id: index.account().id.clone(),
        callflow,
        facts,
        seed: world.seed.wrapping_add(number_of_call as u64 - 1),
        limits: world.limits.clone(),
        behaviour: Vec::new(),
    })
}

fn failure(call: usize, wrong: Mismatch, lines: &[Line]) -> Failure {
    // The place is the first notable line, if there is one; without it the end of the trace tells most.
    let end = match lines.iter().position(|line| line.notable) {
        Some(place) => lines.len().min(place + LINES_SHOWN / 2),
        None => lines.len(),
    };
    let begin = end.saturating_sub(LINES_SHOWN);
    let trace = lines.get(begin..end).unwrap_or_default().to_vec();
    Failure { call, about: wrong.about, expected: wrong.expected, got: wrong.got, trace }
}

impl Report {
    /// The trace of all calls, rendered.
    pub fn render_trace(&self) -> String {
        self.calls.iter().map(|call| trace::render(&call.trace)).collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{} {}", if self.passed { "ok  " } else { "FAIL" }, self.name)?;
        for failure in &self.failures {
            for line in failure.to_string().lines() {
                writeln!(out, "     {line}")?;
            }
        }
        Ok(())
    }
}
