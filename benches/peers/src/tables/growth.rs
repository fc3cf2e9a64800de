//! The tables of how cost grows.

use super::cells::{head, ns, row};
use crate::results::{AtLength, AtUsers, Growth};

pub fn growth(growth: &Growth) -> [(&'static str, String); 3] {
    [
        ("users", users(&growth.users)),
        ("token-length", by_length(&growth.tokens, "token, bytes")),
        ("frame-length", by_length(&growth.frames, "frame, bytes")),
    ]
}

fn users(rows: &[AtUsers]) -> String {
    let columns = [
        "users",
        "bytes a user",
        "lookup, serialised",
        "lookup",
        "whole path, serialised",
        "whole path",
    ];
    let mut table = head(&columns, &["---:"; 6]);
    for at in rows {
        let cells = [
            at.users.to_string(),
            format!("{:.0}", at.bytes_per_user),
            ns(at.look_up_serialised),
            ns(at.look_up),
            ns(at.whole_serialised),
            ns(at.whole),
        ];
        row(&mut table, &cells.each_ref().map(String::as_str));
    }
    table
}

fn by_length(rows: &[AtLength], title: &str) -> String {
    let names: Vec<&str> = rows[0].ns.iter().map(|(name, _)| name.as_str()).collect();
    let columns = [&[title], &names[..]].concat();
    let mut table = head(&columns, &vec!["---:"; columns.len()]);
    for at in rows {
        let mut cells = vec![at.len.to_string()];
        cells.extend(at.ns.iter().map(|(_, value)| ns(*value)));
        row(
            &mut table,
            &cells.iter().map(String::as_str).collect::<Vec<_>>(),
        );
    }
    table
}
