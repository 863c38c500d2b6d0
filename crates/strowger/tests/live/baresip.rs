//! baresip, a softphone that people use, without sound hardware: it says a tone from a file and writes what it hears to a file.
//!
//! It is told what to do over its control interface (module `ctrl_tcp`, netstrings of JSON).

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;
use telephony::media::g711::{Codec, SAMPLE_RATE};

use crate::phone::{Phone, Step, missing};
use crate::server::{ACCOUNT, Account, REALM, Scratch, Server, free_port, wait_for};
use crate::sound::{prompt, share_of, tone, wav};

/// Where Debian and others put its modules.
const MODULES: [&str; 4] = [
    "/usr/lib/baresip/modules",
    "/usr/local/lib/baresip/modules",
    "/usr/lib/x86_64-linux-gnu/baresip/modules",
    "/usr/lib64/baresip/modules",
];

struct Baresip {
    process: Child,
    control: TcpStream,
    scratch: Scratch,
}

impl Baresip {
    /// A registered baresip that says 800 Hz; `None` when it is not installed as these tests need it.
    fn start(server: &Server, name: &str) -> Option<Baresip> {
        let modules = MODULES.iter().find(|folder| PathBuf::from(folder).join("ctrl_tcp.so").is_file());
        let Some(modules) = modules else {
            eprintln!("skipped: the modules of baresip are not found");
            return None;
        };
        let scratch = Scratch::new();
        let (control, sip) = (free_port(), free_port());
        std::fs::create_dir_all(scratch.path("heard")).unwrap();
        let config = format!(
            "poll_method epoll\nsip_listen 127.0.0.1:{sip}\nsip_verify_server no\ncall_max_calls 4\n\
             audio_source aufile,{tone}\nausrc_srate 8000\n\
             auplay_srate 8000\nausrc_channels 1\nauplay_channels 1\naudio_txmode thread\naudio_level no\n\
             rtp_tos 0\nrtcp_mux no\njitter_buffer_type off\naudio_buffer 40-200\nnet_interface 127.0.0.1\nmodule_path {modules}\nmodule g711.so\nmodule aufile.so\n\
             module_app account.so\nmodule_app menu.so\nmodule sndfile.so\nmodule_app ctrl_tcp.so\nsnd_path {heard}\nctrl_tcp_listen 127.0.0.1:{control}\n",
            heard = scratch.path("heard").display(),
            tone = scratch.path("tone.wav").display(),
        );
        scratch.write("tone.wav", &wav(&tone(800.0, Duration::from_secs(60))));
        scratch.write("config", config.as_bytes());
        let account = format!(
            "<sip:{name}@{REALM}>;auth_pass={name}-secret;outbound=\"sip:127.0.0.1:{}\";regint=120;\
             audio_codecs=pcmu\n",
            server.sip_port
        );
        scratch.write("accounts", account.as_bytes());
        scratch.write("contacts", b"");
        let screen = std::fs::File::create(scratch.path("screen")).unwrap();
        let process = Command::new("baresip")
            .arg("-f")
            .arg(scratch.path(""))
            .current_dir(scratch.path(""))
            .stdin(Stdio::null())
            .stderr(screen.try_clone().unwrap())
            .stdout(screen)
            .spawn()
            .unwrap();
        let control =
            wait_for("baresip's control interface", || TcpStream::connect(("127.0.0.1", control)).ok());
        control.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let phone = Baresip { process, control, scratch };
        wait_for("baresip's registration", || {
            let listed = server.get(&format!("/api/accounts/{ACCOUNT}/registrations"));
            (!listed["registrations"].as_array().unwrap().is_empty()).then_some(())
        });
        Some(phone)
    }

    /// Gives it a command of its menu.
    fn command(&mut self, command: &str, parameters: &str) {
        let text = json!({"command": command, "params": parameters}).to_string();
        write!(self.control, "{}:{text},", text.len()).unwrap();
        // What it says is not needed, but must be taken.
        let _ = self.control.read(&mut [0; 65_536]);
    }

    /// What it heard, once it has written a file of at least this length.
    fn heard(&self, length: Duration) -> Vec<i16> {
        let least = length.as_millis() as usize * SAMPLE_RATE as usize / 1_000;
        wait_for("audio at baresip", || {
            let written =
                std::fs::read_dir(self.scratch.path("heard")).ok()?.flatten().map(|entry| entry.path());
            let decoded = written.into_iter().find(|path| path.to_string_lossy().ends_with("-dec.wav"))?;
            let file = std::fs::read(decoded).ok()?;
            let samples = telephony::media::wav::read(&file).ok()?;
            (samples.len() >= least).then_some(samples)
        })
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn account() -> Account {
    let menu = json!({"name": "m", "retries": 3, "timeout": 10_000, "max_extension_length": 1, "hunt": false,
                      "media": {"greeting": "greeting"}});
    let bob = json!({"module": "user", "data": {"id": "bob", "timeout": 30}, "children": {}});
    Account::new()
        .with_phone("alice")
        .with_phone("bob")
        .with_wav("greeting", &wav(&prompt("vm-enter_id")))
        .with("menus", "menu", menu)
        .with_flow("102", bob.clone())
        .with_flow("100", json!({"module": "menu", "data": {"id": "menu"}, "children": {"2": bob}}))
}

#[test]
fn baresip_registers_hears_the_menu_presses_a_key_and_talks() {
    if missing("sipp") || missing("baresip") {
        return;
    }
    let server = Server::start(&account());
    let Some(mut alice) = Baresip::start(&server, "alice") else { return };
    let bob = Phone::new(&server, "bob").register();
    let callee = bob.listen(Codec::Pcmu, &[Step::Ring, Step::Answer, Step::AwaitBye]);
    alice.command("dial", &format!("sip:100@{REALM}"));
    let token = server.token();
    wait_for("a call in progress", || {
        let path = format!("/api/accounts/{ACCOUNT}/calls");
        let calls = server.http("GET", &path, Some(&token), "").json();
        (!calls["calls"].as_array().unwrap().is_empty()).then_some(())
    });
    // Keys may be pressed at any time of a menu; more than once does no harm after the first counted.
    wait_for("a call at bob's phone", || {
        alice.command("sndcode", "2");
        callee.received("INVITE").then_some(())
    });
    callee.connected();
    callee.sound.say(Some(1_000.0));
    callee.sound.await_tone(800.0);
    callee.sound.await_said(Duration::from_secs(3));
    alice.command("hangup", "");
    callee.finish();
    server.quiet();
    let heard = alice.heard(Duration::from_secs(2));
    let last = &heard
        [heard.len().saturating_sub(SAMPLE_RATE as usize * 3 / 2)..heard.len() - SAMPLE_RATE as usize / 4];
    assert!(share_of(last, 1_000.0) > 0.6, "baresip heard bob: {}", share_of(last, 1_000.0));
}

#[test]
fn baresip_is_called() {
    if missing("sipp") || missing("baresip") {
        return;
    }
    let server = Server::start(&account());
    let Some(mut bob) = Baresip::start(&server, "bob") else { return };
    let alice = Phone::new(&server, "alice");
    let calling = alice.call("102", Codec::Pcma, &[Step::Ringing, Step::Answered, Step::Go, Step::Bye]);
    calling.await_received("SIP/2.0 180");
    wait_for("baresip's answer", || {
        bob.command("accept", "");
        calling.received("SIP/2.0 200").then_some(())
    });
    calling.connected().sound.say(Some(440.0));
    calling.sound.await_tone(800.0);
    calling.go();
    calling.finish();
    server.quiet();
}
