//! The code in `docs/recipes.md` and its Chinese twin is that of the examples, where it is compiled
//! and run.
//!
//! Write it anew: `UPDATE_DOCS=1 cargo test --test recipes`

#[path = "../src/redis_lookup.rs"]
mod redis_lookup;

use std::collections::BTreeMap;
use std::fs;

use wukongim_auth::{
    Credentials, DeviceFlag, DeviceLevel, Timestamp, Token, TokenRecord, verify_async,
};
use wukongim_test_support::page;
use wukongim_test_support::redis_server::RedisServer;

use redis_lookup::Redis;

const PAGES: [&str; 2] = ["docs/recipes.md", "docs/recipes.zh-CN.md"];

/// What stands between `// recipe: name` and `// recipe ends` in the examples.
fn recipes() -> BTreeMap<String, String> {
    let elsewhere = ["examples/existing_handler.rs", "examples/aws-lc/src/lib.rs"];
    let mut files: Vec<_> = elsewhere.into_iter().map(page::path).collect();
    let directory = fs::read_dir(page::path("examples/recipes/src")).unwrap();
    files.extend(directory.map(|entry| entry.unwrap().path()));
    let mut recipes = BTreeMap::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for part in text.split("// recipe: ").skip(1) {
            let (name, part) = part.split_once('\n').unwrap();
            let (code, _) = part.split_once("// recipe ends").expect(name);
            let before = recipes.insert(name.to_owned(), code.to_owned());
            assert!(before.is_none(), "two recipes are named {name}");
        }
    }
    recipes
}

#[test]
fn the_pages_show_the_code_that_is_run() {
    let recipes = recipes();
    assert!(recipes.len() >= 12, "{:?}", recipes.keys());
    for name in PAGES {
        let text = page::read(name);
        let mut shown = Vec::new();
        let expected = page::rewrite(&text, |block| {
            assert_eq!(
                block.kind, "recipe",
                "{name}: a block that is of no example"
            );
            shown.push(block.key.clone());
            Some(recipes.get(&block.key).expect(&block.key).clone())
        });
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(page::path(name), &expected).unwrap();
        } else {
            assert_eq!(text, expected, "{name}");
        }
        shown.sort();
        assert_eq!(shown, recipes.keys().cloned().collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn both_pages_have_the_same_sections() {
    let [english, chinese] = PAGES.map(|name| {
        let text = page::read(name);
        let anchors = text.lines().filter_map(page::anchor).map(str::to_owned);
        anchors.collect::<Vec<_>>()
    });
    assert!(english.len() >= 11);
    assert_eq!(english, chinese);
}

/// The one recipe that the example's own tests leave out: it needs a server.
#[tokio::test]
async fn redis_keeps_what_was_issued_and_fails_at_what_it_cannot_read() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let client = redis::Client::open(server.url()).unwrap();
    let store = Redis(client.get_connection_manager().await.unwrap());
    let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
    let issued = store.issue("alice", DeviceFlag::Web, record).await;
    issued.unwrap();
    let cause = async |uid, token| {
        let credentials = Credentials::new(uid, DeviceFlag::Web, token);
        let verdict = verify_async(&store, &credentials, Timestamp::now()).await;
        verdict.map_or_else(|error| error.cause().label(), |_| "accepted")
    };
    assert_eq!(cause("alice", "s3cret").await, "accepted");
    assert_eq!(cause("alice", "s3cres").await, "mismatch");
    assert_eq!(cause("bob", "s3cret").await, "not_issued");

    let written: String = server.ask(&["HGET", "tokens:alice", "1"]);
    assert!(written.contains("sha256"), "{written}");
    assert!(!written.contains("s3cret"), "{written}");
    let () = server.ask(&["HSET", "tokens:alice", "1", r#"{"v":9}"#]);
    assert_eq!(cause("alice", "s3cret").await, "store");
}
