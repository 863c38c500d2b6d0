//! The server under test: a process of its own with a data directory of its own, on free loopback ports.
//!
//! Not here: phones ([`crate::phone`]) and what they hear ([`crate::sound`]).

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long anything may take before a test gives up; far more than it takes, even on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The account of the tests.
pub const ACCOUNT: &str = "4c1e0000000000000000000000000001";
/// Its realm.
pub const REALM: &str = "live.strowger.test";
/// MD5 of `admin:correct-horse`, as Crossbar's `user_auth` wants it.
const CREDENTIALS: &str = "e2ca08744437abfaa5d0074f857344a8";

/// Waits until `ready` gives something.
pub fn wait_for<T>(what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = ready() {
            return found;
        }
        assert!(Instant::now() < until, "never came: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A folder that is removed with its end.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Scratch {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("strowger-live-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // What the peers said is the best explanation of a failure.
            eprintln!("kept for study: {}", self.0.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

/// An account being written down, document by document.
pub struct Account {
    folder: Scratch,
}

impl Account {
    /// An account with an administrator (for the HTTP interface) and nothing else.
    pub fn new() -> Account {
        let account = Account { folder: Scratch::new() };
        let root = json!({"id": ACCOUNT, "name": "Live tests", "realm": REALM, "timezone": "UTC"});
        account.folder.write("account.json", root.to_string().as_bytes());
        let admin = json!({
            "username": "admin", "password": "correct-horse", "priv_level": "admin",
            "first_name": "Ada", "last_name": "Admin",
        });
        account.with("users", "admin", admin)
    }

    /// Adds a document; its id is its name.
    pub fn with(self, kind: &str, id: &str, mut body: Value) -> Account {
        body["id"] = json!(id);
        self.folder.write(&format!("{kind}/{id}.json"), body.to_string().as_bytes());
        self
    }

    /// Adds audio as a media document with a WAV file.
    pub fn with_wav(self, id: &str, wav: &[u8]) -> Account {
        self.folder.write(&format!("media/{id}.wav"), wav);
        self.with("media", id, json!({"name": id}))
    }

    /// Adds a user with a phone: SIP user name and user id are `name`, the device is `<name>-phone`.
    pub fn with_phone(self, name: &str) -> Account {
        let user = json!({"username": name, "first_name": name, "last_name": "Test"});
        let device = json!({
            "name": format!("{name}'s phone"),
            "owner_id": name,
            "sip": {"method": "password", "username": name, "password": format!("{name}-secret")},
        });
        self.with("users", name, user).with("devices", &format!("{name}-phone"), device)
    }

    /// Adds the shipped star codes, by the command that does so.
    pub fn with_feature_codes(self) -> Account {
        let made = strowger_in(&self.folder, &["feature-codes", "create", self.folder.0.to_str().unwrap()]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stdout));
        self
    }

    /// Adds a callflow for one number; the id is `flow-<number>`.
    pub fn with_flow(self, number: &str, flow: Value) -> Account {
        let body = json!({"name": format!("flow {number}"), "numbers": [number], "flow": flow});
        self.with("callflows", &format!("flow-{}", number.trim_start_matches(['*', '+'])), body)
    }
}

/// A running server.
pub struct Server {
    pub sip_port: u16,
    pub http: String,
    scratch: Scratch,
    process: Child,
    token: OnceLock<String>,
}

impl Server {
    /// A server with this account, whose flows may ask servers on loopback.
    pub fn start(account: &Account) -> Server {
        Server::start_with(account, "[web]\nallow_private_addresses = true\n")
    }

    /// A server with this account and more settings (TOML).
    pub fn start_with(account: &Account, settings: &str) -> Server {
        let scratch = Scratch::new();
        let port = free_port();
        let config = format!(
            "data_dir = \"{}\"\nflows = \"none\"\n[http]\nlisten = \"127.0.0.1:0\"\n[sip]\nudp = \"127.0.0.1:{port}\"\n\
             tcp = \"127.0.0.1:{port}\"\n[log]\nlevel = \"info,telephony=debug\"\n{settings}",
            scratch.path("data").display()
        );
        scratch.write("strowger.toml", config.as_bytes());
        let imported = strowger(&scratch, &["import", account.folder.0.to_str().unwrap()]).output().unwrap();
        assert!(imported.status.success(), "import: {}", String::from_utf8_lossy(&imported.stderr));
        let (process, http) = launch(&scratch);
        Server { sip_port: port, http, scratch, process, token: OnceLock::new() }
    }

    /// Ends the process at once, as a power cut would, and starts it anew with the same data.
    pub fn kill_and_restart(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.restart();
    }

    /// Starts the process anew, after it ended, with the same data.
    pub fn restart(&mut self) {
        (self.process, self.http) = launch(&self.scratch);
    }

    /// Asks the process to end, as a service manager does.
    pub fn terminate(&self) {
        let asked = Command::new("kill").arg("-TERM").arg(self.process.id().to_string()).status().unwrap();
        assert!(asked.success());
    }

    /// Waits for the process to end by itself.
    pub fn ended(&mut self) -> bool {
        wait_for("the end of the server", || self.process.try_wait().unwrap()).success()
    }

    pub fn data_dir(&self) -> PathBuf {
        self.scratch.path("data")
    }

    /// The administrator's token: logs in by `user_auth` when there is none yet.
    pub fn token(&self) -> String {
        self.token.get_or_init(|| self.log_in()).clone()
    }

    /// Logs in by `user_auth` and gives the token.
    pub fn log_in(&self) -> String {
        let body = json!({"data": {"credentials": CREDENTIALS, "account_realm": REALM}});
        let reply = self.http("PUT", "/v2/user_auth", None, &body.to_string());
        assert!(matches!(reply.status, 200 | 201), "{}: {}", reply.status, reply.text());
        reply.json()["auth_token"].as_str().unwrap().to_owned()
    }

    /// A request to the HTTP interface. A refusal for asking too often is waited out, as a good client does.
    pub fn http(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> Answer {
        wait_for("an answer other than 429", || {
            let answer = self.http_once(method, path, token, body);
            (answer.status != 429).then_some(answer)
        })
    }

    fn http_once(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> Answer {
        ask(&self.http, method, path, token, body).unwrap()
    }

    /// Reads JSON from the HTTP interface.
    pub fn get(&self, path: &str) -> Value {
        let reply = self.http("GET", path, Some(&self.token()), "");
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply.json()
    }

    /// Calls in progress.
    pub fn calls(&self) -> Vec<Value> {
        let token = self.token();
        self.calls_seen_by(&token)
    }

    fn calls_seen_by(&self, token: &str) -> Vec<Value> {
        let path = format!("/api/accounts/{ACCOUNT}/calls");
        let reply = self.http("GET", &path, Some(token), "");
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()["calls"].as_array().unwrap().clone()
    }

    /// Waits until no call is in progress.
    pub fn quiet(&self) {
        let token = self.token();
        wait_for("an end of all calls", || self.calls_seen_by(&token).is_empty().then_some(()));
    }

    /// Waits for the record of the call with this `Call-ID`; gives it with its trace.
    pub fn record_of(&self, call_id: &str) -> Value {
        let token = self.token();
        let path = format!("/api/accounts/{ACCOUNT}/call-records");
        wait_for("the call's record", || {
            let listed = self.http("GET", &path, Some(&token), "").json();
            let rows = listed["call_records"].as_array().cloned().unwrap_or_default();
            let row = rows.into_iter().find(|row| row["call_id"] == call_id)?;
            let id = row["id"].as_str()?;
            Some(self.http("GET", &format!("{path}/{id}"), Some(&token), "").json())
        })
    }

    /// The messages of a voicemail box, newest first.
    pub fn messages(&self, mailbox: &str) -> Vec<Value> {
        let listed = self.get(&format!("/v2/accounts/{ACCOUNT}/vmboxes/{mailbox}/messages"));
        listed["data"].as_array().cloned().unwrap_or_default()
    }

    /// The samples of a message, from its WAV file.
    pub fn message_audio(&self, mailbox: &str, media_id: &str) -> Vec<i16> {
        let path = format!("/v2/accounts/{ACCOUNT}/vmboxes/{mailbox}/messages/{media_id}/raw");
        let reply = self.http("GET", &path, Some(&self.token()), "");
        assert_eq!(reply.status, 200, "{}", reply.text());
        telephony::media::wav::read(&reply.body).unwrap()
    }

    /// What the server logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.scratch.path("server.log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let from = log.len().saturating_sub(6_000);
            eprintln!("the server's log ends with:\n{}", log.get(from..).unwrap_or_default());
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One request to a server at `http`; an error when the connection ends before a whole reply came.
pub fn ask(http: &str, method: &str, path: &str, token: Option<&str>, body: &str) -> std::io::Result<Answer> {
    let token = token.map(|token| format!("X-Auth-Token: {token}\r\n")).unwrap_or_default();
    ask_with(http, method, path, &token, body)
}

/// The same with these header lines.
pub fn ask_with(http: &str, method: &str, path: &str, headers: &str, body: &str) -> std::io::Result<Answer> {
    let host = http.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         {headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply)?;
    Answer::parse(&reply).ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
}

/// An HTTP reply.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// A whole reply; `None` when the connection ended within it.
    fn parse(reply: &[u8]) -> Option<Answer> {
        let split = reply.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&reply[..split]).into_owned();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let raw = &reply[split + 4..];
        let headers = head.to_ascii_lowercase();
        let length =
            headers.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        let body = match length {
            Some(length) => raw.get(..length)?.to_vec(),
            None if headers.contains("transfer-encoding: chunked") => {
                raw.ends_with(b"0\r\n\r\n").then(|| unchunk(raw))?
            }
            None => raw.to_vec(),
        };
        Some(Answer { status, head, body })
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

fn unchunk(mut raw: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(line) = raw.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(String::from_utf8_lossy(&raw[..line]).trim(), 16).unwrap();
        if size == 0 {
            break;
        }
        body.extend_from_slice(&raw[line + 2..line + 2 + size]);
        raw = &raw[line + 4 + size..];
    }
    body
}

/// A port that is free for datagrams and for connections.
pub fn free_port() -> u16 {
    wait_for("a free port", || {
        let udp = UdpSocket::bind("127.0.0.1:0").ok()?;
        let port = udp.local_addr().ok()?.port();
        TcpListener::bind(("127.0.0.1", port)).ok()?;
        // Ports where the server puts audio would be taken before the peer is there.
        (!(20_000..=32_000).contains(&port)).then_some(port)
    })
}

/// A run of the program that needs no configuration.
fn strowger_in(scratch: &Scratch, args: &[&str]) -> std::process::Output {
    plain(scratch, args).output().unwrap()
}

fn strowger(scratch: &Scratch, args: &[&str]) -> Command {
    let mut command = plain(scratch, args);
    command.arg("--config").arg(scratch.path("strowger.toml"));
    command
}

fn plain(scratch: &Scratch, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strowger"));
    command.args(args).current_dir(&scratch.0);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("STROWGER_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}

/// Starts the server and waits until it says where it is.
fn launch(scratch: &Scratch) -> (Child, String) {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(scratch.path("server.log")).unwrap();
    let mut command = strowger(scratch, &["serve", "--json"]);
    let mut process = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let said = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    let ready: Value = serde_json::from_str(&line)
        .unwrap_or_else(|_| panic!("not ready: {line}{}", said(&scratch.path("server.log"))));
    (process, ready["http"].as_str().unwrap().to_owned())
}
