//! Service numbers: an N2FE editor schedules flows over HTTP, and calls are answered by the version of their second.

use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use telephony::media::g711::Codec;

use crate::phone::{Phone, Step, missing};
use crate::server::{
    ACCOUNT, Account, Answer, PATIENCE, REALM, Scratch, Server, ask_with, free_port, wait_for,
};
use crate::sound::{prompt, wav};

const BASE: &str = "/jarvis-agent/n2fe";
/// Gregorian seconds, which records have, before 1970.
const GREGORIAN: u64 = 62_167_219_200;

/// Somebody with a session of the N2FE interface.
struct Editor {
    http: String,
    cookie: String,
    customer: String,
}

impl Editor {
    /// The account's administrator, who is a user of its customer.
    fn log_in(server: &Server) -> Editor {
        let path = format!("{BASE}/__login?username=admin@{REALM}&password=correct-horse");
        let status = ask_with(&server.http, "GET", &path, "", "").unwrap().json();
        assert_eq!(status["logged_in"], 1, "{status}");
        let cookie = format!("Cookie: {}={}\r\n", text(&status["sid_param"]), text(&status["sid"]));
        let mut editor = Editor { http: server.http.clone(), cookie, customer: String::new() };
        editor.customer = text(&editor.ask("GET", "/api/customers", &Value::Null).json()[0]["id"]);
        editor
    }

    /// Asks; a refusal for asking too often is waited out.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Answer {
        wait_for("an answer other than 429", || {
            let answer = self.try_ask(method, path, body).unwrap();
            (answer.status != 429).then_some(answer)
        })
    }

    fn try_ask(&self, method: &str, path: &str, body: &Value) -> std::io::Result<Answer> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        ask_with(&self.http, method, &format!("{BASE}{path}"), &self.cookie, &body)
    }

    /// Makes something; gives the number it is known by.
    fn make(&self, path: &str, body: Value, member: &str) -> String {
        let answer = self.ask("POST", path, &body);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        text(&answer.json()["returning"][0][member])
    }

    fn own(&self, path: &str) -> String {
        format!("/api/customer/{}/{path}", self.customer)
    }

    fn save(&self, name: &str, plan: Value) -> String {
        let body = json!({"name": name, "customer_id": self.customer, "flowJson": plan});
        self.make("/api/flow", body, "plan_id")
    }

    fn schedule(&self, number: &str, plan: &str, effective: &str) {
        let body = json!({"call_plan_id": plan, "effective_date": effective});
        self.make(&self.own(&format!("number/{number}/schedule")), body, "schedule_id");
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}

/// Start, one operation, and the end of the call.
fn plan(kind: &str, config: Value, exits: Value) -> Value {
    json!({
        "1": {"id": 1, "type": "Start", "exits": [2]},
        "2": {"id": 2, "type": kind, "config": config, "exits": exits},
        "3": {"id": 3, "type": "ReleaseCall", "config": {"cause": 16}, "exits": []}
    })
}

fn announce(entry: &str) -> Value {
    plan(
        "PlayAnnouncement",
        json!({"announcement": {"set": "Line", "entry": entry, "repetition": 1}}),
        json!([3]),
    )
}

fn release(cause: u8) -> Value {
    json!({
        "1": {"id": 1, "type": "Start", "exits": [2]},
        "2": {"id": 2, "type": "ReleaseCall", "config": {"cause": cause}, "exits": []}
    })
}

/// Unix time in whole seconds.
fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn iso(unix_s: u64) -> String {
    jiff::Timestamp::from_second(i64::try_from(unix_s).unwrap()).unwrap().to_string()
}

#[test]
fn a_scheduled_flow_answers_and_gives_way_to_the_next_version_at_its_second() {
    if missing("sipp") {
        return;
    }
    let account = Account::new()
        .with_phone("alice")
        .with_wav("old", &wav(&prompt("vm-goodbye")))
        .with_wav("new", &wav(&prompt("vm-enter_pass")));
    let server = Server::start(&account);
    let editor = Editor::log_in(&server);
    for entry in ["old", "new"] {
        let body = json!({"set": "Line", "entry": entry, "media": entry});
        editor.make(&editor.own("announcement"), body, "id");
    }
    editor.make(&editor.own("number"), json!({"sn": "0800677828"}), "id");
    let first = editor.save("main", announce("old"));
    let second = editor.save("main", announce("new"));
    editor.schedule("0800677828", &first, "2020-01-01T00:00:00Z");
    let alice = Phone::new(&server, "alice").register();
    // Announcements are played before the answer, and the call is released behind them.
    let call = || alice.call("0800677828", Codec::Pcmu, &[Step::EarlyMedia, Step::Refused(480)]);

    let during = call();
    during.connected().sound.await_clips(&[("old", prompt("vm-goodbye"))]);
    let before = during.call_id();
    during.finish();

    let effective = now_s() + 2;
    editor.schedule("0800677828", &second, &iso(effective));
    wait_for("the effective second", || (now_s() >= effective).then_some(()));
    let after = call();
    after.connected().sound.await_clips(&[("new", prompt("vm-enter_pass"))]);
    let id = after.call_id();
    after.finish();
    assert_eq!(server.record_of(&before)["version"], 1);
    assert_eq!(server.record_of(&id)["version"], 2);
}

