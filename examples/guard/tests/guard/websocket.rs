//! WebSockets between a client and upstream.

use tokio_tungstenite::tungstenite::{self, Message};
use wukongim_test_support::client::Hello;

use crate::clients::{JSON_RPC, websocket};
use crate::model::Model;
use crate::setup::{Recorder, guard_before, nobody};

#[test]
fn websocket_messages_keep_their_kind_their_pings_and_their_close_code() {
    let model = Model::start();
    model.register("alice", 0, "s3cret");
    // Says back what comes, of the same kind, and at last that it is over.
    let ws = Recorder::serving(|stream, _| {
        let Ok(mut socket) = tungstenite::accept(stream) else {
            return;
        };
        while let Ok(message) = socket.read() {
            if message.is_close() {
                let _ = socket.flush();
            } else if message.is_ping() {
                let _ = socket.send(Message::Binary("pinged".into()));
            } else {
                let _ = socket.send(message);
            }
        }
    });
    let address = ws.address.to_string();
    let guard = guard_before([&model.server.address, &nobody(), &address], &[]);
    let connect = Hello::new("s3cret").connect("");
    for first in [Message::binary(connect), Message::text(JSON_RPC)] {
        let mut socket = websocket(&guard);
        socket.send(Message::Ping("early".into())).unwrap();
        socket.send(first.clone()).unwrap();
        let mut came = Vec::new();
        while came.len() < 3 {
            came.push(socket.read().unwrap());
        }
        assert!(came.contains(&Message::Pong("early".into())), "{came:?}");
        assert!(came.contains(&first) && came.contains(&Message::binary("pinged")));
        socket.send(Message::text("text")).unwrap();
        assert_eq!(socket.read().unwrap(), Message::text("text"));
        socket.send(Message::binary(vec![7; 100_000])).unwrap();
        assert_eq!(socket.read().unwrap(), Message::binary(vec![7; 100_000]));
        let close = tungstenite::protocol::CloseFrame {
            code: 4321.into(),
            reason: "why".into(),
        };
        socket.close(Some(close.clone())).unwrap();
        assert_eq!(socket.read().unwrap(), Message::Close(Some(close)));
    }
}
