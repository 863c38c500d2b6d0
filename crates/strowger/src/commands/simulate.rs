//! `strowger simulate`: one call in a virtual world, shown as it goes; a person at a terminal can press keys.
//!
//! Not here: the world and the call (crate `simulator`), the terminal (`interactive`).

mod interactive;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use simulator::scenario::{CallSpec, setup};
use simulator::world::party::{Behaviour, Step, Trunk};
use simulator::{Account, Session, World, trace};

use super::moment;
use super::snapshot::{self, NumberArgs};
use crate::disk;
use crate::fault::{Exit, Fault, Outcome};
use crate::output;

/// A pause in `--press`.
const PAUSE: Duration = Duration::from_secs(2);

/// A call nobody ends is given up after this long.
const GIVE_UP_AFTER: Duration = Duration::from_secs(3_600);

/// Arguments of `simulate`.
#[derive(Args, Clone, Debug)]
pub(crate) struct SimulateArgs {
    /// An account folder, or a snapshot of a BroadWorks group.
    #[arg(value_name = "DIR|SNAPSHOT")]
    dir: PathBuf,
    /// The number dialled.
    #[arg(long, value_name = "NUMBER")]
    to: String,
    /// The caller's number.
    #[arg(long, value_name = "NUMBER")]
    from: Option<String>,
    /// The caller's name.
    #[arg(long, value_name = "NAME", default_value = "")]
    name: String,
    /// Call from this device; otherwise the call comes from outside.
    #[arg(long = "as", value_name = "DEVICE")]
    device: Option<String>,
    /// When the call begins, such as 2026-11-23T10:00 (in the account's time zone), 2026-11-23T10:00[America/New_York] or
    /// 2026-11-23T15:00:00Z; now otherwise.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Keys the caller presses after the answer; a comma is a pause of 2 s, such as 1,,101#.
    #[arg(long, value_name = "KEYS")]
    press: Option<String>,
    /// The caller hangs up this many seconds after the call began.
    #[arg(long, value_name = "SECONDS")]
    hang_up_after: Option<u64>,
    /// What phones do: answer, ring, busy, decline, silent or unregistered; of one phone with DEVICE=WORD.
    #[arg(long, value_name = "[DEVICE=]WORD", default_value = "answer")]
    phone: Vec<String>,
    /// The seed of everything random.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Do not read keys from the terminal.
    #[arg(long)]
    no_keys: bool,
}

/// Runs the call and prints its trace.
pub(crate) fn run(args: &SimulateArgs, as_json: bool) -> Outcome {
    let world = world(args)?;
    let spec = CallSpec {
        to: args.to.clone(),
        from: args.from.clone(),
        name: args.name.clone(),
        device: args.device.clone(),
        ..CallSpec::default()
    };
    let setup = setup(&world, &spec, 1).map_err(|failure| {
        Fault::new(Exit::Found, failure.got).with_help(format!("expected: {}", failure.expected))
    })?;
    let began = world.clock.mono();
    let mut session = Session::begin(world, setup, steps(args)?);
    let by_hand = !as_json && !args.no_keys && args.press.is_none() && std::io::stdin().is_terminal();
    if by_hand {
        interactive::run(&mut session, began, args.hang_up_after.map(Duration::from_secs))?;
        return Ok(Exit::Ok);
    }
    if let Some(seconds) = args.hang_up_after {
        session.advance_to(began.saturating_add(Duration::from_secs(seconds)));
        session.hang_up();
    }
    let over = session.run(GIVE_UP_AFTER);
    if as_json {
        let ended = session.ended().map(trace::ending);
        output::json(&json!({
            "ended": ended,
            "took_ms": session.elapsed().as_millis() as u64,
            "heard": session.observed().heard.get("caller"),
            "trace": session.lines(),
        }))?;
    } else {
        output::text(&trace::render(session.lines()))?;
        if !over {
            output::line(&format!("the call goes on; given up after {} s", GIVE_UP_AFTER.as_secs()))?;
        }
    }
    Ok(Exit::Ok)
}

fn world(args: &SimulateArgs) -> Result<World, Fault> {
    let folder = match snapshot::is_snapshot(&args.dir) {
        true => flow::convert::to_kazoo(&snapshot::group(&args.dir, &NumberArgs::default())?).folder,
        false => disk::usable_account(&args.dir)?,
    };
    let (account, _) = Account::from_folder(&folder);
    let devices: Vec<String> = account.index().of_type("device").map(|device| device.id.clone()).collect();
    let start = start(args.at.as_deref(), &account)?;
    let mut world = World::new(account, start);
    world.seed = args.seed;
    for behaviour in &args.phone {
        let (device, word) = match behaviour.split_once('=') {
            Some((device, word)) => (Some(device), word),
            None => (None, behaviour.as_str()),
        };
        let does = Behaviour::from_word(word).ok_or_else(|| {
            Fault::new(Exit::Usage, format!("a phone cannot `{word}`"))
                .with_help(format!("it can be one of: {}", Behaviour::WORDS.join(", ")))
        })?;
        match device {
            Some(device) if !devices.iter().any(|known| known == device) => {
                return Err(Fault::new(Exit::Data, format!("there is no device `{device}` in the account"))
                    .with_help(format!("devices: {}", devices.join(", "))));
            }
            Some(device) => drop(world.phones.insert(device.to_owned(), does.into())),
            None => {
                world.phones.extend(devices.iter().map(|device| (device.clone(), does.clone().into())));
                world.trunks = vec![Trunk { to: "*".to_owned(), does: does.into() }];
            }
        }
    }
    // Phones that are not named answer.
    let answers = || Behaviour::new(simulator::world::party::Ends::Answers(Duration::from_secs(1)));
    for device in devices {
        world.phones.entry(device).or_insert_with(|| answers().into());
    }
    if world.trunks.is_empty() {
        world.trunks.push(Trunk { to: "*".to_owned(), does: answers().into() });
    }
    Ok(world)
}

/// When the call begins; a moment without a zone is meant in that of the account.
fn start(at: Option<&str>, account: &Account) -> Result<Timestamp, Fault> {
    let Some(text) = at else { return Ok(Timestamp::now()) };
    let zone = account.index().account().body.get("timezone").and_then(|zone| zone.as_str());
    let zone = zone.map_or(Ok(TimeZone::UTC), moment::zone)?;
    Ok(moment::parse(text, &zone)?.timestamp())
}

fn steps(args: &SimulateArgs) -> Result<Vec<Step>, Fault> {
    let Some(keys) = &args.press else { return Ok(Vec::new()) };
    if let Some(wrong) = keys.chars().find(|key| !is_key(*key) && *key != ',') {
        return Err(Fault::new(Exit::Usage, format!("`{wrong}` is not a key of a telephone"))
            .with_help("keys are 0-9 * # A-D; a comma is a pause of 2 s"));
    }
    let mut steps = vec![Step::Answered];
    for keys in keys.split(',') {
        steps.push(Step::Wait(PAUSE));
        if !keys.is_empty() {
            steps.push(Step::press(keys));
        }
    }
    Ok(steps)
}

/// Whether a telephone has this key.
fn is_key(key: char) -> bool {
    key.is_ascii_digit() || matches!(key, '*' | '#' | 'A'..='D')
}
