// What has to hold for what the doctor reads: a line, and a whole log.
//
// Input: mode, then bytes. An even mode takes them as a line. An odd one writes a line of upstream's v1
// around them, with them in its `conn` part, as a text or (in early v2) an object: it is not filled
// in yet when the line is written, so nothing may be read from it. Three modes make a log of them: any
// bytes in any chunks; an object over several lines; a line in wrappers, in a period of time.

use std::io::{self, Read};

use line::{Entry, Failure, Origin, Told, What, parse};
use period::Period;
use scan::{Extent, Found, Source, WINDOW, Words};

include!("input.rs");

#[path = "../../examples/doctor/src/line/mod.rs"]
#[allow(dead_code, reason = "the program uses all of it")]
mod line;
#[path = "../../examples/doctor/src/period.rs"]
#[allow(dead_code, reason = "the program uses all of it")]
mod period;
#[path = "../../examples/doctor/src/scan/mod.rs"]
#[allow(dead_code, reason = "the program uses all of it")]
mod scan;

fn doctor(data: &[u8]) {
    let mut input = Input(data);
    match input.byte() {
        2 => any_log(&mut input),
        4 => object_over_lines(&mut input),
        6 => wrapped_in_a_period(&mut input),
        mode if mode % 2 == 1 => line_of_v1(&mut input),
        _ => {
            any_line(&String::from_utf8_lossy(&input.runs(1 << 16)));
        }
    }
}

/// A pure function; what it makes of a line it finds by words for which no other line is read, and
/// is no longer than the line.
fn any_line(text: &str) -> Vec<Entry> {
    let entries = parse(text);
    assert_eq!(entries, parse(text));
    // No logger colours or escapes a part of a word; such a line may be skipped unread.
    let is_plain = !text.contains(['\u{1b}', '\\', '^', '#', '"']);
    let is_of_interest = line::needles().any(|needle| text.contains(needle));
    assert!(entries.is_empty() || is_of_interest || !is_plain);
    for entry in &entries {
        if let What::Failure(failure) = &entry.what {
            bounded(failure, text.len());
        }
    }
    entries
}

fn bounded(failure: &Failure, most: usize) {
    let texts = [&failure.uid, &failure.expected, &failure.actual];
    for text in texts.into_iter().flatten() {
        assert!(text.len() <= most);
    }
    match &failure.told {
        Told::Ambiguous(candidates) => assert!((1..=5).contains(&candidates.len())),
        // No line of upstream's tells a cause.
        Told::Cause(_) => assert_eq!(failure.origin, Origin::Own),
        _ => {}
    }
}

/// As v1 writes it, pasted from its middle on, behind a time, wrapped by Docker, in an array of
/// another shipper's objects, in CSV, and coloured.
const FORMS: u8 = 7;

