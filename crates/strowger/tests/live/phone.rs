//! SIP phones played by sipp: scenarios are put together step by step, and go on when the test says so.
//!
//! sipp does the signalling; the audio is ours ([`crate::sound`]). A scenario that stands at [`Step::Go`] waits for a
//! request that [`Line::go`] sends to it, so that no test depends on how long something takes.

use std::fmt::Write as _;
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use telephony::media::g711::Codec;

use crate::server::{REALM, Scratch, Server, free_port, wait_for};
use crate::sound::{EVENT_PT, Sound};

/// Says visibly that a test is passed over when a program is not installed. Use: `if missing("sipp") { return }`.
pub fn missing(program: &str) -> bool {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()));
    if !found {
        eprintln!("skipped: {program} is not installed");
    }
    !found
}

/// What a phone does in a call, one after the other.
#[derive(Clone, Debug)]
pub enum Step {
    /// The other side rings (180).
    Ringing,
    /// The other side has early media (183 with SDP).
    EarlyMedia,
    /// The other side answers.
    Answered,
    /// The call is refused with this status.
    Refused(u16),
    /// Cancels what is not answered.
    Cancel,
    /// Waits for [`Line::go`].
    Go,
    /// Hangs up.
    Bye,
    /// The other side hangs up.
    AwaitBye,
    /// The other side cancels; a callee only.
    AwaitCancel,
    /// Says that it rings; a callee only.
    Ring,
    /// Answers; a callee only.
    Answer,
    /// Refuses with this status; a callee only.
    Refuse(u16),
    /// Presses a key by SIP INFO (`application/dtmf-relay`).
    Info(char),
    /// Puts the other side on hold (`sendonly`).
    Hold,
    /// Takes it back.
    Resume,
    /// Offers T.38 instead of the audio, and is refused (488).
    OfferT38,
    /// Asks to transfer the other party to this number (REFER), and is told that it is done.
    Transfer(&'static str),
    /// Waits for [`Line::go_joining`], asks to put the other party through to the far end of that other line (REFER
    /// with Replaces), and is told that it is done.
    TransferToOther,
}

/// A phone with an account of its own (user name `<name>`, password `<name>-secret`).
pub struct Phone {
    name: String,
    server: u16,
    port: u16,
    tcp: bool,
    scratch: Scratch,
}

impl Phone {
    pub fn new(server: &Server, name: &str) -> Phone {
        Phone::at(server, name, free_port())
    }

    /// One that listens at this port: a carrier that a resource names.
    pub fn at(server: &Server, name: &str, port: u16) -> Phone {
        Phone { name: name.to_owned(), server: server.sip_port, port, tcp: false, scratch: Scratch::new() }
    }

