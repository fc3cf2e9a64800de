//! Lines, with what they say alone and over the dump.

pub struct Case {
    pub name: &'static str,
    pub line: &'static str,
    pub alone: &'static str,
    pub with_store: &'static str,
}

pub const CASES: &[Case] = &[
    Case {
        name: "the other flag's token",
        line: r#"{"msg":"【handler】token verify fail","uid":"alice","sourceNodeId":1,"expectToken":"alice-app","actToken":"alice-web"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "issued_for_other_flag",
    },
    Case {
        name: "nobody's token",
        line: r#"{"msg":"【handler】token verify fail","uid":"alice","sourceNodeId":1,"expectToken":"alice-app","actToken":"other-one"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "mismatch",
    },
    Case {
        name: "a digest in the store",
        line: r#"{"msg":"【handler】token verify fail","uid":"dave","sourceNodeId":1,"expectToken":"dave-app","actToken":"dave-web"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "issued_for_other_flag",
    },
    Case {
        name: "nothing under this flag, a token under another",
        line: r#"{"msg":"【handler】get device token err","error":"not found","uid":"bob","deviceFlag":"APP"}"#,
        alone: "? issued_for_other_flag not_issued_for_flag not_issued manager_token",
        with_store: "? issued_for_other_flag not_issued_for_flag",
    },
    Case {
        name: "a user that the dump does not know",
        line: r#"{"msg":"【handler】get device token err","error":"not found","uid":"nobody","deviceFlag":"APP"}"#,
        alone: "? issued_for_other_flag not_issued_for_flag not_issued manager_token",
        with_store: "? issued_for_other_flag not_issued_for_flag not_issued manager_token",
    },
    Case {
        name: "the other flag's token, revoked after the line",
        line: r#"{"time":"2026-01-01 00:00:00","msg":"【handler】token verify fail","uid":"erin","sourceNodeId":1,"expectToken":"erin-app","actToken":"erin-web"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "issued_for_other_flag",
    },
    Case {
        name: "the other flag's token, revoked before the line",
        line: r#"{"time":"2026-01-03 00:00:00","msg":"【handler】token verify fail","uid":"erin","sourceNodeId":1,"expectToken":"erin-app","actToken":"erin-web"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "mismatch",
    },
    Case {
        name: "its own token, revoked after the line",
        line: r#"{"time":"2026-01-01 00:00:00","msg":"【handler】token verify fail","uid":"erin","sourceNodeId":1,"expectToken":"erin-web","actToken":"nobody's"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "mismatch",
    },
    Case {
        name: "a device flag of the deployment's own",
        line: r#"{"msg":"【handler】get device token err","error":"not found","uid":"alice","deviceFlag":7}"#,
        alone: "? issued_for_other_flag not_issued_for_flag not_issued manager_token",
        with_store: "? issued_for_other_flag not_issued_for_flag",
    },
    Case {
        name: "no device flag, and the token shown is stored for two, one of the deployment's own",
        line: r#"{"msg":"【handler】token verify fail","uid":"frank","sourceNodeId":1,"expectToken":"same","actToken":"frank-web"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "issued_for_other_flag",
    },
    Case {
        name: "the token of a device flag of the deployment's own",
        line: r#"{"msg":"【handler】token verify fail","uid":"frank","sourceNodeId":1,"expectToken":"frank-web","actToken":"same"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "issued_for_other_flag",
    },
    Case {
        name: "no device flag, and each that most clients use has a token",
        line: r#"{"msg":"token verify fail","uid":"grace","expectToken":"","actToken":"grace-web"}"#,
        alone: "? issued_for_other_flag not_issued_for_flag not_issued revoked manager_token",
        with_store: "issued_for_other_flag",
    },
    Case {
        name: "cleared, and the client has another flag's",
        line: r#"{"msg":"【handler】token verify fail","uid":"carol","sourceNodeId":1,"expectToken":"","actToken":"carol-web"}"#,
        alone: "revoked",
        with_store: "issued_for_other_flag",
    },
    Case {
        name: "cleared, and the client has what was cleared or nobody's",
        line: r#"{"msg":"【handler】token verify fail","uid":"carol","sourceNodeId":1,"expectToken":"","actToken":"carol-old"}"#,
        alone: "revoked",
        with_store: "revoked",
    },
    Case {
        name: "a store that has changed since does not fit the line",
        line: r#"{"msg":"【handler】token verify fail","uid":"alice","sourceNodeId":1,"expectToken":"alice-before","actToken":"alice-web"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "? mismatch issued_for_other_flag manager_token",
    },
    Case {
        name: "v1 names nobody, and the token is alice's of another flag",
        line: r#"{"msg":"【Processor】token verify fail","expectToken":"","actToken":"alice-web","conn":"Conn[6] uid=alice"}"#,
        alone: "? issued_for_other_flag not_issued_for_flag not_issued revoked manager_token",
        with_store: "issued_for_other_flag",
    },
    Case {
        name: "v1, and both tokens are alice's",
        line: r#"{"msg":"【Processor】token verify fail","expectToken":"alice-app","actToken":"alice-web"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "issued_for_other_flag",
    },
    Case {
        name: "v1, alice's flag and grace's token: never an order to register it",
        line: r#"{"msg":"【Processor】token verify fail","expectToken":"alice-app","actToken":"grace-web"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "mismatch",
    },
    Case {
        name: "v1, and a digest in the store",
        line: r#"{"msg":"【Processor】token verify fail","expectToken":"","actToken":"dave-web"}"#,
        alone: "? issued_for_other_flag not_issued_for_flag not_issued revoked manager_token",
        with_store: "issued_for_other_flag",
    },
    Case {
        name: "v1, and the token was revoked",
        line: r#"{"msg":"【Processor】token verify fail","expectToken":"","actToken":"carol-old"}"#,
        alone: "? issued_for_other_flag not_issued_for_flag not_issued revoked manager_token",
        with_store: "revoked",
    },
    Case {
        name: "v1, and a token that the store has for nobody",
        line: r#"{"msg":"【Processor】token verify fail","expectToken":"","actToken":"nobody's"}"#,
        alone: "? issued_for_other_flag not_issued_for_flag not_issued revoked manager_token",
        with_store: "? not_issued not_issued_for_flag revoked manager_token",
    },
];
