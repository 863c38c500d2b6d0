//! The program as people run it: what it prints, and what it exits with.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A run of the program in a folder of its own, without settings of the environment.
fn strowger(args: &[&str]) -> Output {
    let folder = std::env::temp_dir();
    command(args, &folder).output().unwrap()
}

fn command(args: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strowger"));
    command.args(args).current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("STROWGER_") {
            command.env_remove(name);
        }
    }
    command
}

fn account(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name).to_str().unwrap().to_owned()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stdout(output)))
}

/// A folder that is removed with its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("strowger-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_shipped_accounts_have_no_faults() {
    let output = strowger(&["check", &account("demo"), &account("bench")]);
    assert_eq!((stdout(&output).as_str(), output.status.code()), ("no faults\n", Some(0)));
}

#[test]
fn the_scenarios_of_the_shipped_accounts_pass() {
    let output = strowger(&["test", &account("demo"), &account("bench")]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.lines().last().unwrap().ends_with(" passed, 0 failed"), "{text}");
    assert!(text.contains("ok   Key 1 reaches Alice\n"), "{text}");
}

#[test]
fn faults_are_shown_in_the_source() {
    let scratch = Scratch::new("check");
    scratch.write("account.json", r#"{"id": "a", "name": "A", "realm": "a.example"}"#);
    let flow = "{\n  \"numbers\": [\"100\"],\n  \"flow\": { \"module\": \"user\", \"data\": { \"id\": \"nobody\" } }\n}\n";
    scratch.write("callflows/main.json", flow);
    let output = strowger(&["check", scratch.path()]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("error[CK1001]: there is no user `nobody`\n"), "{text}");
    assert!(text.contains("callflows/main.json:3:47 at /flow/data/id (module user)\n"), "{text}");
    assert!(text.contains("3 |   \"flow\": {"), "{text}");
    let value = json(&strowger(&["check", "--json", scratch.path()]));
    let issue = value["issues"].as_array().unwrap().iter().find(|issue| issue["code"] == "CK1001").unwrap();
    assert_eq!((&issue["place"]["line"], &issue["place"]["column"]), (&3.into(), &47.into()));
}

#[test]
fn warnings_fail_only_where_that_is_asked_for() {
    let scratch = Scratch::new("strict");
    scratch.write("account.json", r#"{"id": "a", "name": "A", "realm": "a.example"}"#);
    let flow = r#"{"numbers": ["100"], "flow": {"module": "sleep", "data": {}, "children": {"x": {"module": "hangup"}}}}"#;
    scratch.write("callflows/main.json", flow);
    let output = strowger(&["check", scratch.path()]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(stdout(&output).contains("warning[CK1101]"), "{}", stdout(&output));
    assert_eq!(strowger(&["check", "--strict", scratch.path()]).status.code(), Some(1));
}

#[test]
fn single_documents_are_checked() {
    let scratch = Scratch::new("single");
    let broken = scratch.write("broken.json", "{\n  \"flow\": [\n}");
    let output = strowger(&["check", &broken]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).starts_with("error[FD1001]: line 3, column 1:"), "{}", stdout(&output));
    let device = scratch.write("phone.json", r#"{"sip": {"method": "smoke"}}"#);
    let text = stdout(&strowger(&["check", &device]));
    assert!(text.contains("error[SC1001]") && text.contains("error[SC1003]"), "{text}");
    let unclear = scratch.write("unclear.json", r#"{"name": "x"}"#);
    let output = strowger(&["check", &unclear]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("help: name it, for example with --kind device"), "{}", stderr(&output));
    assert_eq!(strowger(&["check", &unclear, "--kind", "menu"]).status.code(), Some(0));
}

/// An account with one warning that is accepted, one that is not, and one error.
fn doubtful(scratch: &Scratch) {
    scratch.write(
        "account.json",
        r#"{"id": "a", "name": "A", "realm": "a.example", "timezone": "Europe/Berlin"}"#,
    );
    scratch.write(
        "users/ann.json",
        r#"{"id": "ann00000000000000000000000000101", "first_name": "Ann", "last_name": "Able"}"#,
    );
    let ring =
        r#""flow": {"module": "user", "data": {"id": "ann00000000000000000000000000101"}, "children": {}}"#;
    scratch.write("callflows/door.json", &format!("{{\"id\": \"door\", \"numbers\": [\"100\"],\n {ring}}}"));
    scratch.write("callflows/desk.json", &format!("{{\"id\": \"desk\", \"numbers\": [\"100\"],\n {ring}}}"));
    scratch.write(
        "configs/checks.json",
        r#"{"id": "configs_checks", "accept": [{"code": "CK1102", "document": "door", "reason": "it rings only"}]}"#,
    );
}

#[test]
fn findings_are_written_as_sarif() {
    let scratch = Scratch::new("sarif");
    doubtful(&scratch);
    let log = json(&strowger(&["check", "--format", "sarif", scratch.path()]));
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().contains("sarif-2.1.0"));
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    let seen: Vec<(&str, &str, bool)> = results
        .iter()
        .map(|result| {
            let text = |name: &str| result[name].as_str().unwrap();
            (text("ruleId"), text("level"), result["suppressions"].is_array())
        })
        .collect();
    assert_eq!(seen, [("CK1102", "warning", false), ("CK1301", "error", false), ("CK1102", "warning", true)]);
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["name"].is_string() && rule["shortDescription"]["text"].is_string(), "{rule}");
        assert!(rule["help"]["markdown"].as_str().unwrap().starts_with("# CK1"), "{rule}");
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        assert_eq!(result["partialFingerprints"]["strowger/v1"].as_str().unwrap().len(), 32);
        let location = &result["locations"][0];
        let physical = &location["physicalLocation"];
        let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.starts_with("file:///") && uri.contains("/callflows/d"), "{uri}");
        assert!(physical["region"]["startLine"].as_u64().unwrap() >= 1, "{physical}");
        assert!(physical["region"]["startColumn"].as_u64().unwrap() >= 1, "{physical}");
        assert!(location["logicalLocations"][0]["fullyQualifiedName"].as_str().unwrap().starts_with('/'));
    }
    assert_eq!(results[2]["suppressions"][0]["justification"], "it rings only");
    assert_eq!(results[0]["locations"][0]["physicalLocation"]["region"]["startLine"], 2);
}

