//! Which exits of which modules a set of calls has taken.
//!
//! Not here: running the calls (`scenario`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use engine::catalogue::{MODULES, OPERATIONS};
use engine::metaflows::METAFLOWS;
use engine::output::{Trace, TraceEvent};
use engine::{Exit, Metaflow, Module};

/// Exits taken so far.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    taken: BTreeMap<String, BTreeSet<String>>,
    metaflows: BTreeMap<String, BTreeSet<String>>,
}

/// One exit of a module and whether a call took it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Covered {
    /// The module's name.
    pub module: &'static str,
    /// The exit.
    pub exit: Exit,
    /// A call took it.
    pub taken: bool,
}

impl Coverage {
    /// Adds the trace of a call.
    pub fn add(&mut self, trace: &[Trace]) {
        let mut running: Option<&str> = None;
        for entry in trace {
            match &entry.event {
                TraceEvent::Node { callflow_id, module, .. } => {
                    // A flow of no document takes the place of the one that fetched it.
                    if let Some(before) = running.filter(|_| callflow_id.is_empty()) {
                        self.take(before, "replace");
                    }
                    running = Some(module);
                }
                TraceEvent::Exit { module, key, .. } => {
                    self.take(module, &format!("key {key}"));
                    running = None;
                }
                TraceEvent::Stop { module, .. } => {
                    self.take(module, "stop");
                    running = None;
                }
                TraceEvent::Branch { .. } => {
                    if let Some(module) = running {
                        self.take(module, "branch");
                    }
                    running = None;
                }
                TraceEvent::Metaflow { module, exit, .. } => {
                    self.metaflows.entry(module.clone()).or_default().insert(exit.clone());
                }
                _ => {}
            }
        }
        if let Some(module) = running {
            self.take(module, "hard stop");
        }
    }

    fn take(&mut self, module: &str, exit: &str) {
        self.taken.entry(module.to_owned()).or_default().insert(exit.to_owned());
    }

    /// Every exit of every module and operation of the catalogue.
    pub fn rows(&self) -> Vec<Covered> {
        let of = |module: &'static Module| {
            module.exits.iter().map(|exit| Covered {
                module: module.name,
                exit: *exit,
                taken: self.is_taken(module, *exit),
            })
        };
        MODULES.iter().chain(OPERATIONS).flat_map(of).collect()
    }

    /// Every exit of every metaflow action.
    pub fn metaflow_rows(&self) -> Vec<Covered> {
        let of = |action: &'static Metaflow| {
            action.exits.iter().map(|exit| {
                let name = match exit {
                    Exit::Key(key) => key,
                    Exit::Replace => "leave",
                    _ => "stop",
                };
                let taken = self.metaflows.get(action.name).is_some_and(|exits| exits.contains(name));
                Covered { module: action.name, exit: *exit, taken }
            })
        };
        METAFLOWS.iter().flat_map(of).collect()
    }

    fn is_taken(&self, module: &Module, exit: Exit) -> bool {
        let Some(taken) = self.taken.get(module.name) else { return false };
        match exit {
            Exit::Key(key) => taken.contains(&format!("key {key}")),
            // A key that is no fixed one of the module was made at run time.
            Exit::Dynamic(_) => taken.iter().filter_map(|key| key.strip_prefix("key ")).any(|key| {
                !module.exits.iter().any(|other| matches!(other, Exit::Key(fixed) if *fixed == key))
            }),
            Exit::Stop => taken.contains("stop"),
            Exit::Branch => taken.contains("branch"),
            Exit::HardStop => taken.contains("hard stop"),
            Exit::Replace => taken.contains("replace"),
        }
    }
}

impl fmt::Display for Coverage {
    /// One line for each module, and for each operation entered: its exits, those not taken marked with `!`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows();
        let entered = OPERATIONS.iter().filter(|one| self.taken.contains_key(one.name));
        for module in MODULES.iter().chain(entered) {
            let own: Vec<&Covered> = rows.iter().filter(|row| row.module == module.name).collect();
            let covered = own.iter().filter(|row| row.taken).count();
            write!(out, "{:<20} {covered}/{}", module.name, own.len())?;
            for row in own {
                write!(out, "  {}{}", if row.taken { "" } else { "!" }, describe(row.exit))?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

fn describe(exit: Exit) -> String {
    match exit {
        Exit::Key(key) => key.to_owned(),
        Exit::Dynamic(by) => format!("<{by}>"),
        Exit::Stop => "stop".to_owned(),
        Exit::Branch => "branch".to_owned(),
        Exit::HardStop => "end".to_owned(),
        Exit::Replace => "replace".to_owned(),
    }
}
