//! What a caller gets when a carrier could not reach the number and the flow says nothing about it: a tone, a prompt,
//! or a SIP status by the cause (reference appendix D).

use crate::caller::ANY_KEY;
use crate::cause::Cause;
use crate::cx::{Cx, HungUp};
use crate::lenient::Read;
use crate::media::{Loops, Media};
use crate::media_path;

const BUSY_TONE: &str = "%(500,500,480,620);loops=25";
const FAST_BUSY_TONE: &str = "%(250,250,480,620);loops=25";

const NOT_AS_DIALLED: &str = "fault-can_not_be_completed_as_dialed";
const NOT_AT_THIS_TIME: &str = "fault-can_not_be_completed_at_this_time";
const FACILITY_TROUBLE: &str = "fault-facility_trouble";

enum Sound {
    Prompt(&'static str),
    Tone(&'static str),
}

/// Plays and answers what the cause stands for. The account's `call_response` may say otherwise by cause.
pub(crate) async fn send(cx: &Cx, cause: Cause) -> Result<(), HungUp> {
    let account = cx.account().await;
    let own = account.at(&["call_response", cause.name()]);
    let own_media = own.and_then(|own| own.text_at(&["media"])).and_then(|path| media_path::item(cx, &path));
    let stock = sound(cause).map(|sound| match sound {
        Sound::Prompt(name) => cx.prompt_item(name),
        Sound::Tone(spec) => Media::Tone { spec: spec.to_owned() },
    });
    if let Some(media) = own_media.or(stock) {
        cx.play(vec![media], Loops::Once, ANY_KEY).await?;
    }
    if cx.is_answered() {
        return Ok(());
    }
    let own_status = own.and_then(|own| own.int_at(&["code"])).and_then(|code| u16::try_from(code).ok());
    let status = own_status.filter(|status| (300..700).contains(status)).unwrap_or(cause.sip_status());
    let reason = own.and_then(|own| own.text_at(&["message"])).or_else(|| reason(cause).map(str::to_owned));
    cx.reject_caller(status, reason);
    Ok(())
}

fn sound(cause: Cause) -> Option<Sound> {
    Some(match cause {
        Cause::UnallocatedNumber
        | Cause::NoRouteDestination
        | Cause::DestinationOutOfOrder
        | Cause::InvalidNumberFormat => Sound::Prompt(NOT_AS_DIALLED),
        Cause::NormalTemporaryFailure | Cause::ProgressTimeout => Sound::Prompt(NOT_AT_THIS_TIME),
        Cause::ExchangeRoutingError
        | Cause::ServiceNotImplemented
        | Cause::IncompatibleDestination
        | Cause::MandatoryIeMissing => Sound::Prompt(FACILITY_TROUBLE),
        Cause::NormalClearing | Cause::UserBusy => Sound::Tone(BUSY_TONE),
        Cause::NoUserResponse | Cause::CallRejected | Cause::RecoveryOnTimerExpire | Cause::MediaTimeout => {
            Sound::Tone(FAST_BUSY_TONE)
        }
        _ => return None,
    })
}

fn reason(cause: Cause) -> Option<&'static str> {
    Some(match cause {
        Cause::UnallocatedNumber | Cause::NoRouteDestination => "No route to destination",
        Cause::UserBusy => "Number busy",
        Cause::NoUserResponse => "No response",
        Cause::NoAnswer => "No answer",
        Cause::SubscriberAbsent => "Subscriber absent",
        Cause::CallRejected => "Call Rejected",
        Cause::NumberChanged => "Number changed",
        Cause::InvalidNumberFormat => "Invalid number format",
        Cause::FacilityRejected => "Facility rejected",
        Cause::NormalUnspecified => "Normal unspecified",
        Cause::NormalTemporaryFailure => "Normal temporary failure",
        Cause::ProgressTimeout => "Progress timeout",
        Cause::OriginatorCancel => "Originator cancel",
        _ => return None,
    })
}
