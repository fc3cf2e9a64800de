// What has to hold for the parser of the example `doctor` and any line of a log.
//
// Input: mode, then bytes. Mode 0 takes them as the line. Mode 1 writes a line of upstream's v1
// around them, with them in its `conn` part, as a text or (in early v2) an object: it is not filled
// in yet when the line is written, so nothing may be read from it.

use line::{Entry, Failure, Origin, Told, What, parse};

include!("input.rs");

#[path = "../../examples/doctor/src/line.rs"]
#[allow(dead_code, reason = "the example uses all of it")]
mod line;

fn doctor(data: &[u8]) {
    let mut input = Input(data);
    match input.chance() {
        false => {
            any_line(&String::from_utf8_lossy(&input.runs(1 << 16)));
        }
        true => line_of_v1(&mut input),
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
