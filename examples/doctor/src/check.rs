//! `--uid`: would this user be accepted now? Needs no log.

use std::io::{self, BufRead, Write};

use wukongim_auth::diagnosis::Language;
use wukongim_auth::{DeviceFlag, DeviceFlags};

use crate::ask::{Devices, Held, Server, Verdict, would_pass};
use crate::options::Options;
use crate::print::{fix, text};
use crate::show;

/// Whether the user would be accepted, under every given flag, or under any flag if none was given.
pub fn run(
    options: &Options,
    uid: &str,
    mut server: Server,
    out: &mut impl Write,
) -> io::Result<bool> {
    let language = options.lang.into();
    let devices = &server.devices(uid).map_err(|error| error.problem)?;
    let token = match options.token_stdin {
        true => Some(first_line()?),
        false => options.token.clone(),
    };
    let flags = match options.device_flag {
        Some(flag) => DeviceFlags::NONE.with(flag.into()),
        None => devices
            .flags(|_| true)
            .iter()
            .fold(DeviceFlags::CLIENTS, DeviceFlags::with),
    };
    let mut passes = false;
    for flag in flags.iter() {
        passes |= match &token {
            Some(token) if options.manager_token.as_ref() == Some(token) => {
                say_no(out, flag, &crate::find::labelled("manager_token"), language)?;
                false
            }
            Some(token) => with_token(out, devices, flag, token, language)?,
            None => registered(out, devices, flag, options.reveal, language)?,
        };
    }
    out.flush()?;
    Ok(passes)
}

fn with_token(
    out: &mut impl Write,
    devices: &Devices,
    flag: DeviceFlag,
    token: &str,
    language: Language,
) -> io::Result<bool> {
    match would_pass(devices, flag, token) {
        Verdict::Yes => {
            writeln!(out, "{}  {}", name(flag), text::YES.of(language))?;
            return Ok(true);
        }
        Verdict::Unknown => writeln!(out, "{}  {}", name(flag), text::HIDDEN.of(language))?,
        Verdict::No(cause) => say_no(out, flag, &cause, language)?,
    }
    Ok(false)
}

fn say_no(
    out: &mut impl Write,
    flag: DeviceFlag,
    cause: &crate::line::Proven,
    language: Language,
) -> io::Result<()> {
    let no = text::NO.of(language);
    let meaning = text::cause(cause.label).of(language);
    writeln!(out, "{}  {no} {}: {meaning}", name(flag), cause.label)?;
    let fix = fix::of(cause, Some(flag), language);
    writeln!(out, "    {} {fix}", text::FIX.of(language))
}

/// Without a token, it only says what is registered.
fn registered(
    out: &mut impl Write,
    devices: &Devices,
    flag: DeviceFlag,
    reveal: bool,
    language: Language,
) -> io::Result<bool> {
    let held = devices.under(flag).map(|device| &device.held);
    let text = match held {
        None => text::NONE.of(language).to_owned(),
        Some(Held::Cleared) => text::CLEARED.of(language).to_owned(),
        Some(Held::Hidden) => text::HIDDEN.of(language).to_owned(),
        Some(Held::Token(token) | Held::Fingerprint(token)) => {
            show::token(Some(token), reveal).unwrap_or_default()
        }
    };
    writeln!(out, "{}  {text}", name(flag))?;
    Ok(!matches!(held, None | Some(Held::Cleared)))
}

/// `1 (WEB)`, or the number of a flag without a name.
fn name(flag: DeviceFlag) -> String {
    let (number, name) = (u8::from(flag), flag.to_string());
    match name == number.to_string() {
        true => name,
        false => format!("{number} ({name})"),
    }
}

fn first_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
