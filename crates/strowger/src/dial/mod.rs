//! The built-in test caller: places one real call, presses keys, speaks, and tells by name what it hears.
//!
//! | file | for |
//! |---|---|
//! | [`plan`] | arguments, configuration and demo account, made into a call to place |
//! | [`script`] | `1@3s,2@welcome`: what to press, and when |
//! | [`probe`] | whether the server is there at all |
//! | [`phone`] | sockets, signalling and audio of one call |
//! | [`call`] | the call itself |
//! | [`listener`], [`ear`] | what is heard |
//! | [`report`] | what is printed |
//!
//! Not here: load tests; a server of its own.

mod call;
mod ear;
mod listener;
mod phone;
mod plan;
mod probe;
mod report;
mod script;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use telephony::media::prompts::Prompts;
use telephony::sip::random::Random;

use self::call::Call;
use self::listener::{Known, Listener};
use self::phone::Phone;
use self::plan::Plan;
use self::probe::Probe;
use self::report::{Ending, Report, Totals};
use self::script::time;
use crate::fault::{Exit, Fault, Outcome};

/// Arguments of `dial`.
#[derive(Args, Clone, Debug)]
pub(crate) struct DialArgs {
    /// The number to dial.
    pub(crate) number: String,
    /// SIP user name of the phone to call as; bob in the demo account.
    #[arg(long = "as", value_name = "USER")]
    pub(crate) user: Option<String>,
    /// Its password; known for the demo account.
    #[arg(long, value_name = "PASSWORD")]
    pub(crate) password: Option<String>,
    /// The server, ADDRESS or ADDRESS:PORT; by default where the configuration lets it listen.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) server: Option<String>,
    /// The account's SIP realm; by default the configured one, else the demo account's.
    #[arg(long, value_name = "REALM")]
    pub(crate) realm: Option<String>,
    /// What to show as the caller's number; by default the user name.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) from: Option<String>,
    /// Keys to press after the answer: groups by commas, each when a prompt is over, or after @3s or @PROMPT.
    #[arg(long, value_name = "KEYS")]
    pub(crate) press: Option<String>,
    /// Press so long after the answer, and between groups, instead of waiting for the end of a prompt.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) after: Option<Duration>,
    /// Press when this prompt was heard.
    #[arg(long, value_name = "PROMPT", conflicts_with = "after")]
    pub(crate) wait_prompt: Option<String>,
    /// Then play this WAV or MP3 file; FILE@8s or FILE@PROMPT says when.
    #[arg(long, value_name = "FILE", conflicts_with = "tone")]
    pub(crate) speak: Option<String>,
    /// Then play a tone for so long; 5s@8s or 5s@PROMPT says when.
    #[arg(long, value_name = "TIME")]
    pub(crate) tone: Option<String>,
    /// Hang up so long after the answer.
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "60s")]
    pub(crate) hang_up_after: Duration,
    /// Give up when nobody answers for so long.
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "60s")]
    pub(crate) ring_for: Duration,
    /// Save what is heard as a WAV file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// An account folder whose audio is recognised too; the demo account's is.
    #[arg(long, value_name = "DIR")]
    pub(crate) account: Option<PathBuf>,
    /// Print only how it ended.
    #[arg(long)]
    pub(crate) quiet: bool,
    /// Configuration file of the server.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Data directory of the server.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<String>,
}

/// Places a call.
pub(crate) fn run(args: &DialArgs, json: bool) -> Outcome {
    let plan = Plan::make(args)?;
    let mut report = Report::new(args.quiet, json);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::new(Exit::Software, format!("no call can be placed: {error}")))?;
    runtime.block_on(place(plan, &mut report))
}

async fn place(mut plan: Plan, report: &mut Report) -> Outcome {
    let no_phone = |error: &dyn std::fmt::Display| {
        Fault::new(Exit::Unavailable, format!("no call can be placed: {error}"))
    };
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| no_phone(&error))?;
    let mut random = Random::new(seed);
    let own = match probe::probe(plan.server, &plan.realm, &mut random).map_err(|error| no_phone(&error))? {
        Probe::There(own) => own,
        Probe::Silent => return Err(silent(&plan)),
    };
    let scratch = tempfile::tempdir().map_err(|error| no_phone(&error))?;
    let path = plan.out.clone().unwrap_or_else(|| scratch.path().join("heard.wav"));
    let mut prompts = Prompts::built_in()
        .map_err(|error| Fault::new(Exit::Software, format!("system prompts: {error}")))?;
    // What cannot be read there is the server's to tell.
    let _ = prompts.replace_from(&plan.prompts);
    // A file that was there must not be heard for this call.
    std::fs::File::create(&path).map_err(|error| Fault::unwritable(&path, &error))?;
    let known = Known { prompts, media: std::mem::take(&mut plan.media) };
    let (listener, findings) = Listener::start(path.clone(), known).map_err(|error| no_phone(&error))?;
    let limit = plan.ring_for + plan.hang_up_after + Duration::from_secs(10);
    let seed: [u8; 32] = std::array::from_fn(|_| random.below(256) as u8);
    let (phone, happenings) = Phone::open(own, seed, path, limit).map_err(|error| no_phone(&error))?;
    let done = Call::new(&plan, phone, report).run(happenings, listener, findings).await?;
    let saved = plan.out.as_ref().map(|path| (path.display().to_string(), done.recorded));
    report.finish(&Totals { stats: done.stats, saved })?;
    match done.ending {
        Ending::NoReply => Err(silent(&plan)),
        Ending::OtherSide(_) | Ending::Us(_) if done.all_done => Ok(Exit::Ok),
        _ => Ok(Exit::Found),
    }
}

fn silent(plan: &Plan) -> Fault {
    Fault::new(Exit::Unavailable, format!("nothing answers at {} (SIP over UDP)", plan.server))
        .with_help("is the server running? `strowger serve` starts it; --server names another")
}
