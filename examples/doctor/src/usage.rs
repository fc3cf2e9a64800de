//! The command line's errors. clap reports them in English; this does the same in Chinese, if that
//! was chosen.

use std::env;
use std::process;

use clap::Parser;
use clap::error::{ContextKind, ErrorKind};

use crate::options::Options;

/// The exit code of wrong usage.
const WRONG: i32 = 2;

/// Ends the program with the error, or with the help that was requested.
pub fn parse() -> Options {
    Options::try_parse().unwrap_or_else(|error| {
        let arguments = env::args_os().map(|argument| argument.to_string_lossy().into_owned());
        let chinese = Some(&error)
            .filter(|_| is_chinese(arguments))
            .and_then(chinese);
        if let Some(text) = chinese {
            eprintln!("doctor: {text}；用法见 --help");
            process::exit(WRONG);
        }
        error.exit()
    })
}

/// Whether the arguments ask for Chinese, whatever else is wrong with them.
fn is_chinese(arguments: impl Iterator<Item = String>) -> bool {
    let all: Vec<_> = arguments.collect();
    let is_apart = all.windows(2).any(|two| two == ["--lang", "zh"]);
    is_apart || all.iter().any(|argument| argument == "--lang=zh")
}

/// `None` for help and version, and for errors that these options cannot have.
fn chinese(error: &clap::Error) -> Option<String> {
    let context = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let option = context(ContextKind::InvalidArg);
    let value = context(ContextKind::InvalidValue);
    Some(match error.kind() {
        ErrorKind::UnknownArgument => format!("没有选项 {option}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("{option} 缺少值"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            format!("{option} 的值 {value} 无效")
        }
        ErrorKind::ArgumentConflict => match context(ContextKind::PriorArg) {
            prior if prior == option => format!("{option} 不能重复"),
            prior => format!("{option} 不能与 {prior} 同时使用"),
        },
        ErrorKind::MissingRequiredArgument => format!("缺少 {option}"),
        _ => return None,
    })
}
