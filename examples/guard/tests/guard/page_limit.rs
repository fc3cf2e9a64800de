//! The longest page of devices that is read of upstream.

use wukongim_test_support::client::Hello;

use crate::clients::send;
use crate::counting::expect;
use crate::limits::MAX_PAGE;
use crate::model::Model;
use crate::setup::{before, eventually};

/// A page with alice's token, filled up to this length.
fn page_of(len: usize) -> String {
    let page = r#"{"total":1,"more":0,"data":[{"uid":"alice","token":"s3cret","device_flag":0,"created_at":1}]}"#;
    format!("{page}{}", " ".repeat(len - page.len()))
}

#[test]
fn a_page_of_the_longest_length_is_learned_from() {
    let model = Model::start();
    model.answers_devices(Some((200, &page_of(MAX_PAGE))));
    // In this mode it is there before it knows anything.
    let (guard, _tcp) = before(&model, &["--mode=observe"]);
    eventually("it is learned", || {
        guard.request("GET", "/guard/health", "", "").0 == 200
    });
    let _stream = send(guard.tcp, &Hello::new("s3cret").connect(""));
    expect(
        &guard,
        &[
            (r#"wukongim_comparisons_total{outcome="ok"}"#, 1),
            (r#"wukongim_handshakes_total{outcome="ok"}"#, 1),
        ],
    );
}

#[test]
fn a_page_that_is_longer_is_an_error_that_is_said_and_counted() {
    let model = Model::start();
    model.answers_devices(Some((200, &page_of(MAX_PAGE + 1))));
    let (guard, _tcp) = before(&model, &["--mode=observe"]);
    let mib = MAX_PAGE >> 20;
    let said =
        format!("upstream's API answers /cluster/devices with more than {mib} MiB for a page");
    let line = guard.log_line(&said);
    assert!(
        line.contains("upstream's tokens are not known yet"),
        "{line}"
    );
    eventually("it is counted", || {
        let page = guard.page("/guard/metrics");
        page.contains(r#"wukongim_comparisons_total{outcome="too_long"} "#)
    });
    assert_eq!(guard.request("GET", "/guard/health", "", "").0, 503);
    // Later as well: what was learned stays.
    model.answers_devices(Some((200, &page_of(MAX_PAGE))));
    eventually("it is learned", || {
        guard.request("GET", "/guard/health", "", "").0 == 200
    });
}