    /// Speaks TCP instead of UDP.
    pub fn over_tcp(mut self) -> Phone {
        self.tcp = true;
        self
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Registers; fails the test when that is refused.
    pub fn register(self) -> Phone {
        let password = format!("{}-secret", self.name);
        assert!(self.try_register(&password), "{} could not register", self.name);
        self
    }

    /// Registers with a password. Whether it was accepted (200) or refused (403 or a further 401).
    pub fn try_register(&self, password: &str) -> bool {
        let mut xml = Xml::new("register");
        xml.register(&self.name, None);
        xml.receive("<recv response=\"401\" auth=\"true\"/>");
        xml.register(&self.name, Some(password));
        xml.receive("<recv response=\"403\" optional=\"true\" next=\"refused\"/>");
        xml.receive("<recv response=\"401\" optional=\"true\" next=\"refused\"/>");
        xml.receive("<recv response=\"200\"/>");
        // The refusal ends the scenario as a failure.
        xml.end_with("refused");
        let mut run = self.run(&xml.done(), &format!("register-{}", unique()), None);
        let done = wait_for("the end of a registration", || run.try_wait().unwrap());
        done.success()
    }

    /// Calls a number.
    pub fn call(&self, number: &str, codec: Codec, steps: &[Step]) -> Line {
        let sound = Sound::open(codec);
        let call_id = format!("call-{}-{}", std::process::id(), unique());
        let mut xml = Xml::new("caller");
        let dialog = Dialog::caller(number);
        xml.invite(&dialog, &self.name, None, sound.port, codec);
        xml.receive("<recv response=\"100\" optional=\"true\"/>");
        xml.receive("<recv response=\"407\" auth=\"true\"/>");
        xml.refusal_taken(&dialog, &self.name);
        xml.invite(&dialog, &self.name, Some(&format!("{}-secret", self.name)), sound.port, codec);
        self.begin(xml, dialog, 2, steps, sound, codec, Some(call_id))
    }

    /// Waits for a call to this phone.
    pub fn listen(&self, codec: Codec, steps: &[Step]) -> Line {
        let sound = Sound::open(codec);
        let mut xml = Xml::new("callee");
        // Its headers are kept: what comes in at `Step::Go` replaces sipp's own memory of the last message.
        let kept: String = [("CSeq:", 1), ("Via:", 4), ("From:", 5), ("To:", 6)]
            .map(|(header, variable)| {
                format!(
                    "<ereg regexp=\".*\" search_in=\"hdr\" header=\"{header}\" assign_to=\"{variable}\"/>"
                )
            })
            .concat();
        xml.receive(&format!("<recv request=\"INVITE\" rrs=\"true\"><action>{kept}</action></recv>"));
        xml.receive("<Reference variables=\"1,4,5,6\"/>");
        self.begin(xml, Dialog::callee(), 1, steps, sound, codec, None)
    }

    #[allow(clippy::too_many_arguments, reason = "what one run of sipp is made of")]
    fn begin(
        &self,
        mut xml: Xml,
        dialog: Dialog,
        cseq: u32,
        steps: &[Step],
        sound: Sound,
        codec: Codec,
        call_id: Option<String>,
    ) -> Line {
        xml.cseq = cseq;
        for step in steps {
            xml.step(step, &dialog, &self.name, sound.port, codec);
        }
        let name = format!("{}-{}", dialog.role, unique());
        let sipp = self.run(&xml.done(), &name, call_id.as_deref());
        let messages = self.scratch.path(&format!("{name}.messages"));
        let errors = self.scratch.path(&format!("{name}.errors"));
        let line = Line { sipp, sound, messages, errors, port: self.port, tcp: self.tcp, went: 0.into() };
        if dialog.role == "callee" {
            // The message file is there when sipp is: from then on it hears calls.
            wait_for("a phone that listens", || listens(self.port, self.tcp).then_some(()));
        }
        line
    }

    fn run(&self, xml: &str, name: &str, call_id: Option<&str>) -> Child {
        let scenario = self.scratch.write(&format!("{name}.xml"), xml.as_bytes());
        let output = std::fs::File::create(self.scratch.path(&format!("{name}.screen"))).unwrap();
        let mut command = Command::new("sipp");
        command
            .arg(format!("127.0.0.1:{}", self.server))
            .args(["-sf", scenario.to_str().unwrap(), "-i", "127.0.0.1", "-m", "1", "-nostdin", "-nd"])
            .args(["-t", if self.tcp { "t1" } else { "u1" }])
            .args(["-p", &self.port.to_string(), "-mp", &free_port().to_string()])
            .args(["-timeout", "90s", "-timeout_error", "-trace_msg", "-trace_err"])
            .arg("-message_file")
            .arg(self.scratch.path(&format!("{name}.messages")))
            .arg("-error_file")
            .arg(self.scratch.path(&format!("{name}.errors")));
        if let Some(call_id) = call_id {
            command.args(["-cid_str", call_id]);
        }
        command.stdin(Stdio::null()).stderr(output.try_clone().unwrap()).stdout(output).spawn().unwrap()
    }
}

/// A call of a phone.
pub struct Line {
    pub sound: Sound,
    sipp: Child,
    messages: PathBuf,
    errors: PathBuf,
    port: u16,
    tcp: bool,
    went: AtomicU32,
}

impl Line {
    /// Waits until the other side has told where its audio is, and begins to send there.
    pub fn connected(&self) -> &Line {
        let target = wait_for("a session description", || {
            let text = self.messages();
            let received = text
                .split("-----------------------------------------------")
                .filter(|message| message.contains(" received ") && message.contains("m=audio"));
            let last = received.last()?;
            let port = last.split("m=audio ").nth(1)?.split(' ').next()?.parse().ok()?;
            Some(SocketAddr::from(([127, 0, 0, 1], port)))
        });
        self.sound.aim(target);
        self
    }

