//! Listening for a fax machine's calling tone, for a time.
//!
//! Not for: how the tone sounds ([`cng`](crate::media::cng)).

use std::time::Duration;

use crate::media::cng::Detector;
use crate::media::g711::{Codec, FRAME_SAMPLES};

use super::{Effects, Stream, StreamEvent, TICK};

/// Ticks without a packet after which the party counts as silent: it sends nothing between its tones.
const SILENT_TICKS: u32 = 10;

/// One search for the tone.
#[derive(Debug)]
pub(super) struct FaxEar {
    token: u64,
    detector: Detector,
    ticks_left: u32,
    silent_ticks: u32,
}

impl Stream {
    /// Listens for the calling tone of a fax machine until it is heard or the time is over, ending the former search.
    pub fn listen_for_fax(&mut self, token: u64, limit: Duration, effects: &mut Effects) {
        self.end_fax_search(false, effects);
        let ticks_left = u32::try_from(limit.as_millis() / TICK.as_millis()).unwrap_or(u32::MAX);
        let ear = FaxEar { token, detector: Detector::default(), ticks_left, silent_ticks: 0 };
        self.fax = Some(Box::new(ear));
    }

    pub(super) fn end_fax_search(&mut self, heard: bool, effects: &mut Effects) {
        if let Some(ear) = self.fax.take() {
            effects.events.push(StreamEvent::FaxListened { token: ear.token, heard });
        }
    }

    /// The party says this.
    pub(super) fn hear_fax(&mut self, codec: Codec, payload: &[u8], effects: &mut Effects) {
        let Some(ear) = &mut self.fax else { return };
        ear.silent_ticks = 0;
        if payload.iter().any(|octet| ear.detector.sample(codec.decode(*octet))) {
            self.end_fax_search(true, effects);
        }
    }

    /// 20 ms pass.
    pub(super) fn tick_fax(&mut self, effects: &mut Effects) {
        let Some(ear) = &mut self.fax else { return };
        ear.silent_ticks += 1;
        ear.ticks_left = ear.ticks_left.saturating_sub(1);
        let heard = ear.silent_ticks >= SILENT_TICKS && (0..FRAME_SAMPLES).any(|_| ear.detector.sample(0));
        if heard || ear.ticks_left == 0 {
            self.end_fax_search(heard, effects);
        }
    }
}
