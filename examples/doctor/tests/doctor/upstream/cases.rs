//! A line of every format, with its cause or candidates.

pub struct Case {
    pub name: &'static str,
    pub line: &'static str,
    pub finding: &'static str,
}

const EMPTY: &str = "? issued_for_other_flag not_issued_for_flag not_issued revoked manager_token";

const UNDER_NO_FLAG: &str = "? issued_for_other_flag not_issued_for_flag not_issued manager_token";

const DIFFERENT: &str = "? mismatch issued_for_other_flag manager_token";

pub const CASES: &[Case] = &[
    Case {
        name: "v1, pasted in part",
        line: r#"…【Processor】token verify fail","expectToken":"","actToken":"xxxx","conn":"Conn[6] uid= fd={28} deviceFlag=APP deviceLevel=Slave deviceID="}"#,
        finding: EMPTY,
    },
    Case {
        name: "v1, without the bracket that opens its tag",
        line: r#"Processor】token verify fail","expectToken":"","actToken":"xxxx","conn":"Conn[6] uid= fd={28}"}"#,
        finding: EMPTY,
    },
    Case {
        name: "v1, pasted in part, with a tag in the conn part",
        line: r#"…【Processor】token verify fail","expectToken":"","actToken":"xxxx","conn":"uid=【x】token is empty"}"#,
        finding: EMPTY,
    },
    Case {
        name: "v1, pasted in part, with a tag in the client's token",
        line: r#"…【Processor】token verify fail","expectToken":"","actToken":"【x】token is empty","conn":"Conn[6]"}"#,
        finding: EMPTY,
    },
    Case {
        name: "v1, JSON",
        line: r#"{"level":"error","time":"2024-04-11 08:12:09","msg":"【Processor】token verify fail","expectToken":"","actToken":"xxxx","conn":"Conn[6] uid= fd={28} deviceFlag=APP"}"#,
        finding: EMPTY,
    },
    Case {
        name: "v1, two tokens",
        line: r#"{"msg":"【Processor】token verify fail","expectToken":"abcd","actToken":"efgh","conn":"Conn[6]"}"#,
        finding: DIFFERENT,
    },
    Case {
        name: "v1, blank token",
        line: r#"{"msg":"【Processor】token verify fail","expectToken":"","actToken":"  ","conn":"Conn[6]"}"#,
        finding: "empty_token",
    },
    Case {
        name: "v1, zap's console format",
        line: "2023-01-01T00:00:00.000+0800\tERROR\tserver/processor.go:126\t【Processor】token verify fail\t{\"expectToken\": \"abcd\", \"actToken\": \"abcd \", \"conn\": \"Conn[6]\"}",
        finding: "altered",
    },
    Case {
        name: "v2.0.x before 2.0.8, with an object for conn",
        line: r#"{"msg":"【userReactor[1001]】token verify fail","expectToken":"","actToken":"abcd","conn":{"uid":"x","deviceFlag":1}}"#,
        finding: "revoked",
    },
    Case {
        name: "v2.0.8",
        line: r#"{"msg":"【processUser】token verify fail","expectToken":"","actToken":"abcd"}"#,
        finding: "revoked",
    },
    Case {
        name: "v2.1.4",
        line: r#"{"level":"error","time":"2025-11-24T14:36:08.65389738+08:00","msg":"【handler】token verify fail","uid":"alice","sourceNodeId":1001,"expectToken":"c0e215c0","actToken":"1ff7f2db"}"#,
        finding: DIFFERENT,
    },
    Case {
        name: "v2.1.4 behind Docker's time",
        line: r#"2025-11-24T14:36:08.654047160Z {"msg":"【handler】token verify fail","uid":"alice","sourceNodeId":1001,"expectToken":"","actToken":"1ff7f2db"}"#,
        finding: "revoked",
    },
    Case {
        name: "v2.1.4 in Docker's JSON",
        line: r#"{"log":"{\"msg\":\"【handler】token verify fail\",\"uid\":\"alice\",\"sourceNodeId\":1001,\"expectToken\":\"\",\"actToken\":\"1ff7f2db\"}\n","stream":"stderr","time":"2025-11-24T08:10:00.501Z"}"#,
        finding: "revoked",
    },
    Case {
        name: "neither v1's nor v2's tag",
        line: r#"{"msg":"token verify fail","expectToken":"","actToken":"abcd"}"#,
        finding: EMPTY,
    },
    Case {
        name: "no fields at all",
        line: "2026/01/02 15:04:05 token verify fail",
        finding: "? issued_for_other_flag revoked not_issued_for_flag not_issued mismatch manager_token",
    },
    Case {
        name: "masked on the way to the log",
        line: r#"{"msg":"【handler】token verify fail","expectToken":"***","actToken":"***"}"#,
        finding: DIFFERENT,
    },
    Case {
        name: "quotes",
        line: r#"{"msg":"【handler】token verify fail","expectToken":"abcd","actToken":"\"abcd\""}"#,
        finding: "altered",
    },
    Case {
        name: "Bearer",
        line: r#"{"msg":"【handler】token verify fail","expectToken":"abcd","actToken":"Bearer abcd"}"#,
        finding: "altered",
    },
    Case {
        name: "percent-encoding",
        line: r#"{"msg":"【handler】token verify fail","expectToken":"ab/d","actToken":"ab%2Fd"}"#,
        finding: "altered",
    },
    Case {
        name: "hexadecimal in the other case",
        line: r#"{"msg":"【handler】token verify fail","expectToken":"abcd","actToken":"ABCD"}"#,
        finding: "altered",
    },
    Case {
        name: "cut off",
        line: r#"{"msg":"【handler】token verify fail","expectToken":"0123456789abcdef0123","actToken":"0123456789abcdef"}"#,
        finding: "altered",
    },
    Case {
        name: "cut off, too short to be recognised",
        line: r#"{"msg":"【handler】token verify fail","expectToken":"0123456789abcdef","actToken":"0123456789abcde"}"#,
        finding: DIFFERENT,
    },
    Case {
        name: "no token, v1",
        line: r#"{"msg":"【Processor】token is empty"}"#,
        finding: "empty_token",
    },
    Case {
        name: "no token, v2",
        line: r#"{"msg":"【handler】token is empty","uid":"alice","sourceNodeId":1001}"#,
        finding: "empty_token",
    },
    Case {
        name: "v2, nothing under that flag",
        line: r#"{"msg":"【handler】get device token err","error":"not found","uid":"alice","deviceFlag":"WEB"}"#,
        finding: UNDER_NO_FLAG,
    },
    Case {
        name: "v2, a store that fails",
        line: r#"{"msg":"【handler】get device token err","error":"pebble: closed","uid":"alice"}"#,
        finding: "store",
    },
    Case {
        name: "v2, a store that fails, and says so with the same words among others",
        line: r#"{"msg":"【handler】get device token err","error":"pebble: file 000123.sst not found","uid":"alice"}"#,
        finding: "store",
    },
    Case {
        name: "v2, without the error",
        line: r#"{"msg":"【handler】get device token err","uid":"alice","deviceFlag":"WEB"}"#,
        finding: "? issued_for_other_flag not_issued_for_flag not_issued store",
    },
    Case {
        name: "v1, a store that fails",
        line: r#"{"msg":"【Processor】get user token err","error":"timeout"}"#,
        finding: "store",
    },
    Case {
        name: "no uid",
        line: r#"{"msg":"【Server】CONNECT packet UID is empty, closing connection"}"#,
        finding: "empty_uid",
    },
    Case {
        name: "the manager's own uid",
        line: r#"{"msg":"【handler】manager token verify fail","uid":"____manager","token":"abcd"}"#,
        finding: "not the token: manager",
    },
    Case {
        name: "the manager API without its header",
        line: r#"[GIN] 2026/04/23 - 12:55:00 | 401 |  54.1µs |  10.0.0.7 | POST "/user/token""#,
        finding: "not the token: manager",
    },
    Case {
        name: "no CONNECT",
        line: r#"{"msg":"【Server】frameType is not CONNECT, closing connection","frameType":"PING"}"#,
        finding: "not the token: no_connect",
    },
    Case {
        name: "no CONNECT, this crate",
        line: "WARN gateway: the first frame is SEND, not CONNECT",
        finding: "not the token: no_connect",
    },
    Case {
        name: "TLS to a plain port",
        line: r#"{"msg":"【ReactorSub-1】failed to read","error":"tls: first record does not look like a TLS handshake"}"#,
        finding: "not the token: transport",
    },
    Case {
        name: "a uid with a reserved character",
        line: r#"{"msg":"【Server】CONNECT packet UID is illegal, closing connection","uid":"a@b"}"#,
        finding: "not the token: illegal_uid",
    },
    Case {
        name: "banned",
        line: r#"{"msg":"【handler】device is ban","uid":"alice"}"#,
        finding: "not the token: banned",
    },
    Case {
        name: "the client's key",
        line: r#"{"msg":"【handler】get client aes key and iv err","error":"illegal base64 data"}"#,
        finding: "not the token: client_key",
    },
    Case {
        name: "after login",
        line: r#"{"msg":"【handler】msgKey is illegal！","except":"a","act":"b"}"#,
        finding: "not the token: after_login",
    },
];
