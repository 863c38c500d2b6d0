//! A telephone: one signalling core, one media engine, one call. Reports what happens through one channel.
//!
//! Not here: when to do what (`call`).

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use telephony::media::clip::{Clip, Item, Repeat};
use telephony::media::engine::{
    MediaConfig, MediaEngine, MediaError, MediaEvent, MediaHandle, OpenSpec, StreamId,
};
use telephony::media::g711;
use telephony::media::recording::RecordSpec;
use telephony::media::stream::{Direction as MediaDirection, Format};
use telephony::sip::core::SipCore;
use telephony::sip::directory::{DeviceAuth, Directory, Trunk};
use telephony::sip::leg::{Dial, DialTarget, Effect, LegCommand, LegEvent, LegKey, Party};
use telephony::sip::limits::Config;
use telephony::sip::sdp::{self, Codec, Direction, Local, Negotiated};
use telephony::sip::uri::escape_user;
use telephony::transport::{Busy, Running, Transport, TransportConfig};
use tokio::sync::mpsc;

use super::plan::Plan;

/// How long a key is pressed: what a quick finger does, and well above the 40 ms that must be recognised.
const KEY: Duration = Duration::from_millis(120);

/// Reports that may wait; a call makes a few in a second.
const QUEUE: usize = 1_024;

/// What happened.
#[derive(Debug)]
pub(crate) enum Report {
    /// The call.
    Sip(LegEvent),
    /// Its audio.
    Media(MediaEvent),
}

