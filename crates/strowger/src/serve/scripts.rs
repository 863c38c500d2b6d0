//! Runs the scripts of calls, in processes of their own (`script::worker`) that the program starts of itself.
//!
//! Not here: what a script may do (crate `script`), the process's side (`commands::run_scripts`).

use std::path::PathBuf;
use std::sync::Arc;

use engine::input::{Done, Failure};
use engine::script::{Script, ScriptEnd, ScriptError, ScriptFault};
use script::worker::Pool;
use telephony::driver::Reply;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::commands::run_scripts;

/// Scripts that run at the same time.
const RUNNING_MAX: usize = 4;

/// Scripts that run or wait; more fail at once.
const WAITING_MAX: usize = 200;

/// Runs scripts; cheap to clone.
#[derive(Clone)]
pub(crate) struct Scripts {
    pool: Arc<Pool>,
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    runtime: Handle,
}

impl Scripts {
    /// Starts no process yet.
    pub(crate) fn new(runtime: Handle) -> Scripts {
        // The file may be replaced while the server runs; this names what is running.
        let program = PathBuf::from("/proc/self/exe");
        let program = if program.exists() { program } else { std::env::current_exe().unwrap_or(program) };
        Scripts {
            pool: Arc::new(Pool::new(program, vec![run_scripts::VERB.to_owned()])),
            running: Arc::new(Semaphore::new(RUNNING_MAX)),
            waiting: Arc::new(Semaphore::new(WAITING_MAX)),
            runtime,
        }
    }

    /// Runs a script and completes its command.
    pub(crate) fn run(&self, script: Script, reply: Reply) {
        let Ok(place) = Arc::clone(&self.waiting).try_acquire_owned() else {
            let error = ScriptError::new(ScriptFault::Runner, "too many scripts wait");
            return reply.complete(Ok(Done::Scripted(ScriptEnd::failed(error))));
        };
        let (pool, running) = (Arc::clone(&self.pool), Arc::clone(&self.running));
        self.runtime.spawn(async move {
            let _turn = running.acquire().await;
            let end = tokio::task::spawn_blocking(move || pool.run(&script)).await;
            drop(place);
            reply.complete(match end {
                Ok(end) => Ok(Done::Scripted(end)),
                Err(error) => Err(Failure::Unsupported { reason: error.to_string() }),
            });
        });
    }
}
