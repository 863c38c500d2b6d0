//! Audio offer and answer (RFC 3264, RFC 8866, RFC 4733): G.711 and telephone-event over RTP/AVP, hold by direction.
//!
//! Everything but one audio stream is declined with port 0. Secure RTP is refused as a whole. The only file that names
//! the SDP parser. Not for moving packets.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use sipx_sdp::{MediaDescription, SessionDescription};

/// An audio codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// G.711 µ-law, payload type 0.
    Pcmu,
    /// G.711 A-law, payload type 8.
    Pcma,
}

impl Codec {
    /// Its static payload type.
    pub fn payload_type(self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
        }
    }

    /// Its name in SDP.
    pub fn name(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
        }
    }

    /// The codec with this SDP name, without regard to case.
    pub fn from_name(name: &str) -> Option<Codec> {
        [Codec::Pcmu, Codec::Pcma].into_iter().find(|codec| codec.name().eq_ignore_ascii_case(name))
    }
}

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Both.
    SendRecv,
    /// Whoever writes it only sends.
    SendOnly,
    /// Whoever writes it only receives.
    RecvOnly,
    /// Nobody.
    Inactive,
}

impl Direction {
    fn name(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }

    fn of(name: &str) -> Option<Direction> {
        let all = [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];
        all.into_iter().find(|direction| direction.name() == name)
    }

    /// The same stream seen from the other end.
    pub fn mirrored(self) -> Direction {
        match self {
            Direction::SendOnly => Direction::RecvOnly,
            Direction::RecvOnly => Direction::SendOnly,
            other => other,
        }
    }

    /// Whoever writes it sends.
    pub fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// Whoever writes it receives.
    pub fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }
}

/// What was agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// Where the peer wants our RTP.
    pub remote: SocketAddr,
    /// The codec both ways.
    pub codec: Codec,
    /// The peer's payload type for telephone events; `None` when it takes none.
    pub telephone_event_pt: Option<u8>,
    /// The direction from our side: [`Direction::RecvOnly`] means that we only receive.
    pub direction: Direction,
    /// Packet length the peer wants, 10 to 60 ms; 20 when it does not say.
    pub ptime_ms: u32,
}

impl Negotiated {
    /// The peer put us on hold: it takes no sound from us.
    pub fn held(&self) -> bool {
        !self.direction.sends()
    }
}

/// Why no audio came about. All are answered 488.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// It cannot be read.
    #[error("unreadable session description: {0}")]
    Unreadable(String),
    /// No plain RTP audio stream in it.
    #[error("no plain audio stream")]
    NoAudio,
    /// None of our codecs in it.
    #[error("no common codec")]
    NoCodec,
    /// No IP address, or one of the wrong kind.
    #[error("no usable address")]
    NoAddress,
}

/// Our side of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// Where we receive RTP.
    pub address: SocketAddr,
    /// Codecs we take, best first.
    pub codecs: Vec<Codec>,
    /// The same for all descriptions of a session.
    pub session_id: u64,
    /// Rises with each description of the session.
    pub version: u64,
    /// What we want.
    pub direction: Direction,
}

impl Local {
    /// Both G.711 codecs, both ways, first version.
    pub fn new(address: SocketAddr, session_id: u64) -> Local {
        let codecs = vec![Codec::Pcmu, Codec::Pcma];
        Local { address, codecs, session_id, version: 1, direction: Direction::SendRecv }
    }
}

/// An offer of ours: the codecs in order, telephone events as 101, 20 ms.
pub fn offer(local: &Local) -> Bytes {
    write(local, &local.codecs, Some(101), local.direction, 20, &[])
}

/// What an offer comes to, and our answer to it. The answer keeps every stream of the offer, in order.
///
/// # Errors
/// [`SdpError`] when there is nothing in common; answer 488.
pub fn answer(raw: &[u8], local: &Local) -> Result<(Negotiated, Bytes), SdpError> {
    let session = parse(raw)?;
    let mut negotiated = negotiate(&session, &local.codecs)?;
    let offered = negotiated.direction;
    let ours = Direction::SendRecv;
    negotiated.direction = narrow(narrow(ours, local.direction), offered);
    let (audio, _) = audio_stream(&session)?;
    let answer = write(
        local,
        &[negotiated.codec],
        negotiated.telephone_event_pt,
        negotiated.direction,
        negotiated.ptime_ms,
        &session.media.iter().map(|m| (m, std::ptr::eq(m, audio))).collect::<Vec<_>>(),
    );
    Ok((negotiated, answer))
}

/// What the peer's answer to our offer comes to.
///
/// # Errors
/// [`SdpError`] when the answer takes nothing of our offer.
pub fn accept(raw: &[u8], local: &Local) -> Result<Negotiated, SdpError> {
    let session = parse(raw)?;
    let mut negotiated = negotiate(&session, &local.codecs)?;
    negotiated.direction = narrow(local.direction, negotiated.direction);
    Ok(negotiated)
}