    /// Waits until a message with this beginning came in: `SIP/2.0 180`, `BYE`.
    pub fn await_received(&self, start: &str) -> &Line {
        wait_for(&format!("{start} at a phone"), || self.received(start).then_some(()));
        self
    }

    /// Waits until so many messages with this beginning came in.
    pub fn await_received_times(&self, start: &str, times: usize) {
        wait_for(&format!("{times} times {start}"), || (self.times_received(start) >= times).then_some(()));
    }

    /// Whether a message with this beginning came in.
    pub fn received(&self, start: &str) -> bool {
        self.times_received(start) > 0
    }

    fn times_received(&self, start: &str) -> usize {
        let text = self.messages();
        let is_one = |message: &&str| {
            message.contains(" received ")
                && message.split_once("\n\n").is_some_and(|(_, body)| body.trim_start().starts_with(start))
        };
        text.split("-----------------------------------------------").filter(is_one).count()
    }

    /// The call's `Call-ID`.
    pub fn call_id(&self) -> String {
        wait_for("a Call-ID", || {
            let text = self.messages();
            let line = text.lines().find_map(|line| line.strip_prefix("Call-ID: "))?;
            Some(line.trim().to_owned())
        })
    }

    /// Lets a scenario that stands at [`Step::Go`] go on; repeated until sipp has seen it.
    pub fn go(&self) {
        self.go_with("");
    }

    /// Lets a scenario that stands at [`Step::TransferToOther`] go on, with the other line of the same phone.
    pub fn go_joining(&self, other: &Line, number: &str) {
        let text = other.messages();
        let tag = |header: &str, of: &str| {
            let message = text
                .split("-----------------------------------------------")
                .find(|m| m.contains(of))
                .unwrap();
            let line = message.lines().find(|line| line.starts_with(header)).unwrap();
            line.split(";tag=").nth(1).unwrap().split(';').next().unwrap().trim().to_owned()
        };
        let (theirs, ours) = (tag("To:", "SIP/2.0 200 "), tag("From:", "SIP/2.0 200 "));
        let id = other.call_id();
        let replaces = format!("{id}%3Bto-tag%3D{theirs}%3Bfrom-tag%3D{ours}");
        self.go_with(&format!("Refer-To: <sip:{number}@{REALM}?Replaces={replaces}>\r\n"));
    }

    fn go_with(&self, lines: &str) {
        assert!(!self.tcp, "a phone over TCP cannot be told to go on");
        let number = self.went.fetch_add(1, Ordering::Relaxed) + 1;
        let id = self.call_id();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let from = socket.local_addr().unwrap();
        let request = format!(
            "INFO sip:go@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bKgo{number}\r\n\
             From: <sip:test@127.0.0.1>;tag=go\r\nTo: <sip:go@127.0.0.1>\r\nCall-ID: {id}\r\nCSeq: {number} INFO\r\n{lines}\
             Content-Length: 0\r\n\r\n"
        );
        socket.send_to(request.as_bytes(), ("127.0.0.1", self.port)).unwrap();
    }

    /// Waits for the end of the scenario; fails the test when sipp met anything else than what it was told.
    pub fn finish(mut self) {
        let status = wait_for("the end of a scenario", || self.sipp.try_wait().unwrap());
        assert!(status.success(), "sipp ended with {status}: {}\n{}", self.errors(), self.messages());
    }

    /// Everything the phone sent and received.
    pub fn messages(&self) -> String {
        std::fs::read_to_string(&self.messages).unwrap_or_default().replace('\r', "")
    }

    fn errors(&self) -> String {
        std::fs::read_to_string(&self.errors).unwrap_or_default()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let _ = self.sipp.kill();
        let _ = self.sipp.wait();
    }
}

/// Who a phone is within a dialog: the headers of its requests.
struct Dialog {
    role: &'static str,
    first: String,
    from: String,
    to: String,
}

impl Dialog {
    fn caller(number: &str) -> Dialog {
        Dialog {
            role: "caller",
            first: format!("sip:{number}@{REALM}"),
            from: "<sip:NAME@REALM>;tag=[pid]c[call_number]".to_owned(),
            to: format!("<sip:{number}@{REALM}>"),
        }
    }

    fn callee() -> Dialog {
        Dialog { role: "callee", first: String::new(), from: "[$2]".to_owned(), to: "[$3]".to_owned() }
    }
}

/// A sipp scenario being written.
struct Xml {
    text: String,
    cseq: u32,
}

const VIA: &str = "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n";

impl Xml {
    fn new(name: &str) -> Xml {
        let text = format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"{name}\">\n");
        Xml { text, cseq: 0 }
    }