fn line_of_v1(input: &mut Input<'_>) {
    let form = input.byte() % FORMS;
    let tokens = [
        "",
        "xxxx",
        "5f1d3cb0a7e94f0c8f6f1f0b6c1d2e3f",
        "\"quoted\"\n",
        "【x】token is empty",
    ];
    let (expected, actual) = (input.pick(&tokens), input.pick(&tokens));
    let is_object = input.chance();
    let write = |conn: &str| {
        let json = |text: &str| serde_json::Value::from(text).to_string();
        let conn = match is_object {
            true => serde_json::json!({ "uid": conn, "deviceFlag": conn.len(), "actToken": conn }),
            false => conn.into(),
        };
        let line = format!(
            r#"{{"level":"error","time":"2024-04-11 08:12:09","msg":"【Processor】token verify fail","expectToken":{},"actToken":{},"conn":{}}}"#,
            json(expected),
            json(actual),
            conn,
        );
        match form {
            0 => line,
            1 => format!("…{}", line.split_once("msg\":\"").unwrap().1),
            2 => format!("2024/04/11 08:12:09 {line}"),
            3 => format!(r#"{{"log":{},"stream":"stderr"}}"#, json(&(line + "\n"))),
            4 => format!(r#"[{{"a":{{"b":{}}},"time":1712823129}}]"#, json(&line)),
            5 => format!(r#""x","{}""#, line.replace('"', "\"\"")),
            _ => line.replace(
                "token verify fail",
                "\u{1b}[01;31m\u{1b}[Ktoken verify fail\u{1b}[m",
            ),
        }
    };
    let unfilled = "Conn[6] uid= fd={28} deviceFlag=APP deviceLevel=Slave deviceID=";
    let mut entries = any_line(&write(unfilled));
    assert_eq!(entries.len(), 1, "upstream's own line");
    let entry = entries.remove(0);
    let What::Failure(failure) = &entry.what else {
        panic!("{entry:?}");
    };
    assert_eq!((failure.origin, &failure.told), (Origin::V1, &Told::Tokens));
    assert_eq!((&failure.uid, failure.device_flag), (&None, None));
    assert_eq!(failure.expected.as_deref(), Some(expected));
    assert_eq!(failure.actual.as_deref(), Some(actual));
    let filled = String::from_utf8_lossy(&input.runs(1 << 12)).into_owned();
    assert_eq!(any_line(&write(&filled)), [entry], "{filled}");
}

/// A log that comes as it likes.
struct Chunks {
    log: Vec<u8>,
    read: usize,
    sizes: Vec<u8>,
}

impl Read for Chunks {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let rest = &self.log[self.read..];
        let size = match self.sizes.as_slice() {
            [] => rest.len(),
            sizes => 1 + usize::from(sizes[self.read % sizes.len()]),
        };
        let len = size.min(rest.len()).min(out.len());
        out[..len].copy_from_slice(&rest[..len]);
        self.read += len;
        Ok(len)
    }
}

fn found_in(log: &[u8], sizes: &[u8], window: usize) -> (Vec<Found>, Extent) {
    thread_local!(static WORDS: Words = Words::new());
    let chunks = Chunks {
        log: log.to_vec(),
        read: 0,
        sizes: sizes.to_vec(),
    };
    let mut source = Source::new(Box::new(chunks), window);
    let mut found = Vec::new();
    WORDS.with(|words| {
        while let Some(one) = source.next(words).expect("reading never fails") {
            found.push(one);
        }
    });
    (found, source.extent())
}

/// What is found does not depend on the chunks in which the log came; every line is counted; places
/// stand in the log, one after the other.
fn any_log(input: &mut Input<'_>) {
    let window = 128 << (input.byte() % 4);
    let sizes = [input.byte(), input.byte(), input.byte()];
    let log = input.runs(1 << 14);
    let at_once = found_in(&log, &[], window);
    assert_eq!(found_in(&log, &sizes, window), at_once);
    let (found, extent) = at_once;
    let newlines = log.iter().filter(|byte| **byte == b'\n').count();
    let is_open = log.last().is_some_and(|last| *last != b'\n');
    let lines = (newlines + usize::from(is_open)) as u64;
    assert_eq!(extent.lines, lines);
    assert!(extent.json + extent.gin <= lines);
    let places: Vec<_> = found.iter().filter_map(|found| found.line).collect();
    assert!(places.is_sorted() && places.iter().all(|line| (1..=lines).contains(line)));
    // A line that is read as a whole says what it says by itself.
    if newlines == 0 && log.len() < window {
        let entries: Vec<_> = found.into_iter().flat_map(|found| found.entries).collect();
        if let Ok(line) = std::str::from_utf8(&log) {
            assert!(
                entries.is_empty() || entries == parse(line.strip_suffix('\r').unwrap_or(line))
            );
        }
    }
}

/// Whatever stands before and behind it, and however it is laid out.
fn object_over_lines(input: &mut Input<'_>) {
    const BEFORE: [&str; 6] = ["", "started\n", "{\n", "{\"a\":1}\n", "[\n", "]\n}\n"];
    const BEHIND: [&str; 6] = ["", "\nstopped", "\n{", "\n]", ",\n{\"a\": 1", "\n[GIN] x"];
    let (before, behind) = (input.pick(&BEFORE), input.pick(&BEHIND));
    let end = input.pick(&["\n", "\r\n"]);
    let sizes = [input.byte(), input.byte()];
    let is_wrapped = input.chance();
    let filler = String::from_utf8_lossy(&input.runs(1 << 10)).into_owned();
    let line = serde_json::json!({
        "level": "error", "time": "2026-04-23T09:00:01.25+08:00", "msg": "【handler】token verify fail",
        "uid": "alice", "sourceNodeId": 1001, "expectToken": "aaaa", "actToken": "bbbb", "conn": filler,
    });
    let expected = parse(&line.to_string());
    assert!(matches!(
        &expected[..],
        [Entry {
            what: What::Failure(_),
            ..
        }]
    ));
    let object = match is_wrapped {
        true => serde_json::json!({ "labels": { "app": "im" }, "jsonPayload": line }),
        false => line,
    };
    let pretty = serde_json::to_string_pretty(&object).expect("an object");
    let log = format!("{before}{pretty}{behind}\n").replace('\n', end);
    let (found, _) = found_in(log.as_bytes(), &sizes, WINDOW);
    let entries: Vec<_> = found.into_iter().flat_map(|found| found.entries).collect();
    assert_eq!(entries, expected, "{log}");
}

/// A failure is of a period exactly if its time is.
fn wrapped_in_a_period(input: &mut Input<'_>) {
    let [at, since, until] = [(); 3].map(|()| input.number() % 3_600);
    let time = |second: usize| format!("2026-04-23T09:{:02}:{:02}+08:00", second / 60, second % 60);
    let mut log = format!(
        r#"{{"time":"{}","msg":"【handler】token is empty","uid":"alice"}}"#,
        time(at)
    );
    for _ in 0..input.byte() % 4 {
        let text = serde_json::Value::from(log.as_str()).to_string();
        log = match input.byte() % 5 {
            0 => format!(r#"{{"log":{text},"stream":"stderr"}}"#),
            1 => format!(r#"{{"events":[{{"timestamp":1,"message":{text}}}]}}"#),
            2 => format!(r#"[[{text}]]"#),
            3 => format!("wukongim-1  | {log}"),
            _ => format!("\u{1b}[31m{log}\u{1b}[0m"),
        };
    }
    if input.chance() {
        // As journald does.
        log = serde_json::json!({ "MESSAGE": log.as_bytes() }).to_string();
    }
    let (found, extent) = found_in(log.as_bytes(), &[input.byte()], WINDOW);
    let [Found { entries, .. }] = &found[..] else {
        panic!("{log}: {found:?}");
    };
    let [entry] = &entries[..] else {
        panic!("{log}: {entries:?}");
    };
    assert_eq!(extent.lines, 1);
    assert!(matches!(&entry.what, What::Failure(failure) if failure.told == Told::EmptyToken));
    let written = entry.at.expect("the line's own time");
    assert_eq!(Some(written), line::time_in(&time(at)), "{log}");
    let period = |since: Option<usize>, until: Option<usize>| {
        let bound = |second: usize| line::time_in(&time(second));
        Period {
            since: since.and_then(bound),
            until: until.and_then(bound),
        }
        .contains(written)
    };
    assert_eq!(
        period(Some(since), Some(until)),
        (since..until).contains(&at)
    );
    assert_eq!(period(Some(since), None), since <= at);
    assert_eq!(period(None, Some(until)), at < until);
}
