//! A simulated call at a terminal: the call's time passes with the real one, keys are typed.
//!
//! A line with keys presses them, an empty line jumps to the next thing that happens (a minute at most), `h` hangs up,
//! `q` leaves.

use std::io::BufRead as _;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use simulator::{Session, trace};

use super::is_key;
use crate::fault::Fault;
use crate::output;

/// Lines typed and not read yet.
const LINES_MAX: usize = 16;

/// Most that an empty line jumps: what comes later is likely to be a limit, and the end of the call.
const JUMP_MAX: Duration = Duration::from_secs(60);

/// What may follow the caller's hang-up.
const AFTERMATH: Duration = Duration::from_secs(60);

/// Runs the call until it is over or the person leaves. `hang_up_after` counts from the call's begin.
pub(super) fn run(
    session: &mut Session,
    began: Duration,
    hang_up_after: Option<Duration>,
) -> Result<(), Fault> {
    output::note("keys and Enter press keys; Enter alone jumps ahead; h hangs up; q leaves");
    let start = Instant::now();
    drive(session, began, hang_up_after, &typed_lines(), || start.elapsed())
}

/// `passed` is the real time since the begin.
fn drive(
    session: &mut Session,
    began: Duration,
    hang_up_after: Option<Duration>,
    typed: &Receiver<String>,
    passed: impl Fn() -> Duration,
) -> Result<(), Fault> {
    // How far the call's time is ahead of the real one.
    let mut ahead = began;
    loop {
        output::text(&trace::render(&session.drain()))?;
        if session.ended().is_some() {
            return Ok(());
        }
        let now = passed().saturating_add(ahead);
        if hang_up_after.is_some_and(|after| now >= began.saturating_add(after)) {
            session.advance_to(now);
            session.hang_up();
            session.step();
            continue;
        }
        let due = session.next_at();
        let wait =
            due.map_or(Duration::from_secs(1), |due| due.saturating_sub(now)).min(Duration::from_secs(1));
        match typed.recv_timeout(wait) {
            Err(RecvTimeoutError::Timeout) => session.advance_to(passed().saturating_add(ahead)),
            // The terminal is gone, as a caller who hangs up.
            Err(RecvTimeoutError::Disconnected) => return leave(session),
            Ok(line) => {
                session.advance_to(passed().saturating_add(ahead));
                match line.trim() {
                    "" => {
                        let now = passed().saturating_add(ahead);
                        let due = session.next_at().map_or(now, |due| due.min(now.saturating_add(JUMP_MAX)));
                        ahead = ahead.saturating_add(due.saturating_sub(now));
                        session.advance_to(due);
                    }
                    "h" => session.hang_up(),
                    "q" => return leave(session),
                    keys => press(session, keys, &mut ahead, &passed),
                }
            }
        }
    }
}

fn press(session: &mut Session, keys: &str, ahead: &mut Duration, passed: impl Fn() -> Duration) {
    for key in keys.chars() {
        if !is_key(key) {
            output::note(&format!("`{key}` is not a key; keys are 0-9 * # A-D"));
            return;
        }
        if !session.press(key) {
            output::note("nobody hears keys: there is no audio path yet");
            return;
        }
        *ahead = ahead.saturating_add(simulator::world::party::KEY_EVERY);
        session.advance_to(passed().saturating_add(*ahead));
    }
}

/// Hangs up and shows what follows, for a bounded time.
fn leave(session: &mut Session) -> Result<(), Fault> {
    session.hang_up();
    session.run(session.elapsed().saturating_add(AFTERMATH));
    output::text(&trace::render(&session.drain()))
}

/// Lines from the terminal; the thread ends with it, or with the program.
fn typed_lines() -> Receiver<String> {
    let (sender, receiver) = sync_channel(LINES_MAX);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;
    use simulator::scenario::{CallSpec, setup};
    use simulator::{Account, World};

    fn call(to: &str, lines: &[&str]) -> Session {
        let (account, _) = Account::from_folder(&crate::accounts::demo());
        let world = World::new(account, "2026-11-23T15:00:00Z".parse().unwrap());
        let spec = CallSpec { to: to.to_owned(), ..CallSpec::default() };
        let setup = setup(&world, &spec, 1).unwrap();
        let mut session = Session::begin(world, setup, Vec::new());
        let (sender, typed) = sync_channel(lines.len().max(1));
        lines.iter().for_each(|line| sender.send((*line).to_owned()).unwrap());
        drop(sender);
        // Real time stands still: only jumps and keys take time.
        drive(&mut session, Duration::ZERO, None, &typed, || Duration::ZERO).unwrap();
        session
    }

    #[test]
    fn typed_keys_are_pressed_and_empty_lines_jump() {
        let session = call("100", &["", "", "", "", "x", "7", "h"]);
        assert!(session.lines().iter().any(|line| line.text == "caller presses 7"), "{:?}", session.lines());
        assert!(session.ended().is_some());
    }

    #[test]
    fn a_terminal_that_goes_away_hangs_up() {
        assert!(call("100", &[]).ended().is_some());
    }
}
