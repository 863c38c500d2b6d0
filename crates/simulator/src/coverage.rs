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

    /// Adds what other calls took.
    pub fn merge(&mut self, other: Coverage) {
        for (mine, theirs) in [(&mut self.taken, other.taken), (&mut self.metaflows, other.metaflows)] {
            for (module, exits) in theirs {
                mine.entry(module).or_default().extend(exits);
            }
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

    /// A table of the actions, and of the operations entered: name, exits taken of those declared, and which; an exit that
    /// was not taken is marked with `!`.
    pub fn modules(&self) -> String {
        let mut rows = self.rows();
        rows.retain(|row| {
            let operation = OPERATIONS.iter().any(|one| one.name == row.module);
            !operation || self.taken.contains_key(row.module)
        });
        table("module", &rows)
    }

    /// The same table of the metaflow actions.
    pub fn metaflows(&self) -> String {
        table("metaflow", &self.metaflow_rows())
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
    /// The tables of modules and of metaflow actions.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}\n{}", self.modules(), self.metaflows())
    }
}

/// One line for each name, with the exits taken of those declared; one that was not taken is marked with `!`.
fn table(kind: &str, rows: &[Covered]) -> String {
    let mut lines = vec![format!("{kind:<30} covered  exits")];
    for own in rows.chunk_by(|one, next| one.module == next.module) {
        let covered = own.iter().filter(|row| row.taken).count();
        let name = own.first().map(|row| row.module).unwrap_or_default();
        let exits: Vec<String> = own
            .iter()
            .map(|row| format!("{}{}", if row.taken { "" } else { "!" }, describe(row.exit)))
            .collect();
        let covered = format!("{covered}/{}", own.len());
        lines.push(format!("{name:<30} {covered:<8} {}", exits.join("  ")));
    }
    let covered = rows.iter().filter(|row| row.taken).count();
    lines.push(format!("{:<30} {covered}/{}\n", "together", rows.len()));
    lines.join("\n")
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