    fn receive(&mut self, element: &str) {
        let _ = writeln!(self.text, "{element}");
    }

    fn send(&mut self, message: &str) {
        let retransmitted = !message.starts_with("ACK") && !message.starts_with("SIP/2.0");
        let again = if retransmitted { " retrans=\"500\"" } else { "" };
        let _ = writeln!(self.text, "<send{again}><![CDATA[\n{message}\n]]></send>");
    }

    /// A label that only an optional branch reaches, and that fails.
    fn end_with(&mut self, label: &str) {
        let _ = writeln!(
            self.text,
            "<nop next=\"end\"/>\n<label id=\"{label}\"/>\n<recv response=\"699\" timeout=\"1\" ontimeout=\"bad\"/>\n\
             <label id=\"bad\"/>\n<nop><action><exec int_cmd=\"stop_now\"/></action></nop>\n<label id=\"end\"/>\n<nop/>"
        );
    }

    fn done(mut self) -> String {
        self.text.push_str("</scenario>\n");
        // sipp knows labels by number only.
        for (number, label) in ["refused", "bad", "end"].iter().enumerate() {
            let number = number + 1;
            self.text = self.text.replace(&format!("next=\"{label}\""), &format!("next=\"{number}\""));
            self.text = self.text.replace(&format!("id=\"{label}\""), &format!("id=\"{number}\""));
            self.text =
                self.text.replace(&format!("ontimeout=\"{label}\""), &format!("ontimeout=\"{number}\""));
        }
        self.text
    }

    fn register(&mut self, name: &str, password: Option<&str>) {
        self.cseq += 1;
        let message = format!(
            "REGISTER sip:{REALM} SIP/2.0\n{VIA}From: <sip:{name}@{REALM}>;tag=[pid]r\nTo: <sip:{name}@{REALM}>\n\
             Call-ID: [call_id]\nCSeq: {} REGISTER\nContact: <sip:{name}@[local_ip]:[local_port];transport=[transport]>\n\
             {}Max-Forwards: 70\nExpires: 300\nContent-Length: 0\n",
            self.cseq,
            authentication(name, password)
        );
        self.send(&message);
    }

    fn invite(&mut self, dialog: &Dialog, name: &str, password: Option<&str>, port: u16, codec: Codec) {
        self.cseq += 1;
        let message = format!(
            "INVITE {} SIP/2.0\n{VIA}From: {}\nTo: {}\nCall-ID: [call_id]\nCSeq: {} INVITE\n{}{}",
            dialog.first,
            named(&dialog.from, name),
            dialog.to,
            self.cseq,
            authentication(name, password),
            described(name, port, codec, "sendrecv"),
        );
        self.send(&message);
    }

    /// The ACK of a refusal, which has the INVITE's branch.
    fn refusal_taken(&mut self, dialog: &Dialog, name: &str) {
        let back = self.elements() - self.last_invite();
        let message = format!(
            "ACK {} SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-{back}]\nFrom: {}\n\
             To: {}[peer_tag_param]\nCall-ID: [call_id]\nCSeq: {} ACK\nMax-Forwards: 70\nContent-Length: 0\n",
            dialog.first,
            named(&dialog.from, name),
            dialog.to,
            self.cseq
        );
        self.send(&message);
    }

    /// A request within the dialog.
    fn request(&mut self, dialog: &Dialog, name: &str, method: &str, cseq: u32, rest: &str) {
        let tag = if dialog.role == "caller" { "[peer_tag_param]" } else { "" };
        let message = format!(
            "{method} [next_url] SIP/2.0\n{VIA}From: {}\nTo: {}{tag}\nCall-ID: [call_id]\nCSeq: {cseq} {method}\n[routes]\n{rest}",
            named(&dialog.from, name),
            dialog.to
        );
        self.send(&message);
    }

    /// A response to the INVITE that called.
    fn response(&mut self, status: &str, rest: &str) {
        let message = format!(
            "SIP/2.0 {status}\nVia:[$4]\nFrom:[$5]\nTo:[$6];tag=[pid]s[call_number]\nCall-ID: [call_id]\nCSeq:[$1]\n{rest}"
        );
        self.send(&message);
    }

