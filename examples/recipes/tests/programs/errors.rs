//! A fix is not lost inside the error types of others.

use miette::NarratableReportHandler;

use crate::errors::{with_anyhow, with_miette};

const FIX: &str = "device_flag";

#[test]
fn anyhow_prints_the_fix_with_the_helper_and_loses_it_without() {
    let error = with_anyhow::connect().unwrap_err();
    let (plain, line) = (format!("{error:#}"), with_anyhow::line(&error));
    assert!(
        plain.starts_with("connection from 192.0.2.1: token verify fail"),
        "{plain}"
    );
    assert!(!plain.contains("fix: "), "{plain}");
    let fix = line.strip_prefix(&plain).unwrap();
    assert!(fix.starts_with("; fix: ") && fix.contains(FIX), "{line}");
    assert!(!line.contains('\n') && !line.contains("s3cret"), "{line}");
    let other = anyhow::anyhow!("no handshake within 5 s");
    assert_eq!(with_anyhow::line(&other), "no handshake within 5 s");
}

#[test]
fn miette_prints_the_fix_as_help_and_the_label_as_code() {
    let report = with_miette::connect().unwrap_err();
    let mut text = String::new();
    let handler = NarratableReportHandler::new();
    handler.render_report(&mut text, &*report).unwrap();
    assert!(text.contains("issued_for_other_flag"), "{text}");
    let (_, help) = text.split_once("diagnostic help: ").unwrap();
    assert!(help.contains(FIX), "{text}");
    assert!(!text.contains("s3cret"), "{text}");
}