#[test]
fn a_restricted_number_is_refused_until_it_is_taken_from_the_list() {
    if missing("sipp") {
        return;
    }
    let server = Server::start(&Account::new().with_phone("6421555123"));
    let editor = Editor::log_in(&server);
    editor.make(&editor.own("number"), json!({"sn": "0800677828"}), "id");
    let flow = editor.save("main", release(17));
    editor.schedule("0800677828", &flow, "2020-01-01T00:00:00Z");
    let phone = Phone::new(&server, "6421555123").register();
    let restrict = |list: Value| {
        let body =
            json!({"customerId": editor.customer, "serviceNumberId": "0800677828", "restrictionList": list});
        let answer = editor.ask("PUT", &editor.own("number/0800677828/number_restriction"), &body);
        assert_eq!(answer.json(), json!(1));
    };
    let refused = |status: u16| {
        let call = phone.call("0800677828", Codec::Pcmu, &[Step::Refused(status)]);
        let id = call.call_id();
        call.finish();
        id
    };
    refused(486);
    restrict(json!({"6421555123": 0, "6421555124": 0}));
    assert_eq!(server.record_of(&refused(603))["version"], 1, "it is on record all the same");
    restrict(json!({}));
    refused(486);
}

#[test]
fn under_load_every_call_takes_the_version_of_its_second() {
    if missing("sipp") {
        return;
    }
    const CALLS: usize = 300;
    let trunk = format!("[[trunks]]\nname = \"carrier\"\naddress = \"127.0.0.1\"\naccount = \"{REALM}\"\n");
    let server = Server::start_with(&Account::new(), &trunk);
    let editor = Editor::log_in(&server);
    editor.make(&editor.own("number"), json!({"sn": "0800"}), "id");
    let first = editor.save("main", release(17));
    let second = editor.save("main", release(21));
    editor.schedule("0800", &first, "2020-01-01T00:00:00Z");
    let effective = now_s() + 3;
    editor.schedule("0800", &second, &iso(effective));
    let refused = sipp_load(&server, CALLS);
    let token = server.token();
    let path = format!("/api/accounts/{ACCOUNT}/call-records?limit=1000");
    let records = wait_for("a record of each call", || {
        let listed = server.http("GET", &path, Some(&token), "").json();
        let rows = listed["call_records"].as_array().cloned().unwrap_or_default();
        (rows.len() >= CALLS).then_some(rows)
    });
    assert_eq!(records.len(), CALLS, "{refused}");
    let mut versions = [0, 0];
    for record in &records {
        let started = record["started"].as_u64().unwrap() - GREGORIAN;
        let wanted = if started < effective { 1 } else { 2 };
        assert_eq!(record["version"], wanted, "{record}");
        versions[usize::from(wanted == 2)] += 1;
    }
    // The load goes on for twice as long as the first version has.
    assert!(versions[1] > 0, "{versions:?}");
}

