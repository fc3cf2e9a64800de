//! v1 writes `conn` before it is filled in.

use crate::run::object;

/// Nothing in it is taken for a device flag or a uid.
#[test]
fn the_conn_part_of_v1_is_never_read() {
    let conns = [
        r#""Conn[6] uid= fd={28} deviceFlag=APP deviceLevel=Slave deviceID=""#,
        r#""Conn[7] uid=mallory fd={29} deviceFlag=WEB deviceLevel=Master deviceID=x""#,
        r#""{\"uid\":\"mallory\",\"deviceFlag\":1}""#,
        r#"{"uid":"mallory","deviceFlag":1,"cause":"mismatch","actToken":"a"}"#,
    ];
    let frames = [
        r#"{"msg":"【Processor】token verify fail","expectToken":"","actToken":"abcd","conn":CONN}"#,
        r#"【Processor】token verify fail","expectToken":"","actToken":"abcd","conn":CONN"#,
    ];
    for frame in frames {
        let of = |conn: &&str| object(&[], &frame.replace("CONN", conn));
        let first = of(&conns[0]);
        assert!(first.get("uid").is_none() && first.get("deviceFlag").is_none());
        for conn in &conns[1..] {
            assert_eq!(of(conn), first, "{conn}");
        }
    }
}
