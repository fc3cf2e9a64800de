//! Requests that the guard does not learn from.

use serde_json::json;

use crate::limits::MAX_BODY;
use crate::model::Model;
use crate::setup::before;

#[test]
fn all_else_is_forwarded_as_it_is() {
    let model = Model::start();
    model.wants("manager");
    let (guard, _tcp) = before(&model, &["--manager-token=manager"]);
    let (status, body) = guard.request(
        "PUT",
        "/channel/info?x=%2F1",
        "some body",
        "token: manager\r\nx-own: kept\r\n",
    );
    let expected = json!({"line": "PUT /channel/info?x=%2F1", "body": "some body"});
    assert_eq!((status, body), (200, expected));
    let requests = model.server.requests();
    let request = requests.last().unwrap();
    assert_eq!(request.header("x-own"), Some("kept"));
    assert_eq!(request.header("host"), Some("localhost"));
    assert_eq!(
        guard.request("GET", "/any", "", "").0,
        401,
        "the caller's own token counts"
    );

    let long = format!(r#"{{"uid":"{}"}}"#, "a".repeat(MAX_BODY));
    assert_eq!(
        guard.post("/user/token", &long, "token: manager\r\n").0,
        413
    );
    let (status, _) = guard.post("/channel/long", &long, "token: manager\r\n");
    assert_eq!(status, 200, "of others no more is kept than is on its way");
    assert_eq!(guard.request("GET", "/guard/other", "", "").0, 404);
}