/// Fifty calls a second; each must be refused by the flow (486 or 403/603), and by nothing else.
fn sipp_load(server: &Server, calls: usize) -> String {
    let scratch = Scratch::new();
    let ack = "<send><![CDATA[\nACK sip:0800@127.0.0.1 SIP/2.0\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n\
               CSeq: 1 ACK\nMax-Forwards: 70\nContent-Length: 0\n]]></send>";
    let scenario = format!(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"load\">\n<send retrans=\"500\"><![CDATA[\n\
         INVITE sip:0800@127.0.0.1 SIP/2.0\n\
         Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]\n\
         From: <sip:6421555@127.0.0.1>;tag=[pid]l[call_number]\nTo: <sip:0800@127.0.0.1>\nCall-ID: [call_id]\n\
         CSeq: 1 INVITE\nContact: <sip:load@[local_ip]:[local_port]>\nMax-Forwards: 70\n\
         Content-Type: application/sdp\nContent-Length: [len]\n\n\
         v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 40000 RTP/AVP 0\na=rtpmap:0 PCMU/8000\n\
         ]]></send>\n\
         <recv response=\"100\" optional=\"true\"/>\n<recv response=\"486\" optional=\"true\" next=\"1\"/>\n\
         <recv response=\"603\" optional=\"true\" next=\"1\"/>\n<recv response=\"403\"/>\n<label id=\"1\"/>\n{ack}\n\
         </scenario>\n"
    );
    let file = scratch.write("load.xml", scenario.as_bytes());
    let screen = std::fs::File::create(scratch.path("screen")).unwrap();
    let mut sipp = Command::new("sipp")
        .arg(format!("127.0.0.1:{}", server.sip_port))
        .args(["-sf", file.to_str().unwrap(), "-i", "127.0.0.1", "-nostdin", "-nd"])
        .args(["-r", "50", "-m", &calls.to_string(), "-p", &free_port().to_string()])
        .args(["-timeout", "60s", "-timeout_error"])
        .stdin(Stdio::null())
        .stderr(screen.try_clone().unwrap())
        .stdout(screen)
        .spawn()
        .unwrap();
    let status = wait_for("the end of the load", || sipp.try_wait().unwrap());
    let said = std::fs::read_to_string(scratch.path("screen")).unwrap_or_default();
    assert!(status.success(), "sipp ended with {status}:\n{said}");
    said
}

#[test]
fn a_power_cut_loses_no_version_and_no_count() {
    if missing("sipp") {
        return;
    }
    let account = Account::new().with_phone("alice");
    let mut server = Server::start(&account);
    let editor = Editor::log_in(&server);
    editor.make(&editor.own("number"), json!({"sn": "0800"}), "id");
    editor.make(&editor.own("event_counter"), json!({"name": "votes"}), "id");
    let vote = json!({"counter": "votes", "limit": 1});
    let plan_id = editor.save("vote", plan("FirstCallers", vote, json!([3, 3])));
    editor.schedule("0800", &plan_id, "2020-01-01T00:00:00Z");
    let alice = Phone::new(&server, "alice").register();
    for _ in 0..3 {
        // Nothing answered the call: it is released with the cause of a normal end.
        alice.call("0800", Codec::Pcmu, &[Step::Refused(480)]).finish();
    }
    let (said, saves) = std::sync::mpsc::channel();
    let savers: Vec<_> = (0..3)
        .map(|_| {
            let (said, cookie) = (said.clone(), editor.cookie.clone());
            let (http, customer) = (editor.http.clone(), editor.customer.clone());
            std::thread::spawn(move || {
                let body =
                    json!({"name": "main", "customer_id": customer, "flowJson": release(17)}).to_string();
                loop {
                    // The cut ends the connection: what was not answered was not acknowledged.
                    let Ok(answer) = ask_with(&http, "POST", &format!("{BASE}/api/flow"), &cookie, &body)
                    else {
                        return;
                    };
                    match answer.status {
                        200 => said.send(text(&answer.json()["returning"][0]["plan_id"])).unwrap(),
                        429 => std::thread::sleep(Duration::from_millis(50)),
                        status => panic!("{status}: {}", answer.text()),
                    }
                }
            })
        })
        .collect();
    drop(said);
    let mut acknowledged: Vec<String> = (0..20).map(|_| saves.recv_timeout(PATIENCE).unwrap()).collect();
    server.kill_and_restart();
    acknowledged.extend(saves.iter());
    for saver in savers {
        saver.join().unwrap();
    }
    let editor = Editor::log_in(&server);
    let mut versions: Vec<u64> = acknowledged
        .iter()
        .map(|id| {
            let answer = editor.ask("GET", &format!("/api/flow/{id}"), &Value::Null);
            assert_eq!(answer.status, 200, "{}", answer.text());
            text(&answer.json()["version"]).parse().unwrap()
        })
        .collect();
    versions.sort_unstable();
    versions.dedup();
    assert_eq!(versions.len(), acknowledged.len());
    let counters = editor.ask("GET", &editor.own("event_counter"), &Value::Null).json();
    assert_eq!(counters[0]["value"], "3");
    // And the number is answered as before.
    let alice = alice.register();
    alice.call("0800", Codec::Pcmu, &[Step::Refused(480)]).finish();
}