#[test]
fn accepted_findings_are_counted_and_not_told() {
    let scratch = Scratch::new("accepted");
    doubtful(&scratch);
    let text = stdout(&strowger(&["check", scratch.path()]));
    assert_eq!(text.lines().last(), Some("1 error, 1 warning, 1 accepted"), "{text}");
    assert_eq!(text.matches("CK1102").count(), 1, "{text}");
    let value = json(&strowger(&["--json", "check", scratch.path()]));
    assert_eq!(value["accepted"][0]["reason"], "it rings only");
    assert_eq!((&value["errors"], &value["warnings"]), (&1.into(), &1.into()));
}

#[test]
fn a_check_is_explained() {
    let page = stdout(&strowger(&["check", "--explain", "ck1201"]));
    assert!(page.starts_with("# CK1201: ") && page.contains("## How to mend it"), "{page}");
    let list = stdout(&strowger(&["check", "--explain", "list"]));
    assert!(list.lines().any(|line| line.starts_with("CK1602  ")), "{list}");
    assert_eq!(strowger(&["check", "--explain", "CK9999"]).status.code(), Some(2));
    assert_eq!(strowger(&["check"]).status.code(), Some(2));
}

#[test]
fn time_rules_are_judged_from_a_moment_on() {
    let scratch = Scratch::new("moment");
    scratch.write("account.json", r#"{"id": "a", "name": "A", "realm": "a.example"}"#);
    scratch.write(
        "temporal_rules/day.json",
        r#"{"id": "day", "name": "Day", "cycle": "date", "start_date": 63808128000}"#,
    );
    let at = |moment: &str| stdout(&strowger(&["check", "--at", moment, scratch.path()]));
    assert_eq!(at("2021-12-30T12:00"), "no faults\n");
    assert!(at("2022-02-01T12:00").contains("note[CK1401]"));
}

#[test]
fn what_is_missing_is_told_in_one_line_with_help() {
    let output = strowger(&["simulate", "no-such-folder", "--to", "100"]);
    assert_eq!(output.status.code(), Some(66));
    assert!(stderr(&output).starts_with("error: "), "{}", stderr(&output));
    let output = strowger(&["test", "no-such-folder", "--json"]);
    assert_eq!(output.status.code(), Some(66));
    let value: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(value["exit_code"], 66);
    assert_eq!(strowger(&["no-such-verb"]).status.code(), Some(2));
}

#[test]
fn flows_are_drawn_in_every_format() {
    let scratch = Scratch::new("draw");
    let demo = account("demo");
    for (ending, begin) in
        [("svg", "<svg"), ("mmd", "flowchart"), ("txt", "Call to: Main number"), ("json", "{")]
    {
        let out = scratch.0.join(format!("main.{ending}"));
        let output = strowger(&["draw", &demo, "--number", "100", "--out", out.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let text = std::fs::read_to_string(&out).unwrap();
        assert!(
            text.trim_start().starts_with(begin),
            "{ending}: {}",
            text.lines().next().unwrap_or_default()
        );
        assert!(text.contains("Alice Able"), "{ending}");
    }
    let outline = stdout(&strowger(&["draw", &demo, "--id", "sales"]));
    assert!(outline.contains("Bob Baker"), "{outline}");
    let folder = format!("{}/all/", scratch.path());
    assert_eq!(strowger(&["draw", &demo, "--out", &folder]).status.code(), Some(0));
    assert!(Path::new(&folder).join("opening-hours.svg").is_file());
    assert_eq!(strowger(&["draw", &demo, "--out", "all.svg"]).status.code(), Some(2));
    assert_eq!(strowger(&["draw", &demo, "--number", "555"]).status.code(), Some(65));
}

#[test]
fn a_call_is_simulated() {
    let demo = account("demo");
    let output = strowger(&["simulate", &demo, "--to", "100", "--press", "1", "--hang-up-after", "60"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for line in ["callflow Main number", "caller hears media welcome", "alice-phone", "the call is over: "] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let again = strowger(&["simulate", &demo, "--to", "100", "--press", "1", "--hang-up-after", "60"]);
    assert_eq!(text, stdout(&again), "the same call twice gives the same trace");
}

#[test]
fn a_call_is_simulated_for_programs() {
    let demo = account("demo");
    let args = ["simulate", &demo, "--to", "300", "--at", "2026-11-28T10:00:00[America/New_York]", "--json"];
    let value = json(&strowger(&[&args[..], &["--hang-up-after", "8"]].concat()));
    assert_eq!(value["ended"], "caller_hung_up, NORMAL_CLEARING");
    let heard = value["heard"][0].as_str().unwrap();
    assert!(heard.starts_with("speech \"We are open from nine to five"), "{heard}");
    assert_eq!(value["took_ms"], 8_000);
}

#[test]
fn a_number_nobody_answers_is_told() {
    let output = strowger(&["simulate", &account("demo"), "--to", "999"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).starts_with("error: nothing answers 999\n"), "{}", stderr(&output));
    let output = strowger(&["simulate", &account("demo"), "--to", "100", "--phone", "cary=busy"]);
    assert_eq!(output.status.code(), Some(65));
    let output = strowger(&["simulate", &account("demo"), "--to", "100", "--press", "x"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn scenarios_that_fail_are_told_and_reported() {
    let scratch = Scratch::new("failing");
    scratch.write("account.json", r#"{"id": "a", "name": "A", "realm": "a.example"}"#);
    scratch.write("callflows/main.json", r#"{"numbers": ["100"], "flow": {"module": "hangup", "data": {}}}"#);
    scratch.write(
        "scenarios/all.yaml",
        "name: Good\ncall: { to: \"100\" }\n---\nname: Bad\ncall: { to: \"100\" }\nexpect: { answered: true }\n",
    );
    scratch.write("scenarios/broken.yaml", "name: Broken\ncal: { to: \"100\" }\n");
    let report = scratch.0.join("report.xml");
    let output = strowger(&["test", scratch.path(), "--junit", report.to_str().unwrap()]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("FAIL Bad\n") && text.ends_with("1 passed, 2 failed\n"), "{text}");
    let xml = std::fs::read_to_string(&report).unwrap();
    assert!(xml.contains("tests=\"3\" failures=\"2\""), "{xml}");
    let value = json(&strowger(&["test", scratch.path(), "--json", "--filter", "Good"]));
    assert_eq!((&value["passed"], &value["failed"]), (&1.into(), &0.into()));
}

#[test]
fn a_folder_without_scenarios_is_no_success() {
    let scratch = Scratch::new("no-scenarios");
    scratch.write("account.json", r#"{"id": "a", "name": "A", "realm": "a.example"}"#);
    assert_eq!(strowger(&["test", scratch.path()]).status.code(), Some(66));
}

#[test]
fn random_calls_through_the_demo_account_hold() {
    let output = strowger(&["explore", &account("demo"), "--count", "60", "--seed", "7"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.ends_with(" calls, 0 failed\n"), "{text}");
}

#[test]
fn random_flows_hold_and_the_coverage_is_printed() {
    let output = strowger(&["explore", "--count", "400", "--seed", "1", "--coverage"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.ends_with(" calls, 0 failed\n") && text.contains("\nmenu "), "{text}");
    let alone = json(&strowger(&["explore", "--count", "1", "--seed", "77", "--json"]));
    assert_eq!(alone["failed"], 0);
}

#[test]
fn modules_and_schemas_are_printed() {
    let text = stdout(&strowger(&["modules"]));
    assert!(text.lines().any(|line| line.starts_with("menu ")), "{text}");
    let value = json(&strowger(&["modules", "--json"]));
    let menu = value.as_array().unwrap().iter().find(|module| module["name"] == "menu").unwrap();
    assert_eq!(menu["example"]["module"], "menu");
    let count = |kind: &str| value.as_array().unwrap().iter().filter(|one| one["kind"] == kind).count();
    assert_eq!((count("action"), count("metaflow")), (engine::catalogue::MODULES.len(), 17));
    let page = stdout(&strowger(&["modules", "metaflows.hold"]));
    assert!(page.contains("schema: strowger schema metaflows.hold"), "{page}");
    let schema = json(&strowger(&["schema", "menu"]));
    assert_eq!(schema["id"], "callflows.menu");
    assert!(schema.get("_id").is_none());
    for schema in value.as_array().unwrap().iter().filter_map(|module| module["schema"].as_str()) {
        assert_eq!(strowger(&["schema", schema]).status.code(), Some(0), "{schema}");
    }
    let output = strowger(&["modules", "menue"]);
    assert_eq!(output.status.code(), Some(65));
    assert!(stderr(&output).contains("did you mean menu?"), "{}", stderr(&output));
}

#[test]
fn the_configuration_is_printed_with_its_origins() {
    let scratch = Scratch::new("config");
    scratch.write("strowger.toml", "[rtp]\nthreads = 3\n");
    let output = command(&["config", "--set", "log.level=debug"], &scratch.0)
        .env("STROWGER_HTTP_LISTEN", "127.0.0.1:9")
        .output()
        .unwrap();
    let text = stdout(&output);
    let has = |setting: &str, origin: &str| {
        text.lines().any(|line| line.starts_with(setting) && line.ends_with(&format!("# {origin}")))
    };
    assert!(has("rtp.threads = 3", "strowger.toml"), "{text}");
    assert!(has("http.listen = \"127.0.0.1:9\"", "STROWGER_HTTP_LISTEN"), "{text}");
    assert!(has("log.level = \"debug\"", "--set log.level"), "{text}");
    assert!(has("data_dir = ", "default"), "{text}");
    let default = stdout(&strowger(&["config", "--default"]));
    let file = scratch.write("default.toml", &default);
    assert_eq!(strowger(&["config", "--config", &file]).status.code(), Some(0));
    let output = strowger(&["config", "--set", "rtp.thread=3"]);
    assert_eq!(output.status.code(), Some(78));
    assert!(stderr(&output).contains("did you mean rtp.threads?"), "{}", stderr(&output));
}

#[test]
fn an_account_goes_into_the_database_and_out_of_it() {
    let scratch = Scratch::new("import");
    let (data, out) = (format!("{}/data", scratch.path()), format!("{}/out", scratch.path()));
    let demo = account("demo");
    let output = strowger(&["import", &demo, "--data-dir", &data]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).starts_with("account de300000000000000000000000000001: "), "{}", stdout(&output));
    let again = strowger(&["import", &demo, "--data-dir", &data]);
    assert_eq!(again.status.code(), Some(65));
    assert!(stderr(&again).contains("--merge"), "{}", stderr(&again));
    let merged = json(&strowger(&["import", &demo, "--data-dir", &data, "--merge", "--json"]));
    assert_eq!((&merged["created"], &merged["changed"]), (&0.into(), &0.into()), "{merged}");
    let output = strowger(&["export", "demo.strowger.test", &out, "--data-dir", &data]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for file in ["account.json", "callflows/main.json", "media/welcome.wav", "scenarios/main-number.yaml"] {
        let original = std::fs::read(Path::new(&demo).join(file)).unwrap();
        let exported = std::fs::read(Path::new(&out).join(file)).unwrap();
        assert!(exported == original, "{file}");
    }
    assert_eq!(strowger(&["check", &out]).status.code(), Some(0));
    let unknown = strowger(&["export", "nobody", &out, "--data-dir", &data]);
    assert_eq!(unknown.status.code(), Some(65), "{}", stderr(&unknown));
}

#[test]
fn exporting_makes_no_database() {
    let scratch = Scratch::new("no-database");
    let data = format!("{}/data", scratch.path());
    let output = strowger(&["export", "demo.strowger.test", "out", "--data-dir", &data]);
    assert_eq!(output.status.code(), Some(66), "{}", stderr(&output));
    assert!(!Path::new(&data).exists());
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child = command(&["schema", "callflows"], &std::env::temp_dir())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!((child.wait().unwrap().code(), told.as_str()), (Some(0), ""));
}

#[test]
fn keys_on_a_pipe_are_not_read() {
    let demo = account("demo");
    let mut child = command(&["simulate", &demo, "--to", "400"], &std::env::temp_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(b"q\n");
    let output = child.wait_with_output().unwrap();
    assert!(stdout(&output).contains("the call is over: finished"), "{}", stdout(&output));
}

#[test]
fn control_plans_and_callflows_become_each_other() {
    let scratch = Scratch::new("convert");
    let demo = account("demo");
    let (kazoo, n2fe) = (format!("{}/kazoo", scratch.path()), format!("{}/n2fe", scratch.path()));
    let output = strowger(&["convert", "n2fe", &demo, "--to", "kazoo", &kazoo]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let made = std::fs::read_to_string(format!("{kazoo}/callflows/toll-free.json")).unwrap();
    assert!(made.contains("0800100100") && !Path::new(&format!("{kazoo}/control_plans")).exists(), "{made}");
    let output = strowger(&["convert", "kazoo", &demo, "--to", "n2fe", &n2fe, "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!json(&output)["not_carried"].as_array().unwrap().is_empty());
    // Both are accounts that can be used.
    for folder in [&kazoo, &n2fe] {
        let output = strowger(&["check", folder]);
        assert_eq!(output.status.code(), Some(0), "{folder}: {}{}", stdout(&output), stderr(&output));
    }
    let output = strowger(&["convert", "kazoo", &demo, "--to", "kazoo", &kazoo]);
    assert_eq!(output.status.code(), Some(2));
}
