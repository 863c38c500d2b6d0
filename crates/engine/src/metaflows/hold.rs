//! `hold`: the pressing party holds the other until a key takes them back (reference section 4.5).

use flow::graph::Object;
use serde::Deserialize;

use crate::conversation::{PartyGone, Side, Talk};
use crate::lenient;
use crate::media::Loops;
use crate::media_path;
use crate::metaflow::{Metaflow, Next, Outcome};
use crate::module::{DEFAULT_EXIT, Exit};

/// The action.
pub(crate) const METAFLOW: Metaflow = Metaflow {
    name: "hold",
    summary: "The other party hears music until the pressing party takes them back with a key.",
    example: r#"{"module": "hold", "data": {"moh_aleg": "hold-music", "unhold_key": "1"}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |_| "Hold".to_owned(),
    run: |talk, side, data| Box::pin(run(talk, side, data)),
};

/// The key that takes the held party back.
const UNHOLD_KEY: char = '1';

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// What the pressing party hears, and the other too unless `moh_bleg` says otherwise.
    #[serde(deserialize_with = "lenient::text")]
    moh_aleg: Option<String>,
    /// What the held party hears.
    #[serde(deserialize_with = "lenient::text")]
    moh_bleg: Option<String>,
    /// The key that ends it; `1` by default.
    #[serde(deserialize_with = "lenient::text")]
    unhold_key: Option<String>,
}

async fn run(talk: &mut Talk, side: Side, data: Object) -> Outcome {
    let data: Data = super::read(data)?;
    let unhold = data.unhold_key.and_then(|key| key.chars().next()).unwrap_or(UNHOLD_KEY);
    talk.part().await?;
    if let Some(item) = data.moh_aleg.as_deref().and_then(|path| media_path::item(&talk.cx, path)) {
        talk.start_playing(side, vec![item], Loops::Endless);
    }
    let music = media_path::music_on_hold(&talk.cx, data.moh_bleg.or(data.moh_aleg).as_deref()).await;
    talk.start_playing(side.other(), vec![music], Loops::Endless);
    let leg = talk.leg(side);
    talk.wait(None, |state| {
        let digits = &mut state.legs.get_mut(&leg)?.digits;
        while let Some(digit) = digits.pop_front() {
            if digit == unhold {
                return Some(());
            }
        }
        None
    })
    .await?;
    talk.join().await?;
    Ok(Next::Continue(DEFAULT_EXIT))
}

/// Holds the other party of a side, or takes it back; keys go on meaning something meanwhile.
pub(super) async fn set(talk: &mut Talk, side: Side, held: bool) -> Result<(), PartyGone> {
    if !held {
        return talk.join().await;
    }
    talk.part().await?;
    let music = media_path::music_on_hold(&talk.cx, None).await;
    talk.start_playing(side.other(), vec![music], Loops::Endless);
    Ok(())
}
