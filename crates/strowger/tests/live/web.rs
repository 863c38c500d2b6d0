//! A web server that a test owns: keeps what it is asked, answers what the test says.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::server::wait_for;

/// A request as it came in.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub head: String,
    pub body: Vec<u8>,
}

impl Asked {
    /// A parameter of the query or of a form in the body, decoded.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query).to_owned();
        let form = format!("{query}&{}", String::from_utf8_lossy(&self.body));
        let found = url::form_urlencoded::parse(form.as_bytes()).find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    }
}

/// What a server does with a request.
#[derive(Clone, Debug)]
pub enum Page {
    /// Status, content type, body.
    Reply(u16, &'static str, Vec<u8>),
    /// A redirect to this address.
    Redirect(String),
    /// As many bytes.
    Endless(u64),
    /// Never an answer; the connection stays open.
    Silence,
}

impl Page {
    pub fn json(text: &str) -> Page {
        Page::Reply(200, "application/json", text.as_bytes().to_vec())
    }
}

/// A running web server.
pub struct Web {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    stop: Arc<AtomicBool>,
}

impl Web {
    pub fn start(pages: impl Fn(&Asked) -> Page + Send + Sync + 'static) -> Web {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let stop = Arc::new(AtomicBool::new(false));
        let (pages, log, stopped) = (Arc::new(pages), Arc::clone(&asked), Arc::clone(&stop));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (pages, log) = (Arc::clone(&pages), Arc::clone(&log));
                let stopped = Arc::clone(&stopped);
                std::thread::spawn(move || serve(stream, &*pages, &log, &stopped));
            }
        });
        Web { address, asked, stop }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Waits for a request to a path that begins like this.
    pub fn await_asked(&self, method: &str, path: &str) -> Asked {
        self.await_times(method, path, 1)
    }

    /// Waits until that has happened so many times; gives the last of them.
    pub fn await_times(&self, method: &str, path: &str, times: usize) -> Asked {
        wait_for(&format!("{method} {path}, {times} times"), || {
            let asked = self.asked.lock().unwrap();
            let mut found = asked.iter().filter(|one| one.method == method && one.target.starts_with(path));
            found.nth(times - 1).cloned()
        })
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(
    stream: TcpStream,
    pages: &(dyn Fn(&Asked) -> Page + Send + Sync),
    log: &Mutex<Vec<Asked>>,
    stop: &AtomicBool,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        if name.eq_ignore_ascii_case("content-length") { value.trim().parse::<usize>().ok() } else { None }
    });
    let mut body = vec![0; length.unwrap_or(0)];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let mut words = head.split(' ');
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default().to_owned();
    let asked = Asked { method, target, head, body };
    log.lock().unwrap().push(asked.clone());
    let mut stream = stream;
    match pages(&asked) {
        Page::Reply(status, kind, body) => {
            let _ = write!(
                stream,
                "HTTP/1.1 {status} Said\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(&body);
        }
        Page::Redirect(to) => {
            let _ = write!(
                stream,
                "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        Page::Endless(bytes) => {
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {bytes}\r\nConnection: close\r\n\r\n"
            );
            let block = vec![b' '; 65_536];
            let mut left = bytes;
            while left > 0 && stream.write_all(&block).is_ok() {
                left = left.saturating_sub(block.len() as u64);
            }
        }
        Page::Silence => {
            while !stop.load(Ordering::Relaxed) {
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
        }
    }
}
