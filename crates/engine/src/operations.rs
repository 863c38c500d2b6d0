//! The operations of N2FE control plans, one file each: exits and run. Their typed configurations are in `flow::n2fe`.
//!
//! Adding one is a type there, a file here, a line in [`crate::catalogue`] and a fixture folder. The other files hold
//! what several operations share: `announcement`, `asking`, `buffers`, `tables`, `terminate`, `when`.
//!
//! Source: reference "N2FE", sections 2.5 and 2.6, and the decisions in `docs/n2fe.md`.

pub(crate) mod account_code_entry;
pub(crate) mod adjust_loop_counter;
mod announcement;
mod asking;
pub(crate) mod attempt_terminate;
pub(crate) mod black_box;
pub(crate) mod breakout_dialing;
mod buffers;
pub(crate) mod business_hours;
pub(crate) mod caller_location;
pub(crate) mod calling_party;
pub(crate) mod calling_party_category;
pub(crate) mod calling_presentation;
pub(crate) mod cellsite_routing;
pub(crate) mod day_of_week;
pub(crate) mod day_of_year;
pub(crate) mod dialled_number;
pub(crate) mod extension_dialing;
pub(crate) mod first_callers;
pub(crate) mod follow_me;
pub(crate) mod increment_tele_vote_statistic;
pub(crate) mod link;
pub(crate) mod lookup_dialing;
pub(crate) mod loop_counter_branching;
pub(crate) mod loop_limit;
pub(crate) mod menu;
pub(crate) mod number_matching;
pub(crate) mod pin_authorisation;
pub(crate) mod play_announcement;
pub(crate) mod proportional_distribution;
pub(crate) mod release_call;
pub(crate) mod reterminate_service;
pub(crate) mod speed_dial;
pub(crate) mod start;
pub(crate) mod suburb_routing;
pub(crate) mod switch;
pub(crate) mod table_lookup;
mod tables;
mod terminate;
pub(crate) mod time_of_day;
pub(crate) mod user_input;
mod when;

use std::collections::BTreeMap;

use flow::graph::Object;
use flow::n2fe::config::{Buffer, Config, read_config};
use flow::n2fe::{MAX_EXITS, exit_count, type_of};

use crate::cx::Cx;
use crate::module::{Exit, ModuleError, Next, Outcome};

/// What the operations of a plan remember within one call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// Buffers of the plan's author.
    buffers: BTreeMap<Buffer, String>,
    /// Profile tags written, by block and code.
    tags: BTreeMap<(String, String), String>,
    /// How often each LoopLimit was passed, by its place in the plan.
    passes: BTreeMap<String, u32>,
    /// The number an operation made to be called last.
    pending: Option<String>,
    /// The code SuburbRouting found.
    suburb_code: Option<String>,
}

/// Exits of operations with one.
const ONE_EXIT: &[Exit] = &[Exit::Key("0")];

/// Exits of operations that only branch in two.
const TWO_EXITS: &[Exit] = &[Exit::Key("0"), Exit::Key("1")];

/// Exits of operations that only branch in three.
const THREE_EXITS: &[Exit] = &[Exit::Key("0"), Exit::Key("1"), Exit::Key("2")];

/// Exits of operations whose author decides how many there are.
const OPEN_EXITS: &[Exit] = &[Exit::Dynamic("exit")];

/// Leaves by an exit; without an operation behind it the call ends.
fn exit(index: usize) -> Outcome {
    Ok(Next::Continue(index.to_string()))
}

/// Reads the configuration. A faulty one, which no checked plan has, ends the plan.
fn config<C: Config>(cx: &Cx, data: &Object) -> Result<C, ModuleError> {
    let count = cx.node().map_or(MAX_EXITS, |node| exit_count(type_of(node), node.extra.get("exits")));
    let (config, faults) = read_config::<C>(data, count);
    match faults.into_iter().next() {
        None => Ok(config),
        Some(fault) => Err(ModuleError::Broken(fault.sentence)),
    }
}

/// A title and the first thing the configuration says.
fn caption<C: Config>(title: &str, data: &Object) -> String {
    let (config, _) = read_config::<C>(data, MAX_EXITS);
    match config.lines().into_iter().find(|line| !line.is_empty()) {
        Some(line) => format!("{title} {line}"),
        None => title.to_owned(),
    }
}

/// An operation follows behind this exit.
fn is_connected(cx: &Cx, index: usize) -> bool {
    cx.node().is_some_and(|node| node.exit(&index.to_string()).is_some())
}

/// The plan makes every termination present the caller's number.
fn always_presents(cx: &Cx) -> bool {
    cx.with(|state| state.setup.callflow.flow.members.contains_key(flow::n2fe::ALWAYS_PRESENT_CALLING))
}
