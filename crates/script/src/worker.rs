//! Scripts in processes of their own: a server that answers calls must be able to end one whatever the interpreter
//! does, and must not share its memory with it.
//!
//! A [`Pool`] starts processes when they are needed, gives each one script at a time, and ends a process that is over
//! its time. Such a process reads scripts from its input and writes their ends, as lines of JSON ([`serve`]). Not
//! here: how many may wait (the server), the limits a process sets itself with the operating system (the program).

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use engine::script::{Script, ScriptEnd, ScriptError, ScriptFault};
use parking_lot::Mutex;

/// The time one script has on the clock. Its fuel is gone long before, unless single steps take very long.
pub const TIME: Duration = Duration::from_secs(2);

/// Longest line either way: a script and its facts, or its end.
const LINE_BYTES_MAX: u64 = 8 << 20;

/// Answers the scripts of `input` on `output` until there are no more.
///
/// # Errors
/// Reading or writing fails, or a line is no script.
pub fn serve(input: impl Read, mut output: impl Write) -> io::Result<()> {
    let mut input = BufReader::new(input);
    while let Some(line) = read_line(&mut input)? {
        let script: Script = serde_json::from_str(&line)?;
        let mut end = serde_json::to_string(&crate::run(&script))?;
        end.push('\n');
        output.write_all(end.as_bytes())?;
        output.flush()?;
    }
    Ok(())
}

/// Processes that run scripts.
#[derive(Debug)]
pub struct Pool {
    program: PathBuf,
    args: Vec<String>,
    time: Duration,
    idle: Mutex<Vec<Worker>>,
}

impl Pool {
    /// A pool whose processes are started with this program and these arguments, and call [`serve`].
    pub fn new(program: PathBuf, args: Vec<String>) -> Pool {
        Pool { program, args, time: TIME, idle: Mutex::new(Vec::new()) }
    }

    /// The same pool with another bound on time.
    pub fn with_time(self, time: Duration) -> Pool {
        Pool { time, ..self }
    }

    /// Runs a script and waits for its end. As many processes run as callers wait.
    pub fn run(&self, script: &Script) -> ScriptEnd {
        match self.ask(script) {
            Ok(end) => end,
            Err(error) => ScriptEnd::failed(error),
        }
    }

    fn ask(&self, script: &Script) -> Result<ScriptEnd, ScriptError> {
        let runner =
            |what: &str, reason: String| ScriptError::new(ScriptFault::Runner, format!("{what}: {reason}"));
        let idle = self.idle.lock().pop();
        let mut worker = match idle {
            Some(worker) => worker,
            None => self
                .start()
                .map_err(|error| runner("no process can be started for scripts", error.to_string()))?,
        };
        let mut line =
            serde_json::to_string(script).map_err(|error| runner("the script", error.to_string()))?;
        line.push('\n');
        // A process that died while it was idle is replaced once.
        if worker.give(&line).is_err() {
            worker = self
                .start()
                .map_err(|error| runner("no process can be started for scripts", error.to_string()))?;
            worker.give(&line).map_err(|error| runner("a process for scripts", error.to_string()))?;
        }
        match worker.ends.recv_timeout(self.time) {
            Ok(end) => {
                let end = serde_json::from_str(&end)
                    .map_err(|error| runner("a script's end", error.to_string()))?;
                self.idle.lock().push(worker);
                Ok(end)
            }
            Err(RecvTimeoutError::Timeout) => {
                let message = format!("the script takes longer than {} ms", self.time.as_millis());
                Err(ScriptError::new(ScriptFault::Time, message))
            }
            Err(RecvTimeoutError::Disconnected) => {
                Err(runner("a process for scripts", "it ended without an answer".to_owned()))
            }
        }
    }

    fn start(&self) -> io::Result<Worker> {
        let mut child = Command::new(&self.program)
            .args(&self.args)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // A key that stops the server at its terminal must not end a script that a call still waits for.
            .process_group(0)
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("no pipe to the process"));
        };
        let (sender, ends) = sync_channel(1);
        let worker = Worker { child, input, ends };
        std::thread::Builder::new().name("scripts".to_owned()).spawn(move || relay(output, &sender))?;
        Ok(worker)
    }
}

/// A process and what it answers. Ends with its process.
#[derive(Debug)]
struct Worker {
    child: Child,
    input: ChildStdin,
    ends: Receiver<String>,
}

impl Worker {
    fn give(&mut self, line: &str) -> io::Result<()> {
        self.input.write_all(line.as_bytes())?;
        self.input.flush()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Passes a process's lines on until it ends or nobody wants them.
fn relay(output: impl Read, sender: &SyncSender<String>) {
    let mut output = BufReader::new(output);
    while let Ok(Some(line)) = read_line(&mut output) {
        if sender.send(line).is_err() {
            return;
        }
    }
}

/// The next line, or `None` at the end.
fn read_line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    input.by_ref().take(LINE_BYTES_MAX).read_line(&mut line)?;
    match line.pop() {
        None => Ok(None),
        Some('\n') => Ok(Some(line)),
        Some(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "a line without an end, or too long")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn script(source: &str) -> Script {
        Script {
            source: source.to_owned(),
            call: json!({"variables": {}, "channel": {}}),
            query: json!({}),
            seed: 1,
        }
    }

    fn lines(scripts: &[Script]) -> String {
        scripts.iter().map(|script| format!("{}\n", serde_json::to_string(script).unwrap())).collect()
    }

    #[test]
    fn scripts_are_answered_in_order() {
        let asked =
            lines(&[script("function main() { return 'a'; }"), script("function main() { for (;;) {} }")]);
        let mut answered = Vec::new();
        serve(asked.as_bytes(), &mut answered).unwrap();
        let answered = String::from_utf8(answered).unwrap();
        let ends: Vec<ScriptEnd> = answered.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(ends[0].result, Ok(json!("a")));
        assert_eq!(ends[1].result.as_ref().unwrap_err().fault, ScriptFault::Fuel);
        assert_eq!(ends.len(), 2);
        assert!(serve("no script\n".as_bytes(), Vec::new()).is_err());
    }

    #[test]
    fn a_process_that_does_not_answer_is_ended() {
        let pool = Pool::new("/bin/sleep".into(), vec!["60".to_owned()]).with_time(Duration::from_millis(50));
        assert_eq!(pool.run(&script("")).result.unwrap_err().fault, ScriptFault::Time);
        assert!(pool.idle.lock().is_empty());
    }

    #[test]
    fn processes_that_die_or_talk_nonsense_are_faults_of_the_runner() {
        for (program, args) in [("/bin/true", vec![]), ("/bin/cat", vec![]), ("/nonexistent", vec![])] {
            let pool = Pool::new(program.into(), args);
            assert_eq!(pool.run(&script("")).result.unwrap_err().fault, ScriptFault::Runner, "{program}");
            assert!(pool.idle.lock().is_empty());
        }
    }
}
