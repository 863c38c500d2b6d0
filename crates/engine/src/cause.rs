//! Why a leg ended or was refused: the hang-up cause names that callflows use as child keys, and their SIP codes.
//!
//! Source: reference section 2.9 and appendix D; the names are FreeSWITCH's, as Kazoo documents carry them.

use serde::{Deserialize, Serialize};

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $sip:expr;)*) => {
        /// A hang-up cause.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Cause {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        impl Cause {
            /// Every cause, in the order of declaration.
            pub const ALL: &'static [Cause] = &[$(Cause::$name,)*];

            /// The name used as a child key: `USER_BUSY`.
            pub fn name(self) -> &'static str {
                match self { $(Cause::$name => $text,)* }
            }

            /// The SIP status that refuses an unanswered call for this cause.
            pub fn sip_status(self) -> u16 {
                match self { $(Cause::$name => $sip,)* }
            }
        }
    };
}

causes! {
    /// The call ended in the ordinary way.
    NormalClearing = "NORMAL_CLEARING", 480;
    /// No such number.
    UnallocatedNumber = "UNALLOCATED_NUMBER", 404;
    /// No way to the number.
    NoRouteDestination = "NO_ROUTE_DESTINATION", 404;
    /// Engaged.
    UserBusy = "USER_BUSY", 486;
    /// The phone never replied.
    NoUserResponse = "NO_USER_RESPONSE", 408;
    /// It rang and nobody answered.
    NoAnswer = "NO_ANSWER", 480;
    /// Switched off or away.
    SubscriberAbsent = "SUBSCRIBER_ABSENT", 480;
    /// No phone is registered for the device.
    UserNotRegistered = "USER_NOT_REGISTERED", 480;
    /// Declined.
    CallRejected = "CALL_REJECTED", 603;
    /// Moved for good.
    NumberChanged = "NUMBER_CHANGED", 410;
    /// A redirect that was not followed.
    RedirectionToNewDestination = "REDIRECTION_TO_NEW_DESTINATION", 410;
    /// A routing loop or too many hops.
    ExchangeRoutingError = "EXCHANGE_ROUTING_ERROR", 483;
    /// The destination is broken.
    DestinationOutOfOrder = "DESTINATION_OUT_OF_ORDER", 502;
    /// Incomplete or malformed number.
    InvalidNumberFormat = "INVALID_NUMBER_FORMAT", 484;
    /// Facility refused.
    FacilityRejected = "FACILITY_REJECTED", 510;
    /// Unspecified.
    NormalUnspecified = "NORMAL_UNSPECIFIED", 480;
    /// No circuit free.
    NormalCircuitCongestion = "NORMAL_CIRCUIT_CONGESTION", 503;
    /// The network is out of order.
    NetworkOutOfOrder = "NETWORK_OUT_OF_ORDER", 503;
    /// The switch is overloaded.
    SwitchCongestion = "SWITCH_CONGESTION", 503;
    /// The channel asked for is not there.
    RequestedChanUnavail = "REQUESTED_CHAN_UNAVAIL", 503;
    /// Try again later.
    NormalTemporaryFailure = "NORMAL_TEMPORARY_FAILURE", 503;
    /// Not allowed to call out.
    OutgoingCallBarred = "OUTGOING_CALL_BARRED", 403;
    /// Not allowed to be called.
    IncomingCallBarred = "INCOMING_CALL_BARRED", 403;
    /// Media not authorised.
    BearercapabilityNotauth = "BEARERCAPABILITY_NOTAUTH", 403;
    /// Media not available.
    BearercapabilityNotavail = "BEARERCAPABILITY_NOTAVAIL", 403;
    /// Media not implemented.
    BearercapabilityNotimpl = "BEARERCAPABILITY_NOTIMPL", 488;
    /// Facility not implemented.
    FacilityNotImplemented = "FACILITY_NOT_IMPLEMENTED", 501;
    /// Service not implemented.
    ServiceNotImplemented = "SERVICE_NOT_IMPLEMENTED", 501;
    /// Service unavailable.
    ServiceUnavailable = "SERVICE_UNAVAILABLE", 503;
    /// No common codec.
    IncompatibleDestination = "INCOMPATIBLE_DESTINATION", 488;
    /// A message lacked something.
    MandatoryIeMissing = "MANDATORY_IE_MISSING", 400;
    /// A timer of the protocol ran out.
    RecoveryOnTimerExpire = "RECOVERY_ON_TIMER_EXPIRE", 504;
    /// Media stopped coming.
    MediaTimeout = "MEDIA_TIMEOUT", 504;
    /// The caller gave up before the answer.
    OriginatorCancel = "ORIGINATOR_CANCEL", 487;
    /// Another leg answered first.
    LoseRace = "LOSE_RACE", 487;
    /// Answered elsewhere by pickup.
    PickedOff = "PICKED_OFF", 487;
    /// Nothing rang in time.
    ProgressTimeout = "PROGRESS_TIMEOUT", 486;
    /// The time allotted to the call is over.
    AllottedTimeout = "ALLOTTED_TIMEOUT", 480;
    /// Transferred away.
    BlindTransfer = "BLIND_TRANSFER", 480;
    /// Transferred away with consultation.
    AttendedTransfer = "ATTENDED_TRANSFER", 480;
    /// Something between networks.
    Interworking = "INTERWORKING", 500;
    /// Not known.
    Unknown = "UNKNOWN", 500;
}

impl Cause {
    /// The cause a SIP refusal stands for (RFC 4497-like table, as FreeSWITCH maps it).
    pub fn from_sip(status: u16) -> Cause {
        match status {
            200..=299 => Cause::NormalClearing,
            401 | 402 | 403 | 407 | 603 => Cause::CallRejected,
            404 | 485 | 604 => Cause::NoRouteDestination,
            408 | 504 => Cause::RecoveryOnTimerExpire,
            410 => Cause::NumberChanged,
            413 | 414 | 416 | 420 | 421 | 423 | 505 | 513 => Cause::Interworking,
            480 => Cause::NoUserResponse,
            400 | 481 | 500 | 503 => Cause::NormalTemporaryFailure,
            482 | 483 => Cause::ExchangeRoutingError,
            484 => Cause::InvalidNumberFormat,
            486 | 600 => Cause::UserBusy,
            487 => Cause::OriginatorCancel,
            488 | 606 => Cause::IncompatibleDestination,
            501 => Cause::ServiceNotImplemented,
            502 => Cause::NetworkOutOfOrder,
            300..=399 => Cause::RedirectionToNewDestination,
            _ => Cause::NormalUnspecified,
        }
    }

    /// The cause with this name, if it is one of ours.
    pub fn from_name(name: &str) -> Option<Cause> {
        Cause::ALL.iter().copied().find(|cause| cause.name() == name)
    }
}
