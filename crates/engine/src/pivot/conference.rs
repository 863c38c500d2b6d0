//! `Conference` in a `Dial`: the caller joins a room, where they stay until they press a key that leaves it, its time limit,
//! or until somebody leaves with whom it ends.
//!
//! What happens inside is as in the action `conference`. Not here: the account's conference documents; a room of TwiML
//! has only a name.

use flow::twiml::{Conference, Dial, Who};

use super::dial;
use super::record::whole_seconds;
use super::session::{Dialled, Session};
use super::verbs::Then;
use crate::conference::controls::{Control, Deed};
use crate::conference::document::{ENTRY_TONE, EXIT_TONE};
use crate::conference::{self, End, Participation};
use crate::cx::{Cx, HungUp};
use crate::input::Failure;
use crate::media::{Loops, Media};
use crate::media_path;

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
    let joined = match conference::take_part(cx, participation(cx, asked, room).await).await? {
        End::Left | End::Over => true,
        End::Full => {
            let full = cx.prompt_item("conf-max_participants");
            cx.play(vec![full], Loops::Once, "").await?;
            false
        }
        End::Failed(Failure::Unsupported { reason } | Failure::Media { reason }) => {
            cx.note("EN2032", format!("the caller cannot join the conference: {reason}"));
            false
        }
        End::Failed(failure) => {
            cx.note("EN2032", format!("the caller cannot join the conference: {failure:?}"));
            false
        }
    };
    session.dialled = Some(Dialled {
        status: if joined { "completed" } else { "failed" },
        sid: None,
        seconds: whole_seconds(cx.mono().saturating_sub(began)),
    });
    dial::after(cx, session, asked, joined)
}

/// Who starts the conference when they enter counts as a moderator: the others wait for one with music.
async fn participation(cx: &Cx, asked: &Dial, room: &Conference) -> Participation {
    let tone = |tone: &str| match room.beep {
        true => vec![Media::Tone { spec: tone.to_owned() }],
        false => Vec::new(),
    };
    let leaves = |key: char| Control { keys: key.to_string(), deed: Deed::Leave };
    Participation {
        room: format!("twiml-{}", room.name),
        conference_id: room.name.clone(),
        moderator: room.start_on_enter,
        muted: room.muted,
        deaf: room.deaf,
        essential: room.end_on_exit,
        at_most: Some(room.max_participants),
        waits_for_moderator: true,
        waits_once: true,
        entry: tone(ENTRY_TONE),
        exit: tone(EXIT_TONE),
        music: Some(media_path::music_on_hold(cx, room.wait_url.as_deref()).await),
        until: Some(cx.mono().saturating_add(asked.time_limit)),
        controls: asked.hang_up_on.chars().map(leaves).collect(),
        ..Participation::default()
    }
}
