//! Who may call and register. Unknown user and wrong password give the same answer in the same time; a trunk or an IP
//! device is believed by its address. Not for the arithmetic: see [`digest`](crate::sip::digest).

use super::SipCore;
use super::requests::Arrival;
use crate::sip::digest::{Params, Verdict};
use crate::sip::directory::DeviceAuth;
use crate::sip::leg::{Effect, Identity};
use crate::sip::uri::Uri;
use crate::sip::wire::Name;

impl SipCore {
    /// Who sends an INVITE; `None` when the request has been answered.
    pub(super) fn authenticate_invite(
        &mut self,
        arrival: &Arrival<'_>,
        out: &mut Vec<Effect>,
    ) -> Option<Identity> {
        if let Some(trunk) = self.directory.trunk(arrival.source()) {
            return Some(Identity::Trunk(trunk));
        }
        if let Some(device) = self.directory.device_by_address(arrival.source()) {
            return self.enabled(arrival, device, out).map(identity);
        }
        let dialled = Uri::parse(arrival.uri).unwrap_or_default().host;
        let from = arrival.message.from().parsed().host;
        let realm = [dialled, from].into_iter().find(|realm| self.directory.realm_known(realm));
        let Some(realm) = realm else {
            self.answer_once(arrival, 404, &[], out);
            return None;
        };
        let device = self.authenticate(arrival, &realm, "INVITE", true, out)?;
        self.enabled(arrival, device, out).map(identity)
    }

    /// The device that registers; `None` when the request has been answered.
    pub(super) fn authenticate_register(
        &mut self,
        arrival: &Arrival<'_>,
        out: &mut Vec<Effect>,
    ) -> Option<DeviceAuth> {
        let to = arrival.message.to().parsed();
        let asked = Uri::parse(arrival.uri).unwrap_or_default().host;
        let realm = [to.host.clone(), asked].into_iter().find(|realm| self.directory.realm_known(realm));
        let Some(realm) = realm else {
            self.answer_once(arrival, 403, &[], out);
            return None;
        };
        let device = self.authenticate(arrival, &realm, "REGISTER", false, out)?;
        if device.username != to.user {
            // A device registers itself only.
            self.answer_once(arrival, 403, &[], out);
            return None;
        }
        self.enabled(arrival, device, out)
    }

    /// The device that subscribes; `None` when the request has been answered. Trunks have nothing to watch.
    pub(super) fn authenticate_subscribe(
        &mut self,
        arrival: &Arrival<'_>,
        out: &mut Vec<Effect>,
    ) -> Option<DeviceAuth> {
        if let Some(device) = self.directory.device_by_address(arrival.source()) {
            return self.enabled(arrival, device, out);
        }
        let asked = Uri::parse(arrival.uri).unwrap_or_default().host;
        let from = arrival.message.from().parsed().host;
        let to = arrival.message.to().parsed().host;
        let realm = [asked, from, to].into_iter().find(|realm| self.directory.realm_known(realm));
        let Some(realm) = realm else {
            self.answer_once(arrival, 404, &[], out);
            return None;
        };
        let device = self.authenticate(arrival, &realm, "SUBSCRIBE", false, out)?;
        self.enabled(arrival, device, out)
    }

    fn enabled(
        &mut self,
        arrival: &Arrival<'_>,
        device: DeviceAuth,
        out: &mut Vec<Effect>,
    ) -> Option<DeviceAuth> {
        if !device.enabled {
            self.answer_once(arrival, 403, &[], out);
            return None;
        }
        Some(device)
    }

    fn authenticate(
        &mut self,
        arrival: &Arrival<'_>,
        realm: &str,
        method: &str,
        proxy: bool,
        out: &mut Vec<Effect>,
    ) -> Option<DeviceAuth> {
        // Phones put their answer where the challenge was, but some always use one of the two.
        let names = [Name::ProxyAuthorization, Name::Authorization];
        let given = names.iter().flat_map(|name| arrival.message.all(name)).filter_map(|v| Params::parse(&v));
        let params =
            given.into_iter().find(|p| p.get("realm").is_some_and(|r| r.eq_ignore_ascii_case(realm)));
        let mut stale = false;
        if let Some(params) = params {
            let username = params.get("username").unwrap_or_default();
            let device = self.directory.device(realm, username);
            let secret = device.as_ref().map(|device| &device.secret);
            match self.digest.verify(self.now, &params, method, realm, secret) {
                Verdict::Good => return device,
                Verdict::Stale => stale = true,
                Verdict::Bad => {}
            }
        }
        let challenges = self.digest.challenge(self.now, realm, stale);
        let (status, name) = if proxy { (407, "Proxy-Authenticate") } else { (401, "WWW-Authenticate") };
        let extra: Vec<(&str, String)> = challenges.into_iter().map(|value| (name, value)).collect();
        self.answer_once(arrival, status, &extra, out);
        None
    }
}

fn identity(device: DeviceAuth) -> Identity {
    Identity::Device {
        account_id: device.account_id,
        device_id: device.device_id,
        username: device.username,
        realm: device.realm,
    }
}