/// A description of ours again with another direction and the next version, for hold.
pub fn with_direction(raw: &[u8], direction: Direction) -> Bytes {
    let text = String::from_utf8_lossy(raw);
    let mut out = String::with_capacity(text.len() + 16);
    let mut written = false;
    for line in text.lines() {
        if let Some(origin) = line.strip_prefix("o=") {
            let mut words: Vec<String> = origin.split(' ').map(str::to_owned).collect();
            if let Some(version) = words.get_mut(2) {
                *version = version.parse::<u64>().unwrap_or(1).wrapping_add(1).to_string();
            }
            out.push_str(&format!("o={}\r\n", words.join(" ")));
            continue;
        }
        if line.strip_prefix("a=").and_then(Direction::of).is_some() {
            if !written {
                out.push_str(&format!("a={}\r\n", direction.name()));
                written = true;
            }
            continue;
        }
        out.push_str(line);
        out.push_str("\r\n");
    }
    if !written && !out.is_empty() {
        out.push_str(&format!("a={}\r\n", direction.name()));
    }
    Bytes::from(out)
}

/// The direction left when our wish meets the peer's; `theirs` already seen from our side.
fn narrow(wish: Direction, theirs: Direction) -> Direction {
    match (wish.sends() && theirs.sends(), wish.receives() && theirs.receives()) {
        (true, true) => Direction::SendRecv,
        (true, false) => Direction::SendOnly,
        (false, true) => Direction::RecvOnly,
        (false, false) => Direction::Inactive,
    }
}

fn parse(raw: &[u8]) -> Result<SessionDescription, SdpError> {
    if raw.len() > 16 * 1024 {
        return Err(SdpError::Unreadable("too long".to_owned()));
    }
    // RFC 8866 section 9: no text holds NUL or a lone CR. An answer repeats parts of the offer, so they stop here.
    let lone = |pair: &[u8]| pair.first() == Some(&b'\r') && pair.last() != Some(&b'\n');
    if raw.contains(&0) || raw.windows(2).any(lone) {
        return Err(SdpError::Unreadable("NUL or a lone CR".to_owned()));
    }
    let text = String::from_utf8_lossy(raw);
    sipx_sdp::parse(&text).map_err(|error| SdpError::Unreadable(error.to_string()))
}

/// The first plain audio stream that is not declined, and its address.
fn audio_stream(session: &SessionDescription) -> Result<(&MediaDescription, Option<IpAddr>), SdpError> {
    let plain = |m: &&MediaDescription| m.media == "audio" && m.port != 0 && m.protocol == "RTP/AVP";
    let audio = session.media.iter().take(32).find(plain).ok_or(SdpError::NoAudio)?;
    Ok((audio, session.address_for(audio)))
}

fn negotiate(session: &SessionDescription, ours: &[Codec]) -> Result<Negotiated, SdpError> {
    let (audio, address) = audio_stream(session)?;
    let ip = address.ok_or(SdpError::NoAddress)?;
    let mut codec = None;
    let mut telephone_event_pt = None;
    for format in audio.formats.iter().take(64) {
        let Ok(number) = format.parse::<u8>() else { continue };
        let map = audio.rtpmap(format).unwrap_or_default();
        let name = map.split('/').next().unwrap_or_default().trim();
        let rate = map.split('/').nth(1).unwrap_or_default().trim();
        if name.eq_ignore_ascii_case("telephone-event") && rate == "8000" && number < 128 {
            telephone_event_pt = telephone_event_pt.or(Some(number));
            continue;
        }
        let known = match number {
            0 => Some(Codec::Pcmu),
            8 => Some(Codec::Pcma),
            _ => None,
        };
        codec = codec.or(known.filter(|known| ours.contains(known)));
    }
    let declared = audio.attributes.iter().find_map(|a| Direction::of(&a.name));
    let session_wide = session.attributes.iter().find_map(|a| Direction::of(&a.name));
    let mut direction = declared.or(session_wide).unwrap_or(Direction::SendRecv).mirrored();
    if ip.is_unspecified() {
        // RFC 2543 hold: the address 0.0.0.0 takes nothing.
        direction = narrow(Direction::RecvOnly, direction);
    }
    let ptime =
        audio.attribute("ptime").and_then(|a| a.value.as_ref()).and_then(|v| v.trim().parse::<u32>().ok());
    Ok(Negotiated {
        remote: SocketAddr::new(ip, audio.port),
        codec: codec.ok_or(SdpError::NoCodec)?,
        telephone_event_pt,
        direction,
        ptime_ms: ptime.filter(|ms| (10..=60).contains(ms)).unwrap_or(20),
    })
}

