//! The command line, and environment variables as its alternative.

use clap::builder::Resettable;
use clap::{Arg, Command, Parser};

/// Reads the options of a program. If they are wrong, it prints the error and exits.
///
/// An empty variable counts as not set: compose files and unit files leave a variable out in this
/// way.
pub fn parse<P: Parser>() -> P {
    let command = without_empty_variables(P::command());
    let parsed = P::from_arg_matches(&command.get_matches());
    parsed.unwrap_or_else(|error| error.format(&mut P::command()).exit())
}

fn without_empty_variables(command: Command) -> Command {
    command
        .mut_args(without_empty_variable)
        .mut_subcommands(without_empty_variables)
}

fn without_empty_variable(option: Arg) -> Arg {
    let value = option.get_env().and_then(std::env::var_os);
    match value.is_some_and(|value| value.is_empty()) {
        true => option.env(Resettable::Reset),
        false => option,
    }
}
