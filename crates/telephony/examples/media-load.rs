//! What a media thread costs: N streams in pairs, each playing a clip to the other over loopback.
//! `cargo run --release -p telephony --example media-load -- STREAMS SECONDS [relay | room TALKERS]`
//!
//! Prints processor time per packet sent and received, losses and jitter. With `relay` each pair is a call between two
//! streams that are connected to each other, fed by two playing ones, so half of the packets are passed on. With `room`
//! all streams are in one room, so many of them fed by playing ones, the others by none.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use telephony::media::clip::{Clip, Item, Repeat};
use telephony::media::engine::{MediaConfig, MediaEngine, MediaEvent, MediaHandle, OpenSpec, Opened};
use telephony::media::stream::{Format, StreamStats};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let streams: usize = arguments.next().ok_or("STREAMS?")?.parse()?;
    let seconds: u64 = arguments.next().ok_or("SECONDS?")?.parse()?;
    let way = arguments.next();
    let relay = way.as_deref() == Some("relay");
    let talkers: usize =
        if way.as_deref() == Some("room") { arguments.next().ok_or("TALKERS?")?.parse()? } else { 0 };

    let (sender, events) = channel();
    let sender = std::sync::Mutex::new(sender);
    let config = MediaConfig {
        bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
        ports: 16_384..=60_000,
        ..MediaConfig::default()
    };
    let sink = move |_, event| {
        if let (MediaEvent::Stats(stats), Ok(sender)) = (event, sender.lock()) {
            let _ = sender.send(stats);
        }
    };
    let media = MediaEngine::start(config, Arc::new(sink))?;
    let clip = Arc::new(Clip::from_pcm(
        &(0..80_000).map(|n| (n % 200) * 100 - 10_000).map(|n| n as i16).collect::<Vec<_>>(),
    ));
    let mut all = Vec::new();
    if talkers > 0 {
        all = room(&media, streams, talkers, &clip)?;
    }
    let pairs = if talkers > 0 { 0 } else { streams / 2 };
    for _ in 0..pairs {
        let spec = || OpenSpec { no_idle_silence: true, ..OpenSpec::default() };
        if relay {
            let legs = [media.open(spec())?, media.open(spec())?];
            let phones = [media.open(spec())?, media.open(spec())?];
            for (leg, phone) in legs.iter().zip(&phones) {
                join(&media, leg, phone)?;
                play(&media, phone, &clip)?;
            }
            media.connect(legs[0].id, legs[1].id)?;
            all.extend(legs.into_iter().chain(phones));
        } else {
            let pair = [media.open(spec())?, media.open(spec())?];
            join(&media, &pair[0], &pair[1])?;
            play(&media, &pair[0], &clip)?;
            play(&media, &pair[1], &clip)?;
            all.extend(pair);
        }
    }
    std::thread::sleep(Duration::from_secs(1));
    let before = (processor_time()?, totals(&media, &all, &events)?);
    std::thread::sleep(Duration::from_secs(seconds));
    let after = (processor_time()?, totals(&media, &all, &events)?);
    let used = after.0 - before.0;
    let sum = |stats: &[StreamStats], of: fn(&StreamStats) -> u64| stats.iter().map(of).sum::<u64>();
    let sent = sum(&after.1, |s| s.packets_sent) - sum(&before.1, |s| s.packets_sent);
    let received = sum(&after.1, |s| s.packets_received) - sum(&before.1, |s| s.packets_received);
    let mut jitter: Vec<Duration> = after.1.iter().map(|stats| stats.jitter).collect();
    jitter.sort();
    println!(
        "{} streams: {:.2} us per packet received, {:.2} per packet sent, {:.3} cores, sent {sent}, received {received}, lost {}, jitter p50 {:?} p99 {:?}",
        all.len(),
        used * 1e6 / received as f64,
        used * 1e6 / sent as f64,
        used / seconds as f64,
        sum(&after.1, |s| s.packets_lost),
        jitter[jitter.len() / 2],
        jitter[jitter.len() * 99 / 100],
    );
    media.shutdown();
    Ok(())
}

/// A room; each stream in it has another one as its far end, of which so many play.
fn room(
    media: &MediaHandle,
    streams: usize,
    talkers: usize,
    clip: &Arc<Clip>,
) -> Result<Vec<Opened>, Box<dyn Error>> {
    let mut all = Vec::new();
    let mut room = None;
    for place in 0..streams {
        let spec = || OpenSpec { no_idle_silence: true, ..OpenSpec::default() };
        let (leg, phone) = (media.open(spec())?, media.open(spec())?);
        join(media, &leg, &phone)?;
        let room = *room.get_or_insert_with(|| media.new_room(leg.id));
        media.join(leg.id, room, true, true)?;
        if place < talkers {
            play(media, &phone, clip)?;
        }
        all.extend([leg, phone]);
    }
    Ok(all)
}

fn join(media: &MediaHandle, a: &Opened, b: &Opened) -> Result<(), Box<dyn Error>> {
    media.update(a.id, Some(b.local), Format::default())?;
    media.update(b.id, Some(a.local), Format::default())?;
    Ok(())
}

fn play(media: &MediaHandle, to: &Opened, clip: &Arc<Clip>) -> Result<(), Box<dyn Error>> {
    media.play(to.id, 1, vec![Item::once(clip.clone())], Repeat::Endless)?;
    Ok(())
}

fn totals(
    media: &MediaHandle,
    all: &[Opened],
    events: &std::sync::mpsc::Receiver<StreamStats>,
) -> Result<Vec<StreamStats>, Box<dyn Error>> {
    for opened in all {
        media.ask_stats(opened.id)?;
    }
    (0..all.len()).map(|_| Ok(events.recv_timeout(Duration::from_secs(10))?)).collect()
}

/// Seconds of processor time this process has used, in 10 ms steps.
fn processor_time() -> Result<f64, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit_once(')').ok_or("stat")?.1.split_whitespace().collect();
    Ok((fields[11].parse::<f64>()? + fields[12].parse::<f64>()?) / 100.0)
}
