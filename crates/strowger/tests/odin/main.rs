//! Reports on BroadWorks groups as people run them, against a stand-in for an Odin API on loopback.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod convert;
mod public_client;
mod reports;
mod trust;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use odin_standin::{Behaviour, Listening, PASSWORD, StandIn, USERNAME, World};
use serde_json::Value;

/// A stand-in that serves until it is dropped.
struct Server {
    standin: StandIn,
    listening: Listening,
    runtime: tokio::runtime::Runtime,
}

impl Server {
    fn new(world: World, behaviour: Behaviour) -> Server {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let standin = StandIn::new(world, behaviour);
        let listening = runtime.block_on(standin.listen(([127, 0, 0, 1], 0).into())).unwrap();
        Server { standin, listening, runtime }
    }

    /// The same behind TLS, with a certificate nobody knows.
    fn behind_tls(world: World) -> Server {
        let mut server = Server::new(world, Behaviour::default());
        let address = ([127, 0, 0, 1], 0).into();
        server.listening = server.runtime.block_on(server.standin.listen_tls(address)).unwrap();
        server
    }

    fn realistic() -> Server {
        Server::new(World::realistic(), Behaviour::default())
    }

    /// Runs `strowger report odin` against it.
    fn report(&self, args: &[&str]) -> Output {
        let base = self.listening.base_url();
        let session = ["report", "odin", "--base-url", base.as_str(), "--username", USERNAME];
        strowger(&[&session, args].concat())
    }
}

fn strowger(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strowger"));
    command.args(args).current_dir(std::env::temp_dir()).stdin(Stdio::null());
    command.env("STROWGER_ODIN_PASSWORD", PASSWORD).env("NO_PROXY", "127.0.0.1");
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)))
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

/// A snapshot file of a world.
fn snapshot(folder: &Path, name: &str, world: World) -> String {
    let file = path(folder, name);
    let output = Server::new(world, Behaviour::default()).report(&["--save-snapshot", &file]);
    // The half-configured world fails in parts.
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", text(&output.stderr));
    file
}

/// Ways of a drawing in JSON: pointer of the node, key, pointer of the node it leads to.
fn ways(drawing: &Value) -> std::collections::BTreeSet<(String, String, String)> {
    let pointers: std::collections::BTreeMap<&str, &str> = drawing["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (node["id"].as_str().unwrap(), node["pointer"].as_str().unwrap()))
        .collect();
    let mut found = std::collections::BTreeSet::new();
    for edge in drawing["edges"].as_array().unwrap() {
        let (from, to) = (pointers[edge["from"].as_str().unwrap()], pointers[edge["to"].as_str().unwrap()]);
        for key in edge["keys"].as_array().unwrap() {
            found.insert((from.to_owned(), key.as_str().unwrap().to_owned(), to.to_owned()));
        }
    }
    found
}

/// A file of the crate of the stand-in.
fn standin_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../odin-standin").join(name)
}
