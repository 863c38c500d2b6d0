//! The interpreter of one run: what is in it, what it may use, and the order of a run.
//!
//! A source is one of two things. A single function expression, `function (doc, req) { ... }`, is called as CouchDB
//! calls a show function: with `null` and a request whose `query` has the call's members. Anything else is a program
//! that defines a function `main`, called with the object `call`. Left out of the interpreter: dates (their clock and
//! zone are the machine's), proxies, typed arrays, weak references; there were never files, network or modules.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use engine::script::{Script, ScriptEnd, ScriptError, ScriptFault};
use rquickjs::context::{EvalOptions, intrinsic};
use rquickjs::function::{Args, Func};
use rquickjs::{Context, Ctx, Function, Object, Runtime, Value};
use serde_json::Value as Json;

use crate::bounds::{
    FUEL, LOG_LINE_CHARS_MAX, LOG_LINES_MAX, MEMORY_BYTES, NAME_BYTES_MAX, RESULT_BYTES_MAX,
    SOURCE_BYTES_MAX, STACK_BYTES, STEPS_PER_REPORT, VARIABLE_BYTES_MAX, VARIABLES_MAX,
};
use crate::fault::{self, SOURCE_NAME};

const PRELUDE: &str = include_str!("prelude.js");

/// What is in the interpreter.
type Built = (
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::MapSet,
    intrinsic::Promise,
);

/// Runs a script to its end.
pub(crate) fn run(script: &Script) -> ScriptEnd {
    let said = Rc::new(RefCell::new(ScriptEnd {
        result: Ok(Json::Null),
        variables: Default::default(),
        channel: Default::default(),
        log: Vec::new(),
    }));
    let result = Sandbox::new().and_then(|sandbox| sandbox.run(script, &said));
    let mut end = Rc::try_unwrap(said).map_or_else(|said| said.borrow().clone(), RefCell::into_inner);
    if result.is_err() {
        end.variables.clear();
        end.channel.clear();
    }
    end.result = result;
    end
}

/// Reads a source without running it.
pub(crate) fn check(source: &str) -> Result<(), ScriptError> {
    let sandbox = Sandbox::new()?;
    sandbox.context.with(|ctx| form(&ctx, source, &sandbox.fuel).map(|_| ()))
}

struct Sandbox {
    context: Context,
    fuel: Rc<Cell<u64>>,
}

/// What a source is.
enum Form {
    /// One expression, without the semicolon at its end.
    Expression,
    /// Statements.
    Program,
}

impl Sandbox {
    fn new() -> Result<Sandbox, ScriptError> {
        let broken = |error: rquickjs::Error| ScriptError::new(ScriptFault::Runner, error.to_string());
        let runtime = Runtime::new().map_err(broken)?;
        let context = Context::custom::<Built>(&runtime).map_err(broken)?;
        runtime.set_memory_limit(MEMORY_BYTES);
        runtime.set_max_stack_size(STACK_BYTES);
        let fuel = Rc::new(Cell::new(FUEL));
        let left = Rc::clone(&fuel);
        runtime.set_interrupt_handler(Some(Box::new(move || {
            left.set(left.get().saturating_sub(STEPS_PER_REPORT));
            left.get() == 0
        })));
        Ok(Sandbox { context, fuel })
    }

    fn run(&self, script: &Script, said: &Rc<RefCell<ScriptEnd>>) -> Result<Json, ScriptError> {
        self.context.with(|ctx| {
            let form = form(&ctx, &script.source, &self.fuel)?;
            let shift = if matches!(form, Form::Expression) { 1 } else { 0 };
            let text = self
                .evaluate(&ctx, script, &form, said)
                .map_err(|error| fault::of_error(&ctx, &error, self.fuel.get() == 0, shift))?;
            let text = text.ok_or_else(|| {
                let message = "the script is no function and defines no function `main`";
                ScriptError::new(ScriptFault::Syntax, message)
            })?;
            if text.len() > RESULT_BYTES_MAX {
                return Err(ScriptError::new(ScriptFault::Result, "the script returns too much"));
            }
            serde_json::from_str(&text).map_err(|error| {
                ScriptError::new(ScriptFault::Result, format!("no JSON is returned: {error}"))
            })
        })
    }

