//! `Conference` in a `Dial`: the caller joins a room, where they stay until they press a key that leaves it, or its time
//! limit.

use flow::twiml::{Conference, Dial, Who};

use super::dial;
use super::record::whole_seconds;
use super::session::{Dialled, Session};
use super::verbs::Then;
use crate::command::Action;
use crate::cx::{Cx, HungUp};
use crate::ids::LegId;
use crate::input::Failure;

/// The room a `Dial` is about.
pub(super) fn of(asked: &Dial) -> Option<&Conference> {
    asked.parties.iter().find_map(|party| match &party.who {
        Who::Conference(room) => Some(room),
        _ => None,
    })
}

/// Lets the caller into the room and waits until they leave it.
pub(super) async fn run(
    cx: &Cx,
    session: &mut Session,
    asked: &Dial,
    room: &Conference,
) -> Result<Option<Then>, HungUp> {
    cx.answer().await?;
    let began = cx.mono();
    let join = Action::Join {
        leg: LegId::CALLER,
        room: format!("conference-{}", room.name),
        speaks: !room.muted,
        hears: !room.deaf,
    };
    let joined = match cx.run(join).await? {
        Ok(_) => true,
        Err(Failure::Unsupported { reason }) => {
            cx.note("EN2032", format!("the caller cannot join the conference: {reason}"));
            false
        }
        Err(failure) => {
            cx.note("EN2032", format!("the caller cannot join the conference: {failure:?}"));
            false
        }
    };
    if joined {
        let until = began.saturating_add(asked.time_limit);
        cx.wait(Some(until), |state| {
            let leg = state.legs.get_mut(&LegId::CALLER)?;
            while let Some(digit) = leg.digits.pop_front() {
                if asked.hang_up_on.contains(digit) {
                    return Some(());
                }
            }
            None
        })
        .await?;
        cx.send(Action::Disconnect { leg: LegId::CALLER });
    }
    session.dialled = Some(Dialled {
        status: if joined { "completed" } else { "failed" },
        sid: None,
        seconds: whole_seconds(cx.mono().saturating_sub(began)),
    });
    dial::after(cx, session, asked, joined)
}
