//! Uids with escapes of their own.

/// What unescaping twice would change.
pub const UIDS: [&str; 8] = [
    r"a\nb",
    r"a\\n\\\\b",
    r"a\u0041\u{41}\x41",
    "a%41b%2541",
    r#"a\"b"#,
    r#"{\"uid\":\"b\"}"#,
    "a&quot;b&amp;c<d>",
    "a\"\"b",
];
