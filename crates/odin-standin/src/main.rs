//! The stand-in as a program: `odin-standin [--listen ADDRESS] [--group realistic|plain|half-configured|FILE] [--users N]
//! [--latency-ms N] [--token-lasts N]`. It prints the base URL of its API and runs until it is ended.
//!
//! Not here: anything but reading arguments.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use odin_standin::{Behaviour, StandIn, World};

const USAGE: &str = "usage: odin-standin [--listen 127.0.0.1:0] [--group realistic|plain|half-configured|FILE.json] [--users N] \
                     [--latency-ms N] [--token-lasts N]";

#[tokio::main]
#[allow(clippy::print_stdout, clippy::print_stderr, reason = "a program tells where it listens")]
async fn main() -> ExitCode {
    match run(std::env::args().skip(1)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

#[allow(clippy::print_stdout, reason = "a program tells where it listens")]
async fn run(mut arguments: impl Iterator<Item = String>) -> Result<(), String> {
    let mut listen: SocketAddr = ([127, 0, 0, 1], 0).into();
    let mut world = World::realistic();
    let mut behaviour = Behaviour::default();
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("{name} takes a number"));
        match name.as_str() {
            "--listen" => listen = value.parse().map_err(|_| "--listen takes ADDRESS:PORT".to_owned())?,
            "--group" => world = world_of(&value)?,
            "--users" => world = World::large(usize::try_from(number()?).unwrap_or(usize::MAX).min(100_000)),
            "--latency-ms" => behaviour.latency = Duration::from_millis(number()?),
            "--token-lasts" => behaviour.token_lasts = Some(number()?),
            _ => return Err(format!("{name} is not known")),
        }
    }
    let listening = StandIn::new(world, behaviour).listen(listen).await.map_err(|error| error.to_string())?;
    println!("{}", listening.base_url());
    listening.wait().await;
    Ok(())
}

fn world_of(name: &str) -> Result<World, String> {
    match name {
        "realistic" => Ok(World::realistic()),
        "plain" => Ok(World::plain()),
        "half-configured" => Ok(World::half_configured()),
        file => {
            let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
            Ok(World::of(vec![serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))?]))
        }
    }
}
