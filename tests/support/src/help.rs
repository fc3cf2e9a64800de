//! What a program says about itself, in both languages.

/// The parts of what `--help` prints that have no Chinese: what the program is, its arguments, options
/// and commands. Those that are clap's own are left out.
pub fn untranslated(help: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut is_command = false;
    for line in help.lines() {
        let text = line.trim_start();
        let indentation = line.len() - text.len();
        is_command = (is_command && indentation > 0) || line.ends_with("Commands:");
        let is_described = indentation < 8 && text.starts_with(['-', '[', '<']);
        if is_described || is_command || line.starts_with("Usage:") {
            parts.push(String::new());
        }
        // What stands below a heading belongs to no part of its own.
        if !line.ends_with(':') || indentation > 0 {
            let part = parts.last_mut().expect("there is one");
            *part = format!("{part} {text}").trim().to_owned();
        }
    }
    let is_claps = |part: &str| {
        let claps = ["Usage:", "help ", "-h, --help", "-V, --version"];
        part.is_empty() || claps.iter().any(|begin| part.starts_with(begin))
    };
    parts.retain(|part| !is_claps(part) && !is_chinese(part));
    parts
}

/// Whether there is Chinese in it.
pub fn is_chinese(text: &str) -> bool {
    text.contains(|c| ('一'..='龥').contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_chinese_is_found() {
        let help = "\
Does something. 做些什么。

Usage: program [OPTIONS] [FILES]... [COMMAND]

Commands:
  health  Asks it. 查询。
  other   Asks nobody
  help    Print this message or the help of the given subcommand(s)

Arguments:
  [FILES]...
          The logs

Options:
      --http <HTTP>
          The address
          
          [default: 1]

      --lang
          The language. 语言。

  -h, --help
          Print help";
        let expected = ["other   Asks nobody", "[FILES]... The logs"];
        let option = "--http <HTTP> The address [default: 1]";
        assert_eq!(untranslated(help), [&expected[..], &[option]].concat());
        let short =
            "Does something\n\nUsage: a\n\nOptions:\n      --a  One. 一。\n      --b  Two\n";
        assert_eq!(untranslated(short), ["Does something", "--b  Two"]);
    }
}
