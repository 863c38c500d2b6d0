//! One IVR call of ten nodes through `Call`: time, allocations and bytes for each call, and the memory a call holds
//! while it waits in a menu. Run with `cargo bench -p engine`.
//!
//! The driver around the call answers every command at once and keeps nothing, so that the figures are the engine's.
//! Not here: sockets, audio, storage (the load harness measures those).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod counting;

use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use engine::Call;
use engine::command::{Action, Query};
use engine::ids::{CommandId, LegId, Now};
use engine::input::{Callflow, Done, Failure, Input, LegEvent, Loaded};
use engine::limits::Limits;
use engine::output::Output;
use engine::setup::{CallFacts, CallSetup};
use flow::graph::Flow;
use serde_json::{Value, json};

/// Calls held at the same time for the memory of an idle one.
const HELD: usize = 1_000;

/// Target for an idle call, in bytes.
const IDLE_BYTES_MAX: usize = 32 * 1024;

fn ten_nodes() -> Arc<Flow> {
    let node = |module: &str, data: Value, key: &str, next: Value| {
        let mut children = serde_json::Map::new();
        children.insert(key.to_owned(), next);
        json!({"module": module, "data": data, "children": children})
    };
    let mut tree = json!({"module": "hangup", "data": {}});
    tree = node("tts", json!({"text": "Thank you for calling"}), "_", tree);
    tree = node("play", json!({"id": "goodbye"}), "_", tree);
    tree = node("branch_variable", json!({"variable": "tier", "scope": "account"}), "gold", tree);
    tree = node("set_variables", json!({"custom_application_vars": {"ticket": "4711"}}), "_", tree);
    tree = node("collect_dtmf", json!({"max_digits": 4, "collection_name": "pin"}), "_", tree);
    tree = node("menu", json!({"id": "second-menu"}), "2", tree);
    tree = node("menu", json!({"id": "first-menu"}), "1", tree);
    tree = node("play", json!({"id": "welcome"}), "_", tree);
    tree = node("answer", json!({}), "_", tree);
    Arc::new(flow::kazoo::read_flow(&tree).0)
}

fn setup(flow: &Arc<Flow>) -> CallSetup {
    CallSetup {
        call_id: "bench-0123456789@client.example".to_owned(),
        account_id: "account".to_owned(),
        callflow: Callflow { id: "ivr".to_owned(), version: 1, ..Callflow::of_flow("IVR", Arc::clone(flow)) },
        facts: CallFacts {
            request: "500".to_owned(),
            request_realm: "bench.example".to_owned(),
            number: "500".to_owned(),
            from: "+15550100".to_owned(),
            from_realm: "bench.example".to_owned(),
            to: "500".to_owned(),
            to_realm: "bench.example".to_owned(),
            caller_id_number: "+15550100".to_owned(),
            inception: Some("500@bench.example".to_owned()),
            ..CallFacts::default()
        },
        seed: 1,
        limits: Limits::default(),
        behaviour: Vec::new(),
    }
}

/// Answers commands: documents from memory, playbacks when the caller presses or when they are waited for.
struct Driver {
    account: Arc<Value>,
    menu: Arc<Value>,
    mono: Duration,
    playing: Option<CommandId>,
    deadline: Option<Duration>,
    over: bool,
}

impl Driver {
    fn new() -> Driver {
        Driver {
            account: Arc::new(json!({"id": "account", "language": "en-us", "tier": "gold"})),
            menu: Arc::new(
                json!({"id": "menu", "retries": 3, "max_extension_length": 1, "media": {"greeting": "greeting"}}),
            ),
            mono: Duration::ZERO,
            playing: None,
            deadline: None,
            over: false,
        }
    }

    fn give(&mut self, call: &mut Call, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            call.input(Now { mono: self.mono, civil: jiff::Timestamp::UNIX_EPOCH }, input);
            while let Some(output) = call.poll_output() {
                match output {
                    Output::Command(command) => {
                        let done = match &command.action {
                            Action::Play { .. } => {
                                self.playing = Some(command.id);
                                continue;
                            }
                            Action::StopPlayback { .. } => {
                                inputs.extend(self.playback_ends(true));
                                Ok(Done::Ok)
                            }
                            Action::Load(Query::Account) => {
                                Ok(Done::Loaded(Loaded::Document(Arc::clone(&self.account))))
                            }
                            Action::Load(Query::Document { .. }) => {
                                Ok(Done::Loaded(Loaded::Document(Arc::clone(&self.menu))))
                            }
                            Action::Load(_) => Err(Failure::NotFound),
                            _ => Ok(Done::Ok),
                        };
                        inputs.push_back(Input::Completed { command: command.id, result: done });
                    }
                    Output::Deadline(deadline) => self.deadline = deadline,
                    Output::Ended(_) => self.over = true,
                    Output::Trace(trace) => {
                        black_box(&trace);
                    }
                }
            }
        }
    }

    fn playback_ends(&mut self, stopped: bool) -> Option<Input> {
        let command = self.playing.take()?;
        Some(Input::Completed { command, result: Ok(Done::Played { stopped }) })
    }

    /// The deadline comes, or the playback ends.
    fn pass_time(&mut self, call: &mut Call) {
        if let Some(input) = self.playback_ends(false) {
            self.mono += Duration::from_secs(2);
            self.give(call, input);
        } else if let Some(deadline) = self.deadline.take() {
            self.mono = deadline;
            self.give(call, Input::Deadline);
        }
    }

    fn press(&mut self, call: &mut Call, digit: char) {
        self.mono += Duration::from_millis(100);
        let event = LegEvent::Digit { digit, duration_ms: 100 };
        self.give(call, Input::Leg { leg: LegId::CALLER, event });
    }
}

/// A call up to its first menu, whose greeting is playing.
fn in_the_menu(flow: &Arc<Flow>) -> (Call, Driver) {
    let mut call = Call::new(setup(flow));
    let mut driver = Driver::new();
    driver.give(&mut call, Input::Begin);
    driver.pass_time(&mut call);
    driver.pass_time(&mut call);
    (call, driver)
}

/// The whole call; gives whether it came to its end.
fn whole_call(flow: &Arc<Flow>) -> bool {
    let (mut call, mut driver) = in_the_menu(flow);
    for digit in "121234".chars() {
        driver.press(&mut call, digit);
    }
    for _ in 0..8 {
        if driver.over {
            break;
        }
        driver.pass_time(&mut call);
    }
    driver.over
}

fn ivr(criterion: &mut Criterion) {
    let flow = ten_nodes();
    assert!(whole_call(&flow), "the call comes to its end");
    let (used, over) = counting::during(|| whole_call(&flow));
    assert!(over);
    println!("ten-node call: {} allocations, {} bytes", used.allocations, used.bytes);
    let (held, calls) = counting::during(|| (0..HELD).map(|_| in_the_menu(&flow).0).collect::<Vec<Call>>());
    let idle = held.kept / HELD;
    println!("idle call in a menu: {idle} bytes (target below {IDLE_BYTES_MAX})");
    drop(calls);
    criterion.bench_function("ten-node call", |bencher| bencher.iter(|| whole_call(black_box(&flow))));
    criterion.bench_function("to the first menu", |bencher| bencher.iter(|| in_the_menu(black_box(&flow)).0));
}

criterion_group!(benches, ivr);
criterion_main!(benches);
