//! Times of lines.

use crate::run::object;

#[test]
fn the_time_is_read_in_the_forms_of_common_loggers() {
    let cases = [
        (
            r#""time":"2025-11-24T14:36:08.65389738+08:00""#,
            "2025-11-24T06:36:08.653Z",
        ),
        (r#""time":"2024-04-11 08:12:09""#, "2024-04-11T08:12:09.000"),
        (
            r#""ts":"2023-01-01T00:00:00.000+0800""#,
            "2022-12-31T16:00:00.000Z",
        ),
        (r#""ts":1700000000.123"#, "2023-11-14T22:13:20.123Z"),
        (r#""ts":1700000000123"#, "2023-11-14T22:13:20.123Z"),
        (
            r#""__REALTIME_TIMESTAMP":"1700000000123456""#,
            "2023-11-14T22:13:20.123Z",
        ),
        (r#""ts":"1700000000123456789""#, "2023-11-14T22:13:20.123Z"),
        (
            r#""@timestamp":"2026-01-02T03:04:05Z""#,
            "2026-01-02T03:04:05.000Z",
        ),
        (r#""time":"2024-02-30 08:12:09""#, "null"),
        (r#""time":"yesterday""#, "null"),
    ];
    for (field, expected) in cases {
        let line = format!(r#"{{{field},"msg":"【Processor】token is empty"}}"#);
        let time = &object(&[], &line)["time"];
        assert_eq!(time.as_str().unwrap_or("null"), expected, "{field}");
    }
    let text = object(&[], "2026/01/02 15:04:05 token verify fail");
    assert_eq!(text["time"], "2026-01-02T15:04:05.000");
}
