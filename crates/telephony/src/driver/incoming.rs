//! A new call: who it is from, which account and callflow it belongs to, or why it is refused
//! (reference sections 1.2 to 1.6).

use engine::account_reader;
use engine::ids::LegId;
use engine::input::{Callflow, Input};
use engine::setup::{CallFacts, CallSetup};
use flow::account::AccountIndex;
use flow::numbers::{Answering, CatchAll, answering, sip_user};
use jiff::Timestamp;

use super::call::{CallKey, LegState, LiveCall, LiveLeg};
use super::handle::CallSummary;
use super::legs::probe_local;
use super::switch::Switch;
use crate::sip::leg::{Identity, Incoming, LegCommand, LegKey};
use crate::sip::sdp;

/// Why a call is not taken: SIP status and reason.
struct Refusal(u16, &'static str);

impl Switch {
    /// Takes a call or refuses it.
    pub(super) fn invite(&mut self, leg: LegKey, incoming: Incoming) {
        if let Err(Refusal(status, reason)) = self.take_call(leg, incoming) {
            tracing::debug!(status, reason, "call refused");
            let reason = (!reason.is_empty()).then(|| reason.to_owned());
            self.leg_command(leg, LegCommand::Reject { status, reason, headers: Vec::new() });
        }
    }

    fn take_call(&mut self, leg: LegKey, incoming: Incoming) -> Result<(), Refusal> {
        if self.draining || self.calls.len() >= self.config.calls_max {
            return Err(Refusal(503, "Too many calls"));
        }
        let offer = match &incoming.offer {
            Some(offer) => {
                let (negotiated, _) = sdp::answer(offer, &probe_local()).map_err(|_| Refusal(488, ""))?;
                Some((offer.clone(), negotiated))
            }
            None => None,
        };
        let account_id = self.account_of(&incoming).ok_or(Refusal(404, "No such number"))?;
        let index = self.host.index(&account_id).ok_or(Refusal(404, "No such account"))?;
        let number = index.normalise(&incoming.request.user);
        let facts = facts(&incoming, &number);
        match answering(true, facts.authorizing_type.as_deref(), &number) {
            Answering::Never => return Err(Refusal(404, "No such number")),
            // Nobody else could answer here, so there is nobody to give a head start.
            Answering::Now | Answering::After(_) => {}
        }
        // One moment for both: a call's record tells which schedule was in force.
        let now = Timestamp::now();
        let callflow = self
            .service(&index, &incoming.request.user, &number, now)
            .or_else(|| route(&index, &number, &facts))
            .ok_or(Refusal(404, "No such number"))?;
        let device = facts.authorizing_id.clone().filter(|_| !facts.is_offnet());
        let caller = LiveLeg { device, ..LiveLeg::new(leg, LegState::Calling, offer) };
        self.start_call(caller, incoming, account_id, facts, callflow, now);
        Ok(())
    }

    fn account_of(&self, incoming: &Incoming) -> Option<String> {
        match &incoming.identity {
            Identity::Device { account_id, .. } => Some(account_id.clone()),
            Identity::Trunk(trunk) => match &trunk.account_id {
                Some(account_id) => Some(account_id.clone()),
                None => {
                    let number = flow::numbers::Rewrites::e164_default().apply(&incoming.request.user);
                    let by_dialled = || self.host.account_of_number(&incoming.request.user);
                    self.host.account_of_number(&number).or_else(by_dialled)
                }
            },
        }
    }

    /// The flow that a service number has at a moment. Numbers are service numbers as they are dialled, or as they are
    /// looked up.
    fn service(&self, index: &AccountIndex, dialled: &str, number: &str, now: Timestamp) -> Option<Callflow> {
        let suffix = &self.config.alternative_suffix;
        let found = index.service(dialled, now, suffix).or_else(|| index.service(number, now, suffix))?;
        Some(account_reader::found_by_service(&found))
    }

    fn start_call(
        &mut self,
        caller: LiveLeg,
        incoming: Incoming,
        account_id: String,
        facts: CallFacts,
        callflow: Callflow,
        started: Timestamp,
    ) {
        self.next_call += 1;
        let key = CallKey(self.next_call);
        let summary = CallSummary {
            account_id: account_id.clone(),
            call_id: incoming.call_id.clone(),
            from: facts.caller_id_number.clone(),
            from_name: facts.caller_id_name.clone(),
            to: facts.request.clone(),
            callflow_id: callflow.id.clone(),
            callflow_name: callflow.name.clone(),
            callflow_version: callflow.version,
            started,
            answered: None,
            authorizing_id: facts.authorizing_id.clone(),
            node: None,
        };
        self.shown.lock().calls.insert(key, summary);
        let setup = CallSetup {
            call_id: incoming.call_id.clone(),
            account_id: account_id.clone(),
            callflow,
            facts,
            seed: self.seed(&incoming.call_id),
            limits: self.config.limits.clone(),
            behaviour: Vec::new(),
        };
        self.by_leg.insert(caller.key, (key, LegId::CALLER));
        self.calls.insert(
            key,
            LiveCall {
                call: engine::Call::new(setup),
                account_id,
                call_id: incoming.call_id,
                started,
                answered: None,
                legs: [(LegId::CALLER, caller)].into(),
                deadline: None,
                trace: Vec::new(),
                pending: Default::default(),
                recordings: Default::default(),
                fax: None,
                max_forwards: incoming.max_forwards,
                ended: None,
            },
        );
        self.inputs.push_back((key, Input::Begin));
    }

    /// A seed nobody outside can foretell: document ids are made from it.
    fn seed(&self, call_id: &str) -> u64 {
        use std::hash::{BuildHasher, Hasher};
        let mut hasher = self.calls.hasher().build_hasher();
        hasher.write(call_id.as_bytes());
        hasher.write_u64(self.next_call);
        hasher.finish()
    }
}

/// What the engine knows of the caller (reference section 1.1).
fn facts(incoming: &Incoming, number: &str) -> CallFacts {
    let (authorizing_type, authorizing_id, offnet) = match &incoming.identity {
        Identity::Device { device_id, .. } => ("device", device_id.clone(), false),
        Identity::Trunk(trunk) => ("resource", trunk.resource_id.clone(), true),
    };
    // A trunk vouches for its identities; a telephone's are only claims.
    let caller = incoming.asserted.as_ref().filter(|_| offnet).unwrap_or(&incoming.from);
    let request = &incoming.request;
    CallFacts {
        request: request.user.clone(),
        request_realm: request.host.clone(),
        number: number.to_owned(),
        from: incoming.from.user.clone(),
        from_realm: incoming.from.host.clone(),
        to: incoming.to.user.clone(),
        to_realm: incoming.to.host.clone(),
        caller_id_name: caller.name.clone(),
        caller_id_number: caller.user.clone(),
        privacy: incoming.private,
        inception: offnet.then(|| format!("{}@{}", request.user, request.host)),
        authorizing_type: Some(authorizing_type.to_owned()),
        authorizing_id: Some(authorizing_id),
        referred_by: incoming.referred_by.as_ref().map(|party| party.user.clone()),
        redirected_by: incoming.diversion.first().and_then(|value| sip_user(value)).map(str::to_owned),
        custom_sip_headers: incoming.extra.iter().cloned().collect(),
        channel_variables: Default::default(),
    }
}

/// The callflow of a number, unless it is the catch-all and the caller may not use it.
fn route(index: &AccountIndex, number: &str, facts: &CallFacts) -> Option<Callflow> {
    let found = index.lookup(number).ok()?;
    let known =
        |user: &Option<String>| user.as_deref().is_some_and(|user| index.device_by_username(user).is_some());
    let permission = CatchAll {
        authorizing_type: facts.authorizing_type.as_deref(),
        referred_by_known: known(&facts.referred_by),
        redirected_by_known: known(&facts.redirected_by),
        context_allowed: false,
    };
    (!found.no_match || permission.is_allowed()).then(|| account_reader::found_by_number(&found))
}
