//! The code in `docs/recipes.md`, in the pages of `docs/recipes/`, and in their Chinese twins is that of
//! the examples, where it is compiled and run.
//!
//! Write it anew: `UPDATE_DOCS=1 cargo test --test recipes`

#[path = "../examples/errors.rs"]
#[allow(dead_code, reason = "its `main` is run as a program")]
mod errors;
#[path = "../src/redis_lookup.rs"]
mod redis_lookup;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use wukongim_auth::{
    Credentials, DeviceFlag, DeviceLevel, Timestamp, Token, TokenRecord, verify_async,
};
use wukongim_test_support::page;
use wukongim_test_support::redis_server::RedisServer;

use redis_lookup::Redis;

/// What needs no example: commands, SQL of other databases, outputs that are too short to go stale.
const PLAIN: [&str; 3] = ["sh", "sql", "text"];

/// The English pages, by path; their twins end with `.zh-CN.md`.
fn pages() -> Vec<String> {
    let folder = fs::read_dir(page::path("docs/recipes")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let english = names.filter(|name| !name.ends_with(".zh-CN.md"));
    let mut pages: Vec<_> = english.map(|name| format!("docs/recipes/{name}")).collect();
    pages.push("docs/recipes.md".to_owned());
    pages
}

fn twin(page: &str) -> String {
    page.replace(".md", ".zh-CN.md")
}

/// What stands between `// recipe: name` and `// recipe ends` in the examples.
fn recipes() -> BTreeMap<String, String> {
    let elsewhere = [
        "examples/existing_handler.rs",
        "examples/aws-lc/src/lib.rs",
        "examples/recipes/tests/sql_store/contract.rs",
    ];
    let mut files: Vec<_> = elsewhere.into_iter().map(page::path).collect();
    for folder in ["examples/recipes/src", "examples/recipes/examples"] {
        files.extend(sources(folder));
    }
    let mut recipes = BTreeMap::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for part in text.split("// recipe: ").skip(1) {
            let (name, part) = part.split_once('\n').unwrap();
            let (code, _) = part.split_once("// recipe ends").expect(name);
            let before = recipes.insert(name.to_owned(), outdented(code));
            assert!(before.is_none(), "two recipes are named {name}");
        }
    }
    recipes
}

/// The files with code, right in this folder.
fn sources(folder: &str) -> impl Iterator<Item = PathBuf> {
    let folder = fs::read_dir(page::path(folder)).unwrap();
    let files = folder.map(|entry| entry.unwrap().path());
    files.filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
}

/// Recipes that share a file stand in modules.
fn outdented(code: &str) -> String {
    let code = code.trim_end_matches(' ');
    let lines = || code.lines().filter(|line| !line.is_empty());
    let indent = lines().map(|line| line.len() - line.trim_start().len());
    let indent = indent.min().unwrap_or(0);
    let cut = |line: &str| [line.get(indent..).unwrap_or(""), "\n"].concat();
    code.lines().map(cut).collect()
}

#[test]
fn the_pages_show_the_code_that_is_run() {
    let recipes = recipes();
    assert!(recipes.len() >= 22, "{:?}", recipes.keys());
    for twin_of in [str::to_owned, twin] {
        let mut shown = Vec::new();
        for name in pages().iter().map(|page| twin_of(page)) {
            let text = page::read(&name);
            let expected = page::rewrite(&text, |block| match &*block.kind {
                "recipe" => {
                    shown.push(block.key.clone());
                    Some(recipes.get(&block.key).expect(&block.key).clone())
                }
                "output" => Some(output(&block.key)),
                _ => {
                    let is_plain = PLAIN.contains(&&*block.language);
                    assert!(is_plain, "{name}: a block that is of no example");
                    None
                }
            });
            if std::env::var_os("UPDATE_DOCS").is_some() {
                fs::write(page::path(&name), &expected).unwrap();
            } else {
                assert_eq!(text, expected, "{name}");
            }
        }
        shown.sort();
        assert_eq!(shown, recipes.keys().cloned().collect::<Vec<_>>());
    }
}

/// What is short there is whole in its file.
#[test]
fn the_page_of_short_recipes_links_to_their_files() {
    let has_recipe = |file: &PathBuf| {
        let text = fs::read_to_string(file).unwrap();
        text.contains("\n// recipe: ")
    };
    let with_recipes = sources("examples/recipes/src").filter(has_recipe);
    let links: Vec<_> = with_recipes
        .map(|file| file.file_name().unwrap().display().to_string())
        .map(|file| format!("(../examples/recipes/src/{file})"))
        .collect();
    assert!(links.len() >= 8, "{links:?}");
    for name in ["docs/recipes.md", "docs/recipes.zh-CN.md"] {
        let text = page::read(name);
        for link in &links {
            assert!(text.contains(link), "{name}: {link}");
        }
    }
}

/// What a program prints.
fn output(name: &str) -> String {
    assert_eq!(name, "anyhow");
    let error = errors::with_anyhow::connect().unwrap_err();
    errors::with_anyhow::line(&error) + "\n"
}

#[test]
fn both_pages_have_the_same_sections_and_commands() {
    for name in pages() {
        let [english, chinese] = [&name, &twin(&name)].map(|name| {
            let text = page::read(name);
            let anchors = text.lines().filter_map(page::anchor).map(str::to_owned);
            let blocks = page::blocks(&text).into_iter().map(|block| block.body);
            anchors.chain(blocks).collect::<Vec<_>>()
        });
        assert!(english.len() >= 2, "{name}");
        assert_eq!(english, chinese, "{name}");
    }
}

/// What `cargo add` adds in the pages is what the examples are compiled with.
#[test]
fn the_commands_add_what_the_examples_depend_on() {
    let manifest = page::read("examples/recipes/Cargo.toml");
    let dependencies: BTreeSet<_> = manifest
        .lines()
        .filter_map(|line| line.split([' ', '.', '=']).next())
        .collect();
    let mut added = 0;
    for name in pages() {
        for block in page::blocks(&page::read(&name)) {
            let commands = block
                .body
                .lines()
                .filter_map(|line| line.strip_prefix("cargo add "));
            for command in commands {
                let packages = command.split(" --").next().unwrap().split(' ');
                for package in packages.map(|package| package.split('@').next().unwrap()) {
                    added += 1;
                    assert!(dependencies.contains(package), "{name}: {package}");
                }
            }
        }
    }
    assert!(added > 30, "{added}");
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