    /// What the script returns as JSON text; `None` when there is nothing to call.
    fn evaluate(
        &self,
        ctx: &Ctx<'_>,
        script: &Script,
        form: &Form,
        said: &Rc<RefCell<ScriptEnd>>,
    ) -> rquickjs::Result<Option<String>> {
        let facts: Value<'_> = ctx.json_parse(script.call.to_string())?;
        let query: Value<'_> = ctx.json_parse(script.query.to_string())?;
        let prelude: Function<'_> = ctx.eval(PRELUDE)?;
        let request: Object<'_> =
            prelude.call((facts.clone(), query, Func::from(host(said)), Func::from(random(script.seed))))?;
        let source = script.source.as_str();
        let main: Value<'_> = match form {
            Form::Expression => ctx.eval_with_options(format!("({}\n)", bare(source)), options())?,
            Form::Program => {
                let _: Value<'_> = ctx.eval_with_options(source, options())?;
                ctx.eval("typeof main === 'function' ? main : undefined")?
            }
        };
        let Some(function) = main.as_function() else { return Ok(None) };
        let is_main =
            matches!(form, Form::Program) || function.get("name").is_ok_and(|name: String| name == "main");
        let mut args = Args::new(ctx.clone(), 2);
        if is_main {
            args.push_arg(facts)?;
        } else {
            args.push_arg(Value::new_null(ctx.clone()))?;
            args.push_arg(request)?;
        }
        let returned: Value<'_> = function.call_arg(args)?;
        let text = ctx.json_stringify(returned)?;
        Ok(Some(match text {
            Some(text) => text.to_string()?,
            None => "null".to_owned(),
        }))
    }
}

/// Finds out what a source is, without running it.
fn form(ctx: &Ctx<'_>, source: &str, fuel: &Cell<u64>) -> Result<Form, ScriptError> {
    if source.len() > SOURCE_BYTES_MAX {
        let message = format!("the source is longer than {SOURCE_BYTES_MAX} bytes");
        return Err(ScriptError::new(ScriptFault::Syntax, message));
    }
    // Within a function that nobody calls, a source is only read.
    let read = |before: &str, source: &str, after: &str| {
        let read: rquickjs::Result<Value<'_>> =
            ctx.eval_with_options(format!("{before}{source}\n{after}"), options());
        let shift = u32::try_from(before.len()).unwrap_or(0);
        read.map(|_| ()).map_err(|error| fault::of_error(ctx, &error, fuel.get() == 0, shift))
    };
    let Err(as_expression) = read("(function(){return(", bare(source), ")})") else {
        return Ok(Form::Expression);
    };
    match read("(function(){", source, "})") {
        Ok(()) => Ok(Form::Program),
        // A function without a name is no statement, and its own fault is behind that.
        Err(as_program)
            if (as_expression.line, as_expression.column) > (as_program.line, as_program.column) =>
        {
            Err(as_expression)
        }
        Err(as_program) => Err(as_program),
    }
}

/// A source without semicolons and space at its end.
fn bare(source: &str) -> &str {
    source.trim_end_matches(|letter: char| letter == ';' || letter.is_whitespace())
}

fn options() -> EvalOptions {
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(SOURCE_NAME.to_owned());
    options
}

/// What `call.setVariable`, `call.setChannelVariable` and `call.log` do. Gives a refusal, or `None`.
fn host(said: &Rc<RefCell<ScriptEnd>>) -> impl Fn(String, String, String) -> Option<String> + 'static {
    let said = Rc::clone(said);
    move |kind, name, value| {
        let mut end = said.borrow_mut();
        if kind == "log" {
            if end.log.len() < LOG_LINES_MAX {
                end.log.push(name.chars().take(LOG_LINE_CHARS_MAX).collect());
            }
            return None;
        }
        if name.is_empty() || name.len() > NAME_BYTES_MAX {
            return Some("a variable has a name, of 256 bytes at most".to_owned());
        }
        if value.len() > VARIABLE_BYTES_MAX {
            return Some(format!("the value of a variable has {VARIABLE_BYTES_MAX} bytes at most"));
        }
        if end.variables.len() + end.channel.len() >= VARIABLES_MAX {
            return Some(format!("a script sets {VARIABLES_MAX} variables at most"));
        }
        let value = serde_json::from_str(&value).unwrap_or(Json::Null);
        let variables = if kind == "channel" { &mut end.channel } else { &mut end.variables };
        variables.insert(name, value);
        None
    }
}