/// Why the telephone does not work: the machine's fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PhoneError {
    /// Sockets or threads.
    #[error("{0}")]
    System(#[from] std::io::Error),
    /// Audio.
    #[error("{0}")]
    Media(#[from] MediaError),
    /// Signalling.
    #[error("{0}")]
    Signalling(#[from] Busy),
}

/// A telephone that places one call.
pub(crate) struct Phone {
    running: Running,
    media: MediaHandle,
    stream: StreamId,
    leg: LegKey,
    local: Local,
}

impl Phone {
    /// Opens the sockets at `own`, and begins to record to `path`.
    pub(crate) fn open(
        own: IpAddr,
        seed: [u8; 32],
        path: PathBuf,
        limit: Duration,
    ) -> Result<(Phone, mpsc::Receiver<Report>), PhoneError> {
        let (reports, receiver) = mpsc::channel(QUEUE);
        let mut sockets = TransportConfig::new(SocketAddr::new(own, 0));
        sockets.tcp = None;
        let transport = Transport::bind(&sockets)?;
        let bound = transport.udp().first().copied().unwrap_or(SocketAddr::new(own, 0));
        let mut config = Config::new(bound, seed);
        config.product = concat!("strowger-dial/", env!("CARGO_PKG_VERSION")).to_owned();
        let leg = LegKey::dialled(1);
        let sip_reports = reports.clone();
        // A call that comes in is no business of ours: `false` refuses it.
        let running =
            transport.start(SipCore::new(config, Arc::new(Nobody)), move |effect| match effect {
                Effect::Leg(of, event) if of == leg => sip_reports.try_send(Report::Sip(event)).is_ok(),
                _ => false,
            })?;
        let media = MediaEngine::start(
            MediaConfig { bind: own, ports: 0..=0, ..MediaConfig::default() },
            Arc::new(move |_, event| {
                if reports.try_send(Report::Media(event)).is_err() {
                    tracing::warn!("a report of the audio was lost");
                }
            }),
        )?;
        let opened = media.open(OpenSpec::default())?;
        media.record(opened.id, RecordSpec { token: 0, both_ways: false, limit, silence: None }, path)?;
        let local = Local::new(opened.local, 1);
        Ok((Phone { running, media, stream: opened.id, leg, local }, receiver))
    }

    /// Places the call.
    pub(crate) fn dial(&self, plan: &Plan) -> Result<(), PhoneError> {
        let host = if plan.realm.is_empty() { plan.server.ip().to_string() } else { plan.realm.clone() };
        let dial = Dial {
            targets: vec![DialTarget::Uri {
                uri: format!("sip:{}@{host}", escape_user(&plan.number)),
                address: Some(plan.server),
                route: None,
                tcp: false,
            }],
            from: Party { name: String::new(), user: plan.from.clone(), host },
            sdp: sdp::offer(&self.local),
            credentials: plan.credentials.clone(),
            ..Dial::default()
        };
        self.command(LegCommand::Dial(Box::new(dial)))
    }

    /// Takes the other side's answer to our offer.
    pub(crate) fn accept(&self, answer: &[u8]) -> Result<(), String> {
        let negotiated = sdp::accept(answer, &self.local).map_err(|error| error.to_string())?;
        self.update(&negotiated).map_err(|error| error.to_string())
    }

    /// Answers a new offer within the call; `None` asks for ours. Gives whether we are held.
    pub(crate) fn reanswer(&mut self, offer: Option<&[u8]>) -> Result<bool, PhoneError> {
        self.local.version += 1;
        let Some(offer) = offer else {
            self.command(LegCommand::AnswerReinvite(Ok(sdp::offer(&self.local))))?;
            return Ok(false);
        };
        match sdp::answer(offer, &self.local) {
            Ok((negotiated, answer)) => {
                self.update(&negotiated)?;
                self.command(LegCommand::AnswerReinvite(Ok(answer)))?;
                Ok(negotiated.held())
            }
            Err(_) => {
                self.command(LegCommand::AnswerReinvite(Err(488)))?;
                Ok(false)
            }
        }
    }

    /// Presses keys. Ends in [`MediaEvent::DigitsSent`].
    pub(crate) fn press(&self, digits: &str, token: u64) -> Result<(), PhoneError> {
        Ok(self.media.send_digits(self.stream, token, digits, KEY)?)
    }

    /// Says something. Ends in [`MediaEvent::Played`].
    pub(crate) fn speak(&self, clip: Arc<Clip>, token: u64) -> Result<(), PhoneError> {
        Ok(self.media.play(self.stream, token, vec![Item::once(clip)], Repeat::Times(1))?)
    }

    /// Asks something of the call.
    pub(crate) fn command(&self, command: LegCommand) -> Result<(), PhoneError> {
        Ok(self.running.handle().command(self.leg, command)?)
    }

    /// Ends the audio: [`MediaEvent::Recorded`] and [`MediaEvent::Closed`] follow.
    pub(crate) fn close_audio(&self) {
        self.media.close(self.stream);
    }

    /// Ends all threads.
    pub(crate) fn stop(self) {
        self.running.stop();
        self.media.shutdown();
    }

    fn update(&self, negotiated: &Negotiated) -> Result<(), MediaError> {
        let format = Format {
            codec: match negotiated.codec {
                Codec::Pcmu => g711::Codec::Pcmu,
                Codec::Pcma => g711::Codec::Pcma,
            },
            event_payload_type: negotiated.telephone_event_pt,
            direction: match negotiated.direction {
                Direction::SendRecv => MediaDirection::SendReceive,
                Direction::SendOnly => MediaDirection::SendOnly,
                Direction::RecvOnly => MediaDirection::ReceiveOnly,
                Direction::Inactive => MediaDirection::Inactive,
            },
        };
        self.media.update(self.stream, Some(negotiated.remote), format)
    }
}

/// Nobody registers with a telephone or calls through it.
struct Nobody;

impl Directory for Nobody {
    fn realm_known(&self, _: &str) -> bool {
        false
    }

    fn device(&self, _: &str, _: &str) -> Option<DeviceAuth> {
        None
    }

    fn trunk(&self, _: SocketAddr) -> Option<Trunk> {
        None
    }

    fn device_by_address(&self, _: SocketAddr) -> Option<DeviceAuth> {
        None
    }
}
