//! The plots of the page, each with its date, machine and command.

use std::fs;
use std::path::Path;

use crate::results::{AtLength, AtUsers, Results};
use crate::svg::{Line, bars, lines};
use crate::{decoders, keys, limits, refusals, stages, tokens, whole};

pub fn write(folder: &Path, results: &Results) {
    fs::create_dir_all(folder).expect("the folder can be made");
    let save = |name: &str, svg: String| {
        fs::write(folder.join(name), svg).expect("the plot can be written");
    };
    let note = format!("{}, {}\n{}", results.date, results.machine, results.command);
    save("peers.svg", peers(results, &note));
    save(
        "stages.svg",
        of_group(results, "Stages of the whole path", stages::GROUP, &note),
    );
    save("keys.svg", keys(results, &note));
    save("refusals.svg", refusals(results, &note));
    if let Some(growth) = &results.growth {
        save("users.svg", users(&growth.users, &note));
        let axes = ("bytes", "ns");
        let title = "By the token's length";
        save(
            "token-length.svg",
            lines(title, axes, &note, &by_name(&growth.tokens)),
        );
        let title = "By the frame's length";
        save(
            "frame-length.svg",
            lines(title, axes, &note, &by_name(&growth.frames)),
        );
    }
}

fn peers(results: &Results, note: &str) -> String {
    let names = [
        whole::FLOOR,
        whole::WHOLE,
        whole::JSON_RPC,
        decoders::MQTTRS,
        decoders::HTTPARSE,
        decoders::RUMQTTC,
        decoders::MQTTBYTES,
        tokens::JWT_9,
        tokens::JWT_11,
        tokens::PASETO,
    ];
    let rows = names.map(|name| {
        (
            name.split(':').next().map_or(name.into(), |peer| {
                if name == whole::FLOOR {
                    "floor: copies and comparisons alone".into()
                } else if name.contains("CONNECT") {
                    format!("{peer}: decode alone")
                } else if name == decoders::HTTPARSE {
                    format!("{peer}: parse alone")
                } else {
                    name.to_string()
                }
            }),
            results.ns(name),
        )
    });
    bars(
        "A token checked, or only read",
        "ns",
        note,
        &rows,
        &[whole::WHOLE, whole::JSON_RPC],
    )
}

fn of_group(results: &Results, title: &str, group: &str, note: &str) -> String {
    let figures = results.group(group);
    let rows: Vec<(String, f64)> = figures
        .map(|figure| (figure.name.clone(), figure.ns))
        .collect();
    let ours: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    bars(title, "ns", note, &rows, &ours)
}

fn keys(results: &Results, note: &str) -> String {
    let whole = [(
        whole::WITH_KEYS.to_string(),
        results.ns(whole::WITH_KEYS) / 1000.0,
    )];
    let parts = results.group(keys::GROUP);
    let parts = parts.map(|figure| (figure.name.clone(), figure.ns / 1000.0));
    let rows: Vec<(String, f64)> = whole.into_iter().chain(parts).collect();
    bars("Session keys", "µs", note, &rows, &[whole::WITH_KEYS])
}

fn refusals(results: &Results, note: &str) -> String {
    let groups = [refusals::REFUSED, refusals::GARBAGE];
    let all = groups
        .iter()
        .flat_map(|group| limits::refusals(results, group));
    let rows: Vec<(String, f64)> = all
        .map(|refusal| (refusal.name, refusal.per_byte))
        .collect();
    let ours: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    bars(
        "Work per byte sent, the like that is accepted = 1",
        "×",
        note,
        &rows,
        &ours,
    )
}

fn users(rows: &[AtUsers], note: &str) -> String {
    let line = |name: &str, of: fn(&AtUsers) -> f64| Line {
        name: name.into(),
        points: rows.iter().map(|at| (at.users as f64, of(at))).collect(),
    };
    let all = [
        line("whole path, serialised", |at| at.whole_serialised),
        line("whole path", |at| at.whole),
        line("lookup, serialised", |at| at.look_up_serialised),
        line("lookup", |at| at.look_up),
    ];
    lines("By the number of users", ("users", "ns"), note, &all)
}

fn by_name(rows: &[AtLength]) -> Vec<Line> {
    let names = rows[0].ns.iter().map(|(name, _)| name);
    let line = |(column, name): (usize, &String)| Line {
        name: name.clone(),
        points: rows
            .iter()
            .map(|at| (at.len as f64, at.ns[column].1))
            .collect(),
    };
    names.enumerate().map(line).collect()
}
