//! Tables in Chinese. Text that `chinese.tsv` does not have stays unchanged: names of programs,
//! numbers.

/// English, a tab, Chinese. `{}` stands for any text, which is translated in turn. The first
/// matching line counts.
const WORDS: &str = include_str!("chinese.tsv");

/// Tables are translated cell by cell, other lines as a whole, commands not at all.
pub fn table(text: &str) -> String {
    let mut is_command = false;
    let mut translated = String::new();
    for line in text.lines() {
        is_command ^= line.starts_with("```");
        translated += &match line
            .strip_prefix("| ")
            .and_then(|row| row.strip_suffix(" |"))
        {
            Some(row) => format!("| {} |", cells(row)),
            None if is_command => line.to_owned(),
            None => phrase(line),
        };
        translated.push('\n');
    }
    translated
}

fn cells(row: &str) -> String {
    let cells: Vec<_> = row.split(" | ").map(phrase).collect();
    cells.join(" | ")
}

fn phrase(text: &str) -> String {
    let lines = WORDS.lines().filter_map(|line| line.split_once('\t'));
    let mut fitting = lines.filter_map(|(english, chinese)| Some((parts(english, text)?, chinese)));
    let Some((parts, chinese)) = fitting.next() else {
        return text.to_owned();
    };
    let mut translated = chinese.to_owned();
    for part in parts {
        translated = translated.replacen("{}", &phrase(part), 1);
    }
    translated
}

/// The texts in place of the pattern's `{}`, if the text matches.
fn parts<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut literals = pattern.split("{}");
    let mut rest = text.strip_prefix(literals.next()?)?;
    let mut found = Vec::new();
    let mut literals = literals.peekable();
    while let Some(literal) = literals.next() {
        let is_last = literals.peek().is_none();
        let (part, behind) = match is_last {
            true => (rest.strip_suffix(literal)?, ""),
            false => rest.split_once(literal)?,
        };
        found.push(part);
        rest = behind;
    }
    rest.is_empty().then_some(found)
}
