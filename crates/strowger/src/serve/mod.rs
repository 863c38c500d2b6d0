//! The running server: puts store, telephony and HTTP together.

mod changes;
mod clips;
mod first_start;
mod gateway;
mod live_directory;
mod live_host;
mod post;
mod records;
mod registrations;
mod scripts;
mod switchboard;
mod web;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use store::{MESSAGE_NEWS, Store, StoreError};
use telephony::driver::{Event, Mailbox, Switch, SwitchConfig, SwitchHandle};
use telephony::media::engine::{MediaConfig, MediaEngine};
use telephony::media::prompts::Prompts;
use telephony::media::speech::{Speech, SpeechConfig};
use telephony::sip;
use telephony::transport::{Alarm, Transport, TransportConfig};

use self::clips::ClipSource;
use self::live_directory::LiveDirectory;
use self::live_host::LiveHost;
use self::post::Post;
use self::records::Keeper;
use self::scripts::Scripts;
use self::switchboard::LiveSwitchboard;
use self::web::Web;
use crate::config::{Advertised, Config, SpeechEngine};
use crate::fault::{Exit, Fault, Outcome};

/// Time that calls in progress have to end after the first signal to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Runs the server until it is told to stop.
pub(crate) fn run(config: Config, json: bool) -> Outcome {
    crate::logging::start(&config.log);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(64)
        .enable_all()
        .build()
        .map_err(|error| Fault::new(Exit::Software, format!("no threads can be started: {error}")))?;
    let outcome = runtime.block_on(serve(config, json));
    runtime.shutdown_timeout(Duration::from_secs(2));
    outcome
}

async fn serve(config: Config, json: bool) -> Outcome {
    let store = open(&config)?;
    first_start::first_start(&store, config.flows)?;
    let telephony = start_telephony(&config, &store)?;
    let switchboard = Arc::new(LiveSwitchboard::new(telephony.handle.clone(), store.clone()));
    let http = match config.http.listen.address() {
        None => None,
        Some(address) => {
            let state = api::AppState::new(store.clone(), switchboard, http_settings(&config))
                .map_err(|error| storage(&error))?;
            let listener = tokio::net::TcpListener::bind(address).await.map_err(|error| {
                Fault::new(Exit::Unavailable, format!("cannot listen at {address} (HTTP): {error}"))
                    .with_help("another program uses the port; choose another with --http")
            })?;
            let at = listener.local_addr().unwrap_or(address);
            tokio::spawn(async move {
                let service = api::router(state).into_make_service_with_connect_info::<SocketAddr>();
                if let Err(error) = axum::serve(listener, service).await {
                    tracing::error!(%error, "the HTTP server ended");
                }
            });
            Some(at)
        }
    };
    first_start::greet(&store, &config, http, telephony.sip, json)?;
    watch_changes(&store, Arc::clone(&telephony.directory), telephony.handle.clone());
    until_stopped(&telephony.handle).await;
    let records = telephony.records;
    let ended = tokio::task::spawn_blocking(move || {
        let joined = telephony.thread.join();
        records.finish();
        joined
    });
    if !matches!(ended.await, Ok(Ok(()))) {
        tracing::error!("the signalling thread had died");
    }
    Ok(Exit::Ok)
}

fn http_settings(config: &Config) -> api::Config {
    api::Config { n2fe: config.n2fe.settings(), ..api::Config::default() }
}

fn open(config: &Config) -> Result<Store, Fault> {
    Store::open(&config.data_dir).map_err(|error| storage(&error))
}

/// A failure of the store as the command's.
pub(crate) fn storage(error: &StoreError) -> Fault {
    Fault::new(Exit::Unavailable, format!("{error} ({})", error.code()))
}

struct Telephony {
    handle: SwitchHandle,
    directory: Arc<LiveDirectory>,
    records: Arc<Keeper>,
    thread: std::thread::JoinHandle<()>,
    sip: Option<SocketAddr>,
}

