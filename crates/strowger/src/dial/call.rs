//! One call: does what the plan says when its cue comes, tells what happens, and ends in time.
//!
//! Not here: sockets (`phone`), listening (`listener`), wording (`report`).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use telephony::media::engine::MediaEvent;
use telephony::media::stream::StreamStats;
use telephony::sip::leg::{Ended, LegCommand, LegEvent, RefusedBy};
use tokio::sync::mpsc;

use super::ear::{Sound, What};
use super::listener::{Finding, Listener};
use super::phone::{Phone, PhoneError, Report as Happening};
use super::plan::{Act, Do, Plan};
use super::report::{Ending, Event, Report};
use super::script::Cue;
use crate::fault::{Exit, Fault};

/// A pause that an act waits for counts as come when nothing is heard for so long.
const NOTHING_HEARD: Duration = Duration::from_secs(8);

/// What an act interrupts still sounds for so long, and is no pause.
const ECHO: Duration = Duration::from_millis(300);

/// The longest that the audio takes to be complete on disk.
const CLOSING: Duration = Duration::from_secs(3);

/// A call in progress. Times are since it was placed.
pub(crate) struct Call<'a> {
    plan: &'a Plan,
    phone: Phone,
    report: &'a mut Report,
    started: Instant,
    acts: VecDeque<Act>,
    tokens: u64,
    /// An act is being carried out: its token.
    busy: Option<u64>,
    /// The last act was over.
    last_act: Option<Duration>,
    answered: Option<Duration>,
    described: bool,
    sounding: bool,
    quiet_since: Option<Duration>,
    /// Prompts by name, and their ends.
    heard: Vec<(String, Duration)>,
    held: bool,
    giving_up: bool,
    ending: Option<Ending>,
    ended_at: Duration,
}

/// What is left of a call.
pub(crate) struct Done {
    /// How it ended.
    pub(crate) ending: Ending,
    /// The audio's totals.
    pub(crate) stats: StreamStats,
    /// Length of the recording.
    pub(crate) recorded: Duration,
    /// Everything planned was done.
    pub(crate) all_done: bool,
}