/// Write a description. `streams` are those of an offer being answered, the accepted one marked.
fn write(
    local: &Local,
    codecs: &[Codec],
    telephone_event_pt: Option<u8>,
    direction: Direction,
    ptime_ms: u32,
    streams: &[(&MediaDescription, bool)],
) -> Bytes {
    let family = if local.address.is_ipv4() { "IP4" } else { "IP6" };
    let ip = local.address.ip();
    let mut out = format!(
        "v=0\r\no=- {} {} IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\n",
        local.session_id, local.version
    );
    let mut audio = format!("m=audio {} RTP/AVP", local.address.port());
    for codec in codecs {
        audio.push_str(&format!(" {}", codec.payload_type()));
    }
    if let Some(number) = telephone_event_pt {
        audio.push_str(&format!(" {number}"));
    }
    audio.push_str("\r\n");
    for codec in codecs {
        audio.push_str(&format!("a=rtpmap:{} {}/8000\r\n", codec.payload_type(), codec.name()));
    }
    if let Some(number) = telephone_event_pt {
        audio.push_str(&format!("a=rtpmap:{number} telephone-event/8000\r\na=fmtp:{number} 0-15\r\n"));
    }
    audio.push_str(&format!("a=ptime:{ptime_ms}\r\na={}\r\n", direction.name()));
    if streams.is_empty() {
        out.push_str(&audio);
    }
    for (stream, accepted) in streams.iter().take(32) {
        if *accepted {
            out.push_str(&audio);
        } else {
            let format = stream.formats.first().map_or("0", String::as_str);
            out.push_str(&format!("m={} 0 {} {format}\r\n", stream.media, stream.protocol));
        }
    }
    Bytes::from(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local() -> Local {
        Local::new("192.0.2.1:40000".parse().unwrap(), 7)
    }

    fn described(media: &str) -> String {
        format!("v=0\r\no=a 1 1 IN IP4 198.51.100.5\r\ns=-\r\nc=IN IP4 198.51.100.5\r\nt=0 0\r\n{media}")
    }

    #[test]
    fn an_ordinary_offer_is_answered_with_one_codec_and_its_event_type() {
        let raw =
            described("m=audio 4000 RTP/AVP 9 8 0 96\r\na=rtpmap:96 telephone-event/8000\r\na=ptime:30\r\n");
        let (agreed, answer) = answer(raw.as_bytes(), &local()).unwrap();
        assert_eq!(agreed.remote, "198.51.100.5:4000".parse().unwrap());
        assert_eq!((agreed.codec, agreed.telephone_event_pt, agreed.ptime_ms), (Codec::Pcma, Some(96), 30));
        let text = String::from_utf8(answer.to_vec()).unwrap();
        assert!(text.contains("m=audio 40000 RTP/AVP 8 96\r\n") && text.contains("a=sendrecv"));
        assert_eq!(accept(&answer, &local()).unwrap().codec, Codec::Pcma);
    }

    #[test]
    fn video_is_declined_in_its_place_and_media_addresses_win() {
        let raw = described(
            "m=video 5000 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP4 203.0.113.9\r\nm=image 6 udptl t38\r\n",
        );
        let (agreed, answer) = answer(raw.as_bytes(), &local()).unwrap();
        assert_eq!(agreed.remote.ip().to_string(), "203.0.113.9");
        let text = String::from_utf8(answer.to_vec()).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("m=")).collect();
        assert_eq!(lines, ["m=video 0 RTP/AVP 31", "m=audio 40000 RTP/AVP 0", "m=image 0 udptl t38"]);
    }

    #[test]
    fn hold_in_all_its_ways() {
        for (media, direction) in [
            ("m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n", Direction::RecvOnly),
            ("m=audio 4000 RTP/AVP 0\r\na=inactive\r\n", Direction::Inactive),
            ("m=audio 4000 RTP/AVP 0\r\na=recvonly\r\n", Direction::SendOnly),
            ("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n", Direction::RecvOnly),
        ] {
            let (agreed, _) = answer(described(media).as_bytes(), &local()).unwrap();
            assert_eq!(agreed.direction, direction, "{media}");
        }
    }

    #[test]
    fn what_cannot_be_agreed_is_an_error() {
        let fault = |media: &str| answer(described(media).as_bytes(), &local()).unwrap_err();
        assert_eq!(fault("m=audio 4000 RTP/SAVP 0\r\n"), SdpError::NoAudio);
        assert_eq!(fault("m=audio 4000 RTP/AVP 9 18\r\n"), SdpError::NoCodec);
        assert_eq!(fault("m=audio 0 RTP/AVP 0\r\n"), SdpError::NoAudio);
        assert!(matches!(answer(b"nonsense", &local()), Err(SdpError::Unreadable(_))));
        for declined in ["m=video 5 RTP/\0AVP 31", "m=video 5 RTP/AVP\ra=x 31"] {
            let told = fault(&format!("{declined}\r\nm=audio 4000 RTP/AVP 0\r\n"));
            assert!(matches!(told, SdpError::Unreadable(_)), "{declined:?} would stand in our answer");
        }
    }

    #[test]
    fn a_description_is_put_on_hold_with_the_next_version() {
        let held = with_direction(&offer(&local()), Direction::SendOnly);
        let text = String::from_utf8(held.to_vec()).unwrap();
        assert!(text.contains("o=- 7 2 IN IP4") && text.contains("a=sendonly") && !text.contains("sendrecv"));
    }
}
