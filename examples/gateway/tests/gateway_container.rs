//! The Dockerfile and the compose file, as far as that goes without an engine: what they name is
//! there, and what they run does what it should.
#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::process::{Command, Output};

use wukongim_test_support::client::{Client, Hello, Socket};
use wukongim_test_support::gateway_process::GatewayProcess;
use wukongim_test_support::program::{program, repository};
use wukongim_test_support::redis_server::RedisServer;
use yaml_rust2::{Yaml, YamlLoader};

const FOLDER: &str = "examples/gateway";
const BINARY: &str = "/usr/local/bin/wukongim-gateway";
const ADDRESSES: [&str; 3] = ["HTTP_ADDRESS", "TCP_ADDRESS", "WS_ADDRESS"];

fn file(name: &str) -> String {
    let path = repository(FOLDER).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The instructions of the Dockerfile, by name.
fn instructions() -> Vec<(String, String)> {
    let text = file("Dockerfile");
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let split = |line: &str| {
        let (name, rest) = line.split_once(' ').unwrap();
        (name.to_owned(), rest.to_owned())
    };
    lines.map(split).collect()
}

fn all(name: &str) -> Vec<String> {
    let instructions = instructions().into_iter();
    let named = instructions.filter(|(instruction, _)| instruction == name);
    named.map(|(_, rest)| rest).collect()
}

fn only(name: &str) -> String {
    let [rest] = all(name)
        .try_into()
        .unwrap_or_else(|_| panic!("one {name}"));
    rest
}

fn compose() -> Yaml {
    let mut documents = YamlLoader::load_from_str(&file("compose.yaml")).unwrap();
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

fn texts(yaml: &Yaml) -> Vec<&str> {
    yaml.as_vec()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap())
        .collect()
}

/// What the container's environment has: the image's, and the compose file's.
fn environment() -> BTreeMap<String, String> {
    let image = only("ENV");
    let of_image = image.split(' ').map(|pair| {
        let (name, value) = pair.split_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    });
    let compose = compose();
    let of_compose = compose["services"]["gateway"]["environment"]
        .as_hash()
        .unwrap();
    let of_compose = of_compose.iter().map(|(name, value)| {
        let text = value
            .as_str()
            .unwrap_or_else(|| panic!("{name:?} is no text"));
        (name.as_str().unwrap().to_owned(), text.to_owned())
    });
    of_image.chain(of_compose).collect()
}

fn run(environment: &BTreeMap<String, String>, arguments: &[&str]) -> Output {
    let mut command = Command::new(program("wukongim-gateway"));
    command.args(arguments).envs(environment).output().unwrap()
}

/// The environment with these addresses and this store in place of the network's.
fn here(store: &str, gateway: Option<&GatewayProcess>) -> BTreeMap<String, String> {
    let mut environment = environment();
    let token = environment.insert("MANAGER_TOKEN".to_owned(), "m4nager".to_owned());
    assert!(token.unwrap().starts_with("${MANAGER_TOKEN:?"), "asked for");
    environment.insert("STORE".to_owned(), store.to_owned());
    if let Some(gateway) = gateway {
        environment.insert("HTTP_ADDRESS".to_owned(), gateway.http.to_string());
    }
    environment
}

#[test]
fn every_variable_is_an_option() {
    let help = run(&BTreeMap::new(), &["--help"]).stdout;
    let help = String::from_utf8(help).unwrap();
    let names = help.split("[env: ").skip(1).map(|rest| {
        let end = rest.find(['=', ']']).unwrap();
        &rest[..end]
    });
    let options: BTreeSet<_> = names.collect();
    let environment = environment();
    for name in environment.keys() {
        assert!(options.contains(&**name), "{name} is none of {options:?}");
    }
}

#[test]
fn what_the_dockerfile_names_is_there() {
    let package = only("RUN");
    let (_, package) = package.split_once("--package ").unwrap();
    let manifest = file("Cargo.toml");
    assert!(
        manifest.contains(&format!("name = \"{package}\"")),
        "{package}"
    );
    let copies = all("COPY");
    let built = format!("--from=build /src/target/release/{package} {BINARY}");
    assert_eq!(copies, [". .", &built]);
    for name in ["ENTRYPOINT", "HEALTHCHECK"] {
        assert!(only(name).contains(&format!("[\"{BINARY}\"")), "{name}");
    }
    assert_eq!(only("USER"), "65532:65532");

    let exposed: BTreeSet<_> = only("EXPOSE").split(' ').map(str::to_owned).collect();
    let environment = environment();
    let listening = ADDRESSES.map(|name| {
        let address: SocketAddr = environment[name].parse().unwrap();
        assert!(address.ip().is_unspecified(), "{name}");
        address.port().to_string()
    });
    assert_eq!(exposed, BTreeSet::from(listening));
    let compose = compose();
    let gateway = &compose["services"]["gateway"];
    let published = texts(&gateway["ports"]);
    let inside = published
        .iter()
        .map(|port| port.rsplit_once(':').unwrap().1.to_owned());
    assert_eq!(inside.collect::<BTreeSet<_>>(), exposed);

    let build = &gateway["build"];
    let context = repository(FOLDER).join(build["context"].as_str().unwrap());
    assert!(context.join("Cargo.lock").exists(), "the repository's root");
    assert!(context.join(build["dockerfile"].as_str().unwrap()).exists());
    let ignored = file("Dockerfile.dockerignore");
    for needed in ["src", "examples", "tests", "benches", "docs", "Cargo.lock"] {
        assert!(context.join(needed).exists(), "{needed}");
        assert!(!ignored.lines().any(|line| line == needed), "{needed}");
    }
}

#[test]
fn what_they_run_does_what_it_should() {
    let compose = compose();
    let command = texts(&compose["services"]["redis"]["command"]);
    assert_eq!(command[0], "redis-server");
    let Some(redis) = RedisServer::start_with(&command[1..]) else {
        return;
    };
    let environment = here(&redis.url(), None);
    let pairs: Vec<_> = environment
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    let gateway = GatewayProcess::start_in(&pairs, &[]);
    let body = r#"{"uid":"alice","token":"s3cret","device_flag":0}"#;
    assert_eq!(
        gateway.post("/user/token", body, "token: m4nager\r\n").0,
        200
    );
    assert!(Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret")).is_ok());
    gateway.log_line("revocations through other servers on this store are seen immediately");

    let check = only("HEALTHCHECK");
    let (_, words) = check.split_once("CMD ").unwrap();
    let words: Vec<String> = serde_json::from_str(words).unwrap();
    let words: Vec<_> = words.iter().skip(1).map(String::as_str).collect();
    let asked = run(&here(&redis.url(), Some(&gateway)), &words);
    assert!(asked.status.success(), "{asked:?}");

    let log = {
        let environment = here(&redis.url(), Some(&gateway));
        let log = gateway.log_to_its_end();
        let asked = run(&environment, &words);
        assert_eq!(asked.status.code(), Some(1), "it is gone: {asked:?}");
        log
    };
    for line in log.lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect(line);
        assert_ne!(
            event["level"], "WARN",
            "such a Redis is as it should be: {line}"
        );
    }
}

/// Otherwise anyone who can reach the container's port could register a token for any user.
#[test]
fn without_a_manager_token_it_does_not_start() {
    let mut environment = here("memory", None);
    environment.remove("MANAGER_TOKEN");
    let ended = run(&environment, &[]);
    assert!(!ended.status.success());
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.contains("set --manager-token"), "{said}");
}
