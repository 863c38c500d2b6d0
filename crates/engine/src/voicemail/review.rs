//! Recording something over the telephone and deciding about it: messages, greetings, names, comments
//! (reference section 7.5, "Record").

use std::time::Duration;

use crate::caller::{ANY_KEY, Collect, Recorded};
use crate::cx::{Cx, HungUp};
use crate::input::RecordingEnd;
use crate::media::{Loops, Media};
use crate::menu_greeting::RECORD_TONE;
use crate::module::Next;

use super::keys::{Choice, Menu};
use super::{MIN_MESSAGE, Mailbox};

/// Unusable keys before a decision is made for the caller.
const TRIES: usize = 4;

/// Silence that ends a recording.
const SILENCE: Duration = Duration::from_secs(5);

/// What became of a recording.
pub(super) enum Reviewed {
    /// Keep it.
    Save(Recorded),
    /// Keep it, when it is long enough to be one, and go to the operator.
    SaveAndGo(Option<Recorded>, Next),
    /// Nothing usable was recorded, or it was discarded.
    Nothing,
    /// The caller hung up; what was recorded so far is to be kept.
    HungUp(Option<Recorded>, HungUp),
}

/// Who is recording: a caller leaving a message, or an owner recording for the box.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Undecided is saved; there is an operator.
    Message,
    /// Undecided is discarded.
    Greeting,
}

/// Tone, recording, review.
pub(super) async fn record(cx: &Cx, mailbox: &Mailbox, kind: Kind, limit: Duration) -> Reviewed {
    let mut recorded = match take(cx, limit).await {
        Ok(recorded) => recorded,
        Err(hung_up) => return Reviewed::HungUp(None, hung_up),
    };
    let mut left = TRIES;
    loop {
        let Some(recording) = recorded.clone().filter(|recording| recording.end != RecordingEnd::LegGone)
        else {
            let hung_up = HungUp;
            return match recorded {
                Some(recording) => Reviewed::HungUp(usable(recording), hung_up),
                None => Reviewed::Nothing,
            };
        };
        let step = decide(cx, mailbox, kind, &recording, limit, &mut left).await;
        match step {
            Ok(Step::Done(reviewed)) => return reviewed,
            Ok(Step::Again) => {}
            Ok(Step::Recorded(again)) => recorded = again,
            Err(hung_up) => return Reviewed::HungUp(usable(recording), hung_up),
        }
    }
}

enum Step {
    Done(Reviewed),
    Again,
    Recorded(Option<Recorded>),
}

async fn decide(
    cx: &Cx,
    mailbox: &Mailbox,
    kind: Kind,
    recording: &Recorded,
    limit: Duration,
    left: &mut usize,
) -> Result<Step, HungUp> {
    let spec = Collect { terminators: "", ..Collect::default() };
    let key = cx.collect(vec![cx.prompt_item("vm-review_recording")], &spec).await?;
    match mailbox.options.keys.choice(Menu::Review, &key) {
        Some(Choice::Save) if recording.duration < MIN_MESSAGE => {
            cx.prompt("vm-recording_to_short").await?;
            Ok(Step::Recorded(take(cx, limit).await?))
        }
        Some(Choice::Save) => Ok(Step::Done(Reviewed::Save(recording.clone()))),
        Some(Choice::Listen) => {
            *left = TRIES;
            cx.play(vec![Media::Recording { recording: recording.id }], Loops::Once, ANY_KEY).await?;
            Ok(Step::Again)
        }
        Some(Choice::Record) => Ok(Step::Recorded(take(cx, limit).await?)),
        other => {
            if other == Some(Choice::Operator)
                && kind == Kind::Message
                && let Some(operator) = mailbox.operator(cx).await
            {
                return Ok(Step::Done(Reviewed::SaveAndGo(usable(recording.clone()), operator)));
            }
            *left -= 1;
            if *left > 0 {
                return Ok(Step::Again);
            }
            Ok(Step::Done(match kind {
                Kind::Message => usable(recording.clone()).map_or(Reviewed::Nothing, Reviewed::Save),
                Kind::Greeting => Reviewed::Nothing,
            }))
        }
    }
}

async fn take(cx: &Cx, limit: Duration) -> Result<Option<Recorded>, HungUp> {
    cx.play(vec![Media::Tone { spec: RECORD_TONE.to_owned() }], Loops::Once, "").await?;
    Ok(cx.record_caller(limit, Some(SILENCE)).await)
}

fn usable(recording: Recorded) -> Option<Recorded> {
    (recording.duration >= MIN_MESSAGE).then_some(recording)
}
