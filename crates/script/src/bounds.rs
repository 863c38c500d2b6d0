//! The bounds of a script (`docs/limits.md`).

/// Steps a script may take. The interpreter counts calls and turns of loops, and reports each ten thousand of them.
pub const FUEL: u64 = 5_000_000;

/// Steps between two reports of the interpreter.
pub(crate) const STEPS_PER_REPORT: u64 = 10_000;

/// Memory of one run, the interpreter's own 300 KB included.
pub const MEMORY_BYTES: usize = 16 << 20;

/// The machine's stack that a script's calls may use.
pub(crate) const STACK_BYTES: usize = 256 << 10;

/// Longest source.
pub const SOURCE_BYTES_MAX: usize = 256 << 10;

/// Largest result, as JSON.
pub const RESULT_BYTES_MAX: usize = 1 << 20;

/// Variables a run may set, application and channel variables together.
pub const VARIABLES_MAX: usize = 200;

/// Largest value of a variable, as JSON.
pub(crate) const VARIABLE_BYTES_MAX: usize = 16 << 10;

/// Longest name of a variable.
pub(crate) const NAME_BYTES_MAX: usize = 256;

/// Lines a run may write to the trace.
pub const LOG_LINES_MAX: usize = 50;

/// Longest line.
pub(crate) const LOG_LINE_CHARS_MAX: usize = 500;

/// Longest message of an error.
pub(crate) const MESSAGE_CHARS_MAX: usize = 300;