    /// A response to the request that just came in.
    fn ok(&mut self) {
        self.send("SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n");
    }

    fn step(&mut self, step: &Step, dialog: &Dialog, name: &str, port: u16, codec: Codec) {
        const EMPTY: &str = "Max-Forwards: 70\nContent-Length: 0\n";
        match step {
            Step::Ringing => {
                self.receive("<recv response=\"100\" optional=\"true\"/>");
                self.receive("<recv response=\"180\" rrs=\"true\"/>");
            }
            Step::EarlyMedia => {
                self.receive("<recv response=\"100\" optional=\"true\"/>");
                self.receive("<recv response=\"180\" optional=\"true\"/>");
                self.receive("<recv response=\"183\" rrs=\"true\"/>");
            }
            Step::Answered => {
                for status in [100, 180, 183] {
                    self.receive(&format!("<recv response=\"{status}\" optional=\"true\"/>"));
                }
                self.receive("<recv response=\"200\" rrs=\"true\"/>");
                self.request(dialog, name, "ACK", self.cseq, EMPTY);
            }
            Step::Refused(status) => {
                for status in [100, 180, 183] {
                    self.receive(&format!("<recv response=\"{status}\" optional=\"true\"/>"));
                }
                self.receive(&format!("<recv response=\"{status}\"/>"));
                self.refusal_taken(dialog, name);
            }
            Step::Cancel => {
                let message = format!(
                    "CANCEL {} SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=BRANCH\nFrom: {}\nTo: {}\n\
                     Call-ID: [call_id]\nCSeq: {} CANCEL\n{EMPTY}",
                    dialog.first,
                    named(&dialog.from, name),
                    dialog.to,
                    self.cseq
                );
                let back = self.elements() - self.last_invite();
                self.send(&message.replace("BRANCH", &format!("[branch-{back}]")));
                self.receive("<recv response=\"200\"/>");
                self.receive("<recv response=\"487\"/>");
                self.refusal_taken(dialog, name);
            }
            Step::Go => self.receive("<recv request=\"INFO\"/>"),
            Step::Bye => {
                self.cseq += 1;
                self.request(dialog, name, "BYE", self.cseq, EMPTY);
                self.receive("<recv response=\"200\"/>");
            }
            Step::AwaitBye => {
                self.receive("<recv request=\"BYE\"/>");
                self.ok();
            }
            Step::AwaitCancel => {
                self.receive("<recv request=\"CANCEL\"/>");
                self.ok();
                self.response("487 Request Terminated", "Content-Length: 0\n");
                self.receive("<recv request=\"ACK\"/>");
            }
            Step::Ring => self.response("180 Ringing", &contact(name)),
            Step::Answer => {
                self.response("200 OK", &described(name, port, codec, "sendrecv"));
                self.receive(
                    "<recv request=\"ACK\"><action>\
                     <ereg regexp=\".*\" search_in=\"hdr\" header=\"To:\" assign_to=\"2\"/>\
                     <ereg regexp=\".*\" search_in=\"hdr\" header=\"From:\" assign_to=\"3\"/></action></recv>\n\
                     <Reference variables=\"2,3\"/>",
                );
            }
            Step::Refuse(status) => {
                self.response(&format!("{status} No"), "Content-Length: 0\n");
                self.receive("<recv request=\"ACK\"/>");
            }
            Step::Info(key) => {
                self.cseq += 1;
                let body = format!(
                    "Max-Forwards: 70\nContent-Type: application/dtmf-relay\nContent-Length: [len]\n\nSignal={key}\nDuration=160\n"
                );
                self.request(dialog, name, "INFO", self.cseq, &body);
                self.receive("<recv response=\"200\"/>");
            }
            Step::Transfer(number) => {
                self.cseq += 1;
                let rest = format!(
                    "Contact: <sip:{name}@[local_ip]:[local_port];transport=[transport]>\n\
                     Refer-To: <sip:{number}@{REALM}>\n{EMPTY}"
                );
                self.request(dialog, name, "REFER", self.cseq, &rest);
                self.receive("<recv response=\"202\"/>");
                for _ in 0..2 {
                    self.receive("<recv request=\"NOTIFY\"/>");
                    self.ok();
                }
            }
            Step::TransferToOther => {
                self.cseq += 1;
                self.receive(
                    "<recv request=\"INFO\"><action>\
                     <ereg regexp=\".*\" search_in=\"hdr\" header=\"Refer-To:\" assign_to=\"7\"/></action></recv>\n\
                     <Reference variables=\"7\"/>",
                );
                let rest = format!(
                    "Contact: <sip:{name}@[local_ip]:[local_port];transport=[transport]>\nRefer-To:[$7]\n{EMPTY}"
                );
                self.request(dialog, name, "REFER", self.cseq, &rest);
                self.receive("<recv response=\"202\"/>");
                for _ in 0..2 {
                    self.receive("<recv request=\"NOTIFY\"/>");
                    self.ok();
                }
            }
            Step::OfferT38 => {
                self.cseq += 1;
                self.request(dialog, name, "INVITE", self.cseq, &t38_described(name, port));
                self.receive("<recv response=\"100\" optional=\"true\"/>");
                self.receive("<recv response=\"488\"/>");
                let back = self.elements() - self.last_invite();
                self.request(dialog, name, "ACK", self.cseq, EMPTY);
                // The ACK of a refusal has the branch of what was refused.
                if let Some(at) = self.text.rfind("[branch]") {
                    self.text.replace_range(at..at + "[branch]".len(), &format!("[branch-{back}]"));
                }
            }
            Step::Hold | Step::Resume => {
                let direction = if matches!(step, Step::Hold) { "sendonly" } else { "sendrecv" };
                self.cseq += 1;
                self.request(dialog, name, "INVITE", self.cseq, &described(name, port, codec, direction));
                self.receive("<recv response=\"100\" optional=\"true\"/>");
                self.receive("<recv response=\"200\"/>");
                self.request(dialog, name, "ACK", self.cseq, EMPTY);
            }
        }
    }

