//! The output's destination: how wide it is, and whether it supports colours.

use std::env;
use std::io::{self, IsTerminal};

/// The width without a terminal, and the bounds of a terminal's width.
const WIDTH: usize = 100;
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=160;

#[derive(Clone, Copy)]
pub struct Style {
    pub width: usize,
    is_coloured: bool,
}

impl Style {
    pub fn of_stdout() -> Self {
        let is_terminal = io::stdout().is_terminal();
        let size = terminal_size::terminal_size().filter(|_| is_terminal);
        let width = size.map_or(WIDTH, |(width, _)| usize::from(width.0));
        Style {
            width: width.clamp(*WIDTHS.start(), *WIDTHS.end()),
            is_coloured: is_terminal
                && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        }
    }

    pub fn bold(self, text: &str) -> String {
        self.sgr(1, text)
    }

    pub fn red(self, text: &str) -> String {
        self.sgr(31, text)
    }

    fn sgr(self, code: u8, text: &str) -> String {
        match self.is_coloured {
            true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }
}
