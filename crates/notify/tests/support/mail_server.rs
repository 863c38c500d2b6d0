//! A mail server for tests: takes messages as it is told to, and keeps them. Speaks as much SMTP (RFC 5321) as a client
//! needs, and STARTTLS with a certificate of its own where it has one.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// What becomes of a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 250.
    Take,
    /// 451: try again later.
    Later,
    /// 550: there is no such mailbox.
    Refuse,
    /// The connection ends without a word.
    HangUp,
}

/// A message taken.
#[derive(Clone, Debug)]
pub struct Mail {
    pub from: String,
    pub to: String,
    /// Header and body as they came, with line ends `\n`.
    pub data: String,
}

impl Mail {
    /// The value of a header, with folded lines put together.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.data.split("\n\n").next()?.replace("\n ", " ");
        head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned))
    }

    /// The content of the part with this `Content-Type`, as it is encoded.
    pub fn part(&self, content_type: &str) -> Option<String> {
        let from = self.data.find(&format!("Content-Type: {content_type}"))?;
        let part = self.data[from..].split_once("\n\n")?.1;
        Some(part.split("\n--").next()?.to_owned())
    }
}

/// A plain or protected connection.
pub trait Wire: Read + Write + Send {}
impl<T: Read + Write + Send> Wire for T {}

/// Makes a protected connection of a plain one.
pub type Protect = Arc<dyn Fn(TcpStream) -> Box<dyn Wire> + Send + Sync>;

/// What becomes of a recipient, and of how many before it.
type Answers = Arc<dyn Fn(&str, usize) -> Answer + Send + Sync>;

pub struct MailServer {
    address: SocketAddr,
    mails: Arc<Mutex<Vec<Mail>>>,
    asked: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
}

impl MailServer {
    /// A server on a free port; `answer` gets the recipient, and how often somebody was named before.
    pub fn start(answer: impl Fn(&str, usize) -> Answer + Send + Sync + 'static) -> MailServer {
        MailServer::start_at("127.0.0.1:0", None, answer)
    }

    pub fn start_at(
        address: &str,
        protect: Option<Protect>,
        answer: impl Fn(&str, usize) -> Answer + Send + Sync + 'static,
    ) -> MailServer {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let (mails, asked, stop) = (Arc::default(), Arc::default(), Arc::new(AtomicBool::new(false)));
        let server = MailServer { address, mails, asked, stop };
        let session = Session {
            mails: Arc::clone(&server.mails),
            asked: Arc::clone(&server.asked),
            answer: Arc::new(answer),
            protect,
        };
        let stop = Arc::clone(&server.stop);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let session = session.clone();
                std::thread::spawn(move || session.serve(stream));
            }
        });
        server
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The messages taken so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    /// The recipients named so far, refused ones included.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

#[derive(Clone)]
struct Session {
    mails: Arc<Mutex<Vec<Mail>>>,
    asked: Arc<Mutex<Vec<String>>>,
    answer: Answers,
    protect: Option<Protect>,
}

impl Session {
    fn serve(&self, stream: TcpStream) {
        let mut plain = BufReader::new(Box::new(stream.try_clone().unwrap()) as Box<dyn Wire>);
        say(&mut plain, "220 mail.test ESMTP");
        if self.talk(&mut plain, self.protect.is_some()) == Some(Next::Protect) {
            let protect = self.protect.as_ref().unwrap();
            let mut protected = BufReader::new(protect(stream));
            self.talk(&mut protected, false);
        }
    }

    /// Until the end of the connection, or STARTTLS.
    fn talk(&self, wire: &mut BufReader<Box<dyn Wire>>, offers_tls: bool) -> Option<Next> {
        let (mut from, mut to) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            if wire.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end();
            let (verb, rest) = line.split_at(line.len().min(4));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" if offers_tls => say(wire, "250-mail.test\r\n250 STARTTLS"),
                "EHLO" => say(wire, "250-mail.test\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME"),
                "STAR" => {
                    say(wire, "220 go ahead");
                    return Some(Next::Protect);
                }
                "AUTH" => {
                    let accepted = rest.contains("AHVzZXIAc2VjcmV0");
                    say(wire, if accepted { "235 welcome" } else { "535 who are you" });
                }
                "MAIL" => {
                    from = address(rest);
                    say(wire, "250 ok");
                }
                "RCPT" => {
                    to = address(rest);
                    let before = self.asked.lock().unwrap().len();
                    self.asked.lock().unwrap().push(to.clone());
                    match (self.answer)(&to, before) {
                        Answer::Take => say(wire, "250 ok"),
                        Answer::Later => say(wire, "451 try again later"),
                        Answer::Refuse => say(wire, "550 no such mailbox"),
                        Answer::HangUp => return None,
                    }
                }
                "DATA" => {
                    say(wire, "354 go on");
                    let data = data(wire)?;
                    self.mails.lock().unwrap().push(Mail { from: from.clone(), to: to.clone(), data });
                    say(wire, "250 taken");
                }
                "QUIT" => {
                    say(wire, "221 bye");
                    return None;
                }
                _ => say(wire, "250 ok"),
            }
        }
    }
}

#[derive(PartialEq)]
enum Next {
    Protect,
}

fn say(wire: &mut BufReader<Box<dyn Wire>>, line: &str) {
    let _ = wire.get_mut().write_all(format!("{line}\r\n").as_bytes());
    let _ = wire.get_mut().flush();
}

fn data(wire: &mut BufReader<Box<dyn Wire>>) -> Option<String> {
    let mut data = String::new();
    loop {
        let mut line = String::new();
        if wire.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end_matches(['\r', '\n']);
        if line == "." {
            return Some(data);
        }
        data.push_str(line.strip_prefix('.').unwrap_or(line));
        data.push('\n');
    }
}

/// `TO:<a@b>` is `a@b`.
fn address(rest: &str) -> String {
    let inner = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or_else(String::new, |(address, _)| address.to_owned())
}
