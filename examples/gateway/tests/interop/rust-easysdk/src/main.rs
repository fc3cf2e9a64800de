//! The EasySDK from crates.io, unchanged, that connects, sends a message and pings. What it tells
//! goes to stdout, a JSON object a line; see ../../mod.rs for what they mean.
//!
//! Arguments: WebSocket URL, uid, token, device flag.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::time::{Instant, sleep_until};
use wukong_easy_sdk::{Auth, Client, DeviceFlag, DisconnectReason, Error, Event, Options};

/// The SDK pings by itself, and ends a connection whose ping is not answered in time.
const PING_INTERVAL: Duration = Duration::from_millis(500);
const PONG_TIMEOUT: Duration = Duration::from_millis(3000);

/// By then the first ping has been sent, and its answer missed if there is none.
const PONGED_AFTER: Duration = Duration::from_millis(4000);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    tokio::select! {
        () = use_sdk() => {}
        () = end_of_stdin() => {}
    }
}

async fn use_sdk() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, uid, token, device_flag] = arguments.try_into().expect("four arguments");
    let mut auth = Auth::new(uid, token);
    auth.device_flag = match device_flag.as_str() {
        "0" => DeviceFlag::App,
        "1" => DeviceFlag::Web,
        _ => DeviceFlag::Desktop,
    };
    let options = Options {
        ping_interval: PING_INTERVAL,
        pong_timeout: PONG_TIMEOUT,
        ..Options::default()
    };
    let Ok(client) = Client::new(url, auth, options) else {
        say(json!({"event": "invalid"}));
        return std::future::pending().await;
    };
    let mut events = client.subscribe();
    match client.connect().await {
        Ok(_) => {}
        Err(Error::Server { code }) => say(json!({"event": "refused", "reason": code})),
        Err(_) => say(json!({"event": "failed"})),
    }
    let mut ponged_at = None;
    let mut was_connected = false;
    loop {
        let ponged = async {
            match ponged_at {
                Some(time) => sleep_until(time).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            event = events.recv() => match event.expect("few events") {
                Event::Connect(result) => {
                    was_connected = true;
                    say(json!({"event": "connected", "reason": result.reason_code}));
                    let client = client.clone();
                    tokio::spawn(async move {
                        let text = json!({"type": 1, "content": "hello 你好 🔑"});
                        let _ = client.send("bob", 1, text).await;
                    });
                }
                Event::SendAck(ack) => {
                    say(json!({"event": "acknowledged", "reason": ack.reason_code}));
                }
                Event::Message(message) => {
                    let text = &message.payload["content"];
                    say(json!({"event": "received", "from": message.from_uid, "text": text}));
                    ponged_at = Some(Instant::now() + PONGED_AFTER);
                }
                Event::Disconnect(reason) => {
                    ponged_at = None;
                    if let DisconnectReason::Server { code } = reason {
                        say(json!({"event": "kicked", "reason": code}));
                    }
                }
                // The first connection's is what `connect` returns.
                Event::Error(Error::Server { code }) if was_connected => {
                    say(json!({"event": "refused", "reason": code}));
                }
                _ => {}
            },
            () = ponged => {
                say(json!({"event": "ponged"}));
                ponged_at = None;
            }
        }
    }
}

fn say(event: Value) {
    println!("{event}");
}

/// Goes with the test that started it.
async fn end_of_stdin() {
    let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
}