impl<'a> Call<'a> {
    /// A call about to be placed.
    pub(crate) fn new(plan: &'a Plan, phone: Phone, report: &'a mut Report) -> Call<'a> {
        Call {
            plan,
            phone,
            report,
            started: Instant::now(),
            acts: plan.acts.iter().cloned().collect(),
            tokens: 0,
            busy: None,
            last_act: None,
            answered: None,
            described: false,
            sounding: false,
            quiet_since: None,
            heard: Vec::new(),
            held: false,
            giving_up: false,
            ending: None,
            ended_at: Duration::ZERO,
        }
    }

    /// Places the call and stays with it to its end.
    pub(crate) async fn run(
        mut self,
        mut happenings: mpsc::Receiver<Happening>,
        listener: Listener,
        mut findings: mpsc::Receiver<Finding>,
    ) -> Result<Done, Fault> {
        self.tell(Event::Calling {
            number: self.plan.number.clone(),
            server: self.plan.server.to_string(),
            user: self.plan.user.clone(),
        })?;
        self.phone.dial(self.plan).map_err(broken)?;
        let interrupt = tokio::signal::ctrl_c();
        tokio::pin!(interrupt);
        let mut interrupted = false;
        while self.ending.is_none() {
            let wake = self.started + self.next_time();
            tokio::select! {
                Some(happening) = happenings.recv() => self.happened(happening)?,
                Some(finding) = findings.recv() => self.found(finding)?,
                () = tokio::time::sleep_until(wake.into()) => {}
                _ = &mut interrupt, if !interrupted => {
                    interrupted = true;
                    self.hang_up()?;
                }
            }
            self.step()?;
        }
        self.close(happenings, listener, findings).await
    }

    /// Completes the recording and hears it to its end.
    async fn close(
        mut self,
        mut happenings: mpsc::Receiver<Happening>,
        listener: Listener,
        mut findings: mpsc::Receiver<Finding>,
    ) -> Result<Done, Fault> {
        self.phone.close_audio();
        let (mut stats, mut recorded) = (None, None);
        let until = tokio::time::Instant::now() + CLOSING;
        while stats.is_none() || recorded.is_none() {
            let Ok(Some(happening)) = tokio::time::timeout_at(until, happenings.recv()).await else { break };
            match happening {
                Happening::Media(MediaEvent::Closed { stats: totals }) => stats = Some(totals),
                Happening::Media(MediaEvent::Recorded { duration, .. }) => recorded = Some(duration),
                Happening::Media(MediaEvent::RecordingFailed { reason, .. }) => return Err(unsaved(&reason)),
                _ => {}
            }
        }
        listener.complete();
        while let Some(finding) = findings.recv().await {
            self.found(finding)?;
        }
        listener.join();
        let ending = self.ending.take().unwrap_or(Ending::NotAnswered);
        let at = self.ended_at;
        self.report.tell(at, Event::Ended(ending.clone()))?;
        let undone: Vec<Act> = self.acts.drain(..).collect();
        for act in undone.iter().filter(|_| self.answered.is_some()) {
            let what = match &act.what {
                Do::Press(digits) => format!("pressed {digits}"),
                Do::Speak(name, _) => format!("spoke {name}"),
            };
            self.report.tell(at, Event::NotDone { what, cue: act.cue.to_string() })?;
        }
        self.phone.stop();
        Ok(Done {
            ending,
            stats: stats.unwrap_or_default(),
            recorded: recorded.unwrap_or_default(),
            all_done: undone.is_empty(),
        })
    }

    fn happened(&mut self, happening: Happening) -> Result<(), Fault> {
        match happening {
            Happening::Sip(event) => self.signalled(event),
            Happening::Media(MediaEvent::Digit { digit, .. }) => self.tell(Event::Key(digit)),
            Happening::Media(MediaEvent::Played { token, .. } | MediaEvent::DigitsSent { token }) => {
                if self.busy == Some(token) {
                    self.busy = None;
                    self.last_act = Some(self.now());
                }
                Ok(())
            }
            Happening::Media(MediaEvent::RecordingFailed { reason, .. }) => Err(unsaved(&reason)),
            Happening::Media(_) => Ok(()),
        }
    }

    fn signalled(&mut self, event: LegEvent) -> Result<(), Fault> {
        match event {
            LegEvent::Ringing => self.tell(Event::Ringing),
            LegEvent::Early(description) => {
                if self.phone.accept(&description).is_ok() {
                    self.described = true;
                    self.tell(Event::Early)?;
                }
                Ok(())
            }
            LegEvent::Answered { sdp, .. } => {
                let accepted =
                    if sdp.is_empty() && self.described { Ok(()) } else { self.phone.accept(&sdp) };
                if let Err(reason) = accepted {
                    let _ = self.phone.command(LegCommand::Bye { reason: None });
                    return self.end(Ending::Failed(format!("the answer is of no use: {reason}")));
                }
                self.answered = Some(self.now());
                self.tell(Event::Answered)
            }
            LegEvent::Refused { status, reason, by } => self.end(match by {
                RefusedBy::Cancelled => Ending::NotAnswered,
                RefusedBy::Timeout => Ending::NoReply,
                _ => Ending::Refused { status, reason },
            }),
            LegEvent::Gone(ended) => {
                let after = self.now().saturating_sub(self.answered.unwrap_or_default());
                self.end(match ended {
                    Ended::ByPeer(_) | Ended::Cancelled(_) => Ending::OtherSide(after),
                    Ended::ByUs => Ending::Us(after),
                    Ended::NoAck | Ended::SessionExpired | Ended::Lost | Ended::Unanswered => {
                        Ending::Failed("the server knows nothing of the call any more".to_owned())
                    }
                })
            }
            LegEvent::Reoffer(offer) => {
                let held = self.phone.reanswer(offer.as_deref()).map_err(broken)?;
                if held != self.held {
                    self.held = held;
                    self.tell(Event::Held(held))?;
                }
                Ok(())
            }
            LegEvent::Digit { digit, .. } => self.tell(Event::Key(digit)),
            // A test caller stays with the call it placed.
            LegEvent::Refer { .. } => self.order(LegCommand::ReferReply { status: 603 }),
            LegEvent::Invite(_)
            | LegEvent::Confirmed { .. }
            | LegEvent::Reanswered(_)
            | LegEvent::ReinviteFailed { .. } => Ok(()),
        }
    }

    fn found(&mut self, finding: Finding) -> Result<(), Fault> {
        match finding {
            Finding::Sounding(_) => self.sounding = true,
            Finding::Quiet(at) => {
                self.sounding = false;
                self.quiet_since = Some(at);
            }
            Finding::Sound(sound) => {
                if let Sound { what: What::Prompt { name, .. }, start, heard } = &sound {
                    self.heard.push((name.clone(), *start + *heard));
                }
                self.report.tell(sound.start, Event::Heard(sound))?;
            }
        }
        Ok(())
    }

    /// Does what is due.
    fn step(&mut self) -> Result<(), Fault> {
        let now = self.now();
        if self.ending.is_some() {
            return Ok(());
        }
        let limit = self.answered.map_or(self.plan.ring_for, |answered| answered + self.plan.hang_up_after);
        if now >= limit && !self.giving_up {
            return self.hang_up();
        }
        if self.act_time().is_some_and(|at| at <= now)
            && let Some(act) = self.acts.pop_front()
        {
            self.tokens += 1;
            self.busy = Some(self.tokens);
            match act.what {
                Do::Press(digits) => {
                    self.phone.press(&digits, self.tokens).map_err(broken)?;
                    self.tell(Event::Presses { digits })?;
                }
                Do::Speak(name, clip) => {
                    self.phone.speak(clip, self.tokens).map_err(broken)?;
                    self.tell(Event::Speaks { name })?;
                }
            }
        }
        Ok(())
    }

    /// When the next act is due, as far as that is known.
    fn act_time(&self) -> Option<Duration> {
        let act = self.acts.front().filter(|_| self.busy.is_none())?;
        let answered = self.answered?;
        let since = self.last_act.unwrap_or(answered);
        match &act.cue {
            Cue::At(after) => Some(answered + *after),
            Cue::After(after) => Some(since + *after),
            Cue::Pause => match self.quiet_since {
                Some(quiet) if quiet > since + ECHO => Some(quiet),
                _ if self.sounding => None,
                quiet => Some(since.max(quiet.unwrap_or_default()) + NOTHING_HEARD),
            },
            Cue::Prompt(wanted) => {
                let after = self.last_act.unwrap_or_default();
                let mut ends = self.heard.iter().filter(|(name, end)| name == wanted && *end > after);
                ends.next().map(|(_, end)| *end)
            }
        }
    }

    /// When something is due at the latest.
    fn next_time(&self) -> Duration {
        if self.giving_up {
            // That ends at once; should it not, there is nothing more to do than to wait.
            return self.now() + Duration::from_millis(100);
        }
        let end = self.answered.map_or(self.plan.ring_for, |answered| answered + self.plan.hang_up_after);
        self.act_time().map_or(end, |act| act.min(end))
    }

    fn hang_up(&mut self) -> Result<(), Fault> {
        self.giving_up = true;
        self.order(LegCommand::Bye { reason: None })
    }

    /// Told when everything that was heard before is told.
    fn end(&mut self, ending: Ending) -> Result<(), Fault> {
        self.ended_at = self.now();
        self.ending = Some(ending);
        Ok(())
    }

    fn order(&self, command: LegCommand) -> Result<(), Fault> {
        self.phone.command(command).map_err(broken)
    }

    fn tell(&mut self, event: Event) -> Result<(), Fault> {
        self.report.tell(self.now(), event)
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }
}

/// The telephone gave out on the way.
fn broken(error: PhoneError) -> Fault {
    Fault::new(Exit::Software, format!("the test telephone gave out: {error}"))
}

fn unsaved(reason: &str) -> Fault {
    Fault::new(Exit::CannotCreate, format!("the audio cannot be saved: {reason}"))
}
