//! What can be typed: the verbs and what they share. Each verb's own arguments stand in its file in `commands`.

use clap::{Parser, Subcommand};

use crate::commands::{
    check::CheckArgs, config::ConfigArgs, convert::ConvertArgs, draw::DrawArgs, explore::ExploreArgs,
    export::ExportArgs, feature_codes::FeatureCodesArgs, import::ImportArgs, modules::ModulesArgs,
    report::ReportArgs, schema::SchemaArgs, serve::ServeArgs, simulate::SimulateArgs, test::TestArgs,
    why::WhyArgs,
};
use crate::dial::DialArgs;

/// Stores, checks, versions, draws, tests and runs call flows.
///
/// Without a command it serves: see `strowger serve --help`.
#[derive(Debug, Parser)]
#[command(name = "strowger", version, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// Print JSON for programs instead of text for people.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What to do; `serve` when nothing is said.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// What `serve` takes can stand without it.
    #[command(flatten)]
    pub(crate) serve: ServeArgs,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Answer calls and serve the HTTP interface (the default command)
    Serve(ServeArgs),
    /// Place a test call to a running server
    Dial(DialArgs),
    /// Find faults in account folders and documents
    Check(CheckArgs),
    /// Draw call flows
    Draw(DrawArgs),
    /// Draw how calls flow in another system
    Report(ReportArgs),
    /// Tell everything that can ring a number of a snapshot
    Why(WhyArgs),
    /// Make an account folder from another system's configuration
    Convert(ConvertArgs),
    /// Run one call in a virtual world and show what happens
    Simulate(SimulateArgs),
    /// Run scenarios
    Test(TestArgs),
    /// Make many random calls and check what must always hold
    Explore(ExploreArgs),
    /// Put an account folder into the database
    Import(ImportArgs),
    /// Write an account of the database as a folder
    Export(ExportArgs),
    /// Give an account the shipped star codes
    FeatureCodes(FeatureCodesArgs),
    /// List the modules that flows are made of
    Modules(ModulesArgs),
    /// Print the JSON Schema of a kind of document or of a module's data
    Schema(SchemaArgs),
    /// Print the configuration in effect, and where each value comes from
    Config(ConfigArgs),
    /// Run the scripts of calls (started by the server itself)
    #[command(hide = true)]
    RunScripts,
}

const EXIT_CODES: &str = "Exit codes: 0 all is well, 1 faults found or tests failed, 2 wrong usage, 3 done with part of the data missing, 65 wrong input, \
66 missing input, 69 something needed is not available, 70 our fault, 73 output not writable, 74 I/O failed, 78 wrong configuration.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn json_may_stand_before_the_command() {
        let cli = Cli::try_parse_from(["strowger", "--json", "modules"]).unwrap();
        assert!(cli.json && cli.command.is_some() && cli.serve == ServeArgs::default());
        let cli = Cli::try_parse_from(["strowger", "--sip", "off", "modules"]).unwrap();
        assert_eq!(crate::commands::run(cli).unwrap_err().code, crate::fault::Exit::Usage);
    }

    #[test]
    fn serving_is_the_default() {
        let cli = Cli::try_parse_from(["strowger", "--flows", "bench", "--json"]).unwrap();
        assert!(cli.command.is_none() && cli.json);
        assert_eq!(cli.serve.settings.flows.as_deref(), Some("bench"));
    }
}
