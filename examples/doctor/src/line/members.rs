//! What the name of a member says about its content.

/// Members that hold a peer's own text: their content is never a line of a log.
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

/// Members that always hold a line: in these, the phrase alone is sufficient.
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