fn start_telephony(config: &Config, store: &Store) -> Result<Telephony, Fault> {
    let unavailable = |what: &str, error: String| Fault::new(Exit::Unavailable, format!("{what}: {error}"));
    let alarm = Alarm::default();
    let ringer = alarm.clone();
    let mailbox = Mailbox::new(Box::new(move || ringer.ring()));

    let mut transport_config = TransportConfig::new(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)));
    transport_config.udp = config.sip.udp.address().into_iter().collect();
    transport_config.tcp = config.sip.tcp.address();
    let transport = Transport::bind(&transport_config).map_err(|error| {
        let at = transport_config.udp.first().map(SocketAddr::to_string).unwrap_or_default();
        unavailable(&format!("cannot listen at {at} (SIP)"), error.to_string())
            .with_help("another SIP server may be running; choose another port with --sip")
    })?;
    let bound = transport.udp().first().copied();
    let advertised = advertised(config, bound);
    let with_ip = |address: SocketAddr| SocketAddr::new(advertised, address.port());

    let sink_mailbox = mailbox.clone();
    let threads = match config.rtp.threads {
        0 => std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1)),
        threads => threads,
    };
    let media = MediaEngine::start(
        MediaConfig {
            threads,
            advertise: Some(advertised),
            ports: config.rtp.ports.first..=config.rtp.ports.last,
            ..MediaConfig::default()
        },
        Arc::new(move |stream, event| sink_mailbox.post(Event::Media(stream, event))),
    )
    .map_err(|error| unavailable("media", error.to_string()))?;

    let mut prompts = Prompts::built_in()
        .map_err(|error| Fault::new(Exit::Software, format!("system prompts: {error}")))?;
    for bad in prompts.replace_from(&config.data_dir.join("prompts")) {
        tracing::warn!(file = bad.file, reason = bad.reason, "a prompt file cannot be used");
    }

    let recordings = config.data_dir.join("recordings");
    std::fs::create_dir_all(&recordings).map_err(|error| Fault::unwritable(&recordings, &error))?;
    let directory = LiveDirectory::new(store.clone(), config, vec![advertised]);
    let web = Web::new(config).map_err(|error| unavailable("HTTP client", error.to_string()))?;
    let speech = speech(config);
    if speech.engines().is_empty() {
        tracing::warn!("no text-to-speech engine is installed: `tts` actions will be passed over");
    }
    let clips = Arc::new(ClipSource::new(store.clone(), web.clone(), speech));
    let runtime = tokio::runtime::Handle::current();
    let records = Keeper::new(store.clone(), runtime.clone());
    let host = LiveHost {
        store: store.clone(),
        directory: Arc::clone(&directory),
        web,
        clips,
        records: Arc::clone(&records),
        scripts: Scripts::new(runtime.clone()),
        post: Arc::new(Post::open(config, store, runtime.clone())?),
        runtime: runtime.clone(),
    };

    let seed: [u8; 32] = store
        .secret("sip")
        .ok()
        .and_then(|secret| secret.try_into().ok())
        .ok_or_else(|| Fault::new(Exit::Software, "the store has no secret for signalling"))?;
    let mut sip = sip::limits::Config::new(
        bound.map_or_else(|| with_ip(SocketAddr::from(([0, 0, 0, 0], 5060))), with_ip),
        seed,
    );
    sip.udp = transport.udp().iter().copied().map(with_ip).collect();
    sip.tcp = transport.tcp().map(with_ip);
    let switch_config = SwitchConfig {
        sip,
        calls_max: config.limits.calls,
        limits: config.call_limits(),
        recordings,
        alternative_suffix: config.n2fe.emergency_flow_name_suffix.clone(),
        fax_endpoint: config.fax.endpoint.to_string(),
    };
    let mut switch = Switch::new(switch_config, media, Arc::new(prompts), Arc::new(host), mailbox, runtime);
    switch.restore(registrations::kept(store));
    let handle = switch.handle();
    let sip_address = transport.udp().first().copied().map(with_ip);
    let thread = transport
        .drive(switch, alarm)
        .map_err(|error| unavailable("signalling thread", error.to_string()))?;
    Ok(Telephony { handle, directory, records, thread, sip: sip_address })
}

fn speech(config: &Config) -> Speech {
    let settings = SpeechConfig { cache: Some(config.data_dir.join("speech")), ..SpeechConfig::default() };
    match config.speech.engine {
        SpeechEngine::None => Speech::new(settings, Vec::new()),
        SpeechEngine::Auto => Speech::detect(settings),
        SpeechEngine::Flite => Speech::only(settings, "flite"),
        SpeechEngine::EspeakNg => Speech::only(settings, "espeak-ng"),
    }
}

/// The address told to others: the configured one, the bound one, or the one this machine uses to reach the network.
fn advertised(config: &Config, bound: Option<SocketAddr>) -> IpAddr {
    match config.sip.advertised {
        Advertised::Ip(ip) => ip,
        Advertised::Auto => match bound.map(|address| address.ip()) {
            Some(ip) if !ip.is_unspecified() => ip,
            _ => outward().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        },
    }
}

/// The local address of the default route. No packet is sent: connecting a datagram socket only chooses a route.
fn outward() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_unspecified()).then_some(address)
}

/// Realms, fixed addresses and carriers are gathered anew when an account, device or resource changes; telephones
/// learn of messages.
fn watch_changes(store: &Store, directory: Arc<LiveDirectory>, switch: SwitchHandle) {
    let mut changes = store.subscribe();
    tokio::spawn(async move {
        use tokio::sync::broadcast::error::RecvError;
        loop {
            match changes.recv().await {
                Ok(change) if change.kind == MESSAGE_NEWS => {
                    switch.box_changed(&change.account, &change.id);
                    continue;
                }
                Ok(change) if !matches!(change.kind.as_str(), "account" | "device" | "resource") => continue,
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
            // A bulk change is gathered once.
            tokio::time::sleep(Duration::from_millis(20)).await;
            while let Ok(change) = changes.try_recv() {
                if change.kind == MESSAGE_NEWS {
                    switch.box_changed(&change.account, &change.id);
                }
            }
            let directory = Arc::clone(&directory);
            let _ = tokio::task::spawn_blocking(move || directory.gather()).await;
        }
    });
}

/// Waits for a signal to stop; calls in progress then have a while to end, and a second signal ends them at once.
async fn until_stopped(switch: &SwitchHandle) {
    signal().await;
    let calls = switch.calls(None).len();
    if calls > 0 {
        tracing::info!(calls, "no new calls are taken; waiting for those in progress");
        switch.drain();
        let until = Instant::now() + DRAIN;
        while !switch.calls(None).is_empty() && Instant::now() < until {
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(100)) => {}
                () = signal() => break,
            }
        }
    }
    switch.stop();
}

async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