/// Random numbers from 0 up to 1, the same for the same seed (SplitMix64).
fn random(seed: u64) -> impl Fn() -> f64 + 'static {
    let state = Cell::new(seed);
    move || {
        state.set(state.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mixed = state.get();
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn script(source: &str) -> Script {
        let call = json!({"id": "c1", "caller": {"number": "+15551234567"}, "variables": {"vip": "no"}, "channel": {}});
        Script { source: source.to_owned(), call, query: json!({"From": "alice"}), seed: 7 }
    }

    fn result(source: &str) -> Result<Json, ScriptError> {
        run(&script(source)).result
    }

    fn error(source: &str) -> ScriptError {
        result(source).unwrap_err()
    }

    #[test]
    fn both_styles_give_their_result() {
        let sources = [
            "function (doc, req) { return {module: req.query.From, doc: doc}; }",
            "// by caller\n(doc, req) => ({module: req.query.From, doc})",
            "function (doc, req) { return {module: req.query.From, doc: doc}; };\n",
            "function main(call) { return {module: 'alice', doc: null}; }",
            "const who = 'alice'; const main = (call) => ({module: who, doc: null});",
        ];
        for source in sources {
            assert_eq!(result(source), Ok(json!({"module": "alice", "doc": null})), "{source}");
        }
        assert_eq!(result("function main(call) {}"), Ok(Json::Null));
        assert_eq!(result("function main(call) { return call.caller.number.slice(0, 2); }"), Ok(json!("+1")));
    }

    #[test]
    fn what_is_no_function_is_a_fault_of_the_source() {
        for source in ["", "42", "function helper() {} const x = 1;"] {
            assert_eq!(error(source).fault, ScriptFault::Syntax, "{source}");
        }
    }

    #[test]
    fn errors_tell_line_and_column() {
        let at = |source: &str| {
            let error = error(source);
            (error.fault, error.line.unwrap(), error.column.unwrap())
        };
        assert_eq!(at("function main(call) {\n  return nobody;\n}"), (ScriptFault::Thrown, 2, 10));
        assert_eq!(at("function (doc, req) { return nobody; }"), (ScriptFault::Thrown, 1, 30));
        assert_eq!(at("function main(call) {\n  retrun 5;\n}"), (ScriptFault::Syntax, 2, 10));
        assert_eq!(at("function (doc, req) {\n\n  if (x { }\n}"), (ScriptFault::Syntax, 3, 9));
        let thrown = error("function main() { throw 'no ' + 'way'; }");
        assert_eq!((thrown.fault, thrown.message.as_str()), (ScriptFault::Thrown, "the script threw no way"));
        let object =
            error("function main() { throw { get message() { throw 1 }, toString() { throw 2 } }; }");
        assert_eq!(object.fault, ScriptFault::Thrown);
    }

    #[test]
    fn endless_scripts_are_out_of_fuel() {
        let endless = [
            "function main() { for (;;) {} }",
            "function main() { for (;;) { try { for (;;) {} } catch (error) {} } }",
            "function main() { let n = 0; for (;;) { n = [1, 2, 3].map((x) => x + n).length; } }",
            "function main() { return /(x+x+)+y/.test('x'.repeat(40)); }",
            "function main() { return { toJSON() { for (;;) {} } }; }",
            "for (;;) {}",
        ];
        for source in endless {
            assert_eq!(error(source).fault, ScriptFault::Fuel, "{source}");
        }
        assert_eq!(
            error("function main() { throw { get message() { for (;;) {} } } }").fault,
            ScriptFault::Thrown
        );
    }

    #[test]
    fn fuel_is_counted_in_steps() {
        let steps = |count: u64| {
            result(&format!("function main() {{ for (let i = 0; i < {count}; i++) {{}} return 1; }}"))
        };
        // A turn of a loop may count as two steps.
        assert_eq!(steps(FUEL / 2 - 2 * STEPS_PER_REPORT), Ok(json!(1)));
        assert_eq!(steps(FUEL + STEPS_PER_REPORT).unwrap_err().fault, ScriptFault::Fuel);
    }

    #[test]
    fn memory_is_bounded() {
        let greedy = [
            "function main() { const all = []; for (;;) all.push('x'.repeat(100000) + all.length); }",
            "function main() { return 'x'.repeat(500000000); }",
            "function main() { const all = []; for (let i = 0; ; i++) all.push({ i }); }",
            "function main() { return new Array(100000000).fill(0); }",
        ];
        for source in greedy {
            assert_eq!(error(source).fault, ScriptFault::Memory, "{source}");
        }
        assert_eq!(error("function main() { return 'x'.repeat(2000000); }").fault, ScriptFault::Result);
    }

    #[test]
    fn recursion_is_bounded() {
        assert_eq!(error("function main() { return main(); }").fault, ScriptFault::Stack);
        let nested = format!("function main() {{ return {}1{}; }}", "[".repeat(50_000), "]".repeat(50_000));
        assert!(matches!(
            error(&nested).fault,
            ScriptFault::Stack | ScriptFault::Syntax | ScriptFault::Memory
        ));
        let deep = "function main() { let x = []; for (let i = 0; i < 100000; i++) x = [x]; return x; }";
        assert!(result(deep).is_err());
    }

    #[test]
    fn nothing_reaches_outside_and_nothing_is_random() {
        let absent = [
            "Date",
            "Proxy",
            "WeakRef",
            "performance",
            "require",
            "process",
            "std",
            "os",
            "fetch",
            "setTimeout",
            "Uint8Array",
        ];
        for name in absent {
            let source = format!("function main() {{ return typeof {name}; }}");
            assert_eq!(result(&source), Ok(json!("undefined")), "{name}");
        }
        assert!(result("function main() { return import('std'); }").is_ok_and(|value| value == json!({})));
        let drawn = "function main() { return [Math.random(), Math.random()]; }";
        let first = result(drawn).unwrap();
        assert_eq!(result(drawn).unwrap(), first);
        assert_ne!(first[0], first[1]);
        assert!((0.0..1.0).contains(&first[0].as_f64().unwrap()));
    }

    #[test]
    fn variables_and_lines_come_back_and_a_failure_sets_nothing() {
        let source = "function main(call) {
            call.setVariable('vip', {level: 2});
            call.setChannelVariable('Call-Priority', 5);
            call.log('level', call.variables.vip);
            console.log('was', call.channel['Call-Priority']);
            if (call.variables.stop) throw new Error('stopped');
            return 'vip';
        }";
        let end = run(&script(source));
        assert_eq!(end.result, Ok(json!("vip")));
        assert_eq!(end.variables["vip"], json!({"level": 2}));
        assert_eq!(end.channel["Call-Priority"], json!(5));
        assert_eq!(end.log, [r#"level {"level":2}"#, "was 5"]);
        let mut failing = script(source);
        failing.call["variables"]["stop"] = json!(true);
        let end = run(&failing);
        assert_eq!(end.result.as_ref().map_err(|error| error.message.as_str()), Err("Error: stopped"));
        assert!(end.variables.is_empty() && end.channel.is_empty());
        assert_eq!(end.log.len(), 2);
    }

    #[test]
    fn what_a_script_may_set_is_bounded() {
        assert_eq!(error("function main(call) { call.setVariable('', 1); }").fault, ScriptFault::Thrown);
        let many = "function main(call) { for (let i = 0; i < 1000; i++) call.setVariable('v' + i, i); }";
        assert!(error(many).message.contains("200 variables"));
        let long = "function main(call) { call.setVariable('v', 'x'.repeat(100000)); }";
        assert!(error(long).message.contains("bytes at most"));
        let lines = run(&script(
            "function main(call) { for (let i = 0; i < 1000; i++) call.log('x'.repeat(1000)); }",
        ));
        assert_eq!((lines.log.len(), lines.log[0].len()), (LOG_LINES_MAX, LOG_LINE_CHARS_MAX));
    }

    #[test]
    fn a_source_is_checked_without_being_run() {
        assert_eq!(check("for (;;) {} function main() {}"), Ok(()));
        assert_eq!(check("function (doc, req) { return 1 }"), Ok(()));
        let error = check("function main(call) {\n  return call.;\n}").unwrap_err();
        assert_eq!((error.fault, error.line), (ScriptFault::Syntax, Some(2)));
        assert_eq!(check(&"/".repeat(SOURCE_BYTES_MAX + 1)).unwrap_err().fault, ScriptFault::Syntax);
    }
}
