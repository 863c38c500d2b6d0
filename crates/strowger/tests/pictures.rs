//! `strowger draw` as people run it: at a moment, of two versions, from a URL, from standard input.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn strowger(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_strowger"))
        .args(args)
        .current_dir(std::env::temp_dir())
        .env("NO_PROXY", "*")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn demo() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("demo").to_str().unwrap().to_owned()
}

/// A folder that is removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("strowger-pictures-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Which nodes of a drawing in JSON are not dimmed.
fn lit(args: &[&str]) -> Vec<String> {
    let output = strowger(args, "");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let nodes = value["nodes"].as_array().unwrap().iter();
    nodes
        .filter(|node| node["dimmed"] != true)
        .map(|node| node["kind"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_way_at_a_moment_is_pointed_out() {
    let demo = demo();
    let at = |at: &str, more: &[&str]| {
        lit(&[&["draw", demo.as_str(), "--id", "opening-hours", "--json", "--at", at], more].concat())
    };
    // A Wednesday at noon, the same moment told from London, a Sunday, New Year.
    let open = at("2026-11-25T12:00", &[]);
    assert!(open.iter().any(|kind| kind == "temporal_route") && open.len() > 2, "{open:?}");
    assert_eq!(at("2026-11-25T17:00", &["--tz", "Europe/London"]), open);
    assert_eq!(at("2026-11-25T17:00:00Z", &[]), open);
    let closed = at("2026-11-29T12:00", &[]);
    assert!(
        closed.contains(&"voicemail".to_owned()) && !open.contains(&"voicemail".to_owned()),
        "{closed:?}"
    );
    assert_eq!(at("2027-01-01T12:00", &[]), ["start", "temporal_route", "tts", "hangup"]);
    let wrong = strowger(&["draw", &demo, "--at", "noon"], "");
    assert_eq!(wrong.status.code(), Some(2), "{}", text(&wrong.stderr));
    assert!(text(&wrong.stderr).contains("2026-12-25T09:10"));
}

#[test]
fn two_versions_are_compared_in_words_and_in_a_picture() {
    let scratch = Scratch::new("diff");
    let menu = |children: &str, timeout: u32| {
        format!(
            r#"{{"id": "m", "name": "Main", "numbers": ["100"], "flow": {{"module": "menu",
            "data": {{"id": "x", "timeout": {timeout}}}, "children": {{{children}}}}}}}"#
        )
    };
    let old = scratch.write("old.json", &menu(r#""1": {"module": "user", "data": {"id": "ann"}}"#, 5));
    let new = scratch.write(
        "new.json",
        &menu(r#""2": {"module": "user", "data": {"id": "ann"}}, "3": {"module": "hangup"}"#, 7),
    );
    let output = strowger(&["draw", "--diff", &old, &new], "");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    for line in ["timeout: 5 -> 7", "exit 2", "exit 3", "exit 1"] {
        assert!(told.contains(line), "{line}: {told}");
    }
    let picture = scratch.0.join("diff.svg");
    let output = strowger(&["draw", "--diff", &old, &new, "--out", picture.to_str().unwrap()], "");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(std::fs::read_to_string(&picture).unwrap().contains("<svg"));
    let same = strowger(&["draw", "--diff", &demo(), &demo()], "");
    assert_eq!((text(&same.stdout).as_str(), same.status.code()), ("no differences\n", Some(0)));
}

/// Answers one request with these bytes.
fn server(reply: Vec<u8>) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
            request.push(byte[0]);
        }
        let _ = stream.write_all(&reply);
        String::from_utf8_lossy(&request).into_owned()
    });
    (format!("http://joe:secret@{address}/flow?token=secret"), thread)
}

#[test]
fn a_document_comes_from_a_url_or_standard_input() {
    let flow = r#"{"name": "From afar", "flow": {"module": "tts", "data": {"text": "hello"}}}"#;
    let (url, thread) = server(
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{flow}", flow.len())
            .into_bytes(),
    );
    let output = strowger(&["draw", &url, "--format", "svg"], "");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let picture = text(&output.stdout);
    assert!(picture.contains("hello") && !picture.contains("secret"), "{picture}");
    assert!(thread.join().unwrap().starts_with("GET /flow?token=secret "));
    let (url, thread) =
        server(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec());
    let output = strowger(&["draw", &url], "");
    assert_eq!(output.status.code(), Some(69));
    assert!(text(&output.stderr).contains("503") && !text(&output.stderr).contains("secret"));
    thread.join().unwrap();
    let output = strowger(&["draw", "-"], flow);
    assert!(text(&output.stdout).contains("From afar"), "{}", text(&output.stderr));
    assert_eq!(strowger(&["draw", "-"], "{}").status.code(), Some(65));
}

#[test]
fn a_control_plan_is_drawn() {
    let plan = r#"{"1": {"id": "1", "type": "Start", "exits": [2]},
        "2": {"id": "2", "type": "AttemptTerminate", "exits": [null],
              "config": {"destinations": [{"address": "6463581140", "timeout_seconds": 15}]}}}"#;
    let output = strowger(&["draw", "-"], plan);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("6463581140"), "{}", text(&output.stdout));
    // As the N2FE interface answers, and as it is sent.
    let reply = format!(r#"{{"content": {plan}, "version": "2", "name": "Main", "id": "7"}}"#);
    let request = format!(r#"{{"name": "Main", "customer_id": 3, "flowJson": {{"operations": {plan}}}}}"#);
    for document in [reply, request] {
        let output = strowger(&["draw", "-"], &document);
        let drawn = text(&output.stdout);
        assert!(drawn.contains("6463581140") && drawn.contains("Main"), "{drawn}{}", text(&output.stderr));
    }
}

#[test]
fn a_service_number_is_drawn_with_the_version_it_has_then() {
    let scratch = Scratch::new("versions");
    let plan = |address: &str| {
        format!(
            r#"{{"1":{{"id":"1","type":"Start","exits":[2]}},"2":{{"id":"2","type":"AttemptTerminate","exits":[null],"config":{{"destinations":[{{"address":"{address}"}}]}}}}}}"#
        )
    };
    let (old, new) = (plan("6421555001"), plan("6421555002"));
    for folder in ["control_plans", "service_numbers", "versions"] {
        std::fs::create_dir_all(scratch.0.join(folder)).unwrap();
    }
    scratch.write("account.json", r#"{"id": "acme", "name": "Acme", "realm": "acme.example"}"#);
    scratch.write("control_plans/main.json", &format!(r#"{{"id": "main", "name": "Main", "flow": {new}}}"#));
    scratch.write(
        "versions/main.jsonl",
        &format!(
            "{{\"number\":1,\"saved\":1,\"document\":{{\"name\":\"Main\",\"flow\":{old}}}}}\n{{\"number\":2,\"saved\":2,\"live\":true,\"document\":{{\"name\":\"Main\",\"flow\":{new}}}}}\n"
        ),
    );
    scratch.write(
        "service_numbers/n.json",
        r#"{"id": "n", "number": "0800100100", "schedules": [
            {"control_plan": "main", "version": 1, "effective_date": "2020-01-01T00:00:00Z"},
            {"control_plan": "main", "effective_date": "2030-01-01T00:00:00Z"}]}"#,
    );
    let folder = scratch.0.to_str().unwrap();
    let draw = |at: &str| {
        let output = strowger(&["draw", folder, "--number", "0800100100", "--at", at], "");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    assert!(draw("2025-06-01T12:00").contains("6421555001"));
    assert!(draw("2031-06-01T12:00").contains("6421555002"));
}
