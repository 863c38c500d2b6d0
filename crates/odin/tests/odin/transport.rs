//! Faults on the way: each is told apart, and what can pass is tried again.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use odin::transport::{Dial, Dialled};
use odin::{Odin, OdinError, Plan, Proxy, Secret, Settings, Trust};
use odin_standin::{Answer, Behaviour, PASSWORD, Rule, StandIn, USERNAME, World};
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use crate::{connect, connect_with, realistic, settings};

const NAMED: &str = "acme";

fn status(status: u16) -> Answer {
    Answer::Status { status, retry_after: None }
}

async fn groups(odin: &Odin) -> Result<usize, OdinError> {
    odin.groups(NAMED).await.map(|groups| groups.len())
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_is_said_at_once() {
    let server = realistic(Behaviour::default());
    let wrong = Settings { password: Secret::new("not it"), ..settings() };
    let error = connect_with(&server, wrong).await.err().unwrap();
    assert_eq!(error, OdinError::WrongPassword);
    assert_eq!(server.counts().requests, 1);
}

#[tokio::test(start_paused = true)]
async fn what_can_pass_is_tried_again_with_growing_waits() {
    for fault in [
        status(429),
        status(500),
        status(502),
        status(503),
        status(504),
        Answer::Html { status: 502 },
        Answer::CutOff,
        Answer::Hang,
        Answer::SlowBody(Duration::from_secs(5)),
    ] {
        let server = realistic(Behaviour::default().with(Rule::first(2, "/groups", fault.clone())));
        let odin = connect(&server).await;
        let began = Instant::now();
        assert_eq!(groups(&odin).await, Ok(1), "{fault:?}");
        assert_eq!(server.counts().by_path["/groups"], 3, "{fault:?}");
        // At least half of 250 and 500 ms; a kept connection that breaks costs one attempt without a wait.
        let waits = if matches!(fault, Answer::CutOff) { 125 } else { 375 };
        assert!(began.elapsed() >= Duration::from_millis(waits), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_pass_is_not_tried_again() {
    let cases = [
        (status(403), "OD3002"),
        (status(404), "OD4002"),
        (status(400), "OD4002"),
        (Answer::Html { status: 200 }, "OD4001"),
        (Answer::Body("{\"cut".to_owned()), "OD4001"),
        (Answer::Body("[".repeat(100_000)), "OD4001"),
        (Answer::HugeBody(3_000_000), "OD4003"),
        (Answer::Redirect("http://elsewhere.test/api/v2/groups".to_owned()), "OD4004"),
        (Answer::Redirect("https://odin.test/api/v2/groups".to_owned()), "OD4004"),
    ];
    for (fault, code) in cases {
        let server = realistic(Behaviour::default().with(Rule::always("/groups", fault.clone())));
        let odin =
            connect_with(&server, Settings { max_reply_bytes: 1_000_000, ..settings() }).await.unwrap();
        let error = groups(&odin).await.unwrap_err();
        assert_eq!(error.code(), code, "{fault:?}: {error}");
        assert_eq!(server.counts().by_path["/groups"], 1, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_and_time_are_bounded() {
    let server = realistic(Behaviour::default().with(Rule::always("/groups", Answer::Hang)));
    let odin = connect_with(&server, Settings { attempts: 3, ..settings() }).await.unwrap();
    let began = Instant::now();
    let error = groups(&odin).await.unwrap_err();
    assert_eq!(error, OdinError::Timeout { what: "a request", seconds: 30 });
    assert_eq!(server.counts().by_path["/groups"], 3);
    let most = Duration::from_secs(3 * 30 + 2);
    assert!(began.elapsed() <= most, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_for_patience_gets_it_from_all_requests() {
    let patience = Answer::Status { status: 429, retry_after: Some(7) };
    let server =
        realistic(Behaviour::default().with(Rule::first(1, "/groups/call-centers/agents", patience)));
    let odin = connect(&server).await;
    let began = Instant::now();
    let snapshot = odin.fetch(&Plan::group(NAMED, "harbour"), &mut |_| {}).await.unwrap();
    assert!(snapshot.replies.keys().any(|key| key.starts_with("/groups/call-centers/agents")));
    let took = began.elapsed();
    assert!((Duration::from_secs(7)..Duration::from_secs(9)).contains(&took), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_redirect_on_the_same_server_is_followed_but_not_in_a_circle() {
    let to = |path: &str| Answer::Redirect(format!("/api/v2{path}"));
    let server =
        realistic(Behaviour::default().with(Rule::first(1, "/groups", to("/groups?serviceProviderId=acme"))));
    assert_eq!(groups(&connect(&server).await).await, Ok(1));
    server.behave(Behaviour::default().with(Rule::always("/groups", to("/groups"))));
    assert_eq!(groups(&connect(&server).await).await.unwrap_err().code(), "OD4004");
    server.behave(Behaviour::default().with(Rule::always("/auth/token", to("/auth/session"))));
    assert_eq!(connect_with(&server, settings()).await.err().unwrap().code(), "OD4004");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ends_is_renewed_once_for_all_and_the_run_goes_on() {
    for renews_ended_tokens in [true, false] {
        let server =
            realistic(Behaviour { token_lasts: Some(10), renews_ended_tokens, ..Behaviour::default() });
        let odin = connect(&server).await;
        let snapshot = odin.fetch(&Plan::group(NAMED, "harbour"), &mut |_| {}).await.unwrap();
        assert!(snapshot.replies.values().all(|reply| reply.ok().is_some() || reply.is_unknown_endpoint()));
        let counts = server.counts();
        let asked = snapshot.replies.len() as u64;
        // Tokens last for ten requests each.
        let tokens = asked.div_ceil(10);
        if renews_ended_tokens {
            assert_eq!((counts.logins, counts.renewals), (1, tokens - 1));
        } else {
            assert_eq!((counts.logins, counts.renewals), (tokens, tokens - 1));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_that_can_no_longer_log_in_ends_the_run() {
    let behaviour = Behaviour { token_lasts: Some(10), ..Behaviour::default() };
    let server = realistic(behaviour.with(Rule::always("/auth/token", status(401)).after(1)));
    let odin = connect(&server).await;
    let error = odin.fetch(&Plan::group(NAMED, "harbour"), &mut |_| {}).await.unwrap_err();
    assert_eq!(error, OdinError::WrongPassword);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_always_answers_401_fails_alone() {
    let server = realistic(Behaviour::default().with(Rule::always("/groups/schedules", status(401))));
    let odin = connect(&server).await;
    let snapshot = odin.fetch(&Plan::group(NAMED, "harbour"), &mut |_| {}).await.unwrap();
    assert!(snapshot.warnings.iter().any(|warning| warning.starts_with("/groups/schedules failed")));
}

#[tokio::test(start_paused = true)]
async fn a_login_without_a_token_or_json_is_told_apart() {
    for (answer, code) in [
        (Answer::Body("{\"ok\":true}".to_owned()), "OD4005"),
        (Answer::Body(String::new()), "OD4005"),
        (Answer::Html { status: 200 }, "OD4001"),
        (status(404), "OD4002"),
    ] {
        let server = realistic(Behaviour::default().with(Rule::always("/auth/token", answer)));
        assert_eq!(connect_with(&server, settings()).await.err().unwrap().code(), code);
    }
    let server = realistic(Behaviour::default().with(Rule::first(2, "/auth/token", status(503))));
    assert!(connect_with(&server, settings()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn two_clients_in_one_process_know_nothing_of_each_other() {
    let harbour = realistic(Behaviour::default());
    let cedar = StandIn::new(World::half_configured(), Behaviour::default());
    let (one, other) = (connect(&harbour).await, connect(&cedar).await);
    let (harbour_plan, cedar_plan) = (Plan::group(NAMED, "harbour"), Plan::group("cedar-sp", "cedar & sons"));
    let (mut quiet, mut silent) = (|_| {}, |_| {});
    let (first, second) =
        tokio::join!(one.fetch(&harbour_plan, &mut quiet), other.fetch(&cedar_plan, &mut silent));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert!(!serde_json::to_string(&second).unwrap().contains("harbour"));
    assert_eq!(one.fetch(&harbour_plan, &mut quiet).await.unwrap().replies, first.replies);
}

#[tokio::test]
async fn where_nothing_can_be_reached_it_is_said_why() {
    let error = async |url: &str| {
        let settings = Settings {
            attempts: 1,
            proxy: Proxy::Direct,
            ..Settings::new(url, USERNAME, Secret::new(PASSWORD))
        };
        Odin::connect(settings).await.err().unwrap()
    };
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(
        error(&format!("http://{closed}/api/v2")).await,
        OdinError::Refused { address: closed.to_string() }
    );
    // A label this long is refused without asking any name server.
    assert_eq!(error(&format!("http://{}.test/api/v2", "x".repeat(64))).await.code(), "OD2001");
    let plain = realistic(Behaviour::default()).listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    assert_eq!(error(&format!("https://{}/api/v2", plain.address)).await.code(), "OD2004");
}

/// A server that cannot be reached, and never says so.
struct Nowhere;

impl Dial for Nowhere {
    fn dial(&self) -> Dialled<'_> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_never_opens_is_given_up() {
    let began = Instant::now();
    let error = Odin::connect_over(settings(), Arc::new(Nowhere)).await.err().unwrap();
    assert_eq!(error.code(), "OD2006");
    let (attempts, timeout) = (settings().attempts, settings().request_timeout);
    assert!(began.elapsed() >= timeout * attempts && began.elapsed() <= timeout * (attempts + 1));
    let hurried = Settings { run_timeout: Duration::from_secs(40), ..settings() };
    let began = Instant::now();
    let error = Odin::connect_over(hurried, Arc::new(Nowhere)).await.err().unwrap();
    assert_eq!(error, OdinError::Timeout { what: "logging in", seconds: 40 });
    assert_eq!(began.elapsed().as_secs(), 40);
}

#[tokio::test]
async fn over_tcp_as_in_memory() {
    let server = realistic(Behaviour::default());
    let listening = server.listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    let settings = Settings {
        proxy: Proxy::Direct,
        ..Settings::new(listening.base_url() + "/", USERNAME, Secret::new(PASSWORD))
    };
    let odin = Odin::connect(settings).await.unwrap();
    let snapshot = odin.fetch(&Plan::group(NAMED, "harbour"), &mut |_| {}).await.unwrap();
    let counts = server.counts();
    assert_eq!(counts.requests as usize, snapshot.replies.len() + 1);
    assert!(counts.connections <= 8, "{}", counts.connections);
}

#[tokio::test]
async fn certificates_are_believed_only_as_told() {
    let secure = realistic(Behaviour::default()).listen_tls(([127, 0, 0, 1], 0).into()).await.unwrap();
    let authority = secure.authority.clone().unwrap().into_bytes();
    let url = format!("https://localhost:{}/api/v2", secure.address.port());
    let connect = async |trust: Trust| {
        let settings = Settings::new(url.as_str(), USERNAME, Secret::new(PASSWORD));
        Odin::connect(Settings { attempts: 1, proxy: Proxy::Direct, trust, ..settings }).await.map(|_| ())
    };
    assert_eq!(connect(Trust::Public).await.unwrap_err().code(), "OD2004");
    assert_eq!(connect(Trust::PublicAnd(authority)).await, Ok(()));
    assert_eq!(connect(Trust::Anything).await, Ok(()));
    assert_eq!(connect(Trust::PublicAnd(b"nothing".to_vec())).await.unwrap_err().code(), "OD1001");
}

/// A proxy that lets through whoever knows the password: what asks for a tunnel to `secure`, other requests to `plain`.
async fn proxy(plain: SocketAddr, secure: SocketAddr) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await?);
                }
                let text = String::from_utf8_lossy(&head).to_lowercase();
                // "me:pass" in base64.
                let knows = text.contains("proxy-authorization: basic bwu6cgfzcw==");
                let mut there = if knows && text.starts_with("connect localhost:") {
                    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
                    tokio::net::TcpStream::connect(secure).await?
                } else if knows && text.starts_with("post http://odin.test/api/v2/auth/token ") {
                    let mut there = tokio::net::TcpStream::connect(plain).await?;
                    there.write_all(&head).await?;
                    there
                } else {
                    let no = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
                    return stream.write_all(no).await;
                };
                tokio::io::copy_bidirectional(&mut stream, &mut there).await?;
                io::Result::Ok(())
            });
        }
    });
    address
}

#[tokio::test]
async fn a_proxy_is_gone_through_or_says_no() {
    let server = realistic(Behaviour::default());
    let listening = server.listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    let secure = server.listen_tls(([127, 0, 0, 1], 0).into()).await.unwrap();
    let authority = secure.authority.clone().unwrap().into_bytes();
    let proxy = proxy(listening.address, secure.address).await;
    let connect = async |base: &str, through: String| {
        let settings = Settings::new(base, USERNAME, Secret::new(PASSWORD));
        let trust = Trust::PublicAnd(authority.clone());
        Odin::connect(Settings { attempts: 1, proxy: Proxy::Through(through), trust, ..settings }).await
    };
    for base in ["http://odin.test/api/v2", "https://localhost/api/v2"] {
        let odin = connect(base, format!("http://me:pass@{proxy}")).await.unwrap();
        assert_eq!(groups(&odin).await, Ok(1), "{base}");
        let error = connect(base, format!("http://{proxy}")).await.err().unwrap();
        assert!(
            matches!(&error, OdinError::Proxy { reason, .. } if reason.contains("407")),
            "{base}: {error:?}"
        );
        assert_eq!(connect(base, "socks5://127.0.0.1:1".to_owned()).await.err().unwrap().code(), "OD1001");
    }
}

/// Keeps all log lines.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn neither_password_nor_token_is_ever_told() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let leaky = format!("{{\"error\":\"{PASSWORD} and stand-in-token-1-of-nobody\"}}");
    let behaviour = Behaviour { token_lasts: Some(20), ..Behaviour::default() }
        .with(Rule::always("/groups/hunt-groups", status(500)))
        .with(Rule::always("/groups/schedules", Answer::Body(leaky)));
    let server = realistic(behaviour);
    let odin = connect(&server).await;
    let snapshot = odin.fetch(&Plan::group(NAMED, "harbour"), &mut |_| {}).await.unwrap();
    let mut told = String::from_utf8(lines.0.lock().clone()).unwrap();
    assert!(told.contains("/groups/hunt-groups"), "the log was not kept: {told}");
    told.push_str(&format!("{:?} {:?}", snapshot.warnings, odin.settings()));
    for reply in snapshot.replies.values().filter(|reply| reply.ok().is_none()) {
        told.push_str(&format!("{reply:?}"));
    }
    for secret in [PASSWORD, "stand-in-token"] {
        assert!(!told.contains(secret), "{secret} is told");
    }
}
