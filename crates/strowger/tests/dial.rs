//! `strowger dial` against a running `strowger serve` with the demo account: real SIP and RTP over loopback.
//!
//! Every test has a server, a data directory and ports of its own; calls end by themselves or by `--hang-up-after`. Not
//! here: other phones (`live`).

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test that cannot go on fails")]

use std::io::{BufRead as _, BufReader};
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A server with the demo account, ended with its end.
struct Server {
    child: Child,
    sip: String,
    folder: tempfile::TempDir,
}

impl Server {
    fn start() -> Server {
        let folder = tempfile::tempdir().unwrap();
        let mut child = strowger(folder.path())
            .args(["serve", "--json", "--data-dir", "data", "--sip", "127.0.0.1:0", "--http", "127.0.0.1:0"])
            .args(["--set", "log.level=error"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let ready: Value = serde_json::from_str(&ready).unwrap();
        let sip = ready["sip"].as_str().unwrap().trim_start_matches("sip:").to_owned();
        Server { child, sip, folder }
    }

    /// Places a call; gives the exit code and what was printed.
    fn dial(&self, args: &[&str]) -> (i32, Value) {
        let output = strowger(self.folder.path())
            .args(["dial", "--json", "--server", &self.sip])
            .args(args)
            .output()
            .unwrap();
        let printed = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        (code(&output), printed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn strowger(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strowger"));
    command.current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("STROWGER_") {
            command.env_remove(name);
        }
    }
    command
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// The events of a call by name.
fn events<'a>(call: &'a Value, name: &str) -> Vec<&'a Value> {
    call["events"].as_array().unwrap().iter().filter(|event| event["event"] == name).collect()
}

#[test]
fn a_key_leads_from_the_menu_to_voicemail() {
    let server = Server::start();
    let (code, call) =
        server.dial(&["100", "--press", "1@2s", "--hang-up-after", "20s", "--out", "heard.wav"]);
    assert_eq!(code, 0, "{call:#}");
    assert_eq!(events(&call, "presses")[0]["digits"], "1");
    let heard: Vec<&str> =
        call["heard"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(heard[0], "welcome", "{heard:?}");
    let greeting = events(&call, "prompt")[0];
    assert_eq!(greeting["complete"], false, "the key ends the greeting: {greeting}");
    // Alice has no phone here, and only her branch of the menu leads to her mailbox.
    assert!(heard.contains(&"vm-record_message"), "{heard:?}");
    assert!(call["audio"]["packets_received"].as_u64().unwrap() > 100, "{call:#}");
    let saved = std::fs::read(server.folder.path().join("heard.wav")).unwrap();
    let samples = telephony::media::wav::read(&saved).unwrap();
    assert!(samples.len() > 10 * 8_000, "{} samples", samples.len());
    assert!(samples.iter().filter(|sample| sample.unsigned_abs() > 1_000).count() > 8_000);
}

#[test]
fn a_busy_number_is_refused() {
    let (code, call) = Server::start().dial(&["700"]);
    assert_eq!(code, 1, "{call:#}");
    assert_eq!(call["answered_ms"], Value::Null);
    assert_eq!(call["ended"]["status"], 486);
    assert_eq!(call["ended"]["reason"], "Busy Here");
}

#[test]
fn a_wrong_password_is_refused() {
    let (code, call) = Server::start().dial(&["400", "--as", "alice", "--password", "guessed"]);
    assert_eq!(code, 1, "{call:#}");
    assert_eq!(call["ended"]["by"], "refusal", "{call:#}");
}

#[test]
fn the_information_line_speaks_and_hangs_up() {
    let (code, call) = Server::start().dial(&["400"]);
    assert_eq!(code, 0, "{call:#}");
    assert_eq!(call["ended"]["by"], "other_side", "{call:#}");
    let speaks = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if speaks("flite") || speaks("espeak-ng") {
        assert!(!events(&call, "sound").is_empty(), "{call:#}");
    } else {
        eprintln!("skipped: no text-to-speech engine is installed, so nothing is spoken");
    }
}

#[test]
fn a_prompt_that_never_comes_is_a_fault_of_the_call() {
    let (code, call) = Server::start().dial(&["400", "--press", "1@vm-main_menu"]);
    assert_eq!(code, 1, "{call:#}");
    assert_eq!(events(&call, "not_done")[0]["waited_for"], "the prompt `vm-main_menu`");
}

#[test]
fn without_a_server_there_is_help() {
    let closed = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let output = strowger(folder.path()).args(["dial", "100", "--server", &closed]).output().unwrap();
    assert_eq!(code(&output), 69);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("strowger serve"), "{told}");
}
