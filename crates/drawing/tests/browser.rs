//! The interactive page in a real browser: headless Chromium, driven through `chromedriver` (W3C WebDriver over HTTP on
//! loopback). Passed over when either is not installed. `DRAWING_SHOW=folder` leaves screenshots there.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a browser that does not answer is a failed test"
)]

mod common;

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use common::Fixture;
use drawing::{Booklet, Context, DrawOptions, Scene, draw};
use flow::graph::{Flow, Node, NodeId, Words};
use serde_json::{Value, json};

/// How long the browser may take for one answer on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// A browser with one page, ended when dropped.
struct Browser {
    driver: Child,
    port: u16,
    session: String,
    folder: PathBuf,
}

impl Browser {
    /// `None` when the machine has no browser.
    fn start(name: &str) -> Option<Browser> {
        let installed = |program: &str| {
            let mut command = Command::new(program);
            command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        };
        if !installed("chromium") || !installed("chromedriver") {
            eprintln!("passed over: chromium or chromedriver is not installed");
            return None;
        }
        let folder =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("browser-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = lines.find_map(|line| {
            line.split_once("successfully on port ")?.1.trim_end_matches('.').parse::<u16>().ok()
        });
        // Whatever else it says must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let mut browser = Browser { driver, port: port.unwrap(), session: String::new(), folder };
        let flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1300,800",
        ];
        let mut flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        flags.push(format!("--user-data-dir={}", browser.folder.join("profile").display()));
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": { "args": flags },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        } } });
        let answer = browser.ask("POST", "/session", &wanted);
        answer["sessionId"].as_str().unwrap().clone_into(&mut browser.session);
        Some(browser)
    }

    /// One request; its `value`. An error of the browser fails the test.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let value = self.try_ask(method, path, body).unwrap();
        assert!(value["error"].is_null(), "{path}: {value}");
        value
    }

    fn try_ask(&self, method: &str, path: &str, body: &Value) -> std::io::Result<Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let body = if method == "POST" { body.to_string() } else { String::new() };
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.port,
            body.len(),
        )?;
        let mut reader = BufReader::new(stream);
        let (mut line, mut length) = (String::new(), 0);
        while reader.read_line(&mut line)? > 2 {
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            line.clear();
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer)?;
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        Ok(answer.get("value").cloned().unwrap_or_default())
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        self.ask(method, &format!("/session/{}{path}", self.session), body)
    }

    /// Opens a page from a file and waits until its script has run.
    fn open(&self, html: &str) {
        let path = self.folder.join("page.html");
        std::fs::write(&path, html).unwrap();
        self.command("POST", "/url", &json!({ "url": format!("file://{}", path.display()) }));
        assert_eq!(self.run("return document.documentElement.dataset.ready"), json!("true"));
    }

    fn run(&self, script: &str) -> Value {
        self.command("POST", "/execute/sync", &json!({ "script": script, "args": [] }))
    }

    fn number(&self, script: &str) -> f64 {
        self.run(script).as_f64().unwrap()
    }

    /// The middle of an element in the window.
    fn middle(&self, selector: &str) -> (i64, i64) {
        let at = self.run(&format!(
            "const r = document.querySelector({}).getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]",
            json!(selector)
        ));
        (at[0].as_f64().unwrap() as i64, at[1].as_f64().unwrap() as i64)
    }

    fn pointer(&self, actions: &Value) {
        let all = json!({ "actions": [{
            "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": actions,
        }] });
        self.command("POST", "/actions", &all);
    }

    fn hover(&self, selector: &str) {
        let (x, y) = self.middle(selector);
        self.pointer(&json!([{ "type": "pointerMove", "duration": 0, "x": x, "y": y }]));
    }

    fn click(&self, selector: &str) {
        let (x, y) = self.middle(selector);
        self.pointer(&json!([
            { "type": "pointerMove", "duration": 0, "x": x, "y": y },
            { "type": "pointerDown", "button": 0 }, { "type": "pointerUp", "button": 0 },
        ]));
    }

    /// Types into the element that has the focus.
    fn keys(&self, text: &str) {
        let presses: Vec<Value> = text
            .chars()
            .flat_map(|key| [("keyDown", key), ("keyUp", key)])
            .map(|(kind, key)| json!({ "type": kind, "value": key.to_string() }))
            .collect();
        let all = json!({ "actions": [{ "type": "key", "id": "keys", "actions": presses }] });
        self.command("POST", "/actions", &all);
    }

    fn screenshot(&self, name: &str) {
        if let Some(folder) = std::env::var_os("DRAWING_SHOW") {
            let data = self.command("GET", "/screenshot", &Value::Null);
            let data = base64::engine::general_purpose::STANDARD.decode(data.as_str().unwrap()).unwrap();
            std::fs::write(Path::new(&folder).join(name), data).unwrap();
        }
    }

    fn log(&self, kind: &str) -> Vec<Value> {
        let entries = self.command("POST", "/se/log", &json!({ "type": kind }));
        entries.as_array().cloned().unwrap_or_default()
    }

    /// The page asked for itself and nothing else, and the browser had nothing to complain of.
    fn asked_nobody(&self) {
        let mut asked = String::new();
        for entry in self.log("performance") {
            let entry: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
            let what = &entry["message"]["params"];
            // The browser's own first page asks for this and that before it gives way to ours.
            let ours = what["documentURL"].as_str().is_some_and(|page| page.starts_with("file:"));
            if ours && entry["message"]["method"] == "Network.requestWillBeSent" {
                let _ = writeln!(asked, "{}", what["request"]["url"].as_str().unwrap());
            }
        }
        assert!(asked.lines().count() >= 1, "the log of requests is kept");
        assert!(asked.lines().all(|url| url.starts_with("file:///")), "{asked}");
        let complaints: Vec<Value> =
            self.log("browser").into_iter().filter(|entry| entry["level"] == "SEVERE").collect();
        assert!(complaints.is_empty(), "{complaints:?}");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let _ = self.try_ask("DELETE", &format!("/session/{}", self.session), &Value::Null);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn scene(name: &str) -> Scene {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    Fixture::read(&std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap()).scene()
}

/// Index of the first node with a title.
fn node(scene: &Scene, title: &str) -> usize {
    scene.nodes.iter().position(|node| node.title == title).unwrap()
}

/// All nodes above a node, and itself.
fn way(scene: &Scene, mut node: usize) -> Vec<usize> {
    let mut way = vec![node];
    while let Some(edge) = node.checked_sub(1).and_then(|edge| scene.edges.get(edge)) {
        node = edge.from;
        way.push(node);
    }
    way.sort_unstable();
    way
}

#[test]
fn the_page_is_searched_traced_folded_and_asks_nobody() {
    let Some(browser) = Browser::start("page") else { return };
    let scene = scene("attendant");
    browser.open(&scene.to_html());
    browser.screenshot("page.png");

    // Search by part of a name: found, ringed, and in the middle of the stage.
    browser.click("#search");
    browser.keys("staff dir");
    let directory = node(&scene, "Staff directory");
    assert_eq!(browser.run("return document.getElementById('found').textContent"), json!("1 of 1"));
    let ringed = "return Number(document.querySelector('.ring').closest('[data-n]').dataset.n)";
    assert_eq!(browser.number(ringed), directory as f64);
    let stage = browser.middle("#stage");
    let box_at = browser.middle(&format!("[data-n='{directory}'] .card"));
    assert!((stage.0 - box_at.0).abs() < 8 && (stage.1 - box_at.1).abs() < 8, "{stage:?} {box_at:?}");
    browser.screenshot("page-search.png");

    // Search by a number, however it is written; Enter goes on to the next.
    browser.run("document.getElementById('search').value = ''");
    browser.keys("20794-60200");
    assert!(
        browser
            .run("return document.getElementById('found').textContent")
            .as_str()
            .unwrap()
            .starts_with("1 of")
    );
    browser.run("document.getElementById('search').value = ''");
    browser.keys("no such thing");
    assert_eq!(browser.run("return document.getElementById('found').textContent"), json!("nothing found"));
    browser.keys("\u{e00c}");

    // Hover traces the way from the entry and tells what the box is.
    browser.click("#fit");
    let bob = node(&scene, "Bob Ray");
    browser.hover(&format!("[data-n='{bob}'] .card"));
    let on = browser
        .run("return [...document.querySelectorAll('[data-n].on')].map((box) => Number(box.dataset.n))");
    assert_eq!(on, json!(way(&scene, bob)));
    assert_eq!(
        browser.number("return document.querySelectorAll('.wire.on').length") as usize,
        way(&scene, bob).len() - 1
    );
    let words = browser.run("return document.getElementById('facts').textContent");
    assert!(
        words.as_str().unwrap().contains("Bob Ray") && words.as_str().unwrap().contains("202"),
        "{words}"
    );
    browser.screenshot("page-hover.png");

    // A click folds a branch: what is below is hidden, counted, and the rest closes up.
    let menu = node(&scene, "Accounts menu");
    let below: Vec<usize> =
        (0..scene.nodes.len()).filter(|at| *at != menu && way(&scene, *at).contains(&menu)).collect();
    browser.click(&format!("[data-n='{menu}'] .card"));
    let hidden = browser
        .run("return [...document.querySelectorAll('[data-n].gone')].map((box) => Number(box.dataset.n))");
    assert_eq!(hidden, json!(below));
    let count = browser.run("return document.querySelector('.count text').textContent");
    assert_eq!(count, json!(format!("+{}", below.len())));
    let expanded =
        format!("return document.querySelector(\"[data-n='{menu}']\").getAttribute('aria-expanded')");
    assert_eq!(browser.run(&expanded), json!("false"));
    browser.click("#fit");
    browser.screenshot("page-folded.png");

    // Searching for what is folded away unfolds it.
    browser.click("#search");
    browser.keys("agent-busy");
    assert_eq!(browser.number("return document.querySelectorAll('[data-n].gone').length"), 0.0);
    browser.keys("\u{e00c}");

    // A branch by itself, and back.
    browser.click("#fit");
    browser.click(&format!("[data-n='{menu}'] .card"));
    browser.click("#do-start");
    let shown = browser.run(
        "return [...document.querySelectorAll('[data-n]:not(.gone)')].map((box) => Number(box.dataset.n))",
    );
    let mut wanted = below.clone();
    wanted.insert(0, menu);
    assert_eq!(shown, json!(wanted));
    browser.screenshot("page-root.png");
    browser.click("#whole");
    assert_eq!(browser.number("return document.querySelectorAll('[data-n].gone').length"), 0.0);

    // The wheel zooms at the pointer; a drag moves.
    let wide = "return document.querySelector('svg').viewBox.baseVal.width";
    let before = browser.number(wide);
    let (x, y) = browser.middle("#stage");
    browser.command(
        "POST",
        "/actions",
        &json!({ "actions": [{ "type": "wheel", "id": "wheel", "actions": [
        { "type": "scroll", "x": x, "y": y, "deltaX": 0, "deltaY": -300, "duration": 0 },
    ] }] }),
    );
    assert!(browser.number(wide) < before * 0.8);
    let left = "return document.querySelector('svg').viewBox.baseVal.x";
    let before = browser.number(left);
    browser.pointer(&json!([
        { "type": "pointerMove", "duration": 0, "x": x, "y": y }, { "type": "pointerDown", "button": 0 },
        { "type": "pointerMove", "duration": 50, "x": x - 100, "y": y }, { "type": "pointerUp", "button": 0 },
    ]));
    assert!(browser.number(left) > before + 20.0);

    browser.asked_nobody();
}

/// A tree of menus with so many boxes in all; the last is called Needle.
fn large(count: u32) -> Scene {
    let mut nodes: Vec<Node> = (0..count)
        .map(|id| {
            let title = if id + 1 == count { "Needle".to_owned() } else { format!("Menu {id}") };
            let words =
                Words { kind: "menu".to_owned(), caption: "Menu".to_owned(), title, ..Words::default() };
            Node {
                id: NodeId(id),
                pointer: format!("/n/{id}"),
                words: Some(Box::new(words)),
                ..Node::default()
            }
        })
        .collect();
    for id in 1..count {
        let (parent, key) = ((id - 1) / 8, (id - 1) % 8 + 1);
        nodes[parent as usize].exits.insert(key.to_string(), NodeId(id));
    }
    let flow = Flow { entry: Some(NodeId(0)), nodes, ..Flow::default() };
    draw(&flow, &Context::default(), &DrawOptions::default())
}

/// Every step is answered within the browser's patience; how long each takes is told with `--nocapture`.
/// `DRAWING_BOXES=10000` makes it as many.
#[test]
fn thousands_of_boxes_are_searched_traced_and_folded() {
    let Some(browser) = Browser::start("large") else { return };
    let count = std::env::var("DRAWING_BOXES").ok().and_then(|count| count.parse().ok()).unwrap_or(1_500);
    let scene = large(count);
    let html = scene.to_html();
    let mut last = Instant::now();
    let mut told = |what: &str| {
        eprintln!("{what}: {:.1} s", last.elapsed().as_secs_f64());
        last = Instant::now();
    };
    browser.open(&html);
    told("opened");
    let boxes = browser.number("return document.querySelectorAll('[data-n]').length") as usize;
    assert!(boxes == scene.nodes.len() && boxes > count as usize);
    browser.click("#search");
    browser.keys("needle");
    told("found");
    let needle = node(&scene, "Needle");
    let ringed = "return Number(document.querySelector('.ring').closest('[data-n]').dataset.n)";
    assert_eq!(browser.number(ringed), needle as f64);
    browser.hover(&format!("[data-n='{needle}'] .card"));
    told("traced");
    let on = "return [...document.querySelectorAll('[data-n].on')].map((box) => Number(box.dataset.n))";
    assert_eq!(browser.run(on), json!(way(&scene, needle)));
    browser.screenshot("page-large.png");
    // The first menu folded: everything else closes up.
    let first = node(&scene, "Menu 1");
    browser.run("document.getElementById('search').value = ''");
    browser.click("#search");
    browser.keys("menu 1");
    told("found again");
    browser.click(&format!("[data-n='{first}'] .card"));
    told("folded");
    let below = (0..scene.nodes.len()).filter(|at| *at != first && way(&scene, *at).contains(&first)).count();
    assert_eq!(browser.number("return document.querySelectorAll('[data-n].gone').length") as usize, below);
    browser.click("#unfold");
    told("unfolded");
    assert_eq!(browser.number("return document.querySelectorAll('[data-n].gone').length"), 0.0);
    browser.asked_nobody();
}

#[test]
fn a_dark_page_is_shown_to_who_wants_one() {
    let Some(browser) = Browser::start("dark") else { return };
    browser.open(&scene("hours").to_html());
    let ground = "return getComputedStyle(document.querySelector('.ground')).fill";
    assert_eq!(browser.run(ground), json!("rgb(247, 248, 250)"));
    let dark = json!({ "cmd": "Emulation.setEmulatedMedia", "params": {
        "features": [{ "name": "prefers-color-scheme", "value": "dark" }],
    } });
    browser.command("POST", "/goog/cdp/execute", &dark);
    assert_eq!(browser.run(ground), json!("rgb(18, 22, 28)"));
    browser.screenshot("page-dark.png");
}

#[test]
fn a_booklet_shows_one_picture_at_a_time_and_hostile_names_do_nothing() {
    let Some(browser) = Browser::start("booklet") else { return };
    let pages = ["hours", "attendant", "hostile"].map(scene).to_vec();
    browser.open(&Booklet { title: "Numbers of <script>alert(1)</script>".to_owned(), pages }.to_html());
    let shown = "return [...document.querySelectorAll('.picture')].map((picture) => !picture.hidden)";
    assert_eq!(browser.run(shown), json!([true, false, false]));
    // Search leads into the other pictures.
    browser.click("#search");
    browser.keys("staff directory");
    assert_eq!(browser.run(shown), json!([false, true, false]));
    assert_eq!(browser.run("return document.getElementById('pick').value"), json!("1"));
    browser.screenshot("booklet.png");
    browser.run("const pick = document.getElementById('pick'); pick.value = '2'; pick.dispatchEvent(new Event('change'))");
    assert_eq!(browser.run(shown), json!([false, false, true]));
    let ids = browser.run("const ids = [...document.querySelectorAll('[id]')].map((e) => e.id); return ids.length === new Set(ids).size");
    assert_eq!(ids, json!(true), "element ids are unique over all pictures");
    assert_eq!(browser.number("return document.scripts.length"), 2.0);
    browser.asked_nobody();
}
