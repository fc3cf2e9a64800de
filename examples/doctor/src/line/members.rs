//! What the name of a member says of what stands in it.

/// Members that hold a peer's own text: whatever stands there is no line of a log.
const OF_PEERS: [&str; 12] = [
    "uid",
    "deviceid",
    "deviceflag",
    "devicelevel",
    "token",
    "expecttoken",
    "acttoken",
    "conn",
    "clientid",
    "username",
    "useragent",
    "peer",
];

/// Members that hold nothing but a line: there a bare phrase counts.
const WHOLE_LINES: [&str; 3] = ["log", "line", "message"];

pub fn is_of_a_peer(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(|c| !matches!(c, '_' | '-' | '.'))
        .collect();
    OF_PEERS
        .iter()
        .any(|peer| peer.eq_ignore_ascii_case(&plain))
}

pub fn is_whole_line(name: &str) -> bool {
    WHOLE_LINES
        .iter()
        .any(|line| line.eq_ignore_ascii_case(name))
}