    /// Messages so far, as sipp counts them.
    fn elements(&self) -> usize {
        self.text.matches("<send").count()
            + self.text.matches("<recv").count()
            + self.text.matches("<nop").count()
    }

    /// The number of the last INVITE that was sent.
    fn last_invite(&self) -> usize {
        let before = self.text.rfind("\nINVITE ").unwrap();
        let head = Xml { text: self.text[..before].to_owned(), cseq: 0 };
        head.elements() - 1
    }
}

fn named(text: &str, name: &str) -> String {
    text.replace("NAME", name).replace("REALM", REALM)
}

fn authentication(name: &str, password: Option<&str>) -> String {
    password
        .map(|password| format!("[authentication username={name} password={password}]\n"))
        .unwrap_or_default()
}

fn contact(name: &str) -> String {
    format!("Contact: <sip:{name}@[local_ip]:[local_port];transport=[transport]>\nContent-Length: 0\n")
}

/// The rest of a message with a session description.
fn described(name: &str, port: u16, codec: Codec, direction: &str) -> String {
    let (number, coding) = (codec.payload_type(), codec.name());
    format!(
        "Contact: <sip:{name}@[local_ip]:[local_port];transport=[transport]>\nMax-Forwards: 70\n\
         Allow: INVITE, ACK, CANCEL, BYE, INFO, OPTIONS\nContent-Type: application/sdp\nContent-Length: [len]\n\n\
         v=0\no=phone 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {port} RTP/AVP {number} {EVENT_PT}\n\
         a=rtpmap:{number} {coding}/8000\na=rtpmap:{EVENT_PT} telephone-event/8000\na=fmtp:{EVENT_PT} 0-15\na=ptime:20\n\
         a={direction}\n"
    )
}

/// The rest of a message that offers T.38 (ITU-T T.38 annex D).
fn t38_described(name: &str, port: u16) -> String {
    format!(
        "Contact: <sip:{name}@[local_ip]:[local_port];transport=[transport]>\nMax-Forwards: 70\n\
         Content-Type: application/sdp\nContent-Length: [len]\n\n\
         v=0\no=phone 1 2 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=image {port} udptl t38\n\
         a=T38FaxVersion:0\na=T38FaxRateManagement:transferredTCF\n"
    )
}

/// Whether somebody has the port: binding it fails then.
fn listens(port: u16, tcp: bool) -> bool {
    if tcp {
        std::net::TcpListener::bind(("127.0.0.1", port)).is_err()
    } else {
        UdpSocket::bind(("127.0.0.1", port)).is_err()
    }
}

fn unique() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
