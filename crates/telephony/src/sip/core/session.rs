//! Session timers (RFC 4028): take the peer's interval, refresh when that is our part, end the call when nobody does.

use std::time::Duration;

use super::SipCore;
use super::state::{Leg, Purpose, Session, State};
use crate::sip::leg::{Effect, Ended, LegEvent};
use crate::sip::uri::param;
use crate::sip::wire::{Message, Name};

impl SipCore {
    /// The peer asks for a shorter interval than we take, and would understand 422: our minimum in seconds.
    pub(super) fn session_too_small(&self, message: &Message) -> Option<u64> {
        let asked = message.number(&Name::SessionExpires)?;
        let least = self.config.min_session_expires.as_secs();
        (u64::from(asked) < least && message.lists(&Name::Supported, "timer")).then_some(least)
    }

    /// Follow `Session-Expires` of an INVITE or UPDATE; returns the value for our 2xx.
    pub(super) fn accept_session(&mut self, leg: &mut Leg, message: &Message) -> Option<String> {
        leg.peer_timer = message.lists(&Name::Supported, "timer") || message.lists(&Name::Require, "timer");
        // A refresh without the header turns the timer off (RFC 4028 section 7.4).
        leg.session = None;
        let value = message.get(&Name::SessionExpires)?;
        let seconds = u64::from(message.number(&Name::SessionExpires)?);
        let seconds = seconds.clamp(self.config.min_session_expires.as_secs().max(1), 86_400);
        let refresher = value.split_once(';').and_then(|(_, params)| param(params, "refresher"));
        // RFC 4028 section 9, table 2: a peer that does not know timers cannot refresh.
        let ours = match refresher {
            _ if !leg.peer_timer => true,
            Some(who) => who.eq_ignore_ascii_case("uas"),
            None => false,
        };
        leg.session = Some(self.session(seconds, ours));
        Some(format!("{seconds};refresher={}", if ours { "uas" } else { "uac" }))
    }

    /// Follow `Session-Expires` of a 2xx to our INVITE or UPDATE.
    pub(super) fn session_agreed(&mut self, leg: &mut Leg, message: &Message) {
        leg.peer_updates = leg.peer_updates || message.lists(&Name::Allow, "UPDATE");
        let Some(value) = message.get(&Name::SessionExpires) else { return leg.session = None };
        let Some(seconds) = message.number(&Name::SessionExpires) else { return };
        let refresher = value.split_once(';').and_then(|(_, params)| param(params, "refresher"));
        let ours = refresher.is_none_or(|who| who.eq_ignore_ascii_case("uac"));
        leg.session = Some(self.session(u64::from(seconds).clamp(30, 86_400), ours));
    }

    fn session(&self, seconds: u64, ours: bool) -> Session {
        let interval = Duration::from_secs(seconds);
        let early = Duration::from_secs(32).min(interval / 3);
        Session {
            interval,
            ours,
            refresh_at: self.now + interval / 2,
            expire_at: self.now + if ours { interval } else { interval.saturating_sub(early) },
        }
    }

    pub(super) fn session_timer(&mut self, leg: &mut Leg, out: &mut Vec<Effect>) {
        let Some(session) = leg.session.filter(|_| leg.state == State::Up) else { return };
        if session.expire_at <= self.now {
            leg.session = None;
            SipCore::leg_event(leg, LegEvent::Gone(Ended::SessionExpired), out);
            let reason = Some("SIP;cause=408;text=\"Session expired\"".to_owned());
            return self.send_bye(leg, reason, out);
        }
        if !session.ours || session.refresh_at > self.now {
            return;
        }
        if let Some(own) = leg.session.as_mut() {
            // Again in a while, should the refresh get lost in a glare.
            own.refresh_at = self.now + session.interval / 8;
        }
        if leg.peer_updates {
            let headers = self.session_headers(session.interval);
            let purpose = Purpose::Refresh { leg: leg.key };
            self.inside_request(leg, "UPDATE", headers, None, purpose, out);
        } else if leg.our_invite.is_none() && leg.pending.is_none() {
            let sdp = leg.local_sdp.clone();
            self.reinvite(leg, sdp, true, out);
        }
    }

    pub(super) fn session_headers(&self, interval: Duration) -> Vec<(String, String)> {
        vec![
            ("Supported".to_owned(), super::SUPPORTED.to_owned()),
            ("Session-Expires".to_owned(), format!("{};refresher=uac", interval.as_secs())),
            ("Min-SE".to_owned(), self.config.min_session_expires.as_secs().to_string()),
        ]
    }
}
