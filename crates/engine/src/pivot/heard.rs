//! `Say`, `Play`, `Pause` and `Gather`: what the caller hears, and the digits they press.

use std::time::Duration;

use flow::twiml::{Gather, Repeat, Sound, What};

use super::session::Session;
use super::verbs::{Then, go_to};
use crate::caller::{ANY_KEY, Collect, PlayEnd};
use crate::cx::{Cx, HungUp};
use crate::media::{Loops, Media};
use crate::media_path;

/// Plays one thing; the key that ends it is kept for the web server.
pub(super) async fn play(cx: &Cx, session: &mut Session, sound: &Sound) -> Result<(), HungUp> {
    // Silence alone is no reason to answer: a document may let it ring first.
    if let What::Pause { length } = &sound.what {
        return cx.sleep(*length).await;
    }
    let Some(item) = item(cx, &sound.what) else { return Ok(()) };
    cx.answer().await?;
    let terminators = sound.terminators.as_deref().unwrap_or(ANY_KEY);
    let mut pressed = String::new();
    let end = cx.play_hearing(vec![item], loops(sound.repeat), terminators, &mut pressed).await?;
    note_unspoken(cx, &sound.what, &end);
    session.add_digits(cx, &pressed);
    Ok(())
}

/// Collects digits and tells them to the web server; without any the next verb follows.
pub(super) async fn gather(cx: &Cx, session: &mut Session, asked: &Gather) -> Result<Option<Then>, HungUp> {
    cx.answer().await?;
    session.digits = None;
    let buffer = cx.with(|state| state.limits().buffered_digits);
    let most = asked.digits.map_or(buffer, |digits| (digits as usize).min(buffer)).max(1);
    let first = barge_in(cx, &asked.sounds).await?;
    let mut digits: String = first.filter(|digit| !asked.finish_on.contains(*digit)).into_iter().collect();
    let is_over = first.is_some_and(|digit| asked.finish_on.contains(digit)) || digits.len() >= most;
    if !is_over {
        let spec = Collect {
            max_digits: most - digits.len(),
            timeout: asked.timeout,
            interdigit: asked.timeout,
            terminators: &asked.finish_on,
        };
        digits.push_str(&cx.collect(Vec::new(), &spec).await?);
    }
    if digits.is_empty() {
        return Ok(None);
    }
    session.digits = Some(digits);
    Ok(Some(go_to(session, &asked.next)))
}

/// Plays one thing after the other until the first digit, which is given.
async fn barge_in(cx: &Cx, sounds: &[Sound]) -> Result<Option<char>, HungUp> {
    for sound in sounds {
        let Some(item) = item(cx, &sound.what) else { continue };
        let end = cx.play(vec![item], loops(sound.repeat), ANY_KEY).await?;
        note_unspoken(cx, &sound.what, &end);
        if let PlayEnd::Digit(digit) = end {
            return Ok(Some(digit));
        }
    }
    Ok(None)
}

/// The playlist item of one thing; `None` for nothing.
fn item(cx: &Cx, what: &What) -> Option<Media> {
    let or = |given: &String, default: String| if given.is_empty() { default } else { given.clone() };
    match what {
        What::Say { text, .. } if text.is_empty() => None,
        What::Say { text, voice, language, engine } => Some(Media::Speech {
            text: text.clone(),
            voice: or(voice, "female".to_owned()),
            language: or(language, cx.vars(|vars| vars.language.clone())),
            engine: engine.clone(),
        }),
        What::Play { media } => media_path::item(cx, media),
        What::Pause { length } if *length == Duration::ZERO => None,
        What::Pause { length } => Some(Media::Silence { duration: Some(*length) }),
    }
}

fn loops(repeat: Repeat) -> Loops {
    match repeat {
        Repeat::Times(0 | 1) => Loops::Once,
        Repeat::Times(times) => Loops::Times(times),
        Repeat::Endless => Loops::Endless,
    }
}

fn note_unspoken(cx: &Cx, what: &What, end: &PlayEnd) {
    if let (What::Say { .. }, PlayEnd::Failed(failure)) = (what, end) {
        cx.note("EN3001", format!("the text was not spoken: {failure:?}"));
    }
}
